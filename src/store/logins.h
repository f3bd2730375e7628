/*
 * What CIRA logins need of the store: the login record of a device, from a bounded cache or, for
 * all that wait at the time, from one pass over the database.
 *
 *   logins_get ──► cache ──hit──► answer
 *        └─miss──► queue ──► a worker takes all of it, reads in one pass, answers each
 *
 * A record leaves the cache when its device changes, after a minute (another program may have
 * changed it), or when there is no more room; it is wiped then. That there is no such device is
 * remembered too, for two seconds, so that who asks cannot tell by the time.
 */
#ifndef STORE_LOGINS_H
#define STORE_LOGINS_H

#include "store/database.h"
#include "store/secrets.h"

struct io_pool;
struct logins;

struct logins_options {
    struct store_database *database;
    struct store_secrets *secrets;
    struct io_pool *pool;   /* one thread, and a queue longer than waiting_limit */
    uint32_t cache_limit;   /* records; a quarter more for devices that are not there */
    uint32_t waiting_limit; /* more lookups than this at once are ERROR_BUSY */
};

struct logins *logins_new(const struct logins_options *options);

/* After the pool. NULL is allowed. */
void logins_free(struct logins *logins);

/* See store_login_get. Waits; on a fiber. */
bool logins_get(struct logins *logins, const struct guid *guid, struct store_login *login,
                struct error *err);

/* The device has changed: what was read before is not kept. Any thread. */
void logins_forget(struct logins *logins, const struct guid *guid);

#endif
