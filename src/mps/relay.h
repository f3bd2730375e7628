/*
 * The relay: a browser's WebSocket and a device's redirection port, each passed to the other
 * (spec mps 5). The route (mps/routes/relay.c) asks whether a session may begin while there is
 * still an HTTP answer to give; then the browser's connection moves to the device's loop, where one
 * fiber pumps each way:
 *
 *   asked for --101--> taken --device's loop--> opened --login--> open --either side ends--> over
 *
 * Each pump holds one piece at a time and reads no further until the other side has taken it, so a
 * side that stalls stops the other: a device by the credit that its channel gets only for what was
 * taken, a browser by TCP. What may wait is bounded (docs/protocol-redirection.md adds it up). A
 * side that takes nothing for 30 s while there is something for it ends the relay, never the
 * tunnel.
 *
 * A relay is a conversation with its device: whoever ends those (a tunnel that closes, a row that
 * changes, a server that stops) ends it, and the browser is told why in its Close frame. Private to
 * src/mps; the device's loop, unless noted.
 */
#ifndef MPS_RELAY_H
#define MPS_RELAY_H

#include "core/error.h"
#include "core/guid.h"
#include "core/slice.h"
#include "redir/message.h"

struct io_conn;
struct mps;
struct mps_relay;

struct mps_relay_request {
    const struct guid *guid;
    const char *tenant;
    const char *user; /* NULL: the token names nobody */
    bool has_kind;    /* else the start message tells it */
    enum redir_kind kind;
    bool tls;     /* with TLS whatever the device's row says */
    bool record;  /* the session is to be recorded */
    bool inserts; /* the device's credentials instead of the browser's */
};

/* Asks for a session: the device must be there, the kind free, and the user at the machine must
 * have consented where the device demands it. Copies the request. Waits; on a fiber of any loop.
 * NULL with ERROR_NOT_FOUND, ERROR_CONFLICT, ERROR_CONSENT, or those of
 * mps_device_converse. Free it, or hand it to mps_relay_taken. */
struct mps_relay *mps_relay_new(struct mps *mps, const struct mps_relay_request *request,
                                struct error *err);
void mps_relay_free(struct mps_relay *relay);

/* The browser's connection (http/websocket.h: http_websocket_taken): goes to the device's loop and
 * relays. Takes the relay. Any loop; does not wait. */
void mps_relay_taken(void *relay, struct io_conn *conn, struct slice ahead);

#endif
