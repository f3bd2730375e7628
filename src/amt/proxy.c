#include "amt/proxy.h"

#include "amt/reading.h"
#include "amt/status.h"
#include "io/fiber.h"

#define PROXIES_LIMIT 100
#define TAKE_BACK_MS  15000

enum { DUPLICATE = 2058 };

static unsigned number(const struct wsman_xml *instance, const char *name)
{
    uint64_t value = 0;
    (void)slice_to_u64(wsman_xml_child_text(instance, name), UINT16_MAX, &value);
    return (unsigned)value;
}

bool amt_proxy_list(struct amt *amt, struct arena *arena, struct amt_proxy **proxies, size_t *count,
                    bool *supported, struct error *err)
{
    struct amt_reading reading = AMT_READ_ENUMERATE(IPS_HTTPProxyAccessPoint);
    reading.optional = true;
    *count = 0;
    if (!amt_read(amt, arena, &reading, 1, err))
        return false;
    if (supported != NULL)
        *supported = reading.ok;
    *count = reading.items.count < PROXIES_LIMIT ? reading.items.count : PROXIES_LIMIT;
    *proxies = arena_array(arena, *count, sizeof **proxies);
    for (size_t i = 0; i < *count; i++) {
        const struct wsman_xml *item = reading.items.items[i];
        (*proxies)[i] = (struct amt_proxy){
            .name = wsman_xml_child_text(item, "Name"),
            .address = wsman_xml_child_text(item, "AccessInfo"),
            .format = number(item, "InfoFormat"),
            .port = number(item, "Port"),
            .dns_suffix = wsman_xml_child_text(item, "NetworkDnsSuffix"),
        };
    }
    return true;
}

static bool delete_named(struct amt *amt, struct arena *arena, struct slice name, struct error *err)
{
    return amt_delete_one(amt, arena, &wsman_IPS_HTTPProxyAccessPoint, "Name", name, err);
}

static bool send(struct amt *amt, struct arena *arena, const struct amt_proxy *proxy,
                 int64_t *return_value, struct wsman_reply *reply, struct error *err)
{
    const struct wsman_target service = {.class = &wsman_IPS_HTTPProxyService};
    const struct wsman_value values[] = {
        {.name = "AccessInfo", .text = proxy->address},
        {.name = "InfoFormat", .text = slice_of_string(arena_printf(arena, "%u", proxy->format))},
        {.name = "Port", .text = slice_of_string(arena_printf(arena, "%u", proxy->port))},
        {.name = "NetworkDnsSuffix", .text = proxy->dns_suffix},
    };
    return amt_invoke(amt, arena, &service, "AddProxyAccessPoint", values, 4, reply, return_value,
                      err);
}

/* Firmware takes one proxy per address and port. */
static const struct amt_proxy *find_address(const struct amt_proxy *proxies, size_t count,
                                            const struct amt_proxy *wanted)
{
    for (size_t i = 0; i < count; i++)
        if (slice_equal_ignore_case(proxies[i].address, wanted->address) &&
            proxies[i].port == wanted->port)
            return &proxies[i];
    return NULL;
}

static void put_back(struct amt *amt, struct arena *arena, const struct amt_proxy *proxy)
{
    struct wsman_reply reply;
    struct error ignored;
    int64_t value;
    struct io_shield shield = io_shield_begin(TAKE_BACK_MS);
    (void)send(amt, arena, proxy, &value, &reply, &ignored);
    io_shield_end(shield);
}

static bool add(struct amt *amt, struct arena *arena, const struct amt_proxy *proxy,
                enum amt_proxy_outcome *outcome, struct error *err)
{
    struct amt_proxy *proxies;
    struct wsman_reply reply;
    size_t count;
    int64_t value;
    bool supported;
    if (!amt_proxy_list(amt, arena, &proxies, &count, &supported, err))
        return false;
    *outcome = supported ? AMT_PROXY_PRESENT : AMT_PROXY_UNSUPPORTED;
    const struct amt_proxy *old = find_address(proxies, count, proxy);
    if (!supported || (old != NULL && old->format == proxy->format &&
                       slice_equal(old->dns_suffix, proxy->dns_suffix)))
        return true;
    if (old != NULL && !delete_named(amt, arena, old->name, err))
        return false;
    *outcome = old == NULL ? AMT_PROXY_ADDED : AMT_PROXY_REPLACED;
    bool ok = send(amt, arena, proxy, &value, &reply, err);
    if (!ok && amt_fault_is_absence(&reply)) {
        *outcome = AMT_PROXY_UNSUPPORTED;
        return true;
    }
    if (ok && value == DUPLICATE) {
        *outcome = AMT_PROXY_PRESENT;
        return true;
    }
    if (ok && value != 0)
        ok = amt_status_refuse(err, "AddProxyAccessPoint", value);
    if (!ok && old != NULL)
        put_back(amt, arena, old);
    return ok;
}

static bool check(const struct amt_proxy *proxy, struct error *err)
{
    if (proxy->address.size == 0)
        return error_set(err, ERROR_INVALID, "a proxy needs an address");
    if (proxy->format != 3 && proxy->format != 4 && proxy->format != 201)
        return error_set(err, ERROR_INVALID,
                         "the format of a proxy's address is 3 (IPv4), 4 (IPv6) or 201 (FQDN)");
    return (proxy->port > 0 && proxy->port <= UINT16_MAX) ||
           error_set(err, ERROR_INVALID, "the port of a proxy is a number from 1 to 65535");
}

bool amt_proxy_add(struct amt *amt, struct arena *arena, const struct amt_proxy *proxy,
                   enum amt_proxy_outcome *outcome, struct error *err)
{
    struct error why;
    bool ok = check(proxy, &why) && amt_sequence_begin(amt, &why);
    if (ok) {
        ok = add(amt, arena, proxy, outcome, &why);
        amt_sequence_end(amt);
    }
    if (!ok && err != NULL)
        *err = why;
    return ok;
}

bool amt_proxy_delete(struct amt *amt, struct arena *arena, struct slice name, bool *found,
                      struct error *err)
{
    struct amt_proxy *proxies;
    size_t count;
    *found = false;
    if (!amt_proxy_list(amt, arena, &proxies, &count, NULL, err))
        return false;
    for (size_t i = 0; i < count && !*found; i++)
        *found = slice_equal(proxies[i].name, name);
    return !*found || delete_named(amt, arena, name, err);
}

bool amt_proxy_clear(struct amt *amt, struct arena *arena, size_t *count, struct error *err)
{
    struct amt_proxy *proxies;
    if (!amt_proxy_list(amt, arena, &proxies, count, NULL, err))
        return false;
    for (size_t i = 0; i < *count; i++)
        if (!delete_named(amt, arena, proxies[i].name, err))
            return false;
    return true;
}
