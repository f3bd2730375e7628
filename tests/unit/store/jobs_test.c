/* Jobs and what becomes of each device, on disk. */
#include "scratch.h"

#include "core/list.h"
#include "store/jobs.h"

#include <stdio.h>

#define ONE   "10000000-0000-0000-0000-000000000000"
#define TWO   "20000000-0000-0000-0000-000000000000"
#define THREE "30000000-0000-0000-0000-000000000000"
#define OTHER "50000000-0000-0000-0000-000000000000"

static void add_some(struct store *store)
{
    const char *tags[] = {"a", "b"};
    add_device(store, THREE, "", "h3", tags, 1);
    add_device(store, ONE, "", "h1", tags, 2);
    add_device(store, TWO, "", "h2", NULL, 0);
    add_device(store, OTHER, "other", "h1", tags, 2);
}

static struct store_job new_job(const char *tenant, int64_t created)
{
    return (struct store_job){
        .id = guid_random(),
        .tenant_id = tenant,
        .operation = "power",
        .parameters = "{\"action\":8}",
        .selection = "{\"all\":true}",
        .created_by = "somebody",
        .concurrency = 7,
        .timeout_s = 9,
        .wait_s = 11,
        .state = STORE_JOB_QUEUED,
        .created = created,
        .started = STORE_NEVER,
        .finished = STORE_NEVER,
    };
}

/* On all of the tenant's devices. */
static struct store_job add_job(struct store *store, const char *tenant, int64_t created)
{
    struct store_job job = new_job(tenant, created);
    struct store_filter all = {.tenant = tenant, .connected = -1};
    struct error err;
    if (!store_job_add(store, &job, NULL, 0, &all, &err))
        fail_msg("%s", err.text);
    return job;
}

static struct store_job get_job(struct store *store, struct arena *arena, const struct guid *id)
{
    struct store_job job;
    struct error err;
    if (!store_job_get(store, arena, id, "", &job, &err))
        fail_msg("%s", err.text);
    return job;
}

/* First digits of the GUIDs and first letters of their states: "1p 2r 3s/3". */
static const char *devices_of(struct store *store, const struct guid *id, int state, uint32_t top,
                              uint32_t skip)
{
    static char text[128];
    struct arena arena;
    struct store_job_device *devices;
    size_t count;
    uint64_t total;
    struct error err;
    arena_init(&arena);
    if (!store_job_devices(store, &arena, id, state, top, skip, &devices, &count, &total, &err))
        fail_msg("%s", err.text);
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        char guid[GUID_TEXT_SIZE];
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%c%.2s", i == 0 ? "" : " ",
                               guid_format(&devices[i].guid, guid)[0],
                               store_job_device_state_name(devices[i].state));
    }
    (void)snprintf(text + at, sizeof text - at, "/%llu", (unsigned long long)total);
    arena_fini(&arena);
    return text;
}

#define DEVICES(job) devices_of(store, &(job).id, -1, 100, 0)

/* Writes the states of the devices at places 0, 1, …: "p" as it was, else the first letter. */
static void write_states(struct store *store, const struct store_job *job, const char *states)
{
    struct store_job_device changes[8];
    size_t count = 0;
    struct error err;
    for (uint32_t i = 0; states[i] != '\0'; i++) {
        if (states[i] == 'p')
            continue;
        changes[count++] = (struct store_job_device){
            .place = i,
            .state = states[i] == 'r'   ? STORE_JOB_DEVICE_RUNNING
                     : states[i] == 's' ? STORE_JOB_DEVICE_SUCCEEDED
                                        : STORE_JOB_DEVICE_FAILED,
            .status = "word",
            .has_return_value = states[i] == 'f',
            .return_value = 2,
            .error = states[i] == 'f' ? "A sentence." : NULL,
            .started = 5,
            .finished = states[i] == 'r' ? STORE_NEVER : 6,
        };
    }
    assert_true(store_job_write(store, &job->id, changes, count, false, &err));
}

