#include "rpc/doctor.h"

#include "core/clock.h"
#include "rpc/words.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CLOCK_MINUTE 60
#define CLOCK_DAY    86400

static void add(struct rpc_report *report, const struct rpc_finding *finding)
{
    struct rpc_finding *copy = arena_alloc(report->arena, sizeof *copy);
    *copy = *finding;
    if (report->last == NULL)
        report->first = copy;
    else
        report->last->next = copy;
    report->last = copy;
    report->warnings += finding->verdict == RPC_VERDICT_WARNING;
    report->blocked += finding->verdict == RPC_VERDICT_BLOCKED;
    if (finding->verdict == RPC_VERDICT_BLOCKED && report->code == RPC_SUCCESS)
        report->code = finding->code;
}

/* ---- the engine ---- */

static const char engine[] = "Management engine";

static enum rpc_exit exit_of(enum mei_presence_verdict verdict)
{
    switch (verdict) {
    case MEI_PRESENCE_FORBIDDEN:
        return RPC_INCORRECT_PERMISSIONS;
    case MEI_PRESENCE_NO_ENGINE:
    case MEI_PRESENCE_NO_DRIVER:
    case MEI_PRESENCE_NO_NODE:
        return RPC_HECI_DRIVER_NOT_DETECTED;
    case MEI_PRESENCE_NO_AMT:
        return RPC_AMT_NOT_DETECTED;
    default:
        return RPC_AMT_NOT_READY;
    }
}

static void judge_presence(const struct rpc_health *health, struct rpc_report *report)
{
    bool ready = health->me_answers;
    struct rpc_finding finding = {
        .area = engine,
        .check = "Driver and engine",
        .key = "engine",
        .verdict = ready ? RPC_VERDICT_GOOD : RPC_VERDICT_BLOCKED,
        .code = exit_of(health->presence.verdict),
        .what = mei_presence_sentence(ready ? MEI_PRESENCE_READY : health->presence.verdict),
    };
    if (!ready && (health->presence.verdict == MEI_PRESENCE_READY ||
                   health->presence.verdict == MEI_PRESENCE_NOT_RUNNING)) {
        finding.what = health->me_error.text;
        bool busy = health->me_error.code == ERROR_BUSY;
        finding.advice =
            !busy ? "try again in a minute; if that doesn't help, shut the "
                    "machine down, take its power away for ten seconds, and "
                    "look for a newer BIOS"
            : health->holders != NULL
                ? arena_printf(report->arena, "the ME's device is open in: %s", health->holders)
                : "as root rpc doctor names the program";
    }
    add(report, &finding);
}

static void judge_version(const struct rpc_health *health, struct rpc_report *report)
{
    struct rpc_finding finding = {.area = engine, .check = "Version of AMT", .key = "version"};
    finding.verdict = health->version != NULL ? RPC_VERDICT_GOOD : RPC_VERDICT_UNKNOWN;
    finding.what = health->version != NULL ? health->version : "AMT doesn't tell";
    if (health->major != 0 && health->major < 11) {
        finding.verdict = RPC_VERDICT_WARNING;
        finding.advice = "servers of today want AMT 11.8 or later: TLS 1.2 came with it";
    }
    add(report, &finding);
}

/* Bit 1 means something only to firmware with the new interface (ME 16.1). */
static void judge_operational(const struct rpc_health *health, struct rpc_report *report)
{
    const struct mei_watchdog_flags *flags = &health->watchdog;
    struct rpc_finding finding = {.area = engine, .check = "Operational state", .key = "enabled"};
    if (!health->watchdog_known || !flags->new_interface) {
        finding.verdict = RPC_VERDICT_NOTE;
        finding.what = "this firmware doesn't tell whether AMT is switched on in the BIOS";
    } else if (flags->enabled) {
        finding.what = "AMT is switched on";
    } else {
        finding.verdict = RPC_VERDICT_BLOCKED;
        finding.code = RPC_AMT_NOT_READY;
        finding.what = flags->restricted ? "AMT is switched off, by the manufacturer's policy"
                                         : "AMT is switched off";
        finding.advice = flags->allowed && !flags->restricted
                             ? "rpc configure enable-amt, then restart the machine"
                             : "switch it on in the BIOS (Intel Manageability, AMT)";
    }
    add(report, &finding);
}

