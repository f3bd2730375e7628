/* The device's end of IDER, byte by byte (spec device-protocols 2.4), and its drivers above it. The
 * host's answers are the bytes that MeshCentral and ui-toolkit send (spec meshcentral 3.2). */
#include "sim/drive.h"
#include "sim/loader.h"
#include "sim/redirection_server.h"

#include "core/memory.h"
#include "sim/capability/capability.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MESSAGES 64
#define PRINTED  4096
#define CD_BLOCK 2048

struct wire {
    struct sim_device device;
    struct sim_authenticator authenticator;
    struct sim_redirection_host host;
    struct sim_redirection session;
    struct buffer sent[MESSAGES];
    size_t count, read; /* messages sent; … and looked at */
    uint32_t sequence;  /* of the host's next message */
    uint32_t expected;  /* of the device's */
    uint64_t now_ms;
    char printed[PRINTED];
    size_t printed_size;
    int over; /* -1: not yet */
    bool floppy_is_asked;
};

static void keep(void *owner, struct slice message)
{
    struct wire *wire = owner;
    assert_true(wire->count < MESSAGES && message.size >= 8);
    uint32_t sequence;
    memcpy(&sequence, message.data + 4, sizeof(sequence)); /* little-endian, as we are */
    assert_int_equal(sequence, wire->expected++);
    buffer_init(&wire->sent[wire->count], 65536);
    buffer_put(&wire->sent[wire->count++], message);
}

static void forget(struct wire *wire)
{
    for (size_t i = 0; i < wire->count; i++)
        buffer_fini(&wire->sent[i]);
    wire->count = wire->read = 0;
}

static int set_up(void **state)
{
    static const struct guid guid = {{1, 2, 3}};
    struct wire *wire = memory_new(sizeof(*wire));
    sim_device_init(&wire->device, &sim_personality_16, &guid, 1);
    sim_authenticator_init(&wire->authenticator, "admin", wire->device.realm,
                           SLICE_LITERAL("P@ssw0rd"));
    wire->host = (struct sim_redirection_host){
        .device = &wire->device, .authenticator = &wire->authenticator, .send = keep};
    sim_redirection_init(&wire->session, &wire->host, wire, 0);
    wire->session.silence = 0;
    wire->session.kind = SIM_SESSION_IDER;
    wire->session.state = SIM_REDIRECTION_OPEN;
    assert_true(sim_session_reserve(&wire->device, SIM_SESSION_IDER));
    sim_session_begin(&wire->device, SIM_SESSION_IDER, 0);
    wire->over = -1;
    *state = wire;
    return 0;
}

static int tear_down(void **state)
{
    struct wire *wire = *state;
    sim_redirection_fini(&wire->session, wire->now_ms);
    forget(wire);
    sim_authenticator_fini(&wire->authenticator);
    sim_device_fini(&wire->device);
    free(wire);
    return 0;
}

/* ---- the host ---- */

/* A message with its number; in pieces, as the wire has it. */
static void host_sends(struct wire *wire, uint8_t type, uint8_t attribute, struct slice body)
{
    uint8_t header[8] = {type, 0, 0, attribute};
    memcpy(header + 4, &wire->sequence, 4);
    wire->sequence++;
    sim_redirection_feed(&wire->session, slice_of(header, 5), wire->now_ms);
    sim_redirection_feed(&wire->session, slice_of(header + 5, 3), wire->now_ms);
    sim_redirection_feed(&wire->session, slice_first(body, 20), wire->now_ms);
    sim_redirection_feed(&wire->session, slice_from(body, 20), wire->now_ms);
}

#define BODY(...) slice_of((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void host_good(struct wire *wire, uint8_t drive)
{
    host_sends(wire, 0x51, 2,
               BODY(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xC5, 0, 3, 0, 0, 0, drive, 0x50, 0, 0, 0));
}

static void host_checks(struct wire *wire, uint8_t drive, uint8_t key, uint8_t code, uint8_t more)
{
    host_sends(wire, 0x51, 2,
               BODY(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x87, (uint8_t)(key << 4), 3, 0, 0, 0,
                    drive, 0x51, key, code, more));
}

