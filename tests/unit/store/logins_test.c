/* Login records: read in one pass for all that wait, cached with a bound, never stale. */
#include "io/fiber.h"
#include "io/loop.h"
#include "io/work.h"
#include "scratch.h"
#include "store/logins.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

/* A database and a keeper of secrets that count. */
struct counting {
    struct store_database database;
    struct store_secrets secrets;
    struct logins *logins;
    struct io_pool *pool;
    unsigned pass_ms; /* how long a pass takes */
    atomic_int passes;
    atomic_int rows;
    atomic_bool fails;
    atomic_bool changes; /* the device changes while it is being read */
    atomic_int version;  /* part of the password */
};

static bool count_logins(struct store_database *base, struct store_login_row *rows, size_t count,
                         struct error *err)
{
    struct counting *counting = (struct counting *)base;
    atomic_fetch_add(&counting->passes, 1);
    atomic_fetch_add(&counting->rows, (int)count);
    if (counting->pass_ms > 0)
        (void)usleep(counting->pass_ms * 1000);
    if (atomic_load(&counting->fails))
        return error_set(err, ERROR_STORE, "the test says no");
    for (size_t i = 0; i < count; i++) {
        rows[i].found = rows[i].guid.bytes[15] != 0xff;
        (void)snprintf(rows[i].mps_username, sizeof rows[i].mps_username, "user%u",
                       rows[i].guid.bytes[0]);
        (void)snprintf(rows[i].tenant_id, sizeof rows[i].tenant_id, "t");
    }
    if (atomic_load(&counting->changes))
        for (size_t i = 0; i < count; i++)
            logins_forget(counting->logins, &rows[i].guid);
    return true;
}

static bool give_secret(struct store_secrets *base, struct arena *arena, const char *path,
                        struct slice *value, struct error *err)
{
    (void)err;
    (void)path;
    struct counting *counting =
        (struct counting *)(void *)((char *)base - offsetof(struct counting, secrets));
    *value = slice_of_string(
        arena_printf(arena, "{\"MPS_PASSWORD\":\"secret%d\"}", atomic_load(&counting->version)));
    return true;
}

static const struct store_database_methods database_methods = {.logins = count_logins};
static const struct store_secrets_methods secrets_methods = {.get = give_secret};

static void start(struct counting *counting, uint32_t cache, uint32_t waiting)
{
    *counting = (struct counting){.database.methods = &database_methods,
                                  .secrets.methods = &secrets_methods};
    struct error err;
    counting->pool = io_pool_new("logins", 1, 1000, &err);
    assert_non_null(counting->pool);
    struct logins_options options = {.database = &counting->database,
                                     .secrets = &counting->secrets,
                                     .pool = counting->pool,
                                     .cache_limit = cache,
                                     .waiting_limit = waiting};
    counting->logins = logins_new(&options);
}

static void stop(struct counting *counting)
{
    io_pool_free(counting->pool);
    logins_free(counting->logins);
}

/* ---- many fibers at once ---- */

struct crowd {
    struct io_message message;
    struct io_loop *loop;
    struct counting *counting;
    unsigned size;
    unsigned guids; /* how many different devices */
    unsigned first;
    unsigned started;
    unsigned over;
    unsigned good;
    unsigned busy;
    unsigned other;
    bool unknown; /* devices that are not there */
};

static struct guid numbered(unsigned number)
{
    return (struct guid){.bytes = {(uint8_t)number, (uint8_t)(number >> 8)}};
}

static void log_in(void *arg)
{
    struct crowd *crowd = arg;
    unsigned number = crowd->first + crowd->started++ % crowd->guids;
    struct guid guid = numbered(number);
    struct store_login login;
    struct error err;
    if (crowd->unknown)
        guid.bytes[15] = 0xff;
    if (logins_get(crowd->counting->logins, &guid, &login, &err)) {
        char user[16];
        (void)snprintf(user, sizeof user, "user%u", number & 0xff);
        assert_string_equal(login.mps_username, user);
        assert_memory_equal(login.passwords[0].text, "secret", 6);
        assert_string_equal(login.tenant_id, "t");
        crowd->good++;
    } else if (err.code == ERROR_BUSY) {
        crowd->busy++;
    } else {
        crowd->other++;
    }
    if (++crowd->over == crowd->size)
        io_loop_stop(crowd->loop);
}

static void start_crowd(struct io_message *message)
{
    struct crowd *crowd = (struct crowd *)message;
    struct error err;
    for (unsigned i = 0; i < crowd->size; i++)
        assert_true(io_fiber_start(log_in, crowd, &err));
}

static void run(struct crowd *crowd)
{
    struct error err;
    crowd->message.run = start_crowd;
    crowd->loop = io_loop_new(&err);
    assert_non_null(crowd->loop);
    io_post(crowd->loop, &crowd->message);
    io_loop_run(crowd->loop);
    io_loop_free(crowd->loop);
}

