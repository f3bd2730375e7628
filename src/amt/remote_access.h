/*
 * Whom a device calls, and when (CIRA; spec rps 3.9, rpc 5.9, device-protocols 7.8): a presence
 * server, the policies by which the tunnel is opened, and the home domains in which it is not. Over
 * struct amt, on a fiber. Each function is one conversation, kept apart from others of its kind.
 */
#ifndef AMT_REMOTE_ACCESS_H
#define AMT_REMOTE_ACCESS_H

#include "amt/amt.h"

#define AMT_REMOTE_ACCESS_PERIOD_S   25u
#define AMT_REMOTE_ACCESS_DETECTIONS 5 /* home domains that firmware keeps */

struct amt_presence_server {
    struct slice address;
    unsigned format; /* of the address: 3 IPv4, 4 IPv6, 201 FQDN */
    unsigned port;
    struct slice user, password;
    struct slice common_name;      /* that its certificate must have; only for addresses that are no
                                      name; .data NULL: none */
    struct slice root_der;         /* of its certificate; .data NULL: is on the device already */
    uint32_t period_s;             /* between tries; 0: AMT_REMOTE_ACCESS_PERIOD_S */
    const struct slice *detection; /* home domains, where the device does not call */
    size_t detection_count;        /* 0: those that are there, or if there are none one that exists
                                      nowhere,        so that it always calls */
};

struct amt_remote_access_changes {
    bool root, server, login, policies, user_initiated, detection; /* what was written */
    bool password;  /* the device has it, or may have it, also after a failure */
    size_t removed; /* other servers that it knew */
    size_t left;    /* … and that it would not give up; no policy calls them any more */
};

/* Makes the device call this server and no other: from time to time, and when its user asks for it.
 * What is so already stays; the login is written each time, since it cannot be read. Takes back
 * what it has added, and puts back the policies that it has replaced, when a later step fails.
 * ERROR_INVALID for what no device takes; ERROR_UNSUPPORTED for firmware without remote access. */
bool amt_remote_access_set(struct amt *amt, struct arena *arena,
                           const struct amt_presence_server *server,
                           struct amt_remote_access_changes *changes, struct error *err);

/* Removes all policies, servers and home domains. *was_set is false when there were none of the
 * first two; absent classes have none. */
bool amt_remote_access_clear(struct amt *amt, struct arena *arena, bool *was_set,
                             struct error *err);

#endif
