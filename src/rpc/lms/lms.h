/*
 * A small LMS: AMT's own ports, as LME offers them, on 127.0.0.1, so that other programs of this
 * machine reach AMT as they are used to (spec rpc 3, device-protocols 1.4). Each connection is a
 * channel of LME; the ME has eight of them, and later connections wait.
 *
 * A channel is opened with the first bytes of a connection, so that one that is only looked at, or
 * is kept for later, takes none away. A client that ends its side only gets its answer all the
 * same. After the ME's reset, connections that were open end, and new
 * ones find a new session. One loop.
 */
#ifndef RPC_LMS_LMS_H
#define RPC_LMS_LMS_H

#include "core/error.h"
#include "core/slice.h"

#include <stdint.h>

struct rpc_lms;

enum rpc_lms_event {
    RPC_LMS_LISTENS,   /* `text` is where: "127.0.0.1:16992" */
    RPC_LMS_ENDED,     /* the session with the ME, which is made anew; why */
    RPC_LMS_AGAIN,     /* there is a session again */
    RPC_LMS_TAKEN,     /* AMT offers a port by now that cannot be listened at, as a rule because
                          somebody else does; tried again, and told once */
    RPC_LMS_REFUSED,   /* a connection that AMT doesn't take, or that another one displaced; why */
    RPC_LMS_FULL,      /* no place is free, which is told once until half of them are; what then */
    RPC_LMS_FINISHED,  /* a connection is over */
    RPC_LMS_CONNECTED, /* a connection, at its first bytes */
};

struct rpc_lms_options {
    uint16_t port; /* that stands for AMT's 16992; the next one is 16993. Those given are listened
                      at that the ME offers */
    /* Must not wait. */
    void (*event)(void *context, enum rpc_lms_event event, const char *text);
    void (*alert)(void *context, struct slice envelope);
    void *context;
};

/* Runs until the fiber is cancelled (ERROR_CANCELLED), and then closes everything. Else it fails at
 * its start, with the errors of mei_lme_open, ERROR_CONFLICT when a port is taken, or
 * ERROR_INVALID when it cannot be had for another reason. */
bool rpc_lms_run(const struct rpc_lms_options *options, struct error *err);

/* An alert of the ME as people, or programs (`json`), read it: a line. False for an envelope that
 * holds none. Pure. */
struct buffer;
bool rpc_lms_put_alert(struct buffer *out, bool json, int64_t now_ms, struct slice envelope);

#endif
