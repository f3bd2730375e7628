/* /api/v1/devices: shapes, input and errors (spec mps 1.2, 1.3, 1.8). */
#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define ROW_FIRST                                                                \
    "{\"guid\":\"" RIG_GUID "\",\"hostname\":\"h\",\"tags\":[\"a\",\"b\"],"      \
    "\"mpsInstance\":null,\"connectionStatus\":false,\"mpsusername\":\"admin\"," \
    "\"tenantId\":\"\",\"friendlyName\":\"fn\",\"dnsSuffix\":\"x.com\","
#define ROW_INFO                                                                     \
    "\"deviceInfo\":{\"fwVersion\":\"16.1.25\"},\"username\":null,\"useTLS\":false," \
    "\"allowSelfSigned\":false,\"certHash\":null}"
#define PAIRS                                          \
    "01:23:45:67:89:AB:CD:EF:01:23:45:67:89:ab:cd:ef:" \
    "01:23:45:67:89:AB:CD:EF:01:23:45:67:89:ab:cd:ef"
#define ROW_TIMES "\"lastConnected\":null,\"lastSeen\":null,\"lastDisconnected\":null,"

static int begin(void **state)
{
    static const char *const tags[] = {"a", "b"};
    (void)rig_begin(state);
    fake.row.hostname = "h";
    fake.row.tags = tags;
    fake.row.tag_count = 2;
    fake.row.mps_username = "admin";
    fake.row.friendly_name = "fn";
    fake.row.dns_suffix = "x.com";
    fake.row.device_info = "{\"fwVersion\":\"16.1.25\"}";
    return 0;
}

static void a_device_has_the_toolkits_keys_in_order(void **state)
{
    (void)state;
    assert_int_equal(rig_send("GET", "/api/v1/devices/" RIG_GUID, NULL), 200);
    assert_string_equal(rig_body(), ROW_FIRST ROW_TIMES ROW_INFO);
}

static void times_are_iso_8601_with_milliseconds(void **state)
{
    (void)state;
    fake.row.last_connected = INT64_C(1704242675000);
    assert_int_equal(rig_send("GET", "/api/v1/devices/" RIG_GUID, NULL), 200);
    assert_non_null(strstr(rig_body(), "\"lastConnected\":\"2024-01-03T00:44:35.000Z\""));
}

static void a_guid_may_be_in_upper_case(void **state)
{
    (void)state;
    assert_int_equal(rig_send("GET", "/api/v1/devices/143E4567-E89B-12D3-A456-426614174000", NULL),
                     200);
}

/* Spec mps 1.6: deviceId as given in the URL; the device need not be connected. */
static void a_redirection_token_names_the_device_as_asked_for(void **state)
{
    (void)state;
    const char *asked = "/api/v1/authorize/redirection/143E4567-E89B-12D3-A456-426614174000";
    assert_int_equal(rig_send("GET", asked, NULL), 200);
    assert_non_null(strstr(rig_body(), "relay for 143E4567-E89B-12D3-A456-426614174000 of"));
    fake.store = ERROR_NOT_FOUND;
    assert_int_equal(rig_send("GET", asked, NULL), 404);
    assert_string_equal(rig_body(), "");
    assert_int_equal(rig_send("GET", "/api/v1/authorize/redirection/x", NULL), 400);
}

static void a_list_row_has_no_times(void **state)
{
    (void)state;
    fake.rows = 2;
    assert_int_equal(rig_send("GET", "/api/v1/devices", NULL), 200);
    assert_string_equal(rig_body(), "[" ROW_FIRST ROW_INFO "," ROW_FIRST ROW_INFO "]");
    assert_int_equal(fake.filter.top, 25);
    assert_int_equal(fake.filter.skip, 0);
    assert_int_equal(fake.filter.connected, -1);
}

static void a_count_wraps_the_list(void **state)
{
    (void)state;
    fake.total = 7;
    assert_int_equal(rig_send("GET", "/api/v1/devices?$count=true&$top=0", NULL), 200);
    assert_string_equal(rig_body(), "{\"data\":[],\"totalCount\":7}");
    assert_int_equal(rig_send("GET", "/api/v1/devices?%24count=false", NULL), 200);
    assert_string_equal(rig_body(), "[]");
}

