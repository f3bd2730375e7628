/*
 * Writes a table as comma-separated values (RFC 4180) that spreadsheet programs may open: a cell
 * that one of them would take for a formula gets an apostrophe in front, so that what a device or
 * its user chose as a name is never carried out. Lines end in CR LF. Plain value on the stack.
 */
#ifndef CORE_CSV_WRITER_H
#define CORE_CSV_WRITER_H

#include "core/buffer.h"

struct csv_writer {
    struct buffer *out;
    bool in_row;
};

void csv_writer_init(struct csv_writer *csv, struct buffer *out);

/* One cell of the current row; quoted where its content needs it. Control characters other than
 * tab and line ends become blanks. */
void csv_put(struct csv_writer *csv, struct slice text);
void csv_put_string(struct csv_writer *csv, const char *text);

/* Ends the row. */
void csv_end_row(struct csv_writer *csv);

#endif
