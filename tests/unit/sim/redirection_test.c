/* One session of SOL, IDER or KVM, byte by byte (spec device-protocols 2). */
#include "sim/redirection_server.h"

#include "core/encoding.h"
#include "device_bench.h"
#include "sim/capability/capability.h"

#include "sim/host_state.h"

#define REDIRECTION SPACE_AMT "AMT_RedirectionService"
#define OPT_IN      SPACE_IPS "IPS_OptInService"
#define MESSAGES    16

struct wire {
    struct bench *bench;
    struct sim_authenticator authenticator;
    struct sim_redirection_host host;
    struct sim_redirection session;
    uint8_t sent[MESSAGES][128];
    size_t sizes[MESSAGES];
    size_t count;
};

static struct sim_screen *host_screen(const struct sim_device *device)
{
    return device->host->screen;
}

static void keep(void *owner, struct slice message)
{
    struct wire *wire = owner;
    assert_true(wire->count < MESSAGES && message.size <= sizeof(wire->sent[0]));
    memcpy(wire->sent[wire->count], message.data, message.size);
    wire->sizes[wire->count++] = message.size;
}

static void open_session(struct wire *wire)
{
    wire->count = 0;
    sim_redirection_init(&wire->session, &wire->host, wire, wire->bench->now_ms);
}

static int set_up(void **state)
{
    struct wire *wire = calloc(1, sizeof(*wire));
    void *bench = NULL;
    bench_set_up(&bench);
    wire->bench = bench;
    sim_authenticator_init(&wire->authenticator, "admin", wire->bench->device.realm,
                           SLICE_LITERAL("P@ssw0rd"));
    wire->host = (struct sim_redirection_host){
        .device = &wire->bench->device, .authenticator = &wire->authenticator, .send = keep};
    open_session(wire);
    *state = wire;
    return 0;
}

static int tear_down(void **state)
{
    struct wire *wire = *state;
    void *bench = wire->bench;
    sim_redirection_fini(&wire->session, wire->bench->now_ms);
    sim_authenticator_fini(&wire->authenticator);
    bench_tear_down(&bench);
    free(wire);
    return 0;
}

/* Sends these bytes, one at a time: messages come in pieces. */
static void send_bytes(struct wire *wire, const void *bytes, size_t size)
{
    wire->count = 0;
    for (size_t i = 0; i < size; i++)
        sim_redirection_feed(&wire->session, slice_of((const uint8_t *)bytes + i, 1),
                             wire->bench->now_ms);
}

#define SEND(wire, ...)                                \
    do {                                               \
        static const uint8_t bytes_[] = {__VA_ARGS__}; \
        send_bytes(wire, bytes_, sizeof(bytes_));      \
    } while (false)

static void got(const struct wire *wire, size_t index, const uint8_t *bytes, size_t size)
{
    assert_true(index < wire->count);
    assert_int_equal(wire->sizes[index], size);
    assert_memory_equal(wire->sent[index], bytes, size);
}

#define GOT(wire, index, ...)                          \
    do {                                               \
        static const uint8_t bytes_[] = {__VA_ARGS__}; \
        got(wire, index, bytes_, sizeof(bytes_));      \
    } while (false)

#define START_SOL  0x10, 0, 0, 0, 'S', 'O', 'L', ' '
#define START_IDER 0x10, 0, 0, 0, 'I', 'D', 'E', 'R'
#define START_KVM  0x10, 1, 0, 0, 'K', 'V', 'M', 'R'
#define STARTED    0x11, 0, 0, 0, 1, 0, 0x10, 1, 0x57, 1, 0, 0, 0

static const uint8_t first_digest[] = "\x13\0\0\0\4\x20\0\0\0\5"
                                      "admin"
                                      "\0\0\x13"
                                      "/RedirectionService"
                                      "\0\0\0\0";

static void put_short(struct buffer *to, struct slice text)
{
    buffer_put_u8(to, (uint8_t)text.size);
    buffer_put(to, text);
}