static void judge_state(const struct rpc_health *health, struct rpc_report *report)
{
    struct rpc_finding finding = {.area = engine, .check = "Control mode", .key = "controlMode"};
    if (!health->mode_known) {
        finding.verdict = RPC_VERDICT_UNKNOWN;
        finding.what = "AMT doesn't tell";
    } else {
        finding.what = rpc_words_control_mode(health->mode, false);
        if (health->mode == MEI_CONTROL_NONE) {
            finding.verdict = RPC_VERDICT_NOTE;
            finding.advice = "rpc activate --ccm needs no certificate and no server; rpc activate "
                             "--url wss://SERVER/activate --profile NAME asks a server";
        }
    }
    add(report, &finding);
    finding = (struct rpc_finding){
        .area = engine, .check = "Provisioning state", .key = "provisioningState"};
    if (!health->state_known) {
        finding.verdict = RPC_VERDICT_UNKNOWN;
        finding.what = "AMT doesn't tell";
    } else {
        finding.what = rpc_words_provisioning_state(health->state);
        if (health->state == MEI_PROVISIONING_IN) {
            finding.verdict = RPC_VERDICT_BLOCKED;
            finding.code = RPC_UNABLE_TO_ACTIVATE;
            finding.what = "AMT is in the middle of a set-up that nobody has finished";
            finding.advice = health->mode == MEI_CONTROL_NONE
                                 ? "rpc activate --stopConfig, then activate again"
                                 : "rpc deactivate --local, then activate again";
        }
    }
    add(report, &finding);
}

/* ---- the ways to AMT's own ports ---- */

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
    add(report, &finding);
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
    add(report, &finding);
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
        add(report, &finding);
    }
}

/* ---- the network ---- */

static const char network[] = "Network";

static bool is_there(bool known, const struct mei_lan *lan)
{
    static const uint8_t none[6];
    return known && memcmp(lan->mac, none, sizeof none) != 0;
}

static void judge_adapter(const struct rpc_health *health, struct rpc_report *report, bool wired)
{
    const struct mei_lan *lan = wired ? &health->wired : &health->wireless;
    bool known = wired ? health->wired_known : health->wireless_known;
    struct rpc_finding finding = {.area = network,
                                  .check = wired ? "Wired" : "Wireless",
                                  .key = wired ? "wired" : "wireless"};
    if (!is_there(known, lan)) {
        if (!wired)
            return;
        finding.verdict = RPC_VERDICT_NOTE;
        finding.what = "AMT has no wired port";
    } else if (!lan->link_up) {
        finding.verdict = wired ? RPC_VERDICT_WARNING : RPC_VERDICT_NOTE;
        finding.what = "no link";
        finding.advice = wired ? "plug the cable into the port on the board: AMT has no other"
                               : "AMT joins a wireless network once it has a profile for it: rpc "
                                 "configure wireless";
    } else {
        uint32_t ip = lan->ipv4;
        finding.what = arena_printf(report->arena, "link up, %s, AMT's address is %u.%u.%u.%u",
                                    lan->dhcp ? "DHCP" : "static", ip >> 24, ip >> 16 & 0xff,
                                    ip >> 8 & 0xff, ip & 0xff);
        if (ip == 0) {
            finding.verdict = RPC_VERDICT_WARNING;
            finding.advice = lan->dhcp ? "no DHCP server answered AMT, or the host has no address "
                                         "that AMT could share"
                                       : "the static address isn't set: rpc configure wired";
        }
    }
    add(report, &finding);
}

static void judge_clock(const struct rpc_health *health, struct rpc_report *report)
{
    struct rpc_finding finding = {.area = network, .check = "Clock", .key = "clock"};
    if (!health->clock_known)
        return;
    int64_t ahead = health->clock_ahead_s;
    int64_t off = ahead < 0 ? -ahead : ahead;
    finding.what = arena_printf(report->arena, "AMT's clock is %lld s %s this machine's",
                                (long long)off, ahead < 0 ? "behind" : "ahead of");
    if (off < 5)
        finding.what = "AMT's clock is right";
    if (off > CLOCK_DAY) {
        finding.verdict = RPC_VERDICT_BLOCKED;
        finding.code = RPC_SYNC_CLOCK_FAILED;
    } else if (off > (int64_t)5 * CLOCK_MINUTE) {
        finding.verdict = RPC_VERDICT_WARNING;
    }
    if (finding.verdict != RPC_VERDICT_GOOD)
        finding.advice = "certificates look expired, or not yet valid, to AMT: rpc configure "
                         "sync-clock";
    add(report, &finding);
}

