/*
 * One program at a time sets AMT up, or takes it out of use: two that do it at once are each told
 * half of the truth. The lock (flock) is on the device file of the engine, so that there is one for
 * a machine, nobody can hold it who may not use the engine, nothing is left behind in any folder,
 * and it goes with the process. On the run's fiber.
 */
#ifndef RPC_MACHINE_TURN_H
#define RPC_MACHINE_TURN_H

#include "rpc/fault.h"

/* Until the run ends. Waits a minute for another program, and says so. Faults: 4 when that takes
 * longer. Where no device can be opened the caller's own work tells why. */
bool rpc_turn_take(struct rpc *rpc, struct rpc_fault *fault);

/* The lock on the file; -1: ERROR_BUSY when another has it for all of `wait_ms`, ERROR_CANCELLED,
 * ERROR_NOT_FOUND when it cannot be opened or locked. `waits` is called once when it must be waited
 * for. */
int rpc_turn_lock(const char *path, uint64_t wait_ms, void (*waits)(void *context), void *context,
                  struct error *err);

#endif
