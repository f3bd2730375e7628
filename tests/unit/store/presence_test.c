/* Presence written behind: what merges, what is too late, how it is batched, and what happens when
 * the database refuses. */
#include "scratch.h"
#include "store/presence.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#define GUID "143e4567-e89b-12d3-a456-426614174000"

/* ---- merging ---- */

static struct store_presence_change nothing(void)
{
    return (struct store_presence_change){
        .last_connected = STORE_NEVER, .last_seen = STORE_NEVER, .last_disconnected = STORE_NEVER};
}

static void several_seen_become_the_last_one(void **state)
{
    (void)state;
    struct store_presence_change change = nothing();
    presence_merge(&change, STORE_SEEN, 3, 100);
    presence_merge(&change, STORE_SEEN, 3, 300);
    presence_merge(&change, STORE_SEEN, 3, 200); /* another thread was a little late */
    assert_int_equal(change.state, STORE_PRESENCE_AS_IT_WAS);
    assert_int_equal(change.last_seen, 300);
    assert_int_equal(change.epoch, 3);
    assert_true(change.last_connected == STORE_NEVER);
}

static void what_an_older_connection_says_late_is_dropped(void **state)
{
    (void)state;
    struct store_presence_change change = nothing();
    presence_merge(&change, STORE_CONNECTED, 7, 100);
    presence_merge(&change, STORE_DISCONNECTED, 6, 200);
    presence_merge(&change, STORE_SEEN, 6, 300);
    presence_merge(&change, STORE_CONNECTED, 6, 400);
    assert_int_equal(change.state, STORE_PRESENCE_CONNECTED);
    assert_int_equal(change.epoch, 7);
    assert_int_equal(change.last_connected, 100);
    assert_true(change.last_seen == STORE_NEVER);
    assert_true(change.last_disconnected == STORE_NEVER);
}

static void the_newest_connection_wins(void **state)
{
    (void)state;
    struct store_presence_change change = nothing();
    presence_merge(&change, STORE_CONNECTED, 1, 100);
    presence_merge(&change, STORE_DISCONNECTED, 1, 200);
    assert_int_equal(change.state, STORE_PRESENCE_DISCONNECTED);
    presence_merge(&change, STORE_SEEN, 1, 250);
    assert_int_equal(change.state, STORE_PRESENCE_DISCONNECTED);
    presence_merge(&change, STORE_CONNECTED, 2, 300);
    assert_int_equal(change.state, STORE_PRESENCE_CONNECTED);
    assert_int_equal(change.last_connected, 300);
    assert_int_equal(change.last_disconnected, 200);
    presence_merge(&change, STORE_DISCONNECTED, 2, 400);
    presence_merge(&change, STORE_SEEN, 3, 500);
    assert_int_equal(change.state, STORE_PRESENCE_CONNECTED);
}

/* ---- in the database ---- */

static struct store_device row_of(struct store *store, struct arena *arena)
{
    struct guid guid = guid_of(GUID);
    struct store_device device;
    struct error err;
    store_presence_flush(store);
    assert_true(store_device_get(store, arena, &guid, NULL, &device, &err));
    return device;
}

STORE_TEST(connected_seen_and_disconnected_are_written)
{
    add_device(store, GUID, "", "h", NULL, 0);
    struct guid guid = guid_of(GUID);
    store_presence(store, &guid, STORE_CONNECTED, 1, 1700000000123);
    struct store_device row = row_of(store, arena);
    assert_true(row.connected);
    assert_string_equal(row.mps_instance, "here");
    assert_true(row.last_connected == 1700000000123);
    assert_true(row.last_seen == STORE_NEVER);
    assert_string_equal(row.hostname, "h");

    store_presence(store, &guid, STORE_SEEN, 1, 1700000030000);
    row = row_of(store, arena);
    assert_true(row.connected);
    assert_string_equal(row.mps_instance, "here");
    assert_true(row.last_seen == 1700000030000);
    assert_true(row.last_connected == 1700000000123);

    store_presence(store, &guid, STORE_DISCONNECTED, 1, 1700000060000);
    row = row_of(store, arena);
    assert_false(row.connected);
    assert_null(row.mps_instance);
    assert_true(row.last_disconnected == 1700000060000);
    assert_true(row.last_seen == 1700000030000);
}

