/* How a session with the ME begins and ends (spec rpc 3.2, device-protocols 1.4). */
#include "engine.h"

#include "io/fiber.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT       4096
#define ONE(script) (engine_script *const[]){script}, 1

static void offers_one_port(struct engine *engine)
{
    engine_expect(engine, ENGINE_HOST_VERSION);
    engine_say(engine, ENGINE_VERSION);
    engine_say(engine, WIRE_SERVICE_PFWD);
    engine_expect(engine, WIRE_ACCEPT_PFWD);
    engine_say(engine, ENGINE_FORWARD_16992);
    engine_expect(engine, "51 00004260");
    engine_expect_end(engine); /* what the test does next */
}

static void ready_with_one(void)
{
    struct engine *engine = engine_new(LIMIT, ONE(offers_one_port));
    struct mei_lme *lme = engine_lme(engine);
    assert_true(mei_lme_offers(lme, 16992));
    assert_false(mei_lme_offers(lme, 16993));
    mei_lme_close(lme);
    engine_over(engine);
}

static void it_is_ready_with_the_first_port(void **state)
{
    (void)state;
    engine_run(ready_with_one);
}

static void offers_tls(struct engine *engine)
{
    engine_expect(engine, ENGINE_HOST_VERSION);
    engine_say(engine,
               ENGINE_VERSION WIRE_SERVICE_AUTH WIRE_USERAUTH WIRE_SERVICE_PFWD WIRE_FORWARD("0298")
                   WIRE_FORWARD("4261"));
    engine_expect(engine, WIRE_ACCEPT_AUTH);
    engine_expect(engine, "34");
    engine_expect(engine, WIRE_ACCEPT_PFWD);
    engine_expect(engine, "51 00000298");
    engine_expect(engine, "51 00004261");
    engine_expect_end(engine);
}

static void ready_with_tls(void)
{
    struct engine *engine = engine_new(LIMIT, ONE(offers_tls));
    struct mei_lme *lme = engine_lme(engine);
    assert_false(mei_lme_offers(lme, 16992));
    assert_true(mei_lme_offers(lme, 16993));
    mei_lme_close(lme);
    engine_over(engine);
}

static void messages_may_come_together_and_are_answered_one_by_one(void **state)
{
    (void)state;
    engine_run(ready_with_tls);
}

static void speaks_in_pieces(struct engine *engine)
{
    engine_expect(engine, ENGINE_HOST_VERSION);
    engine_say_in_pieces(engine, 7, ENGINE_VERSION WIRE_SERVICE_PFWD ENGINE_FORWARD_16992);
    engine_expect(engine, WIRE_ACCEPT_PFWD);
    engine_expect(engine, "51 00004260");
    engine_expect_end(engine);
}

static void ready_from_pieces(void)
{
    struct engine *engine = engine_new(LIMIT, ONE(speaks_in_pieces));
    mei_lme_close(engine_lme(engine));
    engine_over(engine);
}

static void messages_may_come_in_pieces(void **state)
{
    (void)state;
    engine_run(ready_from_pieces);
}

static void withdraws_one(struct engine *engine)
{
    engine_expect(engine, ENGINE_HOST_VERSION);
    /* A REQUEST_SUCCESS without a port, with others around it. */
    engine_say(engine,
               ENGINE_VERSION WIRE_FORWARD("4262") WIRE_CANCEL("4262") WIRE_CANCEL("4262")
                   WIRE_FORWARD("4263") WIRE_CANCEL("4263") "d0 00000007 " ENGINE_FORWARD_16992);
    engine_expect(engine, "51 00004262");
    engine_expect(engine, "51");
    engine_expect(engine, "52");
    engine_expect(engine, "51 00004263");
    engine_expect(engine, "51");
    engine_expect(engine, "d1 00000007");
    engine_expect(engine, "51 00004260");
    engine_open(engine, "00000004", "00000000 00001000");
    engine_expect(engine, "61 00000000");
    engine_expect_end(engine);
}

