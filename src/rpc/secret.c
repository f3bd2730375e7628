#include "rpc/run.h"

bool rpc_secret(struct rpc *rpc, const char *option, const char *prompt, bool confirm,
                struct slice *secret)
{
    const char *text = rpc_text(rpc, option);
    (void)confirm;
    *secret = slice_of_string(text);
    return text != NULL || rpc_fail(rpc, RPC_WRONG_PASSWORD, "%s is missing", prompt);
}

bool rpc_password(struct rpc *rpc, struct slice *password)
{
    return rpc_secret(rpc, "password", "AMT Password", false, password);
}

bool rpc_ask(struct rpc *rpc, const char *question)
{
    (void)rpc;
    (void)question;
    return false;
}
