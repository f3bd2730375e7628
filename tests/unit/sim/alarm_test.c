/* Alarms (spec device-classes 3, AMT_AlarmClockService; faults of device-protocols 5.4). The
 * device's clock begins at 2026-01-01T00:00:00Z. */
#include "device_bench.h"

#define SERVICE    SPACE_AMT "AMT_AlarmClockService"
#define OCCURRENCE SPACE_IPS "IPS_AlarmClockOccurrence"
#define FIELD(name, value) \
    "<s:" name " xmlns:s=\"" SPACE_IPS "IPS_AlarmClockOccurrence\">" value "</s:" name ">"
#define COMMON "http://schemas.dmtf.org/wbem/wscim/1/common"
#define ADD(id, start, more)                                                                   \
    INVOKE(SERVICE, "AddAlarm",                                                                \
           "<h:AlarmTemplate>" FIELD("InstanceID", id)                                         \
               FIELD("StartTime", "<p:Datetime xmlns:p=\"" COMMON "\">" start "</p:Datetime>") \
                   more FIELD("DeleteOnCompletion", "true") "</h:AlarmTemplate>")
#define EVERY(interval) \
    FIELD("Interval", "<p:Interval xmlns:p=\"" COMMON "\">" interval "</p:Interval>")

static void an_alarm_is_there_after_it_was_added(void **state)
{
    struct bench *bench = *state;
    bench_lacks(BENCH_PULL(bench, OCCURRENCE), "IPS_AlarmClockOccurrence>");
    bench_has(bench_call(bench, ADD("morning", "2026-01-01T08:00:00Z", EVERY("P1DT0H0M")), 0),
              "<g:AlarmClock><b:Address>default</b:Address><b:ReferenceParameters>"
              "<c:ResourceURI></c:ResourceURI><c:SelectorSet></c:SelectorSet>"
              "</b:ReferenceParameters></g:AlarmClock>");
    bench_has(BENCH_PULL(bench, OCCURRENCE),
              "<h:IPS_AlarmClockOccurrence><h:DeleteOnCompletion>true</h:DeleteOnCompletion>"
              "<h:InstanceID>morning</h:InstanceID>"
              "<h:Interval><i:Interval>P1DT0H0M</i:Interval></h:Interval>"
              "<h:StartTime><i:Datetime>2026-01-01T08:00:00Z</i:Datetime></h:StartTime>"
              "</h:IPS_AlarmClockOccurrence>");
}

static void a_second_one_of_the_name_is_refused(void **state)
{
    struct bench *bench = *state;
    bench_call(bench, ADD("morning", "2026-01-01T08:00:00Z", ""), 0);
    const char *text = bench_ask(bench, ADD("morning", "2026-01-02T08:00:00Z", ""), 400);
    bench_has(text, "<a:Value>d:InvalidRepresentation</a:Value>");
    bench_has(text, "wsman/faultDetail/MissingValues");
}

static void the_sixth_is_too_many(void **state)
{
    struct bench *bench = *state;
    bench_call(bench, ADD("1", "2026-01-01T08:00:00Z", ""), 0);
    bench_call(bench, ADD("2", "2026-01-01T08:00:00Z", ""), 0);
    bench_call(bench, ADD("3", "2026-01-01T08:00:00Z", ""), 0);
    bench_call(bench, ADD("4", "2026-01-01T08:00:00Z", ""), 0);
    bench_call(bench, ADD("5", "2026-01-01T08:00:00Z", ""), 0);
    const char *text = bench_ask(bench, ADD("6", "2026-01-01T08:00:00Z", ""), 400);
    bench_has(text, "e:QuotaLimit");
    bench_has(text, "The service is busy servicing other requests.");
    bench_ask(bench, DELETE_OF(OCCURRENCE, "InstanceID", "3"), 200);
    bench_call(bench, ADD("6", "2026-01-01T08:00:00Z", ""), 0);
}

static void what_is_no_time_is_refused(void **state)
{
    struct bench *bench = *state;
    bench_ask(bench, ADD("a", "tomorrow", ""), 400);
    bench_ask(bench, ADD("a", "2026-13-01T08:00:00Z", ""), 400);
    bench_ask(bench, ADD("a", "2026-01-01T08:00:00Z", EVERY("daily")), 400);
    bench_lacks(BENCH_PULL(bench, OCCURRENCE), "InstanceID");
}

static void a_deleted_one_is_gone(void **state)
{
    struct bench *bench = *state;
    bench_call(bench, ADD("morning", "2026-01-01T08:00:00Z", ""), 0);
    const char *text = bench_ask(bench, DELETE_OF(OCCURRENCE, "InstanceID", "morning"), 200);
    bench_has(text, "http://schemas.xmlsoap.org/ws/2004/09/transfer/DeleteResponse");
    bench_has(text, "<a:Body></a:Body>");
    bench_lacks(BENCH_PULL(bench, OCCURRENCE), "morning");
    bench_has(bench_ask(bench, DELETE_OF(OCCURRENCE, "InstanceID", "morning"), 400),
              "DestinationUnreachable");
}

static void it_switches_the_machine_on(void **state)
{
    struct bench *bench = *state;
    bench_call(bench, ADD("morning", "2026-01-01T08:00:00Z", ""), 0);
    bench_call(bench, POWER("8"), 0);
    sim_device_tick(&bench->device, 7 * 3600 * 1000);
    assert_int_equal(bench->device.power, SIM_POWER_OFF);
    assert_int_equal(sim_device_due(&bench->device), 8 * 3600 * 1000);
    sim_device_tick(&bench->device, 8 * 3600 * 1000);
    sim_device_tick(&bench->device, 8 * 3600 * 1000 + 1000);
    assert_int_equal(bench->device.power, SIM_POWER_ON);
    bench->now_ms = 9 * 3600 * 1000;
    bench_lacks(BENCH_PULL(bench, OCCURRENCE), "morning");
}

static void a_repeated_one_comes_again(void **state)
{
    struct bench *bench = *state;
    bench_call(bench, ADD("daily", "2026-01-31T08:00:00Z", EVERY("P1DT0H0M")), 0);
    bench->now_ms = (uint64_t)(30 * 24 + 9) * 3600 * 1000;
    bench_has(BENCH_PULL(bench, OCCURRENCE), "2026-02-01T08:00:00Z");
    assert_int_equal(sim_device_due(&bench->device), (uint64_t)(31 * 24 + 8) * 3600 * 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(an_alarm_is_there_after_it_was_added),
        BENCH_TEST(a_second_one_of_the_name_is_refused),
        BENCH_TEST(the_sixth_is_too_many),
        BENCH_TEST(what_is_no_time_is_refused),
        BENCH_TEST(a_deleted_one_is_gone),
        BENCH_TEST(it_switches_the_machine_on),
        BENCH_TEST(a_repeated_one_comes_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
