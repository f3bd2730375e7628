#include "sim/text.h"

#include "core/memory.h"
#include "sim/font.h"

#include <stdlib.h>
#include <string.h>

enum { PLAIN, ESCAPE, SEQUENCE };

#define PARAMETER_MOST 9999

static const struct sim_text_cell blank = {' ', SIM_GREY, SIM_BLACK};

/* ---- drawing ---- */

static void draw(struct sim_text *text, unsigned x, unsigned y)
{
    if (text->screen == NULL || x >= text->columns || y >= text->rows)
        return;
    const struct sim_text_cell *cell = &text->cells[y * text->columns + x];
    sim_screen_glyph(text->screen, text->left + x * SIM_FONT_WIDTH, text->top + y * SIM_FONT_HEIGHT,
                     cell->code, cell->ink, cell->paper, 1);
}

/* An underline; it does not blink, so that a screen at rest stays the same. */
static void draw_cursor(struct sim_text *text)
{
    draw(text, text->drawn_x, text->drawn_y);
    text->drawn_x = text->x;
    text->drawn_y = text->y;
    if (text->screen != NULL && text->cursor && text->x < text->columns)
        sim_screen_fill(text->screen, text->left + text->x * (unsigned)SIM_FONT_WIDTH,
                        text->top + text->y * (unsigned)SIM_FONT_HEIGHT + SIM_FONT_HEIGHT - 2u,
                        SIM_FONT_WIDTH, 2, text->ink);
}

void sim_text_draw(struct sim_text *text, bool over)
{
    for (unsigned y = 0; y < text->rows; y++) {
        for (unsigned x = 0; x < text->columns; x++) {
            const struct sim_text_cell *cell = &text->cells[y * text->columns + x];
            if (!over || cell->code != ' ' || cell->paper != SIM_BLACK)
                draw(text, x, y);
        }
    }
    draw_cursor(text);
}

void sim_text_show(struct sim_text *text, struct sim_screen *screen, uint16_t left, uint16_t top)
{
    text->screen = screen;
    text->left = left;
    text->top = top;
}

/* ---- life ---- */

static void clear(struct sim_text *text, unsigned from, unsigned to)
{
    for (unsigned i = from; i < to; i++) {
        struct sim_text_cell *cell = &text->cells[i];
        if (cell->code == ' ' && cell->paper == text->paper)
            continue; /* it is so already, and a drawing may show there */
        *cell = blank;
        cell->paper = text->paper;
        draw(text, i % text->columns, i / text->columns);
    }
}

static void reset_colours(struct sim_text *text)
{
    text->ink = SIM_GREY;
    text->paper = SIM_BLACK;
    text->bold = text->reverse = false;
}

void sim_text_resize(struct sim_text *text, uint16_t columns, uint16_t rows)
{
    free(text->cells);
    text->columns = columns;
    text->rows = rows;
    text->cells = memory_new((size_t)columns * rows * sizeof(*text->cells));
    text->x = text->y = text->drawn_x = text->drawn_y = 0;
    text->state = PLAIN;
    text->more = 0;
    text->cursor = true;
    reset_colours(text);
    clear(text, 0, (unsigned)columns * rows);
}

void sim_text_init(struct sim_text *text, uint16_t columns, uint16_t rows)
{
    memset(text, 0, sizeof(*text));
    sim_text_resize(text, columns, rows);
}

void sim_text_fini(struct sim_text *text)
{
    free(text->cells);
    text->cells = NULL;
}

/* ---- writing ---- */

static void new_line(struct sim_text *text)
{
    unsigned all = (unsigned)text->columns * text->rows;
    if (text->y + 1 < text->rows) {
        text->y++;
        return;
    }
    memmove(text->cells, text->cells + text->columns, (all - text->columns) * sizeof(*text->cells));
    for (unsigned i = 0; i < all - text->columns; i++)
        draw(text, i % text->columns, i / text->columns);
    clear(text, all - text->columns, all);
}

static void put(struct sim_text *text, uint32_t code)
{
    if (text->x >= text->columns) {
        text->x = 0;
        new_line(text);
    }
    struct sim_text_cell *cell = &text->cells[text->y * (unsigned)text->columns + text->x];
    uint8_t ink = text->bold ? (uint8_t)(text->ink | 8) : text->ink;
    cell->code = code > UINT16_MAX ? '?' : (uint16_t)code;
    cell->ink = text->reverse ? text->paper : ink;
    cell->paper = text->reverse ? text->ink : text->paper;
    draw(text, text->x, text->y);
    text->x++;
}

/* ---- control sequences ---- */