/* Asks for a challenge and answers it. */
static void log_in(struct wire *wire, const char *user, const char *password)
{
    char ha1[HTTP_DIGEST_HEX_SIZE], response[HTTP_DIGEST_HEX_SIZE];
    uint8_t nonce[32];
    struct buffer data, message;
    struct slice uri = SLICE_LITERAL("/RedirectionService");
    struct slice realm = slice_of_string(wire->bench->device.realm);
    send_bytes(wire, first_digest, sizeof(first_digest) - 1);
    assert_int_equal(wire->sizes[0], 9 + 0x4E);
    assert_memory_equal(wire->sent[0],
                        "\x14\1\0\0\4\x4E\0\0\0\x27"
                        "Digest:",
                        17);
    memcpy(nonce, wire->sent[0] + 9 + 41, sizeof(nonce));
    http_digest_ha1(slice_of_string(user), realm, slice_of_string(password), ha1);
    http_digest_response(ha1, slice_of(nonce, 32), SLICE_LITERAL("00000002"),
                         SLICE_LITERAL("0123456789abcdef0123456789abcdef"), SLICE_LITERAL("auth"),
                         "POST", uri, response);
    buffer_init(&data, 4096);
    put_short(&data, slice_of_string(user));
    put_short(&data, realm);
    put_short(&data, slice_of(nonce, 32));
    put_short(&data, uri);
    put_short(&data, SLICE_LITERAL("0123456789abcdef0123456789abcdef"));
    put_short(&data, SLICE_LITERAL("00000002"));
    put_short(&data, slice_of_string(response));
    put_short(&data, SLICE_LITERAL("auth"));
    buffer_init(&message, 4096);
    buffer_put(&message, slice_of("\x13\0\0\0\4", 5));
    buffer_put_u32_le(&message, (uint32_t)buffer_size(&data));
    buffer_put(&message, buffer_slice(&data));
    send_bytes(wire, buffer_slice(&message).data, buffer_size(&message));
    buffer_fini(&data);
    buffer_fini(&message);
}

static void open_kind(struct wire *wire, const uint8_t start[8])
{
    send_bytes(wire, start, 8);
    GOT(wire, 0, STARTED);
    log_in(wire, "admin", "P@ssw0rd");
    GOT(wire, 0, 0x14, 0, 0, 0, 4, 0, 0, 0, 0);
}

static const uint8_t sol[] = {START_SOL}, ider[] = {START_IDER}, kvm[] = {START_KVM};

static void a_session_starts_as_captured(void **state)
{
    struct wire *wire = *state;
    SEND(wire, START_SOL);
    GOT(wire, 0, STARTED);
    SEND(wire, 0x13, 0, 0, 0, 0, 0, 0, 0, 0);
    GOT(wire, 0, 0x14, 0, 0, 0, 0, 1, 0, 0, 0, 4);
    log_in(wire, "admin", "P@ssw0rd");
    GOT(wire, 0, 0x14, 0, 0, 0, 4, 0, 0, 0, 0);
    assert_false(wire->session.finished);
    assert_int_equal(wire->bench->device.sessions_open, 1 << SIM_SESSION_SOL);
}

static void refusals_come_in_full(void **state)
{
    struct wire *wire = *state;
    SEND(wire, 0x10, 0, 0, 0, 'U', 'S', 'B', 'R');
    GOT(wire, 0, 0x11, 1, 0, 0, 1, 0, 0x10, 1, 0x57, 1, 0, 0, 0);
    assert_true(wire->session.finished);
    sim_redirection_fini(&wire->session, 0);
    bench_call(
        wire->bench,
        INVOKE(REDIRECTION, "RequestStateChange", "<h:RequestedState>32769</h:RequestedState>"), 0);
    open_session(wire);
    SEND(wire, START_SOL);
    GOT(wire, 0, 0x11, 3, 0, 0, 1, 0, 0x10, 1, 0x57, 1, 0, 0, 0);
    assert_true(wire->session.finished);
}

