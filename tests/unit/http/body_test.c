/* Bodies that their handler reads piece by piece, and answers from files (http/exchange.h). */
#include "core/memory.h"
#include "http/incoming.h"
#include "http/server.h"
#include "io/fiber.h"
#include "io/loop.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

#define LIMIT 5000000

static struct http_server *server;
static unsigned started;
static unsigned cancelled;
static unsigned authorized;
static size_t kept_most; /* bytes that waited for a handler */

/* --- handlers ----------------------------------------------------------------------------------
 */

static uint8_t pattern(size_t i)
{
    return (uint8_t)(i * 13 + i / 255);
}

static void read_slowly(struct http_exchange *x, bool slow)
{
    struct error err;
    uint8_t bytes[1000];
    size_t got = 1;
    size_t total = 0;
    bool right = true;
    started++;
    while (got > 0) {
        if (!http_body_read(x, bytes, sizeof bytes, &got, &err)) {
            cancelled += err.code == ERROR_CANCELLED;
            http_answer_body_error(x, &err);
            return;
        }
        for (size_t i = 0; i < got; i++)
            right = right && bytes[i] == pattern(total + i);
        total += got;
        if (slow && total % 50000 == 0)
            (void)io_sleep(1, NULL);
        size_t kept = http_parser_piece(x->incoming->parser).size;
        kept_most = kept > kept_most ? kept : kept_most;
    }
    EXPECT(x->body.size == 0);
    struct json_writer json = http_answer_json(x, 200);
    json_open_array(&json);
    json_put_int(&json, (int64_t)total);
    json_put_bool(&json, right);
    json_close_array(&json);
}

static void read_all(struct http_exchange *x)
{
    read_slowly(x, false);
}

static void read_all_slowly(struct http_exchange *x)
{
    read_slowly(x, true);
}

static void refuse(struct http_exchange *x)
{
    started++;
    http_answer_error(x, 409, "Not now", NULL);
}

static void say_size(struct http_exchange *x)
{
    struct json_writer json = http_answer_json(x, 200);
    started++;
    json_open_array(&json);
    json_put_int(&json, (int64_t)x->body.size);
    json_put_int(&json, (int64_t)json_string_length(json_object_get(x->json, "a")));
    json_close_array(&json);
}

static char file_path[] = "/tmp/outband_body_test_XXXXXX";

static void send_file(struct http_exchange *x)
{
    int fd = open(file_path, O_RDONLY | O_CLOEXEC);
    EXPECT(fd >= 0);
    http_answer_file(x, "application/octet-stream", fd, 300000);
}

static void change_its_mind(struct http_exchange *x)
{
    send_file(x);
    http_answer_error(x, 409, "Not now", NULL); /* the file is closed: ASan's leak check does not
                                                   see that, /proc does */
}

static const struct http_route routes[] = {
    {.method = HTTP_PUT,
     .path = "/read",
     .operation = "read",
     .handler = read_all,
     .open = true,
     .streams = true,
     .body_limit = LIMIT},
    {.method = HTTP_PUT,
     .path = "/slow",
     .operation = "slow",
     .handler = read_all_slowly,
     .open = true,
     .streams = true,
     .body_limit = LIMIT},
    {.method = HTTP_PUT,
     .path = "/refuse",
     .operation = "refuse",
     .handler = refuse,
     .open = true,
     .streams = true,
     .body_limit = LIMIT},
    {.method = HTTP_POST,
     .path = "/large",
     .operation = "large",
     .handler = say_size,
     .body_limit = LIMIT},
    {.method = HTTP_POST,
     .path = "/small",
     .operation = "small",
     .handler = say_size,
     .open = true,
     .body_limit = 10},
    {.method = HTTP_GET, .path = "/file", .operation = "file", .handler = send_file, .open = true},
    {.method = HTTP_GET,
     .path = "/mind",
     .operation = "mind",
     .handler = change_its_mind,
     .open = true},
};

