/* Passwords for AMT, MEBx and calls home, as firmware takes them (spec rps 1.5, 1.10). Any thread.
 */
#ifndef AMT_PASSWORD_H
#define AMT_PASSWORD_H

#include "core/arena.h"

/* A password that AMT takes: 16 characters (spec rps 1.10). In the arena; wiped by the caller. */
struct slice amt_password_generate(struct arena *arena);

/* Why AMT would refuse it, a sentence without the password; NULL: it takes it. */
const char *amt_password_fault(struct slice password);

#endif
