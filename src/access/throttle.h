/*
 * How often a password may be tried. Failures are counted per source address (IPv6: per /64) and
 * per user from one source, never per user alone, so that nobody locks an administrator out from
 * elsewhere. Past the free tries each failure shuts the door for longer, 1 s, 2 s, 4 s … a minute,
 * and then lets one try in at a time: slow, but never shut for good, since many may share a source
 * behind a gateway. For the same reason a user who logged in from a source within a month gets past
 * the failures of others there; the user's own still count. A quarter of an hour without failure is
 * forgiven. The table is bounded; when it is full the entry that was used longest ago goes, those
 * that hold no success first. Any thread. Times are given, so that tests need not wait.
 */
#ifndef ACCESS_THROTTLE_H
#define ACCESS_THROTTLE_H

#include "core/error.h"
#include "core/slice.h"

struct throttle;

#define THROTTLE_ENTRIES      1024
#define THROTTLE_USER_TRIES   5  /* free failures of one user from one source */
#define THROTTLE_SOURCE_TRIES 20 /* free failures of one source */
#define THROTTLE_AT_ONCE      16 /* tries of one source that are being checked */
#define THROTTLE_SHUT_MOST_MS UINT64_C(60000)

#define THROTTLE_PARTY_SIZE 64

/* The part of an address (in text, IPv6 in brackets or not) that one party can be expected to hold:
 * all of IPv4, a /64 of IPv6. How many bytes it has; 0 for NULL. What is no address stands for
 * itself, cut. Any thread. */
size_t throttle_party(const char *source, uint8_t party[THROTTLE_PARTY_SIZE]);

struct throttle *throttle_new(void);
void throttle_free(struct throttle *throttle);

/* Admits a try, or refuses with ERROR_THROTTLED and the seconds to wait. Each admitted try is
 * ended by throttle_end. `source` is an address in text, as it comes; NULL counts as one source. */
bool throttle_begin(struct throttle *throttle, struct slice user, const char *source,
                    uint64_t now_ms, struct error *err);

/* Milliseconds until a try of this user from this source can be admitted; 0: now. */
uint64_t throttle_wait_ms(struct throttle *throttle, struct slice user, const char *source,
                          uint64_t now_ms);

enum throttle_outcome {
    THROTTLE_SUCCESS, /* forgives the user's failures from this source, and is remembered */
    THROTTLE_FAILURE,
    THROTTLE_NEITHER /* the password was not checked */
};

void throttle_end(struct throttle *throttle, struct slice user, const char *source,
                  enum throttle_outcome outcome, uint64_t now_ms);

/* Entries in use; at most THROTTLE_ENTRIES. */
size_t throttle_size(struct throttle *throttle);

#endif
