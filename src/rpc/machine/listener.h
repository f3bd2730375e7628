/*
 * Whose the program is that listens at a port of this machine, as the kernel tells it
 * (/proc/net/tcp and tcp6, Linux' Documentation/networking/proc_net_tcp): the agent logs in to what
 * it finds at LMS's port, so it has to be somebody who may have what it says there.
 *
 * Of a connection the kernel names the wrong owner until it is accepted (root), so it is the
 * listener that is asked for, before and after connecting: with the same socket both times it is
 * its connection. Blocking; small files of the kernel's. No state; any thread.
 */
#ifndef RPC_MACHINE_LISTENER_H
#define RPC_MACHINE_LISTENER_H

#include "io/conn.h"

#include <stdio.h>

struct arena;

enum rpc_listening {
    RPC_LISTENING_NOBODY,
    RPC_LISTENING_SOMEBODY,
    RPC_LISTENING_ELSEWHERE, /* the address is no loopback address, so nobody here can tell */
    RPC_LISTENING_UNKNOWN    /* there is no /proc */
};

struct rpc_listener {
    enum rpc_listening what;
    uint32_t uid;   /* whose socket it is */
    uint64_t inode; /* which socket it is */
};

/* Who gets a connection to this loopback address and port. */
void rpc_listener_find(const struct io_address *address, struct rpc_listener *listener);

/* The same of one of the tables, which may be NULL. Pure but for reading them. */
void rpc_listener_read(FILE *tcp, FILE *tcp6, const struct io_address *address,
                       struct rpc_listener *listener);

/* Whether it may be taken for LMS: it is root's, or of the user that this process runs as (who
 * gains nothing by it), or of one who has the ME's device open and so needs no listening. */
bool rpc_listener_is_trusted(const struct rpc_listener *listener);

/* "nc (4711) of user 1000 (mallory)", as far as the system tells. In the arena. */
const char *rpc_listener_name(struct arena *arena, const struct rpc_listener *listener);

#endif
