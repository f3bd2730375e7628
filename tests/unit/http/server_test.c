#include "http/server.h"

#include "core/memory.h"
#include "io/certificate.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "io/tls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
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

#define BIG_SIZE ((size_t)8 * 1024 * 1024)

static unsigned started;   /* handlers that began */
static unsigned cancelled; /* handlers whose wait was cancelled */
static unsigned timed_out;

static void say_path(struct http_exchange *x)
{
    struct json_writer json = http_answer_json(x, 200);
    json_open_array(&json);
    json_put_string_slice(&json, x->raw_path);
    json_put_int(&json, (int64_t)x->body.size);
    json_close_array(&json);
}

static void say_late(struct http_exchange *x)
{
    struct error err;
    started++;
    if (!io_sleep(50, &err))
        cancelled += err.code == ERROR_CANCELLED;
    say_path(x);
}

static void wait_long(struct http_exchange *x)
{
    struct error err;
    started++;
    if (!io_sleep(60000, &err)) {
        cancelled += err.code == ERROR_CANCELLED;
        timed_out += err.code == ERROR_TIMEOUT;
        http_answer_error(x, error_http_status(err.code), "late", NULL);
    }
}

static void say_much(struct http_exchange *x)
{
    uint8_t *bytes = memory_new(BIG_SIZE);
    for (size_t i = 0; i < BIG_SIZE; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 251);
    http_answer_bytes(x, 200, "application/octet-stream", slice_of(bytes, BIG_SIZE));
    free(bytes);
}

static const struct http_route routes[] = {
    {HTTP_GET, "/path/{x}", "path", say_path, true, NULL, false, 0, false, 0},
    {HTTP_POST, "/path/{x}", "post", say_path, true, NULL, false, 0, false, 0},
    {HTTP_GET, "/late", "late", say_late, true, NULL, false, 0, false, 0},
    {HTTP_GET, "/long", "long", wait_long, true, NULL, false, 0, false, 0},
    {HTTP_GET, "/much", "much", say_much, true, NULL, false, 0, false, 0},
};

static const struct http_router router = {
    .routes = routes,
    .route_count = sizeof routes / sizeof routes[0],
};

struct world {
    struct io_loop *loop;
    struct http_server_options options;
    struct http_server *server;
    struct io_tls *client_tls;
    void (*test)(struct world *world);
};

static void main_fiber(void *arg)
{
    struct world *world = arg;
    struct error err = {.code = ERROR_NONE};
    EXPECT(io_address_parse(SLICE_LITERAL("127.0.0.1:0"), &world->options.address, &err));
    world->server = http_server_new(world->loop, &world->options, &router, &err);
    EXPECT(world->server != NULL);
    (void)io_deadline_within(20000);
    if (world->server != NULL)
        world->test(world);
    if (world->server != NULL)
        http_server_free(world->server);
}

static void run_in(struct world *world, void (*test)(struct world *world))
{
    struct error err;
    wrong = NULL;
    started = 0;
    cancelled = 0;
    timed_out = 0;
    world->test = test;
    assert_true(io_loop_main(world->loop, main_fiber, world, &err));
    io_loop_free(world->loop);
    if (wrong != NULL)
        fail_msg("%s", wrong);
}

static void run(const struct http_server_options *options, void (*test)(struct world *world))
{
    struct world world = {.loop = io_loop_new(NULL)};
    if (options != NULL)
        world.options = *options;
    run_in(&world, test);
}

static struct io_stream *dial(struct world *world)
{
    struct io_address address = http_server_address(world->server);
    struct error err;
    struct io_conn *conn = io_connect(&address, world->client_tls, "localhost", &err);
    EXPECT(conn != NULL);
    return conn == NULL ? NULL : io_conn_stream(conn);
}

static void send_text(struct io_stream *stream, const char *text)
{
    struct error err;
    EXPECT(stream != NULL && io_stream_write(stream, slice_of_string(text), &err));
}

/* Reads until the server ends the connection, or has sent `until`. */
static const char *receive(struct io_stream *stream, const char *until)
{
    static char text[65536];
    size_t size = 0;
    text[0] = '\0';
    while (stream != NULL && size < sizeof text - 1 &&
           (until == NULL || strstr(text, until) == NULL)) {
        size_t got = 0;
        struct error err;
        if (!io_stream_read(stream, text + size, sizeof text - 1 - size, &got, &err)) {
            EXPECT(err.code == ERROR_CONNECTION);
            break;
        }
        if (got == 0)
            break;
        size += got;
        text[size] = '\0';
    }
    return text;
}

