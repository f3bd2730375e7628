#include "../apf/wire.h"

#include "io/fiber.h"
#include "io/simulated.h"
#include "redir/sol.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Spec device-protocols 2.3. */
#define START    "20 000000 00000000 1027 6400 0000 e8fd 6400 8813 00000000 "
#define STARTED  "21 000000 00000000 e803 00*13 "
#define SETTINGS "27 000000 01000000 0000 1b000000 "
#define LINE_ON  "29 000000 00000000 03 04 "
#define BEAT(n)  "2b 000000 " n "000000 "
#define END(n)   "22 000000 " n "000000 "
#define ENDED(n) "23 000000 " n "000000 "
#define LEAVE    "12 000000 "

/* A device that says a line as soon as the client has said what stands before it. */
struct line {
    const char *client;
    const char *device;
};

struct device {
    struct io_stream stream;
    const struct line *lines;
    size_t count, at;
    size_t piece;
    bool closes;  /* after the last line; else it is silent */
    bool stalled; /* it takes nothing */
    struct buffer in, out;
    struct io_wait said, more, never;
};

static struct {
    struct device device;
    struct redir_sol *sol;
    struct io_task task, typist;
    struct error err;
    struct buffer said;
    const char *typed;
    bool ok, over, breaks, typed_ok;
    bool refuses; /* what is said is not wanted */
    bool holds;   /* what is said waits for room */
    struct io_wait room;
    unsigned started, lines;
    uint8_t controls, status;
} run;

static bool device_read(struct io_stream *stream, void *to, size_t size, size_t *got,
                        struct error *err)
{
    struct device *d = (struct device *)(void *)stream;
    while (buffer_size(&d->in) == 0) {
        if (d->at == d->count) {
            *got = 0;
            if (d->closes || !io_wait_for(&d->more, IO_FOREVER, err))
                return d->closes;
            continue;
        }
        struct buffer wanted;
        buffer_init(&wanted, WIRE_LIMIT);
        wire_put(&wanted, d->lines[d->at].client);
        bool enough = buffer_size(&d->out) >= buffer_size(&wanted);
        buffer_fini(&wanted);
        if (!enough) {
            if (!io_wait_for(&d->said, IO_FOREVER, err))
                return false;
            continue;
        }
        wire_assert(buffer_slice(&d->out), d->lines[d->at].client);
        buffer_clear(&d->out);
        wire_put(&d->in, d->lines[d->at++].device);
    }
    struct slice now = slice_first(slice_first(buffer_slice(&d->in), d->piece), size);
    memcpy(to, now.data, now.size);
    *got = now.size;
    buffer_consume(&d->in, now.size);
    return true;
}

static bool device_write(struct io_stream *stream, struct slice bytes, struct error *err)
{
    struct device *d = (struct device *)(void *)stream;
    if (d->stalled)
        return io_wait_for(&d->never, IO_FOREVER, err);
    buffer_put(&d->out, bytes);
    io_signal(&d->said);
    return true;
}

static void device_close(struct io_stream *stream)
{
    (void)stream;
}

static const struct io_stream_methods methods = {device_read, device_write, device_close};

static void on_started(void *owner)
{
    (void)owner;
    run.started++;
}

static bool on_said(void *owner, struct slice bytes, struct error *err)
{
    (void)owner;
    buffer_put(&run.said, bytes);
    while (run.holds)
        if (!io_wait_for(&run.room, IO_FOREVER, err))
            return false;
    return !run.refuses || error_set(err, ERROR_INTERNAL, "no room");
}

static void on_line(void *owner, uint8_t controls, uint8_t status)
{
    (void)owner;
    run.lines++;
    run.controls = controls;
    run.status = status;
}

static const struct redir_sol_events events = {
    .started = on_started, .said = on_said, .line = on_line};

static void run_main(void *arg)
{
    (void)arg;
    run.ok = redir_sol_run(run.sol, &run.err);
    run.over = true;
}

