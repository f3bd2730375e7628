#include "http/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* A stream that hands out a script in pieces and keeps what was written. */
struct script {
    struct io_stream stream;
    struct slice input;
    size_t piece;
    struct buffer written;
    bool refuse_writes;
    bool refuse_body; /* whatever is written behind the head */
};

static bool script_read(struct io_stream *stream, void *to, size_t size, size_t *got,
                        struct error *err)
{
    struct script *s = (struct script *)(void *)stream;
    (void)err;
    size_t count = s->input.size < s->piece ? s->input.size : s->piece;
    count = count < size ? count : size;
    if (count > 0)
        memcpy(to, s->input.data, count);
    s->input = slice_from(s->input, count);
    *got = count;
    return true;
}

static bool script_write(struct io_stream *stream, struct slice bytes, struct error *err)
{
    struct script *s = (struct script *)(void *)stream;
    if (s->refuse_writes || (s->refuse_body && buffer_size(&s->written) > 0))
        return error_set(err, ERROR_CONNECTION, "closed");
    buffer_put(&s->written, bytes);
    return true;
}

static void script_close(struct io_stream *stream)
{
    (void)stream;
}

static const struct io_stream_methods methods = {script_read, script_write, script_close};

struct outcome {
    bool ok;
    struct error err;
    struct http_response response;
    struct arena arena;
    char written[4096];
};

static struct outcome *exchange(const char *method, const char *answer, size_t piece, size_t limit)
{
    static struct outcome o;
    struct script s = {.stream = {&methods}, .input = slice_of_string(answer), .piece = piece};
    struct http_header headers[] = {{SLICE_LITERAL("Host"), SLICE_LITERAL("g:16992")}};
    struct http_request request = {
        .method = method,
        .target = "/wsman",
        .headers = headers,
        .header_count = 1,
        .body = strcmp(method, "POST") == 0 ? SLICE_LITERAL("<x/>") : SLICE_LITERAL(""),
    };
    memset(&o, 0, sizeof o);
    arena_init(&o.arena);
    buffer_init(&s.written, sizeof o.written - 1);
    o.ok = http_client_exchange(&s.stream, &request, limit, &o.arena, &o.response, &o.err);
    if (buffer_size(&s.written) > 0)
        memcpy(o.written, buffer_slice(&s.written).data, buffer_size(&s.written));
    buffer_fini(&s.written);
    return &o;
}

/* A body that is there in bytes of one, and says it had `size`. */
struct words {
    const char *left;
    bool unreadable;
};

static bool read_word(void *owner, void *to, size_t size, size_t *got, struct error *err)
{
    struct words *words = owner;
    assert_true(size > 0);
    if (words->unreadable)
        return error_set(err, ERROR_STORE, "the disk is gone");
    *got = words->left[0] != 0;
    if (*got > 0)
        memcpy(to, words->left++, 1);
    return true;
}

static bool put_words(void *owner, struct slice piece, struct error *err)
{
    struct buffer *poured = owner;
    assert_true(piece.size > 0);
    buffer_put(poured, piece);
    return buffer_ok(poured) || error_set(err, ERROR_STORE, "the disk is full");
}

/* A PUT of that many bytes of `words`, or a GET into `poured`. */
static struct outcome *transfer(struct script *s, struct words *words, uint64_t size,
                                struct buffer *poured, const char *answer)
{
    static struct outcome o;
    const struct http_body_source source = {size, read_word, words};
    const struct http_body_sink sink = {put_words, poured};
    struct http_request request = {.method = words != NULL ? "PUT" : "GET",
                                   .target = "/file",
                                   .source = words != NULL ? &source : NULL,
                                   .sink = poured != NULL ? &sink : NULL};
    memset(&o, 0, sizeof o);
    s->stream.methods = &methods;
    s->input = slice_of_string(answer);
    arena_init(&o.arena);
    buffer_init(&s->written, sizeof o.written - 1);
    o.ok = http_client_exchange(&s->stream, &request, 8, &o.arena, &o.response, &o.err);
    memcpy(o.written, buffer_slice(&s->written).data, buffer_size(&s->written));
    buffer_fini(&s->written);
    return &o;
}

