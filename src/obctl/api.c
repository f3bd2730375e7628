#include "obctl/api.h"

#include "core/guid.h"
#include "core/json_reader.h"
#include "core/memory.h"
#include "http/client.h"
#include "io/conn.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "io/tls.h"
#include "obctl/url.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define ANSWER_LIMIT (64U << 20)
#define ANSWER_DEPTH (2 * JSON_READER_DEPTH) /* what was posted, and what is around it */
#define CONNECT_MS   10000
#define PIECE_MS     60000  /* for the server to take a piece of a file */
#define CALL_MS      130000 /* the server itself gives up on a device after 120 s */

struct call {
    const char *method;
    const char *target;
    struct slice body;
    const struct http_body_source *source; /* of an upload */
    const struct http_body_sink *sink;     /* of a download */
    struct counted *counted;               /* of both */
    struct arena *arena;
    struct obctl_answer *answer;
    struct error err;
    bool ok;
};

/* Of obctl_api_run. */
struct job {
    bool (*work)(struct obctl_api *api, void *arg, struct error *err);
    void *arg;
    struct error err;
    bool ok;
};

struct obctl_api {
    const struct obctl_config *config;
    struct arena arena;
    struct obctl_url url;
    struct io_loop *loop;
    struct io_tls *tls;
    struct io_address addresses[8];
    size_t address_count;
    struct io_stream *stream; /* NULL: not connected */
    struct io_message start;
    void (*work)(struct obctl_api *api);
    struct call *call;
    struct job *job;
};

static bool resolve(struct obctl_api *api, struct error *err)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int failure = getaddrinfo(api->url.host, NULL, &hints, &found);
    if (failure != 0)
        return error_set(err, ERROR_CONNECTION, "cannot find %s: %s", api->url.host,
                         gai_strerror(failure));
    for (const struct addrinfo *at = found; at != NULL && api->address_count < 8;
         at = at->ai_next) {
        char name[NI_MAXHOST];
        if (getnameinfo(at->ai_addr, at->ai_addrlen, name, sizeof name, NULL, 0, NI_NUMERICHOST) !=
            0)
            continue;
        const char *format = at->ai_family == AF_INET6 ? "[%s]:%u" : "%s:%u";
        char *text = arena_printf(&api->arena, format, name, (unsigned)api->url.port);
        if (io_address_parse(slice_of_string(text), &api->addresses[api->address_count], NULL))
            api->address_count++;
    }
    freeaddrinfo(found);
    if (api->address_count == 0)
        return error_set(err, ERROR_CONNECTION, "%s has no address", api->url.host);
    return true;
}

struct obctl_api *obctl_api_new(const struct obctl_config *config, struct error *err)
{
    if (config->url == NULL) {
        error_set(err, ERROR_INVALID, "no server is known: run `obctl login https://HOST:PORT`");
        return NULL;
    }
    struct obctl_api *api = memory_new(sizeof *api);
    arena_init(&api->arena);
    api->config = config;
    if (!obctl_url_parse(&api->arena, slice_of_string(config->url), &api->url, err) ||
        !resolve(api, err))
        goto failed;
    api->loop = io_loop_new(err);
    if (api->loop == NULL)
        goto failed;
    if (api->url.tls) {
        struct io_tls_client_options options = {
            .ca_pem = slice_of_string(config->trust),
            .insecure = config->insecure,
            .newest = IO_TLS_1_3,
        };
        api->tls = io_tls_client_new(api->loop, &options, err);
        if (api->tls == NULL) {
            error_wrap(err, "the trusted certificate");
            goto failed;
        }
    }
    return api;
failed:
    obctl_api_free(api);
    return NULL;
}

static void run_fiber(void *arg)
{
    struct obctl_api *api = arg;
    api->work(api);
    io_loop_stop(api->loop);
}

static void run_message(struct io_message *message)
{
    struct obctl_api *api =
        (struct obctl_api *)((char *)message - offsetof(struct obctl_api, start));
    struct error err;
    if (!io_fiber_start(run_fiber, api, &err))
        io_loop_stop(api->loop);
}

