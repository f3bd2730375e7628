/*
 * Presence, written behind. Any thread says what happened to a device and goes on; one thread of
 * this file's own gathers for a moment and writes a batch in one transaction.
 *
 *   presence_note ──► pending (one change per device, first come first written) ──► batch ──► disk
 *
 * Changes of one device merge while they are pending: times take the newest, the state the last of
 * the highest epoch, and what an older connection says late is dropped. A batch that the database
 * refuses is tried again until it is written, while new changes go on merging in `pending`, which
 * therefore holds at most one change per device, however long the failure lasts.
 */
#ifndef STORE_PRESENCE_H
#define STORE_PRESENCE_H

#include "store/database.h"

#include <stdatomic.h>

struct presence;

struct presence_options {
    struct store_database *database;
    const char *instance; /* borrowed for as long as it lives */
    uint32_t batch_ms;
    uint32_t batch_rows;
    atomic_bool *write_failed; /* set when a write fails; NULL: nobody asks */
};

/* Starts the thread. NULL with `err` when there is none to be had. */
struct presence *presence_new(const struct presence_options *options, struct error *err);

/* Writes what is pending (what still cannot be written after 2 s is given up, with a line in the
 * log) and stops the thread. NULL is allowed. */
void presence_free(struct presence *presence);

/* Never waits. */
void presence_note(struct presence *presence, const struct guid *guid,
                   enum store_presence_kind kind, uint64_t epoch, int64_t when_ms);

/* Waits until everything noted before is on disk, at most `timeout_ms`. False when it is not. */
bool presence_flush(struct presence *presence, uint32_t timeout_ms);

/* What `kind` at `when_ms` makes of a pending change; for the tests. */
void presence_merge(struct store_presence_change *change, enum store_presence_kind kind,
                    uint64_t epoch, int64_t when_ms);

#endif
