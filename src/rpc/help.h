/* What a person is told who asks how a command is written. Pure. */
#ifndef RPC_HELP_H
#define RPC_HELP_H

#include "core/buffer.h"

/* The help for `words` ("" or "configure": the commands below; "configure tls": its options). */
void rpc_help_print(struct buffer *out, const char *words);

#endif
