#include "redir/rfb_viewer.h"

#include "core/encoding.h"
#include "core/memory.h"
#include "core/random.h"
#include "redir/message.h"
#include "redir/rfb_message.h"
#include "redir/rfb_requests.h"
#include "redir/zrle.h"
#include "redir/zrle_put.h"

#include <stdlib.h>
#include <string.h>

#define REPLY_LIMIT 1024
#define NAME        "Intel(r) AMT KVM"

enum phase { PHASE_LOGIN, PHASE_OPEN, PHASE_RFB };

/* Of a tile. */
enum { CHANGED = 1, PROMISED = 2 };

struct redir_rfb_viewer {
    enum phase phase;
    bool challenged;
    struct buffer in;  /* of a message of the login that is not whole */
    struct buffer out; /* answers that are not taken yet */
    struct redir_rfb_requests requests;
    bool wants_init; /* the client waits for ServerInit */
    bool ready;      /* it has got it */

    uint16_t width; /* of the screen */
    uint16_t height;
    struct redir_screen seen; /* size and format as the client has them; never any memory */

    bool zrle; /* encodings that the client takes */
    bool resizes;
    enum redir_rfb_format format; /* that it wants from the next update on */
    bool header;                  /* of the zlib stream has been sent */

    bool requested;
    bool changed;     /* some tile may be CHANGED */
    bool in_update;   /* tiles are PROMISED */
    unsigned next;    /* the first of them */
    uint8_t *tiles;   /* a byte each, of `seen` */
    uint8_t *scratch; /* a tile */
};

/* --- what the client says in RFB -------------------------------------------------------------- */

static unsigned tile_count(const struct redir_rfb_viewer *v)
{
    return redir_screen_tile_columns(&v->seen) * redir_screen_tile_rows(&v->seen);
}

static void change_all(struct redir_rfb_viewer *v)
{
    unsigned count = tile_count(v);
    for (unsigned i = 0; i < count; i++)
        v->tiles[i] |= CHANGED;
    v->changed = true;
}

static void see_size(struct redir_rfb_viewer *v)
{
    v->seen.width = v->width;
    v->seen.height = v->height;
    free(v->tiles);
    v->tiles = memory_new(tile_count(v) + 1);
    change_all(v);
}

static void put_init(struct redir_rfb_viewer *v)
{
    if (!v->wants_init || v->width == 0)
        return;
    v->wants_init = false;
    v->ready = true;
    see_size(v);
    buffer_put_u16_be(&v->out, v->width);
    buffer_put_u16_be(&v->out, v->height);
    redir_rfb_format_put(&v->out, v->format);
    buffer_put_u32_be(&v->out, sizeof NAME - 1);
    buffer_put_text(&v->out, NAME);
}

static void on_version(void *owner)
{
    buffer_put(&((struct redir_rfb_viewer *)owner)->out, SLICE_LITERAL("\1\1"));
}

static void on_choice(void *owner, uint8_t security)
{
    (void)security; /* the one that was offered, or its client fails */
    buffer_put_u32_be(&((struct redir_rfb_viewer *)owner)->out, 0);
}

static void on_init(void *owner)
{
    struct redir_rfb_viewer *v = owner;
    v->wants_init = true;
    put_init(v);
}

static bool on_format(void *owner, enum redir_rfb_format format)
{
    struct redir_rfb_viewer *v = owner;
    v->format = format;
    return true;
}

static void on_encoding(void *owner, int32_t encoding, bool first)
{
    struct redir_rfb_viewer *v = owner;
    if (first)
        v->zrle = v->resizes = false;
    v->zrle = v->zrle || encoding == REDIR_RFB_ENCODING_ZRLE;
    v->resizes = v->resizes || encoding == REDIR_RFB_ENCODING_DESKTOP_SIZE;
}

static void on_request(void *owner, bool incremental, const struct redir_rect *rect)
{
    struct redir_rfb_viewer *v = owner;
    (void)rect; /* clients ask for all of it */
    v->requested = true;
    if (!incremental)
        change_all(v);
}

