/* rpc activate: sets AMT up, by a server or by itself (rpc.md 1.4, 1.6, 5). */
#include "rpc/command/commands.h"
#include "rpc/machine/machine.h"
#include "rpc/run/result.h"
#include "rpc/server/run.h"
#include "rpc/setup/activation.h"
#include "rpc/setup/config_v2.h"
#include "rpc/setup/profile.h"
#include "rpc/setup/profile_text.h"

static const struct rpc_option options[] = {
    {.name = "local",
     .letter = 'l',
     .generations = RPC_V2 | RPC_V3,
     .help = "Without a server (as --ccm, --acm and --stopConfig say already)"},
    {.name = "url",
     .letter = 'u',
     .value = RPC_TEXT,
     .generations = RPC_V2 | RPC_V3,
     .help = "ws(s):// of a provisioning server, or http(s):// of a profile"},
    {.name = "profile",
     .value = RPC_TEXT,
     .environment_v2 = "PROFILE",
     .generations = RPC_V2 | RPC_V3,
     .help = "A profile's name, or the path of a profile's file"},
    RPC_OPTION_PROXY(RPC_V2 | RPC_V3, false),
    {.name = "dns",
     .letter = 'd',
     .value = RPC_TEXT,
     .environment_v2 = "DNS_SUFFIX",
     .generations = RPC_V2 | RPC_V3,
     .help = "Another DNS suffix than this machine's"},
    {.name = "hostname",
     .aliases = RPC_TEXTS("h"),
     .value = RPC_TEXT,
     .environment_v2 = "HOSTNAME",
     .generations = RPC_V2 | RPC_V3,
     .help = "Another host name than this machine's"},
    {.name = "name",
     .value = RPC_TEXT,
     .generations = RPC_V2 | RPC_V3,
     .help = "A name for people"},
    {.name = "uuid",
     .value = RPC_TEXT,
     .generations = RPC_V2 | RPC_V3,
     .help = "Another UUID than this machine's"},
    {.name = "ccm", .generations = RPC_V2 | RPC_V3, .help = "Client control mode"},
    {.name = "acm", .generations = RPC_V2 | RPC_V3, .help = "Admin control mode"},
    {.name = "provisioningCert",
     .value = RPC_SECRET,
     .may_be_file = true,
     .environment = "PROVISIONING_CERT",
     .generations = RPC_V2 | RPC_V3,
     .help = "Provisioning certificate and key, base64 of a PFX"},
    {.name = "provisioningCertPwd",
     .value = RPC_SECRET,
     .environment = "PROVISIONING_CERT_PASSWORD",
     .generations = RPC_V2 | RPC_V3,
     .help = "The PFX's password"},
    {.name = "mebxpassword",
     .value = RPC_SECRET,
     .environment = "MEBX_PASSWORD",
     .generations = RPC_V2 | RPC_V3,
     .help = "Password of the MEBx screen"},
    {.name = "tls-tunnel",
     .generations = RPC_V2 | RPC_V3,
     .help = "Ask the server to use the TLS tunnel"},
    {.name = "skipIPRenew",
     .generations = RPC_V2 | RPC_V3,
     .help = "Say nothing of the DHCP lease"},
    {.name = "stopConfig",
     .generations = RPC_V2 | RPC_V3,
     .help = "End a set-up that hangs halfway"},
    RPC_OPTION_AMT_WAIT(false),
    {0},
};

/* ---- without a server ---- */

static bool read_secrets(struct rpc *rpc, struct rpc_activation *wanted)
{
    if (!rpc_password(rpc, &wanted->password))
        return false;
    if (!wanted->admin)
        return true;
    if (rpc_given(rpc, "mebxpassword") &&
        !rpc_secret(rpc, "mebxpassword", "MEBx Password", false, &wanted->mebx))
        return false;
    if (!rpc_given(rpc, "provisioningCert"))
        return rpc_fail(rpc, RPC_WRONG_PARAMETERS,
                        "admin control mode needs --provisioningCert (base64 of a PFX, or the name "
                        "of a PFX or PEM file)");
    return rpc_secret(rpc, "provisioningCert", "Provisioning Certificate", false,
                      &wanted->certificate) &&
           (!rpc_given(rpc, "provisioningCertPwd") ||
            rpc_secret(rpc, "provisioningCertPwd", "Provisioning Certificate Password", false,
                       &wanted->certificate_password));
}

static bool activate_here(struct rpc *rpc)
{
    struct rpc_activation wanted = {.admin = rpc_flag(rpc, "acm")};
    struct rpc_fault fault;
    const struct rpc_result_member members[] = {{"mode", wanted.admin ? "ACM" : "CCM"},
                                                {"friendly_name", rpc_text(rpc, "name")}};
    rpc_log(rpc, LOG_INFO, "Starting local AMT activation in %s mode", members[0].value);
    if (!read_secrets(rpc, &wanted))
        return false;
    rpc_log(rpc, LOG_INFO, "Performing %s activation...", members[0].value);
    if (!rpc_activate_here(rpc, &wanted, &fault))
        return rpc_fail_fault(rpc, &fault);
    rpc_result(rpc,
               wanted.admin ? "Device activated in Admin Control Mode"
                            : "Device activated in Client Control Mode",
               members, sizeof members / sizeof *members);
    return true;
}

