#include "core/list.h"
#include "io/call.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "io/work.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LOOPS   3
#define FIBERS  20
#define ROUNDS  50
#define SENDERS 4
#define POSTS   5000

/* Loops on threads of their own; loop 0 is the test's. */
static struct io_loop *loops[LOOPS];
static pthread_t threads[LOOPS];

static void *run_loop(void *arg)
{
    io_loop_run(arg);
    return NULL;
}

static void main_fiber(void *arg)
{
    void (**test)(void) = arg;
    (*test)();
}

static void run_on_loops(void (*test)(void))
{
    struct error err;
    for (int i = 0; i < LOOPS; i++) {
        loops[i] = io_loop_new(&err);
        assert_non_null(loops[i]);
    }
    for (int i = 1; i < LOOPS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_loop, loops[i]), 0);
    assert_true(io_loop_main(loops[0], main_fiber, &test, &err));
    for (int i = 1; i < LOOPS; i++) {
        io_loop_stop(loops[i]);
        (void)pthread_join(threads[i], NULL);
    }
    for (int i = 0; i < LOOPS; i++)
        io_loop_free(loops[i]);
}

/* --- posting ---------------------------------------------------------------------------------- */

struct numbered {
    struct io_message message;
    int sender;
    int number;
};

static struct numbered *posts;
static int last_number[SENDERS];
static int arrived;
static struct io_wait all_arrived;

static void arrive(struct io_message *message)
{
    struct numbered *n = LIST_ENTRY(message, struct numbered, message);
    assert_ptr_equal(io_loop_current(), loops[0]);
    assert_int_equal(n->number, last_number[n->sender] + 1);
    last_number[n->sender] = n->number;
    if (++arrived == SENDERS * POSTS)
        io_signal(&all_arrived);
}

static void *send_posts(void *arg)
{
    struct numbered *mine = arg;
    for (int i = 0; i < POSTS; i++)
        io_post(loops[0], &mine[i].message);
    return NULL;
}

static void post_from_threads(void)
{
    pthread_t senders[SENDERS];
    struct error err;
    posts = calloc((size_t)SENDERS * POSTS, sizeof *posts);
    for (int i = 0; i < SENDERS * POSTS; i++)
        posts[i] = (struct numbered){{NULL, arrive}, i / POSTS, i % POSTS + 1};
    for (int i = 0; i < SENDERS; i++)
        assert_int_equal(pthread_create(&senders[i], NULL, send_posts, &posts[i * POSTS]), 0);
    assert_true(io_wait_for(&all_arrived, 30000, &err));
    for (int i = 0; i < SENDERS; i++)
        (void)pthread_join(senders[i], NULL);
    free(posts);
}

static void posts_of_one_sender_stay_in_order(void **state)
{
    (void)state;
    run_on_loops(post_from_threads);
}

/* --- calling ---------------------------------------------------------------------------------- */

struct sum {
    struct io_loop *on;
    int total;
};

static void add_slowly(void *arg)
{
    struct sum *s = arg;
    struct error err;
    assert_ptr_equal(io_loop_current(), s->on);
    s->total++;
    if (s->total % 10 == 0)
        assert_true(io_sleep(1, &err));
}

static void call_around(void *arg)
{
    struct sum s = {0};
    struct error err;
    (void)arg;
    for (int i = 0; i < ROUNDS; i++) {
        s.on = loops[i % LOOPS];
        assert_true(io_call(s.on, add_slowly, &s, &err));
        assert_int_equal(s.total, i + 1);
        assert_ptr_equal(io_loop_current(), loops[0]);
    }
}

static void call_from_many_fibers(void)
{
    struct io_task tasks[FIBERS] = {0};
    struct error err;
    for (int i = 0; i < FIBERS; i++)
        assert_true(io_task_start(&tasks[i], call_around, NULL, &err));
    for (int i = 0; i < FIBERS; i++)
        io_task_join(&tasks[i]);
}

static void calls_run_on_their_target_and_come_back(void **state)
{
    (void)state;
    run_on_loops(call_from_many_fibers);
}

struct patient {
    struct io_wait never;
    struct error err;
    uint64_t left;
};