static void the_first_of_the_selections_wins(void **state)
{
    (void)state;
    assert_int_equal(
        rig_send("GET", "/api/v1/devices?tags=a&friendlyName=f&hostname=h&status=1", NULL), 200);
    assert_string_equal(fake.filter.hostname, "h");
    assert_null(fake.filter.friendly_name);
    assert_int_equal(fake.filter.tag_count, 0);
    assert_int_equal(fake.filter.connected, 1);
    assert_int_equal(rig_send("GET", "/api/v1/devices?tags=a&friendlyName=f&status=0", NULL), 200);
    assert_null(fake.filter.hostname);
    assert_string_equal(fake.filter.friendly_name, "f");
    assert_int_equal(fake.filter.connected, 0);
}

static void tags_are_split_at_commas(void **state)
{
    (void)state;
    assert_int_equal(rig_send("GET", "/api/v1/devices?tags=a,b%20c&method=AND&$skip=3", NULL), 200);
    assert_int_equal(fake.filter.tag_count, 2);
    assert_string_equal(fake.filter.tags[0], "a");
    assert_string_equal(fake.filter.tags[1], "b c");
    assert_true(fake.filter.all_tags);
    assert_int_equal(fake.filter.skip, 3);
    assert_int_equal(rig_send("GET", "/api/v1/devices?tags=a&method=OR", NULL), 200);
    assert_false(fake.filter.all_tags);
    assert_int_equal(rig_send("GET", "/api/v1/devices?tags=", NULL), 200);
    assert_true(fake.filter.match_no_tag);
}

static void bad_query_parameters_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *query;
        const char *message;
    } rows[] = {
        {"$top=-1", "The number of items to return should be a positive integer"},
        {"$top=x", "The number of items to return should be a positive integer"},
        {"$top=100001", "At most 100000 items are returned at once, use $skip for the others"},
        {"$skip=-1", "The number of items to skip before starting to collect the result set "
                     "should be a positive integer"},
        {"$count=2", "To return total number of records in result set should be boolean"},
        {"status=2", "Invalid value"},
        {"method=and", "Invalid value"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char target[64];
        char message[160];
        (void)snprintf(target, sizeof target, "/api/v1/devices?%s", rows[i].query);
        (void)snprintf(message, sizeof message, "\"msg\":\"%s\"", rows[i].message);
        assert_int_equal(rig_send("GET", target, NULL), 400);
        if (strstr(rig_body(), message) == NULL)
            fail_msg("%s gives %s", rows[i].query, rig_body());
    }
}

static void a_row_of_another_tenant_is_204_and_an_unknown_one_404(void **state)
{
    (void)state;
    fake.row.tenant_id = "other";
    assert_int_equal(rig_send("GET", "/api/v1/devices/" RIG_GUID, NULL), 204);
    assert_string_equal(rig_body(), "");
    fake.store = ERROR_NOT_FOUND;
    assert_int_equal(rig_send("GET", "/api/v1/devices/" RIG_GUID, NULL), 404);
    assert_string_equal(rig_body(), "");
    assert_int_equal(rig_send("GET", "/api/v1/devices/__proto__", NULL), 400);
}

static void a_failing_store_is_500_and_a_busy_one_503(void **state)
{
    (void)state;
    static const char *const targets[] = {"/api/v1/devices", "/api/v1/devices/stats",
                                          "/api/v1/devices/tags", "/api/v1/devices/" RIG_GUID};
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        fake.store = ERROR_STORE;
        assert_int_equal(rig_send("GET", targets[i], NULL), 500);
        assert_string_equal(rig_body(), "");
        fake.store = ERROR_BUSY;
        assert_int_equal(rig_send("GET", targets[i], NULL), 503);
        assert_string_equal(rig_header("Retry-After"), "1");
    }
}

static void stats_and_tags(void **state)
{
    (void)state;
    fake.total = 5;
    fake.rows = 2;
    assert_int_equal(rig_send("GET", "/api/v1/devices/stats", NULL), 200);
    assert_string_equal(rig_body(),
                        "{\"totalCount\":5,\"connectedCount\":2,\"disconnectedCount\":3}");
    assert_int_equal(rig_send("GET", "/api/v1/devices/tags", NULL), 200);
    assert_string_equal(rig_body(), "[\"a\",\"b\"]");
}

