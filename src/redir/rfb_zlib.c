#include "redir/rfb_zlib.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

#define RAW_DEFLATE (-MAX_WBITS)

/* Where bytes go that are not wanted, and the one that is too many: a piece at a time. */
#define SCRATCH 2048

void redir_rfb_zlib_init(struct redir_rfb_zlib *z)
{
    memset(z, 0, sizeof *z);
    if (inflateInit2(&z->stream, RAW_DEFLATE) != Z_OK)
        abort(); /* out of memory, which memory.h does not outlive either */
}

void redir_rfb_zlib_fini(struct redir_rfb_zlib *z)
{
    inflateEnd(&z->stream);
}

static bool inflate_all(struct redir_rfb_zlib *z, struct slice in, uint8_t *to, size_t *size,
                        size_t limit, struct error *err)
{
    uint8_t scratch[SCRATCH];
    z_stream *s = &z->stream;
    s->next_in = (Bytef *)in.data;
    s->avail_in = (uInt)in.size;
    do {
        size_t room = to != NULL ? limit - *size : 0;
        s->next_out = scratch;
        s->avail_out = sizeof scratch;
        if (room > 0) {
            s->next_out = to + *size;
            s->avail_out = (uInt)room;
        }
        uInt before = s->avail_out;
        int result = inflate(s, Z_SYNC_FLUSH);
        *size += before - s->avail_out;
        if (*size > limit)
            return error_set(err, ERROR_PROTOCOL,
                             "a tile of the screen inflates to more than its pixels");
        if (result == Z_BUF_ERROR && s->avail_in == 0)
            break; /* nothing more to be had */
        if (result != Z_OK)
            return error_set(err, ERROR_PROTOCOL, "the screen's compressed data is broken: %s",
                             s->msg != NULL ? s->msg : "it ends");
    } while (s->avail_in > 0 || s->avail_out == 0);
    return true;
}

/* RFC 1950 2.2: deflate with a window of 32 KB, no dictionary, and a multiple of 31. */
static bool is_header(const uint8_t *head)
{
    return head[0] == 0x78 && (head[1] & 0x20) == 0 && (head[0] << 8 | head[1]) % 31 == 0;
}

bool redir_rfb_zlib_feed(struct redir_rfb_zlib *z, struct slice in, uint8_t *to, size_t *size,
                         size_t limit, struct error *err)
{
    while (!z->begun && in.size > 0) {
        z->head[z->head_size++] = in.data[0];
        in = slice_from(in, 1);
        if (z->head_size < sizeof z->head)
            continue;
        z->begun = true;
        if (!is_header(z->head) &&
            !inflate_all(z, slice_of(z->head, sizeof z->head), to, size, limit, err))
            return false;
    }
    return in.size == 0 || inflate_all(z, in, to, size, limit, err);
}
