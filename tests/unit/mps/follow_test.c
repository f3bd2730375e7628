#include "../apf/wire.h"

#include "io/fiber.h"
#include "io/simulated.h"
#include "mps/follow.h"
#include "mps/watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A session as the relay sees it: what the device and the browser say behind the login (spec
 * device-protocols 3.1), and who looks on. */
static struct mps_follow *follow;
static char heard[1024];

/* Whether what was said last was, and if not, why. */
static bool understood;
static struct error why;

static void hear(const char *what)
{
    size_t size = strlen(heard);
    assert_true((size_t)snprintf(heard + size, sizeof heard - size, "%s", what) <
                sizeof heard - size);
}

static void on_sized(void *owner, uint16_t width, uint16_t height)
{
    char text[32];
    (void)owner;
    snprintf(text, sizeof text, "sized %u %u\n", width, height);
    hear(text);
}

static void on_drawn(void *owner, const struct redir_rect *rect)
{
    (void)owner;
    (void)rect;
    hear("drawn\n");
}

static void on_updated(void *owner)
{
    (void)owner;
    hear("updated\n");
}

static void on_over(void *owner)
{
    (void)owner;
    hear("over\n");
}

static const struct mps_onlooker_events events = {
    .sized = on_sized, .drawn = on_drawn, .updated = on_updated, .over = on_over};
static struct mps_onlooker onlooker = {.events = &events};

static void expect(const char *text)
{
    assert_string_equal(heard, text);
    heard[0] = 0;
}

static void device(const char *wire)
{
    struct buffer b;
    buffer_init(&b, WIRE_LIMIT);
    wire_put(&b, wire);
    understood = mps_follow_device(follow, buffer_slice(&b), &why);
    buffer_fini(&b);
}

/* What passes on to the device, in pieces of that size. */
static void browser(const char *wire, const char *passes, size_t piece)
{
    struct buffer b;
    buffer_init(&b, WIRE_LIMIT);
    wire_put(&b, wire);
    for (size_t at = 0; at < buffer_size(&b); at += piece) {
        size_t left = buffer_size(&b) - at;
        understood =
            mps_follow_browser(follow, b.bytes + b.start + at, left < piece ? left : piece, &why);
    }
    wire_assert(buffer_slice(&b), passes);
    buffer_fini(&b);
}

#define SAME(wire) browser(wire, wire, 1000)
#define REQUEST    "03 01 0000 0000 0004 0001"
#define ALL        "03 00 0000 0000 0004 0001"

static unsigned nudges;

static void nudge(void *relay)
{
    assert_ptr_equal(relay, &nudges);
    nudges++;
}

/* What the relay is given to say to the device now. */
static void inserts(const char *wire)
{
    struct buffer b;
    buffer_init(&b, WIRE_LIMIT);
    mps_follow_insert(follow, &b);
    wire_assert(buffer_slice(&b), wire);
    buffer_fini(&b);
}

static void begin_session(void)
{
    follow = mps_follow_new(nudge, &nudges);
    heard[0] = 0;
    nudges = 0;
    SAME("40 00*7");
    device("41 00*7 'RFB 004.000' 0a");
    SAME("'RFB 003.008' 0a");
    device("02 01 80");
    SAME("01");
    device("00000000");
    SAME("01");
    device("0004 0001 10 10 00 01 001f 003f 001f 0b 05 00 000000  00000010 'Intel(r) AMT KVM'");
    SAME("02 00 0004 00000010 00000000 00000444 ffffff21 "
         "00 000000 08 08 00 01 0007 0007 0003 05 02 00 000000 "
         "06 000000 0000000d 00'KvmExtCmd'00 0400");
    SAME(REQUEST);
    device("00 00 0001 0000 0000 0004 0001 00000000 01020304");
}

static void nothing_is_changed_while_nobody_looks_on(void **state)
{
    (void)state;
    begin_session();
    SAME(REQUEST REQUEST "04 01 0000 00000061 05 01 0001 0001" REQUEST);
    assert_null(mps_follow_screen(follow));
    mps_follow_over(follow);
    expect("");
}

static void the_first_onlooker_makes_one_request_a_full_one(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 12; piece++) {
        begin_session();
        assert_true(mps_follow_add(follow, &onlooker));
        expect("sized 4 1\n");
        browser("05 00 0003 0001 04 01 0000 00000301 " REQUEST,
                "05 00 0003 0001 04 01 0000 00000301 " ALL, piece);
        device("00 00 0001 0000 0000 0004 0001 00000000 05060708");
        expect("drawn\nupdated\n");
        wire_assert(slice_of(mps_follow_screen(follow)->pixels, 4), "05060708");
        SAME(REQUEST);
        mps_follow_remove(&onlooker);
        assert_null(mps_follow_screen(follow));
        SAME(REQUEST);
        assert_true(mps_follow_add(follow, &onlooker));
        browser(REQUEST, ALL, piece);
        mps_follow_over(follow);
        expect("sized 4 1\nover\n");
    }
}

