/* The streams through an agent (rps/agent_stream.h), on a clock that the test moves: what goes to
 * the agent is kept, what comes from it is handed over as the session's reader does. */
#include "rps/agent_stream.h"

#include "core/encoding.h"
#include "http/client.h"
#include "io/simulated.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HOST "4c4c4544-0053-3510-8051-b8c04f4d4e31:16992"

/* In the place of the WebSocket: each write is a message. */
struct sink {
    struct io_stream stream; /* first */
    char last[8192];
    char before[8192]; /* the one before it */
    unsigned count;
};

static struct sink sink;
static struct rps_agent agent;
static struct arena arena;

static bool sink_write(struct io_stream *stream, struct slice bytes, struct error *err)
{
    (void)stream;
    (void)err;
    assert_true(bytes.size < sizeof sink.last);
    memcpy(sink.before, sink.last, sizeof sink.before);
    memcpy(sink.last, bytes.data, bytes.size);
    sink.last[bytes.size] = '\0';
    sink.count++;
    return true;
}

static const struct io_stream_methods methods = {.write = sink_write};

/* The member of the last message. */
static const char *told(const char *key)
{
    const char *at = strstr(sink.last, arena_printf(&arena, "\"%s\":\"", key));
    assert_non_null(at);
    at += strlen(key) + 4;
    return arena_string(&arena, slice_of(at, strcspn(at, "\"")));
}

static const char *told_bytes(void)
{
    struct slice bytes;
    assert_true(encoding_base64_decode(&arena, slice_of_string(told("payload")), &bytes));
    return arena_string(&arena, bytes);
}

static void say(enum rps_message_kind kind, const char *bytes)
{
    const struct rps_message message = {.kind = kind,
                                        .payload = encoding_base64(&arena, slice_of_string(bytes))};
    assert_true(rps_agent_take(&agent, &message, NULL));
    io_simulated_run();
}

/* ---- one request on a fiber ---- */

struct work {
    const char *envelope;
    uint32_t ms;
    struct http_response response;
    bool over, ok;
    struct error err;
};

static void ask_main(void *arg)
{
    struct work *work = arg;
    static const struct http_header headers[] = {
        {{(const uint8_t *)"Host", 4}, {(const uint8_t *)"x", 1}},
        {{(const uint8_t *)"Authorization", 13}, {(const uint8_t *)"Digest a", 8}},
    };
    const struct http_request request = {.method = "POST",
                                         .target = "/wsman",
                                         .headers = headers,
                                         .header_count = 2,
                                         .body = slice_of_string(work->envelope)};
    uint64_t outer = io_deadline_within(work->ms);
    struct io_stream *stream = rps_agent_plain_stream(&agent, HOST);
    work->ok = http_client_exchange(stream, &request, 65536, &arena, &work->response, &work->err);
    io_stream_close(stream);
    io_deadline_restore(outer);
    work->over = true;
}

static void start(struct work *work, const char *envelope)
{
    *work = (struct work){.envelope = envelope, .ms = 12000};
    assert_true(io_fiber_start(ask_main, work, NULL));
    io_simulated_run();
}

static const char *answer_to(unsigned id)
{
    const char *body = arena_printf(&arena, "<a:RelatesTo>%u</a:RelatesTo>", id);
    return arena_printf(&arena, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(body),
                        body);
}

