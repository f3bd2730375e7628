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

/* The stronger source's of --acm and --ccm, of which one is given. */
static bool wants_admin(const struct rpc *rpc)
{
    return rpc_strength(rpc, "acm") > rpc_strength(rpc, "ccm");
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

static bool put_mode(struct rpc *rpc, json_t *profile)
{
    if (!rpc_flag(rpc, "acm") && !rpc_flag(rpc, "ccm"))
        return true;
    return rpc_profile_put(rpc, profile, "controlMode",
                           json_string(wants_admin(rpc) ? "acmactivate" : "ccmactivate"));
}

/* What is given has the say over v2's files. */
static bool activate_by_v2_files(struct rpc *rpc)
{
    struct rpc_profile_given given;
    if (!rpc_profile_given_read(rpc, &given))
        return false;
    json_t *profile = rpc_config_v2_read(rpc);
    bool ok = profile != NULL && put_mode(rpc, profile) &&
              rpc_profile_given_put(rpc, &given, true, profile) &&
              rpc_profile_run_parts(rpc, profile, RPC_PROFILE_MODE);
    rpc_profile_free(profile);
    return ok;
}

static bool activate_by_profile(struct rpc *rpc)
{
    struct rpc_profile_given given;
    if (!rpc_profile_given_read(rpc, &given))
        return false;
    json_t *profile = rpc_profile_read_file(rpc, rpc_text(rpc, "profile"));
    bool ok = profile != NULL && rpc_profile_given_put(rpc, &given, false, profile) &&
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

/* What says how AMT is to be set up, by the ways that lead there. */
enum way { BY_SERVER, BY_PROFILE, BY_V2_FILES, BY_MODE, WAYS };

static const struct {
    enum way way;
    const char *option;
} says[] = {
    {BY_SERVER, "url"},        {BY_PROFILE, "profile"},
    {BY_V2_FILES, "config"},   {BY_V2_FILES, "configJson"},
    {BY_V2_FILES, "configv2"}, {BY_MODE, "ccm"},
    {BY_MODE, "acm"},          {BY_MODE, "stopConfig"},
};
#define SAYS (sizeof says / sizeof *says)

/* 0: it says nothing. A profile's name alone is for a server. */
static unsigned strength_of(const struct rpc *rpc, size_t i)
{
    bool is_name = says[i].way == BY_PROFILE && rpc_text(rpc, "profile") != NULL &&
                   !rpc_profile_is_file(rpc_text(rpc, "profile"));
    return is_name ? 0 : rpc_strength(rpc, says[i].option);
}

/* For each way the strongest source that leads there. */
struct strengths {
    unsigned of[WAYS], most;
};

static struct strengths weigh(const struct rpc *rpc)
{
    struct strengths strengths = {.most = 0};
    for (size_t i = 0; i < SAYS; i++) {
        unsigned one = strength_of(rpc, i);
        if (one > strengths.of[says[i].way])
            strengths.of[says[i].way] = one;
        if (one > strengths.most)
            strengths.most = one;
    }
    return strengths;
}

/* The modes of the strongest source that has some. */
static bool has_mode(const struct rpc *rpc, const struct strengths *strengths, const char *option)
{
    return strengths->of[BY_MODE] > 0 && rpc_strength(rpc, option) == strengths->of[BY_MODE];
}

static bool fail_without_way(struct rpc *rpc)
{
    bool local = rpc_flag(rpc, "local"), v2 = rpc_is_v2(rpc);
    if (local)
        return rpc_fail(rpc, v2 ? RPC_WRONG_COMBINATION : RPC_WRONG_PARAMETERS,
                        "--local needs one of --ccm, --acm and --stopConfig");
    return rpc_fail(rpc, v2 && rpc_says_more(rpc) ? RPC_WRONG_URL : RPC_WRONG_PARAMETERS,
                    "--url, or one of --ccm, --acm, --stopConfig and --profile FILE");
}

/* What the same source gives must be of one way; v2's files and a mode are. */
static bool check_combination(struct rpc *rpc, const struct strengths *strengths)
{
    unsigned most = strengths->most;
    bool server = strengths->of[BY_SERVER] == most, profile = strengths->of[BY_PROFILE] == most;
    bool here = strengths->of[BY_MODE] == most || strengths->of[BY_V2_FILES] == most;
    if (server && (here || rpc_strength(rpc, "local") == most))
        return rpc_fail(rpc, RPC_WRONG_COMBINATION,
                        "--url cannot be combined with --local, --ccm, --acm, --stopConfig, nor "
                        "with --config, --configJson, --configv2");
    if (profile && (here || server))
        return rpc_fail(rpc, RPC_WRONG_COMBINATION,
                        "a profile's file (--profile) cannot be combined with --ccm, --acm, "
                        "--stopConfig: its controlMode says which mode it is for; nor with --url, "
                        "--config, --configJson, --configv2");
    return !has_mode(rpc, strengths, "ccm") || !has_mode(rpc, strengths, "acm") || !here ||
           rpc_fail(rpc, RPC_WRONG_COMBINATION, "--ccm and --acm exclude each other");
}

/* Of what excludes each other the strongest source's counts: a profile of the environment doesn't
 * keep a person from --stopConfig. */
static bool choose(struct rpc *rpc, enum way *way)
{
    struct strengths strengths = weigh(rpc);
    *way = BY_MODE;
    if (strengths.most == 0)
        return fail_without_way(rpc);
    if (!check_combination(rpc, &strengths))
        return false;
    if (strengths.of[BY_SERVER] == strengths.most)
        *way = BY_SERVER;
    else if (strengths.of[BY_PROFILE] == strengths.most)
        *way = BY_PROFILE;
    else if (strengths.of[BY_V2_FILES] > 0 && !has_mode(rpc, &strengths, "stopConfig"))
        *way = BY_V2_FILES;
    return true;
}

static bool check(struct rpc *rpc)
{
    enum way way;
    return choose(rpc, &way) && (way != BY_SERVER || rpc_activate_by_server_check(rpc));
}

/* A mode is v2's files', too, and a profile the server's. */
static bool is_used(const struct rpc *rpc, size_t i, enum way way)
{
    struct strengths strengths = weigh(rpc);
    if (says[i].way == BY_MODE)
        return (way == BY_MODE || way == BY_V2_FILES) && has_mode(rpc, &strengths, says[i].option);
    return says[i].way == way || (way == BY_SERVER && says[i].way == BY_PROFILE);
}

static void warn_of_others(struct rpc *rpc, enum way way)
{
    for (size_t i = 0; i < SAYS; i++)
        if (rpc_strength(rpc, says[i].option) > 0 && !is_used(rpc, i, way))
            rpc_log(rpc, LOG_WARN, "--%s is not used: what else is given counts more",
                    says[i].option);
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
    struct strengths strengths = weigh(rpc);
    return has_mode(rpc, &strengths, "stopConfig") ? stop(rpc) : activate_here(rpc);
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
