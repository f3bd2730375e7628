/* The radio's state and the synchronisation of profiles (spec mps 1.16, 2.3). */
#include "amt/wireless.h"

#include "class_steps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define PORT(state)                                          \
    "<h:CIM_WiFiPort xmlns:h=\"" STEPS_CIM "CIM_WiFiPort\">" \
    "<h:EnabledState>" state "</h:EnabledState></h:CIM_WiFiPort>"
#define SERVICE_OPEN                                                  \
    "<g:AMT_WiFiPortConfigurationService xmlns:g=\"" STEPS_AMT "AMT_" \
    "WiFiPortConfigurationService\">"
#define SERVICE(uefi, local)                                                        \
    STEP_BODY("/AMT_WiFiPortConfigurationService</w:ResourceURI>",                  \
              SERVICE_OPEN "<g:Name>n</g:Name><g:UEFIWiFiProfileShareEnabled>" uefi \
                           "</g:UEFIWiFiProfileShareEnabled>"                       \
                           "<g:localProfileSynchronizationEnabled>" local           \
                           "</g:localProfileSynchronizationEnabled>"                \
                           "</g:AMT_WiFiPortConfigurationService>")
#define CAPABILITIES(share)                                                            \
    STEP_BODY("/AMT_BootCapabilities</w:ResourceURI>",                                 \
              "<g:AMT_BootCapabilities xmlns:g=\"" STEPS_AMT "AMT_BootCapabilities\">" \
              "<g:UEFIWiFiCoExistenceAndProfileShare>" share                           \
              "</g:UEFIWiFiCoExistenceAndProfileShare></g:AMT_BootCapabilities>")
#define PUT STEP_BODY("/transfer/Put", SERVICE_OPEN "</g:AMT_WiFiPortConfigurationService>")

static const struct amt_options one_by_one = {.in_flight_limit = 1};
static const bool yes = true;
static const bool no = false;

struct wireless_call {
    struct call call;
    unsigned wanted;
    const bool *local, *uefi;
    bool found;
    int64_t state;
    int64_t return_value;
    struct amt_wireless_sync sync;
};

static struct wireless_call *of(struct call *call)
{
    return (struct wireless_call *)(void *)call;
}

static bool get_state(struct call *call)
{
    return amt_wireless_get_state(call->device->amt, &call->arena, &of(call)->found,
                                  &of(call)->state, &call->err);
}

static bool set_state(struct call *call)
{
    return amt_wireless_set_state(call->device->amt, &call->arena, of(call)->wanted,
                                  &of(call)->found, &of(call)->return_value, &call->err);
}

static bool get_sync(struct call *call)
{
    return amt_wireless_get_sync(call->device->amt, &call->arena, &of(call)->found, &of(call)->sync,
                                 &call->err);
}

static bool set_sync(struct call *call)
{
    return amt_wireless_set_sync(call->device->amt, &call->arena, of(call)->local, of(call)->uefi,
                                 &of(call)->found, &of(call)->sync, &call->err);
}

/* One call that succeeds. */
#define RUN(device, wireless, steps, run)                \
    do {                                                 \
        DEVICE_START(&(device), steps, &one_by_one);     \
        call_for(&(wireless).call, &(device), run, 100); \
        if (!(wireless).call.ok)                         \
            fail_msg("%s", (wireless).call.err.text);    \
    } while (0)

static void stop(struct device *device, struct wireless_call *wireless)
{
    call_end(&wireless->call);
    device_stop(device);
}

static void the_state_is_the_first_ports(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),
        STEP_RECORDED("/CIM_WiFiPort</w:ResourceURI>", "cim/wifi/port/enumerate.xml"),
        STEP_RECORDED("<Pull ", "cim/wifi/port/pull.xml")};
    struct device device;
    struct wireless_call wireless = {.found = false};
    RUN(device, wireless, steps, get_state);
    assert_true(wireless.found);
    assert_int_equal(wireless.state, 3);
    stop(&device, &wireless);
}

static void a_device_without_wifi_has_no_state(void **state)
{
    (void)state;
    const struct step lacking[] = {STEP_401("n1"), STEP_LACKS("/CIM_WiFiPort</w:ResourceURI>")};
    const struct step empty[] = {STEP_401("n1"), STEP_LIST("CIM_WiFiPort"), STEP_ITEMS("")};
    struct device device;
    struct wireless_call wireless = {.found = true};
    RUN(device, wireless, lacking, get_state);
    assert_false(wireless.found);
    stop(&device, &wireless);
    wireless.found = true;
    wireless.wanted = 3;
    RUN(device, wireless, empty, set_state);
    assert_false(wireless.found);
    stop(&device, &wireless);
}

