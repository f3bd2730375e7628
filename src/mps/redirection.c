#include "mps/redirection.h"

#include "amt/redirection.h"
#include "io/fiber.h"
#include "mps/mps.h"
#include "mps/sessions.h"
#include "mps/shard.h"

#include <string.h>

#define OPEN_MS 15000 /* to connect and log in */

/* What crosses to the device's shard and back. */
struct redirection {
    enum redir_kind kind;
    bool (*talk)(struct io_stream *stream, void *arg, struct error *err);
    void *arg;
};

static bool open_session(struct amt *amt, enum redir_kind kind, struct io_stream **stream,
                         struct error *err)
{
    *stream = NULL;
    if (!amt_redirection_may_start(amt, kind, err) ||
        !amt_redirection_open(amt, false, stream, err))
        return false;
    if (amt_redirection_login(amt, *stream, kind, err))
        return true;
    io_stream_close(*stream);
    return false;
}

static bool converse(struct amt *amt, void *arg, struct error *err)
{
    const struct redirection *redirection = arg;
    struct io_stream *stream;
    uint64_t outer = io_deadline_within(OPEN_MS);
    bool ok = open_session(amt, redirection->kind, &stream, err);
    io_deadline_restore(outer);
    if (!ok)
        return false;
    ok = redirection->talk(stream, redirection->arg, err);
    io_stream_close(stream);
    return ok;
}

bool mps_redirection_is_for(struct mps *mps, const struct guid *guid, const char *tenant,
                            struct error *err)
{
    struct mps_device_status status;
    if (!mps_device_status(mps, guid, &status, err))
        return false;
    return ((status.connected || status.lan) &&
            (tenant == NULL || strcmp(status.tenant_id, tenant) == 0)) ||
           error_set(err, ERROR_NOT_FOUND, "the device is not connected");
}

bool mps_redirect(struct mps *mps, const struct guid *guid, const char *tenant, const char *owner,
                  enum redir_kind kind,
                  bool (*talk)(struct io_stream *stream, void *arg, struct error *err), void *arg,
                  struct error *err)
{
    struct redirection redirection = {kind, talk, arg};
    if (!mps_redirection_is_for(mps, guid, tenant, err))
        return false;
    struct mps_session *session = mps_session_enter(mps->sessions, guid, kind, owner, err);
    if (session == NULL)
        return false;
    bool ok = mps_device_converse(mps, guid, tenant, converse, &redirection, err);
    mps_session_leave(session);
    return ok;
}
