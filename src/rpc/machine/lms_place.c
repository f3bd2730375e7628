#include "rpc/machine/lms_place.h"

#include "core/arena.h"
#include "http/client.h"
#include "io/loop.h"
#include "io/tls.h"
#include "io/tls_stream.h"
#include "mei/lme.h"

#include <stdio.h>
#include <string.h>

#define LMS_HOST   "127.0.0.1"
#define PROBE_BODY 4096

bool rpc_lms_place_find(struct rpc_lms_place *place, const char *host, uint16_t port, bool asked,
                        struct error *err)
{
    struct io_resolver *resolver = io_resolver_new(&(struct io_resolver_options){0});
    *place = (struct rpc_lms_place){.asked = asked};
    bool ok = io_resolve(resolver, host != NULL ? host : LMS_HOST, port != 0 ? port : MEI_LME_PORT,
                         place->addresses, &place->count, err);
    io_resolver_free(resolver);
    return ok || error_wrap(err, "LMS's address");
}

/* The same host with LMS's port that stands for one of AMT's. */
static struct io_address at(const struct rpc_lms_place *place, size_t i, uint16_t port)
{
    char text[IO_ADDRESS_TEXT_SIZE];
    char moved[IO_ADDRESS_TEXT_SIZE + 8];
    struct io_address address = place->addresses[i];
    unsigned number = io_address_port(&address) + (port - MEI_LME_PORT);
    (void)io_address_format(&address, text);
    (void)snprintf(moved, sizeof moved, "%.*s:%u", (int)(strrchr(text, ':') - text), text, number);
    (void)io_address_parse(slice_of_string(moved), &address, NULL);
    return address;
}

bool rpc_lms_place_is_here(const struct rpc_lms_place *place)
{
    struct rpc_listener listener;
    for (size_t i = 0; i < place->count; i++) {
        rpc_listener_find(&place->addresses[i], &listener);
        if (listener.what == RPC_LISTENING_ELSEWHERE)
            return false;
    }
    return true;
}

void rpc_lms_place_look(const struct rpc_lms_place *place, uint16_t port,
                        struct rpc_listener *listener)
{
    *listener = (struct rpc_listener){.what = RPC_LISTENING_NOBODY};
    for (size_t i = 0; i < place->count && listener->what == RPC_LISTENING_NOBODY; i++) {
        const struct io_address address = at(place, i, port);
        rpc_listener_find(&address, listener);
    }
}

bool rpc_lms_place_may_serve(const struct rpc_lms_place *place, uint16_t port)
{
    struct rpc_listener listener;
    rpc_lms_place_look(place, port, &listener);
    return listener.what != RPC_LISTENING_NOBODY &&
           (place->asked || rpc_listener_is_trusted(&listener));
}

/* False with who it is that may not be logged in to. */
static bool admit(const struct io_address *address, const struct rpc_listener *listener,
                  struct error *err)
{
    char text[IO_ADDRESS_TEXT_SIZE];
    struct arena arena;
    (void)io_address_format(address, text);
    if (listener->what == RPC_LISTENING_NOBODY)
        return error_set(err, ERROR_CONNECTION, "nobody listens at %s", text);
    if (listener->what == RPC_LISTENING_ELSEWHERE)
        return error_set(err, ERROR_UNAUTHORIZED,
                         "%s is no address of this machine's own: whether LMS is there can't be "
                         "told",
                         text);
    if (listener->what == RPC_LISTENING_UNKNOWN)
        return error_set(err, ERROR_UNAUTHORIZED,
                         "whose the listener at %s is can't be told (there is no /proc/net/tcp)",
                         text);
    if (rpc_listener_is_trusted(listener))
        return true;
    arena_init(&arena);
    (void)error_set(err, ERROR_UNAUTHORIZED,
                    "in LMS's place, at %s, listens %s, which is not root's", text,
                    rpc_listener_name(&arena, listener));
    arena_fini(&arena);
    return false;
}

bool rpc_lms_place_is_doubtful(const struct rpc_lms_place *place, uint16_t port,
                               struct error *doubt)
{
    struct rpc_listener listener;
    for (size_t i = 0; place->asked && i < place->count; i++) {
        const struct io_address address = at(place, i, port);
        rpc_listener_find(&address, &listener);
        if (listener.what != RPC_LISTENING_NOBODY && !admit(&address, &listener, doubt))
            return true;
    }
    return false;
}

