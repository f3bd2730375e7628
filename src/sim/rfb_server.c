#include "sim/rfb_server.h"

#include "core/buffer.h"
#include "core/cursor.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#define TEXT_LIMIT   32768 /* of a cut text, both ways */
#define QUEUE_ENOUGH 32768 /* bytes under way; then the transport has its turn */
#define PIECE        8192  /* bytes of an update that go in one write, about */
#define TILE_PIXELS  (SIM_TILE * SIM_TILE)
#define PAYLOAD_MOST (1 + 2 * TILE_PIXELS)
#define STREAM_MOST  (2 + 5 + PAYLOAD_MOST + 256) /* deflated, too */
#define MESSAGE_MOST (4 * PIECE + 2 * STREAM_MOST)

/* Encodings (spec 3.3). */
#define ENCODING_RAW     0
#define ENCODING_ZRLE    16
#define ENCODING_CHANNEL 1092
#define ENCODING_SIZE    0xFFFFFF21u /* -223 */

static const char channel_tag[] = "\0KvmDataChannel"; /* with its NUL */
static const char extension_tag[] = "\0KvmExtCmd";    /* with its NUL */

/* Room for one tile at a time. */
struct work {
    uint8_t colours[TILE_PIXELS];
    uint16_t pixels[TILE_PIXELS];
    uint8_t payload[PAYLOAD_MOST];
    uint8_t stream[STREAM_MOST];
};

static void send_buffer(struct sim_rfb *rfb, struct buffer *message)
{
    if (buffer_size(message) > 0)
        rfb->events->send(rfb->owner, buffer_slice(message));
    buffer_fini(message);
}

static size_t queued(const struct sim_rfb *rfb)
{
    return rfb->events->queued == NULL ? 0 : rfb->events->queued(rfb->owner);
}

/* ---- the handshake ---- */

/* Eight bits always do: how large a display may be at all is the release's matter. */
static bool fits(const struct sim_rfb *rfb, enum sim_rfb_pixels pixels)
{
    size_t size = sim_rfb_pixel_size(pixels);
    return size == 1 || (size_t)rfb->width * rfb->height * size <= SIM_RFB_FRAME;
}

static void choose_pixels(struct sim_rfb *rfb, enum sim_rfb_pixels pixels)
{
    rfb->pixels = (uint8_t)pixels;
    for (unsigned i = 0; i < 256; i++)
        rfb->shades[i] = sim_rfb_pixel(pixels, sim_screen_colour((uint8_t)i));
}

void sim_rfb_init(struct sim_rfb *rfb, struct sim_screen *screen, const char *version,
                  const struct sim_rfb_events *events, void *owner)
{
    struct buffer banner;
    memset(rfb, 0, sizeof(*rfb));
    rfb->screen = screen;
    rfb->events = events;
    rfb->owner = owner;
    rfb->version = version;
    rfb->width = screen->width;
    rfb->height = screen->height;
    rfb->decimation = 1;
    rfb->work = memory_new(sizeof(struct work));
    choose_pixels(rfb, fits(rfb, SIM_RFB_RGB565) ? SIM_RFB_RGB565 : SIM_RFB_RGB332);
    rfb->next_pixels = rfb->pixels;
    buffer_init(&banner, 32);
    buffer_printf(&banner, "RFB %s\n", version);
    send_buffer(rfb, &banner);
}

static void stop_deflate(struct sim_rfb *rfb)
{
    if (rfb->deflate != NULL)
        (void)deflateEnd(rfb->deflate);
    free(rfb->deflate);
    rfb->deflate = NULL;
}

void sim_rfb_fini(struct sim_rfb *rfb)
{
    stop_deflate(rfb);
    free(rfb->queue);
    free(rfb->work);
}

static size_t take_version(struct sim_rfb *rfb, struct slice bytes)
{
    static const uint8_t offers[] = {2, 1, 0x80}; /* none, and one of Intel's own */
    if (bytes.size < 12)
        return 0;
    if (memcmp(bytes.data, "RFB 003.008\n", 12) != 0) {
        rfb->finished = true;
        return bytes.size;
    }
    rfb->state = SIM_RFB_SECURITY;
    rfb->events->send(rfb->owner, slice_of(offers, sizeof(offers)));
    return 12;
}

