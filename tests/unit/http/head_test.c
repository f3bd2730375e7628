#include "http/head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* Status with which the head is refused, by the parser or after it; 0 when it may be served. */
static int refusal_of(const char *text)
{
    struct http_parser *parser = http_parser_new(HTTP_PARSE_REQUEST, 1024, 64);
    struct slice bytes = slice_of_string(text);
    int status = 400;
    if (http_parser_feed(parser, &bytes) == HTTP_PARSE_HEAD &&
        http_head_refuse(http_parser_message(parser), &status) == NULL)
        status = 0;
    http_parser_free(parser);
    return status;
}

static void a_request_names_one_host(void **state)
{
    (void)state;
    assert_int_equal(refusal_of("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 0);
    assert_int_equal(refusal_of("GET / HTTP/1.1\r\nhOST:\r\n\r\n"), 0);
    assert_int_equal(refusal_of("GET / HTTP/1.0\r\n\r\n"), 0);
    assert_int_equal(refusal_of("GET / HTTP/1.1\r\n\r\n"), 400);
    assert_int_equal(refusal_of("GET http://a/ HTTP/1.1\r\n\r\n"), 400);
    assert_int_equal(refusal_of("GET / HTTP/1.1\r\nX-Host: a\r\n\r\n"), 400);
    assert_int_equal(refusal_of("GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n"), 400);
    assert_int_equal(refusal_of("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"), 400);
}

static void a_request_shows_one_authorization(void **state)
{
    (void)state;
    assert_int_equal(refusal_of("GET / HTTP/1.1\r\nHost: a\r\nAuthorization: b\r\n\r\n"), 0);
    assert_int_equal(refusal_of("GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer b\r\n"
                                "authorization: Bearer c\r\n\r\n"),
                     400);
}

static void chunked_is_the_only_transfer_coding(void **state)
{
    (void)state;
    static const struct {
        const char *coding;
        int status;
    } codings[] = {
        {"chunked", 0},
        {" Chunked ", 0},
        {"gzip, chunked", 501},
        {"gzip", 501},
        {"chunked, chunked", 400},
        {"identity", 501},
        {"chunked;x=y", 501},
        {"chunked\r\nTransfer-Encoding: chunked", 400},
    };
    for (size_t i = 0; i < sizeof codings / sizeof codings[0]; i++) {
        char text[256];
        (void)snprintf(text, sizeof text,
                       "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: %s\r\n\r\n",
                       codings[i].coding);
        if (refusal_of(text) != codings[i].status)
            fail_msg("%s: %d", codings[i].coding, refusal_of(text));
    }
    assert_int_equal(refusal_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_names_one_host),
        cmocka_unit_test(a_request_shows_one_authorization),
        cmocka_unit_test(chunked_is_the_only_transfer_coding),
    };
    return cmocka_run_group_tests_name("http/head", tests, NULL, NULL);
}
