#include "redir/scsi.h"

#include <string.h>

/* Sense keys. */
#define NOT_READY       2
#define ILLEGAL_REQUEST 5
#define UNIT_ATTENTION  6
#define DATA_PROTECT    7

/* Additional sense codes; their qualifiers are 0. */
#define INVALID_OPCODE       0x20
#define OUT_OF_RANGE         0x21
#define INVALID_FIELD        0x24
#define WRITE_PROTECTED      0x27
#define MEDIUM_CHANGED       0x28
#define SAVING_NOT_SUPPORTED 0x39
#define MEDIUM_NOT_PRESENT   0x3A

#define MEDIA_CLASS     4 /* of events; its bit in the mask is 0x10 */
#define MEDIUM_CD       0x01
#define MEDIUM_1440     0x24 /* as firmware's own clients name floppies: 0x24 and, larger, 0x31 */
#define MEDIUM_LARGE    0x31
#define BLOCKS_1440     2880
#define PROFILE_CD_ROM  8
#define LEAD_OUT        0xAA
#define MSF_START       150 /* frames before block 0 */
#define WHOLE_MEDIUM_32 UINT32_MAX

uint32_t redir_scsi_block_size(enum redir_drive_kind kind)
{
    return kind == REDIR_DRIVE_CD ? REDIR_CD_BLOCK : REDIR_FLOPPY_BLOCK;
}

void redir_scsi_unit_init(struct redir_scsi_unit *unit, enum redir_drive_kind kind,
                          const struct redir_drive *drive)
{
    uint32_t block = redir_scsi_block_size(kind);
    memset(unit, 0, sizeof *unit);
    unit->kind = kind;
    if (drive == NULL || drive->size == 0)
        return;
    unit->writable = drive->writable && kind == REDIR_DRIVE_FLOPPY;
    unit->blocks = drive->size / block;
    /* The rest of an image that ends within a block can be read, but not written: there would be
     * no place for all of it. */
    if (drive->size % block != 0 && !unit->writable)
        unit->blocks++;
    unit->present = unit->attention = unit->event = unit->blocks > 0;
}

/* ---- numbers of a command and of an answer; SCSI is big-endian ---- */

static uint32_t get16(const uint8_t *at)
{
    return (uint32_t)at[0] << 8 | at[1];
}

static uint32_t get24(const uint8_t *at)
{
    return (uint32_t)at[0] << 16 | get16(at + 1);
}

static uint32_t get32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | get24(at + 1);
}

static void put8(struct redir_scsi_answer *a, uint32_t value)
{
    if (a->size < sizeof a->data)
        a->data[a->size++] = (uint8_t)value;
}

static void put16(struct redir_scsi_answer *a, uint32_t value)
{
    put8(a, value >> 8);
    put8(a, value);
}

static void put32(struct redir_scsi_answer *a, uint32_t value)
{
    put16(a, value >> 16);
    put16(a, value);
}

static void put_bytes(struct redir_scsi_answer *a, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        put8(a, bytes[i]);
}

static void check(struct redir_scsi_answer *a, uint8_t sense, uint8_t asc)
{
    a->outcome = REDIR_SCSI_CHECK;
    a->sense = sense;
    a->asc = asc;
    a->size = 0;
}

/* What has been put is the answer, as much of it as the host has asked for. */
static void give(struct redir_scsi_answer *a, uint32_t allocated)
{
    if (a->size > allocated)
        a->size = allocated;
    a->outcome = a->size > 0 ? REDIR_SCSI_DATA : REDIR_SCSI_GOOD;
}

/* ---- commands ---- */

static void good(struct redir_scsi_unit *unit, const uint8_t *c, struct redir_scsi_answer *a)
{
    (void)unit;
    (void)c;
    a->outcome = REDIR_SCSI_GOOD;
}

static void extent(const struct redir_scsi_unit *unit, struct redir_scsi_answer *a,
                   enum redir_scsi_outcome outcome, uint64_t block, uint64_t count)
{
    if (block >= unit->blocks || count > unit->blocks - block) {
        check(a, ILLEGAL_REQUEST, OUT_OF_RANGE);
        return;
    }
    a->outcome = count > 0 ? outcome : REDIR_SCSI_GOOD;
    a->offset = block * redir_scsi_block_size(unit->kind);
    a->size = count * redir_scsi_block_size(unit->kind);
}

