/*
 * What is known about devices without asking them: one JSON document per device, an object of
 * sections ("firmware", "system", "power" …), each with the facts of one kind and "learnedAt". What
 * the sections hold is the business of whoever learns (mps/inventory.h); the store knows of a few
 * facts, because lists are filtered by them: firmware.version, setup.controlMode, power.state,
 * system.manufacturer and system.model; and of the section deviceInfo, which goes with each row.
 *
 * Written behind. Any thread notes facts and goes on; one thread of this file's own gathers for a
 * moment and writes them in one transaction. Facts of a device merge while they are pending, so the
 * queue holds one entry per device, however long the database fails. A fact that was known already
 * is no reason to write, but once a minute, so that one can see how old it is.
 */
#ifndef STORE_INVENTORY_H
#define STORE_INVENTORY_H

#include "store/database.h"

#include <stdatomic.h>

struct inventory;

struct inventory_options {
    struct store_database *database;
    uint32_t batch_ms;
    atomic_bool *write_failed; /* set when a write fails; NULL: nobody asks */
};

/* Starts the thread. NULL with `err` when there is none to be had. */
struct inventory *inventory_new(const struct inventory_options *options, struct error *err);

/* Writes what is pending, as far as the database lets it, and stops the thread. NULL is allowed. */
void inventory_free(struct inventory *inventory);

/* Puts the sections into the document, fact by fact: a fact that is not given stays. True when the
 * document says something new, or the same a minute later. Pure. */
bool inventory_merge(json_t *document, const json_t *sections);

/* ---- of the store ---- */

/* Notes what was learned about a device of `tenant`: an object of sections, each an object without
 * learnedAt. Takes `sections`. Never waits; any thread. */
void store_inventory_note(struct store *store, const struct guid *guid, const char *tenant,
                          json_t *sections, int64_t when_ms);

/* The document as JSON text. ERROR_NOT_FOUND when nothing is known. Waits, as in store.h. */
bool store_inventory_get(struct store *store, struct arena *arena, const struct guid *guid,
                         const char *tenant, const char **document, struct error *err);

/* Waits until everything noted before is on disk, at most 10 s. Blocking; for tests. */
void store_inventory_flush(struct store *store);

#endif
