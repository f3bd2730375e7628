/*
 * What a server that runs for years must change while it serves: every 12 hours new ticket keys, so
 * that a stolen one opens few old sessions, and new leaves when one ends within 30 days. A task on
 * the first loop; the new keys and certificates are handed to the shards on their own loops.
 */
#ifndef SERVER_RENEWAL_H
#define SERVER_RENEWAL_H

#include "io/fiber.h"
#include "server/shard.h"

struct store;

#define RENEWAL_PERIOD_MS (UINT64_C(12) * 3600 * 1000)

struct renewal {
    struct store *store;
    struct shard *shards;
    unsigned count;
    uint64_t period_ms;
    struct io_task task;
};

/* Starts the task on the current loop. The shards must be prepared; shards, store and *renewal must
 * outlive the task. Zero-initialise `renewal` before. */
bool renewal_start(struct renewal *renewal, struct store *store, struct shard *shards,
                   unsigned count, uint64_t period_ms, struct error *err);

/* Ends the task and waits for it. On a fiber of the loop it was started on; no effect when it was
 * not. While other loops are running. */
void renewal_stop(struct renewal *renewal);

#endif
