/* What is said to a presence server about a device, and what it says (spec rps 5.3, mps 1.8). */
#include "rps/handover_body.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define GUID "4c4c4544-0053-3510-8051-b8c04f4d4e31"

static struct arena arena;

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

static struct guid guid_of(const char *text)
{
    struct guid guid;
    assert_true(guid_parse(slice_of_string(text), &guid));
    return guid;
}

static const char *body_of(const struct rps_device *device, enum rps_body_kind kind,
                           bool with_passwords, bool is_new)
{
    struct buffer out;
    buffer_init(&out, 65536);
    rps_handover_body_put(&out, device, kind, with_passwords, is_new);
    assert_true(buffer_ok(&out));
    const char *text = arena_string(&arena, buffer_slice(&out));
    buffer_fini(&out);
    return text;
}

/* spec rps 5.3, "Full payload" */
static void the_full_payload_is_the_toolkits(void **state)
{
    (void)state;
    static const char info[] =
        "{\"fwVersion\":\"16.1.25\",\"fwBuild\":\"1424\",\"fwSku\":\"16392\",\"currentMode\":\"0\","
        "\"features\":\"AMT Pro Corporate\",\"ipAddress\":\"192.168.1.10\",\"status\":{"
        "\"Activation\":{\"Result\":\"Success\",\"Mode\":\"ACM\",\"Details\":\"Activated to admin "
        "control mode\"}},\"activatedAt\":\"2026-08-22T10:00:00.000Z\",\"lastProvisionedAt\":"
        "\"2026-08-22T10:00:05.000Z\",\"lastUpdated\":\"2026-08-22T10:00:05.000Z\"}";
    const char *tags[] = {"a"};
    const struct rps_device device = {
        .guid = guid_of(GUID),
        .tenant = "",
        .host_name = "PC-1",
        .dns_suffix = "corp.example.com",
        .friendly_name = "front desk",
        .tags = tags,
        .tag_count = 1,
        .device_info = info,
    };
    const char *expected =
        arena_printf(&arena,
                     "{\"guid\":\"" GUID "\",\"hostname\":\"PC-1\",\"tags\":[\"a\"],"
                     "\"tenantId\":\"\",\"dnsSuffix\":\"corp.example.com\","
                     "\"friendlyName\":\"front desk\",\"deviceInfo\":%s}",
                     info);
    assert_string_equal(body_of(&device, RPS_BODY_ADD, false, true), expected);
    assert_string_equal(body_of(&device, RPS_BODY_ADD, true, true), expected);
}

/* spec rps 5.3, the rows of the table */
static void the_smaller_bodies_have_what_changes(void **state)
{
    (void)state;
    const char *tags[] = {"a", "\"b"};
    struct rps_device device = {.guid = guid_of(GUID), .tenant = "t", .tags = tags};
    device.host_name = "PC 1";
    device.mps_username = "admin";
    device.tag_count = 2;
    assert_string_equal(body_of(&device, RPS_BODY_ADD, false, false),
                        "{\"guid\":\"" GUID "\",\"hostname\":\"PC 1\",\"mpsusername\":\"admin\","
                        "\"tags\":[\"a\",\"\\\"b\"],\"tenantId\":\"t\"}");
    device = (struct rps_device){.guid = guid_of(GUID), .tenant = "t", .host_name = "PC-1"};
    device.dns_suffix = "corp.example.com";
    assert_string_equal(body_of(&device, RPS_BODY_CHANGE, true, false),
                        "{\"guid\":\"" GUID "\",\"hostname\":\"PC-1\","
                        "\"dnsSuffix\":\"corp.example.com\"}");
    device = (struct rps_device){.guid = guid_of(GUID), .tenant = "t", .device_info = "{}"};
    assert_string_equal(body_of(&device, RPS_BODY_CHANGE, true, false),
                        "{\"guid\":\"" GUID "\",\"deviceInfo\":{}}");
}

/* spec console 5.4 */
static void passwords_go_along_only_where_they_may(void **state)
{
    (void)state;
    struct rps_device device = {.guid = guid_of(GUID), .tenant = "", .mps_username = "admin"};
    device.mps_password = "m\"";
    device.amt_password = "a";
    device.mebx_password = "x";
    assert_string_equal(body_of(&device, RPS_BODY_CHANGE, false, true),
                        "{\"guid\":\"" GUID "\",\"mpsusername\":\"admin\"}");
    assert_string_equal(body_of(&device, RPS_BODY_CHANGE, true, true),
                        "{\"guid\":\"" GUID
                        "\",\"mpsusername\":\"admin\",\"mpspassword\":\"m\\\"\","
                        "\"password\":\"a\",\"mebxpassword\":\"x\"}");
    /* On the LAN a record that is new would otherwise begin with TLS. */
    device = (struct rps_device){.guid = guid_of(GUID), .amt_password = "a"};
    assert_string_equal(body_of(&device, RPS_BODY_CHANGE, true, true),
                        "{\"guid\":\"" GUID "\",\"password\":\"a\",\"useTLS\":false,"
                        "\"allowSelfSigned\":false}");
    assert_string_equal(body_of(&device, RPS_BODY_CHANGE, true, false),
                        "{\"guid\":\"" GUID "\",\"password\":\"a\"}");
}

