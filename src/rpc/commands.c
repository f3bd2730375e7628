#include "rpc/commands.h"

const struct rpc_command *const rpc_commands[] = {
    &rpc_amtinfo,
    &rpc_version,
    NULL,
};
