#include "core/csv_writer.h"

#include <string.h>

void csv_writer_init(struct csv_writer *csv, struct buffer *out)
{
    *csv = (struct csv_writer){.out = out};
}

static bool is_one_of(uint8_t byte, const char *set)
{
    return byte != 0 && strchr(set, byte) != NULL;
}

/* Blanks in front do not keep a spreadsheet from seeing a formula. */
static bool looks_like_a_formula(struct slice text)
{
    size_t at = 0;
    while (at < text.size && (text.data[at] == ' ' || text.data[at] < 0x20))
        at++;
    if (at < text.size && is_one_of(text.data[at], "=+-@"))
        return true;
    return text.size > 0 && is_one_of(text.data[0], "\t\r\n");
}

static bool needs_quotes(struct slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if (is_one_of(text.data[i], ",\"\r\n"))
            return true;
    return text.size > 0 && (text.data[0] == ' ' || text.data[text.size - 1] == ' ');
}

void csv_put(struct csv_writer *csv, struct slice text)
{
    if (csv->in_row)
        buffer_put_u8(csv->out, ',');
    csv->in_row = true;
    bool defused = looks_like_a_formula(text);
    bool quoted = needs_quotes(text);
    if (quoted)
        buffer_put_u8(csv->out, '"');
    if (defused)
        buffer_put_u8(csv->out, '\'');
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.data[i];
        if (byte == '"')
            buffer_put_u8(csv->out, '"');
        bool control = (byte < 0x20 && !is_one_of(byte, "\t\r\n")) || byte == 0x7f;
        buffer_put_u8(csv->out, control ? ' ' : byte);
    }
    if (quoted)
        buffer_put_u8(csv->out, '"');
}

void csv_put_string(struct csv_writer *csv, const char *text)
{
    csv_put(csv, slice_of_string(text));
}

void csv_end_row(struct csv_writer *csv)
{
    buffer_put_text(csv->out, "\r\n");
    csv->in_row = false;
}
