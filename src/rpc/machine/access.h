/*
 * The way to AMT's own ports on this machine (spec rpc 3.4): through LME, which the kernel gives to
 * whoever may open the ME's device, and where nobody can stand in between; or through LMS, when
 * that has LME. A port of this machine is anybody's to listen at, so LMS is looked for only when
 *
 *   LME is in use (EBUSY)      at once where somebody listens who may be LMS. Where nobody does,
 * LMS may be starting: both are tried again every second, for 30 s there is no LME for us     no
 * driver, no right, no AMT; and only where the operator has said where LMS is LMS is on another
 * machine  which the operator has said, too; then LME is not asked
 *
 * and what is found there is told apart:
 *
 *   a listener of root, of the user that this is, or of one who has the ME's device open: LMS
 *   a listener of anybody else     refused, and nothing is sent to it. Where the operator has named
 *                                  address or port that is his word, and the doubt is told
 *   accepted, HTTP or TLS answers  LMS, whatever the answer is: a certificate that is refused is an
 *                                  error of its own
 *   accepted, then silence or end  LMS is up and not ready: again every second, for 30 s, and then
 *                                  an error
 *
 * With TLS or without is said by the operator (--amt-ca) and the engine, never by which of LMS's
 * ports answers: a TLS that fails, or is not there, is an error and no reason for the plain port.
 *
 * One loop, on fibers. One access per run.
 */
#ifndef RPC_MACHINE_ACCESS_H
#define RPC_MACHINE_ACCESS_H

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
    bool lms_asked;          /* the operator has given one of them */
    bool tls_only;           /* AMT takes TLS only, or the operator wants it */
    bool no_lms;             /* LME, without looking for LMS */
    /* Whether the engine says that AMT has TLS, asked when an LMS is to be used that only the
     * operator vouches for: then only with TLS. NULL: no. */
    bool (*has_tls)(void *context);
    /* How the client of LME is opened, as in mei/lme.h; NULL: mei_open. Tests have another. */
    struct mei *(*open)(void *context, struct error *err);
    void *context; /* of both */
};

/* Finds the way. Errors are those of mei_lme_open; ERROR_BUSY when LME has another user and nobody
 * is at LMS's port; ERROR_TIMEOUT or ERROR_CONNECTION when LMS is up and not ready;
 * ERROR_UNAUTHORIZED when LME has another user, and what listens at LMS's port is not logged in to:
 * because of whose it is, or because it has no TLS and AMT does. */
bool rpc_access_open(const struct rpc_access_options *options, struct rpc_access **access,
                     struct error *err);

enum rpc_way rpc_access_way(const struct rpc_access *access);

/* Why LMS, which the operator has named, would else not have been used; NULL: no doubt. */
const char *rpc_access_doubt(const struct rpc_access *access);

/* True when AMT is reached with TLS only: it is wanted, or there is no other port. */
bool rpc_access_needs_tls(const struct rpc_access *access);

/* Whether LMS answers at its port, whatever the way is: for what tells users and servers so. Others
 * than LMS are not asked. */
bool rpc_access_lms_answers(const struct rpc_access_options *options);

/* A stream to 16992 or 16993 as it is, for the relay to a provisioning server. Waits.
 * ERROR_UNSUPPORTED for 16992 where TLS is wanted. */
bool rpc_access_stream(struct rpc_access *access, uint16_t port, struct io_stream **stream,
                       struct error *err);

/* Whether streams were asked for and there never was one: AMT's ports cannot be reached. */
bool rpc_access_is_in_vain(const struct rpc_access *access);

/* Whether TLS was begun there and never came about, for AMT's certificate in the first place. */
bool rpc_access_has_no_tls(const struct rpc_access *access);

struct rpc_amt_options {
    struct slice user, password; /* copied; wiped with the access or by the next call */
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

/* Frees the conversation too. NULL is allowed. On a fiber. */
void rpc_access_close(struct rpc_access *access);

#endif
