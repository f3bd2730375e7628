#include "mps/registry.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>

#include <cmocka.h>

static struct guid numbered(uint32_t n)
{
    struct guid guid = {{0}};
    for (size_t i = 0; i < 4; i++)
        guid.bytes[15 - i] = (uint8_t)(n >> (8 * i));
    return guid;
}

static void a_device_is_found_until_it_is_removed(void **state)
{
    (void)state;
    struct mps_registry *registry = mps_registry_new();
    struct guid guid = numbered(1);
    struct mps_handle handle = {.shard = 1, .slot = 2};
    struct mps_handle found;
    assert_false(mps_registry_find(registry, &guid, &found));
    assert_false(mps_registry_put(registry, &guid, &handle, &found));
    assert_true(mps_registry_find(registry, &guid, &found));
    assert_int_equal(found.shard, 1);
    assert_int_equal(found.slot, 2);
    assert_true(mps_registry_remove(registry, &guid, handle));
    assert_false(mps_registry_find(registry, &guid, &found));
    assert_int_equal(mps_registry_count(registry), 0);
    mps_registry_free(registry);
}

static void the_newest_tunnel_wins_and_the_older_cannot_remove_it(void **state)
{
    (void)state;
    struct mps_registry *registry = mps_registry_new();
    struct guid guid = numbered(7);
    struct mps_handle older = {.shard = 0};
    struct mps_handle newer = {.shard = 1};
    struct mps_handle previous;
    assert_false(mps_registry_put(registry, &guid, &older, &previous));
    assert_true(mps_registry_put(registry, &guid, &newer, &previous));
    assert_int_equal(previous.generation, older.generation);
    assert_true(newer.generation > older.generation);
    assert_false(mps_registry_remove(registry, &guid, older));
    assert_true(mps_registry_find(registry, &guid, &previous));
    assert_int_equal(previous.generation, newer.generation);
    assert_int_equal(mps_registry_count(registry), 1);
    mps_registry_free(registry);
}

/* Removal moves entries; every other device must still be found, in any order of removal. */
static void removals_leave_all_others_reachable(void **state)
{
    (void)state;
    enum { DEVICES = 5000 };
    struct mps_registry *registry = mps_registry_new();
    static struct mps_handle handles[DEVICES];
    struct mps_handle found;
    for (uint32_t i = 0; i < DEVICES; i++) {
        struct guid guid = numbered(i);
        handles[i] = (struct mps_handle){.slot = i};
        assert_false(mps_registry_put(registry, &guid, &handles[i], &found));
    }
    for (uint32_t i = 0; i < DEVICES; i += 3) {
        struct guid guid = numbered(i);
        assert_true(mps_registry_remove(registry, &guid, handles[i]));
    }
    for (uint32_t i = 0; i < DEVICES; i++) {
        struct guid guid = numbered(i);
        assert_int_equal(mps_registry_find(registry, &guid, &found), i % 3 != 0);
        if (i % 3 != 0)
            assert_int_equal(found.slot, i);
    }
    mps_registry_free(registry);
}

enum { LOGINS = 200000, THREADS = 4 };

struct contest {
    struct mps_registry *registry;
    atomic_uint ready;
    atomic_uint backwards; /* an older login took the device from a newer one */
    _Atomic uint64_t newest;
};

static void *log_in(void *arg)
{
    struct contest *contest = arg;
    struct guid guid = numbered(1);
    uint64_t last = 0;
    atomic_fetch_add(&contest->ready, 1);
    while (atomic_load(&contest->ready) < THREADS)
        continue;
    for (uint32_t i = 0; i < LOGINS; i++) {
        struct mps_handle handle = {.slot = i};
        struct mps_handle previous;
        if (mps_registry_put(contest->registry, &guid, &handle, &previous) &&
            previous.generation >= handle.generation)
            atomic_fetch_add(&contest->backwards, 1);
        last = handle.generation;
    }
    uint64_t newest = atomic_load(&contest->newest);
    while (newest < last && !atomic_compare_exchange_weak(&contest->newest, &newest, last))
        continue;
    return NULL;
}

static void of_logins_at_once_the_newest_stays(void **state)
{
    (void)state;
    struct contest contest = {.registry = mps_registry_new()};
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, log_in, &contest), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    struct guid guid = numbered(1);
    struct mps_handle found;
    assert_int_equal(atomic_load(&contest.backwards), 0);
    assert_true(mps_registry_find(contest.registry, &guid, &found));
    assert_int_equal(found.generation, atomic_load(&contest.newest));
    mps_registry_free(contest.registry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_is_found_until_it_is_removed),
        cmocka_unit_test(the_newest_tunnel_wins_and_the_older_cannot_remove_it),
        cmocka_unit_test(removals_leave_all_others_reachable),
        cmocka_unit_test(of_logins_at_once_the_newest_stays),
    };
    return cmocka_run_group_tests_name("mps/registry", tests, NULL, NULL);
}
