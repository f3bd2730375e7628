/* Hardware inventory: what is asked, and what a class that is missing does. */
#include "amt/hardware.h"

#include "device.h"

#include "io/simulated.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define CIM  "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"
#define ENUM "xmlns:g=\"http://schemas.xmlsoap.org/ws/2004/09/enumeration\""
#define GOT(class)                                                                              \
    {                                                                                           \
        .expect = class, .status = 200, .soap = true,                                           \
        .body = "<g:" class " xmlns:g=\"" CIM class "\"><g:Tag>" class "</g:Tag></g:" class ">" \
    }
#define BEGUN(class)                                                    \
    {                                                                   \
        .expect = class, .status = 200, .soap = true,                   \
        .body = "<g:EnumerateResponse " ENUM "><g:EnumerationContext>C" \
                "</g:EnumerationContext></g:EnumerateResponse>"         \
    }
#define PULLED(class)                                                                 \
    {                                                                                 \
        .expect = "<Pull ", .status = 200, .soap = true,                              \
        .body = "<g:PullResponse " ENUM "><g:Items><h:" class " xmlns:h=\"" CIM class \
            "\"><h:Tag>1</h:Tag></h:" class "></g:Items>"                             \
                                            "<g:EndOfSequence/></g:PullResponse>"     \
    }
#define LISTED(class) BEGUN(class), PULLED(class)
#define FAULT                                                                             \
    {                                                                                     \
        .status = 400, .soap = true,                                                      \
        .body = "<a:Fault xmlns:a=\"http://www.w3.org/2003/05/soap-envelope\"><a:Code>"   \
                "<a:Value>a:Sender</a:Value><a:Subcode><a:Value>e:DestinationUnreachable" \
                "</a:Value></a:Subcode></a:Code><a:Reason><a:Text>No route can be "       \
                "determined</a:Text></a:Reason></a:Fault>"                                \
    }

struct hardware_call {
    struct call call;
    struct amt_hardware *hardware;
};

static bool get_hardware(struct call *call)
{
    struct hardware_call *all = (struct hardware_call *)(void *)call;
    all->hardware = amt_hardware_read(call->device->amt, &call->arena, &call->err);
    return all->hardware != NULL;
}

static bool get_disks(struct call *call)
{
    struct hardware_call *all = (struct hardware_call *)(void *)call;
    all->hardware = amt_hardware_read_disks(call->device->amt, &call->arena, &call->err);
    return all->hardware != NULL;
}

static const struct amt_options one_by_one = {.in_flight_limit = 1};

static void all_ten_classes_are_read(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),
        GOT("CIM_ComputerSystemPackage"),
        LISTED("CIM_SystemPackaging"),
        GOT("CIM_Chassis"),
        LISTED("CIM_Chip"),
        GOT("CIM_Card"),
        GOT("CIM_BIOSElement"),
        LISTED("CIM_Processor"),
        LISTED("CIM_PhysicalMemory"),
        LISTED("CIM_MediaAccessDevice"),
        LISTED("CIM_PhysicalPackage"),
    };
    struct device device;
    struct hardware_call all;
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&all.call, &device, get_hardware, 100);
    assert_true(all.call.ok);
    for (size_t i = 0; i < AMT_HARDWARE_PARTS; i++)
        assert_true(all.hardware->parts[i].ok);
    assert_int_equal(all.hardware->parts[AMT_HARDWARE_MEMORY].items.count, 1);
    assert_non_null(amt_reading_instance(&all.hardware->parts[AMT_HARDWARE_CHASSIS]));
    call_end(&all.call);
    device_stop(&device);
}

static void a_class_that_the_device_lacks_is_missing_alone(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), FAULT, LISTED("CIM_PhysicalPackage")};
    struct device device;
    struct hardware_call all;
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&all.call, &device, get_disks, 100);
    assert_true(all.call.ok);
    assert_false(all.hardware->parts[AMT_HARDWARE_MEDIA].ok);
    assert_int_equal(all.hardware->parts[AMT_HARDWARE_MEDIA].items.count, 0);
    assert_int_equal(all.hardware->parts[AMT_HARDWARE_PACKAGE].items.count, 1);
    assert_null(all.hardware->parts[AMT_HARDWARE_CHASSIS].target.class);
    call_end(&all.call);
    device_stop(&device);
}

static void a_device_that_refuses_everything_is_an_error(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), FAULT, FAULT};
    struct device device;
    struct hardware_call all;
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&all.call, &device, get_disks, 100);
    assert_false(all.call.ok);
    assert_int_equal(all.call.err.code, ERROR_DEVICE);
    assert_string_equal(
        all.call.err.text,
        "Enumerate CIM_MediaAccessDevice: No route can be determined (DestinationUnreachable)");
    call_end(&all.call);
    device_stop(&device);
}

static void a_device_that_goes_away_ends_the_reading(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"),
                                 {.status = 200, .raw = "HTTP/1.1 2", .closes = true}};
    struct device device;
    struct hardware_call all;
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&all.call, &device, get_disks, 100);
    assert_false(all.call.ok);
    assert_int_equal(all.call.err.code, ERROR_CONNECTION);
    call_end(&all.call);
    device_stop(&device);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_ten_classes_are_read),
        cmocka_unit_test(a_class_that_the_device_lacks_is_missing_alone),
        cmocka_unit_test(a_device_that_refuses_everything_is_an_error),
        cmocka_unit_test(a_device_that_goes_away_ends_the_reading),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
