/*
 * Recordings of terminals as asciinema and its players know them: asciicast v2, a line of JSON for
 * the head and one for each piece of output, with its time
 * (https://docs.asciinema.org/manual/asciicast/v2/). Pure; any thread.
 */
#ifndef REDIR_ASCIICAST_H
#define REDIR_ASCIICAST_H

#include "core/arena.h"
#include "core/buffer.h"
#include "core/error.h"
#include "core/slice.h"

#define REDIR_ASCIICAST_LINE ((size_t)1 << 20) /* bytes of one line that is read */

enum redir_asciicast_kind {
    REDIR_ASCIICAST_OUTPUT = 'o',
    REDIR_ASCIICAST_INPUT = 'i',
    REDIR_ASCIICAST_MARKER = 'm',
    REDIR_ASCIICAST_RESIZE = 'r',
};

struct redir_asciicast_head {
    unsigned width, height; /* of the terminal, in characters */
    int64_t began;          /* seconds since 1970; 0: not known */
    const char *title;      /* NULL: none */
    struct slice about;     /* JSON, as the member "outband"; empty: none. Written only */
};

struct redir_asciicast_event {
    uint64_t at_us; /* since the beginning */
    char kind;      /* enum redir_asciicast_kind, or one of a later version */
    struct slice text;
};

/* Append a line. What is not UTF-8 becomes U+FFFD; characters are not to be split. */
void redir_asciicast_put_head(struct buffer *to, const struct redir_asciicast_head *head);
void redir_asciicast_put_event(struct buffer *to, const struct redir_asciicast_event *event);

/* Read one line; texts are in the arena, without NULs. ERROR_PROTOCOL: it is none;
 * ERROR_UNSUPPORTED: it is of another version. */
bool redir_asciicast_read_head(struct arena *arena, struct slice line,
                               struct redir_asciicast_head *head, struct error *err);
bool redir_asciicast_read_event(struct arena *arena, struct slice line,
                                struct redir_asciicast_event *event, struct error *err);

#endif
