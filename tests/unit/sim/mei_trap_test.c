/* The device files' thread ends when it is told to, whatever the command does with them. */
#include "io/loop.h"
#include "sim/mei_child.h"
#include "sim/mei_trap.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE_S 60

static int on_open(void *owner, unsigned device)
{
    (void)owner;
    (void)device;
    return 0;
}

static void on_message(void *owner, struct sim_mei_pipe *pipe, struct slice message)
{
    size_t *heard = owner;
    (void)pipe;
    (void)message;
    (*heard)++;
}

static void on_closed(void *owner, struct sim_mei_pipe *pipe)
{
    (void)owner;
    (void)pipe;
}

static const struct sim_mei_trap_events events = {
    .open = on_open, .message = on_message, .closed = on_closed};

static void end_loop(struct io_message *message)
{
    (void)message;
    io_loop_stop(io_loop_current());
}

static void a_flood_that_nobody_hears_does_not_hold_its_end_up(void **state)
{
    char script[] = "exec 3<>/dev/mei0; "
                    "i=0; while [ $i -lt 300 ]; do echo x >&3; i=$((i + 1)); done; "
                    "kill -USR1 $PPID; while :; do echo x >&3; done";
    char *command[] = {"sh", "-c", script, NULL};
    struct sim_mei_child child;
    struct error err;
    sigset_t signals, before;
    size_t heard = 0;
    int number;
    (void)state;
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    assert_int_equal(sigprocmask(SIG_BLOCK, &signals, &before), 0);
    (void)alarm(PATIENCE_S);
    assert_true(sim_mei_child_fork(&child, command, false, &before, &err));
    struct io_loop *loop = io_loop_new(&err);
    assert_non_null(loop);
    int listener = sim_mei_child_release(&child, &err);
    assert_true(listener >= 0);
    struct sim_mei_trap *trap = sim_mei_trap_start(listener, loop, &events, &heard, &err);
    assert_non_null(trap);
    assert_int_equal(sigwait(&signals, &number), 0);
    (void)usleep(100000); /* by now the thread waits for the loop, which never runs */
    sim_mei_trap_stop(trap);
    struct io_message end = {.run = end_loop};
    io_post(loop, &end);
    io_loop_run(loop);
    assert_in_range(heard, 200, 300); /* a bound, and nothing that had its place is lost */
    assert_int_equal(kill(child.pid, SIGKILL), 0);
    assert_int_equal(waitpid(child.pid, NULL, 0), child.pid);
    sim_mei_trap_free(trap);
    io_loop_free(loop);
    (void)alarm(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flood_that_nobody_hears_does_not_hold_its_end_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
