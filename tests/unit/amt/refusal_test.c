/* What a device's refusals mean: values by their method, what the machine offers, the consent of
 * its user. */
#include "amt/refusal.h"

#include "amt/power.h"

#include "steps.h"

#include "io/simulated.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HAS(text, part)        assert_non_null(strstr(text, part))
#define LACKS_TEXT(text, part) assert_null(strstr(text, part))

/* ---- power, pure ---- */

/* spec device-protocols 5.4: DMTF's names, where ReturnValueStr has those of another family */
static void values_of_a_power_change_mean_what_dmtf_says(void **state)
{
    (void)state;
    static const struct {
        int64_t value;
        const char *name;
        const char *meaning;
    } rows[] = {
        {1, "NOT_SUPPORTED", "does not support"},
        {2, "UNKNOWN_OR_UNSPECIFIED_ERROR", "no reason"},
        {3, "CANNOT_COMPLETE_WITHIN_TIMEOUT_PERIOD", "in time"},
        {4, "FAILED", "failed"},
        {5, "INVALID_PARAMETER", "invalid"},
        {6, "IN_USE", "another change"},
        {4096, "METHOD_PARAMETERS_CHECKED_JOB_STARTED", "has begun"},
        {4097, "INVALID_STATE_TRANSITION", "present state"},
        {4098, "USE_OF_TIMEOUT_PARAMETER_NOT_SUPPORTED", "time-out"},
        {4099, "BUSY", "ten seconds"},
        {16, "NOT_PERMITTED", "no reason"}, /* in no family of power: the general one */
        {2081, "USER_CONSENT_REQUIRED", "user consent is needed first"},
        {77, "77", "no reason"},
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *text = amt_refusal_of_power(&arena, "8", NULL, rows[i].value);
        HAS(text, arena_printf(&arena,
                               "the device answers %s to RequestPowerStateChange: ", rows[i].name));
        HAS(text, rows[i].meaning);
        text = amt_refusal_of_os(&arena, rows[i].value);
        HAS(text, arena_printf(&arena, "the device answers %s to RequestOSPowerSavingStateChange: ",
                               rows[i].name));
    }
    assert_null(amt_refusal_of_power(&arena, "8", NULL, 0));
    assert_null(amt_refusal_of_os(&arena, 0));
    arena_fini(&arena);
}

static const struct wsman_xml *service_of(struct arena *arena, const char *properties)
{
    struct wsman_reply reply;
    struct error err;
    const char *text = arena_printf(
        arena,
        "<a:Envelope xmlns:a=\"http://www.w3.org/2003/05/soap-envelope\" "
        "xmlns:g=\"" CIM "CIM_AssociatedPowerManagementService\"><a:Header></a:Header><a:Body>"
        "<g:CIM_AssociatedPowerManagementService>%s</g:CIM_AssociatedPowerManagementService>"
        "</a:Body></a:Envelope>",
        properties);
    assert_true(wsman_reply_parse(arena, slice_of_string(text), &reply, &err));
    const struct wsman_xml *service =
        wsman_xml_child(reply.body, "CIM_AssociatedPowerManagementService");
    assert_non_null(service);
    return service;
}

#define OFFER(state) "<g:AvailableRequestedPowerStates>" state "</g:AvailableRequestedPowerStates>"
#define IS(state)    "<g:PowerState>" state "</g:PowerState>"

