/*
 * What the simulator must see of a process that uses its devices: memory that a system call points
 * to, and which socket a descriptor is. Linux. What is asked about a call is only worth something
 * if that is still under way afterwards (mei_trap.c asks the kernel).
 */
#ifndef SIM_MEI_PROCESS_H
#define SIM_MEI_PROCESS_H

#include "core/slice.h"

#include <sys/types.h>

/* Copies `size` bytes. False when they are not all there, or not for us to see. */
bool sim_process_read(pid_t pid, uint64_t at, void *to, size_t size);
bool sim_process_write(pid_t pid, uint64_t at, const void *from, size_t size);

/* Copies a text with its NUL. False when it is longer, or not to be seen. */
bool sim_process_text(pid_t pid, uint64_t at, char *to, size_t size);

/* The inode of the socket that a descriptor is; 0 when it is none. */
ino_t sim_process_socket(pid_t pid, int fd);

/* A descriptor of any process that is this socket, as far as can be seen. False: there is none. */
bool sim_process_find_socket(ino_t inode, pid_t *pid, int *fd);

/* True when the process has this descriptor open, or nobody can tell. */
bool sim_process_has(pid_t pid, int fd);

/* The process that a thread belongs to; the thread itself when nobody can tell. */
pid_t sim_process_of(pid_t thread);

/* Whether a signal waits for the thread to return from its call; false when nobody can tell. */
bool sim_process_has_signal(pid_t thread);

/* Threads of the process that wait in read of this descriptor, as far as can be seen. */
unsigned sim_process_readers(pid_t pid, int fd);

#endif
