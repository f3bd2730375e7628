#include "rpc/library/call.h"

#include "core/memory.h"
#include "rpc/rpc.h"
#include "rpc/run/exit_code.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_LIMIT ((size_t)64 << 20)
#define LINE_LIMIT ((size_t)1 << 20) /* a PFX in base64 has room */

/* ---- the line (rpc.md 1.10: CSV's quoting, with a blank for the comma) ---- */

static bool is_line_end(char c)
{
    return c == '\n' || c == '\r' || c == '\0';
}

/* From behind the opening quote to behind the closing one. NULL: there is none, or more follows. */
static const char *take_quoted(struct arena *arena, const char *at, const char **argument)
{
    char *text = arena_alloc(arena, strlen(at) + 1);
    size_t size = 0;
    *argument = text;
    for (; *at != '\0'; at++) {
        if (*at == '"' && *++at != '"') {
            text[size] = '\0';
            return *at == ' ' || is_line_end(*at) ? at : NULL;
        }
        text[size++] = *at;
    }
    return NULL;
}

static const char *take_plain(struct arena *arena, const char *at, const char **argument)
{
    size_t size = strcspn(at, " \"\r\n");
    *argument = arena_string(arena, slice_of(at, size));
    return at[size] != '"' ? at + size : NULL;
}

bool rpc_call_arguments(struct arena *arena, const char *line, const char ***arguments,
                        size_t *count, struct error *err)
{
    const char *at = line != NULL ? line : "";
    size_t size = strnlen(at, LINE_LIMIT + 1);
    const char **list = arena_array(arena, size / 2 + 1, sizeof *list);
    *count = 0;
    *arguments = list;
    if (size > LINE_LIMIT)
        return error_set(err, ERROR_INVALID, "the command line is too long");
    while (at += strspn(at, " "), !is_line_end(*at)) {
        at = *at == '"' ? take_quoted(arena, at + 1, &list[*count])
                        : take_plain(arena, at, &list[*count]);
        if (at == NULL)
            return error_set(err, ERROR_INVALID,
                             "argument %zu of the command line is quoted wrongly", *count + 1);
        (*count)++;
    }
    return at[strspn(at, "\r\n")] == '\0' ||
           error_set(err, ERROR_INVALID, "the command line has more than one line");
}

/* ---- a run ---- */

/* A peer that hangs up mustn't end the process: SIGPIPE is held back on this thread, and taken away
 * if the run has caused it. */
struct held_back {
    sigset_t before;
    bool was_pending;
};

static void only_pipe(sigset_t *set)
{
    (void)sigemptyset(set);
    (void)sigaddset(set, SIGPIPE);
}

static void hold_pipe_signal(struct held_back *held)
{
    sigset_t set;
    (void)sigpending(&set);
    held->was_pending = sigismember(&set, SIGPIPE) == 1;
    only_pipe(&set);
    (void)pthread_sigmask(SIG_BLOCK, &set, &held->before);
}

static void release_pipe_signal(const struct held_back *held)
{
    static const struct timespec now = {0, 0};
    sigset_t set;
    only_pipe(&set);
    while (!held->was_pending && sigtimedwait(&set, NULL, &now) == SIGPIPE) {
    }
    (void)pthread_sigmask(SIG_SETMASK, &held->before, NULL);
}

/* In front, where no flag that lacks its value can take it for one. */
static void put_generation(struct arena *arena, const char ***arguments, size_t *count)
{
    const char **all = arena_array(arena, *count + 1, sizeof *all);
    all[0] = "--compat=v2";
    for (size_t i = 0; i < *count; i++)
        all[i + 1] = (*arguments)[i];
    *arguments = all;
    (*count)++;
}

int rpc_call(const char *line, bool is_v2, struct buffer *out, struct buffer *log)
{
    struct arena arena;
    struct error err;
    struct held_back held;
    const char **arguments;
    size_t count;
    arena_init(&arena);
    int code = RPC_WRONG_COMBINATION;
    if (rpc_call_arguments(&arena, line, &arguments, &count, &err)) {
        if (is_v2)
            put_generation(&arena, &arguments, &count);
        hold_pipe_signal(&held);
        code = rpc_execute(arguments, count, out, log);
        release_pipe_signal(&held);
    } else {
        buffer_printf(log, "Error %d: %s - Details: %s\n", code,
                      rpc_exit_name(RPC_WRONG_COMBINATION), err.text);
    }
    arena_fini_wiped(&arena);
    return code;
}

int rpc_call_check(void)
{
    struct buffer ignored;
    rpc_call_buffer_init(&ignored);
    int code = rpc_call("amtinfo --mode --json", false, &ignored, &ignored);
    buffer_fini(&ignored);
    return code;
}

/* ---- texts ---- */

void rpc_call_buffer_init(struct buffer *text)
{
    buffer_init_secret(text, TEXT_LIMIT);
}

char *rpc_call_text(struct buffer *text)
{
    struct slice from = buffer_slice(text);
    char *copy = memory_new(from.size + 1); /* zeroed */
    if (from.size > 0)
        memcpy(copy, from.data, from.size);
    buffer_fini(text);
    return copy;
}

void rpc_call_free(char *text)
{
    if (text != NULL)
        memory_wipe(text, strlen(text));
    free(text);
}
