/* The messages between the agent and a provisioning server, with those of the toolkit's
 * documentation as they stand in spec rps 2.5, 2.6 and 2.11. */
#include "rpc/server/message.h"
#include "rpc/server/outcome.h"
#include "rpc/server/relay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static struct arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

static struct rpc_server_message taken(const char *text)
{
    struct rpc_server_message message;
    struct error err;
    if (!rpc_server_message_read(&arena, slice_of_string(text), &message, &err))
        fail_msg("%s: %s", text, err.text);
    return message;
}

static void assert_is(struct slice text, const char *wanted)
{
    assert_int_equal(text.size, strlen(wanted));
    assert_memory_equal(text.data, wanted, text.size);
}

static void messages_of_the_toolkits_server_are_read(void **state)
{
    (void)state;
    struct rpc_server_message m = taken(
        "{\"method\":\"wsman\",\"apiKey\":\"xxxxx\",\"appVersion\":\"2.40.0\",\"protocolVersion\":"
        "\"4.0.0\",\"status\":\"ok\",\"message\":\"\",\"payload\":\"UE9TVCA=\",\"tenantId\":\"\"}");
    assert_int_equal(m.kind, RPC_SERVER_WSMAN);
    assert_is(m.payload, "POST ");
    m = taken("{\"method\":\"tls_data\",\"payload\":\"FgMBAgA=\"}");
    assert_int_equal(m.kind, RPC_SERVER_TLS_DATA);
    assert_memory_equal(m.payload.data, "\x16\x03\x01\x02\x00", 5);
    m = taken("{\"method\":\"port_switch\",\"payload\":\"{\\\"port\\\":\\\"16993\\\",\\\"delay\\\":"
              "15}\"}");
    assert_int_equal(m.kind, RPC_SERVER_PORT_SWITCH);
    assert_int_equal(m.port, 16993);
    assert_int_equal(m.delay_s, 15);
    m = taken("{\"method\":\"progress\",\"status\":\"ok\",\"message\":\"Configuring network "
              "settings\",\"payload\":null}");
    assert_int_equal(m.kind, RPC_SERVER_PROGRESS);
    assert_is(m.text, "Configuring network settings");
    m = taken("{\"method\":\"heartbeat_request\",\"status\":\"heartbeat\",\"payload\":\"\"}");
    assert_int_equal(m.kind, RPC_SERVER_HEARTBEAT);
    m = taken("{\"method\":\"anything\",\"payload\":\"UE9TVCA=\"}");
    assert_int_equal(m.kind, RPC_SERVER_WSMAN);
    m = taken("{\"method\":\"anything\",\"payload\":null}");
    assert_int_equal(m.kind, RPC_SERVER_UNKNOWN);
}

static void what_is_none_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "5",
        "[]",
        "{}",
        "{\"method\":null}",
        "{\"method\":\"\"}",
        "{\"method\":7}",
        "{\"method\":\"wsman\",\"payload\":\"=\"}",
        "{\"method\":\"tls_data\",\"payload\":\"not base64\"}",
        "{\"method\":\"wsman\",\"payload\":5}",
        "{\"method\":\"port_switch\",\"payload\":null}",
        "{\"method\":\"port_switch\",\"payload\":\"{}\"}",
        "{\"method\":\"port_switch\",\"payload\":\"{\\\"port\\\":70000}\"}",
        "{\"method\":\"port_switch\",\"payload\":\"{\\\"port\\\":1,\\\"delay\\\":-1}\"}",
        "{\"method\":\"success\",\"message\":{}}",
        "{\"method\":\"success\",\"protocolVersion\":\"5.0.0\"}",
        "{\"method\":\"success\"}x",
        "{\"method\":\"success\",\"method\":\"error\"}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct rpc_server_message message;
        struct error err = {.code = ERROR_NONE};
        if (rpc_server_message_read(&arena, slice_of_string(bad[i]), &message, &err))
            fail_msg("%s was taken", bad[i]);
        assert_int_equal(err.code, ERROR_PROTOCOL);
    }
}

