/* Running another program (io/child.h). */
#include "world.h"

#include "io/child.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct buffer output, errors;
static struct error err;
static int status;

static bool run_with(const char *script, struct slice input)
{
    const char *const arguments[] = {"sh", "-c", script, NULL};
    const char *const environment[] = {"PATH=/usr/bin:/bin", "GIVEN=yes", NULL};
    const struct io_child child = {"/bin/sh", arguments, environment, input};
    err = (struct error){0};
    buffer_fini(&output);
    buffer_fini(&errors);
    buffer_init(&output, 10000);
    buffer_init(&errors, 100);
    return io_child_run(&child, &output, &errors, &status, &err);
}

static bool run(const char *script)
{
    return run_with(script, (struct slice){NULL, 0});
}

static void assert_said(const struct buffer *buffer, const char *text)
{
    assert_true(slice_equal_string(buffer_slice(buffer), text));
}

static pid_t number_in(const struct buffer *buffer)
{
    char number[16];
    (void)snprintf(number, sizeof number, "%.*s", SLICE_ARG(buffer_slice(buffer)));
    pid_t process = (pid_t)strtol(number, NULL, 10);
    assert_true(process > 1);
    return process;
}

static void assert_gone(const struct buffer *buffer)
{
    pid_t process = number_in(buffer);
    for (int i = 0; i < 100 && kill(process, 0) == 0; i++)
        (void)io_sleep(20, &err); /* until init has taken it */
    assert_int_equal(kill(process, 0), -1);
    assert_int_equal(errno, ESRCH);
}

static void tells(void)
{
    assert_true(run("echo out; echo bad >&2; exit 7"));
    assert_said(&output, "out\n");
    assert_said(&errors, "bad\n");
    assert_int_equal(status, 7);
    assert_true(run("kill -TERM $$"));
    assert_int_equal(status, 128 + SIGTERM);
}

static void what_it_prints_and_how_it_ended_is_told(void **state)
{
    (void)state;
    world_run(tells);
}

static void inherits(void)
{
    int open_file = dup(STDERR_FILENO); /* without O_CLOEXEC */
    sigset_t mask, before;
    (void)sigemptyset(&mask);
    (void)sigaddset(&mask, SIGUSR1);
    (void)sigprocmask(SIG_BLOCK, &mask, &before);
    assert_int_equal(setenv("SECRET_OF_OURS", "x", 1), 0);
    assert_true(run("n=0; while [ $n -lt 64 ]; do [ -e /proc/$$/fd/$n ] && echo $n; n=$((n+1)); "
                    "done; cat; env | grep -c -e SECRET; echo $GIVEN; "
                    "while read -r key value; do case $key$value in SigBlk:*[!0]*) ;; "
                    "SigBlk:* | SigIgn:*[08]0000000) echo none;; esac; done </proc/self/status"));
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    assert_said(&output, "0\n1\n2\n0\nyes\nnone\nnone\n"); /* libc ignores two of its own */
    (void)close(open_file);
}

static void it_has_three_descriptors_and_the_environment_it_is_given(void **state)
{
    (void)state;
    world_run(inherits);
}

static void takes_input(void)
{
    uint8_t much[IO_CHILD_INPUT_MOST + 1] = {1};
    assert_true(run_with("cat <&3; cat /dev/fd/3", SLICE_LITERAL("pass\n")));
    assert_said(&output, "pass\n");
    assert_true(run_with("exit 0", SLICE_LITERAL("nobody reads it\n")));
    assert_false(run_with("exit 0", slice_of(much, sizeof much)));
    assert_int_equal(err.code, ERROR_TOO_LARGE);
}

static void input_is_on_a_pipe_of_its_own(void **state)
{
    (void)state;
    world_run(takes_input);
}

static void has_no_terminal(void)
{
    assert_true(run("read -r id name state parent group session rest </proc/$$/stat; "
                    "[ $id = $group ] && [ $id = $session ] && echo leads"));
    assert_said(&output, "leads\n");
}

static void it_leads_a_session(void **state)
{
    (void)state;
    world_run(has_no_terminal);
}

static void prints_too_much(void)
{
    assert_false(run("echo $$ >&2; exec yes"));
    assert_int_equal(err.code, ERROR_TOO_LARGE);
    assert_gone(&errors);
    assert_true(run("head -c 100000 /dev/zero >&2"));
    assert_int_equal(buffer_size(&errors), 100);
    assert_true(run("head -c 10000 /dev/zero"));
    assert_int_equal(buffer_size(&output), 10000);
}

