/* Boots that take details: secure erase, One-Click Recovery, diagnostics (spec mps 1.11, 2.8). */
#include "amt/power.h"
#include "amt/power_action.h"

#include "steps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Made with another encoder: u16 0x8086, u16 type, u32 length, value, little endian. */
#define HTTPS_WITH_USER                                                            \
    "hoABABYAAABodHRwczovLzEwLjAuMC4xL2EuZWZphoAUAAEAAAABhoAoAAIAAABtZYaAKQADAAAA" \
    "cHdk"
#define HTTPS_ALONE "hoABABYAAABodHRwczovLzEwLjAuMC4xL2EuZWZphoAUAAEAAAAB"
#define PBA         "hoACAAsAAABcT2VtUGJhLmVmaYaAAwACAAAACwA="
#define WINRE       "hoACAA0AAABcT2VtV2luUmUuZWZphoADAAIAAAANAA=="

#define SETUP(mode) GOT(AMT, "AMT_SetupAndConfigurationService", P("ProvisioningMode", mode))
#define SOURCES                                                             \
    PULLED(SOURCE("PXE Boot", "", "") SOURCE("OCR UEFI HTTPS Boot", "", "") \
               SOURCE("OCR UEFI Boot Option 1", "OEM PBA", "\\OemPba.efi")  \
                   SOURCE("OCR UEFI Boot Option 2", "WinRe", "\\OemWinRe.efi"))
#define CAN                          \
    GOT(AMT, "AMT_BootCapabilities", \
        P("ForceUEFIHTTPSBoot", "true") P("ForceUEFIPBABoot", "true") P("ForceWinREBoot", "true"))
#define LACKS_RECOVERY GOT(AMT, "AMT_BootCapabilities", P("SecureErase", "false"))
#define LOOKED_AT(settings, mode) \
    settings, BEGUN("CIM_BootSourceSetting"), SOURCES, SETUP(mode), CAN
#define BOOTED(written, source, state)                                           \
    RECOVERY_SETTINGS, ORDER_CLEARED("0"), WRITTEN(written), ROLE_SET("1", "0"), \
        ORDER_SET("Intel(r) AMT: Force " source, "0"), POWER_CHANGED(state, "0")

#define URL "https://10.0.0.1/a.efi"

struct boot_call {
    struct call call;
    struct amt_boot_details details;
    struct amt_power_result result;
};

static bool act(struct call *call)
{
    struct boot_call *boot = (struct boot_call *)(void *)call;
    return amt_power_act(call->device->amt, &call->arena, call->action, &boot->details,
                         &boot->result, &call->err);
}

/* One request at a time, so that the order in the script is the order of the requests. */
static const struct amt_options one_by_one = {.in_flight_limit = 1};

static void run(struct device *device, struct boot_call *boot, int action)
{
    boot->call.action = action;
    call_for(&boot->call, device, act, 1000);
}

static void assert_success(const struct boot_call *boot)
{
    if (!boot->call.ok)
        fail_msg("%s", boot->call.err.text);
    assert_string_equal(boot->result.return_text, "SUCCESS");
}

static void https_boot_sends_url_roots_user_and_password(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), LOOKED_AT(RECOVERY_SETTINGS, "1"),
                                 BOOTED("<h:UefiBootParametersArray>" HTTPS_WITH_USER
                                        "</h:UefiBootParametersArray>",
                                        "OCR UEFI HTTPS Boot", "10")};
    struct device device;
    struct boot_call boot = {.details = {.use_sol = true,
                                         .url = SLICE_LITERAL(URL),
                                         .user = SLICE_LITERAL("me"),
                                         .password = SLICE_LITERAL("pwd")}};
    DEVICE_START(&device, steps, &one_by_one);
    run(&device, &boot, 105);
    assert_success(&boot);
    assert_true(device_request_has(&device, 8, "<h:UefiBootNumberOfParams>4<"));
    assert_true(device_request_has(&device, 8, "<h:ForcedProgressEvents>true<"));
    assert_true(device_request_has(&device, 8, "<h:UseSOL>false<"));
    assert_true(device_request_has(&device, 8, "<h:EnforceSecureBoot>false<")); /* as it was */
    assert_false(device_request_has(&device, 8, "UEFIHTTPSBootEnabled"));
    call_end(&boot.call);
    device_stop(&device);
}

