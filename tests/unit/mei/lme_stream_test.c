/* Channels of LME as streams: windows, pieces, several at once (spec rpc 3.3). */
#include "engine.h"

#include "io/fiber.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT       4096
#define ONE(script) (engine_script *const[]){script}, 1

static struct io_stream *open_stream(struct mei_lme *lme)
{
    struct error err = {0};
    struct io_stream *stream = mei_lme_open_stream(lme, 16992, &err);
    assert_string_equal(err.text, "");
    return stream;
}

static void says(struct io_stream *stream, const char *text)
{
    struct error err = {0};
    assert_true(io_stream_write(stream, slice_of_string(text), &err));
}

static void hears(struct io_stream *stream, const char *text)
{
    struct error err = {0};
    char bytes[64];
    size_t wanted = strlen(text);
    assert_true(wanted < sizeof bytes);
    for (size_t at = 0; at < wanted;) {
        size_t got = 0;
        assert_true(io_stream_read(stream, bytes + at, wanted - at, &got, &err));
        assert_true(got > 0);
        at += got;
    }
    assert_memory_equal(bytes, text, wanted);
}

static void hears_the_end(struct io_stream *stream)
{
    struct error err = {0};
    char byte;
    size_t got = 1;
    assert_true(io_stream_read(stream, &byte, 1, &got, &err));
    assert_int_equal(got, 0);
}

/* ---- a request and its answer ---- */

static void answers(struct engine *engine)
{
    engine_begin(engine);
    engine_open(engine, "00000004", "00000000 00001000");
    engine_expect(engine, "5e 00000000 00000005 'hello'");
    engine_say(engine, "5d 00000000 00000005");
    engine_say(engine, "5e 00000004 00000005 'world' 61 00000004"); /* as with Connection: close */
    engine_expect(engine, "61 00000000");
    engine_open(engine, "00000005", "00000000 00001000"); /* over the same session */
    engine_expect(engine, "61 00000000");
    engine_expect_end(engine);
}

static void request(void)
{
    struct error err = {0};
    struct engine *engine = engine_new(LIMIT, ONE(answers));
    struct mei_lme *lme = engine_lme(engine);
    struct io_stream *stream = open_stream(lme);
    says(stream, "hello");
    hears(stream, "world");
    hears_the_end(stream);
    hears_the_end(stream);
    assert_false(io_stream_write(stream, SLICE_LITERAL("more"), &err));
    assert_int_equal(err.code, ERROR_CONNECTION);
    io_stream_close(stream);
    io_stream_close(open_stream(lme));
    mei_lme_close(lme);
    assert_int_equal(engine_opened(engine), 1);
    engine_over(engine);
}

static void requests_share_a_session(void **state)
{
    (void)state;
    engine_run(request);
}

/* ---- windows ---- */

static void takes_little(struct engine *engine)
{
    engine_begin(engine);
    engine_open(engine, "00000004", "00000003 00000004");
    engine_expect(engine, "5e 00000003 00000004 'abcd'");
    engine_say(engine, "5d 00000003 00000001"); /* somebody else's channel */
    engine_say(engine, "5d 00000004 00000001");
    engine_expect(engine, "5e 00000003 00000001 'e'");
    engine_say(engine, "5d 00000004 00000002 5d 00000004 00000000 5d 00000004 00000064");
    engine_expect(engine, "5e 00000003 00000005 'fghij'");
    engine_say(engine, "5e 00000004 00000002 'ok'");
    engine_expect(engine, "5d 00000003 00000002");
    engine_expect(engine, "61 00000003");
    engine_expect_end(engine);
}

static void small_window(void)
{
    struct engine *engine = engine_new(LIMIT, ONE(takes_little));
    struct mei_lme *lme = engine_lme(engine);
    struct io_stream *stream = open_stream(lme);
    says(stream, "abcdefghij");
    hears(stream, "ok");
    io_stream_close(stream);
    mei_lme_close(lme);
    engine_over(engine);
}

static void no_more_is_sent_than_the_window_has(void **state)
{
    (void)state;
    engine_run(small_window);
}

static void carries_little(struct engine *engine)
{
    engine_begin(engine);
    engine_open(engine, "00000004", "00000001 00010000");
    engine_expect(engine, "5e 00000001 000000bf 61*191"); /* 200 with the header */
    engine_expect(engine, "5e 00000001 000000bf 61*191");
    engine_expect(engine, "5e 00000001 00000012 61*18");
    engine_expect(engine, "61 00000001");
    engine_expect_end(engine);
}

static void small_messages(void)
{
    char text[401];
    struct engine *engine = engine_new(200, ONE(carries_little));
    struct mei_lme *lme = engine_lme(engine);
    struct io_stream *stream = open_stream(lme);
    memset(text, 'a', 400);
    text[400] = '\0';
    says(stream, text);
    io_stream_close(stream);
    mei_lme_close(lme);
    engine_over(engine);
}

