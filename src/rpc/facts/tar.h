/* An archive of files (POSIX ustar) in a buffer. Names are ASCII of at most 99 bytes. Pure. */
#ifndef RPC_FACTS_TAR_H
#define RPC_FACTS_TAR_H

#include "core/buffer.h"

#include <stdint.h>

void rpc_tar_put(struct buffer *tar, const char *name, int64_t time, struct slice content);

/* After the last file. */
void rpc_tar_end(struct buffer *tar);

#endif
