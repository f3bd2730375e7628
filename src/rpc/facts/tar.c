#include "rpc/facts/tar.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BLOCK 512

/* Offsets in a header block, and what stands there. */
enum { NAME = 0, MODE = 100, UID = 108, GID = 116, SIZE = 124, TIME = 136, SUM = 148, KIND = 156 };

static void pad(struct buffer *tar, size_t size)
{
    static const uint8_t zeros[BLOCK];
    buffer_put(tar, slice_of(zeros, (BLOCK - size % BLOCK) % BLOCK));
}

void rpc_tar_put(struct buffer *tar, const char *name, int64_t time, struct slice content)
{
    char header[BLOCK + 16] = {0};
    unsigned sum = 0;
    (void)snprintf(header + NAME, 100, "%s", name);
    memcpy(header + MODE, "0000600", 8);
    memcpy(header + UID, "0000000", 8);
    memcpy(header + GID, "0000000", 8);
    (void)snprintf(header + SIZE, 12, "%011zo", content.size);
    (void)snprintf(header + TIME, 12, "%011" PRIo64, (uint64_t)time & UINT64_C(077777777777));
    memset(header + SUM, ' ', 8);
    header[KIND] = '0';
    memcpy(header + 257,
           "ustar\0"
           "00",
           8);
    for (size_t i = 0; i < BLOCK; i++)
        sum += (uint8_t)header[i];
    (void)snprintf(header + SUM, 7, "%06o", sum & 0777777U);
    buffer_put(tar, slice_of(header, BLOCK));
    buffer_put(tar, content);
    pad(tar, content.size);
}

void rpc_tar_end(struct buffer *tar)
{
    static const uint8_t zeros[2 * BLOCK];
    buffer_put(tar, slice_of(zeros, sizeof zeros));
}
