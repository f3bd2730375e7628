/* A page as a table: Category, Flag, Property, Value, with an empty row between the sections. */
#include "rpc/text/page_lines.h"

#include <string.h>

#define COLUMNS 4

struct widths {
    size_t of[COLUMNS];
};

static void cells_of(const struct rpc_page_section *section, const struct rpc_page_row *row,
                     const char *cells[COLUMNS])
{
    cells[0] = section->title != NULL ? section->title : "";
    cells[1] = row->flag != NULL ? row->flag : "";
    cells[2] = row->kind == RPC_PAGE_REMARK ? "" : row->label;
    cells[3] = row->kind == RPC_PAGE_REMARK ? row->label : row->value;
}

static void widen(struct widths *widths, const char *const *cells)
{
    for (size_t i = 0; i < COLUMNS; i++)
        if (rpc_page_width(cells[i]) > widths->of[i])
            widths->of[i] = rpc_page_width(cells[i]);
}

static void put_row(struct buffer *out, const struct widths *widths, const char *const *cells)
{
    size_t used = 0;
    for (size_t i = 0; i < COLUMNS; i++)
        if (cells[i][0] != '\0')
            used = i + 1;
    for (size_t i = 0; i < used; i++) {
        buffer_put_text(out, cells[i]);
        if (i + 1 < used)
            rpc_page_fill(out, " ", widths->of[i] - rpc_page_width(cells[i]) + 2);
    }
    buffer_put_u8(out, '\n');
}

void rpc_page_print_table(const struct rpc_page *page, struct buffer *out)
{
    static const char *const titles[COLUMNS] = {"Category", "Flag", "Property", "Value"};
    const char *cells[COLUMNS];
    struct widths widths = {{0}};
    widen(&widths, titles);
    for (const struct rpc_page_section *at = page->first; at != NULL; at = at->next)
        for (const struct rpc_page_row *row = at->first; row != NULL; row = row->next) {
            cells_of(at, row, cells);
            widen(&widths, cells);
        }
    put_row(out, &widths, titles);
    for (size_t i = 0; i < COLUMNS; i++) {
        rpc_page_fill(out, "─", widths.of[i]);
        buffer_put_text(out, i + 1 < COLUMNS ? "  " : "\n");
    }
    for (const struct rpc_page_section *at = page->first; at != NULL; at = at->next) {
        if (at != page->first)
            buffer_put_u8(out, '\n');
        for (const struct rpc_page_row *row = at->first; row != NULL; row = row->next) {
            cells_of(at, row, cells);
            put_row(out, &widths, cells);
        }
    }
}
