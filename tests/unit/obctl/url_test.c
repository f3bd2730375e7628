#include "obctl/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static bool parse(struct arena *arena, const char *text, struct obctl_url *url, struct error *err)
{
    error_clear(err);
    return obctl_url_parse(arena, slice_of_string(text), url, err);
}

static void a_url_has_scheme_host_and_port(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool tls;
        const char *host;
        unsigned port;
        const char *base;
    } cases[] = {
        {"https://localhost:8443", true, "localhost", 8443, "https://localhost:8443"},
        {"https://mps.example.com", true, "mps.example.com", 443, "https://mps.example.com:443"},
        {"https://mps.example.com/", true, "mps.example.com", 443, "https://mps.example.com:443"},
        {"10.1.2.3:8443", true, "10.1.2.3", 8443, "https://10.1.2.3:8443"},
        {"https://[2001:db8::1]:8443", true, "2001:db8::1", 8443, "https://[2001:db8::1]:8443"},
        {"http://127.0.0.1:3000", false, "127.0.0.1", 3000, "http://127.0.0.1:3000"},
        {"http://localhost", false, "localhost", 80, "http://localhost:80"},
    };
    struct arena arena;
    struct error err;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct obctl_url url;
        assert_true(parse(&arena, cases[i].text, &url, &err));
        assert_int_equal(url.tls, cases[i].tls);
        assert_string_equal(url.host, cases[i].host);
        assert_int_equal(url.port, cases[i].port);
        assert_string_equal(url.base, cases[i].base);
    }
    arena_fini(&arena);
}

static void what_is_no_server_address_is_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "https://",
        "https://:8443",
        "https://host:0",
        "https://host:65536",
        "https://host:84x",
        "https://host:8443/api",
        "https://user:secret@host",
        "https://ho st",
        "https://[::1",
        "https://host\r\nX: y",
        "ftp://host",
    };
    struct arena arena;
    struct error err;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct obctl_url url;
        assert_false(parse(&arena, cases[i], &url, &err));
        assert_int_equal(err.code, ERROR_INVALID);
    }
    arena_fini(&arena);
}

static void plain_http_goes_to_this_machine_only(void **state)
{
    (void)state;
    struct arena arena;
    struct error err;
    struct obctl_url url;
    arena_init(&arena);
    assert_false(parse(&arena, "http://mps.example.com:3000", &url, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    assert_true(parse(&arena, "http://[::1]:3000", &url, &err));
    arena_fini(&arena);
}

static void the_authority_is_what_follows_the_scheme(void **state)
{
    (void)state;
    struct arena arena;
    struct error err;
    struct obctl_url url;
    arena_init(&arena);
    assert_true(parse(&arena, "https://[::1]:8443/", &url, &err));
    assert_string_equal(obctl_url_authority(&url), "[::1]:8443");
    arena_fini(&arena);
}

static void escaping_leaves_only_unreserved_characters(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    assert_string_equal(obctl_url_escape(&arena, SLICE_LITERAL("a b/c?d&e=\xc3\xa9-._~")),
                        "a%20b%2Fc%3Fd%26e%3D%C3%A9-._~");
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_url_has_scheme_host_and_port),
        cmocka_unit_test(what_is_no_server_address_is_refused),
        cmocka_unit_test(plain_http_goes_to_this_machine_only),
        cmocka_unit_test(the_authority_is_what_follows_the_scheme),
        cmocka_unit_test(escaping_leaves_only_unreserved_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
