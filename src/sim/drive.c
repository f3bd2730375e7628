#include "sim/drive.h"

#include "core/cursor.h"

#include <string.h>

#define REQUEST_DEFAULT 32768
#define BLOCK_LIMIT     4096
#define CD_BLOCK        2048
#define FLOPPY_BLOCK    512
#define ATTENTION_TRIES 5  /* a drive has a few things to say before it is ready */
#define READY_TRIES     20 /* … and takes its time, SETTLE_MS each */
#define SETTLE_MS       500

enum operation {
    TEST_UNIT_READY = 0x00,
    PREVENT_REMOVAL = 0x1E,
    READ_FORMAT_CAPACITIES = 0x23,
    READ_CAPACITY = 0x25,
    READ_10 = 0x28,
    WRITE_10 = 0x2A,
    READ_TOC = 0x43,
    GET_CONFIGURATION = 0x46,
    GET_EVENT_STATUS = 0x4A,
    READ_DISC_INFO = 0x51,
    MODE_SENSE_10 = 0x5A,
};

enum sense_key { KEY_NOT_READY = 2, KEY_ATTENTION = 6 };
enum sense_code { CODE_BECOMING_READY = 0x04, CODE_NO_MEDIUM = 0x3A };

/* What is asked of a drive before it is used, in the order of spec device-protocols 2.4. `most` is
 * the allocation length, too, but for READ CAPACITY, which has none. */
static const struct question {
    uint16_t most;
    uint8_t cdb[5];
} of_cd[] =
    {
        {0, {TEST_UNIT_READY}},
        {8, {READ_CAPACITY}},
        {0, {PREVENT_REMOVAL, 0, 0, 0, 1}},
        {192, {GET_CONFIGURATION}},
        {8, {GET_EVENT_STATUS, 1, 0, 0, 0x10}}, /* polled, of the medium */
        {34, {READ_DISC_INFO}},
        {192, {MODE_SENSE_10, 0, 0x01}},
        {192, {MODE_SENSE_10, 0, 0x2A}},
        {192, {MODE_SENSE_10, 0, 0x3F}},
        {804, {READ_TOC}},
},
  of_floppy[] = {
      {0, {TEST_UNIT_READY}},
      {252, {READ_FORMAT_CAPACITIES}},
      {8, {READ_CAPACITY}},
      {192, {MODE_SENSE_10, 0, 0x3F}},
};

const char *sim_drive_status_name(enum sim_drive_status status)
{
    static const char *const names[] = {
        [SIM_DRIVE_DONE] = "done",          [SIM_DRIVE_NO_MEDIUM] = "no medium",
        [SIM_DRIVE_CHECK] = "refused",      [SIM_DRIVE_SHORT] = "short of data",
        [SIM_DRIVE_RANGE] = "past its end", [SIM_DRIVE_TIMEOUT] = "no answer",
        [SIM_DRIVE_GONE] = "lost",
    };
    return names[status];
}

void sim_drive_init(struct sim_drive *drive, struct sim_ider *link, bool cd)
{
    memset(drive, 0, sizeof(*drive));
    drive->link = link;
    drive->cd = cd;
    buffer_init(&drive->read, SIM_DRIVE_REQUEST_LIMIT + 2 * BLOCK_LIMIT);
}

static void finish(struct sim_drive *drive, enum sim_drive_status status, struct slice data,
                   uint64_t now_ms)
{
    sim_drive_done *done = drive->done;
    drive->done = NULL;
    if (done != NULL)
        done(drive->owner, status, data, now_ms);
}

static void fail(struct sim_drive *drive, enum sim_drive_status status, uint64_t now_ms)
{
    finish(drive, status, (struct slice){0}, now_ms);
}

void sim_drive_fini(struct sim_drive *drive, uint64_t now_ms)
{
    drive->state = SIM_DRIVE_DETACHED;
    fail(drive, SIM_DRIVE_GONE, now_ms);
    buffer_fini(&drive->read);
}

void sim_drive_cancel(struct sim_drive *drive)
{
    drive->done = NULL;
}

uint64_t sim_drive_size(const struct sim_drive *drive)
{
    return drive->blocks * drive->block_size;
}

/* ---- attaching ---- */

static const struct question *question_of(const struct sim_drive *drive)
{
    return drive->cd ? &of_cd[drive->step] : &of_floppy[drive->step];
}

static bool has_answered_all(const struct sim_drive *drive)
{
    size_t count =
        drive->cd ? sizeof(of_cd) / sizeof(of_cd[0]) : sizeof(of_floppy) / sizeof(of_floppy[0]);
    return drive->step == count;
}