static void data_is_cut_to_what_the_client_carries(void **state)
{
    (void)state;
    engine_run(small_messages);
}

static void floods(struct engine *engine)
{
    engine_begin(engine);
    engine_open(engine, "00000004", "00000001 00001000");
    engine_say(engine, "5e 00000004 00000800 62*2048");
    engine_say(engine, "5e 00000004 00000800 62*2048"); /* all of the window */
    engine_expect(engine, "5d 00000001 00000800");      /* half of it read */
    engine_say(engine, "5e 00000004 00000800 62*2048");
    engine_expect(engine, "5d 00000001 00000800");
    engine_expect(engine, "5d 00000001 00000800");
    engine_expect(engine, "61 00000001");
    engine_expect_end(engine);
}

static void slow_reader(void)
{
    struct error err = {0};
    struct engine *engine = engine_new(LIMIT, ONE(floods));
    struct mei_lme *lme = engine_lme(engine);
    struct io_stream *stream = open_stream(lme);
    uint8_t bytes[512];
    for (size_t at = 0; at < 3 * 2048;) {
        size_t got = 0;
        assert_true(io_stream_read(stream, bytes, sizeof bytes, &got, &err));
        assert_true(got > 0);
        assert_int_equal(bytes[got - 1], 'b');
        at += got;
    }
    io_stream_close(stream);
    mei_lme_close(lme);
    engine_over(engine);
}

static void credit_goes_back_as_it_is_read(void **state)
{
    (void)state;
    engine_run(slow_reader);
}

/* ---- several ---- */

static void mixes(struct engine *engine)
{
    engine_begin(engine);
    engine_open(engine, "00000004", "00000000 00000010");
    engine_open(engine, "00000005", "00000001 00000010");
    engine_open(engine, "00000006", "00000002 00000010");
    engine_expect(engine, "5e 00000000 00000003 'one'");
    engine_expect(engine, "5e 00000001 00000003 'two'");
    engine_expect(engine, "5e 00000002 00000005 'three'");
    /* In one message of the client, in another order, the second one cut. */
    engine_say(engine, "5e 00000006 00000001 '3' 5e 00000005 00000002 '2'");
    engine_expect(engine, "5d 00000002 00000001");
    engine_say(engine, "'2' 61 00000000"); /* and a CLOSE that is stale: of no channel of ours */
    engine_say(engine, "5e 00000004 00000001 '1'");
    engine_expect(engine, "5d 00000001 00000001");
    engine_expect(engine, "5d 00000001 00000001");
    engine_expect(engine, "5d 00000000 00000001");
    engine_expect(engine, "61 00000000");
    engine_expect(engine, "61 00000001");
    engine_expect(engine, "61 00000002");
    engine_expect_end(engine);
}

static void several(void)
{
    struct engine *engine = engine_new(LIMIT, ONE(mixes));
    struct mei_lme *lme = engine_lme(engine);
    struct io_stream *one = open_stream(lme);
    struct io_stream *two = open_stream(lme);
    struct io_stream *three = open_stream(lme);
    says(one, "one");
    says(two, "two");
    says(three, "three");
    hears(three, "3");
    hears(two, "22");
    hears(one, "1");
    io_stream_close(one);
    io_stream_close(two);
    io_stream_close(three);
    mei_lme_close(lme);
    engine_over(engine);
}

static void several_channels_are_open_at_once(void **state)
{
    (void)state;
    engine_run(several);
}

static void waits_for_the_end(struct engine *engine)
{
    engine_begin(engine);
    engine_open(engine, "00000004", "00000000 00000010");
    engine_expect_end(engine);
}

static void outlived(void)
{
    struct error err = {0};
    struct engine *engine = engine_new(LIMIT, ONE(waits_for_the_end));
    struct mei_lme *lme = engine_lme(engine);
    struct io_stream *stream = open_stream(lme);
    char byte;
    size_t got;
    mei_lme_close(lme);
    assert_false(io_stream_read(stream, &byte, 1, &got, &err));
    assert_int_equal(err.code, ERROR_CONNECTION);
    assert_false(io_stream_write(stream, SLICE_LITERAL("x"), &err));
    io_stream_close(stream);
    engine_over(engine);
}

static void a_stream_that_outlives_the_session_is_dead(void **state)
{
    (void)state;
    engine_run(outlived);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_share_a_session),
        cmocka_unit_test(no_more_is_sent_than_the_window_has),
        cmocka_unit_test(data_is_cut_to_what_the_client_carries),
        cmocka_unit_test(credit_goes_back_as_it_is_read),
        cmocka_unit_test(several_channels_are_open_at_once),
        cmocka_unit_test(a_stream_that_outlives_the_session_is_dead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