static void without_credentials_they_are_left_out(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"), LOOKED_AT(RECOVERY_SETTINGS, "1"),
        BOOTED("<h:UefiBootParametersArray>" HTTPS_ALONE "<", "OCR UEFI HTTPS Boot", "2")};
    struct device device;
    struct boot_call boot = {
        .details = {.url = SLICE_LITERAL(URL), .secure_boot = AMT_SECURE_BOOT_ON}};
    DEVICE_START(&device, steps, &one_by_one);
    run(&device, &boot, 106);
    assert_success(&boot);
    assert_true(device_request_has(&device, 8, "<h:EnforceSecureBoot>true<"));
    call_end(&boot.call);
    device_stop(&device);
}

/* spec device-protocols 6.4 */
static void client_control_mode_enforces_secure_boot(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), LOOKED_AT(RECOVERY_SETTINGS, "4"),
                                 BOOTED("<h:EnforceSecureBoot>true<", "OCR UEFI HTTPS Boot", "2")};
    const struct step refused[] = {STEP_401("n1"), SETUP("4")};
    struct device device;
    struct boot_call boot = {.details = {.url = SLICE_LITERAL(URL)}};
    DEVICE_START(&device, steps, &one_by_one);
    run(&device, &boot, 106);
    assert_success(&boot);
    call_end(&boot.call);
    device_stop(&device);
    boot.details.secure_boot = AMT_SECURE_BOOT_OFF;
    DEVICE_START(&device, refused, &one_by_one);
    run(&device, &boot, 106);
    assert_int_equal(boot.call.err.code, ERROR_INVALID);
    assert_string_equal(boot.call.err.text, "EnforceSecureBoot cannot be turned off in CCM");
    call_end(&boot.call);
    device_stop(&device);
}

static void winre_takes_the_first_of_its_kind_without_a_path(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"), LOOKED_AT(RECOVERY_SETTINGS, "1"),
        BOOTED("<h:UefiBootParametersArray>" WINRE "<", "OCR UEFI Boot Option 2", "10")};
    struct device device;
    struct boot_call boot = {.details = {.use_sol = false}};
    DEVICE_START(&device, steps, &one_by_one);
    run(&device, &boot, 109);
    assert_success(&boot);
    assert_true(device_request_has(&device, 8, "<h:UefiBootNumberOfParams>2<"));
    call_end(&boot.call);
    device_stop(&device);
}

#define PBA_ALLOWED                 \
    GOT(AMT, "AMT_BootSettingData", \
        P("UEFILocalPBABootEnabled", "true") P("UefiBootNumberOfParams", "0"))

static void pba_takes_the_source_with_the_path(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"), LOOKED_AT(PBA_ALLOWED, "1"),
        BOOTED("<h:UefiBootParametersArray>" PBA "<", "OCR UEFI Boot Option 1", "2")};
    const struct step unknown[] = {STEP_401("n1"), LOOKED_AT(PBA_ALLOWED, "1")};
    struct device device;
    struct boot_call boot = {.details = {.path = SLICE_LITERAL("\\OemPba.efi")}};
    DEVICE_START(&device, steps, &one_by_one);
    run(&device, &boot, 108);
    assert_success(&boot);
    call_end(&boot.call);
    device_stop(&device);
    boot.details.path = SLICE_LITERAL("\\Other.efi");
    DEVICE_START(&device, unknown, &one_by_one);
    run(&device, &boot, 108);
    assert_int_equal(boot.call.err.code, ERROR_INVALID);
    call_end(&boot.call);
    device_stop(&device);
}