static void a_state_that_is_no_number_is_unknown(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_LIST("CIM_WiFiPort"), STEP_ITEMS(PORT("on"))};
    struct device device;
    struct wireless_call wireless = {.found = false};
    RUN(device, wireless, steps, get_state);
    assert_true(wireless.found);
    assert_int_equal(wireless.state, -1);
    stop(&device, &wireless);
}

static void a_state_is_asked_for_by_its_number(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_LIST("CIM_WiFiPort"), STEP_ITEMS(PORT("3")),
                                 STEP_RETURN("RequestStateChange", "4")};
    struct device device;
    struct wireless_call wireless = {.wanted = 32769};
    RUN(device, wireless, steps, set_state);
    assert_int_equal(wireless.return_value, 4);
    steps_assert_body(&device, 3,
                      "<h:RequestStateChange_INPUT xmlns:h=\"" STEPS_CIM "CIM_WiFiPort\">"
                      "<h:RequestedState>32769</h:RequestedState></h:RequestStateChange_INPUT>");
    stop(&device, &wireless);
}

static void the_state_in_force_is_not_asked_for(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_LIST("CIM_WiFiPort"),
                                 STEP_ITEMS(PORT("32769"))};
    struct device device;
    struct wireless_call wireless = {.wanted = 32769, .return_value = 9};
    RUN(device, wireless, steps, set_state);
    assert_int_equal(wireless.return_value, 0);
    stop(&device, &wireless);
}

static void sync_is_read_from_three_classes(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_LIST("CIM_WiFiPort"), STEP_ITEMS(PORT("3")),
                                 SERVICE("true", "1"), CAPABILITIES("true")};
    const struct step lacking[] = {STEP_401("n1"), STEP_LACKS("/CIM_WiFiPort</w:ResourceURI>"),
                                   SERVICE("true", "1"), CAPABILITIES("true")};
    struct device device;
    struct wireless_call wireless = {.found = false};
    RUN(device, wireless, steps, get_sync);
    assert_true(wireless.found && wireless.sync.local && wireless.sync.uefi &&
                wireless.sync.uefi_supported);
    stop(&device, &wireless);
    RUN(device, wireless, lacking, get_sync);
    assert_false(wireless.found);
    stop(&device, &wireless);
}

static void a_change_of_sync_writes_back_what_was_read(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"),        STEP_LIST("CIM_WiFiPort"),
                                 STEP_ITEMS(PORT("3")), SERVICE("false", "0"),
                                 CAPABILITIES("true"),  PUT};
    struct device device;
    struct wireless_call wireless = {.local = &yes, .uefi = &yes};
    RUN(device, wireless, steps, set_sync);
    assert_true(wireless.sync.local && wireless.sync.uefi);
    steps_assert_body(&device, 5,
                      "<h:AMT_WiFiPortConfigurationService xmlns:h=\"" STEPS_AMT
                      "AMT_WiFiPortConfigurationService\"><h:Name>n</h:Name>"
                      "<h:UEFIWiFiProfileShareEnabled>true</h:UEFIWiFiProfileShareEnabled>"
                      "<h:localProfileSynchronizationEnabled>3"
                      "</h:localProfileSynchronizationEnabled>"
                      "</h:AMT_WiFiPortConfigurationService>");
    stop(&device, &wireless);
}

static void nothing_is_written_when_nothing_changes(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_LIST("CIM_WiFiPort"), STEP_ITEMS(PORT("3")),
                                 SERVICE("false", "1"), CAPABILITIES("false")};
    struct device device;
    struct wireless_call wireless = {.local = &yes, .uefi = &no};
    RUN(device, wireless, steps, set_sync);
    assert_true(wireless.sync.local && !wireless.sync.uefi);
    stop(&device, &wireless);
    wireless.local = &no;
    wireless.uefi = &yes; /* which the device cannot: the other is left alone as well */
    RUN(device, wireless, steps, set_sync);
    assert_true(wireless.sync.local && !wireless.sync.uefi_supported);
    stop(&device, &wireless);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_state_is_the_first_ports),
        cmocka_unit_test(a_device_without_wifi_has_no_state),
        cmocka_unit_test(a_state_that_is_no_number_is_unknown),
        cmocka_unit_test(a_state_is_asked_for_by_its_number),
        cmocka_unit_test(the_state_in_force_is_not_asked_for),
        cmocka_unit_test(sync_is_read_from_three_classes),
        cmocka_unit_test(a_change_of_sync_writes_back_what_was_read),
        cmocka_unit_test(nothing_is_written_when_nothing_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
