/* rpc maintenance …: v2's way to have a server put one thing right (rpc.md 1.6). */
#include "rpc/command/commands.h"
#include "rpc/run/run.h"
#include "rpc/server/run.h"

static const struct rpc_option syncip_options[] = {
    {.name = "staticip",
     .value = RPC_TEXT,
     .generations = RPC_V2,
     .help = "Address; without it the one of the host"},
    {.name = "netmask", .value = RPC_TEXT, .generations = RPC_V2, .help = "Subnet mask"},
    {.name = "gateway", .value = RPC_TEXT, .generations = RPC_V2, .help = "Gateway"},
    {.name = "primarydns", .value = RPC_TEXT, .generations = RPC_V2, .help = "First name server"},
    {.name = "secondarydns",
     .value = RPC_TEXT,
     .generations = RPC_V2,
     .help = "Second name server"},
    {0},
};

static const struct rpc_option changepassword_options[] = {
    {.name = "static",
     .value = RPC_SECRET,
     .generations = RPC_V2,
     .help = "The new password; without it the server makes one"},
    {0},
};

const struct rpc_command rpc_maintenance_syncclock = {
    .path = "maintenance syncclock",
    .options = RPC_GROUPS(rpc_options_v2),
    .needs = RPC_NEEDS_TO_CHANGE | RPC_NEEDS_PASSWORD,
    .generations = RPC_V2,
    .check = rpc_by_server_check,
    .run = rpc_sync_clock_by_server,
    .help = "Set AMT's clock, by a server",
};

const struct rpc_command rpc_maintenance_synchostname = {
    .path = "maintenance synchostname",
    .options = RPC_GROUPS(rpc_options_v2),
    .needs = RPC_NEEDS_TO_CHANGE | RPC_NEEDS_PASSWORD,
    .generations = RPC_V2,
    .check = rpc_by_server_check,
    .run = rpc_sync_hostname_by_server,
    .help = "Give AMT the host's name, by a server",
};

const struct rpc_command rpc_maintenance_syncip = {
    .path = "maintenance syncip",
    .options = RPC_GROUPS(syncip_options, rpc_options_v2),
    .needs = RPC_NEEDS_TO_CHANGE | RPC_NEEDS_PASSWORD,
    .generations = RPC_V2,
    .check = rpc_sync_ip_by_server_check,
    .run = rpc_sync_ip_by_server,
    .help = "Give AMT the host's address, by a server",
};

const struct rpc_command rpc_maintenance_changepassword = {
    .path = "maintenance changepassword",
    .options = RPC_GROUPS(changepassword_options, rpc_options_v2),
    .needs = RPC_NEEDS_TO_CHANGE | RPC_NEEDS_PASSWORD,
    .generations = RPC_V2,
    .check = rpc_by_server_check,
    .run = rpc_change_password_by_server,
    .help = "Change AMT's password, by a server",
};

const struct rpc_command rpc_maintenance_syncdeviceinfo = {
    .path = "maintenance syncdeviceinfo",
    .options = RPC_GROUPS(rpc_options_v2),
    .needs = RPC_NEEDS_TO_CHANGE | RPC_NEEDS_PASSWORD,
    .generations = RPC_V2,
    .check = rpc_by_server_check,
    .run = rpc_sync_device_info_by_server,
    .help = "Tell a server what is known of the machine",
};