static void a_body_may_be_read_while_it_is_sent(void **state)
{
    struct script s = {.piece = 100};
    struct words words = {.left = "abcdef"};
    (void)state;
    struct outcome *o = transfer(&s, &words, 4, NULL,
                                 "HTTP/1.1 201 Created\r\n"
                                 "Content-Length: 2\r\n\r\nok");
    assert_true(o->ok);
    assert_string_equal(o->written, "PUT /file HTTP/1.1\r\nContent-Length: 4\r\n\r\nabcd");
    assert_true(slice_equal_string(o->response.body, "ok"));
    arena_fini(&o->arena);
}

static void a_body_that_is_shorter_than_it_said_fails(void **state)
{
    struct script s = {.piece = 100};
    struct words words = {.left = "abc"};
    (void)state;
    struct outcome *o = transfer(&s, &words, 4, NULL, "HTTP/1.1 204 No Content\r\n\r\n");
    assert_false(o->ok);
    assert_int_equal(o->err.code, ERROR_INVALID);
    arena_fini(&o->arena);
    words = (struct words){.left = "abc", .unreadable = true};
    o = transfer(&s, &words, 3, NULL, "HTTP/1.1 204 No Content\r\n\r\n");
    assert_false(o->ok);
    assert_string_equal(o->err.text, "the disk is gone");
    arena_fini(&o->arena);
}

static void who_closes_while_it_is_sent_a_body_may_have_answered(void **state)
{
    struct script s = {.piece = 100, .refuse_body = true};
    struct words words = {.left = "abc"};
    (void)state;
    struct outcome *o = transfer(&s, &words, 3, NULL,
                                 "HTTP/1.1 413 Payload Too Large\r\nContent-Length: 2\r\n\r\nno");
    assert_true(o->ok);
    assert_int_equal(o->response.status, 413);
    assert_true(slice_equal_string(o->response.body, "no"));
    arena_fini(&o->arena);
    words.left = "abc";
    o = transfer(&s, &words, 3, NULL, "");
    assert_false(o->ok);
    assert_int_equal(o->err.code, ERROR_CONNECTION);
    arena_fini(&o->arena);
}

static void a_body_may_go_to_a_sink_whatever_its_size(void **state)
{
    static const char *const answers[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nabcdefghijkl",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        "7\r\nabcdefg\r\n5\r\nhijkl\r\n0\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\n\r\nabcdefghijkl",
    };
    (void)state;
    for (size_t i = 0; i < 3; i++)
        for (size_t piece = 1; piece < 100; piece += 7) {
            struct script s = {.piece = piece};
            struct buffer poured;
            buffer_init(&poured, 100);
            struct outcome *o = transfer(&s, NULL, 0, &poured, answers[i]);
            assert_true(o->ok);
            assert_true(slice_equal_string(buffer_slice(&poured), "abcdefghijkl"));
            assert_int_equal(o->response.body.size, 0);
            arena_fini(&o->arena);
            buffer_fini(&poured);
        }
}

static void an_error_does_not_go_to_the_sink(void **state)
{
    struct script s = {.piece = 10};
    struct buffer poured;
    (void)state;
    buffer_init(&poured, 100);
    struct outcome *o =
        transfer(&s, NULL, 0, &poured, "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno");
    assert_true(o->ok);
    assert_true(slice_equal_string(o->response.body, "no"));
    arena_fini(&o->arena);
    o = transfer(&s, NULL, 0, &poured,
                 "HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nno no no ");
    assert_false(o->ok);
    assert_int_equal(o->err.code, ERROR_TOO_LARGE);
    arena_fini(&o->arena);
    assert_int_equal(buffer_size(&poured), 0);
    buffer_fini(&poured);
}