/* READ(6) and WRITE(6): 21 bits of address, and no blocks mean 256. */
static uint64_t count6(const uint8_t *c)
{
    return c[4] == 0 ? 256 : c[4];
}

static void read6(struct redir_scsi_unit *unit, const uint8_t *c, struct redir_scsi_answer *a)
{
    extent(unit, a, REDIR_SCSI_READ, get24(c + 1) & 0x1FFFFF, count6(c));
}

static void read10(struct redir_scsi_unit *unit, const uint8_t *c, struct redir_scsi_answer *a)
{
    extent(unit, a, REDIR_SCSI_READ, get32(c + 2), get16(c + 7));
}

static void read12(struct redir_scsi_unit *unit, const uint8_t *c, struct redir_scsi_answer *a)
{
    extent(unit, a, REDIR_SCSI_READ, get32(c + 2), get32(c + 6));
}

/* A protected medium is said to be so before any data is asked for. */
static void write_extent(const struct redir_scsi_unit *unit, struct redir_scsi_answer *a,
                         uint64_t block, uint64_t count)
{
    if (!unit->writable)
        check(a, DATA_PROTECT, WRITE_PROTECTED);
    else
        extent(unit, a, REDIR_SCSI_WRITE, block, count);
}

static void write6(struct redir_scsi_unit *unit, const uint8_t *c, struct redir_scsi_answer *a)
{
    write_extent(unit, a, get24(c + 1) & 0x1FFFFF, count6(c));
}

static void write10(struct redir_scsi_unit *unit, const uint8_t *c, struct redir_scsi_answer *a)
{
    write_extent(unit, a, get32(c + 2), get16(c + 7));
}

/* SBC-2 5.10: a medium that is larger than the answer can say is said to end at FFFFFFFF. */
static void read_capacity(struct redir_scsi_unit *unit, const uint8_t *c,
                          struct redir_scsi_answer *a)
{
    (void)c;
    uint64_t last = unit->blocks - 1;
    put32(a, last < WHOLE_MEDIUM_32 ? (uint32_t)last : WHOLE_MEDIUM_32);
    put32(a, redir_scsi_block_size(unit->kind));
    give(a, 8);
}

/* UFI 4.10: a list of one; without a medium the largest that would fit, marked so. */
static void read_format_capacities(struct redir_scsi_unit *unit, const uint8_t *c,
                                   struct redir_scsi_answer *a)
{
    uint64_t blocks = unit->present ? unit->blocks : BLOCKS_1440;
    put32(a, 8);
    put32(a, blocks < WHOLE_MEDIUM_32 ? (uint32_t)blocks : WHOLE_MEDIUM_32);
    put8(a, unit->present ? 2 : 3);
    put8(a, 0);
    put16(a, redir_scsi_block_size(unit->kind));
    give(a, get16(c + 7));
}

/* ---- mode pages (SPC-3 7.4, MMC-6 E, UFI 4.5); what can be changed is nothing ---- */

struct page {
    uint8_t code;
    uint8_t size; /* of what follows */
    uint8_t bytes[30];
};

static const struct page cd_pages[] = {
    {0x01, 0x06, {0x00, 0xFF}},                           /* error recovery: 255 tries */
    {0x1A, 0x0A, {0}},                                    /* power condition: never asleep */
    {0x1D, 0x0A, {0}},                                    /* time-outs and protection: none */
    {0x2A, 0x18, {[4] = 0x20, [10] = 0x00, [11] = 0x80}}, /* a tray; a buffer of 128 KB */
};

static const struct page disk_pages[] = {
    {0x01, 0x0A, {0x00, 0x01, 0, 0, 0, 0, 0x02}},                     /* error recovery */
    {0x03, 0x16, {0x00, 0xA0, [9] = 0x12, [10] = 0x02, [18] = 0xA0}}, /* format; 512-byte blocks */
    {0x05, 0x1E, {[26] = 0x02, [27] = 0xD0}},  /* flexible disk; geometry comes below */
    {0x08, 0x0A, {0}},                         /* caching: none */
    {0x0B, 0x06, {0, 0, 0, 0x11, 0x24, 0x31}}, /* medium types */
};

