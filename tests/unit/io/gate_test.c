#include "io/fiber.h"
#include "io/simulated.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define FIBERS 6

static struct io_gate gate;
static int entered[FIBERS];
static int entered_count;

/* A fiber that passes the gate and stays inside for a while. */
struct visitor {
    struct io_task task;
    int number;
    uint64_t stay;
    uint64_t patience;
    bool good;
    struct error err;
};

static void visit(void *arg)
{
    struct visitor *v = arg;
    struct error err;
    (void)io_deadline_within(v->patience);
    v->good = io_gate_enter(&gate, &v->err);
    if (!v->good)
        return;
    entered[entered_count++] = v->number;
    io_deadline_restore(IO_FOREVER);
    assert_true(io_sleep(v->stay, &err));
    io_gate_leave(&gate);
}

static struct visitor visitors[FIBERS];

static void send(int number, uint64_t stay, uint64_t patience)
{
    struct error err;
    visitors[number] = (struct visitor){.number = number, .stay = stay, .patience = patience};
    assert_true(io_task_start(&visitors[number].task, visit, &visitors[number], &err));
    io_simulated_run();
}

static int begin(void **state)
{
    (void)state;
    entered_count = 0;
    return io_simulated_start() == NULL;
}

static int end(void **state)
{
    (void)state;
    io_simulated_stop();
    return 0;
}

static void waiters_enter_first_come_first_served(void **state)
{
    (void)state;
    io_gate_init(&gate, 2, 10);
    for (int i = 0; i < FIBERS; i++)
        send(i, 100, IO_FOREVER);
    assert_int_equal(entered_count, 2);
    assert_int_equal(gate.queued, 4);
    io_simulated_advance(100);
    assert_int_equal(entered_count, 4);
    io_simulated_advance(200);
    assert_int_equal(entered_count, FIBERS);
    for (int i = 0; i < FIBERS; i++)
        assert_int_equal(entered[i], i);
    assert_int_equal(gate.free, 2);
    assert_int_equal(gate.queued, 0);
}

static void a_full_queue_says_busy(void **state)
{
    (void)state;
    io_gate_init(&gate, 1, 1);
    send(0, 100, IO_FOREVER);
    send(1, 100, IO_FOREVER);
    send(2, 100, IO_FOREVER);
    assert_false(visitors[2].good);
    assert_int_equal(visitors[2].err.code, ERROR_BUSY);
    io_simulated_advance(200);
    assert_true(visitors[1].good);
    assert_int_equal(gate.free, 1);
}

static void who_loses_patience_leaves_the_queue(void **state)
{
    (void)state;
    io_gate_init(&gate, 1, 10);
    send(0, 100, IO_FOREVER);
    send(1, 100, 50);
    send(2, 100, IO_FOREVER);
    io_simulated_advance(60);
    assert_int_equal(visitors[1].err.code, ERROR_TIMEOUT);
    assert_int_equal(gate.queued, 1);
    io_simulated_advance(200);
    assert_int_equal(entered_count, 2);
    assert_int_equal(entered[1], 2);
    assert_int_equal(gate.free, 1);
}

static void a_cancelled_waiter_leaves_the_queue(void **state)
{
    (void)state;
    io_gate_init(&gate, 1, 10);
    send(0, 100, IO_FOREVER);
    send(1, 100, IO_FOREVER);
    io_task_cancel(&visitors[1].task);
    io_simulated_run();
    assert_int_equal(visitors[1].err.code, ERROR_CANCELLED);
    io_simulated_advance(100);
    assert_int_equal(gate.free, 1);
}

static void a_place_handed_over_in_the_turn_of_the_time_limit_is_not_lost(void **state)
{
    (void)state;
    io_gate_init(&gate, 1, 10);
    send(0, 100, IO_FOREVER);
    send(1, 100, 100);
    io_simulated_advance(1000);
    assert_int_equal(gate.free, 1);
    assert_int_equal(gate.queued, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(waiters_enter_first_come_first_served),
        TEST(a_full_queue_says_busy),
        TEST(who_loses_patience_leaves_the_queue),
        TEST(a_cancelled_waiter_leaves_the_queue),
        TEST(a_place_handed_over_in_the_turn_of_the_time_limit_is_not_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