static void lookups_that_come_together_are_one_pass(void **state)
{
    (void)state;
    struct counting counting;
    start(&counting, 1000, 1000);
    counting.pass_ms = 200;
    struct crowd crowd = {.counting = &counting, .size = 200, .guids = 200};
    run(&crowd);
    assert_int_equal(crowd.good, 200);
    /* Those that came before the first pass began, and all the rest. */
    assert_true(atomic_load(&counting.passes) <= 2);
    assert_int_equal(atomic_load(&counting.rows), 200);
    stop(&counting);
}

static void more_lookups_than_the_bound_are_busy(void **state)
{
    (void)state;
    struct counting counting;
    start(&counting, 1000, 10);
    counting.pass_ms = 500;
    struct crowd crowd = {.counting = &counting, .size = 30, .guids = 30};
    run(&crowd);
    assert_int_equal(crowd.good, 10);
    assert_int_equal(crowd.busy, 20);
    /* And the places are given back. */
    counting.pass_ms = 0;
    struct crowd later = {.counting = &counting, .size = 10, .guids = 10, .first = 100};
    run(&later);
    assert_int_equal(later.good, 10);
    stop(&counting);
}

static void a_failing_pass_fails_all_that_wait_and_nothing_is_kept(void **state)
{
    (void)state;
    struct counting counting;
    start(&counting, 1000, 100);
    atomic_store(&counting.fails, true);
    struct crowd crowd = {.counting = &counting, .size = 20, .guids = 20};
    run(&crowd);
    assert_int_equal(crowd.other, 20);
    atomic_store(&counting.fails, false);
    struct crowd again = {.counting = &counting, .size = 20, .guids = 20};
    run(&again);
    assert_int_equal(again.good, 20);
    stop(&counting);
}

/* ---- the cache ---- */

static int rows_for(struct counting *counting, unsigned first, unsigned count)
{
    int before = atomic_load(&counting->rows);
    struct crowd crowd = {.counting = counting, .size = count, .guids = count, .first = first};
    run(&crowd);
    assert_int_equal(crowd.good, count);
    return atomic_load(&counting->rows) - before;
}

static void a_record_is_read_once(void **state)
{
    (void)state;
    struct counting counting;
    start(&counting, 1000, 100);
    assert_int_equal(rows_for(&counting, 0, 20), 20);
    assert_int_equal(rows_for(&counting, 0, 20), 0);
    assert_int_equal(rows_for(&counting, 10, 20), 10);
    struct guid guid = numbered(5);
    logins_forget(counting.logins, &guid);
    assert_int_equal(rows_for(&counting, 0, 20), 1);
    stop(&counting);
}

static void the_cache_is_bounded_and_lets_the_least_used_go(void **state)
{
    (void)state;
    struct counting counting;
    start(&counting, 4, 100);
    assert_int_equal(rows_for(&counting, 0, 4), 4);
    assert_int_equal(rows_for(&counting, 0, 1), 0); /* used: 1 is the oldest now */
    assert_int_equal(rows_for(&counting, 9, 1), 1);
    assert_int_equal(rows_for(&counting, 0, 1), 0);
    assert_int_equal(rows_for(&counting, 2, 2), 0);
    assert_int_equal(rows_for(&counting, 1, 1), 1);
    stop(&counting);
}

static int rows_for_unknown(struct counting *counting, unsigned first, unsigned count)
{
    int before = atomic_load(&counting->rows);
    struct crowd crowd = {
        .counting = counting, .size = count, .guids = count, .first = first, .unknown = true};
    run(&crowd);
    assert_int_equal(crowd.other, count);
    return atomic_load(&counting->rows) - before;
}

static void that_a_device_is_not_there_is_remembered_for_two_seconds(void **state)
{
    (void)state;
    struct counting counting;
    start(&counting, 100, 100);
    assert_int_equal(rows_for_unknown(&counting, 0, 20), 20);
    assert_int_equal(rows_for_unknown(&counting, 0, 20), 0);
    struct guid guid = numbered(5);
    guid.bytes[15] = 0xff;
    logins_forget(counting.logins, &guid); /* it has been added */
    assert_int_equal(rows_for_unknown(&counting, 0, 20), 1);
    (void)usleep(2010 * 1000);
    assert_int_equal(rows_for_unknown(&counting, 0, 20), 20);
    stop(&counting);
}

static void strangers_do_not_push_devices_out(void **state)
{
    (void)state;
    struct counting counting;
    start(&counting, 8, 100);
    assert_int_equal(rows_for(&counting, 0, 8), 8);
    assert_int_equal(rows_for_unknown(&counting, 0, 50), 50);
    assert_int_equal(rows_for(&counting, 0, 8), 0);
    assert_int_equal(rows_for_unknown(&counting, 48, 2), 0);
    stop(&counting);
}

static void a_record_read_while_its_device_changed_is_not_kept(void **state)
{
    (void)state;
    struct counting counting;
    start(&counting, 1000, 100);
    atomic_store(&counting.changes, true);
    assert_int_equal(rows_for(&counting, 0, 5), 5);
    assert_int_equal(rows_for(&counting, 0, 5), 5);
    atomic_store(&counting.changes, false);
    assert_int_equal(rows_for(&counting, 0, 5), 5);
    assert_int_equal(rows_for(&counting, 0, 5), 0);
    stop(&counting);
}

