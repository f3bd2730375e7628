/*
 * What a person gives beside a profile, for the activation: the provisioning certificate with its
 * password and the MEBx password. Read before the profile is, since a profile of a server forbids
 * names of files (rpc_forbid_files), and these are the person's own. On the run's fiber.
 */
#ifndef RPC_SETUP_PROFILE_GIVEN_H
#define RPC_SETUP_PROFILE_GIVEN_H

#include "rpc/run/run.h"

#include <jansson.h>

/* In the run's arena; .data NULL: not given. */
struct rpc_profile_given {
    struct slice certificate;          /* base64 of a PFX, or PEM, whatever it was given as */
    struct slice certificate_password; /* only with a certificate: one alone is asked for when the
                                          profile's is locked */
    struct slice mebx;
};

/* False: the run has failed. */
bool rpc_profile_given_read(struct rpc *rpc, struct rpc_profile_given *given);

/* Adds what the profile lacks; with `over` puts it in the place of the profile's, too. False: the
 * run has failed. */
bool rpc_profile_given_put(struct rpc *rpc, const struct rpc_profile_given *given, bool over,
                           json_t *profile);

/* Puts a member of amtSpecific, which is made where there is none. `value` is taken over. False:
 * the run has failed. */
bool rpc_profile_put(struct rpc *rpc, json_t *profile, const char *name, json_t *value);

#endif
