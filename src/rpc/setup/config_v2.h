/*
 * The configuration files of v2's command line (spec rpc 1.6): -config and -configJson with the
 * secrets of -secrets, and -configv2, which is a sealed profile. All of them become a profile, so
 * that there is one way to bring AMT into a state. On the run's fiber.
 */
#ifndef RPC_SETUP_CONFIG_V2_H
#define RPC_SETUP_CONFIG_V2_H

#include "rpc/setup/profile.h"

/* Whether one is given. */
bool rpc_config_v2_is_given(const struct rpc *rpc);

/* Owned: rpc_profile_free. NULL: the run has failed (34, 35). */
json_t *rpc_config_v2_read(struct rpc *rpc);

/* The same from a parsed configuration and secrets (NULL: none); pure. */
json_t *rpc_config_v2_profile(const json_t *config, const json_t *secrets);

#endif
