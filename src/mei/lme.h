/*
 * LME: AMT Port Forwarding over the ME's host interface (spec rpc 3, device-protocols 1.4). With
 * it AMT's own ports are reached on the machine itself where no LMS runs. The host's role of the
 * protocol is apf/session.h's (local); here are the client of the ME that carries it, and its
 * channels as streams.
 *
 * One loop. Two fibers of its own read and write the client until mei_lme_close; nobody waits
 * longer than the ME does: the session is there as soon as a port is offered, and is kept from
 * request to request. One message of the protocol is one message of the client, as firmware wants
 * it; what the ME sends may be cut or joined in any way.
 *
 * When the ME is reset, or ends the session, streams that were open end with ERROR_CONNECTION, and
 * the next one that is wanted makes the session anew, once.
 */
#ifndef MEI_LME_H
#define MEI_LME_H

#include "core/error.h"
#include "core/slice.h"
#include "io/stream.h"

#include <stdint.h>

struct mei;
struct mei_lme;

#define MEI_LME_PORT     16992u
#define MEI_LME_TLS_PORT 16993u

/* Any may be NULL. */
struct mei_lme_options {
    /* How the client is opened, first and after a reset; waits. NULL: mei_open of MEI_LME. */
    struct mei *(*open)(void *context, struct error *err);
    /* The ME tells of an event: the body of its POST, a CIM_AlertIndication. Answered with 200.
     * NULL: such connections are refused. Must not wait. */
    void (*alert)(void *context, struct slice envelope);
    void *context;
};

/* Opens the client, says PROTOCOLVERSION, answers what the ME asks, and returns once 16992 or 16993
 * is offered: at most 5 s for the ME's version and 5 s for the port. NULL options: the defaults.
 * Options are copied. NULL with the errors of mei_open (ERROR_BUSY: LMS or somebody else has it),
 * ERROR_TIMEOUT (the ME does not answer, or offers no port), ERROR_CONNECTION, ERROR_PROTOCOL. On a
 * fiber. */
struct mei_lme *mei_lme_open(const struct mei_lme_options *options, struct error *err);

/* Makes the session anew when it is over, for who wants to hear of alerts all the time; else
 * mei_lme_open_stream does so. Waits. True when there is one. */
bool mei_lme_keep(struct mei_lme *lme, struct error *err);

/* True when the ME offers the port now. */
bool mei_lme_offers(const struct mei_lme *lme, uint16_t port);

/* Opens a channel to a port, as a stream (io/stream.h); waits. Windows are respected both ways, and
 * data is cut to what the client carries. A pool of 8 is shared by all. Within 5 s it is tried
 * again while the port is withdrawn (AMT 16 does so when idle), the pool is exhausted or the ME
 * refuses for now; then ERROR_UNSUPPORTED (not offered), ERROR_BUSY (no channel free) or
 * ERROR_CONNECTION (refused). Its answer is waited for 18 s (ERROR_TIMEOUT). The stream is closed
 * before mei_lme_close; one that is not is dead after it, and still to be closed. On a fiber. */
struct io_stream *mei_lme_open_stream(struct mei_lme *lme, uint16_t port, struct error *err);

/* Closes what is open, lets what waits for the ME go out (within 1 s), and frees it. NULL is
 * allowed. On a fiber; not interrupted by its cancellation. */
void mei_lme_close(struct mei_lme *lme);

#endif
