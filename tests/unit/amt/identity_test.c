/* Version, set-up state, general settings. */
#include "amt/identity.h"

#include "device.h"

#include "io/simulated.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define CIM  "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"
#define AMT  "http://intel.com/wbem/wscim/1/amt-schema/1/"
#define ENUM "xmlns:g=\"http://schemas.xmlsoap.org/ws/2004/09/enumeration\""
#define BEGUN                                                           \
    {                                                                   \
        .expect = "CIM_SoftwareIdentity", .status = 200, .soap = true,  \
        .body = "<g:EnumerateResponse " ENUM "><g:EnumerationContext>C" \
                "</g:EnumerationContext></g:EnumerateResponse>"         \
    }
#define PULLED                                                                     \
    {                                                                              \
        .expect = "<Pull ", .status = 200, .soap = true,                           \
        .body = "<g:PullResponse " ENUM "><g:Items>"                               \
                "<h:CIM_SoftwareIdentity xmlns:h=\"" CIM "CIM_SoftwareIdentity\">" \
                "<h:InstanceID>AMT</h:InstanceID><h:VersionString>12.0.67"         \
                "</h:VersionString></h:CIM_SoftwareIdentity></g:Items>"            \
                "<g:EndOfSequence></g:EndOfSequence></g:PullResponse>"             \
    }
#define SETUP SETUP_BODY("AMT_SetupAndConfigurationService")
#define SETUP_BODY(wanted)                                                   \
    {                                                                        \
        .expect = wanted, .status = 200, .soap = true,                       \
        .body = "<g:AMT_SetupAndConfigurationService xmlns:g=\"" AMT         \
                "AMT_SetupAndConfigurationService\"><g:ProvisioningMode>1"   \
                "</g:ProvisioningMode></g:AMT_SetupAndConfigurationService>" \
    }

struct version_call {
    struct call call;
    struct amt_version version;
};

static bool get_version(struct call *call)
{
    struct version_call *version = (struct version_call *)(void *)call;
    return amt_identity_get_version(call->device->amt, &call->arena, &version->version, &call->err);
}

static bool get_general_settings(struct call *call)
{
    return amt_identity_get_general_settings(call->device->amt, &call->arena, &call->reply,
                                             &call->err);
}

static const struct amt_options one_by_one = {.in_flight_limit = 1};

static void version_is_software_and_set_up(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), BEGUN, PULLED, SETUP};
    struct device device;
    struct version_call version;
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&version.call, &device, get_version, 100);
    assert_true(version.call.ok);
    assert_int_equal(amt_identity_major(&version.version.software), 12);
    const struct wsman_xml *setup =
        amt_instance(&version.version.setup, &wsman_AMT_SetupAndConfigurationService);
    assert_true(slice_equal_string(wsman_xml_child_text(setup, "ProvisioningMode"), "1"));
    call_end(&version.call);
    device_stop(&device);
}

static void either_half_failing_fails_the_whole(void **state)
{
    (void)state;
    const struct step first[] = {STEP_401("n1"), {.status = 404}, SETUP};
    const struct step second[] = {STEP_401("n1"), BEGUN, PULLED, {.status = 404}};
    struct device device;
    struct version_call version;
    DEVICE_START(&device, first, NULL);
    call_for(&version.call, &device, get_version, 100);
    assert_false(version.call.ok);
    assert_int_equal(version.call.err.code, ERROR_PROTOCOL);
    call_end(&version.call);
    device_stop(&device);
    DEVICE_START(&device, second, &one_by_one);
    call_for(&version.call, &device, get_version, 100);
    assert_false(version.call.ok);
    assert_int_equal(version.call.err.code, ERROR_PROTOCOL);
    call_end(&version.call);
    device_stop(&device);
}

static void general_settings_are_one_request(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_200};
    struct device device;
    struct call call;
    DEVICE_START(&device, steps, NULL);
    call_for(&call, &device, get_general_settings, 100);
    assert_true(call.ok);
    assert_non_null(amt_instance(&call.reply, &wsman_AMT_GeneralSettings));
    call_end(&call);
    device_stop(&device);
}

static void another_class_is_no_answer(void **state)
{
    (void)state;
    const struct step version_steps[] = {
        STEP_401("n1"), BEGUN, PULLED, {.status = 200, .soap = true, .body = SETTINGS}};
    const struct step settings_steps[] = {STEP_401("n1"), SETUP_BODY(NULL)};
    struct device device;
    struct version_call version;
    struct call call;
    DEVICE_START(&device, version_steps, &one_by_one);
    call_for(&version.call, &device, get_version, 100);
    assert_int_equal(version.call.err.code, ERROR_PROTOCOL);
    call_end(&version.call);
    device_stop(&device);
    DEVICE_START(&device, settings_steps, NULL);
    call_for(&call, &device, get_general_settings, 100);
    assert_int_equal(call.err.code, ERROR_PROTOCOL);
    call_end(&call);
    device_stop(&device);
}

static int major_of(const char *xml)
{
    struct arena arena;
    arena_init(&arena);
    const struct wsman_xml *item = wsman_xml_parse(&arena, slice_of_string(xml), NULL);
    assert_non_null(item);
    struct amt_items items = {.items = &item, .count = 1};
    int major = amt_identity_major(&items);
    arena_fini(&arena);
    return major;
}

static void a_version_that_cannot_be_read_is_zero(void **state)
{
    (void)state;
    assert_int_equal(
        major_of("<i><InstanceID>AMT</InstanceID><VersionString>9.5</VersionString></i>"), 9);
    assert_int_equal(
        major_of("<i><InstanceID>Sku</InstanceID><VersionString>16392</VersionString></i>"), 0);
    assert_int_equal(
        major_of("<i><InstanceID>AMT</InstanceID><VersionString>x.1</VersionString></i>"), 0);
    assert_int_equal(major_of("<i><InstanceID>AMT</InstanceID></i>"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_is_software_and_set_up),
        cmocka_unit_test(either_half_failing_fails_the_whole),
        cmocka_unit_test(general_settings_are_one_request),
        cmocka_unit_test(another_class_is_no_answer),
        cmocka_unit_test(a_version_that_cannot_be_read_is_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
