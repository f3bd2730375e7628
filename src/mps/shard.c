#include "mps/shard.h"

#include "core/memory.h"
#include "io/loop.h"
#include "mps/tunnel.h"

#define SLOTS_FIRST 64

static void grow_slots(struct mps_shard *shard)
{
    uint32_t count = shard->slot_count == 0 ? SLOTS_FIRST : shard->slot_count * 2;
    shard->slots = memory_resize(shard->slots, count * sizeof *shard->slots);
    for (uint32_t i = count; i > shard->slot_count; i--) {
        shard->slots[i - 1] = (struct mps_slot){NULL, shard->slot_free};
        shard->slot_free = i;
    }
    shard->slot_count = count;
}

struct mps_shard *mps_shard_here(struct mps *mps)
{
    const struct io_loop *loop = io_loop_current();
    for (unsigned i = 0; i < mps->shard_count; i++)
        if (mps->shards[i].loop == loop)
            return &mps->shards[i];
    return NULL;
}

bool mps_place_take(struct mps_shard *shard, struct error *err)
{
    if (atomic_fetch_add(&shard->places, 1) < MPS_PLACES)
        return true;
    atomic_fetch_sub(&shard->places, 1);
    return error_set(err, ERROR_BUSY, "%u sessions are being relayed, the limit; try again later",
                     MPS_PLACES);
}

void mps_place_give(struct mps_shard *shard)
{
    if (shard != NULL)
        atomic_fetch_sub(&shard->places, 1);
}

bool mps_shard_enter(struct mps_shard *shard, struct mps_tunnel *tunnel, uint32_t *slot)
{
    if (shard->slots_used >= shard->mps->options.devices_limit)
        return false;
    if (shard->slot_free == 0)
        grow_slots(shard);
    *slot = shard->slot_free - 1;
    shard->slot_free = shard->slots[*slot].next_free;
    shard->slots[*slot].tunnel = tunnel;
    shard->slots_used++;
    return true;
}

void mps_shard_leave(struct mps_shard *shard, uint32_t slot)
{
    shard->slots[slot] = (struct mps_slot){NULL, shard->slot_free};
    shard->slot_free = slot + 1;
    shard->slots_used--;
}

struct mps_tunnel *mps_shard_tunnel(struct mps_shard *shard, struct mps_handle handle)
{
    if (handle.slot >= shard->slot_count)
        return NULL;
    struct mps_tunnel *tunnel = shard->slots[handle.slot].tunnel;
    return tunnel != NULL && tunnel->handle.generation == handle.generation ? tunnel : NULL;
}
