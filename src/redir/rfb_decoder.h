/*
 * What a device says in a screen session, after the 0x41 that opens it: RFB 3.8 as firmware speaks
 * it (spec device-protocols 3). Bytes in, in any pieces; events out; no I/O. One owner, one thread.
 *
 *   VERSION ─► SECURITY ─► RESULT ─► INIT ─► RUNNING       (FAILED from anywhere, for good)
 *
 * The decoder either *follows*, which keeps framing, format, size and the zlib window (about 40
 * KB), or it *draws*, into a screen of its own. It can begin to draw at any time; since a device
 * sends only what changes, the screen is whole after the next update that was asked for as
 * non-incremental. A zlib stream lasts as long as the session, hence a session that may be looked
 * at later has to be followed from its first byte.
 *
 * The device is not trusted: every length, rectangle, palette index and run is checked, a tile
 * inflates to no more than its pixels can take, and what is not understood ends the decoder.
 */
#ifndef REDIR_RFB_DECODER_H
#define REDIR_RFB_DECODER_H

#include "redir/screen.h"

struct redir_rfb_decoder;

enum redir_rfb_phase {
    REDIR_RFB_VERSION,  /* nothing yet; ends with the version, which the client answers */
    REDIR_RFB_SECURITY, /* its list of security types; the client then chooses 1 */
    REDIR_RFB_RESULT,   /* whether it agrees; the client then sends ClientInit */
    REDIR_RFB_INIT,     /* ServerInit */
    REDIR_RFB_RUNNING,
    REDIR_RFB_FAILED
};

/* What KvmExtCmd says (spec device-protocols 3.4). */
struct redir_rfb_extension {
    uint8_t command; /* 1 decimation, 3 compression: the state; 2, 4: what was set */
    uint8_t value;
    uint8_t state; /* of command 1; else 0 */
};

/* Each may be NULL. They must not feed or free the decoder; drawing may be switched. */
struct redir_rfb_events {
    /* The screen's size is known, or is another one (DesktopSize): the client asks for all of it.
     */
    void (*sized)(void *owner, uint16_t width, uint16_t height);
    /* A rectangle of the screen has been drawn. Only when drawing. */
    void (*drawn)(void *owner, const struct redir_rect *rect);
    /* A FramebufferUpdate has begun. */
    void (*began)(void *owner);
    /* … and is over: the client asks for the next. */
    void (*updated)(void *owner);
    void (*bell)(void *owner);
    /* The device offers or uses the channel to software of the host: the message's payload, which
     * is empty when it is offered; cut after REDIR_RFB_TEXT_KEPT bytes. */
    void (*channel)(void *owner, struct slice payload);
    void (*extension)(void *owner, const struct redir_rfb_extension *extension);
};

/* The longest cut text that is taken, and how much of it is kept. */
#define REDIR_RFB_TEXT_LIMIT 65536
#define REDIR_RFB_TEXT_KEPT  512

/* Owned by the caller. `events` is static, or lives as long as the decoder. It follows. */
struct redir_rfb_decoder *redir_rfb_decoder_new(const struct redir_rfb_events *events, void *owner);

/* NULL is allowed. */
void redir_rfb_decoder_free(struct redir_rfb_decoder *decoder);

/* Takes what the device sent. False with ERROR_PROTOCOL, or ERROR_DEVICE with the device's own
 * words when it turns the session down; every later call fails the same way. */
bool redir_rfb_decoder_feed(struct redir_rfb_decoder *decoder, struct slice bytes,
                            struct error *err);

enum redir_rfb_phase redir_rfb_decoder_phase(const struct redir_rfb_decoder *decoder);

/* Whether the device offered security type 1, the only one that makes sense behind a login. */
bool redir_rfb_decoder_open(const struct redir_rfb_decoder *decoder);

/* The client's SetPixelFormat went out: from the next update on, pixels are such. A screen that is
 * drawn starts anew, black, unless the format is the one it has. */
void redir_rfb_decoder_set_format(struct redir_rfb_decoder *decoder, enum redir_rfb_format format);

enum redir_rfb_format redir_rfb_decoder_format(const struct redir_rfb_decoder *decoder);

/* 0 × 0 before ServerInit. */
uint16_t redir_rfb_decoder_width(const struct redir_rfb_decoder *decoder);
uint16_t redir_rfb_decoder_height(const struct redir_rfb_decoder *decoder);

/* Whether an update has begun and not ended. */
bool redir_rfb_decoder_in_update(const struct redir_rfb_decoder *decoder);

/* Draws from the next rectangle on, or gives the screen's memory back and follows. */
void redir_rfb_decoder_draw(struct redir_rfb_decoder *decoder, bool draw);

/* The screen while drawing, else NULL. It has no memory (`pixels` NULL) before the first rectangle.
 */
const struct redir_screen *redir_rfb_decoder_screen(const struct redir_rfb_decoder *decoder);

/* Hands the screen over to the caller, who redir_screen_fini's it; the decoder draws on another. */
struct redir_screen redir_rfb_decoder_take(struct redir_rfb_decoder *decoder);

/* A request for everything went out: the screen counts as not drawn. */
void redir_rfb_decoder_renew(struct redir_rfb_decoder *decoder);

#endif
