/* Features: how they are read from seven classes, and what a change sends (spec mps 2.4). */
#include "amt/feature.h"

#include "steps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define REDIRECTION(enabled, listener) \
    GOT(AMT, "AMT_RedirectionService", P("EnabledState", enabled) P("ListenerEnabled", listener))
#define OPT_IN(required, can)    \
    GOT(IPS, "IPS_OptInService", \
        P("CanModifyOptInPolicy", can) P("OptInRequired", required) P("OptInState", "3"))
#define KVM(enabled)     GOT(CIM, "CIM_KVMRedirectionSAP", P("EnabledState", enabled))
#define SERVICE(enabled) GOT(CIM, "CIM_BootService", P("EnabledState", enabled))
#define CAPABILITIES                                                                              \
    GOT(AMT, "AMT_BootCapabilities",                                                              \
        P("ForceUEFIHTTPSBoot", "true") P("ForceUEFIPBABoot", "true") P("ForceWinREBoot", "true") \
            P("PlatformErase", "69"))
#define ONE_SOURCE    BEGUN("CIM_BootSourceSetting"), PULLED(SOURCE("OCR UEFI HTTPS Boot", "", ""))
#define BOOT(enabled) SERVICE(enabled), ONE_SOURCE, CAPABILITIES, RECOVERY_SETTINGS
#define NO_BOOT                                                                  \
    LACKS("CIM_BootService<"), LACKS("2/CIM_BootSourceSetting</w:ResourceURI>"), \
        LACKS("AMT_BootCapabilities<"), LACKS("AMT_BootSettingData<")
#define STATE_REQUESTED(space, class, state, value)                                         \
    ANSWER(class "\"><h:RequestedState>" state "</h:RequestedState>",                       \
           "<g:RequestStateChange_OUTPUT xmlns:g=\"" space class "\"><g:ReturnValue>" value \
                                                                 "</g:ReturnValue></"       \
                                                                 "g:RequestStateChange_OUTPUT>")
#define PUT(space, class, expected) ANSWER(expected, "<g:" class " xmlns:g=\"" space class "\"/>")

struct feature_call {
    struct call call;
    struct amt_features_change change;
    struct amt_features features;
};

static bool get(struct call *call)
{
    struct feature_call *feature = (struct feature_call *)(void *)call;
    return amt_features_get(call->device->amt, &call->arena, &feature->features, &call->err);
}

static bool set(struct call *call)
{
    struct feature_call *feature = (struct feature_call *)(void *)call;
    return amt_features_set(call->device->amt, &call->arena, &feature->change, &feature->features,
                            &call->err);
}

static const struct amt_options one_by_one = {.in_flight_limit = 1};

static void assert_ok(const struct feature_call *feature)
{
    if (!feature->call.ok)
        fail_msg("%s", feature->call.err.text);
}

/* The toolkit fails with a single source (spec mps 10.2, 22). */
static void a_single_boot_source_is_enough(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), REDIRECTION("32770", "true"),
                                 OPT_IN("4294967295", "1"), KVM("6"), BOOT("32771")};
    struct device device;
    struct feature_call feature = {.change = {.sol = AMT_KEEP}};
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&feature.call, &device, get, 1000);
    assert_ok(&feature);
    const struct amt_features *found = &feature.features;
    assert_true(found->redirection && found->sol && !found->ider && found->kvm);
    assert_true(found->kvm_available && found->ocr && found->rpe && found->rpe_supported);
    assert_true(found->https_boot && !found->winre_boot && !found->pba_boot);
    assert_true(found->consent == AMT_CONSENT_ALL);
    assert_int_equal(found->opt_in_state, 3);
    call_end(&feature.call);
    device_stop(&device);
}

static void a_device_may_lack_kvm_and_boot_classes(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), REDIRECTION("32768", "false"), OPT_IN("7", "1"),
                                 LACKS("CIM_KVMRedirectionSAP<"), NO_BOOT};
    struct device device;
    struct feature_call feature = {.change = {.sol = AMT_KEEP}};
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&feature.call, &device, get, 1000);
    assert_ok(&feature);
    assert_false(feature.features.kvm_available || feature.features.kvm || feature.features.ocr);
    assert_true(feature.features.consent == AMT_CONSENT_UNKNOWN);
    call_end(&feature.call);
    device_stop(&device);
}

