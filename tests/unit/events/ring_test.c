/* The bus keeps the newest events and tells each reader what it missed. */
#include "core/clock.h"
#include "events/events.h"

#include <pthread.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void an_event_is_read_as_it_was_published(void **state)
{
    (void)state;
    struct events *events = events_new(4);
    struct guid guid;
    assert_true(guid_parse(SLICE_LITERAL("143e4567-e89b-12d3-a456-426614174000"), &guid));
    int64_t before = clock_wall_ms();
    events_publish(events, EVENTS_SUCCESS, "CIRA_Connected", "CIRA Connection established", &guid);
    events_publish(events, EVENTS_FAIL, "authorize", "Failed login", NULL);
    int64_t after = clock_wall_ms();

    struct events_event read[4];
    uint64_t lost = 7;
    assert_int_equal(events_read(events, 0, read, 4, &lost), 2);
    assert_int_equal(lost, 0);
    assert_int_equal(read[0].type, EVENTS_SUCCESS);
    assert_string_equal(read[0].method, "CIRA_Connected");
    assert_string_equal(read[0].message, "CIRA Connection established");
    assert_true(read[0].has_guid);
    assert_true(guid_equal(&read[0].guid, &guid));
    assert_true(read[0].when_ms >= before && read[0].when_ms <= after);
    assert_int_equal(read[0].sequence, 1);
    assert_int_equal(read[1].type, EVENTS_FAIL);
    assert_false(read[1].has_guid);
    assert_int_equal(read[1].sequence, 2);
    events_free(events);
}

static void a_name_follows_its_message_and_is_cut_between_characters(void **state)
{
    (void)state;
    struct events *events = events_new(4);
    char name[EVENTS_NAME_SIZE + 8];
    events_publish_named(events, EVENTS_SUCCESS, "createDomain", "Created Domain : ", "d1");
    memset(name, 'x', EVENTS_NAME_SIZE - 2);
    memcpy(name + EVENTS_NAME_SIZE - 2, "\xe2\x82\xac", 4);
    events_publish_named(events, EVENTS_FAIL, "/api/v1/admin/domains", "Failed to POST: ", name);
    struct events_event read[4];
    uint64_t lost;
    assert_int_equal(events_read(events, 0, read, 4, &lost), 2);
    assert_string_equal(read[0].message, "Created Domain : ");
    assert_string_equal(read[0].name, "d1");
    assert_int_equal(strlen(read[1].name), EVENTS_NAME_SIZE - 2);
    assert_false(read[1].has_guid);
    events_free(events);
}

static void a_reader_that_falls_behind_loses_the_oldest_and_learns_how_many(void **state)
{
    (void)state;
    struct events *events = events_new(4);
    for (int i = 0; i < 10; i++)
        events_publish(events, EVENTS_REQUEST, "m", "text", NULL);
    struct events_event read[16];
    uint64_t lost = 0;
    assert_int_equal(events_read(events, 0, read, 16, &lost), 4);
    assert_int_equal(lost, 6);
    assert_int_equal(read[0].sequence, 7);
    assert_int_equal(read[3].sequence, 10);
    assert_int_equal(events_read(events, 6, read, 16, &lost), 4);
    assert_int_equal(lost, 0);
    assert_int_equal(events_read(events, 5, read, 16, &lost), 4);
    assert_int_equal(lost, 1);
    events_free(events);
}

static void reading_goes_on_where_it_stopped(void **state)
{
    (void)state;
    struct events *events = events_new(8);
    for (int i = 0; i < 5; i++)
        events_publish(events, EVENTS_REQUEST, "m", "text", NULL);
    struct events_event read[2];
    uint64_t lost;
    assert_int_equal(events_read(events, 0, read, 2, &lost), 2);
    assert_int_equal(read[1].sequence, 2);
    assert_int_equal(events_read(events, 2, read, 2, &lost), 2);
    assert_int_equal(read[0].sequence, 3);
    assert_int_equal(events_read(events, 4, read, 2, &lost), 1);
    assert_int_equal(read[0].sequence, 5);
    assert_int_equal(events_read(events, 5, read, 2, &lost), 0);
    assert_int_equal(lost, 0);
    events_free(events);
}

static void a_position_from_the_future_reads_nothing(void **state)
{
    (void)state;
    struct events *events = events_new(2);
    events_publish(events, EVENTS_REQUEST, "m", "text", NULL);
    struct events_event read[2];
    uint64_t lost;
    assert_int_equal(events_read(events, 1000, read, 2, &lost), 0);
    assert_int_equal(lost, 0);
    assert_int_equal(events_read(events, UINT64_MAX - 1, read, 2, &lost), 0);
    events_free(events);
}

#define PUBLISHERS     3
#define PER_PUBLISHER  5000
#define EVENTS_IN_TEST (PUBLISHERS * PER_PUBLISHER)

static void *publish_many(void *arg)
{
    for (int i = 0; i < PER_PUBLISHER; i++)
        events_publish(arg, EVENTS_REQUEST, "m", "text", NULL);
    return NULL;
}

static void every_event_is_either_read_in_order_or_counted_as_lost(void **state)
{
    (void)state;
    struct events *events = events_new(64);
    pthread_t threads[PUBLISHERS];
    for (int i = 0; i < PUBLISHERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, publish_many, events), 0);
    uint64_t after = 0;
    uint64_t seen = 0;
    uint64_t lost_in_all = 0;
    while (after < EVENTS_IN_TEST) {
        struct events_event read[16];
        uint64_t lost;
        size_t count = events_read(events, after, read, 16, &lost);
        lost_in_all += lost;
        after += lost;
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(read[i].sequence, after + 1);
            after++;
            seen++;
        }
    }
    for (int i = 0; i < PUBLISHERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(seen + lost_in_all, EVENTS_IN_TEST);
    events_free(events);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_is_read_as_it_was_published),
        cmocka_unit_test(a_name_follows_its_message_and_is_cut_between_characters),
        cmocka_unit_test(a_reader_that_falls_behind_loses_the_oldest_and_learns_how_many),
        cmocka_unit_test(reading_goes_on_where_it_stopped),
        cmocka_unit_test(a_position_from_the_future_reads_nothing),
        cmocka_unit_test(every_event_is_either_read_in_order_or_counted_as_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
