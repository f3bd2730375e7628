#include "store/sqlite_columns.h"

#include "store/configurations.h"

static void bind_unless(sqlite3_stmt *statement, int place, int64_t number, int64_t null)
{
    if (number == null)
        sqlite3_bind_null(statement, place);
    else
        sqlite3_bind_int64(statement, place, number);
}

static void bind_one(sqlite3_stmt *statement, int place, enum sqlite_column_type type,
                     const void *member)
{
    switch (type) {
    case SQLITE_TO_TEXT:
        sqlite_file_bind(statement, place, *(const char *const *)member);
        break;
    case SQLITE_TO_NUMBER:
        sqlite3_bind_int64(statement, place, *(const unsigned *)member);
        break;
    case SQLITE_TO_NUMBER_0:
        bind_unless(statement, place, *(const unsigned *)member, 0);
        break;
    case SQLITE_TO_NUMBER_1:
        bind_unless(statement, place, *(const int *)member, -1);
        break;
    case SQLITE_TO_TIME:
        sqlite3_bind_int64(statement, place, *(const int64_t *)member);
        break;
    case SQLITE_TO_FLAG:
        sqlite3_bind_int(statement, place, *(const bool *)member);
        break;
    case SQLITE_TO_CHOICE:
        bind_unless(statement, place, *(const enum store_choice *)member, STORE_UNSET);
        break;
    case SQLITE_TO_OTHER:
    case SQLITE_TO_END:
        break;
    }
}

void sqlite_columns_bind(sqlite3_stmt *statement, int place, const struct sqlite_column *columns,
                         const void *row)
{
    for (; columns->type != SQLITE_TO_END; columns++)
        bind_one(statement, place++, columns->type, (const char *)row + columns->offset);
}

static void read_one(sqlite3_stmt *statement, int column, enum sqlite_column_type type,
                     struct arena *arena, void *member)
{
    bool is_null = sqlite3_column_type(statement, column) == SQLITE_NULL;
    switch (type) {
    case SQLITE_TO_TEXT:
        *(const char **)member = sqlite_file_text(statement, column, arena);
        break;
    case SQLITE_TO_NUMBER:
    case SQLITE_TO_NUMBER_0:
        *(unsigned *)member = (unsigned)sqlite3_column_int64(statement, column);
        break;
    case SQLITE_TO_NUMBER_1:
        *(int *)member = is_null ? -1 : sqlite3_column_int(statement, column);
        break;
    case SQLITE_TO_TIME:
        *(int64_t *)member = sqlite3_column_int64(statement, column);
        break;
    case SQLITE_TO_FLAG:
        *(bool *)member = sqlite3_column_int(statement, column) != 0;
        break;
    case SQLITE_TO_CHOICE:
        *(enum store_choice *)member = is_null                                      ? STORE_UNSET
                                       : sqlite3_column_int(statement, column) != 0 ? STORE_YES
                                                                                    : STORE_NO;
        break;
    case SQLITE_TO_OTHER:
    case SQLITE_TO_END:
        break;
    }
}

void sqlite_columns_read(sqlite3_stmt *statement, int first, const struct sqlite_column *columns,
                         struct arena *arena, void *row)
{
    for (; columns->type != SQLITE_TO_END; columns++)
        read_one(statement, first++, columns->type, arena, (char *)row + columns->offset);
}
