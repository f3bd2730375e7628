/* Provisioning sessions: one per device, remembered when the process is cut off, and the last ones
 * of each device kept. */
#include "scratch.h"
#include "store/provisionings.h"

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
    assert_true(store_provisioning_step(store, &session, "Setting up", &err));
    assert_true(
        store_provisioning_list(store, arena, &guid, "", -1, 25, 0, &list, &count, &total, &err));
    assert_int_equal(count, 1);
    assert_int_equal(list[0].outcome, STORE_OUTCOME_RUNNING);
    assert_string_equal(list[0].step, "Setting up");
    assert_int_equal(list[0].finished, STORE_NEVER);
    assert_string_equal(list[0].steps, "[]");
    assert_true(finish(store, &session, &err));
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

static void end_one(struct store *store, struct arena *arena, int64_t when, bool proven,
                    enum store_outcome outcome)
{
    struct store_provisioning session, interrupted;
    struct error err;
    assert_true(begin(store, arena, GUID, when, &session, &interrupted, &err));
    session.proven = proven;
    session.outcome = outcome;
    session.finished = when + 1;
    assert_true(store_provisioning_finish(store, &session, &err));
}

/* How many of the device's began at that time or later, of `last` in all. */
static unsigned since(struct store *store, struct arena *arena, int64_t when, uint64_t last)
{
    struct guid guid = guid_of(GUID);
    struct store_provisioning *list;
    size_t count;
    uint64_t total;
    struct error err;
    unsigned found = 0;
    assert_true(
        store_provisioning_list(store, arena, &guid, "", -1, 100, 0, &list, &count, &total, &err));
    assert_int_equal(total, last);
    for (size_t i = 0; i < count; i++)
        found += list[i].started >= when;
    return found;
}

STORE_TEST(strangers_leave_ten_places_to_who_is_proven_and_to_what_succeeded)
{
    for (int i = 0; i < 6; i++)
        end_one(store, arena, 100 + i, true, STORE_OUTCOME_FAILURE);
    for (int i = 0; i < 6; i++)
        end_one(store, arena, 200 + i, false, STORE_OUTCOME_SUCCESS);
    for (int i = 0; i < 30; i++)
        end_one(store, arena, 300 + i, false, STORE_OUTCOME_FAILURE);
    assert_int_equal(since(store, arena, 300, 20), 10);
    assert_int_equal(since(store, arena, 202, 20), 14);
    /* What succeeds unproven pushes out nothing that is proven. */
    for (int i = 0; i < 30; i++)
        end_one(store, arena, 400 + i, false, STORE_OUTCOME_SUCCESS);
    assert_int_equal(since(store, arena, 400, 20), 14);
    assert_int_equal(since(store, arena, 100, 20), 20);
    /* What is proven has all of them in the end. */
    for (int i = 0; i < 30; i++)
        end_one(store, arena, 500 + i, true, STORE_OUTCOME_FAILURE);
    assert_int_equal(since(store, arena, 500, 20), 20);
}

/* Enough of them that counting all is due. */
static void end_many(struct store *store, void *arg)
{
    struct scratch *scratch = arg;
    for (int i = 0; i < 64; i++)
        end_one(store, &scratch->arena, 1000 + i, false, STORE_OUTCOME_FAILURE);
}

#define FILL                                                                            \
    "INSERT INTO provisionings (guid, tenantid, command, started, outcome, proven)"     \
    " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200100)" \
    " SELECT 'filler-' || i, '', 'activate', i, 2, i = 1 FROM n"

static void of_all_devices_the_oldest_unproven_ones_go(void **state)
{
    struct scratch *scratch = *state;
    (void)scratch_sql(scratch, "outband.db", FILL);
    assert_int_equal(scratch_sql(scratch, "outband.db", "SELECT count(*) FROM provisionings"),
                     200100);
    store_blocking(scratch->store, end_many, scratch);
    int64_t count = scratch_sql(scratch, "outband.db", "SELECT count(*) FROM provisionings");
    assert_in_range(count, STORE_PROVISIONINGS_LIMIT - 20, STORE_PROVISIONINGS_LIMIT + 20);
    assert_int_equal(scratch_sql(scratch, "outband.db",
                                 "SELECT count(*) FROM provisionings WHERE guid = 'filler-1'"),
                     1); /* which is proven */
    assert_int_equal(scratch_sql(scratch, "outband.db",
                                 "SELECT count(*) FROM provisionings WHERE guid = 'filler-2'"),
                     0);
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
    session = (struct store_provisioning){.guid = guid_of(GUID),
                                          .tenant_id = "a tenant whose name is far too long to be",
                                          .command = "activate"};
    assert_false(store_provisioning_begin(store, arena, &session, &interrupted, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    assert_true(begin(store, arena, GUID, 2, &session, &interrupted, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST_CASE(a_session_is_written_down_as_it_goes_on),
        STORE_TEST_CASE(what_was_cut_off_is_told_to_the_next),
        STORE_TEST_CASE(the_last_twenty_of_a_device_are_kept),
        STORE_TEST_CASE(strangers_leave_ten_places_to_who_is_proven_and_to_what_succeeded),
        STORE_TEST_CASE(of_all_devices_the_oldest_unproven_ones_go),
        STORE_TEST_CASE(texts_are_bounded),
        STORE_TEST_CASE(a_session_that_cannot_be_written_down_does_not_begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
