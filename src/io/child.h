/*
 * Running another program for what it prints. It gets nothing of ours but what it is given: no
 * environment, no descriptors, no signal's disposition, and a session of its own, so that it finds
 * no terminal to ask on, and so that it can be ended with all that it starts. Nothing of the
 * process is changed for it, no handler of SIGCHLD either: an agent that is a library lives in
 * others' processes. One thing is kept for all: which programs run, so that a process that is to
 * end at once can take them with it. SIGKILL it cannot: what it ran is left to itself then, and
 * ends when it writes to its pipes.
 */
#ifndef IO_CHILD_H
#define IO_CHILD_H

#include "core/arena.h"
#include "core/buffer.h"
#include "core/error.h"

/* Most bytes of io_child.input: what a pipe takes at once. */
#define IO_CHILD_INPUT_MOST ((size_t)4096)

/* Programs that run at once, in all threads: io_child_kill_all has to know each of them. */
#define IO_CHILDREN_MOST 8u

/* The descriptor on which it finds `input`. Standard input is /dev/null. */
#define IO_CHILD_INPUT_FILE 3

/* The status of one that somebody else has waited for: the process waits for whatever child of it
 * ends, or ignores SIGCHLD. */
#define IO_CHILD_TAKEN (-1)

struct io_child {
    const char *program;            /* its path */
    const char *const *arguments;   /* the name it goes by first; NULL at the end */
    const char *const *environment; /* "NAME=VALUE"; NULL at the end */
    struct slice input;             /* on a pipe; empty: it has no such descriptor */
};

/*
 * Runs it until it has ended, on a fiber. What it writes to standard output is added to `output`
 * (ERROR_TOO_LARGE when that is full), to standard error to `errors`, where what doesn't fit is
 * dropped. `status` is its exit code, or 128 and the number of the signal that ended it,
 * or IO_CHILD_TAKEN.
 *
 * Whatever the result, it and its process group are gone afterwards. ERROR_NOT_FOUND: there is no
 * such program, or it cannot be run; ERROR_BUSY: too many run already, or the loop has its limit of
 * fibers; ERROR_TIMEOUT by the deadline in force, ERROR_CANCELLED; ERROR_INTERNAL.
 */
bool io_child_run(const struct io_child *child, struct buffer *output, struct buffer *errors,
                  int *status, struct error *err);

/* Ends what is running, in every thread, with all that it started. For handlers of signals after
 * which the process ends. */
void io_child_kill_all(void);

/* The path of a program by the value of $PATH (NULL: none), whose entries that don't begin with "/"
 * count for nothing: whoever owns the working directory doesn't choose what runs. In the arena;
 * NULL: there is none. Blocks for a moment. */
const char *io_child_find(struct arena *arena, const char *path, const char *name);

#endif