static void type_main(void *arg)
{
    struct error err;
    (void)arg;
    run.typed_ok = redir_sol_type(run.sol, slice_of_string(run.typed), &err) &&
                   (!run.breaks || redir_sol_break(run.sol, &err));
}

static void begin(const struct line *lines, size_t count, size_t piece)
{
    struct io_loop *loop = io_simulated_start();
    assert_non_null(loop);
    memset(&run, 0, sizeof run);
    run.device =
        (struct device){.stream = {&methods}, .lines = lines, .count = count, .piece = piece};
    buffer_init(&run.device.in, WIRE_LIMIT);
    buffer_init(&run.device.out, WIRE_LIMIT);
    buffer_init(&run.said, WIRE_LIMIT);
    run.sol = redir_sol_new(&run.device.stream, &events, NULL);
    assert_true(io_task_start(&run.task, run_main, NULL, NULL));
}
#define BEGIN(lines) begin(lines, sizeof(lines) / sizeof *(lines), 4096)

static void type(const char *text)
{
    run.typed = text;
    assert_true(io_task_start(&run.typist, type_main, NULL, NULL));
    io_simulated_run();
}

/* What the client has said since the device's last line. */
static void assert_client(const char *text)
{
    io_simulated_run();
    wire_assert(buffer_slice(&run.device.out), text);
    buffer_clear(&run.device.out);
}

static void finish(void)
{
    io_simulated_run();
    assert_true(run.over);
    assert_false(io_task_running(&run.typist));
    redir_sol_free(run.sol);
    buffer_fini(&run.device.in);
    buffer_fini(&run.device.out);
    buffer_fini(&run.said);
    io_simulated_stop();
}

static void assert_failed(enum error_code code, const char *why)
{
    finish();
    assert_false(run.ok);
    if (run.err.code != code || strstr(run.err.text, why) == NULL)
        fail_msg("%s: %s", error_name(run.err.code), run.err.text);
}

/* ---- the tests ---- */

static void a_session_starts_and_says(void **state)
{
    static const struct line lines[] = {
        {START, STARTED LINE_ON},
        {SETTINGS, "2a 000000 01000000 0800 'login: ' 20 2a 000000 02000000 0000"
                   " 2a 000000 03000000 0100 'x'"}};
    static const size_t pieces[] = {1, 3, 9, 4096};
    (void)state;
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        begin(lines, 2, pieces[i]);
        io_simulated_run();
        assert_int_equal(run.started, 1);
        assert_int_equal(run.lines, 1);
        assert_int_equal(run.controls, REDIR_SOL_RTS | REDIR_SOL_DTR);
        assert_int_equal(run.status, REDIR_SOL_POWER_ON);
        wire_assert(buffer_slice(&run.said), "'login:  x'");
        redir_sol_stop(run.sol);
        assert_client(END("02"));
        io_simulated_advance(2001); /* the device does not confirm */
        finish();
        assert_true(run.ok);
    }
}

static void an_end_is_confirmed_and_then_left(void **state)
{
    static const struct line lines[] = {{START, STARTED},
                                        {SETTINGS, LINE_ON},
                                        {END("02"), "2a 000000 01000000 0100 'z'" ENDED("02")}};
    (void)state;
    BEGIN(lines);
    io_simulated_run();
    redir_sol_stop(run.sol);
    assert_true(redir_sol_stopped(run.sol));
    assert_client(LEAVE);
    finish();
    assert_true(run.ok);
}

static void the_device_ends_a_session(void **state)
{
    static const struct line lines[] = {{START, STARTED}, {SETTINGS, END("09")}};
    (void)state;
    BEGIN(lines);
    assert_client(ENDED("09") LEAVE);
    assert_false(redir_sol_stopped(run.sol));
    finish();
    assert_true(run.ok);
}

