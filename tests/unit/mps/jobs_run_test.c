/* How a job gets through its devices, with a store that refuses or is slow, and somebody who wants
 * it to end at any moment. The store and the devices are this file's. */
#include "core/memory.h"
#include "events/events.h"
#include "io/fiber.h"
#include "mps/jobs_run.h"
#include "mps/mps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define DEVICES 6

enum wish { NOTHING, CANCEL, STOP };

/* The world of one test: rows as they are on disk, and what happens at which write. */
static struct {
    struct jobs_run run;
    enum store_job_device_state rows[DEVICES];
    enum store_job_state state; /* the last that was written */
    unsigned writes;            /* tried */
    unsigned durable_writes;
    unsigned refused_from, refused_until; /* writes of that number are refused, from 1 */
    unsigned wish_at;                     /* the write during which the wish comes up */
    enum wish wish;
    bool refuses_all;
    unsigned begun[DEVICES];   /* how often something was done to a device */
    uint64_t takes_ms;         /* what is done to a device */
    bool wish_in_conversation; /* the wish comes up while a device is in work */
    unsigned most_at_once, at_once;
    bool over;
} world;

static void wish(void)
{
    if (world.wish == CANCEL)
        atomic_store(&world.run.cancelled, true);
    if (world.wish == STOP)
        atomic_store(&world.run.stopping, true);
}

/* ---- the store ---- */

bool store_job_write(struct store *store, const struct guid *id,
                     const struct store_job_device *devices, size_t count, bool durable,
                     struct error *err)
{
    (void)store;
    (void)id;
    unsigned number = ++world.writes;
    (void)io_sleep(1, NULL);
    if (number == world.wish_at)
        wish();
    if (world.refuses_all || (number >= world.refused_from && number < world.refused_until))
        return error_set(err, ERROR_BUSY, "held by another program");
    for (size_t i = 0; i < count; i++) {
        if (devices[i].state == STORE_JOB_DEVICE_RUNNING)
            assert_int_equal(durable, !world.run.operation->repeatable);
        world.rows[devices[i].place] = devices[i].state;
    }
    world.durable_writes += durable;
    return true;
}

bool store_job_set_state(struct store *store, const struct guid *id, enum store_job_state state,
                         int64_t when_ms, struct error *err)
{
    (void)store;
    (void)id;
    (void)when_ms;
    if (world.refuses_all)
        return error_set(err, ERROR_BUSY, "held by another program");
    world.state = state;
    for (size_t i = 0; state == STORE_JOB_CANCELLED && i < DEVICES; i++)
        if (world.rows[i] == STORE_JOB_DEVICE_PENDING)
            world.rows[i] = STORE_JOB_DEVICE_SKIPPED;
    return true;
}

bool store_job_devices(struct store *store, struct arena *arena, const struct guid *id, int state,
                       uint32_t top, uint32_t skip, struct store_job_device **devices,
                       size_t *count, uint64_t *total, struct error *err)
{
    (void)store;
    (void)id;
    (void)err;
    (void)top;
    assert_int_equal(state, STORE_JOB_DEVICE_PENDING);
    *devices = arena_array(arena, DEVICES, sizeof **devices);
    for (uint32_t i = skip; i < DEVICES; i++) {
        (*devices)[i - skip].place = i;
        (*devices)[i - skip].guid.bytes[0] = (uint8_t)i;
    }
    *count = DEVICES - skip;
    *total = DEVICES;
    return true;
}

bool store_device_delete(struct store *store, const struct guid *guid, const char *tenant,
                         bool with_secrets, struct error *err)
{
    (void)store;
    (void)guid;
    (void)tenant;
    (void)with_secrets;
    (void)err;
    fail();
    return false;
}

/* ---- the devices ---- */

