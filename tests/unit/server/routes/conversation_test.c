/* The routes that talk to a device: shapes, errors and events (spec mps 1.4, 1.9, 1.11, C). */
#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define STATE  "/api/v1/amt/power/state/" RIG_GUID
#define ACTION "/api/v1/amt/power/action/" RIG_GUID
#define ABSENT                                                                     \
    "{\"error\":\"Device not found/connected. Please connect again using CIRA.\"," \
    "\"errorDescription\":\"guid : "

#define ENVELOPE(class, body)                                                                   \
    "<a:Envelope xmlns:a='http://www.w3.org/2003/05/soap-envelope' "                            \
    "xmlns:b='http://schemas.xmlsoap.org/ws/2004/08/addressing' "                               \
    "xmlns:g='http://intel.com/wbem/wscim/1/amt-schema/1/AMT_" class "'>"                       \
                                                                     "<a:Header>" HEADER        \
                                                                     "</a:Header><a:Body>" body \
                                                                     "</a:Body></a:Envelope>"
#define HEADER      "<b:To>anonymous</b:To><b:RelatesTo>0</b:RelatesTo>"
#define HEADER_JSON "{\"To\":\"anonymous\",\"RelatesTo\":0}"

static void power_state_is_two_numbers(void **state)
{
    (void)state;
    fake.state = (struct amt_power_state){2, 3};
    assert_int_equal(rig_send("GET", STATE, NULL), 200);
    assert_string_equal(rig_body(), "{\"powerstate\":2,\"OSPowerSavingState\":3,"
                                    "\"osPowerSavingState\":3}");
    assert_string_equal(rig_events(), "request AMT_PowerState: Power State requested g");
}

static void a_device_that_is_not_connected_is_404_with_an_event(void **state)
{
    (void)state;
    fake.gate = ERROR_NOT_FOUND;
    assert_int_equal(rig_send("GET", STATE, NULL), 404);
    assert_string_equal(rig_body(), ABSENT RIG_GUID "\"}");
    assert_string_equal(rig_events(), "fail CIRA_Connection: Device Not Found g");
}

static void a_path_segment_that_is_no_guid_is_404(void **state)
{
    (void)state;
    static const char *const names[] = {"__proto__", "toString", "constructor", "1"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char target[64];
        char expected[160];
        (void)snprintf(target, sizeof target, "/api/v1/amt/version/%s", names[i]);
        (void)snprintf(expected, sizeof expected, ABSENT "%s\"}", names[i]);
        assert_int_equal(rig_send("GET", target, NULL), 404);
        assert_string_equal(rig_body(), expected);
    }
}

static void a_fault_of_the_device_is_400_where_the_toolkit_says_so(void **state)
{
    (void)state;
    fake.inside = ERROR_DEVICE;
    assert_int_equal(rig_send("GET", STATE, NULL), 400);
    assert_string_equal(rig_body(),
                        "{\"error\":\"Incorrect URI or Bad Request\",\"errorDescription\":"
                        "\"Power State request failed for guid : " RIG_GUID ".: the cause\"}");
    assert_string_equal(rig_events(), "request AMT_PowerState: Power State requested g; "
                                      "fail AMT_PowerState: Power State request failed g");
    assert_int_equal(rig_send("GET", "/api/v1/amt/version/" RIG_GUID, NULL), 400);
    assert_int_equal(rig_send("GET", "/api/v1/amt/generalSettings/" RIG_GUID, NULL), 400);
}

static void a_fault_of_the_device_is_500_elsewhere(void **state)
{
    (void)state;
    fake.inside = ERROR_DEVICE;
    assert_int_equal(rig_send("GET", "/api/v1/amt/power/capabilities/" RIG_GUID, NULL), 500);
    assert_string_equal(rig_body(), "{\"error\":\"Internal Server Error\",\"errorDescription\":"
                                    "\"Exception during Power Capabilities request: the cause\"}");
    assert_int_equal(rig_send("POST", ACTION, "{\"action\":10}"), 500);
    assert_string_equal(rig_events(),
                        "request AMT_BootCapabilities: Power Capabilities requested g; "
                        "fail AMT_BootCapabilities: Internal Service Error; "
                        "fail AMT_PowerAction: Internal Service Error");
}

