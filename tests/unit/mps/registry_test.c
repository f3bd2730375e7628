#include "mps/registry.h"

#include <setjmp.h>
#include <stdarg.h>

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
    struct mps_handle handle = {1, 2, 3};
    struct mps_handle found;
    assert_false(mps_registry_find(registry, &guid, &found));
    assert_false(mps_registry_put(registry, &guid, handle, &found));
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
    struct mps_handle older = {0, 0, 1};
    struct mps_handle newer = {1, 0, 2};
    struct mps_handle previous;
    assert_false(mps_registry_put(registry, &guid, older, &previous));
    assert_true(mps_registry_put(registry, &guid, newer, &previous));
    assert_int_equal(previous.generation, 1);
    assert_false(mps_registry_remove(registry, &guid, older));
    assert_true(mps_registry_find(registry, &guid, &previous));
    assert_int_equal(previous.generation, 2);
    assert_int_equal(mps_registry_count(registry), 1);
    mps_registry_free(registry);
}

/* Removal moves entries; every other device must still be found, in any order of removal. */
static void removals_leave_all_others_reachable(void **state)
{
    (void)state;
    enum { DEVICES = 5000 };
    struct mps_registry *registry = mps_registry_new();
    struct mps_handle found;
    for (uint32_t i = 0; i < DEVICES; i++) {
        struct guid guid = numbered(i);
        assert_false(mps_registry_put(registry, &guid, (struct mps_handle){0, i, i + 1}, &found));
    }
    for (uint32_t i = 0; i < DEVICES; i += 3) {
        struct guid guid = numbered(i);
        assert_true(mps_registry_remove(registry, &guid, (struct mps_handle){0, i, i + 1}));
    }
    for (uint32_t i = 0; i < DEVICES; i++) {
        struct guid guid = numbered(i);
        assert_int_equal(mps_registry_find(registry, &guid, &found), i % 3 != 0);
        if (i % 3 != 0)
            assert_int_equal(found.slot, i);
    }
    mps_registry_free(registry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_is_found_until_it_is_removed),
        cmocka_unit_test(the_newest_tunnel_wins_and_the_older_cannot_remove_it),
        cmocka_unit_test(removals_leave_all_others_reachable),
    };
    return cmocka_run_group_tests_name("mps/registry", tests, NULL, NULL);
}