bool mps_device_converse(struct mps *mps, const struct guid *guid, const char *tenant,
                         bool (*conversation)(struct amt *amt, void *arg, struct error *err),
                         void *arg, struct error *err)
{
    (void)mps;
    (void)tenant;
    assert_int_equal(world.rows[guid->bytes[0]], STORE_JOB_DEVICE_RUNNING);
    world.begun[guid->bytes[0]]++;
    if (++world.at_once > world.most_at_once)
        world.most_at_once = world.at_once;
    bool ok = conversation(NULL, arg, err);
    world.at_once--;
    return ok;
}

bool mps_device_is_connected(struct mps *mps, const struct guid *guid)
{
    (void)mps;
    (void)guid;
    return true;
}

bool mps_device_status(struct mps *mps, const struct guid *guid, struct mps_device_status *status,
                       struct error *err)
{
    (void)mps;
    (void)guid;
    (void)status;
    (void)err;
    fail();
    return false;
}

bool mps_device_disconnect(struct mps *mps, const struct guid *guid, const char *tenant,
                           struct error *err)
{
    (void)mps;
    (void)guid;
    (void)tenant;
    (void)err;
    fail();
    return false;
}

static bool work(struct amt *amt, struct arena *arena, const json_t *parameters,
                 struct jobs_outcome *outcome, struct error *err)
{
    (void)amt;
    (void)arena;
    (void)parameters;
    (void)outcome;
    if (world.wish_in_conversation)
        wish();
    return io_sleep(world.takes_ms, err);
}

static const struct jobs_operation once = {.name = "once", .run = work};
static const struct jobs_operation again = {.name = "again", .repeatable = true, .run = work};

/* ---- a run ---- */

static void on_fiber(void *arg)
{
    (void)arg;
    jobs_run(&world.run);
    world.over = true;
}

/* First letters of the rows: "ppsfrk", "k" for skipped. */
static const char *rows(void)
{
    static char text[DEVICES + 1];
    for (size_t i = 0; i < DEVICES; i++)
        text[i] = "prsfk"[world.rows[i]];
    return text;
}

/* "001100": how often each device was begun. */
static const char *begun(void)
{
    static char text[DEVICES + 1];
    for (size_t i = 0; i < DEVICES; i++)
        text[i] = (char)('0' + world.begun[i]);
    return text;
}

static void carry_out(void)
{
    struct mps_jobs_options options = {.events = events_new(16), .finish_ms = 1};
    struct error err;
    world.run.options = &options;
    world.run.concurrency = 2;
    world.run.timeout_s = 60;
    if (world.run.operation == NULL)
        world.run.operation = &once;
    struct io_loop *loop = io_loop_new(&err);
    assert_true(io_loop_main(loop, on_fiber, NULL, &err));
    io_loop_free(loop);
    events_free(options.events);
    assert_true(world.over);
}

static int reset(void **state)
{
    (void)state;
    memset(&world, 0, sizeof world);
    return 0;
}

static void every_device_is_dealt_with_once_a_few_at_a_time(void **state)
{
    (void)state;
    carry_out();
    assert_string_equal(rows(), "ssssss");
    assert_string_equal(begun(), "111111");
    assert_int_equal(world.most_at_once, 2);
    assert_int_equal(world.state, STORE_JOB_DONE);
}

static void what_must_not_be_done_twice_is_marked_durably_and_nothing_else(void **state)
{
    (void)state;
    carry_out();
    assert_int_not_equal(world.durable_writes, 0);
    reset(NULL);
    world.run.operation = &again;
    carry_out();
    assert_int_equal(world.durable_writes, 0);
}

static void while_the_store_refuses_nothing_begins(void **state)
{
    (void)state;
    world.refused_from = 1;
    world.refused_until = 3;
    carry_out();
    assert_string_equal(begun(), "111111");
    assert_string_equal(rows(), "ssssss");
}

/* The states of a device when somebody wants the job to end: each row is a moment. The first two of
 * the devices are chosen by write 1 and FINISHED in write 2, which chooses the next two. */
