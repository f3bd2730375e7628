/* Taking AMT out of use (spec rpc 5.4). */
#include "amt/setup.h"
#include "amt/status.h"
#include "io/fiber.h"
#include "rpc/machine/amt_state.h"
#include "rpc/machine/machine.h"
#include "rpc/setup/activation.h"

#define HALFWAY "AMT is in the middle of a set-up, which is ended"
#define SHOW_MS 10000 /* until the engine shows what AMT has said yes to, or not answered */

static bool end_client(struct rpc *rpc, struct rpc_fault *fault)
{
    struct rpc_amt_state state;
    struct error why;
    return rpc_amt_state_undo(rpc, &state, &why) ||
           rpc_fault_take(fault, RPC_DEACTIVATION_FAILED, &why);
}

/* AMT is what the engine says, whatever was said to the call; `why` is cleared by a yes. A set-up
 * that was cut off in the middle is undone without AMT's password; in what state of provisioning
 * PartialUnprovision leaves firmware is not known. */
static bool end_by_state(struct rpc *rpc, bool partial, uint64_t ms, const struct error *why,
                         struct rpc_fault *fault)
{
    struct rpc_amt_state state;
    if (rpc_amt_state_await(
            rpc, partial ? rpc_amt_state_is_not_activated : rpc_amt_state_is_at_beginning, ms,
            &state))
        return true;
    if (rpc_amt_state_is_halfway(&state)) {
        rpc_log(rpc, LOG_INFO, HALFWAY);
        return end_client(rpc, fault);
    }
    if (why->code != ERROR_NONE)
        return rpc_fault_take(fault, RPC_UNABLE_TO_DEACTIVATE, why);
    bool stays = state.mode_known && state.mode != MEI_CONTROL_NONE;
    return rpc_fault_set(fault, RPC_DEACTIVATION_FAILED, "AMT says yes to the deactivation, %s%s",
                         stays ? "and is still: " : "and doesn't say what it is now",
                         stays ? rpc_amt_state_words(rpc_arena(rpc), &state, rpc_is_v2(rpc)) : "");
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
    bool asked = rpc_amt_or(rpc, RPC_AS_ADMIN, &amt, &why);
    bool done = asked && call(rpc, amt, partial, &why);
    if (done)
        error_clear(&why);
    bool refused = !done && (why.code == ERROR_DEVICE || why.code == ERROR_LOGIN);
    return end_by_state(rpc, partial, asked && !refused ? SHOW_MS : 0, &why, fault);
}

/* What is neither activated nor in the middle of that has nothing to be ended. */
static bool look(struct rpc *rpc, bool partial, struct rpc_amt_state *state,
                 struct rpc_fault *fault)
{
    unsigned mode;
    rpc_control_mode_changed(rpc);
    if (!rpc_control_mode_or(rpc, &mode, &fault->err))
        return rpc_fault_take_me(fault, RPC_UNABLE_TO_DEACTIVATE, &fault->err);
    rpc_amt_state_ask(rpc, state);
    if (mode == MEI_CONTROL_NONE && (partial || !rpc_amt_state_is_halfway(state)))
        return rpc_fault_set(fault, RPC_UNABLE_TO_DEACTIVATE,
                             "Deactivation failed. Device control mode: %s",
                             rpc_amt_state_words(rpc_arena(rpc), state, rpc_is_v2(rpc)));
    state->mode = mode;
    return !partial || mode == MEI_CONTROL_ADMIN ||
           rpc_fault_set(fault, RPC_UNABLE_TO_DEACTIVATE,
                         "--partial is for admin control mode; AMT is in client control mode");
}

static bool deactivate(struct rpc *rpc, bool partial, struct rpc_fault *fault)
{
    struct rpc_amt_state state = {.mode = MEI_CONTROL_NONE};
    if (!look(rpc, partial, &state, fault))
        return false;
    struct io_shield shield = io_shield_begin_for_answer(RPC_SET_UP_MS);
    rpc_amt_state_touch(rpc);
    if (state.mode == MEI_CONTROL_NONE)
        rpc_log(rpc, LOG_INFO, HALFWAY);
    bool ok =
        state.mode == MEI_CONTROL_ADMIN ? end_admin(rpc, partial, fault) : end_client(rpc, fault);
    io_shield_end(shield);
    return ok;
}

bool rpc_deactivate_here(struct rpc *rpc, bool partial, struct rpc_fault *fault)
{
    bool ok = deactivate(rpc, partial, fault);
    rpc_control_mode_changed(rpc);
    if (rpc_is_interrupted() && ok)
        rpc_log(rpc, LOG_WARN, "the deactivation was finished before ending");
    else if (rpc_is_interrupted())
        rpc_amt_state_tell_end(rpc);
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
