/* The wired port and Wi-Fi (spec rpc 5.7, 5.8). */
#include "amt/ethernet.h"
#include "amt/wired.h"
#include "amt/wireless.h"
#include "amt/wireless_profile.h"
#include "rpc/setup/login_8021x.h"
#include "rpc/setup/steps.h"
#include "rpc/web/address.h"

#include <ctype.h>
#include <string.h>

#define RADIO_WITH_AC 32769 /* in S0, and in Sx while on mains */

enum { WPA_PSK = 4, WPA_8021X, WPA2_PSK, WPA2_8021X, TKIP = 3, CCMP };

/* ---- wired ---- */

/* An address that is left out, or wrong. */
static bool check(const char *text, bool needed, enum rpc_exit code, const char *what,
                  struct rpc_fault *fault)
{
    if (text == NULL || *text == '\0')
        return !needed || rpc_fault_set(fault, code, "a static address needs %s", what);
    return rpc_address_is_ipv4(text) || rpc_fault_set(fault, code, "%s is no IPv4 address", what);
}

static bool check_addresses(const struct rpc_wired *wanted, struct rpc_fault *fault)
{
    bool given = wanted->address != NULL || wanted->subnet_mask != NULL ||
                 wanted->gateway != NULL || wanted->primary_dns != NULL ||
                 wanted->secondary_dns != NULL;
    if (wanted->dhcp || wanted->ip_sync)
        return !given ||
               rpc_fault_set(fault, RPC_WRONG_COMBINATION, "with %s the addresses are not given",
                             wanted->dhcp ? "DHCP" : "the host's address (ipsync)");
    if (!check(wanted->address, true, RPC_WRONG_STATIC_IP, "an address (ipaddress)", fault) ||
        !check(wanted->subnet_mask, true, RPC_WRONG_NETWORK_MASK, "a subnet mask (subnetmask)",
               fault))
        return false;
    if (!rpc_address_is_mask(wanted->subnet_mask))
        return rpc_fault_set(fault, RPC_WRONG_NETWORK_MASK, "%s is no subnet mask",
                             wanted->subnet_mask);
    return check(wanted->gateway, false, RPC_WRONG_GATEWAY, "the gateway", fault) &&
           check(wanted->primary_dns, false, RPC_WRONG_PRIMARY_DNS, "the first name server",
                 fault) &&
           check(wanted->secondary_dns, false, RPC_WRONG_SECONDARY_DNS, "the second name server",
                 fault);
}

bool rpc_wired_check_openly(const struct rpc_wired *wanted, struct rpc_fault *fault)
{
    return check_addresses(wanted, fault) &&
           (wanted->ieee8021x == NULL || rpc_8021x_check_openly(wanted->ieee8021x, fault));
}

bool rpc_wired_check(const struct rpc_wired *wanted, struct rpc_fault *fault)
{
    return check_addresses(wanted, fault) &&
           (wanted->ieee8021x == NULL || rpc_8021x_check(wanted->ieee8021x, fault));
}

static struct slice text_of(const char *text)
{
    return text != NULL ? slice_of_string(text) : (struct slice){NULL, 0};
}

static bool change_wired(struct rpc *rpc, const struct rpc_wired *wanted,
                         const struct amt_wired_8021x *login, struct rpc_fault *fault)
{
    struct amt_wired_result result = {0};
    struct amt *amt;
    const struct amt_ethernet_address address = {
        .dhcp = wanted->dhcp,
        .ip_sync = wanted->dhcp || wanted->ip_sync,
        .address = text_of(wanted->address),
        .subnet_mask = text_of(wanted->subnet_mask),
        .gateway = text_of(wanted->gateway),
        .primary_dns = text_of(wanted->primary_dns),
        .secondary_dns = text_of(wanted->secondary_dns),
    };
    if (!rpc_step_amt(rpc, &amt, fault))
        return false;
    bool ok = amt_wired_change(amt, rpc_arena(rpc), &address, login, &result, &fault->err);
    if (ok && result.outcome == AMT_WIRED_NO_8021X && login->state == AMT_WIRED_8021X_OFF)
        ok = amt_wired_change(amt, rpc_arena(rpc), &address, NULL, &result, &fault->err);
    return (ok && amt_wired_check(&result, &fault->err)) ||
           rpc_fault_take(fault,
                          login->state == AMT_WIRED_8021X_ON && result.outcome >= AMT_WIRED_NO_8021X
                              ? RPC_IEEE8021X_FAILED
                              : RPC_WIRED_FAILED,
                          &fault->err);
}

