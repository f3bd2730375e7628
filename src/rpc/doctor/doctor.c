#include "rpc/doctor/doctor.h"

#include "rpc/doctor/parts.h"
#include "rpc/text/words.h"

void rpc_doctor_add(struct rpc_report *report, const struct rpc_finding *finding)
{
    struct rpc_finding *copy = arena_alloc(report->arena, sizeof *copy);
    *copy = *finding;
    if (report->last == NULL)
        report->first = copy;
    else
        report->last->next = copy;
    report->last = copy;
    report->warnings += finding->verdict == RPC_FINDING_WARNING;
    report->blocked += finding->verdict == RPC_FINDING_BLOCKED;
    if (finding->verdict == RPC_FINDING_BLOCKED && report->code == RPC_SUCCESS)
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
        .verdict = ready ? RPC_FINDING_GOOD : RPC_FINDING_BLOCKED,
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
            : health->is_root ? "which program that is can't be seen from here"
                              : "as root rpc doctor names the program";
    }
    rpc_doctor_add(report, &finding);
}

static void judge_version(const struct rpc_health *health, struct rpc_report *report)
{
    struct rpc_finding finding = {.area = engine, .check = "Version of AMT", .key = "version"};
    finding.verdict = health->version != NULL ? RPC_FINDING_GOOD : RPC_FINDING_UNKNOWN;
    finding.what = health->version != NULL ? health->version : "AMT doesn't tell";
    if (health->major != 0 && health->major < 11) {
        finding.verdict = RPC_FINDING_WARNING;
        finding.advice = "servers of today want AMT 11.8 or later: TLS 1.2 came with it";
    }
    rpc_doctor_add(report, &finding);
}

/* Bit 1 means something only to firmware with the new interface (ME 16.1). */
static void judge_operational(const struct rpc_health *health, struct rpc_report *report)
{
    const struct mei_watchdog_flags *flags = &health->watchdog;
    struct rpc_finding finding = {.area = engine, .check = "Operational state", .key = "enabled"};
    if (!health->watchdog_known || !flags->new_interface) {
        finding.verdict = RPC_FINDING_NOTE;
        finding.what = "this firmware doesn't tell whether AMT is switched on in the BIOS";
    } else if (flags->enabled) {
        finding.what = "AMT is switched on";
    } else {
        finding.verdict = RPC_FINDING_BLOCKED;
        finding.code = RPC_AMT_NOT_READY;
        finding.what = flags->restricted ? "AMT is switched off, by the manufacturer's policy"
                                         : "AMT is switched off";
        finding.advice = flags->allowed && !flags->restricted
                             ? "rpc configure enable-amt, then restart the machine"
                             : "switch it on in the BIOS (Intel Manageability, AMT)";
    }
    rpc_doctor_add(report, &finding);
}

static void judge_state(const struct rpc_health *health, struct rpc_report *report)
{
    struct rpc_finding finding = {.area = engine, .check = "Control mode", .key = "controlMode"};
    if (!health->mode_known) {
        finding.verdict = RPC_FINDING_UNKNOWN;
        finding.what = "AMT doesn't tell";
    } else {
        finding.what = rpc_words_control_mode(health->mode, false);
        if (health->mode == MEI_CONTROL_NONE) {
            finding.verdict = RPC_FINDING_NOTE;
            finding.advice = "rpc activate --ccm needs no certificate and no server; rpc activate "
                             "--url wss://SERVER/activate --profile NAME asks a server";
        }
    }
    rpc_doctor_add(report, &finding);
    finding = (struct rpc_finding){
        .area = engine, .check = "Provisioning state", .key = "provisioningState"};
    if (!health->state_known) {
        finding.verdict = RPC_FINDING_UNKNOWN;
        finding.what = "AMT doesn't tell";
    } else {
        finding.what = rpc_words_provisioning_state(health->state);
        if (health->state == MEI_PROVISIONING_IN) {
            finding.verdict = RPC_FINDING_BLOCKED;
            finding.code = RPC_UNABLE_TO_ACTIVATE;
            finding.what = "AMT is in the middle of a set-up that nobody has finished";
            finding.advice = health->mode == MEI_CONTROL_NONE
                                 ? "rpc activate --stopConfig, then activate again"
                                 : "rpc deactivate --local, then activate again";
        }
    }
    rpc_doctor_add(report, &finding);
}

static void judge_left(const struct rpc_health *health, struct rpc_report *report)
{
    const struct rpc_finding finding = {
        .area = engine,
        .check = "Made passwords",
        .key = "madePasswords",
        .verdict = RPC_FINDING_WARNING,
        .what = "a run was ended before anybody knew what it had made",
        .advice = health->left == NULL
                      ? NULL
                      : arena_printf(report->arena,
                                     "AMT may have the password (--password-file FILE); delete "
                                     "what is of no more use: %s",
                                     health->left),
    };
    if (health->left != NULL)
        rpc_doctor_add(report, &finding);
}

/* ---- what AMT's own ports say ---- */

static const char remote[] = "Remote control";

static void judge_remote(const struct rpc_health *health, struct rpc_report *report)
{
    struct rpc_finding finding = {
        .area = remote, .check = "Redirection", .key = "redirection", .verdict = RPC_FINDING_NOTE};
    if (health->redirection_known) {
        finding.what = health->redirection ? "KVM, SOL and IDER may be used where they are on"
                                           : "switched off (rpc configure amt-features)";
        rpc_doctor_add(report, &finding);
    }
    if (health->consent_known) {
        finding = (struct rpc_finding){.area = remote,
                                       .check = "User's consent",
                                       .key = "consent",
                                       .verdict = RPC_FINDING_NOTE};
        finding.what = health->consent == 0   ? "not wanted"
                       : health->consent == 1 ? "wanted for KVM"
                                              : "wanted for all redirection";
        rpc_doctor_add(report, &finding);
    }
}

void rpc_doctor_judge(const struct rpc_health *health, struct rpc_report *report)
{
    judge_presence(health, report);
    judge_left(health, report);
    if (!health->me_answers)
        return;
    judge_version(health, report);
    judge_operational(health, report);
    judge_state(health, report);
    rpc_doctor_judge_ways(health, report);
    rpc_doctor_judge_network(health, report);
    rpc_doctor_judge_admin(health, report);
    rpc_doctor_judge_cira(health, report);
    judge_remote(health, report);
}
