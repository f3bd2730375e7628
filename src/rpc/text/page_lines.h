/* What the printers of a page (page.c, page_table.c, page_boxes.c) share. */
#ifndef RPC_TEXT_PAGE_LINES_H
#define RPC_TEXT_PAGE_LINES_H

#include "rpc/text/page.h"

enum rpc_page_kind { RPC_PAGE_ROW, RPC_PAGE_ITEM, RPC_PAGE_DETAIL, RPC_PAGE_REMARK };

struct rpc_page_row {
    struct rpc_page_row *next;
    enum rpc_page_kind kind;
    const char *flag;
    const char *label, *value; /* printable; never NULL */
    enum rpc_tone tone;
};

struct rpc_page_section {
    struct rpc_page_section *next;
    const char *title; /* NULL: a banner above the sections */
    struct rpc_page_row *first, *last;
};

/* Code points, which is what a terminal shows in one place for nearly every text. */
size_t rpc_page_width(const char *text);
void rpc_page_fill(struct buffer *out, const char *piece, size_t count);
void rpc_page_put_toned(struct buffer *out, const char *text, enum rpc_tone tone, bool colours);

/* A row as text, without the blanks in front and the end of the line. */
void rpc_page_put_line(struct buffer *out, const struct rpc_page_row *row, bool colours);

void rpc_page_print_table(const struct rpc_page *page, struct buffer *out);
void rpc_page_print_boxes(const struct rpc_page *page, struct buffer *out,
                          const struct rpc_page_look *look);

#endif
