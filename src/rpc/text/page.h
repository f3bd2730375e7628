/*
 * A page of facts for people: sections of labelled values, lists and remarks, printed as v3 of the
 * toolkit's client does (rpc.md 1.5): one section below the other; on terminals of 150 columns and
 * more boxes side by side; with --table as a table. What a device said cannot steer the terminal.
 * Lives in an arena; one owner.
 */
#ifndef RPC_TEXT_PAGE_H
#define RPC_TEXT_PAGE_H

#include "core/arena.h"
#include "core/buffer.h"

/* Colours, on terminals. */
enum rpc_tone { RPC_PLAIN, RPC_GOOD, RPC_BAD, RPC_MIDDLING, RPC_DIM };

struct rpc_page_section;

struct rpc_page {
    struct arena *arena;
    const char *flag; /* of the rows that follow, for the table: "--ver"; NULL: none */
    struct rpc_page_section *first, *last;
};

struct rpc_page_look {
    bool table;
    bool colours;
    unsigned columns; /* of the terminal; 0: none */
};

/* Texts are copied where they aren't literals' (`title`, `label`). */
void rpc_page_section(struct rpc_page *page, const char *title);
void rpc_page_row(struct rpc_page *page, const char *label, const char *value, enum rpc_tone tone);

/* An entry of a list: "• NAME (NOTE)", and below it "LABEL: VALUE". `note` may be NULL. */
void rpc_page_item(struct rpc_page *page, const char *name, const char *note);
void rpc_page_detail(struct rpc_page *page, const char *label, const char *value);

/* A line of text. */
void rpc_page_remark(struct rpc_page *page, const char *text, enum rpc_tone tone);

void rpc_page_print(const struct rpc_page *page, struct buffer *out,
                    const struct rpc_page_look *look);

/* The size of the first character of `text`, which is not empty; *control: it steers a terminal,
 * turns the direction of what follows, ends a line, or is a byte that is no UTF-8. */
size_t rpc_page_character(const char *text, bool *control);

/* `text` with control characters, and bytes that are no UTF-8, as "?". */
char *rpc_page_printable(struct arena *arena, const char *text);

#endif
