/* The ME is reset, or ends its session (spec rpc 2.1, device-protocols 1.4). */
#include "engine.h"

#include "io/fiber.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT 4096

static void resets_with_a_request(struct engine *engine)
{
    engine_begin(engine);
    engine_open(engine, "00000004", "00000000 00000010");
    engine_expect(engine, "5e 00000000 00000003 'get'");
}

static void serves(struct engine *engine)
{
    engine_begin(engine);
    engine_open(engine, "00000004", "00000000 00000010");
    engine_expect(engine, "61 00000000");
    engine_expect_end(engine);
}

static struct io_stream *open_stream(struct mei_lme *lme)
{
    struct error err = {0};
    struct io_stream *stream = mei_lme_open_stream(lme, 16992, &err);
    assert_string_equal(err.text, "");
    return stream;
}

/* A stream that was open ends, and the next one works. */
static void ends_and_begins(engine_script *first, const char *why)
{
    struct error err = {0};
    char byte;
    size_t got;
    struct engine *engine = engine_new(LIMIT, (engine_script *const[]){first, serves}, 2);
    struct mei_lme *lme = engine_lme(engine);
    struct io_stream *stream = open_stream(lme);
    assert_true(io_stream_write(stream, SLICE_LITERAL("get"), &err));
    assert_false(io_stream_read(stream, &byte, 1, &got, &err));
    assert_int_equal(err.code, ERROR_CONNECTION);
    if (strstr(err.text, why) == NULL)
        fail_msg("\"%s\" instead of \"%s\"", err.text, why);
    struct io_stream *next = open_stream(lme);
    assert_int_equal(engine_opened(engine), 2);
    io_stream_close(stream); /* of a session that is gone */
    io_stream_close(next);
    mei_lme_close(lme);
    engine_over(engine);
}

static void reset(void)
{
    ends_and_begins(resets_with_a_request, "");
}

static void a_reset_ends_streams_and_the_next_begins_anew(void **state)
{
    (void)state;
    engine_run(reset);
}

static void disconnects(struct engine *engine)
{
    resets_with_a_request(engine);
    engine_say(engine, "01 0000000b 0000");
    engine_expect_end(engine);
}

static void ended(void)
{
    ends_and_begins(disconnects, "by application (11)");
}

static void a_disconnect_is_no_more_than_that(void **state)
{
    (void)state;
    engine_run(ended);
}

static void errs(struct engine *engine)
{
    resets_with_a_request(engine);
    engine_say(engine, "07");
    engine_expect(engine, "01 00000002 0000");
    engine_expect_end(engine);
}

static void erred(void)
{
    struct error err = {0};
    char byte;
    size_t got;
    struct engine *engine = engine_new(LIMIT, (engine_script *const[]){errs, serves}, 2);
    struct mei_lme *lme = engine_lme(engine);
    struct io_stream *stream = open_stream(lme);
    assert_true(io_stream_write(stream, SLICE_LITERAL("get"), &err));
    assert_false(io_stream_read(stream, &byte, 1, &got, &err));
    assert_int_equal(err.code, ERROR_PROTOCOL);
    io_stream_close(stream);
    io_stream_close(open_stream(lme));
    mei_lme_close(lme);
    engine_over(engine);
}

static void what_is_no_message_ends_the_session(void **state)
{
    (void)state;
    engine_run(erred);
}

static void begins_anew(struct engine *engine)
{
    resets_with_a_request(engine);
    engine_say(engine, ENGINE_VERSION WIRE_SERVICE_PFWD);
    engine_expect(engine, ENGINE_HOST_VERSION);
    engine_expect(engine, WIRE_ACCEPT_PFWD);
    engine_say(engine, ENGINE_FORWARD_16992);
    engine_expect(engine, "51 00004260");
    engine_open(engine, "00000005", "00000000 00000010");
    engine_expect(engine, "61 00000000");
    engine_expect_end(engine);
}

static void anew(void)
{
    struct error err = {0};
    char byte;
    size_t got;
    struct engine *engine = engine_new(LIMIT, (engine_script *const[]){begins_anew}, 1);
    struct mei_lme *lme = engine_lme(engine);
    struct io_stream *stream = open_stream(lme);
    assert_true(io_stream_write(stream, SLICE_LITERAL("get"), &err));
    assert_false(io_stream_read(stream, &byte, 1, &got, &err));
    assert_int_equal(err.code, ERROR_CONNECTION);
    io_stream_close(stream);
    io_stream_close(open_stream(lme));
    mei_lme_close(lme);
    assert_int_equal(engine_opened(engine), 1);
    engine_over(engine);
}

static void the_me_may_begin_anew_over_the_same_client(void **state)
{
    (void)state;
    engine_run(anew);
}

