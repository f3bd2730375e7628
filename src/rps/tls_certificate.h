/*
 * The certificate of a device's TLS server (spec rps 4.5). What is issued goes to whoever says to
 * be a device, so it comes from a CA of its own, "Outband Devices": nothing trusts that one but
 * devices themselves, and even here a device is held to the very certificate that it was given. It
 * names the device by its GUID alone, since every other name is the agent's word. Blocking; any
 * thread.
 */
#ifndef RPS_TLS_CERTIFICATE_H
#define RPS_TLS_CERTIFICATE_H

#include "core/arena.h"
#include "core/error.h"
#include "core/guid.h"

#define RPS_DEVICES_CA "Outband Devices" /* what its common name begins with */

/* The CA in the sealed store: an object of "cert" and "key", both PEM. */
#define RPS_TLS_CA_SECRET "outband/devices-ca"

/* For the key that the device has made (DER). Subject CN "AMT-<GUID>", SAN with the GUID. *leaf_der
 * is in the arena. */
bool rps_tls_issue(struct slice ca_pem, struct slice ca_key_pem, struct arena *arena,
                   struct slice public_key_der, const struct guid *guid, struct slice *leaf_der,
                   struct error *err);

/* "-----BEGIN CERTIFICATE-----…" with line breaks, as TLS_ISSUED_CERTIFICATE is kept. In the arena.
 */
struct slice rps_tls_certificate_pem(struct arena *arena, struct slice der);

/* The other way, of the first certificate in a PEM text, line breaks or not (the toolkit keeps it
 * without). False when there is none. */
bool rps_tls_certificate_der(struct arena *arena, struct slice pem, struct slice *der);

/* The same of each in turn: *pem begins behind it afterwards. */
bool rps_tls_certificate_next(struct arena *arena, struct slice *pem, struct slice *der);

#endif
