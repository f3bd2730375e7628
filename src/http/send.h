/* Sending an answer on a connection, piece by piece, on its fiber. Private to the server. */
#ifndef HTTP_SEND_H
#define HTTP_SEND_H

#include "http/connection.h"

/* Queues head and body, each piece once the ones before are with the kernel; within send_ms. False
 * when the client has gone or was too slow. */
bool http_send_answer(struct http_connection *c, struct arena *arena, struct slice head,
                      struct slice body);

/* Likewise a head and the part of a file that the answer names; send_ms is for each piece. */
bool http_send_file(struct http_connection *c, const struct http_exchange *x, struct slice head);

#endif
