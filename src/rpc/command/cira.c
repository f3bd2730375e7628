/* rpc cira: the call to a server, asked for by the user of this machine (PTHI 0x44 to 0x46). */
#include "io/fiber.h"
#include "io/loop.h"
#include "rpc/command/commands.h"
#include "rpc/machine/machine.h"
#include "rpc/run/result.h"
#include "rpc/text/json.h"
#include "rpc/text/page.h"
#include "rpc/text/words.h"

#define AGAIN_MS     500
#define TRIGGER_USER 0
#define IDLE_MOST    10 /* times that AMT says in a row that it isn't calling */

static const struct rpc_option wait_options[] = {
    {.name = "wait",
     .letter = 'w',
     .value = RPC_DURATION,
     .preset = "30s",
     .generations = RPC_OURS,
     .help = "How long to wait for the connection; 0: not at all"},
    {0},
};

static bool ask(struct rpc *rpc, struct mei_remote_access *access)
{
    struct error err;
    struct mei_pthi *pthi = rpc_pthi(rpc);
    return pthi != NULL && (mei_pthi_remote_access(pthi, rpc_arena(rpc), access, &err) ||
                            rpc_fail_me(rpc, RPC_CIRA_FAILED, &err));
}

static const char *interfaces_name(uint32_t bits)
{
    static const char *const names[] = {"nobody", "the BIOS", "an agent in the system",
                                        "the BIOS and an agent in the system"};
    return names[bits & 3U];
}

static bool show(struct rpc *rpc)
{
    struct mei_remote_access access;
    struct error err;
    uint32_t bits = 0;
    struct arena *arena = rpc_arena(rpc);
    if (!ask(rpc, &access))
        return false;
    bool known = mei_pthi_user_interfaces(rpc_pthi(rpc), &bits, &err);
    const char *host = arena_string(arena, access.mps_host);
    if (rpc_output(rpc) == RPC_OUT_JSON) {
        struct rpc_json json;
        rpc_json_init(&json, rpc_out(rpc));
        rpc_json_open(&json, NULL, '{');
        rpc_json_text(&json, "networkStatus", rpc_words_network(access.network, false));
        rpc_json_text(&json, "remoteStatus", rpc_words_remote(access.remote));
        rpc_json_text(&json, "remoteTrigger", rpc_words_trigger(access.trigger));
        rpc_json_text(&json, "mpsHostname", host);
        if (known) {
            rpc_json_bool(&json, "biosMayConnect", (bits & 1U) != 0);
            rpc_json_bool(&json, "agentMayConnect", (bits & 2U) != 0);
        }
        rpc_json_close(&json, '}');
        return true;
    }
    struct rpc_page page = {.arena = arena};
    rpc_page_section(&page, "Remote Access");
    rpc_page_row(&page, "Network", rpc_words_network(access.network, false), RPC_PLAIN);
    rpc_page_row(&page, "Remote Status", rpc_words_remote(access.remote),
                 access.remote == MEI_REMOTE_CONNECTED ? RPC_GOOD : RPC_MIDDLING);
    rpc_page_row(&page, "Trigger", rpc_words_trigger(access.trigger), RPC_PLAIN);
    rpc_page_row(&page, "MPS Hostname", host, RPC_PLAIN);
    if (known)
        rpc_page_row(&page, "May be asked for by", interfaces_name(bits), RPC_PLAIN);
    rpc_print(rpc, &page);
    return true;
}

/* Why the last call failed, as AMT has written it down; "" when it hasn't. */
static const char *last_failure(struct rpc *rpc)
{
    struct mei_cira_log log;
    struct error err;
    struct arena *arena = rpc_arena(rpc);
    if (!mei_pthi_cira_log(rpc_pthi(rpc), arena, &log, &err) || !log.failure.valid)
        return "";
    bool closed = log.failure.closure.time != 0;
    return arena_printf(arena, "; AMT's log: TCP error %u, TLS error %d%s%s",
                        log.failure.attempts[0].tcp_error, log.failure.attempts[0].tls_error,
                        closed ? ", " : "",
                        closed ? mei_cira_closure_name(log.failure.closure.reason) : "");
}

