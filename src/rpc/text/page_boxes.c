/* A page on a wide terminal: every section in a box, two side by side. */
#include "rpc/text/page_lines.h"

#include <string.h>

#define GAP 2

struct box {
    const struct rpc_page_section *section; /* NULL: nothing on this side */
    const struct rpc_page_row *row;         /* the next to print */
    size_t width;                           /* with its frame */
};

/* The first `width` places of a text; *size is how many bytes they are. */
static size_t fitting(const char *text, size_t width, size_t *size)
{
    size_t used = 0;
    size_t at = 0;
    while (text[at] != '\0') {
        if (((uint8_t)text[at] & 0xc0U) != 0x80) {
            if (used == width)
                break;
            used++;
        }
        at++;
    }
    *size = at;
    return used;
}

static void put_top(struct buffer *out, const struct box *box)
{
    if (box->section == NULL)
        return;
    const char *title = box->section->title != NULL ? box->section->title : "";
    size_t width = rpc_page_width(title);
    buffer_printf(out, "┌─ %s ", title);
    rpc_page_fill(out, "─", box->width > width + 5 ? box->width - width - 5 : 0);
    buffer_put_text(out, "┐");
}

static void put_bottom(struct buffer *out, const struct box *box)
{
    if (box->section == NULL)
        return;
    buffer_put_text(out, "└");
    rpc_page_fill(out, "─", box->width - 2);
    buffer_put_text(out, "┘");
}

/* One line: the next row, or an empty one below the last. What doesn't fit is cut; the narrow form
 * and --json have all of it. */
static void put_middle(struct buffer *out, struct box *box, bool colours)
{
    struct buffer line;
    size_t size;
    if (box->section == NULL)
        return;
    buffer_init(&line, 8192);
    if (box->row != NULL)
        rpc_page_put_line(&line, box->row, false);
    buffer_put_u8(&line, '\0');
    const char *text = buffer_ok(&line) ? (const char *)buffer_slice(&line).data : "";
    size_t room = box->width - 4;
    size_t used = fitting(text, room, &size);
    size_t value = box->row != NULL && box->row->kind == RPC_PAGE_ROW ? strlen(box->row->value) : 0;
    bool whole = text[size] == '\0';
    buffer_put_text(out, "│ ");
    if (whole && value > 0 && colours) {
        buffer_put(out, slice_of(text, size - value));
        rpc_page_put_toned(out, box->row->value, box->row->tone, true);
    } else if (whole) {
        buffer_put(out, slice_of(text, size));
    } else {
        used = fitting(text, room - 1, &size) + 1;
        buffer_put(out, slice_of(text, size));
        buffer_put_text(out, "…");
    }
    rpc_page_fill(out, " ", room - used);
    buffer_put_text(out, " │");
    buffer_fini(&line);
    if (box->row != NULL)
        box->row = box->row->next;
}

static void put_pair(struct buffer *out, struct box *left, struct box *right, bool colours)
{
    put_top(out, left);
    rpc_page_fill(out, " ", right->section != NULL ? GAP : 0);
    put_top(out, right);
    buffer_put_u8(out, '\n');
    while (left->row != NULL || right->row != NULL) {
        put_middle(out, left, colours);
        rpc_page_fill(out, " ", right->section != NULL ? GAP : 0);
        put_middle(out, right, colours);
        buffer_put_u8(out, '\n');
    }
    put_bottom(out, left);
    rpc_page_fill(out, " ", right->section != NULL ? GAP : 0);
    put_bottom(out, right);
    buffer_put_u8(out, '\n');
}

static void put_banner(struct buffer *out, const struct rpc_page_section *section, bool colours)
{
    for (const struct rpc_page_row *row = section->first; row != NULL; row = row->next) {
        buffer_put_text(out, "  ");
        rpc_page_put_line(out, row, colours);
        buffer_put_u8(out, '\n');
    }
}

void rpc_page_print_boxes(const struct rpc_page *page, struct buffer *out,
                          const struct rpc_page_look *look)
{
    size_t width = (look->columns - GAP) / 2;
    const struct rpc_page_section *at = page->first;
    while (at != NULL) {
        if (at->title == NULL) {
            put_banner(out, at, look->colours);
            at = at->next;
            continue;
        }
        const struct rpc_page_section *other = at->next;
        struct box left = {at, at->first, width};
        struct box right = {other, other != NULL ? other->first : NULL, width};
        put_pair(out, &left, &right, look->colours);
        at = other != NULL ? other->next : NULL;
    }
}
