#include "rpc/download.h"

#include "io/fiber.h"
#include "rpc/activation.h"
#include "rpc/console.h"
#include "rpc/machine.h"
#include "rpc/result.h"

#define TELL_MS 60000 /* for telling the server, also when the run is ending */

bool rpc_activate_by_profile(struct rpc *rpc, const struct rpc_url *url)
{
    (void)url;
    return rpc_not_written(rpc);
}

bool rpc_deactivate_at_console(struct rpc *rpc, const struct rpc_url *url)
{
    struct rpc_console *console;
    struct rpc_facts facts;
    struct rpc_fault fault;
    struct error err;
    enum rpc_exit code = RPC_GENERIC_FAILURE;
    if (!rpc_console_open(rpc, url, rpc_text(rpc, "proxy"), &console))
        return false;
    rpc_facts_collect(rpc, RPC_FACT_UUID, &facts);
    bool ok = facts.uuid != NULL ||
              rpc_fail(rpc, RPC_INVALID_UUID, "this machine has no UUID to be known by");
    if (ok && !rpc_deactivate_here(rpc, false, &fault))
        ok = rpc_fail_fault(rpc, &fault);
    struct io_shield shield = io_shield_begin_for_answer(TELL_MS);
    if (ok && !rpc_console_remove(console, facts.uuid, &code, &err))
        ok = rpc_fail(rpc, code, "AMT is deactivated, but the server still lists it: %s", err.text);
    io_shield_end(shield);
    rpc_console_close(console);
    if (ok)
        rpc_result(rpc, "Device deactivated", NULL, 0);
    return ok;
}
