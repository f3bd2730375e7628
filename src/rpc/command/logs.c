/* rpc events, rpc audit: AMT's two logs. */
#include "rpc/facts/logs.h"
#include "amt/audit_log.h"
#include "amt/event_log.h"
#include "rpc/command/commands.h"
#include "rpc/machine/converse.h"
#include "rpc/result.h"

static const struct rpc_option options[] = {
    {.name = "limit",
     .letter = 'c',
     .value = RPC_NUMBER,
     .preset = "100",
     .generations = RPC_OURS,
     .help = "How many records, the newest first"},
    {.name = "clear", .generations = RPC_OURS, .help = "Forget all records instead"},
    {0},
};

struct reading {
    struct arena *arena;
    size_t limit;
    bool json;
    struct buffer *out;
};

static bool read_events(struct amt *amt, void *arg, struct error *err)
{
    const struct reading *reading = arg;
    return rpc_logs_put_events(amt, reading->arena, reading->limit, reading->json, reading->out,
                               err);
}

static bool clear_events(struct amt *amt, void *arg, struct error *err)
{
    return amt_event_log_clear(amt, arg, err);
}

static bool read_audit(struct amt *amt, void *arg, struct error *err)
{
    const struct reading *reading = arg;
    return rpc_logs_put_audit(amt, reading->arena, reading->limit, reading->json, reading->out,
                              err);
}

static bool clear_audit(struct amt *amt, void *arg, struct error *err)
{
    return amt_audit_log_clear(amt, arg, err);
}

static bool clear(struct rpc *rpc, rpc_talk *talk, const char *done)
{
    if (!rpc_command_amt(rpc, talk, rpc_arena(rpc)))
        return false;
    rpc_result(rpc, done, NULL, 0);
    return true;
}

static bool show(struct rpc *rpc, rpc_talk *talk, size_t most)
{
    int64_t limit = rpc_number(rpc, "limit");
    struct reading reading = {.arena = rpc_arena(rpc),
                              .limit = (size_t)limit,
                              .json = rpc_output(rpc) == RPC_OUT_JSON,
                              .out = rpc_out(rpc)};
    if (limit < 1 || (uint64_t)limit > most)
        return rpc_fail(rpc, RPC_WRONG_PARAMETERS, "--limit is a number from 1 to %zu", most);
    return rpc_converse(rpc, talk, &reading);
}

static bool run_events(struct rpc *rpc)
{
    return rpc_flag(rpc, "clear") ? clear(rpc, clear_events, "The event log is empty now")
                                  : show(rpc, read_events, AMT_EVENT_LOG_MOST);
}

static bool run_audit(struct rpc *rpc)
{
    return rpc_flag(rpc, "clear") ? clear(rpc, clear_audit, "The audit log has been cleared")
                                  : show(rpc, read_audit, AMT_AUDIT_LOG_MOST);
}

static bool only_looks(const struct rpc *rpc)
{
    return !rpc_flag(rpc, "clear");
}

const struct rpc_command rpc_events = {
    .path = "events",
    .options = RPC_GROUPS(options),
    .needs = RPC_NEEDS_TO_CHANGE,
    .only_looks = only_looks,
    .generations = RPC_OURS,
    .run = run_events,
    .help = "The event log of the hardware and the firmware",
};

const struct rpc_command rpc_audit = {
    .path = "audit",
    .options = RPC_GROUPS(options),
    .needs = RPC_NEEDS_TO_CHANGE,
    .only_looks = only_looks,
    .generations = RPC_OURS,
    .run = run_audit,
    .help = "The audit log: what was done to AMT, and by whom",
};
