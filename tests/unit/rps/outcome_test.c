/* The final message of a command (spec rps 2.6). */
#include "rps/outcome.h"

#include "core/json_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* spec rps 2.6: the example, components in any order */
static void a_whole_activation_reads_as_the_toolkits(void **state)
{
    (void)state;
    struct arena arena;
    struct error err;
    arena_init(&arena);
    struct rps_outcome outcome = {
        .success = true,
        .status = "Admin control mode.",
        .network = "Wired Network Configured. Added home WiFi Profiles. Failed to add lab. Proxy "
                   "Configured",
        .cira = "Configured",
        .tls = "Configured",
    };
    rps_outcome_set(&outcome, &arena, RPS_ACTIVATION, RPS_SUCCESS, "ACM", "Admin control mode.");
    rps_outcome_set(&outcome, &arena, RPS_WIRED_NETWORK, RPS_SUCCESS, NULL,
                    "Wired Network Configured");
    rps_outcome_set(&outcome, &arena, RPS_WIRELESS_NETWORK, RPS_FAILURE, NULL,
                    "added home WiFi Profiles. Failed to add lab. ");
    rps_outcome_set(&outcome, &arena, RPS_CIRA_PROXY, RPS_SUCCESS, NULL, "Proxy Configured");
    rps_outcome_set(&outcome, &arena, RPS_CIRA_CONNECTION, RPS_SUCCESS, NULL, "Configured");
    json_t *expected = json_reader_parse(
        SLICE_LITERAL(
            "{\"Status\":\"Admin control mode.\","
            "\"Network\":\"Wired Network Configured. Added home WiFi Profiles. Failed to add lab. "
            "Proxy Configured\","
            "\"CIRAConnection\":\"Configured\","
            "\"TLSConfiguration\":\"Configured\","
            "\"Components\":{"
            "\"Activation\":{\"Result\":\"Success\",\"Mode\":\"ACM\","
            "\"Details\":\"Admin control mode\"},"
            "\"WiredNetwork\":{\"Result\":\"Success\",\"Details\":\"Wired Network Configured\"},"
            "\"WirelessNetwork\":{\"Result\":\"Failure\","
            "\"Details\":\"Added home WiFi Profiles. Failed to add lab\"},"
            "\"CIRAProxy\":{\"Result\":\"Success\",\"Details\":\"Proxy Configured\"},"
            "\"CIRAConnection\":{\"Result\":\"Success\",\"Details\":\"Configured\"},"
            "\"TLS\":{\"Result\":\"NotApplicable\","
            "\"Details\":\"TLS not part of this configuration\"}}}"),
        JSON_READER_DEPTH, &err);
    json_t *told = json_reader_parse(slice_of_string(rps_outcome_message(&arena, &outcome)),
                                     JSON_READER_DEPTH, &err);
    assert_non_null(expected);
    assert_non_null(told);
    assert_true(json_equal(expected, told));
    assert_true(rps_outcome_has_failure(&outcome));
    json_decref(expected);
    json_decref(told);
    arena_fini(&arena);
}

/* spec rps 2.11 */
static void a_task_is_told_by_its_status_alone(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    const struct rps_outcome outcome = {.success = true, .status = "Deactivated"};
    assert_string_equal(rps_outcome_message(&arena, &outcome), "{\"Status\":\"Deactivated\"}");
    arena_fini(&arena);
}

/* spec rps 2.5: validation errors are plain text */
static void a_refusal_is_a_sentence(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    const struct rps_outcome outcome = {.plain = "Device x activation failed. Missing password."};
    assert_string_equal(rps_outcome_message(&arena, &outcome),
                        "Device x activation failed. Missing password.");
    arena_fini(&arena);
}

/* spec rps 5.3: deviceInfo.status */
static void a_record_has_only_what_ran(void **state)
{
    (void)state;
    struct arena arena;
    struct buffer out;
    arena_init(&arena);
    buffer_init(&out, 4096);
    struct rps_outcome outcome = {0};
    rps_outcome_set(&outcome, &arena, RPS_ACTIVATION, RPS_SUCCESS, "ACM",
                    "Activated to admin control mode.");
    rps_outcome_put_components(&outcome, &out);
    assert_true(slice_equal_string(buffer_slice(&out),
                                   "{\"Activation\":{\"Result\":\"Success\",\"Mode\":\"ACM\","
                                   "\"Details\":\"Activated to admin control mode\"}}"));
    buffer_fini(&out);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_activation_reads_as_the_toolkits),
        cmocka_unit_test(a_task_is_told_by_its_status_alone),
        cmocka_unit_test(a_refusal_is_a_sentence),
        cmocka_unit_test(a_record_has_only_what_ran),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