static void adding_a_device_is_201_and_changing_it_200(void **state)
{
    (void)state;
    fake.put_creates = true;
    assert_int_equal(rig_send("POST", "/api/v1/devices",
                              "{\"guid\":\"" RIG_GUID "\",\"hostname\":\"h\",\"tags\":[\"t\"],"
                              "\"deviceInfo\":{\"b\":1,\"a\":[true,null,1.5]}}"),
                     201);
    assert_string_equal(rig_body(), ROW_FIRST ROW_TIMES ROW_INFO);
    assert_int_equal(fake.put_fields, STORE_HOSTNAME | STORE_TAGS | STORE_DEVICE_INFO);
    assert_string_equal(fake.put.hostname, "h");
    assert_string_equal(fake.put.tags[0], "t");
    assert_string_equal(fake.put.device_info, "{\"b\":1,\"a\":[true,null,1.5]}");
    assert_false(fake.put_must_exist);
    fake.put_creates = false;
    assert_int_equal(rig_send("POST", "/api/v1/devices", "{\"guid\":\"" RIG_GUID "\"}"), 200);
    assert_int_equal(fake.put_fields, 0);
}

static void null_is_stored_and_what_is_absent_stays(void **state)
{
    (void)state;
    assert_int_equal(rig_send("PATCH", "/api/v1/devices",
                              "{\"guid\":\"" RIG_GUID "\",\"hostname\":null,\"dnsSuffix\":\"\"}"),
                     200);
    assert_int_equal(fake.put_fields, STORE_HOSTNAME | STORE_DNS_SUFFIX);
    assert_null(fake.put.hostname);
    assert_string_equal(fake.put.dns_suffix, "");
    assert_true(fake.put_must_exist);
}

static void presence_and_tenant_in_a_body_are_ignored(void **state)
{
    (void)state;
    assert_int_equal(rig_send("POST", "/api/v1/devices",
                              "{\"guid\":\"" RIG_GUID "\",\"connectionStatus\":true,"
                              "\"mpsInstance\":\"evil\",\"lastSeen\":\"2024-01-01T00:00:00Z\","
                              "\"tenantId\":\"other\"}"),
                     200);
    assert_int_equal(fake.put_fields, 0);
    assert_false(fake.put.connected);
    assert_null(fake.put.mps_instance);
    assert_string_equal(fake.put.tenant_id, "");
}

static void passwords_are_taken_and_never_echoed(void **state)
{
    (void)state;
    assert_int_equal(rig_send("POST", "/api/v1/devices",
                              "{\"guid\":\"" RIG_GUID "\",\"mpsusername\":\"u\","
                              "\"mpspassword\":\"hunter1\",\"amtpassword\":\"hunter2\","
                              "\"mebxpassword\":\"hunter3\"}"),
                     200);
    assert_null(strstr(rig_body(), "hunter"));
    assert_int_equal(fake.refreshed, 1); /* a tunnel that is up uses the new AMT password */
    assert_int_equal(
        rig_send("POST", "/api/v1/devices",
                 "{\"guid\":\"no\",\"mpspassword\":[\"hunter1\"],\"amtpassword\":\"\"}"),
        400);
    assert_null(strstr(rig_body(), "hunter"));
    assert_non_null(strstr(rig_body(), "amtpassword must have 1 to 128 characters"));
}

/* Spec console 1.5: how AMT on the LAN is reached. */
static void a_device_on_the_lan_is_stored_with_its_access(void **state)
{
    (void)state;
    assert_int_equal(rig_send("POST", "/api/v1/devices",
                              "{\"guid\":\"" RIG_GUID "\",\"hostname\":\"10.0.0.7\","
                              "\"mpsusername\":\"\",\"username\":\"operator\","
                              "\"password\":\"hunter4\",\"useTLS\":false,"
                              "\"allowSelfSigned\":true,\"certHash\":\"" PAIRS "\"}"),
                     200);
    assert_null(strstr(rig_body(), "hunter"));
    assert_string_equal(fake.put_secrets.amt_password, "hunter4");
    assert_string_equal(fake.put.username, "operator");
    assert_false(fake.put.use_tls);
    assert_true(fake.put.allow_self_signed);
    assert_string_equal(fake.put.cert_hash, "0123456789abcdef0123456789abcdef"
                                            "0123456789abcdef0123456789abcdef");
    assert_int_equal(fake.put_fields, STORE_HOSTNAME | STORE_MPS_USERNAME | STORE_USERNAME |
                                          STORE_USE_TLS | STORE_ALLOW_SELF_SIGNED |
                                          STORE_CERT_HASH | STORE_NEW_WITH_TLS);
    assert_int_equal(fake.refreshed, 1);
    assert_int_equal(rig_send("PATCH", "/api/v1/devices",
                              "{\"guid\":\"" RIG_GUID "\",\"certHash\":\"\",\"password\":\"\"}"),
                     200);
    assert_null(fake.put.cert_hash);
    assert_int_equal(fake.put_fields, STORE_CERT_HASH);
    assert_int_equal(fake.refreshed, 2);
}

