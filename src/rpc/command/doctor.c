/* rpc doctor: what blocks activation or CIRA, and what to do about it. */
#include "rpc/doctor/doctor.h"
#include "rpc/command/commands.h"
#include "rpc/run/run.h"
#include "rpc/text/page.h"

static const struct rpc_option options[] = {
    {.name = "provisioningCert",
     .value = RPC_SECRET,
     .may_be_file = true,
     .environment = "PROVISIONING_CERT",
     .generations = RPC_OURS,
     .help = "Look whether this certificate (base64 of a PFX, or a file) fits the machine"},
    {.name = "provisioningCertPwd",
     .value = RPC_SECRET,
     .environment = "PROVISIONING_CERT_PASSWORD",
     .generations = RPC_OURS,
     .help = "The PFX's password"},
    {0},
};

static bool run(struct rpc *rpc)
{
    struct arena *arena = rpc_arena(rpc);
    struct rpc_health *health = arena_alloc(arena, sizeof *health);
    struct rpc_report report = {.arena = arena};
    rpc_doctor_collect(rpc, true, health);
    rpc_doctor_judge(health, &report);
    if (rpc_output(rpc) == RPC_OUT_JSON) {
        rpc_doctor_put_json(&report, rpc_out(rpc));
    } else {
        struct rpc_page page = {.arena = arena};
        struct rpc_page_look look = rpc_look(rpc);
        look.columns = 0; /* sentences make no boxes */
        rpc_doctor_put_page(&report, look.colours, &page);
        rpc_page_print(&page, rpc_out(rpc), &look);
    }
    for (const struct rpc_finding *at = report.first; at != NULL; at = at->next) {
        if (at->verdict != RPC_FINDING_BLOCKED)
            continue;
        rpc_flush(rpc);
        return rpc_fail(rpc, report.code, "%s: %s", at->check, at->what);
    }
    return true;
}

const struct rpc_command rpc_doctor = {
    .path = "doctor",
    .aliases = RPC_TEXTS("status"),
    .options = RPC_GROUPS(options),
    .generations = RPC_OURS,
    .run = run,
    .help = "What blocks activation or the calls to a server, and what to do about it",
    .details =
        "Ends with 0 when nothing does, else with the code of the first that does: 1 rights,\n"
        "2 driver or engine, 3 no AMT, 4 not ready or switched off, 24 DNS suffix, 71 AMT's "
        "ports,\n"
        "100 password, 104 CIRA, 111 stuck in provisioning, 121 to 128 provisioning certificate,\n"
        "139 a listener in LMS's place that isn't trusted, 150 clock.",
};
