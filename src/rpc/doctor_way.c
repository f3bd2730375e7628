/* The ways to AMT's own ports, and the login there. */
#include "rpc/doctor_parts.h"

static const char ways[] = "Way to AMT";

static const char *port_words(enum rpc_port port)
{
    static const char *const words[] = {
        [RPC_PORT_UNASKED] = "not asked",
        [RPC_PORT_NOBODY] = "nobody is there",
        [RPC_PORT_SILENT] = "LMS takes connections and says nothing",
        [RPC_PORT_HANGS_UP] = "LMS takes connections and hangs up",
        [RPC_PORT_NO_TLS] = "LMS answers TLS with something else",
        [RPC_PORT_ANSWERS] = "LMS answers",
    };
    return words[port];
}

static bool is_ill(enum rpc_port port)
{
    return port == RPC_PORT_SILENT || port == RPC_PORT_HANGS_UP || port == RPC_PORT_NO_TLS;
}

static void judge_lms(const struct rpc_health *health, struct rpc_report *report)
{
    bool tls = health->watchdog.tls_enforced;
    enum rpc_port port = is_ill(health->lms_tls) || tls ? health->lms_tls : health->lms;
    struct rpc_finding finding = {
        .area = ways, .check = "LMS", .key = "lms", .what = port_words(port)};
    if (is_ill(port)) {
        finding.verdict = RPC_VERDICT_BLOCKED;
        finding.code = RPC_LMS_CONNECTION_FAILED;
        finding.advice = "restart it (systemctl restart lms), or stop it: rpc does without";
    } else if (port != RPC_PORT_ANSWERS) {
        finding.verdict = RPC_VERDICT_NOTE;
        finding.what = "no LMS is running; rpc does without, over LME";
        finding.advice = "rpc lms stands in for it where other programs want one";
    }
    rpc_doctor_add(report, &finding);
}

static void judge_way(const struct rpc_health *health, struct rpc_report *report)
{
    struct rpc_finding finding = {.area = ways, .check = "AMT's own ports", .key = "ports"};
    struct arena *arena = report->arena;
    if (!health->way_known) {
        finding.verdict = RPC_VERDICT_UNKNOWN;
        finding.what = "not asked";
    } else if (health->way_ok) {
        finding.what = arena_printf(arena, "reached through %s%s", health->way,
                                    health->watchdog.tls_enforced ? ", with TLS only" : "");
    } else {
        bool busy = health->way_error.code == ERROR_BUSY;
        finding.verdict = RPC_VERDICT_BLOCKED;
        finding.code = busy ? RPC_LMS_CONNECTION_FAILED : RPC_AMT_CONNECTION_FAILED;
        finding.what = health->way_error.text;
        finding.advice =
            !busy ? "restart LMS if there is one, or the machine"
            : health->holders != NULL
                ? arena_printf(arena,
                               "end the program that has the ME's LME, and gives nobody AMT's "
                               "ports; the ME's device is open in: %s",
                               health->holders)
                : "end the program that has the ME's LME, and gives nobody AMT's ports; as root "
                  "rpc doctor names it";
    }
    rpc_doctor_add(report, &finding);
    if (health->watchdog.tls_enforced) {
        finding = (struct rpc_finding){
            .area = ways,
            .check = "TLS",
            .key = "tlsEnforced",
            .verdict = RPC_VERDICT_NOTE,
            .what = "AMT takes TLS only, also on this machine",
            .advice = "once it is activated, rpc wants --amt-ca or --skip-amt-cert-check for "
                      "certificates that the system doesn't know",
        };
        rpc_doctor_add(report, &finding);
    }
}

static void judge_login(const struct rpc_health *health, struct rpc_report *report)
{
    struct rpc_finding finding = {.area = ways, .check = "Login", .key = "login"};
    if (!health->amt_asked)
        return;
    if (health->amt_login && health->password_given) {
        finding.verdict = RPC_VERDICT_BLOCKED;
        finding.code = RPC_AMT_AUTHENTICATION_FAILED;
        finding.what = "AMT refuses the password";
        finding.advice = "try another; after rpc deactivate the next activation sets a new one";
    } else if (health->amt_login) {
        finding.verdict = RPC_VERDICT_UNKNOWN;
        finding.what = "without the password these were not looked at: clock, server, policies, "
                       "home domains, proxies, redirection, consent";
        finding.advice = "give it with --password-file or $AMT_PASSWORD";
    } else if (health->amt_error.code != ERROR_NONE) {
        finding.verdict = RPC_VERDICT_WARNING;
        finding.what = health->amt_error.text;
        if (health->watchdog.tls_enforced)
            finding.advice = "for AMT's certificate: --amt-ca or --skip-amt-cert-check";
    } else {
        finding.what =
            health->password_given ? "AMT takes the password" : "AMT takes the host's own account";
    }
    rpc_doctor_add(report, &finding);
}

void rpc_doctor_judge_ways(const struct rpc_health *health, struct rpc_report *report)
{
    judge_lms(health, report);
    judge_way(health, report);
    judge_login(health, report);
}
