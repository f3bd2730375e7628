/* All that PTHI says beyond amtinfo, for people and for programs. On the run's fiber. */
#ifndef RPC_FACTS_PTHI_FACTS_H
#define RPC_FACTS_PTHI_FACTS_H

#include "mei/pthi.h"
#include "rpc/text/json.h"
#include "rpc/text/page.h"

/* Asks for each and puts what it says into both that aren't NULL: members of the open object of
 * `json`, sections of `page`. What AMT doesn't say is left out. */
void rpc_pthi_facts_put(struct mei_pthi *pthi, struct arena *arena, struct rpc_json *json,
                        struct rpc_page *page);

#endif
