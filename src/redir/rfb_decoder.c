#include "redir/rfb_decoder.h"

#include "core/cursor.h"
#include "core/memory.h"
#include "redir/rfb_message.h"
#include "redir/rfb_zlib.h"
#include "redir/zrle.h"

#include <stdlib.h>
#include <string.h>

/* The largest head of fixed size: ServerInit before its name. */
#define HEAD_MAX 24

/* More than the largest tile takes when it is stored, and its flush; what is longer says nothing.
 */
#define COMPRESSED_MAX 16384

#define NAME_MAX_SIZE 4096
#define REASON_KEPT   160

/* How often a screen may change its size without being drawn in between: each time costs a screen
 * of memory for a few bytes on the wire. */
#define RESIZES 32

/* What is being read: a head of a fixed size, or a body of a size that a head gave. */
enum part {
    PART_VERSION,
    PART_SECURITY_COUNT,
    PART_SECURITY,
    PART_RESULT,
    PART_REASON_SIZE,
    PART_REASON,
    PART_INIT,
    PART_NAME,
    PART_MESSAGE,
    PART_UPDATE,
    PART_RECT,
    PART_RAW,
    PART_COMPRESSED_SIZE,
    PART_COMPRESSED,
    PART_TEXT_HEAD,
    PART_TEXT
};

struct redir_rfb_decoder {
    const struct redir_rfb_events *events;
    void *owner;
    enum redir_rfb_phase phase;
    struct error failure; /* of REDIR_RFB_FAILED */
    bool open;            /* security type 1 was offered */

    enum part part;
    uint8_t head[HEAD_MAX];
    size_t have; /* of a head */
    size_t need; /* of a head; 0 in a body */
    size_t left; /* of a body */

    enum redir_rfb_format format;
    enum redir_rfb_format next_format; /* from the next update on */
    uint16_t width;
    uint16_t height;

    bool in_update;
    uint16_t rects;    /* still to come in this update */
    uint64_t area;     /* of this update's rectangles */
    uint64_t coverage; /* pixels since the size changed */
    unsigned resizes;  /* that are still allowed */
    struct redir_rect rect;
    struct redir_rfb_zlib zlib;

    bool draw;     /* wanted */
    bool drawing;  /* this rectangle is */
    uint8_t *tile; /* what came of it: raw, or inflated; REDIR_ZRLE_LIMIT bytes while drawing */
    size_t tile_size;
    struct redir_screen screen;

    size_t text_size; /* kept of it */
    uint8_t text[REDIR_RFB_TEXT_KEPT];
};

static void expect_head(struct redir_rfb_decoder *d, enum part part, size_t size)
{
    d->part = part;
    d->have = 0;
    d->need = size;
}

static void expect_body(struct redir_rfb_decoder *d, enum part part, size_t size)
{
    d->part = part;
    d->need = 0;
    d->left = size;
    d->text_size = 0;
    d->tile_size = 0;
}

struct redir_rfb_decoder *redir_rfb_decoder_new(const struct redir_rfb_events *events, void *owner)
{
    struct redir_rfb_decoder *d = memory_new(sizeof *d);
    d->events = events;
    d->owner = owner;
    d->resizes = RESIZES;
    redir_rfb_zlib_init(&d->zlib);
    expect_head(d, PART_VERSION, REDIR_RFB_VERSION_SIZE);
    return d;
}

static void stop_drawing(struct redir_rfb_decoder *d)
{
    d->draw = d->drawing = false;
    free(d->tile);
    d->tile = NULL;
    redir_screen_fini(&d->screen);
}

void redir_rfb_decoder_free(struct redir_rfb_decoder *d)
{
    if (d == NULL)
        return;
    stop_drawing(d);
    redir_rfb_zlib_fini(&d->zlib);
    free(d);
}

static void tell_sized(struct redir_rfb_decoder *d)
{
    d->coverage = 0;
    redir_screen_fini(&d->screen); /* what it held has another shape now */
    if (d->events->sized != NULL)
        d->events->sized(d->owner, d->width, d->height);
}

/* --- handshake ------------------------------------------------------------------------------ */

