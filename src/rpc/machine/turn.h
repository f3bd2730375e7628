/*
 * One program at a time changes AMT: two that do it at once are each told half of the truth. A
 * command that does (RPC_NEEDS_TURN) has the turn from before its first look at the machine until
 * its end; what it does has not to think of it. The lock (flock) is on the device file of the
 * engine, so that there is one for a machine, nobody can hold it who may not use the engine,
 * nothing is left behind in any folder, and it goes with the process. On the run's fiber.
 */
#ifndef RPC_MACHINE_TURN_H
#define RPC_MACHINE_TURN_H

#include "rpc/run/run.h"

/* Until the run ends. Waits a minute for another program, and says so. False: the run has failed, 4
 * when that takes longer. Where no device can be opened the command's own work tells why; 10 where
 * one can, and takes no lock. */
bool rpc_turn_take(struct rpc *rpc);

/* What rpc_turn_lock has given; also where a child of this process has the file, too. */
void rpc_turn_unlock(int file);

/* The lock on the file; -1: ERROR_BUSY when another has it for all of `wait_ms`, ERROR_CANCELLED,
 * ERROR_NOT_FOUND when it cannot be opened, ERROR_CONNECTION when it cannot be locked. `waits` is
 * called once when it must be waited for. */
int rpc_turn_lock(const char *path, uint64_t wait_ms, void (*waits)(void *context), void *context,
                  struct error *err);

#endif
