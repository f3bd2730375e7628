/* rpc configure …: the secrets and services of AMT (rpc.md 1.4, 5). */
#include "rpc/command/commands.h"
#include "rpc/command/configure.h"
#include "rpc/run/run.h"

static const struct rpc_option mebx_options[] = {
    {.name = "mebxpassword",
     .value = RPC_SECRET,
     .environment = "MEBX_PASSWORD",
     .generations = RPC_V2 | RPC_V3,
     .help = "The new password of the MEBx screen"},
    {0},
};

static const struct rpc_option amt_password_options[] = {
    {.name = "newamtpassword",
     .aliases = RPC_TEXTS("newAMTPassword"),
     .value = RPC_SECRET,
     .generations = RPC_V2 | RPC_V3,
     .help = "The new password"},
    {0},
};

static const struct rpc_option amt_features_options[] = {
    {.name = "userConsent",
     .value = RPC_TEXT,
     .preset = "all",
     .choices = "kvm|all|none",
     .generations = RPC_V2 | RPC_V3,
     .help = "When the user has to agree"},
    {.name = "kvm", .generations = RPC_V2 | RPC_V3, .help = "Switch screen sharing on"},
    {.name = "sol", .generations = RPC_V2 | RPC_V3, .help = "Switch the serial console on"},
    {.name = "ider", .generations = RPC_V2 | RPC_V3, .help = "Switch remote drives on"},
    {.name = "disableAll", .generations = RPC_V3, .hidden = true, .help = "Switch all of them off"},
    {0},
};

static const struct rpc_option cira_options[] = {
    {.name = "mpspassword",
     .value = RPC_SECRET,
     .environment = "MPS_PASSWORD",
     .generations = RPC_V2 | RPC_V3,
     .help = "Password of this machine at the server"},
    {.name = "mpsaddress",
     .value = RPC_TEXT,
     .environment = "MPS_ADDRESS",
     .generations = RPC_V2 | RPC_V3,
     .help = "Name or address of the server, without a port"},
    {.name = "mpsport",
     .value = RPC_NUMBER,
     .preset = "4433",
     .minimum = 1,
     .maximum = UINT16_MAX,
     .generations = RPC_OURS,
     .help = "Port of the server"},
    {.name = "mpscert",
     .value = RPC_TEXT,
     .environment = "MPS_CERT",
     .generations = RPC_V2 | RPC_V3,
     .help = "The server's root certificate, base64"},
    {.name = "envdetection",
     .value = RPC_LIST,
     .environment = "ENVIRONMENT_DETECTION",
     .generations = RPC_V2 | RPC_V3,
     .help = "DNS suffixes inside of which AMT stays silent"},
    {.name = "generateRandomPassword",
     .environment = "GENERATE_RANDOM_PASSWORD",
     .generations = RPC_V3,
     .help = "Make a password of 12 characters"},
    {0},
};

static const struct rpc_option sync_clock_options[] = {
    {.name = "url",
     .letter = 'u',
     .value = RPC_TEXT,
     .generations = RPC_V3,
     .help = "ws(s):// of a server that sets it"},
    {0},
};

static const struct rpc_option proxy_options[] = {
    {.name = "list", .generations = RPC_V3, .help = "Show what is set"},
    {.name = "delete", .generations = RPC_V3, .help = "Remove one"},
    {.name = "address", .value = RPC_TEXT, .generations = RPC_V3, .help = "Address of the proxy"},
    {.name = "port",
     .value = RPC_NUMBER,
     .preset = "80",
     .minimum = 1,
     .maximum = UINT16_MAX,
     .generations = RPC_V3,
     .help = "Port of the proxy"},
    {.name = "networkdnssuffix",
     .value = RPC_TEXT,
     .generations = RPC_V3,
     .help = "The network in which it is used"},
    {0},
};

static const struct rpc_option tls_options[] = {
    {.name = "mode",
     .value = RPC_TEXT,
     .preset = "Server",
     .choices = "Server|ServerAndNonTLS|Mutual|MutualAndNonTLS|None",
     .generations = RPC_V2 | RPC_V3,
     .help = "Who shows a certificate, and whether AMT listens without TLS"},
    {.name = "delay",
     .value = RPC_NUMBER,
     .preset = "3",
     .generations = RPC_V2 | RPC_V3,
     .help = "Seconds between setting TLS and looking at it (no longer needed)"},
    {.name = "ca-out",
     .value = RPC_TEXT,
     .generations = RPC_OURS,
     .help = "File for the CA that signs AMT's certificate, with its key"},
    {0},
};

static bool only_lists(const struct rpc *rpc)
{
    return rpc_flag(rpc, "list");
}

