/*
 * HTTP/1.x messages from bytes, in pieces of any size: the server and the simulated device feed
 * requests, the client feeds answers. Pure: bytes in, one message at a time out, no I/O.
 *
 *     feed → MORE … → HEAD (once, when the head is complete) → MORE … → DONE → next → feed …
 *
 * Strict where leniency lets two parsers disagree about where a message ends: Content-Length
 * together with Transfer-Encoding, repeated Content-Length, folded header lines, NUL and other
 * control bytes, bare CR or LF in the head, and versions other than 1.0 and 1.1 are refused.
 *
 * A body is collected, or taken away piece by piece while it comes (http_parser_stream).
 *
 * Life cycle: new → any number of messages → free. After a failure only free is of use. Between
 * messages the parser holds no memory but itself. One owner; no locking.
 */
#ifndef HTTP_PARSE_H
#define HTTP_PARSE_H

#include "http/header.h"

#define HTTP_PARSE_HEADERS_LIMIT 100 /* header fields of one message */

enum http_parse_kind { HTTP_PARSE_REQUEST, HTTP_PARSE_RESPONSE };

enum http_parse {
    HTTP_PARSE_MORE,           /* all bytes taken, the message is not complete */
    HTTP_PARSE_HEAD,           /* the head is complete; feed the rest (perhaps nothing) to go on */
    HTTP_PARSE_DONE,           /* the message is complete; what was not taken is the next one's */
    HTTP_PARSE_BAD,            /* not HTTP as we accept it */
    HTTP_PARSE_HEAD_TOO_LARGE, /* more bytes or header fields than allowed */
    HTTP_PARSE_BODY_TOO_LARGE, /* announced or real size over the limit */
};

struct http_message {
    struct slice method; /* request */
    struct slice target; /* request: as sent */
    int status;          /* answer */
    int minor_version;   /* 0 or 1: HTTP/1.0 or HTTP/1.1 */
    bool keep_alive;     /* the connection may carry another message */
    bool until_close;    /* answer whose body ends with the connection */
    const struct http_header *headers;
    size_t header_count;
    struct slice body; /* chunks joined; whole once DONE */
};

struct http_parser;

/* Limits in bytes: the head with its line ends, and the body after joining chunks. */
struct http_parser *http_parser_new(enum http_parse_kind kind, size_t head_limit,
                                    uint64_t body_limit);

/* Overwrites what it held. NULL is allowed. */
void http_parser_free(struct http_parser *parser);

/* Takes bytes from the front of *bytes, which afterwards holds what was not taken. */
enum http_parse http_parser_feed(struct http_parser *parser, struct slice *bytes);

/* Between HEAD and the next feed: the body of this message may have at most `limit` bytes, in place
 * of what http_parser_new said. HTTP_PARSE_BODY_TOO_LARGE when it announces more, else HEAD. */
enum http_parse http_parser_limit(struct http_parser *parser, uint64_t limit);

/* Likewise: the body is not collected but kept until http_parser_drop takes it away, piece by
 * piece; whoever feeds sees that it stays small. The message's `body` stays empty. */
void http_parser_stream(struct http_parser *parser);

/* What has come of a streamed body and was not dropped yet; borrowed until the next call. */
struct slice http_parser_piece(const struct http_parser *parser);
void http_parser_drop(struct http_parser *parser, size_t size);

/* The peer has ended the stream: DONE when that completes an answer read until close, else BAD. */
enum http_parse http_parser_end(struct http_parser *parser);

/* The answer belongs to a HEAD request: it has no body whatever its headers say. Call before the
 * first byte of the answer is fed. */
void http_parser_no_body(struct http_parser *parser);

/* The message; its head is valid from HEAD on, its body from DONE on. Borrowed until
 * http_parser_next or http_parser_free. */
const struct http_message *http_parser_message(const struct http_parser *parser);

/* True when no byte of the current message has been taken yet. */
bool http_parser_idle(const struct http_parser *parser);

/* Forgets the message that was complete, overwrites it (it may hold secrets), and gets ready for
 * another. */
void http_parser_next(struct http_parser *parser);

/* What was wrong after BAD, for people: a constant text. */
const char *http_parser_reason(const struct http_parser *parser);

#endif