static void what_the_machine_offers_explains_a_refusal(void **state)
{
    (void)state;
    static const struct {
        const char *service;
        const char *wanted;
        int64_t value;
        const char *reason;
    } rows[] = {
        {OFFER("8") OFFER("5") IS("2"), "2", 2, "present power state: the machine is on"},
        {OFFER("2") IS("8"), "8", 4097, "present power state: the machine is off"},
        {OFFER("2") IS("4"), "10", 4097, "present power state: the machine is asleep"},
        {OFFER("2") IS("7"), "10", 1, "present power state: the machine is hibernating"},
        {OFFER("2") IS("99"), "10", 1, "in its present power state"},
        {OFFER("8") IS("2"), "12", 4097, "agent"},
        {OFFER("2") IS("8"), "12", 4097, "the machine is off"}, /* no agent would help */
        {IS("2"), "2", 2, ": the machine is on already"},       /* says no offers */
        {IS("2"), "8", 2, "no reason"},
        {OFFER("8") IS("2"), "8", 5, "invalid"},
        {OFFER("8") IS("2"), "2", 4099, "busy"}, /* whatever it offers */
        {"", "2", 2, "no reason"},
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        HAS(amt_refusal_of_power(&arena, rows[i].wanted, service_of(&arena, rows[i].service),
                                 rows[i].value),
            rows[i].reason);
    arena_fini(&arena);
}

/* ---- boots ---- */

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

#define CONSENT(required, now) \
    GOT(IPS, "IPS_OptInService", P("OptInRequired", required) P("OptInState", now))
#define BEGIN STEP_401("n1"), BOOT_SETTINGS("false"), ORDER_CLEARED("0")
#define UNDONE                                                                 \
    BOOT_SETTINGS("true"), WRITTEN("<h:BIOSSetup>false<"), ORDER_CLEARED("0"), \
        ROLE_SET("32768", "0")
#define SETUP               WRITTEN("<h:BIOSSetup>true<")
#define ROLE_REFUSED(value) BEGIN, SETUP, ROLE_SET("1", value), UNDONE

static void end(struct boot_call *boot, struct device *device, size_t requests)
{
    assert_int_equal(device->taken, requests);
    call_end(&boot->call);
    device_stop(device);
}

#define RUN(steps, action_)                             \
    struct device device;                               \
    struct boot_call boot = {.call.action = (action_)}; \
    DEVICE_START(&device, steps, NULL);                 \
    call_for(&boot.call, &device, act, 20000)
#define END() end(&boot, &device, sizeof steps / sizeof steps[0])

static void a_boot_without_consent_says_that_it_comes_first(void **state)
{
    (void)state;
    const struct step steps[] = {ROLE_REFUSED("6"), CONSENT("4294967295", "0")};
    RUN(steps, 101);
    assert_true(boot.call.ok);
    assert_int_equal(boot.result.return_value, 6);
    assert_string_equal(boot.result.return_text, "SetBootConfigRole: ACCESS_DENIED");
    HAS(boot.result.description, "the device answers ACCESS_DENIED to SetBootConfigRole: user "
                                 "consent is needed first: request a consent code");
    HAS(boot.result.description, "userConsentCode");
    END();
}

static void a_code_that_is_shown_already_is_to_be_sent(void **state)
{
    (void)state;
    const struct step steps[] = {ROLE_REFUSED("2081"), CONSENT("4294967295", "2")};
    RUN(steps, 101);
    assert_string_equal(boot.result.return_text, "SetBootConfigRole: USER_CONSENT_REQUIRED");
    HAS(boot.result.description, "user consent is needed first: a code was requested already");
    END();
}

static void a_device_that_says_itself_that_consent_is_missing_is_believed(void **state)
{
    (void)state;
    const struct step steps[] = {ROLE_REFUSED("2081"), LACKS("IPS_OptInService<")};
    RUN(steps, 101);
    HAS(boot.result.description, "user consent is needed first: request");
    END();
}

static void denied_access_in_spite_of_consent_is_no_matter_of_consent(void **state)
{
    (void)state;
    static const char *const none[][2] = {{"0", "0"}, {"1", "0"}, {"4294967295", "3"}};
    for (size_t i = 0; i < 3; i++) {
        char body[400];
        (void)snprintf(body, sizeof body,
                       "<g:IPS_OptInService xmlns:g=\"" IPS "IPS_OptInService\"><g:OptInRequired>%s"
                       "</g:OptInRequired><g:OptInState>%s</g:OptInState></g:IPS_OptInService>",
                       none[i][0], none[i][1]);
        const struct step steps[] = {ROLE_REFUSED("6"), ANSWER("IPS_OptInService<", body)};
        RUN(steps, 101);
        HAS(boot.result.description, "control mode");
        LACKS_TEXT(boot.result.description, "consent");
        END();
    }
}

#define DENY(wanted)                                                               \
    {                                                                              \
        .expect = (wanted), .status = 400, .soap = true, .delay_ms = 1,            \
        .body = "<a:Fault><a:Code><a:Value>a:Sender</a:Value><a:Subcode><a:Value>" \
                "e:AccessDenied</a:Value></a:Subcode></a:Code></a:Fault>"          \
    }

static void a_fault_for_missing_consent_says_so(void **state)
{
    (void)state;
    const struct step steps[] = {BEGIN, DENY("<h:BIOSSetup>true<"), UNDONE,
                                 CONSENT("4294967295", "0")};
    RUN(steps, 101);
    assert_false(boot.call.ok);
    assert_int_equal(boot.call.err.code, ERROR_DEVICE);
    HAS(boot.call.err.text, "user consent is needed first: request");
    HAS(boot.call.err.text, "AMT_BootSettingData");
    HAS(boot.call.err.text, "AccessDenied)");
    END();
}

static void any_other_fault_stays_what_it_is(void **state)
{
    (void)state;
    const struct step steps[] = {BEGIN, REFUSE("<h:BIOSSetup>true<"), UNDONE};
    RUN(steps, 101);
    assert_false(boot.call.ok);
    LACKS_TEXT(boot.call.err.text, "consent");
    END();
}

static void nobody_waits_long_for_a_reason(void **state)
{
    (void)state;
    const struct step steps[] = {ROLE_REFUSED("6"), {.expect = "IPS_OptInService<"}};
    RUN(steps, 101);
    assert_true(boot.call.ok);
    assert_true(boot.call.took_ms < 6000);
    HAS(boot.result.description, "ACCESS_DENIED");
    END();
}

/* spec device-protocols 6.4 */
static void a_source_together_with_ider_is_named(void **state)
{
    (void)state;
    const struct step steps[] = {BEGIN,
                                 WRITTEN("<h:UseIDER>true<"),
                                 ROLE_SET("1", "5"),
                                 BOOT_SETTINGS("false"),
                                 ORDER_CLEARED("0"),
                                 ROLE_SET("32768", "0")};
    RUN(steps, 202);
    assert_string_equal(boot.result.description,
                        "the device answers INVALID_PARAMETER to SetBootConfigRole: older firmware "
                        "takes no boot source together with IDER or SOL");
    END();
}

static void an_action_that_no_device_knows_was_not_asked_for(void **state)
{
    (void)state;
    struct device device;
    struct boot_call boot = {.call.action = 17};
    device_start(&device, NULL, 0, NULL);
    call_for(&boot.call, &device, act, 100);
    assert_true(boot.call.ok);
    HAS(boot.result.description, "no device knows power action 17");
    end(&boot, &device, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_a_power_change_mean_what_dmtf_says),
        cmocka_unit_test(what_the_machine_offers_explains_a_refusal),
        cmocka_unit_test(a_boot_without_consent_says_that_it_comes_first),
        cmocka_unit_test(a_code_that_is_shown_already_is_to_be_sent),
        cmocka_unit_test(a_device_that_says_itself_that_consent_is_missing_is_believed),
        cmocka_unit_test(denied_access_in_spite_of_consent_is_no_matter_of_consent),
        cmocka_unit_test(a_fault_for_missing_consent_says_so),
        cmocka_unit_test(any_other_fault_stays_what_it_is),
        cmocka_unit_test(nobody_waits_long_for_a_reason),
        cmocka_unit_test(a_source_together_with_ider_is_named),
        cmocka_unit_test(an_action_that_no_device_knows_was_not_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