static void ours_have_nine_keys_in_their_order(void **state)
{
    static const char front[] =
        "{\"method\":\"port_switch_ack\",\"apiKey\":\"key\",\"appVersion\":\"";
    static const char back[] =
        "\",\"protocolVersion\":\"4.0.0\",\"status\":\"ok\",\"message\":\"ok\",\"fqdn\":\"\","
        "\"payload\":\"b2s=\",\"tenantId\":\"\"}";
    struct buffer out;
    const struct rpc_server_told told = {.method = "port_switch_ack",
                                         .payload = SLICE_LITERAL("ok")};
    (void)state;
    buffer_init(&out, 4096);
    assert_true(rpc_server_message_put(&out, &told));
    struct slice text = buffer_slice(&out);
    assert_true(slice_starts_with(text, SLICE_LITERAL(front)));
    assert_true(text.size > sizeof front + sizeof back);
    assert_is(slice_from(text, text.size - (sizeof back - 1)), back);
    buffer_fini(&out);
}

static void what_servers_do_not_take_is_not_sent(void **state)
{
    static uint8_t bytes[RPC_SERVER_TOLD_LIMIT];
    struct buffer out;
    struct rpc_server_told told = {.method = "tls_data",
                                   .payload = slice_of(bytes, RPC_SERVER_DATA_LIMIT)};
    (void)state;
    buffer_init(&out, 2 * RPC_SERVER_TOLD_LIMIT);
    assert_true(rpc_server_message_put(&out, &told));
    assert_true(buffer_size(&out) <= RPC_SERVER_TOLD_LIMIT);
    buffer_clear(&out);
    told.payload.size = 77000;
    assert_false(rpc_server_message_put(&out, &told));
    buffer_fini(&out);
}

static void the_first_message_tells_the_machine(void **state)
{
    static const char *const hashes[] = {"e768"};
    const struct rpc_server_first first = {
        .version = "16.1.25",
        .uuid = "4c4c4544-0053-3510-8051-b8c04f4d4e31",
        .user = "$$OsAdmin",
        .password = SLICE_LITERAL("a\"b"),
        .hostname = "PC-1",
        .hashes = hashes,
        .hash_count = 1,
        .ip_sync = true,
        .friendly_name = "",
        .tls_enforced = true,
    };
    struct buffer out;
    (void)state;
    buffer_init(&out, 4096);
    rpc_server_first_put(&out, &first);
    assert_is(
        buffer_slice(&out),
        "{\"ver\":\"16.1.25\",\"build\":\"\",\"sku\":\"\",\"features\":\"\",\"uuid\":\"4c4c4544-"
        "0053-3510-8051-b8c04f4d4e31\",\"username\":\"$$OsAdmin\",\"password\":\"a\\\"b\","
        "\"currentMode\":0,\"hostname\":\"PC-1\",\"fqdn\":\"\",\"client\":\"RPC\",\"certHashes\":["
        "\"e768\"],\"ipConfiguration\":{\"dhcp\":false,\"static\":false,\"ipsync\":true,"
        "\"ipAddress\":\"\",\"netmask\":\"\",\"gateway\":\"\",\"primaryDns\":\"\",\"secondaryDns\":"
        "\"\"},\"hostnameInfo\":{\"dnsSuffixOS\":\"\",\"hostname\":\"\"},\"friendlyName\":\"\","
        "\"tlsEnforced\":true,\"progressSupported\":true}");
    buffer_fini(&out);
}

/* ---- the end ---- */

static struct rpc_final final_of(const char *text)
{
    struct rpc_final final;
    rpc_final_read(&arena, slice_of_string(text), &final);
    return final;
}

static void the_last_word_is_read(void **state)
{
    (void)state;
    struct rpc_final f = final_of(
        "{\"Status\":\"Admin control mode.\",\"Network\":\"Wired Network Configured. Failed to add "
        "lab\",\"CIRAConnection\":\"Configured\",\"TLSConfiguration\":\"Configured\","
        "\"Components\":{\"Activation\":{\"Result\":\"Success\",\"Mode\":\"ACM\",\"Details\":"
        "\"Admin control mode\"},\"WirelessNetwork\":{\"Result\":\"Failure\",\"Details\":\"Added "
        "home WiFi Profiles. Failed to add lab\"},\"TLS\":{\"Result\":\"NotApplicable\","
        "\"Details\":\"TLS not part of this configuration\"}}}");
    assert_is(f.status, "Admin control mode.");
    assert_is(f.cira, "Configured");
    assert_is(f.tls, "Configured");
    assert_true(f.has_parts && f.parts[RPC_PART_ACTIVATION].ran);
    assert_is(f.parts[RPC_PART_ACTIVATION].mode, "ACM");
    assert_true(f.parts[RPC_PART_WIRELESS].failed);
    assert_false(f.parts[RPC_PART_TLS].ran || f.parts[RPC_PART_WIRED].ran);
    assert_int_equal(rpc_outcome_code(&f, true, RPC_ACTIVATION_FAILED), RPC_WIFI_FAILED);
    f = final_of("Device x is in pre-provisioning mode.\n\x1b[31m");
    assert_is(f.status, "Device x is in pre-provisioning mode.  [31m");
    f = final_of("{\"Status\":\"a\\u009bb\\u202ec\"}");
    assert_is(f.status, "a  b   c");
    f = final_of("{\"Status\":5,\"Components\":[1]}");
    assert_int_equal(f.status.size, 0);
    assert_false(f.has_parts);
}