static void resets_while_opening(struct engine *engine)
{
    uint8_t bytes[200];
    engine_begin(engine);
    (void)engine_take(engine, bytes, sizeof bytes);
}

static void reset_while_opening(void)
{
    struct engine *engine =
        engine_new(LIMIT, (engine_script *const[]){resets_while_opening, serves}, 2);
    struct mei_lme *lme = engine_lme(engine);
    io_stream_close(open_stream(lme));
    mei_lme_close(lme);
    engine_over(engine);
}

static void a_channel_survives_a_reset_while_it_opens(void **state)
{
    (void)state;
    engine_run(reset_while_opening);
}

static void serves_two(struct engine *engine)
{
    engine_begin(engine);
    engine_open(engine, "00000004", "00000000 00000010");
    engine_open(engine, "00000005", "00000001 00000010");
    for (int i = 0; i < 2; i++) { /* whoever was first */
        uint8_t close[5];
        engine_check(engine, engine_take(engine, close, sizeof close) == 5 && close[0] == 97,
                     "no CLOSE");
    }
    engine_expect_end(engine);
}

struct opener {
    struct mei_lme *lme;
    struct io_stream *stream;
    struct error err;
};

static void open_one(void *arg)
{
    struct opener *opener = arg;
    opener->stream = mei_lme_open_stream(opener->lme, 16992, &opener->err);
}

static void two_after_a_reset(void)
{
    struct error err = {0};
    char byte;
    size_t got;
    struct engine *engine =
        engine_new(LIMIT, (engine_script *const[]){resets_with_a_request, serves_two}, 2);
    struct mei_lme *lme = engine_lme(engine);
    struct io_stream *stream = open_stream(lme);
    assert_true(io_stream_write(stream, SLICE_LITERAL("get"), &err));
    assert_false(io_stream_read(stream, &byte, 1, &got, &err));
    io_stream_close(stream);
    struct opener openers[2] = {{.lme = lme}, {.lme = lme}};
    struct io_task tasks[2] = {0};
    assert_true(io_task_start(&tasks[0], open_one, &openers[0], &err));
    assert_true(io_sleep(0, &err)); /* the first one is about to make the session anew */
    assert_true(io_task_start(&tasks[1], open_one, &openers[1], &err));
    for (int i = 0; i < 2; i++) {
        io_task_join(&tasks[i]);
        assert_string_equal(openers[i].err.text, "");
        assert_non_null(openers[i].stream);
    }
    for (int i = 0; i < 2; i++)
        io_stream_close(openers[i].stream);
    mei_lme_close(lme);
    assert_int_equal(engine_opened(engine), 2);
    engine_over(engine);
}

static void all_who_come_after_a_reset_wait_for_one_session(void **state)
{
    (void)state;
    engine_run(two_after_a_reset);
}

static void resets_only(void)
{
    struct error err = {0};
    struct engine *engine = engine_new(
        LIMIT, (engine_script *const[]){resets_while_opening, resets_while_opening, serves}, 3);
    struct mei_lme *lme = engine_lme(engine);
    assert_null(mei_lme_open_stream(lme, 16992, &err));
    assert_int_equal(err.code, ERROR_CONNECTION);
    assert_int_equal(engine_opened(engine), 2);
    io_stream_close(open_stream(lme)); /* whoever comes next may try */
    mei_lme_close(lme);
    engine_over(engine);
}

static void but_not_two(void **state)
{
    (void)state;
    engine_run(resets_only);
}

static void engine_gone(void)
{
    struct error err = {0};
    struct engine *engine = engine_new(LIMIT, (engine_script *const[]){resets_while_opening}, 1);
    struct mei_lme *lme = engine_lme(engine);
    assert_null(mei_lme_open_stream(lme, 16992, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_string_equal(err.text, "after the ME's reset: the engine is gone");
    assert_null(mei_lme_open_stream(lme, 16992, &err));
    assert_false(mei_lme_offers(lme, 16992));
    mei_lme_close(lme);
    engine_over(engine);
}

static void an_engine_that_stays_away_is_an_error(void **state)
{
    (void)state;
    engine_run(engine_gone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reset_ends_streams_and_the_next_begins_anew),
        cmocka_unit_test(a_disconnect_is_no_more_than_that),
        cmocka_unit_test(what_is_no_message_ends_the_session),
        cmocka_unit_test(the_me_may_begin_anew_over_the_same_client),
        cmocka_unit_test(a_channel_survives_a_reset_while_it_opens),
        cmocka_unit_test(all_who_come_after_a_reset_wait_for_one_session),
        cmocka_unit_test(but_not_two),
        cmocka_unit_test(an_engine_that_stays_away_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
