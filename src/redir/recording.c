#include "redir/recording.h"

#include <string.h>
#include <zlib.h>

/* Screens are flat for the most part: more effort gains little. */
#define LEVEL 1

void redir_recording_put_header(struct buffer *out, struct slice about)
{
    about = slice_first(about, REDIR_RECORDING_ABOUT_MAX);
    buffer_put(out, SLICE_LITERAL("OUTBKVM\1"));
    buffer_put_u32_le(out, (uint32_t)about.size);
    buffer_put(out, about);
}

static void put_u64(struct buffer *out, uint64_t value)
{
    buffer_put_u32_le(out, (uint32_t)value);
    buffer_put_u32_le(out, (uint32_t)(value >> 32));
}

static void put_record(struct buffer *out, uint32_t type, size_t size, uint64_t time)
{
    buffer_put_u32_le(out, type);
    buffer_put_u32_le(out, (uint32_t)size);
    put_u64(out, time);
}

void redir_recording_put_tile(struct buffer *tiles, const struct redir_screen *screen,
                              const struct redir_rect *rect)
{
    size_t row = (size_t)rect->width * redir_rfb_format_bytes(screen->format);
    buffer_put_u16_le(tiles, rect->x);
    buffer_put_u16_le(tiles, rect->y);
    buffer_put_u16_le(tiles, rect->width);
    buffer_put_u16_le(tiles, rect->height);
    for (unsigned y = 0; y < rect->height; y++)
        buffer_put(tiles, slice_of(redir_screen_at(screen, rect->x, (uint16_t)(rect->y + y)), row));
}

#define FRAME_HEAD 12

bool redir_recording_put_frame(struct buffer *out, const struct redir_recording_frame *frame,
                               struct error *err)
{
    struct buffer packed;
    uLongf size = compressBound((uLong)frame->tiles.size);
    buffer_init(&packed, size);
    uint8_t *to = buffer_reserve(&packed, size);
    if (compress2(to, &size, frame->tiles.data, (uLong)frame->tiles.size, LEVEL) != Z_OK)
        size = 0;
    put_record(out, frame->type, FRAME_HEAD + size, frame->time);
    buffer_put_u16_le(out, frame->width);
    buffer_put_u16_le(out, frame->height);
    buffer_put_u8(out, (uint8_t)frame->format);
    buffer_put_u8(out, 0);
    buffer_put_u16_le(out, frame->count);
    buffer_put_u32_le(out, (uint32_t)frame->tiles.size);
    buffer_put(out, slice_of(to, size));
    buffer_fini(&packed);
    return (size > 0 && buffer_ok(out)) ||
           error_set(err, ERROR_TOO_LARGE, "a picture of a recording is too large");
}

void redir_recording_put_end(struct buffer *out, const struct redir_recording_key *keys,
                             size_t count, uint64_t offset, uint64_t duration, const char *cut)
{
    struct slice reason =
        slice_first_text(slice_of_string(cut != NULL ? cut : ""), REDIR_RECORDING_REASON_MAX);
    put_record(out, REDIR_RECORDING_INDEX, count * 16, duration);
    for (size_t i = 0; i < count; i++) {
        put_u64(out, keys[i].time);
        put_u64(out, keys[i].offset);
    }
    if (reason.size > 0) {
        put_record(out, REDIR_RECORDING_REASON, reason.size, duration);
        buffer_put(out, reason);
    }
    put_record(out,
               REDIR_RECORDING_END | (cut != NULL ? REDIR_RECORDING_CUT : 0) |
                   (uint32_t)reason.size << 16,
               16, duration);
    put_u64(out, offset);
    put_u64(out, duration);
}