static void output_has_a_bound_and_errors_are_cut(void **state)
{
    (void)state;
    world_run(prints_too_much);
}

static void hangs(void)
{
    uint64_t before = io_deadline_within(300);
    assert_false(run("trap '' TERM INT; sleep 1000 & echo $! >&2; wait"));
    io_deadline_restore(before);
    assert_int_equal(err.code, ERROR_TIMEOUT);
    assert_gone(&errors);
}

static void at_the_deadline_it_is_ended_with_what_it_started(void **state)
{
    (void)state;
    world_run(hangs);
}

static void closes_its_output(void)
{
    uint64_t before = io_deadline_within(300);
    assert_false(run("echo $$ >&2; exec >&- 2>&-; exec sleep 1000"));
    io_deadline_restore(before);
    assert_int_equal(err.code, ERROR_TIMEOUT);
    assert_gone(&errors);
}

static void one_that_prints_no_more_and_does_not_end_is_ended(void **state)
{
    (void)state;
    world_run(closes_its_output);
}

static void leaves_one_behind(void)
{
    assert_true(run("sleep 1000 >/dev/null 2>&1 & echo $!"));
    assert_gone(&output);
}

static void what_it_leaves_behind_is_ended(void **state)
{
    (void)state;
    world_run(leaves_one_behind);
}

static void leaves_one_that_holds_errors(void)
{
    assert_true(run("setsid sleep 1000 >/dev/null & echo bad >&2; echo $!; sleep 0.3; exit 3"));
    assert_int_equal(status, 3);
    assert_said(&errors, "bad\n");
    assert_int_equal(kill(number_in(&output), SIGKILL), 0); /* it was still there */
}

static void one_left_behind_that_holds_its_errors_is_not_waited_for(void **state)
{
    (void)state;
    world_run(leaves_one_that_holds_errors);
}

static void is_waited_for_elsewhere(void)
{
    void (*before)(int) = signal(SIGCHLD, SIG_IGN);
    assert_true(run("echo out; exit 3"));
    (void)signal(SIGCHLD, before);
    assert_said(&output, "out\n");
    assert_int_equal(status, IO_CHILD_TAKEN);
}

static void a_status_that_somebody_else_took_is_told_as_such(void **state)
{
    (void)state;
    world_run(is_waited_for_elsewhere);
}

static void run_long(void *arg)
{
    *(bool *)arg = run("echo $$ >&2; exec sleep 1000");
}

static void is_cancelled(void)
{
    bool ok = true;
    struct io_task task = {.fiber = NULL};
    assert_true(io_task_start(&task, run_long, &ok, &err));
    for (int i = 0; i < 500 && buffer_size(&errors) == 0; i++)
        assert_true(io_sleep(10, &err));
    io_task_cancel(&task);
    io_task_join(&task);
    assert_false(ok);
    assert_int_equal(err.code, ERROR_CANCELLED);
    assert_gone(&errors);
}

static void is_killed(void)
{
    bool ok = false;
    struct io_task task = {.fiber = NULL};
    assert_true(io_task_start(&task, run_long, &ok, &err));
    for (int i = 0; i < 500 && buffer_size(&errors) == 0; i++)
        assert_true(io_sleep(10, &err));
    io_child_kill_all();
    io_task_join(&task);
    assert_true(ok);
    assert_int_equal(status, 128 + SIGKILL);
    io_child_kill_all(); /* there is none */
}

static void all_that_run_can_be_ended_at_once(void **state)
{
    (void)state;
    world_run(is_killed);
}

static void with_its_caller_it_is_cancelled(void **state)
{
    (void)state;
    world_run(is_cancelled);
}

