/* Power: which requests a reading or an action makes, and what becomes of refusals. */
#include "amt/power.h"

#include "steps.h"

#include "io/simulated.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OS_STATE(n)                                                                       \
    ANSWER("IPS_PowerManagementService</w:ResourceURI>",                                  \
           "<g:IPS_PowerManagementService xmlns:g=\"" IPS "IPS_PowerManagementService\">" \
           "<g:OSPowerSavingState>" n "</g:OSPowerSavingState>"                           \
           "</g:IPS_PowerManagementService>")
#define OS_CHANGED(state, value)                                                                   \
    METHOD("<h:OSPowerSavingState>" state "</h:OSPowerSavingState>", "IPS_PowerManagementService", \
           "RequestOSPowerSavingStateChange", value)

#define MACHINE_IS(state) BEGUN("CIM_ServiceAvailableToElement"), POWER_STATE(state)

struct power_call {
    struct call call;
    struct amt_power_state state;
    struct amt_power_capabilities capabilities;
    const struct amt_boot_details *details;
    struct amt_power_result result;
};

static bool get_state(struct call *call)
{
    struct power_call *power = (struct power_call *)(void *)call;
    return amt_power_get_state(call->device->amt, &call->arena, &power->state, &call->err);
}

static bool get_capabilities(struct call *call)
{
    struct power_call *power = (struct power_call *)(void *)call;
    return amt_power_get_capabilities(call->device->amt, &call->arena, &power->capabilities,
                                      &call->err);
}

static bool act(struct call *call)
{
    struct power_call *power = (struct power_call *)(void *)call;
    return amt_power_act(call->device->amt, &call->arena, call->action, power->details,
                         &power->result, &call->err);
}

/* One request at a time, so that the order in the script is the order of the requests. */
static const struct amt_options one_by_one = {.in_flight_limit = 1};

static void state_is_read_from_two_classes(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), BEGUN("CIM_ServiceAvailableToElement"),
                                 POWER_STATE("2"), OS_STATE("3")};
    struct device device;
    struct power_call power = {.details = NULL};
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&power.call, &device, get_state, 100);
    assert_true(power.call.ok);
    assert_int_equal(power.state.power_state, 2);
    assert_int_equal(power.state.os_power_saving_state, 3);
    call_end(&power.call);
    device_stop(&device);
}

static void both_readings_are_on_the_wire_at_once(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),
        {.status = 200,
         .soap = true,
         .delay_ms = 50,
         .body = "<g:EnumerateResponse " ENUM
                 "><g:EnumerationContext>C</g:EnumerationContext></g:EnumerateResponse>"},
        OS_STATE("2"),
        POWER_STATE("4")};
    struct device device;
    struct power_call power = {.details = NULL};
    DEVICE_START(&device, steps, NULL);
    call_for(&power.call, &device, get_state, 200);
    assert_true(power.call.ok);
    assert_int_equal(device.most_in_flight, 2);
    call_end(&power.call);
    device_stop(&device);
}

static void a_device_without_the_os_class_gives_zero(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), BEGUN("CIM_ServiceAvailableToElement"),
                                 POWER_STATE("8"), REFUSE("IPS_PowerManagementService<")};
    struct device device;
    struct power_call power = {.details = NULL};
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&power.call, &device, get_state, 100);
    assert_true(power.call.ok);
    assert_int_equal(power.state.power_state, 8);
    assert_int_equal(power.state.os_power_saving_state, 0);
    call_end(&power.call);
    device_stop(&device);
}

/* spec mps 2.3: ten seconds, not thirty */
static void reading_the_state_takes_ten_seconds_at_most(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"), BEGUN("CIM_ServiceAvailableToElement"), {.status = 0}, POWER_STATE("8")};
    const struct step hangs[] = {STEP_401("n1"), {.status = 0}, OS_STATE("2")};
    struct device device;
    struct power_call power = {.details = NULL};
    DEVICE_START(&device, steps, NULL);
    call_for(&power.call, &device, get_state, 10100);
    assert_int_equal(power.call.err.code, ERROR_TIMEOUT);
    assert_int_equal(power.call.took_ms, 10000);
    call_end(&power.call);
    device_stop(&device);
    DEVICE_START(&device, hangs, NULL);
    call_for(&power.call, &device, get_state, 10100);
    assert_int_equal(power.call.err.code, ERROR_TIMEOUT);
    call_end(&power.call);
    device_stop(&device);
}