STORE_TEST(a_late_disconnect_of_an_older_login_leaves_the_newer_one)
{
    add_device(store, GUID, "", "h", NULL, 0);
    struct guid guid = guid_of(GUID);
    store_presence(store, &guid, STORE_CONNECTED, 1, 100);
    store_presence_flush(store);
    store_presence(store, &guid, STORE_CONNECTED, 2, 200);
    store_presence_flush(store);
    store_presence(store, &guid, STORE_DISCONNECTED, 1, 300);
    struct store_device row = row_of(store, arena);
    assert_true(row.connected);
    assert_true(row.last_connected == 200);
    assert_true(row.last_disconnected == STORE_NEVER);
    store_presence(store, &guid, STORE_DISCONNECTED, 2, 400);
    assert_false(row_of(store, arena).connected);
}

STORE_TEST(a_late_seen_does_not_bring_back_a_device_that_left)
{
    add_device(store, GUID, "", "h", NULL, 0);
    struct guid guid = guid_of(GUID);
    store_presence(store, &guid, STORE_CONNECTED, 1, 100);
    store_presence(store, &guid, STORE_DISCONNECTED, 1, 200);
    store_presence_flush(store);
    store_presence(store, &guid, STORE_SEEN, 1, 300);
    struct store_device row = row_of(store, arena);
    assert_false(row.connected);
    assert_null(row.mps_instance);
    assert_true(row.last_seen == 300);
    assert_true(row.last_connected == 100);
    assert_true(row.last_disconnected == 200);
}

