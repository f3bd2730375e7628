#include "rps/wireless.h"

#include "amt/ethernet.h"
#include "amt/wireless.h"
#include "amt/wireless_profile.h"
#include "rps/ieee8021x.h"

#include <inttypes.h>

#define CONSOLE_RETRANSMISSIONS 7     /* of the wireless port (spec rps 3.6) */
#define RADIO_WITH_AC           32769 /* in S0, and in Sx while on mains */

static bool switch_radio(struct rps_provisioning *p, struct error *err)
{
    bool found;
    int64_t value;
    if (!amt_wireless_set_state(p->amt, p->arena, RADIO_WITH_AC, &found, &value, err))
        return error_wrap(err, "Failed to update state change for wifi port");
    if (found && value != 0)
        return error_set(err, ERROR_DEVICE,
                         "Failed to update state change for wifi port: RequestStateChange was "
                         "refused: %s (%d)",
                         amt_status_name(value), (int)value);
    return true;
}

static bool prepare(struct rps_provisioning *p, struct error *err)
{
    const bool local = p->given->profile.local_wifi_sync != STORE_NO;
    const bool uefi = p->given->profile.uefi_wifi_sync == STORE_YES;
    const struct amt_ethernet_link link = {.wireless = true,
                                           .retransmissions = CONSOLE_RETRANSMISSIONS};
    struct amt_ethernet_change change;
    struct amt_wireless_sync sync;
    bool found;
    if (!amt_ethernet_set_link(p->amt, p->arena, &link, &change, err))
        return error_wrap(err, "Failed to put Max Retransmissions to ethernet port settings");
    if (!amt_wireless_provision_sync(p->amt, p->arena, &local,
                                     p->given->profile.uefi_wifi_sync == STORE_UNSET ? NULL : &uefi,
                                     &found, &sync, err))
        return error_wrap(err, "Failed to put WiFi Port Configuration Service");
    return switch_radio(p, err);
}

/* When the radio keeps its link for AMT, as the Wi-Fi config says. */
static bool set_link_policy(struct rps_provisioning *p, const struct store_wireless_config *config,
                            struct error *err)
{
    struct amt_ethernet_change change;
    unsigned policy[8];
    size_t count = 0;
    for (size_t i = 0; i < config->link_policy_count && count < 8; i++)
        policy[count++] = (unsigned)config->link_policy[i];
    if (count == 0)
        return true;
    const struct amt_ethernet_link link = {
        .wireless = true, .policy = policy, .policy_count = count};
    return amt_ethernet_set_link(p->amt, p->arena, &link, &change, err);
}

static bool refuse(const struct amt_wireless_result *result, struct error *err)
{
    switch (result->outcome) {
    case AMT_WIRELESS_DONE:
        return true;
    case AMT_WIRELESS_REFUSED:
        return error_set(err, ERROR_DEVICE, "%s was refused: %s (%d)", result->step,
                         result->return_text, (int)result->return_value);
    case AMT_WIRELESS_FULL:
        return error_set(err, ERROR_DEVICE, "the device has no room for another Wi-Fi profile");
    case AMT_WIRELESS_PRIORITY_TAKEN:
        return error_set(err, ERROR_CONFLICT, "another Wi-Fi profile has that priority");
    case AMT_WIRELESS_EXISTS:
        return error_set(err, ERROR_CONFLICT, "a Wi-Fi profile of that name is on the device");
    case AMT_WIRELESS_NO_PORT:
    case AMT_WIRELESS_NOT_FOUND:
        break;
    }
    return error_set(err, ERROR_UNSUPPORTED, "the device has no Wi-Fi");
}

/* `extra` is what the label of the step says beside the name (spec rps 2.10). */
static bool add(struct rps_provisioning *p, const struct store_profile_link *link,
                const char **extra, struct error *err)
{
    *extra = "";
    struct store_wireless_config config;
    struct rps_8021x_login login = {0};
    struct amt_wireless_8021x ieee8021x;
    struct amt_wireless_result result = {0};
    struct amt_wireless_profile profile;
    if (!store_wireless_config_get(p->store, p->arena, p->given->tenant,
                                   slice_of_string(link->name), &config, err))
        return error_wrap(err, "Failed to get wifi profile from DB");
    profile = (struct amt_wireless_profile){
        .name = slice_of_string(config.name),
        .ssid = slice_of_string(config.ssid),
        .priority = link->priority,
        .authentication = config.authentication,
        .encryption = config.encryption,
    };
    if (config.ieee8021x == NULL) {
        if (!store_wireless_passphrase(p->store, p->arena, p->given->tenant, config.name,
                                       &profile.passphrase, err))
            return error_wrap(err, "the passphrase cannot be read");
    } else {
        if (!rps_8021x_get(p, config.ieee8021x, false, &login, err))
            return false;
        ieee8021x = (struct amt_wireless_8021x){.username = login.username,
                                                .protocol = login.protocol,
                                                .password = login.password,
                                                .credential = login.credential};
        profile.ieee8021x = &ieee8021x;
    }
    if (amt_wireless_profile_add(p->amt, p->arena, &profile, &result, err) &&
        refuse(&result, err)) {
        if (!set_link_policy(p, &config, err))
            return false;
        *extra = config.ieee8021x == NULL ? "" : " (802.1x)";
        return true;
    }
    if (result.outcome == AMT_WIRELESS_REFUSED)
        *extra = arena_printf(p->arena, " (ReturnValue %" PRId64 ")", result.return_value);
    rps_8021x_take_back(p, &login);
    return false;
}

static const char *listed(struct arena *arena, const char *list, const char *name)
{
    return list == NULL ? name : arena_printf(arena, "%s, %s", list, name);
}

bool rps_wireless_configure(struct rps_provisioning *p, const char **text, struct error *err)
{
    const char *added = NULL, *refused = NULL;
    struct error first;
    error_clear(&first);
    if (!prepare(p, err)) {
        *text = arena_string(p->arena, slice_of_string(err->text));
        return false;
    }
    for (size_t i = 0; i < p->given->profile.wireless_count; i++) {
        const char *name = p->given->profile.wireless[i].name;
        const char *extra;
        bool ok = add(p, &p->given->profile.wireless[i], &extra, err);
        if (ok)
            added = listed(p->arena, added, name);
        else
            refused = listed(p->arena, refused, name);
        if (!ok && first.code == ERROR_NONE)
            first = *err;
        rps_session_step(p->session, arena_printf(p->arena, "%s wireless profile %s%s",
                                                  ok ? "Added" : "Failed to add", name, extra));
        if (!ok && err->code == ERROR_CANCELLED)
            break;
    }
    if (refused == NULL) {
        *text = p->given->profile.wireless_count > 0
                    ? "Wireless Configured"
                    : "Wireless Only Local Profile Sync Configured";
        return true;
    }
    *err = first;
    *text = added == NULL ? arena_printf(p->arena, "Failed to add %s: %s", refused, first.text)
                          : arena_printf(p->arena, "Added %s WiFi Profiles. Failed to add %s: %s",
                                         added, refused, first.text);
    return false;
}