/* Page 5 of a 1.44 MB floppy, or of a larger disk with 32 sectors on a track and 8 heads, as far as
 * the page can say. */
static void put_geometry(const struct redir_scsi_unit *unit, uint8_t *bytes)
{
    bool small = unit->blocks <= BLOCKS_1440;
    uint32_t heads = small ? 2 : 8;
    uint32_t sectors = small ? 18 : 32;
    uint64_t cylinders = unit->blocks / ((uint64_t)heads * sectors);
    uint32_t rate = small ? 500 : 7696; /* kbit/s */
    if (cylinders > UINT16_MAX)
        cylinders = UINT16_MAX;
    bytes[0] = (uint8_t)(rate >> 8);
    bytes[1] = (uint8_t)rate;
    bytes[2] = (uint8_t)heads;
    bytes[3] = (uint8_t)sectors;
    bytes[4] = REDIR_FLOPPY_BLOCK >> 8;
    bytes[6] = (uint8_t)(cylinders >> 8);
    bytes[7] = (uint8_t)cylinders;
}

static void put_page(const struct redir_scsi_unit *unit, const struct page *page, bool changeable,
                     struct redir_scsi_answer *a)
{
    uint8_t bytes[sizeof page->bytes];
    memcpy(bytes, page->bytes, sizeof bytes);
    if (page->code == 0x05)
        put_geometry(unit, bytes);
    if (changeable)
        memset(bytes, 0, sizeof bytes);
    put8(a, page->code);
    put8(a, page->size);
    put_bytes(a, bytes, page->size);
}

static uint8_t medium_type(const struct redir_scsi_unit *unit)
{
    if (!unit->present)
        return 0;
    if (unit->kind == REDIR_DRIVE_CD)
        return MEDIUM_CD;
    return unit->blocks <= BLOCKS_1440 ? MEDIUM_1440 : MEDIUM_LARGE;
}

static void mode_sense(const struct redir_scsi_unit *unit, const uint8_t *c, size_t header,
                       uint32_t allocated, struct redir_scsi_answer *a)
{
    bool cd = unit->kind == REDIR_DRIVE_CD;
    const struct page *pages = cd ? cd_pages : disk_pages;
    size_t count = cd ? sizeof cd_pages / sizeof *cd_pages : sizeof disk_pages / sizeof *disk_pages;
    uint8_t code = c[2] & 0x3F;
    uint8_t control = c[2] >> 6; /* 0 current, 1 changeable, 2 default, 3 saved */
    if (control == 3) {
        check(a, ILLEGAL_REQUEST, SAVING_NOT_SUPPORTED);
        return;
    }
    a->size = header;
    for (size_t i = 0; i < count; i++)
        if (code == 0x3F || code == pages[i].code)
            put_page(unit, &pages[i], control == 1, a);
    if (a->size == header) {
        check(a, ILLEGAL_REQUEST, INVALID_FIELD);
        return;
    }
    uint8_t *medium = a->data + header / 4; /* after a length of one byte or of two */
    if (header == 8)
        a->data[1] = (uint8_t)(a->size - 2);
    else
        a->data[0] = (uint8_t)(a->size - 1);
    medium[0] = medium_type(unit);
    medium[1] = unit->writable ? 0 : 0x80;
    give(a, allocated);
}

static void mode_sense6(struct redir_scsi_unit *unit, const uint8_t *c, struct redir_scsi_answer *a)
{
    mode_sense(unit, c, 4, c[4], a);
}

static void mode_sense10(struct redir_scsi_unit *unit, const uint8_t *c,
                         struct redir_scsi_answer *a)
{
    mode_sense(unit, c, 8, get16(c + 7), a);
}

/* ---- multi-media commands ---- */

