/* A whole machine, driven as a server would: bytes in, messages out, no network. */
#include "core/arena.h"
#include "core/buffer.h"
#include "request_text.h"
#include "sim/machine.h"
#include "tls_client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PASSWORD "Am1-secret"

struct bench {
    struct sim_machine machine;
    struct arena arena;
    struct buffer text; /* payload of CHANNEL_DATA */
    unsigned ready, over, link_resets, closes;
    uint32_t credit; /* that the device gave back */
    enum sim_apf_end end;
    uint64_t now_us;
};

static void on_send(void *owner, struct slice bytes)
{
    struct bench *bench = owner;
    struct apf_message message;
    size_t used;
    assert_int_equal(apf_decode(bytes, false, &message, &used, NULL), APF_DECODED);
    assert_int_equal(used, bytes.size); /* one whole message, nothing else */
    if (message.type == APF_CHANNEL_DATA)
        buffer_put(&bench->text, message.data.bytes);
    else if (message.type == APF_CHANNEL_CLOSE)
        bench->closes++;
    else if (message.type == APF_CHANNEL_WINDOW_ADJUST)
        bench->credit += message.adjust.bytes;
}

static void on_ready(void *owner)
{
    ((struct bench *)owner)->ready++;
}

static void on_link_reset(void *owner)
{
    ((struct bench *)owner)->link_resets++;
}

static void on_over(void *owner, enum sim_apf_end end, uint32_t reason)
{
    struct bench *bench = owner;
    (void)reason;
    bench->over++;
    bench->end = end;
}

static const struct sim_machine_events events = {
    .send = on_send,
    .ready = on_ready,
    .link_reset = on_link_reset,
    .over = on_over,
};

static void feed(struct bench *bench, struct buffer *message)
{
    sim_machine_feed(&bench->machine, buffer_slice(message), bench->now_us);
    buffer_fini(message);
}

#define FEED(bench, encoder, ...)            \
    do {                                     \
        struct buffer message_;              \
        buffer_init(&message_, 1024 * 1024); \
        encoder(&message_, __VA_ARGS__);     \
        feed(bench, &message_);              \
    } while (0)

static void put_success(struct buffer *out, int unused)
{
    (void)unused;
    apf_put_userauth_success(out);
}

static void log_in(struct bench *bench)
{
    sim_machine_connect(&bench->machine, bench->now_us);
    FEED(bench, apf_put_service_accept, SLICE_LITERAL("auth@amt.intel.com"));
    FEED(bench, put_success, 0);
    FEED(bench, apf_put_service_accept, SLICE_LITERAL("pfwd@amt.intel.com"));
    for (const uint16_t *port = bench->machine.device.personality->ports; *port != 0; port++)
        FEED(bench, apf_put_request_success_port, *port);
    assert_int_equal(bench->ready, 1);
}

static int set_up(void **state)
{
    struct sim_apf_options options = {.user = "u", .password = "p", .host_name = "h"};
    struct bench *bench = calloc(1, sizeof(*bench));
    assert_true(guid_parse(slice_of_string("4c4c4544-004d-4d10-8050-b2c04f325133"), &options.guid));
    arena_init(&bench->arena);
    buffer_init(&bench->text, 1024 * 1024);
    sim_machine_init(&bench->machine, &sim_personality_16, &options, 1, slice_of_string(PASSWORD),
                     &events, bench);
    bench->now_us = 1000000;
    log_in(bench);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    sim_machine_fini(&bench->machine);
    buffer_fini(&bench->text);
    arena_fini(&bench->arena);
    free(bench);
    return 0;
}

static void open_channel(struct bench *bench, uint32_t id, uint32_t window)
{
    FEED(bench, apf_put_channel_open, SLICE_LITERAL("forwarded-tcpip"), id, window,
         SLICE_LITERAL(""), 16992, SLICE_LITERAL("::1"), 1);
}

static void send_text(struct bench *bench, uint32_t channel, const char *text)
{
    FEED(bench, apf_put_channel_data, channel, slice_of_string(text));
}

