/* The device calls of the SQLite database: reading and changing rows (sqlite_devices.c), finding
 * and counting them (sqlite_list.c). Meanings as in store/database.h; any worker thread. */
#ifndef STORE_SQLITE_DEVICES_H
#define STORE_SQLITE_DEVICES_H

#include "store/sqlite.h"

bool sqlite_device_get(struct store_database *base, struct arena *arena, const struct guid *guid,
                       const char *tenant, struct store_device *device, struct error *err);
bool sqlite_device_put(struct store_database *base, struct arena *arena,
                       struct store_device *device, unsigned fields, bool must_exist, bool *created,
                       struct error *err);
bool sqlite_device_delete(struct store_database *base, const struct guid *guid, const char *tenant,
                          struct error *err);

/* The columns that sqlite_device_read takes, in its order. */
#define SQLITE_DEVICE_COLUMNS                                                              \
    "guid, hostname, mpsinstance, connectionstatus, mpsusername, tenantid, friendlyname,"  \
    " dnssuffix, lastconnected, lastseen, lastdisconnected, deviceinfo, username, usetls," \
    " allowselfsigned, certhash"

/* The current row of `statement`, the tags of that device and what was learned for its deviceInfo
 * (`with_inventory`: all that was learned, too), in the arena. */
bool sqlite_device_read(struct sqlite_file *file, sqlite3_stmt *statement, bool with_inventory,
                        struct arena *arena, struct store_device *device, struct error *err);

bool sqlite_device_list(struct store_database *base, struct arena *arena,
                        const struct store_filter *filter, struct store_device **devices,
                        size_t *count, uint64_t *total, struct error *err);
bool sqlite_device_stats(struct store_database *base, const char *tenant, uint64_t *total,
                         uint64_t *connected, struct error *err);
bool sqlite_device_tags(struct store_database *base, struct arena *arena, const char *tenant,
                        const char ***tags, size_t *count, struct error *err);

/* The GUIDs that the filter finds, all of them, in their order; at most `most`, else
 * ERROR_TOO_LARGE. On `file`, inside whatever transaction it is in. */
bool sqlite_list_guids(struct sqlite_file *file, struct arena *arena,
                       const struct store_filter *filter, size_t most, struct guid **guids,
                       size_t *count, struct error *err);

/* The strings of the first column of all rows, in the arena. */
bool sqlite_strings(struct sqlite_file *file, sqlite3_stmt *statement, struct arena *arena,
                    const char ***strings, size_t *count, struct error *err);

#endif
