/* Messages of the agent's WebSocket (spec rps 2.2 to 2.5), and where a server is. */
#include "core/encoding.h"
#include "sim/activation_message.h"
#include "sim/agent_socket.h"
#include "sim/provisioning.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ENVELOPE(method, message, payload)                                       \
    "{\"method\":\"" method "\",\"apiKey\":\"xxxxx\",\"appVersion\":\"2.40.0\"," \
    "\"protocolVersion\":\"4.0.0\",\"status\":\"ok\",\"message\":\"" message     \
    "\",\"payload\":" payload ",\"tenantId\":\"\"}"

static bool read_message(const char *text, struct arena *arena, struct sim_message *message)
{
    return sim_message_read(arena, slice_of_string(text), message, NULL);
}

static void messages_of_the_server_are_read(void **state)
{
    struct arena arena;
    struct sim_message message;
    (void)state;
    arena_init(&arena);
    assert_true(read_message(ENVELOPE("wsman", "", "\"UE9TVA==\""), &arena, &message));
    assert_int_equal(message.kind, SIM_MESSAGE_WSMAN);
    assert_true(message.fits && slice_equal_string(message.payload, "POST"));
    assert_true(read_message(ENVELOPE("tls_data", "", "\"FgM=\""), &arena, &message));
    assert_int_equal(message.kind, SIM_MESSAGE_TLS_DATA);
    assert_true(read_message(ENVELOPE("success", "done", "null"), &arena, &message));
    assert_int_equal(message.kind, SIM_MESSAGE_SUCCESS);
    assert_true(slice_equal_string(message.text, "done"));
    assert_true(read_message(
        ENVELOPE("port_switch", "", "\"{\\\"port\\\":\\\"16993\\\",\\\"delay\\\":15}\""), &arena,
        &message));
    assert_int_equal(message.port, 16993);
    assert_int_equal(message.delay_s, 15);
    assert_true(read_message(
        ENVELOPE("port_switch", "", "\"{\\\"port\\\":\\\"16993\\\",\\\"delay\\\":9999}\""), &arena,
        &message));
    assert_int_equal(message.delay_s, 60); /* as rpc-go bounds it */
    assert_true(read_message("{\"method\":\"progress\",\"message\":\"x\"}", &arena, &message));
    assert_false(message.fits);
    arena_fini(&arena);
}

static void other_messages_are_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "[]",
        "{}",
        "{\"method\":1}",
        ENVELOPE("wsman", "", "7"),
        ENVELOPE("wsman", "", "\"no base64\""),
        ENVELOPE("port_switch", "", "\"{}\""),
        ENVELOPE("port_switch", "", "\"eyJwb3J0IjoiMTY5OTMifQ==\""),
        ENVELOPE("port_switch", "", "\"{\\\"port\\\":16993}\""),
        ENVELOPE("port_switch", "", "\"{\\\"port\\\":\\\"16993\\\",\\\"delay\\\":\\\"x\\\"}\""),
    };
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct arena arena;
        struct sim_message message;
        arena_init(&arena);
        if (read_message(texts[i], &arena, &message))
            fail_msg("taken: %s", texts[i]);
        arena_fini(&arena);
    }
}

/* The decoded payload of the first message; `text` receives the command line. */
static json_t *first_of(const struct sim_options *options, struct sim_machine *machine,
                        const char **command, json_t **whole)
{
    struct buffer out;
    struct arena arena;
    struct slice payload;
    buffer_init(&out, 1024 * 1024);
    arena_init(&arena);
    sim_message_put_first(&out, options, machine, "pc-1.example.test", "Given-1");
    *whole = json_loadb((const char *)buffer_slice(&out).data, buffer_size(&out), 0, NULL);
    assert_non_null(*whole);
    *command = json_string_value(json_object_get(*whole, "method"));
    assert_true(encoding_base64_decode(
        &arena, slice_of_string(json_string_value(json_object_get(*whole, "payload"))), &payload));
    json_t *object = json_loadb((const char *)payload.data, payload.size, 0, NULL);
    assert_non_null(object);
    arena_fini(&arena);
    buffer_fini(&out);
    return object;
}

static void the_first_message_tells_of_the_machine(void **state)
{
    struct sim_machine *machine = calloc(1, sizeof(*machine));
    struct sim_options options = {
        .profile = "p", .errand = SIM_ERRAND_ACTIVATE, .tls_tunnel = true};
    struct sim_apf_options apf = {.guid = {{1}}, .host_name = "pc-1.example.test"};
    const char *command;
    json_t *whole;
    (void)state;
    sim_machine_init(machine, &sim_personality_16, &apf, 4, SLICE_LITERAL("Pass-1"), NULL, NULL);
    sim_machine_set_local_password(machine, "Local-1");
    sim_provisioning_begin(&machine->device);
    json_t *payload = first_of(&options, machine, &command, &whole);
    assert_string_equal(command, "activate --profile p");
    assert_int_equal(json_object_size(whole), 9);
    assert_string_equal(json_string_value(json_object_get(payload, "password")), "Local-1");
    assert_string_equal(json_string_value(json_object_get(payload, "hostname")), "pc-1");
    assert_int_equal(json_integer_value(json_object_get(payload, "currentMode")), 0);
    assert_true(json_is_true(json_object_get(payload, "tlsTunnel")));
    assert_null(json_object_get(payload, "tlsEnforced"));
    assert_null(json_object_get(payload, "progressSupported"));
    assert_true(json_array_size(json_object_get(payload, "certHashes")) > 3);
    json_decref(payload);
    json_decref(whole);
    machine->device.setup = SIM_SETUP_POST;
    options = (struct sim_options){
        .errand = SIM_ERRAND_MAINTAIN, .task = "changepassword New-1", .force = true};
    payload = first_of(&options, machine, &command, &whole);
    assert_string_equal(command, "maintenance -password Given-1 --changepassword New-1 -f");
    assert_string_equal(json_string_value(json_object_get(payload, "password")), "Given-1");
    assert_int_equal(json_integer_value(json_object_get(payload, "currentMode")), 2);
    json_decref(payload);
    json_decref(whole);
    sim_machine_fini(machine);
    free(machine);
}

static void servers_are_named_by_url(void **state)
{
    struct sim_socket_target target;
    (void)state;
    assert_true(sim_socket_target_read(SLICE_LITERAL("wss://a.test/activate?x=1"), &target, NULL));
    assert_true(target.tls);
    assert_string_equal(target.host, "a.test");
    assert_int_equal(target.port, 443);
    assert_string_equal(target.path, "/activate?x=1");
    assert_true(sim_socket_target_read(SLICE_LITERAL("ws://[::1]:8080"), &target, NULL));
    assert_string_equal(target.host, "::1");
    assert_int_equal(target.port, 8080);
    assert_string_equal(target.path, "/");
    assert_false(target.tls);
    assert_false(sim_socket_target_read(SLICE_LITERAL("https://a.test"), &target, NULL));
    assert_false(sim_socket_target_read(SLICE_LITERAL("ws://"), &target, NULL));
    assert_false(sim_socket_target_read(SLICE_LITERAL("ws://a:99999"), &target, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_of_the_server_are_read),
        cmocka_unit_test(other_messages_are_refused),
        cmocka_unit_test(the_first_message_tells_of_the_machine),
        cmocka_unit_test(servers_are_named_by_url),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
