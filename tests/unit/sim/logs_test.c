/* The event log and the audit log (spec device-protocols 6.7): what was done is in them. */
#include "device_bench.h"

#include <stdio.h>

#define EVENTS SPACE_AMT "AMT_MessageLog"
#define AUDITS SPACE_AMT "AMT_AuditLog"
#define FIRST  INVOKE(EVENTS, "PositionToFirstRecord", "")
#define RECORDS(from, most)                                          \
    INVOKE(EVENTS, "GetRecords",                                     \
           "<h:IterationIdentifier>" from "</h:IterationIdentifier>" \
           "<h:MaxReadRecords>" most "</h:MaxReadRecords>")
#define READ(from) INVOKE(AUDITS, "ReadRecords", "<h:StartIndex>" from "</h:StartIndex>")

static unsigned count_of(const char *text, const char *part)
{
    unsigned count = 0;
    while ((text = strstr(text, part)) != NULL) {
        text += strlen(part);
        count++;
    }
    return count;
}

static void events_are_read_from_the_first_on(void **state)
{
    struct bench *bench = *state;
    bench_has(bench_call(bench, FIRST, 0), "<g:IterationIdentifier>1</g:IterationIdentifier>");
    bench_has(bench_call(bench, RECORDS("1", "390"), 0),
              "<g:IterationIdentifier>3</g:IterationIdentifier>"
              "<g:NoMoreRecords>true</g:NoMoreRecords>"
              "<g:RecordArray>Y8iYZf8GbwVoEP8mYaoKAAAAAAAA</g:RecordArray>"
              "<g:RecordArray>IgYBZf8PbwJoAf8iAEAHAAAAAAAA</g:RecordArray>");
    bench_has(bench_call(bench, RECORDS("1", "2"), 0),
              "<g:IterationIdentifier>3</g:IterationIdentifier>"
              "<g:NoMoreRecords>false</g:NoMoreRecords>");
    bench_call(bench, RECORDS("0", "390"), 2);
    bench_call(bench, RECORDS("4", "390"), 3);
}

static void a_boot_comes_first(void **state)
{
    struct bench *bench = *state;
    bench_call(bench, POWER("10"), 0);
    bench->now_ms = 2000;
    /* 2026-01-01T00:00:01Z, progress: the operating system starts, the memory is initialized */
    bench_has(bench_call(bench, RECORDS("1", "2"), 0),
              "<g:RecordArray>AblVaf8PbwJoAf8iAEATAAAAAAAA</g:RecordArray>"
              "<g:RecordArray>AblVaf8PbwJoAf8iAEABAAAAAAAA</g:RecordArray>");
    bench_has(bench_ask(bench, GET(EVENTS), 200),
              "<g:CurrentNumberOfRecords>5</g:CurrentNumberOfRecords>");
}

static void the_oldest_events_give_way(void **state)
{
    struct bench *bench = *state;
    for (unsigned i = 0; i < 300; i++) {
        bench_call(bench, POWER("10"), 0);
        bench->now_ms += 2000;
    }
    bench_call(bench, INVOKE(EVENTS, "ClearLog", ""), 0);
    bench_call(bench, FIRST, 3);
    for (unsigned i = 0; i < 200; i++) {
        bench_call(bench, POWER("10"), 0);
        bench->now_ms += 2000;
    }
    const char *text = bench_call(bench, RECORDS("1", "4000"), 0);
    assert_int_equal(count_of(text, "<g:RecordArray>"), 390);
    bench_has(text, "<g:NoMoreRecords>true</g:NoMoreRecords>");
}

static void a_frozen_log_stays(void **state)
{
    struct bench *bench = *state;
    bench_call(bench, INVOKE(EVENTS, "FreezeLog", "<h:Freeze>true</h:Freeze>"), 0);
    bench_call(bench, POWER("10"), 0);
    bench->now_ms = 2000;
    bench_has(bench_ask(bench, GET(EVENTS), 200),
              "<g:CurrentNumberOfRecords>3</g:CurrentNumberOfRecords>");
}

static void audits_are_as_recorded(void **state)
{
    struct bench *bench = *state;
    bench_has(bench_call(bench, READ("1"), 0),
              "<g:TotalRecordCount>2</g:TotalRecordCount><g:RecordsReturned>2</g:RecordsReturned>"
              "<g:EventRecords>ABMAAAI/9M1uAgAQAAwAAAAoBZkADAAAACQFlA==</g:EventRecords>"
              "<g:EventRecords>ABMAAAI/9M1vAgAQAAwAAAAoBZkADAAAACQFlA==</g:EventRecords>");
    bench_call(bench, READ("0"), 35);
    bench_call(bench, READ("3"), 35);
}

static void an_act_is_audited_with_its_initiator(void **state)
{
    struct bench *bench = *state;
    bench_call(bench, POWER("10"), 0);
    /* 17 "RCO", 3 "Performed Reset", digest user "admin", 2026-01-01, no address, no detail */
    bench_has(bench_call(bench, READ("3"), 0),
              "<g:TotalRecordCount>3</g:TotalRecordCount><g:RecordsReturned>1</g:RecordsReturned>"
              "<g:EventRecords>ABEAAwAFYWRtaW5pVbkAAgAA</g:EventRecords>");
}

static void ten_audits_come_at_a_time(void **state)
{
    struct bench *bench = *state;
    for (unsigned i = 0; i < 300; i++)
        bench_call(bench, POWER("10"), 0);
    const char *text = bench_call(bench, READ("1"), 0);
    bench_has(text, "<g:TotalRecordCount>256</g:TotalRecordCount>");
    bench_has(text, "<g:RecordsReturned>10</g:RecordsReturned>");
    assert_int_equal(count_of(text, "<g:EventRecords>"), 10);
    bench_has(bench_call(bench, READ("250"), 0), "<g:RecordsReturned>7</g:RecordsReturned>");
    bench_call(bench, INVOKE(AUDITS, "ClearLog", ""), 0);
    bench_has(bench_call(bench, READ("1"), 0), "<g:TotalRecordCount>1</g:TotalRecordCount>");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(events_are_read_from_the_first_on),
        BENCH_TEST(a_boot_comes_first),
        BENCH_TEST(the_oldest_events_give_way),
        BENCH_TEST(a_frozen_log_stays),
        BENCH_TEST(audits_are_as_recorded),
        BENCH_TEST(an_act_is_audited_with_its_initiator),
        BENCH_TEST(ten_audits_come_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
