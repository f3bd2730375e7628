/* The bytes of an answer. Private to the server; pure but for the clock. */
#ifndef HTTP_ANSWER_H
#define HTTP_ANSWER_H

#include "http/exchange.h"

enum http_answer_connection {
    HTTP_ANSWER_DEFAULT,    /* says nothing: HTTP/1.1 stays open */
    HTTP_ANSWER_KEEP_ALIVE, /* for HTTP/1.0 */
    HTTP_ANSWER_CLOSE,
    HTTP_ANSWER_UPGRADE, /* the connection leaves HTTP behind the head (101) */
};

/* Status line and headers for the answer in `exchange`, in its arena; *body is what follows them
 * (empty for HEAD, 204 and 304), borrowed from the exchange. Adds a weak ETag to answers with
 * status 200 to GET and HEAD, and turns them into 304 when If-None-Match has it (spec mps 1.1). */
struct slice http_answer_head(struct http_exchange *exchange,
                              enum http_answer_connection connection, bool tls, struct slice *body);

#endif
