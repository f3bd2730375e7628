/* Clients of the management engine (mei/mei.h): messages, their bounds, and how they end. */
#include "me.h"

#include "io/fiber.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

static struct mei *mei;
static struct error err;
static struct buffer message;

/* So many reads and writes are interrupted by a signal before they are made. */
static uint32_t interruptions;

ssize_t __real_read(int fd, void *to, size_t size);
ssize_t __wrap_read(int fd, void *to, size_t size);
ssize_t __real_write(int fd, const void *bytes, size_t size);
ssize_t __wrap_write(int fd, const void *bytes, size_t size);

static bool interrupts(void)
{
    if (interruptions == 0)
        return false;
    interruptions--;
    errno = EINTR;
    return true;
}

ssize_t __wrap_read(int fd, void *to, size_t size)
{
    return interrupts() ? -1 : __real_read(fd, to, size);
}

ssize_t __wrap_write(int fd, const void *bytes, size_t size)
{
    return interrupts() ? -1 : __real_write(fd, bytes, size);
}

static void start(void)
{
    err = (struct error){0};
    buffer_init(&message, WIRE_LIMIT);
    mei = me_open();
}

static void stop(void)
{
    mei_close(mei);
    buffer_fini(&message);
}

static void clients_have_the_guids_of_the_specification(void **state)
{
    (void)state;
    static const char *const wire[] = {
        [MEI_PTHI] = "28 00 F8 12 B7 B4 2D 4B AC A8 46 E0 FF 65 81 4C",
        [MEI_LME] = "DB A4 33 67 76 04 7B 4E B3 AF BC FC 29 BE E7 A7",
        [MEI_WATCHDOG] = "6F 9A B7 05 28 46 7F 4D 89 9D A9 15 14 CB 32 AB",
        [MEI_UPID] = "79 6C 13 92 EA 5F FD 4C 98 0E 23 BE 07 FA 5E 9F",
        [MEI_HOTHAM] = "A7 E5 2E 08 25 7C 0A 47 96 43 0C 06 F0 46 6E A1",
    };
    for (int client = MEI_PTHI; client <= MEI_HOTHAM; client++) {
        char small[64];
        uint8_t raw[16];
        size_t i = 0;
        for (; wire[client][i] != '\0'; i++)
            small[i] = (char)(wire[client][i] >= 'A' ? wire[client][i] | 0x20 : wire[client][i]);
        small[i] = '\0';
        mei_client_guid((enum mei_client)client, raw);
        wire_assert(slice_of(raw, sizeof raw), small);
    }
}

static void whole(void)
{
    uint8_t longest[ME_LIMIT + 1];
    memset(longest, 0x5a, sizeof longest);
    start();
    assert_int_equal(mei_message_limit(mei), ME_LIMIT);
    assert_true(mei_send(mei, SLICE_LITERAL("one"), &err));
    assert_true(mei_send(mei, slice_of(longest, ME_LIMIT), &err));
    me_hears("'one'");
    me_hears("5a*5120");
    me_says("'two'");
    me_says("5b*5120");
    assert_true(mei_receive(mei, &message, &err));
    wire_assert(buffer_slice(&message), "'two'");
    assert_true(mei_receive(mei, &message, &err));
    wire_assert(buffer_slice(&message), "5b*5120");
    assert_false(mei_send(mei, slice_of(longest, sizeof longest), &err));
    assert_int_equal(err.code, ERROR_TOO_LARGE);
    me_hears_nothing();
    stop();
}

static void messages_arrive_whole(void **state)
{
    (void)state;
    me_run(whole);
}

static void too_long(void)
{
    start();
    me_says("5a*5121");
    assert_false(mei_receive(mei, &message, &err));
    assert_int_equal(err.code, ERROR_PROTOCOL);
    assert_string_equal(err.text, "the management engine sent more than 5120 bytes at once");
    buffer_fini(&message);
    buffer_init(&message, 3);
    me_says("'four'");
    assert_false(mei_receive(mei, &message, &err));
    assert_int_equal(err.code, ERROR_PROTOCOL);
    stop();
}

static void a_message_past_the_limit_is_refused(void **state)
{
    (void)state;
    me_run(too_long);
}

static void answer_later(void *arg)
{
    struct error ignored;
    (void)arg;
    (void)io_sleep(5, &ignored);
    me_says("'late'");
}

static void waits(void)
{
    struct io_task task = {0};
    start();
    assert_true(io_task_start(&task, answer_later, NULL, &err));
    assert_true(mei_receive(mei, &message, &err));
    wire_assert(buffer_slice(&message), "'late'");
    io_task_join(&task);
    uint64_t before = io_deadline_within(10);
    assert_false(mei_receive(mei, &message, &err));
    assert_int_equal(err.code, ERROR_TIMEOUT);
    io_deadline_restore(before);
    stop();
}