static bool read_version(struct redir_rfb_decoder *d, struct error *err)
{
    uint64_t major;
    uint64_t minor;
    struct slice text = slice_of(d->head, REDIR_RFB_VERSION_SIZE);
    if (!slice_starts_with(text, SLICE_LITERAL("RFB ")) || text.data[7] != '.' ||
        text.data[11] != '\n' || !slice_to_u64(slice_of(text.data + 4, 3), 999, &major) ||
        !slice_to_u64(slice_of(text.data + 8, 3), 999, &minor))
        return error_set(err, ERROR_PROTOCOL, "the device does not speak RFB");
    if (major < 3 || (major == 3 && minor < 8))
        return error_set(err, ERROR_PROTOCOL, "the device speaks RFB %u.%u, older than 3.8",
                         (unsigned)major, (unsigned)minor);
    d->phase = REDIR_RFB_SECURITY;
    expect_head(d, PART_SECURITY_COUNT, 1);
    return true;
}

static bool read_security_count(struct redir_rfb_decoder *d)
{
    if (d->head[0] == 0)
        expect_head(d, PART_REASON_SIZE, 4);
    else
        expect_body(d, PART_SECURITY, d->head[0]);
    return true;
}

static bool read_result(struct redir_rfb_decoder *d)
{
    struct cursor c = cursor_of(slice_of(d->head, 4));
    if (cursor_u32_be(&c) != 0) {
        expect_head(d, PART_REASON_SIZE, 4);
        return true;
    }
    d->phase = REDIR_RFB_INIT;
    expect_head(d, PART_INIT, HEAD_MAX);
    return true;
}

static bool read_reason_size(struct redir_rfb_decoder *d, struct error *err)
{
    struct cursor c = cursor_of(slice_of(d->head, 4));
    uint32_t size = cursor_u32_be(&c);
    if (size > REDIR_RFB_TEXT_LIMIT)
        return error_set(err, ERROR_PROTOCOL, "the device refuses, with a reason of %u bytes",
                         size);
    expect_body(d, PART_REASON, size);
    return true;
}

/* The device's words, as far as they are printable. */
static bool refused(const struct redir_rfb_decoder *d, struct error *err)
{
    char reason[REASON_KEPT + 1] = "no reason given";
    size_t size = d->text_size < REASON_KEPT ? d->text_size : REASON_KEPT;
    for (size_t i = 0; i < size; i++)
        reason[i] = d->text[i] >= ' ' && d->text[i] < 127 ? (char)d->text[i] : '?';
    if (size > 0)
        reason[size] = 0;
    return error_set(err, ERROR_DEVICE, "the device refuses the screen session: %s", reason);
}

/* A size that some screen may have. 0 × 0 is a device without a display, and draws nothing. */
static bool take_size(struct redir_rfb_decoder *d, uint16_t width, uint16_t height,
                      struct error *err)
{
    if ((width != 0 || height != 0) && !redir_screen_possible(width, height, REDIR_RFB_RGB332))
        return error_set(err, ERROR_PROTOCOL, "the device says its screen has %u × %u pixels",
                         width, height);
    d->width = width;
    d->height = height;
    return true;
}

static bool read_init(struct redir_rfb_decoder *d, struct error *err)
{
    struct cursor c = cursor_of(slice_of(d->head, HEAD_MAX));
    uint16_t width = cursor_u16_be(&c);
    uint16_t height = cursor_u16_be(&c);
    struct slice format = cursor_bytes(&c, REDIR_RFB_FORMAT_SIZE);
    uint32_t name_size = cursor_u32_be(&c);
    if (!redir_rfb_format_read(format, &d->format))
        return error_set(err, ERROR_PROTOCOL, "the device's pixels are of an unknown format");
    if (name_size > NAME_MAX_SIZE)
        return error_set(err, ERROR_PROTOCOL, "the device's name has %u bytes", name_size);
    d->next_format = d->format;
    expect_body(d, PART_NAME, name_size);
    return take_size(d, width, height, err);
}

/* --- updates -------------------------------------------------------------------------------- */

static void expect_message(struct redir_rfb_decoder *d)
{
    expect_head(d, PART_MESSAGE, 1);
}

static void next_rect(struct redir_rfb_decoder *d)
{
    d->drawing = false;
    if (d->rects > 0) {
        d->rects--;
        expect_head(d, PART_RECT, 12);
        return;
    }
    d->in_update = false;
    expect_message(d);
    if (d->events->updated != NULL)
        d->events->updated(d->owner);
}

