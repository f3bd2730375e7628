/*
 * Watching: a second client that sees a screen session which somebody else has (mps/follow.h), over
 * a stream of its own on the loop of the session's device. What it sends is read, since it asks for
 * pictures, and no key or pointer of it goes anywhere. Private to src/mps.
 */
#ifndef MPS_WATCH_H
#define MPS_WATCH_H

#include "io/stream.h"
#include "mps/follow.h"

struct mps_watch_client {
    struct io_stream *stream;
    /* It has logged in and is to be shown the session that this returns. NULL with the reason why
     * there is none. Does not wait. */
    struct mps_follow *(*join)(void *arg, struct error *err);
    /* A number that grows whenever it takes bytes. */
    uint64_t (*taken)(void *arg);
    void *arg;
};

/* Shows the session to the client until it is over (true), or the client leaves, breaks the rules,
 * has not logged in within 30 s, or takes nothing for as long while there is something for it
 * (false, with the reason). The stream stays the caller's. On a fiber. */
bool mps_watch_run(const struct mps_watch_client *client, struct error *err);

#endif