static void no_error_of_the_server_is_success(void **state)
{
    static const struct {
        const char *text;
        enum rpc_exit code;
    } errors[] = {
        {"", RPC_DEACTIVATION_FAILED},
        {"anything", RPC_DEACTIVATION_FAILED},
        {"{}", RPC_DEACTIVATION_FAILED},
        {"AMT password DOES NOT match stored version for Device x", RPC_WRONG_PASSWORD},
        {"{\"Status\":\"Unable to authenticate with AMT\"}", RPC_AMT_AUTHENTICATION_FAILED},
        {"{\"Status\":\"x\",\"Components\":{\"CIRAConnection\":{\"Result\":\"Failure\"}}}",
         RPC_CIRA_FAILED},
        {"{\"Status\":\"x\",\"Components\":{\"Activation\":{\"Result\":\"Failure\"},\"TLS\":{"
         "\"Result\":\"Failure\"}}}",
         RPC_DEACTIVATION_FAILED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        struct rpc_final f = final_of(errors[i].text);
        assert_int_equal(rpc_outcome_code(&f, false, RPC_DEACTIVATION_FAILED), errors[i].code);
    }
    struct rpc_final good = final_of("{\"Status\":\"Deactivated\"}");
    assert_int_equal(rpc_outcome_code(&good, true, RPC_DEACTIVATION_FAILED), RPC_SUCCESS);
}

/* ---- flights ---- */

#define BYTES(...) slice_of((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void flights_are_told_by_their_records(void **state)
{
    (void)state;
    assert_true(rpc_relay_is_client_hello(BYTES(0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0)));
    assert_false(rpc_relay_is_client_hello(BYTES(0x16, 3, 3, 0, 5, 2, 0, 0, 1, 0)));
    assert_false(rpc_relay_is_client_hello(BYTES(0x16, 3, 1, 0, 5)));
    assert_true(rpc_relay_ends_record(BYTES(0x17, 3, 3, 0, 2, 9, 9, 0x17, 3, 3, 0, 0)));
    assert_false(rpc_relay_ends_record(BYTES(0x17, 3, 3, 0, 2, 9)));
    assert_false(rpc_relay_ends_record(BYTES(0x17, 3, 3)));
    /* ServerHello … ServerHelloDone; ChangeCipherSpec and Finished; an alert */
    assert_true(
        rpc_relay_ends_flight(BYTES(0x16, 3, 3, 0, 4, 2, 0, 0, 0, 0x16, 3, 3, 0, 4, 14, 0, 0, 0)));
    assert_true(rpc_relay_ends_flight(BYTES(0x14, 3, 3, 0, 1, 1, 0x16, 3, 3, 0, 2, 8, 8)));
    assert_true(rpc_relay_ends_flight(BYTES(0x15, 3, 3, 0, 2, 2, 40)));
    /* without the end; TLS 1.3's */
    assert_false(rpc_relay_ends_flight(BYTES(0x16, 3, 3, 0, 4, 2, 0, 0, 0)));
    assert_false(rpc_relay_ends_flight(
        BYTES(0x16, 3, 3, 0, 4, 2, 0, 0, 0, 0x14, 3, 3, 0, 1, 1, 0x17, 3, 3, 0, 1, 7)));
    assert_false(rpc_relay_ends_flight(BYTES(0x14, 3, 3, 0, 1, 1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(messages_of_the_toolkits_server_are_read, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_none_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(ours_have_nine_keys_in_their_order, setup, teardown),
        cmocka_unit_test_setup_teardown(what_servers_do_not_take_is_not_sent, setup, teardown),
        cmocka_unit_test_setup_teardown(the_first_message_tells_the_machine, setup, teardown),
        cmocka_unit_test_setup_teardown(the_last_word_is_read, setup, teardown),
        cmocka_unit_test_setup_teardown(no_error_of_the_server_is_success, setup, teardown),
        cmocka_unit_test(flights_are_told_by_their_records),
    };
    return cmocka_run_group_tests_name("rpc/server_message", tests, NULL, NULL);
}
