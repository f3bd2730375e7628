/* An APF channel as a stream (io/stream.h), for conversations with a device through its tunnel.
 * Private to src/mps. */
#ifndef MPS_CHANNEL_H
#define MPS_CHANNEL_H

#include "io/stream.h"

#include <stdint.h>

struct mps_tunnel;

/* Opens a channel to a port of the device and waits for its answer. A device that has just logged
 * in is given a moment to offer the port. The stream is closed by the
 * caller and must be closed before it lets go of the tunnel. False with ERROR_BUSY,
 * ERROR_UNSUPPORTED (port not forwarded), ERROR_CONNECTION (refused, tunnel gone) or
 * ERROR_TIMEOUT. With `tls` (may be NULL) the port after it will do when the device offers only
 * that one; *tls tells whether it did. */
bool mps_channel_open(struct mps_tunnel *tunnel, uint16_t port, bool *tls,
                      struct io_stream **stream, struct error *err);

/* Something has changed that the tunnel's channels may be waiting for: room in the connection's
 * queue, a port that is offered, the end. */
void mps_channel_wake(struct mps_tunnel *tunnel);

#endif
