#include "sim/redirection_ider.h"

#include "core/cursor.h"
#include "core/memory.h"
#include "sim/capability/capability.h"
#include "sim/drive.h"
#include "sim/loader.h"
#include "sim/redirection_kind.h"

#include <stdlib.h>
#include <string.h>

#define IANA_INTEL  343
#define COMMAND_MS  30000 /* until the host has answered a command, or a reset */
#define HEADER_SIZE 8

/* Drive select; bit 0x10 alone says which one it is. */
#define SELECT_FLOPPY 0xA0
#define SELECT_CD     0xB0
#define SELECT_BIT    0x10

enum type {
    OPEN = 0x40,
    OPENED = 0x41,
    CLOSE = 0x42,
    CLOSED = 0x43,
    PING = 0x44,
    PONG = 0x45,
    BUS_RESET = 0x46,
    RESET_DONE = 0x47,
    FEATURES = 0x48,
    FEATURES_REPLY = 0x49,
    VIOLATION = 0x4A,
    HEARTBEAT = 0x4B,
    COMMAND = 0x50,
    COMMAND_END = 0x51,
    FETCH = 0x52,
    FETCHED = 0x53,
    DATA = 0x54,
};

enum attribute { DMA = 1, COMPLETED = 2 };
enum feature { FEATURE_SUPPORTED = 1, FEATURE_STATE = 2, FEATURE_SET = 3 };
enum start { START_MASK = 0x18, START_REBOOT = 0x08, START_GRACEFUL = 0x10, START_NOW = 0x18 };

/* Codes of message 4A are known of no firmware: these are ours. */
enum violation {
    BAD_TYPE = 1,
    BAD_SEQUENCE = 2,
    BAD_ATTRIBUTE = 3,
    BAD_SIZE = 4,
    BAD_DRIVE = 5,
    UNEXPECTED = 6,
    NO_ANSWER = 7,
};

enum slot { FLOPPY, CD, SLOTS, NONE = SLOTS };

struct sim_ider {
    struct sim_redirection *session;
    struct sim_device *device;
    struct sim_drive drives[SLOTS];
    struct {
        bool used;
        struct sim_ider_command command;
    } slots[SLOTS];
    uint8_t running; /* enum slot; its command is on its way */
    uint8_t last;    /* the one before; the other drive goes first */
    bool on;         /* the host has switched the drives on … */
    bool attaches;   /* … and they attach when the bus is at rest */
    bool resetting;  /* until the host says so */
    bool ended;
    uint32_t expected;    /* sequence number of the host's next message */
    uint32_t boots;       /* of the machine, that were seen */
    uint32_t fetched;     /* bytes of the command's data */
    uint64_t deadline_ms; /* of the running command, or of the reset */
    uint64_t rest_ms;     /* no command before */
    struct buffer data;   /* of the host, for the running command */
};

/* ---- small things ---- */

bool sim_ider_is_on(const struct sim_ider *ider)
{
    return ider->on;
}

struct sim_drive *sim_ider_drive(struct sim_ider *ider, bool cd)
{
    return &ider->drives[cd ? CD : FLOPPY];
}

const struct sim_drive_habits *sim_ider_habits(const struct sim_ider *ider)
{
    return &ider->device->drives;
}

static void send_bare(struct sim_ider *ider, enum type type)
{
    struct buffer message = sim_redirection_numbered(ider->session, (uint8_t)type, 0);
    sim_redirection_send(ider->session, &message);
}

static void violate(struct sim_ider *ider, enum violation code)
{
    struct buffer message = sim_redirection_numbered(ider->session, VIOLATION, 0);
    buffer_put_u8(&message, (uint8_t)code);
    sim_redirection_put_zeros(&message, 2);
    sim_redirection_send(ider->session, &message);
    ider->session->finished = true;
    ider->ended = true;
}

/* ---- commands ---- */

