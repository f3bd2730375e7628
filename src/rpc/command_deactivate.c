/* rpc deactivate: takes AMT back to where it came from (rpc.md 1.4, 5.4). */
#include "rpc/commands.h"
#include "rpc/rpc.h"

static const struct rpc_option options[] = {
    {.name = "local", .letter = 'l', .generations = RPC_V2 | RPC_V3, .help = "Without a server"},
    {.name = "partial",
     .generations = RPC_V2 | RPC_V3,
     .help = "Keep the network and the certificates (admin control mode, --local)"},
    {.name = "url",
     .letter = 'u',
     .value = RPC_TEXT,
     .generations = RPC_V2 | RPC_V3,
     .help = "ws(s):// of a provisioning server, or http(s):// of a console"},
    {.name = "force",
     .letter = 'f',
     .generations = RPC_V2 | RPC_V3,
     .help = "Go on although the server doesn't know the machine"},
    {.name = "uuid",
     .value = RPC_TEXT,
     .generations = RPC_V3,
     .help = "Another UUID than this machine's"},
    {.name = "tls-tunnel", .generations = RPC_V3, .help = "Ask the server to use the TLS tunnel"},
    {.name = "proxy",
     .aliases = RPC_TEXTS("p"),
     .value = RPC_TEXT,
     .environment_v2 = "PROXY",
     .generations = RPC_V2 | RPC_V3,
     .help = "HTTP proxy on the way to the server"},
    {.name = "amt-wait",
     .aliases = RPC_TEXTS("t"),
     .value = RPC_DURATION,
     .preset = "2m0s",
     .generations = RPC_V2,
     .help = "How long AMT may take to become ready"},
    {0},
};

const struct rpc_command rpc_deactivate = {
    .path = "deactivate",
    .options = RPC_GROUPS(options),
    .needs = RPC_NEEDS_ROOT | RPC_NEEDS_ME,
    .generations = RPC_V2 | RPC_V3,
    .run = rpc_not_written,
    .help = "Take AMT out of use",
};