static void ask(struct sim_drive *drive, uint64_t not_before_ms, uint64_t now_ms)
{
    const struct question *question = question_of(drive);
    struct sim_ider_command command = {.most = question->most, .not_before_ms = not_before_ms};
    memcpy(command.cdb, question->cdb, sizeof(question->cdb));
    if (question->cdb[0] != READ_CAPACITY) {
        command.cdb[7] = (uint8_t)(question->most >> 8);
        command.cdb[8] = (uint8_t)question->most;
    }
    sim_ider_submit(drive->link, drive->cd, &command, now_ms);
}

void sim_drive_attach(struct sim_drive *drive, sim_drive_done *done, void *owner, uint64_t now_ms)
{
    drive->done = done;
    drive->owner = owner;
    drive->state = SIM_DRIVE_ATTACHING;
    drive->step = 0;
    drive->tries = 0;
    drive->blocks = 0;
    drive->block_size = drive->cd ? CD_BLOCK : FLOPPY_BLOCK;
    drive->protected = drive->cd;
    drive->sense = (struct sim_ider_sense){0};
    ask(drive, now_ms, now_ms);
}

/* The number of the last block, and the size of a block. */
static void read_capacity(struct sim_drive *drive, struct slice data)
{
    struct cursor from = cursor_of(data);
    uint32_t last = cursor_u32_be(&from);
    uint32_t size = cursor_u32_be(&from);
    if (!cursor_ok(&from) || size < FLOPPY_BLOCK || size > BLOCK_LIMIT || (size & (size - 1)) != 0)
        return;
    drive->blocks = (uint64_t)last + 1;
    drive->block_size = size;
}

static void take_answer(struct sim_drive *drive, struct slice data)
{
    uint8_t operation = question_of(drive)->cdb[0];
    if (operation == READ_CAPACITY)
        read_capacity(drive, data);
    else if (operation == MODE_SENSE_10 && !drive->cd && data.size > 3)
        drive->protected = (data.data[3] & 0x80) != 0;
}

/* What a drive says before it is ready passes with time; false when it does not. */
static bool passes(struct sim_drive *drive, uint64_t now_ms, uint64_t *again_ms)
{
    const struct sim_ider_sense *sense = &drive->sense;
    *again_ms = now_ms;
    if (sense->key == KEY_ATTENTION)
        return ++drive->tries < ATTENTION_TRIES;
    *again_ms = now_ms + SETTLE_MS;
    return sense->key == KEY_NOT_READY && sense->code == CODE_BECOMING_READY &&
           ++drive->tries < READY_TRIES;
}

static bool has_no_medium(const struct sim_drive *drive)
{
    return drive->sense.key == KEY_NOT_READY && drive->sense.code == CODE_NO_MEDIUM;
}

/* Only TEST UNIT READY has to succeed. Some hosts refuse READ CAPACITY for a CD that they have
 * (spec meshcentral 3.2): such a drive is read without knowing its size. */
static void attaching_answered(struct sim_drive *drive, const struct sim_ider_result *result,
                               uint64_t now_ms)
{
    uint64_t again_ms;
    bool refused = result->end != SIM_IDER_GOOD;
    if (refused && passes(drive, now_ms, &again_ms)) {
        ask(drive, again_ms, now_ms);
        return;
    }
    if (refused && drive->step == 0) {
        bool empty = has_no_medium(drive);
        drive->state = empty ? SIM_DRIVE_EMPTY : SIM_DRIVE_DEAD;
        fail(drive, empty ? SIM_DRIVE_NO_MEDIUM : SIM_DRIVE_CHECK, now_ms);
        return;
    }
    if (!refused)
        take_answer(drive, result->data);
    drive->step++;
    drive->tries = 0;
    if (!has_answered_all(drive)) {
        ask(drive, now_ms, now_ms);
        return;
    }
    drive->state = SIM_DRIVE_READY;
    fail(drive, SIM_DRIVE_DONE, now_ms);
}

/* ---- reading and writing ---- */

static uint32_t burst(const struct sim_drive *drive)
{
    uint32_t bytes = sim_ider_habits(drive->link)->request;
    if (bytes == 0)
        bytes = REQUEST_DEFAULT;
    if (drive->writes || bytes > SIM_IDER_DATA_LIMIT)
        bytes = drive->writes ? SIM_IDER_BUFFER : SIM_IDER_DATA_LIMIT;
    return bytes < drive->block_size ? 1 : bytes / drive->block_size;
}