/* Only an absent class says what the device has not (spec device-protocols 5.4). */
static void no_other_fault_says_that_the_device_lacks_something(void **state)
{
    (void)state;
    const struct step denied[] = {STEP_401("n1"), REDIRECTION("32768", "false"), OPT_IN("7", "1"),
                                  REFUSE("CIM_KVMRedirectionSAP<")};
    const struct step other[] = {STEP_401("n1"), REDIRECTION("32768", "false"), OPT_IN("7", "1"),
                                 KVM("3"), ANSWER("CIM_BootService<", "<g:Other xmlns:g=\"x\"/>")};
    struct device device;
    struct feature_call feature = {.change = {.ocr = AMT_ON}};
    DEVICE_START(&device, denied, &one_by_one);
    call_for(&feature.call, &device, get, 1000);
    assert_int_equal(feature.call.err.code, ERROR_DEVICE);
    call_end(&feature.call);
    device_stop(&device);
    DEVICE_START(&device, other, &one_by_one);
    call_for(&feature.call, &device, set, 1000);
    assert_int_equal(feature.call.err.code, ERROR_PROTOCOL);
    call_end(&feature.call);
    device_stop(&device);
}

static void every_switch_is_changed_in_the_toolkits_order(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),
        REDIRECTION("32768", "false"),
        OPT_IN("0", "1"),
        KVM("3"),
        BOOT("32768"),
        STATE_REQUESTED(AMT, "AMT_RedirectionService", "32771", "0"),
        STATE_REQUESTED(CIM, "CIM_KVMRedirectionSAP", "2", "0"),
        PUT(AMT, "AMT_RedirectionService",
            "<h:EnabledState>32771</h:EnabledState><h:ListenerEnabled>true</h:ListenerEnabled>"),
        PUT(IPS, "IPS_OptInService", "<h:OptInRequired>1</h:OptInRequired>"),
        STATE_REQUESTED(CIM, "CIM_BootService", "32771", "0")};
    struct device device;
    struct feature_call feature = {.change = {.sol = AMT_ON,
                                              .ider = AMT_ON,
                                              .kvm = AMT_ON,
                                              .ocr = AMT_ON,
                                              .rpe = AMT_ON,
                                              .change_consent = true,
                                              .consent = AMT_CONSENT_KVM}};
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&feature.call, &device, set, 1000);
    assert_ok(&feature);
    const struct amt_features *now = &feature.features;
    assert_true(now->redirection && now->sol && now->ider && now->kvm && now->ocr && now->rpe);
    assert_true(now->consent == AMT_CONSENT_KVM);
    call_end(&feature.call);
    device_stop(&device);
}

/* The toolkit looks at the state before the change and leaves it off (spec rps 3.7). */
static void the_listener_comes_on_for_kvm_alone(void **state)
{
    (void)state;
    const struct step first[] = {
        STEP_401("n1"),
        REDIRECTION("32768", "false"),
        OPT_IN("0", "1"),
        KVM("3"),
        NO_BOOT,
        STATE_REQUESTED(AMT, "AMT_RedirectionService", "32768", "0"),
        STATE_REQUESTED(CIM, "CIM_KVMRedirectionSAP", "2", "0"),
        PUT(AMT, "AMT_RedirectionService", "<h:ListenerEnabled>true</h:ListenerEnabled>")};
    const struct step repair[] = {
        STEP_401("n1"),
        REDIRECTION("32768", "false"),
        OPT_IN("0", "1"),
        KVM("2"),
        NO_BOOT,
        STATE_REQUESTED(AMT, "AMT_RedirectionService", "32768", "0"),
        PUT(AMT, "AMT_RedirectionService", "<h:ListenerEnabled>true</h:ListenerEnabled>")};
    const struct {
        const struct step *steps;
        size_t count;
    } rows[] = {{first, sizeof first / sizeof first[0]},
                {repair, sizeof repair / sizeof repair[0]}};
    for (size_t i = 0; i < 2; i++) {
        struct device device;
        struct feature_call feature = {.change = {.sol = AMT_OFF, .ider = AMT_OFF, .kvm = AMT_ON}};
        device_start(&device, rows[i].steps, rows[i].count, &one_by_one);
        call_for(&feature.call, &device, set, 100);
        assert_ok(&feature);
        assert_true(feature.features.redirection && feature.features.kvm);
        call_end(&feature.call);
        device_stop(&device);
    }
}

