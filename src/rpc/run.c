#include "rpc/run.h"

#include "rpc/line/config.h"
#include "rpc/line/config_file.h"
#include "rpc/line/option.h"
#include "rpc/machine/amt_state.h"
#include "rpc/machine/machine.h"
#include "rpc/machine/turn.h"
#include "rpc/setup/activation.h"
#include "rpc/setup/made.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#define OUT_LIMIT    ((size_t)64 << 20)
#define LINE_LIMIT   ((size_t)16 << 10)
#define MESSAGE_SIZE 2048

/* ---- values ---- */

const struct rpc_option *rpc_run_option(const struct rpc *rpc, const char *name)
{
    const struct rpc_option *option = rpc_option_find(rpc->line.command, slice_of_string(name));
    if (option == NULL) {
        (void)fprintf(stderr, "rpc: no option \"%s\"\n", name);
        abort();
    }
    return option;
}

const char *rpc_text(const struct rpc *rpc, const char *option)
{
    const struct rpc_option *found = rpc_run_option(rpc, option);
    const struct rpc_given *given = rpc_line_find(&rpc->line, found);
    return given != NULL ? given->text : found->preset;
}

bool rpc_flag(const struct rpc *rpc, const char *option)
{
    const char *text = rpc_text(rpc, option);
    return text != NULL && strcmp(text, "true") == 0;
}

bool rpc_given(const struct rpc *rpc, const char *option)
{
    return rpc_line_find(&rpc->line, rpc_run_option(rpc, option)) != NULL;
}

int rpc_compare_sources(const struct rpc *rpc, const char *one, const char *other)
{
    const struct rpc_given *first = rpc_line_find(&rpc->line, rpc_run_option(rpc, one));
    const struct rpc_given *second = rpc_line_find(&rpc->line, rpc_run_option(rpc, other));
    return first != NULL && second != NULL ? (int)first->source - (int)second->source : 0;
}

int64_t rpc_number(const struct rpc *rpc, const char *option)
{
    const char *text = rpc_text(rpc, option);
    int64_t ms = 0;
    if (text == NULL)
        return 0;
    if (rpc_run_option(rpc, option)->value == RPC_DURATION)
        return rpc_option_duration(slice_of_string(text), &ms) ? ms : 0;
    return strtoll(text, NULL, 10);
}

static size_t count_entries(const struct rpc_line *line, const struct rpc_given *best)
{
    size_t count = 0;
    for (const struct rpc_given *given = line->first; given != NULL; given = given->next) {
        if (given->option != best->option || given->source != best->source)
            continue;
        count++;
        for (const char *at = given->text; *at != '\0'; at++)
            count += *at == ',';
    }
    return count;
}

const char *const *rpc_list(const struct rpc *rpc, const char *option, size_t *count)
{
    struct arena *arena = rpc->line.arena;
    const struct rpc_given *best = rpc_line_find(&rpc->line, rpc_run_option(rpc, option));
    *count = 0;
    if (best == NULL)
        return arena_alloc(arena, sizeof(char *));
    const char **list = arena_array(arena, count_entries(&rpc->line, best) + 1, sizeof *list);
    for (const struct rpc_given *given = rpc->line.first; given != NULL; given = given->next) {
        if (given->option != best->option || given->source != best->source)
            continue;
        struct slice rest = slice_of_string(given->text);
        while (rest.size > 0) {
            struct slice entry = slice_trim(slice_split(&rest, ','));
            if (entry.size > 0)
                list[(*count)++] = arena_string(arena, entry);
        }
    }
    return list;
}

const char *rpc_operand(const struct rpc *rpc, size_t index)
{
    return index < rpc->line.operand_count ? rpc->line.operands[index] : NULL;
}

/* ---- what the run is like ---- */

struct arena *rpc_arena(struct rpc *rpc)
{
    return &rpc->arena;
}

const struct rpc_command *rpc_command(const struct rpc *rpc)
{
    return rpc->line.command;
}

enum rpc_output rpc_output(const struct rpc *rpc)
{
    if (rpc_flag(rpc, "json"))
        return RPC_OUT_JSON;
    return rpc_flag(rpc, "table") ? RPC_OUT_TABLE : RPC_OUT_TEXT;
}

bool rpc_is_v2(const struct rpc *rpc)
{
    return rpc->line.v2;
}

bool rpc_colours(const struct rpc *rpc)
{
    return rpc->columns > 0 && !rpc_flag(rpc, "no-color");
}

unsigned rpc_columns(const struct rpc *rpc)
{
    return rpc->columns;
}