static void assert_no_child(void)
{
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void has_no_fiber(void)
{
    io_fibers_limit(1);
    assert_false(run("exec sleep 1000"));
    io_fibers_limit(100);
    assert_int_equal(err.code, ERROR_BUSY);
    assert_no_child();
    for (unsigned i = 0; i < IO_CHILDREN_MOST; i++) { /* nor has one's place been kept */
        io_fibers_limit(1);
        assert_false(run("exec sleep 1000"));
        io_fibers_limit(100);
    }
    assert_true(run("echo out"));
}

static void one_whose_errors_nobody_can_read_is_ended(void **state)
{
    (void)state;
    world_run(has_no_fiber);
}

struct one {
    struct io_task task;
    struct buffer output, errors;
    int status;
    bool ok;
};

static void run_one(void *arg)
{
    static const char *const arguments[] = {"sleep", "1000", NULL};
    static const char *const environment[] = {NULL};
    const struct io_child child = {"/bin/sleep", arguments, environment, {NULL, 0}};
    struct one *one = arg;
    struct error ignored;
    buffer_init(&one->output, 100);
    buffer_init(&one->errors, 100);
    one->ok = io_child_run(&child, &one->output, &one->errors, &one->status, &ignored);
    buffer_fini(&one->output);
    buffer_fini(&one->errors);
}

static void are_many(void)
{
    struct one all[IO_CHILDREN_MOST] = {{.ok = false}};
    for (size_t i = 0; i < IO_CHILDREN_MOST; i++)
        assert_true(io_task_start(&all[i].task, run_one, &all[i], &err));
    assert_true(io_sleep(20, &err)); /* each of them has its turn */
    assert_false(run("echo out"));
    assert_int_equal(err.code, ERROR_BUSY);
    assert_int_equal(buffer_size(&output), 0);
    io_child_kill_all();
    for (size_t i = 0; i < IO_CHILDREN_MOST; i++) {
        io_task_join(&all[i].task);
        assert_true(all[i].ok);
        assert_int_equal(all[i].status, 128 + SIGKILL);
    }
    assert_no_child();
    assert_true(run("echo out"));
}

static void more_than_can_be_ended_at_once_are_not_started(void **state)
{
    (void)state;
    world_run(are_many);
}

static void is_missing(void)
{
    const char *const arguments[] = {"none", NULL};
    const char *const environment[] = {NULL};
    struct io_child child = {"/nowhere/none", arguments, environment, {NULL, 0}};
    assert_false(io_child_run(&child, &output, &errors, &status, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    child.program = "/etc/passwd";
    for (unsigned i = 0; i <= IO_CHILDREN_MOST; i++) { /* none of which has a place */
        assert_false(io_child_run(&child, &output, &errors, &status, &err));
        assert_int_equal(err.code, ERROR_NOT_FOUND);
    }
}

static void one_that_is_not_there_is_not_found(void **state)
{
    (void)state;
    world_run(is_missing);
}

static void a_path_is_searched_without_relative_folders(void **state)
{
    struct arena arena;
    (void)state;
    arena_init(&arena);
    assert_string_equal(io_child_find(&arena, "/nowhere::.:bin:/bin:/usr/bin", "sh"), "/bin/sh");
    assert_null(io_child_find(&arena, "/nowhere", "sh"));
    assert_null(io_child_find(&arena, "/etc:/", "passwd"));
    assert_null(io_child_find(&arena, NULL, "sh"));
    assert_int_equal(chdir("/bin"), 0);
    assert_null(io_child_find(&arena, ".::../bin", "sh"));
    arena_fini(&arena);
}

static int forget(void **state)
{
    (void)state;
    buffer_fini(&output);
    buffer_fini(&errors);
    return 0;
}

#define TEST(name) cmocka_unit_test_teardown(name, forget)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_it_prints_and_how_it_ended_is_told),
        TEST(it_has_three_descriptors_and_the_environment_it_is_given),
        TEST(input_is_on_a_pipe_of_its_own),
        TEST(it_leads_a_session),
        TEST(output_has_a_bound_and_errors_are_cut),
        TEST(at_the_deadline_it_is_ended_with_what_it_started),
        TEST(one_that_prints_no_more_and_does_not_end_is_ended),
        TEST(what_it_leaves_behind_is_ended),
        TEST(one_left_behind_that_holds_its_errors_is_not_waited_for),
        TEST(a_status_that_somebody_else_took_is_told_as_such),
        TEST(with_its_caller_it_is_cancelled),
        TEST(all_that_run_can_be_ended_at_once),
        TEST(one_whose_errors_nobody_can_read_is_ended),
        TEST(more_than_can_be_ended_at_once_are_not_started),
        TEST(one_that_is_not_there_is_not_found),
        TEST(a_path_is_searched_without_relative_folders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
