/*
 * The way to AMT's own ports on this machine (spec rpc 3.4): through LMS when it runs, else through
 * LME. They are told apart by what the connection says:
 *
 *   refused                        no LMS: LME. Busy there: LMS is starting, both are tried again
 *   accepted, HTTP or TLS answers  LMS, whatever the answer is: a certificate that is refused is an
 *                                  error of its own, and never a reason to take LME
 *   accepted, then silence or end  LMS is up and not ready: again every second, for 30 s, and then
 *                                  an error; LMS has LME, so there is no use in asking for it
 *
 * One loop, on fibers. One access per run.
 */
#ifndef RPC_ACCESS_H
#define RPC_ACCESS_H

#include "core/error.h"
#include "core/slice.h"
#include "io/stream.h"

#include <stdint.h>

struct amt;
struct mei;
struct rpc_access;
struct rpc_trust;

enum rpc_way { RPC_WAY_LMS, RPC_WAY_LME };

/* "LMS", "LME". */
const char *rpc_way_name(enum rpc_way way);

/* Borrowed during the call. Zeros are the defaults. */
struct rpc_access_options {
    const char *lms_address; /* --lmsaddress: address or name; NULL: 127.0.0.1 */
    uint16_t lms_port;       /* --lmsport, of the port without TLS; the one with TLS is the next.
                                0: 16992 */
    bool tls_enforced;       /* AMT takes TLS only (bit 6 of the watchdog's answer) */
    bool no_lms;             /* LME, without looking for LMS */
    /* Alerts of the ME when the way is LME (mei/lme.h); NULL: refused. */
    void (*alert)(void *context, struct slice envelope);
    /* How the client of LME is opened, as in mei/lme.h; NULL: mei_open. Tests have another. */
    struct mei *(*open)(void *context, struct error *err);
    void *context; /* of both */
};

/* Finds the way. Errors are those of mei_lme_open; ERROR_BUSY when LME has another user and LMS
 * does not answer either; ERROR_TIMEOUT or ERROR_CONNECTION when LMS is up and not ready. */
bool rpc_access_open(const struct rpc_access_options *options, struct rpc_access **access,
                     struct error *err);

enum rpc_way rpc_access_way(const struct rpc_access *access);

/* True when AMT can be reached with TLS only; LMS shows it with the ports that it has. */
bool rpc_access_needs_tls(const struct rpc_access *access);

/* Whether a program answers at LMS's port, whatever the way is: for what tells users and servers
 * so.
 */
bool rpc_access_lms_answers(const struct rpc_access_options *options);

/* A stream to 16992 or 16993 as it is, for the relay to a provisioning server. Waits. */
bool rpc_access_stream(struct rpc_access *access, uint16_t port, struct io_stream **stream,
                       struct error *err);

struct rpc_amt_options {
    struct slice user, password; /* copied; wiped with the access or at rpc_access_log_in_as */
    bool tls;                    /* 16993 although 16992 is there too */
    struct rpc_trust *trust;     /* for TLS; borrowed until rpc_access_close or the next call.
                                          NULL: any certificate */
};

/* AMT as a conversation; one per access, which keeps it: the next call changes its login and its
 * TLS, and forgets what was open. */
bool rpc_access_amt(struct rpc_access *access, const struct rpc_amt_options *options,
                    struct amt **amt, struct error *err);

/* A stream to 16993 with TLS, checked by the trust of rpc_access_amt; waits. What rpc_access_amt
 * uses itself. ERROR_CONNECTION: the certificate is refused (the sentence says which flag helps),
 * AMT speaks no TLS, or LMS is up and not ready for 30 s. */
bool rpc_access_open_tls(struct rpc_access *access, struct io_stream **stream, struct error *err);

/* From now on; challenge and kept connections are forgotten. */
void rpc_access_log_in_as(struct rpc_access *access, struct slice user, struct slice password);

/* Frees the conversation too. NULL is allowed. On a fiber. */
void rpc_access_close(struct rpc_access *access);

#endif
