/*
 * What AMT says that it is, when something was done to it: the control mode and the state of
 * provisioning, asked of PTHI and said in one sentence, whichever command ends. And the way back to
 * the beginning by what PTHI says, without AMT's password. On the run's fiber; also when the run
 * was cancelled.
 */
#ifndef RPC_MACHINE_AMT_STATE_H
#define RPC_MACHINE_AMT_STATE_H

#include "rpc/run/run.h"

struct rpc_amt_state {
    bool mode_known, state_known;
    unsigned mode;  /* enum mei_control_mode */
    unsigned state; /* enum mei_provisioning_state */
};

void rpc_amt_state_ask(struct rpc *rpc, struct rpc_amt_state *state);

/* In the middle of a set-up that nobody has finished. */
bool rpc_amt_state_is_halfway(const struct rpc_amt_state *state);

/* Not activated, and not on the way there. */
bool rpc_amt_state_is_at_beginning(const struct rpc_amt_state *state);

/* The same, whatever the state of provisioning. */
bool rpc_amt_state_is_not_activated(const struct rpc_amt_state *state);

/* Asks until that is so, or the time is over. */
bool rpc_amt_state_await(struct rpc *rpc, bool (*is)(const struct rpc_amt_state *state),
                         uint64_t ms, struct rpc_amt_state *state);

/* "not activated", "not activated, in provisioning; \"rpc deactivate --local\" ends that"; with
 * `v2` the mode in v2's words. In the arena. */
const char *rpc_amt_state_words(struct arena *arena, const struct rpc_amt_state *state, bool v2);

/* "AMT says that it is now: …"; with `before`, that and a semicolon first. */
void rpc_amt_state_tell(struct rpc *rpc, enum log_level level, const char *before,
                        const struct rpc_amt_state *state);

/* Unprovision, and StopConfiguration when that doesn't end a set-up. True when AMT says that it is
 * at its beginning; else what AMT refuses. *state: what it says at the end. */
bool rpc_amt_state_undo(struct rpc *rpc, struct rpc_amt_state *state, struct error *err);

/* From here on the run changes AMT. */
void rpc_amt_state_touch(struct rpc *rpc);

/* What a run that was interrupted says of AMT when it has not finished what it was to do: that it
 * was left alone, if it was, or what AMT says now, if that wasn't said already. */
void rpc_amt_state_tell_end(struct rpc *rpc);

#endif
