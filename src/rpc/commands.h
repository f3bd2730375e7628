/* The commands by name, each defined in a file of its own; listed in commands.c in the order of the
 * help. */
#ifndef RPC_COMMANDS_H
#define RPC_COMMANDS_H

#include "rpc/command.h"

extern const struct rpc_command rpc_version;
extern const struct rpc_command rpc_amtinfo;

#endif
