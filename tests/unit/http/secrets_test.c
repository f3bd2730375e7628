#include "core/arena.h"
#include "http/client.h"
#include "http/exchange.h"
#include "http/json.h"
#include "http/parse.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SECRET "correct-horse"

/* Every block that the rooms give back passes through here (--wrap of the linker). */
static int given_back; /* blocks with the secret in them */

void __real_free(void *at);
void __wrap_free(void *at);
void *__real_realloc(void *at, size_t size);
void *__wrap_realloc(void *at, size_t size);

static void look_at(const void *at)
{
    if (at != NULL &&
        memmem(at, malloc_usable_size((void *)(uintptr_t)at), SECRET, sizeof SECRET - 1) != NULL)
        given_back++;
}

void __wrap_free(void *at)
{
    look_at(at);
    __real_free(at);
}

void *__wrap_realloc(void *at, size_t size)
{
    look_at(at);
    return __real_realloc(at, size);
}

static int begin(void **state)
{
    (void)state;
    given_back = 0;
    return 0;
}

static void a_test_like_this_can_fail(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    (void)arena_printf(&arena, "password=%s", SECRET);
    arena_fini(&arena);
    assert_int_equal(given_back, 1);
}

static void the_arena_of_a_request_is_overwritten(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    for (int i = 0; i < 1000; i++) /* several blocks */
        (void)arena_printf(&arena, "password=%s", SECRET);
    arena_fini_wiped(&arena);
    assert_int_equal(given_back, 0);
    assert_null(arena.blocks);
}

/* Byte by byte, so that the parser's memory grows while the secret is in it. */
static void feed(struct http_parser *parser)
{
    static const char head[] = "POST /x HTTP/1.1\r\nAuthorization: Bearer " SECRET
                               "\r\nX-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                               "\r\nContent-Length: 1000\r\n\r\n" SECRET;
    enum http_parse result = HTTP_PARSE_MORE;
    for (size_t i = 0; i < sizeof head - 1; i++) {
        struct slice byte = slice_of(head + i, 1);
        result = http_parser_feed(parser, &byte);
    }
    for (size_t i = 0; i < 1000 - (sizeof SECRET - 1); i++) {
        assert_int_equal(result, HTTP_PARSE_MORE);
        struct slice byte = SLICE_LITERAL("b");
        result = http_parser_feed(parser, &byte);
    }
    assert_int_equal(result, HTTP_PARSE_DONE);
    const struct http_message *m = http_parser_message(parser);
    assert_int_equal(m->body.size, 1000);
    assert_memory_equal(m->body.data, SECRET "bbb", sizeof SECRET + 2);
}

static void the_parser_overwrites_a_message_that_is_over(void **state)
{
    (void)state;
    struct http_parser *parser = http_parser_new(HTTP_PARSE_REQUEST, 4096, 4096);
    feed(parser);
    http_parser_next(parser);
    assert_int_equal(given_back, 0);
    feed(parser);
    http_parser_free(parser);
    assert_int_equal(given_back, 0);
}

static void the_answer_is_overwritten(void **state)
{
    (void)state;
    struct arena arena;
    struct http_exchange x = {.arena = &arena};
    arena_init(&arena);
    buffer_init_secret(&x.answer, 4096);
    http_answer_bytes(&x, 200, "text/plain", SLICE_LITERAL("{\"token\":\"" SECRET "\"}"));
    http_exchange_fini(&x);
    assert_int_equal(given_back, 0);
    arena_fini(&arena);
}

static void strings_of_a_parsed_body_are_overwritten(void **state)
{
    (void)state;
    struct error err;
    json_t *body = http_json_parse(
        SLICE_LITERAL("{\"a\":[{\"b\":\"" SECRET "\"}],\"kept\":\"" SECRET "\",\"n\":1}"), &err);
    assert_non_null(body);
    json_t *b = json_object_get(json_array_get(json_object_get(body, "a"), 0), "b");
    json_t *kept = json_incref(json_object_get(body, "kept"));
    http_json_wipe(body);
    static const char zeros[sizeof SECRET] = {0};
    assert_memory_equal(json_string_value(b), zeros, sizeof zeros);
    assert_string_equal(json_string_value(kept), SECRET); /* its keeper needs it */
    json_decref(body);
    json_decref(kept);
    http_json_wipe(NULL);
}