STORE_TEST(a_job_is_kept_as_it_was_made)
{
    add_some(store);
    struct store_job made = add_job(store, "", 1000);
    struct store_job job = get_job(store, arena, &made.id);
    assert_true(guid_equal(&job.id, &made.id));
    assert_string_equal(job.tenant_id, "");
    assert_string_equal(job.operation, "power");
    assert_string_equal(job.parameters, "{\"action\":8}");
    assert_string_equal(job.selection, "{\"all\":true}");
    assert_string_equal(job.created_by, "somebody");
    assert_int_equal(job.concurrency, 7);
    assert_int_equal(job.timeout_s, 9);
    assert_int_equal(job.wait_s, 11);
    assert_int_equal(job.state, STORE_JOB_QUEUED);
    assert_int_equal(job.created, 1000);
    assert_true(job.started == STORE_NEVER && job.finished == STORE_NEVER);
    assert_int_equal(job.counts[STORE_JOB_DEVICE_PENDING], 3);
    assert_int_equal(made.counts[STORE_JOB_DEVICE_PENDING], 3);
    assert_string_equal(DEVICES(made), "1pe 2pe 3pe/3");
}

STORE_TEST(a_filter_selects_devices_of_the_tenant)
{
    (void)arena;
    const char *tags[] = {"a", "b"};
    struct error err;
    add_some(store);
    struct store_job job = new_job("", 1);
    struct store_filter filter = {
        .tenant = "", .connected = -1, .tags = tags, .tag_count = 2, .all_tags = true};
    assert_true(store_job_add(store, &job, NULL, 0, &filter, &err));
    assert_string_equal(DEVICES(job), "1pe/1");
    job = new_job("", 2);
    filter.all_tags = false;
    assert_true(store_job_add(store, &job, NULL, 0, &filter, &err));
    assert_string_equal(DEVICES(job), "1pe 3pe/2");
    job = new_job("", 3);
    filter = (struct store_filter){.tenant = "", .connected = -1, .hostname = "nobody"};
    assert_true(store_job_add(store, &job, NULL, 0, &filter, &err));
    assert_string_equal(DEVICES(job), "/0");
    job = new_job("", 4);
    filter = (struct store_filter){.tenant = "", .connected = -1, .fw_version = "16."};
    assert_true(store_job_add(store, &job, NULL, 0, &filter, &err));
    assert_string_equal(DEVICES(job), "/0");
}

STORE_TEST(guids_count_once_and_others_are_skipped)
{
    struct guid guids[] = {guid_of(TWO), guid_of("ffffffff-0000-0000-0000-000000000000"),
                           guid_of(TWO), guid_of(OTHER), guid_of(ONE)};
    struct error err;
    struct store_job_device *devices;
    size_t count;
    uint64_t total;
    add_some(store);
    struct store_job job = new_job("", 1000);
    assert_true(store_job_add(store, &job, guids, 5, NULL, &err));
    assert_string_equal(DEVICES(job), "2pe fsk 5sk 1pe/4");
    assert_int_equal(job.counts[STORE_JOB_DEVICE_PENDING], 2);
    assert_int_equal(job.counts[STORE_JOB_DEVICE_SKIPPED], 2);
    assert_true(store_job_devices(store, arena, &job.id, STORE_JOB_DEVICE_SKIPPED, 1, 1, &devices,
                                  &count, &total, &err));
    assert_int_equal(count, 1);
    assert_string_equal(devices[0].status, "not found");
    assert_int_equal(devices[0].finished, 1000);
}

STORE_TEST(results_are_paged_and_filtered)
{
    struct store_job_device *devices;
    size_t count;
    uint64_t total;
    struct error err;
    add_some(store);
    struct store_job job = add_job(store, "", 1);
    write_states(store, &job, "sfr");
    assert_string_equal(DEVICES(job), "1su 2fa 3ru/3");
    assert_string_equal(devices_of(store, &job.id, -1, 2, 1), "2fa 3ru/3");
    assert_string_equal(devices_of(store, &job.id, -1, 0, 0), "/3");
    assert_string_equal(devices_of(store, &job.id, STORE_JOB_DEVICE_FAILED, 5, 0), "2fa/1");
    assert_true(store_job_devices(store, arena, &job.id, -1, 3, 0, &devices, &count, &total, &err));
    assert_false(devices[0].has_return_value);
    assert_null(devices[0].error);
    assert_true(devices[1].has_return_value);
    assert_int_equal(devices[1].return_value, 2);
    assert_string_equal(devices[1].status, "word");
    assert_string_equal(devices[1].error, "A sentence.");
    assert_int_equal(devices[1].started, 5);
    assert_int_equal(devices[1].finished, 6);
    assert_true(devices[2].finished == STORE_NEVER);
    struct store_job now = get_job(store, arena, &job.id);
    assert_int_equal(now.counts[STORE_JOB_DEVICE_SUCCEEDED], 1);
    assert_int_equal(now.counts[STORE_JOB_DEVICE_FAILED], 1);
    assert_int_equal(now.counts[STORE_JOB_DEVICE_RUNNING], 1);
}

