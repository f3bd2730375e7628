/*
 * The command that `amtsim mei` runs: forked while the simulator has one thread, held until the
 * machine is there, and started under a seccomp filter that asks the simulator about the system
 * calls which may concern the ME's device files. Its descendants have the same filter.
 *
 *   fork → held --release--> runs COMMAND, its listener is ours
 *
 * The filter asks about the calls that name a file (mei_calls.h); the ioctl that connects a client,
 * and no other one; flock; read and write on descriptors from SIM_MEI_DESCRIPTOR on. A ring of
 * requests (io_uring), which no filter sees, is not to be had. A user who is not root is told by
 * getuid and geteuid that he is, since programs for the ME insist on it, and cannot gain privileges
 * (no_new_privs).
 */
#ifndef SIM_MEI_CHILD_H
#define SIM_MEI_CHILD_H

#include "core/error.h"

#include <signal.h>
#include <sys/types.h>

#define SIM_MEI_CONNECT    0xC0104801u /* IOCTL_MEI_CONNECT_CLIENT (spec rpc 2.1) */
#define SIM_MEI_DESCRIPTOR 700

struct sim_mei_child {
    pid_t pid;
    int gate; /* -1 once it is released */
};

/* `command` ends with NULL and is borrowed; `mask` is its signal mask. False with `err`. */
bool sim_mei_child_fork(struct sim_mei_child *child, char **command, const sigset_t *mask,
                        struct error *err);

/* Lets it go; returns the descriptor on which the kernel asks (owned), or -1 with `err`. */
int sim_mei_child_release(struct sim_mei_child *child, struct error *err);

/* Ends one that was not released. */
void sim_mei_child_drop(struct sim_mei_child *child);

#endif
