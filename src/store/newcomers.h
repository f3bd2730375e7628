/*
 * Devices that nobody knows but for what an agent said: there are secrets of them and no row, since
 * a set-up has begun and was not handed over yet. Agents without a token can invent such devices,
 * so they are counted, and past a limit no more begin. None ever gives way to a newer one: its
 * password is stored before it is sent, so from then on it may be on a machine, which nobody could
 * open again without it. Whoever invents devices is sent that request as well, so that having
 * sent it tells the two apart no more than time does. Refusing loses nothing: the machine is as it
 * was.
 *
 * Part of store/store.h; the same rules: all functions wait (on a fiber), on any loop.
 */
#ifndef STORE_NEWCOMERS_H
#define STORE_NEWCOMERS_H

#include "store/store.h"

#define STORE_NEWCOMER_SOURCE_LIMIT 64 /* bytes */

/* How many there may be. */
struct store_newcomer_limits {
    uint64_t all;
    uint64_t of_tenant;
    uint64_t of_source; /* that came within an hour */
};

enum store_newcomer_limit {
    STORE_NEWCOMER_NO_LIMIT,
    STORE_NEWCOMER_ALL,
    STORE_NEWCOMER_TENANT,
    STORE_NEWCOMER_SOURCE
};

struct store_newcomer {
    struct guid guid;
    const char *tenant;
    const char *source; /* where its agent calls from */
    int64_t now_ms;     /* wall clock */
};

/* Before the first secret of the device is stored. One that is counted already, or has a row by
 * now, is not counted again. ERROR_BUSY when there are too many, and *reached says of what;
 * *total is how many there are then. */
bool store_newcomer_add(struct store *store, const struct store_newcomer *newcomer,
                        const struct store_newcomer_limits *limits,
                        enum store_newcomer_limit *reached, uint64_t *total, struct error *err);

/* The device was handed over, or its secrets are gone. One that is not counted is a success. */
bool store_newcomer_remove(struct store *store, const struct guid *guid, const char *tenant,
                           uint64_t *total, struct error *err);

#endif