static void each_kind_of_failure_has_its_status(void **state)
{
    (void)state;
    static const struct {
        enum error_code code;
        int status;
        const char *body;
    } rows[] = {
        {ERROR_TIMEOUT, 504, "{\"error\":\"Timeout Error\","},
        {ERROR_CONNECTION, 502, "{\"error\":\"Bad Gateway\","},
        {ERROR_PROTOCOL, 502, "{\"error\":\"Bad Gateway\","},
        {ERROR_TOO_LARGE, 502, "{\"error\":\"Bad Gateway\","},
        {ERROR_BUSY, 503, "{\"error\":\"Service Unavailable\","},
        {ERROR_UNSUPPORTED, 501, "{\"error\":\"Not Implemented\","},
        {ERROR_STORE, 500, "{\"error\":\"Internal Server Error\","},
        /* no password is stored: not to be taken for a device that is not connected */
        {ERROR_NOT_FOUND, 500, "{\"error\":\"Internal Server Error\","},
        /* not to be taken for a bad token */
        {ERROR_UNAUTHORIZED, 500, "{\"error\":\"Internal Server Error\","},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fake.inside = rows[i].code;
        assert_int_equal(rig_send("GET", STATE, NULL), rows[i].status);
        assert_memory_equal(rig_body(), rows[i].body, strlen(rows[i].body));
        assert_non_null(strstr(rig_body(), "the cause"));
    }
}

static void busy_says_when_to_come_again(void **state)
{
    (void)state;
    fake.gate = ERROR_BUSY;
    assert_int_equal(rig_send("GET", STATE, NULL), 503);
    assert_string_equal(rig_header("Retry-After"), "1");
}

static void version_has_all_identities_and_the_setup_twice(void **state)
{
    (void)state;
    fake.reply =
        ENVELOPE("SetupAndConfigurationService", "<g:AMT_SetupAndConfigurationService>"
                                                 "<g:ProvisioningMode>1</g:ProvisioningMode>"
                                                 "<g:ProvisioningState>2</g:ProvisioningState>"
                                                 "</g:AMT_SetupAndConfigurationService>");
    assert_int_equal(rig_send("GET", "/api/v1/amt/version/" RIG_GUID, NULL), 200);
    assert_string_equal(
        rig_body(),
        "{\"CIM_SoftwareIdentity\":{\"responses\":["
        "{\"InstanceID\":\"AMT\",\"IsEntity\":true,\"VersionString\":\"15.0.23\"},"
        "{\"InstanceID\":\"Sku\",\"IsEntity\":true,\"VersionString\":16392}],\"status\":200},"
        "\"AMT_SetupAndConfigurationService\":{"
        "\"response\":{\"ProvisioningMode\":1,\"ProvisioningState\":2},"
        "\"responses\":{\"Header\":" HEADER_JSON ","
        "\"Body\":{\"ProvisioningMode\":1,\"ProvisioningState\":2}},\"status\":200}}");
    assert_string_equal(rig_events(), "request AMT_Version: Power State requested g");
}

static void general_settings_are_header_and_fields(void **state)
{
    (void)state;
    fake.reply = ENVELOPE("GeneralSettings", "<g:AMT_GeneralSettings><g:HostName>h</g:HostName>"
                                             "<g:PingResponseEnabled>true</g:PingResponseEnabled>"
                                             "</g:AMT_GeneralSettings>");
    assert_int_equal(rig_send("GET", "/api/v1/amt/generalSettings/" RIG_GUID, NULL), 200);
    assert_string_equal(rig_body(), "{\"Header\":" HEADER_JSON ",\"Body\":{\"HostName\":\"h\","
                                    "\"PingResponseEnabled\":true},\"body\":{\"HostName\":\"h\","
                                    "\"PingResponseEnabled\":true}}");
    assert_string_equal(rig_events(), "request AMT_GeneralSettings: General Settings requested g; "
                                      "success AMT_GeneralSettings: General Settings received g");
}