/* Runs `work` on a fiber and the loop until it has returned. */
static void run(struct obctl_api *api, void (*work)(struct obctl_api *api))
{
    api->work = work;
    api->start = (struct io_message){.run = run_message};
    io_post(api->loop, &api->start);
    io_loop_run(api->loop);
}

static void disconnect(struct obctl_api *api)
{
    io_stream_close(api->stream);
    api->stream = NULL;
    /* The end of a connection is a turn of the loop, not this call. */
    (void)io_sleep(1, NULL);
}

static void run_job(struct obctl_api *api)
{
    api->job->ok = api->job->work(api, api->job->arg, &api->job->err);
    /* What it closed ends on a later turn of the loop. */
    (void)io_sleep(1, NULL);
}

bool obctl_api_run(struct obctl_api *api,
                   bool (*work)(struct obctl_api *api, void *arg, struct error *err), void *arg,
                   struct error *err)
{
    struct job job = {.work = work, .arg = arg};
    error_set(&job.err, ERROR_INTERNAL, "it could not be started");
    api->job = &job;
    run(api, run_job);
    api->job = NULL;
    return job.ok || error_set(err, job.err.code, "%s", job.err.text);
}

const char *obctl_api_authority(const struct obctl_api *api)
{
    return obctl_url_authority(&api->url);
}

void obctl_api_free(struct obctl_api *api)
{
    if (api == NULL)
        return;
    if (api->stream != NULL)
        run(api, disconnect);
    io_tls_free(api->tls);
    if (api->loop != NULL)
        io_loop_free(api->loop);
    arena_fini(&api->arena);
    free(api);
}

struct io_stream *obctl_api_connect(struct obctl_api *api, struct error *err)
{
    struct io_conn *conn = NULL;
    for (size_t i = 0; i < api->address_count && conn == NULL; i++) {
        uint64_t deadline = io_deadline_within(CONNECT_MS);
        conn = io_connect(&api->addresses[i], api->tls, api->url.host, err);
        io_deadline_restore(deadline);
    }
    if (conn == NULL) {
        error_wrap(err, "%s", api->url.base);
        return NULL;
    }
    return io_conn_stream(conn);
}

static bool connect_to_server(struct obctl_api *api, struct error *err)
{
    api->stream = obctl_api_connect(api, err);
    return api->stream != NULL;
}

static bool exchange(struct obctl_api *api, struct io_stream *stream, struct call *call,
                     struct http_response *response)
{
    struct http_header headers[4];
    size_t count = 0;
    headers[count++] = (struct http_header){SLICE_LITERAL("Host"),
                                            slice_of_string(obctl_url_authority(&api->url))};
    headers[count++] = (struct http_header){SLICE_LITERAL("User-Agent"), SLICE_LITERAL("obctl")};
    if (api->config->token != NULL) {
        char *bearer = arena_printf(call->arena, "Bearer %s", api->config->token);
        headers[count++] =
            (struct http_header){SLICE_LITERAL("Authorization"), slice_of_string(bearer)};
    }
    if (call->body.size > 0 || call->source != NULL)
        headers[count++] =
            (struct http_header){SLICE_LITERAL("Content-Type"),
                                 slice_of_string(call->source != NULL ? "application/octet-stream"
                                                                      : "application/json")};
    struct http_request request = {.method = call->method,
                                   .target = call->target,
                                   .headers = headers,
                                   .header_count = count,
                                   .body = call->body,
                                   .source = call->source,
                                   .sink = call->sink};
    return http_client_exchange(stream, &request, ANSWER_LIMIT, call->arena, response, &call->err);
}

static void carry_out(struct obctl_api *api)
{
    struct call *call = api->call;
    struct http_response response = {0};
    bool kept = api->stream != NULL;
    uint64_t deadline = io_deadline_within(CALL_MS);
    for (;;) {
        if (api->stream == NULL && !connect_to_server(api, &call->err))
            break;
        call->ok = exchange(api, api->stream, call, &response);
        if (!call->ok || !response.keep_alive)
            disconnect(api);
        /* The server may have closed a kept connection meanwhile. What it had read by then may have
         * been carried out, so only what changes nothing is sent twice. */
        bool repeatable = strcmp(call->method, "GET") == 0;
        if (call->ok || !kept || !repeatable || response.began ||
            call->err.code != ERROR_CONNECTION)
            break;
        kept = false;
    }
    io_deadline_restore(deadline);
    if (call->ok) {
        call->answer->status = response.status;
        call->answer->body = response.body;
    }
}