static void a_state_that_is_no_number_is_an_error(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), BEGUN("CIM_ServiceAvailableToElement"),
                                 POWER_STATE("on"), OS_STATE("?")};
    struct device device;
    struct power_call power = {.details = NULL};
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&power.call, &device, get_state, 100);
    assert_int_equal(power.call.err.code, ERROR_PROTOCOL);
    call_end(&power.call);
    device_stop(&device);
}

#define SOFTWARE(id, version)                                                           \
    "<h:CIM_SoftwareIdentity xmlns:h=\"" CIM "CIM_SoftwareIdentity\"><h:InstanceID>" id \
    "</h:InstanceID><h:VersionString>" version "</h:VersionString></h:CIM_SoftwareIdentity>"

static void capabilities_join_version_and_boot_capabilities(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"), BEGUN("CIM_SoftwareIdentity"),
        PULLED(SOFTWARE("Flash", "99.0") SOFTWARE("AMT", "16.1.25")),
        ANSWER("AMT_BootCapabilities<",
               "<g:AMT_BootCapabilities xmlns:g=\"" AMT
               "AMT_BootCapabilities\"><g:BIOSSetup>true</g:BIOSSetup><g:ForceDiagnosticBoot>True"
               "</g:ForceDiagnosticBoot><g:SecureErase>false</g:SecureErase>"
               "</g:AMT_BootCapabilities>")};
    struct device device;
    struct power_call power = {.details = NULL};
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&power.call, &device, get_capabilities, 100);
    assert_true(power.call.ok);
    assert_int_equal(power.capabilities.major_version, 16);
    assert_true(power.capabilities.bios_setup);
    assert_true(power.capabilities.force_diagnostic_boot);
    assert_false(power.capabilities.secure_erase);
    call_end(&power.call);
    device_stop(&device);
}

static void run_action(struct device *device, struct power_call *power, int action)
{
    power->call.action = action;
    call_for(&power->call, device, act, 1000);
}

static void assert_result(const struct power_call *power, int64_t value, const char *text)
{
    if (!power->call.ok)
        fail_msg("%s", power->call.err.text);
    assert_int_equal(power->result.return_value, value);
    assert_string_equal(power->result.return_text, text);
}

static void a_reset_does_not_write_boot_settings_that_are_plain_already(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), PLAIN_BOOT, POWER_CHANGED("10", "0")};
    struct device device;
    struct power_call power = {.details = NULL};
    DEVICE_START(&device, steps, &one_by_one);
    run_action(&device, &power, 10);
    assert_result(&power, 0, "SUCCESS");
    assert_non_null(power.result.reply.header);
    call_end(&power.call);
    device_stop(&device);
}

static void a_reset_takes_back_what_an_earlier_boot_left(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"),
                                 BOOT_SETTINGS("true"),
                                 ROLE_IS("2"),
                                 WRITTEN("<h:BIOSSetup>false</h:BIOSSetup>"),
                                 POWER_CHANGED("5", "2"),
                                 BEGUN("CIM_ServiceAvailableToElement"),
                                 POWER_STATE("8")};
    struct device device;
    struct power_call power = {.details = NULL};
    DEVICE_START(&device, steps, &one_by_one);
    run_action(&device, &power, 5);
    assert_result(&power, 2, "NOT_READY");
    assert_false(device_request_has(&device, 4, "OptionsCleared"));
    call_end(&power.call);
    device_stop(&device);
}

#define OFFERS(state, first, second)                                                        \
    PULLED("<h:CIM_AssociatedPowerManagementService xmlns:h=\"" CIM                         \
           "CIM_AssociatedPowerManagementService\"><h:AvailableRequestedPowerStates>" first \
           "</h:AvailableRequestedPowerStates><h:AvailableRequestedPowerStates>" second     \
           "</h:AvailableRequestedPowerStates><h:PowerState>" state                         \
           "</h:PowerState></h:CIM_AssociatedPowerManagementService>")

