#include "core/list.h"
#include "io/fiber.h"
#include "io/simulated.h"
#include "io/timer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static int begin(void **state)
{
    (void)state;
    return io_simulated_start() == NULL;
}

static int end(void **state)
{
    (void)state;
    io_simulated_stop();
    return 0;
}

/* A fiber that waits once and says how that ended. */
struct waiter {
    struct io_wait wait;
    struct io_task task;
    uint64_t timeout;
    bool over;
    bool good;
    struct error err;
    uint64_t ended;
};

static void wait_once(void *arg)
{
    struct waiter *w = arg;
    w->good = io_wait_for(&w->wait, w->timeout, &w->err);
    w->ended = io_now() - IO_SIMULATED_EPOCH;
    w->over = true;
}

static void launch(struct waiter *w, uint64_t timeout)
{
    struct error err;
    *w = (struct waiter){.timeout = timeout};
    assert_true(io_task_start(&w->task, wait_once, w, &err));
    io_simulated_run();
}

static void a_fiber_first_runs_after_its_starter_gives_way(void **state)
{
    (void)state;
    struct waiter w = {.timeout = 0};
    struct error err;
    assert_true(io_task_start(&w.task, wait_once, &w, &err));
    assert_false(w.over);
    assert_true(io_task_running(&w.task));
    io_simulated_run();
    assert_true(w.over);
    assert_false(io_task_running(&w.task));
    assert_false(io_on_fiber());
}

static void a_signal_ends_a_wait(void **state)
{
    (void)state;
    struct waiter w;
    launch(&w, IO_FOREVER);
    io_simulated_advance(100000);
    assert_false(w.over);
    io_signal(&w.wait);
    assert_false(w.over);
    io_simulated_run();
    assert_true(w.good);
    assert_false(w.wait.signalled);
}

static void a_signal_is_kept_until_it_is_awaited(void **state)
{
    (void)state;
    struct waiter w = {.timeout = 0};
    struct error err;
    io_signal(&w.wait);
    io_signal(&w.wait);
    assert_true(io_task_start(&w.task, wait_once, &w, &err));
    io_simulated_run();
    assert_true(w.good);
    assert_false(w.wait.signalled);
}

static void a_wait_ends_at_its_time_limit(void **state)
{
    (void)state;
    struct waiter w;
    launch(&w, 250);
    io_simulated_advance(249);
    assert_false(w.over);
    io_simulated_advance(1);
    assert_true(w.over);
    assert_false(w.good);
    assert_int_equal(w.err.code, ERROR_TIMEOUT);
    assert_int_equal(w.ended, 250);
    io_signal(&w.wait); /* nobody is there any more */
    io_simulated_run();
}

struct late_signal {
    struct io_timer timer;
    struct waiter *waiter;
};

static void signal_at_limit(struct io_timer *timer)
{
    io_signal(&LIST_ENTRY(timer, struct late_signal, timer)->waiter->wait);
}

static void a_signal_in_the_same_turn_wins_over_the_time_limit(void **state)
{
    (void)state;
    struct waiter w;
    launch(&w, 250);
    struct late_signal late = {.timer = {.fire = signal_at_limit}, .waiter = &w};
    io_timer_start(&late.timer, 250); /* fires after the wait's own timer */
    io_simulated_advance(250);
    assert_true(w.over);
    assert_true(w.good);
}

static void cancelling_ends_a_wait(void **state)
{
    (void)state;
    struct waiter w;
    launch(&w, IO_FOREVER);
    io_task_cancel(&w.task);
    assert_false(w.over);
    io_simulated_run();
    assert_false(w.good);
    assert_int_equal(w.err.code, ERROR_CANCELLED);
    io_task_cancel(&w.task); /* it is over */
}

static void a_signal_wins_over_cancelling(void **state)
{
    (void)state;
    struct waiter w;
    launch(&w, IO_FOREVER);
    io_task_cancel(&w.task);
    io_signal(&w.wait);
    io_simulated_run();
    assert_true(w.good);
}

static void wait_twice(void *arg)
{
    struct waiter *w = arg;
    struct error err;
    assert_false(io_wait_for(&w->wait, IO_FOREVER, &err));
    assert_false(io_sleep(1000, &w->err));
    w->over = true;
}

