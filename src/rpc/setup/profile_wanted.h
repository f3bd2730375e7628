/*
 * From the members of a profile to what its steps are given (rpc/setup/steps.h), and whether that
 * is anything an AMT could be like. Pure; any thread. Texts and bytes are borrowed from the
 * profile, and the structs point into themselves: they stay where they are.
 */
#ifndef RPC_SETUP_PROFILE_WANTED_H
#define RPC_SETUP_PROFILE_WANTED_H

#include "rpc/setup/assistant.h"
#include "rpc/setup/steps.h"

#include <jansson.h>

struct rpc_profile_wired {
    struct rpc_wired wired;
    struct rpc_8021x login;
    struct rpc_assistant_login assistant;
};
void rpc_profile_wired(const json_t *configuration, const json_t *wired,
                       struct rpc_profile_wired *wanted);

/* `profile`: one of network.wireless.profiles. */
struct rpc_profile_wireless {
    struct rpc_wireless wireless;
    struct rpc_8021x login;
    struct rpc_assistant_login assistant;
};
void rpc_profile_wireless(const json_t *configuration, const json_t *profile,
                          struct rpc_profile_wireless *wanted);

/* 105 when it wants an Enterprise Assistant that the profile doesn't name. */
struct rpc_profile_tls {
    struct rpc_tls_wanted tls;
    struct rpc_assistant_login assistant;
};
bool rpc_profile_tls(const json_t *configuration, const json_t *tls, struct rpc_profile_tls *wanted,
                     struct rpc_fault *fault);

/* An empty password is one to be made. Home domains are copied. */
void rpc_profile_cira(struct arena *arena, const json_t *cira, struct rpc_cira *wanted);

void rpc_profile_proxy(const json_t *proxy, struct rpc_proxy *wanted);

/* The list of them, under either of its names; NULL: none. */
const json_t *rpc_profile_proxies(const json_t *configuration);

/* Whether every step would take what it is given, with the step's fault. */
bool rpc_profile_check_values(struct arena *arena, const json_t *configuration,
                              struct rpc_fault *fault);

#endif
