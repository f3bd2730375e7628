/*
 * The channels of an APF session as firmware has them, in a tunnel and over the ME's interface
 * alike: a pool of eight, windows kept both ways, a close that waits for what is queued. Shared by
 * the device's two sessions (apf_device.h, lme_device.h). Pure; one owner.
 *
 *   FREE --our OPEN--> CALLING --91--> OPEN, --92--> FREE
 *   FREE --OPEN of the peer--> OPEN --close of ours--> CLOSING --97 of the peer--> FREE
 *   OPEN --97 of the peer, answered--> FREE
 */
#ifndef SIM_APF_POOL_H
#define SIM_APF_POOL_H

#include "apf/message.h"

#define SIM_APF_CHANNELS 8    /* the firmware's pool (spec 1.3) */
#define SIM_APF_MESSAGE  4096 /* most bytes of one message sent, so that it is one TLS record */

struct sim_apf_channel {
    enum { SIM_CHANNEL_FREE, SIM_CHANNEL_CALLING, SIM_CHANNEL_OPEN, SIM_CHANNEL_CLOSING } state;
    uint32_t peer;   /* the peer's id */
    uint32_t credit; /* bytes we may send */
    uint32_t window; /* bytes the peer may send */
    uint16_t port;
    bool close_when_sent;
    struct buffer out; /* waits for credit */
};

/* Channels are numbered from 0: index + 1 is the id on the wire. */
struct sim_apf_pool_events {
    /* One whole message for the peer. */
    void (*send)(void *owner, struct slice message);
    /* Asks whether something listens on a forwarded port; false refuses the channel. */
    bool (*opened)(void *owner, unsigned channel, uint16_t port);
    void (*data)(void *owner, unsigned channel, struct slice bytes);
    /* The channel is over, whoever ended it. */
    void (*closed)(void *owner, unsigned channel);
    /* The peer has taken one of sim_apf_pool_call. */
    void (*taken)(void *owner, unsigned channel);
};

struct sim_apf_pool {
    const struct sim_apf_pool_events *events;
    void *owner;
    uint32_t window;    /* of a new channel */
    bool corked;        /* what is written waits, so that it leaves together */
    uint32_t *oddities; /* counts what firmware would let pass */
    struct sim_apf_channel channels[SIM_APF_CHANNELS];
};

/* Zeroes first; all pointers are borrowed. */
void sim_apf_pool_init(struct sim_apf_pool *pool, const struct sim_apf_pool_events *events,
                       void *owner, uint32_t window, uint32_t *oddities);
void sim_apf_pool_fini(struct sim_apf_pool *pool);

/* Answers an OPEN; `forwarded`: its port is one of those that are. */
void sim_apf_pool_open(struct sim_apf_pool *pool, const struct apf_message *message,
                       bool forwarded);

/* Asks the peer for a channel to one of its ports ("direct-tcpip"); `closed` tells when it refuses.
 * SIM_APF_CHANNELS when all are in use. */
unsigned sim_apf_pool_call(struct sim_apf_pool *pool, struct slice address, uint16_t port);

/* Takes DATA, WINDOW_ADJUST, CLOSE and answers to calls. False when that breaks the protocol. */
bool sim_apf_pool_take(struct sim_apf_pool *pool, const struct apf_message *message);

/* Queues bytes on a channel and sends what the peer's window allows. False past 512 KB, and when
 * the channel is not open. */
bool sim_apf_pool_write(struct sim_apf_pool *pool, unsigned channel, struct slice bytes);

/* Between the two, what is written is only queued. */
void sim_apf_pool_cork(struct sim_apf_pool *pool);
void sim_apf_pool_uncork(struct sim_apf_pool *pool);

/* Bytes of a channel that wait for the peer's window. */
size_t sim_apf_pool_queued(const struct sim_apf_pool *pool, unsigned channel);

/* Sends 97 once everything queued is sent. */
void sim_apf_pool_close(struct sim_apf_pool *pool, unsigned channel);

/* The session is over: every channel is, without a word to the peer. */
void sim_apf_pool_end(struct sim_apf_pool *pool);

/* Channels that are not FREE. */
unsigned sim_apf_pool_busy(const struct sim_apf_pool *pool);

#endif
