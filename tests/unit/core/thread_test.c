#include "core/thread.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>

#include <cmocka.h>

struct seen {
    char name[16];
    sigset_t blocked;
    pthread_barrier_t started;
};

static void *look(void *arg)
{
    struct seen *seen = arg;
    (void)pthread_sigmask(SIG_SETMASK, NULL, &seen->blocked);
    (void)pthread_barrier_wait(&seen->started); /* it has its name by now */
    (void)pthread_getname_np(pthread_self(), seen->name, sizeof seen->name);
    return NULL;
}

static void a_thread_is_named_and_gets_no_signals(void **state)
{
    (void)state;
    struct seen seen;
    struct error err;
    pthread_t thread;
    sigset_t own;
    (void)pthread_barrier_init(&seen.started, NULL, 2);
    assert_true(thread_start(&thread, "a-name-of-many-letters", look, &seen, &err));
    (void)pthread_barrier_wait(&seen.started);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_string_equal(seen.name, "a-name-of-many-");
    assert_int_equal(sigismember(&seen.blocked, SIGTERM), 1);
    assert_int_equal(sigismember(&seen.blocked, SIGHUP), 1);
    (void)pthread_sigmask(SIG_SETMASK, NULL, &own);
    assert_int_equal(sigismember(&own, SIGTERM), 0); /* the caller's are as before */
    (void)pthread_barrier_destroy(&seen.started);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_is_named_and_gets_no_signals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