static void nothing_is_written_when_nothing_changes(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), REDIRECTION("32771", "true"), OPT_IN("0", "0"),
                                 LACKS("CIM_KVMRedirectionSAP<"), NO_BOOT};
    struct device device;
    /* KVM on is ignored without KVM; off of what is not there is no change. */
    struct feature_call feature = {.change = {.sol = AMT_ON,
                                              .ider = AMT_ON,
                                              .kvm = AMT_ON,
                                              .ocr = AMT_OFF,
                                              .rpe = AMT_OFF,
                                              .change_consent = true,
                                              .consent = AMT_CONSENT_NONE}};
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&feature.call, &device, set, 1000);
    assert_ok(&feature);
    assert_false(feature.features.kvm);
    call_end(&feature.call);
    device_stop(&device);
}

/* The toolkit reports success (spec mps 1.9). */
static void a_refused_change_is_an_error_that_names_the_step(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"),
                                 REDIRECTION("32771", "true"),
                                 OPT_IN("0", "1"),
                                 KVM("3"),
                                 BOOT("32768"),
                                 STATE_REQUESTED(AMT, "AMT_RedirectionService", "32771", "0"),
                                 STATE_REQUESTED(CIM, "CIM_KVMRedirectionSAP", "2", "4097")};
    struct device device;
    struct feature_call feature = {.change = {.kvm = AMT_ON}};
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&feature.call, &device, set, 1000);
    assert_false(feature.call.ok);
    assert_int_equal(feature.call.err.code, ERROR_DEVICE);
    assert_string_equal(feature.call.err.text,
                        "CIM_KVMRedirectionSAP.RequestStateChange(2): the device answers 4097 "
                        "(INVALID_STATE_TRANSITION)");
    call_end(&feature.call);
    device_stop(&device);
}

static void what_cannot_be_is_said_before_anything_is_changed(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), REDIRECTION("32768", "false"),
                                 OPT_IN("4294967295", "0"), KVM("3"), NO_BOOT};
    static const struct {
        struct amt_features_change change;
        enum error_code code;
    } rows[] = {
        {{.sol = AMT_ON, .change_consent = true, .consent = AMT_CONSENT_NONE}, ERROR_INVALID},
        {{.sol = AMT_ON, .ocr = AMT_ON}, ERROR_UNSUPPORTED},
        {{.sol = AMT_ON, .rpe = AMT_ON}, ERROR_UNSUPPORTED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct device device;
        struct feature_call feature = {.change = rows[i].change};
        DEVICE_START(&device, steps, &one_by_one);
        call_for(&feature.call, &device, set, 1000);
        assert_int_equal(feature.call.err.code, rows[i].code);
        call_end(&feature.call);
        device_stop(&device);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_single_boot_source_is_enough),
        cmocka_unit_test(a_device_may_lack_kvm_and_boot_classes),
        cmocka_unit_test(no_other_fault_says_that_the_device_lacks_something),
        cmocka_unit_test(every_switch_is_changed_in_the_toolkits_order),
        cmocka_unit_test(the_listener_comes_on_for_kvm_alone),
        cmocka_unit_test(nothing_is_written_when_nothing_changes),
        cmocka_unit_test(a_refused_change_is_an_error_that_names_the_step),
        cmocka_unit_test(what_cannot_be_is_said_before_anything_is_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
