/* Provisioning sessions in the SQLite database. Meanings as in store/database.h and
 * store/provisionings.h; any worker thread. */
#ifndef STORE_SQLITE_PROVISIONINGS_H
#define STORE_SQLITE_PROVISIONINGS_H

#include "store/provisionings.h"
#include "store/sqlite.h"

bool sqlite_provisioning_begin(struct store_database *base, struct arena *arena,
                               struct store_provisioning *provisioning,
                               struct store_provisioning *interrupted, struct error *err);
bool sqlite_provisioning_step(struct store_database *base, int64_t number, const char *step,
                              struct error *err);
bool sqlite_provisioning_finish(struct store_database *base,
                                const struct store_provisioning *provisioning, struct error *err);
bool sqlite_provisioning_list(struct store_database *base, struct arena *arena,
                              const struct guid *guid, const char *tenant, int outcome,
                              uint32_t top, uint32_t skip,
                              struct store_provisioning **provisionings, size_t *count,
                              uint64_t *total, struct error *err);

#endif