static void names_that_would_have_all_refused_are_left_out(void **state)
{
    (void)state;
    struct rps_device device = {.guid = guid_of(GUID), .host_name = "my desk"};
    device.dns_suffix = "under_score.";
    assert_string_equal(body_of(&device, RPS_BODY_CHANGE, false, false), "{\"guid\":\"" GUID "\"}");
}

static bool read(const char *text, struct rps_known *known, const char **info, struct error *err)
{
    struct guid guid = guid_of(GUID);
    return rps_handover_record_read(&arena, slice_of_string(text), &guid, "t", known, info, err);
}

static void a_record_says_whose_it_is_and_since_when(void **state)
{
    (void)state;
    struct rps_known known;
    struct error err;
    const char *info;
    assert_true(read("{\"guid\":\"4C4C4544-0053-3510-8051-B8C04F4D4E31\",\"tenantId\":\"t\","
                     "\"connectionStatus\":true,\"deviceInfo\":{\"activatedAt\":\"2026\",\"x\":1}}",
                     &known, &info, &err));
    assert_true(known.found && known.connected && !known.other_tenant);
    assert_string_equal(known.activated_at, "2026");
    assert_string_equal(info, "{\"activatedAt\":\"2026\",\"x\":1}");
    assert_true(read("{\"guid\":\"" GUID "\",\"deviceInfo\":null}", &known, &info, &err));
    assert_true(known.found && !known.connected && known.activated_at == NULL && info == NULL);
    assert_true(
        read("{\"guid\":\"" GUID "\",\"tenantId\":\"u\",\"deviceInfo\":{}}", &known, &info, &err));
    assert_true(!known.found && known.other_tenant && info == NULL);
}

static void what_is_no_record_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", "[]", "{}", "{\"guid\":7}", "x", "{\"guid\":\"143e4567-e89b-12d3-a456-426614174000\"}",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct rps_known known;
        struct error err;
        const char *info;
        assert_false(read(texts[i], &known, &info, &err));
        assert_int_equal(err.code, ERROR_PROTOCOL);
        assert_false(known.found || known.other_tenant);
    }
}

static void check_refusal(int status, const char *body, enum error_code code, const char *words)
{
    struct error err;
    error_clear(&err);
    assert_false(rps_handover_refusal(status, slice_of_string(body), &err));
    assert_int_equal(err.code, code);
    assert_string_equal(err.text, words);
}

static void a_refusal_is_told_without_what_was_sent(void **state)
{
    (void)state;
    check_refusal(400,
                  "{\"errors\":[{\"type\":\"field\",\"value\":\"s3cret\",\"msg\":\"too long\","
                  "\"path\":\"password\",\"location\":\"body\"}]}",
                  ERROR_INVALID, "it answered with status 400: password: too long");
    check_refusal(400, "{\"error\":\"Unique key violation\",\"message\":\"Device ID: 1 exists\"}",
                  ERROR_INVALID,
                  "it answered with status 400: Unique key violation: Device ID: 1 exists");
    check_refusal(500, "s3cret", ERROR_INTERNAL, "it answered with status 500");
    check_refusal(500, "{\"error\":\"\\u001b[2J\\u00e9\"}", ERROR_INTERNAL,
                  "it answered with status 500: ?[2J??");
    check_refusal(401, "", ERROR_UNAUTHORIZED,
                  "it refuses the token (status 401): see --mps-token-file");
    check_refusal(302, "", ERROR_PROTOCOL, "it answered with status 302");
}

static void device_info_keeps_what_others_have_written(void **state)
{
    (void)state;
    struct error err;
    assert_string_equal(rps_device_info_merge(&arena, "{\"a\":1,\"b\":2}", "{\"b\":3}", &err),
                        "{\"a\":1,\"b\":3}");
    assert_string_equal(rps_device_info_merge(&arena, NULL, "{\"b\":3}", &err), "{\"b\":3}");
    assert_string_equal(rps_device_info_merge(&arena, "7", "{\"b\":3}", &err), "{\"b\":3}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_full_payload_is_the_toolkits, begin, end),
        cmocka_unit_test_setup_teardown(the_smaller_bodies_have_what_changes, begin, end),
        cmocka_unit_test_setup_teardown(passwords_go_along_only_where_they_may, begin, end),
        cmocka_unit_test_setup_teardown(names_that_would_have_all_refused_are_left_out, begin, end),
        cmocka_unit_test_setup_teardown(a_record_says_whose_it_is_and_since_when, begin, end),
        cmocka_unit_test_setup_teardown(what_is_no_record_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(a_refusal_is_told_without_what_was_sent, begin, end),
        cmocka_unit_test_setup_teardown(device_info_keeps_what_others_have_written, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
