/*
 * Trust on first use. A server that signs its own certificate is no mistake here: it does so at its
 * first start. `obctl login` fetches the certificate once, without sending anything of ours, and
 * lets a person, a CA file or a fingerprint decide; from then on that decision is checked on every
 * connection. Blocks for at most 10 s per step.
 */
#ifndef OBCTL_TRUST_H
#define OBCTL_TRUST_H

#include "obctl/url.h"

#define OBCTL_FINGERPRINT_SIZE 65 /* 64 hexadecimal digits of SHA-256 and the NUL */

struct obctl_certificate {
    const char *pem; /* the server's own certificate */
    char fingerprint[OBCTL_FINGERPRINT_SIZE];
    bool known; /* the system's certificate authorities vouch for it, name included */
};

/* Opens a TLS connection, keeps the certificate it was shown, closes. ERROR_CONNECTION. */
bool obctl_trust_fetch(struct arena *arena, const struct obctl_url *url,
                       struct obctl_certificate *certificate, struct error *err);

/* True when `text` (colons and case do not matter) is the certificate's fingerprint. */
bool obctl_trust_matches(const struct obctl_certificate *certificate, struct slice text);

#endif
