/* Where a server is: "https://HOST[:PORT]" split into its parts. Plain functions, no state. */
#ifndef OBCTL_URL_H
#define OBCTL_URL_H

#include "core/arena.h"
#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>

struct obctl_url {
    bool tls;
    const char *host; /* name or address; an IPv6 address without its brackets */
    uint16_t port;
    const char *base; /* "https://host:port", for people, the Host header and the configuration */
};

/* Accepts http and https, with or without a port and a final slash. Plain http is refused unless
 * the host is this machine: a token on the wire is a key to every device. A bare "host" or
 * "host:port" means https. Results are in the arena. ERROR_INVALID. */
bool obctl_url_parse(struct arena *arena, struct slice text, struct obctl_url *url,
                     struct error *err);

/* "host:port", with brackets around an IPv6 address: the Host header. Borrows from `url`. */
const char *obctl_url_authority(const struct obctl_url *url);

/* `text` as one path segment or query value: everything but letters, digits and "-._~" as %XX. */
char *obctl_url_escape(struct arena *arena, struct slice text);

#endif
