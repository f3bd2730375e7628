/* Reading the event log to its end or in pages, whatever the device does meanwhile. */
#include "amt/event_log.h"

#include "device.h"

#include "io/simulated.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define AMT "http://intel.com/wbem/wscim/1/amt-schema/1/"

/* amt/messagelog/getrecords.xml; B and C are it with other sensor numbers. */
#define A "Y8iYZf8GbwVoEP8mYaoKAAAAAAAA"
#define B "Y8iYZf8GbwVoEAEmYaoKAAAAAAAA"
#define C "Y8iYZf8GbwVoEAImYaoKAAAAAAAA"

#define OUTPUT(method, inside, value)                                            \
    {                                                                            \
        .expect = "/" method "</a:Action>", .status = 200, .soap = true,         \
        .body = "<g:" method "_OUTPUT xmlns:g=\"" AMT "AMT_MessageLog\">" inside \
                "<g:ReturnValue>" value "</g:ReturnValue></g:" method "_OUTPUT>" \
    }
#define FIRST(id) \
    OUTPUT("PositionToFirstRecord", "<g:IterationIdentifier>" id "</g:IterationIdentifier>", "0")
#define RECORD(text) "<g:RecordArray>" text "</g:RecordArray>"
#define RECORDS(id, last, records)                                 \
    OUTPUT("GetRecords",                                           \
           "<g:IterationIdentifier>" id "</g:IterationIdentifier>" \
           "<g:NoMoreRecords>" last "</g:NoMoreRecords>" records,  \
           "0")

struct log_call {
    struct call call;
    size_t skip;
    size_t most;
    struct amt_event_page page;
};

static bool read_log(struct call *call)
{
    struct log_call *log = (struct log_call *)(void *)call;
    return amt_event_log_read(call->device->amt, &call->arena, log->skip, log->most, &log->page,
                              &call->err);
}

/* Sensor numbers of the page as text; "+" when there is more. */
static void assert_page(const struct step *steps, size_t count, size_t skip, size_t most,
                        const char *wanted)
{
    struct device device;
    struct log_call log = {.skip = skip, .most = most};
    char text[256] = "";
    size_t used = 0;
    device_start(&device, steps, count, NULL);
    call_for(&log.call, &device, read_log, 1000);
    assert_true(log.call.ok);
    for (size_t i = 0; i < log.page.count; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%u ",
                                 log.page.entries[i].decoded ? "" : "?",
                                 log.page.entries[i].record.sensor_number);
    (void)snprintf(text + used, sizeof text - used, "%s", log.page.has_more ? "+" : "");
    assert_string_equal(text, wanted);
    call_end(&log.call);
    device_stop(&device);
}
#define ASSERT_PAGE(steps, ...) assert_page(steps, sizeof(steps) / sizeof((steps)[0]), __VA_ARGS__)

static void a_log_is_read_to_its_end(void **state)
{
    (void)state;
    struct step steps[] = {
        STEP_401("n1"),
        FIRST("1"),
        RECORDS("3", "false", RECORD(A) RECORD(B)),
        RECORDS("3", "true", RECORD(C)),
    };
    steps[2].expect = "<h:IterationIdentifier>1</h:IterationIdentifier>"
                      "<h:MaxReadRecords>390</h:MaxReadRecords>";
    steps[3].expect = "<h:IterationIdentifier>3</h:IterationIdentifier>";
    ASSERT_PAGE(steps, 0, AMT_EVENT_LOG_MOST, "255 1 2 ");
}

static void one_record_more_than_the_page_tells_whether_there_are_more(void **state)
{
    (void)state;
    struct step steps[] = {
        STEP_401("n1"),
        FIRST("1"),
        RECORDS("3", "true", RECORD(A) RECORD(B) RECORD(C)),
    };
    steps[2].expect = "<h:MaxReadRecords>3</h:MaxReadRecords>";
    ASSERT_PAGE(steps, 1, 1, "1 +");
    steps[2].expect = "<h:MaxReadRecords>4</h:MaxReadRecords>";
    ASSERT_PAGE(steps, 1, 2, "1 2 ");
    steps[2].expect = NULL;
    ASSERT_PAGE(steps, 3, 10, "");
    steps[2].expect = "<h:MaxReadRecords>1</h:MaxReadRecords>";
    ASSERT_PAGE(steps, 0, 0, "+");
}

static void an_empty_log_is_empty(void **state)
{
    (void)state;
    const struct step zero[] = {STEP_401("n1"), FIRST("0")};
    const struct step none[] = {STEP_401("n1"), OUTPUT("PositionToFirstRecord", "", "3")};
    const struct step gone[] = {STEP_401("n1"), FIRST("1"), OUTPUT("GetRecords", "", "3")};
    ASSERT_PAGE(zero, 0, 10, "");
    ASSERT_PAGE(none, 0, 10, "");
    ASSERT_PAGE(gone, 0, 10, "");
}