/* ---- over a real store ---- */

#define GUID "143e4567-e89b-12d3-a456-426614174000"

STORE_TEST(an_unknown_device_is_not_found_until_it_is_added)
{
    (void)arena;
    struct guid guid = guid_of(GUID);
    struct store_login login;
    struct error err = {0};
    assert_false(store_login_get(store, &guid, &login, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    add_device(store, GUID, "red", "h", NULL, 0);
    assert_true(store_login_get(store, &guid, &login, &err));
    assert_string_equal(login.mps_username, "admin");
    assert_string_equal(login.passwords[0].text, "P@ssw0rd");
    assert_string_equal(login.tenant_id, "red");
    assert_true(store_device_delete(store, &guid, NULL, true, &err));
    assert_false(store_login_get(store, &guid, &login, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
}

STORE_TEST(a_changed_password_counts_at_once)
{
    struct guid guid = guid_of(GUID);
    add_device(store, GUID, "", "h", NULL, 0);
    struct store_login login;
    struct error err;
    for (int i = 0; i < 5; i++) {
        assert_true(store_login_get(store, &guid, &login, &err));
        char password[16];
        (void)snprintf(password, sizeof password, "password%d", i);
        struct store_device device = {.guid = guid, .tenant_id = "", .mps_username = password};
        struct store_device_secrets secrets = {.mps_password = password};
        assert_true(store_device_put(store, arena, &device, STORE_MPS_USERNAME, &secrets, true,
                                     NULL, &err));
        assert_true(store_login_get(store, &guid, &login, &err));
        assert_string_equal(login.passwords[0].text, password);
        assert_string_equal(login.mps_username, password);
    }
}

STORE_TEST(a_device_without_password_or_name_has_empty_ones)
{
    struct guid guid = guid_of(GUID);
    struct store_device device = {.guid = guid, .tenant_id = ""};
    struct store_login login;
    struct error err;
    assert_true(store_device_put(store, arena, &device, 0, NULL, false, NULL, &err));
    assert_true(store_login_get(store, &guid, &login, &err));
    assert_string_equal(login.mps_username, "");
    assert_string_equal(login.passwords[0].text, "");
}

STORE_TEST(secrets_of_the_wrong_kind_let_nobody_in)
{
    (void)arena;
    struct guid guid = guid_of(GUID);
    add_device(store, GUID, "", "h", NULL, 0);
    const char *const bad[] = {"{\"MPS_PASSWORD\":7}", "[]", "{", "\"P@ssw0rd\"",
                               "{\"MPS_PASSWORD\":\"a\\u0000b\"}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct store_login login;
        struct error err = {0};
        struct store_device device = {.guid = guid, .tenant_id = ""};
        assert_true(store_secret_put(store, "devices/" GUID, slice_of_string(bad[i]), &err));
        assert_true(store_device_put(store, arena, &device, 0, NULL, true, NULL, &err));
        assert_false(store_login_get(store, &guid, &login, &err));
        assert_int_equal(err.code, ERROR_STORE);
        assert_string_equal(login.mps_username, "");
    }
}

/* ---- threads ---- */

#define LOOPS 3

static void *run_loop(void *arg)
{
    run(arg);
    return NULL;
}

static void loops_share_the_cache_while_devices_change(void **state)
{
    (void)state;
    struct counting counting;
    start(&counting, 16, 1000);
    pthread_t threads[LOOPS];
    struct crowd crowds[LOOPS];
    for (unsigned i = 0; i < LOOPS; i++) {
        crowds[i] = (struct crowd){.counting = &counting, .size = 300, .guids = 32};
        assert_int_equal(pthread_create(&threads[i], NULL, run_loop, &crowds[i]), 0);
    }
    for (unsigned i = 0; i < 2000; i++) {
        struct guid guid = numbered(i % 32);
        atomic_fetch_add(&counting.version, 1);
        logins_forget(counting.logins, &guid);
    }
    for (unsigned i = 0; i < LOOPS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(crowds[i].good, 300);
    }
    stop(&counting);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lookups_that_come_together_are_one_pass),
        cmocka_unit_test(more_lookups_than_the_bound_are_busy),
        cmocka_unit_test(a_failing_pass_fails_all_that_wait_and_nothing_is_kept),
        cmocka_unit_test(a_record_is_read_once),
        cmocka_unit_test(the_cache_is_bounded_and_lets_the_least_used_go),
        cmocka_unit_test(that_a_device_is_not_there_is_remembered_for_two_seconds),
        cmocka_unit_test(strangers_do_not_push_devices_out),
        cmocka_unit_test(a_record_read_while_its_device_changed_is_not_kept),
        STORE_TEST_CASE(an_unknown_device_is_not_found_until_it_is_added),
        STORE_TEST_CASE(a_changed_password_counts_at_once),
        STORE_TEST_CASE(a_device_without_password_or_name_has_empty_ones),
        STORE_TEST_CASE(secrets_of_the_wrong_kind_let_nobody_in),
        cmocka_unit_test(loops_share_the_cache_while_devices_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
