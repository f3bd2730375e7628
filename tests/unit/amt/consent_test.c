/* The user's consent, the screens, and the end of management (spec mps 1.12, 1.15, 1.17). */
#include "amt/consent.h"
#include "amt/display.h"
#include "amt/setup.h"

#include "steps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OPT_IN(wanted, method, value)                                          \
    ANSWER(wanted, "<g:" method "_OUTPUT xmlns:g=\"" IPS "IPS_OptInService\">" \
                   "<g:ReturnValue>" value "</g:ReturnValue></g:" method "_OUTPUT>")

struct consent_call {
    struct call call;
    uint32_t code;
    struct amt_consent_result result;
    struct amt_display displays[AMT_DISPLAYS_MOST];
    size_t count;
    int64_t return_value;
};

static bool start(struct call *call)
{
    struct consent_call *consent = (struct consent_call *)(void *)call;
    return amt_consent_start(call->device->amt, &call->arena, &consent->result, &call->err);
}

static bool send_code(struct call *call)
{
    struct consent_call *consent = (struct consent_call *)(void *)call;
    return amt_consent_send(call->device->amt, &call->arena, consent->code, &consent->result,
                            &call->err);
}

static bool cancel(struct call *call)
{
    struct consent_call *consent = (struct consent_call *)(void *)call;
    return amt_consent_cancel(call->device->amt, &call->arena, &consent->result, &call->err);
}

static bool list(struct call *call)
{
    struct consent_call *consent = (struct consent_call *)(void *)call;
    return amt_display_list(call->device->amt, &call->arena, consent->displays, &consent->count,
                            &call->err);
}

static bool choose(struct call *call)
{
    return amt_display_choose(call->device->amt, &call->arena, 2, &call->reply, &call->err);
}

static bool unprovision(struct call *call)
{
    struct consent_call *consent = (struct consent_call *)(void *)call;
    return amt_setup_unprovision(call->device->amt, &call->arena, &call->reply,
                                 &consent->return_value, &call->err);
}

static const struct amt_options one_by_one = {.in_flight_limit = 1};

static void a_code_keeps_its_leading_zeros(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), OPT_IN("StartOptIn_INPUT", "StartOptIn", "0"),
                                 OPT_IN("<h:OptInCode>001234</h:OptInCode>", "SendOptInCode", "0"),
                                 OPT_IN("CancelOptIn_INPUT", "CancelOptIn", "0")};
    bool (*const runs[])(struct call * call) = {start, send_code, cancel};
    struct device device;
    struct consent_call consent = {.code = 1234};
    DEVICE_START(&device, steps, NULL);
    for (size_t i = 0; i < 3; i++) {
        call_for(&consent.call, &device, runs[i], 100);
        assert_true(consent.call.ok);
        assert_int_equal(consent.result.return_value, 0);
        assert_string_equal(consent.result.return_text, "SUCCESS");
        assert_null(consent.result.description);
        call_end(&consent.call);
    }
    device_stop(&device);
}

/* The names are those of the toolkit's table; the words are of the method's own family. */
static void a_refusal_is_told_in_words(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), OPT_IN("StartOptIn_INPUT", "StartOptIn", "2"),
                                 OPT_IN("SendOptInCode_INPUT", "SendOptInCode", "2"),
                                 OPT_IN("CancelOptIn_INPUT", "CancelOptIn", "99")};
    bool (*const runs[])(struct call * call) = {start, send_code, cancel};
    static const char *const words[] = {"needs no consent", "no code", "refuses"};
    struct device device;
    struct consent_call consent = {.code = 0};
    DEVICE_START(&device, steps, NULL);
    for (size_t i = 0; i < 3; i++) {
        call_for(&consent.call, &device, runs[i], 100);
        assert_true(consent.call.ok);
        assert_non_null(strstr(consent.result.description, words[i]));
        if (i < 2)
            assert_string_equal(consent.result.return_text, "NOT_READY");
        else
            assert_null(consent.result.return_text);
        call_end(&consent.call);
    }
    device_stop(&device);
}

