/*
 * Calls to the server's REST API. obctl does one thing at a time: a call runs the loop until the
 * answer is there, so commands read top to bottom and may block on files and the terminal between
 * calls. The connection is kept from call to call. One thread.
 */
#ifndef OBCTL_API_H
#define OBCTL_API_H

#include "http/client.h"
#include "io/stream.h"
#include "obctl/config.h"

#include <jansson.h>

struct obctl_api;

struct obctl_answer {
    int status;
    struct slice body; /* in the arena of the call */
    json_t *json;      /* NULL when the body is empty or no JSON; freed by obctl_answer_fini */
};

/* Nothing is sent yet. Borrows `config`, which must outlive it. ERROR_INVALID when no server is
 * known, or the trusted certificate cannot be read. */
struct obctl_api *obctl_api_new(const struct obctl_config *config, struct error *err);

/* Closes the connection. NULL is allowed. */
void obctl_api_free(struct obctl_api *api);

/* One request; `target` is path and query under the server, `body` JSON or empty. A status of 400
 * and above is a failure with the server's own sentence. */
bool obctl_api_call(struct obctl_api *api, struct arena *arena, const char *method,
                    const char *target, struct slice body, struct obctl_answer *answer,
                    struct error *err);

void obctl_answer_fini(struct obctl_answer *answer);

/* Fills `err` from an answer with a status of 400 or more. Always false. */
bool obctl_answer_error(const struct obctl_answer *answer, struct error *err);

/* True unless the answer says that the device refused, by a ReturnValue other than 0 in the body
 * or at the top; then ERROR_DEVICE with its name. */
bool obctl_answer_refusal(const json_t *json, struct error *err);

/* The GUID of a machine that was named by GUID or by host name, as text in the arena.
 * ERROR_NOT_FOUND; ERROR_CONFLICT when several machines have that host name. */
bool obctl_api_find_device(struct obctl_api *api, struct arena *arena, const char *name,
                           const char **guid, struct error *err);

/* For what is more than calls: runs `work` on a fiber, and the loop until it has returned. Calls
 * may be made from there, by one fiber at a time. */
bool obctl_api_run(struct obctl_api *api,
                   bool (*work)(struct obctl_api *api, void *arg, struct error *err), void *arg,
                   struct error *err);

/* A connection to the server beside the one for calls, with the same trust. On the fiber of
 * obctl_api_run; the caller's, closed before that has returned. NULL with ERROR_CONNECTION. */
struct io_stream *obctl_api_connect(struct obctl_api *api, struct error *err);

/* Sends a file of any size with a PUT, on a connection of its own. `sent` is called with how many
 * bytes have gone; NULL: nobody looks. Otherwise as obctl_api_call; also fails as the source does.
 */
bool obctl_api_upload(struct obctl_api *api, struct arena *arena, const char *target,
                      const struct http_body_source *source,
                      void (*sent)(void *owner, uint64_t bytes), void *owner,
                      struct obctl_answer *answer, struct error *err);

/* A GET whose answer, of any size, goes into the sink, on a connection of its own. Also fails as
 * the sink does; it may have been given a part by then. */
bool obctl_api_download(struct obctl_api *api, struct arena *arena, const char *target,
                        const struct http_body_sink *sink, struct error *err);

/* "host:port" of the server. */
const char *obctl_api_authority(const struct obctl_api *api);

#endif