static bool read_message(struct redir_rfb_decoder *d, struct error *err)
{
    switch (d->head[0]) {
    case REDIR_RFB_UPDATE:
        expect_head(d, PART_UPDATE, 3);
        return true;
    case REDIR_RFB_BELL:
        expect_message(d);
        if (d->events->bell != NULL)
            d->events->bell(d->owner);
        return true;
    case REDIR_RFB_SERVER_CUT_TEXT:
        expect_head(d, PART_TEXT_HEAD, 7);
        return true;
    default:
        return error_set(err, ERROR_PROTOCOL, "the device sent a screen message of type %u",
                         d->head[0]);
    }
}

static bool read_update(struct redir_rfb_decoder *d)
{
    struct cursor c = cursor_of(slice_of(d->head + 1, 2));
    if (d->format != d->next_format) {
        d->format = d->next_format;
        redir_screen_fini(&d->screen);
    }
    d->rects = cursor_u16_be(&c);
    d->in_update = true;
    d->area = 0;
    if (d->events->began != NULL)
        d->events->began(d->owner);
    next_rect(d);
    return true;
}

static bool resize(struct redir_rfb_decoder *d, struct error *err)
{
    uint64_t area = (uint64_t)d->width * d->height;
    if (d->coverage >= area && d->resizes < RESIZES)
        d->resizes++;
    if (d->resizes == 0)
        return error_set(err, ERROR_PROTOCOL, "the device's screen changes its size all the time");
    d->resizes--;
    if (!take_size(d, d->rect.width, d->rect.height, err))
        return false;
    d->area = 0;
    tell_sized(d);
    next_rect(d);
    return true;
}

static bool check_rect(struct redir_rfb_decoder *d, struct error *err)
{
    const struct redir_rect *r = &d->rect;
    if (r->width == 0 || r->height == 0 || r->width > REDIR_TILE_EDGE ||
        r->height > REDIR_TILE_EDGE || r->x + r->width > d->width || r->y + r->height > d->height)
        return error_set(err, ERROR_PROTOCOL,
                         "the device drew %u × %u pixels at %u, %u of a screen of %u × %u",
                         r->width, r->height, r->x, r->y, d->width, d->height);
    uint32_t area = (uint32_t)r->width * r->height;
    d->area += area;
    d->coverage += area;
    if (d->area > 2 * (uint64_t)d->width * d->height)
        return error_set(err, ERROR_PROTOCOL, "the device drew its screen twice in one update");
    return true;
}

/* Makes what drawing needs, when it is wanted. */
static bool begin_drawing(struct redir_rfb_decoder *d, struct error *err)
{
    d->drawing = d->draw;
    if (!d->drawing)
        return true;
    if (d->screen.pixels == NULL &&
        !redir_screen_make(&d->screen, d->width, d->height, d->format, err))
        return false;
    if (d->tile == NULL)
        d->tile = memory_new(REDIR_ZRLE_LIMIT);
    return true;
}

static bool read_rect(struct redir_rfb_decoder *d, struct error *err)
{
    struct cursor c = cursor_of(slice_of(d->head, 12));
    d->rect.x = cursor_u16_be(&c);
    d->rect.y = cursor_u16_be(&c);
    d->rect.width = cursor_u16_be(&c);
    d->rect.height = cursor_u16_be(&c);
    int32_t encoding = (int32_t)cursor_u32_be(&c);
    switch (encoding) {
    case REDIR_RFB_ENCODING_DESKTOP_SIZE:
        return resize(d, err);
    case REDIR_RFB_ENCODING_RAW:
    case REDIR_RFB_ENCODING_ZRLE:
        break;
    default:
        return error_set(err, ERROR_PROTOCOL, "the device drew in encoding %d", encoding);
    }
    if (!check_rect(d, err) || !begin_drawing(d, err))
        return false;
    if (encoding == REDIR_RFB_ENCODING_ZRLE)
        expect_head(d, PART_COMPRESSED_SIZE, 4);
    else
        expect_body(d, PART_RAW,
                    (size_t)d->rect.width * d->rect.height * redir_rfb_format_bytes(d->format));
    return true;
}

