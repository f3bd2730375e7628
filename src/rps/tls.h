/*
 * The device's TLS server, with a certificate that the CA of devices issues for the key that the
 * device has made (spec rps 3.8, 4.5), or that the Enterprise Assistant gets from the site's CA;
 * and the session's way through it. A device is held to the certificates that it was given
 * (rps/tls_given.h): who has signed them says nothing, since whoever says to be a device gets one.
 * On the run's fiber.
 */
#ifndef RPS_TLS_H
#define RPS_TLS_H

#include "rps/provisioning.h"

/* Gives the device a certificate that the CA of devices issues, and a TLS server in the profile's
 * mode; what was issued is stored. */
bool rps_tls_provide(struct rps_provisioning *p, struct error *err);

/* The session goes on over TLS with the certificate that rps_tls_provide gave. */
void rps_tls_trust_given(struct rps_provisioning *p);

/* The session goes over TLS to a device that is set up: it must show the certificate that it is
 * stored to have, or the one that its chip was made with, since it may have been reset. False for
 * one of which none is stored: nothing is checked then, which is logged. */
bool rps_tls_trust_stored(struct rps_provisioning *p);

/* A certificate that is given in base64 or PEM, in DER; in the arena. */
bool rps_certificate_der(struct arena *arena, struct slice text, struct slice *der);

#endif
