/*
 * Serial over LAN, the client's side: what the host says on its serial line, and what is typed
 * (redir/sol_message.h), over a stream on which start and login have succeeded (redir/login.h). A
 * session runs on a fiber, with a second one of its own that reads; whoever types does so on a
 * third.
 *
 *   new --run: 20, 21--> started --22 or closed, redir_sol_stop--> over --> free
 *
 * It sends a sign of life every 2 s, since a device drops clients that are silent for long (65 s is
 * asked for), and asks for the device's. Both go on while `said` waits. Memory is bounded whatever
 * the device sends, and however slowly it takes what is typed: who types waits.
 */
#ifndef REDIR_SOL_H
#define REDIR_SOL_H

#include "core/error.h"
#include "io/stream.h"
#include "redir/sol_message.h"

struct redir_sol;

struct redir_sol_events {
    /* The device has taken the session: from now on what is typed goes to the host. Must not
     * wait. */
    void (*started)(void *owner);

    /* What the host said, borrowed. May wait: nothing more is read meanwhile. False ends the
     * session with `err`. */
    bool (*said)(void *owner, struct slice bytes, struct error *err);

    /* The line's control and status bits, whenever the device tells them. Must not wait. */
    void (*line)(void *owner, uint8_t controls, uint8_t status);
};

/* Borrows `events`, which all are there, and `stream`. */
struct redir_sol *redir_sol_new(struct io_stream *stream, const struct redir_sol_events *events,
                                void *owner);

/* After redir_sol_run has returned, and whoever typed has gone. NULL is allowed. */
void redir_sol_free(struct redir_sol *sol);

/* Starts the session and returns when it is over. True when either side ended it in good order,
 * the device too (redir_sol_stopped tells who). ERROR_UNSUPPORTED: the device refuses to start;
 * ERROR_PROTOCOL; ERROR_CONNECTION: closed without an end; ERROR_TIMEOUT: the device has fallen
 * silent, or takes nothing; ERROR_CANCELLED when the fiber was cancelled, the session is then ended
 * with the device all the same, within 2 s; or what `said` failed with. */
bool redir_sol_run(struct redir_sol *sol, struct error *err);

/* Types; waits until the device's bytes are on their way, before its start until then. On another
 * fiber than redir_sol_run's, one at a time. ERROR_CONNECTION when the session is over. */
bool redir_sol_type(struct redir_sol *sol, struct slice bytes, struct error *err);

/* A BREAK of 250 ms, as redir_sol_type. */
bool redir_sol_break(struct redir_sol *sol, struct error *err);

/* Makes redir_sol_run end the session and return true. Same loop; does not wait. */
void redir_sol_stop(struct redir_sol *sol);
bool redir_sol_stopped(const struct redir_sol *sol);

#endif
