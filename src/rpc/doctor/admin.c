/* What admin control mode wants: a DNS suffix, roots, a certificate that fits. */
#include "rpc/doctor/parts.h"

#include <string.h>
#include <strings.h>

static const char admin[] = "Admin control mode";

static void judge_certificate(const struct rpc_health *health, struct rpc_report *report)
{
    struct rpc_finding finding = {
        .area = admin, .check = "Provisioning certificate", .key = "provisioningCertificate"};
    if (!health->certificate_given) {
        finding.verdict = RPC_FINDING_NOTE;
        finding.what = "not looked at; --provisioningCert has it checked";
    } else if (health->certificate_code != RPC_SUCCESS) {
        finding.verdict = RPC_FINDING_BLOCKED;
        finding.code = health->certificate_code;
        finding.what = health->certificate_fault;
        finding.advice = "AMT takes a certificate for Intel AMT activation, with its chain and its "
                         "root, whose hash is in rpc amtinfo --cert";
    } else if (!health->certificate_fits) {
        finding.verdict = RPC_FINDING_BLOCKED;
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
    rpc_doctor_add(report, &finding);
}

void rpc_doctor_judge_admin(const struct rpc_health *health, struct rpc_report *report)
{
    struct rpc_finding finding = {.area = admin, .check = "DNS suffix", .key = "dnsSuffix"};
    if (health->dns_suffix == NULL) {
        finding.verdict = RPC_FINDING_UNKNOWN;
        finding.what = "AMT doesn't tell";
    } else if (health->dns_suffix[0] == '\0') {
        finding.verdict = RPC_FINDING_WARNING;
        finding.what = "AMT has none, so that no provisioning certificate fits (error 5 of AMT)";
        finding.advice =
            "have DHCP's option 15 say it on the wired port, or set the PKI DNS suffix "
            "in the MEBx; client control mode needs none";
    } else {
        finding.what = health->dns_suffix;
        if (health->host_suffix != NULL &&
            strcasecmp(health->host_suffix, health->dns_suffix) != 0) {
            finding.verdict = RPC_FINDING_NOTE;
            finding.what = arena_printf(report->arena, "%s; the host's is %s", health->dns_suffix,
                                        health->host_suffix);
        }
    }
    rpc_doctor_add(report, &finding);
    if (health->hashes_known) {
        finding = (struct rpc_finding){
            .area = admin,
            .check = "Trusted roots",
            .key = "hashes",
            .what = arena_printf(report->arena, "%zu hashes are active", health->hash_count)};
        if (health->hash_count == 0) {
            finding.verdict = RPC_FINDING_WARNING;
            finding.advice = "no provisioning certificate fits: add your root's hash in the MEBx";
        }
        rpc_doctor_add(report, &finding);
    }
    if (health->zero_touch_known && !health->zero_touch) {
        finding = (struct rpc_finding){
            .area = admin,
            .check = "Remote configuration",
            .key = "remoteConfiguration",
            .verdict = RPC_FINDING_WARNING,
            .what = "set-up with a certificate is switched off",
            .advice = "switch \"Remote Configuration\" on in the MEBx; client control mode works"};
        rpc_doctor_add(report, &finding);
    }
    judge_certificate(health, report);
}