static bool authorize(struct http_exchange *x, void *context)
{
    (void)context;
    authorized++;
    return http_header_get(x, "Authorization").size > 0;
}

static const struct http_router router = {
    .routes = routes, .route_count = sizeof routes / sizeof routes[0], .authorize = authorize};

/* --- the world ---------------------------------------------------------------------------------
 */

struct plan {
    struct http_server_options options;
    void (*test)(void);
};

static void main_fiber(void *arg)
{
    struct plan *plan = arg;
    EXPECT(io_address_parse(SLICE_LITERAL("127.0.0.1:0"), &plan->options.address, NULL));
    server = http_server_new(io_loop_current(), &plan->options, &router, NULL);
    EXPECT(server != NULL);
    (void)io_deadline_within(30000);
    if (server != NULL) {
        plan->test();
        http_server_free(server);
    }
}

static void run_with(struct http_server_options options, void (*test)(void))
{
    struct io_loop *loop = io_loop_new(NULL);
    struct plan plan = {options, test};
    wrong = NULL;
    started = 0;
    cancelled = 0;
    authorized = 0;
    kept_most = 0;
    assert_true(io_loop_main(loop, main_fiber, &plan, NULL));
    io_loop_free(loop);
    if (wrong != NULL)
        fail_msg("%s", wrong);
}

static void run(void (*test)(void))
{
    run_with((struct http_server_options){0}, test);
}

static struct io_stream *dial(void)
{
    struct io_address address = http_server_address(server);
    struct io_conn *conn = io_connect(&address, NULL, NULL, NULL);
    EXPECT(conn != NULL);
    return io_conn_stream(conn);
}

static bool send_text(struct io_stream *stream, const char *text)
{
    return io_stream_write(stream, slice_of_string(text), NULL);
}

static char text[400000];

/* Reads until `until` has come (NULL: never), or the end. */
static const char *receive(struct io_stream *stream, const char *until)
{
    size_t size = 0;
    size_t got = 1;
    text[0] = '\0';
    while (got > 0 && (until == NULL || strstr(text, until) == NULL) &&
           io_stream_read(stream, text + size, sizeof text - 1 - size, &got, NULL)) {
        size += got;
        text[size] = '\0';
    }
    return text;
}

static const char *ask(const char *request, const char *until)
{
    struct io_stream *stream = dial();
    EXPECT(send_text(stream, request));
    const char *answer = receive(stream, until);
    io_stream_close(stream);
    return answer;
}

static bool begins(const char *answer, const char *start)
{
    return strncmp(answer, start, strlen(start)) == 0;
}

static bool send_pattern(struct io_stream *stream, size_t from, size_t size)
{
    uint8_t *bytes = malloc(size);
    for (size_t i = 0; i < size; i++)
        bytes[i] = pattern(from + i);
    bool ok = io_stream_write(stream, slice_of(bytes, size), NULL);
    free(bytes);
    return ok;
}

/* --- reading -----------------------------------------------------------------------------------
 */

