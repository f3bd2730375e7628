/* rpc consent: the code with which the user at the machine agrees to redirection. */
#include "amt/consent.h"
#include "amt/amt.h"
#include "amt/feature.h"
#include "rpc/command/commands.h"
#include "rpc/machine/converse.h"
#include "rpc/run/result.h"
#include "rpc/text/json.h"
#include "rpc/text/page.h"

struct consent {
    struct arena *arena;
    uint32_t code;
    struct amt_features features;
    struct amt_consent_result result;
};

static bool read_state(struct amt *amt, void *arg, struct error *err)
{
    struct consent *consent = arg;
    return amt_features_get(amt, consent->arena, &consent->features, err);
}

static bool start(struct amt *amt, void *arg, struct error *err)
{
    struct consent *consent = arg;
    return amt_consent_start(amt, consent->arena, &consent->result, err);
}

static bool send(struct amt *amt, void *arg, struct error *err)
{
    struct consent *consent = arg;
    return amt_consent_send(amt, consent->arena, consent->code, &consent->result, err);
}

static bool cancel(struct amt *amt, void *arg, struct error *err)
{
    struct consent *consent = arg;
    return amt_consent_cancel(amt, consent->arena, &consent->result, err);
}

static const char *state_name(int64_t state)
{
    static const char *const names[] = {"not asked for", "asked for", "code on the screen", "given",
                                        "in session"};
    return state >= 0 && state < 5 ? names[state] : "unknown";
}

static const char *policy_name(uint32_t policy)
{
    return policy == AMT_CONSENT_NONE  ? "none"
           : policy == AMT_CONSENT_KVM ? "kvm"
           : policy == AMT_CONSENT_ALL ? "all"
                                       : "unknown";
}

static bool show(struct rpc *rpc)
{
    struct consent consent = {.arena = rpc_arena(rpc)};
    if (!rpc_converse(rpc, read_state, &consent))
        return false;
    const char *policy = policy_name(consent.features.consent);
    const char *state = state_name(consent.features.opt_in_state);
    if (rpc_output(rpc) == RPC_OUT_JSON) {
        struct rpc_json json;
        rpc_json_init(&json, rpc_out(rpc));
        rpc_json_open(&json, NULL, '{');
        rpc_json_text(&json, "required", policy);
        rpc_json_text(&json, "state", state);
        rpc_json_number(&json, "optInState", consent.features.opt_in_state);
        rpc_json_close(&json, '}');
        return true;
    }
    struct rpc_page page = {.arena = consent.arena};
    rpc_page_section(&page, "User Consent");
    rpc_page_row(&page, "Required for", policy, RPC_PLAIN);
    rpc_page_row(&page, "State", state, RPC_PLAIN);
    rpc_print(rpc, &page);
    return true;
}

static bool change(struct rpc *rpc, struct consent *consent, rpc_talk *talk, const char *done)
{
    if (!rpc_command_amt(rpc, talk, consent))
        return false;
    if (consent->result.return_value != 0)
        return rpc_fail_refusal(rpc, consent->result.return_value, consent->result.return_text,
                                consent->result.description);
    rpc_result(rpc, done, NULL, 0);
    return true;
}

static bool run_start(struct rpc *rpc)
{
    struct consent consent = {.arena = rpc_arena(rpc)};
    return change(rpc, &consent, start, "The screen shows the code");
}

static bool read_code(struct rpc *rpc, uint32_t *code)
{
    const char *text = rpc_operand(rpc, 0);
    uint64_t number;
    struct slice digits = slice_of_string(text != NULL ? text : "");
    if (digits.size != 6 || !slice_to_u64(digits, 999999, &number))
        return rpc_fail(rpc, RPC_WRONG_PARAMETERS, "rpc consent send CODE: six digits");
    *code = (uint32_t)number;
    return true;
}

static bool check_send(struct rpc *rpc)
{
    uint32_t code;
    return read_code(rpc, &code);
}

static bool run_send(struct rpc *rpc)
{
    struct consent consent = {.arena = rpc_arena(rpc)};
    if (!read_code(rpc, &consent.code))
        return false;
    return change(rpc, &consent, send, "AMT has taken the code");
}

static bool run_cancel(struct rpc *rpc)
{
    struct consent consent = {.arena = rpc_arena(rpc)};
    return change(rpc, &consent, cancel, "The consent is taken back");
}

const struct rpc_command rpc_consent_show = {
    .path = "consent show",
    .needs = RPC_NEEDS_ROOT | RPC_NEEDS_ME | RPC_NEEDS_ACTIVATED,
    .generations = RPC_OURS,
    .run = show,
    .help = "What the user's consent is wanted for, and whether it is given",
};

const struct rpc_command rpc_consent_start = {
    .path = "consent start",
    .needs = RPC_NEEDS_TO_CHANGE,
    .generations = RPC_OURS,
    .run = run_start,
    .help = "Have the screen show a code",
};

const struct rpc_command rpc_consent_send = {
    .path = "consent send",
    .operands = 1,
    .needs = RPC_NEEDS_TO_CHANGE,
    .generations = RPC_OURS,
    .check = check_send,
    .run = run_send,
    .help = "Send the code that the screen shows",
};

const struct rpc_command rpc_consent_cancel = {
    .path = "consent cancel",
    .needs = RPC_NEEDS_TO_CHANGE,
    .generations = RPC_OURS,
    .run = run_cancel,
    .help = "Take the code off the screen, or the consent back",
};