/* A request with a digest of a nonce that the device has just made. */
static const char *request(struct bench *bench, const char *body)
{
    struct sim_authenticator *authenticator = &bench->machine.authenticator;
    const char *nonce = sim_authenticator_nonce(authenticator, bench->now_us / 1000);
    const char *realm = bench->machine.device.realm;
    char ha1[HTTP_DIGEST_HEX_SIZE], response[HTTP_DIGEST_HEX_SIZE];
    http_digest_ha1(SLICE_LITERAL("admin"), slice_of_string(realm), SLICE_LITERAL(PASSWORD), ha1);
    http_digest_response(ha1, slice_of_string(nonce), SLICE_LITERAL("1"), SLICE_LITERAL("c"),
                         SLICE_LITERAL("auth"), "POST", SLICE_LITERAL("/wsman"), response);
    return arena_printf(&bench->arena,
                        "POST /wsman HTTP/1.1\r\nAuthorization: Digest username=\"admin\",realm="
                        "\"%s\",nonce=\"%s\",uri=\"/wsman\",qop=\"auth\",response=\"%s\",nc=\"1\","
                        "cnonce=\"c\"\r\nContent-Length: %zu\r\n\r\n%s",
                        realm, nonce, response, strlen(body), body);
}

static const char *text_of(struct bench *bench)
{
    return arena_string(&bench->arena, buffer_slice(&bench->text));
}

static void a_challenge_closes_the_channel_after_the_page(void **state)
{
    struct bench *bench = *state;
    static const char post[] = "POST /wsman HTTP/1.1\r\nContent-Length: 0\r\n\r\n";
    open_channel(bench, 4, 65536);
    send_text(bench, 1, post);
    assert_non_null(strstr(text_of(bench), "HTTP/1.1 401 Unauthorized\r\n"));
    assert_non_null(strstr(text_of(bench), "</html>\n"));
    assert_int_equal(bench->closes, 1);
    assert_int_equal(bench->credit, sizeof(post) - 1);
}

static void an_answer_waits_for_the_servers_window(void **state)
{
    struct bench *bench = *state;
    open_channel(bench, 4, 100);
    send_text(bench, 1, "POST /wsman HTTP/1.1\r\nContent-Length: 0\r\n\r\n");
    assert_int_equal(buffer_size(&bench->text), 100);
    assert_int_equal(bench->closes, 0);
    FEED(bench, apf_put_window_adjust, 1, 100000);
    assert_non_null(strstr(text_of(bench), "</html>\n"));
    assert_int_equal(bench->closes, 1);
}

static void a_proven_request_keeps_its_channel(void **state)
{
    struct bench *bench = *state;
    open_channel(bench, 4, 65536);
    send_text(bench, 1, request(bench, GET(SPACE_AMT "AMT_GeneralSettings")));
    assert_non_null(strstr(text_of(bench), "HTTP/1.1 200 OK\r\n"));
    assert_int_equal(bench->closes, 0);
    buffer_clear(&bench->text);
    send_text(bench, 1, request(bench, GET(SPACE_CIM "CIM_BootService")));
    assert_non_null(strstr(text_of(bench), "HTTP/1.1 200 OK\r\n"));
}

static void requests_on_many_channels_are_answered_one_after_the_other(void **state)
{
    struct bench *bench = *state;
    bench->machine.host.web.latency_ms = 50;
    open_channel(bench, 4, 65536);
    open_channel(bench, 5, 65536);
    send_text(bench, 1, request(bench, GET(SPACE_AMT "AMT_GeneralSettings")));
    send_text(bench, 2, request(bench, GET(SPACE_CIM "CIM_BootService")));
    assert_int_equal(buffer_size(&bench->text), 0);
    assert_int_equal(sim_machine_due(&bench->machine), 1050);
    sim_machine_tick(&bench->machine, 1050000);
    assert_non_null(strstr(text_of(bench), "AMT_GeneralSettings"));
    assert_null(strstr(text_of(bench), "CIM_BootService"));
    assert_int_equal(sim_machine_due(&bench->machine), 1100);
    sim_machine_tick(&bench->machine, 1100000);
    assert_non_null(strstr(text_of(bench), "CIM_BootService"));
}

