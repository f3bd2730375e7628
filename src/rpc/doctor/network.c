/* AMT's adapters and its clock. */
#include "rpc/doctor/parts.h"

#include <string.h>

#define CLOCK_MINUTE 60
#define CLOCK_DAY    86400

static const char network[] = "Network";

bool rpc_doctor_has_adapter(bool known, const struct mei_lan *lan)
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
    if (!rpc_doctor_has_adapter(known, lan)) {
        if (!wired)
            return;
        finding.verdict = RPC_FINDING_NOTE;
        finding.what = "AMT has no wired port";
    } else if (!lan->link_up) {
        finding.verdict = wired ? RPC_FINDING_WARNING : RPC_FINDING_NOTE;
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
            finding.verdict = RPC_FINDING_WARNING;
            finding.advice = lan->dhcp ? "no DHCP server answered AMT, or the host has no address "
                                         "that AMT could share"
                                       : "the static address isn't set: rpc configure wired";
        }
    }
    rpc_doctor_add(report, &finding);
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
        finding.verdict = RPC_FINDING_BLOCKED;
        finding.code = RPC_SYNC_CLOCK_FAILED;
    } else if (off > (int64_t)5 * CLOCK_MINUTE) {
        finding.verdict = RPC_FINDING_WARNING;
    }
    if (finding.verdict != RPC_FINDING_GOOD)
        finding.advice = "certificates look expired, or not yet valid, to AMT: rpc configure "
                         "sync-clock";
    rpc_doctor_add(report, &finding);
}

void rpc_doctor_judge_network(const struct rpc_health *health, struct rpc_report *report)
{
    judge_adapter(health, report, true);
    judge_adapter(health, report, false);
    judge_clock(health, report);
}
