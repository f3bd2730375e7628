/* The start of a run, common to the program and the library: its values are read, what its command
 * needs is looked after in the order of the toolkit's client, and the command is run. */
#include "rpc/start.h"

#include "rpc/help.h"
#include "rpc/line/config.h"
#include "rpc/line/config_file.h"
#include "rpc/machine/amt_state.h"
#include "rpc/machine/machine.h"
#include "rpc/machine/turn.h"
#include "rpc/made/made.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/auxv.h>

static const char *environment(void *arg, const char *name)
{
    (void)arg;
    return getenv(name);
}

static void settle(struct rpc *rpc)
{
    static const char *const levels[] = {"panic", "fatal", "error", "warn",
                                         "info",  "debug", "trace"};
    const char *word = rpc_flag(rpc, "verbose") ? "trace" : rpc_text(rpc, "log-level");
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
        if (strcmp(word, levels[i]) == 0)
            rpc->lowest = (enum rpc_level)i;
    rpc->json_lines = rpc_flag(rpc, "json");
    if (rpc_given(rpc, "compat")) /* else as it was found in a line that couldn't be read */
        rpc->line.v2 = strcmp(rpc_text(rpc, "compat"), "v2") == 0;
}

static void warn_of_key(void *arg, const char *key)
{
    struct rpc *rpc = arg;
    rpc_log(rpc, LOG_WARN, "%s has the key \"%s\", which no command knows", rpc->config_path, key);
}

static bool add_config(struct rpc *rpc)
{
    struct error err;
    struct slice text;
    bool there;
    /* By what the kernel told at the start: the simulator lets everybody pass for root. */
    bool privileged = getauxval(AT_EUID) == 0;
    if (rpc->config_path == NULL)
        return true;
    if (!rpc_config_file_read(&rpc->arena, rpc->config_path, privileged, &text, &there, &err))
        return rpc_fail(rpc, RPC_FAILED_READING_CONFIGURATION, "%s", err.text);
    if (!there)
        return true;
    bool ok = rpc_config_add(&rpc->line, text, warn_of_key, rpc, &err);
    settle(rpc);
    if (!ok)
        return rpc_fail(rpc,
                        err.code == ERROR_TOO_LARGE ? RPC_WRONG_PARAMETERS
                                                    : RPC_FAILED_READING_CONFIGURATION,
                        "%s: %s", rpc->config_path, err.text);
    rpc_log(rpc, LOG_INFO, "%s is in use: flags may have their values from it", rpc->config_path);
    return true;
}

/* v2's activate has codes of their own for values that are missing: what it takes "-h" for, too. */
static enum rpc_exit exit_of_line(const struct rpc_line *line)
{
    static const struct {
        const char *option;
        enum rpc_exit code;
    } codes[] = {{"hostname", RPC_MISSING_HOSTNAME},
                 {"dns", RPC_MISSING_DNS_SUFFIX},
                 {"proxy", RPC_MISSING_PROXY},
                 {"profile", RPC_WRONG_PROFILE}};
    bool own = line->v2 && line->without_value != NULL && strcmp(line->words, "activate") == 0;
    for (size_t i = 0; own && i < sizeof codes / sizeof codes[0]; i++)
        if (strcmp(line->without_value->name, codes[i].option) == 0)
            return codes[i].code;
    return RPC_WRONG_PARAMETERS;
}

bool rpc_start_prepare(struct rpc *rpc, const char *const *arguments, size_t count)
{
    struct error err = {.code = ERROR_NONE};
    const char *compat = getenv("RPC_COMPAT");
    bool v2 = compat != NULL && strcasecmp(compat, "v2") == 0;
    bool ok = rpc_line_read(&rpc->line, &rpc->arena, arguments, count, v2, &err) &&
              rpc_line_add_environment(&rpc->line, environment, NULL, &err);
    enum rpc_exit wrong = exit_of_line(&rpc->line); /* before v2 is what was read of the line */
    settle(rpc);
    const char *words = rpc->line.words;
    if (!ok)
        return rpc_fail(rpc, wrong, "%s (\"rpc %s%s--help\" has the list)", err.text, words,
                        words[0] != '\0' ? " " : "");
    return rpc->line.help || rpc->line.command == NULL || add_config(rpc);
}

