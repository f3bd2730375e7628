/*
 * The device's side of an APF session over CIRA (spec device-protocols 1). Written apart from
 * apf/session.c on purpose, as its independent judge: it shares the codec of messages and nothing
 * else. Pure: bytes from the server in, whole messages out through `send`, time as an argument.
 *
 *   IDLE --start--> AUTH_SERVICE --SERVICE_ACCEPT auth--> LOGIN --USERAUTH_SUCCESS-->
 *   PFWD_SERVICE --SERVICE_ACCEPT pfwd--> FORWARDING (one tcpip-forward at a time)
 *   --answer to the last one--> READY
 *   any --DISCONNECT, USERAUTH_FAILURE, violation, keep-alive unanswered--> OVER
 *
 * What the server must not do ends the session with DISCONNECT 2, as firmware does; what firmware
 * would let pass is counted in `oddities` for tests to look at.
 */
#ifndef SIM_APF_DEVICE_H
#define SIM_APF_DEVICE_H

#include "sim/apf_pool.h"

enum sim_apf_state {
    SIM_APF_IDLE,
    SIM_APF_AUTH_SERVICE,
    SIM_APF_LOGIN,
    SIM_APF_PFWD_SERVICE,
    SIM_APF_FORWARDING,
    SIM_APF_READY,
    SIM_APF_OVER
};
const char *sim_apf_state_name(enum sim_apf_state state);

enum sim_apf_end {
    SIM_APF_END_NONE,
    SIM_APF_END_REFUSED,    /* USERAUTH_FAILURE */
    SIM_APF_END_DISCONNECT, /* the server sent DISCONNECT */
    SIM_APF_END_VIOLATION,  /* the server broke the protocol */
    SIM_APF_END_KEEPALIVE,  /* a keep-alive was not answered in time */
    SIM_APF_END_LEFT,       /* the machine was un-provisioned and left */
};

struct sim_apf_options {
    struct guid guid;
    const char *user; /* borrowed, as are all pointers here */
    const char *password;
    const char *host_name;
    const uint16_t *ports;         /* ended by 0, in the order of forwarding */
    uint32_t trigger;              /* of PROTOCOLVERSION: 1 user, 2 alert, 4 periodic */
    uint32_t keepalive_s;          /* own interval until the server asks for another; 0: none */
    uint32_t keepalive_timeout_s;  /* without an answer the tunnel is over; 0: never */
    uint32_t window;               /* receive window of a channel */
    bool ignore_keepalive_options; /* answer 210 and keep the own interval, as one Dell does */
};

struct sim_apf;

/* Channels are numbered as those of the pool. */
struct sim_apf_events {
    /* One whole message for the server. */
    void (*send)(void *owner, struct slice message);
    /* All ports are forwarded; the login is complete. */
    void (*ready)(void *owner);
    /* Asks whether something listens on a forwarded port; false refuses the channel. */
    bool (*opened)(void *owner, unsigned channel, uint16_t port);
    void (*data)(void *owner, unsigned channel, struct slice bytes);
    /* The channel is over, whoever ended it. */
    void (*closed)(void *owner, unsigned channel);
    /* A keep-alive of ours was answered after so many microseconds; NULL allowed. */
    void (*round_trip)(void *owner, uint64_t us);
    /* The session is over; close the connection. */
    void (*over)(void *owner, enum sim_apf_end end, uint32_t reason);
};

struct sim_apf {
    const struct sim_apf_options *options;
    const struct sim_apf_events *events;
    void *owner;
    enum sim_apf_state state;
    unsigned port_at; /* index of the port whose answer is awaited */
    uint32_t interval_s;
    uint32_t timeout_s;
    uint32_t cookie; /* of the last keep-alive */
    bool awaiting_reply;
    uint64_t asked_us;
    uint64_t next_ms; /* of the next keep-alive or its time-out */
    uint32_t oddities;
    struct buffer partial; /* an incomplete message */
    struct sim_apf_pool pool;
};

/* `options`, `events` and `owner` are borrowed for the session's life. */
void sim_apf_init(struct sim_apf *apf, const struct sim_apf_options *options,
                  const struct sim_apf_events *events, void *owner);
void sim_apf_fini(struct sim_apf *apf);

/* Sends PROTOCOLVERSION and asks for the service. Times are microseconds of a steady clock. */
void sim_apf_start(struct sim_apf *apf, uint64_t now_us);

/* Takes bytes from the server. False once the session is over. */
bool sim_apf_feed(struct sim_apf *apf, struct slice bytes, uint64_t now_us);

/* Sends the keep-alive that is due, or ends the session when one was not answered. */
void sim_apf_tick(struct sim_apf *apf, uint64_t now_us);

/* Milliseconds at which sim_apf_tick wants to be called; UINT64_MAX: never. */
uint64_t sim_apf_due(const struct sim_apf *apf);

/* Sends a keep-alive now. False when the last one is not answered yet. */
bool sim_apf_ping(struct sim_apf *apf, uint64_t now_us);

/* Queues bytes on a channel and sends what the server's window allows. False past 512 KB. */
bool sim_apf_write(struct sim_apf *apf, unsigned channel, struct slice bytes);

/* Bytes of a channel that wait for the server's window. */
size_t sim_apf_queued(const struct sim_apf *apf, unsigned channel);

/* Sends DISCONNECT 11 and ends the session: the machine calls in no more. */
void sim_apf_leave(struct sim_apf *apf);

/* Sends 97 once everything queued is sent. */
void sim_apf_close(struct sim_apf *apf, unsigned channel);

#endif
