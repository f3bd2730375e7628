/*
 * The device files /dev/mei0 … /dev/mei3 and /dev/mei as the watched command sees them: answers the
 * kernel's questions about its system calls (mei_child.h). An open of a device file gives it one
 * end of a socket that keeps message boundaries, as the driver's file does; the connect ioctl is
 * answered in place; read and write are checked for what the driver refuses; flock is answered in
 * place, since openings of one device are sockets of their own here; every other call goes on as if
 * nobody had asked. A real driver's files are never touched.
 *
 * A thread of its own, which waits for the loop only by the credit of messages on their way to it;
 * what it hears it posts to the loop, on which all events but `open`, `use` and `lock` come. The
 * loop waits neither for the thread nor for the command, whose memory only the thread touches: that
 * may take as long as whatever is behind the memory. To stop the thread the loop need not run: all
 * that was written before is posted.
 *
 * Life cycle: start → … → stop, joins the thread → the loop ends → free.
 */
#ifndef SIM_MEI_TRAP_H
#define SIM_MEI_TRAP_H

#include "core/list.h"
#include "core/slice.h"
#include "io/loop.h"
#include "sim/mei_path.h"

#include <stdatomic.h>
#include <sys/types.h>

#define SIM_MEI_CLIENT  16   /* bytes of a client's GUID, as the ioctl has them */
#define SIM_MEI_PIPES   64   /* open descriptors; the driver, too, has a bound */
#define SIM_MEI_LONGEST 8192 /* bytes of a message */
#define SIM_MEI_CREDIT  256  /* messages on their way to the loop, and taken of a pipe in turn */

/* The ME is reset under it: from the first moment on nothing comes of it, and from the last on the
 * loop does not use it. */
enum sim_mei_pipe_state { SIM_MEI_PIPE_OPEN, SIM_MEI_PIPE_RESETTING, SIM_MEI_PIPE_RESET };

struct sim_mei_trap;

/* One open descriptor. */
struct sim_mei_pipe {
    struct list link; /* the trap's thread's */
    struct sim_mei_trap *trap;
    int fd;            /* our end; -1: it was reset */
    int number;        /* of the command's end, in … */
    pid_t pid;         /* … the process that opened it */
    ino_t inode;       /* of the command's end */
    atomic_uint state; /* enum sim_mei_pipe_state */
    uint32_t limit;    /* of messages to it, the trap's thread's; 0: not connected */
    unsigned locked;   /* the trap's thread's: LOCK_SH or LOCK_EX (flock); 0: it has no lock */
    unsigned readers;  /* the loop's: of them one was woken … */
    uint64_t woken_ns; /* … then; 0: none is on its way */
    void *owner;       /* the loop's, NULL at first */
};

/* Where the answer to a connect ioctl goes. */
struct sim_mei_ticket {
    uint64_t id;
    uint64_t at; /* address of its 16 bytes */
    pid_t pid;
    ino_t inode; /* of the command's end */
};

struct sim_mei_trap_events {
    /* A device file is opened: an errno, or 0. On the trap's thread. */
    int (*open)(void *owner, unsigned device);
    /* A read or write of a descriptor that is connected: an errno, or 0 to let it pass. On the
     * trap's thread. NULL: all reads and writes pass, whatever the driver would say. */
    int (*use)(void *owner, struct sim_mei_pipe *pipe, bool writes);
    /* An exclusive lock on one is asked for: an errno, or 0 to let it be had, when nobody has it.
     * On the trap's thread. */
    int (*lock)(void *owner);
    /* Whoever may have no descriptors of SIM_MEI_DESCRIPTOR on gets none, rather than one of whose
     * reads and writes nobody is asked. */
    bool strict;
    /* Answer with sim_mei_trap_connected or _refuse. */
    void (*connect)(void *owner, struct sim_mei_pipe *pipe, const uint8_t client[SIM_MEI_CLIENT],
                    const struct sim_mei_ticket *ticket);
    void (*message)(void *owner, struct sim_mei_pipe *pipe, struct slice message);
    /* The last of the descriptor; the pipe is gone afterwards. */
    void (*closed)(void *owner, struct sim_mei_pipe *pipe);
};

/* Takes `listener`. `events` and `owner` are borrowed. NULL with `err`. */
struct sim_mei_trap *sim_mei_trap_start(int listener, struct io_loop *loop,
                                        const struct sim_mei_trap_events *events, void *owner,
                                        struct error *err);

/* False after some seconds when it does not end, since the memory of a process cannot be had: then
 * the trap, its loop and the owner are to stay as they are until the program ends. */
bool sim_mei_trap_stop(struct sim_mei_trap *trap);

void sim_mei_trap_free(struct sim_mei_trap *trap); /* NULL is allowed */

void sim_mei_trap_connected(struct sim_mei_pipe *pipe, const struct sim_mei_ticket *ticket,
                            uint32_t limit, uint8_t version);
void sim_mei_trap_refuse(struct sim_mei_pipe *pipe, const struct sim_mei_ticket *ticket, int error);

/* Sends one message. False when it is not its time: there is no room for it, or readers are on
 * their way out. Then the same is to be sent again, and nothing else before it. */
bool sim_mei_trap_send(struct sim_mei_pipe *pipe, struct slice message);

/* The ME resets: nothing comes of the descriptor any more, `closed` included. */
void sim_mei_trap_reset(struct sim_mei_pipe *pipe);

#endif
