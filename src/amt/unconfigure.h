/*
 * Taking from a device what a configuration has put there, before another one is (spec rps 3.5):
 * its 802.1X login, Wi-Fi profiles, proxies, presence servers, TLS, keys, certificates. It stays
 * provisioned. What a device does not have is not there; everything can be done again after a
 * failure. Over struct amt, on a fiber.
 */
#ifndef AMT_UNCONFIGURE_H
#define AMT_UNCONFIGURE_H

#include "amt/amt.h"

/* What was there and is gone. */
struct amt_unconfigured {
    bool wired, wireless; /* ports that the device has */
    bool ieee8021x;       /* the wired login was on */
    bool tls;             /* TLS was on */
    bool tls_kept;        /* … and stays, as it was asked for or the firmware enforces it */
    bool cira;
    size_t wifi_profiles, proxies, certificates, keys;
    size_t left;      /* keys and certificates that the device would not delete */
    const char *step; /* what is being done, or was when it failed: a constant word for people */
};

/* With `keep_tls` TLS stays as it is, with all keys and certificates. */
bool amt_unconfigure(struct amt *amt, struct arena *arena, struct amt_unconfigured *what,
                     bool keep_tls, struct error *err);

#endif
