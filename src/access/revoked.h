/*
 * Tokens that were given back before they expire. A fixed number of places in memory, found by a
 * keyed hash; where they are full the token that would have expired first is forgotten. A restart
 * forgets all. Any thread.
 */
#ifndef ACCESS_REVOKED_H
#define ACCESS_REVOKED_H

#include "core/slice.h"

#include <stdbool.h>
#include <stdint.h>

#define REVOKED_PLACES 16384

struct revoked;

struct revoked *revoked_new(void);
void revoked_free(struct revoked *revoked);

/* Refuses the token until `expires_s`, after which it is nothing anyway. */
void revoked_add(struct revoked *revoked, struct slice token, int64_t expires_s, int64_t now_s);

/* True when the token was added and has not expired. Costs nothing while none was ever added. */
bool revoked_has(struct revoked *revoked, struct slice token, int64_t now_s);

#endif
