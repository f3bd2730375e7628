/* power/bootOptions, and what the rules of consent, screens and erase let through (spec mps 1.11,
 * 1.12, 1.15; console 1.6). */
#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define BOOT    "/api/v1/amt/power/bootoptions/" RIG_GUID
#define CONSENT "/api/v1/amt/userConsentCode/" RIG_GUID
#define DISPLAY "/api/v1/amt/kvm/displays/" RIG_GUID
#define ERASE   "/api/v1/amt/boot/remoteErase/" RIG_GUID

#define ENVELOPE                                                     \
    "<a:Envelope xmlns:a='http://www.w3.org/2003/05/soap-envelope'>" \
    "<a:Header><To>anonymous</To></a:Header><a:Body/></a:Envelope>"

static void boot_options_reach_the_device_with_their_details(void **state)
{
    (void)state;
    fake.reply = ENVELOPE;
    fake.return_text = "SUCCESS";
    assert_int_equal(rig_send("POST", BOOT,
                              "{\"action\":\"105\",\"useSOL\":\"true\",\"bootDetails\":{\"url\":"
                              "\"https://server/x.efi\",\"username\":\"u\",\"password\":\"p\","
                              "\"bootPath\":null,\"enforceSecureBoot\":false}}"),
                     200);
    assert_string_equal(rig_body(),
                        "{\"Header\":{\"To\":\"anonymous\"},\"Body\":{\"ReturnValue\":0,"
                        "\"ReturnValueStr\":\"SUCCESS\"},\"ReturnValue\":0}");
    assert_string_equal(rig_events(), "");
    assert_int_equal(fake.action, 105);
    assert_true(fake.details.use_sol);
    assert_true(slice_equal_string(fake.details.url, "https://server/x.efi"));
    assert_true(slice_equal_string(fake.details.user, "u"));
    assert_true(slice_equal_string(fake.details.password, "p"));
    assert_int_equal(fake.details.path.size, 0);
    assert_int_equal(fake.details.secure_boot, AMT_SECURE_BOOT_OFF);
}

static void a_refusal_may_be_told_in_words(void **state)
{
    (void)state;
    fake.return_text = "SetBootConfigRole: ACCESS_DENIED";
    fake.return_value = 6;
    fake.description = "because";
    assert_int_equal(rig_send("POST", BOOT, "{\"action\":101}"), 200);
    assert_string_equal(
        rig_body(),
        "{\"Body\":{\"ReturnValue\":6,\"ReturnValueStr\":\"SetBootConfigRole: ACCESS_DENIED\","
        "\"Description\":\"because\"},\"ReturnValue\":6}");
}

static void what_boot_options_cannot_be_is_refused_before_the_gate(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        const char *path;
    } rows[] = {
        {"{\"action\":8}", "action"},
        {"{\"action\":17}", "action"},
        {"{\"action\":[101]}", "action"},
        {"{}", "action"},
        {"{\"action\":101,\"useSOL\":\"on\"}", "useSOL"},
        {"{\"action\":101,\"bootDetails\":1}", "bootDetails"},
        {"{\"action\":105,\"bootDetails\":{\"url\":\"a b\"}}", "bootDetails.url"},
        {"{\"action\":105,\"bootDetails\":{\"url\":\"http://10.0.0.1/\"}}", "bootDetails.url"},
        {"{\"action\":101,\"bootDetails\":{\"username\":1}}", "bootDetails.username"},
        {"{\"action\":101,\"bootDetails\":{\"bootPath\":{}}}", "bootDetails.bootPath"},
        {"{\"action\":108,\"bootDetails\":{\"bootPath\":\"\"}}", "bootDetails.bootPath"},
        {"{\"action\":101,\"bootDetails\":{\"enforceSecureBoot\":\"y\"}}",
         "bootDetails.enforceSecureBoot"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char expected[60];
        (void)snprintf(expected, sizeof expected, "\"path\":\"%s\"", rows[i].path);
        if (rig_send("POST", BOOT, rows[i].body) != 400 || strstr(rig_body(), expected) == NULL)
            fail_msg("%s gives %s", rows[i].body, rig_body());
        assert_int_equal(fake.action, 0);
    }
}

static void a_password_is_not_echoed(void **state)
{
    (void)state;
    assert_int_equal(
        rig_send("POST", BOOT, "{\"action\":101,\"bootDetails\":{\"password\":[\"hush\"]}}"), 400);
    assert_null(strstr(rig_body(), "hush"));
    assert_int_equal(rig_send("POST", ERASE, "{\"ssdPassword\":[\"hush\"],\"tpmClear\":1}"), 400);
    assert_null(strstr(rig_body(), "hush"));
    assert_int_equal(rig_send("POST", ERASE, "{\"ssdPassword\":\"hush\"}"), 400);
    assert_null(strstr(rig_body(), "hush"));
}

