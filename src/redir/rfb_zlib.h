/*
 * The zlib stream that all tiles of a screen session are pieces of (spec device-protocols 3.3): one
 * header before the first, then blocks, stored or compressed, each tile ending with a flush; never
 * an end. Clients disagree whether there is a header at all, so the first two bytes decide. Takes
 * about 7 KB, and 32 KB more from the first tile on. One owner; no locking.
 */
#ifndef REDIR_RFB_ZLIB_H
#define REDIR_RFB_ZLIB_H

#include "core/error.h"
#include "core/slice.h"

#include <zlib.h>

struct redir_rfb_zlib {
    z_stream stream;
    uint8_t head[2];
    uint8_t head_size;
    bool begun; /* past the header */
};

void redir_rfb_zlib_init(struct redir_rfb_zlib *z);
void redir_rfb_zlib_fini(struct redir_rfb_zlib *z);

/* Inflates all of `in`. The first bytes of what comes out are appended to `to`, whose `*size` bytes
 * are there already; all of it counts, and more than `limit` altogether is ERROR_PROTOCOL, as is a
 * stream that is broken or ends. `to` has room for `limit` bytes; NULL when nobody wants them. */
bool redir_rfb_zlib_feed(struct redir_rfb_zlib *z, struct slice in, uint8_t *to, size_t *size,
                         size_t limit, struct error *err);

#endif
