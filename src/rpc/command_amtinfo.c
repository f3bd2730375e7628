#include "rpc/rpc.h"

const struct rpc_command rpc_amtinfo = {
    .path = "amtinfo",
    .generations = RPC_V2 | RPC_V3,
    .run = rpc_not_written,
    .help = "What is known of AMT on this machine",
};
