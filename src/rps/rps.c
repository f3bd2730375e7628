#include "rps/rps.h"

#include "core/memory.h"
#include "io/loop.h"
#include "io/tls.h"
#include "rps/assistants.h"
#include "rps/brake.h"
#include "rps/rps_parts.h"

#include <stdlib.h>

#define CUT_MS 5000 /* for sessions that a shutdown cuts, past the caller's time */

static void set_default(uint32_t *value, uint32_t otherwise)
{
    if (*value == 0)
        *value = otherwise;
}

struct rps *rps_new(const struct rps_options *options, unsigned shard_count, struct error *err)
{
    struct rps *rps = memory_new(sizeof *rps + shard_count * sizeof rps->shards[0]);
    rps->options = *options;
    set_default(&rps->options.sessions_limit, 1000);
    set_default(&rps->options.source_limit, 256);
    set_default(&rps->options.first_message_ms, 30000);
    set_default(&rps->options.attempt_ms, 12000);
    set_default(&rps->options.session_ms, 900000);
    set_default(&rps->options.assistant_ms, 12000);
    if (rps->options.memory_limit == 0)
        rps->options.memory_limit = (size_t)256 << 20;
    if (rps->options.newcomers.all == 0)
        rps->options.newcomers = (struct store_newcomer_limits){20000, 10000, 1000};
    arena_init(&rps->arena);
    rps_live_init(&rps->live);
    rps->assistants = rps_assistants_new();
    rps->brake = rps_brake_new();
    rps->shard_count = shard_count;
    for (unsigned i = 0; i < shard_count; i++) {
        rps->shards[i].rps = rps;
        list_init(&rps->shards[i].sessions);
        list_init(&rps->shards[i].assistants);
    }
    if (amt_on_die_roots(&rps->arena, options->on_die_pem, &rps->on_die, err))
        return rps;
    rps_free(rps);
    return NULL;
}

void rps_free(struct rps *rps)
{
    if (rps == NULL)
        return;
    for (unsigned i = 0; i < rps->shard_count; i++)
        if (rps->shards[i].tls != NULL)
            io_tls_free(rps->shards[i].tls);
    rps_assistants_free(rps->assistants);
    rps_brake_free(rps->brake);
    rps_live_fini(&rps->live);
    arena_fini(&rps->arena);
    free(rps);
}

const struct rps_options *rps_options_of(const struct rps *rps)
{
    return &rps->options;
}

bool rps_shard_attach(struct rps *rps, unsigned index, struct io_loop *loop, struct error *err)
{
    /* Roots are given for each stream; those of the settings are never asked. */
    const struct io_tls_client_options options = {
        .ca_pem = slice_of_string(amt_on_die_root_pem),
        .firmware = true,
        .newest = IO_TLS_1_3,
    };
    rps->shards[index].loop = loop;
    rps->shards[index].tls = io_tls_client_new(loop, &options, err);
    return rps->shards[index].tls != NULL;
}

struct rps_shard *rps_shard_of(struct rps *rps)
{
    struct io_loop *loop = io_loop_current();
    for (unsigned i = 0; i < rps->shard_count; i++)
        if (rps->shards[i].loop == loop)
            return &rps->shards[i];
    return NULL;
}

void rps_shard_left(struct rps_shard *shard)
{
    shard->session_count--;
    io_signal(&shard->emptied);
}

static bool is_empty(const struct rps_shard *shard)
{
    return shard->session_count == 0 && list_is_empty(&shard->assistants);
}

void rps_shard_stop(struct rps *rps, unsigned index)
{
    struct rps_shard *shard = &rps->shards[index];
    shard->stopping = true;
    for (struct list *at = shard->sessions.next; at != &shard->sessions; at = at->next) {
        io_task_cancel(&LIST_ENTRY(at, struct rps_session, link)->flow);
        io_signal(&LIST_ENTRY(at, struct rps_session, link)->news);
    }
    rps_assistants_stop(shard);
    while (!is_empty(shard) && io_wait_for(&shard->emptied, IO_FOREVER, NULL)) {
    }
    for (struct list *at = shard->sessions.next; at != &shard->sessions; at = at->next)
        io_task_cancel(&LIST_ENTRY(at, struct rps_session, link)->reader);
    struct io_shield shield = io_shield_begin(CUT_MS);
    while (!is_empty(shard) && io_wait_for(&shard->emptied, IO_FOREVER, NULL)) {
    }
    io_shield_end(shield);
}
