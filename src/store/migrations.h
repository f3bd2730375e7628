/*
 * The schemas of the two SQLite files as an ordered table of steps. The number of steps that a file
 * has behind it is its PRAGMA user_version; each step runs in one transaction with the new number,
 * so that a process killed on the way finds the file either before or after a step. Steps are only
 * ever added at the end. Blocking; before other connections to the file are opened.
 */
#ifndef STORE_MIGRATIONS_H
#define STORE_MIGRATIONS_H

#include "store/sqlite_file.h"

enum migrations_schema { MIGRATIONS_DEVICES, MIGRATIONS_SECRETS };

/* Steps behind the file; 0: it is empty. */
bool migrations_version(struct sqlite_file *file, int64_t *version, struct error *err);

/* What becomes of a file when the store is opened. */
enum migrations_start {
    MIGRATIONS_NONE, /* a program beside the server: nothing is made, nothing is migrated */
    MIGRATIONS_RUN,  /* the file must be there */
    MIGRATIONS_MAKE  /* the file may be new */
};

/* ERROR_NOT_FOUND when the schema is not the newest yet: a server has to start once. */
bool migrations_check(struct sqlite_file *file, enum migrations_schema schema, struct error *err);

/* Brings the file to the newest schema. ERROR_STORE, with nothing changed, when the file is from a
 * newer version of the program. */
bool migrations_run(struct sqlite_file *file, enum migrations_schema schema, struct error *err);

#endif
