/* User consent (spec device-protocols 6.5). */
#include "device_bench.h"
#include "sim/capability/capability.h"

#define OPT_IN SPACE_IPS "IPS_OptInService"
#define START  INVOKE(OPT_IN, "StartOptIn", "")
#define CANCEL INVOKE(OPT_IN, "CancelOptIn", "")

static void require(struct bench *bench, const char *value)
{
    char request[4096];
    snprintf(request, sizeof(request),
             PUT_OF(SPACE_IPS, "IPS_OptInService", "<h:OptInRequired>%s</h:OptInRequired>"), value);
    bench_ask(bench, request, 200);
}

static void send_code(struct bench *bench, unsigned code, unsigned value)
{
    char request[4096];
    snprintf(request, sizeof(request),
             INVOKE(OPT_IN, "SendOptInCode", "<h:OptInCode>%06u</h:OptInCode>"), code);
    bench_call(bench, request, value);
}

static void expect_state(struct bench *bench, unsigned state)
{
    char wanted[64];
    snprintf(wanted, sizeof(wanted), "<g:OptInState>%u</g:OptInState>", state);
    bench_has(bench_ask(bench, GET(OPT_IN), 200), wanted);
}

static void display(struct bench *bench)
{
    require(bench, "4294967295");
    bench_call(bench, START, 0);
    bench->now_ms += 2000;
    expect_state(bench, 2);
}

static void without_a_policy_there_is_nothing_to_start(void **state)
{
    struct bench *bench = *state;
    bench_call(bench, START, 2);
    bench_call(bench, CANCEL, 2);
    send_code(bench, 1, 2);
}

static void the_shown_code_opens(void **state)
{
    struct bench *bench = *state;
    require(bench, "4294967295");
    bench_call(bench, START, 0);
    expect_state(bench, 1);
    bench_call(bench, START, 2);
    bench->now_ms = 1000;
    expect_state(bench, 2);
    assert_true(bench->device.consent.code < 1000000);
    send_code(bench, bench->device.consent.code, 0);
    expect_state(bench, 3);
    sim_consent_session(&bench->device, true, bench->now_ms);
    bench->now_ms += 3600 * 1000;
    expect_state(bench, 4);
    sim_consent_session(&bench->device, false, bench->now_ms);
    expect_state(bench, 3);
    bench->now_ms += 121 * 1000;
    expect_state(bench, 0);
}

static void the_third_wrong_code_ends_it(void **state)
{
    struct bench *bench = *state;
    display(bench);
    unsigned wrong = (bench->device.consent.code + 1) % 1000000;
    send_code(bench, wrong, 3);
    send_code(bench, wrong, 3);
    expect_state(bench, 2);
    send_code(bench, wrong, 3);
    expect_state(bench, 0);
    send_code(bench, bench->device.consent.code, 2);
}

static void the_display_ends_after_five_minutes(void **state)
{
    struct bench *bench = *state;
    display(bench);
    bench->now_ms = 300 * 1000;
    expect_state(bench, 2);
    bench->now_ms = 302 * 1000;
    expect_state(bench, 0);
}

static void an_unused_consent_ends_after_two_minutes(void **state)
{
    struct bench *bench = *state;
    display(bench);
    send_code(bench, bench->device.consent.code, 0);
    bench->now_ms += 119 * 1000;
    expect_state(bench, 3);
    bench->now_ms += 1000;
    expect_state(bench, 0);
}

static void a_cancel_ends_it(void **state)
{
    struct bench *bench = *state;
    display(bench);
    bench_call(bench, CANCEL, 0);
    expect_state(bench, 0);
}

static void each_time_shows_another_code(void **state)
{
    struct bench *bench = *state;
    display(bench);
    uint32_t first = bench->device.consent.code;
    bench_call(bench, CANCEL, 0);
    display(bench);
    assert_int_not_equal(first, bench->device.consent.code);
}

static void a_machine_that_is_off_shows_nothing(void **state)
{
    struct bench *bench = *state;
    require(bench, "1");
    bench_call(bench, POWER("8"), 0);
    bench->now_ms = 5000;
    bench_call(bench, START, 0);
    bench->now_ms = 60000;
    expect_state(bench, 1);
    bench_call(bench, POWER("2"), 0);
    bench->now_ms = 61500;
    expect_state(bench, 1);
    bench->now_ms = 70000;
    expect_state(bench, 2);
}

static void a_boot_waits_for_consent(void **state)
{
    struct bench *bench = *state;
    display(bench);
    bench_call(bench, ROLE("1"), 6);
    bench_call(bench, ORDER("Intel(r) AMT: Force PXE Boot"), 6);
    send_code(bench, bench->device.consent.code, 0);
    bench_call(bench, ROLE("1"), 0);
    bench_call(bench, ORDER("Intel(r) AMT: Force PXE Boot"), 0);
}

static void an_unknown_policy_is_refused(void **state)
{
    struct bench *bench = *state;
    bench_has(
        bench_ask(bench,
                  PUT_OF(SPACE_IPS, "IPS_OptInService", "<h:OptInRequired>7</h:OptInRequired>"),
                  400),
        "InvalidRepresentation");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(without_a_policy_there_is_nothing_to_start),
        BENCH_TEST(the_shown_code_opens),
        BENCH_TEST(the_third_wrong_code_ends_it),
        BENCH_TEST(the_display_ends_after_five_minutes),
        BENCH_TEST(an_unused_consent_ends_after_two_minutes),
        BENCH_TEST(a_cancel_ends_it),
        BENCH_TEST(each_time_shows_another_code),
        BENCH_TEST(a_machine_that_is_off_shows_nothing),
        BENCH_TEST(a_boot_waits_for_consent),
        BENCH_TEST(an_unknown_policy_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