/* Sends `call`, from a fiber of the loop or from outside of it, and looks at what came back. */
static bool make(struct obctl_api *api, struct call *call, void (*work)(struct obctl_api *api),
                 struct error *err)
{
    struct obctl_answer *answer = call->answer;
    *answer = (struct obctl_answer){0};
    error_set(&call->err, ERROR_INTERNAL, "the request could not be started");
    api->call = call;
    if (io_on_fiber())
        work(api);
    else
        run(api, work);
    api->call = NULL;
    if (!call->ok)
        return error_set(err, call->err.code, "%s", call->err.text);
    if (answer->body.size > 0)
        answer->json = json_reader_parse_any(answer->body, ANSWER_DEPTH, NULL);
    if (answer->status < 400)
        return true;
    obctl_answer_error(answer, err);
    obctl_answer_fini(answer);
    return false;
}

bool obctl_api_call(struct obctl_api *api, struct arena *arena, const char *method,
                    const char *target, struct slice body, struct obctl_answer *answer,
                    struct error *err)
{
    struct call call = {
        .method = method, .target = target, .body = body, .arena = arena, .answer = answer};
    return make(api, &call, carry_out, err);
}

/* ---- files ---- */

/* A connection that counts what goes through, and on which each piece has its time, since nobody
 * knows how long all of it takes. */
struct counted {
    struct io_stream stream; /* first */
    struct io_stream *inner;
    uint64_t bytes;
    void (*sent)(void *owner, uint64_t bytes);
    void *owner;
};

static bool counted_read(struct io_stream *stream, void *to, size_t size, size_t *got,
                         struct error *err)
{
    uint64_t deadline = io_deadline_within(CALL_MS);
    bool ok = io_stream_read(((struct counted *)(void *)stream)->inner, to, size, got, err);
    io_deadline_restore(deadline);
    return ok;
}

static bool counted_write(struct io_stream *stream, struct slice bytes, struct error *err)
{
    struct counted *counted = (struct counted *)(void *)stream;
    uint64_t deadline = io_deadline_within(PIECE_MS);
    bool ok = io_stream_write(counted->inner, bytes, err);
    io_deadline_restore(deadline);
    counted->bytes += bytes.size;
    if (ok && counted->sent != NULL)
        counted->sent(counted->owner, counted->bytes);
    return ok;
}

static void counted_close(struct io_stream *stream)
{
    io_stream_close(((struct counted *)(void *)stream)->inner);
}

static void transfer(struct obctl_api *api)
{
    struct call *call = api->call;
    struct counted *counted = call->counted;
    struct http_response response = {0};
    counted->inner = obctl_api_connect(api, &call->err);
    if (counted->inner == NULL)
        return;
    call->ok = exchange(api, &counted->stream, call, &response);
    if (call->ok) {
        call->answer->status = response.status;
        call->answer->body = response.body;
    }
    io_stream_close(&counted->stream);
    (void)io_sleep(1, NULL);
}

static const struct io_stream_methods counted_methods = {counted_read, counted_write,
                                                         counted_close};

bool obctl_api_upload(struct obctl_api *api, struct arena *arena, const char *target,
                      const struct http_body_source *source,
                      void (*sent)(void *owner, uint64_t bytes), void *owner,
                      struct obctl_answer *answer, struct error *err)
{
    struct counted counted = {.stream = {&counted_methods}, .sent = sent, .owner = owner};
    struct call call = {.method = "PUT",
                        .target = target,
                        .source = source,
                        .counted = &counted,
                        .arena = arena,
                        .answer = answer};
    return make(api, &call, transfer, err);
}