static void a_reset_resets_the_link_when_it_takes_effect(void **state)
{
    struct bench *bench = *state;
    bench->machine.device.power_delay_ms = 300;
    open_channel(bench, 4, 65536);
    send_text(bench, 1, request(bench, POWER("10")));
    assert_non_null(strstr(text_of(bench), "<g:ReturnValue>0</g:ReturnValue>"));
    assert_int_equal(bench->link_resets, 0);
    assert_int_equal(sim_machine_due(&bench->machine), 1300);
    sim_machine_tick(&bench->machine, 1300000);
    assert_int_equal(bench->link_resets, 1);
}

static void the_model_outlives_the_connection(void **state)
{
    struct bench *bench = *state;
    open_channel(bench, 4, 65536);
    send_text(bench, 1, request(bench, POWER("8")));
    sim_machine_disconnect(&bench->machine);
    sim_machine_tick(&bench->machine, 60000000);
    assert_int_equal(bench->machine.device.power, SIM_POWER_OFF);
    bench->ready = 0;
    bench->now_us = 61000000;
    log_in(bench);
}

static void an_unprovisioned_machine_says_goodbye(void **state)
{
    struct bench *bench = *state;
    open_channel(bench, 4, 65536);
    send_text(bench, 1,
              request(bench, INVOKE(SPACE_AMT "AMT_SetupAndConfigurationService", "Unprovision",
                                    "<h:ProvisioningMode>1</h:ProvisioningMode>")));
    assert_non_null(strstr(text_of(bench), "<g:ReturnValue>0</g:ReturnValue>"));
    buffer_clear(&bench->text);
    send_text(bench, 1, request(bench, GET(SPACE_AMT "AMT_GeneralSettings")));
    assert_non_null(strstr(text_of(bench), "HTTP/1.1 401 "));
    sim_machine_tick(&bench->machine, sim_machine_due(&bench->machine) * 1000);
    assert_int_equal(bench->over, 1);
    assert_int_equal(bench->end, SIM_APF_END_LEFT);
}

static void open_port(struct bench *bench, uint32_t id, uint16_t port)
{
    FEED(bench, apf_put_channel_open, SLICE_LITERAL("forwarded-tcpip"), id, 65536,
         SLICE_LITERAL(""), port, SLICE_LITERAL("::1"), 1);
}

static void the_tls_ports_refuse_connections_without_keys(void **state)
{
    struct bench *bench = *state;
    open_port(bench, 4, 16993);
    FEED(bench, apf_put_channel_data, 1, SLICE_LITERAL("x"));
    assert_int_equal(buffer_size(&bench->text), 0);
    assert_int_equal(bench->credit, 0); /* there is no such channel */
}

/* One round of a client at the far end of channel 1: what it has to say goes in, what the device
 * sent comes out. */
static void exchange(struct bench *bench, struct tls_client *client, struct buffer *plain)
{
    struct buffer wire;
    buffer_init(&wire, 1024 * 1024);
    tls_client_feed(client, buffer_slice(&bench->text), plain);
    buffer_clear(&bench->text);
    tls_client_take(client, &wire);
    while (buffer_size(&wire) > 0) {
        struct slice part = slice_first(buffer_slice(&wire), 300);
        FEED(bench, apf_put_channel_data, 1, part);
        buffer_consume(&wire, part.size);
    }
    buffer_fini(&wire);
}

