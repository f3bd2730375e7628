#include "rpc/text/page.h"

#include "core/encoding.h"
#include "rpc/text/page_lines.h"

#include <string.h>

#define LABEL_WIDTH 30
#define WIDE        150 /* columns from which boxes stand side by side */

/* ---- building ---- */

/* Of a character of UTF-8 by its first byte; 0: it cannot be one. */
static size_t size_of_character(const char *text)
{
    uint8_t first = (uint8_t)text[0];
    size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    return strnlen(text, size) == size && encoding_is_utf8(slice_of(text, size)) ? size : 0;
}

size_t rpc_page_character(const char *text, bool *control)
{
    const uint8_t *at = (const uint8_t *)text;
    size_t size = size_of_character(text);
    if (size <= 1)
        *control = size == 0 || at[0] < 0x20 || at[0] == 0x7f;
    else if (size == 2) /* C1, U+061C */
        *control = (at[0] == 0xc2 && at[1] < 0xa0) || (at[0] == 0xd8 && at[1] == 0x9c);
    else /* U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069 */
        *control = size == 3 && at[0] == 0xe2 &&
                   ((at[1] == 0x80 &&
                     (at[2] == 0x8e || at[2] == 0x8f || (at[2] >= 0xa8 && at[2] <= 0xae))) ||
                    (at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9));
    return size == 0 ? 1 : size;
}

char *rpc_page_printable(struct arena *arena, const char *text)
{
    bool control;
    size_t size;
    char *copy = arena_string(arena, slice_of_string(text));
    for (char *at = copy; *at != '\0'; at += size) {
        size = rpc_page_character(at, &control);
        if (control)
            memset(at, '?', size);
    }
    return copy;
}

void rpc_page_section(struct rpc_page *page, const char *title)
{
    struct rpc_page_section *section = arena_alloc(page->arena, sizeof *section);
    section->title = title;
    if (page->last == NULL)
        page->first = section;
    else
        page->last->next = section;
    page->last = section;
}

static void add(struct rpc_page *page, enum rpc_page_kind kind, const char *label,
                const char *value, enum rpc_tone tone)
{
    struct rpc_page_section *section = page->last;
    struct rpc_page_row *row = arena_alloc(page->arena, sizeof *row);
    *row = (struct rpc_page_row){.kind = kind, .flag = page->flag, .tone = tone};
    row->label = rpc_page_printable(page->arena, label != NULL ? label : "");
    row->value = rpc_page_printable(page->arena, value != NULL ? value : "");
    if (section->last == NULL)
        section->first = row;
    else
        section->last->next = row;
    section->last = row;
}

void rpc_page_row(struct rpc_page *page, const char *label, const char *value, enum rpc_tone tone)
{
    add(page, RPC_PAGE_ROW, label, value, tone);
}

void rpc_page_item(struct rpc_page *page, const char *name, const char *note)
{
    add(page, RPC_PAGE_ITEM, name, note, RPC_PLAIN);
}

void rpc_page_detail(struct rpc_page *page, const char *label, const char *value)
{
    add(page, RPC_PAGE_DETAIL, label, value, RPC_PLAIN);
}

void rpc_page_remark(struct rpc_page *page, const char *text, enum rpc_tone tone)
{
    add(page, RPC_PAGE_REMARK, text, NULL, tone);
}

/* ---- text ---- */

static const char *const tones[] = {
    [RPC_PLAIN] = "",       [RPC_GOOD] = "\x1b[32m",
    [RPC_BAD] = "\x1b[31m", [RPC_MIDDLING] = "\x1b[33m",
    [RPC_DIM] = "\x1b[2m",
};

size_t rpc_page_width(const char *text)
{
    size_t width = 0;
    for (const char *at = text; *at != '\0'; at++)
        width += ((uint8_t)*at & 0xc0U) != 0x80;
    return width;
}

void rpc_page_fill(struct buffer *out, const char *piece, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buffer_put_text(out, piece);
}

void rpc_page_put_toned(struct buffer *out, const char *text, enum rpc_tone tone, bool colours)
{
    bool toned = colours && tone != RPC_PLAIN && text[0] != '\0';
    if (toned)
        buffer_put_text(out, tones[tone]);
    buffer_put_text(out, text);
    if (toned)
        buffer_put_text(out, "\x1b[0m");
}

/* Without the two blanks in front and the end of the line. */
void rpc_page_put_line(struct buffer *out, const struct rpc_page_row *row, bool colours)
{
    size_t width = rpc_page_width(row->label);
    switch (row->kind) {
    case RPC_PAGE_ROW:
        buffer_put_text(out, row->label);
        rpc_page_fill(out, " ", width < LABEL_WIDTH ? LABEL_WIDTH - width : 0);
        buffer_put_u8(out, ' ');
        rpc_page_put_toned(out, row->value, row->tone, colours);
        break;
    case RPC_PAGE_ITEM:
        buffer_printf(out, "•%s", row->label);
        if (row->value[0] != '\0')
            buffer_printf(out, " (%s)", row->value);
        break;
    case RPC_PAGE_DETAIL:
        buffer_printf(out, "  %s: %s", row->label, row->value);
        break;
    case RPC_PAGE_REMARK:
        rpc_page_put_toned(out, row->label, row->tone, colours);
        break;
    }
}

static void print_text(const struct rpc_page *page, struct buffer *out, bool colours)
{
    for (const struct rpc_page_section *section = page->first; section != NULL;
         section = section->next) {
        if (section->title != NULL) {
            buffer_printf(out, "\n  %s\n  ", section->title);
            rpc_page_fill(out, "─", rpc_page_width(section->title));
            buffer_put_u8(out, '\n');
        }
        for (const struct rpc_page_row *row = section->first; row != NULL; row = row->next) {
            buffer_put_text(out, "  ");
            rpc_page_put_line(out, row, colours);
            buffer_put_u8(out, '\n');
        }
    }
}

void rpc_page_print(const struct rpc_page *page, struct buffer *out,
                    const struct rpc_page_look *look)
{
    if (look->table)
        rpc_page_print_table(page, out);
    else if (look->columns >= WIDE)
        rpc_page_print_boxes(page, out, look);
    else
        print_text(page, out, look->colours);
}
