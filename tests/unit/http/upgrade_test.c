/* Connections that leave an HTTP server as WebSockets, and a client's handshake. */
#include "core/memory.h"
#include "http/server.h"
#include "http/websocket.h"
#include "io/fiber.h"
#include "io/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What went wrong on the fiber; told to cmocka on the thread's own stack, where its jumps work. */
static const char *wrong;

#define TEXT_OF_(x) #x
#define TEXT_OF(x)  TEXT_OF_(x)
#define EXPECT(condition)                                           \
    do {                                                            \
        if (!(condition) && wrong == NULL)                          \
            wrong = __FILE__ ":" TEXT_OF(__LINE__) ": " #condition; \
    } while (0)

static struct http_server *server;
static struct io_conn *kept; /* what /keep took */
static char kept_ahead[64];
static unsigned taken;
static unsigned taken_nothing;

/* --- handlers ----------------------------------------------------------------------------------
 */

static void echo(void *arg)
{
    struct io_stream *stream = arg;
    uint8_t *bytes = memory_new(5000);
    size_t got = 0;
    while (io_stream_read(stream, bytes, 5000, &got, NULL) && got > 0 &&
           io_stream_write(stream, slice_of(bytes, got), NULL))
        ;
    free(bytes);
    io_stream_close(stream);
}

static void take_for_echo(void *arg, struct io_conn *conn, struct slice ahead)
{
    static const struct http_websocket_options options = {.role = HTTP_WEBSOCKET_SERVER};
    (void)arg;
    EXPECT(!io_on_fiber());
    taken++;
    taken_nothing += conn == NULL;
    if (conn == NULL)
        return;
    io_conn_attach(conn);
    struct io_stream *stream = http_websocket_stream(io_conn_stream(conn), &options, ahead);
    EXPECT(io_fiber_start(echo, stream, NULL));
}

static void serve_echo(struct http_exchange *x)
{
    if (http_websocket_check(x))
        http_websocket_accept(x, http_websocket_protocol(x), take_for_echo, NULL);
}

static void take_and_keep(void *arg, struct io_conn *conn, struct slice ahead)
{
    (void)arg;
    taken++;
    taken_nothing += conn == NULL;
    kept = conn;
    memset(kept_ahead, 0, sizeof kept_ahead);
    if (ahead.size > 0)
        memcpy(kept_ahead, ahead.data, slice_first(ahead, sizeof kept_ahead - 1).size);
}

static void serve_keep(struct http_exchange *x)
{
    struct slice late;
    if (!http_websocket_check(x))
        return;
    http_websocket_accept(x, slice_of(NULL, 0), take_and_keep, NULL);
    if (http_query_get(x, "late", &late))
        (void)io_sleep(50, NULL);
}

static void serve_refusal(struct http_exchange *x)
{
    if (http_websocket_check(x))
        http_answer_error(x, 409, "The device is taken", NULL);
}

static const struct http_route routes[] = {
    {HTTP_GET, "/echo", "echo", serve_echo, true, NULL, false, 0, false, 0},
    {HTTP_GET, "/keep", "keep", serve_keep, true, NULL, false, 0, false, 0},
    {HTTP_GET, "/refuse", "refuse", serve_refusal, true, NULL, false, 0, false, 0},
};

static const struct http_router router = {
    .routes = routes,
    .route_count = sizeof routes / sizeof routes[0],
};

/* --- the world ---------------------------------------------------------------------------------
 */

static void main_fiber(void *arg)
{
    void (**test)(void) = arg;
    struct http_server_options options = {.connections_limit = 4};
    EXPECT(io_address_parse(SLICE_LITERAL("127.0.0.1:0"), &options.address, NULL));
    server = http_server_new(io_loop_current(), &options, &router, NULL);
    EXPECT(server != NULL);
    (void)io_deadline_within(20000);
    if (server != NULL)
        (*test)();
    if (server != NULL)
        http_server_free(server);
}

static void run(void (*test)(void))
{
    struct io_loop *loop = io_loop_new(NULL);
    wrong = NULL;
    kept = NULL;
    taken = 0;
    taken_nothing = 0;
    assert_true(io_loop_main(loop, main_fiber, &test, NULL));
    io_loop_free(loop);
    if (wrong != NULL)
        fail_msg("%s", wrong);
}

static struct io_stream *dial(void)
{
    struct io_address address = http_server_address(server);
    struct io_conn *conn = io_connect(&address, NULL, NULL, NULL);
    EXPECT(conn != NULL);
    return io_conn_stream(conn);
}