bool rpc_step_wired(struct rpc *rpc, const struct rpc_wired *wanted, struct rpc_fault *fault)
{
    const bool in_s0 = true;
    struct amt_wired_8021x login = {.state = AMT_WIRED_8021X_OFF, .pxe_timeout_s = -1};
    const struct rpc_8021x *given = wanted->ieee8021x;
    if (!rpc_wired_check(wanted, fault))
        return false;
    struct rpc_8021x_login got = {.username = {NULL, 0}};
    if (given != NULL) {
        if (!rpc_8021x_get(rpc, given, &got, fault))
            return false;
        login = (struct amt_wired_8021x){
            .state = AMT_WIRED_8021X_ON,
            .available_in_s0 = &in_s0,
            .pxe_timeout_s = given->pxe_timeout_s,
            .protocol = given->protocol,
            .username = got.username,
            .password = got.password,
            .credential = got.credential,
        };
    }
    bool ok = change_wired(rpc, wanted, &login, fault);
    if (!ok)
        rpc_8021x_take_back(rpc, &got);
    return ok;
}

/* ---- Wi-Fi ---- */

static bool is_name(const char *name)
{
    if (name == NULL || *name == '\0' || strlen(name) > 32)
        return false;
    for (; *name != '\0'; name++)
        if (isalnum((unsigned char)*name) == 0)
            return false;
    return true;
}

static bool has_passphrase(const struct rpc_wireless *wanted)
{
    return wanted->authentication == WPA_PSK || wanted->authentication == WPA2_PSK;
}

bool rpc_wireless_check_openly(const struct rpc_wireless *wanted, struct rpc_fault *fault)
{
    if (!is_name(wanted->name))
        return rpc_fault_set(fault, RPC_WRONG_WIFI_PROFILE_NAME,
                             "a Wi-Fi profile's name consists of letters and digits, at most 32");
    if (wanted->ssid == NULL || *wanted->ssid == '\0' || strlen(wanted->ssid) > 32)
        return rpc_fault_set(fault, RPC_WRONG_CONFIGURATION,
                             "the SSID of the Wi-Fi profile %s has 1 to 32 bytes", wanted->name);
    if (wanted->authentication < WPA_PSK || wanted->authentication > WPA2_8021X)
        return rpc_fault_set(fault, RPC_WRONG_CONFIGURATION,
                             "the authentication method of the Wi-Fi profile %s is 4 (WPA-PSK), 5 "
                             "(WPA-802.1X), 6 (WPA2-PSK) or 7 (WPA2-802.1X)",
                             wanted->name);
    if (wanted->encryption != TKIP && wanted->encryption != CCMP)
        return rpc_fault_set(fault, RPC_WRONG_CONFIGURATION,
                             "the encryption method of the Wi-Fi profile %s is 3 (TKIP) or 4 "
                             "(CCMP)",
                             wanted->name);
    if (wanted->priority > 255)
        return rpc_fault_set(fault, RPC_WRONG_CONFIGURATION,
                             "the priority of the Wi-Fi profile %s is from 1 to 255", wanted->name);
    if (!has_passphrase(wanted) && wanted->ieee8021x == NULL)
        return rpc_fault_set(fault, RPC_MISSING_IEEE8021X,
                             "the Wi-Fi profile %s has no 802.1X login", wanted->name);
    return has_passphrase(wanted) || rpc_8021x_check_openly(wanted->ieee8021x, fault) ||
           error_wrap(&fault->err, "the Wi-Fi profile %s", wanted->name);
}

bool rpc_wireless_check(const struct rpc_wireless *wanted, struct rpc_fault *fault)
{
    if (!rpc_wireless_check_openly(wanted, fault))
        return false;
    if (!has_passphrase(wanted))
        return rpc_8021x_check(wanted->ieee8021x, fault) ||
               error_wrap(&fault->err, "the Wi-Fi profile %s", wanted->name);
    return (wanted->passphrase.size >= 8 && wanted->passphrase.size <= 63) ||
           rpc_fault_set(fault, RPC_WRONG_CONFIGURATION,
                         "the passphrase of the Wi-Fi profile %s has 8 to 63 characters",
                         wanted->name);
}

