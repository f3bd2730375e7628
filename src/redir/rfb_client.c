#include "redir/rfb_client.h"

#include "core/memory.h"
#include "io/fiber.h"
#include "redir/rfb_decoder.h"
#include "redir/rfb_message.h"

#include <stdlib.h>

#define READ_SIZE 16384

/* All that a client says at once fits. */
#define OUT_LIMIT 256

struct client {
    struct io_stream *stream;
    struct redir_rfb_decoder *decoder;
    struct buffer out;
    enum redir_rfb_phase answered; /* what the device was last answered to */
    bool sized;                    /* the size is new */
    bool updated;                  /* the device has drawn what it was asked for */
    bool drawn;                    /* something of it at least */
    uint8_t in[READ_SIZE];
};

static void on_sized(void *owner, uint16_t width, uint16_t height)
{
    (void)width;
    (void)height;
    ((struct client *)owner)->sized = true;
}

static void on_drawn(void *owner, const struct redir_rect *rect)
{
    (void)rect;
    ((struct client *)owner)->drawn = true;
}

static void on_updated(void *owner)
{
    ((struct client *)owner)->updated = true;
}

static const struct redir_rfb_events events = {
    .sized = on_sized, .drawn = on_drawn, .updated = on_updated};

/* What it means that a device closes depends on how far it went (spec device-protocols 2.5, 3.2).
 * Whether its user has consented was asked before. */
static bool closed(const struct client *c, struct error *err)
{
    switch (redir_rfb_decoder_phase(c->decoder)) {
    case REDIR_RFB_VERSION:
        return error_set(err, ERROR_DEVICE,
                         "the device closed the screen session before it began, as one does whose "
                         "screen is redirected elsewhere");
    case REDIR_RFB_RUNNING:
        return error_set(err, ERROR_DEVICE, "%s",
                         c->drawn ? "the device closed the screen session while it drew"
                                  : "the device closed the screen session without a picture: it is "
                                    "switched off, or no display is connected or active");
    default:
        return error_set(err, ERROR_DEVICE, "the device closed the screen session at its start");
    }
}

static bool read_some(struct client *c, struct slice *bytes, size_t most, struct error *err)
{
    size_t got;
    bool ok = io_stream_read(c->stream, c->in, most, &got, err);
    if (ok && got > 0) {
        *bytes = slice_of(c->in, got);
        return true;
    }
    if (ok || err->code == ERROR_CONNECTION)
        closed(c, err);
    return false;
}

static bool flush(struct client *c, struct error *err)
{
    if (buffer_size(&c->out) == 0)
        return true;
    bool ok = io_stream_write(c->stream, buffer_slice(&c->out), err);
    buffer_clear(&c->out);
    return ok || (err->code == ERROR_CONNECTION && closed(c, err));
}

/* 40, and 41 as the answer; behind it may be RFB already. */
static bool open_session(struct client *c, struct error *err)
{
    static const uint8_t open[REDIR_KVM_OPEN_SIZE] = {REDIR_KVM_OPEN};
    size_t size = 0;
    buffer_put(&c->out, slice_of(open, sizeof open));
    if (!flush(c, err))
        return false;
    while (size < REDIR_KVM_OPEN_SIZE) {
        struct slice bytes;
        if (!read_some(c, &bytes, REDIR_KVM_OPEN_SIZE - size, err))
            return false;
        if (size == 0 && bytes.data[0] != REDIR_KVM_OPENED)
            return error_set(err, ERROR_PROTOCOL,
                             "the device answered the start of a screen session with %02X",
                             bytes.data[0]);
        size += bytes.size;
    }
    return true;
}

/* The best colours that fit. */
static enum redir_rfb_format choose_format(const struct client *c)
{
    bool deep = redir_screen_possible(redir_rfb_decoder_width(c->decoder),
                                      redir_rfb_decoder_height(c->decoder), REDIR_RFB_RGB565);
    return deep ? REDIR_RFB_RGB565 : REDIR_RFB_RGB332;
}

