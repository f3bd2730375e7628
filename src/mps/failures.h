/*
 * Refused CIRA logins, so that guessing passwords takes time. Counted per device from one source
 * address (IPv6: per /64) and per source over all devices. Past the free tries the next refusal is
 * answered later and later: 1 s, 2 s, 4 s … 30 s. A right password is never delayed, and nothing is
 * counted per device alone, so that nobody keeps a device out from elsewhere; how many connections
 * a source may try side by side is bounded by its listener (io_listen_options.source_rate).
 *
 * A table of fixed size; where it is full, what failed longest ago makes room. A quarter of an hour
 * without failure is forgiven. Any thread. Times are given, so that tests need not wait. Private to
 * src/mps.
 */
#ifndef MPS_FAILURES_H
#define MPS_FAILURES_H

#include "core/guid.h"
#include "io/conn.h"

#define MPS_FAILURES_DEVICE_TRIES 3 /* free failures of one device from one source */
#define MPS_FAILURES_SOURCE_TRIES \
    50 /* free failures of one source: a whole site may call from it */
#define MPS_FAILURES_DELAY_MOST 30000

struct mps_failures;

struct mps_failures *mps_failures_new(void);
void mps_failures_free(struct mps_failures *failures);

/* Counts a failure; how many milliseconds to wait before the device hears of it. */
uint32_t mps_failures_note(struct mps_failures *failures, const struct guid *guid,
                           const struct io_address *source, uint64_t now_ms);

/* Forgives the device's failures from this source: it has logged in. */
void mps_failures_forgive(struct mps_failures *failures, const struct guid *guid,
                          const struct io_address *source);

#endif
