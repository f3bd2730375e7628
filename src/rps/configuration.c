/*
 * What a profile says of a device that is set up (spec rps 3.5 to 3.9): what was there before is
 * cleared, then network, features, TLS or CIRA. A step that fails is told in the outcome, in the
 * toolkit's words and then the device's, and the others go on.
 */
#include "amt/feature.h"
#include "amt/general.h"
#include "amt/password.h"
#include "amt/proxy.h"
#include "amt/remote_access.h"
#include "amt/unconfigure.h"
#include "amt/wired.h"
#include "rps/cira_name.h"
#include "rps/ieee8021x.h"
#include "rps/tls.h"
#include "rps/wireless.h"

#include <string.h>

/* True when no further step can reach the device: the agent or the machine is gone. */
static bool is_gone(struct rps_provisioning *p, const struct error *err)
{
    unsigned mode;
    struct error why;
    if (err->code == ERROR_CANCELLED)
        return true;
    if (err->code != ERROR_CONNECTION && err->code != ERROR_TIMEOUT)
        return false;
    return !amt_setup_read_mode(p->amt, p->arena, &mode, &why);
}

/* Tells that a component has failed. False when nothing more can be done. */
static bool failed(struct rps_provisioning *p, enum rps_component component, const char *label,
                   const char *details, const struct error *err)
{
    rps_outcome_set(p->outcome, p->arena, component, RPS_FAILURE, NULL, details);
    rps_session_step(p->session, arena_printf(p->arena, "%s failed: %s", label, err->text));
    return !is_gone(p, err);
}

static void succeeded(struct rps_provisioning *p, enum rps_component component, const char *mode,
                      const char *details)
{
    rps_outcome_set(p->outcome, p->arena, component, RPS_SUCCESS, mode, details);
}

static const char *and_then(struct arena *arena, const char *first, const char *second)
{
    return first == NULL || *first == '\0' ? second : arena_printf(arena, "%s. %s", first, second);
}

/* ---- before ---- */

static bool clear(struct rps_provisioning *p, struct amt_unconfigured *had, struct error *err)
{
    rps_session_step(p->session, "Clearing previous configuration");
    bool keep_tls = p->done.over_own_tls || p->given->request->tls_enforced;
    if (amt_unconfigure(p->amt, p->arena, had, keep_tls, err)) {
        p->outcome->cira = had->cira ? "unconfigured" : NULL;
        p->outcome->tls = had->tls && !had->tls_kept ? "unconfigured" : NULL;
        return true;
    }
    rps_outcome_set(
        p->outcome, p->arena, RPS_ACTIVATION, RPS_FAILURE, NULL,
        arena_printf(p->arena, "The previous configuration was not cleared: %s", err->text));
    return !is_gone(p, err);
}

/* ---- network ---- */

static struct amt_ethernet_address wired_address(const struct store_profile *profile)
{
    return (struct amt_ethernet_address){.dhcp = profile->dhcp,
                                         .ip_sync = profile->dhcp || profile->ip_sync != STORE_NO};
}

/* Without sync the addresses are those of the host, where the agent knows them, else those that AMT
 * has. */
static void fill_in_static(const struct rps_addresses *given, struct amt_ethernet_address *address)
{
    if (address->dhcp || address->ip_sync || !given->given)
        return;
    address->address = given->address;
    address->subnet_mask = given->netmask;
    address->gateway = given->gateway;
    address->primary_dns = given->primary_dns;
    address->secondary_dns = given->secondary_dns;
}

static bool set_wired_login(struct rps_provisioning *p, struct error *err)
{
    struct rps_8021x_login login;
    struct amt_wired_result result = {0};
    if (!rps_8021x_get(p, p->given->profile.ieee8021x, true, &login, err))
        return error_wrap(err, "in 802.1x");
    const bool in_s0 = true;
    const struct amt_wired_8021x wanted = {
        .state = AMT_WIRED_8021X_ON,
        .available_in_s0 = &in_s0,
        .pxe_timeout_s = login.pxe_timeout_s,
        .username = login.username,
        .protocol = login.protocol,
        .password = login.password,
        .credential = login.credential,
    };
    bool ok = amt_wired_change(p->amt, p->arena, NULL, &wanted, &result, err);
    if (ok && result.outcome != AMT_WIRED_DONE)
        ok = result.outcome == AMT_WIRED_REFUSED
                 ? error_set(err, ERROR_DEVICE, "%s was refused: %s (%d)", result.refusal.step,
                             result.refusal.return_text, (int)result.refusal.return_value)
                 : error_set(err, ERROR_UNSUPPORTED, "the device has no wired 802.1X");
    if (!ok) {
        rps_8021x_take_back(p, &login);
        return error_wrap(err, "Failed to put 802.1x profile");
    }
    return true;
}

