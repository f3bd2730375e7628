#include "rpc/sync.h"

bool rpc_sync(struct rpc *rpc, const struct rpc_facts *facts)
{
    (void)facts;
    return rpc_fail(rpc, RPC_GENERIC_FAILURE, "\"rpc amtinfo --sync\" isn't there yet");
}
