/*
 * What mei_trap.c and the files beside it share: the thread that serves the device files.
 * mei_trap.c has its life, mei_trap_calls.c and mei_trap_named.c what it answers to the kernel,
 * mei_trap_locks.c flock, mei_trap_pipes.c the descriptors and the way of what they carry to the
 * loop and back. But where it says otherwise, everything is the thread's own.
 */
#ifndef SIM_MEI_TRAP_PARTS_H
#define SIM_MEI_TRAP_PARTS_H

#include "sim/mei_path.h"
#include "sim/mei_trap.h"

#include <linux/seccomp.h>
#include <pthread.h>
#include <semaphore.h>

struct sim_mei_trap {
    const struct sim_mei_trap_events *events;
    void *owner;
    struct io_loop *loop;
    pthread_t thread;
    int listener;
    int wake;             /* eventfd: there are answers, or the thread is to end */
    atomic_bool stopping; /* set once */
    bool running;         /* of the one who starts and stops it */
    sem_t credit;         /* of posts to the loop */
    struct list waiters;  /* flocks that wait, so many … */
    unsigned waiting;     /* … */
    struct list pipes;    /* those the command has open, the ones that were reset under it too */
    pthread_mutex_t lock; /* over … */
    struct list answers;  /* … what the loop has answered to connects */
    unsigned next_descriptor;
    struct seccomp_notif *asked; /* the call at hand */
    size_t asked_size;
    char path[SIM_MEI_PATH_MOST]; /* that it names */
};

/* ---- mei_trap_calls.c ---- */

/* Makes room for the kernel's questions. False with errno. */
bool sim_mei_calls_init(struct sim_mei_trap *trap);

/* Takes one question and answers it, or lets the loop do so. */
void sim_mei_calls_take(struct sim_mei_trap *trap);

/* Answers: a value or an error number; that the call at hand goes on as if nobody had
 * asked; an error number, or 0. Whoever asked may have died meanwhile. */
void sim_mei_calls_reply(const struct sim_mei_trap *trap, uint64_t id, int64_t value, int error,
                         uint32_t flags);
void sim_mei_calls_go_on(const struct sim_mei_trap *trap);
void sim_mei_calls_conclude(const struct sim_mei_trap *trap, int error);

/* What was read of the process until now was of the one that asked: its call is still under way. */
bool sim_mei_calls_is_valid(const struct sim_mei_trap *trap, uint64_t id);

/* Passes on what the loop has answered to connects. */
void sim_mei_calls_settle(struct sim_mei_trap *trap);

/* Any thread: leaves an answer to a connect for the thread; `error` 0: it is connected. */
void sim_mei_calls_leave(struct sim_mei_pipe *pipe, const struct sim_mei_ticket *ticket, int error,
                         uint32_t limit, uint8_t version);

/* Frees what is left of a thread that has ended. */
void sim_mei_calls_fini(struct sim_mei_trap *trap);

/* ---- mei_trap_named.c ---- */

/* Answers the question at hand, if it is about a file by its name. */
void sim_mei_named_take(struct sim_mei_trap *trap);

/* ---- mei_trap_locks.c ---- */

/* Answers the question at hand, which is flock, or leaves it waiting. */
void sim_mei_locks_take(struct sim_mei_trap *trap);

/* Answers those that need to wait no more, as locks were given up or signals have come. */
void sim_mei_locks_settle(struct sim_mei_trap *trap);

/* Forgets those that wait: the kernel answers them when the listener is closed. */
void sim_mei_locks_fini(struct sim_mei_trap *trap);

/* ---- mei_trap_pipes.c ---- */

/* Lets go of what was reset and closed since, and makes a new one, in no list yet; the end for the
 * command goes to *theirs, owned. NULL: there are too many, or descriptors are short, with errno.
 */
struct sim_mei_pipe *sim_mei_pipe_make(struct sim_mei_trap *trap, uint64_t flags, int *theirs);
void sim_mei_pipe_free(struct sim_mei_pipe *pipe);

bool sim_mei_pipe_is_open(const struct sim_mei_pipe *pipe); /* false: it was reset */

/* By the inode of the command's end; NULL: it is none of ours. */
struct sim_mei_pipe *sim_mei_pipe_find(struct sim_mei_trap *trap, ino_t inode);

/* Has the loop answer a connect. */
void sim_mei_pipe_ask(struct sim_mei_pipe *pipe, const struct sim_mei_ticket *ticket,
                      const uint8_t client[SIM_MEI_CLIENT]);

/* Posts what has come, of each so much that others have their turn, and the ends of those that the
 * command has closed. */
void sim_mei_pipes_drain(struct sim_mei_trap *trap);

/* The same once the thread is to end: everything that has come until now, whatever comes yet. */
void sim_mei_pipes_flush(struct sim_mei_trap *trap);

#endif