static void colour(struct sim_text *text, unsigned what)
{
    /* the order of VT100 colours differs from that of a VGA */
    static const uint8_t colours[8] = {SIM_BLACK, SIM_RED,     SIM_GREEN, SIM_BROWN,
                                       SIM_BLUE,  SIM_MAGENTA, SIM_CYAN,  SIM_GREY};
    if (what == 0)
        reset_colours(text);
    else if (what == 1)
        text->bold = true;
    else if (what == 7)
        text->reverse = true;
    else if (what >= 30 && what <= 37)
        text->ink = colours[what - 30];
    else if (what >= 40 && what <= 47)
        text->paper = colours[what - 40];
}

static unsigned or_one(unsigned value)
{
    return value == 0 ? 1 : value;
}

static uint16_t within(unsigned value, uint16_t end)
{
    return (uint16_t)(value < end ? value : end - 1u);
}

static void move(struct sim_text *text, uint8_t how, unsigned by)
{
    unsigned x = text->x < text->columns ? text->x : text->columns - 1u, y = text->y;
    if (how == 'A')
        y = y > by ? y - by : 0;
    else if (how == 'B')
        y += by;
    else if (how == 'C')
        x += by;
    else
        x = x > by ? x - by : 0;
    text->x = within(x, text->columns);
    text->y = within(y, text->rows);
}

static void finish(struct sim_text *text, uint8_t final)
{
    unsigned at = text->y * (unsigned)text->columns + within(text->x, text->columns);
    unsigned all = (unsigned)text->columns * text->rows;
    switch (final) {
    case 'H':
    case 'f':
        text->y = within(or_one(text->parameter[0]) - 1, text->rows);
        text->x = within(or_one(text->parameter[1]) - 1, text->columns);
        break;
    case 'A':
    case 'B':
    case 'C':
    case 'D':
        move(text, final, or_one(text->parameter[0]));
        break;
    case 'J':
        clear(text, text->parameter[0] == 2 ? 0 : at, all);
        break;
    case 'K':
        clear(text, at, (text->y + 1u) * text->columns);
        break;
    case 'm':
        for (unsigned i = 0; i <= text->parameters && i < SIM_TEXT_PARAMETERS; i++)
            colour(text, text->parameter[i]);
        break;
    case 'h':
    case 'l':
        if (text->private && text->parameter[0] == 25)
            text->cursor = final == 'h';
        break;
    default:
        break;
    }
}

static void sequence(struct sim_text *text, uint8_t byte)
{
    uint16_t *parameter =
        text->parameters < SIM_TEXT_PARAMETERS ? &text->parameter[text->parameters] : NULL;
    if (byte >= '0' && byte <= '9') {
        if (parameter != NULL && *parameter <= PARAMETER_MOST / 10 - 1)
            *parameter = (uint16_t)(*parameter * 10 + byte - '0');
    } else if (byte == ';') {
        text->parameters = (uint8_t)(text->parameters + (parameter != NULL));
    } else if (byte == '?') {
        text->private = true;
    } else if (byte >= 0x40 && byte <= 0x7E) {
        finish(text, byte);
        text->state = PLAIN;
    } else if (byte < 0x20) {
        text->state = PLAIN;
    }
}

/* ---- bytes ---- */

static void control(struct sim_text *text, uint8_t byte)
{
    switch (byte) {
    case '\r':
        text->x = 0;
        break;
    case '\n':
        new_line(text);
        break;
    case '\b':
        text->x = (uint16_t)(text->x - (text->x > 0));
        break;
    case '\t':
        text->x = within((text->x / 8u + 1) * 8, text->columns);
        break;
    case 0x1B:
        text->state = ESCAPE;
        break;
    default:
        break;
    }
}

static void take(struct sim_text *text, uint8_t byte)
{
    if (text->state == ESCAPE) {
        text->state = byte == '[' ? SEQUENCE : PLAIN;
        text->parameters = 0;
        text->private = false;
        memset(text->parameter, 0, sizeof(text->parameter));
    } else if (text->state == SEQUENCE) {
        sequence(text, byte);
    } else if (text->more > 0 && (byte & 0xC0) == 0x80) {
        text->code = text->code << 6 | (byte & 0x3Fu);
        if (--text->more == 0)
            put(text, text->code);
    } else if (byte >= 0xC0) {
        text->more = byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : 1;
        text->code = byte & (0x3Fu >> text->more);
    } else if (byte >= 0x80 || byte == 0x7F) {
        text->more = 0;
    } else {
        text->more = 0;
        if (byte < 0x20)
            control(text, byte);
        else
            put(text, byte);
    }
}

void sim_text_write(struct sim_text *text, struct slice bytes)
{
    for (size_t i = 0; i < bytes.size; i++)
        take(text, bytes.data[i]);
    draw_cursor(text);
}
