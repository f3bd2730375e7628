/*
 * The policies by which a device calls its presence server (AMT_RemoteAccessPolicyRule and what
 * ties it to servers; spec rps 3.9, device-protocols 7.8): one calls from time to time, one when
 * its user asks. Part of the conversations of amt/remote_access.h. Over struct amt, on a fiber.
 */
#ifndef AMT_REMOTE_POLICY_H
#define AMT_REMOTE_POLICY_H

#include "amt/amt.h"

/* What a device was found with, and what it is to be like. */
struct amt_remote_policy {
    const struct amt_items *rules;   /* AMT_RemoteAccessPolicyRule */
    const struct amt_items *applies; /* AMT_RemoteAccessPolicyAppliesToMPS */
    struct slice server;             /* Name of the one server that is called */
    uint32_t period_s;               /* between tries */
};

/* Sees that both policies are there as they should be, and that none calls another server. Those
 * that are otherwise are deleted and made anew. *changed says whether something was, or may have
 * been, written, and stays true when it was. */
bool amt_remote_policy_set(struct amt *amt, struct arena *arena,
                           const struct amt_remote_policy *policy, bool *changed,
                           struct error *err);

/* As far as that is possible: deletes what amt_remote_policy_set has made, found by reading again,
 * so that an answer that never came is no matter; amt_remote_policy_restore makes what it has
 * deleted again. What the new ones called can be deleted in between. */
void amt_remote_policy_take_back(struct amt *amt, struct arena *arena,
                                 const struct amt_remote_policy *policy);
void amt_remote_policy_restore(struct amt *amt, struct arena *arena,
                               const struct amt_remote_policy *policy);

/* Deletes all of them; one that is gone already is no error. */
bool amt_remote_policy_clear(struct amt *amt, struct arena *arena, const struct amt_items *rules,
                             struct error *err);

#endif
