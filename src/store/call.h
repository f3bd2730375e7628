/*
 * The insides of the store, and how its functions reach their workers: each call is a struct on the
 * stack of the fiber that waits for it. Writes have one thread, so that what one call does to
 * secrets and rows is not mixed with another's. What a login or a conversation waits for (one
 * record, one secret) has a thread of its own, and lists cannot hold it up; other reads have two.
 */
#ifndef STORE_CALL_H
#define STORE_CALL_H

#include "store/database.h"
#include "store/secrets.h"

#include <pthread.h>
#include <stdatomic.h>

struct inventory;
struct io_pool;
struct logins;
struct presence;
struct store_holds;
struct versions;

struct store {
    int lock; /* outband.lock, held while this process serves from the directory; else -1 */
    bool beside_server;
    char *instance;
    struct store_database *database;
    struct store_secrets *secrets;
    struct io_pool *readers;
    struct io_pool *writer;
    struct io_pool *lookups;
    struct logins *logins;
    struct presence *presence;
    struct inventory *inventory;
    struct versions *versions;
    struct store_holds *holds;
    atomic_bool write_failed; /* and no check has found since that writes work again */
    struct {                  /* of the last store_check */
        pthread_mutex_t lock;
        uint64_t until_ns; /* the result is good until then */
        bool failed;
        struct error err;
    } checked;
};

/* First field of each call's struct. `run` is carried out on a worker and sets ok and err. */
struct store_call {
    void (*run)(struct store_call *call);
    struct store *store;
    bool ok;
    struct error err;
};

/* Runs the call on a thread that reads, on the one for lookups, or on the one that writes, and
 * waits. A write that the store could not do is logged and remembered for store_check. */
bool store_call_read(struct store *store, struct store_call *call, struct error *err);
bool store_call_lookup(struct store *store, struct store_call *call, struct error *err);
bool store_call_write(struct store *store, struct store_call *call, struct error *err);

#endif
