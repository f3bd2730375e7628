#include "http/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEAD_LIMIT 1024
#define BODY_LIMIT 64

/* Feeds all of `text` in pieces of `piece` bytes until the first message is done or has failed. */
static enum http_parse feed(struct http_parser *p, const char *text, size_t piece)
{
    struct slice rest = slice_of_string(text);
    enum http_parse result = HTTP_PARSE_MORE;
    while (rest.size > 0 && (result == HTTP_PARSE_MORE || result == HTTP_PARSE_HEAD)) {
        struct slice part = slice_first(rest, piece);
        size_t before = part.size;
        do {
            result = http_parser_feed(p, &part);
        } while (result == HTTP_PARSE_HEAD || (result == HTTP_PARSE_MORE && part.size > 0));
        rest = slice_from(rest, before - part.size);
    }
    return result;
}

static enum http_parse result_of(enum http_parse_kind kind, const char *text)
{
    enum http_parse result = HTTP_PARSE_MORE;
    static const size_t pieces[] = {1, 7, 100000};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        struct http_parser *p = http_parser_new(kind, HEAD_LIMIT, BODY_LIMIT);
        enum http_parse one = feed(p, text, pieces[i]);
        http_parser_free(p);
        if (i > 0)
            assert_int_equal(one, result); /* the pieces must not matter */
        result = one;
    }
    return result;
}

static void assert_bad(const char *text)
{
    if (result_of(HTTP_PARSE_REQUEST, text) != HTTP_PARSE_BAD)
        fail_msg("accepted: %s", text);
}

static void a_request_may_come_byte_by_byte(void **state)
{
    (void)state;
    static const char text[] = "POST /api/v1/authorize?x=1 HTTP/1.1\r\n"
                               "Host: a\r\nX-Empty:\r\ncontent-type:   application/json  \r\n"
                               "Content-Length: 2\r\n\r\n{}";
    for (size_t piece = 1; piece <= sizeof text; piece++) {
        struct http_parser *p = http_parser_new(HTTP_PARSE_REQUEST, HEAD_LIMIT, BODY_LIMIT);
        assert_true(http_parser_idle(p));
        assert_int_equal(feed(p, text, piece), HTTP_PARSE_DONE);
        assert_false(http_parser_idle(p));
        const struct http_message *m = http_parser_message(p);
        assert_true(slice_equal_string(m->method, "POST"));
        assert_true(slice_equal_string(m->target, "/api/v1/authorize?x=1"));
        assert_int_equal(m->minor_version, 1);
        assert_true(m->keep_alive);
        assert_int_equal(m->header_count, 4);
        assert_true(slice_equal_string(m->headers[1].name, "X-Empty"));
        assert_int_equal(m->headers[1].value.size, 0);
        assert_true(slice_equal_string(http_header_find(m->headers, 4, "Content-Type"),
                                       "application/json"));
        assert_true(slice_equal_string(m->body, "{}"));
        http_parser_free(p);
    }
}

static void the_head_is_reported_before_the_body(void **state)
{
    (void)state;
    struct http_parser *p = http_parser_new(HTTP_PARSE_REQUEST, HEAD_LIMIT, BODY_LIMIT);
    struct slice bytes = SLICE_LITERAL("PUT / HTTP/1.1\r\nContent-Length: 3\r\n\r\n");
    assert_int_equal(http_parser_feed(p, &bytes), HTTP_PARSE_HEAD);
    assert_int_equal(bytes.size, 0);
    assert_int_equal(http_parser_feed(p, &bytes), HTTP_PARSE_MORE);
    bytes = SLICE_LITERAL("abcGET");
    assert_int_equal(http_parser_feed(p, &bytes), HTTP_PARSE_DONE);
    assert_true(slice_equal_string(bytes, "GET"));
    http_parser_free(p);
}

static void pipelined_requests_are_told_apart(void **state)
{
    (void)state;
    struct http_parser *p = http_parser_new(HTTP_PARSE_REQUEST, HEAD_LIMIT, BODY_LIMIT);
    struct slice bytes = SLICE_LITERAL("GET /1 HTTP/1.1\r\n\r\n"
                                       "POST /2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
                                       "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: v\r\n\r\n"
                                       "\r\nGET /3 HTTP/1.0\r\n\r\n");
    static const char *const targets[] = {"/1", "/2", "/3"};
    static const char *const bodies[] = {"", "abcde", ""};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(http_parser_feed(p, &bytes), HTTP_PARSE_HEAD);
        assert_int_equal(http_parser_feed(p, &bytes), HTTP_PARSE_DONE);
        const struct http_message *m = http_parser_message(p);
        assert_true(slice_equal_string(m->target, targets[i]));
        assert_true(slice_equal_string(m->body, bodies[i]));
        assert_int_equal(m->keep_alive, i < 2);
        assert_int_equal(m->header_count, i == 1);
        http_parser_next(p);
    }
    assert_int_equal(bytes.size, 0);
    assert_true(http_parser_idle(p));
    http_parser_free(p);
}