void rpc_forbid_files(struct rpc *rpc)
{
    rpc->inline_only = true;
}

bool rpc_forbids_files(const struct rpc *rpc)
{
    return rpc->inline_only;
}

/* ---- output ---- */

struct buffer *rpc_out(struct rpc *rpc)
{
    return &rpc->out;
}

bool rpc_flush(struct rpc *rpc)
{
    struct slice text = buffer_slice(&rpc->out);
    bool ok = text.size == 0 || rpc->out_door.write(rpc->out_door.arg, text);
    buffer_clear(&rpc->out);
    return ok || rpc_fail(rpc, RPC_GENERIC_FAILURE, "standard output can't be written");
}

static void write_line(struct rpc *rpc, enum rpc_level level, const char *message)
{
    struct buffer line;
    buffer_init(&line, LINE_LIMIT);
    rpc_log_line_put(&line, rpc->json_lines, level, message);
    (void)rpc->log_door.write(rpc->log_door.arg, buffer_slice(&line));
    buffer_fini(&line);
}

void rpc_log(struct rpc *rpc, enum log_level level, const char *format, ...)
{
    static const enum rpc_level levels[] = {
        [LOG_ERROR] = RPC_LEVEL_ERROR,
        [LOG_WARN] = RPC_LEVEL_WARN,
        [LOG_INFO] = RPC_LEVEL_INFO,
        [LOG_DEBUG] = RPC_LEVEL_DEBUG,
    };
    char message[MESSAGE_SIZE];
    va_list args;
    if (levels[level] > rpc->lowest)
        return;
    va_start(args, format);
    (void)vsnprintf(message, sizeof message, format, args);
    va_end(args);
    write_line(rpc, levels[level], message);
}

/* ---- the end ---- */

/* Shown whatever --log-level says: nobody should have to guess from a number. */
static void say_failure(struct rpc *rpc, enum rpc_exit code, const char *details)
{
    char message[MESSAGE_SIZE];
    (void)snprintf(message, sizeof message, "Error %d: %s%s%s", (int)code, rpc_exit_name(code),
                   details[0] != '\0' ? " - Details: " : "", details);
    write_line(rpc, RPC_LEVEL_ERROR, message);
}

bool rpc_fail(struct rpc *rpc, enum rpc_exit code, const char *format, ...)
{
    code = rpc_exit_of_way(rpc, code);
    char details[MESSAGE_SIZE / 2] = "";
    if (format != NULL) {
        va_list args;
        va_start(args, format);
        (void)vsnprintf(details, sizeof details, format, args);
        va_end(args);
    }
    if (rpc->code == RPC_SUCCESS) {
        rpc->code = code;
        say_failure(rpc, code, details);
    }
    return false;
}

bool rpc_fail_error(struct rpc *rpc, enum rpc_exit code, const struct error *err)
{
    if (err->code == ERROR_LOGIN)
        code = RPC_AMT_AUTHENTICATION_FAILED;
    return rpc_fail(rpc, rpc_exit_of_step(rpc, code, err), "%s", err->text);
}

enum rpc_exit rpc_failed(const struct rpc *rpc)
{
    return rpc->code;
}

void rpc_set_exit(struct rpc *rpc, enum rpc_exit code)
{
    if (rpc->code == RPC_SUCCESS)
        rpc->code = code;
}

/* ---- running ---- */

void rpc_run_init(struct rpc *rpc, struct rpc_door out, struct rpc_door log)
{
    *rpc = (struct rpc){.out_door = out, .log_door = log, .lowest = RPC_LEVEL_INFO};
    arena_init(&rpc->arena);
    buffer_init_secret(&rpc->out, OUT_LIMIT);
}

const char *rpc_variable(const struct rpc *rpc, const char *name)
{
    (void)rpc;
    return getenv(name);
}

static const char *environment(void *arg, const char *name)
{
    return rpc_variable(arg, name);
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

bool rpc_run_prepare(struct rpc *rpc, const char *const *arguments, size_t count)
{
    struct error err = {.code = ERROR_NONE};
    const char *compat = rpc_variable(rpc, "RPC_COMPAT");
    bool v2 = compat != NULL && strcmp(compat, "v2") == 0;
    bool ok = rpc_line_read(&rpc->line, &rpc->arena, arguments, count, v2, &err) &&
              rpc_line_add_environment(&rpc->line, environment, rpc, &err);
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

void rpc_run_main(struct rpc *rpc)
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

void rpc_run_fini(struct rpc *rpc)
{
    buffer_fini(&rpc->out);
    arena_fini_wiped(&rpc->arena);
}
