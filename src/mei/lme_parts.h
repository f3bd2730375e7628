/*
 * What the files of LME share: lme.c has the session and its two fibers, lme_stream.c its channels
 * as streams, lme_alert.c the channels that the ME opens. Nobody else includes this.
 */
#ifndef MEI_LME_PARTS_H
#define MEI_LME_PARTS_H

#include "apf/session.h"
#include "core/buffer.h"
#include "core/list.h"
#include "io/fiber.h"
#include "mei/lme.h"

struct mei_lme {
    struct mei_lme_options options;
    struct mei *mei;             /* NULL while there is no session */
    struct apf_session *session; /* … */
    struct buffer out;           /* messages for the ME, one after the other */
    struct io_task reader;
    struct io_task writer;
    struct io_wait outgoing; /* `out` has something, or the session is over */
    struct io_wait drained;  /* `out` is empty and sent, or the session is over */
    bool sending;            /* the writer holds a message that has yet to go */
    bool broken;             /* nor does the client carry anything more */
    bool failed;             /* the session is over … */
    struct error why;        /* … for this reason */
    uint32_t sessions;       /* that the ME has begun; a channel ends with its own */
    struct list streams;
    struct list waiters; /* for anything to change */
    struct list alerts;
    struct io_gate mending; /* one fiber makes the session anew */
};

/* The writer may go on. Any context on the loop. */
void lme_flush(struct mei_lme *lme);

/* Wakes all who wait for a change: a port, a channel that is free, the session's end. */
void lme_changed(struct mei_lme *lme);

/* Waits for a change, at most `ms`; true after that time too. False when the fiber's own deadline
 * or cancellation ends it. */
bool lme_await_change(struct mei_lme *lme, uint64_t ms, struct error *err);

/* Makes the session anew when it is over, one fiber at a time: whoever comes meanwhile waits for
 * that. Waits. */
bool lme_mend(struct mei_lme *lme, struct error *err);

/* True while a fiber does so: the session is of no use yet. */
bool lme_is_mending(const struct mei_lme *lme);

/* Streams may write again: there is room in `out`. */
void lme_streams_wake(struct mei_lme *lme);

/* The lme is about to go; its streams stay, dead. */
void lme_streams_forget(struct mei_lme *lme);

/* The ME opens a channel; for struct apf_session_events. */
const struct apf_channel_events *lme_alert_accept(struct mei_lme *lme, struct apf_channel *channel,
                                                  const struct apf_message *open,
                                                  void **channel_owner);

#endif
