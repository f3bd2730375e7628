/* Provisioning sessions: one per device, remembered when the process is cut off, and the last ones
 * of each device kept. */
#include "scratch.h"
#include "store/provisionings.h"
#include "store/running.h"

#include <pthread.h>
#include <stdatomic.h>

#define GUID  "143e4567-e89b-12d3-a456-426614174000"
#define OTHER "143e4567-e89b-12d3-a456-426614174001"

static bool begin(struct store *store, struct arena *arena, const char *guid, int64_t when,
                  struct store_provisioning *provisioning, struct store_provisioning *interrupted,
                  struct error *err)
{
    *provisioning = (struct store_provisioning){.guid = guid_of(guid),
                                                .tenant_id = "",
                                                .command = "activate",
                                                .profile = "acm",
                                                .started = when};
    return store_provisioning_begin(store, arena, provisioning, interrupted, err);
}

static bool finish(struct store *store, struct store_provisioning *provisioning, struct error *err)
{
    provisioning->outcome = STORE_OUTCOME_FAILURE;
    provisioning->finished = provisioning->started + 1;
    provisioning->step = "Setting up TLS";
    provisioning->message = "the device refused";
    provisioning->steps = "[{\"step\":\"TLS\"}]";
    return store_provisioning_finish(store, provisioning, err);
}

STORE_TEST(a_session_is_written_down_as_it_goes_on)
{
    struct store_provisioning session, interrupted, *list;
    size_t count;
    uint64_t total;
    struct error err;
    struct guid guid = guid_of(GUID);
    assert_true(begin(store, arena, GUID, 1000, &session, &interrupted, &err));
    assert_int_equal(interrupted.number, 0);
    assert_true(store_provisioning_runs(store, &guid));
    assert_true(store_provisioning_step(store, &session, "Setting up", &err));
    assert_true(
        store_provisioning_list(store, arena, &guid, "", -1, 25, 0, &list, &count, &total, &err));
    assert_int_equal(count, 1);
    assert_int_equal(list[0].outcome, STORE_OUTCOME_RUNNING);
    assert_string_equal(list[0].step, "Setting up");
    assert_int_equal(list[0].finished, STORE_NEVER);
    assert_string_equal(list[0].steps, "[]");
    assert_true(finish(store, &session, &err));
    assert_false(store_provisioning_runs(store, &guid));
    assert_true(store_provisioning_list(store, arena, NULL, "", STORE_OUTCOME_FAILURE, 25, 0, &list,
                                        &count, &total, &err));
    assert_int_equal(total, 1);
    assert_string_equal(list[0].command, "activate");
    assert_string_equal(list[0].profile, "acm");
    assert_int_equal(list[0].started, 1000);
    assert_int_equal(list[0].finished, 1001);
    assert_string_equal(list[0].step, "Setting up TLS");
    assert_string_equal(list[0].message, "the device refused");
    assert_string_equal(list[0].steps, "[{\"step\":\"TLS\"}]");
    assert_true(store_provisioning_list(store, arena, NULL, "other", -1, 25, 0, &list, &count,
                                        &total, &err));
    assert_int_equal(total, 0);
}

STORE_TEST(a_device_has_one_session_at_a_time)
{
    struct store_provisioning first, second, other, interrupted;
    struct error err;
    assert_true(begin(store, arena, GUID, 1, &first, &interrupted, &err));
    assert_false(begin(store, arena, GUID, 2, &second, &interrupted, &err));
    assert_int_equal(err.code, ERROR_BUSY);
    assert_true(begin(store, arena, OTHER, 2, &other, &interrupted, &err));
    assert_true(finish(store, &first, &err));
    assert_true(begin(store, arena, GUID, 3, &second, &interrupted, &err));
    assert_int_equal(interrupted.number, 0);
    assert_true(second.number > other.number);
}

