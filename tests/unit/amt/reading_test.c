/* Readings of several classes: which faults mean that a device lacks a class (spec device-protocols
 * 5.4), and which are failures. */
#include "amt/reading.h"

#include "class_steps.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define FAULT(code)                                                                        \
    {                                                                                      \
        .status = 400, .soap = true,                                                       \
        .body = "<a:Fault><a:Code><a:Value>a:Sender</a:Value><a:Subcode><a:Value>" code    \
                "</a:Value></a:Subcode></a:Code><a:Reason><a:Text>why</a:Text></a:Reason>" \
                "</a:Fault>"                                                               \
    }

#define DETAILED(code, detail)                                                          \
    {                                                                                   \
        .status = 400, .soap = true,                                                    \
        .body = "<a:Fault><a:Code><a:Value>a:Sender</a:Value><a:Subcode><a:Value>" code \
                "</a:Value></a:Subcode></a:Code><a:Detail><e:FaultDetail "              \
                "xmlns:e=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\">"           \
                "http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/" detail        \
                "</e:FaultDetail></a:Detail></a:Fault>"                                 \
    }

static const struct amt_options one_by_one = {.in_flight_limit = 1};

struct reading_call {
    struct call call;
    struct amt_reading reading;
};

static bool read_it(struct call *call)
{
    struct reading_call *one = (struct reading_call *)(void *)call;
    return amt_read(call->device->amt, &call->arena, &one->reading, 1, &call->err);
}

enum tolerance { STRICT, OPTIONAL, TOLERANT };

/* One class that is answered like this, by Get and by Enumerate. */
static void assert_borne(const struct step *answer, enum tolerance tolerance, bool borne,
                         bool absent)
{
    const struct step steps[] = {STEP_401("n1"), *answer};
    for (int enumerate = 0; enumerate < 2; enumerate++) {
        struct device device;
        struct reading_call one = {.reading = AMT_READ_GET(CIM_WiFiPort)};
        one.reading.enumerate = enumerate == 1;
        one.reading.optional = tolerance == OPTIONAL;
        one.reading.tolerant = tolerance == TOLERANT;
        DEVICE_START(&device, steps, &one_by_one);
        call_for(&one.call, &device, read_it, 100);
        assert_int_equal(one.call.ok, borne);
        assert_false(one.reading.ok);
        assert_int_equal(one.reading.items.count, 0);
        assert_int_equal(amt_reading_is_absent(&one.reading), absent);
        if (!borne)
            assert_int_equal(one.call.err.code, one.reading.err.code);
        call_end(&one.call);
        device_stop(&device);
    }
}

static bool read_thrice(struct call *call)
{
    struct reading_call *one = (struct reading_call *)(void *)call;
    for (int i = 0; i < 3; i++)
        (void)amt_read(call->device->amt, &call->arena, &one->reading, 1, &call->err);
    return true;
}

static void answers_that_the_account_lacks_the_rights_are_counted(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), FAULT("e:AccessDenied"), FAULT("e:InternalError"),
                                 FAULT("e:AccessDenied")};
    struct device device;
    struct reading_call one = {.reading = AMT_READ_GET(CIM_WiFiPort)};
    DEVICE_START(&device, steps, &one_by_one);
    assert_int_equal(amt_denials(device.amt), 0);
    call_for(&one.call, &device, read_thrice, 1000);
    assert_int_equal(amt_denials(device.amt), 2);
    call_end(&one.call);
    device_stop(&device);
}

static void a_class_that_is_not_there_is_no_failure_of_an_optional_reading(void **state)
{
    (void)state;
    const struct step unreachable = FAULT("b:DestinationUnreachable");
    const struct step selectors = FAULT("e:InvalidSelectors");
    assert_borne(&unreachable, OPTIONAL, true, true);
    assert_borne(&selectors, OPTIONAL, true, true);
    assert_borne(&unreachable, STRICT, false, true);
}

/* DSP0226 has it as the detail of a fault; there are services that make it the subcode. */
static void an_invalid_resource_uri_is_a_class_that_is_not_there(void **state)
{
    (void)state;
    const struct step subcode = FAULT("e:InvalidResourceURI");
    const struct step detail = DETAILED("b:ActionNotSupported", "InvalidResourceURI");
    const struct step other = DETAILED("b:ActionNotSupported", "MissingValues");
    assert_borne(&subcode, OPTIONAL, true, true);
    assert_borne(&detail, OPTIONAL, true, true);
    assert_borne(&other, OPTIONAL, false, false);
}

static void any_other_fault_is(void **state)
{
    (void)state;
    const struct step answers[] = {
        FAULT("e:AccessDenied"),
        FAULT("e:InternalError"),
        FAULT("e:SchemaValidationError"),
        FAULT("b:ActionNotSupported"),
        {.status = 500, .body = "<html></html>"},
        {.status = 200, .body = "nonsense"},
    };
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
        assert_borne(&answers[i], OPTIONAL, false, false);
}

/* Hardware shows each class that fails as a block of its own. */
static void a_tolerant_reading_bears_whatever_a_device_answers(void **state)
{
    (void)state;
    const struct step denied = FAULT("e:AccessDenied");
    const struct step nonsense = {.status = 200, .body = "nonsense"};
    const struct step unreachable = FAULT("b:DestinationUnreachable");
    assert_borne(&denied, TOLERANT, true, false);
    assert_borne(&nonsense, TOLERANT, true, false);
    assert_borne(&unreachable, TOLERANT, true, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_class_that_is_not_there_is_no_failure_of_an_optional_reading),
        cmocka_unit_test(an_invalid_resource_uri_is_a_class_that_is_not_there),
        cmocka_unit_test(any_other_fault_is),
        cmocka_unit_test(answers_that_the_account_lacks_the_rights_are_counted),
        cmocka_unit_test(a_tolerant_reading_bears_whatever_a_device_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