/* spec device-protocols 6.1: only with an agent on the host */
static void a_refused_graceful_action_says_what_is_missing(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), PLAIN_BOOT, POWER_CHANGED("12", "4097"),
                                 BEGUN("CIM_ServiceAvailableToElement"), OFFERS("2", "8", "10")};
    const struct step offered[] = {STEP_401("n1"), PLAIN_BOOT, POWER_CHANGED("12", "2"),
                                   BEGUN("CIM_ServiceAvailableToElement"), OFFERS("2", "8", "12")};
    struct device device;
    struct power_call power = {.details = NULL};
    DEVICE_START(&device, steps, &one_by_one);
    run_action(&device, &power, 12);
    assert_int_equal(power.result.return_value, 4097);
    assert_non_null(strstr(power.result.description, "agent"));
    call_end(&power.call);
    device_stop(&device);
    DEVICE_START(&device, offered, &one_by_one);
    run_action(&device, &power, 12);
    assert_result(&power, 2, "NOT_READY");
    assert_string_equal(power.result.description, "the device answers UNKNOWN_OR_UNSPECIFIED_ERROR "
                                                  "to RequestPowerStateChange: it gives no reason");
    call_end(&power.call);
    device_stop(&device);
}

#define SESSION_ENDED(class, space, input, value)                                         \
    ANSWER(input,                                                                         \
           "<g:TerminateSession_OUTPUT xmlns:g=\"" space class "\"><g:ReturnValue>" value \
                                                               "</g:ReturnValue></"       \
                                                               "g:TerminateSession_OUTPUT>")
#define IDER_ENDED(value) \
    SESSION_ENDED("AMT_RedirectionService", AMT, "<h:SessionType>0</h:SessionType>", value)
#define SOL_ENDED(value) \
    SESSION_ENDED("AMT_RedirectionService", AMT, "<h:SessionType>1</h:SessionType>", value)
#define KVM_ENDED(value) \
    SESSION_ENDED("IPS_KVMRedirectionSettingData", IPS, "<h:TerminateSession_INPUT ", value)

/* spec device-protocols 6.1 */
static void sessions_that_block_a_power_off_are_ended(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"),          PLAIN_BOOT,
                                 POWER_CHANGED("8", "5"), BEGUN("CIM_ServiceAvailableToElement"),
                                 OFFERS("2", "8", "10"),  IDER_ENDED("1"),
                                 SOL_ENDED("0"),          REFUSE("TerminateSession"),
                                 POWER_CHANGED("8", "0")};
    const struct step none[] = {STEP_401("n1"),          PLAIN_BOOT,
                                POWER_CHANGED("8", "5"), BEGUN("CIM_ServiceAvailableToElement"),
                                OFFERS("2", "8", "10"),  IDER_ENDED("1"),
                                SOL_ENDED("1"),          KVM_ENDED("1")};
    const struct step off[] = {STEP_401("n1"), PLAIN_BOOT, POWER_CHANGED("8", "5"),
                               BEGUN("CIM_ServiceAvailableToElement"), OFFERS("8", "2", "2")};
    struct device device;
    struct power_call power = {.details = NULL};
    DEVICE_START(&device, steps, &one_by_one);
    run_action(&device, &power, 8);
    assert_result(&power, 0, "SUCCESS");
    call_end(&power.call);
    device_stop(&device);
    DEVICE_START(&device, none, &one_by_one);
    run_action(&device, &power, 8);
    assert_int_equal(power.result.return_value, 5);
    assert_string_equal(power.result.description,
                        "the device answers INVALID_PARAMETER to RequestPowerStateChange: it takes "
                        "the request for invalid");
    call_end(&power.call);
    device_stop(&device);
    DEVICE_START(&device, off, &one_by_one);
    run_action(&device, &power, 8);
    assert_int_equal(power.result.return_value, 5);
    assert_non_null(strstr(power.result.description, "present power state: the machine is off"));
    call_end(&power.call);
    device_stop(&device);
}