static size_t take_security(struct sim_rfb *rfb, struct slice bytes)
{
    static const uint8_t ok[4] = {0};
    if (bytes.data[0] != 1) {
        rfb->finished = true;
        return bytes.size;
    }
    rfb->state = SIM_RFB_INIT;
    rfb->events->send(rfb->owner, slice_of(ok, sizeof(ok)));
    return 1;
}

static size_t take_init(struct sim_rfb *rfb)
{
    static const uint8_t rgb565[] = {16, 16, 0, 1, 0, 31, 0, 63, 0, 31, 11, 5, 0, 0, 0, 0};
    static const uint8_t rgb332[] = {8, 8, 0, 1, 0, 7, 0, 7, 0, 3, 5, 2, 0, 0, 0, 0};
    struct buffer message;
    buffer_init(&message, 64);
    buffer_put_u16_be(&message, rfb->width);
    buffer_put_u16_be(&message, rfb->height);
    buffer_put(&message, slice_of(rfb->pixels == SIM_RFB_RGB565 ? rgb565 : rgb332, 16));
    buffer_put_string_be(&message, SLICE_LITERAL("Intel(r) AMT KVM"));
    send_buffer(rfb, &message);
    rfb->state = SIM_RFB_RUNNING;
    rfb->finished = rfb->blind;
    return 1;
}

/* ---- what the client asks for ---- */

static size_t take_format(struct sim_rfb *rfb, struct slice bytes)
{
    static const struct {
        uint8_t bits;
        uint16_t red, green, blue;
        uint8_t red_at, green_at, blue_at;
        enum sim_rfb_pixels pixels;
    } formats[] = {{16, 31, 63, 31, 11, 5, 0, SIM_RFB_RGB565},
                   {8, 7, 7, 3, 5, 2, 0, SIM_RFB_RGB332},
                   {8, 255, 0, 0, 0, 0, 0, SIM_RFB_GREY8},
                   {8, 15, 0, 0, 0, 0, 0, SIM_RFB_GREY4}};
    if (bytes.size < 20)
        return 0;
    struct cursor from = cursor_of(slice_from(bytes, 4));
    uint8_t bits = cursor_u8(&from);
    (void)cursor_u8(&from); /* depth: follows from the rest */
    bool big = cursor_u8(&from) != 0 && bits > 8, colours = cursor_u8(&from) != 0;
    uint16_t red = cursor_u16_be(&from), green = cursor_u16_be(&from), blue = cursor_u16_be(&from);
    uint8_t red_at = cursor_u8(&from), green_at = cursor_u8(&from), blue_at = cursor_u8(&from);
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (big || !colours || formats[i].bits != bits || formats[i].red != red ||
            formats[i].green != green || formats[i].blue != blue || formats[i].red_at != red_at ||
            formats[i].green_at != green_at || formats[i].blue_at != blue_at ||
            !fits(rfb, formats[i].pixels) || (i >= 2 && !rfb->greys))
            continue;
        rfb->next_pixels = (uint8_t)formats[i].pixels;
        return 20;
    }
    rfb->finished = true;
    return bytes.size;
}

static size_t take_encodings(struct sim_rfb *rfb, struct slice bytes)
{
    struct cursor from = cursor_of(slice_from(bytes, 2));
    size_t count = cursor_u16_be(&from);
    struct slice list = cursor_bytes(&from, count * 4);
    if (!cursor_ok(&from))
        return 0;
    rfb->next_zrle = rfb->next_sizes = rfb->channel = false;
    from = cursor_of(list);
    while (from.left > 0) {
        uint32_t encoding = cursor_u32_be(&from);
        rfb->next_zrle |= encoding == ENCODING_ZRLE;
        rfb->next_sizes |= encoding == ENCODING_SIZE;
        rfb->channel |= encoding == ENCODING_CHANNEL;
    }
    return 4 + count * 4;
}

static void send_text(struct sim_rfb *rfb, const char *tag, size_t tag_size, struct slice content)
{
    struct buffer message;
    buffer_init(&message, TEXT_LIMIT);
    buffer_put_u32_be(&message, 3u << 24);
    buffer_put_u32_be(&message, (uint32_t)(tag_size + content.size));
    buffer_put(&message, slice_of(tag, tag_size));
    buffer_put(&message, content);
    send_buffer(rfb, &message);
}

