/* General network settings (spec rps 3.6, 3.11): written when something changes, and only then. */
#include "amt/general.h"

#include "class_steps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define INSTANCE(values)                                                   \
    "<g:AMT_GeneralSettings xmlns:g=\"" STEPS_AMT "AMT_GeneralSettings\">" \
    "<g:AMTNetworkEnabled>" values "</g:RmcpPingResponseEnabled>"          \
    "</g:AMT_GeneralSettings>"
#define SAYS(network, host, shared, ping)                                     \
    INSTANCE(network "</g:AMTNetworkEnabled><g:DigestRealm>R</g:DigestRealm>" \
                     "<g:HostName>" host "</g:HostName><g:SharedFQDN>" shared \
                     "</g:SharedFQDN><g:RmcpPingResponseEnabled>" ping)
#define GET "transfer/Get</a:Action>"
#define PUT "transfer/Put</a:Action>"

struct general_call {
    struct call call;
    struct slice name;
    bool changed;
};

static bool enable(struct call *call)
{
    struct general_call *one = (struct general_call *)(void *)call;
    return amt_general_enable(call->device->amt, &call->arena, &one->changed, &call->err);
}

static bool set_name(struct call *call)
{
    struct general_call *one = (struct general_call *)(void *)call;
    return amt_general_set_host_name(call->device->amt, &call->arena, one->name, &one->changed,
                                     &call->err);
}

static void stop(struct device *device, struct general_call *one)
{
    call_end(&one->call);
    device_stop(device);
}

static void what_is_off_is_switched_on(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_BODY(GET, SAYS("0", "h", "false", "true")),
                                 STEP_BODY(PUT, SAYS("1", "h", "true", "true"))};
    struct device device;
    struct general_call one = {.changed = false};
    DEVICE_START(&device, steps, NULL);
    call_for(&one.call, &device, enable, 100);
    assert_true(one.call.ok);
    assert_true(one.changed);
    steps_assert_body(&device, 2,
                      "<h:AMT_GeneralSettings xmlns:h=\"" STEPS_AMT "AMT_GeneralSettings\">"
                      "<h:AMTNetworkEnabled>1</h:AMTNetworkEnabled><h:DigestRealm>R</h:DigestRealm>"
                      "<h:HostName>h</h:HostName><h:SharedFQDN>true</h:SharedFQDN>"
                      "<h:RmcpPingResponseEnabled>true</h:RmcpPingResponseEnabled>"
                      "</h:AMT_GeneralSettings>");
    stop(&device, &one);
}

static void nothing_is_written_when_all_is_on(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_BODY(GET, SAYS("1", "h", "true", "true"))};
    struct device device;
    struct general_call one = {.changed = true};
    DEVICE_START(&device, steps, NULL);
    call_for(&one.call, &device, enable, 100);
    assert_true(one.call.ok);
    assert_false(one.changed);
    stop(&device, &one);
}

static void a_network_that_stays_off_is_an_error(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_BODY(GET, SAYS("0", "h", "true", "true")),
                                 STEP_BODY(PUT, SAYS("0", "h", "true", "true"))};
    struct device device;
    struct general_call one = {.changed = false};
    DEVICE_START(&device, steps, NULL);
    call_for(&one.call, &device, enable, 100);
    assert_false(one.call.ok);
    assert_int_equal(one.call.err.code, ERROR_DEVICE);
    assert_non_null(strstr(one.call.err.text, "MEBx"));
    stop(&device, &one);
}

static void a_host_name_is_escaped_and_written_once(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_BODY(GET, SAYS("1", "old", "true", "true")),
                                 STEP_BODY(PUT, SAYS("1", "a&amp;b", "true", "true")),
                                 STEP_BODY(GET, SAYS("1", "a&amp;b", "true", "true"))};
    struct device device;
    struct general_call one = {.name = SLICE_LITERAL("a&b")}, two = {.name = SLICE_LITERAL("a&b")};
    DEVICE_START(&device, steps, NULL);
    call_for(&one.call, &device, set_name, 100);
    assert_true(one.call.ok && one.changed);
    assert_true(device_request_has(&device, 2, "<h:HostName>a&amp;b</h:HostName>"));
    call_for(&two.call, &device, set_name, 100);
    assert_true(two.call.ok);
    assert_false(two.changed);
    call_end(&two.call);
    stop(&device, &one);
}

static void a_device_that_keeps_its_name_says_so(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_BODY(GET, SAYS("1", "old", "true", "true")),
                                 STEP_BODY(PUT, SAYS("1", "old", "true", "true"))};
    struct device device;
    struct general_call one = {.name = SLICE_LITERAL("new")};
    DEVICE_START(&device, steps, NULL);
    call_for(&one.call, &device, set_name, 100);
    assert_false(one.call.ok);
    assert_string_equal(one.call.err.text,
                        "Put AMT_GeneralSettings: the device keeps another host name (old)");
    stop(&device, &one);
}

static void names_that_amt_cannot_keep_are_not_sent(void **state)
{
    (void)state;
    char longest[AMT_HOST_NAME_LIMIT + 1];
    memset(longest, 'x', sizeof longest);
    const struct slice names[] = {SLICE_LITERAL(""), slice_of(longest, sizeof longest)};
    for (size_t i = 0; i < 2; i++) {
        struct device device;
        struct general_call one = {.name = names[i]};
        device_start(&device, NULL, 0, NULL);
        call_for(&one.call, &device, set_name, 100);
        assert_false(one.call.ok);
        assert_int_equal(one.call.err.code, ERROR_INVALID);
        stop(&device, &one);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_off_is_switched_on),
        cmocka_unit_test(nothing_is_written_when_all_is_on),
        cmocka_unit_test(a_network_that_stays_off_is_an_error),
        cmocka_unit_test(a_host_name_is_escaped_and_written_once),
        cmocka_unit_test(a_device_that_keeps_its_name_says_so),
        cmocka_unit_test(names_that_amt_cannot_keep_are_not_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