static void each_plain_action_is_its_dmtf_state(void **state)
{
    (void)state;
    static const int codes[] = {3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        char expect[60];
        (void)snprintf(expect, sizeof expect, "<h:PowerState>%d</h:PowerState>", codes[i]);
        const struct step steps[] = {
            STEP_401("n1"), PLAIN_BOOT,
            METHOD(expect, "CIM_PowerManagementService", "RequestPowerStateChange", "0")};
        struct device device;
        struct power_call power = {.details = NULL};
        DEVICE_START(&device, steps, &one_by_one);
        run_action(&device, &power, codes[i]);
        assert_result(&power, 0, "SUCCESS");
        call_end(&power.call);
        device_stop(&device);
    }
}

static void power_on_wakes_an_os_that_saves_power(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), PLAIN_BOOT, OS_STATE("3"), OS_CHANGED("2", "5"),
                                 POWER_CHANGED("2", "0")};
    const struct step without[] = {STEP_401("n1"), PLAIN_BOOT,
                                   REFUSE("IPS_PowerManagementService<"), POWER_CHANGED("2", "0")};
    struct device device;
    struct power_call power = {.details = NULL};
    DEVICE_START(&device, steps, &one_by_one);
    run_action(&device, &power, 2);
    assert_result(&power, 0, "SUCCESS");
    call_end(&power.call);
    device_stop(&device);
    DEVICE_START(&device, without, &one_by_one);
    run_action(&device, &power, 2);
    assert_result(&power, 0, "SUCCESS");
    call_end(&power.call);
    device_stop(&device);
}

/* What an undo missed, or another program prepared (spec device-protocols 6.4). */
static void a_prepared_boot_is_taken_back_before_a_plain_action(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), BOOT_SETTINGS("false"), ROLE_IS("1"),
                                 ORDER_CLEARED("0"), ROLE_SET("32768", "0"),
                                 POWER_CHANGED("8", "0"),
                                 /* known to be clear from now on */
                                 BOOT_SETTINGS("false"), POWER_CHANGED("8", "0")};
    struct device device;
    struct power_call power = {.details = NULL};
    DEVICE_START(&device, steps, &one_by_one);
    run_action(&device, &power, 8);
    assert_result(&power, 0, "SUCCESS");
    call_end(&power.call);
    run_action(&device, &power, 8);
    assert_result(&power, 0, "SUCCESS");
    call_end(&power.call);
    device_stop(&device);
}

static void a_device_that_does_not_tell_its_role_is_given_none(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),     BOOT_SETTINGS("false"), LACKS("CIM_ElementSettingData"),
        ORDER_CLEARED("0"), ROLE_SET("32768", "5"), POWER_CHANGED("8", "0")};
    struct device device;
    struct power_call power = {.details = NULL};
    DEVICE_START(&device, steps, &one_by_one);
    run_action(&device, &power, 8);
    assert_result(&power, 0, "SUCCESS");
    call_end(&power.call);
    device_stop(&device);
}

static void a_prepared_boot_that_stays_is_not_carried_out(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), BOOT_SETTINGS("false"), ROLE_IS("3"),
                                 ORDER_CLEARED("6"), ROLE_SET("32768", "6")};
    struct device device;
    struct power_call power = {.details = NULL};
    DEVICE_START(&device, steps, &one_by_one);
    run_action(&device, &power, 8);
    assert_int_equal(power.call.err.code, ERROR_DEVICE);
    assert_non_null(strstr(power.call.err.text, "prepared earlier"));
    call_end(&power.call);
    device_stop(&device);
}

/* The tunnel is lost in the middle; nobody could take the boot back then. */
static void an_undo_that_failed_is_made_up_for(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"),
                                 PLAIN_BOOT,
                                 POWER_CHANGED("8", "0"),
                                 BOOT_SETTINGS("false"),
                                 ORDER_CLEARED("0"),
                                 WRITTEN("<h:UseIDER>false<"),
                                 ROLE_SET("1", "0"),
                                 ORDER_SET("Intel(r) AMT: Force PXE Boot", "0"),
                                 POWER_CHANGED("2", "2"),
                                 {.expect = "transfer/Get"},
                                 MACHINE_IS("2"),
                                 BOOT_SETTINGS("false"),
                                 ROLE_IS("1"),
                                 ORDER_CLEARED("0"),
                                 ROLE_SET("32768", "0"),
                                 POWER_CHANGED("8", "0")};
    struct device device;
    struct power_call power = {.details = NULL};
    DEVICE_START(&device, steps, &one_by_one);
    run_action(&device, &power, 8);
    call_end(&power.call);
    power.call.action = 401;
    call_for(&power.call, &device, act, 16000);
    assert_result(&power, 2, "NOT_READY");
    call_end(&power.call);
    run_action(&device, &power, 8);
    assert_result(&power, 0, "SUCCESS");
    call_end(&power.call);
    device_stop(&device);
}

