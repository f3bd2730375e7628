/* AMT's log of its calls to a server as text (spec rpc 2.6). Pure. */
#ifndef RPC_FACTS_CIRA_TEXT_H
#define RPC_FACTS_CIRA_TEXT_H

#include "core/buffer.h"
#include "mei/cira_log.h"

void rpc_cira_text_put(struct buffer *out, const struct mei_cira_log *log);

#endif