static void wait_for_nothing(void *arg)
{
    struct patient *p = arg;
    p->left = io_deadline_left();
    assert_false(io_wait_for(&p->never, IO_FOREVER, &p->err));
}

static void call_with_deadline(void)
{
    struct patient p = {0};
    struct error err;
    uint64_t before = io_deadline_within(50);
    assert_true(io_call(loops[1], wait_for_nothing, &p, &err));
    io_deadline_restore(before);
    assert_int_equal(p.err.code, ERROR_TIMEOUT);
    assert_in_range(p.left, 1, 50);
}

static void the_deadline_travels_with_a_call(void **state)
{
    (void)state;
    run_on_loops(call_with_deadline);
}

static void call_patient(void *arg)
{
    struct error err;
    assert_true(io_call(loops[1], wait_for_nothing, arg, &err));
    assert_false(io_call(loops[1], wait_for_nothing, arg, &err));
    assert_int_equal(err.code, ERROR_CANCELLED);
}

static void cancel_calls(void)
{
    struct error err;
    for (int i = 0; i < 20; i++) {
        struct patient p = {0};
        struct io_task task = {0};
        assert_true(io_task_start(&task, call_patient, &p, &err));
        assert_true(io_sleep((uint64_t)(i % 3), &err));
        if (i % 3 == 0) /* let it get as far as the call */
            assert_true(io_sleep(1, &err));
        io_task_cancel(&task);
        io_task_join(&task);
        assert_int_equal(p.err.code, ERROR_CANCELLED);
    }
}

static void cancelling_a_caller_cancels_the_call(void **state)
{
    (void)state;
    run_on_loops(cancel_calls);
}

struct shielded {
    struct io_task task;
    bool slept;
    bool again;
    struct error err;
};

static void sleep_on_target(void *arg)
{
    struct shielded *s = arg;
    s->slept = io_sleep(20, &s->err);
}

static void call_behind_shield(void *arg)
{
    struct shielded *s = arg;
    struct error err;
    assert_false(io_sleep(10000, &err));
    struct io_shield shield = io_shield_begin(5000);
    assert_true(io_call(loops[1], sleep_on_target, s, &err));
    io_shield_end(shield);
    s->again = io_call(loops[1], sleep_on_target, s, &err);
}

static void cancel_shielded_calls(void)
{
    struct error err;
    for (int i = 0; i < 3; i++) {
        struct shielded s = {0};
        assert_true(io_task_start(&s.task, call_behind_shield, &s, &err));
        assert_true(io_sleep(1, &err));
        io_task_cancel(&s.task);
        assert_true(io_sleep((uint64_t)i * 5, &err)); /* 5, 10: the call is on its way */
        io_task_cancel(&s.task);
        io_task_join(&s.task);
        assert_true(s.slept);
        assert_false(s.again);
    }
}

static void a_callers_shield_keeps_its_cancellation_from_the_call(void **state)
{
    (void)state;
    run_on_loops(cancel_shielded_calls);
}

static void clean_up_on_target(void *arg)
{
    struct shielded *s = arg;
    struct error err;
    assert_false(io_sleep(10000, &s->err));
    struct io_shield shield = io_shield_begin(5000);
    s->slept = io_sleep(20, &err);
    io_shield_end(shield);
    s->again = io_sleep(1, &err);
}

static void call_cleaner(void *arg)
{
    struct error err;
    assert_true(io_call(loops[1], clean_up_on_target, arg, &err));
}

static void cancel_call_that_cleans_up(void)
{
    struct shielded s = {0};
    struct error err;
    assert_true(io_task_start(&s.task, call_cleaner, &s, &err));
    assert_true(io_sleep(10, &err));
    io_task_cancel(&s.task);
    io_task_join(&s.task);
    assert_int_equal(s.err.code, ERROR_CANCELLED);
    assert_true(s.slept);
    assert_false(s.again);
}

static void a_shield_on_the_target_holds_back_a_callers_cancellation(void **state)
{
    (void)state;
    run_on_loops(cancel_call_that_cleans_up);
}

static void allow_none(void *arg)
{
    (void)arg;
    io_fibers_limit(0);
}