STORE_TEST(the_newest_job_is_the_first_of_a_list)
{
    struct store_job *jobs;
    size_t count;
    uint64_t total;
    struct error err;
    add_some(store);
    struct store_job first = add_job(store, "", 5);
    struct store_job second = add_job(store, "", 5);
    (void)add_job(store, "other", 5);
    assert_true(store_job_list(store, arena, "", -1, 10, 0, &jobs, &count, &total, &err));
    assert_int_equal(count, 2);
    assert_int_equal(total, 2);
    assert_true(guid_equal(&jobs[0].id, &second.id));
    assert_int_equal(jobs[0].counts[STORE_JOB_DEVICE_PENDING], 3);
    assert_true(store_job_list(store, arena, "", -1, 1, 1, &jobs, &count, &total, &err));
    assert_int_equal(count, 1);
    assert_true(guid_equal(&jobs[0].id, &first.id));
    assert_true(store_job_set_state(store, &first.id, STORE_JOB_RUNNING, 7, &err));
    assert_true(
        store_job_list(store, arena, "", STORE_JOB_RUNNING, 9, 0, &jobs, &count, &total, &err));
    assert_int_equal(total, 1);
    assert_true(guid_equal(&jobs[0].id, &first.id));
    assert_true(
        store_job_list(store, arena, "", STORE_JOB_DONE, 9, 0, &jobs, &count, &total, &err));
    assert_int_equal(count + total, 0);
}

