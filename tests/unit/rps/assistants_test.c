/* The Enterprise Assistant's connection (rps/assistants.h), on a simulated loop: the test is the
 * assistant, and its messages are those of the specification (rps 5.7). */
#include "io/fiber.h"
#include "io/simulated.h"
#include "rps/assistants.h"
#include "rps/enterprise_assistant.h"
#include "rps/rps_parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct io_address address;
static struct io_listener *listener;
static struct rps *rps;
static struct rps_session session;
static struct arena arena;
static const char *tenant;

static void accept_assistant(void *owner, struct io_conn *conn)
{
    (void)owner;
    struct rps_assistant *assistant = rps_assistant_new(rps, tenant, NULL);
    assert_non_null(assistant);
    rps_assistant_taken(assistant, io_conn_detach(conn), slice_of(NULL, 0));
}

static struct io_simulated_peer *connect_as(const char *whose)
{
    tenant = whose;
    struct io_simulated_peer *peer = io_simulated_dial(&address);
    io_simulated_run();
    assert_non_null(peer);
    return peer;
}

/* A text frame of a client, masked with zeros. */
static void say(struct io_simulated_peer *peer, const char *text)
{
    uint8_t frame[600] = {0x81};
    size_t size = strlen(text);
    size_t head = size < 126 ? 2 : 4;
    frame[1] = (uint8_t)(0x80 | (size < 126 ? size : 126));
    if (head == 4) {
        frame[2] = (uint8_t)(size >> 8);
        frame[3] = (uint8_t)size;
    }
    memcpy(frame + head + 4, text, size);
    io_simulated_send(peer, slice_of(frame, head + 4 + size));
    io_simulated_run();
}

/* What the peer got: one text frame of 126 to 65,535 bytes. */
static const char *heard(struct io_simulated_peer *peer)
{
    struct slice got = io_simulated_received(peer);
    assert_true(got.size > 4);
    assert_int_equal(got.data[0], 0x81);
    assert_int_equal(got.data[1], 126);
    assert_int_equal((size_t)got.data[2] << 8 | got.data[3], got.size - 4);
    return arena_string(&arena, slice_from(got, 4));
}

static struct {
    int protocol;
    bool over, ok;
    struct rps_assistant_answer answer;
    struct error err;
} work;

static void ask_profile(void *arg)
{
    (void)arg;
    work.ok = rps_assistant_profile(&session, &arena, work.protocol, &work.answer, &work.err);
    work.over = true;
}

static void ask(int protocol)
{
    memset(&work, 0, sizeof work);
    work.protocol = protocol;
    assert_true(io_fiber_start(ask_profile, NULL, NULL));
    io_simulated_run();
}

static void a_request_is_answered_by_its_node(void **state)
{
    (void)state;
    struct io_simulated_peer *peer = connect_as("t");
    assert_true(rps_assistant_is_there(&session));
    ask(2);
    assert_string_equal(
        heard(peer),
        "{\"action\":\"satellite\",\"subaction\":\"802.1x-ProFile-Request\",\"satelliteFlags\":2,"
        "\"nodeid\":\"N\",\"domain\":\"\",\"reqid\":\"\",\"authProtocol\":2,\"osname\":\"win11\","
        "\"devname\":\"PC-1\",\"icon\":1,\"cert\":null,\"certid\":null,\"ver\":\"\"}");
    say(peer, "not JSON");
    say(peer, "{\"nodeid\":\"M\",\"response\":{\"username\":\"other\"}}");
    assert_false(work.over);
    say(peer, "{\"nodeid\":\"N\",\"response\":{\"username\":\"u\",\"password\":\"p\",\"rootcert\":"
              "\"r\"}}");
    assert_true(work.over && work.ok);
    assert_true(slice_equal_string(work.answer.username, "u"));
    assert_true(slice_equal_string(work.answer.password, "p"));
    assert_true(slice_equal_string(work.answer.root_certificate, "r"));
}

static void an_answer_without_what_is_needed_is_refused(void **state)
{
    (void)state;
    struct io_simulated_peer *peer = connect_as("t");
    ask(2);
    say(peer, "{\"nodeid\":\"N\",\"response\":{\"username\":\"u\"}}");
    assert_true(work.over && !work.ok);
    assert_int_equal(work.err.code, ERROR_PROTOCOL);
    ask(0);
    say(peer, "{\"nodeid\":\"N\"}"); /* any answer will do (spec rps 5.7) */
    assert_true(work.over && work.ok);
}

static void silence_is_a_timeout(void **state)
{
    (void)state;
    (void)connect_as("t");
    ask(2);
    io_simulated_advance(12000);
    assert_true(work.over && !work.ok);
    assert_string_equal(work.err.text, "Enterprise Assistant Timeout");
}

