#include "rpc/line/option.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_variable(const char *option, const char *variable)
{
    struct rpc_option entry = {.name = option};
    char name[RPC_ENVIRONMENT_SIZE];
    assert_string_equal(rpc_option_environment(&entry, name), variable);
}

/* The examples of the specification (rpc.md 1.1). */
static void variables_are_named_by_the_rule(void **state)
{
    (void)state;
    assert_variable("skip-cert-check", "RPC_SKIP_CERT_CHECK");
    assert_variable("lmsaddress", "RPC_LMSADDRESS");
    assert_variable("userConsent", "RPC_USER_CONSENT");
    assert_variable("stopConfig", "RPC_STOP_CONFIG");
    assert_variable("ieee8021xProfileName", "RPC_IEEE_8021_X_PROFILE_NAME");
    assert_variable("log-level", "RPC_LOG_LEVEL");
    assert_variable("skipIPRenew", "RPC_SKIP_IP_RENEW");
}

static void assert_duration(const char *text, int64_t ms)
{
    int64_t got = -1;
    assert_true(rpc_option_duration(slice_of_string(text), &got));
    assert_int_equal(got, ms);
}

static void durations_are_written_as_in_v2(void **state)
{
    (void)state;
    int64_t ms;
    assert_duration("2m0s", 120000);
    assert_duration("1h30m", 5400000);
    assert_duration("250ms", 250);
    assert_duration("90", 90000);
    assert_false(rpc_option_duration(SLICE_LITERAL(""), &ms));
    assert_false(rpc_option_duration(SLICE_LITERAL("m"), &ms));
    assert_false(rpc_option_duration(SLICE_LITERAL("5m3"), &ms));
    assert_false(rpc_option_duration(SLICE_LITERAL("5x"), &ms));
    assert_false(rpc_option_duration(SLICE_LITERAL("99999999999999h"), &ms));
    assert_false(rpc_option_duration(SLICE_LITERAL("-5m"), &ms));
    assert_duration("8760h", INT64_C(31536000000));
    assert_false(rpc_option_duration(SLICE_LITERAL("8760h1ms"), &ms));
    assert_false(rpc_option_duration(SLICE_LITERAL("8761h1ms"), &ms));
}

static const char *refusal(const char *option, const char *value)
{
    const struct rpc_option *found = rpc_option_find(NULL, slice_of_string(option));
    static struct error err;
    error_clear(&err);
    return rpc_option_check(found, value, &err) != NULL ? NULL : err.text;
}

static void numbers_keep_to_their_bounds(void **state)
{
    (void)state;
    static const char *const beyond[] = {"0", "65535", "99999", "82528", "x", "-1"};
    for (size_t i = 0; i < sizeof beyond / sizeof *beyond; i++)
        assert_string_equal(refusal("lmsport", beyond[i]),
                            "--lmsport is a whole number from 1 to 65534");
    assert_null(refusal("lmsport", "1"));
    assert_null(refusal("lmsport", "65534"));
    assert_null(refusal("port-switch-max-delay", "10m"));
    assert_null(refusal("port-switch-max-delay", "0"));
    assert_string_equal(refusal("port-switch-max-delay", "10m1s"),
                        "--port-switch-max-delay is a time as 90s or 2m30s, and at most 10m");
    assert_null(refusal("server-wait", "24h"));
}

static size_t distance(const char *a, const char *b)
{
    return rpc_option_distance(slice_of_string(a), slice_of_string(b), 9);
}

static void distance_counts_changes_of_one_character(void **state)
{
    (void)state;
    assert_int_equal(distance("tls", "tls"), 0);
    assert_int_equal(distance("TLS", "tls"), 0);
    assert_int_equal(distance("tsl", "tls"), 2);
    assert_int_equal(distance("profle", "profile"), 1);
    assert_int_equal(distance("", "url"), 3);
    assert_int_equal(distance("completely", "different!"), 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variables_are_named_by_the_rule),
        cmocka_unit_test(durations_are_written_as_in_v2),
        cmocka_unit_test(numbers_keep_to_their_bounds),
        cmocka_unit_test(distance_counts_changes_of_one_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