/* Before the first update (spec 3.1): a bell, and that there is a channel to the host. */
static void greet(struct sim_rfb *rfb)
{
    static const uint8_t bell = 2;
    rfb->greeted = true;
    rfb->events->send(rfb->owner, slice_of(&bell, 1));
    if (rfb->channel)
        send_text(rfb, channel_tag, sizeof(channel_tag), (struct slice){0});
}

static size_t take_request(struct sim_rfb *rfb, struct slice bytes)
{
    struct cursor from = cursor_of(slice_from(bytes, 1));
    bool incremental = cursor_u8(&from) != 0;
    unsigned x = cursor_u16_be(&from), y = cursor_u16_be(&from);
    unsigned width = cursor_u16_be(&from), height = cursor_u16_be(&from);
    if (!cursor_ok(&from))
        return 0;
    if (!rfb->greeted)
        greet(rfb);
    if (!incremental)
        sim_screen_touch(rfb->screen, x, y, width, height);
    unsigned right = (x + width + SIM_TILE - 1) / SIM_TILE;
    unsigned bottom = (y + height + SIM_TILE - 1) / SIM_TILE;
    if (!rfb->wanted) {
        rfb->left = rfb->top = UINT16_MAX;
        rfb->right = rfb->bottom = 0;
    }
    rfb->wanted = true;
    if (x / SIM_TILE < rfb->left)
        rfb->left = (uint16_t)(x / SIM_TILE);
    if (y / SIM_TILE < rfb->top)
        rfb->top = (uint16_t)(y / SIM_TILE);
    if (right > rfb->right)
        rfb->right = (uint16_t)right;
    if (bottom > rfb->bottom)
        rfb->bottom = (uint16_t)bottom;
    return 10;
}

static void start_deflate(struct sim_rfb *rfb)
{
    z_stream *stream = memory_new(sizeof(*stream));
    /* raw: the header is ours, and what was stored by hand is no history to refer to */
    if (deflateInit2(stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) !=
        Z_OK) {
        free(stream);
        return;
    }
    rfb->deflate = stream;
}

/* 1 and 3 ask, 2 and 4 set and are not answered (spec 3.1, 3.4). */
static void take_extension(struct sim_rfb *rfb, struct slice command)
{
    uint8_t what = command.size > 0 ? command.data[0] : 0;
    uint8_t value = command.size > 1 ? command.data[1] : 0;
    uint8_t decimated[] = {1, rfb->decimation, rfb->decimation == 3};
    uint8_t compressed[] = {3, rfb->deflate != NULL};
    switch (what) {
    case 1:
        send_text(rfb, extension_tag, sizeof(extension_tag), slice_of(decimated, 3));
        break;
    case 2:
        if (value >= 1 && value <= 3)
            rfb->decimation = value;
        break;
    case 3:
        send_text(rfb, extension_tag, sizeof(extension_tag), slice_of(compressed, 2));
        break;
    case 4:
        if (value == 0)
            stop_deflate(rfb);
        else if (rfb->deflate == NULL)
            start_deflate(rfb);
        break;
    default:
        break;
    }
}

static size_t take_text(struct sim_rfb *rfb, struct slice bytes)
{
    struct cursor from = cursor_of(slice_from(bytes, 4));
    uint32_t size = cursor_u32_be(&from);
    if (!cursor_ok(&from))
        return 0;
    if (size > TEXT_LIMIT) {
        rfb->finished = true;
        return bytes.size;
    }
    struct slice text = cursor_bytes(&from, size);
    if (!cursor_ok(&from))
        return 0;
    if (slice_starts_with(text, slice_of(extension_tag, sizeof(extension_tag))))
        take_extension(rfb, slice_from(text, sizeof(extension_tag)));
    return 8 + (size_t)size;
}

static size_t take_key(struct sim_rfb *rfb, struct slice bytes)
{
    if (bytes.size < 8)
        return 0;
    struct cursor from = cursor_of(slice_from(bytes, 4));
    rfb->events->key(rfb->owner, bytes.data[1] != 0, cursor_u32_be(&from));
    return 8;
}

