/*
 * How often agents may say passwords of devices, so that nobody guesses one, and nobody keeps a
 * device's own agent out by guessing. Wrong ones are counted three times over: of the device from
 * one source (an IPv4 address, a /64 of IPv6), of the device from everywhere, of the source for any
 * device. Past the free ones they are looked at one after the other, with a pause after each. Who
 * comes meanwhile waits for its turn, in order, so that it does not matter how fast others ask;
 * only when too many wait is one refused. A source from which an agent has said the right password
 * of the device has a queue of its own there, in which only its own wrong ones count: guesses from
 * elsewhere do not delay it, and those from behind the same address by a few turns at most.
 *
 * A right password is counted nowhere. All tables are bounded, and what a source has put into them
 * pushes out no more than its own share. A quarter of an hour without a wrong one is forgiven. Any
 * thread; times are given, so that tests need not wait.
 */
#ifndef RPS_BRAKE_H
#define RPS_BRAKE_H

#include "core/guid.h"

#include <stdint.h>

struct rps_brake;

#define RPS_BRAKE_PAIR_FREE   5  /* wrong ones of a device from one source … */
#define RPS_BRAKE_DEVICE_FREE 20 /* … from everywhere */
#define RPS_BRAKE_SOURCE_FREE 20 /* … of all devices from one source */
#define RPS_BRAKE_PAIR_MS     UINT64_C(3000)
#define RPS_BRAKE_DEVICE_MS   UINT64_C(10000)
#define RPS_BRAKE_SOURCE_MS   UINT64_C(500)
#define RPS_BRAKE_OWN_WAITING 20 /* of a device from a source that has proved itself for it */
#define RPS_BRAKE_WAITING     6  /* … from all other sources, two of each */

/* One that is to be looked at. */
struct rps_brake_turn {
    uint64_t ticket; /* 0: it does not wait */
};

struct rps_brake *rps_brake_new(void);
void rps_brake_free(struct rps_brake *brake);

/* 0: look at it now, then call rps_brake_note if it was wrong. Else how long to wait before asking
 * again with the same `turn`, zero at first; UINT64_MAX: it is refused, and *later is when to come
 * again. Who stops waiting calls rps_brake_leave. `source` is an address in text. */
uint64_t rps_brake_ask(struct rps_brake *brake, const struct guid *device, const char *source,
                       uint64_t now_ms, struct rps_brake_turn *turn, uint64_t *later);
void rps_brake_leave(struct rps_brake *brake, struct rps_brake_turn *turn);

/* It was wrong. */
void rps_brake_note(struct rps_brake *brake, const struct guid *device, const char *source,
                    uint64_t now_ms);

/* It was right, and the device is one that there is a record of. */
void rps_brake_trust(struct rps_brake *brake, const struct guid *device, const char *source,
                     uint64_t now_ms);
bool rps_brake_trusts(struct rps_brake *brake, const struct guid *device, const char *source,
                      uint64_t now_ms);

#endif