static void send_command(struct sim_ider *ider, enum slot slot, uint64_t now_ms)
{
    const struct sim_ider_command *command = &ider->slots[slot].command;
    size_t size = command->most > command->out.size ? command->most : command->out.size;
    ider->running = (uint8_t)slot;
    ider->last = (uint8_t)slot;
    ider->fetched = 0;
    ider->deadline_ms = now_ms + COMMAND_MS;
    buffer_clear(&ider->data);
    struct buffer message = sim_redirection_numbered(ider->session, COMMAND, 0);
    buffer_put_u8(&message, 0); /* cable */
    buffer_put_u8(&message, command->dma ? 1 : 0);
    sim_redirection_put_zeros(&message, 2); /* sector count and number: not of a packet */
    buffer_put_u16_le(&message, (uint16_t)(size < SIM_IDER_BUFFER ? size : SIM_IDER_BUFFER));
    buffer_put_u8(&message, slot == CD ? SELECT_CD : SELECT_FLOPPY);
    buffer_put_u8(&message, 0xA0); /* PACKET */
    buffer_put(&message, slice_of(command->cdb, sizeof(command->cdb)));
    sim_redirection_send(ider->session, &message);
}

static bool may_go(const struct sim_ider *ider)
{
    return ider->running == NONE && !ider->resetting && !ider->ended;
}

static uint64_t due_of(const struct sim_ider *ider, enum slot slot)
{
    if (!ider->slots[slot].used)
        return UINT64_MAX;
    uint64_t due = ider->slots[slot].command.not_before_ms;
    return due > ider->rest_ms ? due : ider->rest_ms;
}

static void pump(struct sim_ider *ider, uint64_t now_ms)
{
    for (unsigned i = 1; i <= SLOTS && may_go(ider); i++) {
        enum slot slot = (ider->last + i) % SLOTS;
        if (due_of(ider, slot) <= now_ms)
            send_command(ider, slot, now_ms);
    }
}

void sim_ider_submit(struct sim_ider *ider, bool cd, const struct sim_ider_command *command,
                     uint64_t now_ms)
{
    enum slot slot = cd ? CD : FLOPPY;
    ider->slots[slot].used = true;
    ider->slots[slot].command = *command;
    pump(ider, now_ms);
}

/* Tells a drive; it may have its next command on its way when this returns. */
static void complete(struct sim_ider *ider, enum slot slot, const struct sim_ider_result *result,
                     uint64_t now_ms)
{
    ider->slots[slot].used = false;
    if (ider->running == slot)
        ider->running = NONE;
    ider->rest_ms = now_ms + ider->device->drives.delay_ms;
    sim_drive_answered(&ider->drives[slot], result, now_ms);
}

static void end_command(struct sim_ider *ider, const struct sim_ider_result *result,
                        uint64_t now_ms)
{
    complete(ider, (enum slot)ider->running, result, now_ms);
    if (ider->running == NONE)
        buffer_clear(&ider->data);
    pump(ider, now_ms);
}

/* ---- the bus ---- */

static void ignore(void *owner, enum sim_drive_status status, struct slice data, uint64_t now_ms)
{
    (void)owner;
    (void)status;
    (void)data;
    (void)now_ms;
}

/* The operating system looks at what has been plugged in. */
static void attach_both(struct sim_ider *ider, uint64_t now_ms)
{
    ider->attaches = false;
    for (unsigned i = 0; i < SLOTS; i++)
        sim_drive_attach(&ider->drives[i], ignore, NULL, now_ms);
}

static void end_all(struct sim_ider *ider, uint64_t now_ms)
{
    static const struct sim_ider_result reset = {.end = SIM_IDER_RESET};
    for (unsigned i = 0; i < SLOTS; i++) {
        ider->drives[i].state = SIM_DRIVE_DETACHED;
        if (ider->slots[i].used)
            complete(ider, i, &reset, now_ms);
    }
}

void sim_ider_reset(struct sim_ider *ider, uint64_t now_ms)
{
    ider->resetting = true; /* what the drives ask for now waits */
    ider->attaches = false;
    ider->deadline_ms = now_ms + COMMAND_MS;
    end_all(ider, now_ms);
    struct buffer message = sim_redirection_numbered(ider->session, BUS_RESET, 0);
    buffer_put_u8(&message, 0);
    sim_redirection_send(ider->session, &message);
}

static void reset_done(struct sim_ider *ider, uint64_t now_ms)
{
    ider->resetting = false;
    if (ider->attaches)
        attach_both(ider, now_ms);
    pump(ider, now_ms);
}

