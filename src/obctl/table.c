#include "obctl/table.h"

#include "core/encoding.h"

struct obctl_table_row {
    struct obctl_table_row *next;
    const char *cells[OBCTL_TABLE_COLUMNS];
};

/* Code points, which is what a terminal shows in one place for nearly every name. */
static size_t width_of(const char *text)
{
    size_t width = 0;
    for (const char *at = text; *at != '\0'; at++) {
        if (((uint8_t)*at & 0xc0U) != 0x80)
            width++;
    }
    return width;
}

char *obctl_table_printable(struct arena *arena, const char *text)
{
    char *copy = arena_string(arena, slice_of_string(text));
    bool utf8 = encoding_is_utf8(slice_of_string(text));
    for (char *at = copy; *at != '\0'; at++) {
        uint8_t byte = (uint8_t)*at;
        /* C1 controls are C2 80 … C2 9F in UTF-8, and some terminals obey them. */
        bool c1 = byte == 0xc2 && ((uint8_t)at[1] & 0xe0U) == 0x80;
        if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !utf8)) {
            *at = '?';
        } else if (c1) {
            at[0] = '?';
            at[1] = '?';
            at++;
        }
    }
    return copy;
}

void obctl_table_init(struct obctl_table *table, struct arena *arena, const char *const *titles,
                      size_t columns)
{
    *table = (struct obctl_table){.arena = arena, .columns = columns};
    obctl_table_add(table, titles);
}

void obctl_table_add(struct obctl_table *table, const char *const *cells)
{
    struct obctl_table_row *row = arena_alloc(table->arena, sizeof *row);
    for (size_t i = 0; i < table->columns; i++) {
        const char *text = cells[i] != NULL && cells[i][0] != '\0' ? cells[i] : "-";
        row->cells[i] = obctl_table_printable(table->arena, text);
        size_t width = width_of(row->cells[i]);
        if (width > table->widths[i])
            table->widths[i] = width;
    }
    if (table->last == NULL)
        table->first = row;
    else
        table->last->next = row;
    table->last = row;
}

void obctl_table_print(const struct obctl_table *table, struct buffer *out)
{
    for (const struct obctl_table_row *row = table->first; row != NULL; row = row->next) {
        for (size_t i = 0; i < table->columns; i++) {
            buffer_put_text(out, row->cells[i]);
            if (i + 1 == table->columns)
                break;
            size_t padding = table->widths[i] - width_of(row->cells[i]) + 2;
            for (size_t blank = 0; blank < padding; blank++)
                buffer_put_u8(out, ' ');
        }
        buffer_put_u8(out, '\n');
    }
}