/* spec device-protocols 6.4 */
static void reset_to_bios_sets_settings_role_and_order(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),          BOOT_SETTINGS("false"),
        ORDER_CLEARED("0"),      WRITTEN("<h:BIOSSetup>true</h:BIOSSetup>"),
        ROLE_SET("1", "0"),      ORDER_CLEARED("0"),
        POWER_CHANGED("10", "0")};
    struct device device;
    struct power_call power = {.details = NULL};
    DEVICE_START(&device, steps, NULL);
    run_action(&device, &power, 101);
    assert_result(&power, 0, "SUCCESS");
    assert_true(device_request_has(&device, 3, "<h:UseSOL>false</h:UseSOL>"));
    assert_true(device_request_has(&device, 4, "Intel(r) AMT: Boot Configuration 0"));
    call_end(&power.call);
    device_stop(&device);
}

/* spec mps 2.8 */
static void each_boot_action_has_its_settings_source_and_state(void **state)
{
    (void)state;
    static const struct {
        int action;
        const char *written;
        const char *order;
        const char *power;
    } rows[] = {
        {100, "<h:BIOSSetup>true<", "ChangeBootOrder_INPUT>", "<h:PowerState>2<"},
        {101, "<h:BIOSSetup>true<", "ChangeBootOrder_INPUT>", "<h:PowerState>10<"},
        {200, "<h:UseIDER>true<", "ChangeBootOrder_INPUT>", "<h:PowerState>10<"},
        {201, "<h:UseIDER>true<", "ChangeBootOrder_INPUT>", "<h:PowerState>2<"},
        {202, "<h:IDERBootDevice>1<", ">Intel(r) AMT: Force CD/DVD Boot<", "<h:PowerState>10<"},
        {203, "<h:IDERBootDevice>1<", ">Intel(r) AMT: Force CD/DVD Boot<", "<h:PowerState>2<"},
        {400, "<h:UseIDER>false<", ">Intel(r) AMT: Force PXE Boot<", "<h:PowerState>10<"},
        {401, "<h:UseIDER>false<", ">Intel(r) AMT: Force PXE Boot<", "<h:PowerState>2<"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct step steps[] = {
            STEP_401("n1"),
            BOOT_SETTINGS("false"),
            ORDER_CLEARED("0"),
            WRITTEN(rows[i].written),
            ROLE_SET("1", "0"),
            METHOD(rows[i].order, "CIM_BootConfigSetting", "ChangeBootOrder", "0"),
            METHOD(rows[i].power, "CIM_PowerManagementService", "RequestPowerStateChange", "0")};
        struct device device;
        struct power_call power = {.details = NULL};
        DEVICE_START(&device, steps, NULL);
        run_action(&device, &power, rows[i].action);
        assert_result(&power, 0, "SUCCESS");
        bool ider = rows[i].action >= 200 && rows[i].action < 300;
        assert_int_equal(device_request_has(&device, 3, "<h:UseIDER>true<"), ider);
        call_end(&power.call);
        device_stop(&device);
    }
}

#define UNDONE(bios_setup, written) \
    BOOT_SETTINGS(bios_setup), written, ORDER_CLEARED("0"), ROLE_SET("32768", "0")

static void a_refused_step_stops_is_named_and_is_taken_back(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),     BOOT_SETTINGS("false"),
        ORDER_CLEARED("0"), WRITTEN("<h:BIOSSetup>true<"),
        ROLE_SET("1", "5"), UNDONE("true", WRITTEN("<h:BIOSSetup>false<"))};
    struct device device;
    struct power_call power = {.details = NULL};
    DEVICE_START(&device, steps, NULL);
    run_action(&device, &power, 101);
    assert_result(&power, 5, "SetBootConfigRole: INVALID_PARAMETER");
    assert_non_null(power.result.reply.header);
    call_end(&power.call);
    device_stop(&device);
}