static void send_large(void)
{
    struct io_stream *stream = dial();
    EXPECT(send_text(stream, "PUT /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n"));
    EXPECT(send_pattern(stream, 0, 4000000));
    EXPECT(strstr(receive(stream, "]"), "[4000000,true]") != NULL);
    EXPECT(kept_most > 1000 && kept_most < 200000);
    /* The connection goes on: requests that wait behind the body too. */
    EXPECT(send_text(stream, "PUT /read HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n"));
    EXPECT(send_pattern(stream, 0, 3));
    EXPECT(strstr(receive(stream, "]"), "[3,true]") != NULL);
    EXPECT(send_text(stream, "PUT /read HTTP/1.1\r\nHost: a\r\nContent-Length: 00\r\n\r\n"
                             "PUT /read HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                             "1\r\n"));
    EXPECT(send_pattern(stream, 0, 1));
    EXPECT(send_text(stream, "\r\n0\r\n\r\n"
                             "POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}"));
    const char *answer = receive(stream, "[2,0]");
    EXPECT(strstr(answer, "[0,true]") != NULL && strstr(answer, "[1,true]") != NULL);
    EXPECT(started == 5);
    io_stream_close(stream);
}

static void large_bodies_go_through_little_memory(void **state)
{
    (void)state;
    run(send_large);
}

static void send_chunks(void)
{
    struct io_stream *stream = dial();
    char head[32];
    EXPECT(
        send_text(stream, "PUT /slow HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"));
    for (size_t sent = 0; sent < 1000000; sent += 12500) {
        (void)snprintf(head, sizeof head, "%x\r\n", 12500U);
        EXPECT(send_text(stream, head));
        EXPECT(send_pattern(stream, sent, 12500));
        EXPECT(send_text(stream, "\r\n"));
    }
    EXPECT(send_text(stream, "0\r\n\r\n"));
    EXPECT(strstr(receive(stream, "]"), "[1000000,true]") != NULL);
    io_stream_close(stream);
}

static void chunks_are_joined(void **state)
{
    (void)state;
    run(send_chunks);
}

static void wait_for_word(void)
{
    struct io_stream *stream = dial();
    EXPECT(send_text(stream, "PUT /read HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
                             "Expect: 100-continue\r\n\r\n"));
    EXPECT(strcmp(receive(stream, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n") == 0);
    EXPECT(send_pattern(stream, 0, 5));
    EXPECT(strstr(receive(stream, "]"), "[5,true]") != NULL);
    io_stream_close(stream);
    /* Who is refused is not asked to send. */
    const char *answer = ask("PUT /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
                             "Expect: 100-continue\r\n\r\n",
                             NULL);
    EXPECT(begins(answer, "HTTP/1.1 409 "));
    EXPECT(strstr(answer, "Connection: close\r\n") != NULL);
}

static void the_word_to_go_on_comes_from_the_reader(void **state)
{
    (void)state;
    run(wait_for_word);
}

static void answer_early(void)
{
    struct io_stream *stream = dial();
    EXPECT(send_text(stream, "PUT /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n"));
    (void)send_pattern(stream, 0, 3000000); /* all of it, although nobody reads it */
    const char *answer = receive(stream, NULL);
    EXPECT(begins(answer, "HTTP/1.1 409 "));
    EXPECT(strstr(answer, "Connection: close\r\n") != NULL);
    io_stream_close(stream);
}

static void who_answers_early_is_heard(void **state)
{
    (void)state;
    run(answer_early);
}

static void send_too_much(void)
{
    const char *answer =
        ask("PUT /read HTTP/1.1\r\nHost: a\r\nContent-Length: 5000001\r\n\r\n", NULL);
    EXPECT(begins(answer, "HTTP/1.1 413 "));
    EXPECT(started == 0);
    struct io_stream *stream = dial();
    EXPECT(send_text(stream, "PUT /read HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                             "4c4b41\r\n")); /* one more than allowed */
    (void)send_pattern(stream, 0, LIMIT + 1);
    answer = receive(stream, NULL);
    EXPECT(begins(answer, "HTTP/1.1 413 "));
    EXPECT(strstr(answer, "Connection: close\r\n") != NULL);
    EXPECT(started == 1);
    io_stream_close(stream);
    answer =
        ask("PUT /read HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", NULL);
    EXPECT(begins(answer, "HTTP/1.1 400 "));
    EXPECT(begins(ask("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n", NULL),
                  "HTTP/1.1 413 "));
}

static void each_route_has_its_limit(void **state)
{
    (void)state;
    run(send_too_much);
}

static void be_silent(void)
{
    struct io_stream *stream = dial();
    EXPECT(send_text(stream, "PUT /read HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nx"));
    for (int i = 0; i < 4; i++) { /* longer than silence_ms in all */
        EXPECT(io_sleep(30, NULL));
        EXPECT(send_text(stream, "x"));
    }
    const char *answer = receive(stream, NULL);
    EXPECT(begins(answer, "HTTP/1.1 408 Request Timeout\r\n"));
    io_stream_close(stream);
}

static void silence_not_slowness_ends_it(void **state)
{
    (void)state;
    run_with((struct http_server_options){.silence_ms = 100, .handler_ms = 10}, be_silent);
}

static void hang_up(void)
{
    struct io_stream *stream = dial();
    EXPECT(send_text(stream, "PUT /read HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nx"));
    for (uint64_t end = io_now() + 10000; started == 0 && io_now() < end;)
        EXPECT(io_sleep(1, NULL));
    io_stream_close(stream);
    for (uint64_t end = io_now() + 10000; cancelled == 0 && io_now() < end;)
        EXPECT(io_sleep(1, NULL));
    EXPECT(cancelled == 1);
}

static void a_hang_up_cancels_the_reader(void **state)
{
    (void)state;
    run(hang_up);
}

static void send_large_json(void)
{
    static const char head[] =
        "POST /large HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        "Authorization: Bearer x\r\nContent-Length: 1000008\r\n\r\n{\"a\":\"";
    struct io_stream *stream = dial();
    char *letters = malloc(1000001);
    memset(letters, 'b', 1000000);
    letters[1000000] = '\0';
    EXPECT(send_text(stream, head) && send_text(stream, letters) && send_text(stream, "\"}"));
    EXPECT(strstr(receive(stream, "]"), "[1000008,1000000]") != NULL);
    free(letters);
    io_stream_close(stream);
}

static void larger_bodies_are_collected_for_their_route(void **state)
{
    (void)state;
    run(send_large_json);
}

static void send_without_token(void)
{
    struct io_stream *stream = dial();
    EXPECT(send_text(stream, "POST /large HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"));
    const char *answer = receive(stream, NULL); /* without having sent a byte of it */
    EXPECT(begins(answer, "HTTP/1.1 401 "));
    EXPECT(authorized == 1 && started == 0);
    io_stream_close(stream);
}

static void strangers_cannot_have_large_bodies_collected(void **state)
{
    (void)state;
    run(send_without_token);
}

/* --- files -------------------------------------------------------------------------------------
 */

static void expect_part(const char *range, const char *status, const char *content_range,
                        size_t from, size_t size)
{
    char request[256];
    char length[64];
    (void)snprintf(request, sizeof request,
                   "GET /file HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%s\r\n", range);
    (void)snprintf(length, sizeof length, "\r\nContent-Length: %zu\r\n", size);
    struct io_stream *stream = dial();
    EXPECT(send_text(stream, request));
    size_t total = 0;
    size_t got = 1;
    while (got > 0 && io_stream_read(stream, text + total, sizeof text - 1 - total, &got, NULL))
        total += got;
    text[total] = '\0';
    io_stream_close(stream);
    const char *end = strstr(text, "\r\n\r\n");
    EXPECT(begins(text, status));
    EXPECT(strstr(text, length) != NULL);
    EXPECT(strstr(text, "\r\nAccept-Ranges: bytes\r\n") != NULL);
    EXPECT(content_range == NULL ? strstr(text, "Content-Range") == NULL
                                 : strstr(text, content_range) != NULL);
    EXPECT(end != NULL);
    if (end == NULL)
        return;
    size_t body = total - (size_t)(end + 4 - text);
    EXPECT(body == size);
    for (size_t i = 0; i < body; i++)
        EXPECT((uint8_t)end[4 + i] == pattern(from + i));
}

static void ask_for_parts(void)
{
    expect_part("", "HTTP/1.1 200 OK\r\n", NULL, 0, 300000);
    expect_part("Range: bytes=0-0\r\n", "HTTP/1.1 206 Partial Content\r\n",
                "\r\nContent-Range: bytes 0-0/300000\r\n", 0, 1);
    expect_part("Range: bytes=100-99999\r\n", "HTTP/1.1 206 ", "bytes 100-99999/300000\r\n", 100,
                99900);
    expect_part("Range: bytes=299990-\r\n", "HTTP/1.1 206 ", "bytes 299990-299999/300000\r\n",
                299990, 10);
    expect_part("Range: bytes=299990-400000\r\n", "HTTP/1.1 206 ", "bytes 299990-299999/300000\r\n",
                299990, 10);
    expect_part("Range: bytes=-7\r\n", "HTTP/1.1 206 ", "bytes 299993-299999/300000\r\n", 299993,
                7);
    expect_part("Range: bytes=-400000\r\n", "HTTP/1.1 206 ", "bytes 0-299999/300000\r\n", 0,
                300000);
    expect_part("Range: bytes=300000-\r\n", "HTTP/1.1 416 Range Not Satisfiable\r\n",
                "\r\nContent-Range: bytes */300000\r\n", 0, 0);
    expect_part("Range: bytes=-0\r\n", "HTTP/1.1 416 ", "bytes */300000\r\n", 0, 0);
    expect_part("Range: bytes=5-4\r\n", "HTTP/1.1 200 ", NULL, 0, 300000);
    expect_part("Range: bytes=1-2,5-6\r\n", "HTTP/1.1 200 ", NULL, 0, 300000);
    expect_part("Range: lines=1-2\r\n", "HTTP/1.1 200 ", NULL, 0, 300000);
    expect_part("Range: bytes=1-2\r\nIf-Range: \"x\"\r\n", "HTTP/1.1 200 ", NULL, 0, 300000);
    const char *answer = ask("HEAD /file HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", NULL);
    EXPECT(strstr(answer, "Content-Length: 300000\r\n") != NULL);
    EXPECT(strcmp(strstr(answer, "\r\n\r\n"), "\r\n\r\n") == 0);
}

static void files_are_sent_whole_or_in_part(void **state)
{
    (void)state;
    run(ask_for_parts);
}

static int next_descriptor(void)
{
    int fd = dup(0);
    (void)close(fd);
    return fd;
}

static void ask_twice(void)
{
    struct io_stream *stream = dial();
    EXPECT(send_text(stream, "GET /mind HTTP/1.1\r\nHost: a\r\n\r\n"));
    EXPECT(begins(receive(stream, "}"), "HTTP/1.1 409 "));
    int before = next_descriptor();
    for (int i = 0; i < 3; i++) {
        EXPECT(send_text(stream, "GET /mind HTTP/1.1\r\nHost: a\r\n\r\n"));
        EXPECT(begins(receive(stream, "}"), "HTTP/1.1 409 "));
    }
    EXPECT(next_descriptor() == before);
    io_stream_close(stream);
}

static void a_file_that_is_not_sent_is_closed(void **state)
{
    (void)state;
    run(ask_twice);
}

static int make_file(void **state)
{
    (void)state;
    int fd = mkstemp(file_path);
    uint8_t *bytes = malloc(300000);
    for (size_t i = 0; i < 300000; i++)
        bytes[i] = pattern(i);
    bool ok = fd >= 0 && write(fd, bytes, 300000) == 300000;
    free(bytes);
    (void)close(fd);
    return ok ? 0 : -1;
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(file_path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_bodies_go_through_little_memory),
        cmocka_unit_test(chunks_are_joined),
        cmocka_unit_test(the_word_to_go_on_comes_from_the_reader),
        cmocka_unit_test(who_answers_early_is_heard),
        cmocka_unit_test(each_route_has_its_limit),
        cmocka_unit_test(silence_not_slowness_ends_it),
        cmocka_unit_test(a_hang_up_cancels_the_reader),
        cmocka_unit_test(larger_bodies_are_collected_for_their_route),
        cmocka_unit_test(strangers_cannot_have_large_bodies_collected),
        cmocka_unit_test(files_are_sent_whole_or_in_part),
        cmocka_unit_test(a_file_that_is_not_sent_is_closed),
    };
    return cmocka_run_group_tests_name("http/body", tests, make_file, remove_file);
}