/* ---- admin control mode ---- */

static const char admin[] = "Admin control mode";

static void judge_certificate(const struct rpc_health *health, struct rpc_report *report)
{
    struct rpc_finding finding = {
        .area = admin, .check = "Provisioning certificate", .key = "provisioningCertificate"};
    if (!health->certificate_given) {
        finding.verdict = RPC_VERDICT_NOTE;
        finding.what = "not looked at; --provisioningCert has it checked";
    } else if (health->certificate_code != RPC_SUCCESS) {
        finding.verdict = RPC_VERDICT_BLOCKED;
        finding.code = health->certificate_code;
        finding.what = health->certificate_fault;
        finding.advice = "AMT takes a certificate for Intel AMT activation, with its chain and its "
                         "root, whose hash is in rpc amtinfo --cert";
    } else if (!health->certificate_fits) {
        finding.verdict = RPC_VERDICT_BLOCKED;
        finding.code = RPC_MISSING_DNS_SUFFIX;
        finding.what = arena_printf(
            report->arena, "it is for \"%s\", and AMT's DNS suffix is \"%s\" (error 5 of AMT)",
            health->certificate_name, health->dns_suffix != NULL ? health->dns_suffix : "");
        finding.advice = "have DHCP's option 15 say the certificate's domain on the wired port, or "
                         "set the PKI DNS suffix in the MEBx";
    } else {
        finding.what =
            arena_printf(report->arena, "\"%s\" fits this machine", health->certificate_name);
    }
    add(report, &finding);
}

static void judge_admin(const struct rpc_health *health, struct rpc_report *report)
{
    struct rpc_finding finding = {.area = admin, .check = "DNS suffix", .key = "dnsSuffix"};
    if (health->dns_suffix == NULL) {
        finding.verdict = RPC_VERDICT_UNKNOWN;
        finding.what = "AMT doesn't tell";
    } else if (health->dns_suffix[0] == '\0') {
        finding.verdict = RPC_VERDICT_WARNING;
        finding.what = "AMT has none, so that no provisioning certificate fits (error 5 of AMT)";
        finding.advice =
            "have DHCP's option 15 say it on the wired port, or set the PKI DNS suffix "
            "in the MEBx; client control mode needs none";
    } else {
        finding.what = health->dns_suffix;
        if (health->host_suffix != NULL &&
            strcasecmp(health->host_suffix, health->dns_suffix) != 0) {
            finding.verdict = RPC_VERDICT_NOTE;
            finding.what = arena_printf(report->arena, "%s; the host's is %s", health->dns_suffix,
                                        health->host_suffix);
        }
    }
    add(report, &finding);
    if (health->hashes_known) {
        finding = (struct rpc_finding){
            .area = admin,
            .check = "Trusted roots",
            .key = "hashes",
            .what = arena_printf(report->arena, "%zu hashes are active", health->hash_count)};
        if (health->hash_count == 0) {
            finding.verdict = RPC_VERDICT_WARNING;
            finding.advice = "no provisioning certificate fits: add your root's hash in the MEBx";
        }
        add(report, &finding);
    }
    if (health->zero_touch_known && !health->zero_touch) {
        finding = (struct rpc_finding){
            .area = admin,
            .check = "Remote configuration",
            .key = "remoteConfiguration",
            .verdict = RPC_VERDICT_WARNING,
            .what = "set-up with a certificate is switched off",
            .advice = "switch \"Remote Configuration\" on in the MEBx; client control mode works"};
        add(report, &finding);
    }
    judge_certificate(health, report);
}

/* ---- CIRA ---- */

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
    return (is_there(health->wired_known, &health->wired) && health->wired.link_up) ||
           (is_there(health->wireless_known, &health->wireless) && health->wireless.link_up);
}

