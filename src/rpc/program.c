/* The program's way in: the process's arguments, descriptors and signals. */
#include "core/memory.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "rpc/run.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static void write_all(void *arg, struct slice text)
{
    int file = *(const int *)arg;
    while (text.size > 0) {
        ssize_t written = write(file, text.data, text.size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return;
        text = slice_from(text, (size_t)written);
    }
}

static void run_main(void *arg)
{
    rpc_run_main(arg);
}

int rpc_main(int argc, char **argv)
{
    static const int standard_output = STDOUT_FILENO;
    static const int standard_error = STDERR_FILENO;
    struct rpc rpc;
    struct error err;
    (void)signal(SIGPIPE, SIG_IGN);
    rpc_run_init(&rpc, (struct rpc_door){write_all, (void *)(uintptr_t)&standard_output},
                 (struct rpc_door){write_all, (void *)(uintptr_t)&standard_error});
    rpc.config_path = "config.yaml";
    rpc.may_ask = true;
    if (rpc_run_prepare(&rpc, (const char *const *)argv + 1, (size_t)(argc > 0 ? argc - 1 : 0))) {
        struct io_loop *loop = io_loop_new(&err);
        if (loop == NULL || !io_loop_main(loop, run_main, &rpc, &err))
            (void)rpc_fail_error(&rpc, RPC_GENERIC_FAILURE, &err);
        if (loop != NULL)
            io_loop_free(loop);
    }
    int code = (int)rpc.code;
    rpc_run_fini(&rpc);
    return code;
}