static void nothing_is_taken_back_before_something_was_written(void **state)
{
    (void)state;
    const struct step unread[] = {STEP_401("n1"), {.expect = "transfer/Get"}};
    const struct step uncleared[] = {STEP_401("n1"), BOOT_SETTINGS("false"), ORDER_CLEARED("5")};
    struct device device;
    struct power_call power = {.call.action = 101};
    DEVICE_START(&device, unread, NULL);
    call_for(&power.call, &device, act, 30100);
    assert_int_equal(power.call.err.code, ERROR_TIMEOUT);
    call_end(&power.call);
    device_stop(&device);
    DEVICE_START(&device, uncleared, NULL);
    run_action(&device, &power, 101);
    assert_result(&power, 5, "ChangeBootOrder: INVALID_PARAMETER");
    call_end(&power.call);
    device_stop(&device);
}

static void a_refused_power_change_leaves_no_boot_prepared(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"), BOOT_SETTINGS("false"), ORDER_CLEARED("0"), WRITTEN("<h:UseIDER>false<"),
        ROLE_SET("1", "0"), ORDER_SET("Intel(r) AMT: Force PXE Boot", "0"), POWER_CHANGED("2", "2"),
        /* the settings were plain: nothing to write */
        BOOT_SETTINGS("false"), ORDER_CLEARED("0"), ROLE_SET("32768", "0"), MACHINE_IS("2")};
    struct device device;
    struct power_call power = {.details = NULL};
    DEVICE_START(&device, steps, NULL);
    run_action(&device, &power, 401);
    assert_result(&power, 2, "NOT_READY");
    assert_non_null(strstr(power.result.description, ": the machine is on already"));
    call_end(&power.call);
    device_stop(&device);
}

static void a_fault_in_the_middle_leaves_no_boot_prepared(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"),
                                 BOOT_SETTINGS("false"),
                                 ORDER_CLEARED("0"),
                                 WRITTEN("<h:BIOSSetup>true<"),
                                 REFUSE("SetBootConfigRole"),
                                 UNDONE("true", WRITTEN("<h:BIOSSetup>false<"))};
    struct device device;
    struct power_call power = {.details = NULL};
    DEVICE_START(&device, steps, NULL);
    run_action(&device, &power, 100);
    assert_false(power.call.ok);
    assert_int_equal(power.call.err.code, ERROR_DEVICE);
    call_end(&power.call);
    device_stop(&device);
}

/* The device falls silent at the last step; whoever asked has hung up or waits no longer. */
static const struct step silent_at_the_power_change[] = {
    STEP_401("n1"),
    BOOT_SETTINGS("false"),
    ORDER_CLEARED("0"),
    WRITTEN("<h:UseIDER>false<"),
    ROLE_SET("1", "0"),
    ORDER_SET("Intel(r) AMT: Force PXE Boot", "0"),
    {.expect = "RequestPowerStateChange"},
    BOOT_SETTINGS("false"),
    ORDER_CLEARED("0"),
    ROLE_SET("32768", "0")};

static void a_cancelled_boot_is_taken_back(void **state)
{
    (void)state;
    struct device device;
    struct power_call power = {.call.action = 400};
    DEVICE_START(&device, silent_at_the_power_change, NULL);
    call_start(&power.call, &device, act);
    io_simulated_advance(1000);
    assert_int_equal(device.taken, 7);
    io_task_cancel(&power.call.task);
    io_simulated_advance(100);
    assert_true(power.call.over);
    assert_int_equal(power.call.err.code, ERROR_CANCELLED);
    assert_int_equal(device.taken, 10);
    call_end(&power.call);
    device_stop(&device);
}

static bool act_within_two_seconds(struct call *call)
{
    uint64_t outer = io_deadline_within(2000);
    bool ok = act(call);
    io_deadline_restore(outer);
    return ok;
}