static void each_tenant_has_its_own_and_the_newest_counts(void **state)
{
    (void)state;
    struct io_simulated_peer *other = connect_as("other");
    assert_false(rps_assistant_is_there(&session));
    ask(0);
    assert_true(work.over && !work.ok);
    assert_int_equal(work.err.code, ERROR_CONNECTION);
    struct io_simulated_peer *first = connect_as("t");
    struct io_simulated_peer *second = connect_as("t");
    ask(0);
    assert_int_equal(io_simulated_received(other).size, 0);
    assert_int_equal(io_simulated_received(first).size, 0);
    say(second, "{\"nodeid\":\"N\",\"response\":{}}");
    assert_true(work.over && work.ok);
}

/* What came last from the server is a Close frame. */
static bool is_sent_away(struct io_simulated_peer *peer)
{
    struct slice got = io_simulated_received(peer);
    return got.size >= 2 && got.data[0] == 0x88;
}

static void a_tenant_has_two_and_the_oldest_gives_way(void **state)
{
    (void)state;
    struct io_simulated_peer *other = connect_as("other");
    struct io_simulated_peer *oldest = connect_as("t");
    struct io_simulated_peer *older = connect_as("t");
    io_simulated_run();
    assert_false(is_sent_away(oldest));
    struct io_simulated_peer *newest = connect_as("t");
    io_simulated_run();
    assert_true(is_sent_away(oldest));
    assert_false(is_sent_away(older) || is_sent_away(newest) || is_sent_away(other));
    ask(0);
    say(newest, "{\"nodeid\":\"N\",\"response\":{}}");
    assert_true(work.over && work.ok);
}

static void one_tenant_cannot_take_the_places_of_all(void **state)
{
    (void)state;
    struct rps_assistant *coming[4];
    struct error err;
    for (size_t i = 0; i < 4; i++)
        assert_non_null(coming[i] = rps_assistant_new(rps, "greedy", NULL));
    assert_null(rps_assistant_new(rps, "greedy", &err));
    assert_int_equal(err.code, ERROR_BUSY);
    (void)connect_as("t");
    assert_true(rps_assistant_is_there(&session));
    for (size_t i = 0; i < 4; i++)
        rps_assistant_taken(coming[i], NULL, slice_of(NULL, 0));
    struct rps_assistant *again = rps_assistant_new(rps, "greedy", NULL);
    assert_non_null(again);
    rps_assistant_taken(again, NULL, slice_of(NULL, 0));
}

static void one_that_goes_ends_what_waits_for_it(void **state)
{
    (void)state;
    struct io_simulated_peer *peer = connect_as("t");
    ask(0);
    io_simulated_send(peer, SLICE_LITERAL("\x88\x80\x00\x00\x00\x00"));
    io_simulated_run();
    assert_true(work.over && !work.ok);
    assert_int_equal(work.err.code, ERROR_CONNECTION);
    assert_false(rps_assistant_is_there(&session));
}

static int begin(void **state)
{
    (void)state;
    static const struct rps_options options = {.version = "1"};
    struct io_loop *loop = io_simulated_start();
    arena_init(&arena);
    rps = rps_new(&options, 1, NULL);
    assert_non_null(rps);
    assert_true(rps_shard_attach(rps, 0, loop, NULL));
    assert_true(io_address_parse(SLICE_LITERAL("192.0.2.9:8082"), &address, NULL));
    listener = io_listen(loop, &address, &(struct io_listen_options){.connections_limit = 0},
                         accept_assistant, NULL, NULL);
    assert_non_null(listener);
    memset(&session, 0, sizeof session);
    session.shard = &rps->shards[0];
    arena_init(&session.arena);
    (void)snprintf(session.id, sizeof session.id, "N");
    session.request.host_name = SLICE_LITERAL("PC-1");
    session.request.tenant = SLICE_LITERAL("t");
    return 0;
}

static void stop(void *arg)
{
    (void)arg;
    rps_shard_stop(rps, 0);
}

static int end(void **state)
{
    (void)state;
    io_listener_close(listener);
    assert_true(io_fiber_start(stop, NULL, NULL));
    io_simulated_advance(1000);
    arena_fini(&session.arena);
    io_simulated_stop();
    rps_free(rps);
    arena_fini(&arena);
    return 0;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_request_is_answered_by_its_node),
        TEST(an_answer_without_what_is_needed_is_refused),
        TEST(silence_is_a_timeout),
        TEST(each_tenant_has_its_own_and_the_newest_counts),
        TEST(a_tenant_has_two_and_the_oldest_gives_way),
        TEST(one_tenant_cannot_take_the_places_of_all),
        TEST(one_that_goes_ends_what_waits_for_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
