/* Secrets of a run: from wherever they are given, or asked for. */
#include "core/memory.h"
#include "rpc/run/named_file.h"
#include "rpc/run/parts.h"
#include "rpc/run/terminal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECRET_MOST ((size_t)256 * 1024) /* a PFX in base64 is the longest */

struct rpc_kept_secret {
    struct rpc_kept_secret *next;
    const struct rpc_option *option;
    struct slice text; /* in the run's arena, which is wiped */
};

static void say(struct rpc *rpc, const char *text)
{
    (void)rpc->log_door.write(rpc->log_door.arg, slice_of_string(text));
}

/* Without the end of the last line, which is no part of what a file or a pipe is there for. */
static struct slice without_end(struct slice text)
{
    while (text.size > 0 && (text.data[text.size - 1] == '\n' || text.data[text.size - 1] == '\r'))
        text.size--;
    return text;
}

static bool read_file(struct rpc *rpc, const char *path, struct slice *text, struct error *err)
{
    bool ok = rpc_named_file_load(rpc, path, SECRET_MOST, text, err);
    *text = ok ? without_end(*text) : (struct slice){NULL, 0};
    return ok;
}

static bool read_input(struct rpc *rpc, struct slice *text, struct error *err)
{
    struct buffer line;
    buffer_init_secret(&line, SECRET_MOST);
    bool ok = rpc->may_ask ? rpc_terminal_line(STDIN_FILENO, &line, err)
                           : error_set(err, ERROR_INVALID, "there is no standard input here");
    if (ok)
        *text = arena_copy(&rpc->arena, without_end(buffer_slice(&line)));
    buffer_fini(&line);
    return ok;
}

static bool prompt_once(struct rpc *rpc, const char *prompt, struct slice *text, struct error *err)
{
    bool hide = isatty(STDIN_FILENO) != 0 && !rpc_flag(rpc, "echo-password");
    /* Before the prompt, since it drops what was typed until then. */
    if (hide && !rpc_terminal_hide(STDIN_FILENO, err))
        return false;
    if (isatty(STDIN_FILENO) != 0) {
        say(rpc, prompt);
        say(rpc, ": ");
    }
    bool ok = read_input(rpc, text, err);
    rpc_terminal_restore();
    if (!ok && hide)
        say(rpc, "\n");
    return ok;
}

static const char enter[] = "Please enter "; /* how v2's prompts begin */

/* What is asked for. */
static const char *thing_of(const char *prompt)
{
    size_t size = sizeof enter - 1;
    return strncmp(prompt, enter, size) == 0 ? prompt + size : prompt;
}

/* "AMT Password" is confirmed by "Confirm AMT Password", "Please enter New AMT Password" by "Please
 * confirm New AMT Password". A pipe says it once. */
static bool ask(struct rpc *rpc, const char *prompt, bool confirm, struct slice *text)
{
    struct error err;
    struct slice again;
    if (!prompt_once(rpc, prompt, text, &err))
        return rpc_fail(rpc, err.code == ERROR_NOT_FOUND ? RPC_WRONG_PASSWORD : RPC_GENERIC_FAILURE,
                        "%s: %s", thing_of(prompt), err.text);
    if (!confirm || isatty(STDIN_FILENO) == 0)
        return true;
    const char *thing = thing_of(prompt);
    const char *once_more =
        arena_printf(&rpc->arena, "%s %s", thing != prompt ? "Please confirm" : "Confirm", thing);
    if (!prompt_once(rpc, once_more, &again, &err))
        return rpc_fail(rpc, RPC_WRONG_PASSWORD, "%s: %s", thing_of(prompt), err.text);
    return slice_equal_secret(*text, again) || rpc_fail(rpc, RPC_PASSWORDS_DO_NOT_MATCH, NULL);
}

static bool take_given(struct rpc *rpc, const struct rpc_given *given, struct slice *text)
{
    struct error err;
    bool ok = true;
    if (given->in_file)
        ok = read_file(rpc, given->text, text, &err);
    else if (strcmp(given->text, "-") == 0)
        ok = read_input(rpc, text, &err);
    else
        *text = slice_of_string(given->text);
    return ok || rpc_fail(rpc, RPC_WRONG_PARAMETERS, "--%s%s: %s", given->option->name,
                          given->in_file ? "-file" : "", err.text);
}

