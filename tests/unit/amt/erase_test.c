/* Remote platform erase (spec console 1.6; device-protocols 6.4). */
#include "amt/erase.h"

#include "steps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Made with another encoder: type 1, u32 0x44; type 1, u32 0x4, then type 20, "hush". */
#define DISKS_AND_TPM       "hoABAAQAAABEAAAA"
#define DISKS_WITH_PASSWORD "hoABAAQAAAAEAAAAhoAUAAQAAABodXNo"

#define OFFERS(mask) GOT(AMT, "AMT_BootCapabilities", P("PlatformErase", mask))
#define SERVICE      GOT(CIM, "CIM_BootService", P("EnabledState", "32769"))
#define MACHINE(n)   BEGUN("CIM_ServiceAvailableToElement"), POWER_STATE(n)
#define ALL          "67174469" /* 1, disks, TPM, firmware, BIOS */
#define SERVICE_PUT(state, value)                                               \
    METHOD("<h:RequestedState>" state "</h:RequestedState>", "CIM_BootService", \
           "RequestStateChange", value)
#define REFUSED_PUT REFUSE("transfer/Put</a:Action>")
#define SETTINGS_WITH(properties) \
    GOT(AMT, "AMT_BootSettingData", P("RPEEnabled", "true") properties)

struct erase_call {
    struct call call;
    struct amt_erase_targets targets;
    struct slice password;
};

static bool offers(struct call *call)
{
    struct erase_call *erase = (struct erase_call *)(void *)call;
    return amt_erase_offers(call->device->amt, &call->arena, &erase->targets, &call->err);
}

static bool start(struct call *call)
{
    struct erase_call *erase = (struct erase_call *)(void *)call;
    return amt_erase_start(call->device->amt, &call->arena, &erase->targets, erase->password,
                           &call->err);
}

static const struct amt_options one_by_one = {.in_flight_limit = 1};

static void run(struct device *device, struct erase_call *erase)
{
    call_for(&erase->call, device, start, 1000);
}

static void assert_ok(const struct erase_call *erase)
{
    if (!erase->call.ok)
        fail_msg("%s", erase->call.err.text);
}

static void the_mask_says_what_can_be_erased(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), OFFERS("69")};
    struct device device;
    struct erase_call erase = {.password = {0}};
    DEVICE_START(&device, steps, NULL);
    call_for(&erase.call, &device, offers, 100);
    assert_ok(&erase);
    assert_true(erase.targets.disks && erase.targets.tpm);
    assert_false(erase.targets.bios || erase.targets.firmware);
    call_end(&erase.call);
    device_stop(&device);
}

static void targets_travel_as_one_parameter_and_the_machine_is_cycled(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"),
                                 OFFERS(ALL),
                                 RECOVERY_SETTINGS,
                                 SERVICE,
                                 MACHINE("2"),
                                 SERVICE_PUT("32768", "0"),
                                 WRITTEN("<h:UefiBootParametersArray>" DISKS_AND_TPM "<"),
                                 SERVICE_PUT("32771", "0"),
                                 ROLE_SET("1", "0"),
                                 POWER_CHANGED("5", "0")};
    struct device device;
    struct erase_call erase = {.targets = {.disks = true, .tpm = true}};
    DEVICE_START(&device, steps, &one_by_one);
    run(&device, &erase);
    assert_ok(&erase);
    assert_true(device_request_has(&device, 7, "<h:PlatformErase>true<"));
    assert_true(device_request_has(&device, 7, "<h:UefiBootNumberOfParams>1<"));
    assert_true(device_request_has(&device, 7, "<h:ConfigurationDataReset>false<"));
    assert_false(device_request_has(&device, 7, "RSEPassword"));
    call_end(&erase.call);
    device_stop(&device);
}

static void
the_firmware_is_reset_by_its_own_setting_and_a_machine_that_is_off_is_started(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"),
                                 OFFERS(ALL),
                                 RECOVERY_SETTINGS,
                                 SERVICE,
                                 MACHINE("8"),
                                 SERVICE_PUT("32768", "0"),
                                 WRITTEN("<h:ConfigurationDataReset>true<"),
                                 SERVICE_PUT("32771", "0"),
                                 ROLE_SET("1", "0"),
                                 POWER_CHANGED("2", "0")};
    struct device device;
    struct erase_call erase = {.targets = {.firmware = true}};
    DEVICE_START(&device, steps, &one_by_one);
    run(&device, &erase);
    assert_ok(&erase);
    assert_true(device_request_has(&device, 7, "<h:PlatformErase>false<"));
    assert_false(device_request_has(&device, 7, "UefiBootParametersArray"));
    call_end(&erase.call);
    device_stop(&device);
}

