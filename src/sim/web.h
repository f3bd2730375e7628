/*
 * The device's HTTP server on one channel (spec device-protocols 4.3): requests in, in pieces of
 * any size; answers out, with the header order, chunk sizes and connection habits of firmware.
 * Requests of one device are answered one after the other, each `latency_ms` after the one before.
 * Pure: time is an argument. Life cycle: init → feed and tick → fini.
 */
#ifndef SIM_WEB_H
#define SIM_WEB_H

#include "core/buffer.h"
#include "sim/authenticator.h"
#include "sim/device.h"
#include "sim/mischief.h"

struct http_parser;

/* What all channels of one device share. */
struct sim_web_host {
    struct sim_device *device;
    struct sim_authenticator *authenticator;
    const struct sim_mischief *mischief; /* borrowed; NULL: none */
    struct sim_mischief_count used;      /* of its rules */
    /* A request that has proved who it is from; NULL: nobody wants to know. */
    void (*asked)(const struct sim_device *device, struct slice request);
    bool left;           /* by mischief: the agent that carried the request has hung up */
    uint32_t drop_after; /* so many requests are served, then one connection is lost; 0: none */
    uint32_t latency_ms;
    bool close_each; /* Connection: close on every answer */
    uint64_t busy_until_ms;
    uint64_t refused; /* 401s sent */
};

struct sim_web {
    struct sim_web_host *host;
    struct http_parser *parser; /* NULL between requests of an idle channel */
    struct buffer input;        /* pipelined bytes that wait for the answer before them */
    struct buffer answer;       /* complete, to be sent at due_ms */
    uint64_t due_ms;            /* UINT64_MAX: no answer waits */
    bool close_each;            /* as in the host, for this connection */
    bool local;                 /* by the machine's local door */
    bool close_after;           /* the answer at hand ends the connection */
    bool muted;                 /* by mischief: it never answers again */
    uint32_t extra_ms;          /* … or that much later */
    bool finished;              /* the connection is over once what was put out is sent */
};

void sim_web_init(struct sim_web *web, struct sim_web_host *host);
void sim_web_fini(struct sim_web *web);

/* Takes bytes of the client and appends to `out` what can be answered now. */
void sim_web_feed(struct sim_web *web, struct slice bytes, uint64_t now_ms, struct buffer *out);

/* Appends the answer that has become due and goes on with pipelined requests. */
void sim_web_tick(struct sim_web *web, uint64_t now_ms, struct buffer *out);

#endif