static void no_message_has_more_than_the_device_takes(void **state)
{
    static const struct line lines[] = {{START, "21 000000 00000000 0400 00*13 "}};
    (void)state;
    BEGIN(lines);
    type("uptime\r");
    assert_client(SETTINGS "28 000000 02000000 0400 'upti' 28 000000 03000000 0300 'me' 0d");
    assert_true(run.typed_ok);
    redir_sol_stop(run.sol);
    io_simulated_advance(2001);
    finish();
}

static void what_is_typed_before_the_start_waits(void **state)
{
    static const struct line lines[] = {{START, ""}};
    (void)state;
    BEGIN(lines);
    type("x");
    assert_client("");
    assert_true(io_task_running(&run.typist));
    io_simulated_advance(12001);
    assert_failed(ERROR_TIMEOUT, "does not start");
    assert_false(run.typed_ok);
}

static void a_break_is_set_and_taken_back(void **state)
{
    static const struct line lines[] = {{START, STARTED}};
    (void)state;
    BEGIN(lines);
    run.breaks = true;
    type("x");
    assert_client(SETTINGS "28 000000 02000000 0100 'x' 27 000000 03000000 0400 1b000000");
    io_simulated_advance(251);
    assert_client("27 000000 04000000 0000 1b000000");
    redir_sol_stop(run.sol);
    io_simulated_advance(2001);
    finish();
}

static void pings_are_answered_and_heartbeats_sent(void **state)
{
    static const struct line lines[] = {{START, STARTED},
                                        {SETTINGS, "24 000000 07000000 2b 000000 08000000"}};
    (void)state;
    BEGIN(lines);
    assert_client("25 000000 07000000");
    io_simulated_advance(2001);
    assert_client(BEAT("02"));
    for (int i = 0; i < 4; i++)
        io_simulated_advance(2001);
    buffer_clear(&run.device.out);
    io_simulated_advance(2001); /* it has been silent for 12 s */
    assert_client("24 000000 07000000");
    for (int i = 0; i < 20; i++)
        io_simulated_advance(2001);
    assert_failed(ERROR_TIMEOUT, "silent");
}

static void a_device_that_never_gave_a_sign_of_life_may_be_silent(void **state)
{
    static const struct line lines[] = {{START, STARTED}};
    (void)state;
    BEGIN(lines);
    for (int i = 0; i < 60; i++)
        io_simulated_advance(2001);
    assert_false(run.over);
    redir_sol_stop(run.sol);
    io_simulated_advance(2001);
    finish();
    assert_true(run.ok);
}

static void a_device_whose_words_wait_is_not_silent(void **state)
{
    static const struct line lines[] = {
        {START, STARTED}, {SETTINGS, "2b 000000 01000000 2a 000000 02000000 0100 'x'"}};
    (void)state;
    BEGIN(lines);
    run.holds = true;
    io_simulated_run();
    for (unsigned i = 0; i < 60; i++) {
        char beat[64];
        (void)snprintf(beat, sizeof beat, "2b 000000 %02x000000", i + 2);
        io_simulated_advance(2001);
        assert_client(beat); /* never asked, and never left alone */
    }
    run.holds = false;
    io_signal(&run.room);
    for (int i = 0; i < 22; i++)
        io_simulated_advance(2001);
    assert_false(run.over);
    for (int i = 0; i < 2; i++)
        io_simulated_advance(2001);
    assert_failed(ERROR_TIMEOUT, "silent");
}

static void a_refused_start_is_told(void **state)
{
    static const struct line lines[] = {{START, "21 03 0000"}};
    (void)state;
    BEGIN(lines);
    assert_failed(ERROR_UNSUPPORTED, "status 3");
}