/* True when the machine has booted since the drives were looked at, and not from one of them: the
 * loader does that itself. */
static bool has_booted(const struct sim_ider *ider)
{
    return ider->boots != ider->device->boot.count;
}

static void take_boot(struct sim_ider *ider, uint64_t now_ms)
{
    ider->boots = ider->device->boot.count;
    if (!ider->on || ider->device->boot.use_ider || ider->device->loader != NULL)
        return;
    sim_ider_reset(ider, now_ms);
    ider->attaches = true;
}

/* ---- messages of the host ---- */

static void put_opened(struct sim_ider *ider, struct buffer *reply)
{
    const struct sim_personality *personality = ider->device->personality;
    buffer_put_u8(reply, 1);
    buffer_put_u8(reply, 0);
    buffer_put_u8(reply, personality->major);
    buffer_put_u8(reply, personality->minor);
    sim_redirection_put_zeros(reply, 4);
    buffer_put_u16_le(reply, SIM_IDER_BUFFER);
    buffer_put_u16_le(reply, SIM_IDER_BUFFER);
    sim_redirection_put_zeros(reply, 5);
    buffer_put_u32_le(reply, IANA_INTEL);
    buffer_put_u8(reply, 0);
}

/* The host's own time without our messages is its business; ours without its is the second one,
 * and 0 in practice: no host known sends anything of itself. */
static void take_open(struct sim_ider *ider, struct slice bytes, uint64_t now_ms)
{
    struct sim_redirection *session = ider->session;
    struct cursor from = cursor_of(slice_from(bytes, HEADER_SIZE));
    if (session->state == SIM_REDIRECTION_RUNNING) {
        violate(ider, UNEXPECTED);
        return;
    }
    (void)cursor_u16_le(&from);
    session->silence = cursor_u16_le(&from);
    session->heartbeat = cursor_u16_le(&from);
    session->beat_ms = session->heartbeat == 0 ? UINT64_MAX : now_ms + session->heartbeat;
    session->state = SIM_REDIRECTION_RUNNING;
    struct buffer reply = sim_redirection_numbered(session, OPENED, 0);
    put_opened(ider, &reply);
    sim_redirection_send(session, &reply);
    ider->expected = 1; /* amtterm's message has no number */
    session->finished = sim_session_lacks_consent(ider->device, session->kind);
    if (!session->finished)
        ider->device->ider = ider;
}

static void switch_on(struct sim_ider *ider, uint32_t value, uint64_t now_ms)
{
    struct sim_device *device = ider->device;
    uint32_t start = value & START_MASK;
    ider->on = (value & 1) != 0;
    if (!ider->on && ider->running != NONE)
        sim_ider_reset(ider, now_ms);
    else if (!ider->on)
        end_all(ider, now_ms);
    else if (device->loader != NULL) {
        sim_loader_tick(device, now_ms); /* it may have waited for this */
    } else if (device->power == SIM_POWER_ON && start == START_NOW) {
        sim_ider_reset(ider, now_ms);
        ider->attaches = true;
    } else if (device->power == SIM_POWER_ON && start == START_GRACEFUL && !ider->resetting) {
        attach_both(ider, now_ms);
    }
}

static void take_features(struct sim_ider *ider, struct slice bytes, uint64_t now_ms)
{
    uint8_t question = bytes.data[HEADER_SIZE];
    struct cursor from = cursor_of(slice_from(bytes, HEADER_SIZE + 1));
    if (question < FEATURE_SUPPORTED || question > FEATURE_SET) {
        violate(ider, BAD_TYPE);
        return;
    }
    struct buffer reply = sim_redirection_numbered(ider->session, FEATURES_REPLY, 0);
    buffer_put_u8(&reply, question);
    buffer_put_u32_le(&reply, question != FEATURE_STATE ? 1 : ider->on ? 2 : 0);
    sim_redirection_send(ider->session, &reply);
    if (question == FEATURE_SET)
        switch_on(ider, cursor_u32_le(&from), now_ms);
}

