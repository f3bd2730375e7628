/*
 * The device's end of a KVM session behind message 41: RFB as firmware speaks it (spec
 * device-protocols 3). Pure: bytes in, bytes out; it shows a screen and tells what is typed. One
 * owner, no locking.
 *
 *   VERSION --003.008--> SECURITY --1--> INIT --shared--> RUNNING
 *
 * One update answers one request; an incremental request waits until something has changed. Each
 * rectangle of an update is one tile of at most 64 by 64. An update is made as the transport takes
 * it, a few tiles at a time, so that a client that does not read costs no memory; all of it is in
 * the format and the encodings that were set when it began.
 *
 * Life cycle: init → feed and step … until `finished` → fini.
 */
#ifndef SIM_RFB_SERVER_H
#define SIM_RFB_SERVER_H

#include "core/slice.h"
#include "sim/rfb_tile.h"
#include "sim/screen.h"

#define SIM_RFB_FRAME 9216000 /* bytes of the largest picture of 16 bits (spec 3.2) */

struct sim_rfb_events {
    void (*send)(void *owner, struct slice bytes);
    size_t (*queued)(void *owner); /* bytes that the transport has not sent; NULL: always 0 */
    void (*key)(void *owner, bool down, uint32_t symbol);
    void (*pointer)(void *owner, uint8_t buttons, uint16_t x, uint16_t y);
};

enum sim_rfb_state { SIM_RFB_VERSION, SIM_RFB_SECURITY, SIM_RFB_INIT, SIM_RFB_RUNNING };

struct sim_rfb {
    struct sim_screen *screen; /* borrowed */
    const struct sim_rfb_events *events;
    void *owner;
    const char *version; /* "004.000" */
    bool greys;          /* the grey formats are supported */
    bool blind;          /* there is no display: the session ends after ServerInit */
    bool pushes;         /* BackToBackFbMode: the first request stands for all that follow */

    uint8_t state; /* enum sim_rfb_state */
    bool finished;
    uint16_t width, height; /* as the client knows them */
    uint8_t pixels;         /* enum sim_rfb_pixels: of the update being sent, or the last one */
    uint16_t shades[256];   /* the screen's colours in that format */
    bool zrle, sizes;
    uint8_t next_pixels; /* what the client has set since: from the next update on */
    bool next_zrle, next_sizes, channel;
    bool greeted;       /* bell and data channel are announced */
    bool began;         /* the header of the zlib stream is out */
    uint8_t decimation; /* as it was set */
    void *deflate;      /* z_stream; NULL: blocks are stored */

    bool wanted;                       /* a request waits … */
    uint16_t left, top, right, bottom; /* … for this part of the screen, in tiles */
    uint8_t *queue;                    /* tiles of the update being sent, by place */
    size_t tiles, next, remaining;     /* how many there are, where it goes on, how many follow */
    void *work;                        /* for one tile */
};

/* `screen`, `events`, `owner` and `version` are borrowed. Sends the version. */
void sim_rfb_init(struct sim_rfb *rfb, struct sim_screen *screen, const char *version,
                  const struct sim_rfb_events *events, void *owner);
void sim_rfb_fini(struct sim_rfb *rfb);

/* The bytes of the client's next message that were used; 0: more are needed. */
size_t sim_rfb_take(struct sim_rfb *rfb, struct slice bytes);

/* Sends what can be sent now. Call after each take, after each change of the screen, and when the
 * transport has taken bytes. */
void sim_rfb_step(struct sim_rfb *rfb);

/* True when step would send something: what the client waits for is there, and so is room. */
bool sim_rfb_ready(const struct sim_rfb *rfb);

#endif