static size_t take_pointer(struct sim_rfb *rfb, struct slice bytes)
{
    if (bytes.size < 6)
        return 0;
    struct cursor from = cursor_of(slice_from(bytes, 2));
    uint16_t x = cursor_u16_be(&from), y = cursor_u16_be(&from);
    rfb->events->pointer(rfb->owner, bytes.data[1], x, y);
    return 6;
}

size_t sim_rfb_take(struct sim_rfb *rfb, struct slice bytes)
{
    if (rfb->state == SIM_RFB_VERSION)
        return take_version(rfb, bytes);
    if (rfb->state == SIM_RFB_SECURITY)
        return take_security(rfb, bytes);
    if (rfb->state == SIM_RFB_INIT)
        return take_init(rfb);
    switch (bytes.data[0]) {
    case 0:
        return take_format(rfb, bytes);
    case 2:
        return take_encodings(rfb, bytes);
    case 3:
        return take_request(rfb, bytes);
    case 4:
        return take_key(rfb, bytes);
    case 5:
        return take_pointer(rfb, bytes);
    case 6:
        return take_text(rfb, bytes);
    default:
        rfb->finished = true;
        return bytes.size;
    }
}

/* ---- updates ---- */

static void put_rectangle(struct buffer *out, unsigned x, unsigned y, unsigned width,
                          unsigned height, uint32_t encoding)
{
    buffer_put_u16_be(out, (uint16_t)x);
    buffer_put_u16_be(out, (uint16_t)y);
    buffer_put_u16_be(out, (uint16_t)width);
    buffer_put_u16_be(out, (uint16_t)height);
    buffer_put_u32_be(out, encoding);
}

/* What the zlib stream goes on with: a stored block, or compressed data and a flush. */
static size_t put_stream(struct sim_rfb *rfb, struct slice payload, uint8_t *out)
{
    size_t size = 0;
    if (!rfb->began) {
        out[size++] = 0x78;
        out[size++] = 0x9C;
        rfb->began = true;
    }
    if (rfb->deflate == NULL) {
        uint16_t length = (uint16_t)payload.size;
        const uint8_t block[] = {0, (uint8_t)length, (uint8_t)(length >> 8), (uint8_t)~length,
                                 (uint8_t)(~length >> 8)};
        memcpy(out + size, block, sizeof(block));
        memcpy(out + size + sizeof(block), payload.data, payload.size);
        return size + sizeof(block) + payload.size;
    }
    z_stream *stream = rfb->deflate;
    stream->next_in = (uint8_t *)(uintptr_t)payload.data;
    stream->avail_in = (uInt)payload.size;
    stream->next_out = out + size;
    stream->avail_out = (uInt)(STREAM_MOST - size);
    if (deflate(stream, Z_SYNC_FLUSH) != Z_OK || stream->avail_in > 0)
        rfb->finished = true;
    return STREAM_MOST - stream->avail_out;
}

static void put_tile(struct sim_rfb *rfb, size_t place, struct buffer *out)
{
    struct work *work = rfb->work;
    size_t across = (rfb->width + SIM_TILE - 1u) / SIM_TILE;
    unsigned x = (unsigned)(place % across * SIM_TILE), y = (unsigned)(place / across * SIM_TILE);
    unsigned width = rfb->width - x < SIM_TILE ? rfb->width - x : SIM_TILE;
    unsigned height = rfb->height - y < SIM_TILE ? rfb->height - y : SIM_TILE;
    size_t count = (size_t)width * height, pixel_size = sim_rfb_pixel_size(rfb->pixels);
    sim_screen_tile(rfb->screen, x, y, width, height, work->colours);
    for (size_t i = 0; i < count; i++)
        work->pixels[i] = rfb->shades[work->colours[i]];
    size_t size = sim_rfb_put_zrle(work->pixels, width, height, pixel_size, work->payload);
    if (!rfb->zrle || work->payload[0] == 0) {
        put_rectangle(out, x, y, width, height, ENCODING_RAW);
        size = sim_rfb_put_raw(work->pixels, count, pixel_size, work->payload);
        buffer_put(out, slice_of(work->payload, size));
        return;
    }
    put_rectangle(out, x, y, width, height, ENCODING_ZRLE);
    size = put_stream(rfb, slice_of(work->payload, size), work->stream);
    buffer_put_u32_be(out, (uint32_t)size);
    buffer_put(out, slice_of(work->stream, size));
}

