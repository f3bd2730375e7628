#include "rpc/run/parts.h"

#include "io/fiber.h"
#include "rpc/line/option.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

bool rpc_says_more(const struct rpc *rpc)
{
    for (const struct rpc_given *given = rpc->line.first; given != NULL; given = given->next)
        if (given->source == RPC_FROM_ARGUMENTS && strcmp(given->option->name, "compat") != 0)
            return true;
    return false;
}

unsigned rpc_strength(const struct rpc *rpc, const char *option)
{
    const struct rpc_option *found = rpc_run_option(rpc, option);
    const struct rpc_given *given = rpc_line_find(&rpc->line, found);
    if (given == NULL || given->text[0] == '\0' ||
        (found->value == RPC_FLAG && !rpc_flag(rpc, option)))
        return 0;
    return 1 + RPC_FROM_FILE - (unsigned)given->source;
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

struct rpc_page_look rpc_look(const struct rpc *rpc)
{
    return (struct rpc_page_look){
        .table = rpc_output(rpc) == RPC_OUT_TABLE,
        .colours = rpc->columns > 0 && !rpc_flag(rpc, "no-color"),
        .columns = rpc->columns,
    };
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

void rpc_print(struct rpc *rpc, const struct rpc_page *page)
{
    struct rpc_page_look look = rpc_look(rpc);
    rpc_page_print(page, &rpc->out, &look);
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
    if (rpc->exit_of != NULL)
        code = rpc->exit_of(rpc, code, NULL);
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
    if (rpc->exit_of != NULL)
        code = rpc->exit_of(rpc, code, err);
    return rpc_fail(rpc, code, "%s", err->text);
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

/* ---- beginning and end ---- */

bool rpc_is_interrupted(void)
{
    struct error err;
    return !io_sleep(0, &err) && err.code == ERROR_CANCELLED;
}

void rpc_run_init(struct rpc *rpc, struct rpc_door out, struct rpc_door log)
{
    *rpc = (struct rpc){.out_door = out, .log_door = log, .lowest = RPC_LEVEL_INFO};
    arena_init(&rpc->arena);
    buffer_init_secret(&rpc->out, OUT_LIMIT);
}

void rpc_run_fini(struct rpc *rpc)
{
    buffer_fini(&rpc->out);
    arena_fini_wiped(&rpc->arena);
}
