#include "rps/mps_client.h"

#include "core/file.h"
#include "core/memory.h"
#include "io/conn.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "io/resolve.h"
#include "io/tls.h"
#include "io/work.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ANSWER_LIMIT ((size_t)512 * 1024) /* a record has 64 KB of deviceInfo at most */
#define TOKEN_LIMIT  ((size_t)16 * 1024)
#define CONNECT_MS   5000 /* to one of its addresses */
#define CALL_MS      10000

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

static bool get_token(const struct rps_mps_client *client, struct arena *arena, struct slice *token,
                      struct error *err)
{
    struct token_read read = {.path = client->token_file, .arena = arena};
    if (!io_work(client->work, read_token, &read, err))
        return false;
    *token = read.token;
    return read.ok || error_set(err, read.err.code, "--mps-token-file: %s", read.err.text);
}

/* ---- a request ---- */

static struct io_tls *tls_of(const struct rps_mps_client *client)
{
    const struct io_loop *loop = io_loop_current();
    for (unsigned i = 0; i < client->loop_count; i++)
        if (client->loops[i].loop == loop)
            return client->loops[i].tls;
    return NULL;
}

static struct io_stream *connect_to(const struct rps_mps_client *client, struct error *err)
{
    struct io_address addresses[IO_RESOLVE_MOST];
    struct io_conn *conn = NULL;
    struct io_tls *tls = tls_of(client);
    size_t count = 0;
    if (client->secure && tls == NULL) {
        error_set(err, ERROR_INTERNAL, "this loop has no TLS settings for it");
        return NULL;
    }
    if (!io_resolve(client->resolver, client->host, client->port, addresses, &count, err))
        return NULL;
    for (size_t i = 0; i < count && conn == NULL; i++) {
        uint64_t deadline = io_deadline_within(CONNECT_MS);
        conn = io_connect(&addresses[i], tls, client->host, err);
        io_deadline_restore(deadline);
    }
    if (conn == NULL)
        io_resolver_doubt(client->resolver, client->host);
    return conn == NULL ? NULL : io_conn_stream(conn);
}

