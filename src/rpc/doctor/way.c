/* The ways to AMT's own ports, and the login there. */
#include "rpc/doctor/parts.h"
#include "rpc/machine/machine.h"

static const char ways[] = "Way to AMT";

static const char *port_words(enum rpc_port port)
{
    static const char *const words[] = {
        [RPC_PORT_UNASKED] = "not asked",
        [RPC_PORT_NOBODY] = "nobody is there",
        [RPC_PORT_STRANGER] = "a program that is not to be trusted listens in LMS's place",
        [RPC_PORT_SILENT] = "LMS takes connections and says nothing",
        [RPC_PORT_HANGS_UP] = "LMS takes connections and hangs up",
        [RPC_PORT_NO_TLS] = "LMS answers TLS with something else",
        [RPC_PORT_ANSWERS] = "LMS answers",
    };
    return words[port];
}

static const char *port_sentence(const struct rpc_health *health, enum rpc_port port,
                                 struct arena *arena)
{
    const char *words = port_words(port);
    if (health->lms_owner == NULL)
        return words;
    if (port == RPC_PORT_STRANGER)
        return arena_printf(arena, "%s: %s", words, health->lms_owner);
    if (port != RPC_PORT_ANSWERS)
        return arena_printf(arena, "%s (%s)", words, health->lms_owner);
    return arena_printf(arena, "%s (%s)%s", words, health->lms_owner,
                        health->way_is_lms ? ", and is used: it has LME"
                        : health->way_ok   ? "; rpc does without, over LME"
                                           : "");
}

static void judge_lms(const struct rpc_health *health, struct rpc_report *report)
{
    bool plain = health->lms != RPC_PORT_NOBODY && health->lms != RPC_PORT_UNASKED;
    enum rpc_port port = plain ? health->lms : health->lms_tls;
    bool needed = !health->way_ok || health->way_is_lms;
    struct rpc_finding finding = {.area = ways,
                                  .check = "LMS",
                                  .key = "lms",
                                  .verdict = needed ? RPC_FINDING_BLOCKED : RPC_FINDING_WARNING,
                                  .code = health->way_ok ? RPC_AMT_CONNECTION_FAILED
                                                         : rpc_exit_of_no_way(&health->way_error),
                                  .what = port_sentence(health, port, report->arena)};
    if (rpc_port_is_ill(port)) {
        finding.advice = "restart it (systemctl restart lms), or stop it: rpc does without";
    } else if (port == RPC_PORT_STRANGER) {
        finding.advice =
            "end that program: rpc doesn't log in to it, others may; LMS's port is for "
            "root, or for a user who may open the ME's device";
    } else if (port != RPC_PORT_ANSWERS) {
        finding.verdict = RPC_FINDING_NOTE;
        finding.what = "no LMS is running; rpc does without, over LME";
        finding.advice = "rpc lms stands in for it where other programs want one";
    } else if (health->lms_doubtful) {
        finding.verdict = RPC_FINDING_WARNING;
        finding.advice =
            "whether that is LMS can't be told; it is used where LME isn't free, because "
            "--lmsaddress or --lmsport says so";
    } else {
        finding.verdict = health->way_is_lms ? RPC_FINDING_GOOD : RPC_FINDING_NOTE;
    }
    rpc_doctor_add(report, &finding);
}

static void judge_no_way(const struct rpc_health *health, struct arena *arena,
                         struct rpc_finding *finding)
{
    enum error_code why = health->way_error.code;
    const char *holders = health->holders;
    finding->verdict = RPC_FINDING_BLOCKED;
    finding->code = rpc_exit_of_no_way(&health->way_error);
    finding->what = health->way_error.text;
    if (why != ERROR_BUSY && why != ERROR_UNAUTHORIZED)
        finding->advice = "restart LMS if there is one, or the machine";
    else if (holders != NULL)
        finding->advice = arena_printf(arena,
                                       "end the program that has the ME's LME, and gives nobody "
                                       "AMT's ports; the ME's device is open in: %s",
                                       holders);
    else
        finding->advice = health->is_root
                              ? "end the program that has the ME's LME, and gives nobody AMT's "
                                "ports; which that is can't be seen from here"
                              : "end the program that has the ME's LME, and gives nobody AMT's "
                                "ports; as root rpc doctor names it";
}

static void judge_way(const struct rpc_health *health, struct rpc_report *report)
{
    struct rpc_finding finding = {.area = ways, .check = "AMT's own ports", .key = "ports"};
    struct arena *arena = report->arena;
    if (!health->way_known) {
        finding.verdict = RPC_FINDING_UNKNOWN;
        finding.what = "not asked";
    } else if (health->way_ok && health->ports_refused) {
        finding.verdict = RPC_FINDING_BLOCKED;
        finding.code = RPC_AMT_CONNECTION_FAILED;
        finding.what =
            arena_printf(arena, "%s gives none: %s", health->way, health->amt_error.text);
    } else if (health->way_ok) {
        finding.what = arena_printf(arena, "reached through %s%s", health->way,
                                    health->watchdog.tls_enforced ? ", with TLS only" : "");
    } else {
        judge_no_way(health, arena, &finding);
    }
    rpc_doctor_add(report, &finding);
    if (health->watchdog.tls_enforced) {
        finding = (struct rpc_finding){
            .area = ways,
            .check = "TLS",
            .key = "tlsEnforced",
            .verdict = RPC_FINDING_NOTE,
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
    if (!health->amt_asked || health->ports_refused)
        return;
    bool is_new = health->mode_known && health->mode == MEI_CONTROL_NONE;
    bool as_admin = health->password_given && !is_new;
    bool others_work = health->account_missing && !is_new; /* what is done as "admin" */
    if (health->amt_login && as_admin) {
        finding.verdict = RPC_FINDING_BLOCKED;
        finding.code = RPC_AMT_AUTHENTICATION_FAILED;
        finding.what = "AMT refuses the password";
        finding.advice = "try another; after rpc deactivate the next activation sets a new one";
    } else if (health->amt_login && is_new) {
        finding.verdict = RPC_FINDING_WARNING;
        finding.what = "AMT refuses the host's own account";
    } else if (health->amt_login) {
        finding.verdict = RPC_FINDING_UNKNOWN;
        finding.what = "without the password these were not looked at: clock, server, policies, "
                       "home domains, proxies, redirection, consent";
        finding.advice = "give it with --password-file or $AMT_PASSWORD";
    } else if (health->amt_error.code != ERROR_NONE) {
        bool blocks = health->amt_silent && !others_work;
        finding.verdict = blocks ? RPC_FINDING_BLOCKED : RPC_FINDING_WARNING;
        finding.code = RPC_AMT_CONNECTION_FAILED;
        finding.what = health->amt_error.text;
        if (health->account_missing && is_new)
            finding.advice = "AMT gives no account to set it up with: restart the machine";
        else if (health->watchdog.tls_enforced)
            finding.advice = "for AMT's certificate: --amt-ca or --skip-amt-cert-check";
    } else {
        finding.what = as_admin ? "AMT takes the password"
                       : health->password_given
                           ? "AMT takes the host's own account; the password counts from the "
                             "activation on"
                           : "AMT takes the host's own account";
    }
    rpc_doctor_add(report, &finding);
}

void rpc_doctor_judge_ways(const struct rpc_health *health, struct rpc_report *report)
{
    judge_lms(health, report);
    judge_way(health, report);
    judge_login(health, report);
}
