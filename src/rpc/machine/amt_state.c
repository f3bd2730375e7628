#include "rpc/machine/amt_state.h"

#include "io/fiber.h"
#include "io/loop.h"
#include "rpc/machine/machine.h"
#include "rpc/machine/parts.h"
#include "rpc/text/words.h"

#define ASK_MS  10000
#define SHOW_MS 2000 /* until it shows what the engine has said yes to */
#define GAP_MS  1000

void rpc_amt_state_ask(struct rpc *rpc, struct rpc_amt_state *state)
{
    struct error ignored;
    struct io_shield shield = io_shield_begin(ASK_MS);
    *state = (struct rpc_amt_state){.mode = MEI_CONTROL_NONE, .state = MEI_PROVISIONING_PRE};
    rpc_control_mode_changed(rpc);
    state->mode_known = rpc_control_mode_or(rpc, &state->mode, &ignored);
    struct mei_pthi *pthi = state->mode_known ? rpc_pthi_or(rpc, &ignored) : NULL;
    state->state_known = pthi != NULL && mei_pthi_provisioning_state(pthi, &state->state, &ignored);
    io_shield_end(shield);
}

bool rpc_amt_state_is_halfway(const struct rpc_amt_state *state)
{
    return state->state_known && state->state == MEI_PROVISIONING_IN;
}

bool rpc_amt_state_is_not_activated(const struct rpc_amt_state *state)
{
    return state->mode_known && state->mode == MEI_CONTROL_NONE;
}

bool rpc_amt_state_is_at_beginning(const struct rpc_amt_state *state)
{
    return rpc_amt_state_is_not_activated(state) && state->state_known &&
           state->state != MEI_PROVISIONING_IN;
}

const char *rpc_amt_state_words(struct arena *arena, const struct rpc_amt_state *state, bool v2)
{
    const char *mode = rpc_words_control_mode(state->mode, v2);
    if (!rpc_amt_state_is_halfway(state))
        return mode;
    return arena_printf(arena, "%s, %s; \"rpc deactivate --local\" ends that", mode,
                        rpc_words_provisioning_state(state->state));
}

void rpc_amt_state_tell(struct rpc *rpc, enum log_level level, const char *before,
                        const struct rpc_amt_state *state)
{
    const char *first = before != NULL ? before : "";
    const char *mark = before != NULL ? "; " : "";
    rpc_machine_of(rpc)->told = true;
    if (state->mode_known)
        rpc_log(rpc, level, "%s%sAMT says that it is now: %s", first, mark,
                rpc_amt_state_words(rpc_arena(rpc), state, rpc_is_v2(rpc)));
    else
        rpc_log(rpc, LOG_WARN, "%s%sAMT doesn't say in which mode it is now: see \"rpc amtinfo\"",
                first, mark);
}

bool rpc_amt_state_await(struct rpc *rpc, bool (*is)(const struct rpc_amt_state *state),
                         uint64_t ms, struct rpc_amt_state *state)
{
    uint64_t until = io_now() + ms;
    for (;;) {
        bool last = io_now() >= until;
        rpc_amt_state_ask(rpc, state);
        if (is(state))
            return true;
        if (last || !io_sleep(GAP_MS, NULL))
            return false;
    }
}

bool rpc_amt_state_undo(struct rpc *rpc, struct rpc_amt_state *state, struct error *err)
{
    static bool (*const steps[])(struct mei_pthi *, struct error *) = {mei_pthi_unprovision,
                                                                       mei_pthi_stop_configuration};
    struct error why;
    error_clear(err);
    rpc_amt_state_ask(rpc, state);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && !rpc_amt_state_is_at_beginning(state);
         i++) {
        if (i > 0 && state->state_known && !rpc_amt_state_is_halfway(state))
            break;
        struct mei_pthi *pthi = rpc_pthi_or(rpc, &why);
        bool said_yes = pthi != NULL && steps[i](pthi, &why);
        if (!said_yes)
            *err = why;
        if (said_yes)
            (void)rpc_amt_state_await(rpc, rpc_amt_state_is_at_beginning, SHOW_MS, state);
        else
            rpc_amt_state_ask(rpc, state);
    }
    if (rpc_amt_state_is_at_beginning(state))
        return true;
    return err->code != ERROR_NONE
               ? false
               : error_set(err, ERROR_DEVICE, "AMT says yes, and stays as it was");
}

void rpc_amt_state_touch(struct rpc *rpc)
{
    rpc_machine_of(rpc)->touched = true;
}

void rpc_amt_state_tell_end(struct rpc *rpc)
{
    struct rpc_amt_state state;
    if (!rpc_machine_of(rpc)->touched) {
        rpc_log(rpc, LOG_WARN, "AMT was left as it was found");
    } else if (!rpc_machine_of(rpc)->told) {
        rpc_amt_state_ask(rpc, &state);
        rpc_amt_state_tell(rpc, LOG_WARN, "interrupted", &state);
    }
}
