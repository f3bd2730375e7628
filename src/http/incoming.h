/* The body of a request while its handler reads it: the connection feeds the parser, which holds a
 * bounded part, and the handler's fiber takes it away. Private to this room. */
#ifndef HTTP_INCOMING_H
#define HTTP_INCOMING_H

#include "http/parse.h"
#include "io/fiber.h"

#define HTTP_INCOMING_PAUSE      ((size_t)64 * 1024) /* kept at most, and one piece of input */
#define HTTP_INCOMING_SILENCE_MS 30000

struct http_incoming {
    struct http_parser *parser;
    bool begins;            /* nothing has been fed yet */
    enum http_parse result; /* MORE while it comes, then DONE or how it failed */
    struct io_wait more;    /* something came, or the end */
    uint32_t silence_ms;    /* the client may send nothing for that long */
    /* The handler waits for bytes: the client must be told to go on, or be read from again. */
    void (*hungry)(struct http_incoming *incoming);
};

#endif
