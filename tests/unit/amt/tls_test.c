/* Switching TLS off (spec rps 3.5, 9.3): the doors are known by their names, and a device that
 * restarts them is waited for. */
#include "amt/tls.h"

#include "class_steps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define DOOR(id, enabled, more)                                             \
    "<h:AMT_TLSSettingData xmlns:h=\"" STEPS_AMT "AMT_TLSSettingData\">"    \
    "<h:AcceptNonSecureConnections>false</h:AcceptNonSecureConnections>"    \
    "<h:Enabled>" enabled "</h:Enabled><h:InstanceID>" id "</h:InstanceID>" \
    "<h:MutualAuthentication>true</h:MutualAuthentication>" more "</h:AMT_TLSSettingData>"
#define NAMES        "<h:TrustedCN>a</h:TrustedCN><h:TrustedCN>b</h:TrustedCN>"
#define LIST(items)  STEP_LIST("AMT_TLSSettingData"), STEP_ITEMS(items)
#define OFF          LIST(DOOR(AMT_TLS_LOCAL, "false", "") DOOR(AMT_TLS_NETWORK, "false", ""))
#define PUT_TO(door) "<w:Selector Name=\"InstanceID\">" door "</w:Selector>"
#define ANSWER       "<g:AMT_TLSSettingData xmlns:g=\"" STEPS_AMT "AMT_TLSSettingData\"/>"
#define BODY(values)                                                     \
    "<h:AMT_TLSSettingData xmlns:h=\"" STEPS_AMT "AMT_TLSSettingData\">" \
    "<h:AcceptNonSecureConnections>" values "</h:MutualAuthentication></h:AMT_TLSSettingData>"

struct tls_call {
    struct call call;
    bool was_on;
};

static bool disable(struct call *call)
{
    struct tls_call *one = (struct tls_call *)(void *)call;
    return amt_tls_disable(call->device->amt, &call->arena, &one->was_on, &call->err);
}

static const struct amt_options one_by_one = {.in_flight_limit = 1};

static void stop(struct device *device, struct tls_call *one)
{
    call_end(&one->call);
    device_stop(device);
}

static void doors_are_known_by_their_names_in_any_order(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),
        LIST(DOOR(AMT_TLS_LOCAL, "true", "") DOOR(AMT_TLS_NETWORK, "true", NAMES)),
        STEP_BODY(PUT_TO(AMT_TLS_NETWORK), ANSWER),
        STEP_BODY(PUT_TO(AMT_TLS_LOCAL), ANSWER),
        STEP_RETURN("CommitChanges", "0"),
        OFF};
    struct device device;
    struct tls_call one = {.was_on = false};
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&one.call, &device, disable, 1000);
    assert_true(one.call.ok);
    assert_true(one.was_on);
    steps_assert_body(&device, 3,
                      BODY("true</h:AcceptNonSecureConnections><h:Enabled>false</h:Enabled>"
                           "<h:InstanceID>" AMT_TLS_NETWORK
                           "</h:InstanceID><h:MutualAuthentication>false"));
    steps_assert_body(&device, 4,
                      BODY("false</h:AcceptNonSecureConnections><h:Enabled>false</h:Enabled>"
                           "<h:InstanceID>" AMT_TLS_LOCAL
                           "</h:InstanceID><h:MutualAuthentication>true"));
    stop(&device, &one);
}

static void one_door_alone_is_switched_off_alone(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"), LIST(DOOR(AMT_TLS_NETWORK, "false", "") DOOR(AMT_TLS_LOCAL, "true", "")),
        STEP_BODY(PUT_TO(AMT_TLS_LOCAL), ANSWER), STEP_RETURN("CommitChanges", "0"), OFF};
    struct device device;
    struct tls_call one = {.was_on = false};
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&one.call, &device, disable, 1000);
    assert_true(one.call.ok && one.was_on);
    stop(&device, &one);
}

static void a_single_door_is_no_list_to_trip_over(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), LIST(DOOR(AMT_TLS_NETWORK, "true", "")),
                                 STEP_BODY(PUT_TO(AMT_TLS_NETWORK), ANSWER),
                                 STEP_RETURN("CommitChanges", "0"), OFF};
    struct device device;
    struct tls_call one = {.was_on = false};
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&one.call, &device, disable, 1000);
    assert_true(one.call.ok && one.was_on);
    stop(&device, &one);
}

static void what_is_off_or_not_there_stays_so(void **state)
{
    (void)state;
    const struct step off[] = {STEP_401("n1"), OFF};
    const struct step absent[] = {STEP_401("n1"),
                                  STEP_LACKS("/AMT_TLSSettingData</w:ResourceURI>")};
    const struct {
        const struct step *steps;
        size_t count;
    } rows[] = {{off, 3}, {absent, 2}};
    for (size_t i = 0; i < 2; i++) {
        struct device device;
        struct tls_call one = {.was_on = true};
        device_start(&device, rows[i].steps, rows[i].count, &one_by_one);
        call_for(&one.call, &device, disable, 1000);
        assert_true(one.call.ok);
        assert_false(one.was_on);
        stop(&device, &one);
    }
}

static void firmware_that_enforces_it_keeps_it(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"),
                                 LIST(DOOR(AMT_TLS_NETWORK, "true",
                                           "<h:NonSecureConnectionsSupported>false</"
                                           "h:NonSecureConnectionsSupported>"))};
    struct device device;
    struct tls_call one = {.was_on = false};
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&one.call, &device, disable, 1000);
    assert_false(one.call.ok);
    assert_true(one.was_on);
    assert_int_equal(one.call.err.code, ERROR_UNSUPPORTED);
    stop(&device, &one);
}

static void a_device_that_restarts_its_doors_is_waited_for(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"),
                                 LIST(DOOR(AMT_TLS_NETWORK, "true", "")),
                                 STEP_BODY(PUT_TO(AMT_TLS_NETWORK), ANSWER),
                                 STEP_RETURN("CommitChanges", "0"),
                                 LIST(DOOR(AMT_TLS_NETWORK, "true", "")), /* not yet */
                                 {.status = 503, .body = "busy"},
                                 OFF};
    struct device device;
    struct tls_call one = {.was_on = false};
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&one.call, &device, disable, 5000);
    if (!one.call.ok)
        fail_msg("%s", one.call.err.text);
    stop(&device, &one);
}

static void a_refused_commit_is_an_error(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), LIST(DOOR(AMT_TLS_NETWORK, "true", "")),
                                 STEP_BODY(PUT_TO(AMT_TLS_NETWORK), ANSWER),
                                 STEP_RETURN("CommitChanges", "2057")};
    struct device device;
    struct tls_call one = {.was_on = false};
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&one.call, &device, disable, 1000);
    assert_false(one.call.ok);
    assert_string_equal(one.call.err.text,
                        "the device refuses CommitChanges: DATA_MISSING (2057): it misses "
                        "something that belongs to this");
    stop(&device, &one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(doors_are_known_by_their_names_in_any_order),
        cmocka_unit_test(one_door_alone_is_switched_off_alone),
        cmocka_unit_test(a_single_door_is_no_list_to_trip_over),
        cmocka_unit_test(what_is_off_or_not_there_stays_so),
        cmocka_unit_test(firmware_that_enforces_it_keeps_it),
        cmocka_unit_test(a_device_that_restarts_its_doors_is_waited_for),
        cmocka_unit_test(a_refused_commit_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