static void a_sink_that_takes_no_more_fails_it(void **state)
{
    struct script s = {.piece = 100};
    struct buffer poured;
    (void)state;
    buffer_init(&poured, 3);
    struct outcome *o =
        transfer(&s, NULL, 0, &poured, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd");
    assert_false(o->ok);
    assert_string_equal(o->err.text, "the disk is full");
    arena_fini(&o->arena);
    buffer_fini(&poured);
}

static void assert_fails(const char *answer, enum error_code code, bool began)
{
    static const size_t pieces[] = {1, 100000};
    for (size_t i = 0; i < 2; i++) {
        struct outcome *o = exchange("POST", answer, pieces[i], 64);
        if (o->ok || o->err.code != code)
            fail_msg("%s gave %s", answer, o->ok ? "an answer" : error_name(o->err.code));
        assert_int_equal(o->response.began, began);
        arena_fini(&o->arena);
    }
}

static void a_request_has_its_length_last(void **state)
{
    (void)state;
    struct outcome *o = exchange("POST", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 1, 64);
    assert_true(o->ok);
    assert_string_equal(o->written,
                        "POST /wsman HTTP/1.1\r\nHost: g:16992\r\nContent-Length: 4\r\n\r\n<x/>");
    assert_int_equal(o->response.status, 200);
    assert_true(slice_equal_string(o->response.body, "ok"));
    assert_true(slice_equal_string(http_response_header(&o->response, "content-length"), "2"));
    assert_true(o->response.keep_alive);
    arena_fini(&o->arena);
    o = exchange("GET", "HTTP/1.1 204 No Content\r\n\r\n", 1, 64);
    assert_string_equal(o->written, "GET /wsman HTTP/1.1\r\nHost: g:16992\r\n\r\n");
    arena_fini(&o->arena);
}

static void chunks_are_joined(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 60; piece++) {
        struct outcome *o = exchange("POST",
                                     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                     "0004\r\n<a:E\r\n0002\r\n/>\r\n0\r\n\r\n",
                                     piece, 64);
        assert_true(o->ok);
        assert_true(slice_equal_string(o->response.body, "<a:E/>"));
        assert_true(o->response.keep_alive);
        arena_fini(&o->arena);
    }
}

static void the_firmware_401_can_be_read(void **state)
{
    (void)state;
    /* Header block of spec device-protocols 4.3. */
    struct outcome *o = exchange(
        "POST",
        "HTTP/1.1 401 Unauthorized\r\n"
        "WWW-Authenticate: Digest realm=\"Digest:2517B2332AFD88353D5F5FD352697901\", "
        "nonce=\"QYePBLMVAAAAAAAAjfXveceOM5bNfu/K\",stale=\"false\",qop=\"auth\"\r\n"
        "Content-Type: text/html\r\nServer: Intel(R) Active Management Technology 16.1.25.1917\r\n"
        "Content-Length: 8\r\nConnection: close\r\n\r\n</html>\n",
        3, 64);
    assert_true(o->ok);
    assert_int_equal(o->response.status, 401);
    assert_false(o->response.keep_alive);
    assert_true(slice_starts_with(http_response_header(&o->response, "WWW-Authenticate"),
                                  SLICE_LITERAL("Digest realm=\"Digest:2517")));
    arena_fini(&o->arena);
}

static void interim_answers_are_skipped(void **state)
{
    (void)state;
    struct outcome *o = exchange("POST",
                                 "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"
                                 "HTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\nx",
                                 100000, 64);
    assert_true(o->ok);
    assert_int_equal(o->response.status, 201);
    arena_fini(&o->arena);
    assert_fails("HTTP/1.1 101 Switching Protocols\r\n\r\n", ERROR_PROTOCOL, true);
    assert_fails("HTTP/1.1 100 C\r\n\r\nHTTP/1.1 100 C\r\n\r\nHTTP/1.1 100 C\r\n\r\n"
                 "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 100 C\r\n\r\nHTTP/1.1 100 C\r\n\r\n"
                 "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 100 C\r\n\r\nHTTP/1.1 100 C\r\n\r\n",
                 ERROR_PROTOCOL, true);
}

static void an_answer_to_head_has_no_body(void **state)
{
    (void)state;
    struct outcome *o =
        exchange("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n", 100000, 64);
    assert_true(o->ok);
    assert_int_equal(o->response.body.size, 0);
    assert_true(o->response.keep_alive);
    arena_fini(&o->arena);
}

static void a_body_may_end_with_the_connection(void **state)
{
    (void)state;
    struct outcome *o = exchange("POST", "HTTP/1.0 200 OK\r\n\r\nuntil the end", 4, 64);
    assert_true(o->ok);
    assert_true(slice_equal_string(o->response.body, "until the end"));
    assert_false(o->response.keep_alive);
    arena_fini(&o->arena);
}

