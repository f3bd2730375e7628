#include "rps/handover_mps.h"

#include "core/file.h"
#include "core/memory.h"
#include "http/client.h"
#include "io/conn.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "io/resolve.h"
#include "io/tls.h"
#include "io/work.h"
#include "rps/handover_body.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ANSWER_LIMIT ((size_t)512 * 1024) /* a record has 64 KB of deviceInfo at most */
#define BODY_LIMIT   ((size_t)512 * 1024)
#define TOKEN_LIMIT  ((size_t)16 * 1024)
#define CONNECT_MS   5000 /* to one of its addresses */
#define CALL_MS      10000
#define URL_LIMIT    1024

struct loop_tls {
    struct io_loop *loop;
    struct io_tls *tls; /* NULL: plain */
};

struct handover {
    struct rps_handover base;
    struct arena arena;
    struct io_resolver *resolver;
    struct io_pool *work;
    bool secure;
    const char *host; /* without brackets */
    uint16_t port;
    const char *authority;  /* host:port, for the Host header */
    const char *prefix;     /* of paths; "" or "/mps" */
    const char *name;       /* for messages */
    const char *token_file; /* NULL */
    struct slice ca_pem;
    unsigned loop_count;
    struct loop_tls loops[];
};

/* One request and what came of it. */
struct call {
    const char *method;
    const char *target;
    struct slice body;
    struct arena arena; /* holds secrets; wiped */
    struct http_response response;
};

static struct handover *of(struct rps_handover *base)
{
    return (struct handover *)base;
}

/* ---- the token ---- */

struct token_read {
    const char *path;
    struct arena *arena;
    struct slice token;
    bool ok;
    struct error err;
};

static bool is_token(struct slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] <= 0x20 || text.data[i] > 0x7e)
            return false;
    return text.size > 0;
}

static void read_token(void *arg)
{
    struct token_read *read = arg;
    struct slice content;
    int fd = open(read->path, O_RDONLY | O_CLOEXEC);
    read->ok = fd >= 0 && file_read(read->arena, fd, TOKEN_LIMIT, &content);
    if (!read->ok)
        (void)file_error(&read->err, ERROR_INVALID, read->path);
    if (fd >= 0)
        (void)close(fd);
    if (!read->ok)
        return;
    read->token = slice_trim(slice_split(&content, '\n'));
    read->ok = is_token(read->token) ||
               error_set(&read->err, ERROR_INVALID, "%s: its first line is no token", read->path);
}

static bool get_token(const struct handover *h, struct arena *arena, struct slice *token,
                      struct error *err)
{
    struct token_read read = {.path = h->token_file, .arena = arena};
    if (!io_work(h->work, read_token, &read, err))
        return false;
    *token = read.token;
    return read.ok || error_set(err, read.err.code, "--mps-token-file: %s", read.err.text);
}

/* ---- a request ---- */

static struct io_tls *tls_of(const struct handover *h)
{
    const struct io_loop *loop = io_loop_current();
    for (unsigned i = 0; i < h->loop_count; i++)
        if (h->loops[i].loop == loop)
            return h->loops[i].tls;
    return NULL;
}

static struct io_stream *connect_to(const struct handover *h, struct error *err)
{
    struct io_address addresses[IO_RESOLVE_MOST];
    struct io_conn *conn = NULL;
    struct io_tls *tls = tls_of(h);
    size_t count = 0;
    if (h->secure && tls == NULL) {
        error_set(err, ERROR_INTERNAL, "this loop has no TLS settings for it");
        return NULL;
    }
    if (!io_resolve(h->resolver, h->host, h->port, addresses, &count, err))
        return NULL;
    for (size_t i = 0; i < count && conn == NULL; i++) {
        uint64_t deadline = io_deadline_within(CONNECT_MS);
        conn = io_connect(&addresses[i], tls, h->host, err);
        io_deadline_restore(deadline);
    }
    if (conn == NULL)
        io_resolver_doubt(h->resolver, h->host);
    return conn == NULL ? NULL : io_conn_stream(conn);
}

