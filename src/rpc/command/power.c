/* rpc power: the state of this machine's power as AMT sees it, and what AMT can do to it. */
#include "amt/power.h"
#include "amt/power_action.h"
#include "rpc/command/commands.h"
#include "rpc/machine/converse.h"
#include "rpc/run/result.h"
#include "rpc/text/json.h"
#include "rpc/text/page.h"

#include <string.h>

struct power {
    struct arena *arena;
    int action;
    struct amt_power_state state;
    struct amt_power_result result;
};

static const char *state_name(int64_t state)
{
    static const char *const names[] = {
        [2] = "on",       [3] = "light sleep", [4] = "deep sleep", [5] = "off, to be on again",
        [6] = "hard off", [7] = "hibernated",  [8] = "off",        [9] = "off, to be on again"};
    bool known = state >= 2 && state < (int64_t)(sizeof names / sizeof names[0]);
    return known ? names[state] : "unknown";
}

static const char *saving_name(int64_t state)
{
    static const char *const names[] = {"unknown", "unsupported", "full power", "power saving"};
    return state >= 0 && state < 4 ? names[state] : "unknown";
}

static bool read_state(struct amt *amt, void *arg, struct error *err)
{
    struct power *power = arg;
    return amt_power_get_state(amt, power->arena, &power->state, err);
}

static bool show(struct rpc *rpc)
{
    struct power power = {.arena = rpc_arena(rpc)};
    if (!rpc_converse(rpc, read_state, &power))
        return false;
    const char *state = state_name(power.state.power_state);
    const char *saving = saving_name(power.state.os_power_saving_state);
    if (rpc_output(rpc) == RPC_OUT_JSON) {
        struct rpc_json json;
        rpc_json_init(&json, rpc_out(rpc));
        rpc_json_open(&json, NULL, '{');
        rpc_json_text(&json, "power", state);
        rpc_json_number(&json, "powerState", power.state.power_state);
        rpc_json_text(&json, "osPowerSaving", saving);
        rpc_json_number(&json, "osPowerSavingState", power.state.os_power_saving_state);
        rpc_json_close(&json, '}');
        return true;
    }
    struct rpc_page page = {.arena = power.arena};
    rpc_page_section(&page, "Power");
    rpc_page_row(&page, "State", state, power.state.power_state == 2 ? RPC_GOOD : RPC_MIDDLING);
    rpc_page_row(&page, "OS Power Saving", saving, RPC_PLAIN);
    rpc_print(rpc, &page);
    return true;
}

/* What is asked for of the machine that this runs on; most of it ends the program, too. */
static const struct {
    const char *word;
    int action;
} words[] = {{"on", 2},     {"sleep", 4},     {"cycle", 5},       {"hibernate", 7}, {"off", 8},
             {"reset", 10}, {"soft-off", 12}, {"soft-reset", 14}, {"bios", 101},    {"pxe", 400}};

static bool act(struct amt *amt, void *arg, struct error *err)
{
    struct power *power = arg;
    return amt_power_act(amt, power->arena, power->action, NULL, &power->result, err);
}

static int find_action(const char *word)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(word, words[i].word) == 0)
            return words[i].action;
    return 0;
}

static bool only_looks(const struct rpc *rpc)
{
    const char *word = rpc_operand(rpc, 0);
    return word == NULL || strcmp(word, "state") == 0;
}

static bool check(struct rpc *rpc)
{
    const char *word = rpc_operand(rpc, 0);
    return only_looks(rpc) || find_action(word) != 0 ||
           rpc_fail(rpc, RPC_WRONG_PARAMETERS,
                    "there is no such action: state, on, off, cycle, reset, soft-off, soft-reset, "
                    "sleep, hibernate, bios, pxe");
}

static bool run(struct rpc *rpc)
{
    const char *word = rpc_operand(rpc, 0);
    struct power power = {.arena = rpc_arena(rpc)};
    if (only_looks(rpc))
        return show(rpc);
    power.action = find_action(word);
    if (!rpc_command_amt(rpc, act, &power))
        return false;
    if (power.result.return_value != 0)
        return rpc_fail_refusal(rpc, power.result.return_value, power.result.return_text,
                                power.result.description);
    const struct rpc_result_member members[] = {{"action", word}};
    rpc_result(rpc, "AMT has taken the power action", members, 1);
    return true;
}

const struct rpc_command rpc_power = {
    .path = "power",
    .operands = 1,
    .needs = RPC_NEEDS_TO_CHANGE,
    .only_looks = only_looks,
    .generations = RPC_OURS,
    .check = check,
    .run = run,
    .help = "The power state of this machine, or an action: off, reset, cycle, bios …",
    .details =
        "rpc power [state], on, off, cycle, reset, soft-off, soft-reset, sleep, hibernate,\n"
        "bios (reset to the BIOS), pxe (reset to the network). Actions want AMT's password,\n"
        "and happen at once: off, cycle and reset don't ask the operating system.",
};
