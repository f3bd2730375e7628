#include "amt/unconfigure.h"

#include "amt/certificate.h"
#include "amt/ethernet.h"
#include "amt/proxy.h"
#include "amt/remote_access.h"
#include "amt/tls.h"
#include "amt/wired.h"
#include "amt/wireless_profile.h"

/* One run. */
struct unconfigure_work {
    struct amt *amt;
    struct arena *arena;
    struct amt_unconfigured *what;
};

/* ---- ports ---- */

static bool switch_8021x_off(struct unconfigure_work *work, const struct wsman_xml *settings,
                             struct error *err)
{
    const struct amt_wired_8021x off = {.state = AMT_WIRED_8021X_OFF, .pxe_timeout_s = -1};
    struct amt_wired_result result;
    struct slice enabled = wsman_xml_child_text(settings, "Enabled");
    bool on = amt_wired_is_old_8021x(settings)
                  ? wsman_xml_child_is_true(settings, "Enabled")
                  : slice_equal_string(enabled, "2") || slice_equal_string(enabled, "6");
    if (!on)
        return true;
    work->what->ieee8021x = true;
    return amt_wired_change(work->amt, work->arena, NULL, &off, &result, err);
}

static bool clear_wired(struct unconfigure_work *work, struct error *err)
{
    struct amt_reading readings[] = {AMT_READ_ENUMERATE(AMT_EthernetPortSettings),
                                     AMT_READ_GET(IPS_IEEE8021xSettings)};
    readings[0].optional = readings[1].optional = true;
    if (!amt_read(work->amt, work->arena, readings, 2, err))
        return false;
    const struct wsman_xml *settings = amt_reading_instance(&readings[1]);
    work->what->wired = amt_ethernet_is_there(amt_ethernet_wired(&readings[0].items));
    work->what->wireless = amt_ethernet_is_there(amt_ethernet_wireless(&readings[0].items));
    if (!work->what->wired)
        return true;
    if (settings == NULL && !amt_ethernet_get_old_8021x(work->amt, work->arena, &settings, err))
        return false;
    return settings == NULL || switch_8021x_off(work, settings, err);
}

/* Those of the host's users have the priority 0 and stay. */
static bool clear_wireless(struct unconfigure_work *work, struct error *err)
{
    struct amt_reading reading = AMT_READ_ENUMERATE(CIM_WiFiEndpointSettings);
    reading.optional = true;
    if (!amt_read(work->amt, work->arena, &reading, 1, err))
        return false;
    for (size_t i = 0; i < reading.items.count; i++) {
        const struct wsman_xml *profile = reading.items.items[i];
        struct slice id = wsman_xml_child_text(profile, "InstanceID");
        if (id.size == 0 || slice_equal_string(wsman_xml_child_text(profile, "Priority"), "0") ||
            amt_wireless_profile_is_users(profile))
            continue;
        if (!amt_delete_one(work->amt, work->arena, &wsman_CIM_WiFiEndpointSettings, "InstanceID",
                            id, err))
            return false;
        work->what->wifi_profiles++;
    }
    return true;
}

static bool clear_proxies(struct unconfigure_work *work, struct error *err)
{
    return amt_proxy_clear(work->amt, work->arena, &work->what->proxies, err);
}

static bool clear_cira(struct unconfigure_work *work, struct error *err)
{
    return amt_remote_access_clear(work->amt, work->arena, &work->what->cira, err);
}

/* ---- TLS, certificates, keys ---- */

static bool clear_tls(struct unconfigure_work *work, struct error *err)
{
    struct error why;
    if (amt_tls_disable(work->amt, work->arena, &work->what->tls, &why))
        return true;
    if (why.code == ERROR_UNSUPPORTED) {
        work->what->tls_kept = true;
        return true;
    }
    if (err != NULL)
        *err = why;
    return false;
}

/* What says which certificate TLS shows keeps the certificate from being deleted. */
static bool clear_contexts(struct unconfigure_work *work, struct error *err)
{
    struct amt_reading reading = AMT_READ_ENUMERATE(AMT_TLSCredentialContext);
    reading.optional = true;
    if (!amt_read(work->amt, work->arena, &reading, 1, err))
        return false;
    for (size_t i = 0; i < reading.items.count; i++) {
        const struct wsman_target target = {.class = &wsman_AMT_TLSCredentialContext,
                                            .instance = reading.items.items[i]};
        struct wsman_reply reply;
        struct error why;
        if (!amt_delete(work->amt, work->arena, &target, &reply, &why) &&
            why.code != ERROR_DEVICE) {
            if (err != NULL)
                *err = why;
            return false;
        }
    }
    return true;
}

/* A device that refuses keeps it, and that is all. */
static bool drop(struct unconfigure_work *work, bool deleted, const struct error *why,
                 size_t *count, struct error *err)
{
    if (deleted) {
        (*count)++;
        return true;
    }
    work->what->left++;
    if (why->code == ERROR_DEVICE)
        return true;
    if (err != NULL)
        *err = *why;
    return false;
}

/* Certificates before the keys that they are for. The firmware's own are no configuration. */
static bool clear_certificates(struct unconfigure_work *work, struct error *err)
{
    struct amt_certificates all;
    struct error why;
    if (!amt_certificate_list(work->amt, work->arena, &all, &why)) {
        if (why.code == ERROR_UNSUPPORTED)
            return true;
        if (err != NULL)
            *err = why;
        return false;
    }
    for (size_t i = 0; i < all.count; i++)
        if (!all.certificates[i].read_only &&
            !drop(work,
                  amt_certificate_delete(work->amt, work->arena, all.certificates[i].id, &why),
                  &why, &work->what->certificates, err))
            return false;
    for (size_t i = 0; i < all.key_count; i++) {
        const struct amt_certificate *of = all.keys[i].certificate;
        if ((of == NULL || !of->read_only) &&
            !drop(work, amt_certificate_delete_key(work->amt, work->arena, all.keys[i].id, &why),
                  &why, &work->what->keys, err))
            return false;
    }
    return true;
}

/* ---- all of it ---- */

static bool run(struct unconfigure_work *work, bool keep_tls, struct error *err)
{
    static const struct {
        const char *step;
        bool (*run)(struct unconfigure_work *work, struct error *err);
        bool tls;
    } steps[] = {
        {"wired 802.1X", clear_wired, false},
        {"Wi-Fi profiles", clear_wireless, false},
        {"proxies", clear_proxies, false},
        {"CIRA", clear_cira, false},
        {"TLS", clear_tls, true},
        {"TLS credentials", clear_contexts, true},
        {"certificates", clear_certificates, true},
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (steps[i].tls && (keep_tls || work->what->tls_kept))
            continue;
        work->what->step = steps[i].step;
        if (!steps[i].run(work, err))
            return false;
    }
    return true;
}

bool amt_unconfigure(struct amt *amt, struct arena *arena, struct amt_unconfigured *what,
                     bool keep_tls, struct error *err)
{
    struct unconfigure_work work = {.amt = amt, .arena = arena, .what = what};
    *what = (struct amt_unconfigured){.tls_kept = keep_tls};
    return run(&work, keep_tls, err);
}