static const struct redir_rfb_request_events events = {
    .version = on_version,
    .choice = on_choice,
    .init = on_init,
    .format = on_format,
    .encoding = on_encoding,
    .request = on_request,
};

/* --- start and login -------------------------------------------------------------------------- */

static void put_login_reply(struct redir_rfb_viewer *v, uint8_t status, uint8_t type,
                            struct slice data)
{
    buffer_put_u8(&v->out, REDIR_AUTHENTICATE_REPLY);
    buffer_put_u8(&v->out, status);
    buffer_put(&v->out, SLICE_LITERAL("\0\0"));
    buffer_put_u8(&v->out, type);
    buffer_put_u32_le(&v->out, (uint32_t)data.size);
    buffer_put(&v->out, data);
}

/* A realm and a nonce such as a device's, of nobody's password. */
static void put_challenge(struct redir_rfb_viewer *v)
{
    uint8_t random[32];
    char hex[2 * sizeof random + 1];
    struct buffer data;
    random_bytes(random, sizeof random);
    encoding_hex(slice_of(random, sizeof random), hex);
    buffer_init(&data, 128);
    buffer_put_u8(&data, 39);
    buffer_put_text(&data, "Digest:");
    buffer_put(&data, slice_of(hex, 32));
    buffer_put_u8(&data, 32);
    buffer_put(&data, slice_of(hex + 32, 32));
    buffer_put_u8(&data, 4);
    buffer_put_text(&data, "auth");
    put_login_reply(v, REDIR_LOGIN_FAILED, REDIR_LOGIN_DIGEST, buffer_slice(&data));
    buffer_fini(&data);
}

static bool answer_login(struct redir_rfb_viewer *v, const struct redir_message *message,
                         struct error *err)
{
    if (message->login == REDIR_LOGIN_QUERY) {
        put_login_reply(v, REDIR_LOGIN_SUCCESS, REDIR_LOGIN_QUERY, SLICE_LITERAL("\4"));
    } else if (message->login != REDIR_LOGIN_DIGEST) {
        return error_set(err, ERROR_PROTOCOL, "the viewer logs in by type %u", message->login);
    } else if (!v->challenged) {
        v->challenged = true;
        put_challenge(v);
    } else {
        put_login_reply(v, REDIR_LOGIN_SUCCESS, REDIR_LOGIN_DIGEST, (struct slice){0});
        v->phase = PHASE_OPEN;
    }
    return true;
}

static bool answer_message(struct redir_rfb_viewer *v, const struct redir_message *message,
                           struct error *err)
{
    static const uint8_t started[REDIR_START_REPLY_SIZE] = {
        REDIR_START_REPLY, 0, 0, 0, 1, 0, 16, 1, 0x57, 1, 0, 0, 0};
    switch (message->type) {
    case REDIR_START:
        if (message->known && message->kind == REDIR_KVM) {
            buffer_put(&v->out, slice_of(started, sizeof started));
            return true;
        }
        return error_set(err, ERROR_PROTOCOL, "the viewer starts what is no screen session");
    case REDIR_AUTHENTICATE:
        return answer_login(v, message, err);
    default:
        return error_set(err, ERROR_PROTOCOL, "the viewer sent message %02X",
                         (unsigned)message->type);
    }
}

