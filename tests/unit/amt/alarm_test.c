/* Alarms: what is sent, what a device's refusals mean, intervals. */
#include "amt/alarm.h"

#include "device.h"

#include "io/simulated.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define AMT "http://intel.com/wbem/wscim/1/amt-schema/1/"
#define IPS "http://intel.com/wbem/wscim/1/ips-schema/1/"
#define ADDED(value)                                                                            \
    {                                                                                           \
        .expect = "AMT_AlarmClockService/AddAlarm</a:Action>", .status = 200, .soap = true,     \
        .body =                                                                                 \
            "<g:AddAlarm_OUTPUT xmlns:g=\"" AMT "AMT_AlarmClockService\"><g:ReturnValue>" value \
            "</g:ReturnValue></g:AddAlarm_OUTPUT>"                                              \
    }
#define FAULT(subcode)                                                                     \
    {                                                                                      \
        .status = 400, .soap = true,                                                       \
        .body = "<a:Fault xmlns:a=\"http://www.w3.org/2003/05/soap-envelope\"><a:Code>"    \
                "<a:Value>a:Sender</a:Value><a:Subcode><a:Value>e:" subcode                \
                "</a:Value></a:Subcode></a:Code><a:Reason><a:Text>why</a:Text></a:Reason>" \
                "<a:Detail></a:Detail></a:Fault>"                                          \
    }

struct alarm_call {
    struct call call;
    struct amt_alarm alarm;
    enum amt_alarm_refusal refusal;
};

static bool add(struct call *call)
{
    struct alarm_call *alarm = (struct alarm_call *)(void *)call;
    return amt_alarm_add(call->device->amt, &call->arena, &alarm->alarm, &alarm->refusal,
                         &call->err);
}

static bool remove_alarm(struct call *call)
{
    struct alarm_call *alarm = (struct alarm_call *)(void *)call;
    return amt_alarm_delete(call->device->amt, &call->arena, alarm->alarm.id, &alarm->refusal,
                            &call->err);
}

static void assert_outcome(bool (*run)(struct call *), struct step step,
                           const struct amt_alarm *alarm, bool ok, enum amt_alarm_refusal refusal)
{
    const struct step steps[] = {STEP_401("n1"), step};
    struct device device;
    struct alarm_call call = {.alarm = *alarm};
    DEVICE_START(&device, steps, NULL);
    call_for(&call.call, &device, run, 1000);
    assert_int_equal(call.call.ok, ok);
    assert_int_equal(call.refusal, refusal);
    if (!ok)
        assert_int_equal(call.call.err.code, ERROR_DEVICE);
    call_end(&call.call);
    device_stop(&device);
}

static const struct amt_alarm plain = {.id = {(const uint8_t *)"x", 1}, .start = 1672531140};

/* Spec mps B.2. */
static void an_alarm_is_sent_as_the_firmware_wants_it(void **state)
{
    (void)state;
    const struct amt_alarm alarm = {.id = SLICE_LITERAL("id"),
                                    .name = SLICE_LITERAL("name"),
                                    .start = 1672531140,
                                    .interval_minutes = 1510,
                                    .delete_on_completion = true};
    struct step step = ADDED("0");
    step.expect =
        "<q:InstanceID>id</q:InstanceID><q:ElementName>name</q:ElementName><q:StartTime>"
        "<d:Datetime xmlns:d=\"http://schemas.dmtf.org/wbem/wscim/1/common\">2022-12-31T23:59:00Z"
        "</d:Datetime></q:StartTime><q:Interval><d:Interval "
        "xmlns:d=\"http://schemas.dmtf.org/wbem/wscim/1/common\">P1DT1H10M</d:Interval>"
        "</q:Interval><q:DeleteOnCompletion>true</q:DeleteOnCompletion>";
    assert_outcome(add, step, &alarm, true, AMT_ALARM_NOT_REFUSED);
}

