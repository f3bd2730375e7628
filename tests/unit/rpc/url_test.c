/* Addresses of servers, and the proxies before them. */
#include "rpc/text/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

struct fixture {
    struct arena arena;
    struct rpc_url url;
};

static int setup(void **state)
{
    static struct fixture fixture;
    arena_init(&fixture.arena);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    arena_fini(&((struct fixture *)*state)->arena);
    return 0;
}

static bool parse(struct fixture *f, const char *text)
{
    struct error err;
    return rpc_url_parse(&f->arena, slice_of_string(text), false, &f->url, &err);
}

static void a_url_is_parted(void **state)
{
    struct fixture *f = *state;
    assert_true(parse(f, "wss://rps.example.com/activate?x=1#frag"));
    assert_int_equal(f->url.scheme, RPC_SCHEME_WSS);
    assert_string_equal(f->url.host, "rps.example.com");
    assert_int_equal(f->url.port, 443);
    assert_string_equal(f->url.authority, "rps.example.com");
    assert_string_equal(f->url.target, "/activate?x=1");
    assert_string_equal(f->url.shown, "wss://rps.example.com/activate");
    assert_true(parse(f, "WS://[2001:db8::1]:8080"));
    assert_int_equal(f->url.scheme, RPC_SCHEME_WS);
    assert_string_equal(f->url.host, "2001:db8::1");
    assert_string_equal(f->url.authority, "[2001:db8::1]:8080");
    assert_string_equal(f->url.target, "/");
    assert_true(parse(f, "http://h?token=s3cret"));
    assert_string_equal(f->url.target, "/?token=s3cret");
    assert_string_equal(f->url.shown, "http://h");
}

static void a_login_is_decoded_and_never_shown(void **state)
{
    struct fixture *f = *state;
    assert_true(parse(f, "http://ann:p%40s:s%zz%@proxy:3128/"));
    assert_true(f->url.has_login);
    assert_string_equal(f->url.user, "ann");
    assert_string_equal(f->url.password, "p@s:s%zz%");
    assert_string_equal(f->url.host, "proxy");
    assert_null(strstr(f->url.shown, "ann"));
}

static void this_machine_is_known_by_its_addresses(void **state)
{
    struct fixture *f = *state;
    assert_true(parse(f, "http://127.0.0.1/") && rpc_url_is_loopback(&f->url));
    assert_true(parse(f, "http://[::1]/") && rpc_url_is_loopback(&f->url));
    assert_true(parse(f, "http://LOCALHOST/") && rpc_url_is_loopback(&f->url));
    assert_true(parse(f, "http://127.example.com/") && !rpc_url_is_loopback(&f->url));
    assert_true(parse(f, "http://127.0.0.1.example.com/") && !rpc_url_is_loopback(&f->url));
}