/* ---- the start-up sequence (rpc.md 1.3) ---- */

static bool check_rights(struct rpc *rpc)
{
    if (rpc_may_use_me())
        return true;
    (void)rpc_fail(rpc, RPC_INCORRECT_PERMISSIONS,
                   "the ME's interface is for root; run rpc as root, for example with sudo");
    rpc->elevate = rpc_ask(rpc, "\nRun this command again as administrator?");
    return false;
}

static bool check_activated(struct rpc *rpc)
{
    unsigned mode;
    if (!rpc_control_mode(rpc, &mode))
        return false;
    return mode != MEI_CONTROL_NONE ||
           rpc_fail(rpc, rpc_is_v2(rpc) ? RPC_UNABLE_TO_CONFIGURE : RPC_DEVICE_NOT_ACTIVATED,
                    "AMT isn't activated; \"rpc activate\" does that");
}

/* Its turn first: what is looked at before may be changed by whoever has it. */
static bool begin_at_me(struct rpc *rpc, const struct rpc_command *command)
{
    unsigned mode;
    bool changes = (command->needs & RPC_NEEDS_TURN) != 0 &&
                   (command->only_looks == NULL || !command->only_looks(rpc));
    bool ok = !changes || rpc_turn_take(rpc);
    if (ok && changes)
        rpc_made_mention(rpc);
    if (ok && ((command->needs & RPC_NEEDS_ME) == 0 || rpc_control_mode(rpc, &mode)))
        return true;
    if (rpc_is_interrupted())
        rpc_amt_state_tell_end(rpc);
    return false;
}

static bool start(struct rpc *rpc, const struct rpc_command *command)
{
    unsigned needs = command->needs;
    struct slice password;
    if ((needs & RPC_NEEDS_SIGNAL) != 0 && !rpc->has_signals)
        return rpc_fail(
            rpc, RPC_WRONG_PARAMETERS,
            "\"rpc %s\" runs until a signal ends it, and the library has none: run it as "
            "a program",
            command->path);
    if (command->check != NULL && !command->check(rpc))
        return false;
    if (((needs & RPC_NEEDS_ROOT) != 0 && !check_rights(rpc)) || !begin_at_me(rpc, command))
        return false;
    if ((needs & RPC_NEEDS_ME) != 0 && rpc_watchdog(rpc)->tls_enforced)
        rpc_log(rpc, LOG_INFO, "TLS is enforced on local ports");
    if ((needs & RPC_NEEDS_ACTIVATED) != 0 && !check_activated(rpc))
        return false;
    return (needs & RPC_NEEDS_PASSWORD) == 0 || rpc_password(rpc, &password);
}

/* v2 calls all of it a wrong line; at the tasks of maintenance, and only there, help. */
static void fail_as_v2(struct rpc *rpc)
{
    static const char tasks[] = "maintenance ";
    const struct rpc_line *line = &rpc->line;
    if (line->help && line->command != NULL && strncmp(line->words, tasks, sizeof tasks - 1) == 0)
        rpc_set_exit(rpc, RPC_HELP_REQUESTED);
    else
        (void)rpc_fail(rpc, RPC_WRONG_PARAMETERS, line->help ? NULL : "which command?");
}

void rpc_start_main(struct rpc *rpc)
{
    const struct rpc_command *command = rpc->line.command;
    if (rpc->line.help || command == NULL) {
        rpc_help_print(&rpc->out, rpc->line.words);
        if (rpc->line.v2)
            fail_as_v2(rpc);
    } else {
        if (rpc->listed)
            rpc_secrets_warn(rpc);
        if (!start(rpc, command) || !command->run(rpc))
            rpc_set_exit(rpc, RPC_GENERIC_FAILURE);
        rpc_made_close(rpc);
        rpc_machine_free(rpc);
    }
    if (!buffer_ok(&rpc->out))
        (void)rpc_fail(rpc, RPC_GENERIC_FAILURE, "the result is too long");
    (void)rpc_flush(rpc);
}
