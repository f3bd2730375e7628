/*
 * The way to AMT through an agent (spec rps 2.5, 2.8): what is asked goes out as messages of its
 * WebSocket, what AMT answers comes back in messages, and conversations see streams. One agent per
 * session; one request is outstanding at a time. The session's reader hands over what comes
 * (rps_agent_take), its flow uses the streams; both on fibers of the session's loop.
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
#ifndef RPS_AGENT_STREAM_H
#define RPS_AGENT_STREAM_H

#include "core/buffer.h"
#include "io/fiber.h"
#include "io/stream.h"
#include "rps/message.h"

#include <stdatomic.h>

#define RPS_AGENT_TLS_LIMIT ((size_t)256 * 1024) /* bytes of TLS that wait to be read */
#define RPS_AGENT_TAKEN     16                   /* requests whose answers are known again */

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

/* A stream that carries one request of HTTP, as http/client writes it, and its answer. What is sent
 * is written anew as AMT gets it from the toolkit: Authorization, Host with `host`, a chunked body,
 * Connection: close. */
struct io_stream *rps_agent_plain_stream(struct rps_agent *agent, const char *host);

/* A stream of TLS records. What is written leaves in one message when an answer is waited for,
 * since agents look for an answer to each message. Waits until no bytes of an earlier one can come.
 */
struct io_stream *rps_agent_tls_stream(struct rps_agent *agent, struct error *err);

/* The same as the plain one over `inner` (TLS), which belongs to it; it may carry several requests.
 */
struct io_stream *rps_agent_framed_stream(struct io_stream *inner, const char *host);

/* Asks for another port and waits for the acknowledgement (spec rps 2.5). */
bool rps_agent_switch_port(struct rps_agent *agent, uint16_t port, uint32_t delay_s,
                           struct error *err);

/* Waits `ms`, which count as waiting for the device; asks for a sign of life every 10 s where the
 * agent gives one. */
bool rps_agent_pause(struct rps_agent *agent, uint32_t ms, struct error *err);

#endif
