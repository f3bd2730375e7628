/* What came of an errand: what the server says of it, and what AMT says. */
#include "io/fiber.h"
#include "rpc/machine/amt_state.h"
#include "rpc/machine/machine.h"
#include "rpc/server/errand.h"
#include "rpc/server/outcome.h"
#include "rpc/text/json.h"
#include "rpc/text/words.h"

#define STATE_MS     10000 /* for the control mode, when the run is ending */
#define STATE_TRIES  3     /* until it is what the server says */
#define STATE_GAP_MS 1000

static bool agrees(const struct rpc_errand *errand, const struct rpc_amt_state *state)
{
    return errand->outcome == RPC_ERRAND_ANY ||
           (state->mode != MEI_CONTROL_NONE) == (errand->outcome == RPC_ERRAND_SET_UP);
}

/* Asks AMT, whatever anybody says. Also when the run was cancelled. A mode that isn't the expected
 * one is asked for again: AMT takes a moment to leave the old one. */
static void ask(const struct rpc_errand *errand, bool expect, struct rpc_amt_state *state)
{
    struct io_shield shield = io_shield_begin(STATE_MS);
    for (int tries = 1; tries <= STATE_TRIES; tries++) {
        rpc_amt_state_ask(errand->rpc, state);
        if (!expect || !state->mode_known || agrees(errand, state) || !io_sleep(STATE_GAP_MS, NULL))
            break;
    }
    io_shield_end(shield);
}

void rpc_errand_tell_state(const struct rpc_errand *errand)
{
    struct rpc_amt_state state;
    ask(errand, false, &state);
    rpc_amt_state_tell(errand->rpc, LOG_WARN, NULL, &state);
}

static void put_device(struct rpc_json *json, const struct rpc_errand *errand, const char *state)
{
    const struct rpc_server_first *first = &errand->first;
    rpc_json_open(json, "device_info", '{');
    rpc_json_text(json, "amt", first->version);
    rpc_json_text(json, "buildNumber", first->build);
    rpc_json_text(json, "controlMode", state);
    rpc_json_text(json, "dnsSuffix", first->fqdn);
    rpc_json_text(json, "features", first->features);
    rpc_json_text(json, "hostname", first->hostname);
    rpc_json_text(json, "sku", first->sku);
    rpc_json_text(json, "uuid", first->uuid);
    rpc_json_close(json, '}');
}

static void put_json(const struct rpc_errand *errand, const char *state)
{
    struct rpc_json json;
    rpc_json_init(&json, rpc_out(errand->rpc));
    rpc_json_open(&json, NULL, '{');
    put_device(&json, errand, state);
    rpc_json_text(&json, "friendly_name", errand->first.friendly_name);
    rpc_json_text(&json, "message", errand->done);
    rpc_json_text(&json, "profile", errand->profile);
    rpc_json_text(&json, "rps_server", errand->url.shown);
    rpc_json_text(&json, "status", "success");
    rpc_json_close(&json, '}');
}

static bool conclude_success(struct rpc_errand *errand, enum rpc_exit code)
{
    struct rpc *rpc = errand->rpc;
    struct rpc_amt_state state;
    ask(errand, code != errand->usual, &state);
    if (state.mode_known && code != errand->usual && !agrees(errand, &state))
        return rpc_fail(rpc, errand->denied,
                        "the server calls it a success, but AMT says that it is now: %s",
                        rpc_amt_state_words(rpc_arena(rpc), &state, rpc_is_v2(rpc)));
    rpc_amt_state_tell(rpc, LOG_INFO, NULL, &state);
    if (code != RPC_SUCCESS) {
        rpc_set_exit(rpc, code);
        rpc_log(rpc, LOG_ERROR,
                "Error %d: %s: the server calls it a success of which a part failed", (int)code,
                rpc_exit_name(code));
    } else if (rpc_output(rpc) == RPC_OUT_JSON) {
        put_json(errand, state.mode_known ? rpc_words_control_mode(state.mode, false) : NULL);
    }
    return code == RPC_SUCCESS;
}

bool rpc_errand_conclude(struct rpc_errand *errand, const struct rpc_session_end *end)
{
    struct rpc *rpc = errand->rpc;
    struct rpc_final final;
    rpc_final_read(rpc_arena(rpc), end->text, &final);
    rpc_outcome_show(rpc, &final, end->success);
    enum rpc_exit code = rpc_outcome_code(&final, end->success, errand->usual);
    if (end->success)
        return conclude_success(errand, code);
    (void)rpc_fail(rpc, code, "rps returned error: %.*s",
                   SLICE_ARG(slice_first_text(final.status, 900)));
    rpc_errand_tell_state(errand);
    return false;
}
