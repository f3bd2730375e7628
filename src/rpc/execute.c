/* The library's way in: one command on the calling thread, output into its caller's buffers. */
#include "io/fiber.h"
#include "io/loop.h"
#include "rpc/rpc.h"
#include "rpc/start.h"

static bool put(void *arg, struct slice text)
{
    buffer_put(arg, text);
    return buffer_ok(arg);
}

static void run_main(void *arg)
{
    rpc_start_main(arg);
}

int rpc_execute(const char *const *arguments, size_t count, struct buffer *out, struct buffer *log)
{
    struct rpc rpc;
    struct error err;
    rpc_run_init(&rpc, (struct rpc_door){put, out}, (struct rpc_door){put, log});
    rpc.config_path = "config.yaml";
    if (rpc_start_prepare(&rpc, arguments, count)) {
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
