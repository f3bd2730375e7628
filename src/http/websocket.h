/*
 * WebSocket (RFC 6455) as a byte stream, for the relay of redirection sessions and for clients of
 * it. On a loop's thread; streams on fibers, one reader and one writer at a time (io/stream.h). No
 * extensions: permessage-deflate is refused by not selecting it.
 *
 * A server's side: a handler calls http_websocket_check and answers with http_websocket_accept;
 * once the answer has left, the connection leaves the HTTP server, which forgets it, and is handed
 * over detached. Whoever takes it attaches it to the loop it is wanted on, wraps it with
 * io_conn_stream and that with http_websocket_stream.
 *
 *     handler --accept--> 101 sent --> taken(conn, ahead) --io_conn_attach--> io_conn_stream
 *             --http_websocket_stream--> reads and writes --> http_websocket_end or io_stream_close
 *
 * What browsers send and take, as the toolkit's page has it (ui-toolkit 3.x, src/core
 * AMTRedirector.ts): every message that it sends is a binary frame (an ArrayBuffer with one byte
 * for each character). It leaves binaryType alone, so binary messages come to it as Blobs, which it
 * reads through a FileReader, one after another; a text message is taken as it is, the number of
 * each character being a byte, but at once, so that it would overtake binary ones still being read.
 * Servers must therefore not mix the two kinds towards one peer. Binary is always right for it;
 * text is for peers that send text themselves (http_websocket_peer_text), as pages made for the
 * older relays do.
 *
 * An idle stream holds no buffer at all: payload is unmasked in the reader's own memory.
 */
#ifndef HTTP_WEBSOCKET_H
#define HTTP_WEBSOCKET_H

#include "core/buffer.h"
#include "http/exchange.h"
#include "io/stream.h"

#define HTTP_WEBSOCKET_REASON_SIZE 124 /* the longest reason of a Close frame, with its NUL */

/* Close codes that callers give (RFC 6455 7.4.1). */
#define HTTP_WEBSOCKET_NORMAL     1000
#define HTTP_WEBSOCKET_GOING_AWAY 1001
#define HTTP_WEBSOCKET_REFUSED    1008 /* a rule of ours forbids it */
#define HTTP_WEBSOCKET_INTERNAL   1011
#define HTTP_WEBSOCKET_TRY_LATER  1013

/* --- a server's handshake --------------------------------------------------------------------- */

/* Whether the request is a WebSocket handshake (RFC 6455 4.2.1). False with the answer made: 426
 * when it asks for no upgrade or for another version, 400 when it is malformed. */
bool http_websocket_check(struct http_exchange *exchange);

/* The first sub-protocol that the client offers; empty when none. Borrowed from the exchange. */
struct slice http_websocket_protocol(const struct http_exchange *exchange);

/* Takes the connection, which is detached (io/conn.h); `ahead` is what the client sent behind its
 * handshake, borrowed during the call. `conn` is NULL when the client has gone or the answer could
 * not be sent. Called exactly once for each http_websocket_accept, on the accepting loop, not on a
 * fiber, after the handler has returned and its exchange is gone. */
typedef void http_websocket_taken(void *arg, struct io_conn *conn, struct slice ahead);

/* Answers 101 with the sub-protocol, which must be one that was offered; empty: none is named. Only
 * after http_websocket_check. */
void http_websocket_accept(struct http_exchange *exchange, struct slice protocol,
                           http_websocket_taken *taken, void *arg);

/* --- streams ---------------------------------------------------------------------------------- */

enum http_websocket_role { HTTP_WEBSOCKET_SERVER, HTTP_WEBSOCKET_CLIENT };

struct http_websocket_options {
    enum http_websocket_role role;
    bool text;              /* writes go as text frames, see http_websocket_set_text */
    bool messages;          /* it carries messages: read with http_websocket_receive only */
    uint32_t message_limit; /* bytes of one frame's payload (with `messages` of one message's),
                               more closes with 1009; default 1 MB */
    uint32_t ping_s;        /* a peer that has been silent that long while read from is asked for a
                               sign of life; one that stays silent for twice as long again is gone;
                               default 30 */
};

/*
 * A WebSocket as a stream of bytes, after the handshake. Owns `inner`. `ahead` (copied) are bytes
 * of the peer that were read before.
 *
 * Reads give the payload of binary messages as it comes, and of text messages each character's
 * number as a byte. Message boundaries do not show. Pings are answered, and the peer is asked for
 * signs of life, inside of reads, so only while somebody reads. A read gives 0 bytes once the peer
 * has sent Close; it fails with ERROR_PROTOCOL when the peer breaks the rules (closed with 1002; or
 * 1007 for text that is not UTF-8 or has a character above U+00FF), ERROR_TOO_LARGE (1009), and
 * ERROR_CONNECTION when it is gone without a Close.
 *
 * Each write is one message in one frame. It returns when `inner` has taken all of it. While one
 * waits because the peer does not read, the peer is not asked for signs of life.
 *
 * io_stream_close ends it as http_websocket_end does, with code 1000.
 */
struct io_stream *http_websocket_stream(struct io_stream *inner,
                                        const struct http_websocket_options *options,
                                        struct slice ahead);

/* Whether later writes go as text frames: each byte as the character of its number, in UTF-8. Not
 * during a write. */
void http_websocket_set_text(struct io_stream *stream, bool text);

/* Whether the last data frame that began was of a text message. */
bool http_websocket_peer_text(const struct io_stream *stream);

/*
 * For protocols whose messages mean something as a whole (option `messages`): waits for the next
 * one and puts it into `message`, whose earlier content is dropped and whose bound is at least the
 * option's and 4 KB more. Text is UTF-8, given as it was sent; http_websocket_peer_text tells text
 * from binary. Writes with `text` send UTF-8 as it is, too. *closed once the peer has sent Close,
 * with nothing in `message`. Otherwise as reads of bytes; a failed call leaves what had come of the
 * message lost, so after ERROR_TIMEOUT the stream is of no further use unless nothing had come.
 */
bool http_websocket_receive(struct io_stream *stream, struct buffer *message, bool *closed,
                            struct error *err);

/* Sends a Close frame with code and reason (cut to 123 bytes) when that goes without waiting, then
 * closes and frees. Whether it was sent. */
bool http_websocket_end(struct io_stream *stream, uint16_t code, const char *reason);

/* What the peer's Close said; code 1005 when it gave none. False while none has come. */
bool http_websocket_closed_by(const struct io_stream *stream, uint16_t *code,
                              char reason[HTTP_WEBSOCKET_REASON_SIZE]);

/* --- a client's handshake --------------------------------------------------------------------- */

/* Opens a WebSocket over a connected stream, which belongs to the result and is closed on failure.
 * `host` goes into Host; `target` is path and query; `protocol` the sub-protocol to offer, and the
 * server must then choose it; `bearer` goes into Authorization; both may be NULL. Within the
 * fiber's deadline. A refusal gives the error of its status (401 ERROR_UNAUTHORIZED, 403
 * ERROR_FORBIDDEN, 404 ERROR_NOT_FOUND, 409 ERROR_CONFLICT, …) with the sentence of its body. */
struct io_stream *http_websocket_open(struct io_stream *inner, const char *host, const char *target,
                                      const char *protocol, const char *bearer, struct error *err);

/* The same without a sub-protocol, for messages of text (http_websocket_receive) of at most
 * `message_limit` bytes. */
struct io_stream *http_websocket_open_messages(struct io_stream *inner, const char *host,
                                               const char *target, const char *bearer,
                                               uint32_t message_limit, struct error *err);

#endif
