/* AMT's two logs as text and as JSON, for `rpc events`, `rpc audit` and the bundle. On a fiber. */
#ifndef RPC_FACTS_LOGS_H
#define RPC_FACTS_LOGS_H

#include "core/arena.h"
#include "core/buffer.h"
#include "core/error.h"

struct amt;

/* Reads the newest `limit` records and puts them. */
bool rpc_logs_put_events(struct amt *amt, struct arena *arena, size_t limit, bool json,
                         struct buffer *out, struct error *err);
bool rpc_logs_put_audit(struct amt *amt, struct arena *arena, size_t limit, bool json,
                        struct buffer *out, struct error *err);

#endif
