/*
 * The general network settings of a device (AMT_GeneralSettings; spec rps 3.6, 3.11, rpc 5.9): its
 * names, whether its network side is on, whether it answers pings. Over struct amt, on a fiber;
 * what is returned lives in the arena.
 */
#ifndef AMT_GENERAL_H
#define AMT_GENERAL_H

#include "amt/amt.h"

#define AMT_HOST_NAME_LIMIT 63 /* bytes of a name that AMT keeps */

struct amt_general {
    struct slice host_name, domain_name;
    struct slice realm;   /* DigestRealm */
    bool shared_fqdn;     /* host and AMT have one name */
    bool network_enabled; /* AMTNetworkEnabled is 1 */
    bool ping;            /* answers ICMP … */
    bool rmcp_ping;       /* … and RMCP pings */
};
bool amt_general_get(struct amt *amt, struct arena *arena, struct amt_general *general,
                     struct error *err);

/* Sees that SharedFQDN, AMTNetworkEnabled and RmcpPingResponseEnabled are on. *changed is false
 * when they were, and nothing is written then; `changed` may be NULL. */
bool amt_general_enable(struct amt *amt, struct arena *arena, bool *changed, struct error *err);

/* Sets the host name, as above. ERROR_INVALID for none and for one that AMT has no room for. */
bool amt_general_set_host_name(struct amt *amt, struct arena *arena, struct slice name,
                               bool *changed, struct error *err);

/* The same with the name of the domain; NULL: stays. */
bool amt_general_set_names(struct amt *amt, struct arena *arena, struct slice name,
                           const struct slice *domain, bool *changed, struct error *err);

#endif
