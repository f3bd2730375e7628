/* What a provisioning server is told of the machine that it is to set up. */
#include "rpc/machine/machine.h"
#include "core/guid.h"
#include "core/memory.h"
#include "rpc/server/errand.h"
#include "rpc/web/address.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <string.h>

#define FACTS                                                                           \
    (RPC_FACT_VERSION | RPC_FACT_BUILD | RPC_FACT_SKU | RPC_FACT_UUID | RPC_FACT_MODE | \
     RPC_FACT_DNS | RPC_FACT_HOSTNAME | RPC_FACT_LAN | RPC_FACT_HASHES)

static bool take_uuid(struct rpc_errand *errand)
{
    struct guid guid;
    char text[GUID_TEXT_SIZE];
    const char *given = rpc_text(errand->rpc, "uuid");
    const char *uuid = given != NULL ? given : errand->facts.uuid;
    if (uuid == NULL)
        return rpc_fail(errand->rpc, RPC_INVALID_UUID,
                        "this machine has no UUID of its own: --uuid gives it one");
    if (!guid_parse(slice_of_string(uuid), &guid) || guid_is_nobodys(&guid))
        return rpc_fail(errand->rpc, RPC_INVALID_UUID, "\"%.60s\" is no machine's UUID", uuid);
    if (given != NULL)
        rpc_log(errand->rpc, LOG_WARN, "The server is told another UUID than this machine's");
    errand->first.uuid =
        arena_string(rpc_arena(errand->rpc), slice_of_string(guid_format(&guid, text)));
    return true;
}

/* Whether the command has an option of that name (v2's commands have not all of them). */
static const char *option_text(struct rpc *rpc, const char *name)
{
    return strcmp(rpc_command(rpc)->path, "activate") == 0 ? rpc_text(rpc, name) : NULL;
}

/* AMT's own suffix, else the host's: without the dot that ends full names. */
static const char *suffix_of(struct rpc_errand *errand)
{
    const char *given = option_text(errand->rpc, "dns");
    const char *suffix = given != NULL ? given : errand->facts.dns_suffix;
    if (suffix == NULL)
        suffix = errand->facts.host.dns_suffix;
    struct slice text = slice_trim(slice_of_string(suffix));
    while (text.size > 0 && text.data[text.size - 1] == '.')
        text.size--;
    if (text.size == 0)
        rpc_log(errand->rpc, LOG_WARN,
                "Neither AMT nor this machine has a DNS suffix, which admin control mode needs");
    return arena_string(rpc_arena(errand->rpc), text);
}

/* The roots that AMT takes at present. */
static void take_hashes(struct rpc_errand *errand)
{
    struct arena *arena = rpc_arena(errand->rpc);
    const struct rpc_facts *facts = &errand->facts;
    const char **hashes = arena_array(arena, facts->hash_count + 1, sizeof *hashes);
    for (size_t i = 0; i < facts->hash_count; i++)
        if (facts->hashes[i].active && facts->hashes[i].size > 0)
            hashes[errand->first.hash_count++] = rpc_facts_hash(arena, &facts->hashes[i]);
    errand->first.hashes = hashes;
}

/* In a machine that nobody has set up the host's own account may do that; later it takes AMT's
 * password. */
static bool take_login(struct rpc_errand *errand, struct mei_account *account)
{
    struct error err;
    struct arena *arena = rpc_arena(errand->rpc);
    struct mei_pthi *pthi = rpc_pthi(errand->rpc);
    if (pthi == NULL)
        return false;
    if (!mei_pthi_local_account(pthi, account, &err))
        return rpc_fail_me(errand->rpc, RPC_GENERIC_FAILURE, &err);
    errand->first.user = arena_string(arena, slice_of_string(account->user));
    if (errand->mode != MEI_CONTROL_NONE)
        return rpc_password(errand->rpc, &errand->first.password);
    errand->first.password = arena_copy(arena, slice_of_string(account->password));
    return true;
}

