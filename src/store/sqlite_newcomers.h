/* Devices with secrets and no row in the SQLite database. Meanings as in store/newcomers.h; any
 * worker thread. */
#ifndef STORE_SQLITE_NEWCOMERS_H
#define STORE_SQLITE_NEWCOMERS_H

#include "store/newcomers.h"
#include "store/sqlite.h"

bool sqlite_newcomer_add(struct store_database *base, const struct store_newcomer *newcomer,
                         const struct store_newcomer_limits *limits,
                         enum store_newcomer_limit *reached, uint64_t *total, struct error *err);
bool sqlite_newcomer_remove(struct store_database *base, const struct guid *guid,
                            const char *tenant, uint64_t *total, struct error *err);

#endif
