#include "rpc/machine/fault.h"

#include "rpc/machine/machine.h"

#include <stdarg.h>
#include <stdio.h>

bool rpc_fault_set(struct rpc_fault *fault, enum rpc_exit code, const char *format, ...)
{
    char text[ERROR_TEXT_SIZE];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fault->code = code;
    return error_set(&fault->err, ERROR_INVALID, "%s", text);
}

bool rpc_fault_take(struct rpc_fault *fault, enum rpc_exit code, const struct error *err)
{
    fault->code = err->code == ERROR_LOGIN ? RPC_AMT_AUTHENTICATION_FAILED : code;
    fault->err = *err;
    return false;
}

bool rpc_fault_take_me(struct rpc_fault *fault, enum rpc_exit code, const struct error *err)
{
    return rpc_fault_take(fault, rpc_exit_of_me(err, code), err);
}

bool rpc_fail_fault(struct rpc *rpc, const struct rpc_fault *fault)
{
    return rpc_fail(rpc, rpc_exit_of_step(rpc, fault->code, &fault->err), "%s", fault->err.text);
}
