/* rpc activate: sets AMT up, by a server or by itself (rpc.md 1.4, 1.6, 5). */
#include "rpc/command/commands.h"
#include "rpc/machine/machine.h"
#include "rpc/run/result.h"
#include "rpc/server/run.h"
#include "rpc/setup/activation.h"
#include "rpc/setup/config_v2.h"
#include "rpc/setup/profile.h"
#include "rpc/setup/profile_given.h"

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

/* ---- what says how AMT is to be set up, and how strong its source is ---- */

static unsigned strongest(const struct rpc *rpc, const char *const *names)
{
    unsigned most = 0;
    for (; *names != NULL; names++) {
        unsigned one = rpc_strength(rpc, *names);
        most = one > most ? one : most;
    }
    return most;
}

static const char *const modes[] = {"ccm", "acm", "stopConfig", NULL};
static const char *const v2_files[] = {"config", "configJson", "configv2", NULL};

/* Beside --url a profile is the server's, whatever its name is like. */
static unsigned strength_of_file(const struct rpc *rpc)
{
    const char *profile = rpc_text(rpc, "profile");
    return profile != NULL && rpc_profile_is_file(profile) ? rpc_strength(rpc, "profile") : 0;
}

static bool mode_counts(const struct rpc *rpc)
{
    unsigned mode = strongest(rpc, modes);
    return mode > 0 && mode >= strongest(rpc, v2_files);
}

/* That mode is one of the strongest source. */
static bool is_mode(const struct rpc *rpc, const char *mode)
{
    return mode_counts(rpc) && rpc_strength(rpc, mode) == strongest(rpc, modes);
}

static bool wants_admin(const struct rpc *rpc)
{
    return is_mode(rpc, "acm");
}

static bool activate_here(struct rpc *rpc)
{
    struct rpc_activation wanted = {.admin = wants_admin(rpc)};
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

/* The mode of a source that is at least as strong as the one of v2's files has the say over them.
 */
static bool put_mode(struct rpc *rpc, json_t *profile)
{
    if (!mode_counts(rpc))
        return true;
    return rpc_profile_put(rpc, profile, "controlMode",
                           json_string(wants_admin(rpc) ? "acmactivate" : "ccmactivate"));
}

static bool activate_by_v2_files(struct rpc *rpc)
{
    json_t *profile = rpc_config_v2_read(rpc);
    bool ok = profile != NULL && put_mode(rpc, profile) &&
              rpc_profile_given_put(rpc, true, profile) &&
              rpc_profile_run_parts(rpc, profile, RPC_PROFILE_MODE);
    rpc_profile_free(profile);
    return ok;
}

static bool activate_by_profile(struct rpc *rpc)
{
    json_t *profile = rpc_profile_read_file(rpc, rpc_text(rpc, "profile"));
    bool ok = profile != NULL && rpc_profile_given_put(rpc, false, profile) &&
              rpc_profile_run(rpc, profile, NULL);
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

/* ---- which of them ---- */

enum way { BY_SERVER, BY_PROFILE, BY_V2_FILES, BY_MODE, WAYS };

static bool fail_without_way(struct rpc *rpc)
{
    bool v2 = rpc_is_v2(rpc);
    if (rpc_flag(rpc, "local"))
        return rpc_fail(rpc, v2 ? RPC_WRONG_COMBINATION : RPC_WRONG_PARAMETERS,
                        "--local needs one of --ccm, --acm and --stopConfig");
    return rpc_fail(rpc, v2 && rpc_says_more(rpc) ? RPC_WRONG_URL : RPC_WRONG_PARAMETERS,
                    "--url, or one of --ccm, --acm, --stopConfig and --profile FILE");
}

/* Unless a stronger source says that it is to be done here. *fails: the same source says both,
 * which v2 lets pass for modes. */
static bool is_by_server(const struct rpc *rpc, bool *fails)
{
    unsigned url = rpc_strength(rpc, "url"), local = rpc_strength(rpc, "local");
    unsigned mode = strongest(rpc, modes), v2 = strongest(rpc, v2_files);
    *fails = url > 0 && (url == local || (url == mode && !rpc_is_v2(rpc)));
    return url > 0 && url >= local && url >= mode && url >= v2;
}

/* Of what excludes each other the strongest source's counts: a profile of the environment doesn't
 * keep a person from --stopConfig. */
static bool choose(struct rpc *rpc, enum way *way)
{
    unsigned file = strength_of_file(rpc);
    unsigned mode = strongest(rpc, modes), v2 = strongest(rpc, v2_files);
    unsigned here = mode > v2 ? mode : v2;
    bool fails;
    *way = BY_SERVER;
    if (is_by_server(rpc, &fails))
        return !fails || rpc_fail(rpc, RPC_WRONG_COMBINATION,
                                  "--url cannot be combined with --local, --ccm, --acm, "
                                  "--stopConfig");
    *way = file > here ? BY_PROFILE : mode_counts(rpc) ? BY_MODE : BY_V2_FILES;
    if (file > here)
        return true;
    if (here == 0)
        return fail_without_way(rpc);
    if (file == here && !rpc_is_v2(rpc))
        return rpc_fail(rpc, RPC_WRONG_COMBINATION,
                        "a profile's file (--profile) cannot be combined with --ccm, --acm, "
                        "--stopConfig: its controlMode says which mode it is for; nor with "
                        "--config, --configJson, --configv2");
    if (v2 > 0 && !is_mode(rpc, "stopConfig"))
        *way = BY_V2_FILES;
    return !is_mode(rpc, "ccm") || !is_mode(rpc, "acm") ||
           rpc_fail(rpc, RPC_WRONG_COMBINATION, "--ccm and --acm exclude each other");
}

static bool check(struct rpc *rpc)
{
    enum way way;
    return choose(rpc, &way) && (way != BY_SERVER || rpc_activate_by_server_check(rpc));
}

static void warn_of(struct rpc *rpc, const char *option)
{
    if (rpc_strength(rpc, option) > 0)
        rpc_log(rpc, LOG_WARN, "--%s is not used: what else is given counts more", option);
}

static void warn_of_others(struct rpc *rpc, enum way way)
{
    bool by_mode = way == BY_MODE || way == BY_V2_FILES;
    for (const char *const *at = modes; *at != NULL; at++)
        if (!by_mode || !is_mode(rpc, *at))
            warn_of(rpc, *at);
    for (const char *const *at = v2_files; *at != NULL; at++)
        if (way != BY_V2_FILES)
            warn_of(rpc, *at);
    warn_of(rpc, way == BY_SERVER ? "local" : "url");
    if (by_mode)
        warn_of(rpc, "profile");
}

static bool run(struct rpc *rpc)
{
    static bool (*const runs[WAYS])(struct rpc *) = {[BY_SERVER] = rpc_activate_by_server,
                                                     [BY_PROFILE] = activate_by_profile,
                                                     [BY_V2_FILES] = activate_by_v2_files};
    enum way way;
    if (!choose(rpc, &way))
        return false;
    warn_of_others(rpc, way);
    if (way != BY_MODE)
        return runs[way](rpc);
    return is_mode(rpc, "stopConfig") ? stop(rpc) : activate_here(rpc);
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