/* It is configured and not connected, or calls and calls: why? */
static void judge_silence(const struct rpc_health *health, struct rpc_report *report,
                          struct rpc_finding *finding)
{
    const char *failure = last_failure(health, report->arena);
    const char *state = health->remote.remote == 1 ? "AMT is calling" : "not connected";
    finding->verdict = RPC_VERDICT_BLOCKED;
    finding->code = RPC_CIRA_FAILED;
    finding->what = failure != NULL ? arena_printf(report->arena, "%s; %s", state, failure) : state;
    if (!has_link(health))
        finding->advice = "AMT has no link";
    else if (health->remote.network == 0)
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
        finding.verdict = RPC_VERDICT_UNKNOWN;
        finding.what = "AMT doesn't tell";
    } else if (health->remote.remote == 2) {
        finding.what =
            arena_printf(report->arena, "connected to %.*s", SLICE_ARG(health->remote.mps_host));
    } else if (!configured && health->servers_known) {
        finding.verdict = RPC_VERDICT_NOTE;
        finding.what = "not configured";
        finding.advice = "rpc configure cira, or a profile of a server with CIRA";
    } else if (!configured) {
        finding.verdict = RPC_VERDICT_NOTE;
        finding.what = "not connected, and nothing says that a server is configured";
    } else if (health->remote.remote == 1 && !keeps_failing(health)) {
        finding.verdict = RPC_VERDICT_WARNING;
        finding.what =
            arena_printf(report->arena, "AMT is calling %.*s", SLICE_ARG(health->remote.mps_host));
        finding.advice = "look again in a minute";
    } else {
        judge_silence(health, report, &finding);
    }
    add(report, &finding);
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
        add(report, &finding);
    }
    if (health->detection_known && health->server_count > 0) {
        finding = (struct rpc_finding){.area = cira, .check = "Home domains", .key = "homeDomains"};
        finding.what = health->detection[0] != '\0' ? health->detection : "none";
        if (health->detection[0] == '\0') {
            finding.verdict = RPC_VERDICT_WARNING;
            finding.advice =
                "without one AMT takes every network for its home and doesn't call: rpc "
                "configure cira sets one that is nowhere";
        }
        add(report, &finding);
    }
    if (health->proxies_known && health->proxy_count > 0) {
        finding =
            (struct rpc_finding){.area = cira,
                                 .check = "Proxies",
                                 .key = "proxies",
                                 .verdict = RPC_VERDICT_NOTE,
                                 .what = arena_printf(arena, "%zu; rpc amtinfo --proxy lists them",
                                                      health->proxy_count)};
        add(report, &finding);
    }
}

/* ---- what AMT's own ports say ---- */

static const char remote[] = "Remote control";

static void judge_remote(const struct rpc_health *health, struct rpc_report *report)
{
    struct rpc_finding finding = {
        .area = remote, .check = "Redirection", .key = "redirection", .verdict = RPC_VERDICT_NOTE};
    if (health->redirection_known) {
        finding.what = health->redirection ? "KVM, SOL and IDER may be used where they are on"
                                           : "switched off (rpc configure amt-features)";
        add(report, &finding);
    }
    if (health->consent_known) {
        finding = (struct rpc_finding){.area = remote,
                                       .check = "User's consent",
                                       .key = "consent",
                                       .verdict = RPC_VERDICT_NOTE};
        finding.what = health->consent == 0   ? "not wanted"
                       : health->consent == 1 ? "wanted for KVM"
                                              : "wanted for all redirection";
        add(report, &finding);
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
    add(report, &finding);
}

void rpc_doctor_judge(const struct rpc_health *health, struct rpc_report *report)
{
    judge_presence(health, report);
    if (!health->me_answers)
        return;
    judge_version(health, report);
    judge_operational(health, report);
    judge_state(health, report);
    judge_lms(health, report);
    judge_way(health, report);
    judge_login(health, report);
    judge_adapter(health, report, true);
    judge_adapter(health, report, false);
    judge_clock(health, report);
    judge_admin(health, report);
    judge_tunnel(health, report);
    judge_cira_settings(health, report);
    judge_remote(health, report);
}
