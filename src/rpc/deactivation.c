/* Taking AMT out of use (spec rpc 5.4). */
#include "amt/setup.h"
#include "amt/status.h"
#include "io/fiber.h"
#include "rpc/activation.h"
#include "rpc/machine.h"

static bool is_gone(struct rpc *rpc)
{
    struct error err;
    unsigned mode;
    rpc_control_mode_changed(rpc);
    return rpc_control_mode_or(rpc, &mode, &err) && mode == MEI_CONTROL_NONE;
}

static bool end_client(struct rpc *rpc, struct rpc_fault *fault)
{
    struct error why;
    struct mei_pthi *pthi = rpc_pthi_or(rpc, &why);
    if (pthi != NULL && mei_pthi_unprovision(pthi, &why))
        return true;
    return is_gone(rpc) || rpc_fault_take(fault, RPC_DEACTIVATION_FAILED, &why);
}

/* A set-up that was cut off in the middle is undone without AMT's password. */
static bool end_halfway(struct rpc *rpc, const struct error *why, struct rpc_fault *fault)
{
    struct error err;
    unsigned state = MEI_PROVISIONING_POST;
    struct mei_pthi *pthi = rpc_pthi_or(rpc, &err);
    if (is_gone(rpc))
        return true;
    if (pthi != NULL && mei_pthi_provisioning_state(pthi, &state, &err) &&
        state == MEI_PROVISIONING_IN)
        return mei_pthi_unprovision(pthi, &err) || mei_pthi_stop_configuration(pthi, &err) ||
               rpc_fault_take(fault, RPC_DEACTIVATION_FAILED, &err);
    return rpc_fault_take(fault, RPC_UNABLE_TO_DEACTIVATE, why);
}

static bool call(struct rpc *rpc, struct amt *amt, bool partial, struct error *err)
{
    struct wsman_reply reply;
    int64_t value = 0;
    bool ok = partial ? amt_setup_unprovision_partly(amt, rpc_arena(rpc), &reply, &value, err)
                      : amt_setup_unprovision(amt, rpc_arena(rpc), &reply, &value, err);
    return ok && (value == 0 ||
                  amt_status_refuse(err, partial ? "PartialUnprovision" : "Unprovision", value));
}

static bool end_admin(struct rpc *rpc, bool partial, struct rpc_fault *fault)
{
    struct amt *amt;
    struct error why;
    if (rpc_amt_or(rpc, RPC_AS_ADMIN, false, &amt, &why) && call(rpc, amt, partial, &why))
        return true;
    return partial ? rpc_fault_take(fault, RPC_UNABLE_TO_DEACTIVATE, &why)
                   : end_halfway(rpc, &why, fault);
}

bool rpc_deactivate_here(struct rpc *rpc, bool partial, struct rpc_fault *fault)
{
    unsigned mode;
    rpc_control_mode_changed(rpc);
    if (!rpc_control_mode_or(rpc, &mode, &fault->err))
        return rpc_fault_take_me(fault, RPC_UNABLE_TO_DEACTIVATE, &fault->err);
    if (mode == MEI_CONTROL_NONE)
        return rpc_fault_set(fault, RPC_UNABLE_TO_DEACTIVATE,
                             "Deactivation failed. Device control mode: not activated");
    if (partial && mode != MEI_CONTROL_ADMIN)
        return rpc_fault_set(fault, RPC_UNABLE_TO_DEACTIVATE,
                             "--partial is for admin control mode; AMT is in client control mode");
    struct io_shield shield = io_shield_begin_for_answer(RPC_SET_UP_MS);
    bool ok = mode == MEI_CONTROL_CLIENT ? end_client(rpc, fault) : end_admin(rpc, partial, fault);
    io_shield_end(shield);
    rpc_control_mode_changed(rpc);
    if (rpc_is_interrupted())
        rpc_log(rpc, LOG_WARN,
                ok ? "the deactivation was finished before ending" : "AMT stays activated");
    return ok;
}

bool rpc_stop_configuration(struct rpc *rpc, struct rpc_fault *fault)
{
    unsigned state = MEI_PROVISIONING_PRE;
    struct mei_pthi *pthi = rpc_pthi_or(rpc, &fault->err);
    if (pthi == NULL || !mei_pthi_provisioning_state(pthi, &state, &fault->err))
        return rpc_fault_take_me(fault, RPC_GENERIC_FAILURE, &fault->err);
    if (state != MEI_PROVISIONING_IN)
        return rpc_fault_set(fault, RPC_GENERIC_FAILURE,
                             "there is no set-up to stop: AMT is %s provisioning",
                             state == MEI_PROVISIONING_PRE ? "before" : "past");
    return mei_pthi_stop_configuration(pthi, &fault->err) ||
           rpc_fault_take_me(fault, RPC_GENERIC_FAILURE, &fault->err);
}