STORE_TEST(another_tenant_has_no_such_job)
{
    struct store_job job;
    struct error err;
    add_some(store);
    struct store_job made = add_job(store, "", 1);
    assert_false(store_job_get(store, arena, &made.id, "other", &job, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_true(store_job_set_state(store, &made.id, STORE_JOB_DONE, 1, &err));
    assert_false(store_job_delete(store, &made.id, "other", &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_true(store_job_delete(store, &made.id, "", &err));
    assert_false(store_job_get(store, arena, &made.id, "", &job, &err));
}

STORE_TEST(only_a_job_that_is_over_is_removed)
{
    (void)arena;
    struct error err;
    add_some(store);
    struct store_job job = add_job(store, "", 1);
    enum store_job_state open[] = {STORE_JOB_QUEUED, STORE_JOB_RUNNING, STORE_JOB_CANCELLING};
    for (size_t i = 0; i < 3; i++) {
        assert_true(store_job_set_state(store, &job.id, open[i], 1, &err));
        assert_false(store_job_delete(store, &job.id, "", &err));
        assert_int_equal(err.code, ERROR_CONFLICT);
    }
    assert_true(store_job_set_state(store, &job.id, STORE_JOB_CANCELLED, 1, &err));
    assert_true(store_job_delete(store, &job.id, "", &err));
    assert_string_equal(DEVICES(job), "/0");
}

STORE_TEST(states_have_their_times_and_what_is_over_stays_over)
{
    struct error err;
    add_some(store);
    struct store_job job = add_job(store, "", 1);
    assert_true(store_job_set_state(store, &job.id, STORE_JOB_RUNNING, 10, &err));
    assert_true(store_job_set_state(store, &job.id, STORE_JOB_RUNNING, 20, &err));
    struct store_job now = get_job(store, arena, &job.id);
    assert_int_equal(now.started, 10);
    assert_true(now.finished == STORE_NEVER);
    assert_true(store_job_set_state(store, &job.id, STORE_JOB_CANCELLING, 25, &err));
    assert_true(store_job_set_state(store, &job.id, STORE_JOB_RUNNING, 26, &err));
    assert_int_equal(get_job(store, arena, &job.id).state, STORE_JOB_CANCELLING);
    assert_true(store_job_set_state(store, &job.id, STORE_JOB_DONE, 30, &err));
    assert_true(store_job_set_state(store, &job.id, STORE_JOB_CANCELLING, 40, &err));
    now = get_job(store, arena, &job.id);
    assert_int_equal(now.state, STORE_JOB_DONE);
    assert_int_equal(now.finished, 30);
}

STORE_TEST(cancelling_skips_what_waits)
{
    (void)arena;
    struct error err;
    add_some(store);
    struct store_job job = add_job(store, "", 1);
    write_states(store, &job, "sp");
    assert_true(store_job_set_state(store, &job.id, STORE_JOB_CANCELLED, 9, &err));
    assert_string_equal(DEVICES(job), "1su 2sk 3sk/3");
}

STORE_TEST(after_a_restart_what_may_be_repeated_waits_again)
{
    struct store_job_device *devices;
    struct store_job *jobs;
    size_t count;
    uint64_t total;
    struct error err;
    add_some(store);
    struct store_job job = add_job(store, "", 1);
    struct store_job over = add_job(store, "", 1);
    assert_true(store_job_set_state(store, &over.id, STORE_JOB_DONE, 1, &err));
    write_states(store, &job, "srp");
    assert_true(store_job_unfinished(store, arena, &jobs, &count, &err));
    assert_int_equal(count, 1);
    assert_true(guid_equal(&jobs[0].id, &job.id));
    assert_true(store_job_recover(store, &job.id, true, 50, &err));
    assert_string_equal(DEVICES(job), "1su 2pe 3pe/3");
    assert_true(store_job_devices(store, arena, &job.id, -1, 1, 1, &devices, &count, &total, &err));
    assert_null(devices[0].status);
    assert_true(devices[0].started == STORE_NEVER && devices[0].finished == STORE_NEVER);
}

STORE_TEST(after_a_restart_what_may_not_be_repeated_is_unknown)
{
    struct store_job_device *devices;
    size_t count;
    uint64_t total;
    struct error err;
    add_some(store);
    struct store_job job = add_job(store, "", 1);
    write_states(store, &job, "srp");
    assert_true(store_job_recover(store, &job.id, false, 50, &err));
    assert_string_equal(DEVICES(job), "1su 2fa 3pe/3");
    assert_true(store_job_devices(store, arena, &job.id, -1, 1, 1, &devices, &count, &total, &err));
    assert_string_equal(devices[0].status, "unknown");
    assert_string_equal(devices[0].error, "The server was restarted while it ran.");
    assert_int_equal(devices[0].finished, 50);
}

STORE_TEST(a_device_that_is_deleted_stays_in_the_results)
{
    (void)arena;
    struct guid one = guid_of(ONE);
    struct error err;
    add_some(store);
    struct store_job job = add_job(store, "", 1);
    assert_true(store_device_delete(store, &one, "", true, &err));
    assert_string_equal(DEVICES(job), "1pe 2pe 3pe/3");
}

STORE_TEST(old_jobs_that_are_over_make_room)
{
    struct store_job *jobs;
    size_t count;
    uint64_t total;
    struct store_job job;
    struct error err;
    struct store_job open = add_job(store, "", 1);
    struct store_job over = add_job(store, "", 1);
    assert_true(store_job_set_state(store, &over.id, STORE_JOB_DONE, 1, &err));
    for (unsigned i = 0; i < STORE_JOBS_KEPT - 1; i++)
        (void)add_job(store, "", 2);
    assert_true(store_job_get(store, arena, &over.id, "", &job, &err));
    (void)add_job(store, "", 3);
    assert_false(store_job_get(store, arena, &over.id, "", &job, &err));
    assert_true(store_job_get(store, arena, &open.id, "", &job, &err));
    assert_true(store_job_list(store, arena, "", -1, 1, 0, &jobs, &count, &total, &err));
    assert_int_equal(total, STORE_JOBS_KEPT + 1);
}

/* What the rows say, in place of the counts that are kept with the job. */
static void counts_are_right(struct store *store, struct arena *arena, const struct guid *id)
{
    struct store_job job = get_job(store, arena, id);
    for (int state = 0; state < STORE_JOB_DEVICE_STATE_COUNT; state++) {
        struct store_job_device *devices;
        size_t count;
        uint64_t total;
        struct error err;
        assert_true(
            store_job_devices(store, arena, id, state, 0, 0, &devices, &count, &total, &err));
        assert_int_equal(job.counts[state], total);
    }
}

STORE_TEST(the_counts_of_a_job_follow_its_devices)
{
    struct error err;
    add_some(store);
    for (int i = 0; i < 3; i++) {
        struct store_job job = add_job(store, "", 1);
        counts_are_right(store, arena, &job.id);
        write_states(store, &job, "rrp");
        counts_are_right(store, arena, &job.id);
        write_states(store, &job, "sfr");
        counts_are_right(store, arena, &job.id);
        write_states(store, &job, "sr");
        counts_are_right(store, arena, &job.id);
        assert_true(i == 2 || store_job_recover(store, &job.id, i == 0, 1, &err));
        counts_are_right(store, arena, &job.id);
        assert_true(store_job_set_state(store, &job.id, STORE_JOB_CANCELLED, 9, &err));
        counts_are_right(store, arena, &job.id);
    }
}

/* SQL of another program, in the store that `arena` is the arena of. */
static void execute(struct arena *arena, const char *sql)
{
    (void)scratch_sql(LIST_ENTRY(arena, struct scratch, arena), "outband.db", sql);
}

STORE_TEST(jobs_with_many_results_make_room)
{
    struct store_job job;
    struct error err;
    struct store_job old = add_job(store, "", 1);
    struct store_job open = add_job(store, "", 1);
    struct store_job newer = add_job(store, "", 1);
    assert_true(store_job_set_state(store, &old.id, STORE_JOB_DONE, 1, &err));
    assert_true(store_job_set_state(store, &newer.id, STORE_JOB_DONE, 1, &err));
    execute(arena, "UPDATE jobs SET succeeded = 400000");
    (void)add_job(store, "", 2);
    assert_false(store_job_get(store, arena, &old.id, "", &job, &err));
    assert_true(store_job_get(store, arena, &open.id, "", &job, &err));
    assert_true(store_job_get(store, arena, &newer.id, "", &job, &err));
}

STORE_TEST(a_job_whose_making_was_cut_off_is_not_seen)
{
    struct store_job job;
    struct store_job *jobs;
    size_t count;
    uint64_t total;
    struct error err;
    add_some(store);
    struct store_job made = add_job(store, "", 1);
    execute(arena, "UPDATE jobs SET state = -1");
    assert_false(store_job_get(store, arena, &made.id, "", &job, &err));
    assert_false(store_job_delete(store, &made.id, "", &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_true(store_job_list(store, arena, "", -1, 9, 0, &jobs, &count, &total, &err));
    assert_int_equal(count + total, 0);
    assert_true(store_job_unfinished(store, arena, &jobs, &count, &err));
    assert_int_equal(count, 0);
}

static void cut_off_on_fiber(struct store *store, void *arg)
{
    struct scratch *scratch = arg;
    add_some(store);
    (void)add_job(store, "", 1);
    execute(&scratch->arena, "UPDATE jobs SET state = -1");
}

static void a_job_whose_making_was_cut_off_is_gone_after_a_restart(void **state)
{
    struct scratch *scratch = *state;
    store_blocking(scratch->store, cut_off_on_fiber, scratch);
    scratch_close(scratch);
    assert_int_equal(scratch_sql(scratch, "outband.db", "SELECT count(*) FROM job_devices"), 3);
    scratch_open(scratch);
    assert_int_equal(scratch_sql(scratch, "outband.db", "SELECT count(*) FROM job_devices"), 0);
}

STORE_TEST(a_large_job_is_there_when_all_of_it_is)
{
    enum { MANY = 4500 };
    struct guid *guids = arena_array(arena, MANY, sizeof *guids);
    struct error err;
    for (size_t i = 0; i < MANY; i++)
        guids[i] = guid_random();
    struct store_job job = new_job("", 1);
    assert_true(store_job_add(store, &job, guids, MANY, NULL, &err));
    assert_int_equal(get_job(store, arena, &job.id).counts[STORE_JOB_DEVICE_SKIPPED], MANY);
    struct store_job_device *devices;
    size_t count;
    uint64_t total;
    assert_true(
        store_job_devices(store, arena, &job.id, -1, MANY, 0, &devices, &count, &total, &err));
    assert_int_equal(count, MANY);
    for (size_t i = 0; i < MANY; i++)
        assert_true(devices[i].place == i && guid_equal(&devices[i].guid, &guids[i]));
}

STORE_TEST(a_list_tells_the_selection_in_short)
{
    static const struct {
        const char *selection, *kind;
        int64_t size;
    } cases[] = {
        {"{\"guids\":[\"" ONE "\",\"" TWO "\"]}", "guids", 2},
        {"{\"method\":\"AND\",\"tags\":[\"a\",\"b\",\"c\"]}", "tags", 3},
        {"{\"filter\":{\"status\":1}}", "filter", 1},
        {"{\"all\":true}", "all", 1},
    };
    for (size_t i = 0; i < 4; i++) {
        struct store_job job = new_job("", 1);
        struct store_filter nobody = {.tenant = "nobody", .connected = -1};
        struct store_job *jobs;
        size_t count;
        uint64_t total;
        struct error err;
        job.selection = cases[i].selection;
        assert_true(store_job_add(store, &job, NULL, 0, &nobody, &err));
        assert_true(store_job_list(store, arena, "", -1, 1, 0, &jobs, &count, &total, &err));
        assert_null(jobs[0].selection);
        assert_string_equal(jobs[0].selection_kind, cases[i].kind);
        assert_int_equal(jobs[0].selection_size, cases[i].size);
        assert_string_equal(get_job(store, arena, &job.id).selection, cases[i].selection);
    }
}

static void states_have_names(void **state)
{
    (void)state;
    assert_string_equal(store_job_state_name(STORE_JOB_CANCELLING), "cancelling");
    assert_int_equal(store_job_state_of(SLICE_LITERAL("done")), STORE_JOB_DONE);
    assert_int_equal(store_job_state_of(SLICE_LITERAL("Done")), -1);
    assert_string_equal(store_job_device_state_name(STORE_JOB_DEVICE_SKIPPED), "skipped");
    assert_int_equal(store_job_device_state_of(SLICE_LITERAL("running")), STORE_JOB_DEVICE_RUNNING);
    assert_null(store_job_state_name((enum store_job_state)5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST_CASE(a_job_is_kept_as_it_was_made),
        STORE_TEST_CASE(a_filter_selects_devices_of_the_tenant),
        STORE_TEST_CASE(guids_count_once_and_others_are_skipped),
        STORE_TEST_CASE(results_are_paged_and_filtered),
        STORE_TEST_CASE(the_newest_job_is_the_first_of_a_list),
        STORE_TEST_CASE(another_tenant_has_no_such_job),
        STORE_TEST_CASE(only_a_job_that_is_over_is_removed),
        STORE_TEST_CASE(states_have_their_times_and_what_is_over_stays_over),
        STORE_TEST_CASE(cancelling_skips_what_waits),
        STORE_TEST_CASE(after_a_restart_what_may_be_repeated_waits_again),
        STORE_TEST_CASE(after_a_restart_what_may_not_be_repeated_is_unknown),
        STORE_TEST_CASE(a_device_that_is_deleted_stays_in_the_results),
        STORE_TEST_CASE(old_jobs_that_are_over_make_room),
        STORE_TEST_CASE(the_counts_of_a_job_follow_its_devices),
        STORE_TEST_CASE(a_large_job_is_there_when_all_of_it_is),
        STORE_TEST_CASE(a_list_tells_the_selection_in_short),
        STORE_TEST_CASE(jobs_with_many_results_make_room),
        STORE_TEST_CASE(a_job_whose_making_was_cut_off_is_not_seen),
        STORE_TEST_CASE(a_job_whose_making_was_cut_off_is_gone_after_a_restart),
        cmocka_unit_test(states_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
