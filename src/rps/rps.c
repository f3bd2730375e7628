#include "rps/rps.h"

#include "core/memory.h"

#include <stdlib.h>

struct rps {
    struct rps_options options;
};

struct rps *rps_new(const struct rps_options *options, unsigned shard_count, struct error *err)
{
    (void)shard_count;
    (void)err;
    struct rps *rps = memory_new(sizeof *rps);
    rps->options = *options;
    return rps;
}

void rps_free(struct rps *rps)
{
    free(rps);
}

const struct rps_options *rps_options_of(const struct rps *rps)
{
    return &rps->options;
}

bool rps_shard_attach(struct rps *rps, unsigned index, struct io_loop *loop, struct error *err)
{
    (void)rps;
    (void)index;
    (void)loop;
    (void)err;
    return true;
}

void rps_shard_stop(struct rps *rps, unsigned index)
{
    (void)rps;
    (void)index;
}