static bool read_compressed_size(struct redir_rfb_decoder *d, struct error *err)
{
    struct cursor c = cursor_of(slice_of(d->head, 4));
    uint32_t size = cursor_u32_be(&c);
    if (size == 0 || size > COMPRESSED_MAX)
        return error_set(err, ERROR_PROTOCOL, "a tile of the screen has %u bytes", size);
    expect_body(d, PART_COMPRESSED, size);
    return true;
}

static void tell_drawn(struct redir_rfb_decoder *d)
{
    struct redir_rect rect = d->rect;
    redir_screen_drawn(&d->screen, &rect);
    if (d->events->drawn != NULL)
        d->events->drawn(d->owner, &rect);
}

static void draw_raw(struct redir_rfb_decoder *d)
{
    size_t row = (size_t)d->rect.width * redir_rfb_format_bytes(d->format);
    uint8_t *to = redir_screen_at(&d->screen, d->rect.x, d->rect.y);
    for (unsigned y = 0; y < d->rect.height; y++)
        memcpy(to + y * d->screen.stride, d->tile + y * row, row);
}

static bool end_tile(struct redir_rfb_decoder *d, struct error *err)
{
    if (d->drawing && d->part == PART_RAW)
        draw_raw(d);
    else if (d->drawing && !redir_zrle_draw(slice_of(d->tile, d->tile_size), d->rect.width,
                                            d->rect.height, redir_rfb_format_bytes(d->format),
                                            redir_screen_at(&d->screen, d->rect.x, d->rect.y),
                                            d->screen.stride, err))
        return false;
    if (d->drawing)
        tell_drawn(d);
    next_rect(d);
    return true;
}

/* --- cut texts ------------------------------------------------------------------------------ */

static bool read_text_head(struct redir_rfb_decoder *d, struct error *err)
{
    struct cursor c = cursor_of(slice_of(d->head + 3, 4));
    uint32_t size = cursor_u32_be(&c);
    if (size > REDIR_RFB_TEXT_LIMIT)
        return error_set(err, ERROR_PROTOCOL, "the device sent a cut text of %u bytes", size);
    expect_body(d, PART_TEXT, size);
    return true;
}

static void end_text(struct redir_rfb_decoder *d)
{
    struct slice text = slice_of(d->text, d->text_size);
    expect_message(d);
    if (slice_starts_with(text, REDIR_RFB_CHANNEL_TAG)) {
        if (d->events->channel != NULL)
            d->events->channel(d->owner, slice_from(text, REDIR_RFB_CHANNEL_TAG.size));
    } else if (slice_starts_with(text, REDIR_RFB_EXTENSION_TAG)) {
        struct cursor c = cursor_of(slice_from(text, REDIR_RFB_EXTENSION_TAG.size));
        struct redir_rfb_extension extension = {.command = cursor_u8(&c), .value = cursor_u8(&c)};
        if (cursor_ok(&c) && d->events->extension != NULL) {
            extension.state = c.left > 0 ? cursor_u8(&c) : 0;
            d->events->extension(d->owner, &extension);
        }
    }
}

/* --- heads and bodies ----------------------------------------------------------------------- */

static bool end_head(struct redir_rfb_decoder *d, struct error *err)
{
    switch (d->part) {
    case PART_VERSION:
        return read_version(d, err);
    case PART_SECURITY_COUNT:
        return read_security_count(d);
    case PART_RESULT:
        return read_result(d);
    case PART_REASON_SIZE:
        return read_reason_size(d, err);
    case PART_INIT:
        return read_init(d, err);
    case PART_MESSAGE:
        return read_message(d, err);
    case PART_UPDATE:
        return read_update(d);
    case PART_RECT:
        return read_rect(d, err);
    case PART_COMPRESSED_SIZE:
        return read_compressed_size(d, err);
    default:
        return read_text_head(d, err);
    }
}

static bool end_body(struct redir_rfb_decoder *d, struct error *err)
{
    switch (d->part) {
    case PART_SECURITY:
        d->phase = REDIR_RFB_RESULT;
        expect_head(d, PART_RESULT, 4);
        return true;
    case PART_REASON:
        return refused(d, err);
    case PART_NAME:
        d->phase = REDIR_RFB_RUNNING;
        expect_message(d);
        tell_sized(d);
        return true;
    case PART_TEXT:
        end_text(d);
        return true;
    default:
        return end_tile(d, err);
    }
}

