#include "rpc/elevate.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH_SIZE 4096

/* Whether the argument names or is a value that the process list should not show. */
static bool is_left_out(const struct rpc *rpc, size_t argument)
{
    for (const struct rpc_given *at = rpc->line.first; at != NULL; at = at->next)
        if (rpc_line_is_shown(at) &&
            (at->argument == argument || (at->is_next && at->argument + 1 == argument)))
            return true;
    return false;
}

static void keep(struct buffer *names, const char *name, const char *end)
{
    buffer_printf(names, "%s%s%s", buffer_size(names) > 0 ? "," : "--preserve-env=", name, end);
}

/* sudo drops the environment but for what is named. NULL: nothing is, which many that may use sudo
 * are not allowed. */
static char *kept_names(struct rpc *rpc)
{
    struct buffer names;
    buffer_init(&names, 16384);
    for (const struct rpc_given *at = rpc->line.first; at != NULL; at = at->next) {
        char name[RPC_ENVIRONMENT_SIZE];
        const char *variable = rpc_option_environment(at->option, name);
        if (rpc_line_is_shown(at))
            (void)setenv(variable, at->text, 1);
        else if (at->source != RPC_FROM_ENVIRONMENT)
            continue;
        keep(&names, variable, at->in_file ? "_FILE" : "");
        if (at->option->environment_v2 != NULL && rpc->line.v2)
            keep(&names, at->option->environment_v2, "");
    }
    char *text = buffer_size(&names) > 0 ? arena_string(&rpc->arena, buffer_slice(&names)) : NULL;
    buffer_fini(&names);
    return text;
}

static bool spawn(char **arguments, pid_t *child)
{
    posix_spawnattr_t attributes;
    sigset_t ignored;
    (void)sigemptyset(&ignored);
    (void)sigaddset(&ignored, SIGPIPE);
    (void)sigaddset(&ignored, SIGXFSZ);
    (void)posix_spawnattr_init(&attributes);
    (void)posix_spawnattr_setsigdefault(&attributes, &ignored);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    int failure = posix_spawnp(child, "sudo", NULL, &attributes, arguments, environ);
    (void)posix_spawnattr_destroy(&attributes);
    errno = failure;
    return failure == 0;
}

int rpc_elevate(struct rpc *rpc, int argc, char **argv)
{
    char path[PATH_SIZE];
    char text[128];
    pid_t child;
    int status = 0;
    ssize_t size = readlink("/proc/self/exe", path, sizeof path - 1);
    if (size <= 0)
        return RPC_INCORRECT_PERMISSIONS;
    path[size] = '\0';
    char **arguments = arena_array(&rpc->arena, (size_t)argc + 5, sizeof *arguments);
    size_t count = 0;
    arguments[count++] = arena_string(&rpc->arena, SLICE_LITERAL("sudo"));
    arguments[count] = kept_names(rpc);
    count += arguments[count] != NULL ? 1 : 0;
    arguments[count++] = arena_string(&rpc->arena, SLICE_LITERAL("--"));
    arguments[count++] = path;
    for (int i = 1; i < argc; i++)
        if (!is_left_out(rpc, (size_t)i - 1))
            arguments[count++] = argv[i];
    if (!spawn(arguments, &child)) {
        rpc_log(rpc, LOG_ERROR, "sudo: %s", strerror_r(errno, text, sizeof text));
        return RPC_INCORRECT_PERMISSIONS;
    }
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return RPC_GENERIC_FAILURE;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