static bool configure_wired(struct rps_provisioning *p, struct error *err)
{
    struct amt_ethernet_address address = wired_address(&p->given->profile);
    struct amt_ethernet_change change = {0};
    bool ok = true;
    fill_in_static(&p->given->request->addresses, &address);
    /* AMT 19 no longer answers after this Put over its TLS door (spec rps 3.6). */
    if (!p->given->request->tls_enforced && !p->done.over_own_tls)
        ok = amt_ethernet_configure(p->amt, p->arena, &address, &change, err);
    if (ok && p->given->profile.ieee8021x != NULL)
        ok = set_wired_login(p, err);
    if (ok) {
        succeeded(p, RPS_WIRED_NETWORK, NULL, "Wired Network Configured");
        p->outcome->network = "Wired Network Configured";
        rps_session_step(p->session, "Wired network configuration completed");
        return true;
    }
    p->outcome->network =
        arena_printf(p->arena, "Failed to put to ethernet port settings: %s", err->text);
    return failed(p, RPS_WIRED_NETWORK, "Wired network configuration", p->outcome->network, err);
}

static bool wants_wireless(const struct store_profile *profile)
{
    return profile->wireless_count > 0 || profile->local_wifi_sync == STORE_YES ||
           profile->uefi_wifi_sync == STORE_YES;
}

static bool configure_wireless(struct rps_provisioning *p, struct error *err)
{
    const char *text;
    bool ok = rps_wireless_configure(p, &text, err);
    p->outcome->network = and_then(p->arena, p->outcome->network, text);
    if (!ok)
        return failed(p, RPS_WIRELESS_NETWORK, "Wireless network configuration", text, err);
    if (p->given->profile.wireless_count == 0)
        succeeded(p, RPS_WIRELESS_NETWORK, "LocalProfileSync", "Local Profile Sync Configured");
    else
        succeeded(p, RPS_WIRELESS_NETWORK, NULL, text);
    rps_session_step(p->session, "Wireless network configuration completed");
    return true;
}

/* One proxy; what came of it is in `added` or `refused`, texts of addresses. */
static bool add_proxy(struct rps_provisioning *p, const char *name, const char **added,
                      const char **refused, struct error *err)
{
    struct store_proxy_config row;
    enum amt_proxy_outcome outcome;
    const char *address = name;
    bool ok = store_proxy_config_get(p->store, p->arena, p->given->tenant, slice_of_string(name),
                                     &row, err);
    if (!ok)
        error_wrap(err, "Failed to get proxy config from DB");
    if (ok) {
        const struct amt_proxy proxy = {.address = slice_of_string(row.address),
                                        .format = row.format,
                                        .port = row.port,
                                        .dns_suffix = slice_of_string(row.dns_suffix)};
        address = row.address;
        ok = amt_proxy_add(p->amt, p->arena, &proxy, &outcome, err);
        if (ok && outcome == AMT_PROXY_UNSUPPORTED)
            ok = error_set(err, ERROR_UNSUPPORTED, "the firmware takes no proxies");
    }
    const char **list = ok ? added : refused;
    *list = *list == NULL ? address : arena_printf(p->arena, "%s, %s", *list, address);
    rps_session_step(p->session,
                     ok ? arena_printf(p->arena, "Added proxy configuration %s", address)
                        : arena_printf(p->arena, "Failed to add proxy configuration %s", address));
    return ok;
}

