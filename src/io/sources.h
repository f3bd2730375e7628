/* How often each source address may start a handshake: a token bucket per address (per /64 for
 * IPv6) in a table of fixed size, where the address that was quiet longest makes room. One loop. */
#ifndef IO_SOURCES_H
#define IO_SOURCES_H

#include "io/conn.h"

struct sources;

/* `rate` per second and address, in bursts of up to four times that. */
struct sources *sources_new(uint32_t rate);
void sources_free(struct sources *sources);

/* Takes one token of `address` at the time `now` (ms). False when there is none. */
bool sources_take(struct sources *sources, const struct io_address *address, uint64_t now);

#endif