static void leave_one(struct store *store, void *arg)
{
    struct scratch *scratch = arg;
    struct store_provisioning session, interrupted;
    struct error err;
    assert_true(begin(store, &scratch->arena, GUID, 1000, &session, &interrupted, &err));
    assert_true(store_provisioning_step(store, &session, "Setting the password", &err));
}

static void find_it(struct store *store, void *arg)
{
    struct scratch *scratch = arg;
    struct store_provisioning session, interrupted, *list;
    size_t count;
    uint64_t total;
    struct error err;
    assert_true(store_provisioning_list(store, &scratch->arena, NULL, NULL,
                                        STORE_OUTCOME_INTERRUPTED, 25, 0, &list, &count, &total,
                                        &err));
    assert_int_equal(count, 1);
    assert_true(begin(store, &scratch->arena, GUID, 2000, &session, &interrupted, &err));
    assert_int_equal(interrupted.number, list[0].number);
    assert_int_equal(interrupted.outcome, STORE_OUTCOME_INTERRUPTED);
    assert_string_equal(interrupted.step, "Setting the password");
    assert_true(finish(store, &session, &err));
    assert_true(begin(store, &scratch->arena, GUID, 3000, &session, &interrupted, &err));
    assert_int_equal(interrupted.number, 0); /* told once */
    assert_true(finish(store, &session, &err));
}

static void what_was_cut_off_is_told_to_the_next(void **state)
{
    struct scratch *scratch = *state;
    store_blocking(scratch->store, leave_one, scratch);
    scratch_close(scratch);
    scratch_open(scratch);
    store_blocking(scratch->store, find_it, scratch);
}

STORE_TEST(the_last_twenty_of_a_device_are_kept)
{
    struct store_provisioning session, interrupted, *list;
    size_t count;
    uint64_t total;
    struct error err;
    struct guid guid = guid_of(GUID);
    assert_true(begin(store, arena, OTHER, 1, &session, &interrupted, &err));
    assert_true(finish(store, &session, &err));
    for (int i = 0; i < STORE_PROVISIONINGS_KEPT + 5; i++) {
        assert_true(begin(store, arena, GUID, 100 + i, &session, &interrupted, &err));
        assert_true(finish(store, &session, &err));
    }
    assert_true(
        store_provisioning_list(store, arena, &guid, "", -1, 100, 0, &list, &count, &total, &err));
    assert_int_equal(total, STORE_PROVISIONINGS_KEPT);
    assert_int_equal(list[0].started, 100 + STORE_PROVISIONINGS_KEPT + 4);
    assert_int_equal(list[count - 1].started, 105);
    assert_true(
        store_provisioning_list(store, arena, NULL, "", -1, 3, 20, &list, &count, &total, &err));
    assert_int_equal(total, STORE_PROVISIONINGS_KEPT + 1);
    assert_int_equal(count, 1); /* the other device's is the oldest */
    assert_int_equal(list[0].started, 1);
}

STORE_TEST(one_that_is_dropped_leaves_nothing_and_pushes_none_out)
{
    struct store_provisioning session, interrupted, *list;
    size_t count;
    uint64_t total;
    struct error err;
    struct guid guid = guid_of(GUID);
    for (int i = 0; i < STORE_PROVISIONINGS_KEPT; i++) {
        assert_true(begin(store, arena, GUID, 100 + i, &session, &interrupted, &err));
        assert_true(finish(store, &session, &err));
    }
    for (int i = 0; i < STORE_PROVISIONINGS_KEPT + 1; i++) {
        assert_true(begin(store, arena, GUID, 500 + i, &session, &interrupted, &err));
        assert_true(store_provisioning_runs(store, &guid));
        assert_true(store_provisioning_drop(store, &session, &err));
        assert_false(store_provisioning_runs(store, &guid));
    }
    assert_true(
        store_provisioning_list(store, arena, &guid, "", -1, 100, 0, &list, &count, &total, &err));
    assert_int_equal(total, STORE_PROVISIONINGS_KEPT);
    assert_int_equal(list[count - 1].started, 100);
}

