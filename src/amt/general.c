#include "amt/general.h"

#include "amt/reading.h"

#define ENABLED "1" /* AMTNetworkEnabled */

static void note(const struct wsman_xml *instance, struct amt_general *general)
{
    *general = (struct amt_general){
        .host_name = wsman_xml_child_text(instance, "HostName"),
        .domain_name = wsman_xml_child_text(instance, "DomainName"),
        .realm = wsman_xml_child_text(instance, "DigestRealm"),
        .shared_fqdn = wsman_xml_child_is_true(instance, "SharedFQDN"),
        .network_enabled =
            slice_equal_string(wsman_xml_child_text(instance, "AMTNetworkEnabled"), ENABLED),
        .ping = wsman_xml_child_is_true(instance, "PingResponseEnabled"),
        .rmcp_ping = wsman_xml_child_is_true(instance, "RmcpPingResponseEnabled"),
    };
}

static bool get(struct amt *amt, struct arena *arena, const struct wsman_xml **instance,
                struct amt_general *general, struct error *err)
{
    struct amt_reading reading = AMT_READ_GET(AMT_GeneralSettings);
    if (!amt_read(amt, arena, &reading, 1, err))
        return false;
    *instance = amt_reading_instance(&reading);
    note(*instance, general);
    return true;
}

/* Puts the changes; *after is what the device says it has then, what was asked for when it says
 * nothing. */
static bool put(struct amt *amt, struct arena *arena, const struct wsman_xml *instance,
                const struct wsman_value *changes, size_t count, const struct wsman_xml **after,
                struct error *err)
{
    const struct wsman_target target = {.class = &wsman_AMT_GeneralSettings};
    struct wsman_reply reply;
    if (!amt_put(amt, arena, &target, instance, changes, count, &reply, err))
        return false;
    *after = amt_instance(&reply, &wsman_AMT_GeneralSettings);
    return true;
}

bool amt_general_get(struct amt *amt, struct arena *arena, struct amt_general *general,
                     struct error *err)
{
    const struct wsman_xml *instance;
    return get(amt, arena, &instance, general, err);
}

static bool enable(struct amt *amt, struct arena *arena, bool *changed, struct error *err)
{
    struct amt_general general;
    const struct wsman_xml *instance, *after;
    if (!get(amt, arena, &instance, &general, err))
        return false;
    *changed = !(general.shared_fqdn && general.network_enabled && general.rmcp_ping);
    if (!*changed)
        return true;
    const struct wsman_value changes[] = {
        {.name = "SharedFQDN", .text = SLICE_LITERAL("true")},
        {.name = "AMTNetworkEnabled", .text = SLICE_LITERAL(ENABLED)},
        {.name = "RmcpPingResponseEnabled", .text = SLICE_LITERAL("true")},
    };
    if (!put(amt, arena, instance, changes, 3, &after, err))
        return false;
    if (after != NULL)
        note(after, &general);
    return after == NULL || general.network_enabled ||
           error_set(err, ERROR_DEVICE,
                     "Put AMT_GeneralSettings: the device leaves its network side off "
                     "(AMTNetworkEnabled); switch it on in the machine's MEBx");
}

/* `domain` NULL: stays. */
static bool set_names(struct amt *amt, struct arena *arena, struct slice name,
                      const struct slice *domain, bool *changed, struct error *err)
{
    struct amt_general general;
    const struct wsman_xml *instance, *after;
    if (!get(amt, arena, &instance, &general, err))
        return false;
    *changed = !slice_equal(general.host_name, name) ||
               (domain != NULL && !slice_equal(general.domain_name, *domain));
    if (!*changed)
        return true;
    const struct wsman_value changes[] = {
        {.name = "HostName", .text = name},
        {.name = "DomainName", .text = domain != NULL ? *domain : (struct slice){NULL, 0}},
    };
    if (!put(amt, arena, instance, changes, domain != NULL ? 2 : 1, &after, err))
        return false;
    return after == NULL ||
           slice_equal_ignore_case(wsman_xml_child_text(after, "HostName"), name) ||
           error_set(err, ERROR_DEVICE,
                     "Put AMT_GeneralSettings: the device keeps another host name (%.*s)",
                     SLICE_ARG(slice_first(wsman_xml_child_text(after, "HostName"),
                                           AMT_HOST_NAME_LIMIT)));
}

bool amt_general_enable(struct amt *amt, struct arena *arena, bool *changed, struct error *err)
{
    bool ignored;
    if (!amt_sequence_begin(amt, err))
        return false;
    bool ok = enable(amt, arena, changed == NULL ? &ignored : changed, err);
    amt_sequence_end(amt);
    return ok;
}

bool amt_general_set_names(struct amt *amt, struct arena *arena, struct slice name,
                           const struct slice *domain, bool *changed, struct error *err)
{
    bool ignored;
    if (name.size == 0)
        return error_set(err, ERROR_INVALID, "host name was not provided");
    if (name.size > AMT_HOST_NAME_LIMIT)
        return error_set(err, ERROR_INVALID, "AMT takes host names of at most %d bytes",
                         AMT_HOST_NAME_LIMIT);
    if (!amt_sequence_begin(amt, err))
        return false;
    bool ok = set_names(amt, arena, name, domain, changed == NULL ? &ignored : changed, err);
    amt_sequence_end(amt);
    return ok;
}

bool amt_general_set_host_name(struct amt *amt, struct arena *arena, struct slice name,
                               bool *changed, struct error *err)
{
    return amt_general_set_names(amt, arena, name, NULL, changed, err);
}
