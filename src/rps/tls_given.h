/*
 * The certificates that a device was given for its own TLS (TLS_ISSUED_CERTIFICATE), the newest
 * first: it must show one of them, or that of its chip. Each is stored before the device has it,
 * so from then on any of them may be the one that it shows. How many there are afterwards:
 *
 *     stored    another one is for     … for an agent that          the device of a proven agent
 *               a first run            is proven                    has taken the newest
 *     0         1                      1                            ·
 *     1 … 5     one more               one more                     1; all, while there are rivals
 *     6, 7      refused                one more                     1; all, while there are rivals
 *     8         refused                8: the second newest goes    1; all, while there are rivals
 *
 * Rivals are passwords of AMT that are not proven: each may have been left on another machine by a
 * run that did not end well, and with it one of the certificates. Where no password of AMT is
 * stored no machine has any of them, and the list begins anew.
 *
 * So, as tests/unit/rps/tls_given_test.c walks through all that can come about:
 *
 *     the newest is always there, and the one before it while another is on its way;
 *     what a first run was given goes only when there are no rivals, for a proven agent;
 *     a refusal changes nothing; two places are left for proven agents by all others.
 *
 * These are no items of the lists of passwords (store/passwords.h), though each is stored as early.
 * A certificate is shown and not said: it proves nothing, is not told to anybody, and is as good as
 * the others, so that of what passwords go through (current, seen, replaced, told) nothing would
 * be asked. Whose it is its record doesn't say, but the passwords beside it do.
 *
 * Pure but for the arena; any thread.
 */
#ifndef RPS_TLS_GIVEN_H
#define RPS_TLS_GIVEN_H

#include "core/arena.h"
#include "core/error.h"
#include "store/passwords.h"

#define RPS_TLS_GIVEN          ((size_t)8)
#define RPS_TLS_GIVEN_UNPROVEN ((size_t)6) /* a first run adds none past these */

struct rps_tls_given {
    struct slice der[RPS_TLS_GIVEN]; /* the newest first */
    size_t count;
    bool held;   /* a password of AMT is stored, so a machine may have them */
    bool rivals; /* … one that is not proven */
};

/* Those that are stored of a device; in the arena. */
void rps_tls_given_read(struct arena *arena, const struct store_passwords *stored,
                        struct rps_tls_given *given);

/* As they are stored. In the arena. */
const char *rps_tls_given_pem(struct arena *arena, const struct rps_tls_given *given);

/* About to be given to the device; borrowed. `proven`: the agent is (rps/standing.h).
 * ERROR_CONFLICT: no place is left. */
bool rps_tls_given_add(struct rps_tls_given *given, struct slice der, bool proven,
                       struct error *err);

/* The device has taken the newest. Whether any went. */
bool rps_tls_given_settle(struct rps_tls_given *given, bool proven);

#endif