#define UPDATE "00 00 0001 0000 0000 0004 0001 00000000 05060708"

/* The device has the browser's request, and nothing changes on its screen. */
static void an_onlooker_need_not_wait_for_a_change(void **state)
{
    static struct mps_onlooker second = {.events = &events};
    (void)state;
    begin_session();
    SAME(REQUEST);
    inserts("");
    assert_true(mps_follow_add(follow, &onlooker));
    assert_int_equal(nudges, 1);
    inserts(ALL);
    inserts("");
    assert_true(mps_follow_add(follow, &second)); /* sees what is on its way */
    assert_int_equal(nudges, 1);
    inserts("");
    device(UPDATE);
    expect("sized 4 1\nsized 4 1\ndrawn\ndrawn\nupdated\nupdated\n");
    wire_assert(slice_of(mps_follow_screen(follow)->pixels, 4), "05060708");
    SAME(REQUEST);
    inserts("");
    mps_follow_remove(&second);
    assert_true(mps_follow_add(follow, &second)); /* all of it is known */
    assert_int_equal(nudges, 1);
    mps_follow_remove(&onlooker);
    mps_follow_remove(&second);
    assert_true(mps_follow_add(follow, &onlooker)); /* it was forgotten */
    assert_int_equal(nudges, 2);
    inserts(ALL);
    mps_follow_over(follow);
}

static void nothing_is_inserted_into_a_message(void **state)
{
    static const char *const messages[][2] = {
        {"04 01 0000", "00000061"},
        {"05", "00 0003 0001"},
        {"06 000000 00000004 0301", "0000"},
        {"02 00 0002", "00000010 00000000"},
        {"02 00 0002 00000010", "00000000"},
        {"00 000000 08 08 00 01 0007", "0007 0003 05 02 00 000000"},
        {"03 01 0000", "0000 0004 0001"}, /* one whose flag has passed */
    };
    (void)state;
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        begin_session();
        SAME(REQUEST);
        SAME(messages[i][0]);
        assert_true(mps_follow_add(follow, &onlooker));
        inserts("");
        SAME(messages[i][1]);
        inserts(ALL);
        inserts("");
        mps_follow_over(follow);
    }
}

static void a_request_that_was_half_gone_is_followed_by_one_for_everything(void **state)
{
    (void)state;
    begin_session();
    SAME("03 01 0000");
    assert_true(mps_follow_add(follow, &onlooker));
    assert_int_equal(nudges, 0);
    SAME("0000 0004 0001");
    inserts(ALL);
    mps_follow_over(follow);
}

static void nothing_is_inserted_when_the_screen_changes_first(void **state)
{
    (void)state;
    begin_session();
    SAME(REQUEST);
    assert_true(mps_follow_add(follow, &onlooker));
    device("00 00 0001 0000 0000 0001 0001 00000000 05");
    inserts("");
    browser(REQUEST, ALL, 1000);
    inserts("");
    mps_follow_over(follow);
}

static void nothing_is_inserted_for_one_who_has_left(void **state)
{
    (void)state;
    begin_session();
    SAME(REQUEST);
    assert_true(mps_follow_add(follow, &onlooker));
    mps_follow_remove(&onlooker);
    inserts("");
    mps_follow_over(follow);
}

/* Such devices answer the inserted request besides the browser's, so that one more stays with them
 * for good. */
static void a_device_that_counts_requests_is_sent_one_more_at_most(void **state)
{
    (void)state;
    begin_session();
    SAME(REQUEST);
    assert_true(mps_follow_add(follow, &onlooker));
    inserts(ALL);
    device(UPDATE UPDATE UPDATE);
    SAME(REQUEST);
    mps_follow_remove(&onlooker);
    assert_true(mps_follow_add(follow, &onlooker));
    assert_int_equal(nudges, 1);
    inserts("");
    browser(REQUEST, ALL, 1000);
    mps_follow_over(follow);
}

/* The beginning of an update and the inserted request met on the way. */
static void one_update_too_many_is_no_counting(void **state)
{
    (void)state;
    begin_session();
    SAME(REQUEST);
    assert_true(mps_follow_add(follow, &onlooker));
    inserts(ALL);
    device(UPDATE UPDATE);
    SAME(REQUEST);
    mps_follow_remove(&onlooker);
    assert_true(mps_follow_add(follow, &onlooker));
    inserts(ALL);
    mps_follow_over(follow);
}

