/* librpc-v2.so: the functions of rpc-go 2's library. */
#define RPC_ABI 2
#include "rpc/library/call.h"
#include "rpc/library/rpc.h"

#define PUBLIC __attribute__((visibility("default")))

PUBLIC int rpcCheckAccess(void)
{
    return rpc_call_check();
}

PUBLIC int rpcExec(const char *input, char **output)
{
    struct buffer both;
    rpc_call_buffer_init(&both);
    int code = rpc_call(input, true, &both, &both);
    if (output != NULL)
        *output = rpc_call_text(&both);
    else
        buffer_fini(&both);
    return code;
}

PUBLIC void FreeString(char *text)
{
    rpc_call_free(text);
}