/* False: the message is for no command that runs, and was dealt with. */
static bool expects(struct sim_ider *ider, uint8_t select)
{
    if (ider->running == NONE) {
        /* after a reset the host empties its hands until it says that it has */
        if (!ider->resetting && !ider->device->drives.lenient)
            violate(ider, UNEXPECTED);
        return false;
    }
    bool cd = (select & SELECT_BIT) != 0;
    if (cd != (ider->running == CD) && !ider->device->drives.lenient) {
        violate(ider, BAD_DRIVE);
        return false;
    }
    return true;
}

static void take_end(struct sim_ider *ider, struct slice bytes, uint64_t now_ms)
{
    if (!expects(ider, bytes.data[26]))
        return;
    struct sim_ider_result result = {
        .end = (bytes.data[27] & 1) == 0 ? SIM_IDER_GOOD : SIM_IDER_CHECK,
        .data = buffer_slice(&ider->data),
        .sense = {bytes.data[28] & 15, bytes.data[29], bytes.data[30]},
    };
    end_command(ider, &result, now_ms);
}

static void take_data(struct sim_ider *ider, struct slice bytes, uint64_t now_ms)
{
    if (!expects(ider, bytes.data[18]))
        return;
    const struct sim_ider_command *command = &ider->slots[ider->running].command;
    struct slice data = slice_from(bytes, 34);
    if (data.size > command->most - buffer_size(&ider->data)) {
        violate(ider, BAD_SIZE);
        return;
    }
    ider->deadline_ms = now_ms + COMMAND_MS;
    buffer_put(&ider->data, data);
    if ((bytes.data[3] & COMPLETED) == 0) /* its DMA bit says nothing: see ui-toolkit */
        return;
    struct sim_ider_result result = {.end = SIM_IDER_GOOD, .data = buffer_slice(&ider->data)};
    end_command(ider, &result, now_ms);
}

static void take_fetch(struct sim_ider *ider, struct slice bytes, uint64_t now_ms)
{
    struct cursor from = cursor_of(slice_from(bytes, 9));
    uint16_t size = cursor_u16_le(&from);
    if (!expects(ider, bytes.data[18]))
        return;
    struct slice rest = slice_from(ider->slots[ider->running].command.out, ider->fetched);
    if (size == 0 || size > rest.size || size > SIM_IDER_BUFFER) {
        violate(ider, BAD_SIZE);
        return;
    }
    struct buffer reply = sim_redirection_numbered(ider->session, FETCHED, 0);
    buffer_put_u8(&reply, 0);
    buffer_put_u16_le(&reply, size);
    sim_redirection_put_zeros(&reply, 3);
    buffer_put(&reply, slice_first(rest, size));
    sim_redirection_send(ider->session, &reply);
    ider->fetched += size;
    ider->deadline_ms = now_ms + COMMAND_MS;
}

/* ---- all ---- */

/* The size of the message; 0: more must come to tell; SIZE_MAX: it is none, or too large. */
static size_t size_of(struct slice bytes)
{
    struct cursor from = cursor_of(slice_from(bytes, HEADER_SIZE));
    uint8_t question = cursor_u8(&from);
    uint16_t size = cursor_u16_le(&from);
    switch (bytes.data[0]) {
    case OPEN:
        return 18;
    case CLOSE:
    case PING:
    case PONG:
    case RESET_DONE:
    case HEARTBEAT:
        return HEADER_SIZE;
    case FEATURES:
        if (bytes.size <= HEADER_SIZE)
            return 0;
        return question == FEATURE_SET ? 13 : 9;
    case COMMAND_END:
    case FETCH:
        return 31;
    case DATA:
        if (!cursor_ok(&from))
            return 0;
        return size <= SIM_IDER_BUFFER ? 34 + (size_t)size : SIZE_MAX;
    default:
        return SIZE_MAX;
    }
}

/* No firmware is known to look at these, but hosts that fail here fail elsewhere. */
static bool check_header(struct sim_ider *ider, struct slice bytes)
{
    struct cursor from = cursor_of(slice_from(bytes, 4));
    uint32_t sequence = cursor_u32_le(&from);
    uint8_t attribute = bytes.data[3];
    bool lenient = ider->device->drives.lenient;
    bool answers = bytes.data[0] == COMMAND_END || bytes.data[0] == DATA;
    if (ider->session->state != SIM_REDIRECTION_RUNNING)
        violate(ider, UNEXPECTED);
    else if (!lenient && sequence != ider->expected)
        violate(ider, BAD_SEQUENCE);
    else if (!lenient && (attribute & ~(answers ? DMA | COMPLETED : 0)) != 0)
        violate(ider, BAD_ATTRIBUTE);
    ider->expected++;
    return !ider->ended;
}