/* Whole messages of what is in `in`, until RFB begins. */
static bool answer_messages(struct redir_rfb_viewer *v, struct error *err)
{
    while (v->phase == PHASE_LOGIN) {
        struct redir_message message;
        enum redir_parsed parsed = redir_message_parse(buffer_slice(&v->in), &message, err);
        if (parsed == REDIR_PART)
            return true;
        if (parsed == REDIR_MALFORMED || !answer_message(v, &message, err))
            return false;
        buffer_consume(&v->in, message.bytes.size);
        if (!buffer_ok(&v->out))
            return error_set(err, ERROR_PROTOCOL, "the viewer does not read its answers");
    }
    if (v->phase == PHASE_OPEN && buffer_size(&v->in) >= REDIR_KVM_OPEN_SIZE) {
        if (buffer_slice(&v->in).data[0] != REDIR_KVM_OPEN)
            return error_set(err, ERROR_PROTOCOL, "the viewer does not open its screen session");
        buffer_consume(&v->in, REDIR_KVM_OPEN_SIZE);
        buffer_put(&v->out, SLICE_LITERAL("\x41\0\0\0\0\0\0\0" REDIR_RFB_VERSION_TEXT));
        v->phase = PHASE_RFB;
    }
    return true;
}

bool redir_rfb_viewer_feed(struct redir_rfb_viewer *v, struct slice bytes, struct error *err)
{
    bool ok = true;
    while (v->phase != PHASE_RFB && bytes.size > 0 && ok) {
        /* A little at a time: what follows the login is none of its messages. */
        struct slice piece = slice_first(bytes, 1);
        buffer_put(&v->in, piece);
        bytes = slice_from(bytes, 1);
        ok = (buffer_ok(&v->in) ||
              error_set(err, ERROR_PROTOCOL, "the viewer's login is too long")) &&
             answer_messages(v, err);
    }
    if (ok && bytes.size > 0)
        ok = redir_rfb_requests_feed(&v->requests, bytes, NULL, err);
    if (ok && !buffer_ok(&v->out))
        ok = error_set(err, ERROR_PROTOCOL, "the viewer does not read its answers");
    return ok;
}

bool redir_rfb_viewer_ready(const struct redir_rfb_viewer *v)
{
    return v->wants_init || v->ready;
}

/* --- life ------------------------------------------------------------------------------------- */

struct redir_rfb_viewer *redir_rfb_viewer_new(void)
{
    struct redir_rfb_viewer *v = memory_new(sizeof *v);
    buffer_init(&v->in, REDIR_MESSAGE_LIMIT);
    buffer_init(&v->out, REPLY_LIMIT);
    redir_rfb_requests_init(&v->requests, &events, v);
    v->format = REDIR_RFB_RGB565;
    v->tiles = memory_new(1);
    v->scratch = memory_new(REDIR_ZRLE_LIMIT);
    return v;
}

void redir_rfb_viewer_free(struct redir_rfb_viewer *v)
{
    if (v == NULL)
        return;
    buffer_fini(&v->in);
    buffer_fini(&v->out);
    free(v->tiles);
    free(v->scratch);
    free(v);
}

void redir_rfb_viewer_sized(struct redir_rfb_viewer *v, uint16_t width, uint16_t height)
{
    v->width = width;
    v->height = height;
    put_init(v);
}

void redir_rfb_viewer_drawn(struct redir_rfb_viewer *v, const struct redir_rect *rect)
{
    if (v->seen.width != v->width || v->seen.height != v->height)
        return; /* all of it will be new */
    redir_tiles_mark(v->tiles, v->seen.width, rect, CHANGED);
    v->changed = true;
}

/* --- updates ---------------------------------------------------------------------------------- */

static void put_rect(struct buffer *out, const struct redir_rect *rect, int32_t encoding)
{
    buffer_put_u16_be(out, rect->x);
    buffer_put_u16_be(out, rect->y);
    buffer_put_u16_be(out, rect->width);
    buffer_put_u16_be(out, rect->height);
    buffer_put_u32_be(out, (uint32_t)encoding);
}

static void put_update(struct buffer *out, unsigned rects)
{
    buffer_put_u16_be(out, REDIR_RFB_UPDATE << 8);
    buffer_put_u16_be(out, (uint16_t)rects);
}

static void put_size(struct redir_rfb_viewer *v, struct buffer *out)
{
    struct redir_rect rect = {.width = v->width, .height = v->height};
    put_update(out, 1);
    put_rect(out, &rect, REDIR_RFB_ENCODING_DESKTOP_SIZE);
    see_size(v);
}

