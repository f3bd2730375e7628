/*
 * Whether devices that a CIRA config sends here will call in. A device that trusts our own CA means
 * to call this server, and hangs up when its certificate has another name than the device was told
 * to expect: it is set up then, and never seen. That is allowed, since another server may have a
 * certificate of this CA, so that it is a warning and no refusal. Pure.
 */
#ifndef RPS_CIRA_NAME_H
#define RPS_CIRA_NAME_H

#include "core/arena.h"
#include "store/configurations.h"

/* A sentence, in the arena; NULL: nothing is known against it. `ca_pem` is our own CA, `cira_pem`
 * what devices are shown that call in here; empty: none do. */
const char *rps_cira_name_fault(struct arena *arena, const struct store_cira_config *config,
                                struct slice ca_pem, struct slice cira_pem);

#endif