static void a_boot_whose_deadline_passed_is_taken_back(void **state)
{
    (void)state;
    struct device device;
    struct power_call power = {.call.action = 400};
    DEVICE_START(&device, silent_at_the_power_change, NULL);
    call_for(&power.call, &device, act_within_two_seconds, 2100);
    assert_int_equal(power.call.err.code, ERROR_TIMEOUT);
    assert_int_equal(device.taken, 10);
    call_end(&power.call);
    device_stop(&device);
}

static void taking_a_boot_back_takes_fifteen_seconds_at_most(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"),
                                 BOOT_SETTINGS("false"),
                                 ORDER_CLEARED("0"),
                                 WRITTEN("<h:BIOSSetup>true<"),
                                 {.expect = "SetBootConfigRole"},
                                 {.expect = "transfer/Get"}};
    struct device device;
    struct power_call power = {.call.action = 101};
    DEVICE_START(&device, steps, NULL);
    call_start(&power.call, &device, act);
    io_simulated_advance(100);
    io_task_cancel(&power.call.task);
    io_simulated_advance(14000);
    assert_false(power.call.over);
    io_simulated_advance(1100);
    assert_true(power.call.over);
    call_end(&power.call);
    device_stop(&device);
}

/* spec mps 1.11 */
static void os_power_saving_is_changed_only_where_it_can_be(void **state)
{
    (void)state;
    static const struct {
        int action;
        const char *now;
        int64_t value;
        const char *text;
    } rows[] = {
        {500, "0", 1, "OS_POWER_STATE_UNKNOWN"},
        {501, "1", 2, "OS_POWER_STATE_UNSUPPORTED"},
        {500, "2", 0, "COMPLETED_WITH_NO_ERROR"},
        {501, "3", 0, "COMPLETED_WITH_NO_ERROR"},
    };
    struct device device;
    struct power_call power = {.details = NULL};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char body[200];
        (void)snprintf(body, sizeof body,
                       "<g:IPS_PowerManagementService xmlns:g=\"" IPS
                       "IPS_PowerManagementService\"><g:OSPowerSavingState>%s"
                       "</g:OSPowerSavingState></g:IPS_PowerManagementService>",
                       rows[i].now);
        const struct step steps[] = {STEP_401("n1"), ANSWER("IPS_PowerManagementService<", body)};
        DEVICE_START(&device, steps, NULL);
        run_action(&device, &power, rows[i].action);
        assert_result(&power, rows[i].value, rows[i].text);
        assert_null(power.result.reply.header);
        call_end(&power.call);
        device_stop(&device);
    }
    const struct step steps[] = {STEP_401("n1"), OS_STATE("2"), OS_CHANGED("3", "4097")};
    DEVICE_START(&device, steps, NULL);
    run_action(&device, &power, 501);
    assert_result(&power, 4097, "INVALID_STATE_TRANSITION");
    assert_null(power.result.reply.header);
    call_end(&power.call);
    device_stop(&device);
}

/* Neither is "unknown" nor anything else about the operating system. */
static void an_os_state_that_could_not_be_read_is_an_error(void **state)
{
    (void)state;
    const struct step refused[] = {STEP_401("n1"), REFUSE("IPS_PowerManagementService<")};
    const struct step nonsense[] = {
        STEP_401("n1"), ANSWER("IPS_PowerManagementService<", "<g:Other xmlns:g=\"x\"/>")};
    const struct step absent[] = {STEP_401("n1"), LACKS("IPS_PowerManagementService<")};
    struct device device;
    struct power_call power = {.details = NULL};
    DEVICE_START(&device, refused, NULL);
    run_action(&device, &power, 500);
    assert_int_equal(power.call.err.code, ERROR_DEVICE);
    call_end(&power.call);
    device_stop(&device);
    DEVICE_START(&device, nonsense, NULL);
    run_action(&device, &power, 500);
    assert_int_equal(power.call.err.code, ERROR_PROTOCOL);
    call_end(&power.call);
    device_stop(&device);
    DEVICE_START(&device, absent, NULL);
    run_action(&device, &power, 500);
    assert_result(&power, 1, "OS_POWER_STATE_UNKNOWN");
    call_end(&power.call);
    device_stop(&device);
}

