/*
 * One command of ours to a provisioning server (rpc.md 4): what it is, what is said of the machine
 * at its beginning, and what is made of the server's last word. For run.c, whose errands these are.
 * On the run's fiber.
 */
#ifndef RPC_SERVER_ERRAND_H
#define RPC_SERVER_ERRAND_H

#include "rpc/facts/facts.h"
#include "rpc/server/message.h"
#include "rpc/server/session.h"

/* What AMT has to be when a server has done it. */
enum rpc_errand_outcome { RPC_ERRAND_ANY, RPC_ERRAND_SET_UP, RPC_ERRAND_NOT_SET_UP };

/* One command of ours to a server. */
struct rpc_errand {
    struct rpc *rpc;
    enum rpc_exit usual;  /* the code when it fails for no reason with a code of its own */
    enum rpc_exit denied; /* the code when AMT is not what the server says */
    enum rpc_errand_outcome outcome;
    const char *done;    /* "Device activated successfully via RPS" */
    const char *profile; /* NULL: none */
    struct rpc_url url;
    unsigned mode;
    struct rpc_facts facts;
    struct rpc_server_first first;
};

/* Fills what the first message says of the machine, with AMT's password or its local account.
 * False: the run has failed. */
bool rpc_errand_look(struct rpc_errand *errand);

/* The addresses that --staticip and its like give; before rpc_errand_look. */
bool rpc_errand_take_addresses(struct rpc_errand *errand);

/* Without them, those of the host's interface that AMT shares; after it. */
bool rpc_errand_find_address(struct rpc_errand *errand);

/* Says what came of it: the server's words are checked against what AMT says. */
bool rpc_errand_conclude(struct rpc_errand *errand, const struct rpc_session_end *end);

/* Says what AMT is when nobody knows what came of it. Also when the run was cancelled. */
void rpc_errand_tell_state(const struct rpc_errand *errand);

#endif
