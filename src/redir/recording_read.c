/* Reading of recordings: the index, and a screen at some time (redir/recording.h). */
#include "redir/recording.h"

#include "core/cursor.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define MAGIC       SLICE_LITERAL("OUTBKVM\1")
#define HEAD        12 /* of the file, before the JSON */
#define RECORD_HEAD 16
#define END_SIZE    32 /* of the last record, head included */
#define FRAME_HEAD  12

/* More than a frame of the largest screen can take: its pixels, and 8 bytes a tile. */
#define FRAME_MAX ((size_t)40 * 1024 * 1024)

/* Tiles of such a screen. */
#define TILES_MAX 16384u

struct record {
    uint8_t type;
    uint32_t size; /* of the payload */
    uint64_t time;
    uint64_t offset; /* of the record */
};

struct redir_recording {
    redir_recording_read *read;
    void *owner;
    uint64_t first; /* offset of the first record */
    uint64_t end;   /* of the records that are whole */
    uint64_t duration;
    bool indexed;  /* END and INDEX are there */
    bool cut;      /* END says so */
    uint64_t tail; /* offset of REASON, or else of END */
    size_t reason_size;
    struct redir_recording_key *keys;
    size_t key_count;
    size_t about_size;
    uint8_t about[REDIR_RECORDING_ABOUT_MAX];
    uint8_t reason[REDIR_RECORDING_REASON_MAX];
};

static uint64_t take_u64(struct cursor *c)
{
    uint64_t low = cursor_u32_le(c);
    uint64_t high = cursor_u32_le(c);
    return low | high << 32;
}

/* The head of the record there. False when it is not whole before `end`. */
static bool read_record(const struct redir_recording *r, uint64_t offset, uint64_t end,
                        struct record *record)
{
    uint8_t head[RECORD_HEAD];
    if (end < RECORD_HEAD || offset > end - RECORD_HEAD ||
        !r->read(r->owner, offset, head, sizeof head))
        return false;
    struct cursor c = cursor_of(slice_of(head, sizeof head));
    record->type = cursor_u8(&c);
    cursor_bytes(&c, 3);
    record->size = cursor_u32_le(&c);
    record->time = take_u64(&c);
    record->offset = offset;
    return record->size <= end - RECORD_HEAD - offset;
}

static uint64_t behind(const struct record *record)
{
    return record->offset + RECORD_HEAD + record->size;
}

static bool add_key(struct redir_recording *r, uint64_t time, uint64_t offset)
{
    if (r->key_count == REDIR_RECORDING_KEYS_MAX)
        return false;
    if ((r->key_count & (r->key_count - 1)) == 0)
        r->keys =
            memory_resize(r->keys, sizeof *r->keys * (r->key_count > 0 ? 2 * r->key_count : 1));
    r->keys[r->key_count++] = (struct redir_recording_key){time, offset};
    return true;
}

/* From record to record. What is behind the last whole one does not count. */
static void scan(struct redir_recording *r, uint64_t size)
{
    struct record record;
    uint64_t at = r->first;
    r->key_count = 0;
    r->duration = 0;
    while (read_record(r, at, size, &record) && record.time >= r->duration &&
           (record.type == REDIR_RECORDING_KEY || record.type == REDIR_RECORDING_CHANGE)) {
        if (record.type == REDIR_RECORDING_KEY && !add_key(r, record.time, at))
            break;
        r->duration = record.time;
        at = behind(&record);
    }
    r->end = at;
}

#define KEY_SIZE 16

static bool take_index(struct redir_recording *r, const struct record *index, struct slice bytes)
{
    struct cursor c = cursor_of(bytes);
    uint64_t time = 0;
    while (c.left > 0) {
        uint64_t at = take_u64(&c);
        uint64_t offset = take_u64(&c);
        if (at < time || offset < r->first || offset >= index->offset || !add_key(r, at, offset))
            return false;
        time = at;
    }
    return true;
}

static bool read_index(struct redir_recording *r, const struct record *index)
{
    if (index->size % KEY_SIZE != 0 || index->size > REDIR_RECORDING_KEYS_MAX * KEY_SIZE)
        return false;
    uint8_t *bytes = memory_new((size_t)index->size + 1);
    bool ok = r->read(r->owner, index->offset + RECORD_HEAD, bytes, index->size) &&
              take_index(r, index, slice_of(bytes, index->size));
    free(bytes);
    return ok;
}