static bool configure_proxies(struct rps_provisioning *p, struct error *err)
{
    const char *added = NULL, *refused = NULL, *text;
    struct error first;
    error_clear(&first);
    if (p->given->profile.proxy_count == 0)
        return true;
    rps_session_step(p->session, "Configuring proxies");
    for (size_t i = 0; i < p->given->profile.proxy_count; i++)
        if (!add_proxy(p, p->given->profile.proxies[i].name, &added, &refused, err)) {
            if (first.code == ERROR_NONE)
                first = *err;
            if (is_gone(p, err))
                break;
        }
    if (refused == NULL) {
        succeeded(p, RPS_CIRA_PROXY, NULL, "Proxy Configured");
        p->outcome->network = and_then(p->arena, p->outcome->network, "Proxy Configured");
        rps_session_step(p->session, "Proxies configuration completed");
        return true;
    }
    text = arena_printf(p->arena, "Failed to add %s: %s", refused, first.text);
    if (added != NULL)
        text = arena_printf(p->arena, "Added %s Proxy Configurations. %s", added, text);
    p->outcome->network = and_then(p->arena, p->outcome->network, text);
    *err = first;
    return failed(p, RPS_CIRA_PROXY, "Proxies configuration", text, err);
}

static bool configure_network(struct rps_provisioning *p, const struct amt_unconfigured *had,
                              struct error *err)
{
    bool changed;
    rps_session_step(p->session, "Configuring network settings");
    if (!amt_general_enable(p->amt, p->arena, &changed, err)) {
        p->outcome->network = arena_printf(
            p->arena, "Failed to update amt general settings on device: %s", err->text);
        if (!failed(p, RPS_WIRED_NETWORK, "Wired network configuration", p->outcome->network, err))
            return false;
    } else if (had->wired && !configure_wired(p, err)) {
        return false;
    }
    if (had->wireless && wants_wireless(&p->given->profile) && !configure_wireless(p, err))
        return false;
    return configure_proxies(p, err);
}

/* ---- features ---- */

static uint32_t consent_of(const struct store_profile *profile)
{
    if (strcmp(profile->user_consent, "None") == 0)
        return AMT_CONSENT_NONE;
    return strcmp(profile->user_consent, "KVM") == 0 ? AMT_CONSENT_KVM : AMT_CONSENT_ALL;
}

static bool configure_features(struct rps_provisioning *p, struct error *err)
{
    const struct store_profile *profile = &p->given->profile;
    struct amt_features features;
    const struct amt_features_change change = {
        .sol = profile->sol ? AMT_ON : AMT_OFF,
        .ider = profile->ider ? AMT_ON : AMT_OFF,
        .kvm = profile->kvm ? AMT_ON : AMT_OFF,
        /* In client control mode the policy is the firmware's: always all. */
        .change_consent = p->given->admin,
        .consent = consent_of(profile),
    };
    rps_session_step(p->session, "Configuring AMT features");
    if (!amt_features_set(p->amt, p->arena, &change, &features, err)) {
        p->done.features_fault = arena_string(p->arena, slice_of_string(err->text));
        rps_session_step(
            p->session, arena_printf(p->arena, "AMT features configuration failed: %s", err->text));
        return !is_gone(p, err);
    }
    const char *list = arena_printf(p->arena, "%s%s%s", features.kvm ? ", KVM" : "",
                                    features.sol ? ", SOL" : "", features.ider ? ", IDER" : "");
    rps_session_step(p->session,
                     arena_printf(p->arena, "AMT features completed%s%s (User Consent: %s)",
                                  *list != '\0' ? ": " : "", *list != '\0' ? list + 2 : "",
                                  profile->user_consent));
    return true;
}

/* ---- TLS or CIRA ---- */

static bool configure_tls(struct rps_provisioning *p, struct error *err)
{
    rps_session_step(p->session, "Configuring TLS");
    if (rps_tls_provide(p, err)) {
        p->outcome->tls = "Configured";
        succeeded(p, RPS_TLS, NULL, "Configured");
        rps_session_step(p->session, "TLS configuration completed");
        return true;
    }
    p->outcome->tls = arena_string(p->arena, slice_of_string(err->text));
    return failed(p, RPS_TLS, "TLS configuration", p->outcome->tls, err);
}

/* Of a device that was led over its own TLS server. */
static void tell_tls(struct rps_provisioning *p)
{
    p->outcome->tls = p->done.tls_given ? "Configured" : "Already configured";
    succeeded(p, RPS_TLS, NULL, p->outcome->tls);
}

/* One that is stored goes to whoever says the device's password: all others get one of their own,
 * and what was given to somebody else before them is worth nothing once they have called in. */
static struct slice make_mps_password(const struct rps_provisioning *p)
{
    const struct store_password *current =
        store_passwords_current(&p->device.stored, STORE_PASSWORD_MPS);
    return current != NULL && current->proven && rps_says_proven(p)
               ? current->text
               : amt_password_generate(p->arena);
}

