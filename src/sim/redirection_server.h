/*
 * The device's end of one redirection session on port 16994 (or 16995, inside TLS): SOL, IDER or
 * KVM (spec device-protocols 2). Pure: bytes in, whole messages out, time as an argument. It tells
 * the model that a session goes on, and ends when the model wants it to.
 *
 *   START --10, ok--> LOGIN --13/4, right password--> OPEN --20, 40--> RUNNING
 *
 * and from everywhere to its end: a start that is refused (answered in full, spec 2.1), the third
 * wrong password, 12 EndRedirectionSession, a message that is none, silence, TerminateSession.
 *
 * SOL and KVM show the machine of host.h and take its keys.
 *
 * Life cycle: init → feed and tick … until `finished` → fini.
 */
#ifndef SIM_REDIRECTION_SERVER_H
#define SIM_REDIRECTION_SERVER_H

#include "core/buffer.h"
#include "sim/authenticator.h"
#include "sim/device.h"

/* What all redirection sessions of one device share. */
struct sim_redirection_host {
    struct sim_device *device;
    struct sim_authenticator *authenticator;
    /* One message for the client. Each goes in a write of its own, and in a TLS record of its own:
     * some clients lose what follows a message (spec 2.3). */
    void (*send)(void *owner, struct slice message);
    /* Bytes sent and still on their way; NULL: nobody counts them. */
    size_t (*queued)(void *owner);
};

enum sim_redirection_state {
    SIM_REDIRECTION_START,
    SIM_REDIRECTION_LOGIN,
    SIM_REDIRECTION_OPEN,
    SIM_REDIRECTION_RUNNING,
};

struct sim_redirection {
    struct sim_redirection_host *host;
    void *owner;
    struct buffer input;
    uint8_t state;      /* enum sim_redirection_state */
    uint8_t kind;       /* enum sim_session; valid from LOGIN on */
    uint8_t wrong;      /* passwords */
    bool finished;      /* close the connection once everything is sent */
    uint32_t sequence;  /* of the next message */
    uint32_t heartbeat; /* ms between them; 0: none */
    uint32_t silence;   /* ms of the client that end the session; 0: never */
    uint64_t heard_ms;
    uint64_t beat_ms; /* when the next heartbeat is due; UINT64_MAX: never */
    void *part;       /* of the kind (redirection_kind.h); NULL until it needs something */
};

/* True while the ports of redirection are open. */
bool sim_redirection_listens(const struct sim_device *device);

/* `host` and `owner` (of host->send) are borrowed. */
void sim_redirection_init(struct sim_redirection *session, struct sim_redirection_host *host,
                          void *owner, uint64_t now_ms);

/* Tells the model that the session is over, if it was there at all. */
void sim_redirection_fini(struct sim_redirection *session, uint64_t now_ms);

void sim_redirection_feed(struct sim_redirection *session, struct slice bytes, uint64_t now_ms);
void sim_redirection_tick(struct sim_redirection *session, uint64_t now_ms);

/* Milliseconds at which tick wants to be called; UINT64_MAX: never. The model may end a session at
 * any time: tick after each WSMAN request, too. */
uint64_t sim_redirection_due(const struct sim_redirection *session);

#endif
