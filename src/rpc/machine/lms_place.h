/*
 * Where LMS is looked for, who is there, and connections to it. Nothing is sent to, and no
 * connection is made with, a listener that is not trusted (rpc/machine/listener.h), unless the
 * operator has named the place: then it is his word, and a doubt is told.
 *
 * On fibers of one loop. No life cycle: a place is a value.
 */
#ifndef RPC_MACHINE_LMS_PLACE_H
#define RPC_MACHINE_LMS_PLACE_H

#include "core/error.h"
#include "io/conn.h"
#include "io/resolve.h"
#include "io/stream.h"
#include "rpc/machine/listener.h"

/* What is at one of LMS's ports. */
enum rpc_port {
    RPC_PORT_UNASKED,
    RPC_PORT_NOBODY,   /* refused */
    RPC_PORT_STRANGER, /* a listener that is not trusted; nothing was sent */
    RPC_PORT_SILENT,   /* takes connections and says nothing */
    RPC_PORT_HANGS_UP, /* ends them without a word */
    RPC_PORT_NO_TLS,   /* answers TLS with something else */
    RPC_PORT_ANSWERS,
};

/* Whether it takes connections and is of no use. */
bool rpc_port_is_ill(enum rpc_port port);

struct rpc_lms_place {
    struct io_address addresses[IO_RESOLVE_MOST]; /* with LMS's port without TLS */
    size_t count;
    bool asked; /* the operator has named it */
};

/* `host` is an address or a name, NULL for 127.0.0.1; `port` the one without TLS, 0 for 16992; with
 * TLS it is the next. Waits for a name. */
bool rpc_lms_place_find(struct rpc_lms_place *place, const char *host, uint16_t port, bool asked,
                        struct error *err);

/* Whether all of it is this machine's loopback. */
bool rpc_lms_place_is_here(const struct rpc_lms_place *place);

/* Who listens there for AMT's `port` (16992 or 16993), without connecting: the first of the
 * addresses where somebody does. */
void rpc_lms_place_look(const struct rpc_lms_place *place, uint16_t port,
                        struct rpc_listener *listener);

/* Whether rpc_lms_place_connect would try: somebody may be there, and is trusted or asked for. */
bool rpc_lms_place_may_serve(const struct rpc_lms_place *place, uint16_t port);

/* A place that the operator has named, and that would not be connected to otherwise: true, with why
 * in `doubt`. */
bool rpc_lms_place_is_doubtful(const struct rpc_lms_place *place, uint16_t port,
                               struct error *doubt);

/* A connection for AMT's `port`; waits. ERROR_UNAUTHORIZED, with address, port, user and what can
 * be done: the listener is not trusted. */
struct io_stream *rpc_lms_place_connect(const struct rpc_lms_place *place, uint16_t port,
                                        struct error *err);

/* One try, with a request that needs no login; within the fiber's deadline. With `shake` TLS is
 * tried too, whatever certificate is shown, else a connection to 16993 is taken for an answer: the
 * handshake is left to who knows what to trust. */
enum rpc_port rpc_lms_place_probe(const struct rpc_lms_place *place, uint16_t port, bool shake,
                                  struct error *err);

#endif