static void answers_one_by_one(void)
{
    struct error err = {0};
    struct engine *engine = engine_new(LIMIT, ONE(withdraws_one));
    struct mei_lme *lme = engine_lme(engine);
    struct io_stream *stream = mei_lme_open_stream(lme, 16992, &err);
    assert_string_equal(err.text, "");
    io_stream_close(stream);
    mei_lme_close(lme); /* not before the CLOSE has gone */
    engine_over(engine);
}

static void every_answer_is_a_message_of_its_own(void **state)
{
    (void)state;
    engine_run(answers_one_by_one);
}

static void says_nothing(struct engine *engine)
{
    engine_expect(engine, ENGINE_HOST_VERSION);
    engine_expect_end(engine);
}

static void only_its_version(struct engine *engine)
{
    engine_expect(engine, ENGINE_HOST_VERSION);
    engine_say(engine, ENGINE_VERSION WIRE_SERVICE_PFWD);
    engine_expect(engine, WIRE_ACCEPT_PFWD);
    engine_expect_end(engine);
}

static void another_version(struct engine *engine)
{
    engine_expect(engine, ENGINE_HOST_VERSION);
    engine_say(engine, "c0 00000002 00000000 000000fe 00*16 00*64");
    engine_expect(engine, "01 00000008 0000");
}

static void hangs_up(struct engine *engine)
{
    engine_expect(engine, ENGINE_HOST_VERSION);
}

static void fails_with(engine_script *script, enum error_code code, const char *text)
{
    struct error err = {0};
    struct engine *engine = engine_new(LIMIT, ONE(script));
    struct mei_lme_options options = engine_options(engine);
    uint64_t outer = io_deadline_within(300);
    assert_null(mei_lme_open(&options, &err));
    io_deadline_restore(outer);
    assert_int_equal(err.code, code);
    if (strstr(err.text, text) == NULL)
        fail_msg("\"%s\" instead of \"%s\"", err.text, text);
    engine_over(engine);
}

static void failures(void)
{
    fails_with(says_nothing, ERROR_TIMEOUT, "waiting for the ME on LME");
    fails_with(only_its_version, ERROR_TIMEOUT, "waiting for the ME on LME");
    fails_with(hangs_up, ERROR_CONNECTION, "");
}

static void an_engine_that_says_nothing_holds_nobody(void **state)
{
    (void)state;
    engine_run(failures);
}

static void wrong_version(void)
{
    struct error err = {0};
    struct engine *engine = engine_new(LIMIT, ONE(another_version));
    struct mei_lme_options options = engine_options(engine);
    assert_null(mei_lme_open(&options, &err));
    assert_int_equal(err.code, ERROR_PROTOCOL);
    assert_non_null(strstr(err.text, "major version 2"));
    engine_over(engine);
}

static void another_version_is_an_error(void **state)
{
    (void)state;
    engine_run(wrong_version);
}

static struct mei *held(void *context, struct error *err)
{
    (void)context;
    (void)error_set(err, ERROR_BUSY, "another program uses it");
    return NULL;
}

static void busy_client(void)
{
    struct error err = {0};
    const struct mei_lme_options options = {.open = held};
    assert_null(mei_lme_open(&options, &err));
    assert_int_equal(err.code, ERROR_BUSY);
    assert_string_equal(err.text, "another program uses it");
}

static void who_has_the_client_is_told(void **state)
{
    (void)state;
    engine_run(busy_client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_ready_with_the_first_port),
        cmocka_unit_test(messages_may_come_together_and_are_answered_one_by_one),
        cmocka_unit_test(messages_may_come_in_pieces),
        cmocka_unit_test(every_answer_is_a_message_of_its_own),
        cmocka_unit_test(an_engine_that_says_nothing_holds_nobody),
        cmocka_unit_test(another_version_is_an_error),
        cmocka_unit_test(who_has_the_client_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