/* One stored block; the header of the stream before the first (spec device-protocols 3.3). */
static void put_stored(struct redir_rfb_viewer *v, size_t size, struct buffer *out)
{
    size_t head = v->header ? 0 : 2;
    buffer_put_u32_be(out, (uint32_t)(head + 5 + size));
    if (!v->header)
        buffer_put(out, SLICE_LITERAL("\x78\x9c"));
    v->header = true;
    buffer_put_u8(out, 0);
    buffer_put_u16_le(out, (uint16_t)size);
    buffer_put_u16_le(out, (uint16_t)~size);
    buffer_put(out, slice_of(v->scratch, size));
}

/* What was promised of a screen that has another shape meanwhile: black, for the client to forget.
 */
static size_t make_black(const struct redir_rfb_viewer *v, const struct redir_rect *rect)
{
    unsigned bytes = redir_rfb_format_bytes(v->seen.format);
    size_t size = v->zrle ? 1 + bytes : (size_t)rect->width * rect->height * bytes;
    memset(v->scratch, 0, size);
    if (v->zrle)
        v->scratch[0] = 1;
    return size;
}

static void put_tile(struct redir_rfb_viewer *v, const struct redir_screen *screen, unsigned tile,
                     struct buffer *out)
{
    unsigned columns = redir_screen_tile_columns(&v->seen);
    struct redir_rect rect = redir_screen_tile(&v->seen, tile % columns, tile / columns);
    bool same = screen->pixels != NULL && screen->width == v->seen.width &&
                screen->height == v->seen.height;
    size_t size = !same     ? make_black(v, &rect)
                  : v->zrle ? redir_zrle_put(screen, &rect, v->seen.format, v->scratch)
                            : redir_raw_put(screen, &rect, v->seen.format, v->scratch);
    put_rect(out, &rect, v->zrle ? REDIR_RFB_ENCODING_ZRLE : REDIR_RFB_ENCODING_RAW);
    if (v->zrle)
        put_stored(v, size, out);
    else
        buffer_put(out, slice_of(v->scratch, size));
}

static void begin_update(struct redir_rfb_viewer *v, struct buffer *out)
{
    unsigned count = tile_count(v);
    unsigned promised = 0;
    for (unsigned i = 0; i < count; i++)
        if ((v->tiles[i] & CHANGED) != 0) {
            v->tiles[i] = PROMISED;
            promised++;
        }
    v->changed = false;
    if (promised == 0)
        return;
    v->requested = false;
    v->in_update = true;
    v->next = 0;
    v->seen.format = v->format;
    put_update(out, promised);
}

/* Tiles that are promised, as long as there is room for one more. */
static void go_on(struct redir_rfb_viewer *v, const struct redir_screen *screen, struct buffer *out)
{
    unsigned count = tile_count(v);
    for (; v->next < count; v->next++) {
        if ((v->tiles[v->next] & PROMISED) == 0)
            continue;
        if (buffer_size(out) + REDIR_ZRLE_LIMIT + 32 > REDIR_RFB_VIEWER_PIECE)
            return;
        v->tiles[v->next] = (uint8_t)(v->tiles[v->next] & ~PROMISED);
        put_tile(v, screen, v->next, out);
    }
    v->in_update = false;
}

void redir_rfb_viewer_take(struct redir_rfb_viewer *v, const struct redir_screen *screen,
                           struct buffer *out)
{
    buffer_put(out, buffer_slice(&v->out));
    buffer_clear(&v->out);
    if (v->ready && !v->in_update && v->requested) {
        bool same = v->seen.width == v->width && v->seen.height == v->height;
        if (!same && v->resizes && v->width != 0) {
            v->requested = false;
            put_size(v, out);
        } else if (same && v->changed && screen->pixels != NULL && screen->width == v->width &&
                   screen->height == v->height) {
            begin_update(v, out);
        }
    }
    if (v->in_update)
        go_on(v, screen, out);
}