static void what_no_device_sends_ends_the_session(void **state)
{
    static const struct {
        const char *bytes, *why;
    } cases[] = {
        {LINE_ON, "29 before the session's start"},
        {"2a 000000 00000000 ffff 'x'", "2A before"},
        {"00", "sent 00"},
        {"20 000000", "sent 20"},
        {STARTED STARTED, "twice"},
        {STARTED ENDED("00"), "nobody asked"},
        {STARTED "28 000000 00000000 0100 'x'", "sent 28"},
        {STARTED "12 000000", "sent 12"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct line lines[] = {{START, cases[i].bytes}};
        BEGIN(lines);
        assert_failed(ERROR_PROTOCOL, cases[i].why);
    }
}

static void closing_is_no_end(void **state)
{
    static const char *const cases[] = {"", "21 0000", STARTED,
                                        STARTED "2a 000000 01000000 ffff 'x'"};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct line lines[] = {{START, cases[i]}};
        BEGIN(lines);
        run.device.closes = true;
        assert_failed(ERROR_CONNECTION, "closed");
    }
}

static void a_device_that_asks_and_does_not_listen_costs_no_memory(void **state)
{
    static const struct line lines[] = {{START, STARTED}};
    (void)state;
    BEGIN(lines);
    io_simulated_run();
    run.device.stalled = true;
    for (int i = 0; i < 100000; i++)
        wire_put(&run.device.in, "24 000000 07000000");
    io_signal(&run.device.more);
    io_simulated_run();
    type("0123456789");
    io_simulated_advance(60001);
    assert_failed(ERROR_TIMEOUT, "");
}

static void who_types_waits_for_a_device_that_takes_nothing(void **state)
{
    static const struct line lines[] = {{START, STARTED}};
    static char text[20001];
    (void)state;
    memset(text, 'x', sizeof text - 1);
    BEGIN(lines);
    io_simulated_run();
    run.device.stalled = true;
    type(text);
    assert_true(io_task_running(&run.typist));
    redir_sol_stop(run.sol);
    io_simulated_advance(1000);
    assert_false(run.over);
    io_task_cancel(&run.task); /* as obctl does when its patience ends */
    assert_failed(ERROR_CANCELLED, "");
    assert_false(run.typed_ok);
}

static void a_cancelled_session_is_ended_with_the_device(void **state)
{
    static const struct line lines[] = {{START, STARTED}, {SETTINGS END("02"), ENDED("02")}};
    (void)state;
    BEGIN(lines);
    io_simulated_run();
    io_task_cancel(&run.task);
    assert_client(LEAVE);
    assert_failed(ERROR_CANCELLED, "");
}

static void who_wants_no_more_ends_the_session(void **state)
{
    static const struct line lines[] = {{START, STARTED},
                                        {SETTINGS, "2a 000000 01000000 0100 'x'"}};
    (void)state;
    BEGIN(lines);
    run.refuses = true;
    assert_failed(ERROR_INTERNAL, "no room");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_starts_and_says),
        cmocka_unit_test(an_end_is_confirmed_and_then_left),
        cmocka_unit_test(the_device_ends_a_session),
        cmocka_unit_test(no_message_has_more_than_the_device_takes),
        cmocka_unit_test(what_is_typed_before_the_start_waits),
        cmocka_unit_test(a_break_is_set_and_taken_back),
        cmocka_unit_test(pings_are_answered_and_heartbeats_sent),
        cmocka_unit_test(a_device_that_never_gave_a_sign_of_life_may_be_silent),
        cmocka_unit_test(a_device_whose_words_wait_is_not_silent),
        cmocka_unit_test(a_refused_start_is_told),
        cmocka_unit_test(what_no_device_sends_ends_the_session),
        cmocka_unit_test(closing_is_no_end),
        cmocka_unit_test(a_device_that_asks_and_does_not_listen_costs_no_memory),
        cmocka_unit_test(who_types_waits_for_a_device_that_takes_nothing),
        cmocka_unit_test(a_cancelled_session_is_ended_with_the_device),
        cmocka_unit_test(who_wants_no_more_ends_the_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