void rpc_secret_know(struct rpc *rpc, const char *option, struct slice secret)
{
    struct rpc_kept_secret *kept = arena_alloc(&rpc->arena, sizeof *kept);
    const char *text = arena_string(&rpc->arena, secret);
    *kept =
        (struct rpc_kept_secret){rpc->secrets, rpc_run_option(rpc, option), slice_of_string(text)};
    rpc->secrets = kept;
}

bool rpc_secret(struct rpc *rpc, const char *option, const char *prompt, bool confirm,
                struct slice *secret)
{
    const struct rpc_option *found = rpc_run_option(rpc, option);
    const struct rpc_given *given = rpc_line_find(&rpc->line, found);
    for (const struct rpc_kept_secret *at = rpc->secrets; at != NULL; at = at->next) {
        if (at->option == found) {
            *secret = at->text;
            return true;
        }
    }
    char name[RPC_ENVIRONMENT_SIZE];
    if (given == NULL && !rpc->may_ask)
        return rpc_fail(rpc, RPC_WRONG_PASSWORD, "%s is missing: --%s-file or $%s",
                        thing_of(prompt), option, rpc_option_environment(found, name));
    if (!(given != NULL ? take_given(rpc, given, secret) : ask(rpc, prompt, confirm, secret)))
        return false;
    if (secret->size == 0)
        return rpc_fail(rpc, RPC_WRONG_PASSWORD, "%s cannot be empty", thing_of(prompt));
    if (memchr(secret->data, '\0', secret->size) != NULL)
        return rpc_fail(rpc, RPC_WRONG_PASSWORD,
                        "%s has a NUL byte in it, as a file in UTF-16 has; it has to be in UTF-8",
                        thing_of(prompt));
    rpc_secret_know(rpc, option, *secret);
    *secret = rpc->secrets->text;
    return true;
}

bool rpc_ask(struct rpc *rpc, const char *question)
{
    struct error err;
    struct slice answer;
    if (!rpc->may_ask || isatty(STDIN_FILENO) == 0)
        return false;
    say(rpc, question);
    say(rpc, " [y/N] ");
    return read_input(rpc, &answer, &err) &&
           (slice_equal_ignore_case(answer, SLICE_LITERAL("y")) ||
            slice_equal_ignore_case(answer, SLICE_LITERAL("yes")));
}

/* A name of a file with the secret is none itself. */
static bool is_worth_a_warning(const struct rpc_given *given)
{
    return rpc_line_is_shown(given) &&
           !(given->option->may_be_file && access(given->text, F_OK) == 0);
}

void rpc_secrets_warn(struct rpc *rpc)
{
    static const char rule[] =
        "-------------------------------------------------------------------";
    struct buffer names;
    buffer_init(&names, 512);
    for (const struct rpc_given *at = rpc->line.first; at != NULL; at = at->next)
        if (is_worth_a_warning(at))
            buffer_printf(&names, "%s--%s", buffer_size(&names) > 0 ? ", " : "", at->option->name);
    if (buffer_size(&names) > 0) {
        rpc_log(rpc, LOG_WARN, "%s", rule);
        rpc_log(rpc, LOG_WARN, "SECURITY WARNING: secrets on the command line: %.*s",
                SLICE_ARG(buffer_slice(&names)));
        rpc_log(rpc, LOG_WARN,
                "Process listings showed them until now, and your shell's history "
                "keeps them.");
        rpc_log(rpc, LOG_WARN,
                "Leave them to the prompt, use --NAME-file FILE, or the "
                "environment:");
        for (const struct rpc_given *at = rpc->line.first; at != NULL; at = at->next) {
            char name[RPC_ENVIRONMENT_SIZE];
            if (is_worth_a_warning(at))
                rpc_log(rpc, LOG_WARN, "  %s=<value>", rpc_option_environment(at->option, name));
        }
        rpc_log(rpc, LOG_WARN, "%s", rule);
    }
    buffer_fini(&names);
}