static void once_cancelled_every_wait_fails_at_once(void **state)
{
    (void)state;
    struct waiter w = {0};
    struct error err;
    assert_true(io_task_start(&w.task, wait_twice, &w, &err));
    io_simulated_run();
    io_task_cancel(&w.task);
    io_simulated_run();
    assert_true(w.over);
    assert_int_equal(w.err.code, ERROR_CANCELLED);
}

static void a_task_can_be_cancelled_before_it_runs(void **state)
{
    (void)state;
    struct waiter w = {.timeout = IO_FOREVER};
    struct error err;
    assert_true(io_task_start(&w.task, wait_once, &w, &err));
    io_task_cancel(&w.task);
    io_simulated_run();
    assert_int_equal(w.err.code, ERROR_CANCELLED);
}

static void sleep_as_told(void *arg)
{
    struct waiter *w = arg;
    w->good = io_sleep(w->timeout, &w->err);
    w->ended = io_now() - IO_SIMULATED_EPOCH;
    w->over = true;
}

static void sleeping_takes_as_long_as_asked(void **state)
{
    (void)state;
    struct waiter w = {.timeout = 70};
    struct error err;
    assert_true(io_fiber_start(sleep_as_told, &w, &err));
    io_simulated_advance(1000);
    assert_true(w.good);
    assert_int_equal(w.ended, 70);
}

/* --- deadlines -------------------------------------------------------------------------------- */

static uint64_t left[6];

static void nest_deadlines(void *arg)
{
    struct error *err = arg;
    left[0] = io_deadline_left();
    uint64_t outer = io_deadline_within(1000);
    left[1] = io_deadline_left();
    uint64_t inner = io_deadline_within(5000); /* never later than what is in force */
    left[2] = io_deadline_left();
    io_deadline_restore(inner);
    inner = io_deadline_within(100);
    left[3] = io_deadline_left();
    assert_false(io_sleep(300, err));
    left[4] = io_deadline_left();
    io_deadline_restore(inner);
    left[5] = io_deadline_left();
    io_deadline_restore(outer);
    assert_int_equal(io_deadline_left(), IO_FOREVER);
}

static void deadlines_nest_like_brackets(void **state)
{
    (void)state;
    struct error fiber_error = {0};
    struct error err;
    assert_true(io_fiber_start(nest_deadlines, &fiber_error, &err));
    io_simulated_advance(10000);
    assert_int_equal(left[0], IO_FOREVER);
    assert_int_equal(left[1], 1000);
    assert_int_equal(left[2], 1000);
    assert_int_equal(left[3], 100);
    assert_int_equal(fiber_error.code, ERROR_TIMEOUT);
    assert_int_equal(left[4], 0);
    assert_int_equal(left[5], 900);
}

static void start_child(void *arg)
{
    struct waiter *w = arg;
    struct error err;
    (void)io_deadline_within(400);
    assert_true(io_task_start(&w->task, wait_once, w, &err));
    io_task_join(&w->task);
}

static void a_task_inherits_its_starters_deadline(void **state)
{
    (void)state;
    struct waiter w = {.timeout = IO_FOREVER};
    struct error err;
    assert_true(io_fiber_start(start_child, &w, &err));
    io_simulated_advance(10000);
    assert_int_equal(w.err.code, ERROR_TIMEOUT);
    assert_int_equal(w.ended, 400);
}

/* --- shields ---------------------------------------------------------------------------------- */

struct cleaner {
    struct io_task task;
    uint64_t before_ms; /* deadline of the fiber */
    struct error first; /* of the wait that was ended */
    bool slept;
    uint64_t left; /* behind the shield */
    uint64_t ended;
    struct error last; /* of the wait after the shield */
};

static void clean_up(void *arg)
{
    struct cleaner *c = arg;
    struct error err;
    if (c->before_ms != 0)
        (void)io_deadline_within(c->before_ms);
    (void)io_sleep(10000, &c->first);
    struct io_shield shield = io_shield_begin(500);
    c->left = io_deadline_left();
    c->slept = io_sleep(200, &err);
    io_shield_end(shield);
    c->ended = io_now() - IO_SIMULATED_EPOCH;
    assert_false(io_sleep(100, &c->last));
}

