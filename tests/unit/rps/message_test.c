/* Messages of agents (rps/message.h), with the bytes of the specification (rps 2.2 to 2.11). */
#include "rps/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;
static struct rps_message message;
static struct error err;

static bool read_text(const char *text)
{
    error_clear(&err);
    return rps_message_read(&arena, slice_of_string(text), &message, &err);
}

static const char *put(const struct rps_told *told)
{
    struct buffer out;
    buffer_init(&out, 65536);
    rps_message_put(&out, "2.40.0", told);
    assert_true(buffer_ok(&out));
    const char *text = arena_string(&arena, buffer_slice(&out));
    buffer_fini(&out);
    return text;
}

static void the_first_message_is_read(void **state)
{
    (void)state;
    assert_true(read_text(
        "{\"method\":\"activate --profile acmProfile\",\"apiKey\":\"key\",\"appVersion\":\"3.0.0\","
        "\"protocolVersion\":\"4.0.0\",\"status\":\"ok\",\"message\":\"ok\",\"fqdn\":\"\","
        "\"payload\":\"eyJ2ZXIiOiIxNi4xLjI1Ii\",\"tenantId\":\"t1\"}"));
    assert_int_equal(message.kind, RPS_MESSAGE_COMMAND);
    assert_true(slice_equal_string(message.method, "activate --profile acmProfile"));
    assert_true(message.has_payload);
    assert_true(slice_equal_string(message.payload, "eyJ2ZXIiOiIxNi4xLjI1Ii"));
    assert_true(slice_equal_string(message.tenant, "t1"));
}

static void later_messages_are_told_by_their_method(void **state)
{
    (void)state;
    static const struct {
        const char *method;
        enum rps_message_kind kind;
    } cases[] = {
        {"response", RPS_MESSAGE_RESPONSE},
        {"tls_data", RPS_MESSAGE_TLS_DATA},
        {"connection_reset", RPS_MESSAGE_CONNECTION_RESET},
        {"port_switch_ack", RPS_MESSAGE_PORT_SWITCH_ACK},
        {"heartbeat_response", RPS_MESSAGE_HEARTBEAT_RESPONSE},
        {"Response", RPS_MESSAGE_COMMAND},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(read_text(arena_printf(&arena, "{\"method\":\"%s\"}", cases[i].method)));
        assert_int_equal(message.kind, cases[i].kind);
        assert_false(message.has_payload);
    }
}

static void a_payload_that_is_no_string_is_none(void **state)
{
    (void)state;
    assert_true(read_text("{\"method\":\"x\",\"payload\":null}"));
    assert_false(message.has_payload);
    assert_true(read_text("{\"method\":1,\"payload\":{\"a\":1},\"tenantId\":[]}"));
    assert_false(message.has_payload);
    assert_int_equal(message.method.size, 0);
    assert_int_equal(message.tenant.size, 0);
}

static void what_is_no_json_object_is_a_syntax_error(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "hello", "{\"method\":", "[]", "{} {}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_false(read_text(texts[i]));
        assert_memory_equal(err.text, "SyntaxError: ", 13);
    }
    static const char *const others[] = {"[]", "42", "\"x\"", "null"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_false(read_text(others[i]));
        assert_string_equal(err.text, "SyntaxError: the message is no JSON object");
    }
}

static void versions_up_to_ours_are_spoken(void **state)
{
    (void)state;
    static const struct {
        const char *version, *text; /* NULL: accepted */
    } cases[] = {
        {"", NULL},
        {"4", NULL},
        {"4.0", NULL},
        {"4.0.0", NULL},
        {" 4.0.0-beta", NULL},
        {"4.0.1", "Error: protocol version NOT supported: 4.0.1"},
        {"4.1.0", "Error: protocol version NOT supported: 4.1.0"},
        {"3.9.9", "Error: protocol version NOT supported: 3.9.9"},
        {"5.0.0", "Error: protocol version NOT supported: 5.0.0"},
        {"99999999999999999999", "Error: protocol version NOT supported: 99999999999999999999"},
        {"4.0.0.0", "Error: invalid version string length"},
        {"x.0.0", "Error: failed to parse major"},
        {"4..0", "Error: failed to parse minor"},
        {"4.0.r", "Error: failed to parse revision"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool ok = rps_version_check(slice_of_string(cases[i].version), &err);
        assert_int_equal(ok, cases[i].text == NULL);
        if (!ok)
            assert_string_equal(err.text, cases[i].text);
    }
    assert_false(read_text("{\"method\":\"response\",\"protocolVersion\":\"5.0.0\"}"));
}

static void ours_have_their_keys_in_order(void **state)
{
    (void)state;
    assert_string_equal(
        put(&(struct rps_told){.method = "wsman",
                               .status = "ok",
                               .payload = SLICE_LITERAL("UE9TVCAvd3NtYW4gSFRUUC8xLjEN")}),
        "{\"method\":\"wsman\",\"apiKey\":\"xxxxx\",\"appVersion\":\"2.40.0\",\"protocolVersion\":"
        "\"4.0.0\",\"status\":\"ok\",\"message\":\"\",\"payload\":\"UE9TVCAvd3NtYW4gSFRUUC8xLjEN\","
        "\"tenantId\":\"\"}");
    assert_string_equal(
        put(&(struct rps_told){.method = "port_switch",
                               .status = "ok",
                               .payload = SLICE_LITERAL("{\"port\":\"16993\",\"delay\":15}")}),
        "{\"method\":\"port_switch\",\"apiKey\":\"xxxxx\",\"appVersion\":\"2.40.0\","
        "\"protocolVersion\":\"4.0.0\",\"status\":\"ok\",\"message\":\"\",\"payload\":"
        "\"{\\\"port\\\":\\\"16993\\\",\\\"delay\\\":15}\",\"tenantId\":\"\"}");
    assert_string_equal(
        put(&(struct rps_told){.method = "success",
                               .status = "success",
                               .message = SLICE_LITERAL("{\"Status\":\"Deactivated\"}")}),
        "{\"method\":\"success\",\"apiKey\":\"xxxxx\",\"appVersion\":\"2.40.0\","
        "\"protocolVersion\":\"4.0.0\",\"status\":\"success\",\"message\":\"{\\\"Status\\\":"
        "\\\"Deactivated\\\"}\",\"payload\":null,\"tenantId\":\"\"}");
    assert_string_equal(
        put(&(struct rps_told){.method = "progress",
                               .status = "ok",
                               .message = SLICE_LITERAL("Configuring network settings")}),
        "{\"method\":\"progress\",\"apiKey\":\"xxxxx\",\"appVersion\":\"2.40.0\","
        "\"protocolVersion\":\"4.0.0\",\"status\":\"ok\",\"message\":\"Configuring network "
        "settings\",\"payload\":null,\"tenantId\":\"\"}");
}

static int begin(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_message_is_read),           TEST(later_messages_are_told_by_their_method),
        TEST(a_payload_that_is_no_string_is_none), TEST(what_is_no_json_object_is_a_syntax_error),
        TEST(versions_up_to_ours_are_spoken),      TEST(ours_have_their_keys_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