/* One that no other profile has; of an existing profile its own. */
static bool find_priority(struct rpc *rpc, struct amt *amt, struct slice name, unsigned *priority,
                          struct error *err)
{
    struct amt_wireless_entry *entries;
    bool taken[256] = {true};
    size_t count;
    if (*priority != 0)
        return true;
    if (!amt_wireless_profile_list(amt, rpc_arena(rpc), &entries, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        uint64_t value = 0;
        (void)slice_to_u64(wsman_xml_child_text(entries[i].settings, "Priority"), 255, &value);
        if (slice_equal(wsman_xml_child_text(entries[i].settings, "ElementName"), name))
            *priority = (unsigned)value;
        taken[value] = true;
    }
    for (unsigned i = 1; *priority == 0 && i < 256; i++)
        if (!taken[i])
            *priority = i;
    return true;
}

static bool put(struct rpc *rpc, const struct rpc_wireless *wanted,
                struct amt_wireless_8021x *login, bool *has_wifi, struct rpc_fault *fault)
{
    struct amt_wireless_result result = {0};
    struct amt *amt;
    struct amt_wireless_profile profile = {
        .name = slice_of_string(wanted->name),
        .ssid = slice_of_string(wanted->ssid),
        .priority = wanted->priority,
        .authentication = wanted->authentication,
        .encryption = wanted->encryption,
        .ieee8021x = login,
    };
    if (login == NULL)
        profile.passphrase = wanted->passphrase;
    if (!rpc_step_amt(rpc, &amt, fault))
        return false;
    bool ok = find_priority(rpc, amt, profile.name, &profile.priority, &fault->err) &&
              amt_wireless_profile_put(amt, rpc_arena(rpc), &profile, &result, &fault->err);
    *has_wifi = !ok || result.outcome != AMT_WIRELESS_NO_PORT;
    if (ok && !*has_wifi)
        return true;
    return (ok && amt_wireless_profile_check(&result, &fault->err)) ||
           rpc_fault_take(fault, RPC_WIFI_FAILED, &fault->err);
}

bool rpc_step_wireless(struct rpc *rpc, const struct rpc_wireless *wanted, bool *has_wifi,
                       struct rpc_fault *fault)
{
    struct rpc_8021x_login got;
    *has_wifi = true;
    if (!rpc_wireless_check(wanted, fault))
        return false;
    if (has_passphrase(wanted))
        return put(rpc, wanted, NULL, has_wifi, fault);
    if (!rpc_8021x_get(rpc, wanted->ieee8021x, &got, fault))
        return false;
    struct amt_wireless_8021x login = {.username = got.username,
                                       .protocol = wanted->ieee8021x->protocol,
                                       .password = got.password,
                                       .credential = got.credential};
    bool ok = put(rpc, wanted, &login, has_wifi, fault);
    if (!ok || !*has_wifi)
        rpc_8021x_take_back(rpc, &got);
    return ok;
}

bool rpc_step_wireless_purge(struct rpc *rpc, size_t *count, struct rpc_fault *fault)
{
    struct amt_wireless_entry *entries;
    struct amt *amt;
    if (!rpc_step_amt(rpc, &amt, fault))
        return false;
    if (!amt_wireless_profile_list(amt, rpc_arena(rpc), &entries, count, &fault->err))
        return rpc_fault_take(fault, RPC_DELETE_CONFIGS_FAILED, &fault->err);
    for (size_t i = 0; i < *count; i++) {
        struct amt_wireless_result result = {0};
        struct slice name = wsman_xml_child_text(entries[i].settings, "ElementName");
        if (!amt_wireless_profile_delete(amt, rpc_arena(rpc), name, &result, &fault->err) ||
            (result.outcome != AMT_WIRELESS_NOT_FOUND &&
             !amt_wireless_profile_check(&result, &fault->err)))
            return rpc_fault_take(fault, RPC_DELETE_CONFIGS_FAILED, &fault->err);
    }
    return true;
}

bool rpc_step_wifi_sync(struct rpc *rpc, struct rpc_wifi_sync *sync, struct rpc_fault *fault)
{
    struct amt_wireless_sync holds;
    struct amt *amt;
    int64_t value = 0;
    if (!rpc_step_amt(rpc, &amt, fault))
        return false;
    if (!amt_wireless_provision_sync(amt, rpc_arena(rpc), &sync->host, &sync->uefi, &sync->has_wifi,
                                     &holds, &fault->err))
        return rpc_fault_take(fault, RPC_WIFI_FAILED, &fault->err);
    sync->has_uefi = holds.uefi_supported;
    if (!sync->has_wifi)
        return true;
    if (!amt_wireless_set_state(amt, rpc_arena(rpc), RADIO_WITH_AC, &sync->has_wifi, &value,
                                &fault->err))
        return rpc_fault_take(fault, RPC_WIFI_FAILED, &fault->err);
    return value == 0 ||
           rpc_fault_set(fault, RPC_WIFI_FAILED, "AMT refuses to switch its radio on: %s (%d)",
                         amt_status_name(value), (int)value);
}
