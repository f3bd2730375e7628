#include "rpc/line/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct arena arena;
static struct rpc_line line;
static struct error err;
static const char *unknown_keys;

static int begin(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

static void take_unknown(void *arg, const char *key)
{
    (void)arg;
    unknown_keys = arena_printf(&arena, "%s[%s]", unknown_keys, key);
}

static bool add(const char *first, const char *second, const char *yaml)
{
    const char *arguments[] = {first, second};
    unknown_keys = "";
    error_clear(&err);
    assert_true(rpc_line_read(&line, &arena, arguments, second != NULL ? 2 : 1, false, &err));
    return rpc_config_add(&line, slice_of_string(yaml), take_unknown, NULL, &err);
}

static const char *given(void)
{
    const char *text = "";
    for (const struct rpc_given *at = line.first; at != NULL; at = at->next)
        text = arena_printf(&arena, "%s%s%s%s=%s", text, text[0] != '\0' ? " " : "",
                            at->option->name, at->in_file ? "-file" : "", at->text);
    return text;
}

static void assert_config(const char *first, const char *second, const char *yaml,
                          const char *values)
{
    if (!add(first, second, yaml))
        fail_msg("%s", err.text);
    assert_string_equal(given(), values);
}

static void keys_are_nested_by_command_and_option(void **state)
{
    (void)state;
    assert_config("activate", NULL, "activate:\n  url: wss://a\n  ccm: true\n",
                  "url=wss://a ccm=true");
    assert_config("configure", "wireless",
                  "configure:\n  wireless:\n    ssid: a\n    priority: 2\n", "ssid=a priority=2");
    assert_config("activate", NULL, "activate:\n  tls:\n    tunnel: true\n", "tls-tunnel=true");
}

static void keys_may_be_joined_by_dashes(void **state)
{
    (void)state;
    assert_config("activate", NULL, "activate-url: wss://a\nlog-level: debug\n",
                  "url=wss://a log-level=debug");
    assert_config("configure", "wi-fi-sync", "configure-wi-fi-sync-oswifisync: false\n",
                  "oswifisync=false");
    assert_config("configure", "wireless", "configure-addwifisettings:\n  ssid: a\n", "ssid=a");
}

static void lists_and_secrets_in_files_are_taken(void **state)
{
    (void)state;
    assert_config("configure", "cira", "configure:\n  cira:\n    envdetection: [a.test, b.test]\n",
                  "envdetection=a.test,b.test");
    assert_config("activate", NULL, "password-file: /run/p\n", "password-file=/run/p");
}

static void what_is_for_another_command_is_read_over(void **state)
{
    (void)state;
    assert_config("version", NULL, "activate:\n  url: wss://a\n", "");
    assert_string_equal(unknown_keys, "");
}

static void what_nobody_knows_is_told(void **state)
{
    (void)state;
    assert_config("version", NULL, "activate:\n  tenant-idd: x\namtfeatures: 1\njson: true\n",
                  "json=true");
    assert_string_equal(unknown_keys, "[activate-tenant-idd][amtfeatures]");
}

static void an_empty_value_is_none(void **state)
{
    (void)state;
    assert_config("activate", NULL, "activate:\n  url: ''\n  profile:\npassword: ~\n", "");
    assert_config("activate", NULL, "# nothing\n---\n", "");
}

static void a_line_stands_above_the_file(void **state)
{
    (void)state;
    assert_true(add("activate", "--url=wss://line", "activate:\n  url: wss://file\n"));
    assert_string_equal(rpc_line_find(&line, line.first->option)->text, "wss://line");
}

static void assert_refused(const char *yaml, const char *sentence)
{
    assert_false(add("configure", "tls", yaml));
    assert_int_equal(err.code, ERROR_INVALID);
    assert_string_equal(err.text, sentence);
}

static void mistakes_are_named_without_the_value(void **state)
{
    (void)state;
    assert_refused("configure: [", "line 2 is no YAML");
    assert_refused("just text", "it has no keys on its top level");
    assert_refused("configure-tls-delay: s3cret\n",
                   "the key configure-tls-delay: --delay is a whole number");
    assert_refused("password: [s3cret]\n", "the key password: --password takes no such value");
    assert_refused("password: [[s3cret]]\n", "the key password: --password takes no such value");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keys_are_nested_by_command_and_option, begin, end),
        cmocka_unit_test_setup_teardown(keys_may_be_joined_by_dashes, begin, end),
        cmocka_unit_test_setup_teardown(lists_and_secrets_in_files_are_taken, begin, end),
        cmocka_unit_test_setup_teardown(what_is_for_another_command_is_read_over, begin, end),
        cmocka_unit_test_setup_teardown(what_nobody_knows_is_told, begin, end),
        cmocka_unit_test_setup_teardown(an_empty_value_is_none, begin, end),
        cmocka_unit_test_setup_teardown(a_line_stands_above_the_file, begin, end),
        cmocka_unit_test_setup_teardown(mistakes_are_named_without_the_value, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