static void a_device_on_the_lan_is_given_a_guid(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "{\"hostname\":\"h\"}",
        "{\"guid\":\"\",\"hostname\":\"h\",\"mpsusername\":\"\"}",
        "{\"guid\":null,\"hostname\":\"h\",\"mpsusername\":null}",
    };
    struct guid nothing = {{0}};
    fake.put_creates = true;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        fake.put.guid = nothing;
        assert_int_equal(rig_send("POST", "/api/v1/devices", bodies[i]), 201);
        assert_int_equal(fake.put.guid.bytes[6] >> 4, 4);
        assert_int_equal(fake.put.guid.bytes[8] >> 6, 2);
    }
}

/* Everybody else must name one, with the toolkit's two complaints. */
static void a_device_that_calls_in_is_given_no_guid(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "{}",
        "{\"hostname\":\"\"}",
        "{\"hostname\":null}",
        "{\"hostname\":\"h\",\"mpsusername\":\"admin\"}",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        assert_int_equal(rig_send("POST", "/api/v1/devices", bodies[i]), 400);
        assert_string_equal(rig_body(),
                            "{\"errors\":[{\"type\":\"field\",\"msg\":\"Invalid value\","
                            "\"path\":\"guid\",\"location\":\"body\"},"
                            "{\"type\":\"field\",\"msg\":\"Invalid value\","
                            "\"path\":\"guid\",\"location\":\"body\"}]}");
    }
    assert_int_equal(rig_send("PATCH", "/api/v1/devices", "{\"hostname\":\"h\"}"), 400);
}

/* Spec console 5.4: an agent takes a password back with an empty one. */
static void an_empty_mpspassword_is_stored_and_no_other(void **state)
{
    (void)state;
    assert_int_equal(rig_send("PATCH", "/api/v1/devices",
                              "{\"guid\":\"" RIG_GUID "\",\"mpspassword\":\"\","
                              "\"mebxpassword\":\"\",\"password\":\"\"}"),
                     200);
    assert_string_equal(fake.put_secrets.mps_password, "");
    assert_null(fake.put_secrets.mebx_password);
    assert_null(fake.put_secrets.amt_password);
}

static void lengths_in_bytes_are_checked_too(void **state)
{
    (void)state;
    char body[600];
    char umlauts[203] = "";
    for (size_t i = 0; i < 202; i += 2)
        memcpy(umlauts + i, "\xc3\xa4", 2);
    (void)snprintf(body, sizeof body, "{\"guid\":\"" RIG_GUID "\",\"mpspassword\":\"%s\"}",
                   umlauts);
    assert_int_equal(rig_send("POST", "/api/v1/devices", body), 400);
    assert_string_equal(rig_body(),
                        "{\"errors\":[{\"type\":\"field\",\"msg\":\"mpspassword must have at most "
                        "128 bytes\",\"path\":\"mpspassword\",\"location\":\"body\"}]}");
    umlauts[80] = '\0';
    (void)snprintf(body, sizeof body, "{\"guid\":\"" RIG_GUID "\",\"mpsusername\":\"%s\"}",
                   umlauts);
    assert_int_equal(rig_send("POST", "/api/v1/devices", body), 400);
    assert_non_null(strstr(rig_body(), "mpsusername must have at most 64 bytes"));
}