static void capabilities_depend_on_the_device_and_keep_their_order(void **state)
{
    (void)state;
    fake.capabilities = (struct amt_power_capabilities){9, false, false, false};
    assert_int_equal(rig_send("GET", "/api/v1/amt/power/capabilities/" RIG_GUID, NULL), 200);
    assert_string_equal(rig_body(),
                        "{\"Power up\":2,\"Power cycle\":5,\"Power down\":8,\"Reset\":10,"
                        "\"Reset to IDE-R Floppy\":200,\"Power on to IDE-R Floppy\":201,"
                        "\"Reset to IDE-R CDROM\":202,\"Power on to IDE-R CDROM\":203,"
                        "\"Reset to PXE\":400,\"Power on to PXE\":401}");
    fake.capabilities = (struct amt_power_capabilities){16, true, true, true};
    assert_int_equal(rig_send("GET", "/api/v1/amt/power/capabilities/" RIG_GUID, NULL), 200);
    assert_string_equal(
        rig_body(), "{\"Power up\":2,\"Power cycle\":5,\"Power down\":8,\"Reset\":10,"
                    "\"Soft-off\":12,\"Soft-reset\":14,\"Sleep\":4,\"Hibernate\":7,"
                    "\"Power up to BIOS\":100,\"Reset to BIOS\":101,\"Reset to Secure Erase\":104,"
                    "\"Reset to IDE-R Floppy\":200,\"Power on to IDE-R Floppy\":201,"
                    "\"Reset to IDE-R CDROM\":202,\"Power on to IDE-R CDROM\":203,"
                    "\"Power on to diagnostic\":300,\"Reset to diagnostic\":301,"
                    "\"Reset to PXE\":400,\"Power on to PXE\":401}");
}

static void a_power_action_answers_with_header_and_return_value(void **state)
{
    (void)state;
    fake.reply = ENVELOPE("None", "<g:RequestPowerStateChange_OUTPUT/>");
    fake.return_text = "SUCCESS";
    assert_int_equal(rig_send("POST", ACTION, "{\"action\":10,\"useSOL\":false}"), 200);
    assert_int_equal(fake.action, 10);
    assert_string_equal(rig_body(), "{\"Header\":" HEADER_JSON ",\"Body\":{\"ReturnValue\":0,"
                                    "\"ReturnValueStr\":\"SUCCESS\"},\"ReturnValue\":0}");
    assert_string_equal(rig_events(), "success AMT_PowerAction: Power Action requested");
}

static void a_refusal_of_the_device_is_200_with_its_value(void **state)
{
    (void)state;
    fake.reply = ENVELOPE("None", "<g:RequestPowerStateChange_OUTPUT/>");
    fake.return_value = 2;
    fake.return_text = "NOT_READY";
    assert_int_equal(rig_send("POST", ACTION, "{\"action\":2}"), 200);
    assert_non_null(strstr(rig_body(), "{\"ReturnValue\":2,\"ReturnValueStr\":\"NOT_READY\"}"));
}

static void an_os_power_saving_action_has_no_header_and_no_event(void **state)
{
    (void)state;
    fake.return_text = "COMPLETED_WITH_NO_ERROR";
    assert_int_equal(rig_send("POST", ACTION, "{\"action\":500}"), 200);
    assert_string_equal(rig_body(), "{\"Body\":{\"ReturnValue\":0,"
                                    "\"ReturnValueStr\":\"COMPLETED_WITH_NO_ERROR\"},"
                                    "\"ReturnValue\":0}");
    assert_string_equal(rig_events(), "");
}

