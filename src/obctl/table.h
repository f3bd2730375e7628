/* Tables for people: columns as wide as their widest cell, two blanks between. Whatever a device
 * or a server put into a cell cannot steer the terminal. One owner; the rows live in the arena. */
#ifndef OBCTL_TABLE_H
#define OBCTL_TABLE_H

#include "core/arena.h"
#include "core/buffer.h"

#define OBCTL_TABLE_COLUMNS 8

struct obctl_table_row;

struct obctl_table {
    struct arena *arena;
    size_t columns;
    struct obctl_table_row *first;
    struct obctl_table_row *last;
    size_t widths[OBCTL_TABLE_COLUMNS];
};

/* `titles` has `columns` entries, at most OBCTL_TABLE_COLUMNS. */
void obctl_table_init(struct obctl_table *table, struct arena *arena, const char *const *titles,
                      size_t columns);

/* Adds a row of as many cells as there are columns; NULL shows as "-". Copies the texts. */
void obctl_table_add(struct obctl_table *table, const char *const *cells);

void obctl_table_print(const struct obctl_table *table, struct buffer *out);

/* `text` with control characters and bytes that are not UTF-8 shown as "?". In the arena. */
char *obctl_table_printable(struct arena *arena, const char *text);

#endif