/* Sends the next tiles of the update, about a PIECE of them. */
static void go_on(struct sim_rfb *rfb, struct buffer *out)
{
    while (rfb->remaining > 0 && buffer_size(out) < PIECE) {
        while (rfb->queue[rfb->next] == 0)
            rfb->next++;
        put_tile(rfb, rfb->next++, out);
        rfb->remaining--;
    }
    send_buffer(rfb, out);
}

static bool resized(const struct sim_rfb *rfb)
{
    return rfb->screen->width != rfb->width || rfb->screen->height != rfb->height;
}

/* A client cannot tell where inside an update its wishes arrived: they hold from the next one on.
 */
static void adopt_wishes(struct sim_rfb *rfb)
{
    rfb->zrle = rfb->next_zrle;
    rfb->sizes = rfb->next_sizes;
    if (rfb->pixels != rfb->next_pixels)
        choose_pixels(rfb, (enum sim_rfb_pixels)rfb->next_pixels);
}

static void tell_size(struct sim_rfb *rfb)
{
    struct buffer out;
    adopt_wishes(rfb);
    rfb->width = rfb->screen->width;
    rfb->height = rfb->screen->height;
    if (!rfb->sizes || !fits(rfb, rfb->pixels)) {
        rfb->finished = true; /* it could not be shown */
        return;
    }
    rfb->wanted = false;
    buffer_init(&out, 64);
    buffer_put_u32_be(&out, 1);
    put_rectangle(&out, 0, 0, rfb->width, rfb->height, ENCODING_SIZE);
    send_buffer(rfb, &out);
}

/* Whether a changed tile lies where the client looks. */
static bool has_news(const struct sim_rfb *rfb)
{
    const struct sim_screen *screen = rfb->screen;
    if (screen->changes == 0)
        return false;
    for (unsigned y = rfb->top; y < rfb->bottom && y < screen->down; y++) {
        for (unsigned x = rfb->left; x < rfb->right && x < screen->across; x++) {
            if (screen->changed[(size_t)y * screen->across + x] != 0)
                return true;
        }
    }
    return false;
}

static void begin(struct sim_rfb *rfb)
{
    struct sim_screen *screen = rfb->screen;
    struct buffer out;
    adopt_wishes(rfb);
    rfb->tiles = (size_t)screen->across * screen->down;
    free(rfb->queue);
    rfb->queue = memory_new(rfb->tiles);
    rfb->next = rfb->remaining = 0;
    rfb->wanted = rfb->pushes;
    for (unsigned y = rfb->top; y < rfb->bottom && y < screen->down; y++) {
        for (unsigned x = rfb->left; x < rfb->right && x < screen->across; x++) {
            if (!sim_screen_take(screen, x, y))
                continue;
            rfb->queue[(size_t)y * screen->across + x] = 1;
            rfb->remaining++;
        }
    }
    buffer_init(&out, MESSAGE_MOST);
    buffer_put_u16_be(&out, 0);
    buffer_put_u16_be(&out, (uint16_t)rfb->remaining);
    go_on(rfb, &out);
}

bool sim_rfb_ready(const struct sim_rfb *rfb)
{
    if (rfb->state != SIM_RFB_RUNNING || rfb->finished || queued(rfb) >= QUEUE_ENOUGH)
        return false;
    return rfb->remaining > 0 || (rfb->wanted && (resized(rfb) || has_news(rfb)));
}

void sim_rfb_step(struct sim_rfb *rfb)
{
    for (unsigned turns = 0; sim_rfb_ready(rfb) && turns < 1024; turns++) {
        struct buffer out;
        if (rfb->remaining > 0) {
            buffer_init(&out, MESSAGE_MOST);
            go_on(rfb, &out);
        } else if (resized(rfb)) {
            tell_size(rfb);
        } else {
            begin(rfb);
        }
    }
}