static void call_busy_loop(void)
{
    struct sum s = {.on = loops[1]};
    struct error err = {0};
    assert_true(io_call(loops[1], allow_none, NULL, &err));
    assert_false(io_call(loops[1], add_slowly, &s, &err));
    assert_int_equal(err.code, ERROR_BUSY);
    assert_int_equal(s.total, 0);
}

static void a_target_without_room_is_busy(void **state)
{
    (void)state;
    run_on_loops(call_busy_loop);
}

/* --- working ---------------------------------------------------------------------------------- */

static struct io_pool *pool;
static pthread_mutex_t hold = PTHREAD_MUTEX_INITIALIZER;

static void square(void *arg)
{
    int *value = arg;
    assert_null(io_loop_current());
    *value *= *value;
}

static void work_often(void *arg)
{
    struct error err;
    (void)arg;
    for (int i = 0; i < ROUNDS; i++) {
        int value = i;
        assert_true(io_work(pool, square, &value, &err));
        assert_int_equal(value, i * i);
    }
}

static void work_from_everywhere(void *arg)
{
    struct io_task tasks[FIBERS] = {0};
    struct error err;
    (void)arg;
    for (int i = 0; i < FIBERS; i++)
        assert_true(io_task_start(&tasks[i], work_often, NULL, &err));
    for (int i = 0; i < FIBERS; i++)
        io_task_join(&tasks[i]);
}

static void elsewhere(void *arg)
{
    struct error err;
    assert_true(io_call(arg, work_from_everywhere, NULL, &err));
}

static void share_pool(void)
{
    struct io_task tasks[LOOPS] = {0};
    struct error err;
    pool = io_pool_new("test", 3, 1000, &err);
    assert_non_null(pool);
    for (int i = 0; i < LOOPS; i++)
        assert_true(io_task_start(&tasks[i], elsewhere, loops[i], &err));
    for (int i = 0; i < LOOPS; i++)
        io_task_join(&tasks[i]);
    io_pool_free(pool);
}

static void loops_share_a_pool(void **state)
{
    (void)state;
    run_on_loops(share_pool);
}

static void wait_for_lock(void *arg)
{
    pthread_mutex_lock(&hold);
    *(int *)arg += 1;
    pthread_mutex_unlock(&hold);
}

struct job {
    struct io_task task;
    int done;
    bool good;
    struct error err;
};

static void do_job(void *arg)
{
    struct job *j = arg;
    j->good = io_work(pool, wait_for_lock, &j->done, &j->err);
}

static void overfill_pool(void)
{
    struct job jobs[4] = {0};
    struct error err;
    pool = io_pool_new("test", 1, 2, &err);
    assert_non_null(pool);
    pthread_mutex_lock(&hold);
    for (int i = 0; i < 4; i++) { /* one at work, two waiting, one too many */
        assert_true(io_task_start(&jobs[i].task, do_job, &jobs[i], &err));
        assert_true(io_sleep(20, &err));
    }
    assert_false(io_task_running(&jobs[3].task));
    assert_int_equal(jobs[3].err.code, ERROR_BUSY);
    io_task_cancel(&jobs[1].task); /* work is not interrupted */
    assert_true(io_sleep(20, &err));
    assert_true(io_task_running(&jobs[1].task));
    pthread_mutex_unlock(&hold);
    for (int i = 0; i < 3; i++) {
        io_task_join(&jobs[i].task);
        assert_true(jobs[i].good);
        assert_int_equal(jobs[i].done, 1);
    }
    io_pool_free(pool);
}

static void a_full_pool_is_busy_and_work_is_not_interrupted(void **state)
{
    (void)state;
    run_on_loops(overfill_pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(posts_of_one_sender_stay_in_order),
        cmocka_unit_test(calls_run_on_their_target_and_come_back),
        cmocka_unit_test(the_deadline_travels_with_a_call),
        cmocka_unit_test(cancelling_a_caller_cancels_the_call),
        cmocka_unit_test(a_callers_shield_keeps_its_cancellation_from_the_call),
        cmocka_unit_test(a_shield_on_the_target_holds_back_a_callers_cancellation),
        cmocka_unit_test(a_target_without_room_is_busy),
        cmocka_unit_test(loops_share_a_pool),
        cmocka_unit_test(a_full_pool_is_busy_and_work_is_not_interrupted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
