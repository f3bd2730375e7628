/* The calls to a server. */
#include "core/clock.h"
#include "rpc/doctor/parts.h"

static const char cira[] = "Calls to a server (CIRA)";

static const char *last_failure(const struct rpc_health *health, struct arena *arena)
{
    const struct mei_cira_failure *failure = &health->log.failure;
    char time[CLOCK_TEXT_SIZE];
    if (!health->log_known || !failure->valid)
        return NULL;
    const struct mei_cira_attempt *attempt = &failure->attempts[0];
    bool closed = failure->closure.time != 0;
    return arena_printf(
        arena, "the last call that failed was to %.*s at %s%s: TCP %u, TLS %d%s%s",
        SLICE_ARG(failure->mps_host), clock_format((int64_t)failure->time * 1000, time),
        attempt->proxy_used ? " through a proxy" : "", attempt->tcp_error, attempt->tls_error,
        closed ? ", " : "", closed ? mei_cira_closure_name(failure->closure.reason) : "");
}

/* Nothing has succeeded since. Both times are of AMT's clock. */
static bool keeps_failing(const struct rpc_health *health)
{
    return health->log_known && health->log.failure.valid &&
           health->log.failure.time >= health->log.summary.last_opened;
}

static bool has_link(const struct rpc_health *health)
{
    return (rpc_doctor_has_adapter(health->wired_known, &health->wired) && health->wired.link_up) ||
           (rpc_doctor_has_adapter(health->wireless_known, &health->wireless) &&
            health->wireless.link_up);
}

/* It is configured and not connected, or calls and calls: why? */
static void judge_silence(const struct rpc_health *health, struct rpc_report *report,
                          struct rpc_finding *finding)
{
    const char *failure = last_failure(health, report->arena);
    const char *state =
        health->remote.remote == MEI_REMOTE_CONNECTING ? "AMT is calling" : "not connected";
    finding->verdict = RPC_FINDING_BLOCKED;
    finding->code = RPC_CIRA_FAILED;
    finding->what = failure != NULL ? arena_printf(report->arena, "%s; %s", state, failure) : state;
    if (!has_link(health))
        finding->advice = "AMT has no link";
    else if (health->remote.network == MEI_NETWORK_DIRECT)
        finding->advice =
            "AMT believes that it is inside of the enterprise, where it doesn't call: its "
            "network's "
            "DNS suffix is one of the home domains; rpc configure cira --envdetection changes them";
    else if (health->policies_known && health->policy_count == 0)
        finding->advice = "no policy says when to call: rpc configure cira makes one";
    else if (failure != NULL && health->log.failure.attempts[0].tls_error != 0)
        finding->advice = "the server's certificate isn't the one that AMT was given, or its clock "
                          "is wrong: rpc configure cira with the server's root again";
    else
        finding->advice = "look whether the server's name resolves and its port (4433) is reached "
                          "from this network; rpc cira connect tries at once";
}

static void judge_tunnel(const struct rpc_health *health, struct rpc_report *report)
{
    bool configured =
        health->remote.mps_host.size > 0 || (health->servers_known && health->server_count > 0);
    struct rpc_finding finding = {.area = cira, .check = "Connection", .key = "cira"};
    if (!health->remote_known) {
        finding.verdict = RPC_FINDING_UNKNOWN;
        finding.what = "AMT doesn't tell";
    } else if (health->remote.remote == MEI_REMOTE_CONNECTED) {
        finding.what =
            arena_printf(report->arena, "connected to %.*s", SLICE_ARG(health->remote.mps_host));
    } else if (!configured && health->servers_known) {
        finding.verdict = RPC_FINDING_NOTE;
        finding.what = "not configured";
        finding.advice = "rpc configure cira, or a profile of a server with CIRA";
    } else if (!configured) {
        finding.verdict = RPC_FINDING_NOTE;
        finding.what = "not connected, and nothing says that a server is configured";
    } else if (health->remote.remote == MEI_REMOTE_CONNECTING && !keeps_failing(health)) {
        finding.verdict = RPC_FINDING_WARNING;
        finding.what =
            arena_printf(report->arena, "AMT is calling %.*s", SLICE_ARG(health->remote.mps_host));
        finding.advice = "look again in a minute";
    } else {
        judge_silence(health, report, &finding);
    }
    rpc_doctor_add(report, &finding);
}

static void judge_cira_settings(const struct rpc_health *health, struct rpc_report *report)
{
    struct arena *arena = report->arena;
    struct rpc_finding finding = {.area = cira, .check = "Server", .key = "servers"};
    if (health->servers_known && health->server_count > 0) {
        finding.what =
            health->server_count == 1
                ? health->server
                : arena_printf(arena, "%s and %zu more", health->server, health->server_count - 1);
        rpc_doctor_add(report, &finding);
    }
    if (health->detection_known && health->server_count > 0) {
        finding = (struct rpc_finding){.area = cira, .check = "Home domains", .key = "homeDomains"};
        finding.what = health->detection[0] != '\0' ? health->detection : "none";
        if (health->detection[0] == '\0') {
            finding.verdict = RPC_FINDING_WARNING;
            finding.advice =
                "without one AMT takes every network for its home and doesn't call: rpc "
                "configure cira sets one that is nowhere";
        }
        rpc_doctor_add(report, &finding);
    }
    if (health->proxies_known && health->proxy_count > 0) {
        finding =
            (struct rpc_finding){.area = cira,
                                 .check = "Proxies",
                                 .key = "proxies",
                                 .verdict = RPC_FINDING_NOTE,
                                 .what = arena_printf(arena, "%zu; rpc amtinfo --proxy lists them",
                                                      health->proxy_count)};
        rpc_doctor_add(report, &finding);
    }
}

void rpc_doctor_judge_cira(const struct rpc_health *health, struct rpc_report *report)
{
    judge_tunnel(health, report);
    judge_cira_settings(health, report);
}