static void send_text(struct io_stream *stream, const char *text)
{
    EXPECT(io_stream_write(stream, slice_of_string(text), NULL));
}

/* Reads until `until` has come, or the end. */
static const char *receive(struct io_stream *stream, const char *until)
{
    static char text[4096];
    size_t size = 0;
    size_t got = 1;
    text[0] = '\0';
    while (got > 0 && strstr(text, until) == NULL &&
           io_stream_read(stream, text + size, sizeof text - 1 - size, &got, NULL)) {
        size += got;
        text[size] = '\0';
    }
    return text;
}

static void wait_until_taken(unsigned count)
{
    for (uint64_t end = io_now() + 10000; taken < count && io_now() < end;)
        EXPECT(io_sleep(1, NULL));
    EXPECT(taken == count);
}

/* RFC 6455 1.3's client, with what the test puts in. */
#define ASK(target, more) "GET " target " HTTP/1.1\r\nHost: server.example.com\r\n" more "\r\n"
#define UPGRADE           "Upgrade: websocket\r\nConnection: Upgrade\r\n"
#define KEY               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define VERSION           "Sec-WebSocket-Version: 13\r\n"
#define PROTOCOLS         "Sec-WebSocket-Protocol: chat, superchat\r\n"
#define DISTRACTED        "Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"

/* --- the handshake -----------------------------------------------------------------------------
 */

