/* The login, the key and the certificates in the member "ieee8021x" of a body, of a Wi-Fi profile
 * or of the wired port: base64 of DER or PEM, read before the device is asked. No state. */
#ifndef MPS_ROUTES_CREDENTIAL_BODY_H
#define MPS_ROUTES_CREDENTIAL_BODY_H

#include "amt/credential.h"
#include "http/exchange.h"

/* Absent and empty members stay without data. False when one of them is wrong, or the key isn't the
 * certificate's: a 400 that doesn't repeat them has been given. In the exchange's arena, which is
 * wiped. */
bool credential_body_read(struct http_exchange *exchange, struct amt_credential *credential);

/* Checks what is given of "ieee8021x" for type, length and control characters. False: answered. */
bool credential_body_check(struct http_exchange *exchange);

/* Whether what the protocol needs is there: a certificate with its key, or a password. False:
 * answered. */
bool credential_body_suffices(struct http_exchange *exchange, bool by_certificate);

/* Whether a text has what neither XML nor a device's list shows again. */
bool credential_body_has_control(struct slice text);

#endif