static const struct {
    const char *what;
    enum wish wish;
    unsigned wish_at; /* 0: while the first device is in work */
    bool refuses;     /* from that write on, for good (STOP) or for two writes (CANCEL) */
    const char *begun, *rows;
    enum store_job_state state;
} moments[] = {
    {"chosen and written, then cancelled", CANCEL, 1, false, "000000", "kkkkkk",
     STORE_JOB_CANCELLED},
    {"chosen and not written, then cancelled", CANCEL, 1, true, "000000", "kkkkkk",
     STORE_JOB_CANCELLED},
    {"chosen and written, then stopped", STOP, 1, false, "000000", "pppppp", STORE_JOB_RUNNING},
    {"chosen and not written, then stopped", STOP, 1, true, "000000", "pppppp", STORE_JOB_RUNNING},
    {"finished, the next chosen and written, then cancelled", CANCEL, 2, false, "110000", "sskkkk",
     STORE_JOB_CANCELLED},
    {"finished, the next chosen and not written, then cancelled", CANCEL, 2, true, "110000",
     "sskkkk", STORE_JOB_CANCELLED},
    {"finished, the next chosen and written, then stopped", STOP, 2, false, "110000", "sspppp",
     STORE_JOB_RUNNING},
    {"finished and not written, then stopped", STOP, 2, true, "110000", "rrpppp",
     STORE_JOB_RUNNING},
    {"in work, then cancelled", CANCEL, 0, false, "110000", "ffkkkk", STORE_JOB_CANCELLED},
    {"in work, then stopped", STOP, 0, false, "110000", "ffpppp", STORE_JOB_RUNNING},
};

static void nothing_begins_any_more_whenever_the_wish_comes(void **state)
{
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        reset(state);
        world.wish = moments[i].wish;
        world.wish_at = moments[i].wish_at;
        world.wish_in_conversation = moments[i].wish_at == 0;
        /* Both devices of a turn are over before the next one begins. */
        world.takes_ms = moments[i].wish_at == 0 ? 60000 : 0;
        if (moments[i].refuses) {
            world.refused_from = moments[i].wish_at;
            world.refused_until = moments[i].wish == STOP ? 1000 : moments[i].wish_at + 2;
        }
        carry_out();
        if (strcmp(begun(), moments[i].begun) != 0 || strcmp(rows(), moments[i].rows) != 0 ||
            world.state != moments[i].state)
            fail_msg("%s: begun %s, rows %s, state %d", moments[i].what, begun(), rows(),
                     (int)world.state);
    }
}

static void what_is_in_work_and_repeatable_waits_again_after_a_stop(void **state)
{
    (void)state;
    world.run.operation = &again;
    world.wish = STOP;
    world.wish_in_conversation = true;
    world.takes_ms = 60000;
    carry_out();
    assert_string_equal(begun(), "110000");
    assert_string_equal(rows(), "pppppp");
}

static void a_store_that_refuses_everything_does_not_hold_up_the_end(void **state)
{
    (void)state;
    world.refuses_all = true;
    world.run.operation = &once;
    atomic_store(&world.run.stopping, true);
    carry_out();
    assert_string_equal(begun(), "000000");
}

static void a_job_that_is_cancelled_before_its_turn_only_ends(void **state)
{
    (void)state;
    atomic_store(&world.run.cancelled, true);
    carry_out();
    assert_string_equal(rows(), "kkkkkk");
    assert_int_equal(world.state, STORE_JOB_CANCELLED);
}

#define CASE(test) cmocka_unit_test_setup(test, reset)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(every_device_is_dealt_with_once_a_few_at_a_time),
        CASE(what_must_not_be_done_twice_is_marked_durably_and_nothing_else),
        CASE(while_the_store_refuses_nothing_begins),
        CASE(nothing_begins_any_more_whenever_the_wish_comes),
        CASE(what_is_in_work_and_repeatable_waits_again_after_a_stop),
        CASE(a_store_that_refuses_everything_does_not_hold_up_the_end),
        CASE(a_job_that_is_cancelled_before_its_turn_only_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