static void every_action_of_the_list_reaches_the_device(void **state)
{
    (void)state;
    static const int actions[] = {2,   3,   4,   5,   6,   7,   8,   10,  11,  12,
                                  13,  14,  15,  16,  17,  100, 101, 104, 109, 110,
                                  200, 201, 202, 203, 300, 301, 400, 401, 500, 501};
    fake.return_text = "SUCCESS";
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        char body[32];
        (void)snprintf(body, sizeof body, "{\"action\":%d}", actions[i]);
        assert_int_equal(rig_send("POST", ACTION, body), 200);
        assert_int_equal(fake.action, actions[i]);
        (void)snprintf(body, sizeof body, "{\"action\":\"%d\"}", actions[i]);
        fake.action = 0;
        assert_int_equal(rig_send("POST", ACTION, body), 200);
        assert_int_equal(fake.action, actions[i]);
    }
}

static void other_actions_are_refused_before_the_gate(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "{\"action\":9}",      "{\"action\":1}",    "{\"action\":502}",
        "{\"action\":\"on\"}", "{\"action\":{}}",   "{\"action\":[]}",
        "{\"action\":[10]}",   "{\"action\":2.5}",  "{}",
        "{\"action\":-2}",     "{\"action\":\"\"}", "{\"action\":null}",
        "{\"action\":true}",
    };
    fake.gate = ERROR_NOT_FOUND;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        if (rig_send("POST", ACTION, bodies[i]) != 400)
            fail_msg("%s gives %s", bodies[i], rig_body());
        assert_int_equal(fake.action, 0);
    }
    assert_non_null(strstr(rig_body(), "\"path\":\"action\""));
}

static void an_action_that_needs_details_says_which(void **state)
{
    (void)state;
    static const char *const fields[] = {"url", "url", "bootPath", "bootPath"};
    for (int action = 105; action <= 108; action++) {
        char body[32];
        char path[40];
        (void)snprintf(body, sizeof body, "{\"action\":%d}", action);
        (void)snprintf(path, sizeof path, "\"path\":\"bootDetails.%s\"", fields[action - 105]);
        assert_int_equal(rig_send("POST", ACTION, body), 400);
        assert_non_null(strstr(rig_body(), path));
        assert_int_equal(fake.action, 0);
    }
}

static void what_the_device_cannot_do_is_501(void **state)
{
    (void)state;
    fake.inside = ERROR_UNSUPPORTED;
    assert_int_equal(rig_send("POST", ACTION, "{\"action\":300}"), 501);
    assert_string_equal(rig_body(), "{\"error\":\"Not Implemented\",\"errorDescription\":"
                                    "\"Exception during Power Action request: the cause\"}");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_begin, rig_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(power_state_is_two_numbers),
        TEST(a_device_that_is_not_connected_is_404_with_an_event),
        TEST(a_path_segment_that_is_no_guid_is_404),
        TEST(a_fault_of_the_device_is_400_where_the_toolkit_says_so),
        TEST(a_fault_of_the_device_is_500_elsewhere),
        TEST(each_kind_of_failure_has_its_status),
        TEST(busy_says_when_to_come_again),
        TEST(version_has_all_identities_and_the_setup_twice),
        TEST(general_settings_are_header_and_fields),
        TEST(capabilities_depend_on_the_device_and_keep_their_order),
        TEST(a_power_action_answers_with_header_and_return_value),
        TEST(a_refusal_of_the_device_is_200_with_its_value),
        TEST(an_os_power_saving_action_has_no_header_and_no_event),
        TEST(every_action_of_the_list_reaches_the_device),
        TEST(other_actions_are_refused_before_the_gate),
        TEST(an_action_that_needs_details_says_which),
        TEST(what_the_device_cannot_do_is_501),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
