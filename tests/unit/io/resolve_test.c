/* Hosts (io/resolve.h), and work that may be left (io/work.h). */
#include "world.h"

#include "io/resolve.h"
#include "io/work.h"

#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void only_hosts_are_hosts(void **state)
{
    (void)state;
    static const char *const good[] = {"10.0.0.7",  "::1",         "[fe80::1]", "localhost",
                                       "pc-7.site", "under_score", "a.example."};
    static const char *const bad[] = {"",          "[]",     "[10.0.0.7]", "a b",         "a:16992",
                                      "http://a",  "a/b",    "a\r\nb",     "-a",          ".a",
                                      "[::1]:443", "user@a", "%00",        "fe80::1%eth0"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!io_host_is_valid(good[i]))
            fail_msg("%s is refused", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (io_host_is_valid(bad[i]))
            fail_msg("%s is accepted", bad[i]);
    char longest[300];
    memset(longest, 'a', sizeof longest);
    longest[253] = '\0';
    assert_true(io_host_is_valid(longest));
    longest[253] = 'a';
    longest[254] = '\0';
    assert_false(io_host_is_valid(longest));
}

static void resolve(void)
{
    struct error err = {0};
    struct io_address found[IO_RESOLVE_MOST];
    char text[IO_ADDRESS_TEXT_SIZE];
    size_t count = 0;
    struct io_pool *pool = io_pool_new("names", 1, 4, &err);
    assert_true(io_resolve(pool, "127.0.0.9", 16992, found, &count, &err));
    assert_int_equal(count, 1);
    assert_string_equal(io_address_format(&found[0], text), "127.0.0.9:16992");
    assert_true(io_resolve(pool, "[::1]", 16993, found, &count, &err));
    assert_string_equal(io_address_format(&found[0], text), "[::1]:16993");
    assert_true(io_resolve(pool, "localhost", 16994, found, &count, &err));
    assert_true(count >= 1);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(io_address_port(&found[i]), 16994);
    assert_false(io_resolve(pool, "a b", 16992, found, &count, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    assert_int_equal(count, 0);
    io_pool_free(pool);
}

static void names_and_numbers_are_resolved(void **state)
{
    (void)state;
    world_run(resolve);
}

/* ---- work that is left ---- */

struct slow {
    sem_t begun, go;
    atomic_int ran, dropped;
};

static void be_slow(void *arg)
{
    struct slow *slow = *(struct slow **)arg;
    (void)sem_post(&slow->begun);
    while (sem_wait(&slow->go) != 0)
        ;
    atomic_fetch_add(&slow->ran, 1);
}

static void drop_slow(void *arg)
{
    struct slow *slow = *(struct slow **)arg;
    atomic_fetch_add(&slow->dropped, 1);
    free(arg);
}

static void *argument_of(struct slow *slow)
{
    struct slow **arg = malloc(sizeof *arg);
    *arg = slow;
    return arg;
}

static bool try_within(struct io_pool *pool, struct slow *slow, uint64_t ms, struct error *err)
{
    void *arg = argument_of(slow);
    uint64_t outer = io_deadline_within(ms);
    bool ok = io_work_or_leave(pool, be_slow, drop_slow, arg, err);
    io_deadline_restore(outer);
    if (ok)
        free(arg);
    return ok;
}

static void leave_work(void)
{
    struct error err = {0};
    struct slow slow = {.ran = 0};
    (void)sem_init(&slow.begun, 0, 0);
    (void)sem_init(&slow.go, 0, 0);
    struct io_pool *pool = io_pool_new("slow", 1, 1, &err);
    /* In work when its caller leaves. */
    assert_false(try_within(pool, &slow, 10, &err));
    assert_int_equal(err.code, ERROR_TIMEOUT);
    while (sem_wait(&slow.begun) != 0)
        ;
    /* Still waiting when its caller leaves: never begun. */
    assert_false(try_within(pool, &slow, 10, &err));
    assert_int_equal(err.code, ERROR_TIMEOUT);
    /* No room. */
    assert_false(try_within(pool, &slow, 1000, &err));
    assert_int_equal(err.code, ERROR_BUSY);
    assert_int_equal(atomic_load(&slow.dropped), 1);
    (void)sem_post(&slow.go);
    (void)sem_post(&slow.go);
    while (atomic_load(&slow.dropped) < 3)
        assert_true(io_sleep(1, &err));
    assert_int_equal(atomic_load(&slow.ran), 1);
    /* And one that is awaited. */
    assert_true(try_within(pool, &slow, 10000, &err));
    assert_int_equal(atomic_load(&slow.ran), 2);
    assert_int_equal(atomic_load(&slow.dropped), 3);
    io_pool_free(pool);
}

static void work_that_is_left_is_dropped_once(void **state)
{
    (void)state;
    world_run(leave_work);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_hosts_are_hosts),
        cmocka_unit_test(names_and_numbers_are_resolved),
        cmocka_unit_test(work_that_is_left_is_dropped_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