static void host_data(struct wire *wire, uint8_t drive, bool last, bool dma, struct slice data)
{
    uint8_t low = (uint8_t)data.size, high = (uint8_t)(data.size >> 8);
    struct buffer body;
    buffer_init(&body, 65536 + 64);
    buffer_put(&body, BODY(0, low, high, 0, dma ? 0xB4 : 0xB5, 0, 2, 0, dma ? 0 : low,
                           dma ? 0 : high, drive, 0x58));
    if (last)
        buffer_put(&body, BODY(0x85, 0, 3, 0, 0, 0, drive, 0x50, 0, 0, 0, 0, 0, 0));
    else
        buffer_put(&body, BODY(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    buffer_put(&body, data);
    host_sends(wire, 0x54, (uint8_t)((last ? 2 : 0) | (dma ? 1 : 0)), buffer_slice(&body));
    buffer_fini(&body);
}

/* The next message of the device, as bytes without its number. */
static void got_bytes(struct wire *wire, struct slice head, struct slice body)
{
    assert_true(wire->read < wire->count);
    struct slice message = buffer_slice(&wire->sent[wire->read++]);
    assert_int_equal(message.size, 8 + body.size);
    assert_memory_equal(message.data, head.data, 4);
    assert_memory_equal(message.data + 8, body.data, body.size);
}

#define GOT(wire, type, ...) got_bytes(wire, BODY(type, 0, 0, 0), BODY(__VA_ARGS__))

static void got_bare(struct wire *wire, uint8_t type)
{
    got_bytes(wire, BODY(type, 0, 0, 0), (struct slice){0});
}

static void got_nothing(const struct wire *wire)
{
    assert_int_equal(wire->read, wire->count);
}

/* The next message is a command to this drive with this operation; returns the CDB. */
static const uint8_t *got_command(struct wire *wire, uint8_t drive, uint8_t operation)
{
    assert_true(wire->read < wire->count);
    struct slice message = buffer_slice(&wire->sent[wire->read++]);
    assert_int_equal(message.size, 28);
    assert_int_equal(message.data[0], 0x50);
    assert_int_equal(message.data[14], drive);
    assert_int_equal(message.data[16], operation);
    return message.data + 16;
}

static void open_session(struct wire *wire)
{
    host_sends(wire, 0x40, 0, BODY(0x30, 0x75, 0, 0, 0x20, 0x4E, 1, 0, 0, 0));
    GOT(wire, 0x41, 1, 0, 0x10, 1, 0, 0, 0, 0, 0, 0x20, 0, 0x20, 0, 0, 0, 0, 0, 0x57, 1, 0, 0, 0);
}

static void switch_on(struct wire *wire, uint8_t start)
{
    host_sends(wire, 0x48, 0, BODY(3, (uint8_t)(1 | start), 0, 0, 0));
    GOT(wire, 0x49, 3, 1, 0, 0, 0);
}

static void violated(struct wire *wire, uint8_t code)
{
    GOT(wire, 0x4A, code, 0, 0);
    got_nothing(wire);
    assert_true(wire->session.finished);
}

/* ---- the machine ---- */

static void on_print(void *owner, struct slice text)
{
    struct wire *wire = owner;
    assert_true(text.size < PRINTED - wire->printed_size);
    memcpy(wire->printed + wire->printed_size, text.data, text.size);
    wire->printed_size += text.size;
}

static void on_over(void *owner, bool booted)
{
    struct wire *wire = owner;
    wire->over = booted;
}

static const struct sim_loader_events loader_events = {.print = on_print, .over = on_over};

static void boot(struct wire *wire, bool cd)
{
    wire->over = -1;
    sim_loader_start(&wire->device, cd, &loader_events, wire, wire->now_ms);
    got_nothing(wire);
    sim_device_tick(&wire->device, wire->now_ms);
}

static void tick(struct wire *wire, uint64_t now_ms)
{
    wire->now_ms = now_ms;
    sim_device_tick(&wire->device, now_ms);
    sim_redirection_tick(&wire->session, now_ms);
}

static void assert_printed(const struct wire *wire, const char *text)
{
    if (strstr(wire->printed, text) == NULL)
        fail_msg("'%s' is not in:\n%s", text, wire->printed);
}

/* Boots up to the reset of the bus, and lets the host agree. */
static void boot_on(struct wire *wire, bool cd)
{
    open_session(wire);
    switch_on(wire, 0x08);
    boot(wire, cd);
    GOT(wire, 0x46, 0);
    got_nothing(wire);
    host_sends(wire, 0x47, 0, (struct slice){0});
}

/* Answers what a BIOS asks of a CD, up to the first read. */
static void attach_cd(struct wire *wire, uint32_t blocks)
{
    uint32_t last = blocks - 1;
    uint8_t capacity[8] = {(uint8_t)(last >> 24),
                           (uint8_t)(last >> 16),
                           (uint8_t)(last >> 8),
                           (uint8_t)last,
                           0,
                           0,
                           8,
                           0};
    (void)got_command(wire, 0xB0, 0x00);
    host_good(wire, 0xB0);
    (void)got_command(wire, 0xB0, 0x25);
    host_data(wire, 0xB0, true, false, slice_of(capacity, 8));
    (void)got_command(wire, 0xB0, 0x1E);
    host_good(wire, 0xB0);
    (void)got_command(wire, 0xB0, 0x46);
    host_data(wire, 0xB0, true, false, BODY(0, 0, 0, 4, 0, 0, 0, 8));
    (void)got_command(wire, 0xB0, 0x4A);
    host_data(wire, 0xB0, true, false, BODY(0, 2, 0x80, 0));
    (void)got_command(wire, 0xB0, 0x51);
    host_checks(wire, 0xB0, 5, 0x20, 0);
    for (unsigned i = 0; i < 3; i++) {
        static const uint8_t pages[] = {0x01, 0x2A, 0x3F};
        assert_int_equal(got_command(wire, 0xB0, 0x5A)[2], pages[i]);
        host_data(wire, 0xB0, true, false, BODY(0, 6, 1, 0x80, 0, 0, 0, 0));
    }
    (void)got_command(wire, 0xB0, 0x43);
    host_data(wire, 0xB0, true, false, BODY(0, 2, 1, 1));
}

/* ---- tests ---- */

static void the_host_starts_the_drives_now(void **state)
{
    struct wire *wire = *state;
    open_session(wire);
    host_sends(wire, 0x48, 0, BODY(1));
    GOT(wire, 0x49, 1, 1, 0, 0, 0);
    host_sends(wire, 0x48, 0, BODY(2));
    GOT(wire, 0x49, 2, 0, 0, 0, 0);
    switch_on(wire, 0x18);
    GOT(wire, 0x46, 0);
    got_nothing(wire);
    host_sends(wire, 0x47, 0, (struct slice){0});
    GOT(wire, 0x50, 0, 0, 0, 0, 0, 0, 0xA0, 0xA0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    got_nothing(wire); /* one command at a time */
    host_checks(wire, 0xA0, 2, 0x3A, 0);
    GOT(wire, 0x50, 0, 0, 0, 0, 0, 0, 0xB0, 0xA0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    host_sends(wire, 0x48, 0, BODY(2));
    GOT(wire, 0x49, 2, 2, 0, 0, 0);
}

static void a_graceful_start_resets_nothing(void **state)
{
    struct wire *wire = *state;
    open_session(wire);
    switch_on(wire, 0x10);
    (void)got_command(wire, 0xA0, 0x00);
}

static void drives_for_the_next_boot_wait(void **state)
{
    struct wire *wire = *state;
    open_session(wire);
    switch_on(wire, 0x08);
    got_nothing(wire);
    wire->device.boot.count++;
    assert_true(sim_redirection_due(&wire->session) <= wire->now_ms);
    tick(wire, 1);
    GOT(wire, 0x46, 0);
    host_sends(wire, 0x47, 0, (struct slice){0});
    (void)got_command(wire, 0xA0, 0x00);
}

static void a_machine_that_is_off_asks_nothing(void **state)
{
    struct wire *wire = *state;
    wire->device.power = SIM_POWER_OFF;
    open_session(wire);
    switch_on(wire, 0x18);
    got_nothing(wire);
}

static void pings_and_the_end_are_answered(void **state)
{
    struct wire *wire = *state;
    open_session(wire);
    host_sends(wire, 0x44, 0, (struct slice){0});
    got_bare(wire, 0x45);
    host_sends(wire, 0x45, 0, (struct slice){0});
    tick(wire, 20000);
    got_bare(wire, 0x4B);
    host_sends(wire, 0x42, 0, (struct slice){0});
    got_bare(wire, 0x43);
    assert_true(wire->session.finished);
}

/* MeshCentral asks for a receive time of 30 s and never sends anything of itself. */
static void a_silent_host_stays(void **state)
{
    struct wire *wire = *state;
    open_session(wire);
    for (uint64_t now = 20000; now <= 120000; now += 20000)
        tick(wire, now);
    assert_false(wire->session.finished);
    assert_int_equal(wire->count, 1 + 6);
}

static void a_cd_is_asked_in_a_bios_order(void **state)
{
    struct wire *wire = *state;
    boot_on(wire, true);
    attach_cd(wire, 1000);
    GOT(wire, 0x50, 0, 1, 0, 0, 0, 8, 0xB0, 0xA0, 0x28, 0, 0, 0, 0, 16, 0, 0, 1, 0, 0, 0);
    got_nothing(wire);
}

static void a_drive_gets_ready_with_patience(void **state)
{
    struct wire *wire = *state;
    boot_on(wire, true);
    (void)got_command(wire, 0xB0, 0x00);
    host_checks(wire, 0xB0, 6, 0x28, 0); /* the medium may have changed */
    (void)got_command(wire, 0xB0, 0x00);
    host_checks(wire, 0xB0, 2, 0x04, 1); /* becoming ready */
    got_nothing(wire);
    assert_int_equal(sim_redirection_due(&wire->session), 500);
    tick(wire, 500);
    (void)got_command(wire, 0xB0, 0x00);
    host_good(wire, 0xB0);
    (void)got_command(wire, 0xB0, 0x25);
}

static void patience_ends(void **state)
{
    struct wire *wire = *state;
    boot_on(wire, true);
    for (unsigned i = 0; i < 5; i++) {
        (void)got_command(wire, 0xB0, 0x00);
        host_checks(wire, 0xB0, 6, 0x28, 0);
    }
    got_nothing(wire);
    assert_int_equal(wire->over, false);
    assert_printed(wire, "Remote CD: refused (sense 6/28/00)\r\n");
}

static void an_empty_drive_does_not_boot(void **state)
{
    struct wire *wire = *state;
    boot_on(wire, false);
    (void)got_command(wire, 0xA0, 0x00);
    host_checks(wire, 0xA0, 2, 0x3A, 0);
    assert_int_equal(wire->over, false);
    assert_string_equal(sim_loader_failure(&wire->device), "No bootable medium");
    assert_printed(wire, "Remote floppy: no medium\r\nNo bootable medium\r\n");
    assert_false(wire->session.finished);
}

static void without_a_session_there_is_no_medium(void **state)
{
    struct wire *wire = *state;
    boot(wire, true);
    assert_int_equal(wire->over, -1);
    tick(wire, 4999);
    assert_int_equal(wire->over, -1);
    assert_int_equal(sim_device_due(&wire->device), 5000);
    tick(wire, 5000);
    assert_int_equal(wire->over, false);
    assert_printed(wire, "Remote CD: waiting for a session\r\nNo bootable medium\r\n");
}

static void a_loader_waits_for_the_session(void **state)
{
    struct wire *wire = *state;
    boot(wire, true);
    tick(wire, 3000);
    open_session(wire);
    switch_on(wire, 0x08);
    GOT(wire, 0x46, 0);
    host_sends(wire, 0x47, 0, (struct slice){0});
    (void)got_command(wire, 0xB0, 0x00);
}

/* MeshCentral's server refuses READ CAPACITY for a CD when there is no floppy. */
static void a_cd_of_unknown_size_is_read(void **state)
{
    struct wire *wire = *state;
    boot_on(wire, true);
    (void)got_command(wire, 0xB0, 0x00);
    host_good(wire, 0xB0);
    (void)got_command(wire, 0xB0, 0x25);
    host_checks(wire, 0xB0, 2, 0x3A, 0);
    for (unsigned i = 0; i < 8; i++) {
        wire->read++;
        host_checks(wire, 0xB0, 5, 0x20, 0);
    }
    assert_int_equal(got_command(wire, 0xB0, 0x28)[5], 16);
    host_checks(wire, 0xB0, 2, 0x3A, 0);
    assert_int_equal(wire->over, false);
    assert_printed(wire, "Remote CD: no medium\r\n");
}

struct taken {
    int status; /* -1: nothing yet */
    struct buffer data;
};

static void on_taken(void *owner, enum sim_drive_status status, struct slice data, uint64_t now_ms)
{
    struct taken *taken = owner;
    (void)now_ms;
    taken->status = (int)status;
    buffer_init(&taken->data, 1 << 20);
    buffer_put(&taken->data, data);
}

/* Boots until the drive is attached; then nobody else uses it. */
static struct sim_drive *ready_drive(struct wire *wire)
{
    boot_on(wire, true);
    attach_cd(wire, 1000);
    sim_loader_stop(&wire->device);
    (void)got_command(wire, 0xB0, 0x28);
    host_checks(wire, 0xB0, 5, 0x24, 0);
    return sim_ider_drive(wire->device.ider, true);
}

static void a_read_comes_in_commands_and_messages(void **state)
{
    struct wire *wire = *state;
    struct taken taken = {.status = -1};
    uint8_t bytes[8 * CD_BLOCK];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 7 + i / 256);
    struct sim_drive *drive = ready_drive(wire);
    wire->device.drives.request = 5 * CD_BLOCK;
    sim_drive_read(drive, 100 * CD_BLOCK + 10, 7 * CD_BLOCK, on_taken, &taken, 0);
    GOT(wire, 0x50, 0, 1, 0, 0, 0, 0x20, 0xB0, 0xA0, 0x28, 0, 0, 0, 0, 100, 0, 0, 5, 0, 0, 0);
    host_data(wire, 0xB0, false, true, slice_of(bytes, 8192));
    got_nothing(wire);
    host_data(wire, 0xB0, true, true, slice_of(bytes + 8192, 2048));
    GOT(wire, 0x50, 0, 1, 0, 0, 0, 0x18, 0xB0, 0xA0, 0x28, 0, 0, 0, 0, 105, 0, 0, 3, 0, 0, 0);
    host_data(wire, 0xB0, false, true, slice_of(bytes + 5 * CD_BLOCK, 3 * CD_BLOCK));
    assert_int_equal(taken.status, -1);
    host_good(wire, 0xB0); /* some end with the status instead */
    assert_int_equal(taken.status, SIM_DRIVE_DONE);
    assert_int_equal(buffer_size(&taken.data), 7 * CD_BLOCK);
    assert_memory_equal(buffer_slice(&taken.data).data, bytes + 10, 7 * CD_BLOCK);
    buffer_fini(&taken.data);
}

static void good_status_without_the_data_is_noticed(void **state)
{
    struct wire *wire = *state;
    struct taken taken = {.status = -1};
    struct sim_drive *drive = ready_drive(wire);
    sim_drive_read(drive, 0, CD_BLOCK, on_taken, &taken, 0);
    (void)got_command(wire, 0xB0, 0x28);
    host_good(wire, 0xB0);
    assert_int_equal(taken.status, SIM_DRIVE_SHORT);
    buffer_fini(&taken.data);
}

static void the_end_of_the_medium_is_known(void **state)
{
    struct wire *wire = *state;
    struct taken taken = {.status = -1};
    struct sim_drive *drive = ready_drive(wire);
    assert_int_equal(sim_drive_size(drive), 1000 * CD_BLOCK);
    sim_drive_read(drive, 999 * CD_BLOCK, CD_BLOCK + 1, on_taken, &taken, 0);
    assert_int_equal(taken.status, SIM_DRIVE_RANGE);
    got_nothing(wire);
    buffer_fini(&taken.data);
}

/* 8 TB less one block: the last that READ(10) reaches. */
static void a_large_medium_is_reached(void **state)
{
    struct wire *wire = *state;
    struct taken taken = {.status = -1};
    struct sim_drive *drive = ready_drive(wire);
    drive->blocks = (uint64_t)UINT32_MAX + 1;
    sim_drive_read(drive, (uint64_t)UINT32_MAX * CD_BLOCK, CD_BLOCK, on_taken, &taken, 0);
    assert_memory_equal(got_command(wire, 0xB0, 0x28), "\x28\0\xFF\xFF\xFF\xFF\0\0\1\0\0", 12);
    sim_drive_cancel(drive);
}

static void a_floppy_is_written_in_fetches(void **state)
{
    struct wire *wire = *state;
    struct taken taken = {.status = -1};
    uint8_t sectors[2 * 512];
    memset(sectors, 0x5A, sizeof(sectors));
    boot_on(wire, false);
    (void)got_command(wire, 0xA0, 0x00);
    host_good(wire, 0xA0);
    (void)got_command(wire, 0xA0, 0x23);
    host_data(wire, 0xA0, true, false, BODY(0, 0, 0, 8, 0, 0, 0x0B, 0x40, 2, 0, 2, 0));
    (void)got_command(wire, 0xA0, 0x25);
    host_data(wire, 0xA0, true, false, BODY(0, 0, 0x0B, 0x3F, 0, 0, 2, 0));
    (void)got_command(wire, 0xA0, 0x5A);
    host_data(wire, 0xA0, true, false, BODY(0, 6, 0x24, 0, 0, 0, 0, 0));
    assert_printed(wire, "Remote floppy: 2880 blocks of 512 bytes, writable\r\n");
    (void)got_command(wire, 0xA0, 0x28);
    sim_loader_stop(&wire->device);
    host_checks(wire, 0xA0, 5, 0x24, 0);
    sim_drive_write(sim_ider_drive(wire->device.ider, false), 2878, slice_of(sectors, 1024),
                    on_taken, &taken, 0);
    GOT(wire, 0x50, 0, 0, 0, 0, 0, 4, 0xA0, 0xA0, 0x2A, 0, 0, 0, 0x0B, 0x3E, 0, 0, 2, 0, 0, 0);
    host_sends(wire, 0x52, 0,
               BODY(0, 0, 2, 0, 0xB5, 0, 0, 0, 0, 2, 0xA0, 0x58, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    struct slice message = buffer_slice(&wire->sent[wire->read++]);
    assert_int_equal(message.size, 14 + 512);
    assert_memory_equal(message.data, "\x53\0\0\0", 4);
    assert_memory_equal(message.data + 8, "\0\0\2\0\0\0\x5A\x5A", 8);
    host_sends(wire, 0x52, 0,
               BODY(0, 0, 2, 0, 0xB5, 0, 0, 0, 0, 2, 0xA0, 0x58, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    wire->read++;
    host_checks(wire, 0xA0, 7, 0x27, 0);
    assert_int_equal(taken.status, SIM_DRIVE_CHECK);
    assert_int_equal(sim_ider_drive(wire->device.ider, false)->sense.key, 7);
    buffer_fini(&taken.data);
}

static void after_a_reset_old_answers_are_dropped(void **state)
{
    struct wire *wire = *state;
    uint8_t block[CD_BLOCK] = {0};
    boot_on(wire, true);
    attach_cd(wire, 1000);
    (void)got_command(wire, 0xB0, 0x28);
    boot(wire, true); /* the machine is reset while it reads */
    GOT(wire, 0x46, 0);
    host_data(wire, 0xB0, true, true, slice_of(block, CD_BLOCK));
    got_nothing(wire);
    host_sends(wire, 0x47, 0, (struct slice){0});
    (void)got_command(wire, 0xB0, 0x00);
    assert_false(wire->session.finished);
}

static void a_command_without_answer_resets_the_bus(void **state)
{
    struct wire *wire = *state;
    boot_on(wire, true);
    (void)got_command(wire, 0xB0, 0x00);
    assert_int_equal(sim_redirection_due(&wire->session), 20000); /* the heartbeat */
    tick(wire, 20000);
    got_bare(wire, 0x4B);
    assert_int_equal(sim_redirection_due(&wire->session), 30000);
    tick(wire, 30000);
    GOT(wire, 0x46, 0);
    assert_int_equal(wire->over, false);
    assert_printed(wire, "Remote CD: no answer\r\n");
    tick(wire, 40000);
    got_bare(wire, 0x4B);
    tick(wire, 60000); /* nor to the reset */
    got_bare(wire, 0x4B);
    violated(wire, 7);
}

static void the_end_of_the_session_ends_the_boot(void **state)
{
    struct wire *wire = *state;
    boot_on(wire, true);
    sim_redirection_fini(&wire->session, 0);
    assert_int_equal(wire->over, false);
    assert_string_equal(sim_loader_failure(&wire->device), "Remote drive lost");
    assert_null(wire->device.ider);
    memset(&wire->session, 0, sizeof(wire->session));
    sim_redirection_init(&wire->session, &wire->host, wire, 0);
}

static void a_pause_between_commands_can_be_asked_for(void **state)
{
    struct wire *wire = *state;
    wire->device.drives.delay_ms = 50;
    boot_on(wire, true);
    tick(wire, 50); /* the reset, too, ends with one */
    (void)got_command(wire, 0xB0, 0x00);
    host_good(wire, 0xB0);
    got_nothing(wire);
    assert_int_equal(sim_redirection_due(&wire->session), 100);
    tick(wire, 100);
    (void)got_command(wire, 0xB0, 0x25);
}

/* ---- what the host must not do ---- */

static void a_gap_in_the_numbers_ends_it(void **state)
{
    struct wire *wire = *state;
    open_session(wire);
    wire->sequence++;
    host_sends(wire, 0x44, 0, (struct slice){0});
    violated(wire, 2);
}

static void a_gap_may_pass(void **state)
{
    struct wire *wire = *state;
    wire->device.drives.lenient = true;
    open_session(wire);
    wire->sequence++;
    host_sends(wire, 0x44, 3, (struct slice){0});
    got_bare(wire, 0x45);
}

static void unknown_messages_end_it(void **state)
{
    struct wire *wire = *state;
    open_session(wire);
    host_sends(wire, 0x60, 0, (struct slice){0});
    violated(wire, 1);
}

static void a_second_opening_ends_it(void **state)
{
    struct wire *wire = *state;
    open_session(wire);
    host_sends(wire, 0x40, 0, BODY(0, 0, 0, 0, 0, 0, 1, 0, 0, 0));
    violated(wire, 6);
}

static void nothing_comes_before_the_opening(void **state)
{
    struct wire *wire = *state;
    host_sends(wire, 0x48, 0, BODY(3, 0x19, 0, 0, 0));
    violated(wire, 6);
}

static void attributes_belong_to_data(void **state)
{
    struct wire *wire = *state;
    open_session(wire);
    host_sends(wire, 0x44, 2, (struct slice){0});
    violated(wire, 3);
}

static void unknown_questions_end_it(void **state)
{
    struct wire *wire = *state;
    open_session(wire);
    host_sends(wire, 0x48, 0, BODY(4));
    violated(wire, 1);
}

static void data_for_no_command_ends_it(void **state)
{
    struct wire *wire = *state;
    open_session(wire);
    host_data(wire, 0xB0, true, false, BODY(1, 2, 3, 4));
    violated(wire, 6);
}

static void a_status_for_no_command_ends_it(void **state)
{
    struct wire *wire = *state;
    open_session(wire);
    host_good(wire, 0xB0);
    violated(wire, 6);
}

static void more_data_than_asked_for_ends_it(void **state)
{
    struct wire *wire = *state;
    uint8_t bytes[CD_BLOCK + 1] = {0};
    boot_on(wire, true);
    attach_cd(wire, 1000);
    (void)got_command(wire, 0xB0, 0x28);
    host_data(wire, 0xB0, false, true, slice_of(bytes, CD_BLOCK));
    host_data(wire, 0xB0, true, true, slice_of(bytes, 1));
    violated(wire, 4);
}

static void a_message_larger_than_the_buffer_ends_it(void **state)
{
    struct wire *wire = *state;
    boot_on(wire, true);
    (void)got_command(wire, 0xB0, 0x00);
    host_sends(wire, 0x54, 2, BODY(0, 1, 0x20)); /* 8193 bytes to come */
    violated(wire, 4);
}

static void data_of_the_other_drive_ends_it(void **state)
{
    struct wire *wire = *state;
    boot_on(wire, true);
    (void)got_command(wire, 0xB0, 0x00);
    host_good(wire, 0xA0);
    violated(wire, 5);
}

/* ui-toolkit's answer to READ CAPACITY, byte by byte: the attribute says DMA, the rest PIO. */
static void the_mode_of_data_is_not_looked_at(void **state)
{
    struct wire *wire = *state;
    boot_on(wire, true);
    (void)got_command(wire, 0xB0, 0x00);
    host_good(wire, 0xB0);
    (void)got_command(wire, 0xB0, 0x25);
    host_sends(wire, 0x54, 3,
               BODY(0, 8, 0, 0, 0xB5, 0, 2, 0, 8, 0, 0xB0, 0x58, 0x85, 0, 3, 0, 0, 0, 0xB0, 0x50, 0,
                    0, 0, 0, 0, 0, 0, 0, 0, 0xB9, 0, 0, 8, 0));
    (void)got_command(wire, 0xB0, 0x1E);
    assert_int_equal(sim_drive_size(sim_ider_drive(wire->device.ider, true)), 0xBA * CD_BLOCK);
}

static void fetching_what_is_not_there_ends_it(void **state)
{
    struct wire *wire = *state;
    boot_on(wire, true);
    (void)got_command(wire, 0xB0, 0x00);
    host_sends(wire, 0x52, 0,
               BODY(0, 1, 0, 0, 0xB5, 0, 0, 0, 1, 0, 0xB0, 0x58, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    violated(wire, 4);
}

#define WIRE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WIRE_TEST(the_host_starts_the_drives_now),
        WIRE_TEST(a_graceful_start_resets_nothing),
        WIRE_TEST(drives_for_the_next_boot_wait),
        WIRE_TEST(a_machine_that_is_off_asks_nothing),
        WIRE_TEST(pings_and_the_end_are_answered),
        WIRE_TEST(a_silent_host_stays),
        WIRE_TEST(a_cd_is_asked_in_a_bios_order),
        WIRE_TEST(a_drive_gets_ready_with_patience),
        WIRE_TEST(patience_ends),
        WIRE_TEST(an_empty_drive_does_not_boot),
        WIRE_TEST(without_a_session_there_is_no_medium),
        WIRE_TEST(a_loader_waits_for_the_session),
        WIRE_TEST(a_cd_of_unknown_size_is_read),
        WIRE_TEST(a_read_comes_in_commands_and_messages),
        WIRE_TEST(good_status_without_the_data_is_noticed),
        WIRE_TEST(the_end_of_the_medium_is_known),
        WIRE_TEST(a_large_medium_is_reached),
        WIRE_TEST(a_floppy_is_written_in_fetches),
        WIRE_TEST(after_a_reset_old_answers_are_dropped),
        WIRE_TEST(a_command_without_answer_resets_the_bus),
        WIRE_TEST(the_end_of_the_session_ends_the_boot),
        WIRE_TEST(a_pause_between_commands_can_be_asked_for),
        WIRE_TEST(a_gap_in_the_numbers_ends_it),
        WIRE_TEST(a_gap_may_pass),
        WIRE_TEST(unknown_messages_end_it),
        WIRE_TEST(a_second_opening_ends_it),
        WIRE_TEST(nothing_comes_before_the_opening),
        WIRE_TEST(attributes_belong_to_data),
        WIRE_TEST(unknown_questions_end_it),
        WIRE_TEST(data_for_no_command_ends_it),
        WIRE_TEST(a_status_for_no_command_ends_it),
        WIRE_TEST(more_data_than_asked_for_ends_it),
        WIRE_TEST(a_message_larger_than_the_buffer_ends_it),
        WIRE_TEST(data_of_the_other_drive_ends_it),
        WIRE_TEST(the_mode_of_data_is_not_looked_at),
        WIRE_TEST(fetching_what_is_not_there_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