const struct rpc_command rpc_configure_amt_password = {
    .path = "configure amt-password",
    .aliases = RPC_TEXTS("configure amtpassword", "configure changeamtpassword"),
    .options = RPC_GROUPS(amt_password_options, rpc_options_v2),
    .needs = RPC_NEEDS_TO_CHANGE | RPC_NEEDS_PASSWORD,
    .generations = RPC_V2 | RPC_V3,
    .run = rpc_run_amt_password,
    .help = "Change AMT's password",
};

const struct rpc_command rpc_configure_mebx = {
    .path = "configure mebx",
    .aliases = RPC_TEXTS("configure setmebx"),
    .options = RPC_GROUPS(mebx_options, rpc_options_v2),
    .needs = RPC_NEEDS_TO_CHANGE | RPC_NEEDS_PASSWORD,
    .generations = RPC_V2 | RPC_V3,
    .run = rpc_run_mebx,
    .help = "Set the password of the MEBx screen",
};

const struct rpc_command rpc_configure_amt_features = {
    .path = "configure amt-features",
    .aliases = RPC_TEXTS("configure amtfeatures", "configure setamtfeatures"),
    .options = RPC_GROUPS(amt_features_options, rpc_options_v2),
    .needs = RPC_NEEDS_TO_CHANGE | RPC_NEEDS_PASSWORD,
    .generations = RPC_V2 | RPC_V3,
    .run = rpc_run_amt_features,
    .help = "Switch redirection on or off, and when the user has to agree",
};

const struct rpc_command rpc_configure_enable_amt = {
    .path = "configure enable-amt",
    .aliases = RPC_TEXTS("configure enable-op-state", "configure enable-operational-state"),
    .needs = RPC_NEEDS_ROOT | RPC_NEEDS_TURN,
    .generations = RPC_V3,
    .run = rpc_run_enable_amt,
    .help = "Switch AMT on",
};

const struct rpc_command rpc_configure_disable_amt = {
    .path = "configure disable-amt",
    .aliases = RPC_TEXTS("configure disable-op-state", "configure disable-operational-state"),
    .needs = RPC_NEEDS_ROOT | RPC_NEEDS_TURN,
    .generations = RPC_V3,
    .run = rpc_run_disable_amt,
    .help = "Switch AMT off",
};

const struct rpc_command rpc_configure_cira = {
    .path = "configure cira",
    .options = RPC_GROUPS(cira_options, rpc_options_v2),
    .needs = RPC_NEEDS_TO_CHANGE | RPC_NEEDS_PASSWORD,
    .generations = RPC_V2 | RPC_V3,
    .check = rpc_check_cira,
    .run = rpc_run_cira,
    .help = "Have AMT call a server from outside",
};

const struct rpc_command rpc_configure_sync_clock = {
    .path = "configure sync-clock",
    .aliases = RPC_TEXTS("configure syncclock", "configure synctime"),
    .options = RPC_GROUPS(sync_clock_options, rpc_options_v2),
    .needs = RPC_NEEDS_TO_CHANGE | RPC_NEEDS_PASSWORD,
    .generations = RPC_V2 | RPC_V3,
    .check = rpc_check_sync_clock,
    .run = rpc_run_sync_clock,
    .help = "Set AMT's clock",
};

const struct rpc_command rpc_configure_tls = {
    .path = "configure tls",
    .aliases = RPC_TEXTS("configure configuretls"),
    .options = RPC_GROUPS(tls_options, rpc_options_enterprise_assistant, rpc_options_v2_files,
                          rpc_options_v2),
    .needs = RPC_NEEDS_TO_CHANGE,
    .generations = RPC_V2 | RPC_V3,
    .check = rpc_check_tls,
    .run = rpc_run_tls,
    .help = "Set how AMT uses TLS",
};

const struct rpc_command rpc_configure_proxy = {
    .path = "configure proxy",
    .aliases = RPC_TEXTS("configure httpproxy"),
    .options = RPC_GROUPS(proxy_options),
    .needs = RPC_NEEDS_TO_CHANGE | RPC_NEEDS_PASSWORD,
    .only_looks = only_lists,
    .generations = RPC_V3,
    .check = rpc_check_proxy,
    .run = rpc_run_proxy,
    .help = "HTTP proxies for calling a server",
};

const struct rpc_command rpc_configure_hostname = {
    .path = "configure hostname",
    .aliases = RPC_TEXTS("configure synchostname", "configure sethostname"),
    .needs = RPC_NEEDS_TO_CHANGE | RPC_NEEDS_PASSWORD,
    .generations = RPC_V3,
    .run = rpc_run_host_name,
    .help = "Give AMT the host's name",
};