static void keep_text(struct redir_rfb_decoder *d, struct slice bytes)
{
    struct slice kept = slice_first(bytes, sizeof d->text - d->text_size);
    if (kept.size > 0)
        memcpy(d->text + d->text_size, kept.data, kept.size);
    d->text_size += kept.size;
}

static bool take_body(struct redir_rfb_decoder *d, struct slice bytes, struct error *err)
{
    switch (d->part) {
    case PART_SECURITY:
        d->open = d->open || slice_index_of(bytes, REDIR_RFB_SECURITY_NONE) < bytes.size;
        return true;
    case PART_REASON:
    case PART_TEXT:
        keep_text(d, bytes);
        return true;
    case PART_RAW:
        if (d->drawing)
            memcpy(d->tile + d->tile_size, bytes.data, bytes.size);
        d->tile_size += bytes.size;
        return true;
    case PART_COMPRESSED: {
        unsigned pixels = (unsigned)d->rect.width * d->rect.height;
        return redir_rfb_zlib_feed(&d->zlib, bytes, d->drawing ? d->tile : NULL, &d->tile_size,
                                   redir_zrle_limit(pixels, redir_rfb_format_bytes(d->format)),
                                   err);
    }
    default:
        return true; /* the name */
    }
}

/* Takes as much as belongs to the part at hand. */
static bool step(struct redir_rfb_decoder *d, struct slice *bytes, struct error *err)
{
    if (d->need > 0) {
        struct slice piece = slice_first(*bytes, d->need - d->have);
        memcpy(d->head + d->have, piece.data, piece.size);
        d->have += piece.size;
        *bytes = slice_from(*bytes, piece.size);
        return d->have < d->need || end_head(d, err);
    }
    struct slice piece = slice_first(*bytes, d->left);
    if (piece.size > 0 && !take_body(d, piece, err))
        return false;
    d->left -= piece.size;
    *bytes = slice_from(*bytes, piece.size);
    return d->left > 0 || end_body(d, err);
}

static bool in_empty_body(const struct redir_rfb_decoder *d)
{
    return d->need == 0 && d->left == 0;
}

bool redir_rfb_decoder_feed(struct redir_rfb_decoder *d, struct slice bytes, struct error *err)
{
    while (d->phase != REDIR_RFB_FAILED && (bytes.size > 0 || in_empty_body(d))) {
        if (step(d, &bytes, &d->failure))
            continue;
        d->phase = REDIR_RFB_FAILED;
    }
    if (d->phase != REDIR_RFB_FAILED)
        return true;
    if (err != NULL)
        *err = d->failure;
    return false;
}

/* --- what it knows -------------------------------------------------------------------------- */

enum redir_rfb_phase redir_rfb_decoder_phase(const struct redir_rfb_decoder *d)
{
    return d->phase;
}

bool redir_rfb_decoder_open(const struct redir_rfb_decoder *d)
{
    return d->open;
}

void redir_rfb_decoder_set_format(struct redir_rfb_decoder *d, enum redir_rfb_format format)
{
    d->next_format = format;
}

enum redir_rfb_format redir_rfb_decoder_format(const struct redir_rfb_decoder *d)
{
    return d->format;
}

uint16_t redir_rfb_decoder_width(const struct redir_rfb_decoder *d)
{
    return d->width;
}

uint16_t redir_rfb_decoder_height(const struct redir_rfb_decoder *d)
{
    return d->height;
}

bool redir_rfb_decoder_in_update(const struct redir_rfb_decoder *d)
{
    return d->in_update;
}

void redir_rfb_decoder_draw(struct redir_rfb_decoder *d, bool draw)
{
    if (draw)
        d->draw = true;
    else
        stop_drawing(d);
}

const struct redir_screen *redir_rfb_decoder_screen(const struct redir_rfb_decoder *d)
{
    return d->draw ? &d->screen : NULL;
}

struct redir_screen redir_rfb_decoder_take(struct redir_rfb_decoder *d)
{
    struct redir_screen taken = d->screen;
    memset(&d->screen, 0, sizeof d->screen);
    return taken;
}

void redir_rfb_decoder_renew(struct redir_rfb_decoder *d)
{
    redir_screen_renew(&d->screen);
}