/* Nothing is written and nothing restarts. */
static void what_bios_or_device_cannot_do_is_unsupported(void **state)
{
    (void)state;
    const struct step forbidden[] = {STEP_401("n1"), LOOKED_AT(RECOVERY_SETTINGS, "1")};
    const struct step old[] = {STEP_401("n1"),
                               BOOT_SETTINGS("false"),
                               BEGUN("CIM_BootSourceSetting"),
                               PULLED(SOURCE("PXE Boot", "", "")),
                               SETUP("1"),
                               LACKS_RECOVERY};
    const struct step incapable[] = {
        STEP_401("n1"),
        RECOVERY_SETTINGS,
        BEGUN("CIM_BootSourceSetting"),
        SOURCES,
        SETUP("1"),
        GOT(AMT, "AMT_BootCapabilities", P("ForceUEFIHTTPSBoot", "false"))};
    const struct step no_diagnostics[] = {STEP_401("n1"), BEGUN("CIM_BootSourceSetting"),
                                          PULLED(SOURCE("PXE Boot", "", ""))};
    const struct step no_erase[] = {STEP_401("n1"),
                                    GOT(AMT, "AMT_BootCapabilities", P("SecureErase", "false"))};
    const struct {
        int action;
        const struct step *steps;
        size_t count;
    } rows[] = {
        {107, forbidden, sizeof forbidden / sizeof forbidden[0]},
        {105, old, sizeof old / sizeof old[0]},
        {110, old, sizeof old / sizeof old[0]},
        {105, incapable, sizeof incapable / sizeof incapable[0]},
        {301, no_diagnostics, sizeof no_diagnostics / sizeof no_diagnostics[0]},
        {104, no_erase, sizeof no_erase / sizeof no_erase[0]},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct device device;
        struct boot_call boot = {.details = {.url = SLICE_LITERAL(URL)}};
        if (rows[i].action == 107)
            boot.details.path = SLICE_LITERAL("\\OemPba.efi");
        device_start(&device, rows[i].steps, rows[i].count, &one_by_one);
        run(&device, &boot, rows[i].action);
        assert_int_equal(boot.call.err.code, ERROR_UNSUPPORTED);
        call_end(&boot.call);
        device_stop(&device);
    }
}

/* An answer that says nothing about the device's abilities decides nothing: no boot, no "has not".
 */
static void a_nonsensical_answer_about_the_abilities_stops_the_boot(void **state)
{
    (void)state;
    const struct step other = ANSWER("AMT_BootCapabilities<", "<g:Other xmlns:g=\"x\"/>");
    const struct step recovery[] = {
        STEP_401("n1"), RECOVERY_SETTINGS, BEGUN("CIM_BootSourceSetting"),
        SOURCES,        SETUP("1"),        other};
    const struct step erase[] = {STEP_401("n1"), other};
    struct device device;
    struct boot_call boot = {.details = {.url = SLICE_LITERAL(URL)}};
    DEVICE_START(&device, recovery, &one_by_one);
    run(&device, &boot, 105);
    assert_int_equal(boot.call.err.code, ERROR_PROTOCOL);
    call_end(&boot.call);
    device_stop(&device);
    DEVICE_START(&device, erase, &one_by_one);
    run(&device, &boot, 104);
    assert_int_equal(boot.call.err.code, ERROR_PROTOCOL);
    call_end(&boot.call);
    device_stop(&device);
}

/* What was enforced before is enforced again, and what was not is not. */
static void a_refused_boot_restores_secure_boot(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"), LOOKED_AT(RECOVERY_SETTINGS, "1"), RECOVERY_SETTINGS, ORDER_CLEARED("0"),
        WRITTEN("<h:EnforceSecureBoot>true<"), ROLE_SET("1", "0"),
        ORDER_SET("Intel(r) AMT: Force OCR UEFI HTTPS Boot", "0"), POWER_CHANGED("2", "2"),
        /* the device shows no sign of the boot but this one */
        GOT(AMT, "AMT_BootSettingData",
            P("BIOSSetup", "false") P("EnforceSecureBoot", "true") P("PlatformErase", "false")
                P("UefiBootNumberOfParams", "0") P("SecureErase", "false")),
        WRITTEN("<h:EnforceSecureBoot>false<"), ORDER_CLEARED("0"), ROLE_SET("32768", "0"),
        /* why it was refused */
        BEGUN("CIM_ServiceAvailableToElement"), POWER_STATE("2")};
    struct device device;
    struct boot_call boot = {
        .details = {.url = SLICE_LITERAL(URL), .secure_boot = AMT_SECURE_BOOT_ON}};
    DEVICE_START(&device, steps, &one_by_one);
    run(&device, &boot, 106);
    assert_int_equal(boot.result.return_value, 2);
    assert_true(
        device_request_has(&device, 13, "<h:SecureErase>false<")); /* was not shown before */
    call_end(&boot.call);
    device_stop(&device);
}

