/* rpc deactivate: takes AMT back to where it came from (rpc.md 1.4, 5.4). */
#include "rpc/command/commands.h"
#include "rpc/facts/facts.h"
#include "rpc/machine/machine.h"
#include "rpc/run/result.h"
#include "rpc/server/console.h"
#include "rpc/server/download.h"
#include "rpc/server/run.h"
#include "rpc/setup/activation.h"

static const struct rpc_option options[] = {
    {.name = "local", .letter = 'l', .generations = RPC_V2 | RPC_V3, .help = "Without a server"},
    {.name = "partial",
     .generations = RPC_V2 | RPC_V3,
     .help = "Keep the network and the certificates (admin control mode, --local)"},
    {.name = "url",
     .letter = 'u',
     .value = RPC_TEXT,
     .generations = RPC_V2 | RPC_V3,
     .help = "ws(s):// of a provisioning server, or http(s):// of a console"},
    {.name = "force",
     .letter = 'f',
     .generations = RPC_V2 | RPC_V3,
     .help = "Go on although the server doesn't know the machine"},
    {.name = "uuid",
     .value = RPC_TEXT,
     .generations = RPC_V3,
     .help = "Another UUID than this machine's"},
    {.name = "tls-tunnel", .generations = RPC_V3, .help = "Ask the server to use the TLS tunnel"},
    RPC_OPTION_PROXY(RPC_V2, false),
    RPC_OPTION_AMT_WAIT(false),
    {0},
};

static bool deactivate_here(struct rpc *rpc, bool partial)
{
    struct rpc_fault fault;
    struct rpc_facts facts = {.uuid = NULL};
    struct rpc_url server;
    bool known = false;
    unsigned mode;
    if (!partial && !rpc_console_of_run(rpc, &server, &known))
        return false;
    if (known)
        rpc_facts_collect(rpc, RPC_FACT_UUID, &facts);
    if (!partial && rpc_given(rpc, "password") && rpc_control_mode(rpc, &mode) &&
        mode == MEI_CONTROL_CLIENT)
        rpc_log(rpc, LOG_WARN, "client control mode is left without AMT's password");
    if (!rpc_deactivate_here(rpc, partial, &fault))
        return rpc_fail_fault(rpc, &fault);
    if (known && !rpc_forget_at_console(rpc, &server, facts.uuid))
        return false;
    rpc_result(rpc, partial ? "Device partially deactivated" : "Device deactivated", NULL, 0);
    return true;
}

/* Where a machine that is deactivated without a server is removed from one. */
static bool check_console(struct rpc *rpc)
{
    struct rpc_url ignored;
    bool known;
    return rpc_console_of_run(rpc, &ignored, &known) && (!known || rpc_console_check(rpc));
}

static bool check(struct rpc *rpc)
{
    bool local = rpc_flag(rpc, "local");
    if (local && rpc_given(rpc, "url"))
        return rpc_fail(rpc, RPC_WRONG_COMBINATION, "--url and --local exclude each other");
    if (rpc_flag(rpc, "partial") && !local)
        return rpc_fail(rpc, RPC_WRONG_COMBINATION, "--partial goes with --local only");
    if (local)
        return rpc_flag(rpc, "partial") || check_console(rpc);
    if (rpc_given(rpc, "url"))
        return rpc_deactivate_by_server_check(rpc);
    /* v2 misses the address only in a line that says anything at all. */
    return rpc_fail(rpc,
                    rpc_is_v2(rpc) && rpc_says_more(rpc) ? RPC_WRONG_URL : RPC_WRONG_PARAMETERS,
                    "-u flag is required when not using local mode");
}

static bool run(struct rpc *rpc)
{
    return rpc_flag(rpc, "local") ? deactivate_here(rpc, rpc_flag(rpc, "partial"))
                                  : rpc_deactivate_by_server(rpc);
}

const struct rpc_command rpc_deactivate = {
    .path = "deactivate",
    .options = RPC_GROUPS(options),
    .needs = RPC_NEEDS_ROOT | RPC_NEEDS_TURN | RPC_NEEDS_ME,
    .generations = RPC_V2 | RPC_V3,
    .check = check,
    .run = run,
    .help = "Take AMT out of use",
};