static bool exchange(const struct handover *h, struct call *call, struct error *err)
{
    struct http_header headers[6];
    size_t count = 0;
    headers[count++] = (struct http_header){SLICE_LITERAL("Host"), slice_of_string(h->authority)};
    headers[count++] = (struct http_header){SLICE_LITERAL("User-Agent"), SLICE_LITERAL("outband")};
    headers[count++] = (struct http_header){SLICE_LITERAL("Connection"), SLICE_LITERAL("close")};
    if (h->token_file != NULL) {
        struct slice token;
        if (!get_token(h, &call->arena, &token, err))
            return false;
        headers[count++] = (struct http_header){
            SLICE_LITERAL("Authorization"),
            slice_of_string(arena_printf(&call->arena, "Bearer %.*s", SLICE_ARG(token)))};
    }
    if (call->body.size > 0)
        headers[count++] =
            (struct http_header){SLICE_LITERAL("Content-Type"), SLICE_LITERAL("application/json")};
    const struct http_request request = {.method = call->method,
                                         .target = call->target,
                                         .headers = headers,
                                         .header_count = count,
                                         .body = call->body};
    struct io_stream *stream = connect_to(h, err);
    if (stream == NULL)
        return false;
    bool ok =
        http_client_exchange(stream, &request, ANSWER_LIMIT, &call->arena, &call->response, err);
    io_stream_close(stream);
    return ok;
}

static bool name_failure(const struct handover *h, struct error *err)
{
    return error_wrap(err, "%s", h->name);
}

/* Sends it; any status is a success. Ended by end_call in either case. */
static bool ask(const struct handover *h, struct call *call, struct error *err)
{
    arena_init(&call->arena);
    uint64_t deadline = io_deadline_within(CALL_MS);
    bool ok = exchange(h, call, err);
    io_deadline_restore(deadline);
    return ok || name_failure(h, err);
}

static void end_call(struct call *call)
{
    arena_fini_wiped(&call->arena);
}

static bool refused(const struct handover *h, const struct call *call, struct error *err)
{
    rps_handover_refusal(call->response.status, call->response.body, err);
    return name_failure(h, err);
}

static bool is_good(int status)
{
    return status >= 200 && status <= 299;
}

/* ---- targets ---- */

/* A query's value: everything but letters, digits and "-._~" as %XX. */
static const char *escape(struct arena *arena, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    char *escaped = arena_alloc(arena, strlen(text) * 3 + 1);
    char *at = escaped;
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
            (byte >= '0' && byte <= '9') || strchr("-._~", byte) != NULL) {
            *at++ = (char)byte;
        } else {
            *at++ = '%';
            *at++ = digits[byte >> 4];
            *at++ = digits[byte & 15];
        }
    }
    *at = '\0';
    return escaped;
}

static const char *target_of(const struct handover *h, struct arena *arena, const char *below,
                             const struct guid *guid, const char *tenant)
{
    char text[GUID_TEXT_SIZE];
    const char *path =
        arena_printf(arena, "%s/api/v1/devices%s/%s", h->prefix, below, guid_format(guid, text));
    return tenant == NULL ? path
                          : arena_printf(arena, "%s?tenantId=%s", path, escape(arena, tenant));
}

/* ---- what can be asked ---- */

/* What it has of the device, in the arena; *device_info is NULL where there is nothing. */
static bool look_up(const struct handover *h, struct arena *arena, const struct guid *guid,
                    const char *tenant, struct rps_known *known, const char **device_info,
                    struct error *err)
{
    struct call call = {.method = "GET", .target = target_of(h, arena, "", guid, tenant)};
    *known = (struct rps_known){0};
    *device_info = NULL;
    bool ok = ask(h, &call, err);
    int status = call.response.status;
    if (ok && status == 200)
        ok = rps_handover_record_read(arena, call.response.body, guid, tenant, known, device_info,
                                      err) ||
             name_failure(h, err);
    else if (ok && status == 204)
        known->other_tenant = true;
    else if (ok && status != 404)
        ok = refused(h, &call, err);
    end_call(&call);
    return ok;
}

static bool find(struct rps_handover *base, struct arena *arena, const struct guid *guid,
                 const char *tenant, struct rps_known *known, struct error *err)
{
    const char *device_info;
    return look_up(of(base), arena, guid, tenant, known, &device_info, err);
}

/* Its row, which it answers with, must be of the tenant that was meant: a token may decide that,
 * whatever the body says. What answers without a row is taken at its status (spec rps 5.3). */
static bool check_tenant(const struct handover *h, const struct call *call,
                         const struct rps_device *device, struct error *err)
{
    struct arena scratch;
    struct rps_known known;
    const char *info;
    arena_init(&scratch);
    bool read = rps_handover_record_read(&scratch, call->response.body, &device->guid,
                                         device->tenant, &known, &info, NULL);
    arena_fini(&scratch);
    if (!read || !known.other_tenant)
        return true;
    error_set(err, ERROR_FORBIDDEN,
              "it keeps the device for another tenant than the agent's: the token of "
              "--mps-token-file decides whose");
    return name_failure(h, err);
}

