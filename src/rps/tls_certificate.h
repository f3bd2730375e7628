/*
 * The certificate of a device's TLS server, issued by the server's own CA (spec rps 4.5): the one
 * whose root goes to the device and whose key is in MPSCerts. Blocking; any thread.
 */
#ifndef RPS_TLS_CERTIFICATE_H
#define RPS_TLS_CERTIFICATE_H

#include "core/arena.h"
#include "core/error.h"

/* For the key that the device has made (DER). Subject CN "AMT-<host_name>", SAN with the host name
 * (or the GUID in its place). *leaf_der is in the arena. */
bool rps_tls_issue(struct slice ca_pem, struct slice ca_key_pem, struct arena *arena,
                   struct slice public_key_der, struct slice host_name, struct slice *leaf_der,
                   struct error *err);

/* "-----BEGIN CERTIFICATE-----…" with line breaks, as TLS_ISSUED_CERTIFICATE is kept. In the arena.
 */
struct slice rps_tls_certificate_pem(struct arena *arena, struct slice der);

/* The other way, of the first certificate in a PEM text, line breaks or not (the toolkit keeps it
 * without). False when there is none. */
bool rps_tls_certificate_der(struct arena *arena, struct slice pem, struct slice *der);

#endif
