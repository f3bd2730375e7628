/*
 * Why a step of a command failed: an exit code and a sentence. Steps are shared by commands and by
 * profiles, which try some of them again and go on after others; so they don't end the run
 * themselves. Pure; any thread.
 */
#ifndef RPC_MACHINE_FAULT_H
#define RPC_MACHINE_FAULT_H

#include "rpc/run/run.h"

struct rpc_fault {
    enum rpc_exit code;
    struct error err;
};

/* Always false, so that a step can return it. ERROR_INVALID: trying again is of no use. */
bool rpc_fault_set(struct rpc_fault *fault, enum rpc_exit code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The sentence of `err`; `code`, or a more specific one where the error has one (ERROR_LOGIN: 100).
 * Always false. */
bool rpc_fault_take(struct rpc_fault *fault, enum rpc_exit code, const struct error *err);

/* The same for what PTHI and the watchdog say, as rpc_fail_me has it. */
bool rpc_fault_take_me(struct rpc_fault *fault, enum rpc_exit code, const struct error *err);

/* Ends the run with it. Always false. */
bool rpc_fail_fault(struct rpc *rpc, const struct rpc_fault *fault);

#endif