static void a_reply_is_waited_for_and_not_for_ever(void **state)
{
    (void)state;
    me_run(waits);
}

static void receive_until_cancelled(void *arg)
{
    bool *cancelled = arg;
    struct error why = {0};
    *cancelled = !mei_receive(mei, &message, &why) && why.code == ERROR_CANCELLED;
}

static void cancelled(void)
{
    struct io_task task = {0};
    bool was_cancelled = false;
    start();
    assert_true(io_task_start(&task, receive_until_cancelled, &was_cancelled, &err));
    assert_true(io_sleep(1, &err));
    io_task_cancel(&task);
    io_task_join(&task);
    assert_true(was_cancelled);
    /* the other direction was not disturbed */
    assert_true(mei_send(mei, SLICE_LITERAL("on"), &err));
    me_hears("'on'");
    stop();
}

static void a_cancellation_ends_the_wait(void **state)
{
    (void)state;
    me_run(cancelled);
}

static void drain_later(void *arg)
{
    struct error ignored;
    uint8_t bytes[ME_LIMIT];
    size_t *messages = arg;
    (void)io_sleep(5, &ignored);
    while (recv(me_fd(), bytes, sizeof bytes, MSG_DONTWAIT) > 0)
        ++*messages;
}

/* Fills the socket, so that sending has to wait until the other end reads. */
static void full(void)
{
    static const uint8_t bytes[ME_LIMIT] = {1};
    struct io_task task = {0};
    size_t sent = 0;
    size_t drained = 0;
    start();
    assert_true(io_task_start(&task, drain_later, &drained, &err));
    while (drained == 0) {
        assert_true(mei_send(mei, slice_of(bytes, sizeof bytes), &err));
        sent++;
    }
    io_task_join(&task);
    assert_true(sent > 1);
    uint64_t before = io_deadline_within(250); /* longer than one look of an old kernel */
    while (mei_send(mei, slice_of(bytes, sizeof bytes), &err))
        ;
    io_deadline_restore(before);
    assert_int_equal(err.code, ERROR_TIMEOUT);
    assert_string_equal(err.text, "the management engine takes no message");
    stop();
}

static void a_full_engine_is_waited_for_and_not_for_ever(void **state)
{
    (void)state;
    me_run(full);
}

static void hang_up_later(void *arg)
{
    struct error ignored;
    (void)arg;
    (void)io_sleep(5, &ignored);
    me_hangs_up();
}

static void reset(void)
{
    struct io_task task = {0};
    start();
    assert_true(io_task_start(&task, hang_up_later, NULL, &err));
    assert_false(mei_receive(mei, &message, &err));
    assert_int_equal(err.code, ERROR_CONNECTION);
    io_task_join(&task);
    assert_false(mei_send(mei, SLICE_LITERAL("x"), &err));
    assert_int_equal(err.code, ERROR_CONNECTION);
    stop();
}

static void a_reset_ends_both_directions(void **state)
{
    (void)state;
    me_run(reset);
}

static void interrupted(void)
{
    start();
    me_says("'reply'");
    interruptions = 40;
    assert_true(mei_send(mei, SLICE_LITERAL("request"), &err));
    me_hears("'request'");
    interruptions = 40;
    assert_true(mei_receive(mei, &message, &err));
    wire_assert(buffer_slice(&message), "'reply'");
    me_says("'reply'");
    interruptions = UINT32_MAX;
    uint64_t before = io_deadline_within(20);
    assert_false(mei_send(mei, SLICE_LITERAL("request"), &err));
    assert_int_equal(err.code, ERROR_TIMEOUT);
    assert_false(mei_receive(mei, &message, &err));
    assert_int_equal(err.code, ERROR_TIMEOUT);
    io_deadline_restore(before);
    interruptions = 0;
    stop();
}

static void interruptions_are_nobody_s_error_and_end_in_time(void **state)
{
    (void)state;
    me_run(interrupted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clients_have_the_guids_of_the_specification),
        cmocka_unit_test(messages_arrive_whole),
        cmocka_unit_test(a_message_past_the_limit_is_refused),
        cmocka_unit_test(a_reply_is_waited_for_and_not_for_ever),
        cmocka_unit_test(a_cancellation_ends_the_wait),
        cmocka_unit_test(a_full_engine_is_waited_for_and_not_for_ever),
        cmocka_unit_test(a_reset_ends_both_directions),
        cmocka_unit_test(interruptions_are_nobody_s_error_and_end_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
