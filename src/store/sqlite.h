/*
 * The database of one machine: SQLite in outband.db, write-ahead logged. Two connections write, one
 * at a time: `writer` with synchronous=FULL for devices and users, whose commits must survive a
 * power failure, and `presence` with synchronous=NORMAL, whose commits survive a killed process
 * (a fsync per batch of presence would buy nothing: at the next start everybody is disconnected).
 * Readers are a few connections that any thread borrows for one call.
 */
#ifndef STORE_SQLITE_H
#define STORE_SQLITE_H

#include "store/database.h"
#include "store/migrations.h"
#include "store/sqlite_file.h"

#include <pthread.h>

#define SQLITE_READERS 3

struct sqlite_database {
    struct store_database base;
    pthread_mutex_t write_lock; /* held for a whole write transaction, by either writer */
    struct sqlite_file writer;
    struct sqlite_file presence;
    pthread_mutex_t read_lock; /* guards the two fields below */
    pthread_cond_t read_freed;
    bool reading[SQLITE_READERS];
    struct sqlite_file readers[SQLITE_READERS];
    atomic_bool hurried; /* sqlite_file's */
};

/* Opens `directory`/outband.db, checks all of it and, unless told not to, brings it to the newest
 * schema. An empty or missing file is an error without MIGRATIONS_MAKE. NULL with `err` on failure.
 * Blocking. */
struct store_database *sqlite_open(const char *directory, enum migrations_start start,
                                   struct error *err);

/* Borrows a reader; waits for one when all are in use, which is as long as their calls take. */
struct sqlite_file *sqlite_reader_take(struct sqlite_database *database);
void sqlite_reader_give(struct sqlite_database *database, struct sqlite_file *reader);

/* Begins a write transaction on `file` (writer or presence) with the lock; sqlite_write_end
 * commits or rolls back and unlocks. After a failed begin nothing is locked. */
bool sqlite_write_begin(struct sqlite_database *database, struct sqlite_file *file,
                        struct error *err);
bool sqlite_write_end(struct sqlite_database *database, struct sqlite_file *file, bool ok,
                      struct error *err);

/* Slots of the prepared statements on each connection. */
enum sqlite_slot {
    SQLITE_SLOT_CHECK,
    SQLITE_SLOT_DEVICE_GET,
    SQLITE_SLOT_DEVICE_OWNER,
    SQLITE_SLOT_DEVICE_INSERT,
    SQLITE_SLOT_DEVICE_UPDATE,
    SQLITE_SLOT_DEVICE_DELETE,
    SQLITE_SLOT_TAGS_OF,
    SQLITE_SLOT_TAGS_CLEAR,
    SQLITE_SLOT_TAG_INSERT,
    SQLITE_SLOT_STATS,
    SQLITE_SLOT_STATS_ALL,
    SQLITE_SLOT_TAGS,
    SQLITE_SLOT_TAGS_ALL,
    SQLITE_SLOT_LOGIN,
    SQLITE_SLOT_SEEN,
    SQLITE_SLOT_PRESENCE,
    SQLITE_SLOT_USER_GET,
    SQLITE_SLOT_USER_PUT,
    SQLITE_SLOT_USER_KEEP_ONLY,
    SQLITE_SLOT_USER_COUNT,
    SQLITE_SLOT_INVENTORY_OF,
    SQLITE_SLOT_INVENTORY_GET,
    SQLITE_SLOT_INVENTORY_OLD,
    SQLITE_SLOT_INVENTORY_THERE,
    SQLITE_SLOT_INVENTORY_PUT,
    SQLITE_SLOT_JOB_INSERT,
    SQLITE_SLOT_JOB_FIND_DEVICE,
    SQLITE_SLOT_JOB_DEVICE_INSERT,
    SQLITE_SLOT_JOB_GET,
    SQLITE_SLOT_JOB_COUNTS,
    SQLITE_SLOT_JOB_LIST,
    SQLITE_SLOT_JOB_LIST_COUNT,
    SQLITE_SLOT_JOB_DEVICES,
    SQLITE_SLOT_JOB_DEVICES_COUNT,
    SQLITE_SLOT_JOB_OWNER,
    SQLITE_SLOT_JOB_DELETE,
    SQLITE_SLOT_JOB_UNFINISHED,
    SQLITE_SLOT_JOB_SET_STATE,
    SQLITE_SLOT_JOB_SKIP,
    SQLITE_SLOT_JOB_WRITE,
    SQLITE_SLOT_JOB_RECOVER,
    SQLITE_SLOT_JOB_TRIM,
    SQLITE_SLOT_JOB_PUBLISH,
    SQLITE_SLOT_JOB_ABANDON,
    SQLITE_SLOT_JOB_NUMBER,
    SQLITE_SLOT_JOB_DEVICE_STATE,
    SQLITE_SLOT_JOB_SKIP_COUNTS,
    SQLITE_SLOT_JOB_AGAIN_COUNTS,
    SQLITE_SLOT_JOB_UNKNOWN_COUNTS,
    SQLITE_SLOT_DOMAIN_MATCH,
    SQLITE_SLOT_CONFIGURATION_VERSION,
    SQLITE_SLOT_CONFIGURATION_NAME, /* of a row that refers, or has what must be unique: 8 */
    SQLITE_SLOT_LINKS = SQLITE_SLOT_CONFIGURATION_NAME + 8, /* of profiles: 3 of each kind */
    SQLITE_SLOT_CONFIGURATIONS = SQLITE_SLOT_LINKS + 6,     /* 6 of each kind */
    SQLITE_SLOT_PROVISIONING_OPEN = SQLITE_SLOT_CONFIGURATIONS + 36,
    SQLITE_SLOT_PROVISIONING_INTERRUPT,
    SQLITE_SLOT_PROVISIONING_BEGIN,
    SQLITE_SLOT_PROVISIONING_STEP,
    SQLITE_SLOT_PROVISIONING_FINISH,
    SQLITE_SLOT_PROVISIONING_TRIM,
    SQLITE_SLOT_PROVISIONING_TRIM_ALL,
    SQLITE_SLOT_NEWCOMER_KNOWN,
    SQLITE_SLOT_NEWCOMER_COUNT,
    SQLITE_SLOT_NEWCOMER_INSERT,
    SQLITE_SLOT_NEWCOMER_TOTAL,
    SQLITE_SLOT_NEWCOMER_DELETE,
    SQLITE_SLOT_PROVISIONING_QUERIES, /* 4 */
    SQLITE_SLOT_LIST =
        SQLITE_SLOT_PROVISIONING_QUERIES + 4, /* and one per combination of filters from here */
};

#endif
