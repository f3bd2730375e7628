/* The key and the certificates in the member "ieee8021x" of a body, of a Wi-Fi profile or of the
 * wired port: base64 of DER or PEM, read before the device is asked. No state. */
#ifndef MPS_ROUTES_CREDENTIAL_BODY_H
#define MPS_ROUTES_CREDENTIAL_BODY_H

#include "amt/credential.h"
#include "http/exchange.h"

/* Absent and empty members stay without data. False when one of them is wrong, or the key isn't the
 * certificate's: a 400 that doesn't repeat them has been given. In the exchange's arena, which is
 * wiped. */
bool credential_body_read(struct http_exchange *exchange, struct amt_credential *credential);

#endif
