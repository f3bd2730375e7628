/*
 * One agent on its machine (spec rpc 4): connects to the server, says what the machine is, carries
 * what the server sends to the machine's local door and the answers back, and hears how it ended.
 * As rpc-go does it: a connection to the door per request without TLS, one that stays with TLS;
 * AMT's silence is passed on as silence. On one fiber.
 *
 *   CONNECTING --first message--> PLAIN or, where the door speaks TLS only, TUNNEL
 *   PLAIN --port_switch--> TUNNEL;  any --success, error, loss, time--> over
 */
#ifndef SIM_ACTIVATION_H
#define SIM_ACTIVATION_H

#include "sim/activation_message.h"
#include "sim/agent_socket.h"
#include "sim/call_home.h"

/* What all agents of a process share; borrowed. */
struct sim_agent_line {
    const struct sim_options *options;
    struct sim_socket_target target;
    struct io_resolver *resolver;
    struct io_tls *tls;
    const char *server_name; /* NULL: not checked */
    char *bearer;            /* NULL: none */
};

struct sim_activation {
    const struct sim_agent_line *line;
    struct sim_call_home *home;
    struct sim_socket *socket;
    const char *password;        /* what the agent says of a machine that is set up */
    struct sim_service *service; /* the door with TLS; NULL: not open */
    struct buffer heard;         /* from the door */
    bool tunnel;
    bool left;         /* it has hung up, as it was told to */
    unsigned messages; /* of the server */
    /* After a request was served: the machine may have changed; NULL: nobody. */
    void (*served)(struct sim_activation *activation);
    void *owner;

    /* How it ended */
    bool final, success; /* the server said so */
    bool reshaped;       /* a message had not the envelope that it should have */
    struct buffer said;  /* text of the final message */
    struct error why;    /* where there was none */
};

/* Runs a whole session; what is left is how it ended. Waits; on a fiber, within its deadline. */
void sim_activation_run(struct sim_activation *activation);

/* Frees what the result holds. */
void sim_activation_fini(struct sim_activation *activation);

#endif