static void a_field_of_the_wrong_type_is_400(void **state)
{
    (void)state;
    static const char *const members[] = {
        "\"guid\":7",
        "\"guid\":null",
        "\"guid\":[]",
        "\"guid\":\"" RIG_GUID "\",\"hostname\":7",
        "\"guid\":\"" RIG_GUID "\",\"hostname\":[\"h\"]",
        "\"guid\":\"" RIG_GUID "\",\"tags\":\"a\"",
        "\"guid\":\"" RIG_GUID "\",\"tags\":null",
        "\"guid\":\"" RIG_GUID "\",\"tags\":[1]",
        "\"guid\":\"" RIG_GUID "\",\"tags\":[[\"a\"]]",
        "\"guid\":\"" RIG_GUID "\",\"tags\":{}",
        "\"guid\":\"" RIG_GUID "\",\"friendlyName\":{}",
        "\"guid\":\"" RIG_GUID "\",\"dnsSuffix\":true",
        "\"guid\":\"" RIG_GUID "\",\"dnsSuffix\":\"under_score.com\"",
        "\"guid\":\"" RIG_GUID "\",\"mpsusername\":1",
        "\"guid\":\"" RIG_GUID "\",\"deviceInfo\":\"x\"",
        "\"guid\":\"" RIG_GUID "\",\"deviceInfo\":[]",
        "\"guid\":\"" RIG_GUID "\",\"mpspassword\":5",
        "\"guid\":\"" RIG_GUID "\",\"amtpassword\":{}",
        "\"guid\":\"" RIG_GUID "\",\"mebxpassword\":false",
        "\"guid\":\"" RIG_GUID "\",\"connect\":\"yesterday\"",
        "\"guid\":\"" RIG_GUID "\",\"username\":7",
        "\"guid\":\"" RIG_GUID "\",\"username\":\"seventeen letters\"",
        "\"guid\":\"" RIG_GUID "\",\"username\":\"a:b\"",
        "\"guid\":\"" RIG_GUID "\",\"password\":[]",
        "\"guid\":\"" RIG_GUID "\",\"useTLS\":\"yes\"",
        "\"guid\":\"" RIG_GUID "\",\"allowSelfSigned\":2",
        "\"guid\":\"" RIG_GUID "\",\"certHash\":7",
        "\"guid\":\"" RIG_GUID "\",\"certHash\":\"0123\"",
        "\"hostname\":7",
        "\"hostname\":\"h\",\"mpsusername\":7",
        "\"hostname\":\"h\",\"guid\":\"1\"",
    };
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        char body[160];
        (void)snprintf(body, sizeof body, "{%s}", members[i]);
        if (rig_send("POST", "/api/v1/devices", body) != 400)
            fail_msg("%s is accepted: %s", body, rig_body());
        assert_memory_equal(rig_body(), "{\"errors\":[", 11);
    }
}

static void a_missing_guid_is_two_errors(void **state)
{
    (void)state;
    assert_int_equal(rig_send("POST", "/api/v1/devices", "{}"), 400);
    assert_string_equal(rig_body(),
                        "{\"errors\":[{\"type\":\"field\",\"msg\":\"Invalid value\",\"path\":"
                        "\"guid\",\"location\":\"body\"},{\"type\":\"field\",\"msg\":\"Invalid "
                        "value\",\"path\":\"guid\",\"location\":\"body\"}]}");
}

static void errors_of_a_change_have_names(void **state)
{
    (void)state;
    static const char body[] = "{\"guid\":\"" RIG_GUID "\"}";
    fake.store = ERROR_NOT_FOUND;
    assert_int_equal(rig_send("PATCH", "/api/v1/devices", body), 404);
    assert_string_equal(rig_body(), "{\"error\":\"NOT FOUND\",\"message\":\"Device ID " RIG_GUID
                                    " not found\"}");
    fake.store = ERROR_CONFLICT;
    assert_int_equal(rig_send("POST", "/api/v1/devices", body), 400);
    assert_string_equal(rig_body(), "{\"error\":\"Unique key violation\",\"message\":"
                                    "\"Device ID: " RIG_GUID " already exists\"}");
    fake.store = ERROR_STORE;
    assert_int_equal(rig_send("POST", "/api/v1/devices", body), 500);
    assert_string_equal(
        rig_body(), "{\"error\":\"Error\",\"message\":\"Failed to insert device: " RIG_GUID "\"}");
}

static void a_deleted_device_loses_its_tunnel(void **state)
{
    (void)state;
    assert_int_equal(rig_send("DELETE", "/api/v1/devices/" RIG_GUID, NULL), 204);
    assert_int_equal(fake.disconnected, 2); /* before its secrets go, and who came meanwhile */
    fake.gate = ERROR_NOT_FOUND;            /* it has none */
    assert_int_equal(rig_send("DELETE", "/api/v1/devices/" RIG_GUID, NULL), 204);
    fake.disconnected = 0;
    fake.store = ERROR_NOT_FOUND;
    assert_int_equal(rig_send("DELETE", "/api/v1/devices/" RIG_GUID, NULL), 404);
    assert_int_equal(fake.disconnected, 0);
}