STORE_TEST(texts_are_bounded)
{
    struct store_provisioning session, interrupted, *list;
    size_t count;
    uint64_t total;
    struct error err;
    char *steps = arena_alloc(arena, STORE_PROVISIONING_STEPS_LIMIT + 2);
    char *message = arena_alloc(arena, STORE_PROVISIONING_MESSAGE_LIMIT + 2);
    memset(steps, '1', STORE_PROVISIONING_STEPS_LIMIT + 1);
    memset(message, 'm', STORE_PROVISIONING_MESSAGE_LIMIT + 1);
    assert_true(begin(store, arena, GUID, 1, &session, &interrupted, &err));
    session.outcome = STORE_OUTCOME_SUCCESS;
    session.finished = 2;
    session.steps = steps;
    session.message = message;
    assert_false(store_provisioning_finish(store, &session, &err));
    assert_int_equal(err.code, ERROR_TOO_LARGE);
    assert_true(
        store_provisioning_list(store, arena, NULL, "", -1, 3, 0, &list, &count, &total, &err));
    assert_int_equal(list[0].outcome, STORE_OUTCOME_SUCCESS);
    assert_int_equal(strlen(list[0].message), STORE_PROVISIONING_MESSAGE_LIMIT);
    assert_string_equal(list[0].steps, "[]");
    assert_true(begin(store, arena, GUID, 2, &session, &interrupted, &err));
}

STORE_TEST(a_session_that_cannot_be_written_down_does_not_begin)
{
    struct store_provisioning session, interrupted;
    struct error err;
    struct guid guid = guid_of(GUID);
    session = (struct store_provisioning){.guid = guid,
                                          .tenant_id = "a tenant whose name is far too long to be",
                                          .command = "activate"};
    assert_false(store_provisioning_begin(store, arena, &session, &interrupted, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    assert_false(store_provisioning_runs(store, &guid));
    assert_true(begin(store, arena, GUID, 2, &session, &interrupted, &err));
}

/* ---- from several threads ---- */

#define THREADS 4
#define ROUNDS  2000

struct contest {
    struct running *running;
    atomic_int inside;
    atomic_int most;
    atomic_int won;
};

static void *compete(void *arg)
{
    struct contest *contest = arg;
    struct guid guid = guid_of(GUID);
    for (int i = 0; i < ROUNDS; i++) {
        if (!running_add(contest->running, &guid))
            continue;
        int inside = atomic_fetch_add(&contest->inside, 1) + 1;
        if (inside > atomic_load(&contest->most))
            atomic_store(&contest->most, inside);
        atomic_fetch_add(&contest->won, 1);
        (void)running_has(contest->running, &guid);
        atomic_fetch_sub(&contest->inside, 1);
        running_remove(contest->running, &guid);
    }
    return NULL;
}

static void one_of_several_threads_holds_a_device(void **state)
{
    struct contest contest = {.running = running_new()};
    pthread_t threads[THREADS];
    (void)state;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, compete, &contest), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(atomic_load(&contest.most), 1);
    assert_true(atomic_load(&contest.won) > 0);
    running_free(contest.running);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST_CASE(a_session_is_written_down_as_it_goes_on),
        STORE_TEST_CASE(a_device_has_one_session_at_a_time),
        STORE_TEST_CASE(what_was_cut_off_is_told_to_the_next),
        STORE_TEST_CASE(the_last_twenty_of_a_device_are_kept),
        STORE_TEST_CASE(one_that_is_dropped_leaves_nothing_and_pushes_none_out),
        STORE_TEST_CASE(texts_are_bounded),
        STORE_TEST_CASE(a_session_that_cannot_be_written_down_does_not_begin),
        cmocka_unit_test(one_of_several_threads_holds_a_device),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