bool obctl_api_download(struct obctl_api *api, struct arena *arena, const char *target,
                        const struct http_body_sink *sink, struct error *err)
{
    struct counted counted = {.stream = {&counted_methods}};
    struct obctl_answer answer;
    struct call call = {.method = "GET",
                        .target = target,
                        .sink = sink,
                        .counted = &counted,
                        .arena = arena,
                        .answer = &answer};
    if (!make(api, &call, transfer, err))
        return false;
    obctl_answer_fini(&answer);
    return true;
}

void obctl_answer_fini(struct obctl_answer *answer)
{
    json_decref(answer->json);
    answer->json = NULL;
}

static const char *text_member(const json_t *json, const char *key)
{
    return json_string_value(json_object_get(json, key));
}

bool obctl_answer_refusal(const json_t *json, struct error *err)
{
    const json_t *body = json_object_get(json, "Body");
    const json_t *from = json_object_get(body, "ReturnValue") != NULL ? body : json;
    const json_t *value = json_object_get(from, "ReturnValue");
    if (!json_is_integer(value) || json_integer_value(value) == 0)
        return true;
    long long number = json_integer_value(value);
    const char *words = text_member(from, "Description");
    if (words != NULL) /* ReturnValueStr may be the name of a value of other methods */
        return error_set(err, ERROR_DEVICE, "refused (%lld): %s", number, words);
    const char *name = text_member(from, "ReturnValueStr");
    return error_set(err, ERROR_DEVICE, "the device refused: %s (%lld)",
                     name != NULL ? name : "no reason", number);
}

bool obctl_answer_error(const struct obctl_answer *answer, struct error *err)
{
    enum error_code code = http_client_error_of(answer->status);
    if (!obctl_answer_refusal(answer->json, err))
        return false;
    const json_t *wrong = json_array_get(json_object_get(answer->json, "errors"), 0);
    const char *path = text_member(wrong, "path");
    if (path != NULL) {
        const char *message = text_member(wrong, "msg");
        return error_set(err, code, "%s%s%s", path, path[0] != '\0' ? ": " : "",
                         message != NULL ? message : "invalid");
    }
    const char *kind = text_member(answer->json, "error");
    const char *text = text_member(answer->json, "errorDescription");
    if (text == NULL)
        text = text_member(answer->json, "message");
    if (kind != NULL && strcmp(kind, "Unique key violation") == 0)
        code = ERROR_CONFLICT; /* the toolkit's way to say that it is there already, with a 400 */
    if (kind != NULL && text != NULL)
        return error_set(err, code, "%s (%s)", kind, text);
    if (kind != NULL || text != NULL)
        return error_set(err, code, "%s", kind != NULL ? kind : text);
    if (answer->status == 401)
        return error_set(err, code, "the server wants a login: run `obctl login`");
    if (answer->status == 404)
        return error_set(err, code, "not found");
    return error_set(err, code, "the server answered with status %d", answer->status);
}

bool obctl_api_find_device(struct obctl_api *api, struct arena *arena, const char *name,
                           const char **guid, struct error *err)
{
    struct guid parsed;
    if (guid_parse(slice_of_string(name), &parsed)) {
        char *text = arena_alloc(arena, GUID_TEXT_SIZE);
        *guid = guid_format(&parsed, text);
        return true;
    }
    char *target = arena_printf(arena, "/api/v1/devices?hostname=%s",
                                obctl_url_escape(arena, slice_of_string(name)));
    struct obctl_answer answer;
    if (!obctl_api_call(api, arena, "GET", target, (struct slice){0}, &answer, err))
        return false;
    bool ok = false;
    const char *found = text_member(json_array_get(answer.json, 0), "guid");
    if (json_array_size(answer.json) > 1) {
        error_set(err, ERROR_CONFLICT, "several machines are called %s: use the GUID", name);
    } else if (found == NULL || !guid_parse(slice_of_string(found), &parsed)) {
        error_set(err, ERROR_NOT_FOUND, "no machine has the GUID or host name %s", name);
    } else {
        *guid = guid_format(&parsed, arena_alloc(arena, GUID_TEXT_SIZE));
        ok = true;
    }
    obctl_answer_fini(&answer);
    return ok;
}