static void only_the_word_true_deletes_secrets(void **state)
{
    (void)state;
    assert_int_equal(rig_send("DELETE", "/api/v1/devices/" RIG_GUID, NULL), 204);
    assert_false(fake.with_secrets);
    assert_int_equal(rig_send("DELETE", "/api/v1/devices/" RIG_GUID "?isSecretToBeDeleted=1", NULL),
                     204);
    assert_false(fake.with_secrets);
    assert_int_equal(
        rig_send("DELETE", "/api/v1/devices/" RIG_GUID "?isSecretToBeDeleted=true&tenantId=", NULL),
        204);
    assert_true(fake.with_secrets);
    assert_int_equal(
        rig_send("DELETE", "/api/v1/devices/" RIG_GUID "?isSecretToBeDeleted=yes", NULL), 400);
    fake.store = ERROR_NOT_FOUND;
    assert_int_equal(rig_send("DELETE", "/api/v1/devices/" RIG_GUID, NULL), 404);
    assert_non_null(strstr(rig_body(), "\"NOT FOUND\""));
}

static void redirection_status_has_three_flags(void **state)
{
    (void)state;
    fake.status = (struct mps_device_status){.connected = true, .sol = true};
    assert_int_equal(rig_send("GET", "/api/v1/devices/redirectStatus/" RIG_GUID, NULL), 200);
    assert_string_equal(rig_body(), "{\"isKVMConnected\":false,\"isSOLConnected\":true,"
                                    "\"isIDERConnected\":false}");
    fake.status.connected = false;
    assert_int_equal(rig_send("GET", "/api/v1/devices/redirectstatus/" RIG_GUID, NULL), 404);
    assert_string_equal(rig_events(), "fail CIRA_Connection: Device Not Found g");
}

static void refresh_and_disconnect_say_what_they_did(void **state)
{
    (void)state;
    assert_int_equal(rig_send("DELETE", "/api/v1/devices/refresh/" RIG_GUID, NULL), 200);
    assert_string_equal(
        rig_body(), "{\"success\":200,\"description\":\"Device info refreshed : " RIG_GUID "\"}");
    assert_int_equal(rig_send("DELETE", "/api/v1/devices/disconnect/" RIG_GUID, NULL), 200);
    assert_string_equal(rig_body(), "{\"success\":200,\"description\":\"Device CIRA connection "
                                    "disconnected : " RIG_GUID "\"}");
    fake.gate = ERROR_NOT_FOUND;
    assert_int_equal(rig_send("DELETE", "/api/v1/devices/refresh/" RIG_GUID, NULL), 404);
    assert_string_equal(rig_body(), "");
    assert_int_equal(rig_send("DELETE", "/api/v1/devices/disconnect/" RIG_GUID, NULL), 404);
    assert_non_null(strstr(rig_body(), "\"errorDescription\":\"guid : " RIG_GUID "\""));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, rig_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_device_has_the_toolkits_keys_in_order),
        TEST(times_are_iso_8601_with_milliseconds),
        TEST(a_guid_may_be_in_upper_case),
        TEST(a_redirection_token_names_the_device_as_asked_for),
        TEST(a_list_row_has_no_times),
        TEST(a_count_wraps_the_list),
        TEST(the_first_of_the_selections_wins),
        TEST(tags_are_split_at_commas),
        TEST(bad_query_parameters_are_named),
        TEST(a_row_of_another_tenant_is_204_and_an_unknown_one_404),
        TEST(a_failing_store_is_500_and_a_busy_one_503),
        TEST(stats_and_tags),
        TEST(adding_a_device_is_201_and_changing_it_200),
        TEST(null_is_stored_and_what_is_absent_stays),
        TEST(presence_and_tenant_in_a_body_are_ignored),
        TEST(passwords_are_taken_and_never_echoed),
        TEST(a_device_on_the_lan_is_stored_with_its_access),
        TEST(a_device_on_the_lan_is_given_a_guid),
        TEST(a_device_that_calls_in_is_given_no_guid),
        TEST(an_empty_mpspassword_is_stored_and_no_other),
        TEST(lengths_in_bytes_are_checked_too),
        TEST(a_field_of_the_wrong_type_is_400),
        TEST(a_missing_guid_is_two_errors),
        TEST(errors_of_a_change_have_names),
        TEST(a_deleted_device_loses_its_tunnel),
        TEST(only_the_word_true_deletes_secrets),
        TEST(redirection_status_has_three_flags),
        TEST(refresh_and_disconnect_say_what_they_did),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