static void the_password_goes_with_the_disks(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"),
                                 OFFERS(ALL),
                                 RECOVERY_SETTINGS,
                                 SERVICE,
                                 MACHINE("2"),
                                 SERVICE_PUT("32768", "0"),
                                 WRITTEN(">" DISKS_WITH_PASSWORD "<"),
                                 SERVICE_PUT("32771", "0"),
                                 ROLE_SET("1", "0"),
                                 POWER_CHANGED("5", "0")};
    struct device device;
    struct erase_call erase = {.targets = {.disks = true}, .password = SLICE_LITERAL("hush")};
    DEVICE_START(&device, steps, &one_by_one);
    run(&device, &erase);
    assert_ok(&erase);
    assert_true(device_request_has(&device, 7, "<h:RSEPassword>hush</h:RSEPassword>"));
    call_end(&erase.call);
    device_stop(&device);
}

/* spec device-protocols 6.4: releases that do not know the state change, that want the settings in
 * the other state, and that take them with a fault */
static void the_quirks_of_firmware_are_met(void **state)
{
    (void)state;
    const struct step latched[] = {STEP_401("n1"),
                                   OFFERS(ALL),
                                   RECOVERY_SETTINGS,
                                   SERVICE,
                                   MACHINE("2"),
                                   REFUSE("<h:RequestedState>32768<"),
                                   REFUSED_PUT,
                                   SETTINGS_WITH(P("PlatformErase", "true")),
                                   SERVICE_PUT("32771", "0"),
                                   ROLE_SET("1", "0"),
                                   POWER_CHANGED("5", "0")};
    const struct step later[] = {STEP_401("n1"),
                                 OFFERS(ALL),
                                 RECOVERY_SETTINGS,
                                 SERVICE,
                                 MACHINE("2"),
                                 SERVICE_PUT("32768", "0"),
                                 REFUSED_PUT,
                                 SETTINGS_WITH(P("PlatformErase", "false")),
                                 SERVICE_PUT("32771", "0"),
                                 WRITTEN("<h:PlatformErase>true<"),
                                 ROLE_SET("1", "0"),
                                 POWER_CHANGED("5", "0")};
    struct device device;
    struct erase_call erase = {.targets = {.tpm = true}};
    DEVICE_START(&device, latched, &one_by_one);
    run(&device, &erase);
    assert_ok(&erase);
    call_end(&erase.call);
    device_stop(&device);
    DEVICE_START(&device, later, &one_by_one);
    run(&device, &erase);
    assert_ok(&erase);
    call_end(&erase.call);
    device_stop(&device);
}

#define ERASE_IS(shown)  SETTINGS_WITH(P("PlatformErase", shown))
#define ERASE_CLEARED    WRITTEN("<h:PlatformErase>false<")
#define AN_EARLIER_ERASE STEP_401("n1"), OFFERS(ALL), ERASE_IS("true"), SERVICE, MACHINE("2")

static void an_erase_prepared_earlier_is_cleared_first(void **state)
{
    (void)state;
    const struct step steps[] = {AN_EARLIER_ERASE,
                                 SERVICE_PUT("32768", "0"),
                                 ERASE_CLEARED,
                                 ERASE_IS("false"),
                                 REFUSED_PUT,
                                 ERASE_IS("true"),
                                 SERVICE_PUT("32771", "0"),
                                 ROLE_SET("1", "0"),
                                 POWER_CHANGED("5", "0")};
    struct device device;
    struct erase_call erase = {.targets = {.tpm = true}};
    DEVICE_START(&device, steps, &one_by_one);
    run(&device, &erase);
    assert_ok(&erase);
    call_end(&erase.call);
    device_stop(&device);
}

/* The disks of somebody who asked for the TPM. */
static void an_erase_prepared_earlier_is_not_taken_for_this_one(void **state)
{
    (void)state;
    const struct step steps[] = {AN_EARLIER_ERASE, SERVICE_PUT("32768", "0"), REFUSED_PUT,
                                 ERASE_IS("true"), SERVICE_PUT("32771", "0"), REFUSED_PUT,
                                 ERASE_IS("true"),
                                 /* taken back as far as the device allows */
                                 ERASE_IS("true"), REFUSED_PUT, ORDER_CLEARED("0"),
                                 ROLE_SET("32768", "0"), SERVICE_PUT("32769", "0")};
    struct device device;
    struct erase_call erase = {.targets = {.tpm = true}};
    DEVICE_START(&device, steps, &one_by_one);
    run(&device, &erase);
    assert_int_equal(erase.call.err.code, ERROR_DEVICE);
    assert_non_null(strstr(erase.call.err.text, "prepared earlier"));
    call_end(&erase.call);
    device_stop(&device);
}

