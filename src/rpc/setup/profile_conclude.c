/*
 * The end of a profile's run: who keeps a record is told, and the result is printed.
 *
 * What becomes of the passwords that were made at the end of the run (`has`: enum rpc_has):
 *
 *   has     | AMT is     | with a server               | without one
 *   --------+------------+-----------------------------+--------------------------------------
 *   HAS_NOT | any        | it is told nothing; the MEBx password is shown if AMT has it
 *   MAY     | any        | it is told nothing, since it may know another program's; shown
 *   HAS     | not active | it is told nothing; shown
 *           | else       | it is told; where it does   | shown
 *           |            | not take them, and this run |
 *           |            | has activated AMT, they are |
 *           |            | taken back; else shown      |
 *
 * That of a server that AMT calls goes with the others where AMT has it. Its own:
 *
 *   MPS     | with a server that is told of the rest      | without one, or where it isn't told
 *   --------+---------------------------------------------+------------------------------------
 *   no cira | it is told to forget the one that it knows  | -
 *   HAS_NOT | it is told nothing, and keeps what it knows | -
 *   MAY     | the same; shown                             | shown
 *   HAS     | it is told                                  | shown, or taken back as above
 *
 * Shown is what was printed; where nobody can see that, the files stay (made.h).
 */
#include "io/fiber.h"
#include "rpc/machine/machine.h"
#include "rpc/made/made.h"
#include "rpc/setup/profile_parts.h"
#include "rpc/text/json.h"

#define KEEP_MS 60000 /* for telling the keeper, also when the run is ending */

/* ---- telling ---- */

static void print_json(struct rpc_profile_work *work, bool ok)
{
    struct rpc *rpc = work->rpc;
    struct rpc_json json;
    rpc_json_init(&json, rpc_out(rpc));
    rpc_json_open(&json, NULL, '{');
    rpc_json_text(&json, "amtPassword", rpc_made_password(rpc, RPC_MADE_AMT));
    rpc_json_text(&json, "mebxPassword", rpc_made_password(rpc, RPC_MADE_MEBX));
    rpc_json_text(&json, "mode", work->outcome->admin ? "ACM" : "CCM");
    rpc_json_text(&json, "mpsPassword", rpc_made_password(rpc, RPC_MADE_MPS));
    rpc_json_text(&json, "profile", work->outcome->name);
    rpc_json_text(&json, "status", ok ? "success" : "failed");
    rpc_json_open(&json, "steps", '[');
    for (size_t i = 0; i < work->count; i++) {
        rpc_json_open(&json, NULL, '{');
        rpc_json_text(&json, "message", work->told[i].fault);
        rpc_json_text(&json, "status", work->told[i].fault == NULL ? "success" : "failed");
        rpc_json_text(&json, "step", work->told[i].step);
        rpc_json_close(&json, '}');
    }
    rpc_json_close(&json, ']');
    rpc_json_close(&json, '}');
}

static void print(struct rpc_profile_work *work, bool ok)
{
    if (rpc_output(work->rpc) == RPC_OUT_JSON) {
        print_json(work, ok);
        return;
    }
    for (size_t i = 0; i < RPC_MADE_KINDS; i++) {
        const char *password = rpc_made_password(work->rpc, (enum rpc_made_kind)i);
        if (password != NULL)
            buffer_printf(rpc_out(work->rpc), "%s password: %s\n",
                          rpc_made_name((enum rpc_made_kind)i), password);
    }
}

/* ---- keeping ---- */

/* AMT is what PTHI says that it is. Where it says nothing, it may have what was made. */
static bool is_active(struct rpc_profile_work *work)
{
    struct rpc_fault fault;
    unsigned mode;
    rpc_control_mode_changed(work->rpc);
    if (rpc_control_mode_or(work->rpc, &mode, &fault.err))
        return mode != MEI_CONTROL_NONE;
    (void)error_wrap(&fault.err, "whether AMT is activated is not known");
    (void)rpc_fault_take(&fault, RPC_ACTIVATION_GET_MODE, &fault.err);
    rpc_profile_tell(work, "control-mode", &fault);
    return true;
}

/* That of a server that AMT calls is not told of before AMT surely has it: the server may know the
 * one that AMT still uses. */
static void forget_what_was_told(struct rpc *rpc, const struct rpc_profile_outcome *outcome)
{
    rpc_made_known(rpc, RPC_MADE_AMT, outcome->password);
    rpc_made_known(rpc, RPC_MADE_MEBX, outcome->mebx_password);
    rpc_made_known(rpc, RPC_MADE_MPS, outcome->mps_password);
    if (rpc_made_any(rpc))
        rpc_log(rpc, LOG_WARN, "the server was not told of every password that was made");
}

/* The MEBx password outlives a deactivation and is held on; the others are too, where AMT does not
 * say that it is at its beginning. */
static void take_back(struct rpc *rpc)
{
    struct rpc_fault fault;
    rpc_log(rpc, LOG_WARN,
            "Nobody would know the password that was made: the activation is taken back");
    struct io_shield shield = io_shield_begin_for_answer(RPC_SET_UP_MS);
    bool ok = rpc_deactivate_here(rpc, false, &fault);
    io_shield_end(shield);
    if (!ok) {
        rpc_log(rpc, LOG_ERROR, "the activation could not be taken back: %s", fault.err.text);
        return;
    }
    rpc_made_drop(rpc, RPC_MADE_AMT);
    rpc_made_drop(rpc, RPC_MADE_MPS);
}

/* Where nobody can be told, what there is stays to be shown. */
static void tell_keeper(struct rpc_profile_work *work, const struct rpc_profile_keeper *keeper)
{
    struct rpc *rpc = work->rpc;
    struct rpc_fault fault;
    bool told = false;
    struct io_shield shield = io_shield_begin_for_answer(KEEP_MS);
    bool active = is_active(work);
    if (active)
        told = keeper->keep(keeper->arg, work->outcome, &fault);
    io_shield_end(shield);
    if (!active)
        return;
    rpc_profile_tell(work, "register", told ? NULL : &fault);
    if (told)
        forget_what_was_told(rpc, work->outcome);
    else if (rpc_made_any(rpc) && !work->was_active)
        take_back(rpc);
}

bool rpc_profile_conclude(struct rpc_profile_work *work, const struct rpc_profile_keeper *keeper)
{
    struct rpc *rpc = work->rpc;
    work->outcome->mebx_password = work->given.mebx;
    if (keeper != NULL && work->given.password == RPC_HAS)
        tell_keeper(work, keeper);
    else if (keeper != NULL && work->given.password == RPC_MAY_HAVE)
        rpc_log(rpc, LOG_WARN,
                "whether AMT has this run's password is not known, so the server isn't told of it");
    bool ok = rpc_failed(rpc) == RPC_SUCCESS;
    print(work, ok);
    rpc_made_show(rpc);
    return ok && rpc_failed(rpc) == RPC_SUCCESS;
}
