/*
 * All that can be found out of this machine's AMT, in one archive that may be sent to somebody: no
 * password, no key, no local account. On the run's fiber.
 */
#ifndef RPC_FACTS_BUNDLE_H
#define RPC_FACTS_BUNDLE_H

#include "rpc/run/run.h"

/* Never fails: what could not be had is listed in problems.txt of the archive. */
void rpc_bundle_collect(struct rpc *rpc, struct buffer *tar);

#endif