static bool refuse(const struct rpc_lms_place *place, struct error *err)
{
    if (err != NULL && err->code == ERROR_UNAUTHORIZED) {
        const struct error why = *err;
        (void)error_set(err, why.code,
                        "%s: it isn't logged in to; end it, or name it with --lmsport %u if it is "
                        "meant",
                        why.text, (unsigned)io_address_port(&place->addresses[0]));
    }
    return false;
}

/* *conn is NULL without an error of the listener's: the next address may do. */
static bool try_address(const struct rpc_lms_place *place, const struct io_address *address,
                        struct io_conn **conn, struct error *err)
{
    struct rpc_listener before = {.what = RPC_LISTENING_NOBODY};
    struct rpc_listener after;
    *conn = NULL;
    if (!place->asked) {
        rpc_listener_find(address, &before);
        if (!admit(address, &before, err))
            return before.what == RPC_LISTENING_NOBODY || refuse(place, err);
    }
    *conn = io_connect(address, NULL, NULL, err);
    if (*conn == NULL || place->asked)
        return true;
    rpc_listener_find(address, &after);
    if (after.what == before.what && after.inode == before.inode)
        return true;
    io_conn_abort(*conn);
    *conn = NULL;
    return error_set(err, ERROR_UNAUTHORIZED, "LMS's port has changed hands just now: try again");
}

struct io_stream *rpc_lms_place_connect(const struct rpc_lms_place *place, uint16_t port,
                                        struct error *err)
{
    struct io_conn *conn = NULL;
    for (size_t i = 0; i < place->count && conn == NULL; i++) {
        const struct io_address address = at(place, i, port);
        if (!try_address(place, &address, &conn, err))
            return NULL;
    }
    return conn == NULL ? NULL : io_conn_stream(conn);
}

/* ---- probing ---- */

/* A request that needs no login, and that any AMT answers: with 401. */
static enum rpc_port ask_plainly(struct io_stream *stream, struct error *err)
{
    struct arena arena;
    const struct http_header headers[] = {
        {SLICE_LITERAL("Host"), SLICE_LITERAL("127.0.0.1:16992")},
        {SLICE_LITERAL("Connection"), SLICE_LITERAL("close")},
    };
    const struct http_request request = {.method = "POST",
                                         .target = "/wsman",
                                         .headers = headers,
                                         .header_count = sizeof headers / sizeof *headers};
    struct http_response response = {0};
    arena_init(&arena);
    bool ok = http_client_exchange(stream, &request, PROBE_BODY, &arena, &response, err);
    arena_fini(&arena);
    io_stream_close(stream);
    if (ok || response.began)
        return RPC_PORT_ANSWERS;
    return err->code == ERROR_TIMEOUT ? RPC_PORT_SILENT : RPC_PORT_HANGS_UP;
}

/* Whose certificate it is doesn't matter here. */
static enum rpc_port shake_hands(struct io_stream *inner, struct error *err)
{
    static const struct io_tls_policy anybody = {.any = true};
    const struct io_tls_client_options options = {.insecure = true, .firmware = true};
    struct io_tls *tls = io_tls_client_new(io_loop_current(), &options, err);
    if (tls == NULL) {
        io_stream_close(inner);
        return RPC_PORT_UNASKED;
    }
    struct io_stream *stream = io_tls_stream_open(inner, tls, &anybody, err);
    bool answers = stream != NULL;
    io_stream_close(stream);
    io_tls_free(tls);
    if (answers)
        return RPC_PORT_ANSWERS;
    return err->code == ERROR_TIMEOUT ? RPC_PORT_SILENT : RPC_PORT_NO_TLS;
}

enum rpc_port rpc_lms_place_probe(const struct rpc_lms_place *place, uint16_t port, bool shake,
                                  struct error *err)
{
    struct error ignored = {ERROR_NONE, ""};
    err = err != NULL ? err : &ignored;
    error_clear(err);
    struct io_stream *stream = rpc_lms_place_connect(place, port, err);
    if (stream == NULL)
        return err->code == ERROR_UNAUTHORIZED ? RPC_PORT_STRANGER
               : err->code == ERROR_TIMEOUT    ? RPC_PORT_SILENT
                                               : RPC_PORT_NOBODY;
    if (port != MEI_LME_TLS_PORT)
        return ask_plainly(stream, err);
    if (shake)
        return shake_hands(stream, err);
    io_stream_close(stream);
    return RPC_PORT_ANSWERS;
}

bool rpc_port_is_ill(enum rpc_port port)
{
    return port == RPC_PORT_SILENT || port == RPC_PORT_HANGS_UP || port == RPC_PORT_NO_TLS;
}