STORE_TEST(a_row_added_again_under_a_live_connection_learns_of_it)
{
    struct guid guid = guid_of(GUID);
    struct error err;
    add_device(store, GUID, "", "h", NULL, 0);
    store_presence(store, &guid, STORE_CONNECTED, 5, 100);
    store_presence_flush(store);
    assert_true(store_device_delete(store, &guid, NULL, false, &err));
    store_presence(store, &guid, STORE_SEEN, 5, 150); /* no row: nothing to write */
    store_presence_flush(store);
    assert_false(store_device_get(store, arena, &guid, NULL, &(struct store_device){0}, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    add_device(store, GUID, "", "h", NULL, 0);
    store_presence(store, &guid, STORE_SEEN, 5, 200);
    struct store_device row = row_of(store, arena);
    assert_true(row.connected);
    assert_string_equal(row.mps_instance, "here");
    assert_true(row.last_seen == 200);
}

static void connect_two(struct store *store, void *arg)
{
    (void)arg;
    add_device(store, GUID, "", "h", NULL, 0);
    add_device(store, "243e4567-e89b-12d3-a456-426614174000", "", "h", NULL, 0);
    struct guid one = guid_of(GUID);
    struct guid two = guid_of("243e4567-e89b-12d3-a456-426614174000");
    store_presence(store, &one, STORE_CONNECTED, 900, 100);
    store_presence(store, &two, STORE_CONNECTED, 901, 100);
}

static void connect_again(struct store *store, void *arg)
{
    struct scratch *scratch = arg;
    struct store_device row = row_of(store, &scratch->arena);
    assert_false(row.connected);
    assert_null(row.mps_instance);
    assert_true(row.last_connected == 100);
    /* Epochs start again with the process. */
    struct guid one = guid_of(GUID);
    store_presence(store, &one, STORE_CONNECTED, 1, 200);
    assert_true(row_of(store, &scratch->arena).connected);
}

static void a_restart_disconnects_all_devices_under_whatever_name(void **state)
{
    struct scratch *scratch = *state;
    store_blocking(scratch->store, connect_two, scratch);
    scratch_close(scratch); /* writes what is pending */
    assert_int_equal(scratch_sql(scratch, "outband.db",
                                 "SELECT count(*) FROM devices WHERE connectionstatus = 1"
                                 " AND mpsinstance = 'here'"),
                     2);
    scratch_sql(scratch, "outband.db",
                "UPDATE devices SET mpsinstance = 'there' WHERE guid LIKE '2%'");
    scratch_open(scratch);
    store_blocking(scratch->store, connect_again, scratch);
    assert_int_equal(scratch_sql(scratch, "outband.db",
                                 "SELECT count(*) FROM devices WHERE guid LIKE '2%'"
                                 " AND (connectionstatus = 1 OR mpsinstance IS NOT NULL)"),
                     0);
}

/* ---- batches, over a database that counts ---- */

struct counting {
    struct store_database base;
    atomic_int failures; /* to come */
    atomic_int transactions;
    atomic_int rows;
    atomic_int largest;
    struct store_presence_change last;
};

static bool count_presence(struct store_database *base, const char *instance,
                           const struct store_presence_change *changes, size_t count,
                           struct error *err)
{
    struct counting *counting = (struct counting *)base;
    assert_string_equal(instance, "here");
    if (atomic_load(&counting->failures) > 0) {
        atomic_fetch_sub(&counting->failures, 1);
        return error_set(err, ERROR_STORE, "the test says no");
    }
    atomic_fetch_add(&counting->transactions, 1);
    atomic_fetch_add(&counting->rows, (int)count);
    if ((int)count > atomic_load(&counting->largest))
        atomic_store(&counting->largest, (int)count);
    counting->last = changes[count - 1];
    return true;
}

static const struct store_database_methods counting_methods = {.presence = count_presence};

static struct presence *presence_over(struct counting *counting, uint32_t batch_ms, uint32_t rows)
{
    *counting = (struct counting){.base.methods = &counting_methods};
    struct presence_options options = {
        .database = &counting->base, .instance = "here", .batch_ms = batch_ms, .batch_rows = rows};
    struct error err;
    struct presence *presence = presence_new(&options, &err);
    assert_non_null(presence);
    return presence;
}

static struct guid numbered(unsigned number)
{
    struct guid guid = {0};
    memcpy(guid.bytes, &number, sizeof number);
    return guid;
}

static void changes_that_come_together_are_one_transaction(void **state)
{
    (void)state;
    struct counting counting;
    struct presence *presence = presence_over(&counting, 200, 1000);
    for (unsigned i = 0; i < 500; i++) {
        struct guid guid = numbered(i % 100);
        presence_note(presence, &guid, STORE_SEEN, 1, i);
    }
    assert_int_equal(atomic_load(&counting.transactions), 0); /* gathered, not written at once */
    assert_true(presence_flush(presence, 5000));
    assert_int_equal(atomic_load(&counting.transactions), 1);
    assert_int_equal(atomic_load(&counting.rows), 100);
    assert_int_equal(counting.last.last_seen, 499);
    assert_true(presence_flush(presence, 0)); /* nothing pending */
    presence_free(presence);
}

static void a_batch_is_written_when_it_is_old_enough(void **state)
{
    (void)state;
    struct counting counting;
    struct presence *presence = presence_over(&counting, 20, 1000);
    struct guid guid = numbered(1);
    presence_note(presence, &guid, STORE_SEEN, 1, 1);
    for (int i = 0; i < 500 && atomic_load(&counting.rows) == 0; i++)
        (void)usleep(10000);
    assert_int_equal(atomic_load(&counting.rows), 1);
    presence_free(presence);
}

static void a_batch_has_at_most_so_many_rows_and_a_full_one_goes_at_once(void **state)
{
    (void)state;
    struct counting counting;
    struct presence *presence = presence_over(&counting, 60000, 10);
    for (unsigned i = 0; i < 10; i++) {
        struct guid guid = numbered(i);
        presence_note(presence, &guid, STORE_SEEN, 1, 1);
    }
    for (int i = 0; i < 500 && atomic_load(&counting.rows) < 10; i++)
        (void)usleep(10000);
    assert_int_equal(atomic_load(&counting.rows), 10);
    for (unsigned i = 0; i < 95; i++) {
        struct guid guid = numbered(i);
        presence_note(presence, &guid, STORE_SEEN, 1, 1);
    }
    assert_true(presence_flush(presence, 5000));
    assert_true(atomic_load(&counting.largest) <= 10);
    assert_int_equal(atomic_load(&counting.rows), 105);
    presence_free(presence);
}

static void closing_writes_what_is_pending(void **state)
{
    (void)state;
    struct counting counting;
    struct presence *presence = presence_over(&counting, 60000, 1000);
    for (unsigned i = 0; i < 30; i++) {
        struct guid guid = numbered(i);
        presence_note(presence, &guid, STORE_DISCONNECTED, 1, 1);
    }
    presence_free(presence);
    assert_int_equal(atomic_load(&counting.rows), 30);
}

/* The log goes to standard output, where the results are read from. */
static int silence(void)
{
    (void)fflush(stdout);
    int kept = dup(STDOUT_FILENO);
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    assert_true(kept >= 0 && nowhere >= 0 && dup2(nowhere, STDOUT_FILENO) >= 0);
    close(nowhere);
    return kept;
}

static void speak(int kept)
{
    (void)fflush(stdout);
    (void)dup2(kept, STDOUT_FILENO);
    close(kept);
}

static void a_refused_batch_is_kept_and_written_later(void **state)
{
    (void)state;
    struct counting counting;
    int kept = silence();
    struct presence *presence = presence_over(&counting, 1, 1000);
    atomic_store(&counting.failures, 2);
    struct guid guid = numbered(1);
    presence_note(presence, &guid, STORE_CONNECTED, 1, 100);
    assert_false(presence_flush(presence, 100));
    presence_note(presence, &guid, STORE_DISCONNECTED, 1, 200); /* meanwhile */
    assert_true(presence_flush(presence, 10000));
    assert_int_equal(atomic_load(&counting.failures), 0);
    assert_int_equal(atomic_load(&counting.rows), 2);
    assert_int_equal(counting.last.state, STORE_PRESENCE_DISCONNECTED);
    assert_int_equal(counting.last.last_disconnected, 200);
    presence_free(presence);
    speak(kept);
}

static void closing_over_a_database_that_refuses_ends(void **state)
{
    (void)state;
    struct counting counting;
    int kept = silence();
    struct presence *presence = presence_over(&counting, 1, 10);
    atomic_store(&counting.failures, 1000000);
    for (unsigned i = 0; i < 100; i++) {
        struct guid guid = numbered(i);
        presence_note(presence, &guid, STORE_SEEN, 1, 1);
    }
    presence_free(presence);
    speak(kept);
    assert_int_equal(atomic_load(&counting.rows), 0);
}

/* ---- threads ---- */

#define NOTERS       4
#define NOTES        2000
#define SHARED_GUIDS 20

struct noter {
    struct presence *presence;
    unsigned number;
};

static void *note_many(void *arg)
{
    const struct noter *noter = arg;
    for (unsigned i = 0; i < NOTES; i++) {
        struct guid guid = numbered(i % SHARED_GUIDS);
        presence_note(noter->presence, &guid, (enum store_presence_kind)(i % 3),
                      i * NOTERS + noter->number, i);
        if (i % 500 == 0)
            (void)presence_flush(noter->presence, 1000);
    }
    return NULL;
}

static void any_thread_may_note(void **state)
{
    (void)state;
    struct counting counting;
    struct presence *presence = presence_over(&counting, 1, 7);
    pthread_t threads[NOTERS];
    struct noter noters[NOTERS];
    for (unsigned i = 0; i < NOTERS; i++) {
        noters[i] = (struct noter){presence, i};
        assert_int_equal(pthread_create(&threads[i], NULL, note_many, &noters[i]), 0);
    }
    for (unsigned i = 0; i < NOTERS; i++)
        pthread_join(threads[i], NULL);
    assert_true(presence_flush(presence, 10000));
    assert_true(atomic_load(&counting.rows) >= SHARED_GUIDS);
    assert_true(atomic_load(&counting.largest) <= 7);
    presence_free(presence);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_seen_become_the_last_one),
        cmocka_unit_test(what_an_older_connection_says_late_is_dropped),
        cmocka_unit_test(the_newest_connection_wins),
        STORE_TEST_CASE(connected_seen_and_disconnected_are_written),
        STORE_TEST_CASE(a_late_disconnect_of_an_older_login_leaves_the_newer_one),
        STORE_TEST_CASE(a_late_seen_does_not_bring_back_a_device_that_left),
        STORE_TEST_CASE(a_row_added_again_under_a_live_connection_learns_of_it),
        STORE_TEST_CASE(a_restart_disconnects_all_devices_under_whatever_name),
        cmocka_unit_test(changes_that_come_together_are_one_transaction),
        cmocka_unit_test(a_batch_is_written_when_it_is_old_enough),
        cmocka_unit_test(a_batch_has_at_most_so_many_rows_and_a_full_one_goes_at_once),
        cmocka_unit_test(closing_writes_what_is_pending),
        cmocka_unit_test(a_refused_batch_is_kept_and_written_later),
        cmocka_unit_test(closing_over_a_database_that_refuses_ends),
        cmocka_unit_test(any_thread_may_note),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