static void request(struct client *c, bool incremental)
{
    struct redir_rect all = {.width = redir_rfb_decoder_width(c->decoder),
                             .height = redir_rfb_decoder_height(c->decoder)};
    redir_rfb_put_update_request(&c->out, incremental, &all);
}

/* Asks for all of a screen whose size is new. */
static bool begin_screen(struct client *c, struct error *err)
{
    enum redir_rfb_format format = choose_format(c);
    c->sized = c->updated = false;
    if (redir_rfb_decoder_width(c->decoder) == 0)
        return error_set(err, ERROR_DEVICE,
                         "the device has no screen: no display is connected or active");
    if (format != redir_rfb_decoder_format(c->decoder)) {
        redir_rfb_put_pixel_format(&c->out, format);
        redir_rfb_decoder_set_format(c->decoder, format);
    }
    request(c, false);
    return true;
}

static bool begin(struct client *c, struct error *err)
{
    static const int32_t encodings[] = {REDIR_RFB_ENCODING_ZRLE, REDIR_RFB_ENCODING_RAW,
                                        REDIR_RFB_ENCODING_CHANNEL,
                                        REDIR_RFB_ENCODING_DESKTOP_SIZE};
    redir_rfb_put_encodings(&c->out, encodings, sizeof encodings / sizeof *encodings);
    return begin_screen(c, err);
}

/* Answers the next phase that the device has come to; the decoder may be several ahead. */
static bool answer_phase(struct client *c, struct error *err)
{
    switch (++c->answered) {
    case REDIR_RFB_SECURITY:
        buffer_put_text(&c->out, REDIR_RFB_VERSION_TEXT);
        return true;
    case REDIR_RFB_RESULT:
        buffer_put_u8(&c->out, REDIR_RFB_SECURITY_NONE);
        return redir_rfb_decoder_open(c->decoder) ||
               error_set(err, ERROR_UNSUPPORTED,
                         "the device wants a login of its own for its screen");
    case REDIR_RFB_INIT:
        buffer_put_u8(&c->out, 1); /* shared */
        return true;
    default:
        return begin(c, err);
    }
}

static bool answer(struct client *c, struct error *err)
{
    while (c->answered < redir_rfb_decoder_phase(c->decoder))
        if (!answer_phase(c, err))
            return false;
    if (c->sized && c->updated)
        return begin_screen(c, err);
    if (c->updated && !redir_screen_complete(redir_rfb_decoder_screen(c->decoder)))
        request(c, true); /* the device draws it in several updates */
    c->updated = false;
    return true;
}

static bool converse(struct client *c, struct error *err)
{
    if (!open_session(c, err))
        return false;
    while (!redir_screen_complete(redir_rfb_decoder_screen(c->decoder)) || c->sized) {
        struct slice bytes;
        if (!read_some(c, &bytes, sizeof c->in, err) ||
            !redir_rfb_decoder_feed(c->decoder, bytes, err) || !answer(c, err) || !flush(c, err))
            return false;
    }
    return true;
}

bool redir_rfb_picture(struct io_stream *stream, uint64_t within_ms, struct redir_screen *screen,
                       struct error *err)
{
    struct client *c = memory_new(sizeof *c);
    struct error own = {0};
    c->stream = stream;
    c->decoder = redir_rfb_decoder_new(&events, c);
    redir_rfb_decoder_draw(c->decoder, true);
    buffer_init(&c->out, OUT_LIMIT);
    uint64_t outer = io_deadline_within(within_ms);
    bool ok = converse(c, &own);
    io_deadline_restore(outer);
    if (ok)
        *screen = redir_rfb_decoder_take(c->decoder);
    else if (own.code == ERROR_TIMEOUT)
        error_set(err, ERROR_TIMEOUT, "the device did not draw its screen in time");
    else if (err != NULL)
        *err = own;
    buffer_fini(&c->out);
    redir_rfb_decoder_free(c->decoder);
    free(c);
    return ok;
}