#define DENIED_PUT                                                                       \
    {                                                                                    \
        .expect = "transfer/Put</a:Action>", .status = 400, .soap = true, .delay_ms = 1, \
        .body = "<a:Fault><a:Code><a:Value>a:Sender</a:Value><a:Subcode><a:Value>"       \
                "e:AccessDenied</a:Value></a:Subcode></a:Code></a:Fault>"                \
    }

/* Nobody is asked for the user's consent. */
static void a_denial_that_was_passed_over_is_no_reason(void **state)
{
    (void)state;
    const struct step steps[] = {AN_EARLIER_ERASE, SERVICE_PUT("32768", "0"), REFUSED_PUT,
                                 ERASE_IS("true"), SERVICE_PUT("32771", "0"), DENIED_PUT,
                                 REFUSE("transfer/Get</a:Action>"),
                                 /* taken back */
                                 ERASE_IS("true"), REFUSED_PUT, ORDER_CLEARED("0"),
                                 ROLE_SET("32768", "0"), SERVICE_PUT("32769", "0")};
    struct device device;
    struct erase_call erase = {.targets = {.tpm = true}};
    DEVICE_START(&device, steps, &one_by_one);
    run(&device, &erase);
    assert_int_equal(erase.call.err.code, ERROR_DEVICE);
    assert_null(strstr(erase.call.err.text, "consent"));
    call_end(&erase.call);
    device_stop(&device);
}

static void parameters_that_were_not_sent_are_not_started(void **state)
{
    (void)state;
    static const char *const shown[] = {
        P("PlatformErase", "true") P("UefiBootParametersArray", DISKS_AND_TPM),
        P("PlatformErase", "true") P("UefiBootNumberOfParams", "2"),
        P("PlatformErase", "true") P("SecureErase", "true"),
        P("PlatformErase", "true") P("ConfigurationDataReset", "true"),
    };
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        char body[600];
        (void)snprintf(body, sizeof body,
                       "<g:AMT_BootSettingData xmlns:g=\"" AMT "AMT_BootSettingData\">%s"
                       "</g:AMT_BootSettingData>",
                       shown[i]);
        const struct step steps[] = {STEP_401("n1"),
                                     OFFERS(ALL),
                                     RECOVERY_SETTINGS,
                                     SERVICE,
                                     MACHINE("2"),
                                     SERVICE_PUT("32768", "0"),
                                     REFUSED_PUT,
                                     ANSWER("AMT_BootSettingData<", body),
                                     SERVICE_PUT("32771", "0"),
                                     ERASE_CLEARED,
                                     ERASE_IS("false"),
                                     REFUSED_PUT,
                                     ERASE_IS("false"),
                                     RECOVERY_SETTINGS,
                                     ORDER_CLEARED("0"),
                                     ROLE_SET("32768", "0"),
                                     SERVICE_PUT("32769", "0")};
        struct device device;
        struct erase_call erase = {.targets = {.tpm = true}};
        DEVICE_START(&device, steps, &one_by_one);
        run(&device, &erase);
        assert_int_equal(erase.call.err.code, ERROR_DEVICE);
        call_end(&erase.call);
        device_stop(&device);
    }
}

static void recovery_stays_off_where_it_was(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"),
                                 OFFERS(ALL),
                                 RECOVERY_SETTINGS,
                                 GOT(CIM, "CIM_BootService", P("EnabledState", "32768")),
                                 MACHINE("2"),
                                 SERVICE_PUT("32768", "0"),
                                 WRITTEN("<h:PlatformErase>true<"),
                                 SERVICE_PUT("32770", "0"),
                                 ROLE_SET("1", "0"),
                                 POWER_CHANGED("5", "0")};
    struct device device;
    struct erase_call erase = {.targets = {.tpm = true}};
    DEVICE_START(&device, steps, &one_by_one);
    run(&device, &erase);
    assert_ok(&erase);
    call_end(&erase.call);
    device_stop(&device);
}

static void a_device_that_does_not_answer_is_left_alone(void **state)
{
    (void)state;
    const struct step unread[] = {STEP_401("n1"), {.expect = "AMT_BootCapabilities<"}};
    const struct step unwritten[] = {STEP_401("n1"),
                                     OFFERS(ALL),
                                     RECOVERY_SETTINGS,
                                     SERVICE,
                                     MACHINE("2"),
                                     {.expect = "<h:RequestedState>32768<"},
                                     SERVICE_PUT("32769", "0")};
    struct device device;
    struct erase_call erase = {.targets = {.tpm = true}};
    DEVICE_START(&device, unread, &one_by_one);
    call_for(&erase.call, &device, start, 30100);
    assert_int_equal(erase.call.err.code, ERROR_TIMEOUT);
    call_end(&erase.call);
    device_stop(&device);
    DEVICE_START(&device, unwritten, &one_by_one);
    call_for(&erase.call, &device, start, 31000);
    assert_int_equal(erase.call.err.code, ERROR_TIMEOUT);
    call_end(&erase.call);
    device_stop(&device);
}

