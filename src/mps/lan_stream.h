/*
 * The connections to devices on the LAN that a shard has open, in use or kept, are counted and
 * bounded (mps_options.lan_connections): each is a descriptor and, with TLS, some 40 KB. Once there
 * are that many, a new one takes the place of a kept one, of the device first that has been idle
 * longest. Private to src/mps; on the shard's thread.
 */
#ifndef MPS_LAN_STREAM_H
#define MPS_LAN_STREAM_H

#include "core/error.h"

#include <stdint.h>

struct io_stream;
struct lan_device;
struct mps_lan;

#define MPS_LAN_CONNECTIONS 4096u /* the default */

/* Takes a place for a connection to the device, before it is opened. ERROR_BUSY when all are in
 * use. */
bool lan_stream_reserve(struct lan_device *device, struct error *err);

/* The place is not needed. */
void lan_stream_release(struct lan_device *device);

/* `inner`, which it takes, as a stream that gives the place back when it is closed. */
struct io_stream *lan_stream_new(struct lan_device *device, struct io_stream *inner);

#endif