static void codes_that_cannot_be_carried_out_make_no_request(void **state)
{
    (void)state;
    static const struct {
        int action;
        enum error_code code;
    } rows[] = {{105, ERROR_INVALID}, {108, ERROR_INVALID}, {9, ERROR_INVALID},
                {0, ERROR_INVALID},   {1, ERROR_INVALID},   {-1, ERROR_INVALID},
                {102, ERROR_INVALID}, {502, ERROR_INVALID}};
    struct device device;
    struct power_call power = {.details = NULL};
    device_start(&device, NULL, 0, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        run_action(&device, &power, rows[i].action);
        assert_false(power.call.ok);
        assert_int_equal(power.call.err.code, rows[i].code);
        call_end(&power.call);
    }
    run_action(&device, &power, 17);
    assert_result(&power, 36, "INVALID_PARAMETER");
    call_end(&power.call);
    device_stop(&device);
}

static void two_actions_do_not_mix_their_steps(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"),
                                 BOOT_SETTINGS("false"),
                                 ORDER_CLEARED("0"),
                                 WRITTEN("<h:BIOSSetup>true<"),
                                 ROLE_SET("1", "0"),
                                 ORDER_CLEARED("0"),
                                 POWER_CHANGED("10", "0"),
                                 BOOT_SETTINGS("true"),
                                 ROLE_IS("2"),
                                 WRITTEN("<h:BIOSSetup>false<"),
                                 POWER_CHANGED("8", "0")};
    struct device device;
    struct power_call first = {.details = NULL}, second = {.details = NULL};
    DEVICE_START(&device, steps, &one_by_one);
    first.call.action = 101;
    second.call.action = 8;
    call_start(&first.call, &device, act);
    call_start(&second.call, &device, act);
    io_simulated_advance(1000);
    assert_result(&first, 0, "SUCCESS");
    assert_result(&second, 0, "SUCCESS");
    call_end(&first.call);
    call_end(&second.call);
    device_stop(&device);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(state_is_read_from_two_classes),
        cmocka_unit_test(both_readings_are_on_the_wire_at_once),
        cmocka_unit_test(a_device_without_the_os_class_gives_zero),
        cmocka_unit_test(reading_the_state_takes_ten_seconds_at_most),
        cmocka_unit_test(a_state_that_is_no_number_is_an_error),
        cmocka_unit_test(capabilities_join_version_and_boot_capabilities),
        cmocka_unit_test(a_reset_does_not_write_boot_settings_that_are_plain_already),
        cmocka_unit_test(a_reset_takes_back_what_an_earlier_boot_left),
        cmocka_unit_test(a_refused_graceful_action_says_what_is_missing),
        cmocka_unit_test(sessions_that_block_a_power_off_are_ended),
        cmocka_unit_test(each_plain_action_is_its_dmtf_state),
        cmocka_unit_test(power_on_wakes_an_os_that_saves_power),
        cmocka_unit_test(a_prepared_boot_is_taken_back_before_a_plain_action),
        cmocka_unit_test(a_device_that_does_not_tell_its_role_is_given_none),
        cmocka_unit_test(a_prepared_boot_that_stays_is_not_carried_out),
        cmocka_unit_test(an_undo_that_failed_is_made_up_for),
        cmocka_unit_test(reset_to_bios_sets_settings_role_and_order),
        cmocka_unit_test(each_boot_action_has_its_settings_source_and_state),
        cmocka_unit_test(a_refused_step_stops_is_named_and_is_taken_back),
        cmocka_unit_test(nothing_is_taken_back_before_something_was_written),
        cmocka_unit_test(a_refused_power_change_leaves_no_boot_prepared),
        cmocka_unit_test(a_fault_in_the_middle_leaves_no_boot_prepared),
        cmocka_unit_test(a_cancelled_boot_is_taken_back),
        cmocka_unit_test(a_boot_whose_deadline_passed_is_taken_back),
        cmocka_unit_test(taking_a_boot_back_takes_fifteen_seconds_at_most),
        cmocka_unit_test(os_power_saving_is_changed_only_where_it_can_be),
        cmocka_unit_test(an_os_state_that_could_not_be_read_is_an_error),
        cmocka_unit_test(codes_that_cannot_be_carried_out_make_no_request),
        cmocka_unit_test(two_actions_do_not_mix_their_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
