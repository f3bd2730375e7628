#include "amt/wireless.h"

#include "amt/reading.h"

#define SYNC_UNRESTRICTED "3"

/* The first port, as the peers take it; NULL when there is none. */
static bool get_port(struct amt *amt, struct arena *arena, const struct wsman_xml **port,
                     struct error *err)
{
    struct amt_reading reading = AMT_READ_ENUMERATE(CIM_WiFiPort);
    reading.optional = true;
    *port = NULL;
    if (!amt_read(amt, arena, &reading, 1, err))
        return false;
    if (reading.items.count > 0)
        *port = reading.items.items[0];
    return true;
}

static int64_t state_of(const struct wsman_xml *port)
{
    uint64_t value;
    return slice_to_u64(wsman_xml_child_text(port, "EnabledState"), UINT16_MAX, &value)
               ? (int64_t)value
               : -1;
}

bool amt_wireless_get_state(struct amt *amt, struct arena *arena, bool *found, int64_t *state,
                            struct error *err)
{
    const struct wsman_xml *port;
    if (!get_port(amt, arena, &port, err))
        return false;
    *found = port != NULL;
    *state = state_of(port);
    return true;
}

bool amt_wireless_set_state(struct amt *amt, struct arena *arena, unsigned state, bool *found,
                            int64_t *return_value, struct error *err)
{
    const struct wsman_target target = {.class = &wsman_CIM_WiFiPort};
    const struct wsman_value value = {.name = "RequestedState",
                                      .text = slice_of_string(arena_printf(arena, "%u", state))};
    const struct wsman_xml *port;
    struct wsman_reply reply;
    if (!get_port(amt, arena, &port, err))
        return false;
    *found = port != NULL;
    *return_value = 0;
    if (port == NULL || state_of(port) == (int64_t)state)
        return true;
    return amt_invoke(amt, arena, &target, "RequestStateChange", &value, 1, &reply, return_value,
                      err);
}

/* ---- synchronisation of profiles ---- */

static bool read_sync(struct amt *amt, struct arena *arena, const struct wsman_xml **service,
                      struct amt_wireless_sync *sync, struct error *err)
{
    enum { PORT, SERVICE, CAPABILITIES, COUNT };
    struct amt_reading readings[COUNT] = {
        [PORT] = AMT_READ_ENUMERATE(CIM_WiFiPort),
        [SERVICE] = AMT_READ_GET(AMT_WiFiPortConfigurationService),
        [CAPABILITIES] = AMT_READ_GET(AMT_BootCapabilities),
    };
    for (size_t i = 0; i < COUNT; i++)
        readings[i].optional = true;
    *service = NULL;
    if (!amt_read(amt, arena, readings, COUNT, err))
        return false;
    if (readings[PORT].items.count > 0)
        *service = amt_reading_instance(&readings[SERVICE]);
    struct slice local = wsman_xml_child_text(*service, "localProfileSynchronizationEnabled");
    uint64_t value = 0;
    sync->local = slice_to_u64(local, UINT32_MAX, &value) && value != 0;
    sync->uefi = wsman_xml_child_is_true(*service, "UEFIWiFiProfileShareEnabled");
    sync->uefi_supported = wsman_xml_child_is_true(amt_reading_instance(&readings[CAPABILITIES]),
                                                   "UEFIWiFiCoExistenceAndProfileShare");
    return true;
}

bool amt_wireless_get_sync(struct amt *amt, struct arena *arena, bool *found,
                           struct amt_wireless_sync *sync, struct error *err)
{
    const struct wsman_xml *service;
    if (!read_sync(amt, arena, &service, sync, err))
        return false;
    *found = service != NULL;
    return true;
}

static bool change_sync(struct amt *amt, struct arena *arena, const bool *local, const bool *uefi,
                        bool lenient, bool *found, struct amt_wireless_sync *sync,
                        struct error *err)
{
    const struct wsman_target target = {.class = &wsman_AMT_WiFiPortConfigurationService};
    const struct wsman_xml *service;
    struct wsman_value changes[2];
    struct wsman_reply reply;
    size_t count = 0;
    if (!read_sync(amt, arena, &service, sync, err))
        return false;
    *found = service != NULL;
    if (lenient && !sync->uefi_supported)
        uefi = NULL;
    if (service == NULL || (uefi != NULL && *uefi && !sync->uefi_supported))
        return true;
    if (local != NULL && *local != sync->local)
        changes[count++] =
            (struct wsman_value){.name = "localProfileSynchronizationEnabled",
                                 .text = slice_of_string(*local ? SYNC_UNRESTRICTED : "0")};
    if (uefi != NULL && *uefi != sync->uefi)
        changes[count++] = (struct wsman_value){.name = "UEFIWiFiProfileShareEnabled",
                                                .text = slice_of_string(*uefi ? "true" : "false")};
    if (count == 0)
        return true;
    if (!amt_put(amt, arena, &target, service, changes, count, &reply, err))
        return false;
    sync->local = local != NULL ? *local : sync->local;
    sync->uefi = uefi != NULL ? *uefi : sync->uefi;
    return true;
}

static bool converse(struct amt *amt, struct arena *arena, const bool *local, const bool *uefi,
                     bool lenient, bool *found, struct amt_wireless_sync *sync, struct error *err)
{
    struct error why;
    bool ok = amt_sequence_begin(amt, &why);
    if (ok) { /* read, change, write: not mixed with another one */
        ok = change_sync(amt, arena, local, uefi, lenient, found, sync, &why);
        amt_sequence_end(amt);
    }
    if (!ok && err != NULL)
        *err = why;
    return ok;
}

bool amt_wireless_set_sync(struct amt *amt, struct arena *arena, const bool *local,
                           const bool *uefi, bool *found, struct amt_wireless_sync *sync,
                           struct error *err)
{
    return converse(amt, arena, local, uefi, false, found, sync, err);
}

bool amt_wireless_provision_sync(struct amt *amt, struct arena *arena, const bool *local,
                                 const bool *uefi, bool *found, struct amt_wireless_sync *sync,
                                 struct error *err)
{
    return converse(amt, arena, local, uefi, true, found, sync, err);
}