/* The command line has the say over v2's files. */
static bool put(struct rpc *rpc, json_t *profile, const char *name, struct slice text)
{
    json_t *configuration = (json_t *)(uintptr_t)rpc_member(profile, "configuration");
    json_t *specific = (json_t *)(uintptr_t)rpc_member(configuration, "amtSpecific");
    if (!json_is_object(specific)) {
        specific = json_object();
        if (!rpc_member_put(configuration, "amtSpecific", specific))
            return rpc_fail(rpc, RPC_WRONG_CONFIGURATION, "it has no configuration");
    }
    return rpc_member_put(specific, name, json_stringn((const char *)text.data, text.size)) ||
           rpc_fail(rpc, RPC_WRONG_PARAMETERS, "--%s is no text in UTF-8", name);
}

static bool put_secret(struct rpc *rpc, json_t *profile, const char *option)
{
    struct slice secret;
    if (!rpc_given(rpc, option))
        return true;
    return rpc_secret(rpc, option, option, false, &secret) && put(rpc, profile, option, secret);
}

static bool put_mode(struct rpc *rpc, json_t *profile)
{
    bool acm = rpc_flag(rpc, "acm");
    if (!acm && !rpc_flag(rpc, "ccm"))
        return true;
    return put(rpc, profile, "controlMode", slice_of_string(acm ? "acmactivate" : "ccmactivate"));
}

static bool activate_by_file(struct rpc *rpc)
{
    json_t *profile = rpc_config_v2_read(rpc);
    bool ok = profile != NULL && put_secret(rpc, profile, "provisioningCert") &&
              put_secret(rpc, profile, "provisioningCertPwd") && put_mode(rpc, profile) &&
              rpc_profile_run_parts(rpc, profile, RPC_PROFILE_MODE);
    rpc_profile_free(profile);
    return ok;
}

static bool stop(struct rpc *rpc)
{
    struct rpc_fault fault;
    if (!rpc_stop_configuration(rpc, &fault))
        return rpc_fail_fault(rpc, &fault);
    if (rpc_output(rpc) == RPC_OUT_JSON)
        rpc_result(rpc, "AMT configuration stopped", NULL, 0);
    else
        buffer_put_text(rpc_out(rpc), "AMT configuration stopped successfully\n");
    return true;
}

/* Which of --ccm, --acm and --stopConfig is given; NULL: none. */
static const char *mode_given(const struct rpc *rpc)
{
    static const char *const modes[] = {"ccm", "acm", "stopConfig"};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (rpc_flag(rpc, modes[i]))
            return modes[i];
    return NULL;
}

/* A profile's file says itself which mode it is for. Of the two the stronger source's counts: a
 * profile of the environment doesn't keep a person from --stopConfig. False: the run has failed. */
static bool choose_file(struct rpc *rpc, bool *runs)
{
    const char *profile = rpc_text(rpc, "profile"), *mode = mode_given(rpc);
    bool is_file = profile != NULL && rpc_profile_is_file(profile);
    *runs = is_file;
    if (profile == NULL || mode == NULL)
        return true;
    int order = rpc_compare_sources(rpc, "profile", mode);
    if (is_file && order == 0)
        return rpc_fail(rpc, RPC_WRONG_COMBINATION,
                        "a profile's file (--profile) cannot be combined with --ccm, --acm, "
                        "--stopConfig: its controlMode says which mode it is for");
    *runs = is_file && order < 0;
    rpc_log(rpc, LOG_WARN,
            *runs ? "the profile counts: its controlMode says which mode it is for, and --%s is "
                    "not used"
                  : "--%s counts: the profile is not used",
            mode);
    return true;
}

static bool run(struct rpc *rpc)
{
    bool runs_file;
    bool ccm = rpc_flag(rpc, "ccm"), acm = rpc_flag(rpc, "acm");
    bool stopping = rpc_flag(rpc, "stopConfig");
    if (rpc_given(rpc, "url")) {
        if (rpc_flag(rpc, "local") || ccm || acm || stopping)
            return rpc_fail(rpc, RPC_WRONG_COMBINATION,
                            "--url cannot be combined with --local, --ccm, --acm, --stopConfig");
        return rpc_activate_by_server(rpc);
    }
    if (!choose_file(rpc, &runs_file))
        return false;
    if (runs_file)
        return rpc_profile_run_file(rpc, rpc_text(rpc, "profile"));
    if (rpc_config_v2_is_given(rpc) && !(ccm && acm) && !stopping)
        return activate_by_file(rpc);
    if (ccm && acm)
        return rpc_fail(rpc, RPC_WRONG_COMBINATION, "--ccm and --acm exclude each other");
    if (stopping)
        return stop(rpc);
    if (ccm || acm)
        return activate_here(rpc);
    return rpc_fail(rpc, RPC_WRONG_PARAMETERS,
                    rpc_flag(rpc, "local")
                        ? "--local needs one of --ccm, --acm and --stopConfig"
                        : "--url, or one of --ccm, --acm, --stopConfig and --profile FILE");
}

const struct rpc_command rpc_activate = {
    .path = "activate",
    .options = RPC_GROUPS(options, rpc_options_v2_files),
    .needs = RPC_NEEDS_ROOT | RPC_NEEDS_TURN | RPC_NEEDS_ME,
    .generations = RPC_V2 | RPC_V3,
    .run = run,
    .help = "Set AMT up",
};
