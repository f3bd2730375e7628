/*
 * Columns and the members of a row's struct that they hold: a constant table per kind of row, from
 * which rows are bound to statements and read from them. Any worker thread.
 */
#ifndef STORE_SQLITE_COLUMNS_H
#define STORE_SQLITE_COLUMNS_H

#include "store/sqlite_file.h"

#include <stddef.h>

enum sqlite_column_type {
    SQLITE_TO_TEXT,     /* const char *; NULL is null */
    SQLITE_TO_NUMBER,   /* unsigned */
    SQLITE_TO_NUMBER_0, /* unsigned; 0 is null */
    SQLITE_TO_NUMBER_1, /* int; -1 is null */
    SQLITE_TO_TIME,     /* int64_t */
    SQLITE_TO_FLAG,     /* bool */
    SQLITE_TO_CHOICE,   /* enum store_choice */
    SQLITE_TO_OTHER,    /* passed over: the caller's */
    SQLITE_TO_END,      /* of the table */
};

struct sqlite_column {
    enum sqlite_column_type type;
    size_t offset; /* in the row's struct */
};

/* Binds the members to ?place, ?place+1, … Texts are the row's until the statement is over. */
void sqlite_columns_bind(sqlite3_stmt *statement, int place, const struct sqlite_column *columns,
                         const void *row);

/* Reads `first` and the columns after it; texts are copied into the arena. */
void sqlite_columns_read(sqlite3_stmt *statement, int first, const struct sqlite_column *columns,
                         struct arena *arena, void *row);

#endif
