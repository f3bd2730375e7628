/*
 * WebSocket frames (RFC 6455 section 5) from and to bytes. Private to this room; pure.
 *
 * The decoder takes bytes of the peer in pieces of any size and gives the payload of data frames
 * in the same memory: what it gives is never longer than what it took, so it needs no buffer, and a
 * stream unmasks where its reader wants the bytes. (wslay, which the tests hold this against,
 * unmasks byte by byte inside a buffer of 4 KB of its own: 1.1 GB/s, slower than AES-GCM; this does
 * 17 GB/s and more.)
 */
#ifndef HTTP_WEBSOCKET_FRAME_H
#define HTTP_WEBSOCKET_FRAME_H

#include "core/slice.h"

#define HTTP_FRAME_HEAD_SIZE    14  /* the longest head */
#define HTTP_FRAME_CONTROL_SIZE 125 /* the longest payload of a control frame */

enum http_frame_kind {
    HTTP_FRAME_CONTINUATION = 0x0,
    HTTP_FRAME_TEXT = 0x1,
    HTTP_FRAME_BINARY = 0x2,
    HTTP_FRAME_CLOSE = 0x8,
    HTTP_FRAME_PING = 0x9,
    HTTP_FRAME_PONG = 0xa,
};

/* Writes the head of an unfragmented frame; `mask` (4 bytes) is NULL for a server's frame. Returns
 * its size. */
size_t http_frame_head(uint8_t to[HTTP_FRAME_HEAD_SIZE], enum http_frame_kind kind, uint64_t size,
                       const uint8_t *mask);

/* XORs `size` bytes at `from` with the mask into `to`, which may be the same place or one before
 * it. `offset` is that of the first byte in its frame's payload. */
void http_frame_mask(uint8_t *to, const uint8_t *from, size_t size, const uint8_t mask[4],
                     uint64_t offset);

/* True for a code that a Close frame may carry (RFC 6455 7.4, and 1012 to 1014 that were registered
 * later). */
bool http_frame_code_is_valid(unsigned code);

struct http_frame_decoder {
    bool masked;    /* whether the peer must mask its frames: it is a client */
    bool whole;     /* the end of each message shows, and text is left as it is sent */
    uint64_t limit; /* most bytes of one frame's payload; with `whole` of one message's */

    uint8_t head[HTTP_FRAME_HEAD_SIZE];
    uint8_t head_size;
    uint8_t kind;    /* of the frame whose payload comes; valid while `inside` */
    bool inside;     /* the head is complete */
    bool last;       /* frame of its message */
    uint64_t size;   /* of the payload */
    uint64_t taken;  /* of it so far */
    uint64_t before; /* with `whole`: payload of the message's earlier frames */
    uint8_t mask[4];

    uint8_t message; /* HTTP_FRAME_TEXT or _BINARY while one has begun and not ended, else 0 */
    uint8_t lead;    /* first byte of a character whose second has not come yet, else 0 */
    bool text;       /* the last message that began was text */

    uint8_t control[HTTP_FRAME_CONTROL_SIZE]; /* payload of the last control frame */
    uint8_t control_size;
    uint16_t code;   /* what to close with after HTTP_DECODED_BAD */
    const char *why; /* for people, constant */
};

enum http_decoded {
    HTTP_DECODED_MORE,    /* all bytes are taken */
    HTTP_DECODED_PING,    /* `control` is its payload; go on with what is left */
    HTTP_DECODED_PONG,    /* the same */
    HTTP_DECODED_CLOSE,   /* `control` is its payload, which is in order; take no more */
    HTTP_DECODED_BAD,     /* the peer breaks the rules: `code` and `why` */
    HTTP_DECODED_MESSAGE, /* with `whole`: the message is complete; what is left is behind it */
};

/* Where the decoder reads and writes: `to` starts as `from` and never passes it. */
struct http_decoding {
    uint8_t *from;
    size_t left;
    uint8_t *to;
};

void http_frame_decoder_init(struct http_frame_decoder *decoder, bool masked, uint64_t limit);

enum http_decoded http_frame_decode(struct http_frame_decoder *decoder,
                                    struct http_decoding *decoding);

#endif