static void diagnostics_and_secure_erase_are_what_they_say(void **state)
{
    (void)state;
    const struct step diagnostics[] = {STEP_401("n1"), BEGUN("CIM_BootSourceSetting"),
                                       PULLED(SOURCE("Diagnostic Boot", "", "")),
                                       BOOTED("<h:UseSOL>true<", "Diagnostic Boot", "2")};
    const struct step erase[] = {STEP_401("n1"),
                                 GOT(AMT, "AMT_BootCapabilities", P("SecureErase", "true")),
                                 RECOVERY_SETTINGS,
                                 ORDER_CLEARED("0"),
                                 WRITTEN("<h:SecureErase>true<"),
                                 ROLE_SET("1", "0"),
                                 ORDER_CLEARED("0"),
                                 POWER_CHANGED("10", "0")};
    struct device device;
    struct boot_call boot = {.details = {.use_sol = true}};
    DEVICE_START(&device, diagnostics, &one_by_one);
    run(&device, &boot, 300);
    assert_success(&boot);
    call_end(&boot.call);
    device_stop(&device);
    boot.details = (struct amt_boot_details){.password = SLICE_LITERAL("a<b")};
    DEVICE_START(&device, erase, &one_by_one);
    run(&device, &boot, 104);
    assert_success(&boot);
    assert_true(device_request_has(&device, 4, "<h:RSEPassword>a&lt;b</h:RSEPassword>"));
    call_end(&boot.call);
    device_stop(&device);
}

static void details_are_checked_before_a_request(void **state)
{
    (void)state;
    static const char long_text[] =
        "https://"
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
        "xx"
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
        "xx"
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
    struct slice text = slice_of_string(long_text);
    assert_true(text.size > 301);
    const struct {
        int action;
        struct amt_boot_details details;
        const char *field; /* NULL: good */
    } rows[] = {
        {105, {.url = slice_first(text, 300)}, NULL},
        {105, {.url = slice_first(text, 301)}, "url"},
        {105, {.url = SLICE_LITERAL("http://10.0.0.1/")}, "url"},
        {106, {.use_sol = true}, "url"},
        {105, {.url = SLICE_LITERAL(URL), .user = slice_first(text, 16)}, NULL},
        {105, {.url = SLICE_LITERAL(URL), .user = slice_first(text, 17)}, "username"},
        {105, {.url = SLICE_LITERAL(URL), .password = slice_first(text, 17)}, "password"},
        {104, {.password = slice_first(text, 33)}, "password"},
        {107, {.use_sol = true}, "bootPath"},
        {109, {.path = slice_first(text, 301)}, "bootPath"},
        {102, {.use_sol = true}, "action"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *field = NULL;
        struct error err = {ERROR_NONE, ""};
        assert_int_equal(amt_power_check(rows[i].action, &rows[i].details, &field, &err),
                         rows[i].field == NULL);
        if (rows[i].field == NULL)
            continue;
        assert_int_equal(err.code, ERROR_INVALID);
        assert_string_equal(field, rows[i].field);
        assert_null(strstr(err.text, "xxx"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(https_boot_sends_url_roots_user_and_password),
        cmocka_unit_test(without_credentials_they_are_left_out),
        cmocka_unit_test(client_control_mode_enforces_secure_boot),
        cmocka_unit_test(winre_takes_the_first_of_its_kind_without_a_path),
        cmocka_unit_test(pba_takes_the_source_with_the_path),
        cmocka_unit_test(what_bios_or_device_cannot_do_is_unsupported),
        cmocka_unit_test(a_nonsensical_answer_about_the_abilities_stops_the_boot),
        cmocka_unit_test(a_refused_boot_restores_secure_boot),
        cmocka_unit_test(diagnostics_and_secure_erase_are_what_they_say),
        cmocka_unit_test(details_are_checked_before_a_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