static void put_address(struct redir_scsi_answer *a, uint64_t block, bool msf)
{
    uint64_t frames = block + MSF_START;
    uint64_t minutes = frames / (75 * 60);
    if (!msf) {
        put32(a, block < WHOLE_MEDIUM_32 ? (uint32_t)block : WHOLE_MEDIUM_32);
        return;
    }
    put8(a, 0);
    put8(a, minutes < 0xFF ? (uint32_t)minutes : 0xFF);
    put8(a, (uint32_t)(frames / 75 % 60));
    put8(a, (uint32_t)(frames % 75));
}

static void put_track(struct redir_scsi_answer *a, uint8_t track, uint64_t block, bool msf)
{
    put8(a, 0);
    put8(a, 0x14); /* a data track, position in the sub-channel */
    put8(a, track);
    put8(a, 0);
    put_address(a, block, msf);
}

/* MMC-6 6.26: one session with one data track. Formats 0 (tracks) and 1 (sessions). */
static void read_toc(struct redir_scsi_unit *unit, const uint8_t *c, struct redir_scsi_answer *a)
{
    bool msf = (c[1] & 2) != 0;
    uint8_t format = c[2] & 0x0F;
    uint8_t first = c[6];
    if (format == 0)
        format = c[9] >> 6; /* where SFF-8020 had it */
    if (format > 1 || (format == 0 && first > 1 && first != LEAD_OUT)) {
        check(a, ILLEGAL_REQUEST, INVALID_FIELD);
        return;
    }
    bool tracks = format == 1 || first != LEAD_OUT;
    bool lead_out = format == 0;
    put16(a, 2u + (tracks ? 8u : 0u) + (lead_out ? 8u : 0u));
    put8(a, 1);
    put8(a, 1);
    if (tracks)
        put_track(a, 1, 0, msf);
    if (lead_out)
        put_track(a, LEAD_OUT, unit->blocks, msf);
    give(a, get16(c + 7));
}

struct feature {
    uint16_t code;
    bool medium;   /* current with a medium only */
    uint8_t flags; /* version << 2 | persistent << 1 */
    uint8_t size;
    uint8_t bytes[8];
};

/* MMC-6 5.3, as far as a CD-ROM has them. */
static const struct feature features[] = {
    {0x0000, false, 2, 4, {0, PROFILE_CD_ROM, 0, 0}}, /* profiles */
    {0x0001, false, 2, 4, {0, 0, 0, 2}},              /* core: ATAPI */
    {0x0002, false, 2, 4, {0}},                       /* morphing */
    {0x0003, false, 2, 4, {0x29, 0, 0, 0}},           /* removable: tray, eject, lock */
    {0x0010, true, 0, 8, {0, 0, 8, 0, 0, 1, 0, 0}},   /* random readable, 2,048 bytes */
    {0x001E, true, 0, 0, {0}},                        /* CD read */
    {0x0100, false, 2, 0, {0}},                       /* power management */
    {0x0105, false, 2, 0, {0}},                       /* time-out */
};

static void put_feature(const struct redir_scsi_unit *unit, const struct feature *feature,
                        struct redir_scsi_answer *a)
{
    bool current = !feature->medium || unit->present;
    put16(a, feature->code);
    put8(a, (uint32_t)feature->flags | (current ? 1u : 0u));
    put8(a, feature->size);
    size_t at = (size_t)a->size;
    put_bytes(a, feature->bytes, feature->size);
    if (feature->code == 0 && unit->present)
        a->data[at + 2] = 1; /* that profile is the current one */
}

/* MMC-6 6.6: every feature from the one named on (RT 0), those of them that are current (1), or
 * just that one (2). */
static void get_configuration(struct redir_scsi_unit *unit, const uint8_t *c,
                              struct redir_scsi_answer *a)
{
    uint8_t which = c[1] & 3;
    uint32_t start = get16(c + 2);
    if (which == 3) {
        check(a, ILLEGAL_REQUEST, INVALID_FIELD);
        return;
    }
    put32(a, 0);
    put16(a, 0);
    put16(a, unit->present ? PROFILE_CD_ROM : 0);
    for (size_t i = 0; i < sizeof features / sizeof *features; i++) {
        const struct feature *feature = &features[i];
        bool wanted = which == 2 ? feature->code == start : feature->code >= start;
        if (wanted && (which != 1 || !feature->medium || unit->present))
            put_feature(unit, feature, a);
    }
    a->data[3] = (uint8_t)(a->size - 4);
    give(a, get16(c + 7));
}