static void a_second_session_of_its_kind_is_busy(void **state)
{
    struct wire *wire = *state;
    struct sim_redirection second;
    open_kind(wire, sol);
    sim_redirection_init(&second, &wire->host, wire, 0);
    wire->count = 0;
    sim_redirection_feed(&second, slice_of(sol, 8), 0);
    GOT(wire, 0, 0x11, 2, 0, 0, 1, 0, 0x10, 1, 0x57, 1, 0, 0, 0);
    assert_true(second.finished);
    sim_redirection_fini(&second, 0);
    sim_redirection_init(&second, &wire->host, wire, 0);
    wire->count = 0;
    sim_redirection_feed(&second, slice_of(ider, 8), 0);
    GOT(wire, 0, STARTED);
    sim_redirection_fini(&second, 0);
    assert_int_equal(wire->bench->device.sessions_reserved, 1 << SIM_SESSION_SOL);
}

static void the_third_wrong_password_ends_it(void **state)
{
    struct wire *wire = *state;
    SEND(wire, START_KVM);
    for (unsigned i = 0; i < 2; i++) {
        log_in(wire, "admin", "wrong");
        assert_memory_equal(wire->sent[0], "\x14\1\0\0\4\x4E", 6);
        assert_false(wire->session.finished);
    }
    log_in(wire, "admin", "wrong");
    assert_true(wire->session.finished);
    /* sensor 6: authentication failed 3 times */
    bench_has(bench_call(wire->bench,
                         INVOKE(SPACE_AMT "AMT_MessageLog", "GetRecords",
                                "<h:IterationIdentifier>1</h:IterationIdentifier>"
                                "<h:MaxReadRecords>1</h:MaxReadRecords>"),
                         0),
              "<g:RecordArray>ALlVaf8GbwVoEP8mYaoDAAAAAAAA</g:RecordArray>");
}

static void other_authentication_is_not_offered(void **state)
{
    struct wire *wire = *state;
    SEND(wire, START_SOL);
    SEND(wire, 0x13, 0, 0, 0, 1, 0, 0, 0, 0);
    GOT(wire, 0, 0x14, 2, 0, 0, 1, 0, 0, 0, 0);
    SEND(wire, 0x13, 0, 0, 0, 4, 1, 2, 0, 0);
    assert_true(wire->session.finished);
}

static void nothing_goes_before_the_password(void **state)
{
    struct wire *wire = *state;
    SEND(wire, START_SOL);
    SEND(wire, 0x28, 0, 0, 0, 0, 0, 0, 0, 1, 0, 'x');
    assert_true(wire->session.finished);
    assert_int_equal(wire->count, 0);
}

#define SOL_START                                                                                \
    0x20, 0, 0, 0, 7, 0, 0, 0, 0x10, 0x27, 0x64, 0, 0, 0, 0x10, 0x27, 0x64, 0, 0x88, 0x13, 0, 0, \
        0, 0

