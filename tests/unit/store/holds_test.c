/* Who works on a device: one at a time, and whoever is proven has it from who is not. */
#include "scratch.h"
#include "store/holds.h"

#include "io/fiber.h"
#include "io/loop.h"

#define GUID  "143e4567-e89b-12d3-a456-426614174000"
#define OTHER "143e4567-e89b-12d3-a456-426614174001"

struct world {
    struct store *store;
    struct store_hold held;
    unsigned asked;
    bool stubborn;
};

static void ask_to_go(void *context, const struct guid *guid)
{
    struct world *world = context;
    assert_true(guid_equal(guid, &world->held.entry.guid));
    assert_true(store_hold_is_asked(world->store, &world->held));
    world->asked++;
    if (!world->stubborn)
        store_hold_give(world->store, &world->held);
}

static struct store_hold hold_of(const char *guid, bool proven)
{
    return (struct store_hold){.entry.guid = guid_of(guid), .proven = proven};
}

static void begin(struct world *world, struct store *store, bool proven)
{
    *world = (struct world){.store = store, .held = hold_of(GUID, proven)};
    world->held.loop = io_loop_current();
    world->held.ask_to_go = ask_to_go;
    world->held.context = world;
    assert_true(store_hold_take(store, &world->held, NULL));
}

STORE_TEST(a_device_has_one_at_a_time)
{
    struct world world;
    struct error err;
    struct store_hold second = hold_of(GUID, false), other = hold_of(OTHER, false);
    (void)arena;
    begin(&world, store, false);
    assert_false(store_hold_take(store, &second, &err));
    assert_int_equal(err.code, ERROR_BUSY);
    store_hold_give(store, &second); /* it has nothing to give */
    assert_true(store_device_is_held(store, &second.entry.guid));
    assert_true(store_hold_take(store, &other, &err));
    store_hold_give(store, &other);
    store_hold_give(store, &world.held);
    assert_true(store_hold_take(store, &second, &err));
    assert_int_equal(world.asked, 0);
    store_hold_give(store, &second);
}

STORE_TEST(who_is_proven_has_it_from_who_is_not)
{
    struct world world;
    struct error err;
    struct store_hold proven = hold_of(GUID, true), another = hold_of(GUID, true);
    (void)arena;
    begin(&world, store, false);
    assert_true(store_hold_take(store, &proven, &err));
    assert_int_equal(world.asked, 1);
    assert_false(store_hold_take(store, &another, &err));
    assert_int_equal(err.code, ERROR_BUSY);
    store_hold_give(store, &proven);
}

STORE_TEST(an_administrator_has_it_from_every_agent_and_waits_for_a_job)
{
    struct world world;
    struct error err;
    struct store_hold admin = hold_of(GUID, true), job = hold_of(GUID, true);
    admin.administrator = true;
    (void)arena;
    begin(&world, store, true);
    assert_false(store_hold_take(store, &job, &err)); /* that one is proven, too */
    assert_true(store_hold_take(store, &admin, &err));
    assert_int_equal(world.asked, 1);
    store_hold_give(store, &admin);
    assert_true(store_hold_take(store, &job, &err));
    uint64_t begun = io_now();
    assert_false(store_hold_take(store, &admin, &err)); /* nobody to be asked, and it goes on */
    assert_int_equal(err.code, ERROR_BUSY);
    assert_true(io_now() - begun >= 5000);
    store_hold_give(store, &job);
}

static void confirm_soon(void *arg)
{
    struct world *world = arg;
    struct store_hold late = hold_of(GUID, false);
    assert_true(io_sleep(100, NULL));
    assert_int_equal(world->asked, 0);
    /* Nobody slips in before the one that waits. */
    store_hold_give(world->store, &world->held);
    assert_false(store_hold_take(world->store, &late, NULL));
}

STORE_TEST(a_password_that_is_being_set_is_waited_for)
{
    struct world world;
    struct io_task task = {0};
    struct error err;
    struct store_hold proven = hold_of(GUID, true);
    (void)arena;
    begin(&world, store, false);
    store_hold_set_password(store, &world.held, true);
    assert_true(io_task_start(&task, confirm_soon, &world, &err));
    assert_true(store_hold_take(store, &proven, &err));
    io_task_join(&task);
    store_hold_give(store, &proven);
}

STORE_TEST(one_that_does_not_go_is_asked_once_and_not_waited_for_without_end)
{
    struct world world;
    struct error err;
    struct store_hold proven = hold_of(GUID, true), late = hold_of(GUID, false);
    (void)arena;
    begin(&world, store, false);
    world.stubborn = true;
    uint64_t outer = io_deadline_within(200);
    assert_false(store_hold_take(store, &proven, &err));
    io_deadline_restore(outer);
    assert_int_equal(err.code, ERROR_BUSY);
    assert_int_equal(world.asked, 1);
    store_hold_give(store, &world.held);
    assert_true(store_hold_take(store, &late, &err)); /* nobody claims it any more */
    store_hold_give(store, &late);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST_CASE(a_device_has_one_at_a_time),
        STORE_TEST_CASE(who_is_proven_has_it_from_who_is_not),
        STORE_TEST_CASE(an_administrator_has_it_from_every_agent_and_waits_for_a_job),
        STORE_TEST_CASE(a_password_that_is_being_set_is_waited_for),
        STORE_TEST_CASE(one_that_does_not_go_is_asked_once_and_not_waited_for_without_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