static void a_device_that_never_comes_to_an_end_does_not_hold_us(void **state)
{
    (void)state;
    const struct step nothing[] = {STEP_401("n1"), FIRST("1"), RECORDS("2", "false", "")};
    const struct step again[] = {
        STEP_401("n1"),
        FIRST("1"),
        RECORDS("1", "false", RECORD(A) RECORD(B)),
        RECORDS("1", "false", RECORD(A) RECORD(B)),
    };
    ASSERT_PAGE(nothing, 0, 10, "");
    ASSERT_PAGE(again, 0, 10, "255 1 ");
}

static void an_identifier_that_stays_may_bring_other_records(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),
        FIRST("1"),
        RECORDS("1", "false", RECORD(A)),
        RECORDS("1", "true", RECORD(B)),
    };
    ASSERT_PAGE(steps, 0, 10, "255 1 ");
}

static void a_bad_record_does_not_lose_the_page(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),
        FIRST("1"),
        RECORDS("4", "true", RECORD("###") RECORD("AAAA") RECORD(" " A "\n")),
    };
    ASSERT_PAGE(steps, 0, 10, "?0 ?0 255 ");
}

static void a_record_of_any_length_is_cut_and_said_to_be(void **state)
{
    (void)state;
    static char record[3001];
    static char body[4096];
    struct device device;
    struct log_call log = {.most = 10};
    memset(record, 'A', sizeof record - 1);
    (void)snprintf(body, sizeof body,
                   "<g:GetRecords_OUTPUT xmlns:g=\"" AMT "AMT_MessageLog\"><g:IterationIdentifier>4"
                   "</g:IterationIdentifier><g:NoMoreRecords>true</g:NoMoreRecords>" RECORD(
                       "%s") "<g:ReturnValue>0</g:ReturnValue></g:GetRecords_OUTPUT>",
                   record);
    const struct step steps[] = {
        STEP_401("n1"), FIRST("1"), {.status = 200, .soap = true, .body = body}};
    DEVICE_START(&device, steps, NULL);
    call_for(&log.call, &device, read_log, 1000);
    assert_true(log.call.ok);
    assert_int_equal(log.page.count, 1);
    assert_false(log.page.entries[0].decoded);
    assert_int_equal(log.page.entries[0].bytes.size, AMT_EVENT_RECORD_MOST);
    assert_int_equal(log.page.entries[0].cut_from, 3000);
    call_end(&log.call);
    device_stop(&device);
}

static void a_place_in_the_log_is_short(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"), FIRST("11111111111111111111111111111111111111111111111111111111111111111")};
    struct device device;
    struct log_call log = {.most = 10};
    DEVICE_START(&device, steps, NULL);
    call_for(&log.call, &device, read_log, 1000);
    assert_false(log.call.ok);
    assert_int_equal(log.call.err.code, ERROR_PROTOCOL);
    call_end(&log.call);
    device_stop(&device);
}

static bool clear_log(struct call *call)
{
    return amt_event_log_clear(call->device->amt, &call->arena, &call->err);
}

static bool freeze_log(struct call *call)
{
    return amt_event_log_freeze(call->device->amt, &call->arena, true, &call->err);
}

static void a_frozen_log_refuses_to_be_cleared(void **state)
{
    (void)state;
    struct step steps[] = {
        STEP_401("n1"),
        OUTPUT("FreezeLog", "", "0"),
        OUTPUT("ClearLog", "", "2059"),
        OUTPUT("ClearLog", "", "0"),
    };
    steps[1].expect = "<h:Freeze>true</h:Freeze>";
    struct device device;
    struct call call = {0};
    DEVICE_START(&device, steps, NULL);
    call_for(&call, &device, freeze_log, 1000);
    assert_true(call.ok);
    call_end(&call);
    call_for(&call, &device, clear_log, 1000);
    assert_false(call.ok);
    assert_int_equal(call.err.code, ERROR_DEVICE);
    assert_non_null(strstr(call.err.text, "EVENTLOG_FROZEN"));
    call_end(&call);
    call_for(&call, &device, clear_log, 1000);
    assert_true(call.ok);
    call_end(&call);
    device_stop(&device);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_is_read_to_its_end),
        cmocka_unit_test(one_record_more_than_the_page_tells_whether_there_are_more),
        cmocka_unit_test(an_empty_log_is_empty),
        cmocka_unit_test(a_device_that_never_comes_to_an_end_does_not_hold_us),
        cmocka_unit_test(an_identifier_that_stays_may_bring_other_records),
        cmocka_unit_test(a_bad_record_does_not_lose_the_page),
        cmocka_unit_test(a_record_of_any_length_is_cut_and_said_to_be),
        cmocka_unit_test(a_place_in_the_log_is_short),
        cmocka_unit_test(a_frozen_log_refuses_to_be_cleared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