static void a_part_of_a_cut_text_is_no_request(void **state)
{
    (void)state;
    begin_session();
    assert_true(mps_follow_add(follow, &onlooker));
    SAME("06 000000 0000000a " REQUEST);
    SAME("02 00 0003 03010000 00000004 00010301");
    browser(REQUEST, ALL, 1000);
    mps_follow_over(follow);
}

static void a_session_that_is_not_understood_goes_on_unseen(void **state)
{
    (void)state;
    begin_session();
    assert_true(mps_follow_add(follow, &onlooker));
    device("ff");
    assert_false(understood);
    assert_int_equal(why.code, ERROR_PROTOCOL);
    expect("sized 4 1\nover\n");
    assert_false(mps_follow_add(follow, &onlooker));
    SAME(REQUEST "ff");
    device("00 00");
    assert_true(understood); /* it was said once */
    mps_follow_over(follow);
    begin_session();
    assert_true(mps_follow_add(follow, &onlooker));
    SAME("00 000000 20 18 00 01 00ff 00ff 00ff 10 08 00 000000"); /* what firmware hangs up at */
    expect("sized 4 1\nover\n");
    SAME(REQUEST);
    mps_follow_over(follow);
}

static void on_blind(void *owner, const struct error *err)
{
    (void)owner;
    assert_int_equal(err->code, ERROR_PROTOCOL);
    hear("blind\n");
}

/* Who wants to know why a session is not followed any more is told that it is over when it is. */
static void an_onlooker_may_be_told_the_two_ends_apart(void **state)
{
    static const struct mps_onlooker_events both = {
        .updated = on_updated, .over = on_over, .blind = on_blind};
    static struct mps_onlooker stays = {.events = &both};
    static struct mps_onlooker goes = {.events = &both};
    (void)state;
    begin_session();
    assert_true(mps_follow_add(follow, &onlooker));
    assert_true(mps_follow_add(follow, &stays));
    assert_true(mps_follow_add(follow, &goes));
    SAME("ff");
    expect("sized 4 1\nover\nblind\nblind\n");
    mps_follow_remove(&goes);
    mps_follow_over(follow);
    expect("over\n");
}

static void leave(void *owner)
{
    mps_follow_remove(owner);
}

static void onlookers_may_leave_when_they_are_told_something(void **state)
{
    (void)state;
    static struct mps_onlooker others[3];
    static const struct mps_onlooker_events leaving = {
        .sized = on_sized,
        .drawn = on_drawn,
        .updated = leave,
        .over = on_over,
    };
    begin_session();
    for (size_t i = 0; i < 3; i++) {
        others[i] = (struct mps_onlooker){.events = &leaving, .owner = &others[i]};
        assert_true(mps_follow_add(follow, &others[i]));
    }
    heard[0] = 0;
    device("00 00 0001 0000 0000 0004 0001 00000000 05060708");
    expect("drawn\ndrawn\ndrawn\n");
    for (size_t i = 0; i < 3; i++)
        assert_null(others[i].follow);
    mps_follow_over(follow);
    expect("");
}

/* --- watching --------------------------------------------------------------------------------- */

/* The watcher's end of a stream in memory. */
static struct {
    struct io_stream stream;
    struct buffer says;  /* not read yet */
    struct buffer heard; /* written to it */
    struct io_wait news;
    struct io_wait room;
    bool gone;
    bool stalled;
    uint64_t taken;
    bool ok, over;
    struct error err;
} watcher;

static bool stream_read(struct io_stream *stream, void *to, size_t size, size_t *got,
                        struct error *err)
{
    (void)stream;
    while (buffer_size(&watcher.says) == 0 && !watcher.gone)
        if (!io_wait_for(&watcher.news, IO_FOREVER, err))
            return false;
    struct slice now = slice_first(buffer_slice(&watcher.says), size);
    if (now.size > 0)
        memcpy(to, now.data, now.size);
    *got = now.size;
    buffer_consume(&watcher.says, now.size);
    return true;
}

static bool stream_write(struct io_stream *stream, struct slice bytes, struct error *err)
{
    (void)stream;
    while (watcher.stalled)
        if (!io_wait_for(&watcher.room, IO_FOREVER, err))
            return false;
    buffer_put(&watcher.heard, bytes);
    return true;
}

static void stream_close(struct io_stream *stream)
{
    (void)stream;
}

static const struct io_stream_methods methods = {stream_read, stream_write, stream_close};