static bool exchange(const struct rps_mps_client *client, struct rps_mps_call *call,
                     struct error *err)
{
    struct http_header headers[6];
    size_t count = 0;
    headers[count++] =
        (struct http_header){SLICE_LITERAL("Host"), slice_of_string(client->authority)};
    headers[count++] = (struct http_header){SLICE_LITERAL("User-Agent"), SLICE_LITERAL("outband")};
    headers[count++] = (struct http_header){SLICE_LITERAL("Connection"), SLICE_LITERAL("close")};
    if (client->token_file != NULL) {
        struct slice token;
        if (!get_token(client, &call->arena, &token, err))
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
    struct io_stream *stream = connect_to(client, err);
    if (stream == NULL)
        return false;
    bool ok =
        http_client_exchange(stream, &request, ANSWER_LIMIT, &call->arena, &call->response, err);
    io_stream_close(stream);
    return ok;
}

bool rps_mps_client_name_failure(const struct rps_mps_client *client, struct error *err)
{
    return error_wrap(err, "%s", client->name);
}

bool rps_mps_client_ask(const struct rps_mps_client *client, struct rps_mps_call *call,
                        struct error *err)
{
    arena_init(&call->arena);
    uint64_t deadline = io_deadline_within(CALL_MS);
    bool ok = exchange(client, call, err);
    io_deadline_restore(deadline);
    return ok || rps_mps_client_name_failure(client, err);
}

void rps_mps_call_end(struct rps_mps_call *call)
{
    arena_fini_wiped(&call->arena);
}

/* ---- making one ---- */

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
static bool split_authority(struct rps_mps_client *client, struct slice authority)
{
    bool brackets = authority.size > 0 && authority.data[0] == '[';
    size_t end = slice_index_of(authority, brackets ? ']' : ':');
    struct slice rest = slice_from(authority, brackets && end < authority.size ? end + 1 : end);
    uint64_t port = client->secure ? 443 : 80;
    if (brackets && end == authority.size)
        return false;
    client->host =
        arena_string(&client->arena, brackets ? slice_from(slice_first(authority, end), 1)
                                              : slice_first(authority, end));
    if (rest.size > 0 &&
        (rest.data[0] != ':' || !slice_to_u64(slice_from(rest, 1), UINT16_MAX, &port) || port == 0))
        return false;
    client->port = (uint16_t)port;
    client->authority =
        arena_printf(&client->arena, brackets ? "[%s]:%u" : "%s:%u", client->host, client->port);
    return io_host_is_valid(client->host);
}

static bool parse_url(struct rps_mps_client *client, const char *url, struct error *err)
{
    struct slice rest = slice_trim(slice_of_string(url));
    const struct slice secure = SLICE_LITERAL("https://"), plain = SLICE_LITERAL("http://");
    client->secure = slice_starts_with(rest, secure);
    bool known = client->secure || slice_starts_with(rest, plain);
    rest = slice_from(rest, client->secure ? secure.size : known ? plain.size : 0);
    size_t end = slice_index_of(rest, '/');
    struct slice prefix = slice_from(rest, end);
    while (prefix.size > 0 && prefix.data[prefix.size - 1] == '/')
        prefix.size--;
    if (!known || rest.size > RPS_MPS_URL_LIMIT || !is_prefix(prefix) ||
        !split_authority(client, slice_first(rest, end)))
        return error_set(err, ERROR_INVALID,
                         "--mps-server: write https://HOST[:PORT], where a presence server "
                         "answers, and behind it the prefix of a gateway");
    client->prefix = arena_string(&client->arena, prefix);
    client->name = arena_printf(&client->arena, "%s://%s%s", client->secure ? "https" : "http",
                                client->authority, client->prefix);
    return true;
}

static bool is_this_machine(const char *host)
{
    return strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
           strncmp(host, "127.", 4) == 0;
}

/* A token that cannot be used is a mistake that shows at the start. */
static bool check_token(struct rps_mps_client *client, struct error *err)
{
    struct arena arena;
    if (client->token_file == NULL)
        return true;
    if (!client->secure && !is_this_machine(client->host))
        return error_set(err, ERROR_INVALID,
                         "--mps-server: plain http would show the token to the network: use https");
    arena_init(&arena);
    struct token_read read = {.path = client->token_file, .arena = &arena};
    read_token(&read);
    arena_fini_wiped(&arena);
    return read.ok || error_set(err, read.err.code, "--mps-token-file: %s", read.err.text);
}

bool rps_mps_client_init(struct rps_mps_client *client,
                         const struct rps_handover_mps_options *options, unsigned loop_count,
                         struct error *err)
{
    static const struct io_resolver_options resolver = {.threads_limit = 4};
    *client = (struct rps_mps_client){
        .resolver = io_resolver_new(&resolver),
        .work = options->work,
        .ca_pem = options->ca_pem,
        .loop_count = loop_count,
        .loops = memory_new(loop_count * sizeof(*client->loops)),
    };
    arena_init(&client->arena);
    if (options->token_file != NULL && options->token_file[0] != '\0')
        client->token_file = arena_string(&client->arena, slice_of_string(options->token_file));
    return parse_url(client, options->url, err) && check_token(client, err);
}

bool rps_mps_client_attach(struct rps_mps_client *client, unsigned index, struct io_loop *loop,
                           struct error *err)
{
    const struct io_tls_client_options options = {.ca_pem = client->ca_pem, .newest = IO_TLS_1_3};
    client->loops[index].loop = loop;
    if (!client->secure)
        return true;
    client->loops[index].tls = io_tls_client_new(loop, &options, err);
    return client->loops[index].tls != NULL || error_wrap(err, "--mps-ca");
}

void rps_mps_client_fini(struct rps_mps_client *client)
{
    for (unsigned i = 0; i < client->loop_count; i++)
        if (client->loops[i].tls != NULL)
            io_tls_free(client->loops[i].tls);
    free(client->loops);
    io_resolver_free(client->resolver);
    arena_fini(&client->arena);
}