static void bytes_after_the_answer_end_the_connection(void **state)
{
    (void)state;
    struct outcome *o = exchange(
        "POST", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK", 100000, 64);
    assert_true(o->ok);
    assert_true(slice_equal_string(o->response.body, "ok"));
    assert_false(o->response.keep_alive);
    arena_fini(&o->arena);
}

static void failures_say_what_happened(void **state)
{
    (void)state;
    assert_fails("", ERROR_CONNECTION, false);
    assert_fails("HTTP/1.1 200 OK\r\nContent-Le", ERROR_CONNECTION, true);
    assert_fails("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", ERROR_CONNECTION, true);
    assert_fails("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab", ERROR_CONNECTION,
                 true);
    assert_fails("SSH-2.0-OpenSSH\r\n\r\n", ERROR_PROTOCOL, true);
    assert_fails("HTTP/1.1 20 OK\r\n\r\n", ERROR_PROTOCOL, true);
    assert_fails("HTTP/1.1 9999 No\r\n\r\n", ERROR_PROTOCOL, true);
    assert_fails("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", ERROR_PROTOCOL,
                 true);
    assert_fails("HTTP/1.1 200 OK\r\nContent-Length: 65\r\n\r\n", ERROR_TOO_LARGE, true);
    assert_fails("HTTP/1.1 200 OK\r\n\r\n"
                 "0123456789012345678901234567890123456789012345678901234567890123456789",
                 ERROR_TOO_LARGE, true);
}

static void a_huge_head_is_refused(void **state)
{
    (void)state;
    static char head[20000];
    memset(head, 'a', sizeof head - 1);
    memcpy(head, "HTTP/1.1 200 OK\r\nX: ", 20);
    assert_fails(head, ERROR_TOO_LARGE, true);
}

static void headers_cannot_smuggle_lines(void **state)
{
    (void)state;
    struct script s = {.stream = {&methods}, .piece = 1};
    struct arena arena;
    struct error err;
    struct http_response response;
    struct http_header bad = {SLICE_LITERAL("X"), SLICE_LITERAL("a\r\nY: b")};
    struct http_request request = {
        .method = "GET", .target = "/", .headers = &bad, .header_count = 1};
    arena_init(&arena);
    buffer_init(&s.written, 1000);
    assert_false(http_client_exchange(&s.stream, &request, 64, &arena, &response, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    request = (struct http_request){.method = "GET", .target = "/ HTTP/1.1\r\nX: y"};
    assert_false(http_client_exchange(&s.stream, &request, 64, &arena, &response, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    assert_int_equal(buffer_size(&s.written), 0);
    buffer_fini(&s.written);
    arena_fini(&arena);
}

static void a_status_stands_for_a_code(void **state)
{
    static const struct {
        int status;
        enum error_code code;
    } table[] = {
        {400, ERROR_INVALID},   {401, ERROR_UNAUTHORIZED}, {403, ERROR_FORBIDDEN},
        {404, ERROR_NOT_FOUND}, {409, ERROR_CONFLICT},     {413, ERROR_TOO_LARGE},
        {429, ERROR_THROTTLED}, {500, ERROR_INTERNAL},     {501, ERROR_UNSUPPORTED},
        {502, ERROR_DEVICE},    {503, ERROR_BUSY},         {504, ERROR_TIMEOUT},
        {418, ERROR_INVALID},   {599, ERROR_INTERNAL},     {200, ERROR_PROTOCOL},
        {302, ERROR_PROTOCOL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        assert_int_equal(http_client_error_of(table[i].status), table[i].code);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_has_its_length_last),
        cmocka_unit_test(a_body_may_be_read_while_it_is_sent),
        cmocka_unit_test(a_body_that_is_shorter_than_it_said_fails),
        cmocka_unit_test(who_closes_while_it_is_sent_a_body_may_have_answered),
        cmocka_unit_test(a_body_may_go_to_a_sink_whatever_its_size),
        cmocka_unit_test(an_error_does_not_go_to_the_sink),
        cmocka_unit_test(a_sink_that_takes_no_more_fails_it),
        cmocka_unit_test(chunks_are_joined),
        cmocka_unit_test(the_firmware_401_can_be_read),
        cmocka_unit_test(interim_answers_are_skipped),
        cmocka_unit_test(an_answer_to_head_has_no_body),
        cmocka_unit_test(a_body_may_end_with_the_connection),
        cmocka_unit_test(bytes_after_the_answer_end_the_connection),
        cmocka_unit_test(failures_say_what_happened),
        cmocka_unit_test(a_huge_head_is_refused),
        cmocka_unit_test(headers_cannot_smuggle_lines),
        cmocka_unit_test(a_status_stands_for_a_code),
    };
    return cmocka_run_group_tests_name("http/client", tests, NULL, NULL);
}
