/*
 * What the kinds of redirection are to the session that carries them: redirection_server.c does
 * start and login, and hands over to one of these once the password is proved. For src/sim/ only.
 *
 * Life cycle: take and tick … → fini. A kind keeps what it needs in session->part, which is NULL at
 * first; fini frees it and may be called without a take before it.
 */
#ifndef SIM_REDIRECTION_KIND_H
#define SIM_REDIRECTION_KIND_H

#include "sim/redirection_server.h"

struct sim_redirection_kind {
    /* The bytes of the next message that were used; 0: more are needed. `bytes` is not empty. */
    size_t (*take)(struct sim_redirection *session, struct slice bytes, uint64_t now_ms);
    /* Does what is due; NULL: nothing ever is. Called after each change of the model, too. */
    void (*tick)(struct sim_redirection *session, uint64_t now_ms);
    /* When tick wants to be called, besides for heartbeats and silence; NULL: never. */
    uint64_t (*due)(const struct sim_redirection *session);
    /* NULL: nothing to free. */
    void (*fini)(struct sim_redirection *session, uint64_t now_ms);
};

extern const struct sim_redirection_kind sim_redirection_sol, sim_redirection_kvm,
    sim_redirection_ider;

/* Type, status and two zeros, as every message begins. */
struct buffer sim_redirection_message(uint8_t type, uint8_t status);

/* Type, two zeros, the attribute and the session's next sequence number. */
struct buffer sim_redirection_numbered(struct sim_redirection *session, uint8_t type,
                                       uint8_t attribute);
void sim_redirection_put_zeros(struct buffer *message, size_t count);

/* Sends the message in a write of its own, and frees it. */
void sim_redirection_send(struct sim_redirection *session, struct buffer *message);

/* Sends the heartbeat if it is due. */
void sim_redirection_beat(struct sim_redirection *session, uint8_t type, uint64_t now_ms);

#endif
