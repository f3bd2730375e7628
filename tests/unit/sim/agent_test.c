/* Watchdogs of agents on the host (spec device-classes 3; states of mps A.8). */
#include "device_bench.h"
#include "sim/capability/capability.h"

#define WATCHDOG SPACE_AMT "AMT_AgentPresenceWatchdog"
#define AGENT    "6d1fb3a4-0000-4000-8000-000000000001"
#define CREATE(id)                                                                            \
    REQUEST(TRANSFER "Create", WATCHDOG, "6", "",                                             \
            "<h:AMT_AgentPresenceWatchdog xmlns:h=\"" WATCHDOG "\"><h:DeviceID>" id           \
            "</h:DeviceID><h:MonitoredEntityDescription>Agent</h:MonitoredEntityDescription>" \
            "<h:StartupInterval>300</h:StartupInterval><h:TimeoutInterval>60"                 \
            "</h:TimeoutInterval></h:AMT_AgentPresenceWatchdog>")
#define CALL(method, inputs)                                                 \
    REQUEST(WATCHDOG "/" method, WATCHDOG, "3", SELECTOR("DeviceID", AGENT), \
            "<h:" method "_INPUT xmlns:h=\"" WATCHDOG "\">" inputs "</h:" method "_INPUT>")
#define SEQUENCE "<h:SequenceNumber>1</h:SequenceNumber>"

static void state_is(struct bench *bench, const char *state)
{
    char wanted[64];
    snprintf(wanted, sizeof(wanted), "<h:CurrentState>%s</h:CurrentState>", state);
    bench_has(BENCH_PULL(bench, WATCHDOG), wanted);
}

static void an_agent_starts_runs_and_stops(void **state)
{
    struct bench *bench = *state;
    bench_has(bench_ask(bench, CREATE(AGENT), 200), "<c:Selector Name=\"DeviceID\">" AGENT);
    state_is(bench, "1");
    bench_call(bench, CALL("AssertPresence", SEQUENCE), 16);
    bench_has(bench_call(bench, CALL("RegisterAgent", ""), 0),
              "<g:SessionSequenceNumber>1</g:SessionSequenceNumber>"
              "<g:TimeoutInterval>60</g:TimeoutInterval>");
    state_is(bench, "4");
    bench->now_ms = 59000;
    bench_call(bench, CALL("AssertPresence", SEQUENCE), 0);
    bench->now_ms = 118000;
    state_is(bench, "4");
    bench_call(bench, CALL("AssertShutdown", SEQUENCE), 0);
    state_is(bench, "2");
    bench->now_ms = 1000000;
    state_is(bench, "2");
}

static void a_silent_agent_expires(void **state)
{
    struct bench *bench = *state;
    (void)bench_ask(bench, CREATE(AGENT), 200);
    bench_call(bench, CALL("RegisterAgent", ""), 0);
    assert_int_equal(sim_device_due(&bench->device), 60000);
    bench->now_ms = 60000;
    state_is(bench, "8");
    bench_call(bench, CALL("AssertPresence", SEQUENCE), 16);
    bench_call(bench, CALL("RegisterAgent", ""), 0);
    state_is(bench, "4");
}

static void an_agent_must_register_after_a_boot(void **state)
{
    struct bench *bench = *state;
    (void)bench_ask(bench, CREATE(AGENT), 200);
    bench_call(bench, CALL("RegisterAgent", ""), 0);
    bench_call(bench, POWER("10"), 0);
    bench->now_ms = 1000;
    state_is(bench, "1");
    bench->now_ms = 301000;
    state_is(bench, "8");
}

static void a_transition_makes_an_event(void **state)
{
    struct bench *bench = *state;
    (void)bench_ask(bench, CREATE(AGENT), 200);
    bench_call(bench,
               CALL("AddAction", "<h:OldState>255</h:OldState><h:NewState>8</h:NewState>"
                                 "<h:EventOnTransition>true</h:EventOnTransition>"),
               0);
    bench_call(bench, CALL("RegisterAgent", ""), 0);
    assert_int_equal(bench->device.event_count, 0);
    bench->now_ms = 60000;
    sim_device_tick(&bench->device, bench->now_ms);
    assert_int_equal(bench->device.event_count, 1);
    const uint8_t *event = bench->device.events[0];
    assert_int_equal(event[5], 18); /* sensor */
    assert_int_equal(event[13], 0xaa);
    assert_int_equal(event[20], 8); /* expired */
    bench_has(BENCH_PULL(bench, SPACE_AMT "AMT_StateTransitionCondition"),
              "<h:NewState>8</h:NewState>");
    bench_call(bench, CALL("DeleteAllActions", ""), 0);
    bench_has(BENCH_PULL(bench, SPACE_AMT "AMT_AgentPresenceWatchdogAction"),
              "<g:Items></g:Items>");
}

static void a_watchdog_is_there_once_and_goes(void **state)
{
    struct bench *bench = *state;
    (void)bench_ask(bench, CREATE(AGENT), 200);
    bench_has(bench_ask(bench, CREATE(AGENT), 400), "e:AlreadyExists");
    (void)bench_ask(bench, DELETE_OF(WATCHDOG, "DeviceID", AGENT), 200);
    bench_has(BENCH_PULL(bench, WATCHDOG), "<g:Items></g:Items>");
    assert_true(sim_device_due(&bench->device) == UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(an_agent_starts_runs_and_stops),      BENCH_TEST(a_silent_agent_expires),
        BENCH_TEST(an_agent_must_register_after_a_boot), BENCH_TEST(a_transition_makes_an_event),
        BENCH_TEST(a_watchdog_is_there_once_and_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