static void names_cannot_break_out_of_the_xml(void **state)
{
    (void)state;
    const struct amt_alarm alarm = {.id = SLICE_LITERAL("</q:InstanceID><x a=\"&'\">"),
                                    .start = 1672531140};
    struct step step = ADDED("0");
    step.expect = "<q:InstanceID>&lt;/q:InstanceID&gt;&lt;x a=&quot;&amp;&apos;&quot;&gt;"
                  "</q:InstanceID><q:StartTime>";
    assert_outcome(add, step, &alarm, true, AMT_ALARM_NOT_REFUSED);
    step = (struct step){.expect = "<w:Selector Name=\"InstanceID\">&lt;/q:InstanceID&gt;",
                         .status = 200,
                         .soap = true,
                         .body = ""};
    assert_outcome(remove_alarm, step, &alarm, true, AMT_ALARM_NOT_REFUSED);
}

static void each_refusal_is_told_apart(void **state)
{
    (void)state;
    assert_outcome(add, (struct step)FAULT("QuotaLimit"), &plain, false, AMT_ALARM_QUOTA);
    assert_outcome(add, (struct step)FAULT("InvalidRepresentation"), &plain, false,
                   AMT_ALARM_INVALID);
    assert_outcome(add, (struct step)FAULT("AccessDenied"), &plain, false, AMT_ALARM_FAILED);
    assert_outcome(add, (struct step)ADDED("36"), &plain, false, AMT_ALARM_FAILED);
    assert_outcome(remove_alarm, (struct step)FAULT("DestinationUnreachable"), &plain, false,
                   AMT_ALARM_ABSENT);
    assert_outcome(remove_alarm, (struct step)FAULT("AccessDenied"), &plain, false,
                   AMT_ALARM_FAILED);
}

static void an_unreachable_device_is_no_refusal(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), {.status = 200, .body = "not XML"}};
    struct device device;
    struct alarm_call call = {.alarm = plain};
    DEVICE_START(&device, steps, NULL);
    call_for(&call.call, &device, add, 1000);
    assert_false(call.call.ok);
    assert_int_equal(call.refusal, AMT_ALARM_NOT_REFUSED);
    assert_int_equal(call.call.err.code, ERROR_PROTOCOL);
    call_end(&call.call);
    device_stop(&device);
}

static void intervals_are_read_and_written(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t minutes; /* -1: none */
    } samples[] = {
        {"P1DT1H10M", 1510},
        {"P0DT0H0M", 0},
        {"PT5M", 5},
        {"P2D", 2880},
        {"PT90M", 90},
        {"PT1H59S", 60},
        {"P1W", 10080},
        {"P0Y0M1DT0H0M0S", 1440},
        {"P1M", -1},
        {"P1Y", -1},
        {"", -1},
        {"P", -1},
        {"1D", -1},
        {"PT1", -1},
        {"PTM", -1},
        {"P1DT1X", -1},
        {"P1D1H", -1},
        {"PTT1H", -1},
        {"P-1D", -1},
        {"0", -1},
        {"P99999999999D", -1},
    };
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        uint64_t minutes = 0;
        bool ok = amt_alarm_read_interval(slice_of_string(samples[i].text), &minutes);
        if (ok != (samples[i].minutes >= 0) || (ok && minutes != (uint64_t)samples[i].minutes))
            fail_msg("%s", samples[i].text);
    }
    struct arena arena;
    arena_init(&arena);
    assert_true(slice_equal_string(amt_alarm_interval(&arena, 1510), "P1DT1H10M"));
    assert_true(slice_equal_string(amt_alarm_interval(&arena, 5), "P0DT0H5M"));
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_alarm_is_sent_as_the_firmware_wants_it),
        cmocka_unit_test(names_cannot_break_out_of_the_xml),
        cmocka_unit_test(each_refusal_is_told_apart),
        cmocka_unit_test(an_unreachable_device_is_no_refusal),
        cmocka_unit_test(intervals_are_read_and_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