/* What stands before END, if END says that there is something. */
static bool read_reason(struct redir_recording *r, uint64_t end, uint16_t size)
{
    struct record record;
    r->tail = end;
    if (size == 0)
        return true;
    if (size > sizeof r->reason || end - r->first < RECORD_HEAD + (uint64_t)size)
        return false;
    r->tail = end - RECORD_HEAD - size;
    if (!read_record(r, r->tail, end, &record) || record.type != REDIR_RECORDING_REASON ||
        record.size != size || !r->read(r->owner, end - size, r->reason, size))
        return false;
    r->reason_size = size;
    return true;
}

/* END, which says where the index is. */
static bool read_end(struct redir_recording *r, uint64_t size)
{
    uint8_t end[END_SIZE];
    if (size < r->first + END_SIZE || !r->read(r->owner, size - END_SIZE, end, sizeof end))
        return false;
    struct cursor c = cursor_of(slice_of(end, sizeof end));
    uint8_t type = cursor_u8(&c);
    uint8_t cut = cursor_u8(&c);
    uint16_t reason = cursor_u16_le(&c);
    uint32_t payload = cursor_u32_le(&c);
    if (type != REDIR_RECORDING_END || cut > 1 || (cut == 0 && reason != 0) || payload != 16)
        return false;
    take_u64(&c);
    r->cut = cut == 1;
    r->end = take_u64(&c);
    r->duration = take_u64(&c);
    return read_reason(r, size - END_SIZE, reason) && r->end >= r->first && r->end <= r->tail;
}

/* By END and INDEX. False when there is none, or it does not fit the file. */
static bool read_keys(struct redir_recording *r, uint64_t size)
{
    struct record index;
    return read_end(r, size) && read_record(r, r->end, r->tail, &index) &&
           index.type == REDIR_RECORDING_INDEX && behind(&index) == r->tail &&
           read_index(r, &index);
}

static bool read_head(struct redir_recording *r, uint64_t size)
{
    uint8_t head[HEAD];
    if (size < HEAD || !r->read(r->owner, 0, head, sizeof head))
        return false;
    struct cursor c = cursor_of(slice_of(head, sizeof head));
    bool magic = slice_equal(cursor_bytes(&c, MAGIC.size), MAGIC);
    uint32_t about = cursor_u32_le(&c);
    if (!magic || about > sizeof r->about || about > size - HEAD ||
        !r->read(r->owner, HEAD, r->about, about))
        return false;
    r->about_size = about;
    r->first = HEAD + about;
    return true;
}

struct redir_recording *redir_recording_open_head(redir_recording_read *read, void *owner,
                                                  uint64_t size, struct error *err)
{
    struct redir_recording *r = memory_new(sizeof *r);
    r->read = read;
    r->owner = owner;
    if (read_head(r, size)) {
        r->indexed = read_end(r, size);
        return r;
    }
    error_set(err, ERROR_INVALID, "the file is no recording of a screen");
    redir_recording_close(r);
    return NULL;
}

struct redir_recording *redir_recording_open(redir_recording_read *read, void *owner, uint64_t size,
                                             struct error *err)
{
    struct redir_recording *r = redir_recording_open_head(read, owner, size, err);
    if (r == NULL)
        return NULL;
    r->indexed = read_keys(r, size);
    if (!r->indexed)
        scan(r, size);
    return r;
}

void redir_recording_close(struct redir_recording *r)
{
    if (r == NULL)
        return;
    free(r->keys);
    free(r);
}

struct slice redir_recording_about(const struct redir_recording *r)
{
    return slice_of(r->about, r->about_size);
}

uint64_t redir_recording_duration(const struct redir_recording *r)
{
    return r->duration;
}

bool redir_recording_has_end(const struct redir_recording *r)
{
    return r->indexed;
}

bool redir_recording_is_whole(const struct redir_recording *r)
{
    return r->indexed && !r->cut;
}

struct slice redir_recording_reason(const struct redir_recording *r)
{
    return slice_of(r->reason, r->indexed && r->cut ? r->reason_size : 0);
}