bool rpc_errand_look(struct rpc_errand *errand)
{
    struct rpc *rpc = errand->rpc;
    struct mei_account account;
    const struct rpc_facts *facts = &errand->facts;
    struct rpc_server_first *first = &errand->first;
    rpc_facts_collect(rpc, FACTS, &errand->facts);
    if (!facts->heci_available)
        return rpc_fail(rpc, facts->me_exit, "the management engine doesn't answer");
    if (facts->wired.known && !facts->wired.link_up)
        rpc_log(rpc, LOG_WARN, "AMT's wired port has no link");
    bool ok = take_uuid(errand) && take_login(errand, &account);
    memory_wipe(&account, sizeof account);
    if (!ok)
        return false;
    first->version = facts->version;
    first->build = facts->build;
    first->sku = facts->sku;
    first->features = facts->features;
    first->mode = errand->mode;
    const char *hostname = option_text(rpc, "hostname");
    first->hostname = hostname != NULL ? hostname : facts->host.hostname;
    first->fqdn = suffix_of(errand);
    first->dhcp = facts->wired.known && facts->wired.dhcp;
    first->ip_sync = true;
    first->dns_suffix_os = facts->host.dns_suffix;
    first->hostname_os = facts->host.hostname;
    first->friendly_name = option_text(rpc, "name");
    take_hashes(errand);
    return true;
}

/* ---- addresses ---- */

static bool take_address(struct rpc *rpc, const char *option, enum rpc_exit code,
                         const char **address)
{
    const char *text = rpc_text(rpc, option);
    if (text != NULL && !rpc_address_is_ipv4(text))
        return rpc_fail(rpc, code, "--%s: \"%.60s\" is no IPv4 address", option, text);
    if (text != NULL)
        *address = text;
    return true;
}

static bool take_mask(struct rpc *rpc, const char **mask)
{
    return take_address(rpc, "netmask", RPC_WRONG_NETWORK_MASK, mask) &&
           (*mask == NULL || rpc_address_is_mask(*mask) ||
            rpc_fail(rpc, RPC_WRONG_NETWORK_MASK, "--netmask: %s is no subnet mask", *mask));
}

/* The mask that goes with an address of this host; NULL: it is none of its. */
static const char *mask_of(struct arena *arena, const char *address)
{
    struct ifaddrs *list = NULL;
    char text[INET_ADDRSTRLEN];
    const char *mask = NULL;
    if (address == NULL || getifaddrs(&list) != 0)
        return NULL;
    for (const struct ifaddrs *at = list; at != NULL && mask == NULL; at = at->ifa_next) {
        struct sockaddr_in own;
        if (at->ifa_addr == NULL || at->ifa_netmask == NULL || at->ifa_addr->sa_family != AF_INET)
            continue;
        memcpy(&own, at->ifa_addr, sizeof own);
        if (inet_ntop(AF_INET, &own.sin_addr, text, sizeof text) == NULL ||
            strcmp(text, address) != 0)
            continue;
        memcpy(&own, at->ifa_netmask, sizeof own);
        if (inet_ntop(AF_INET, &own.sin_addr, text, sizeof text) != NULL)
            mask = arena_string(arena, slice_of_string(text));
    }
    freeifaddrs(list);
    return mask;
}

static bool has_mask(const struct rpc_errand *errand)
{
    return errand->first.netmask != NULL ||
           rpc_fail(errand->rpc, RPC_WRONG_NETWORK_MASK, "--netmask is missing");
}

bool rpc_errand_take_addresses(struct rpc_errand *errand)
{
    struct rpc *rpc = errand->rpc;
    struct rpc_server_first *first = &errand->first;
    return take_address(rpc, "staticip", RPC_WRONG_STATIC_IP, &first->address) &&
           take_mask(rpc, &first->netmask) && (first->address == NULL || has_mask(errand)) &&
           take_address(rpc, "gateway", RPC_WRONG_GATEWAY, &first->gateway) &&
           take_address(rpc, "primarydns", RPC_WRONG_PRIMARY_DNS, &first->primary_dns) &&
           take_address(rpc, "secondarydns", RPC_WRONG_SECONDARY_DNS, &first->secondary_dns);
}

bool rpc_errand_find_address(struct rpc_errand *errand)
{
    struct in_addr parsed;
    struct rpc *rpc = errand->rpc;
    struct rpc_server_first *first = &errand->first;
    if (first->address == NULL) {
        const char *own = errand->facts.wired.os_ip;
        if (own == NULL || inet_pton(AF_INET, own, &parsed) != 1)
            return rpc_fail(rpc, RPC_OS_INTERFACES,
                            "no interface of this host has the MAC of AMT's wired port, or it has "
                            "no address: --staticip and --netmask give one");
        first->address = own;
        first->netmask = mask_of(rpc_arena(rpc), own);
    }
    return has_mask(errand);
}