/* Sends `device`; *status is that of the answer. */
static bool send_device(const struct handover *h, const struct rps_device *device,
                        enum rps_body_kind kind, bool is_new, int *status, struct error *err)
{
    struct buffer body;
    struct call call = {.method = kind == RPS_BODY_ADD ? "POST" : "PATCH"};
    char target[URL_LIMIT + 32];
    (void)snprintf(target, sizeof(target), "%s/api/v1/devices", h->prefix);
    call.target = target;
    *status = 0;
    buffer_init_secret(&body, BODY_LIMIT);
    rps_handover_body_put(&body, device, kind, h->secure, is_new);
    call.body = buffer_slice(&body);
    if (!buffer_ok(&body)) {
        buffer_fini(&body);
        return error_set(err, ERROR_TOO_LARGE, "what is known of the device is too large");
    }
    bool ok = ask(h, &call, err);
    if (ok) {
        *status = call.response.status;
        ok = is_good(*status) ? check_tenant(h, &call, device, err) : refused(h, &call, err);
    }
    end_call(&call);
    buffer_fini(&body);
    return ok;
}

/* A change of a device that must be there. */
static bool change(const struct handover *h, const struct rps_device *device, struct error *err)
{
    int status;
    if (send_device(h, device, RPS_BODY_CHANGE, false, &status, err))
        return true;
    if (status == 404)
        err->code = ERROR_NOT_FOUND;
    return false;
}

static bool put(struct rps_handover *base, struct arena *arena, const struct rps_device *device,
                bool must_exist, struct error *err)
{
    const struct handover *h = of(base);
    struct rps_device whole = *device;
    bool is_new = false;
    int status;
    if (device->device_info != NULL) {
        /* It replaces deviceInfo as a whole (spec mps 1.8), and others have written there, too. */
        struct rps_known known;
        const char *stored;
        if (!look_up(h, arena, &device->guid, device->tenant, &known, &stored, err))
            return false;
        if (known.other_tenant)
            return error_set(err, ERROR_CONFLICT, "the device belongs to another tenant");
        is_new = !known.found;
        whole.device_info = rps_device_info_merge(arena, stored, device->device_info, err);
        if (whole.device_info == NULL)
            return false;
    }
    if (must_exist)
        return change(h, &whole, err);
    if (send_device(h, &whole, RPS_BODY_ADD, is_new, &status, err))
        return true;
    /* Console: one that is there is changed by PATCH only (spec console 5.4). */
    return status == 409 && change(h, &whole, err);
}

/* A DELETE; what is not there is a success. */
static bool delete_at(const struct handover *h, const char *target, struct error *err)
{
    struct call call = {.method = "DELETE", .target = target};
    bool ok = ask(h, &call, err);
    if (ok && !is_good(call.response.status) && call.response.status != 404)
        ok = refused(h, &call, err);
    end_call(&call);
    return ok;
}

static bool refresh_password(const struct handover *h, struct arena *arena, const struct guid *guid,
                             const char *tenant, struct slice password, struct error *err)
{
    const struct rps_device device = {
        .guid = *guid, .tenant = tenant, .amt_password = arena_string(arena, password)};
    if (h->secure && !change(h, &device, err))
        return err->code == ERROR_NOT_FOUND;
    return delete_at(h, target_of(h, arena, "/refresh", guid, NULL), err);
}

static bool refresh(struct rps_handover *base, const struct guid *guid, const char *tenant,
                    struct slice password, struct error *err)
{
    struct arena arena;
    arena_init(&arena);
    bool ok = refresh_password(of(base), &arena, guid, tenant, password, err);
    arena_fini_wiped(&arena);
    return ok;
}

/* With the passwords that it was told. */
static bool remove_device(struct rps_handover *base, const struct guid *guid, const char *tenant,
                          struct error *err)
{
    const struct handover *h = of(base);
    struct arena arena;
    arena_init(&arena);
    const char *target = target_of(h, &arena, "", guid, tenant);
    if (h->secure)
        target = arena_printf(&arena, "%s&isSecretToBeDeleted=true", target);
    bool ok = delete_at(h, target, err);
    arena_fini(&arena);
    return ok;
}

/* ---- making one ---- */

static void close_handover(struct rps_handover *base)
{
    struct handover *h = of(base);
    for (unsigned i = 0; i < h->loop_count; i++)
        if (h->loops[i].tls != NULL)
            io_tls_free(h->loops[i].tls);
    io_resolver_free(h->resolver);
    arena_fini(&h->arena);
    free(h);
}