static struct mps_follow *join(void *arg, struct error *err)
{
    assert_ptr_equal(arg, &watcher);
    return follow != NULL ? follow : (error_set(err, ERROR_CONFLICT, "it is over"), NULL);
}

static uint64_t taken(void *arg)
{
    assert_ptr_equal(arg, &watcher);
    return watcher.taken;
}

static void run(void *arg)
{
    const struct mps_watch_client client = {&watcher.stream, join, taken, &watcher};
    (void)arg;
    watcher.ok = mps_watch_run(&client, &watcher.err);
    watcher.over = true;
}

static void says(const char *wire)
{
    wire_put(&watcher.says, wire);
    io_signal(&watcher.news);
    io_simulated_run();
}

static void connect_watcher(void)
{
    assert_non_null(io_simulated_start());
    memset(&watcher, 0, sizeof watcher);
    watcher.stream.methods = &methods;
    buffer_init(&watcher.says, WIRE_LIMIT);
    buffer_init(&watcher.heard, WIRE_LIMIT);
    begin_session();
    assert_true(io_fiber_start(run, NULL, NULL));
    io_simulated_run();
}

#define LOGIN                                     \
    "10 01 00 00 'KVMR' 13 00 00 00 00 00000000 " \
    "13 00 00 00 04 08000000 00*8 13 00 00 00 04 08000000 00*8 "
#define OPENING "40 00*7 'RFB 003.008' 0a 01 01 02 00 0002 00000000 ffffff21" REQUEST

static void begin_watching(void)
{
    connect_watcher();
    says(LOGIN OPENING);
    struct slice tail = slice_from(buffer_slice(&watcher.heard), buffer_size(&watcher.heard) - 16);
    wire_assert(tail, "'Intel(r) AMT KVM'");
    buffer_clear(&watcher.heard);
}

static void end_watching(void)
{
    io_simulated_stop();
    buffer_fini(&watcher.says);
    buffer_fini(&watcher.heard);
}

static void a_watcher_sees_what_the_browser_sees(void **state)
{
    (void)state;
    begin_watching();
    browser(REQUEST, ALL, 1000);
    io_simulated_run();
    wire_assert(buffer_slice(&watcher.heard), "");
    device("00 00 0001 0000 0000 0004 0001 00000000 e01c0300");
    io_simulated_run();
    wire_assert(buffer_slice(&watcher.heard),
                "00 00 0001 0000 0000 0004 0001 00000000 00f8 e007 1f00 0000");
    buffer_clear(&watcher.heard);
    says("04 01 0000 00000061" REQUEST);
    wire_assert(buffer_slice(&watcher.heard), "");
    device("00 00 0001 0000 0000 0001 0001 00000000 1c");
    io_simulated_run();
    wire_assert(buffer_slice(&watcher.heard),
                "00 00 0001 0000 0000 0004 0001 00000000 e007 e007 1f00 0000");
    mps_follow_over(follow);
    io_simulated_run();
    assert_true(watcher.over && watcher.ok);
    end_watching();
}

static void a_watcher_that_leaves_is_forgotten(void **state)
{
    (void)state;
    begin_watching();
    watcher.gone = true;
    says("");
    assert_true(watcher.over && !watcher.ok);
    assert_int_equal(watcher.err.code, ERROR_CONNECTION);
    assert_null(mps_follow_screen(follow));
    mps_follow_over(follow);
    end_watching();
}

static void one_that_breaks_the_rules_is_put_out(void **state)
{
    (void)state;
    begin_watching();
    says("ff");
    assert_true(watcher.over && !watcher.ok);
    assert_int_equal(watcher.err.code, ERROR_PROTOCOL);
    mps_follow_over(follow);
    end_watching();
}

static void one_that_stalls_misses_pictures_and_holds_nothing_up(void **state)
{
    (void)state;
    begin_watching();
    watcher.stalled = true;
    for (unsigned i = 0; i < 100; i++) {
        device("00 00 0001 0000 0000 0004 0001 00000000 e01c0300");
        io_simulated_run();
    }
    device("00 00 0001 0000 0000 0004 0001 00000000 01000000");
    watcher.stalled = false;
    io_signal(&watcher.room);
    io_simulated_run();
    buffer_clear(&watcher.heard);
    says(REQUEST);
    wire_assert(buffer_slice(&watcher.heard),
                "00 00 0001 0000 0000 0004 0001 00000000 0a00 0000 0000 0000");
    watcher.stalled = true;
    device("00 00 0001 0000 0000 0004 0001 00000000 e01c0300");
    says(REQUEST);
    io_simulated_advance(29000);
    assert_false(watcher.over);
    io_simulated_advance(3001);
    assert_true(watcher.over && !watcher.ok);
    assert_int_equal(watcher.err.code, ERROR_TIMEOUT);
    mps_follow_over(follow);
    end_watching();
}

