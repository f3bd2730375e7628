/* Hosts and their addresses (io/resolve.h). */
#include "world.h"

#include "io/resolve.h"

#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
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
    static const struct io_resolver_options options = {.threads_limit = 0};
    struct io_resolver *names = io_resolver_new(&options);
    assert_true(io_resolve(names, "127.0.0.9", 16992, found, &count, &err));
    assert_int_equal(count, 1);
    assert_string_equal(io_address_format(&found[0], text), "127.0.0.9:16992");
    assert_true(io_resolve(names, "[::1]", 16993, found, &count, &err));
    assert_string_equal(io_address_format(&found[0], text), "[::1]:16993");
    assert_true(io_resolve(names, "localhost", 16994, found, &count, &err));
    assert_true(count >= 1);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(io_address_port(&found[i]), 16994);
    assert_false(io_resolve(names, "a b", 16992, found, &count, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    assert_int_equal(count, 0);
    io_resolver_free(names);
}

static void names_and_numbers_are_resolved(void **state)
{
    (void)state;
    world_run(resolve);
}

/* ---- name servers that do not answer ---- */

/* The name server of these tests: names that begin with "dead" hang until they are let go, and have
 * no address then; others are 127.0.0.1. */
struct server {
    sem_t go;
    atomic_int asked, hanging, ended;
};

static int look_up(void *context, const char *host, struct io_address addresses[IO_RESOLVE_MOST],
                   size_t *count)
{
    struct server *server = context;
    struct error err;
    bool dead = strncmp(host, "dead", 4) == 0;
    atomic_fetch_add(&server->asked, 1);
    if (dead) {
        atomic_fetch_add(&server->hanging, 1);
        while (sem_wait(&server->go) != 0)
            ;
        atomic_fetch_sub(&server->hanging, 1);
    }
    *count = 0;
    if (!dead && io_address_parse(SLICE_LITERAL("127.0.0.1:0"), &addresses[0], &err))
        *count = 1;
    atomic_fetch_add(&server->ended, 1);
    return dead ? -3 /* EAI_AGAIN */ : 0;
}

static struct io_resolver *start(struct server *server, unsigned threads, uint32_t unknown_ms)
{
    const struct io_resolver_options options = {
        .threads_limit = threads, .unknown_ms = unknown_ms, .look_up = look_up, .context = server};
    *server = (struct server){.asked = 0};
    (void)sem_init(&server->go, 0, 0);
    return io_resolver_new(&options);
}

static void await_number(atomic_int *number, int wanted)
{
    struct error err;
    for (int i = 0; i < 10000 && atomic_load(number) != wanted; i++)
        assert_true(io_sleep(1, &err));
    assert_int_equal(atomic_load(number), wanted);
}

static void let_go(struct server *server, int count)
{
    for (int i = 0; i < count; i++)
        (void)sem_post(&server->go);
}

/* A fiber that asks. */
struct asker {
    struct io_task task;
    struct io_resolver *names;
    char host[32];
    struct error err;
    bool ok;
};

static void ask(void *arg)
{
    struct asker *asker = arg;
    struct io_address found[IO_RESOLVE_MOST];
    size_t count;
    asker->ok = io_resolve(asker->names, asker->host, 16992, found, &count, &asker->err);
}

/* `count` fibers; with `one_name` all ask for the same. */
static void start_asking(struct asker *askers, int count, struct io_resolver *names, bool one_name)
{
    struct error err;
    for (int i = 0; i < count; i++) {
        askers[i] = (struct asker){.names = names};
        (void)snprintf(askers[i].host, sizeof askers[i].host, "dead-%d.site", one_name ? 0 : i);
        assert_true(io_task_start(&askers[i].task, ask, &askers[i], &err));
    }
}

static void end_asking(struct asker *askers, int count)
{
    for (int i = 0; i < count; i++) {
        io_task_join(&askers[i].task);
        assert_false(askers[i].ok);
        assert_int_equal(askers[i].err.code, ERROR_CONNECTION);
    }
}

static void assert_live(struct io_resolver *names, const char *host)
{
    struct error err = {0};
    struct io_address found[IO_RESOLVE_MOST];
    char text[IO_ADDRESS_TEXT_SIZE];
    size_t count = 0;
    uint64_t outer = io_deadline_within(30000);
    bool ok = io_resolve(names, host, 16993, found, &count, &err);
    io_deadline_restore(outer);
    assert_string_equal(err.text, "");
    assert_true(ok);
    assert_int_equal(count, 1);
    assert_string_equal(io_address_format(&found[0], text), "127.0.0.1:16993");
}

static void forty_dead_names(void)
{
    static struct asker askers[40];
    struct server server;
    struct io_resolver *names = start(&server, 0, 0);
    start_asking(askers, 40, names, false);
    await_number(&server.hanging, 40);
    assert_live(names, "pc-7.site");
    assert_int_equal(atomic_load(&server.hanging), 40);
    let_go(&server, 40);
    end_asking(askers, 40);
    io_resolver_free(names);
}

static void forty_dead_names_delay_no_live_one(void **state)
{
    (void)state;
    world_run(forty_dead_names);
}

static void one_question(void)
{
    static struct asker askers[10];
    struct server server;
    struct io_resolver *names = start(&server, 0, 0);
    start_asking(askers, 10, names, true);
    await_number(&server.hanging, 1);
    assert_live(names, "pc-7.site");
    assert_int_equal(atomic_load(&server.asked), 2);
    let_go(&server, 1);
    end_asking(askers, 10);
    /* Both answers are remembered, whatever the case. */
    assert_live(names, "PC-7.site");
    start_asking(askers, 10, names, true);
    end_asking(askers, 10);
    assert_int_equal(atomic_load(&server.asked), 2);
    io_resolver_free(names);
}

static void a_name_is_asked_for_once_and_remembered(void **state)
{
    (void)state;
    world_run(one_question);
}

static void known_dead_names(void)
{
    static struct asker askers[10];
    struct server server;
    struct io_resolver *names = start(&server, 4, 1);
    start_asking(askers, 10, names, false);
    await_number(&server.hanging, 3); /* of four */
    let_go(&server, 10);
    end_asking(askers, 10);
    await_number(&server.ended, 10);
    struct error err;
    assert_true(io_sleep(5, &err)); /* until that is forgotten */
    start_asking(askers, 10, names, false);
    await_number(&server.hanging, 2); /* they are known to be dead */
    assert_live(names, "pc-7.site");
    assert_live(names, "pc-8.site");
    assert_int_equal(atomic_load(&server.hanging), 2);
    let_go(&server, 10);
    end_asking(askers, 10);
    io_resolver_free(names);
}

static void names_that_failed_have_half_of_the_threads(void **state)
{
    (void)state;
    world_run(known_dead_names);
}

static void leave_and_end(void)
{
    struct error err = {0};
    struct io_address found[IO_RESOLVE_MOST];
    size_t count;
    struct server server;
    struct io_resolver *names = start(&server, 0, 0);
    uint64_t outer = io_deadline_within(10);
    assert_false(io_resolve(names, "dead.site", 16992, found, &count, &err));
    io_deadline_restore(outer);
    assert_int_equal(err.code, ERROR_TIMEOUT);
    await_number(&server.hanging, 1);
    io_resolver_free(names); /* does not wait for the thread, which frees the rest later */
    assert_int_equal(atomic_load(&server.ended), 0);
    let_go(&server, 1);
    await_number(&server.ended, 1);
}

static void who_waits_leaves_at_its_deadline_and_the_end_waits_for_nobody(void **state)
{
    (void)state;
    world_run(leave_and_end);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_hosts_are_hosts),
        cmocka_unit_test(names_and_numbers_are_resolved),
        cmocka_unit_test(forty_dead_names_delay_no_live_one),
        cmocka_unit_test(a_name_is_asked_for_once_and_remembered),
        cmocka_unit_test(names_that_failed_have_half_of_the_threads),
        cmocka_unit_test(who_waits_leaves_at_its_deadline_and_the_end_waits_for_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
