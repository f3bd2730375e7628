#include "rpc/server_run.h"

bool rpc_activate_by_server(struct rpc *rpc)
{
    return rpc_not_written(rpc);
}

bool rpc_deactivate_by_server(struct rpc *rpc)
{
    return rpc_not_written(rpc);
}

bool rpc_sync_clock_by_server(struct rpc *rpc)
{
    return rpc_not_written(rpc);
}