static bool is_prefix(struct slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.data[i];
        if (!((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
              (byte >= '0' && byte <= '9') || strchr("/-._~", byte) != NULL) ||
            byte == '\0')
            return false;
    }
    return true;
}

/* host[:port] of a URL. */
static bool split_authority(struct handover *h, struct slice authority)
{
    bool brackets = authority.size > 0 && authority.data[0] == '[';
    size_t end = slice_index_of(authority, brackets ? ']' : ':');
    struct slice rest = slice_from(authority, brackets && end < authority.size ? end + 1 : end);
    uint64_t port = h->secure ? 443 : 80;
    if (brackets && end == authority.size)
        return false;
    h->host = arena_string(&h->arena, brackets ? slice_from(slice_first(authority, end), 1)
                                               : slice_first(authority, end));
    if (rest.size > 0 &&
        (rest.data[0] != ':' || !slice_to_u64(slice_from(rest, 1), UINT16_MAX, &port) || port == 0))
        return false;
    h->port = (uint16_t)port;
    h->authority = arena_printf(&h->arena, brackets ? "[%s]:%u" : "%s:%u", h->host, h->port);
    return io_host_is_valid(h->host);
}

static bool parse_url(struct handover *h, const char *url, struct error *err)
{
    struct slice rest = slice_trim(slice_of_string(url));
    const struct slice secure = SLICE_LITERAL("https://"), plain = SLICE_LITERAL("http://");
    h->secure = slice_starts_with(rest, secure);
    bool known = h->secure || slice_starts_with(rest, plain);
    rest = slice_from(rest, h->secure ? secure.size : known ? plain.size : 0);
    size_t end = slice_index_of(rest, '/');
    struct slice prefix = slice_from(rest, end);
    while (prefix.size > 0 && prefix.data[prefix.size - 1] == '/')
        prefix.size--;
    if (!known || rest.size > URL_LIMIT || !is_prefix(prefix) ||
        !split_authority(h, slice_first(rest, end)))
        return error_set(err, ERROR_INVALID,
                         "--mps-server: write https://HOST[:PORT], where a presence server "
                         "answers, and behind it the prefix of a gateway");
    h->prefix = arena_string(&h->arena, prefix);
    h->name =
        arena_printf(&h->arena, "%s://%s%s", h->secure ? "https" : "http", h->authority, h->prefix);
    return true;
}

static bool is_this_machine(const char *host)
{
    return strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
           strncmp(host, "127.", 4) == 0;
}

/* A token that cannot be used is a mistake that shows at the start. */
static bool check_token(struct handover *h, struct error *err)
{
    struct arena arena;
    if (h->token_file == NULL)
        return true;
    if (!h->secure && !is_this_machine(h->host))
        return error_set(err, ERROR_INVALID,
                         "--mps-server: plain http would show the token to the network: use https");
    arena_init(&arena);
    struct token_read read = {.path = h->token_file, .arena = &arena};
    read_token(&read);
    arena_fini_wiped(&arena);
    return read.ok || error_set(err, read.err.code, "--mps-token-file: %s", read.err.text);
}

struct rps_handover *rps_handover_to_mps(const struct rps_handover_mps_options *options,
                                         unsigned loop_count, struct error *err)
{
    static const struct rps_handover_methods methods = {
        .find = find,
        .put = put,
        .refresh = refresh,
        .remove = remove_device,
        .close = close_handover,
    };
    static const struct io_resolver_options resolver = {.threads_limit = 4};
    struct handover *h = memory_new(sizeof(*h) + loop_count * sizeof(*h->loops));
    h->base.methods = &methods;
    arena_init(&h->arena);
    h->resolver = io_resolver_new(&resolver);
    h->work = options->work;
    h->ca_pem = options->ca_pem;
    h->loop_count = loop_count;
    if (options->token_file != NULL && options->token_file[0] != '\0')
        h->token_file = arena_string(&h->arena, slice_of_string(options->token_file));
    if (parse_url(h, options->url, err) && check_token(h, err))
        return &h->base;
    close_handover(&h->base);
    return NULL;
}

bool rps_handover_mps_attach(struct rps_handover *handover, unsigned index, struct io_loop *loop,
                             struct error *err)
{
    struct handover *h = of(handover);
    const struct io_tls_client_options options = {.ca_pem = h->ca_pem, .newest = IO_TLS_1_3};
    h->loops[index].loop = loop;
    if (!h->secure)
        return true;
    h->loops[index].tls = io_tls_client_new(loop, &options, err);
    return h->loops[index].tls != NULL || error_wrap(err, "--mps-ca");
}
