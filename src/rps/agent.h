/*
 * What is said to an agent and what it says (spec rps 2.5, 2.8): requests go out as messages of its
 * WebSocket, what AMT answers comes back in messages. One agent per session; one request is
 * outstanding at a time. The session's reader hands over what comes (rps_agent_take), its flow asks
 * through streams (rps/agent_stream.h); both on fibers of the session's loop.
 *
 * Messages carry nothing that tells which request they answer, and an answer that was given up may
 * still come. So a request that was given up leaves doubt, and with doubt two things tell late
 * answers from the right one:
 *
 *     request ─▶ given up ─▶ doubt ─▶ heartbeat_request; what comes before its echo is dropped,
 *                                     since agents answer in order
 *                                  ─▶ an answer that relates (RelatesTo) to another MessageID than
 *                                     that of the request that waits is dropped
 *
 * Without doubt, too, an agent may say an answer twice. One that relates to a request whose answer
 * was taken is dropped. A 401 relates to nothing; one that is the last one to the letter may be
 * that again, or all that the device has to say: a heartbeat is asked for then, and what comes
 * ahead of its echo takes its place.
 *
 * The echo is waited for 5 s (or half of the time that there is), and then the request leaves
 * nevertheless: from an agent that has echoed before, whatever comes ahead of the echo is still
 * dropped; one that never has is deaf and not asked again, and the second rule stays. Bytes of TLS
 * cannot be told apart at all: every tunnel after the first begins in doubt, and the first one asks
 * for an echo behind its first message, so that a slow agent is not taken for a deaf one later.
 */
#ifndef RPS_AGENT_H
#define RPS_AGENT_H

#include "core/buffer.h"
#include "io/fiber.h"
#include "io/stream.h"
#include "rps/message.h"

#include <stdatomic.h>

#define RPS_AGENT_ANSWER_LIMIT ((size_t)RPS_MESSAGE_LIMIT)
#define RPS_AGENT_TLS_LIMIT    ((size_t)256 * 1024) /* bytes of TLS that wait to be read */
#define RPS_AGENT_TAKEN        16                   /* requests whose answers are known again */

struct rps_agent {
    struct io_stream *socket; /* the WebSocket; of the session */
    const char *version;      /* our appVersion */
    struct io_gate writing;   /* one message at a time */
    struct io_wait changed;   /* something came that the flow may wait for */
    atomic_ullong waited_ms;  /* for the device, all together; read by any thread */
    bool gone;                /* nothing comes any more */

    bool asked; /* a wsman request waits for its answer */
    bool answered;
    bool reset; /* the agent has lost its connection to AMT since */
    bool has_id;
    uint64_t id;          /* MessageID of the request that waits */
    struct buffer answer; /* raw HTTP */
    bool doubt;           /* something that nobody waits for may come */
    bool deaf;            /* it does not answer heartbeats */
    unsigned heartbeats;  /* that were asked for */
    unsigned echoes;      /* … and that came */
    unsigned sure_from;   /* the echo that ends the doubt; 0: none was asked for */
    unsigned dropped;     /* late answers, and those that came twice */
    bool suspect;         /* the answer may be the last one again; another one takes its place */
    struct buffer last;   /* the last answer that was taken, where it was a 401 */
    uint64_t
        taken[RPS_AGENT_TAKEN]; /* MessageIDs of requests whose answers were taken, in a ring */
    unsigned taken_count;

    bool tunnel;       /* bytes of TLS are expected */
    bool had_tunnel;   /* those of an earlier one may come */
    struct buffer tls; /* what came */
    bool awaits_ack;   /* of port_switch */
    bool acknowledged;
};

void rps_agent_init(struct rps_agent *agent, struct io_stream *socket, const char *version);
void rps_agent_fini(struct rps_agent *agent);

/* Sends a message; `payload` as it is to stand there (.data NULL: null). Waits for the agent to
 * take it, at most 30 s. */
bool rps_agent_tell(struct rps_agent *agent, const struct rps_told *told, struct error *err);

/* Takes a message of any kind but COMMAND. Payloads that make no sense are dropped; only what
 * breaks a bound fails. Does not wait. */
bool rps_agent_take(struct rps_agent *agent, const struct rps_message *message, struct error *err);

/* The agent has gone: everything that waits for it fails. */
void rps_agent_leave(struct rps_agent *agent);

/* False with ERROR_CONNECTION: it has gone. */
bool rps_agent_is_there(const struct rps_agent *agent, struct error *err);

/* Asks for another port and waits for the acknowledgement (spec rps 2.5). */
bool rps_agent_switch_port(struct rps_agent *agent, uint16_t port, uint32_t delay_s,
                           struct error *err);

/* Waits `ms`, which count as waiting for the device; asks for a sign of life every 10 s where the
 * agent gives one. */
bool rps_agent_pause(struct rps_agent *agent, uint32_t ms, struct error *err);

/* ---- of the streams: a request ---- */

/* Waits until no answer of an earlier one can be taken for that of the next one. ERROR_INTERNAL:
 * one is outstanding. */
bool rps_agent_begin_request(struct rps_agent *agent, struct error *err);

/* Sends it, as AMT is to get it; its answer is known by the envelope's MessageID. From now on it is
 * outstanding, also after an error, until its answer was taken or it is given up. */
bool rps_agent_ask(struct rps_agent *agent, struct slice text, struct slice envelope,
                   struct error *err);

/* Waits for its answer, raw HTTP, which is put behind what is in `answer`. */
bool rps_agent_await_answer(struct rps_agent *agent, struct buffer *answer, struct error *err);

void rps_agent_give_up(struct rps_agent *agent);

/* ---- … and TLS, one tunnel at a time ---- */

/* Waits until no bytes of an earlier one can come. */
bool rps_agent_open_tunnel(struct rps_agent *agent, struct error *err);
void rps_agent_close_tunnel(struct rps_agent *agent);

bool rps_agent_send_tls(struct rps_agent *agent, struct slice bytes, struct error *err);

/* Waits for some. *got 0: AMT has hung up. */
bool rps_agent_read_tls(struct rps_agent *agent, void *to, size_t size, size_t *got,
                        struct error *err);

#endif