static void one_that_takes_a_byte_now_and_then_may_stay(void **state)
{
    (void)state;
    begin_watching();
    watcher.stalled = true;
    device(UPDATE);
    says(REQUEST);
    for (unsigned i = 0; i < 10; i++) {
        io_simulated_advance(27000);
        watcher.taken++;
        assert_false(watcher.over);
    }
    io_simulated_advance(34001);
    assert_true(watcher.over && !watcher.ok);
    mps_follow_over(follow);
    end_watching();
}

/* Until it has logged in it is none of the session's watchers, and nothing is drawn for it. */
static void one_that_does_not_log_in_is_put_out(void **state)
{
    static const char *const starts[] = {"", "10 01 00 00 'KVMR'", LOGIN,
                                         LOGIN "40 00*7 'RFB 003.008' 0a 01"};
    (void)state;
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        connect_watcher();
        says(starts[i]);
        io_simulated_advance(29999);
        assert_false(watcher.over);
        assert_int_equal(mps_follow_watchers(follow), 0);
        assert_null(mps_follow_screen(follow));
        SAME(REQUEST);
        inserts("");
        io_simulated_advance(2);
        assert_true(watcher.over && !watcher.ok);
        assert_int_equal(watcher.err.code, ERROR_PROTOCOL);
        mps_follow_over(follow);
        end_watching();
    }
}

static void one_that_comes_when_the_session_is_over_is_told(void **state)
{
    (void)state;
    connect_watcher();
    mps_follow_over(follow);
    follow = NULL;
    assert_false(watcher.over);
    says(LOGIN OPENING);
    assert_true(watcher.over && !watcher.ok);
    assert_int_equal(watcher.err.code, ERROR_CONFLICT);
    end_watching();
}

static void only_watchers_count_as_such(void **state)
{
    (void)state;
    begin_watching();
    assert_int_equal(mps_follow_watchers(follow), 1);
    assert_true(mps_follow_add(follow, &onlooker)); /* a recording, say */
    assert_int_equal(mps_follow_watchers(follow), 1);
    watcher.gone = true;
    says("");
    assert_int_equal(mps_follow_watchers(follow), 0);
    mps_follow_over(follow);
    end_watching();
}

static void the_end_of_the_session_frees_one_that_stalls(void **state)
{
    (void)state;
    begin_watching();
    watcher.stalled = true;
    device("00 00 0001 0000 0000 0004 0001 00000000 e01c0300");
    io_simulated_run();
    mps_follow_over(follow);
    io_simulated_run();
    assert_true(watcher.over && watcher.ok);
    end_watching();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_changed_while_nobody_looks_on),
        cmocka_unit_test(the_first_onlooker_makes_one_request_a_full_one),
        cmocka_unit_test(an_onlooker_need_not_wait_for_a_change),
        cmocka_unit_test(nothing_is_inserted_into_a_message),
        cmocka_unit_test(a_request_that_was_half_gone_is_followed_by_one_for_everything),
        cmocka_unit_test(nothing_is_inserted_when_the_screen_changes_first),
        cmocka_unit_test(nothing_is_inserted_for_one_who_has_left),
        cmocka_unit_test(a_device_that_counts_requests_is_sent_one_more_at_most),
        cmocka_unit_test(one_update_too_many_is_no_counting),
        cmocka_unit_test(a_part_of_a_cut_text_is_no_request),
        cmocka_unit_test(a_session_that_is_not_understood_goes_on_unseen),
        cmocka_unit_test(an_onlooker_may_be_told_the_two_ends_apart),
        cmocka_unit_test(onlookers_may_leave_when_they_are_told_something),
        cmocka_unit_test(a_watcher_sees_what_the_browser_sees),
        cmocka_unit_test(a_watcher_that_leaves_is_forgotten),
        cmocka_unit_test(one_that_breaks_the_rules_is_put_out),
        cmocka_unit_test(one_that_stalls_misses_pictures_and_holds_nothing_up),
        cmocka_unit_test(one_that_takes_a_byte_now_and_then_may_stay),
        cmocka_unit_test(one_that_does_not_log_in_is_put_out),
        cmocka_unit_test(one_that_comes_when_the_session_is_over_is_told),
        cmocka_unit_test(only_watchers_count_as_such),
        cmocka_unit_test(the_end_of_the_session_frees_one_that_stalls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