/* Sends `request` and reads until the server closes. */
static const char *ask(struct world *world, const char *request)
{
    struct io_stream *stream = dial(world);
    send_text(stream, request);
    const char *answer = receive(stream, NULL);
    io_stream_close(stream);
    return answer;
}

static bool begins(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static size_t occurrences(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at++)
        count++;
    return count;
}

static void ask_for_json(struct world *world)
{
    const char *answer = ask(world, "GET /path/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT(begins(answer, "HTTP/1.1 200 OK\r\nDate: "));
    EXPECT(strstr(answer, " GMT\r\nContent-Type: application/json; charset=utf-8\r\n"
                          "Content-Length: 13\r\nETag: W/\"") != NULL);
    EXPECT(strstr(answer, "X-Content-Type-Options: nosniff\r\n") != NULL);
    EXPECT(strstr(answer, "Cache-Control: no-store\r\n") != NULL);
    EXPECT(strstr(answer, "Connection: close\r\n\r\n[\"/path/a\",0]") != NULL);
    EXPECT(strstr(answer, "Strict-Transport-Security") == NULL);
    EXPECT(strstr(answer, "X-Powered-By") == NULL);
    EXPECT(strstr(answer, "Access-Control-Allow-Origin") == NULL);
}

static void an_answer_has_its_headers(void **state)
{
    (void)state;
    run(NULL, ask_for_json);
}

static void ask_in_a_row(struct world *world)
{
    const char *answer =
        ask(world, "GET /late HTTP/1.1\r\nHost: a\r\n\r\nGET /path/2 HTTP/1.1\r\nHost: a\r\n\r\n"
                   "POST /path/3 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
                   "GET /late HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
                   "GET /path/never HTTP/1.1\r\nHost: a\r\n\r\n");
    const char *first = strstr(answer, "[\"/late\",0]");
    const char *second = strstr(answer, "[\"/path/2\",0]");
    const char *third = strstr(answer, "[\"/path/3\",3]");
    EXPECT(first != NULL && second != NULL && third != NULL);
    EXPECT(first < second && second < third);
    EXPECT(occurrences(answer, "HTTP/1.1 200 OK\r\n") == 4);
    EXPECT(strstr(answer, "never") == NULL);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    (void)state;
    run(NULL, ask_in_a_row);
}

static void ask_very_often(struct world *world)
{
    enum { COUNT = 3000 };
    static const char one[] = "GET /path/a HTTP/1.1\r\nHost: a\r\n\r\n";
    struct buffer all;
    struct io_stream *stream = dial(world);
    buffer_init(&all, sizeof one * COUNT + 100);
    for (int i = 0; i < COUNT; i++)
        buffer_put_text(&all, one);
    buffer_put_text(&all, "GET /path/a HTTP/1.0\r\n\r\n");
    struct error err;
    EXPECT(io_stream_write(stream, buffer_slice(&all), &err));
    size_t total = 0;
    size_t got = 1;
    size_t answers = 0;
    char text[4096];
    while (got > 0 && io_stream_read(stream, text, sizeof text, &got, &err)) {
        for (size_t i = 0; i < got; i++)
            answers += text[i] == '[';
        total += got;
    }
    EXPECT(answers == COUNT + 1);
    EXPECT(total > (size_t)COUNT * 200);
    buffer_fini(&all);
    io_stream_close(stream);
}

static void a_long_row_of_requests_is_read_as_it_is_served(void **state)
{
    (void)state;
    run(NULL, ask_very_often);
}

static void ask_badly(struct world *world)
{
    const char *answer = ask(world, "GARBAGE\r\n\r\n");
    EXPECT(begins(answer, "HTTP/1.1 400 Bad Request\r\n"));
    EXPECT(strstr(answer, "{\"error\":\"Incorrect URI or Bad Request\",\"errorDescription\":\"") !=
           NULL);
    EXPECT(strstr(answer, "Connection: close\r\n") != NULL);
    answer = ask(world, "\x16\x03\x01");
    EXPECT(begins(answer, "HTTP/1.1 400 "));
    answer =
        ask(world,
            "POST /path/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
            "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /path/a HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT(begins(answer, "HTTP/1.1 400 "));
    EXPECT(occurrences(answer, "HTTP/1.1") == 1);
    answer = ask(world, "GET /path/a HTTP/1.1\r\nHost: a\r\n\r\nBAD\r\n\r\n");
    EXPECT(begins(answer, "HTTP/1.1 200 "));
    EXPECT(strstr(answer, "HTTP/1.1 400 ") != NULL);
    answer = ask(world, "GET /nowhere?token=x HTTP/1.0\r\n\r\n");
    EXPECT(begins(answer, "HTTP/1.1 404 Not Found\r\n"));
    EXPECT(strstr(answer, "Content-Security-Policy: default-src 'none'\r\n") != NULL);
    EXPECT(strstr(answer, "<pre>Cannot GET /nowhere</pre>") != NULL);
}

static void malformed_requests_get_400_and_the_door(void **state)
{
    (void)state;
    run(NULL, ask_badly);
}

static void ask_ambiguously(struct world *world)
{
    static const char *const asked[] = {
        "POST /path/a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n",
        "POST /path/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"
        "0\r\n\r\nGET /path/b HTTP/1.1\r\nHost: a\r\n\r\n",
    };
    for (int i = 0; i < 2; i++) {
        const char *answer = ask(world, asked[i]);
        EXPECT(begins(answer, i == 0 ? "HTTP/1.1 400 " : "HTTP/1.1 501 Not Implemented\r\n"));
        EXPECT(occurrences(answer, "HTTP/1.1 ") == 1);
        EXPECT(strstr(answer, "Connection: close\r\n") != NULL);
    }
    /* One that was read ahead, while the one before was in work. */
    const char *answer =
        ask(world, "GET /late HTTP/1.1\r\nHost: a\r\n\r\nGET /path/a HTTP/1.1\r\n\r\n");
    EXPECT(begins(answer, "HTTP/1.1 200 ") && strstr(answer, "HTTP/1.1 400 ") != NULL);
}

static void heads_that_can_be_read_in_two_ways_are_refused(void **state)
{
    (void)state;
    run(NULL, ask_ambiguously);
}

static void ask_too_much(struct world *world)
{
    static char text[70000];
    size_t size = (size_t)snprintf(text, sizeof text, "GET /path/a HTTP/1.1\r\nHost: a\r\nX: ");
    memset(text + size, 'a', 17000);
    text[size + 17000] = '\0';
    const char *answer = ask(world, text);
    EXPECT(begins(answer, "HTTP/1.1 431 Request Header Fields Too Large\r\n"));
    EXPECT(strstr(answer, "\"errorDescription\":") != NULL);
    answer = ask(world, "POST /path/a HTTP/1.1\r\nHost: a\r\nContent-Length: 102401\r\n\r\n{");
    EXPECT(begins(answer, "HTTP/1.1 413 Payload Too Large\r\n"));
    EXPECT(strstr(answer, "{\"error\":\"Payload Too Large\",\"errorDescription\":\"") != NULL);
    size =
        (size_t)snprintf(text, sizeof text,
                         "POST /path/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 2; i++) {
        size += (size_t)snprintf(text + size, sizeof text - size, "7530\r\n");
        memset(text + size, 'b', 30000);
        size += 30000;
        size += (size_t)snprintf(text + size, sizeof text - size, "\r\n");
    }
    struct io_stream *stream = dial(world);
    send_text(stream, text);
    send_text(stream, strchr(strstr(text, "\r\n\r\n"), '7'));
    answer = receive(stream, NULL);
    EXPECT(begins(answer, "HTTP/1.1 413 "));
    io_stream_close(stream);
}

static void oversized_requests_get_431_and_413(void **state)
{
    (void)state;
    run(NULL, ask_too_much);
}

static void ask_slowly(struct world *world)
{
    struct io_stream *stream = dial(world);
    struct error err;
    uint64_t start = io_now();
    send_text(stream, "G");
    for (int i = 0; i < 3; i++) {
        EXPECT(io_sleep(30, &err));
        send_text(stream, "E"); /* a byte now and then does not help */
    }
    const char *answer = receive(stream, NULL);
    EXPECT(begins(answer, "HTTP/1.1 408 Request Timeout\r\n"));
    EXPECT(io_now() - start >= 100 && io_now() - start < 1000);
    io_stream_close(stream);

    stream = dial(world);
    send_text(stream, "GET /path/a HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT(begins(receive(stream, "[\"/path/a\",0]"), "HTTP/1.1 200 "));
    start = io_now();
    EXPECT(*receive(stream, NULL) == '\0'); /* silence ends without an answer */
    EXPECT(io_now() - start >= 190 && io_now() - start < 2000);
    io_stream_close(stream);
}

static void slow_and_silent_clients_are_let_go(void **state)
{
    (void)state;
    run(&(struct http_server_options){.receive_ms = 120, .idle_ms = 200}, ask_slowly);
}

static void ask_politely(struct world *world)
{
    struct io_stream *stream = dial(world);
    send_text(
        stream,
        "POST /path/a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    EXPECT(strcmp(receive(stream, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n") == 0);
    send_text(stream, "ab");
    EXPECT(begins(receive(stream, "[\"/path/a\",2]"), "HTTP/1.1 200 "));
    io_stream_close(stream);
    const char *answer = ask(world, "POST /path/a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                                    "Content-Length: 200000\r\n\r\n");
    EXPECT(begins(answer, "HTTP/1.1 413 "));
}

static void a_client_that_waits_for_our_word_gets_it(void **state)
{
    (void)state;
    run(NULL, ask_politely);
}

static void ask_in_old_ways(struct world *world)
{
    const char *answer = ask(world, "GET /path/a HTTP/1.0\r\n\r\n");
    EXPECT(begins(answer, "HTTP/1.1 200 ") && strstr(answer, "Connection: close") != NULL);
    answer = ask(world, "GET /path/a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
                        "GET /path/b HTTP/1.0\r\n\r\n");
    EXPECT(occurrences(answer, "Connection: keep-alive\r\n") == 1);
    EXPECT(occurrences(answer, "Connection: close\r\n") == 1);
    answer = ask(world, "HEAD /path/a HTTP/1.1\r\nHost: a\r\n\r\n"
                        "HEAD /path/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT(occurrences(answer, "Content-Length: 13\r\n") == 2);
    EXPECT(strstr(answer, "[") == NULL);
    answer = ask(world, "OPTIONS /x HTTP/1.0\r\n\r\n");
    EXPECT(begins(answer, "HTTP/1.1 204 No Content\r\n"));
    EXPECT(strstr(answer, "\r\nContent-Type:") == NULL);
}

static void old_clients_and_head_are_served(void **state)
{
    (void)state;
    run(NULL, ask_in_old_ways);
}

static void ask_twice(struct world *world)
{
    char tag[64] = "";
    char request[256];
    const char *answer = ask(world, "GET /path/a HTTP/1.0\r\n\r\n");
    const char *at = strstr(answer, "ETag: ");
    EXPECT(at != NULL);
    if (at == NULL)
        return;
    struct slice rest = slice_from(slice_of_string(at), strlen("ETag: "));
    struct slice line = slice_split(&rest, '\r');
    (void)snprintf(tag, sizeof tag, "%.*s", SLICE_ARG(line));
    (void)snprintf(request, sizeof request,
                   "GET /path/a HTTP/1.0\r\nIf-None-Match: \"other\", %s\r\n\r\n", tag);
    answer = ask(world, request);
    EXPECT(begins(answer, "HTTP/1.1 304 Not Modified\r\n"));
    EXPECT(strstr(answer, tag) != NULL && strstr(answer, "[") == NULL);
    (void)snprintf(request, sizeof request, "GET /path/b HTTP/1.0\r\nIf-None-Match: %s\r\n\r\n",
                   tag);
    EXPECT(begins(ask(world, request), "HTTP/1.1 200 "));
    (void)snprintf(request, sizeof request, "POST /path/a HTTP/1.0\r\nIf-None-Match: %s\r\n\r\n",
                   tag);
    EXPECT(begins(ask(world, request), "HTTP/1.1 200 "));
}

static void an_unchanged_body_gives_304(void **state)
{
    (void)state;
    run(NULL, ask_twice);
}

static void ask_and_leave(struct world *world)
{
    struct error err;
    struct io_stream *stream = dial(world);
    send_text(stream, "GET /long HTTP/1.1\r\nHost: a\r\n\r\n");
    for (int i = 0; started == 0 && i < 100; i++)
        EXPECT(io_sleep(10, &err));
    EXPECT(started == 1 && cancelled == 0);
    io_stream_close(stream);
    for (int i = 0; cancelled == 0 && i < 100; i++)
        EXPECT(io_sleep(10, &err));
    EXPECT(cancelled == 1);
    EXPECT(begins(ask(world, "GET /path/a HTTP/1.0\r\n\r\n"), "HTTP/1.1 200 "));
}

static void a_hang_up_cancels_the_handler(void **state)
{
    (void)state;
    run(NULL, ask_and_leave);
}

static void ask_for_too_long(struct world *world)
{
    const char *answer = ask(world, "GET /long HTTP/1.0\r\n\r\n");
    EXPECT(timed_out == 1);
    EXPECT(begins(answer, "HTTP/1.1 504 Gateway Timeout\r\n"));
}

static void a_handler_has_a_deadline(void **state)
{
    (void)state;
    run(&(struct http_server_options){.handler_ms = 100}, ask_for_too_long);
}

static void read_much(struct world *world)
{
    struct io_stream *stream = dial(world);
    send_text(stream, "GET /much HTTP/1.0\r\n\r\n");
    struct error err;
    EXPECT(io_sleep(100, &err)); /* the answer backs up meanwhile */
    size_t body = 0;
    size_t got = 1;
    size_t newlines = 0;
    bool same = true;
    uint8_t bytes[4096];
    while (got > 0 && io_stream_read(stream, bytes, sizeof bytes, &got, &err)) {
        for (size_t i = 0; i < got; i++) {
            if (newlines < 4) {
                bool wanted = bytes[i] == (newlines % 2 == 0 ? '\r' : '\n');
                newlines = wanted ? newlines + 1 : bytes[i] == '\r';
            } else {
                same = same && bytes[i] == (uint8_t)(body * 7 + body / 251);
                body++;
            }
        }
    }
    EXPECT(body == BIG_SIZE);
    EXPECT(same);
    io_stream_close(stream);
}

static void a_large_answer_arrives_whole(void **state)
{
    (void)state;
    run(NULL, read_much);
}

static void read_nothing(struct world *world)
{
    struct io_stream *stream = dial(world);
    struct error err;
    send_text(stream, "GET /much HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT(io_sleep(500, &err));
    size_t total = 0;
    size_t got = 1;
    uint8_t bytes[4096];
    while (got > 0 && io_stream_read(stream, bytes, sizeof bytes, &got, &err))
        total += got;
    EXPECT(total < BIG_SIZE);
    io_stream_close(stream);
}

static void who_does_not_take_the_answer_is_cut(void **state)
{
    (void)state;
    run(&(struct http_server_options){.send_ms = 100}, read_nothing);
}

static void await_started(unsigned wanted)
{
    struct error err;
    for (int i = 0; started < wanted && i < 1000; i++)
        EXPECT(io_sleep(1, &err));
    EXPECT(started == wanted);
}

static void come_in_numbers(struct world *world)
{
    struct io_stream *first = dial(world);
    struct io_stream *second = dial(world);
    send_text(first, "GET /long HTTP/1.1\r\nHost: a\r\n\r\n");
    send_text(second, "GET /long HTTP/1.1\r\nHost: a\r\n\r\n");
    await_started(2);
    struct io_stream *third = dial(world);
    const char *answer = receive(third, NULL);
    EXPECT(begins(answer, "HTTP/1.1 503 Service Unavailable\r\n"));
    EXPECT(strstr(answer, "Retry-After: 5\r\n") != NULL);
    io_stream_close(first);
    io_stream_close(third);
    struct error err;
    EXPECT(io_sleep(50, &err));
    EXPECT(begins(ask(world, "GET /path/a HTTP/1.0\r\n\r\n"), "HTTP/1.1 200 "));
    io_stream_close(second);
}

static void idle_in_numbers(struct world *world)
{
    struct io_stream *silent = dial(world);
    struct error err;
    EXPECT(io_sleep(20, &err));
    struct io_stream *quiet = dial(world);
    send_text(quiet, "GET /path/a HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT(begins(receive(quiet, "0]"), "HTTP/1.1 200 "));
    struct io_stream *busy = dial(world); /* three, the limit */
    send_text(busy, "GET /late HTTP/1.1\r\nHost: a\r\n\r\n");
    await_started(1);
    struct io_stream *fourth = dial(world);
    send_text(fourth, "GET /path/a HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT(begins(receive(fourth, "0]"), "HTTP/1.1 200 "));
    EXPECT(*receive(silent, NULL) == '\0'); /* idle longest: it made room */
    send_text(quiet, "GET /path/b HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT(begins(receive(quiet, "0]"), "HTTP/1.1 200 "));
    EXPECT(begins(receive(busy, "0]"), "HTTP/1.1 200 "));
    struct io_stream *fifth = dial(world);
    send_text(fifth, "GET /path/a HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT(begins(receive(fifth, "0]"), "HTTP/1.1 200 "));
    EXPECT(*receive(fourth, NULL) == '\0'); /* the others have asked since */
    EXPECT(http_server_busy(world->server) == 0);
    io_stream_close(silent);
    io_stream_close(quiet);
    io_stream_close(busy);
    io_stream_close(fourth);
    io_stream_close(fifth);
}

static void a_newcomer_takes_the_place_of_who_idles_longest(void **state)
{
    (void)state;
    run(&(struct http_server_options){.connections_limit = 3}, idle_in_numbers);
}

static void come_often(struct world *world)
{
    int answered = 0;
    uint64_t began = io_now();
    for (int i = 0; i < 20; i++)
        answered += begins(ask(world, "GET /path/a HTTP/1.0\r\n\r\n"), "HTTP/1.1 200 ");
    int gained = (int)((io_now() - began) / 1000) + 1; /* on a slow machine time passes */
    EXPECT(answered >= 4 && answered <= 4 + gained);
}

static void one_source_cannot_connect_faster_than_its_rate(void **state)
{
    (void)state;
    run(&(struct http_server_options){.source_rate = 1}, come_often);
}

static void too_many_connections_get_503(void **state)
{
    (void)state;
    run(&(struct http_server_options){.connections_limit = 2}, come_in_numbers);
}

static void find_no_fiber(struct world *world)
{
    io_fibers_limit(1);
    const char *answer = ask(world, "GET /path/a HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT(begins(answer, "HTTP/1.1 503 Service Unavailable\r\n"));
    EXPECT(strstr(answer, "Retry-After: 1\r\n") != NULL);
    io_fibers_limit(100);
    EXPECT(begins(ask(world, "GET /path/a HTTP/1.0\r\n\r\n"), "HTTP/1.1 200 "));
}

static void too_much_work_gets_503(void **state)
{
    (void)state;
    run(NULL, find_no_fiber);
}

static void drain_it(struct world *world)
{
    struct io_stream *idle = dial(world);
    struct io_stream *busy = dial(world);
    struct error err;
    send_text(idle, "GET /path/a HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT(begins(receive(idle, "0]"), "HTTP/1.1 200 "));
    send_text(busy, "GET /late HTTP/1.1\r\nHost: a\r\n\r\n");
    for (int i = 0; started == 0 && i < 100; i++)
        EXPECT(io_sleep(1, &err));
    http_server_drain(world->server);
    EXPECT(*receive(idle, NULL) == '\0');
    const char *answer = receive(busy, NULL);
    EXPECT(begins(answer, "HTTP/1.1 200 ") && strstr(answer, "Connection: close\r\n") != NULL);
    io_stream_close(idle);
    io_stream_close(busy);
}

static void count_busy(struct world *world)
{
    struct io_stream *idle = dial(world);
    struct io_stream *half = dial(world);
    struct io_stream *busy = dial(world);
    struct error err;
    EXPECT(http_server_busy(world->server) == 0);
    send_text(idle, "GET /path/a HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT(begins(receive(idle, "0]"), "HTTP/1.1 200 "));
    send_text(half, "GET /path");
    send_text(busy, "GET /late HTTP/1.1\r\nHost: a\r\n\r\n");
    for (int i = 0; started == 0 && i < 100; i++)
        EXPECT(io_sleep(1, &err));
    EXPECT(http_server_busy(world->server) == 2);
    http_server_drain(world->server);
    EXPECT(begins(receive(busy, NULL), "HTTP/1.1 200 "));
    EXPECT(http_server_busy(world->server) == 1); /* our end of `busy` is still open */
    io_stream_close(half);
    EXPECT(io_sleep(20, &err));
    EXPECT(http_server_busy(world->server) == 0);
    io_stream_close(idle);
    io_stream_close(busy);
}

static void only_requests_make_a_connection_busy(void **state)
{
    (void)state;
    run(NULL, count_busy);
}

static void draining_lets_busy_connections_finish(void **state)
{
    (void)state;
    run(NULL, drain_it);
}

static void free_it(struct world *world)
{
    struct io_stream *streams[5];
    struct error err;
    for (int i = 0; i < 5; i++) {
        streams[i] = dial(world);
        send_text(streams[i], i == 0 ? "GET /lo" : "GET /long HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    for (int i = 0; started < 4 && i < 100; i++)
        EXPECT(io_sleep(1, &err));
    http_server_free(world->server);
    world->server = NULL;
    EXPECT(cancelled == 4);
    for (int i = 0; i < 5; i++)
        io_stream_close(streams[i]);
}

static void freeing_cancels_what_is_in_work(void **state)
{
    (void)state;
    run(NULL, free_it);
}

static void ask_over_tls(struct world *world)
{
    const char *answer = ask(world, "GET /path/a HTTP/1.0\r\n\r\n");
    EXPECT(begins(answer, "HTTP/1.1 200 "));
    EXPECT(strstr(answer, "Strict-Transport-Security: max-age=31536000\r\n") != NULL);
    read_much(world);
    ask_very_often(world);
}

static void tls_answers_forbid_plain_http(void **state)
{
    (void)state;
    struct arena arena;
    struct io_certificate ca;
    struct io_certificate leaf;
    struct error err;
    static const char *const names[] = {"localhost"};
    arena_init(&arena);
    assert_true(io_certificate_new_ca(&arena, "test", 2048, &ca, &err));
    assert_true(io_certificate_new_leaf(&arena, &ca, 2048, "localhost", names, 1, 7, &leaf, &err));
    struct world world = {.loop = io_loop_new(&err)};
    struct io_tls *tls =
        io_tls_server_new(world.loop,
                          &(struct io_tls_server_options){.certificate_pem = leaf.certificate_pem,
                                                          .key_pem = leaf.key_pem,
                                                          .oldest = IO_TLS_1_2,
                                                          .newest = IO_TLS_1_3},
                          &err);
    world.client_tls = io_tls_client_new(
        world.loop,
        &(struct io_tls_client_options){.ca_pem = ca.certificate_pem, .newest = IO_TLS_1_3}, &err);
    assert_non_null(tls);
    assert_non_null(world.client_tls);
    world.options.tls = tls;
    run_in(&world, ask_over_tls);
    io_tls_free(tls);
    io_tls_free(world.client_tls);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_has_its_headers),
        cmocka_unit_test(pipelined_requests_are_answered_in_order),
        cmocka_unit_test(a_long_row_of_requests_is_read_as_it_is_served),
        cmocka_unit_test(heads_that_can_be_read_in_two_ways_are_refused),
        cmocka_unit_test(malformed_requests_get_400_and_the_door),
        cmocka_unit_test(oversized_requests_get_431_and_413),
        cmocka_unit_test(slow_and_silent_clients_are_let_go),
        cmocka_unit_test(a_client_that_waits_for_our_word_gets_it),
        cmocka_unit_test(old_clients_and_head_are_served),
        cmocka_unit_test(an_unchanged_body_gives_304),
        cmocka_unit_test(a_hang_up_cancels_the_handler),
        cmocka_unit_test(a_handler_has_a_deadline),
        cmocka_unit_test(a_large_answer_arrives_whole),
        cmocka_unit_test(who_does_not_take_the_answer_is_cut),
        cmocka_unit_test(too_many_connections_get_503),
        cmocka_unit_test(a_newcomer_takes_the_place_of_who_idles_longest),
        cmocka_unit_test(one_source_cannot_connect_faster_than_its_rate),
        cmocka_unit_test(too_much_work_gets_503),
        cmocka_unit_test(only_requests_make_a_connection_busy),
        cmocka_unit_test(draining_lets_busy_connections_finish),
        cmocka_unit_test(freeing_cancels_what_is_in_work),
        cmocka_unit_test(tls_answers_forbid_plain_http),
    };
    return cmocka_run_group_tests_name("http/server", tests, NULL, NULL);
}