/* spec mps 1.11, C */
static void client_control_mode_has_the_toolkits_words_and_event(void **state)
{
    (void)state;
    fake.inside = ERROR_INVALID;
    fake.cause = AMT_BOOT_CCM_REFUSAL;
    assert_int_equal(rig_send("POST", BOOT, "{\"action\":101}"), 400);
    assert_string_equal(rig_body(),
                        "{\"error\":\"Incorrect URI or Bad Request\",\"errorDescription\":"
                        "\"EnforceSecureBoot cannot be turned off in CCM\"}");
    assert_string_equal(rig_events(),
                        "fail AMT_BootSettingData: EnforceSecureBoot cannot be turned off in CCM");
    fake.inside = ERROR_DEVICE;
    fake.cause = NULL;
    assert_int_equal(rig_send("POST", BOOT, "{\"action\":101}"), 500);
    assert_non_null(strstr(rig_body(), "Exception during Boot Setting request: the cause"));
}

/* The gate is shut: what passes the rules is a 404. */
static void assert_statuses(const char *method, const char *target, const char *const *bodies,
                            int status)
{
    fake.gate = ERROR_NOT_FOUND;
    for (; *bodies != NULL; bodies++) {
        int got = rig_send(method, target, *bodies);
        if (got != status)
            fail_msg("%s gives %d %s", *bodies, got, rig_body());
    }
}

static void a_consent_code_is_six_digits(void **state)
{
    (void)state;
    static const char *const good[] = {"{\"consentCode\":\"012345\"}", "{\"consentCode\":1}",
                                       "{\"consentCode\":\"7\"}", "{\"consentCode\":999999}", NULL};
    static const char *const bad[] = {"{}",
                                      "{\"consentCode\":\"\"}",
                                      "{\"consentCode\":\"0123456\"}",
                                      "{\"consentCode\":1000000}",
                                      "{\"consentCode\":-1}",
                                      "{\"consentCode\":\"1.5\"}",
                                      "{\"consentCode\":[\"123456\"]}",
                                      "{\"consentCode\":\"12a456\"}",
                                      NULL};
    assert_statuses("POST", CONSENT, good, 404);
    assert_statuses("POST", CONSENT, bad, 400);
}

static void a_screen_is_one_of_four(void **state)
{
    (void)state;
    static const char *const good[] = {"{\"displayIndex\":0}", "{\"displayIndex\":\"3\"}", NULL};
    static const char *const bad[] = {"{}",
                                      "{\"displayIndex\":4}",
                                      "{\"displayIndex\":-1}",
                                      "{\"displayIndex\":0.5}",
                                      "{\"displayIndex\":\"first\"}",
                                      "{\"displayIndex\":[0]}",
                                      NULL};
    assert_statuses("PUT", DISPLAY, good, 404);
    assert_statuses("PUT", DISPLAY, bad, 400);
}

static void something_must_be_erased(void **state)
{
    (void)state;
    static const char *const good[] = {"{\"tpmClear\":true}",
                                       "{\"secureEraseAllSSDs\":true,\"ssdPassword\":"
                                       "\"12345678901234567890123456789012\"}",
                                       NULL};
    static const char *const bad[] = {"{}",
                                      "{\"tpmClear\":false,\"restoreBIOSToEOM\":null}",
                                      "{\"tpmClear\":\"yes\"}",
                                      "{\"tpmClear\":[true]}",
                                      "{\"tpmClear\":true,\"ssdPassword\":1}",
                                      "{\"secureEraseAllSSDs\":true,\"ssdPassword\":"
                                      "\"123456789012345678901234567890123\"}",
                                      NULL};
    assert_statuses("POST", ERASE, good, 404);
    assert_statuses("POST", ERASE, bad, 400);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_begin, rig_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(boot_options_reach_the_device_with_their_details),
        TEST(a_refusal_may_be_told_in_words),
        TEST(what_boot_options_cannot_be_is_refused_before_the_gate),
        TEST(a_password_is_not_echoed),
        TEST(client_control_mode_has_the_toolkits_words_and_event),
        TEST(a_consent_code_is_six_digits),
        TEST(a_screen_is_one_of_four),
        TEST(something_must_be_erased),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
