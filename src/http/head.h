/* What a server asks of a request's head beyond its syntax, where leniency lets it and a proxy in
 * front of it disagree about the request. Private to the server; pure. */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include "http/parse.h"

/* NULL when the request may be served. Otherwise why not, for people, and the status to refuse it
 * with: 400 for no Host in HTTP/1.1 (RFC 9112 3.2), for Host, Authorization or Transfer-Encoding
 * that come twice, and for Transfer-Encoding in HTTP/1.0 (6.1); 501 for a coding other than
 * chunked, which we could not undo. */
const char *http_head_refuse(const struct http_message *head, int *status);

#endif
