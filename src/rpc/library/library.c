/* librpc.so: the functions of rpc-go 3's library. */
#include "rpc/library/call.h"
#include "rpc/library/rpc.h"

#define PUBLIC __attribute__((visibility("default")))

PUBLIC int rpcCheckAccess(void)
{
    return rpc_call_check();
}

static void hand_over(struct buffer *text, char **where)
{
    if (where != NULL)
        *where = rpc_call_text(text);
    else
        buffer_fini(text);
}

PUBLIC int rpcExec(const char *input, char **standard_output, char **standard_error)
{
    struct buffer out;
    struct buffer log;
    rpc_call_buffer_init(&out);
    rpc_call_buffer_init(&log);
    int code = rpc_call(input, false, &out, &log);
    hand_over(&out, standard_output);
    hand_over(&log, standard_error);
    return code;
}

PUBLIC void rpcFree(char *text)
{
    rpc_call_free(text);
}
