/*
 * What the operating system knows of this machine: names, network, SMBIOS, versions (rpc.md 1.5).
 * Read from the kernel and /etc, without other programs and without asking the network; what isn't
 * there is NULL. Texts live in the arena.
 */
#ifndef RPC_MACHINE_HOST_H
#define RPC_MACHINE_HOST_H

#include "core/arena.h"

#include <stdint.h>

struct rpc_host_interface {
    const char *name;
    uint8_t mac[6];
    const char *ipv4; /* the first; NULL: none */
    bool up;
    bool ethernet; /* a card, wired; not virtual */
};

struct rpc_host {
    const char *hostname;
    const char *dns_suffix; /* of the host's own name, of its name in /etc/hosts, or the first that
                               it searches */
    const char *uuid;       /* SMBIOS; lower case; NULL also without rights */
    struct rpc_host_interface *interfaces;
    size_t interface_count;
    const char *os_name;    /* "linux" */
    const char *os_version; /* of the kernel */
    const char *os_distro;  /* "Debian GNU/Linux 12 (bookworm)" */
    const char *cpu_model;
    bool monitor_connected;
    const char *me_interface; /* version of the ME's interface that the driver has agreed on */
};

void rpc_host_read(struct arena *arena, struct rpc_host *host);

/* IPv4 of the interface with that MAC; NULL: none has it, or has an address. */
const char *rpc_host_address_of(const struct rpc_host *host, const uint8_t mac[6]);

/* Parsers of what is read, for tests: the first domain of resolv.conf; the domain that the
 * host has in /etc/hosts, on the first line that has both ("127.0.1.1 pc-1.corp.example.com pc-1"),
 * as hostname -f finds it; the value of KEY in os-release; the first "model name" of cpuinfo. NULL:
 * none. */
const char *rpc_host_search_domain(struct arena *arena, struct slice resolv_conf);
const char *rpc_host_hosts_domain(struct arena *arena, struct slice hosts, const char *hostname);
const char *rpc_host_release_value(struct arena *arena, struct slice os_release, const char *key);
const char *rpc_host_cpu_model(struct arena *arena, struct slice cpuinfo);

#endif
