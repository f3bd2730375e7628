/* rpc version: works without AMT and without rights. */
#include "rpc/commands.h"
#include "rpc/rpc.h"

static bool run(struct rpc *rpc)
{
    buffer_printf(rpc_out(rpc), "rpc %s\n", OUTBAND_VERSION);
    return true;
}

const struct rpc_command rpc_version = {
    .path = "version",
    .generations = RPC_V2 | RPC_V3,
    .run = run,
    .help = "The versions of this program and of its protocol",
};
