/* rpc events, rpc audit: AMT's two logs. */
#include "rpc/facts/logs.h"
#include "amt/audit_log.h"
#include "amt/event_log.h"
#include "rpc/command/commands.h"
#include "rpc/machine/converse.h"
#include "rpc/run/result.h"

#define LIMIT(most)                                                                              \
    {                                                                                            \
        .name = "limit", .letter = 'c', .value = RPC_NUMBER, .preset = "100", .minimum = 1,      \
        .maximum = (most), .generations = RPC_OURS, .help = "How many records, the newest first" \
    }
#define CLEAR                                                                          \
    {                                                                                  \
        .name = "clear", .generations = RPC_OURS, .help = "Forget all records instead" \
    }

static const struct rpc_option events_options[] = {LIMIT(AMT_EVENT_LOG_MOST), CLEAR, {0}};
static const struct rpc_option audit_options[] = {LIMIT(AMT_AUDIT_LOG_MOST), CLEAR, {0}};

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

static bool show(struct rpc *rpc, rpc_talk *talk)
{
    struct reading reading = {.arena = rpc_arena(rpc),
                              .limit = (size_t)rpc_number(rpc, "limit"),
                              .json = rpc_output(rpc) == RPC_OUT_JSON,
                              .out = rpc_out(rpc)};
    return rpc_converse(rpc, talk, &reading);
}

static bool run_events(struct rpc *rpc)
{
    return rpc_flag(rpc, "clear") ? clear(rpc, clear_events, "The event log is empty now")
                                  : show(rpc, read_events);
}

static bool run_audit(struct rpc *rpc)
{
    return rpc_flag(rpc, "clear") ? clear(rpc, clear_audit, "The audit log has been cleared")
                                  : show(rpc, read_audit);
}

static bool only_looks(const struct rpc *rpc)
{
    return !rpc_flag(rpc, "clear");
}

const struct rpc_command rpc_events = {
    .path = "events",
    .options = RPC_GROUPS(events_options),
    .needs = RPC_NEEDS_TO_CHANGE,
    .only_looks = only_looks,
    .generations = RPC_OURS,
    .run = run_events,
    .help = "The event log of the hardware and the firmware",
};

const struct rpc_command rpc_audit = {
    .path = "audit",
    .options = RPC_GROUPS(audit_options),
    .needs = RPC_NEEDS_TO_CHANGE,
    .only_looks = only_looks,
    .generations = RPC_OURS,
    .run = run_audit,
    .help = "The audit log: what was done to AMT, and by whom",
};