static void a_channel_to_16993_carries_tls_of_the_device(void **state)
{
    struct bench *bench = *state;
    struct tls_client client;
    struct buffer plain;
    struct sim_tls_keys *keys = sim_tls_keys_new((struct slice){0}, (struct slice){0}, NULL);
    bench->machine.host.tls.keys = keys;
    buffer_init(&plain, 1024 * 1024);
    tls_client_init(&client, TLS1_2_VERSION, TLS1_2_VERSION);
    open_port(bench, 4, 16993);
    for (int i = 0; i < 4; i++)
        exchange(bench, &client, &plain);
    assert_true(SSL_is_init_finished(client.ssl));
    tls_client_write(&client,
                     slice_of_string(request(bench, GET(SPACE_AMT "AMT_GeneralSettings"))));
    for (int i = 0; i < 2; i++)
        exchange(bench, &client, &plain);
    const char *text = arena_string(&bench->arena, buffer_slice(&plain));
    assert_non_null(strstr(text, "HTTP/1.1 200 OK\r\n"));
    assert_non_null(strstr(text, "<g:AMT_GeneralSettings>"));
    assert_int_equal(bench->closes, 0);
    tls_client_fini(&client);
    buffer_fini(&plain);
    sim_machine_disconnect(&bench->machine);
    sim_tls_identity_fini(&bench->machine.host.tls);
    sim_tls_keys_free(keys);
}

#define SEND(bench, ...)                 \
    FEED(bench, apf_put_channel_data, 1, \
         slice_of((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})))

/* Of a whole picture, RAW and a byte a pixel, no more than a little is ever made ahead. */
static void a_picture_is_made_as_the_servers_window_opens(void **state)
{
    struct bench *bench = *state;
    const size_t whole = 4 + 16 * 12 * 12 + 1024 * 768;
    bench->machine.device.personality = sim_personality_find(SLICE_LITERAL("11.8"));
    FEED(bench, apf_put_channel_open, SLICE_LITERAL("forwarded-tcpip"), 4, 4096, SLICE_LITERAL(""),
         16994, SLICE_LITERAL("::1"), 1);
    SEND(bench, 0x10, 1, 0, 0, 'K', 'V', 'M', 'R');
    SEND(bench, 0x13, 0, 0, 0, 1, 17, 0, 0, 0, 5, 'a', 'd', 'm', 'i', 'n', 10, 'A', 'm', '1', '-',
         's', 'e', 'c', 'r', 'e', 't');
    SEND(bench, 0x40, 0, 0, 0, 0, 0, 0, 0, 'R', 'F', 'B', ' ', '0', '0', '3', '.', '0', '0', '8',
         '\n', 1, 1);
    SEND(bench, 0, 0, 0, 0, 8, 8, 0, 1, 0, 7, 0, 7, 0, 3, 5, 2, 0, 0, 0, 0);
    buffer_clear(&bench->text);
    SEND(bench, 3, 0, 0, 0, 0, 0, 4, 0, 3, 0);
    for (unsigned turn = 0; buffer_size(&bench->text) < 1 + whole; turn++) {
        assert_true(turn < 1000);
        assert_true(sim_apf_queued(&bench->machine.apf, 0) <= 48 * 1024);
        assert_true(buffer_size(&bench->text) <= (turn + 1) * 4096);
        FEED(bench, apf_put_window_adjust, 1, 4096);
        if (sim_machine_due(&bench->machine) <= bench->now_us / 1000)
            sim_machine_tick(&bench->machine, bench->now_us);
    }
    assert_int_equal(buffer_size(&bench->text), 1 + whole); /* a bell goes before it */
    assert_int_equal(bench->over, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_challenge_closes_the_channel_after_the_page),
        TEST(an_answer_waits_for_the_servers_window),
        TEST(a_proven_request_keeps_its_channel),
        TEST(requests_on_many_channels_are_answered_one_after_the_other),
        TEST(a_reset_resets_the_link_when_it_takes_effect),
        TEST(the_model_outlives_the_connection),
        TEST(an_unprovisioned_machine_says_goodbye),
        TEST(the_tls_ports_refuse_connections_without_keys),
        TEST(a_channel_to_16993_carries_tls_of_the_device),
        TEST(a_picture_is_made_as_the_servers_window_opens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
