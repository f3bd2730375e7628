/*
 * A WebSocket as agents have it (RFC 6455): text messages both ways, one at a time. Written apart
 * from http/websocket.c on purpose, since servers built on that are what it judges. On a fiber.
 */
#ifndef SIM_AGENT_SOCKET_H
#define SIM_AGENT_SOCKET_H

#include "core/buffer.h"
#include "core/error.h"
#include "io/resolve.h"
#include "io/tls.h"

struct sim_socket;

/* Where a server is: of "wss://HOST:PORT/PATH". */
struct sim_socket_target {
    char host[256];
    uint16_t port;
    char path[512];
    bool tls;
};

/* False with ERROR_INVALID. */
bool sim_socket_target_read(struct slice url, struct sim_socket_target *target, struct error *err);

/* `tls` for wss; `server_name` is checked unless NULL; `bearer` NULL for none. NULL with `err`: a
 * refusal tells the status. */
struct sim_socket *sim_socket_open(const struct sim_socket_target *target,
                                   struct io_resolver *resolver, struct io_tls *tls,
                                   const char *server_name, const char *bearer, struct error *err);

bool sim_socket_send(struct sim_socket *socket, struct slice text, struct error *err);

/* Waits for a whole message and replaces what is in the buffer, whose limit bounds it. Answers
 * pings. ERROR_CONNECTION when the server has closed. */
bool sim_socket_read(struct sim_socket *socket, struct buffer *message, struct error *err);

/* Says goodbye when `politely`, and frees. NULL is allowed. */
void sim_socket_close(struct sim_socket *socket, bool politely);

#endif