static void move(struct sim_drive *drive, uint64_t not_before_ms, uint64_t now_ms)
{
    struct sim_ider_command command = {.not_before_ms = not_before_ms};
    uint32_t block = (uint32_t)drive->block;
    uint32_t most = burst(drive);
    drive->moving = drive->left < most ? drive->left : most;
    command.cdb[0] = drive->writes ? WRITE_10 : READ_10;
    for (unsigned i = 0; i < 4; i++)
        command.cdb[2 + i] = (uint8_t)(block >> (24 - 8 * i));
    command.cdb[7] = (uint8_t)(drive->moving >> 8);
    command.cdb[8] = (uint8_t)drive->moving;
    command.dma = !drive->writes;
    if (drive->writes)
        command.out = slice_first(drive->to_write, (size_t)drive->moving * drive->block_size);
    else
        command.most = drive->moving * drive->block_size;
    sim_ider_submit(drive->link, drive->cd, &command, now_ms);
}

static bool is_within(const struct sim_drive *drive)
{
    uint64_t end = drive->block + drive->left;
    return end >= drive->block && end <= (uint64_t)UINT32_MAX + 1 &&
           (drive->blocks == 0 || end <= drive->blocks);
}

static void begin(struct sim_drive *drive, sim_drive_done *done, void *owner, uint64_t now_ms)
{
    drive->done = done;
    drive->owner = owner;
    drive->tries = 0;
    buffer_clear(&drive->read);
    if (drive->state != SIM_DRIVE_READY)
        fail(drive, SIM_DRIVE_GONE, now_ms);
    else if (drive->left == 0 || !is_within(drive))
        fail(drive, SIM_DRIVE_RANGE, now_ms);
    else
        move(drive, now_ms, now_ms);
}

void sim_drive_read(struct sim_drive *drive, uint64_t offset, uint32_t size, sim_drive_done *done,
                    void *owner, uint64_t now_ms)
{
    uint32_t block_size = drive->block_size == 0 ? CD_BLOCK : drive->block_size;
    drive->writes = false;
    drive->block = offset / block_size;
    drive->skip = (uint32_t)(offset % block_size);
    drive->size = size;
    drive->left =
        size > SIM_DRIVE_REQUEST_LIMIT ? 0 : (drive->skip + size + block_size - 1) / block_size;
    begin(drive, done, owner, now_ms);
}

void sim_drive_write(struct sim_drive *drive, uint64_t block, struct slice bytes,
                     sim_drive_done *done, void *owner, uint64_t now_ms)
{
    uint32_t block_size = drive->block_size == 0 ? FLOPPY_BLOCK : drive->block_size;
    bool whole = bytes.size <= SIM_DRIVE_REQUEST_LIMIT && bytes.size % block_size == 0;
    drive->writes = true;
    drive->block = block;
    drive->to_write = bytes;
    drive->left = whole ? (uint32_t)(bytes.size / block_size) : 0;
    begin(drive, done, owner, now_ms);
}

static void moving_answered(struct sim_drive *drive, const struct sim_ider_result *result,
                            uint64_t now_ms)
{
    uint64_t again_ms;
    size_t moved = (size_t)drive->moving * drive->block_size;
    if (result->end != SIM_IDER_GOOD) {
        if (passes(drive, now_ms, &again_ms))
            move(drive, again_ms, now_ms);
        else
            fail(drive, has_no_medium(drive) ? SIM_DRIVE_NO_MEDIUM : SIM_DRIVE_CHECK, now_ms);
        return;
    }
    if (!drive->writes && result->data.size != moved) {
        fail(drive, SIM_DRIVE_SHORT, now_ms);
        return;
    }
    buffer_put(&drive->read, result->data);
    drive->to_write = slice_from(drive->to_write, moved);
    drive->block += drive->moving;
    drive->left -= drive->moving;
    drive->tries = 0;
    if (drive->left > 0)
        move(drive, now_ms, now_ms);
    else
        finish(drive, SIM_DRIVE_DONE,
               slice_first(slice_from(buffer_slice(&drive->read), drive->skip), drive->size),
               now_ms);
}

void sim_drive_answered(struct sim_drive *drive, const struct sim_ider_result *result,
                        uint64_t now_ms)
{
    if (result->end == SIM_IDER_CHECK)
        drive->sense = result->sense;
    if (result->end == SIM_IDER_RESET || result->end == SIM_IDER_TIMEOUT) {
        drive->state = result->end == SIM_IDER_RESET ? SIM_DRIVE_DETACHED : SIM_DRIVE_DEAD;
        fail(drive, result->end == SIM_IDER_RESET ? SIM_DRIVE_GONE : SIM_DRIVE_TIMEOUT, now_ms);
    } else if (drive->done == NULL) { /* cancelled */
        if (drive->state == SIM_DRIVE_ATTACHING)
            drive->state = SIM_DRIVE_DETACHED;
    } else if (drive->state == SIM_DRIVE_ATTACHING) {
        attaching_answered(drive, result, now_ms);
    } else {
        moving_answered(drive, result, now_ms);
    }
}