static void shake_as_the_example(void)
{
    struct io_stream *stream = dial();
    send_text(stream, ASK("/echo", UPGRADE KEY PROTOCOLS VERSION));
    const char *answer = receive(stream, "\r\n\r\n");
    EXPECT(strncmp(answer, "HTTP/1.1 101 Switching Protocols\r\n", 34) == 0);
    EXPECT(strstr(answer, "\r\nUpgrade: websocket\r\n") != NULL);
    EXPECT(strstr(answer, "\r\nConnection: Upgrade\r\n") != NULL);
    EXPECT(strstr(answer, "\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n") != NULL);
    EXPECT(strstr(answer, "\r\nSec-WebSocket-Protocol: chat\r\n") != NULL);
    EXPECT(strstr(answer, "Content-Length") == NULL);
    send_text(stream, "\x82\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
    EXPECT(strcmp(receive(stream, "Hello"), "\x82\x05Hello") == 0);
    io_stream_close(stream);
}

static void the_example_of_the_rfc(void **state)
{
    (void)state;
    run(shake_as_the_example);
}

static void expect_answer(const char *request, const char *answer)
{
    struct io_stream *stream = dial();
    send_text(stream, request);
    EXPECT(strncmp(receive(stream, "\r\n\r\n"), answer, strlen(answer)) == 0);
    io_stream_close(stream);
}

static void shake_in_other_ways(void)
{
    static const char upgrade_required[] = "HTTP/1.1 426 Upgrade Required\r\n";
    expect_answer(ASK("/echo", DISTRACTED KEY VERSION), "HTTP/1.1 101 ");
    expect_answer(ASK("/echo", ""), upgrade_required);
    expect_answer(ASK("/echo", KEY VERSION "Upgrade: websocket\r\n"), upgrade_required);
    expect_answer(ASK("/echo", KEY VERSION "Upgrade: h2c\r\nConnection: Upgrade\r\n"),
                  upgrade_required);
    expect_answer(ASK("/echo", UPGRADE KEY "Sec-WebSocket-Version: 8\r\n"), upgrade_required);
    expect_answer("GET /echo HTTP/1.0\r\n" UPGRADE KEY VERSION "\r\n", upgrade_required);
    expect_answer(ASK("/echo", UPGRADE VERSION), "HTTP/1.1 400 ");
    expect_answer(ASK("/echo", UPGRADE KEY KEY VERSION), "HTTP/1.1 400 ");
    expect_answer(ASK("/echo", UPGRADE VERSION "Sec-WebSocket-Key: c2hvcnQ=\r\n"), "HTTP/1.1 400 ");
    struct io_stream *stream = dial();
    send_text(stream, ASK("/echo", UPGRADE KEY "Sec-WebSocket-Version: 8\r\n"));
    EXPECT(strstr(receive(stream, "\r\n\r\n"), "\r\nSec-WebSocket-Version: 13\r\n") != NULL);
    io_stream_close(stream);
}

static void malformed_handshakes_are_refused(void **state)
{
    (void)state;
    run(shake_in_other_ways);
}

/* --- leaving -----------------------------------------------------------------------------------
 */

static void send_ahead(void)
{
    struct io_stream *stream = dial();
    send_text(stream, ASK("/keep?late=1", UPGRADE KEY VERSION) "behind the handshake");
    wait_until_taken(1);
    EXPECT(kept != NULL);
    EXPECT(strcmp(kept_ahead, "behind the handshake") == 0);
    io_conn_discard(kept);
    EXPECT(strstr(receive(stream, "never"), "101") != NULL); /* sent before it was cut */
    io_stream_close(stream);
}

static void what_was_sent_ahead_goes_along(void **state)
{
    (void)state;
    run(send_ahead);
}

static void leave_often(void)
{
    struct io_conn *all[10];
    struct io_stream *streams[10];
    for (unsigned i = 0; i < 10; i++) {
        streams[i] = dial();
        send_text(streams[i], ASK("/keep", UPGRADE KEY VERSION));
        wait_until_taken(i + 1);
        all[i] = kept;
        EXPECT(all[i] != NULL);
    }
    EXPECT(http_server_busy(server) == 0);
    http_server_drain(server);
    http_server_free(server); /* waits for none of them */
    server = NULL;
    for (unsigned i = 0; i < 10; i++) {
        io_conn_discard(all[i]);
        io_stream_close(streams[i]);
    }
}

static void who_has_left_is_nothing_to_the_server(void **state)
{
    (void)state;
    run(leave_often);
}

static void hang_up_early(void)
{
    struct io_stream *stream = dial();
    send_text(stream, ASK("/keep?late=1", UPGRADE KEY VERSION));
    EXPECT(io_sleep(20, NULL));
    io_stream_close(stream);
    wait_until_taken(1);
    EXPECT(taken_nothing == 1 && kept == NULL);
}

static void who_hangs_up_before_is_taken_as_nothing(void **state)
{
    (void)state;
    run(hang_up_early);
}

static void free_during_handshake(void)
{
    struct io_stream *stream = dial();
    send_text(stream, ASK("/keep?late=1", UPGRADE KEY VERSION));
    EXPECT(io_sleep(20, NULL));
    http_server_free(server);
    server = NULL;
    EXPECT(taken == 1 && taken_nothing == 1);
    io_stream_close(stream);
}

static void freeing_the_server_takes_nothing(void **state)
{
    (void)state;
    run(free_during_handshake);
}

/* --- the client --------------------------------------------------------------------------------
 */

static void open_as_client(void)
{
    struct error err = {.code = ERROR_NONE};
    char text[16] = "";
    size_t got = 0;
    struct io_stream *stream = http_websocket_open(dial(), "h", "/echo", "a.b.c", "t", &err);
    EXPECT(stream != NULL);
    if (stream == NULL)
        return;
    EXPECT(io_stream_write(stream, SLICE_LITERAL("over there"), &err));
    EXPECT(io_stream_read(stream, text, sizeof text - 1, &got, &err));
    EXPECT(slice_equal_string(slice_of(text, got), "over there"));
    io_stream_close(stream);
}

static void a_client_opens_one(void **state)
{
    (void)state;
    run(open_as_client);
}

static void open_badly(void)
{
    struct error err = {.code = ERROR_NONE};
    EXPECT(http_websocket_open(dial(), "h", "/refuse", NULL, NULL, &err) == NULL);
    EXPECT(err.code == ERROR_CONFLICT && strcmp(err.text, "The device is taken") == 0);
    EXPECT(http_websocket_open(dial(), "h", "/nowhere", NULL, NULL, &err) == NULL);
    EXPECT(err.code == ERROR_NOT_FOUND);
    EXPECT(http_websocket_open(dial(), "h", "/keep", "token", NULL, &err) == NULL);
    EXPECT(err.code == ERROR_PROTOCOL); /* chose none although one was offered */
    EXPECT(http_websocket_open(dial(), "h", "/echo\r\nX: y", NULL, NULL, &err) == NULL);
    EXPECT(err.code == ERROR_INVALID);
    wait_until_taken(1);
    if (kept != NULL)
        io_conn_discard(kept);
}

static void a_refusal_tells_why(void **state)
{
    (void)state;
    run(open_badly);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_rfc),
        cmocka_unit_test(malformed_handshakes_are_refused),
        cmocka_unit_test(what_was_sent_ahead_goes_along),
        cmocka_unit_test(who_has_left_is_nothing_to_the_server),
        cmocka_unit_test(who_hangs_up_before_is_taken_as_nothing),
        cmocka_unit_test(freeing_the_server_takes_nothing),
        cmocka_unit_test(a_client_opens_one),
        cmocka_unit_test(a_refusal_tells_why),
    };
    return cmocka_run_group_tests_name("http/upgrade", tests, NULL, NULL);
}
