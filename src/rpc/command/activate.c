/* rpc activate: sets AMT up, by a server or by itself (rpc.md 1.4, 1.6, 5). */
#include "rpc/command/commands.h"
#include "rpc/machine/machine.h"
#include "rpc/run/result.h"
#include "rpc/server/run.h"
#include "rpc/setup/activation.h"
#include "rpc/setup/config_v2.h"
#include "rpc/setup/profile.h"
#include "rpc/setup/profile_text.h"

#include <string.h>

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

/* ---- by a profile ---- */

static json_t *specific_of(const json_t *profile)
{
    const json_t *configuration = rpc_member(profile, "configuration");
    return (json_t *)(uintptr_t)rpc_member(configuration, "amtSpecific");
}

static bool put(struct rpc *rpc, json_t *profile, const char *name, json_t *value)
{
    json_t *configuration = (json_t *)(uintptr_t)rpc_member(profile, "configuration");
    if (!json_is_object(specific_of(profile)) &&
        !rpc_member_put(configuration, "amtSpecific", json_object())) {
        json_decref(value);
        return rpc_fail(rpc, RPC_WRONG_CONFIGURATION, "it has no configuration");
    }
    return rpc_member_put(specific_of(profile), name, value) ||
           rpc_fail(rpc, RPC_WRONG_PARAMETERS, "--%s is no text in UTF-8", name);
}

/* Whether the profile has what the option says, or has it made. */
static bool has_own(const json_t *profile, const char *option)
{
    const json_t *specific = specific_of(profile);
    return rpc_member_slice(specific, option).size > 0 ||
           (strcmp(option, "mebxpassword") == 0 &&
            rpc_member_flag(specific, "generateRandomMEBXPassword"));
}

/* What is given has the say over v2's files; to v3's profiles it adds what they lack, as
 * --password does. */
static bool put_secrets(struct rpc *rpc, json_t *profile, bool over)
{
    static const char *const names[] = {"provisioningCert", "provisioningCertPwd", "mebxpassword"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct slice secret;
        if (!rpc_given(rpc, names[i]) || (!over && has_own(profile, names[i])))
            continue;
        if (!rpc_secret(rpc, names[i], names[i], false, &secret) ||
            !put(rpc, profile, names[i], json_stringn((const char *)secret.data, secret.size)))
            return false;
    }
    return !over || !rpc_given(rpc, "mebxpassword") ||
           put(rpc, profile, "generateRandomMEBXPassword", json_false());
}

static bool put_mode(struct rpc *rpc, json_t *profile)
{
    bool acm = rpc_flag(rpc, "acm");
    if (!acm && !rpc_flag(rpc, "ccm"))
        return true;
    return put(rpc, profile, "controlMode", json_string(acm ? "acmactivate" : "ccmactivate"));
}

static bool activate_by_v2_files(struct rpc *rpc)
{
    json_t *profile = rpc_config_v2_read(rpc);
    bool ok = profile != NULL && put_secrets(rpc, profile, true) && put_mode(rpc, profile) &&
              rpc_profile_run_parts(rpc, profile, RPC_PROFILE_MODE);
    rpc_profile_free(profile);
    return ok;
}

static bool activate_by_profile(struct rpc *rpc)
{
    json_t *profile = rpc_profile_read_file(rpc, rpc_text(rpc, "profile"));
    bool ok =
        profile != NULL && put_secrets(rpc, profile, false) && rpc_profile_run(rpc, profile, NULL);
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

static bool names_file(const struct rpc *rpc)
{
    const char *profile = rpc_text(rpc, "profile");
    return profile != NULL && rpc_profile_is_file(profile);
}

/* Of what would both be done, the stronger source's counts: a profile of the environment doesn't
 * keep a person from --stopConfig. */
static bool choose(struct rpc *rpc, bool (**way)(struct rpc *))
{
    const char *mode = mode_given(rpc);
    bool by_file = names_file(rpc);
    int order = by_file && mode != NULL ? rpc_compare_sources(rpc, "profile", mode) : -1;
    bool stopping = rpc_flag(rpc, "stopConfig");
    *way = NULL;
    if (rpc_given(rpc, "url") && (mode != NULL || rpc_flag(rpc, "local")))
        return rpc_fail(rpc, RPC_WRONG_COMBINATION,
                        "--url cannot be combined with --local, --ccm, --acm, --stopConfig");
    if (!rpc_given(rpc, "url") && order == 0)
        return rpc_fail(rpc, RPC_WRONG_COMBINATION,
                        "a profile's file (--profile) cannot be combined with --ccm, --acm, "
                        "--stopConfig: its controlMode says which mode it is for");
    *way = rpc_given(rpc, "url")         ? rpc_activate_by_server
           : by_file && order < 0        ? activate_by_profile
           : stopping                    ? stop
           : rpc_config_v2_is_given(rpc) ? activate_by_v2_files
                                         : activate_here;
    if ((*way == activate_here || *way == activate_by_v2_files) && rpc_flag(rpc, "ccm") &&
        rpc_flag(rpc, "acm"))
        return rpc_fail(rpc, RPC_WRONG_COMBINATION, "--ccm and --acm exclude each other");
    return *way != activate_here || mode != NULL ||
           rpc_fail(rpc, RPC_WRONG_PARAMETERS,
                    rpc_flag(rpc, "local")
                        ? "--local needs one of --ccm, --acm and --stopConfig"
                        : "--url, or one of --ccm, --acm, --stopConfig and --profile FILE");
}

static bool check(struct rpc *rpc)
{
    bool (*way)(struct rpc *);
    return choose(rpc, &way) &&
           (way != rpc_activate_by_server || rpc_activate_by_server_check(rpc));
}

static bool run(struct rpc *rpc)
{
    const char *mode = mode_given(rpc);
    bool (*way)(struct rpc *);
    if (!choose(rpc, &way))
        return false;
    if (mode != NULL && rpc_text(rpc, "profile") != NULL)
        rpc_log(rpc, LOG_WARN,
                way == activate_by_profile
                    ? "the profile counts: its controlMode says which mode it is for, and --%s is "
                      "not used"
                    : "--%s counts: the profile is not used",
                mode);
    return way(rpc);
}

const struct rpc_command rpc_activate = {
    .path = "activate",
    .options = RPC_GROUPS(options, rpc_options_v2_files),
    .needs = RPC_NEEDS_ROOT | RPC_NEEDS_TURN | RPC_NEEDS_ME,
    .generations = RPC_V2 | RPC_V3,
    .check = check,
    .run = run,
    .help = "Set AMT up",
};
