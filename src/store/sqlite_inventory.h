/* What was learned about devices, in the SQLite database. Meanings as in store/database.h; any
 * worker thread. */
#ifndef STORE_SQLITE_INVENTORY_H
#define STORE_SQLITE_INVENTORY_H

#include "store/sqlite.h"

bool sqlite_inventory_write(struct store_database *base,
                            const struct store_inventory_change *changes, size_t count,
                            struct error *err);
bool sqlite_inventory_get(struct store_database *base, struct arena *arena, const struct guid *guid,
                          const char *tenant, const char **document, struct error *err);

/* What a device's row shows of it: learned_info and, when `whole`, the inventory. */
bool sqlite_inventory_read(struct sqlite_file *file, const char *guid, bool whole,
                           struct arena *arena, struct store_device *device, struct error *err);

#endif