static void launch_cleaner(struct cleaner *c, uint64_t before_ms)
{
    struct error err;
    *c = (struct cleaner){.before_ms = before_ms};
    assert_true(io_task_start(&c->task, clean_up, c, &err));
    io_simulated_run();
}

static void clean_up_behind_a_shield_may_wait_after_cancellation(void **state)
{
    (void)state;
    struct cleaner c;
    launch_cleaner(&c, 0);
    io_task_cancel(&c.task);
    io_simulated_advance(1000);
    assert_int_equal(c.first.code, ERROR_CANCELLED);
    assert_int_equal(c.left, 500);
    assert_true(c.slept);
    assert_int_equal(c.ended, 200);
    assert_int_equal(c.last.code, ERROR_CANCELLED); /* it counts again */
}

static void clean_up_behind_a_shield_may_wait_past_the_deadline(void **state)
{
    (void)state;
    struct cleaner c;
    launch_cleaner(&c, 50);
    io_simulated_advance(1000);
    assert_int_equal(c.first.code, ERROR_TIMEOUT);
    assert_int_equal(c.left, 500);
    assert_true(c.slept);
    assert_int_equal(c.ended, 250);
    assert_int_equal(c.last.code, ERROR_TIMEOUT); /* the deadline of before is in force again */
}

static void a_cancellation_that_comes_behind_a_shield_counts_after_it(void **state)
{
    (void)state;
    struct cleaner c;
    launch_cleaner(&c, 50);
    io_simulated_advance(100); /* in the middle of the clean-up */
    io_task_cancel(&c.task);
    io_simulated_run();
    assert_true(io_task_running(&c.task));
    io_simulated_advance(1000);
    assert_true(c.slept);
    assert_int_equal(c.ended, 250);
    assert_int_equal(c.last.code, ERROR_CANCELLED);
}

static void wait_too_long(void *arg)
{
    struct cleaner *c = arg;
    struct io_shield shield = io_shield_begin(500);
    c->slept = io_sleep(600, &c->first);
    io_shield_end(shield);
    c->ended = io_now() - IO_SIMULATED_EPOCH;
}

static void a_shield_has_a_deadline_of_its_own(void **state)
{
    (void)state;
    struct cleaner c = {0};
    struct error err;
    assert_true(io_task_start(&c.task, wait_too_long, &c, &err));
    io_simulated_advance(1000);
    assert_false(c.slept);
    assert_int_equal(c.first.code, ERROR_TIMEOUT);
    assert_int_equal(c.ended, 500);
}

static void nest_shields(void *arg)
{
    struct error err;
    (void)io_deadline_within(100);
    assert_false(io_sleep(10000, arg)); /* cancelled at once */
    struct io_shield outer = io_shield_begin(1000);
    uint64_t narrowed = io_deadline_within(300);
    struct io_shield inner = io_shield_begin(800); /* past what narrows the outer one */
    left[0] = io_deadline_left();
    assert_true(io_sleep(400, &err));
    io_shield_end(inner);
    left[1] = io_deadline_left();
    io_deadline_restore(narrowed);
    left[2] = io_deadline_left();
    inner = io_shield_begin(5000); /* not past the outer one */
    left[3] = io_deadline_left();
    io_shield_end(inner);
    assert_true(io_sleep(100, &err)); /* still behind the outer one */
    io_shield_end(outer);
    left[4] = io_deadline_left();
    assert_false(io_sleep(1, arg));
}

static void shields_nest_like_brackets(void **state)
{
    (void)state;
    struct error last = {0};
    struct io_task task = {0};
    struct error err;
    assert_true(io_task_start(&task, nest_shields, &last, &err));
    io_task_cancel(&task);
    io_simulated_advance(5000);
    assert_false(io_task_running(&task));
    assert_int_equal(left[0], 800);
    assert_int_equal(left[1], 0);
    assert_int_equal(left[2], 600);
    assert_int_equal(left[3], 600);
    assert_int_equal(left[4], 0);
    assert_int_equal(last.code, ERROR_CANCELLED);
}

struct sheltered {
    struct io_task task;
    struct waiter child;
};

static void start_child_behind_shield(void *arg)
{
    struct sheltered *f = arg;
    struct error err;
    f->child.timeout = IO_FOREVER;
    assert_false(io_sleep(1000, &err));
    struct io_shield shield = io_shield_begin(400);
    assert_true(io_task_start(&f->child.task, wait_once, &f->child, &err));
    io_task_join(&f->child.task);
    io_shield_end(shield);
}

