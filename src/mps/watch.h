/*
 * Watching: a second client that sees a screen session which somebody else has (mps/follow.h), over
 * a stream of its own on the loop of the session's device. What it sends is read, since it asks for
 * pictures, and no key or pointer of it goes anywhere. Private to src/mps.
 */
#ifndef MPS_WATCH_H
#define MPS_WATCH_H

#include "io/stream.h"
#include "mps/follow.h"

/* Shows the session to the client until it is over (true), or the client leaves or breaks the rules
 * (false, with the reason). The stream stays the caller's. On a fiber. */
bool mps_watch_run(struct mps_follow *follow, struct io_stream *stream, struct error *err);

#endif
