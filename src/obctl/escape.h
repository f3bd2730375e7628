/*
 * What is typed at a console: bytes for the machine, and at the beginning of a line the escapes
 * that ssh has, "~." and so on. Pure.
 */
#ifndef OBCTL_ESCAPE_H
#define OBCTL_ESCAPE_H

#include "core/buffer.h"
#include "core/slice.h"

enum obctl_escape_action {
    OBCTL_ESCAPE_NONE,
    OBCTL_ESCAPE_END,     /* ~. */
    OBCTL_ESCAPE_BREAK,   /* ~b or ~B */
    OBCTL_ESCAPE_SUSPEND, /* ~^Z */
    OBCTL_ESCAPE_HELP,    /* ~? */
};

/* Zero-initialise. */
struct obctl_escape {
    bool within; /* a line has begun: a tilde is but that */
    bool held;   /* a tilde, whose meaning the next byte decides */
};

/* Takes bytes off `rest` up to the next escape, appends what is for the machine to `typed`, and
 * returns what is asked of obctl; NONE when all of `rest` was taken. */
enum obctl_escape_action obctl_escape_take(struct obctl_escape *escape, struct slice *rest,
                                           struct buffer *typed);

/* Text that was not typed but comes from a file or a program: its ends of lines become CR, the key
 * that a terminal has for it. `cr`: the last byte before was one; zero at first. */
void obctl_escape_plain(bool *cr, struct slice text, struct buffer *typed);

#endif