#define KVM_SETTINGS(screen) GOT(IPS, "IPS_KVMRedirectionSettingData", P("DefaultScreen", screen))
#define SCREENS(first, second)                                                                     \
    BEGUN_IPS,                                                                                     \
        PULLED("<g:IPS_ScreenSettingData xmlns:g=\"" IPS                                           \
               "IPS_ScreenSettingData\">" P("IsActive", "true") P("IsActive", "true")              \
                   P("IsActive", "false") P("IsActive", "false") P("PrimaryIndex", first)          \
                       P("QuadraryIndex", second) P("ResolutionX", "1920") P("ResolutionX", "800") \
                           P("ResolutionY", "1080") P("SecondaryIndex", "2") P("UpperLeftX", "0")  \
                               P("UpperLeftX", "-1920") "</g:IPS_ScreenSettingData>")
#define BEGUN_IPS                                                  \
    ANSWER("IPS_ScreenSettingData</w:ResourceURI>",                \
           "<g:EnumerateResponse " ENUM "><g:EnumerationContext>C" \
           "</g:EnumerationContext></g:EnumerateResponse>")

static void screens_have_places_sizes_and_roles(void **state)
{
    (void)state;
    const struct step from_zero[] = {STEP_401("n1"), KVM_SETTINGS("1"), SCREENS("0", "3")};
    const struct step from_one[] = {STEP_401("n1"), KVM_SETTINGS("9"), SCREENS("1", "4")};
    struct device device;
    struct consent_call consent = {.count = 0};
    DEVICE_START(&device, from_zero, &one_by_one);
    call_for(&consent.call, &device, list, 100);
    assert_true(consent.call.ok);
    assert_int_equal(consent.count, 4);
    assert_string_equal(consent.displays[0].role, "primary");
    assert_null(consent.displays[1].role);
    assert_string_equal(consent.displays[2].role, "secondary");
    assert_true(consent.displays[1].is_active && consent.displays[1].is_default);
    assert_int_equal(consent.displays[1].left, -1920);
    assert_int_equal(consent.displays[1].width, 800);
    assert_int_equal(consent.displays[1].height, 0);
    assert_false(consent.displays[2].is_active || consent.displays[0].is_default);
    call_end(&consent.call);
    device_stop(&device);
    DEVICE_START(&device, from_one, &one_by_one);
    call_for(&consent.call, &device, list, 100);
    assert_string_equal(consent.displays[0].role, "primary");
    assert_string_equal(consent.displays[1].role, "secondary");
    assert_string_equal(consent.displays[3].role, "quaternary");
    call_end(&consent.call);
    device_stop(&device);
}

static void a_device_without_screens_has_none(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), LACKS("IPS_KVMRedirectionSettingData<"),
                                 LACKS("IPS_ScreenSettingData<")};
    struct device device;
    struct consent_call consent = {.count = 7};
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&consent.call, &device, list, 100);
    assert_true(consent.call.ok);
    assert_int_equal(consent.count, 0);
    call_end(&consent.call);
    device_stop(&device);
}

static void a_screen_is_chosen_for_the_next_session(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), KVM_SETTINGS("0"),
                                 ANSWER("<h:DefaultScreen>2</h:DefaultScreen>",
                                        "<g:IPS_KVMRedirectionSettingData xmlns:g=\"" IPS
                                        "IPS_KVMRedirectionSettingData\"/>")};
    struct device device;
    struct consent_call consent = {.count = 0};
    DEVICE_START(&device, steps, NULL);
    call_for(&consent.call, &device, choose, 100);
    assert_true(consent.call.ok);
    call_end(&consent.call);
    device_stop(&device);
}

static void unprovisioning_tells_the_devices_own_value(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"),
                                 ANSWER("<h:ProvisioningMode>1</h:ProvisioningMode>",
                                        "<g:Unprovision_OUTPUT xmlns:g=\"" AMT
                                        "AMT_SetupAndConfigurationService\"><g:ReturnValue>2076"
                                        "</g:ReturnValue></g:Unprovision_OUTPUT>")};
    struct device device;
    struct consent_call consent = {.count = 0};
    DEVICE_START(&device, steps, NULL);
    call_for(&consent.call, &device, unprovision, 100);
    assert_true(consent.call.ok);
    assert_int_equal(consent.return_value, 2076);
    call_end(&consent.call);
    device_stop(&device);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code_keeps_its_leading_zeros),
        cmocka_unit_test(a_refusal_is_told_in_words),
        cmocka_unit_test(screens_have_places_sizes_and_roles),
        cmocka_unit_test(a_device_without_screens_has_none),
        cmocka_unit_test(a_screen_is_chosen_for_the_next_session),
        cmocka_unit_test(unprovisioning_tells_the_devices_own_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