static void a_request_is_written_as_the_toolkits(void **state)
{
    (void)state;
    struct work work;
    start(&work, "<a:MessageID>7</a:MessageID>\xc3\xa9");
    assert_string_equal(told("method"), "wsman");
    assert_string_equal(told_bytes(),
                        "POST /wsman HTTP/1.1\r\nAuthorization: Digest a\r\nHost: " HOST
                        "\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                        "1E\r\n<a:MessageID>7</a:MessageID>\xc3\xa9\r\n0\r\n\r\n");
    say(RPS_MESSAGE_RESPONSE, answer_to(7));
    assert_true(work.over && work.ok);
    assert_int_equal(work.response.status, 200);
}

static void an_answer_that_was_given_up_is_dropped(void **state)
{
    (void)state;
    struct work work;
    start(&work, "<a:MessageID>7</a:MessageID>");
    io_simulated_advance(12000);
    assert_true(work.over && !work.ok);
    assert_int_equal(work.err.code, ERROR_TIMEOUT);
    start(&work, "<a:MessageID>8</a:MessageID>");
    assert_string_equal(told("method"), "heartbeat_request");
    assert_string_equal(told("status"), "heartbeat");
    say(RPS_MESSAGE_RESPONSE, "HTTP/1.1 401 Late\r\nContent-Length: 0\r\n\r\n");
    assert_string_equal(told("method"), "heartbeat_request");
    say(RPS_MESSAGE_HEARTBEAT_RESPONSE, "");
    assert_string_equal(told("method"), "wsman");
    say(RPS_MESSAGE_RESPONSE, answer_to(8));
    assert_true(work.over && work.ok);
    assert_int_equal(agent.dropped, 1);
}

static void without_an_echo_the_ids_decide(void **state)
{
    (void)state;
    struct work work;
    start(&work, "<a:MessageID>7</a:MessageID>");
    io_simulated_advance(12000);
    start(&work, "<a:MessageID>8</a:MessageID>");
    io_simulated_advance(5000);
    assert_string_equal(told("method"), "wsman");
    say(RPS_MESSAGE_RESPONSE, answer_to(7));
    assert_false(work.over);
    say(RPS_MESSAGE_RESPONSE, answer_to(8));
    assert_true(work.over && work.ok);
    unsigned before = sink.count; /* nor is it asked for an echo again */
    start(&work, "<a:MessageID>9</a:MessageID>");
    assert_int_equal(sink.count, before + 1);
    say(RPS_MESSAGE_RESPONSE, answer_to(9));
    assert_true(work.ok);
}

static void an_answer_that_was_taken_is_not_taken_again(void **state)
{
    (void)state;
    struct work work;
    start(&work, "<a:MessageID>7</a:MessageID>");
    say(RPS_MESSAGE_RESPONSE, answer_to(7));
    assert_true(work.ok);
    start(&work, "<a:MessageID>8</a:MessageID>");
    say(RPS_MESSAGE_RESPONSE, answer_to(7));
    assert_false(work.over);
    assert_int_equal(agent.dropped, 1);
    say(RPS_MESSAGE_RESPONSE, answer_to(8));
    assert_true(work.over && work.ok);
    assert_true(slice_equal_string(work.response.body, "<a:RelatesTo>8</a:RelatesTo>"));
    start(&work, "<a:MessageID>8</a:MessageID>"); /* the same request again has its own */
    say(RPS_MESSAGE_RESPONSE, answer_to(8));
    assert_true(work.over && work.ok);
}

#define REFUSAL "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"

static void a_refusal_that_comes_twice_gives_way_to_the_answer(void **state)
{
    (void)state;
    struct work work;
    start(&work, "<a:MessageID>7</a:MessageID>");
    say(RPS_MESSAGE_RESPONSE, REFUSAL);
    assert_int_equal(work.response.status, 401);
    start(&work, "<a:MessageID>7</a:MessageID>");
    say(RPS_MESSAGE_RESPONSE, REFUSAL);
    assert_false(work.over);
    assert_string_equal(told("method"), "heartbeat_request");
    say(RPS_MESSAGE_RESPONSE, REFUSAL); /* and once more */
    say(RPS_MESSAGE_RESPONSE, answer_to(7));
    say(RPS_MESSAGE_HEARTBEAT_RESPONSE, "");
    assert_true(work.over && work.ok);
    assert_int_equal(work.response.status, 200);
    assert_int_equal(agent.dropped, 2);
}

static void a_device_that_repeats_itself_is_believed_with_the_echo(void **state)
{
    (void)state;
    struct work work;
    start(&work, "<a:MessageID>7</a:MessageID>");
    say(RPS_MESSAGE_RESPONSE, REFUSAL);
    start(&work, "<a:MessageID>7</a:MessageID>");
    say(RPS_MESSAGE_RESPONSE, REFUSAL);
    assert_false(work.over);
    say(RPS_MESSAGE_HEARTBEAT_RESPONSE, "");
    assert_true(work.over && work.ok);
    assert_int_equal(work.response.status, 401);
    assert_int_equal(agent.dropped, 0);
    start(&work, "<a:MessageID>7</a:MessageID>");
    say(RPS_MESSAGE_RESPONSE, REFUSAL);
    io_simulated_advance(5000); /* an agent that does not say */
    assert_true(work.over && work.ok);
}

static void a_lost_connection_ends_the_request(void **state)
{
    (void)state;
    struct work work;
    start(&work, "<a:MessageID>7</a:MessageID>");
    say(RPS_MESSAGE_CONNECTION_RESET, "lms_error");
    assert_true(work.over && !work.ok);
    assert_int_equal(work.err.code, ERROR_CONNECTION);
}

static void an_agent_that_goes_ends_everything(void **state)
{
    (void)state;
    struct work work;
    start(&work, "<a:MessageID>7</a:MessageID>");
    rps_agent_leave(&agent);
    io_simulated_run();
    assert_true(work.over && !work.ok);
    assert_string_equal(work.err.text, "the agent has gone");
    start(&work, "<a:MessageID>8</a:MessageID>");
    assert_true(work.over && !work.ok);
}

static void a_cut_answer_is_a_lost_one(void **state)
{
    (void)state;
    struct work work;
    start(&work, "<a:MessageID>7</a:MessageID>");
    say(RPS_MESSAGE_RESPONSE, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
    assert_true(work.over && !work.ok);
    assert_int_equal(work.err.code, ERROR_CONNECTION);
}

/* ---- TLS ---- */

static struct {
    bool wrote, over, ok;
    char got[16];
    size_t size;
} tls;

static void tls_main(void *arg)
{
    (void)arg;
    struct io_stream *stream = rps_agent_tls_stream(&agent, NULL);
    assert_non_null(stream);
    tls.ok = io_stream_write(stream, SLICE_LITERAL("finished"), NULL) &&
             io_stream_write(stream, SLICE_LITERAL("+request"), NULL);
    tls.wrote = true;
    tls.ok = tls.ok && io_stream_read(stream, tls.got, sizeof tls.got, &tls.size, NULL);
    io_stream_close(stream);
    tls.over = true;
}

static void open_tunnel(void)
{
    memset(&tls, 0, sizeof tls);
    assert_true(io_fiber_start(tls_main, NULL, NULL));
    io_simulated_run();
}

static void records_leave_together_when_an_answer_is_awaited(void **state)
{
    (void)state;
    open_tunnel();
    assert_true(tls.wrote);
    assert_int_equal(sink.count, 2); /* behind it an echo is asked for, once */
    assert_string_equal(told("method"), "heartbeat_request");
    memcpy(sink.last, sink.before, sizeof sink.last);
    assert_string_equal(told("method"), "tls_data");
    assert_string_equal(told_bytes(), "finished+request");
    say(RPS_MESSAGE_TLS_DATA, ""); /* a round without an answer (spec rpc 4.5) */
    assert_false(tls.over);
    say(RPS_MESSAGE_TLS_DATA, "answer");
    assert_true(tls.over && tls.ok);
    assert_memory_equal(tls.got, "answer", 6);
}

static void another_tunnel_waits_for_the_echo(void **state)
{
    (void)state;
    records_leave_together_when_an_answer_is_awaited(state);
    say(RPS_MESSAGE_TLS_DATA, "late"); /* of the first one */
    open_tunnel();
    assert_int_equal(sink.count, 3);
    say(RPS_MESSAGE_HEARTBEAT_RESPONSE, ""); /* of the first one, too */
    say(RPS_MESSAGE_TLS_DATA, "later");
    assert_int_equal(sink.count, 3);
    say(RPS_MESSAGE_HEARTBEAT_RESPONSE, "");
    assert_string_equal(told("method"), "tls_data");
    say(RPS_MESSAGE_CONNECTION_RESET, "connection_closed");
    assert_true(tls.over && tls.ok);
    assert_int_equal(tls.size, 0);
}

static void an_echo_that_comes_late_still_tells_the_tunnels_apart(void **state)
{
    records_leave_together_when_an_answer_is_awaited(state);
    say(RPS_MESSAGE_HEARTBEAT_RESPONSE, ""); /* it is not deaf */
    open_tunnel();
    io_simulated_advance(5000);
    assert_string_equal(told("method"), "tls_data");
    say(RPS_MESSAGE_TLS_DATA, "late");
    say(RPS_MESSAGE_CONNECTION_RESET, "connection_closed");
    assert_false(tls.over);
    say(RPS_MESSAGE_HEARTBEAT_RESPONSE, "");
    say(RPS_MESSAGE_TLS_DATA, "answer");
    assert_true(tls.over && tls.ok);
    assert_memory_equal(tls.got, "answer", 6);
    assert_int_equal(agent.dropped, 1);
}

static void a_tunnel_of_a_deaf_agent_waits_once(void **state)
{
    records_leave_together_when_an_answer_is_awaited(state);
    open_tunnel();
    io_simulated_advance(5000);
    assert_string_equal(told("method"), "tls_data");
    say(RPS_MESSAGE_TLS_DATA, "answer");
    assert_true(tls.over && tls.ok);
    unsigned before = sink.count;
    open_tunnel();
    assert_int_equal(sink.count, before + 1);
    say(RPS_MESSAGE_TLS_DATA, "answer");
    assert_true(tls.over && tls.ok);
}

static void more_than_is_read_breaks_the_bound(void **state)
{
    (void)state;
    uint8_t *bytes = calloc(1, 70000);
    const struct rps_message message = {.kind = RPS_MESSAGE_TLS_DATA,
                                        .payload = encoding_base64(&arena, slice_of(bytes, 70000))};
    agent.tunnel = true;
    bool ok = true;
    for (int i = 0; i < 3; i++)
        ok = ok && rps_agent_take(&agent, &message, NULL);
    assert_true(ok);
    assert_false(rps_agent_take(&agent, &message, NULL));
    free(bytes);
}

/* ---- ports and pauses ---- */

static struct {
    bool over, ok;
    struct error err;
} waited;

static void switch_main(void *arg)
{
    (void)arg;
    waited.ok = rps_agent_switch_port(&agent, 16993, 15, &waited.err);
    waited.over = true;
}

static void a_port_is_switched_when_it_is_acknowledged(void **state)
{
    (void)state;
    memset(&waited, 0, sizeof waited);
    say(RPS_MESSAGE_PORT_SWITCH_ACK, "ok"); /* nobody asked */
    assert_true(io_fiber_start(switch_main, NULL, NULL));
    io_simulated_run();
    assert_non_null(
        strstr(sink.last, "\"payload\":\"{\\\"port\\\":\\\"16993\\\",\\\"delay\\\":15}\""));
    io_simulated_advance(20000);
    assert_false(waited.over);
    say(RPS_MESSAGE_PORT_SWITCH_ACK, "ok");
    assert_true(waited.over && waited.ok);
    memset(&waited, 0, sizeof waited);
    assert_true(io_fiber_start(switch_main, NULL, NULL));
    io_simulated_advance(75000);
    assert_true(waited.over && !waited.ok);
    assert_int_equal(waited.err.code, ERROR_TIMEOUT);
}

static void pause_main(void *arg)
{
    (void)arg;
    waited.ok = rps_agent_pause(&agent, 35000, &waited.err);
    waited.over = true;
}

static void a_pause_asks_for_signs_of_life_where_they_come(void **state)
{
    (void)state;
    memset(&waited, 0, sizeof waited);
    assert_true(io_fiber_start(pause_main, NULL, NULL));
    io_simulated_advance(10000);
    assert_int_equal(sink.count, 1);
    assert_string_equal(told("method"), "heartbeat_request");
    io_simulated_advance(24999);
    assert_int_equal(sink.count, 1); /* it does not answer */
    assert_false(waited.over);
    io_simulated_advance(1);
    assert_true(waited.over && waited.ok);
    assert_int_equal(atomic_load(&agent.waited_ms), 35000);
}

static int begin(void **state)
{
    (void)state;
    (void)io_simulated_start();
    arena_init(&arena);
    memset(&sink, 0, sizeof sink);
    sink.stream.methods = &methods;
    rps_agent_init(&agent, &sink.stream, "1");
    return 0;
}

static int end(void **state)
{
    (void)state;
    rps_agent_leave(&agent);
    io_simulated_run();
    rps_agent_fini(&agent);
    io_simulated_stop();
    arena_fini(&arena);
    return 0;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_request_is_written_as_the_toolkits),
        TEST(an_answer_that_was_given_up_is_dropped),
        TEST(without_an_echo_the_ids_decide),
        TEST(an_answer_that_was_taken_is_not_taken_again),
        TEST(a_refusal_that_comes_twice_gives_way_to_the_answer),
        TEST(a_device_that_repeats_itself_is_believed_with_the_echo),
        TEST(a_lost_connection_ends_the_request),
        TEST(an_agent_that_goes_ends_everything),
        TEST(a_cut_answer_is_a_lost_one),
        TEST(records_leave_together_when_an_answer_is_awaited),
        TEST(another_tunnel_waits_for_the_echo),
        TEST(an_echo_that_comes_late_still_tells_the_tunnels_apart),
        TEST(a_tunnel_of_a_deaf_agent_waits_once),
        TEST(more_than_is_read_breaks_the_bound),
        TEST(a_port_is_switched_when_it_is_acknowledged),
        TEST(a_pause_asks_for_signs_of_life_where_they_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
