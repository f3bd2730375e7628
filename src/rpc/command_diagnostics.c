/* rpc diagnostics …: what the firmware has written down (rpc.md 1.4). */
#include "rpc/commands.h"
#include "rpc/rpc.h"

static const struct rpc_option output_options[] = {
    {.name = "output",
     .letter = 'o',
     .value = RPC_TEXT,
     .generations = RPC_V3,
     .help = "The file; without it one with the time in its name"},
    {0},
};

static const struct rpc_option wsman_options[] = {
    {.name = "class",
     .letter = 'c',
     .value = RPC_LIST,
     .generations = RPC_V3,
     .help = "A class; as often as you like"},
    {.name = "all", .letter = 'a', .generations = RPC_V3, .help = "Every class"},
    {.name = "output",
     .letter = 'o',
     .value = RPC_TEXT,
     .generations = RPC_V3,
     .help = "A file; without it standard output"},
    {.name = "format",
     .letter = 'f',
     .value = RPC_TEXT,
     .preset = "json",
     .choices = "json|xml|table",
     .generations = RPC_V3,
     .help = "How it is written"},
    {0},
};

const struct rpc_command rpc_diagnostics_cira = {
    .path = "diagnostics cira",
    .aliases = RPC_TEXTS("diag cira"),
    .options = RPC_GROUPS(output_options),
    .needs = RPC_NEEDS_ROOT | RPC_NEEDS_ME,
    .generations = RPC_V3,
    .run = rpc_not_written,
    .help = "Write the log of the calls to a server into a file",
};

const struct rpc_command rpc_diagnostics_csme = {
    .path = "diagnostics csme",
    .aliases = RPC_TEXTS("diag csme"),
    .options = RPC_GROUPS(output_options),
    .needs = RPC_NEEDS_ROOT,
    .generations = RPC_V3,
    .run = rpc_not_written,
    .help = "Write the firmware's flash log into a file",
};

const struct rpc_command rpc_diagnostics_wsman_list = {
    .path = "diagnostics wsman list",
    .aliases = RPC_TEXTS("diag wsman list", "diagnostics ws-man list", "diag ws-man list"),
    .generations = RPC_V3,
    .run = rpc_not_written,
    .help = "List the classes that can be read",
};

const struct rpc_command rpc_diagnostics_wsman_get = {
    .path = "diagnostics wsman get",
    .aliases = RPC_TEXTS("diag wsman get", "diagnostics ws-man get", "diag ws-man get"),
    .options = RPC_GROUPS(wsman_options),
    .needs = RPC_NEEDS_ROOT | RPC_NEEDS_ME,
    .generations = RPC_V3,
    .run = rpc_not_written,
    .help = "Read classes of AMT",
};

const struct rpc_command rpc_diagnostics_bundle = {
    .path = "diagnostics bundle",
    .aliases = RPC_TEXTS("diag bundle"),
    .options = RPC_GROUPS(output_options),
    .needs = RPC_NEEDS_ROOT,
    .generations = RPC_V3,
    .run = rpc_not_written,
    .help = "Collect all of it into one file",
};
