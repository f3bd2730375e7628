/*
 * Handing over to a presence server elsewhere: this server in another process, Console, or the
 * toolkit's, over its REST interface (spec rps 5.3). One for the process; each loop has TLS
 * settings of its own. A connection per request: there are a few per activation.
 *
 * Passwords go along only over https, since the other side has no secret store in common with this
 * one. A device is then managed there with what is stored there.
 */
#ifndef RPS_HANDOVER_MPS_H
#define RPS_HANDOVER_MPS_H

#include "core/slice.h"
#include "rps/handover.h"

struct io_loop;
struct io_pool;

struct rps_handover_mps_options {
    const char *url;        /* http[s]://HOST[:PORT][/PREFIX] */
    const char *token_file; /* whose first line is a token, read for each request, so that it can
                               be replaced while the server runs; NULL: none */
    struct slice ca_pem;    /* roots for https; empty: the system's */
    struct io_pool *work;   /* reads the file */
};

/* Copies the options, but for the bytes of ca_pem, which outlive it. ERROR_INVALID for what is no
 * such URL, for a token file that cannot be read, and for a token that plain http would show to a
 * network. Blocking; before the loops. */
struct rps_handover *rps_handover_to_mps(const struct rps_handover_mps_options *options,
                                         unsigned loop_count, struct error *err);

/* Gives loop `index` its TLS settings. Before the loop runs. */
bool rps_handover_mps_attach(struct rps_handover *handover, unsigned index, struct io_loop *loop,
                             struct error *err);

#endif
