/* Channels that the ME opens: its alerts (spec device-protocols 1.4). */
#include "engine.h"

#include "io/fiber.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT 4096

#define ME_OPENS(port, window)                                                      \
    "5a 0000000c 'direct-tcpip' 00000007 " window " ffffffff 00000009 'localhost' " \
    "0000" port " 00000009 'localhost' 00000000 "

#define EVENT "<e><a:MessageID>uuid:7&amp;8</a:MessageID><b>power</b></e>"

static void post(struct engine *engine, const char *body, const char *more)
{
    char text[1024];
    struct buffer message;
    int size = snprintf(text, sizeof text,
                        "POST / HTTP/1.1\r\nHost: localhost:0\r\n"
                        "User-Agent: Intel(R) AMT Agent\r\nContent-Length: %zu\r\n%s\r\n%s",
                        strlen(body), more, body);
    buffer_init(&message, 2000);
    wire_put(&message, "5e 00000004");
    buffer_put_u32_be(&message, (uint32_t)size);
    buffer_put(&message, slice_of(text, (size_t)size));
    engine_put(engine, buffer_slice(&message));
    wire_put(&message, "5d 00000007");
    buffer_put_u32_be(&message, (uint32_t)size);
    uint8_t credit[9];
    engine_check(engine, engine_take(engine, credit, sizeof credit) == 9, "no credit");
    engine_check(engine, memcmp(credit, message.bytes + message.end - 9, 9) == 0, "other credit");
    buffer_fini(&message);
}

/* Reads messages of data until the end of an envelope. */
static void expect_reply(struct engine *engine)
{
    char text[2000] = "";
    size_t at = 0;
    while (!engine_failed(engine) && strstr(text, "</s:Envelope>") == NULL) {
        uint8_t message[1100];
        size_t size = engine_take(engine, message, sizeof message);
        engine_check(engine, size > 9 && message[0] == 94 && message[4] == 7, "no data");
        if (engine_failed(engine))
            return;
        memcpy(text + at, message + 9, size - 9);
        at += size - 9;
        if (strstr(text, "</s:Envelope>") == NULL)
            engine_say(engine, "5d 00000004 00000400");
    }
    engine_check(engine, strncmp(text, "HTTP/1.1 200 OK\r\n", 17) == 0, text);
    engine_check(engine, strstr(text, "<a:RelatesTo>uuid:7&amp;8</a:RelatesTo>") != NULL, text);
    engine_check(engine, strstr(text, "/wsman/Ack</a:Action>") != NULL, text);
}

static void tells_twice(struct engine *engine)
{
    engine_begin(engine);
    engine_say(engine, ME_OPENS("0000", "00000400"));
    engine_expect(engine, "5b 00000007 00000004 00001000 ffffffff");
    post(engine, EVENT, "");
    expect_reply(engine);
    engine_say(engine, "5d 00000004 00000400");
    post(engine, EVENT, "Connection: close\r\n");
    expect_reply(engine);
    engine_expect(engine, "61 00000007");
    engine_got_far(engine);
    engine_open(engine, "00000005", "00000000 00000010");
    engine_expect(engine, "61 00000000");
    engine_expect_end(engine);
}

/* Keeps the session until the engine is through, which then takes one channel. */
static void hears(engine_script *script, const char *alerts)
{
    struct error err = {0};
    struct engine *engine = engine_new(LIMIT, (engine_script *const[]){script}, 1);
    struct mei_lme *lme = engine_lme(engine);
    engine_await(engine);
    struct io_stream *stream = mei_lme_open_stream(lme, 16992, &err);
    assert_string_equal(err.text, "");
    io_stream_close(stream);
    mei_lme_close(lme);
    assert_string_equal(engine_alerts(engine), alerts);
    engine_over(engine);
}

static void told_twice(void)
{
    hears(tells_twice, EVENT "\n" EVENT "\n");
}

static void alerts_are_told_and_acknowledged(void **state)
{
    (void)state;
    engine_run(told_twice);
}

static void tells_with_small_window(struct engine *engine)
{
    engine_begin(engine);
    engine_say(engine, ME_OPENS("0000", "00000020"));
    engine_expect(engine, "5b 00000007 00000004 00001000 ffffffff");
    post(engine, EVENT, "");
    expect_reply(engine);
    engine_say(engine, "61 00000004");
    engine_expect(engine, "61 00000007");
    engine_got_far(engine);
    engine_open(engine, "00000005", "00000000 00000010");
    engine_expect(engine, "61 00000000");
    engine_expect_end(engine);
}

static void told_slowly(void)
{
    hears(tells_with_small_window, EVENT "\n");
}

static void the_answer_waits_for_credit(void **state)
{
    (void)state;
    engine_run(told_slowly);
}

static void talks_nonsense(struct engine *engine)
{
    engine_begin(engine);
    engine_say(engine, ME_OPENS("0050", "00000400")); /* some other port */
    engine_expect(engine, "5c 00000007 00000001 00*8");
    engine_say(engine, ME_OPENS("0000", "00000400"));
    engine_expect(engine, "5b 00000007 00000005 00001000 ffffffff");
    engine_say(engine, "5e 00000005 00000004 00*4");
    engine_expect(engine, "5d 00000007 00000004");
    engine_expect(engine, "61 00000007");
    engine_got_far(engine);
    engine_open(engine, "00000006", "00000000 00000010");
    engine_expect(engine, "61 00000000");
    engine_expect_end(engine);
}

static void nonsense(void)
{
    hears(talks_nonsense, "");
}

static void what_is_no_alert_is_hung_up_on(void **state)
{
    (void)state;
    engine_run(nonsense);
}

static void leaves_one_open(struct engine *engine)
{
    engine_begin(engine);
    engine_say(engine, ME_OPENS("0000", "00000400"));
    engine_expect(engine, "5b 00000007 00000004 00001000 ffffffff");
    engine_say(engine, "5e 00000004 00000004 'POST'");
    engine_expect(engine, "5d 00000007 00000004");
    engine_got_far(engine);
    engine_open(engine, "00000005", "00000000 00000010");
    engine_expect(engine, "61 00000000");
    engine_expect_end(engine);
}

static void left_open(void)
{
    hears(leaves_one_open, "");
}

static void one_that_is_cut_short_is_forgotten(void **state)
{
    (void)state;
    engine_run(left_open);
}

static void is_refused(struct engine *engine)
{
    engine_begin(engine);
    engine_say(engine, ME_OPENS("0000", "00000400"));
    engine_expect(engine, "5c 00000007 00000001 00*8");
    engine_got_far(engine);
    engine_expect_end(engine);
}

static void nobody_listens(void)
{
    struct error err = {0};
    struct engine *engine = engine_new(LIMIT, (engine_script *const[]){is_refused}, 1);
    struct mei_lme_options options = engine_options(engine);
    options.alert = NULL;
    struct mei_lme *lme = mei_lme_open(&options, &err);
    assert_non_null(lme);
    engine_await(engine);
    mei_lme_close(lme);
    engine_over(engine);
}

static void without_a_listener_they_are_refused(void **state)
{
    (void)state;
    engine_run(nobody_listens);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alerts_are_told_and_acknowledged),
        cmocka_unit_test(the_answer_waits_for_credit),
        cmocka_unit_test(what_is_no_alert_is_hung_up_on),
        cmocka_unit_test(one_that_is_cut_short_is_forgotten),
        cmocka_unit_test(without_a_listener_they_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