static void a_task_behind_a_shield_is_bounded_by_it_and_not_cancelled(void **state)
{
    (void)state;
    struct sheltered f = {0};
    struct error err;
    assert_true(io_task_start(&f.task, start_child_behind_shield, &f, &err));
    io_task_cancel(&f.task);
    io_simulated_run();
    assert_false(f.child.over);
    io_simulated_advance(1000);
    assert_int_equal(f.child.err.code, ERROR_TIMEOUT);
    assert_int_equal(f.child.ended, 400);
}

static void note_clean_up(void *arg)
{
    *(bool *)arg = io_is_cleaning_up();
}

/* Whether a task started here is one of a clean-up. */
static bool starts_clean_up(void)
{
    struct io_task task = {0};
    struct error err;
    bool noted = false;
    assert_true(io_task_start(&task, note_clean_up, &noted, &err));
    io_task_join(&task);
    return noted;
}

static void clean_up_in_turns(void *arg)
{
    bool *over = arg;
    assert_false(io_is_cleaning_up());
    assert_false(starts_clean_up());
    struct io_shield outer = io_shield_begin_for_answer(100);
    assert_false(io_is_cleaning_up());
    assert_false(starts_clean_up());
    struct io_shield inner = io_shield_begin(100);
    assert_true(io_is_cleaning_up());
    assert_true(starts_clean_up());
    struct io_shield innermost = io_shield_begin_for_answer(100);
    assert_true(io_is_cleaning_up());
    io_shield_end(innermost);
    assert_true(io_is_cleaning_up());
    io_shield_end(inner);
    assert_false(io_is_cleaning_up());
    io_shield_end(outer);
    assert_false(starts_clean_up());
    *over = true;
}

static void what_takes_something_back_is_told_from_what_awaits_an_answer(void **state)
{
    (void)state;
    struct error err;
    bool over = false;
    assert_true(io_fiber_start(clean_up_in_turns, &over, &err));
    io_simulated_run();
    assert_true(over);
}

static void await_an_answer(void *arg)
{
    struct waiter *w = arg;
    struct io_shield shield = io_shield_begin_for_answer(500);
    wait_once(w);
    io_shield_end(shield);
}

static void an_answer_behind_a_shield_is_awaited_after_cancellation(void **state)
{
    (void)state;
    struct waiter w = {.timeout = IO_FOREVER};
    struct error err;
    assert_true(io_task_start(&w.task, await_an_answer, &w, &err));
    io_task_cancel(&w.task);
    io_simulated_run();
    assert_false(w.over);
    io_signal(&w.wait);
    io_simulated_run();
    assert_true(w.good);
}

/* --- joining ---------------------------------------------------------------------------------- */

struct family {
    struct io_task parent;
    struct waiter child;
    bool joined;
};

static void join_child(void *arg)
{
    struct family *f = arg;
    struct error err;
    f->child.timeout = IO_FOREVER;
    assert_true(io_task_start(&f->child.task, wait_once, &f->child, &err));
    io_task_join(&f->child.task);
    assert_true(f->child.over);
    f->joined = true;
}

static void joining_waits_until_the_task_is_over(void **state)
{
    (void)state;
    struct family f = {0};
    struct error err;
    assert_true(io_task_start(&f.parent, join_child, &f, &err));
    io_simulated_advance(1000000);
    assert_false(f.joined);
    io_signal(&f.child.wait);
    io_simulated_run();
    assert_true(f.joined);
    assert_true(f.child.good);
}

static void joining_passes_cancellation_on(void **state)
{
    (void)state;
    struct family f = {0};
    struct error err;
    assert_true(io_task_start(&f.parent, join_child, &f, &err));
    io_simulated_run();
    io_task_cancel(&f.parent);
    io_simulated_run();
    assert_true(f.joined);
    assert_int_equal(f.child.err.code, ERROR_CANCELLED);
}

static void join_twice(void *arg)
{
    struct waiter *w = arg;
    struct io_task never = {0};
    struct error err;
    assert_true(io_task_start(&w->task, wait_once, w, &err));
    assert_true(io_sleep(10, &err));
    assert_false(io_task_running(&w->task));
    io_task_join(&w->task);
    io_task_join(&w->task);
    io_task_join(&never);
    w->ended = 12345;
}

