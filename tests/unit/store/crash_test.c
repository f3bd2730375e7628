/* kill -9 at any moment: what was committed is there, a device is never there without its secrets,
 * and a start that was killed can be started again. */
#include "scratch.h"

#include "core/random.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static int setup(void **state)
{
    *state = scratch_new();
    return 0;
}

static struct guid numbered(unsigned number)
{
    struct guid guid = {.bytes = {(uint8_t)(number >> 8), (uint8_t)number}};
    return guid;
}

struct writer {
    struct scratch *scratch;
    unsigned from;
    int report;
};

/* Adds devices for ever, telling of each once it is stored. No cmocka in here: this is a child. */
static void write_for_ever(struct store *store, void *arg)
{
    const struct writer *writer = arg;
    for (unsigned i = writer->from;; i++) {
        struct arena arena;
        arena_init(&arena);
        char text[32];
        (void)snprintf(text, sizeof text, "password-%u", i);
        const char *tags[] = {"a", "b"};
        struct store_device device = {
            .guid = numbered(i), .tenant_id = "", .hostname = text, .tags = tags, .tag_count = 2};
        struct store_device_secrets secrets = {.mps_password = text, .amt_password = text};
        struct guid guid = device.guid;
        struct error err;
        if (!store_device_put(store, &arena, &device, STORE_HOSTNAME | STORE_TAGS, &secrets, false,
                              NULL, &err) ||
            !store_user_put(store, text, "hash", &err) ||
            !store_secret_put(store, text, slice_of_string(text), &err))
            _exit(9);
        store_presence(store, &guid, STORE_CONNECTED, i + 1, 1000);
        arena_fini(&arena);
        if (write(writer->report, &i, sizeof i) != sizeof i)
            _exit(8);
    }
}

static pid_t fork_writer(struct writer *writer)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child > 0)
        return child;
    struct error err;
    struct store *store = store_open(&writer->scratch->options, &err);
    if (store == NULL)
        _exit(7);
    store_blocking(store, write_for_ever, writer);
    _exit(6);
}

struct expected {
    unsigned count; /* devices that the child told of */
    bool also;      /* one more may be there */
    struct arena *arena;
};

static void check_device(struct store *store, struct arena *arena, unsigned number)
{
    char text[32];
    (void)snprintf(text, sizeof text, "password-%u", number);
    struct guid guid = numbered(number);
    struct store_device device;
    struct store_login login;
    struct slice value;
    const char *hash;
    struct error err;
    if (!store_device_get(store, arena, &guid, NULL, &device, &err))
        fail_msg("device %u was stored and is not there: %s", number, err.text);
    assert_string_equal(device.hostname, text);
    assert_int_equal(device.tag_count, 2);
    assert_false(device.connected);
    assert_null(device.mps_instance);
    assert_true(store_login_get(store, &guid, &login, &err));
    assert_string_equal(login.passwords[0].text, text);
    assert_true(store_amt_password(store, arena, &guid, NULL, &value, &err));
    assert_true(slice_equal_string(value, text));
    assert_true(store_secret_get(store, arena, text, &value, &err));
    assert_true(slice_equal_string(value, text));
    assert_true(store_user_get(store, arena, text, &hash, &err));
}

static void check_all(struct store *store, void *arg)
{
    struct expected *expected = arg;
    struct error err;
    for (unsigned i = 0; i < expected->count; i++)
        check_device(store, expected->arena, i);
    /* The one that was being written: not there, or there with its secrets. */
    struct guid guid = numbered(expected->count);
    struct store_device device;
    if (store_device_get(store, expected->arena, &guid, NULL, &device, &err)) {
        struct store_login login;
        assert_int_equal(device.tag_count, 2);
        assert_true(store_login_get(store, &guid, &login, &err));
        assert_int_not_equal(login.passwords[0].text[0], '\0');
        expected->also = true;
    } else {
        assert_int_equal(err.code, ERROR_NOT_FOUND);
        expected->also = false;
    }
    uint64_t total;
    uint64_t connected;
    assert_true(store_device_stats(store, NULL, &total, &connected, &err));
    assert_int_equal(total, expected->count + expected->also);
    assert_int_equal(connected, 0);
}

static void kill_and_wait(pid_t child)
{
    int status;
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status))
        fail_msg("the child ended by itself with %d", WEXITSTATUS(status));
}

static void what_was_stored_survives_a_kill_in_the_middle_of_work(void **state)
{
    struct scratch *scratch = *state;
    struct expected expected = {.arena = &scratch->arena};
    for (int round = 0; round < 5; round++) {
        int pipe_ends[2];
        assert_int_equal(pipe(pipe_ends), 0);
        struct writer writer = {scratch, expected.count, pipe_ends[1]};
        pid_t child = fork_writer(&writer);
        close(pipe_ends[1]);
        unsigned number;
        unsigned until = expected.count + 5 + random_below(10);
        while (expected.count < until &&
               read(pipe_ends[0], &number, sizeof number) == sizeof number)
            expected.count = number + 1;
        (void)usleep(random_below(20000));
        kill_and_wait(child);
        while (read(pipe_ends[0], &number, sizeof number) == sizeof number)
            expected.count = number + 1;
        close(pipe_ends[0]);
        assert_true(expected.count >= until);

        scratch_open(scratch);
        store_blocking(scratch->store, check_all, &expected);
        scratch_close(scratch);
    }
}

static void check_opens(struct store *store, void *arg)
{
    (void)arg;
    struct error err;
    assert_true(store_check(store, &err));
    add_device(store, "143e4567-e89b-12d3-a456-426614174000", "", "h", NULL, 0);
}

/* The first start makes a key and two databases; it may be killed between any two steps. */
static void a_first_start_that_was_killed_can_be_started_again(void **state)
{
    (void)state;
    for (int round = 0; round < 25; round++) {
        struct scratch *scratch = scratch_new();
        for (int kills = 0; kills < 3; kills++) {
            pid_t child = fork();
            assert_true(child >= 0);
            if (child == 0) {
                struct error err;
                struct store *store = store_open(&scratch->options, &err);
                if (store == NULL)
                    _exit(7);
                pause();
            }
            (void)usleep(random_below(12000));
            kill_and_wait(child);
        }
        scratch_open(scratch);
        store_blocking(scratch->store, check_opens, NULL);
        scratch_free(scratch);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_stored_survives_a_kill_in_the_middle_of_work,
                                        setup, scratch_teardown),
        cmocka_unit_test(a_first_start_that_was_killed_can_be_started_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