/* as features say it: erasable, but not what */
static void a_platform_erase_of_true_names_no_target(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), OFFERS("true"), RECOVERY_SETTINGS, SERVICE,
                                 MACHINE("2")};
    struct device device;
    struct erase_call erase = {.targets = {.tpm = true}};
    DEVICE_START(&device, steps, &one_by_one);
    run(&device, &erase);
    assert_int_equal(erase.call.err.code, ERROR_INVALID);
    call_end(&erase.call);
    device_stop(&device);
}

static void a_refused_step_is_named_and_everything_is_taken_back(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),
        OFFERS(ALL),
        RECOVERY_SETTINGS,
        SERVICE,
        MACHINE("2"),
        SERVICE_PUT("32768", "0"),
        WRITTEN("<h:PlatformErase>true<"),
        SERVICE_PUT("32771", "0"),
        ROLE_SET("1", "6"),
        SETTINGS_WITH(P("PlatformErase", "true")),
        WRITTEN("<h:PlatformErase>false<"),
        ORDER_CLEARED("0"),
        ROLE_SET("32768", "0"),
        SERVICE_PUT("32769", "0"),
        GOT(IPS, "IPS_OptInService", P("OptInRequired", "4294967295") P("OptInState", "0"))};
    struct device device;
    struct erase_call erase = {.targets = {.tpm = true}};
    DEVICE_START(&device, steps, &one_by_one);
    run(&device, &erase);
    assert_int_equal(erase.call.err.code, ERROR_DEVICE);
    assert_non_null(strstr(erase.call.err.text,
                           "the device answers ACCESS_DENIED to SetBootConfigRole: user consent is "
                           "needed first"));
    call_end(&erase.call);
    device_stop(&device);
}

static void what_cannot_be_erased_is_said_before_anything_is_changed(void **state)
{
    (void)state;
    const struct step less[] = {STEP_401("n1"), OFFERS("69"), RECOVERY_SETTINGS, SERVICE,
                                MACHINE("2")};
    const struct step none[] = {STEP_401("n1"), OFFERS("0"), RECOVERY_SETTINGS, SERVICE,
                                MACHINE("2")};
    const struct step forbidden[] = {STEP_401("n1"), OFFERS(ALL),
                                     GOT(AMT, "AMT_BootSettingData", P("RPEEnabled", "false")),
                                     SERVICE, MACHINE("2")};
    const struct {
        const struct step *steps;
        size_t count;
        enum error_code code;
    } rows[] = {
        {less, sizeof less / sizeof less[0], ERROR_INVALID},
        {none, sizeof none / sizeof none[0], ERROR_UNSUPPORTED},
        {forbidden, sizeof forbidden / sizeof forbidden[0], ERROR_UNSUPPORTED},
    };
    struct device device;
    struct erase_call erase = {.targets = {.bios = true}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        device_start(&device, rows[i].steps, rows[i].count, &one_by_one);
        run(&device, &erase);
        assert_int_equal(erase.call.err.code, rows[i].code);
        call_end(&erase.call);
        device_stop(&device);
    }
    erase.targets.bios = false;
    device_start(&device, NULL, 0, NULL);
    run(&device, &erase);
    assert_int_equal(erase.call.err.code, ERROR_INVALID);
    call_end(&erase.call);
    device_stop(&device);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mask_says_what_can_be_erased),
        cmocka_unit_test(targets_travel_as_one_parameter_and_the_machine_is_cycled),
        cmocka_unit_test(
            the_firmware_is_reset_by_its_own_setting_and_a_machine_that_is_off_is_started),
        cmocka_unit_test(the_password_goes_with_the_disks),
        cmocka_unit_test(the_quirks_of_firmware_are_met),
        cmocka_unit_test(an_erase_prepared_earlier_is_cleared_first),
        cmocka_unit_test(an_erase_prepared_earlier_is_not_taken_for_this_one),
        cmocka_unit_test(a_denial_that_was_passed_over_is_no_reason),
        cmocka_unit_test(parameters_that_were_not_sent_are_not_started),
        cmocka_unit_test(recovery_stays_off_where_it_was),
        cmocka_unit_test(a_device_that_does_not_answer_is_left_alone),
        cmocka_unit_test(a_platform_erase_of_true_names_no_target),
        cmocka_unit_test(a_refused_step_is_named_and_everything_is_taken_back),
        cmocka_unit_test(what_cannot_be_erased_is_said_before_anything_is_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
