/*
 * What a serial line's bytes show: UTF-8 of whatever a BIOS or system sends. Systems send UTF-8,
 * set-up menus draw their frames with the characters of IBM's code page 437, and nothing says which
 * it is. Pure; any thread.
 */
#ifndef REDIR_SOL_TEXT_H
#define REDIR_SOL_TEXT_H

#include "core/buffer.h"
#include "core/slice.h"

enum redir_sol_encoding {
    /* UTF-8 as long as it is that. From the first bytes that cannot be, code page 437, until a
     * character of three or four bytes of UTF-8 comes: frames make no such sequences, but ones of
     * two. */
    REDIR_SOL_AUTO,
    REDIR_SOL_UTF8, /* bytes as they are, valid or not */
    REDIR_SOL_CP437,
    REDIR_SOL_LATIN1,
};

/* "auto", "utf8", "cp437", "latin1". False for another word. */
bool redir_sol_encoding_parse(struct slice name, enum redir_sol_encoding *encoding);

/* A decoder; zero-initialise but for the encoding. */
struct redir_sol_text {
    enum redir_sol_encoding encoding;
    bool paged;         /* AUTO: it is code page 437 */
    uint8_t have;       /* bytes that may begin a character of UTF-8 */
    uint8_t pending[4]; /* those */
};

/* Appends what `bytes`, split anywhere, show, but for the beginning of a character. */
void redir_sol_text_put(struct redir_sol_text *text, struct slice bytes, struct buffer *to);

/* Nothing more has come for a while: appends what is held back as code page 437. */
void redir_sol_text_flush(struct redir_sol_text *text, struct buffer *to);

#endif
