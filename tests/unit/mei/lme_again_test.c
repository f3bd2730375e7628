/* What firmware withdraws or refuses for now is tried again (spec rpc 3.3, device-protocols 1.4).
 */
#include "engine.h"

#include "io/fiber.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT       4096
#define ONE(script) (engine_script *const[]){script}, 1

#define HOST_OPENS(id, origin)                                                              \
    "5a 0000000f 'forwarded-tcpip' " id " 00001000 ffffffff 00000009 '127.0.0.1' 00004260 " \
    "00000009 '127.0.0.1' " origin

static void opens_after(engine_script *script)
{
    struct error err = {0};
    struct engine *engine = engine_new(LIMIT, (engine_script *const[]){script}, 1);
    struct mei_lme *lme = engine_lme(engine);
    struct io_stream *stream = mei_lme_open_stream(lme, 16992, &err);
    assert_string_equal(err.text, "");
    io_stream_close(stream);
    mei_lme_close(lme);
    engine_over(engine);
}

static void fails_after(engine_script *script, enum error_code code, const char *text)
{
    struct error err = {0};
    struct engine *engine = engine_new(LIMIT, (engine_script *const[]){script}, 1);
    struct mei_lme *lme = engine_lme(engine);
    uint64_t outer = io_deadline_within(400);
    assert_null(mei_lme_open_stream(lme, 16992, &err));
    io_deadline_restore(outer);
    assert_int_equal(err.code, code);
    if (strstr(err.text, text) == NULL)
        fail_msg("\"%s\" instead of \"%s\"", err.text, text);
    mei_lme_close(lme);
    engine_over(engine);
}

/* ---- withdrawn ---- */

static void withdraws_and_offers(struct engine *engine)
{
    engine_begin(engine);
    /* As AMT 16 does when it is idle: withdrawn while the host opens, which is refused for it. */
    engine_expect(engine, HOST_OPENS("00000004", "00000404"));
    engine_say(engine, WIRE_CANCEL(WIRE_16992));
    engine_expect(engine, "51");
    engine_say(engine, "5c 00000004 00000001 00*8");
    engine_say(engine, ENGINE_FORWARD_16992);
    engine_expect(engine, "51 00004260");
    engine_open(engine, "00000005", "00000000 00000010");
    engine_expect(engine, "61 00000000");
    engine_expect_end(engine);
}

static void withdrawn(void)
{
    opens_after(withdraws_and_offers);
}

static void a_port_that_is_withdrawn_comes_back(void **state)
{
    (void)state;
    engine_run(withdrawn);
}

static void withdraws_for_good(struct engine *engine)
{
    engine_begin(engine);
    engine_expect(engine, HOST_OPENS("00000004", "00000404"));
    engine_say(engine, WIRE_CANCEL(WIRE_16992) "5c 00000004 00000001 00*8");
    engine_expect(engine, "51");
    engine_expect_end(engine);
}

static void gone(void)
{
    fails_after(withdraws_for_good, ERROR_TIMEOUT, "");
}

static void one_that_stays_away_ends_with_the_deadline(void **state)
{
    (void)state;
    engine_run(gone);
}

/* ---- refused ---- */

static void refuses_twice(struct engine *engine)
{
    engine_begin(engine);
    engine_expect(engine, HOST_OPENS("00000004", "00000404"));
    engine_say(engine, "5c 00000004 00000001 00*8");
    engine_expect(engine, HOST_OPENS("00000005", "00000405"));
    engine_say(engine, "5c 00000005 00000004 00*8");
    engine_open(engine, "00000006", "00000000 00000010");
    engine_expect(engine, "61 00000000");
    engine_expect_end(engine);
}

static void refused(void)
{
    opens_after(refuses_twice);
}

static void a_refusal_that_passes_is_tried_again(void **state)
{
    (void)state;
    engine_run(refused);
}

static void refuses_for_good(struct engine *engine)
{
    engine_begin(engine);
    engine_expect(engine, HOST_OPENS("00000004", "00000404"));
    engine_say(engine, "5c 00000004 00000002 00*8");
    engine_expect_end(engine);
}

static void refused_for_good(void)
{
    fails_after(refuses_for_good, ERROR_CONNECTION, "connect failed (2)");
}

static void one_that_stays_is_not(void **state)
{
    (void)state;
    engine_run(refused_for_good);
}

/* ---- the pool ---- */

static void has_eight(struct engine *engine)
{
    engine_begin(engine);
    for (unsigned i = 0; i < 8; i++) {
        char id[16];
        char answer[32];
        (void)snprintf(id, sizeof id, "%08x", 4 + i);
        (void)snprintf(answer, sizeof answer, "%08x 00000010", i);
        engine_open(engine, id, answer);
    }
    engine_say(engine, "61 00000006");
    engine_expect(engine, "61 00000002");
    engine_open(engine, "0000000c", "00000002 00000010");
    for (unsigned i = 0; i < 8; i++) {
        uint8_t close[5];
        engine_check(engine, engine_take(engine, close, sizeof close) == 5 && close[0] == 97,
                     "no CLOSE");
    }
    engine_expect_end(engine);
}

static void nine(void)
{
    struct error err = {0};
    struct engine *engine = engine_new(LIMIT, ONE(has_eight));
    struct mei_lme *lme = engine_lme(engine);
    struct io_stream *streams[9];
    for (int i = 0; i < 9; i++) {
        streams[i] = mei_lme_open_stream(lme, 16992, &err);
        assert_string_equal(err.text, "");
    }
    for (int i = 0; i < 9; i++)
        io_stream_close(streams[i]);
    mei_lme_close(lme);
    engine_over(engine);
}

static void a_ninth_channel_waits_for_one_of_the_eight(void **state)
{
    (void)state;
    engine_run(nine);
}

static void confirms_late(struct engine *engine)
{
    engine_begin(engine);
    engine_expect(engine, HOST_OPENS("00000004", "00000404"));
    engine_expect(engine, HOST_OPENS("00000005", "00000405")); /* the host has given up by now */
    engine_say(engine, "5b 00000004 00000000 00000010 ffffffff");
    engine_expect(engine, "61 00000000"); /* not leaked */
    engine_say(engine, "61 00000004");
    engine_say(engine, "5b 00000005 00000001 00000010 ffffffff");
    engine_expect(engine, "61 00000001");
    engine_expect_end(engine);
}

static void given_up(void)
{
    struct error err = {0};
    struct engine *engine = engine_new(LIMIT, ONE(confirms_late));
    struct mei_lme *lme = engine_lme(engine);
    uint64_t outer = io_deadline_within(50);
    assert_null(mei_lme_open_stream(lme, 16992, &err));
    io_deadline_restore(outer);
    assert_int_equal(err.code, ERROR_TIMEOUT);
    error_clear(&err);
    struct io_stream *stream = mei_lme_open_stream(lme, 16992, &err);
    assert_string_equal(err.text, "");
    io_stream_close(stream);
    mei_lme_close(lme);
    engine_over(engine);
}

static void a_channel_that_comes_too_late_is_closed(void **state)
{
    (void)state;
    engine_run(given_up);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_port_that_is_withdrawn_comes_back),
        cmocka_unit_test(one_that_stays_away_ends_with_the_deadline),
        cmocka_unit_test(a_refusal_that_passes_is_tried_again),
        cmocka_unit_test(one_that_stays_is_not),
        cmocka_unit_test(a_ninth_channel_waits_for_one_of_the_eight),
        cmocka_unit_test(a_channel_that_comes_too_late_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