/* The password that the device calls in with: the CIRA config's, that of an earlier run, or a new
 * one for this device. It is stored before the device has it, beside the one before. */
static bool choose_mps_password(struct rps_provisioning *p, const struct store_cira_config *config,
                                struct slice *password, struct error *err)
{
    if (!store_cira_password(p->store, p->arena, p->given->tenant, config->name, password, err))
        return error_wrap(err, "Failed getSecretAtPath");
    bool made = password->size == 0;
    if (made)
        *password = make_mps_password(p);
    const struct store_password_step step = {.kind = STORE_PASSWORD_MPS,
                                             .event = STORE_PASSWORD_PROPOSED,
                                             .text = *password,
                                             .origin =
                                                 made ? STORE_ORIGIN_MADE : STORE_ORIGIN_PROFILE,
                                             .proven = rps_is_proven(p)};
    return store_passwords_step(p->store, &p->given->request->guid, p->given->tenant, &step, err) ||
           error_wrap(err, "Failed to save mps password to secret provider");
}

/* `fault`: why the device will not call in nevertheless; NULL: nothing is known. */
static bool set_presence_server(struct rps_provisioning *p, const char **fault, struct error *err)
{
    struct store_cira_config config;
    struct amt_remote_access_changes changes;
    struct slice password, root;
    if (!store_cira_config_get(p->store, p->arena, p->given->tenant,
                               slice_of_string(p->given->profile.cira_config), &config, err))
        return error_wrap(err, "the CIRA config %s cannot be read", p->given->profile.cira_config);
    if (!rps_certificate_der(p->arena, slice_of_string(config.root_certificate), &root))
        return error_set(err, ERROR_INVALID,
                         "Failed to add trusted root certificate: that of the CIRA config %s is "
                         "neither PEM nor base64",
                         config.name);
    *fault = rps_cira_name_fault(p->arena, &config, p->given->options->ca_pem,
                                 p->given->options->cira_pem);
    if (!choose_mps_password(p, &config, &password, err))
        return false;
    p->device.mps_username = config.username;
    p->device.mps_password = arena_string(p->arena, password);
    if (!rps_hand_over_caller(p, err))
        return error_wrap(err, "Failed to save device to mps");
    struct slice home = slice_of_string(p->given->options->detection_domain);
    const struct amt_presence_server server = {
        .address = slice_of_string(config.address),
        .format = config.address_format,
        .port = config.port,
        .user = slice_of_string(p->device.mps_username),
        .password = password,
        .common_name = slice_of_string(config.common_name),
        .root_der = root,
        .detection = &home,
        .detection_count = home.size > 0 ? 1 : 0,
    };
    return amt_remote_access_set(p->amt, p->arena, &server, &changes, err) ||
           error_wrap(err, "Failed to add mps");
}

static bool configure_cira(struct rps_provisioning *p, struct error *err)
{
    const char *fault = NULL;
    rps_session_step(p->session, "Configuring CIRA remote access");
    if (set_presence_server(p, &fault, err)) {
        const char *what = fault == NULL ? "" : arena_printf(p->arena, ". %s", fault);
        p->outcome->cira = arena_printf(p->arena, "Configured%s", what);
        succeeded(p, RPS_CIRA_CONNECTION, NULL, p->outcome->cira);
        rps_session_step(p->session,
                         arena_printf(p->arena, "CIRA configuration completed%s", what));
        return true;
    }
    p->outcome->cira = arena_string(p->arena, slice_of_string(err->text));
    return failed(p, RPS_CIRA_CONNECTION, "CIRA configuration", p->outcome->cira, err);
}

bool rps_configure(struct rps_provisioning *p, struct error *err)
{
    struct amt_unconfigured had = {0};
    if (!clear(p, &had, err) || !configure_network(p, &had, err) || !configure_features(p, err))
        return false;
    if (p->given->profile.tls_mode != 0 && p->done.over_own_tls)
        tell_tls(p);
    if (p->given->profile.cira_config != NULL)
        return configure_cira(p, err);
    /* Last: the plain door may be shut afterwards. */
    if (p->given->profile.tls_mode != 0 && !p->done.over_own_tls)
        return configure_tls(p, err);
    return true;
}