/* The machine has been running since the start of the world: its system asks for a login. */
static void sol_is_the_machines_serial_line(void **state)
{
    struct wire *wire = *state;
    open_kind(wire, sol);
    SEND(wire, SOL_START);
    assert_int_equal(wire->count, 2); /* one message a write */
    GOT(wire, 0, 0x21, 0, 0, 0, 7, 0, 0, 0, 0xE8, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    GOT(wire, 1, 0x29, 0, 0, 0, 0, 0, 0, 0, 3,
        4); /* somebody uses the line of a machine that is on */
    SEND(wire, 0x27, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x1B, 0, 0, 0);
    assert_int_equal(wire->count, 0);
    SEND(wire, 0x28, 0, 0, 0, 1, 0, 0, 0, 2, 0, 'd', 'i');
    GOT(wire, 0, 0x2A, 0, 0, 0, 1, 0, 0, 0, 2, 0, 'd', 'i');
    SEND(wire, 0x28, 0, 0, 0, 1, 0, 0, 0, 1, 0, 3); /* Ctrl-C */
    GOT(wire, 0, 0x2A, 0, 0, 0, 2, 0, 0, 0, 19, 0, '^', 'C', '\r', '\n', 'm', 'a', 'c', 'h', 'i',
        'n', 'e', ' ', 'l', 'o', 'g', 'i', 'n', ':', ' ');
    SEND(wire, 0x24, 0, 0, 0, 9, 0, 0, 0);
    GOT(wire, 0, 0x25, 0, 0, 0, 9, 0, 0, 0);
    SEND(wire, 0x12, 0, 0, 0);
    assert_true(wire->session.finished);
}

static void sol_beats_and_listens(void **state)
{
    struct wire *wire = *state;
    open_kind(wire, sol);
    assert_int_equal(sim_redirection_due(&wire->session), UINT64_MAX);
    SEND(wire, SOL_START);
    assert_int_equal(sim_redirection_due(&wire->session), 5000);
    wire->count = 0;
    sim_redirection_tick(&wire->session, 5000);
    GOT(wire, 0, 0x2B, 0, 0, 0, 1, 0, 0, 0);
    assert_false(wire->session.finished);
    sim_redirection_tick(&wire->session, 10000);
    assert_true(wire->session.finished); /* RxTimeout */
}

static void sol_beats_when_it_has_nothing_else_to_say(void **state)
{
    struct wire *wire = *state;
    open_kind(wire, sol);
    SEND(wire, SOL_START);
    wire->bench->device.line.end = SIM_LINE_ECHO;
    sim_redirection_feed(&wire->session, SLICE_LITERAL("\x28\0\0\0\1\0\0\0\1\0x"), 3000);
    wire->count = 0;
    assert_int_equal(sim_redirection_due(&wire->session), 8000);
    sim_redirection_tick(&wire->session, 5000);
    assert_int_equal(wire->count, 0);
    wire->bench->device.power = SIM_POWER_OFF; /* has news when the heartbeat is due */
    sim_redirection_tick(&wire->session, 8000);
    assert_int_equal(wire->count, 1);
    assert_int_equal(wire->sent[0][0], 0x29);
    assert_int_equal(sim_redirection_due(&wire->session), 13000);
}

static void an_echo_at_the_line_says_what_it_hears(void **state)
{
    struct wire *wire = *state;
    wire->bench->device.line.end = SIM_LINE_ECHO;
    open_kind(wire, sol);
    SEND(wire, SOL_START);
    SEND(wire, 0x28, 0, 0, 0, 1, 0, 0, 0, 2, 0, 'd', 0xFF);
    assert_int_equal(wire->count, 1);
    GOT(wire, 0, 0x2A, 0, 0, 0, 1, 0, 0, 0, 2, 0, 'd', 0xFF);
}

static void a_sink_at_the_line_wants_the_cycle(void **state)
{
    struct wire *wire = *state;
    wire->bench->device.line.end = SIM_LINE_SINK;
    open_kind(wire, sol);
    SEND(wire, SOL_START);
    SEND(wire, 0x28, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 1);
    SEND(wire, 0x28, 0, 0, 0, 2, 0, 0, 0, 1, 0, 2);
    assert_false(wire->session.finished);
    assert_int_equal(wire->count, 0);
    SEND(wire, 0x28, 0, 0, 0, 3, 0, 0, 0, 1, 0, 4);
    assert_true(wire->session.finished);
}

static size_t queued_after_five(void *owner)
{
    return ((struct wire *)owner)->count < 5 ? 0 : SIZE_MAX;
}

static void a_source_at_the_line_speaks_until_the_transport_is_full(void **state)
{
    struct wire *wire = *state;
    wire->bench->device.line = (struct sim_line){SIM_LINE_SOURCE, 12};
    wire->host.queued = queued_after_five;
    open_kind(wire, sol);
    SEND(wire, SOL_START);
    assert_int_equal(wire->count, 5);
    GOT(wire, 2, 0x2A, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 1);
    GOT(wire, 4, 0x2A, 0, 0, 0, 3, 0, 0, 0, 2, 0, 4, 5);
    wire->count = 4;
    sim_redirection_tick(&wire->session, wire->bench->now_ms);
    GOT(wire, 4, 0x2A, 0, 0, 0, 4, 0, 0, 0, 2, 0, 6, 7);
}

static void a_login_takes_a_minute_at_most(void **state)
{
    struct wire *wire = *state;
    SEND(wire, START_SOL);
    assert_int_equal(sim_redirection_due(&wire->session), 60000);
    wire->bench->now_ms = 59999;
    SEND(wire, 0x13);
    sim_redirection_tick(&wire->session, 60000);
    assert_true(wire->session.finished);
}

static void ider_numbers_its_messages(void **state)
{
    struct wire *wire = *state;
    open_kind(wire, ider);
    SEND(wire, 0x40, 0, 0, 0, 0, 0, 0, 0, 0x30, 0x75, 0, 0, 0x20, 0x4E, 1, 0, 0, 0);
    GOT(wire, 0, 0x41, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0x10, 1, 0, 0, 0, 0, 0, 0x20, 0, 0x20, 0, 0, 0, 0,
        0, 0x57, 1, 0, 0, 0);
    SEND(wire, 0x48, 0, 0, 0, 1, 0, 0, 0, 3, 0x09, 0, 0, 0);
    GOT(wire, 0, 0x49, 0, 0, 0, 1, 0, 0, 0, 3, 1, 0, 0, 0);
    SEND(wire, 0x44, 0, 0, 0, 2, 0, 0, 0);
    GOT(wire, 0, 0x45, 0, 0, 0, 2, 0, 0, 0);
    wire->count = 0;
    sim_redirection_tick(&wire->session, 20000);
    GOT(wire, 0, 0x4B, 0, 0, 0, 3, 0, 0, 0);
    SEND(wire, 0x42, 0, 0, 0, 3, 0, 0, 0);
    GOT(wire, 0, 0x43, 0, 0, 0, 4, 0, 0, 0);
    assert_true(wire->session.finished);
}

static void kvm_hands_over_to_rfb(void **state)
{
    struct wire *wire = *state;
    open_kind(wire, kvm);
    SEND(wire, 0x40, 0, 0, 0, 0, 0, 0, 0);
    GOT(wire, 0, 0x41, 0, 0, 0, 0, 0, 0, 0);
    GOT(wire, 1, 'R', 'F', 'B', ' ', '0', '0', '4', '.', '0', '0', '0', '\n');
    SEND(wire, 0x12, 0, 0, 0); /* no longer ours */
    assert_false(wire->session.finished);
    bench_has(bench_ask(wire->bench, GET(SPACE_CIM "CIM_KVMRedirectionSAP"), 200),
              "<g:EnabledState>2</g:EnabledState>");
}

static void screens_are_told_as_they_are_shown(void **state)
{
    struct wire *wire = *state;
    bench_has(bench_ask(wire->bench, GET(SPACE_IPS "IPS_ScreenSettingData"), 200),
              "<g:ResolutionX>1920</g:ResolutionX>");
    wire->bench->device.screens = 2;
    const char *text = bench_ask(wire->bench, GET(SPACE_IPS "IPS_ScreenSettingData"), 200);
    bench_has(text, "<g:IsActive>true</g:IsActive><g:IsActive>true</g:IsActive>"
                    "<g:IsActive>false</g:IsActive>");
    bench_has(text, "<g:ResolutionX>1024</g:ResolutionX><g:ResolutionX>1024</g:ResolutionX>"
                    "<g:ResolutionX>0</g:ResolutionX>");
    bench_has(text, "<g:UpperLeftX>0</g:UpperLeftX><g:UpperLeftX>1024</g:UpperLeftX>"
                    "<g:UpperLeftX>-1</g:UpperLeftX>");
}

/* The session's first request shows what DefaultScreen says; 1 is the second display. */
static void the_default_screen_is_shown(void **state)
{
    struct wire *wire = *state;
    struct sim_device *device = &wire->bench->device;
    for (uint8_t screens = 1; screens <= 2; screens++) {
        device->screens = screens;
        open_kind(wire, kvm);
        SEND(wire, 0x40, 0, 0, 0, 0, 0, 0, 0);
        uint8_t corner[4];
        sim_screen_tile(host_screen(device), 0, 0, 2, 2, corner);
        assert_int_equal(corner[0], screens == 1 ? SIM_BLACK : SIM_BLUE);
        sim_redirection_fini(&wire->session, 0);
        open_session(wire);
    }
}

static void a_screen_that_is_not_used_closes(void **state)
{
    struct wire *wire = *state;
    open_kind(wire, kvm);
    SEND(wire, 0x40, 0, 0, 0, 0, 0, 0, 0);
    assert_int_equal(sim_redirection_due(&wire->session), 180000); /* SessionTimeout 3 */
    SEND(wire, 'R', 'F', 'B', ' ', '0', '0', '3', '.', '0', '0', '8', '\n', 1, 1);
    wire->bench->now_ms = 100000;
    SEND(wire, 4, 1, 0, 0, 0, 0, 0, 'x');
    sim_redirection_tick(&wire->session, 279999);
    assert_false(wire->session.finished);
    sim_redirection_tick(&wire->session, 280000);
    assert_true(wire->session.finished);
    assert_non_null(wire->bench->device.host);
    sim_redirection_fini(&wire->session, 280000);
    assert_null(host_screen(&wire->bench->device)); /* the picture is gone with it */
    open_session(wire);
}

static void firmware_21_speaks_rfb_3_8(void **state)
{
    struct wire *wire = *state;
    struct sim_personality newer = *wire->bench->device.personality;
    newer.major = 21;
    wire->bench->device.personality = &newer;
    send_bytes(wire, kvm, 8);
    log_in(wire, "admin", "P@ssw0rd");
    SEND(wire, 0x40, 0, 0, 0, 0, 0, 0, 0);
    GOT(wire, 1, 'R', 'F', 'B', ' ', '0', '0', '3', '.', '0', '0', '8', '\n');
    sim_redirection_fini(&wire->session, 0);
    wire->bench->device.personality = &sim_personality_16;
    open_session(wire);
}

static void a_machine_that_is_off_has_no_display(void **state)
{
    struct wire *wire = *state;
    wire->bench->device.power = SIM_POWER_OFF;
    open_kind(wire, kvm);
    SEND(wire, 0x40, 0, 0, 0, 0, 0, 0, 0);
    SEND(wire, 'R', 'F', 'B', ' ', '0', '0', '3', '.', '0', '0', '8', '\n', 1, 1);
    assert_int_equal(wire->sizes[wire->count - 1], 40); /* ServerInit */
    assert_true(wire->session.finished);
}

static void a_line_tells_when_nobody_uses_it(void **state)
{
    struct wire *wire = *state;
    struct sim_device *device = &wire->bench->device;
    device->power_delay_ms = 1;
    open_kind(wire, sol);
    SEND(wire, SOL_START);
    assert_int_equal(sim_device_power(device, SIM_POWER_OFF, 0), SIM_OK);
    sim_device_tick(device, 1);
    assert_int_equal(sim_redirection_due(&wire->session), 0); /* at once */
    wire->count = 0;
    sim_redirection_tick(&wire->session, 1);
    GOT(wire, 0, 0x29, 0, 0, 0, 1, 0, 0, 0, 0, 2);
    SEND(wire, 0x28, 0, 0, 0, 1, 0, 0, 0, 1, 0, 'x'); /* nobody hears it */
    assert_int_equal(wire->count, 0);
}

/* Firmware up to 11 takes user and password in clear; Debian's amtterm can nothing else. */
static void old_firmware_takes_a_password_in_clear(void **state)
{
    struct wire *wire = *state;
    wire->bench->device.personality = sim_personality_find(SLICE_LITERAL("11.8"));
    SEND(wire, START_SOL);
    SEND(wire, 0x13, 0, 0, 0, 0, 0, 0, 0, 0);
    GOT(wire, 0, 0x14, 0, 0, 0, 0, 2, 0, 0, 0, 1, 4);
    SEND(wire, 0x13, 0, 0, 0, 1, 12, 0, 0, 0, 5, 'a', 'd', 'm', 'i', 'n', 5, 'w', 'r', 'o', 'n',
         'g');
    GOT(wire, 0, 0x14, 1, 0, 0, 1, 0, 0, 0, 0);
    SEND(wire, 0x13, 0, 0, 0, 1, 15, 0, 0, 0, 5, 'a', 'd', 'm', 'i', 'n', 8, 'P', '@', 's', 's',
         'w', '0', 'r', 'd');
    GOT(wire, 0, 0x14, 0, 0, 0, 1, 0, 0, 0, 0);
    assert_int_equal(wire->bench->device.sessions_open, 1 << SIM_SESSION_SOL);
}

static void require_consent(struct bench *bench, const char *policy)
{
    char request[4096];
    snprintf(request, sizeof(request),
             PUT_OF(SPACE_IPS, "IPS_OptInService", "<h:OptInRequired>%s</h:OptInRequired>"),
             policy);
    (void)bench_ask(bench, request, 200);
}

static void the_screen_needs_consent(void **state)
{
    struct wire *wire = *state;
    require_consent(wire->bench, "1");
    open_kind(wire, kvm);
    SEND(wire, 0x40, 0, 0, 0, 0, 0, 0, 0);
    assert_int_equal(wire->count, 1);
    GOT(wire, 0, 0x41, 0, 0, 0, 0, 0, 0, 0);
    assert_true(wire->session.finished);
}

static void a_consent_is_in_session_until_the_end(void **state)
{
    struct wire *wire = *state;
    struct bench *bench = wire->bench;
    char code[128];
    require_consent(bench, "4294967295");
    bench_call(bench, INVOKE(OPT_IN, "StartOptIn", ""), 0);
    bench->now_ms = 1000;
    sim_device_tick(&bench->device, bench->now_ms);
    snprintf(code, sizeof(code), "%u", (unsigned)bench->device.consent.code);
    char request[4096];
    snprintf(request, sizeof(request),
             INVOKE(OPT_IN, "SendOptInCode", "<h:OptInCode>%s</h:OptInCode>"), code);
    bench_call(bench, request, 0);
    open_kind(wire, ider);
    bench_has(bench_ask(bench, GET(OPT_IN), 200), "<g:OptInState>4</g:OptInState>");
    SEND(wire, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0);
    assert_false(wire->session.finished);
    sim_redirection_fini(&wire->session, bench->now_ms);
    bench_has(bench_ask(bench, GET(OPT_IN), 200), "<g:OptInState>3</g:OptInState>");
    open_session(wire);
}

static void an_account_needs_the_realm(void **state)
{
    struct wire *wire = *state;
    struct bench *bench = wire->bench;
    char ha1[HTTP_DIGEST_HEX_SIZE], request[4096];
    uint8_t hash[16];
    struct arena arena;
    arena_init(&arena);
    for (unsigned realm = 2; realm <= 3; realm++) {
        char user[8];
        snprintf(user, sizeof(user), "user%u", realm);
        http_digest_ha1(slice_of_string(user), slice_of_string(bench->device.realm),
                        SLICE_LITERAL("P@ssw0rd"), ha1);
        assert_true(encoding_hex_decode(slice_of_string(ha1), hash, sizeof(hash)));
        struct slice text = encoding_base64(&arena, slice_of(hash, 16));
        snprintf(request, sizeof(request),
                 INVOKE(SPACE_AMT "AMT_AuthorizationService", "AddUserAclEntryEx",
                        "<h:DigestUsername>%s</h:DigestUsername><h:DigestPassword>%.*s"
                        "</h:DigestPassword><h:AccessPermission>2</h:AccessPermission>"
                        "<h:Realms>%u</h:Realms>"),
                 user, SLICE_ARG(text), realm);
        bench_call(bench, request, 0);
    }
    arena_fini(&arena);
    SEND(wire, START_SOL);
    log_in(wire, "user3", "P@ssw0rd");
    assert_memory_equal(wire->sent[0], "\x14\1\0\0\4\x4E", 6);
    log_in(wire, "user2", "P@ssw0rd");
    GOT(wire, 0, 0x14, 0, 0, 0, 4, 0, 0, 0, 0);
}

static void the_model_ends_a_session(void **state)
{
    struct wire *wire = *state;
    open_kind(wire, sol);
    sim_redirection_tick(&wire->session, 0);
    assert_false(wire->session.finished);
    bench_call(wire->bench,
               INVOKE(REDIRECTION, "TerminateSession", "<h:SessionType>1</h:SessionType>"), 0);
    sim_redirection_tick(&wire->session, 0);
    assert_true(wire->session.finished);
    sim_redirection_fini(&wire->session, 0);
    assert_int_equal(wire->bench->device.sessions_open, 0);
    open_session(wire);
    open_kind(wire, sol);
    sim_redirection_tick(&wire->session, 0);
    assert_false(wire->session.finished);
}

static void sessions_are_seen_and_audited(void **state)
{
    struct wire *wire = *state;
    open_kind(wire, sol);
    bench_has(BENCH_PULL(wire->bench, SPACE_IPS "IPS_SolSessionUsingPort"), "<g:EndOfSequence>");
    bench_has(BENCH_PULL(wire->bench, SPACE_IPS "IPS_SolSessionUsingPort"),
              "<h:IPS_SolSessionUsingPort>");
    bench_has(BENCH_PULL(wire->bench, SPACE_IPS "IPS_KvmSessionUsingPort"), "<g:Items></g:Items>");
    /* 18 "Redirection Manager", 4 "SoL Session Opened", digest user "admin" */
    bench_has(bench_call(
                  wire->bench,
                  INVOKE(SPACE_AMT "AMT_AuditLog", "ReadRecords", "<h:StartIndex>3</h:StartIndex>"),
                  0),
              "<g:EventRecords>ABIABAAFYWRtaW5pVbkAAgAA</g:EventRecords>");
}

static void the_listener_closes_the_port(void **state)
{
    struct wire *wire = *state;
    assert_true(sim_redirection_listens(&wire->bench->device));
    (void)bench_ask(
        wire->bench,
        PUT_OF(SPACE_AMT, "AMT_RedirectionService", "<h:ListenerEnabled>false</h:ListenerEnabled>"),
        200);
    assert_false(sim_redirection_listens(&wire->bench->device));
}

#define WIRE_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WIRE_TEST(a_session_starts_as_captured),
        WIRE_TEST(refusals_come_in_full),
        WIRE_TEST(a_second_session_of_its_kind_is_busy),
        WIRE_TEST(the_third_wrong_password_ends_it),
        WIRE_TEST(other_authentication_is_not_offered),
        WIRE_TEST(nothing_goes_before_the_password),
        WIRE_TEST(sol_is_the_machines_serial_line),
        WIRE_TEST(sol_beats_and_listens),
        WIRE_TEST(sol_beats_when_it_has_nothing_else_to_say),
        WIRE_TEST(an_echo_at_the_line_says_what_it_hears),
        WIRE_TEST(a_sink_at_the_line_wants_the_cycle),
        WIRE_TEST(a_source_at_the_line_speaks_until_the_transport_is_full),
        WIRE_TEST(a_login_takes_a_minute_at_most),
        WIRE_TEST(ider_numbers_its_messages),
        WIRE_TEST(kvm_hands_over_to_rfb),
        WIRE_TEST(screens_are_told_as_they_are_shown),
        WIRE_TEST(the_default_screen_is_shown),
        WIRE_TEST(a_screen_that_is_not_used_closes),
        WIRE_TEST(firmware_21_speaks_rfb_3_8),
        WIRE_TEST(a_machine_that_is_off_has_no_display),
        WIRE_TEST(a_line_tells_when_nobody_uses_it),
        WIRE_TEST(old_firmware_takes_a_password_in_clear),
        WIRE_TEST(the_screen_needs_consent),
        WIRE_TEST(a_consent_is_in_session_until_the_end),
        WIRE_TEST(an_account_needs_the_realm),
        WIRE_TEST(the_model_ends_a_session),
        WIRE_TEST(sessions_are_seen_and_audited),
        WIRE_TEST(the_listener_closes_the_port),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