/* A peer that takes the request and closes. */
static bool read_nothing(struct io_stream *stream, void *to, size_t size, size_t *got,
                         struct error *err)
{
    (void)stream, (void)to, (void)size, (void)err;
    *got = 0;
    return true;
}

static bool take_all(struct io_stream *stream, struct slice bytes, struct error *err)
{
    (void)stream, (void)err;
    return bytes.size > 0;
}

static void close_nothing(struct io_stream *stream)
{
    (void)stream;
}

static void the_bytes_of_a_request_are_overwritten(void **state)
{
    (void)state;
    static const struct io_stream_methods methods = {read_nothing, take_all, close_nothing};
    struct io_stream stream = {&methods};
    static char body[3000] = "<PSK>" SECRET "</PSK>";
    const struct http_header headers[] = {
        {SLICE_LITERAL("Authorization"), SLICE_LITERAL("Bearer " SECRET)},
    };
    const struct http_request request = {.method = "POST",
                                         .target = "/wsman",
                                         .headers = headers,
                                         .header_count = 1,
                                         .body = slice_of(body, sizeof body)};
    struct http_response response;
    struct arena arena;
    struct error err;
    arena_init(&arena);
    assert_false(http_client_exchange(&stream, &request, 4096, &arena, &response, &err));
    arena_fini(&arena);
    assert_int_equal(given_back, 0);
}

static void put_pieces(struct buffer *b)
{
    buffer_put_text(b, SECRET);
    for (int i = 0; i < 1000; i++)
        buffer_put_text(b, "0123456789");
    buffer_fini(b);
}

static void a_secret_buffer_is_overwritten_when_it_grows_and_ends(void **state)
{
    (void)state;
    struct buffer b;
    buffer_init(&b, 20000);
    put_pieces(&b);
    assert_int_not_equal(given_back, 0);
    given_back = 0;
    buffer_init_secret(&b, 20000);
    put_pieces(&b);
    put_pieces(&b); /* it stays a secret one */
    buffer_put_text(&b, SECRET);
    buffer_clear(&b);
    buffer_release(&b);
    assert_null(b.bytes);
    assert_int_equal(given_back, 0);
}

static void a_secret_buffer_holds_what_others_hold(void **state)
{
    (void)state;
    struct buffer b;
    buffer_init_secret(&b, 100);
    for (int i = 0; i < 10; i++)
        buffer_put_text(&b, "0123456789");
    assert_true(buffer_ok(&b));
    buffer_consume(&b, 10);
    buffer_put_text(&b, "abcdefghij");
    assert_true(buffer_ok(&b));
    assert_memory_equal(buffer_slice(&b).data + 80, "0123456789abcdefghij", 20);
    buffer_put_text(&b, "x");
    assert_false(buffer_ok(&b));
    assert_int_equal(buffer_size(&b), 100);
    buffer_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_test_like_this_can_fail, begin),
        cmocka_unit_test_setup(the_arena_of_a_request_is_overwritten, begin),
        cmocka_unit_test_setup(the_parser_overwrites_a_message_that_is_over, begin),
        cmocka_unit_test_setup(the_answer_is_overwritten, begin),
        cmocka_unit_test_setup(strings_of_a_parsed_body_are_overwritten, begin),
        cmocka_unit_test_setup(the_bytes_of_a_request_are_overwritten, begin),
        cmocka_unit_test_setup(a_secret_buffer_is_overwritten_when_it_grows_and_ends, begin),
        cmocka_unit_test_setup(a_secret_buffer_holds_what_others_hold, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
