/* obctl power on, off, cycle, reset, shutdown … share one implementation: they differ in a code. */
#include "obctl/power.h"

#include "obctl/command.h"
#include "obctl/table.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *word;
    int codes[OBCTL_BOOT_COUNT]; /* disk, BIOS, PXE, IDER CD, IDER floppy */
} actions[] = {
    {"on", {2, 100, 401, 203, 201}}, {"reset", {10, 101, 400, 202, 200}},
    {"off", {8, 0, 0, 0, 0}},        {"cycle", {5, 0, 0, 0, 0}},
    {"sleep", {4, 0, 0, 0, 0}},      {"hibernate", {7, 0, 0, 0, 0}},
    {"shutdown", {12, 0, 0, 0, 0}},  {"restart", {14, 0, 0, 0, 0}},
    {"interrupt", {11, 0, 0, 0, 0}},
};

int obctl_power_action(const char *word, enum obctl_power_boot boot)
{
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        if (strcmp(actions[i].word, word) == 0)
            return actions[i].codes[boot];
    }
    return 0;
}

const char *obctl_power_state_name(int64_t state)
{
    static const char *const names[] = {
        [2] = "on",
        [3] = "sleep (light)",
        [4] = "sleep (deep)",
        [5] = "power cycle",
        [6] = "off (hard)",
        [7] = "hibernate",
        [8] = "off (soft)",
        [9] = "power cycle (hard)",
        [10] = "reset",
        [11] = "diagnostic",
        [12] = "off (soft, graceful)",
        [13] = "off (hard, graceful)",
    };
    if (state < 2 || state >= (int64_t)(sizeof names / sizeof names[0]))
        return "unknown";
    return names[state];
}

static bool act(struct obctl *obctl, const char *name, const char *word, int action,
                struct error *err)
{
    const char *guid;
    struct obctl_answer answer;
    if (!obctl_api_find_device(obctl->api, obctl->arena, name, &guid, err))
        return false;
    char *target = arena_printf(obctl->arena, "/api/v1/amt/power/action/%s", guid);
    char *body = arena_printf(obctl->arena, "{\"action\":%d}", action);
    if (!obctl_api_call(obctl->api, obctl->arena, "POST", target, slice_of_string(body), &answer,
                        err))
        return error_wrap(err, "%s", name);
    bool ok = obctl_answer_refusal(answer.json, err);
    if (obctl->json) {
        buffer_put(&obctl->out, answer.body);
        buffer_put_u8(&obctl->out, '\n');
    } else if (ok) {
        buffer_printf(&obctl->out, "%s: %s accepted\n", name, word);
    }
    obctl_answer_fini(&answer);
    return ok || error_wrap(err, "%s", name);
}

static bool run(struct obctl *obctl, int argc, char **argv, struct error *err)
{
    static const struct option options[] = {
        OBCTL_COMMAND_JSON,
        {"bios", no_argument, NULL, OBCTL_BOOT_BIOS},
        {"pxe", no_argument, NULL, OBCTL_BOOT_PXE},
        {"ider-cd", no_argument, NULL, OBCTL_BOOT_IDER_CD},
        {"ider-floppy", no_argument, NULL, OBCTL_BOOT_IDER_FLOPPY},
        {0},
    };
    const char *word = argv[0];
    enum obctl_power_boot boot = OBCTL_BOOT_DISK;
    for (;;) {
        int option = obctl_command_option(obctl, argc, argv, options, err);
        if (option == -1)
            break;
        if (option == '?')
            return false;
        if (boot != OBCTL_BOOT_DISK)
            return error_set(err, ERROR_INVALID, "a machine boots from one place only");
        boot = (enum obctl_power_boot)option;
    }
    if (!obctl_command_operands(argc, 1, -1, err))
        return false;
    int action = obctl_power_action(word, boot);
    if (action == 0)
        return error_set(err, ERROR_INVALID, "\"power %s\" boots nothing: use on or reset", word);
    /* One machine that fails doesn't keep the others from being switched. */
    int failed = 0;
    for (int i = optind; i < argc; i++) {
        if (act(obctl, argv[i], word, action, err))
            continue;
        failed++;
        if (argc - optind > 1)
            (void)fprintf(stderr, "obctl: %s\n", obctl_table_printable(obctl->arena, err->text));
    }
    if (failed > 0 && argc - optind > 1)
        return error_set(err, err->code, "%d of %d machines failed", failed, argc - optind);
    return failed == 0;
}

#define BOOT_HELP                                                  \
    "  --bios          into the BIOS set-up\n"                     \
    "  --pxe           from the network\n"                         \
    "  --ider-cd       from the CD image of an IDER session\n"     \
    "  --ider-floppy   from the floppy image of an IDER session\n" \
    "  --json          the server's answer\n"

const struct obctl_command obctl_power_on = {
    .words = "power on",
    .usage = "DEVICE… [--bios | --pxe | --ider-cd | --ider-floppy] [--json]",
    .summary = "Switch on",
    .help = BOOT_HELP,
    .needs_server = true,
    .run = run,
};

const struct obctl_command obctl_power_reset = {
    .words = "power reset",
    .usage = "DEVICE… [--bios | --pxe | --ider-cd | --ider-floppy] [--json]",
    .summary = "Reset without asking the operating system",
    .help = BOOT_HELP,
    .needs_server = true,
    .run = run,
};

const struct obctl_command obctl_power_off = {
    .words = "power off",
    .usage = "DEVICE… [--json]",
    .summary = "Switch off without asking the operating system",
    .needs_server = true,
    .run = run,
};

const struct obctl_command obctl_power_cycle = {
    .words = "power cycle",
    .usage = "DEVICE… [--json]",
    .summary = "Switch off and on again",
    .needs_server = true,
    .run = run,
};

const struct obctl_command obctl_power_shutdown = {
    .words = "power shutdown",
    .usage = "DEVICE… [--json]",
    .summary = "Ask the operating system to shut down (its agent must be there)",
    .needs_server = true,
    .run = run,
};

const struct obctl_command obctl_power_restart = {
    .words = "power restart",
    .usage = "DEVICE… [--json]",
    .summary = "Ask the operating system to restart (its agent must be there)",
    .needs_server = true,
    .run = run,
};

const struct obctl_command obctl_power_sleep = {
    .words = "power sleep",
    .usage = "DEVICE… [--json]",
    .summary = "Put to sleep",
    .needs_server = true,
    .run = run,
};

const struct obctl_command obctl_power_hibernate = {
    .words = "power hibernate",
    .usage = "DEVICE… [--json]",
    .summary = "Hibernate",
    .needs_server = true,
    .run = run,
};

const struct obctl_command obctl_power_interrupt = {
    .words = "power interrupt",
    .usage = "DEVICE… [--json]",
    .summary = "Send the diagnostic interrupt (NMI)",
    .needs_server = true,
    .run = run,
};