static void take_message(struct sim_ider *ider, struct slice bytes, uint64_t now_ms)
{
    switch ((enum type)bytes.data[0]) {
    case CLOSE:
        send_bare(ider, CLOSED);
        ider->session->finished = true;
        ider->ended = true;
        break;
    case PING:
        send_bare(ider, PONG);
        break;
    case RESET_DONE:
        if (ider->resetting)
            reset_done(ider, now_ms);
        break;
    case FEATURES:
        take_features(ider, bytes, now_ms);
        break;
    case COMMAND_END:
        take_end(ider, bytes, now_ms);
        break;
    case FETCH:
        take_fetch(ider, bytes, now_ms);
        break;
    case DATA:
        take_data(ider, bytes, now_ms);
        break;
    default: /* 45, 4B: nothing follows */
        break;
    }
}

static struct sim_ider *begin(struct sim_redirection *session)
{
    struct sim_ider *ider = memory_new(sizeof(*ider));
    ider->session = session;
    ider->device = session->host->device;
    ider->boots = ider->device->boot.count;
    ider->running = NONE;
    for (unsigned i = 0; i < SLOTS; i++)
        sim_drive_init(&ider->drives[i], ider, i == CD);
    buffer_init(&ider->data, SIM_IDER_DATA_LIMIT);
    session->part = ider;
    return ider;
}

static size_t take(struct sim_redirection *session, struct slice bytes, uint64_t now_ms)
{
    struct sim_ider *ider = session->part == NULL ? begin(session) : session->part;
    size_t size = size_of(bytes);
    if (size == SIZE_MAX) {
        violate(ider, bytes.data[0] == DATA ? BAD_SIZE : BAD_TYPE);
        return bytes.size;
    }
    if (size == 0 || bytes.size < size)
        return 0;
    bytes = slice_first(bytes, size);
    if (bytes.data[0] == OPEN)
        take_open(ider, bytes, now_ms);
    else if (check_header(ider, bytes))
        take_message(ider, bytes, now_ms);
    return size;
}

static void tick(struct sim_redirection *session, uint64_t now_ms)
{
    struct sim_ider *ider = session->part;
    sim_redirection_beat(session, HEARTBEAT, now_ms);
    if (ider == NULL || ider->ended)
        return;
    if (has_booted(ider))
        take_boot(ider, now_ms);
    if (ider->resetting && ider->deadline_ms <= now_ms) {
        violate(ider, NO_ANSWER);
    } else if (ider->running != NONE && ider->deadline_ms <= now_ms) {
        static const struct sim_ider_result late = {.end = SIM_IDER_TIMEOUT};
        enum slot slot = (enum slot)ider->running;
        ider->running = NONE;
        ider->slots[slot].used = false;
        sim_ider_reset(ider, now_ms);
        sim_drive_answered(&ider->drives[slot], &late, now_ms);
    }
    pump(ider, now_ms);
}

static uint64_t due(const struct sim_redirection *session)
{
    const struct sim_ider *ider = session->part;
    if (ider == NULL || ider->ended)
        return UINT64_MAX;
    if (has_booted(ider))
        return 0;
    if (ider->resetting || ider->running != NONE)
        return ider->deadline_ms;
    uint64_t floppy = due_of(ider, FLOPPY), cd = due_of(ider, CD);
    return floppy < cd ? floppy : cd;
}

static void fini(struct sim_redirection *session, uint64_t now_ms)
{
    struct sim_ider *ider = session->part;
    if (ider == NULL)
        return;
    session->part = NULL;
    ider->ended = true;
    if (ider->device->ider == ider)
        ider->device->ider = NULL;
    for (unsigned i = 0; i < SLOTS; i++)
        sim_drive_fini(&ider->drives[i], now_ms);
    buffer_fini(&ider->data);
    free(ider);
}

const struct sim_redirection_kind sim_redirection_ider = {
    .take = take, .tick = tick, .due = due, .fini = fini};
