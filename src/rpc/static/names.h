/*
 * Host names in the static agent. glibc's own getaddrinfo loads modules of the machine's glibc,
 * which a static program mustn't (another glibc, or none as in an initramfs), so
 * lookup.c has one that reads /etc/hosts and then asks the name servers of /etc/resolv.conf, with
 * its search list. It replaces libc's in that program. These are its pure parts. Any thread.
 */
#ifndef RPC_STATIC_NAMES_H
#define RPC_STATIC_NAMES_H

#include "core/slice.h"

#include <netdb.h>
#include <stdbool.h>
#include <stddef.h>

#define NAMES_MOST 8

/* Numeric addresses as text. */
struct names {
    size_t count;
    char text[NAMES_MOST][64]; /* "192.0.2.7", "2001:db8::1" */
};

/* Adds one; what doesn't fit is left out. */
void names_add(struct names *names, struct slice text);

/* The same if it is of that family: AF_INET, AF_INET6 or AF_UNSPEC. */
void names_add_of(struct names *names, struct slice text, int family);

/* Adds the addresses of that family that a hosts(5) file has for `host`, names without regard to
 * case. A line of the other family says nothing of this one. */
void names_in_hosts(struct slice file, const char *host, int family, struct names *names);

/* Adds the A and AAAA records of a DNS answer. What is cut off or makes no sense ends it. */
void names_in_answer(struct slice packet, struct names *names);

#endif