/* Until AMT says so, the time is over, or AMT doesn't even try any more: it begins a call at once.
 * The user's call is also at its end when AMT goes on with one of its own. */
static bool await(struct rpc *rpc, uint32_t wanted, struct mei_remote_access *access)
{
    uint64_t until = io_now() + (uint64_t)rpc_number(rpc, "wait");
    unsigned idle = 0;
    struct error err;
    for (;;) {
        if (!ask(rpc, access))
            return false;
        idle = access->remote == MEI_REMOTE_NOT_CONNECTED ? idle + 1 : 0;
        bool is_own = wanted == MEI_REMOTE_NOT_CONNECTED && access->trigger != TRIGGER_USER;
        if (access->remote == wanted || is_own || idle > IDLE_MOST || io_now() >= until)
            return true;
        if (!io_sleep(AGAIN_MS, &err))
            return rpc_fail_error(rpc, RPC_CIRA_FAILED, &err);
    }
}

static bool connect_now(struct rpc *rpc)
{
    struct mei_remote_access access;
    struct error err;
    struct mei_pthi *pthi = rpc_pthi(rpc);
    if (pthi == NULL)
        return false;
    if (!mei_pthi_open_connection(pthi, &err))
        return rpc_fail(rpc, RPC_CIRA_FAILED,
                        "%s; AMT calls only when a server and a policy for the user's calls are "
                        "configured (rpc configure cira)",
                        err.text);
    if (rpc_number(rpc, "wait") == 0) {
        rpc_result(rpc, "AMT has been asked to call", NULL, 0);
        return true;
    }
    if (!await(rpc, MEI_REMOTE_CONNECTED, &access))
        return false;
    if (access.remote != MEI_REMOTE_CONNECTED)
        return rpc_fail(rpc, RPC_CIRA_FAILED, "AMT is %s%s; \"rpc doctor\" looks for the reason",
                        rpc_words_remote(access.remote), last_failure(rpc));
    const struct rpc_result_member members[] = {
        {"mpsHostname", arena_string(rpc_arena(rpc), access.mps_host)}};
    rpc_result(rpc, "AMT is connected to its server", members, 1);
    return true;
}

static bool disconnect(struct rpc *rpc)
{
    struct mei_remote_access access;
    struct error err;
    struct mei_pthi *pthi = rpc_pthi(rpc);
    if (pthi == NULL)
        return false;
    if (!ask(rpc, &access))
        return false;
    if (access.remote == MEI_REMOTE_NOT_CONNECTED) {
        rpc_result(rpc, "There is no call that could be ended", NULL, 0);
        return true;
    }
    bool is_users = access.trigger == TRIGGER_USER;
    if (!mei_pthi_close_connection(pthi, &err))
        return rpc_fail_me(rpc, RPC_CIRA_FAILED, &err);
    if (!is_users) { /* AMT goes on with its own */
        rpc_result(rpc,
                   arena_printf(rpc_arena(rpc), "The user has no call: AMT is %s on its own (%s)",
                                rpc_words_remote(access.remote), rpc_words_trigger(access.trigger)),
                   NULL, 0);
        return true;
    }
    if (rpc_number(rpc, "wait") > 0 && !await(rpc, MEI_REMOTE_NOT_CONNECTED, &access))
        return false;
    rpc_result(rpc, "AMT has been asked to end the user's call", NULL, 0);
    return true;
}

const struct rpc_command rpc_cira_status = {
    .path = "cira status",
    .needs = RPC_NEEDS_ROOT | RPC_NEEDS_ME,
    .generations = RPC_OURS,
    .run = show,
    .help = "Whether AMT is connected to its server",
};

const struct rpc_command rpc_cira_connect = {
    .path = "cira connect",
    .options = RPC_GROUPS(wait_options),
    .needs = RPC_NEEDS_TO_CHANGE,
    .generations = RPC_OURS,
    .run = connect_now,
    .help = "Have AMT call its server now",
};

const struct rpc_command rpc_cira_disconnect = {
    .path = "cira disconnect",
    .options = RPC_GROUPS(wait_options),
    .needs = RPC_NEEDS_TO_CHANGE,
    .generations = RPC_OURS,
    .run = disconnect,
    .help = "Have AMT end the call that its user asked for",
};
