/*
 * The HTTP proxies through which a device reaches the server of its tunnel
 * (IPS_HTTPProxyAccessPoint, IPS_HTTPProxyService; spec rps 3.6, rpc 5.9, device-protocols 7.8).
 * Firmware before AMT 12 has neither class: it has no proxies and takes none. Over struct amt, on a
 * fiber; what is returned lives in the arena.
 */
#ifndef AMT_PROXY_H
#define AMT_PROXY_H

#include "amt/amt.h"

struct amt_proxy {
    struct slice name; /* what the device calls it; not for adding */
    struct slice address;
    unsigned format; /* 3 IPv4, 4 IPv6, 201 FQDN */
    unsigned port;
    struct slice dns_suffix; /* of the networks in which it is used */
};

/* At most 100; of a device that lacks the class none, and *supported is false. `supported` may be
 * NULL. */
bool amt_proxy_list(struct amt *amt, struct arena *arena, struct amt_proxy **proxies, size_t *count,
                    bool *supported, struct error *err);

enum amt_proxy_outcome {
    AMT_PROXY_ADDED,
    AMT_PROXY_PRESENT,    /* it was there already */
    AMT_PROXY_REPLACED,   /* one with that address and port was, for another network or format */
    AMT_PROXY_UNSUPPORTED /* the firmware takes none */
};

/* Adds one. The device's refusal is ERROR_DEVICE, and what was to be replaced is there again. */
bool amt_proxy_add(struct amt *amt, struct arena *arena, const struct amt_proxy *proxy,
                   enum amt_proxy_outcome *outcome, struct error *err);

/* Deletes the one that the device calls so; *found is false when there is none. */
bool amt_proxy_delete(struct amt *amt, struct arena *arena, struct slice name, bool *found,
                      struct error *err);

/* Deletes all of them; *count is how many there were. */
bool amt_proxy_clear(struct amt *amt, struct arena *arena, size_t *count, struct error *err);

#endif
