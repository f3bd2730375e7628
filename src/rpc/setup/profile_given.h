/*
 * What a person gives beside a profile, for the activation: the provisioning certificate with its
 * password (--provisioningCert, --provisioningCertPwd) and the MEBx password (--mebxpassword). They
 * are the person's own: the certificate may name a file, whoever has sent the profile. On the run's
 * fiber.
 */
#ifndef RPC_SETUP_PROFILE_GIVEN_H
#define RPC_SETUP_PROFILE_GIVEN_H

#include "rpc/run/run.h"

#include <jansson.h>

/* Adds what the profile lacks; with `over` what the command line gives takes the profile's place,
 * too. A certificate's password is taken with the certificate only; alone it is asked for when the
 * profile's is locked. What isn't used is read, and not looked at. False: the run has failed. */
bool rpc_profile_given_put(struct rpc *rpc, bool over, json_t *profile);

/* Puts a member of amtSpecific, which is made where there is none. `value` is taken over. False:
 * the run has failed. */
bool rpc_profile_put(struct rpc *rpc, json_t *profile, const char *name, json_t *value);

#endif
