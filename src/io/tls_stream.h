/*
 * TLS as a client over any stream: a socket, a channel of a tunnel. For devices, whose certificates
 * nobody but their owner knows: what is accepted is said per stream, not per settings, and the
 * check runs inside the handshake, so that nothing is sent to a peer that fails it. Sessions are
 * never resumed: every connection shows and has checked its certificate.
 *
 * A stream on a fiber like any other (io/stream.h); waits, deadlines and cancellation are those of
 * the stream inside. Holds at most one record each way beside what that one holds.
 */
#ifndef IO_TLS_STREAM_H
#define IO_TLS_STREAM_H

#include "core/arena.h"
#include "core/error.h"
#include "io/stream.h"
#include "io/tls.h"

struct io_pfx;

#define IO_TLS_PIN_SIZE    32
#define IO_TLS_CHAIN_LIMIT 10 /* certificates of a peer that `check` is shown */

/* Which certificates are accepted. With a pin: the one whose SHA-256 over the DER of the leaf it
 * is, whoever signed it, and no other; what else the peer puts into its chain does not count.
 * Without one: any, or those that lead to a trusted root and are for `server_name`, with keys of
 * 112 bits or more (RSA from 2,048 on) and signatures not weaker than SHA-1. */
struct io_tls_policy {
    const uint8_t *pin; /* IO_TLS_PIN_SIZE bytes; NULL: none */
    bool any;
    /* Roots (DER) that a chain must lead to instead of those of `tls`, whatever it is for and for
     * whose name; NULL: those of `tls`. For certificates that firmware or we ourselves have made:
     * they carry no name that the server knows, and no purpose. */
    const struct slice *roots;
    size_t root_count;
    const char *server_name; /* name or address, sent as SNI when it is a name; NULL: none, and
                                then nothing but a pin or `any` is accepted */
    const char *advice; /* ends the sentence when its chain is refused; lives as long as the stream;
                           NULL: none */
    /* Asked beside all of this (but a pin) inside the handshake, with the chain as the peer shows
     * it: DER, leaf first. False with the reason refuses it. Must not wait. NULL: nobody is. */
    bool (*check)(void *context, const struct slice *chain, size_t count, struct error *err);
    void *context;
    /* What is shown to a peer that asks for a certificate: the whole chain, since firmware knows
     * of roots no more than their hashes. It signs on the loop. Needs a key that fits; outlives the
     * handshake. NULL: nothing is. */
    const struct io_pfx *identity;
};

/* Shakes hands over `inner`, which belongs to the new stream from now on and is closed when that
 * fails; within the fiber's deadline and 20 s. `tls` is io_tls_client_new's with `firmware` or
 * `per_stream`, and outlives the stream; `policy` is borrowed during the call. ERROR_CONNECTION
 * when the certificate is refused (the sentence says why) or the peer speaks no TLS that we do. */
struct io_stream *io_tls_stream_open(struct io_stream *inner, struct io_tls *tls,
                                     const struct io_tls_policy *policy, struct error *err);

/* The DER of the leaf that the peer of such a stream showed, in the arena. */
struct slice io_tls_stream_certificate(const struct io_stream *stream, struct arena *arena);

#endif
