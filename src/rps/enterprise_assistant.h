/*
 * The Enterprise Assistant (spec rps 5.7): a program beside the site's directory and its Microsoft
 * CA, which connects by WebSocket and answers what flows need from there: accounts for 802.1X and
 * signed certificates. One per tenant and process; the newest connection counts. Any loop; asking
 * waits.
 */
#ifndef RPS_ENTERPRISE_ASSISTANT_H
#define RPS_ENTERPRISE_ASSISTANT_H

#include "core/arena.h"
#include "core/error.h"

struct rps;
struct rps_session;

/* What the assistant answered; empty where it said nothing. In the arena of whoever asked. */
struct rps_assistant_answer {
    struct slice username, password;
    struct slice root_certificate;     /* base64 of DER, as it came */
    struct slice certificate;          /* the same */
    struct slice key_instance_id, csr; /* PKCS#10, signed by nobody, base64 */
};

/* An assistant of the session's tenant is connected. */
bool rps_assistant_is_there(struct rps_session *session);

/* 802.1x-ProFile-Request: `protocol` is 0 (EAP-TLS, and certificates of TLS) or 2
 * (PEAPv0/MSCHAPv2). ERROR_CONNECTION when there is no assistant, ERROR_TIMEOUT ("Enterprise
 * Assistant Timeout"), ERROR_PROTOCOL when the answer lacks what belongs to the protocol. */
bool rps_assistant_profile(struct rps_session *session, struct arena *arena, int protocol,
                           struct rps_assistant_answer *answer, struct error *err);

/* 802.1x-KeyPair-Response: hands over the public key (DER in base64) of the key pair made on the
 * device, and gets a request to be signed by it. */
bool rps_assistant_key(struct rps_session *session, struct arena *arena, struct slice key,
                       struct slice key_instance_id, struct rps_assistant_answer *answer,
                       struct error *err);

/* 802.1x-CSR-Response: hands over the signed request and gets certificate, root and user name. */
bool rps_assistant_certificate(struct rps_session *session, struct arena *arena,
                               struct slice signed_csr, struct rps_assistant_answer *answer,
                               struct error *err);

#endif