static void joining_what_is_over_returns_at_once(void **state)
{
    (void)state;
    struct waiter w = {.timeout = 0};
    struct error err;
    assert_true(io_fiber_start(join_twice, &w, &err));
    io_simulated_advance(10);
    assert_int_equal(w.ended, 12345);
}

/* --- many ------------------------------------------------------------------------------------- */

static int running;

static void count_and_sleep(void *arg)
{
    struct error err;
    (void)arg;
    running++;
    assert_true(io_sleep(10, &err));
    running--;
}

static void the_loop_has_a_limit_of_fibers(void **state)
{
    (void)state;
    struct error err = {0};
    io_fibers_limit(600);
    for (int i = 0; i < 600; i++)
        assert_true(io_fiber_start(count_and_sleep, NULL, &err));
    assert_false(io_fiber_start(count_and_sleep, NULL, &err));
    assert_int_equal(err.code, ERROR_BUSY);
    io_simulated_run();
    assert_int_equal(running, 600);
    io_simulated_advance(10);
    assert_int_equal(running, 0);
    assert_true(io_fiber_start(count_and_sleep, NULL, &err));
    io_simulated_advance(10);
    assert_int_equal(running, 0);
}

static double keep(double a)
{
    volatile double sum = a;
    struct error err;
    for (int i = 0; i < 10; i++) {
        assert_true(io_sleep(1, &err));
        sum = sum * 2 + a;
    }
    return sum;
}

static void compute(void *arg)
{
    double *value = arg;
    *value = keep(*value);
}

static void each_fiber_keeps_its_own_variables(void **state)
{
    (void)state;
    double values[50];
    struct error err;
    for (int i = 0; i < 50; i++) {
        values[i] = i;
        assert_true(io_fiber_start(compute, &values[i], &err));
    }
    io_simulated_advance(10);
    for (int i = 0; i < 50; i++)
        assert_true(values[i] == i * 2047.0);
}

static void use_stack(void *arg)
{
    uint8_t bytes[32 * 1024];
    memset(bytes, 7, sizeof bytes);
    struct error err;
    assert_true(io_sleep(1, &err));
    *(int *)arg += bytes[sizeof bytes - 1] + bytes[0];
}

static void half_of_the_stack_can_be_used(void **state)
{
    (void)state;
    int sum = 0;
    struct error err;
    for (int i = 0; i < 3; i++) {
        assert_true(io_fiber_start(use_stack, &sum, &err));
        io_simulated_advance(1);
    }
    assert_int_equal(sum, 42);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_fiber_first_runs_after_its_starter_gives_way),
        TEST(a_signal_ends_a_wait),
        TEST(a_signal_is_kept_until_it_is_awaited),
        TEST(a_wait_ends_at_its_time_limit),
        TEST(a_signal_in_the_same_turn_wins_over_the_time_limit),
        TEST(cancelling_ends_a_wait),
        TEST(a_signal_wins_over_cancelling),
        TEST(once_cancelled_every_wait_fails_at_once),
        TEST(a_task_can_be_cancelled_before_it_runs),
        TEST(sleeping_takes_as_long_as_asked),
        TEST(deadlines_nest_like_brackets),
        TEST(a_task_inherits_its_starters_deadline),
        TEST(clean_up_behind_a_shield_may_wait_after_cancellation),
        TEST(clean_up_behind_a_shield_may_wait_past_the_deadline),
        TEST(a_cancellation_that_comes_behind_a_shield_counts_after_it),
        TEST(a_shield_has_a_deadline_of_its_own),
        TEST(shields_nest_like_brackets),
        TEST(a_task_behind_a_shield_is_bounded_by_it_and_not_cancelled),
        TEST(what_takes_something_back_is_told_from_what_awaits_an_answer),
        TEST(an_answer_behind_a_shield_is_awaited_after_cancellation),
        TEST(joining_waits_until_the_task_is_over),
        TEST(joining_passes_cancellation_on),
        TEST(joining_what_is_over_returns_at_once),
        TEST(the_loop_has_a_limit_of_fibers),
        TEST(each_fiber_keeps_its_own_variables),
        TEST(half_of_the_stack_can_be_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
