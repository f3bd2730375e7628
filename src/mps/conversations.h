/*
 * Conversations that can be ended: each runs on a fiber of its own and is in the list of its shard
 * while it does. Whoever takes away what they talk over, a tunnel, a record of a device on the LAN
 * or the shard itself, ends them first. They unwind, and what they do behind a shield
 * (io_shield_begin) still reaches the device, so that nothing is left half prepared there.
 * On the shard's thread. Private to src/mps.
 */
#ifndef MPS_CONVERSATIONS_H
#define MPS_CONVERSATIONS_H

#include "core/error.h"

struct mps_shard;

/* Runs `talk` on a fiber of its own and waits for it; returns what it returns. `with` is what it
 * talks over, for mps_conversations_end. When it was ended and fails for that, `err` says why it
 * was. ERROR_BUSY without running it when the shard is being stopped. The caller's deadline and
 * cancellation are passed on. `err` must not be NULL. */
bool mps_conversation_run(struct mps_shard *shard, const void *with,
                          bool (*talk)(void *arg, struct error *err), void *arg, struct error *err);

/* Cancels the conversations over `with`, or all of the shard's for NULL. Does not wait: the
 * shard's `emptied` is signalled when it has none any more. `why` is what their callers get, unless
 * an earlier call has told another reason. */
void mps_conversations_end(struct mps_shard *shard, const void *with, const struct error *why);

#endif
