/* One program at a time has its turn at AMT. */
#include "rpc/machine/turn.h"

#include "core/arena.h"
#include "io/fiber.h"
#include "io/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct place {
    char path[64]; /* stands for the device's file */
    unsigned waits;
    int other;
};

static void count(void *context)
{
    struct place *place = context;
    place->waits++;
}

static int lock(struct place *place, uint64_t wait_ms, struct error *err)
{
    return rpc_turn_lock(place->path, wait_ms, count, place, err);
}

static void on_fiber(void (*main)(void *arg))
{
    struct error err = {.code = ERROR_NONE};
    struct place place = {.path = "/tmp/rpc-turn-XXXXXX"};
    int file = mkstemp(place.path);
    assert_true(file >= 0);
    (void)close(file);
    struct io_loop *loop = io_loop_new(&err);
    assert_non_null(loop);
    assert_true(io_loop_main(loop, main, &place, &err));
    io_loop_free(loop);
    (void)unlink(place.path);
}

static void take_free(void *arg)
{
    struct error err;
    struct place *place = arg;
    for (int i = 0; i < 2; i++) {
        int file = lock(place, 0, &err);
        assert_true(file >= 0);
        (void)close(file);
    }
    assert_int_equal(place->waits, 0);
}

static void one_that_is_free_is_taken_at_once_and_given_back(void **state)
{
    (void)state;
    on_fiber(take_free);
}

static void take_held(void *arg)
{
    struct error err;
    struct place *place = arg;
    place->other = lock(place, 0, &err);
    assert_int_equal(lock(place, 500, &err), -1);
    assert_int_equal(err.code, ERROR_BUSY);
    assert_int_equal(place->waits, 1);
    (void)close(place->other);
}

static void one_that_stays_another_s_is_given_up(void **state)
{
    (void)state;
    on_fiber(take_held);
}

static void give_back(void *arg)
{
    struct place *place = arg;
    (void)io_sleep(300, NULL);
    (void)close(place->other);
}

static void take_later(void *arg)
{
    struct error err;
    struct place *place = arg;
    struct io_task task = {.fiber = NULL};
    place->other = lock(place, 0, &err);
    assert_true(io_task_start(&task, give_back, place, &err));
    int file = lock(place, 60000, &err);
    assert_true(file >= 0);
    assert_int_equal(place->waits, 1);
    (void)close(file);
    io_task_join(&task);
}

static void one_that_becomes_free_is_taken_then(void **state)
{
    (void)state;
    on_fiber(take_later);
}

static void wait_in_vain(void *arg)
{
    struct error err;
    struct place *place = arg;
    place->waits = lock(place, 60000, &err) == -1 && err.code == ERROR_CANCELLED ? 100 : 0;
}

static void cancel_waiting(void *arg)
{
    struct error err;
    struct place *place = arg;
    struct io_task task = {.fiber = NULL};
    place->other = lock(place, 0, &err);
    assert_true(io_task_start(&task, wait_in_vain, place, &err));
    (void)io_sleep(100, NULL);
    io_task_cancel(&task);
    io_task_join(&task);
    assert_int_equal(place->waits, 100);
    (void)close(place->other);
}

static void waiting_ends_with_the_run(void **state)
{
    (void)state;
    on_fiber(cancel_waiting);
}

static void take_link(void *arg)
{
    struct error err;
    struct place *place = arg;
    struct place link;
    (void)snprintf(link.path, sizeof link.path, "%.50s-link", place->path);
    assert_int_equal(symlink(place->path, link.path), 0);
    place->other = lock(place, 0, &err);
    assert_int_equal(lock(&link, 0, &err), -1);
    assert_int_equal(err.code, ERROR_BUSY);
    (void)close(place->other);
    int file = lock(&link, 0, &err);
    assert_true(file >= 0);
    (void)close(file);
    (void)unlink(link.path);
    (void)snprintf(link.path, sizeof link.path, "%.50s-none", place->path);
    assert_int_equal(lock(&link, 0, &err), -1);
    assert_int_equal(err.code, ERROR_NOT_FOUND);
}

static void a_link_is_followed_and_what_is_not_there_is_none(void **state)
{
    (void)state;
    on_fiber(take_link);
}

/* What a command without the flag does must be looking: whoever adds one decides. */
static void every_command_that_changes_amt_has_its_turn(void **state)
{
    static const char *const looks[] = {"amtinfo",
                                        "diagnostics cira",
                                        "diagnostics csme",
                                        "diagnostics wsman list",
                                        "diagnostics wsman get",
                                        "diagnostics bundle",
                                        "diagnostics pthi",
                                        "doctor",
                                        "lms",
                                        "cira status",
                                        "consent show",
                                        "alarm list",
                                        "version",
                                        "commands"};
    size_t found = 0;
    (void)state;
    for (const struct rpc_command *const *at = rpc_commands; *at != NULL; at++) {
        bool only_looks = false;
        for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++)
            only_looks = only_looks || strcmp((*at)->path, looks[i]) == 0;
        if (only_looks == (((*at)->needs & RPC_NEEDS_TURN) != 0))
            fail_msg("rpc %s", (*at)->path);
        found += only_looks;
    }
    assert_int_equal(found, sizeof looks / sizeof looks[0]);
}

static void give_back_with_copy(void *arg)
{
    struct error err;
    struct place *place = arg;
    int file = lock(place, 0, &err);
    int copy = dup(file); /* as a child of this process has */
    rpc_turn_unlock(file);
    file = lock(place, 0, &err);
    assert_true(file >= 0);
    rpc_turn_unlock(file);
    (void)close(copy);
}

static void a_child_of_the_process_does_not_keep_it(void **state)
{
    (void)state;
    on_fiber(give_back_with_copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_is_free_is_taken_at_once_and_given_back),
        cmocka_unit_test(one_that_stays_another_s_is_given_up),
        cmocka_unit_test(one_that_becomes_free_is_taken_then),
        cmocka_unit_test(waiting_ends_with_the_run),
        cmocka_unit_test(a_link_is_followed_and_what_is_not_there_is_none),
        cmocka_unit_test(every_command_that_changes_amt_has_its_turn),
        cmocka_unit_test(a_child_of_the_process_does_not_keep_it),
    };
    return cmocka_run_group_tests_name("turn", tests, NULL, NULL);
}