static void what_is_no_address_is_refused(void **state)
{
    struct fixture *f = *state;
    static const char *const bad[] = {
        "",
        "host",
        "ftp://h/",
        "ws://",
        "ws:///x",
        "ws://h:",
        "ws://h:0/",
        "ws://h:65536",
        "ws://h:x",
        "ws://[::1",
        "ws://[]/",
        "ws://h h/",
        "ws://h/a b",
        "ws://h/\r\nX: y",
        "ws://h\xc3\xa9/",
        "ws://[::1]x/",
        "ws://u@/",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (parse(f, bad[i]))
            fail_msg("\"%s\" was taken", bad[i]);
}

static void another_path_is_on_the_same_server(void **state)
{
    struct fixture *f = *state;
    struct rpc_url other;
    assert_true(parse(f, "https://console:8443/profiles/x?y"));
    rpc_url_at(&f->arena, &f->url, "/api/v1/devices?z", &other);
    assert_string_equal(other.target, "/api/v1/devices?z");
    assert_string_equal(other.shown, "https://console:8443/api/v1/devices");
}

/* ---- proxies ---- */

static const char *const *surroundings; /* names and values in turn */

static const char *variable(void *arg, const char *name)
{
    (void)arg;
    for (const char *const *at = surroundings; at != NULL && *at != NULL; at += 2)
        if (strcmp(*at, name) == 0)
            return at[1];
    return NULL;
}

#define AMONG(...)                       \
    surroundings = (const char *const[]) \
    {                                    \
        __VA_ARGS__, NULL                \
    }

/* The host of the proxy before that server; "": none, NULL: refused. */
static const char *proxy_of(struct fixture *f, const char *url, const char *given)
{
    struct rpc_url proxy;
    struct error err;
    bool found;
    assert_true(parse(f, url));
    if (!rpc_url_proxy(&f->arena, &f->url, given, variable, NULL, &found, &proxy, &err))
        return NULL;
    return found ? proxy.host : "";
}

static void proxies_come_from_the_option_or_the_environment(void **state)
{
    struct fixture *f = *state;
    surroundings = NULL;
    assert_string_equal(proxy_of(f, "wss://a.corp/", NULL), "");
    assert_string_equal(proxy_of(f, "wss://a.corp/", "given:3128"), "given");
    assert_string_equal(proxy_of(f, "ws://localhost/", "http://given:3128"), "given");
    AMONG("HTTPS_PROXY", "http://secure:1", "http_proxy", "clear:2");
    assert_string_equal(proxy_of(f, "wss://a.corp/", NULL), "secure");
    assert_string_equal(proxy_of(f, "https://a.corp/", ""), "secure");
    assert_string_equal(proxy_of(f, "ws://a.corp/", NULL), "clear");
    assert_string_equal(proxy_of(f, "ws://localhost/", NULL), "");
    assert_string_equal(proxy_of(f, "ws://127.0.0.9/", NULL), "");
    assert_string_equal(proxy_of(f, "ws://[::1]/", NULL), "");
    assert_null(proxy_of(f, "ws://a.corp/", "socks5://x:1"));
    assert_null(proxy_of(f, "ws://a.corp/", "https://x:1"));
    AMONG("http_proxy", "clear:2", "NO_PROXY", "corp");
    assert_string_equal(proxy_of(f, "ws://a.corp/", NULL), "");
    assert_string_equal(proxy_of(f, "ws://a.corp/", "given"), "given");
}

static bool exempt(struct fixture *f, const char *list, const char *url)
{
    assert_true(parse(f, url));
    return rpc_url_is_exempt(slice_of_string(list), &f->url);
}

static void exemptions_are_hosts_domains_and_networks(void **state)
{
    struct fixture *f = *state;
    assert_true(exempt(f, "x, corp.com ,y", "ws://corp.com/"));
    assert_true(exempt(f, "corp.com", "ws://a.CORP.com/"));
    assert_false(exempt(f, "corp.com", "ws://notcorp.com/"));
    assert_true(exempt(f, ".corp.com", "ws://a.corp.com/"));
    assert_false(exempt(f, ".corp.com", "ws://corp.com/"));
    assert_true(exempt(f, "*.corp.com", "ws://a.corp.com/"));
    assert_true(exempt(f, "*", "ws://a/"));
    assert_true(exempt(f, "10.0.0.0/8", "ws://10.200.3.4/"));
    assert_false(exempt(f, "10.0.0.0/8", "ws://11.0.0.1/"));
    assert_true(exempt(f, "10.1.2.3", "ws://10.1.2.3/"));
    assert_true(exempt(f, "fd00::/8", "ws://[fd12::1]/"));
    assert_false(exempt(f, "fd00::/8", "ws://[fe80::1]/"));
    assert_true(exempt(f, "::/0", "ws://[fe80::1]/"));
    assert_true(exempt(f, "a:8080", "ws://a:8080/"));
    assert_false(exempt(f, "a:8080", "ws://a:8081/"));
    assert_false(exempt(f, "", "ws://a/"));
    assert_false(exempt(f, ",,/8,x/y,10.0.0.0/33", "ws://10.0.0.1/"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_url_is_parted, setup, teardown),
        cmocka_unit_test_setup_teardown(a_login_is_decoded_and_never_shown, setup, teardown),
        cmocka_unit_test_setup_teardown(this_machine_is_known_by_its_addresses, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_address_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(another_path_is_on_the_same_server, setup, teardown),
        cmocka_unit_test_setup_teardown(proxies_come_from_the_option_or_the_environment, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(exemptions_are_hosts_domains_and_networks, setup, teardown),
    };
    return cmocka_run_group_tests_name("rpc/url", tests, NULL, NULL);
}
