/* The key of a WebSocket handshake and the answer to it (RFC 6455 1.3), for both sides. Private to
 * this room; pure. */
#ifndef HTTP_WEBSOCKET_KEY_H
#define HTTP_WEBSOCKET_KEY_H

#include "core/arena.h"

#define HTTP_WEBSOCKET_KEY_SIZE 16 /* bytes, before base64 */

/* The value of Sec-WebSocket-Accept that answers this value of Sec-WebSocket-Key, in the arena. */
struct slice http_websocket_answer_to(struct arena *arena, struct slice key);

#endif