/* --- pictures --------------------------------------------------------------------------------- */

static bool draw_tile(struct redir_screen *screen, struct cursor *c)
{
    struct redir_rect rect;
    rect.x = cursor_u16_le(c);
    rect.y = cursor_u16_le(c);
    rect.width = cursor_u16_le(c);
    rect.height = cursor_u16_le(c);
    if (!cursor_ok(c) || rect.width == 0 || rect.height == 0 || rect.width > REDIR_TILE_EDGE ||
        rect.height > REDIR_TILE_EDGE || rect.x + rect.width > screen->width ||
        rect.y + rect.height > screen->height)
        return false;
    size_t row = (size_t)rect.width * redir_rfb_format_bytes(screen->format);
    for (unsigned y = 0; y < rect.height; y++) {
        struct slice pixels = cursor_bytes(c, row);
        if (!cursor_ok(c))
            return false;
        memcpy(redir_screen_at(screen, rect.x, (uint16_t)(rect.y + y)), pixels.data, row);
    }
    redir_screen_drawn(screen, &rect);
    return true;
}

static bool draw_tiles(struct redir_screen *screen, unsigned count, struct slice tiles)
{
    struct cursor c = cursor_of(tiles);
    for (unsigned i = 0; i < count; i++)
        if (!draw_tile(screen, &c))
            return false;
    return c.left == 0;
}

/* A KEY makes the screen; a CHANGE must be of the one that is there. */
static bool fit_screen(struct redir_screen *screen, bool key, uint16_t width, uint16_t height,
                       uint8_t format)
{
    if (format >= REDIR_RFB_FORMATS)
        return false;
    if (!key)
        return screen->pixels != NULL && screen->width == width && screen->height == height &&
               screen->format == (enum redir_rfb_format)format;
    return redir_screen_make(screen, width, height, (enum redir_rfb_format)format, NULL);
}

static bool draw_payload(struct redir_screen *screen, bool key, struct slice payload)
{
    struct cursor c = cursor_of(payload);
    uint16_t width = cursor_u16_le(&c);
    uint16_t height = cursor_u16_le(&c);
    uint8_t format = cursor_u8(&c);
    cursor_u8(&c);
    uint16_t count = cursor_u16_le(&c);
    uint32_t size = cursor_u32_le(&c);
    if (!cursor_ok(&c) || count > TILES_MAX || !fit_screen(screen, key, width, height, format))
        return false;
    /* A tile at most each of the screen's pixels, and none twice. */
    if (size > screen->stride * screen->height + (size_t)count * 8)
        return false;
    uint8_t *tiles = memory_new((size_t)size + 1);
    uLongf inflated = size;
    bool ok = uncompress(tiles, &inflated, c.at, (uLong)c.left) == Z_OK && inflated == size &&
              draw_tiles(screen, count, slice_of(tiles, size));
    free(tiles);
    return ok;
}

static bool draw_record(const struct redir_recording *r, const struct record *record,
                        struct redir_screen *screen)
{
    if (record->size > FRAME_MAX)
        return false;
    uint8_t *payload = memory_new((size_t)record->size + 1);
    bool ok =
        r->read(r->owner, record->offset + RECORD_HEAD, payload, record->size) &&
        draw_payload(screen, record->type == REDIR_RECORDING_KEY, slice_of(payload, record->size));
    free(payload);
    return ok;
}

bool redir_recording_screen(struct redir_recording *r, uint64_t time, struct redir_screen *screen,
                            struct error *err)
{
    size_t low = 0;
    size_t high = r->key_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (r->keys[middle].time <= time)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return error_set(err, ERROR_NOT_FOUND, "the recording has no picture at that time");
    struct record record;
    uint64_t at = r->keys[low - 1].offset;
    bool ok = true;
    while (ok && at < r->end && (ok = read_record(r, at, r->end, &record)) && record.time <= time) {
        ok = (record.type == REDIR_RECORDING_KEY || record.type == REDIR_RECORDING_CHANGE) &&
             draw_record(r, &record, screen);
        at = behind(&record);
    }
    if (ok && screen->pixels != NULL)
        return true;
    redir_screen_fini(screen);
    return error_set(err, ERROR_INVALID, "the recording is damaged");
}
