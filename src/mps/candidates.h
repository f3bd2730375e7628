/*
 * The passwords that may open a device beside its current one, for the carriers (amt_carrier): read
 * from the store when the device refuses the current one, and told to it when one of them opens the
 * device. Private to src/mps; on fibers.
 */
#ifndef MPS_CANDIDATES_H
#define MPS_CANDIDATES_H

#include "amt/amt.h"
#include "store/store.h"

/* The proven ones first, of each kind the newest first. None when nothing is stored. */
bool mps_candidates_read(struct store *store, struct arena *arena, const struct guid *guid,
                         const char *tenant, struct slice passwords[AMT_CANDIDATES], size_t *count,
                         struct error *err);

/* It becomes the current one; proven where the carrier is `sure` that it speaks with the device.
 * False when it stays what it was, which is logged: the next one who is refused finds it again. */
bool mps_candidates_found(struct store *store, const struct guid *guid, const char *tenant,
                          struct slice password, bool sure);

#endif
