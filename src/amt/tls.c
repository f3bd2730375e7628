#include "amt/tls.h"

#include "amt/reading.h"
#include "amt/status.h"
#include "io/fiber.h"

#define RESTART_MS \
    20000 /* until the doors answer again after a commit; the toolkit waits 5 s blindly */
#define POLL_MS 500

bool amt_tls_get_settings(struct amt *amt, struct arena *arena, struct amt_items *settings,
                          struct error *err)
{
    const struct wsman_target target = {.class = &wsman_AMT_TLSSettingData};
    return amt_enumerate(amt, arena, &target, settings, err);
}

const struct wsman_xml *amt_tls_door(const struct amt_items *settings, const char *door)
{
    for (size_t i = 0; i < settings->count; i++)
        if (slice_equal_string(wsman_xml_child_text(settings->items[i], "InstanceID"), door))
            return settings->items[i];
    return NULL;
}

bool amt_tls_is_on(const struct amt_items *settings)
{
    for (size_t i = 0; i < settings->count; i++)
        if (wsman_xml_child_is_true(settings->items[i], "Enabled"))
            return true;
    return false;
}

bool amt_tls_is_enforced(const struct amt_items *settings)
{
    for (size_t i = 0; i < settings->count; i++)
        if (wsman_xml_child(settings->items[i], "NonSecureConnectionsSupported") != NULL &&
            !wsman_xml_child_is_true(settings->items[i], "NonSecureConnectionsSupported"))
            return true;
    return false;
}

/* ---- off ---- */

/* None of firmware without TLS. */
static bool read_settings(struct amt *amt, struct arena *arena, struct amt_items *settings,
                          struct error *err)
{
    struct amt_reading reading = AMT_READ_ENUMERATE(AMT_TLSSettingData);
    reading.optional = true;
    if (!amt_read(amt, arena, &reading, 1, err))
        return false;
    *settings = reading.items;
    return true;
}

static bool put_off(struct amt *amt, struct arena *arena, const struct wsman_xml *door,
                    struct error *err)
{
    const struct wsman_selector selector = {"InstanceID", wsman_xml_child_text(door, "InstanceID")};
    const struct wsman_target target = {
        .class = &wsman_AMT_TLSSettingData, .selectors = &selector, .selector_count = 1};
    bool local = slice_equal_string(selector.value, AMT_TLS_LOCAL);
    const struct wsman_value changes[] = {
        {.name = "Enabled", .text = SLICE_LITERAL("false")},
        {.name = "AcceptNonSecureConnections", .text = SLICE_LITERAL("true")},
        {.name = "MutualAuthentication", .text = SLICE_LITERAL("false")},
        {.name = "TrustedCN"}};
    struct wsman_reply reply;
    if (door == NULL || !wsman_xml_child_is_true(door, "Enabled"))
        return true;
    return amt_put(amt, arena, &target, door, changes, local ? 1 : 4, &reply, err);
}

static bool commit(struct amt *amt, struct arena *arena, struct error *err)
{
    const struct wsman_target service = {.class = &wsman_AMT_SetupAndConfigurationService};
    struct wsman_reply reply;
    int64_t value;
    if (!amt_invoke(amt, arena, &service, "CommitChanges", NULL, 0, &reply, &value, err))
        return false;
    return value == 0 || amt_status_refuse(err, "CommitChanges", value);
}

/* What a device that restarts its doors does to those who ask. */
static bool is_restarting(const struct error *err)
{
    return err->code == ERROR_CONNECTION || err->code == ERROR_TIMEOUT ||
           err->code == ERROR_PROTOCOL;
}

/* Asks until the device says that it is so, for `ms` at most. */
static bool await_off(struct amt *amt, struct error *err)
{
    struct amt_items settings;
    uint64_t outer = io_deadline_within(RESTART_MS);
    bool ok = false, again = true;
    while (again) {
        struct arena scratch; /* of each try: nothing of its answer stays */
        arena_init(&scratch);
        ok = read_settings(amt, &scratch, &settings, err) &&
             (!amt_tls_is_on(&settings) ||
              error_set(err, ERROR_PROTOCOL,
                        "the device has taken the settings, but TLS is still on"));
        arena_fini(&scratch);
        again = !ok && is_restarting(err) && io_sleep(POLL_MS, NULL);
    }
    io_deadline_restore(outer);
    return ok;
}

static bool disable(struct amt *amt, struct arena *arena, bool *was_on, struct error *err)
{
    struct amt_items settings;
    *was_on = false;
    if (!read_settings(amt, arena, &settings, err))
        return false;
    *was_on = amt_tls_is_on(&settings);
    if (!*was_on)
        return true;
    if (amt_tls_is_enforced(&settings))
        return error_set(err, ERROR_UNSUPPORTED,
                         "the device's firmware takes no connections without TLS, so that it "
                         "cannot be switched off");
    return put_off(amt, arena, amt_tls_door(&settings, AMT_TLS_NETWORK), err) &&
           put_off(amt, arena, amt_tls_door(&settings, AMT_TLS_LOCAL), err) &&
           commit(amt, arena, err) && await_off(amt, err);
}

bool amt_tls_disable(struct amt *amt, struct arena *arena, bool *was_on, struct error *err)
{
    struct error why;
    bool ok = amt_sequence_begin(amt, &why);
    if (ok) {
        ok = disable(amt, arena, was_on, &why);
        amt_sequence_end(amt);
    }
    if (!ok && err != NULL)
        *err = why;
    return ok;
}
