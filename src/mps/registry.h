/*
 * The registry: which tunnel holds which device. The one table that all shards share, so it holds
 * handles instead of pointers; striped locks, held for a few instructions and never across a wait.
 * Only authenticated devices are in it.
 */
#ifndef MPS_REGISTRY_H
#define MPS_REGISTRY_H

#include "core/guid.h"

/* A tunnel on some shard. A slot is used again with another generation, so a handle whose tunnel
 * is gone finds nothing. */
struct mps_handle {
    uint32_t shard;
    uint32_t slot;
    uint64_t generation; /* the login's epoch, given by mps_registry_put; 0: not logged in */
};

struct mps_registry;

struct mps_registry *mps_registry_new(void);
void mps_registry_free(struct mps_registry *registry);

/* Enters the device and gives the handle its generation, which rises with every login: of two
 * logins at once, whichever is entered later has the higher one, here and in the store. True when
 * the device was there already: `previous` then holds the older tunnel, which has lost the device
 * with this call. */
bool mps_registry_put(struct mps_registry *registry, const struct guid *guid,
                      struct mps_handle *handle, struct mps_handle *previous);

bool mps_registry_find(struct mps_registry *registry, const struct guid *guid,
                       struct mps_handle *handle);

/* Takes the device out if `handle` still holds it; false when a newer tunnel does. */
bool mps_registry_remove(struct mps_registry *registry, const struct guid *guid,
                         struct mps_handle handle);

uint64_t mps_registry_count(struct mps_registry *registry);

/* Logins since the start. */
uint64_t mps_registry_logins(const struct mps_registry *registry);

#endif