/* MMC-6 6.7, polled: of the classes asked for there is one, media. */
static void get_event_status(struct redir_scsi_unit *unit, const uint8_t *c,
                             struct redir_scsi_answer *a)
{
    if ((c[1] & 1) == 0) {
        check(a, ILLEGAL_REQUEST, INVALID_FIELD);
        return;
    }
    if ((c[4] & 1 << MEDIA_CLASS) == 0) {
        put16(a, 2);
        put8(a, 0x80); /* none of these classes */
        put8(a, 1 << MEDIA_CLASS);
        give(a, get16(c + 7));
        return;
    }
    put16(a, 6);
    put8(a, MEDIA_CLASS);
    put8(a, 1 << MEDIA_CLASS);
    put8(a, unit->event ? 2 : 0); /* new media, or no change */
    put8(a, unit->present ? 2 : 0);
    put16(a, 0);
    give(a, get16(c + 7));
    if (a->size > 4)
        unit->event = false;
}

/* MMC-6 6.9: a header without descriptors, which is what firmware gets from its other clients. */
static void get_performance(struct redir_scsi_unit *unit, const uint8_t *c,
                            struct redir_scsi_answer *a)
{
    (void)unit;
    (void)c;
    put32(a, 4);
    put32(a, 0x02000000);
    give(a, UINT32_MAX);
}

#define ON_CD   1
#define ON_DISK 2
#define ON_BOTH 3

/* Opcodes that are not here are refused, those that other clients name and refuse (0x15, 0x4C,
 * 0x51, 0x52, 0x55) among them. */
static const struct command {
    uint8_t code;
    uint8_t on;
    bool medium;    /* 2/3A/00 without one */
    bool attention; /* says first that the medium is new (SAM-3 5.9.5 names those that don't) */
    void (*answer)(struct redir_scsi_unit *unit, const uint8_t *c, struct redir_scsi_answer *a);
} commands[] = {
    {0x00, ON_BOTH, true, true, good}, /* TEST UNIT READY */
    {0x08, ON_BOTH, true, true, read6},
    {0x0A, ON_BOTH, true, true, write6},
    {0x1A, ON_BOTH, false, true, mode_sense6},
    {0x1B, ON_BOTH, false, true, good}, /* START STOP UNIT: the medium stays */
    {0x1E, ON_BOTH, true, true, good},  /* PREVENT ALLOW MEDIUM REMOVAL */
    {0x23, ON_BOTH, false, true, read_format_capacities},
    {0x25, ON_BOTH, true, true, read_capacity},
    {0x28, ON_BOTH, true, true, read10},
    {0x2A, ON_BOTH, true, true, write10},
    {0x2E, ON_BOTH, true, true, write10}, /* WRITE AND VERIFY(10) */
    {0x43, ON_CD, true, true, read_toc},
    {0x46, ON_CD, false, false, get_configuration},
    {0x4A, ON_BOTH, false, false, get_event_status},
    {0x5A, ON_BOTH, false, true, mode_sense10},
    {0xA8, ON_BOTH, true, true, read12},
    {0xAC, ON_CD, false, true, get_performance},
};

void redir_scsi_command(struct redir_scsi_unit *unit, const uint8_t *command,
                        struct redir_scsi_answer *answer)
{
    memset(answer, 0, sizeof *answer);
    unsigned on = unit->kind == REDIR_DRIVE_CD ? ON_CD : ON_DISK;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        const struct command *known = &commands[i];
        if (known->code != command[0] || (known->on & on) == 0)
            continue;
        if (known->attention && unit->attention) {
            unit->attention = false;
            check(answer, UNIT_ATTENTION, MEDIUM_CHANGED);
        } else if (known->medium && !unit->present) {
            check(answer, NOT_READY, MEDIUM_NOT_PRESENT);
        } else {
            known->answer(unit, command, answer);
        }
        return;
    }
    check(answer, ILLEGAL_REQUEST, INVALID_OPCODE);
}
