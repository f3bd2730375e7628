/* The browser's half of a relay: a WebSocket over TLS that is accepted on one loop, moved to
 * another, and busy both ways there. */
#include "core/memory.h"
#include "http/server.h"
#include "http/websocket.h"
#include "io/certificate.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "io/tls.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MUCH ((size_t)2 * 1000 * 1000)

/* Loop 0 is the test's and the HTTP server's, loop 1 runs on a thread. */
static struct io_loop *loops[2];
static atomic_int faults;
static atomic_int over; /* ends of the conversation that are */

/* ---- both ends ---- */

struct end {
    struct io_stream *stream;
    unsigned way;
    bool ends; /* with a Close frame; the other waits for it */
    struct io_task writer;
};

static uint8_t pattern(size_t i, unsigned way)
{
    return (uint8_t)(i * 29 + i / 251 + way * 91);
}

static void write_all(void *arg)
{
    struct end *end = arg;
    uint8_t *bytes = memory_new(5000);
    for (size_t sent = 0; sent < MUCH;) {
        size_t size = 1 + sent * 13 % 5000;
        size = size < MUCH - sent ? size : MUCH - sent;
        for (size_t i = 0; i < size; i++)
            bytes[i] = pattern(sent + i, end->way);
        if (!io_stream_write(end->stream, slice_of(bytes, size), NULL)) {
            faults++;
            break;
        }
        sent += size;
    }
    free(bytes);
}

static bool read_all(struct end *end)
{
    uint8_t *bytes = memory_new(3000);
    size_t got = 1;
    size_t total = 0;
    bool right = true;
    while (total < MUCH && got > 0 && io_stream_read(end->stream, bytes, 3000, &got, NULL)) {
        for (size_t i = 0; i < got; i++)
            right = right && bytes[i] == pattern(total + i, 1 - end->way);
        total += got;
    }
    free(bytes);
    return right && total == MUCH;
}

static void talk(void *arg)
{
    struct end *end = arg;
    char reason[HTTP_WEBSOCKET_REASON_SIZE];
    uint16_t code = 0;
    uint8_t byte;
    size_t got = 1;
    (void)io_deadline_within(30000);
    faults += !io_task_start(&end->writer, write_all, end, NULL);
    faults += !read_all(end);
    io_task_join(&end->writer);
    if (end->ends) {
        (void)http_websocket_end(end->stream, 4001, "enough");
    } else {
        faults += !io_stream_read(end->stream, &byte, 1, &got, NULL) || got != 0;
        faults += !http_websocket_closed_by(end->stream, &code, reason) || code != 4001 ||
                  strcmp(reason, "enough") != 0;
        io_stream_close(end->stream);
    }
    free(end);
    over++;
}

static void begin(struct io_stream *stream, unsigned way, bool ends)
{
    struct end *end = memory_new(sizeof *end);
    end->stream = stream;
    end->way = way;
    end->ends = ends;
    faults += !io_fiber_start(talk, end, NULL);
}

/* ---- the server ---- */

struct moved {
    struct io_message message; /* first */
    struct io_conn *conn;
};

static void arrive(struct io_message *message)
{
    static const struct http_websocket_options options = {.role = HTTP_WEBSOCKET_SERVER};
    struct moved *moved = (struct moved *)(void *)message;
    io_conn_attach(moved->conn);
    io_conn_limit(moved->conn, 32768);
    io_conn_read_limit(moved->conn, 16384);
    begin(http_websocket_stream(io_conn_stream(moved->conn), &options, slice_of(NULL, 0)), 1, true);
    free(moved);
}

static void take(void *arg, struct io_conn *conn, struct slice ahead)
{
    struct moved *moved = memory_new(sizeof *moved);
    (void)arg;
    faults += conn == NULL || ahead.size > 0;
    moved->message.run = arrive;
    moved->conn = conn;
    io_post(loops[1], &moved->message);
}

static void serve(struct http_exchange *x)
{
    if (http_websocket_check(x))
        http_websocket_accept(x, http_websocket_protocol(x), take, NULL);
}

static const struct http_route routes[] = {
    {.method = HTTP_GET, .path = "/relay", .operation = "relay", .handler = serve, .open = true},
};

static const struct http_router router = {.routes = routes, .route_count = 1};

/* ---- the test ---- */

static struct io_tls *tls_of(bool server, struct arena *arena, struct io_certificate *ca)
{
    static const char *const names[] = {"127.0.0.1"};
    struct io_certificate leaf;
    if (!server) {
        struct io_tls_client_options client = {.ca_pem = ca->certificate_pem, .newest = IO_TLS_1_3};
        return io_tls_client_new(loops[0], &client, NULL);
    }
    if (!io_certificate_new_ca(arena, "Test", 2048, ca, NULL) ||
        !io_certificate_new_leaf(arena, ca, 2048, "localhost", names, 1, 30, &leaf, NULL))
        return NULL;
    struct io_tls_server_options options = {.certificate_pem = leaf.certificate_pem,
                                            .key_pem = leaf.key_pem,
                                            .oldest = IO_TLS_1_2,
                                            .newest = IO_TLS_1_3};
    return io_tls_server_new(loops[0], &options, NULL);
}

static void main_fiber(void *arg)
{
    struct arena arena;
    struct io_certificate ca;
    struct http_server_options options = {0};
    (void)arg;
    arena_init(&arena);
    (void)io_deadline_within(60000);
    options.tls = tls_of(true, &arena, &ca);
    struct io_tls *client_tls = tls_of(false, &arena, &ca);
    (void)io_address_parse(SLICE_LITERAL("127.0.0.1:0"), &options.address, NULL);
    struct http_server *server = http_server_new(loops[0], &options, &router, NULL);
    struct io_address at = http_server_address(server);
    for (int i = 0; i < 3; i++) {
        struct io_conn *conn = io_connect(&at, client_tls, "localhost", NULL);
        struct io_stream *stream =
            http_websocket_open(io_conn_stream(conn), "localhost", "/relay", "token", NULL, NULL);
        if (stream == NULL) {
            faults++;
            break;
        }
        begin(stream, 0, false);
    }
    while (over < 6 && io_sleep(5, NULL))
        ;
    http_server_free(server);
    io_tls_free(options.tls);
    io_tls_free(client_tls);
    arena_fini(&arena);
}

static void *run_loop(void *arg)
{
    io_loop_run(arg);
    return NULL;
}

static void a_websocket_moves_and_is_busy_both_ways(void **state)
{
    pthread_t thread;
    (void)state;
    for (int i = 0; i < 2; i++)
        assert_non_null(loops[i] = io_loop_new(NULL));
    assert_int_equal(pthread_create(&thread, NULL, run_loop, loops[1]), 0);
    assert_true(io_loop_main(loops[0], main_fiber, NULL, NULL));
    io_loop_stop(loops[1]);
    (void)pthread_join(thread, NULL);
    io_loop_free(loops[0]); /* before what was moved from it */
    io_loop_free(loops[1]);
    assert_int_equal(faults, 0);
    assert_int_equal(over, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_websocket_moves_and_is_busy_both_ways),
    };
    return cmocka_run_group_tests_name("http/upgrade_move", tests, NULL, NULL);
}