static void two_ways_to_end_a_body_are_refused(void **state)
{
    (void)state;
    assert_bad(
        "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    assert_bad(
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n");
    assert_bad("POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd");
    assert_bad("POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc");
    assert_bad("POST / HTTP/1.1\r\nContent-Length: 3, 4\r\n\r\nabcd");
    assert_bad("POST / HTTP/1.1\r\nContent-Length: +3\r\n\r\nabc");
    assert_bad("POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n");
    assert_bad("POST / HTTP/1.1\r\nContent-Length: 0x3\r\n\r\nabc");
    assert_bad("POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n");
    assert_bad("POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n");
    assert_bad("POST / HTTP/1.1\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n");
    assert_bad("POST / HTTP/1.1\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n");
    assert_bad("POST / HTTP/1.1\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n");
    assert_bad("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n");
    assert_bad("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n");
    assert_bad("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
               "fffffffffffffffffffffff\r\n\r\n");
    assert_bad("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n");
}

static void sloppy_heads_are_refused(void **state)
{
    (void)state;
    assert_bad("GET / HTTP/1.1\nHost: a\n\n");
    assert_bad("GET / HTTP/1.1\r\nHost: a\n\r\n");
    assert_bad("GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n");
    assert_bad("GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n");
    assert_bad("GET / HTTP/1.1\r\n Host: a\r\n\r\n");
    assert_bad("GET / HTTP/1.1\r\nHo st: a\r\n\r\n");
    assert_bad("GET / HTTP/1.1\r\nHost\r\n\r\n");
    assert_bad("GET / HTTP/1.1\r\n: a\r\n\r\n");
    assert_bad("GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n");
    assert_bad("GET / HTTP/1.1\r\nHost: a\x01\r\n\r\n");
    assert_bad("GET  / HTTP/1.1\r\n\r\n");
    assert_bad("GET / HTTP/2.0\r\n\r\n");
    assert_bad("GET / HTTP/0.9\r\n\r\n");
    assert_bad("GET / HTTP/1.2\r\n\r\n");
    assert_bad("GET /\r\n\r\n");
    assert_bad("GET /\xc3\xa4 HTTP/1.1\r\n\r\n");
    assert_bad("FROB / HTTP/1.1\r\n\r\n");
    assert_bad("get / HTTP/1.1\r\n\r\n");
    assert_bad("HTTP/1.1 200 OK\r\n\r\n");
    assert_bad("\r\n\r\n\r\n\r\n");
    assert_bad("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
}

static void a_nul_is_refused_where_it_stands(void **state)
{
    (void)state;
    static const uint8_t text[] = "GET / HTTP/1.1\r\nHost: a\0b";
    struct http_parser *p = http_parser_new(HTTP_PARSE_REQUEST, HEAD_LIMIT, BODY_LIMIT);
    struct slice bytes = slice_of(text, sizeof text - 1);
    assert_int_equal(http_parser_feed(p, &bytes), HTTP_PARSE_BAD);
    assert_string_equal(http_parser_reason(p), "control character in the head");
    http_parser_free(p);
}

static void a_tls_hello_is_refused_at_its_first_byte(void **state)
{
    (void)state;
    struct http_parser *p = http_parser_new(HTTP_PARSE_REQUEST, HEAD_LIMIT, BODY_LIMIT);
    struct slice bytes = SLICE_LITERAL("\x16\x03\x01");
    assert_int_equal(http_parser_feed(p, &bytes), HTTP_PARSE_BAD);
    assert_int_equal(http_parser_feed(p, &bytes), HTTP_PARSE_BAD);
    http_parser_free(p);
}

static void the_head_is_bounded(void **state)
{
    (void)state;
    struct http_parser *p = http_parser_new(HTTP_PARSE_REQUEST, HEAD_LIMIT, BODY_LIMIT);
    struct slice start = SLICE_LITERAL("GET /");
    assert_int_equal(http_parser_feed(p, &start), HTTP_PARSE_MORE);
    size_t fed = 5;
    enum http_parse result = HTTP_PARSE_MORE;
    while (result == HTTP_PARSE_MORE && fed < 2 * HEAD_LIMIT) {
        struct slice bytes = SLICE_LITERAL("a");
        result = http_parser_feed(p, &bytes);
        fed++;
    }
    assert_int_equal(result, HTTP_PARSE_HEAD_TOO_LARGE);
    assert_int_equal(fed, HEAD_LIMIT + 1);
    http_parser_free(p);
}

static void header_fields_are_counted(void **state)
{
    (void)state;
    char text[HEAD_LIMIT];
    size_t size = (size_t)snprintf(text, sizeof text, "GET / HTTP/1.1\r\n");
    for (int i = 0; i < HTTP_PARSE_HEADERS_LIMIT; i++)
        size += (size_t)snprintf(text + size, sizeof text - size, "a:b\r\n");
    (void)snprintf(text + size, sizeof text - size, "\r\n");
    assert_int_equal(result_of(HTTP_PARSE_REQUEST, text), HTTP_PARSE_DONE);
    (void)snprintf(text + size, sizeof text - size, "a:b\r\n\r\n");
    assert_int_equal(result_of(HTTP_PARSE_REQUEST, text), HTTP_PARSE_HEAD_TOO_LARGE);
}

static void the_body_is_bounded_before_it_comes(void **state)
{
    (void)state;
    assert_int_equal(result_of(HTTP_PARSE_REQUEST, "POST / HTTP/1.1\r\nContent-Length: 65\r\n\r\n"),
                     HTTP_PARSE_BODY_TOO_LARGE);
    assert_int_equal(result_of(HTTP_PARSE_REQUEST, "POST / HTTP/1.1\r\nContent-Length: 64\r\n\r\n"),
                     HTTP_PARSE_MORE);
    assert_int_equal(
        result_of(HTTP_PARSE_REQUEST,
                  "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "40\r\n0123456789012345678901234567890123456789012345678901234567890123\r\n"
                  "1\r\nx\r\n0\r\n\r\n"),
        HTTP_PARSE_BODY_TOO_LARGE);
}

static void endless_chunk_extensions_are_refused(void **state)
{
    (void)state;
    struct http_parser *p = http_parser_new(HTTP_PARSE_REQUEST, HEAD_LIMIT, BODY_LIMIT);
    assert_int_equal(feed(p, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;", 100000),
                     HTTP_PARSE_MORE);
    enum http_parse result = HTTP_PARSE_MORE;
    for (int i = 0; result == HTTP_PARSE_MORE && i < 1000; i++) {
        char more[101];
        memset(more, 'a', 100);
        struct slice bytes = slice_of(more, 100);
        result = http_parser_feed(p, &bytes);
    }
    assert_int_equal(result, HTTP_PARSE_BAD);
    http_parser_free(p);
}

static void keep_alive_depends_on_the_version(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool keep;
    } cases[] = {
        {"GET / HTTP/1.1\r\n\r\n", true},
        {"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", false},
        {"GET / HTTP/1.1\r\nConnection: foo, Close\r\n\r\n", false},
        {"GET / HTTP/1.0\r\n\r\n", false},
        {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_parser *p = http_parser_new(HTTP_PARSE_REQUEST, HEAD_LIMIT, BODY_LIMIT);
        assert_int_equal(feed(p, cases[i].text, 1000), HTTP_PARSE_DONE);
        assert_int_equal(http_parser_message(p)->keep_alive, cases[i].keep);
        http_parser_free(p);
    }
}

static void a_request_for_an_upgrade_is_an_ordinary_request(void **state)
{
    (void)state;
    struct http_parser *p = http_parser_new(HTTP_PARSE_REQUEST, HEAD_LIMIT, BODY_LIMIT);
    struct slice bytes = SLICE_LITERAL("GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"
                                       "\r\nGET /2 HTTP/1.1\r\n\r\n");
    assert_int_equal(http_parser_feed(p, &bytes), HTTP_PARSE_HEAD);
    assert_int_equal(http_parser_feed(p, &bytes), HTTP_PARSE_DONE);
    http_parser_next(p);
    assert_int_equal(http_parser_feed(p, &bytes), HTTP_PARSE_HEAD);
    assert_int_equal(http_parser_feed(p, &bytes), HTTP_PARSE_DONE);
    assert_true(slice_equal_string(http_parser_message(p)->target, "/2"));
    http_parser_free(p);
}

static void an_answer_in_firmware_chunks_is_joined(void **state)
{
    (void)state;
    /* The framing of spec device-protocols 4.3: four upper-case digits. */
    static const char text[] =
        "HTTP/1.1 200 OK\r\nDate: Tue, 12 Oct 2021 15:03:04 GMT\r\n"
        "Server: Intel(R) Active Management Technology 15.0.23.1706\r\n"
        "Content-Type: application/soap+xml; charset=UTF-8\r\nTransfer-Encoding: chunked\r\n\r\n"
        "000A\r\n<a:Envelop\r\n0002\r\ne>\r\n0\r\n\r\n";
    for (size_t piece = 1; piece < 40; piece++) {
        struct http_parser *p = http_parser_new(HTTP_PARSE_RESPONSE, HEAD_LIMIT, BODY_LIMIT);
        assert_int_equal(feed(p, text, piece), HTTP_PARSE_DONE);
        const struct http_message *m = http_parser_message(p);
        assert_int_equal(m->status, 200);
        assert_true(m->keep_alive);
        assert_true(slice_equal_string(m->body, "<a:Envelope>"));
        http_parser_free(p);
    }
}

static void an_answer_without_length_ends_with_the_connection(void **state)
{
    (void)state;
    struct http_parser *p = http_parser_new(HTTP_PARSE_RESPONSE, HEAD_LIMIT, BODY_LIMIT);
    assert_int_equal(feed(p, "HTTP/1.1 200 OK\r\n\r\nabc", 1), HTTP_PARSE_MORE);
    assert_int_equal(http_parser_end(p), HTTP_PARSE_DONE);
    assert_true(slice_equal_string(http_parser_message(p)->body, "abc"));
    assert_false(http_parser_message(p)->keep_alive);
    http_parser_free(p);
}

static void a_cut_answer_is_no_answer(void **state)
{
    (void)state;
    static const char *const cut[] = {
        "HTTP/1.1 200 O",
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    };
    for (size_t i = 0; i < sizeof cut / sizeof cut[0]; i++) {
        struct http_parser *p = http_parser_new(HTTP_PARSE_RESPONSE, HEAD_LIMIT, BODY_LIMIT);
        assert_int_equal(feed(p, cut[i], 1), HTTP_PARSE_MORE);
        assert_int_equal(http_parser_end(p), HTTP_PARSE_BAD);
        http_parser_free(p);
    }
}

static void answers_without_a_body_end_with_their_head(void **state)
{
    (void)state;
    assert_int_equal(result_of(HTTP_PARSE_RESPONSE, "HTTP/1.1 204 No Content\r\n\r\n"),
                     HTTP_PARSE_DONE);
    assert_int_equal(
        result_of(HTTP_PARSE_RESPONSE, "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n"),
        HTTP_PARSE_DONE);
    struct http_parser *p = http_parser_new(HTTP_PARSE_RESPONSE, HEAD_LIMIT, BODY_LIMIT);
    http_parser_no_body(p);
    assert_int_equal(feed(p, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", 9),
                     HTTP_PARSE_DONE);
    assert_true(http_parser_message(p)->keep_alive);
    http_parser_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_may_come_byte_by_byte),
        cmocka_unit_test(the_head_is_reported_before_the_body),
        cmocka_unit_test(pipelined_requests_are_told_apart),
        cmocka_unit_test(two_ways_to_end_a_body_are_refused),
        cmocka_unit_test(sloppy_heads_are_refused),
        cmocka_unit_test(a_nul_is_refused_where_it_stands),
        cmocka_unit_test(a_tls_hello_is_refused_at_its_first_byte),
        cmocka_unit_test(the_head_is_bounded),
        cmocka_unit_test(header_fields_are_counted),
        cmocka_unit_test(the_body_is_bounded_before_it_comes),
        cmocka_unit_test(endless_chunk_extensions_are_refused),
        cmocka_unit_test(keep_alive_depends_on_the_version),
        cmocka_unit_test(a_request_for_an_upgrade_is_an_ordinary_request),
        cmocka_unit_test(an_answer_in_firmware_chunks_is_joined),
        cmocka_unit_test(an_answer_without_length_ends_with_the_connection),
        cmocka_unit_test(a_cut_answer_is_no_answer),
        cmocka_unit_test(answers_without_a_body_end_with_their_head),
    };
    return cmocka_run_group_tests_name("http/parse", tests, NULL, NULL);
}
