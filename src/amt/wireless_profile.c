#include "amt/wireless_profile.h"

#include "amt/certificate.h"
#include "amt/reading.h"
#include "amt/status.h"
#include "io/fiber.h"
#include "wsman/reference.h"

#include <inttypes.h>

#define TAKE_AWAY_MS 15000

#define PROFILE_PREFIX   "Intel(r) AMT:WiFi Endpoint Settings "
#define USERS_PREFIX     "Intel(r) AMT:WiFi Endpoint User Settings"
#define IEEE8021X_PREFIX "Intel(r) AMT:IEEE 802.1x Settings "

bool amt_wireless_profile_is_users(const struct wsman_xml *settings)
{
    return slice_starts_with(wsman_xml_child_text(settings, "InstanceID"),
                             SLICE_LITERAL(USERS_PREFIX));
}

static bool is_named(const struct wsman_xml *settings, struct slice name)
{
    struct slice id = wsman_xml_child_text(settings, "InstanceID");
    struct slice prefix = SLICE_LITERAL(PROFILE_PREFIX);
    return slice_equal(wsman_xml_child_text(settings, "ElementName"), name) ||
           (slice_starts_with(id, prefix) && slice_equal(slice_from(id, prefix.size), name));
}

static const struct wsman_xml *find_profile(const struct amt_items *profiles, struct slice name)
{
    for (size_t i = 0; i < profiles->count; i++)
        if (!amt_wireless_profile_is_users(profiles->items[i]) &&
            is_named(profiles->items[i], name))
            return profiles->items[i];
    return NULL;
}

/* ---- listing ---- */

/* Firmware has a dozen of each; what a device sends beyond is not looked at, since everything here
 * is compared with everything else. */
#define INSTANCES_LIMIT    AMT_CERTIFICATES_LIMIT
#define DEPENDENCIES_LIMIT 1000

/* Instances of one class with what they are known by. */
struct known {
    const struct wsman_xml *instance;
    struct slice id;
    struct slice name;
};

struct knowns {
    struct known items[INSTANCES_LIMIT];
    size_t count;
};

static struct knowns *know(struct arena *arena, const struct amt_items *items, bool users_too)
{
    struct knowns *all = arena_alloc(arena, sizeof *all);
    for (size_t i = 0; i < items->count && all->count < INSTANCES_LIMIT; i++)
        if (users_too || !amt_wireless_profile_is_users(items->items[i]))
            all->items[all->count++] = (struct known){
                items->items[i],
                wsman_xml_child_text(items->items[i], "InstanceID"),
                wsman_xml_child_text(items->items[i], "ElementName"),
            };
    return all;
}

static const struct wsman_xml *with_id(const struct knowns *all, struct slice id)
{
    for (size_t i = 0; id.size > 0 && i < all->count; i++)
        if (slice_equal(all->items[i].id, id))
            return all->items[i].instance;
    return NULL;
}

/* The device's own association of a profile, which has the place of its entry, with settings. */
static void link_dependency(const struct knowns *profiles, const struct knowns *settings,
                            const struct wsman_xml *dependency, struct amt_wireless_entry *entries)
{
    const struct slice ids[] = {
        wsman_reference_selector(wsman_xml_child(dependency, "Antecedent"), "InstanceID"),
        wsman_reference_selector(wsman_xml_child(dependency, "Dependent"), "InstanceID")};
    for (size_t k = 0; k < 2; k++) {
        const struct wsman_xml *found = with_id(settings, ids[1 - k]);
        for (size_t i = 0; found != NULL && i < profiles->count; i++)
            if (entries[i].ieee8021x == NULL && slice_equal(profiles->items[i].id, ids[k]))
                entries[i].ieee8021x = found;
    }
}

/* By the name that settings get when they are added, or by an equal ElementName. */
static const struct wsman_xml *find_by_name(const struct knowns *settings, struct slice name)
{
    const struct slice prefix = SLICE_LITERAL(IEEE8021X_PREFIX);
    for (size_t i = 0; i < settings->count; i++) {
        struct slice id = settings->items[i].id;
        if (slice_starts_with(id, prefix) && slice_equal(slice_from(id, prefix.size), name))
            return settings->items[i].instance;
    }
    for (size_t i = 0; name.size > 0 && i < settings->count; i++)
        if (slice_equal_ignore_case(settings->items[i].name, name))
            return settings->items[i].instance;
    return NULL;
}

bool amt_wireless_profile_list(struct amt *amt, struct arena *arena,
                               struct amt_wireless_entry **entries, size_t *count,
                               struct error *err)
{
    enum { PROFILES, SETTINGS, DEPENDENCIES, COUNT };
    struct amt_reading readings[COUNT] = {
        [PROFILES] = AMT_READ_ENUMERATE(CIM_WiFiEndpointSettings),
        [SETTINGS] = AMT_READ_ENUMERATE(CIM_IEEE8021xSettings),
        [DEPENDENCIES] = AMT_READ_ENUMERATE(CIM_ConcreteDependency),
    };
    for (size_t i = 0; i < COUNT; i++)
        readings[i].optional = true;
    *count = 0;
    if (!amt_read(amt, arena, readings, COUNT, err))
        return false;
    const struct knowns *profiles = know(arena, &readings[PROFILES].items, false);
    const struct knowns *settings = know(arena, &readings[SETTINGS].items, true);
    const struct amt_items *dependencies = &readings[DEPENDENCIES].items;
    *count = profiles->count;
    *entries = arena_array(arena, *count, sizeof **entries);
    for (size_t i = 0; i < *count; i++)
        (*entries)[i].settings = profiles->items[i].instance;
    for (size_t i = 0; i < dependencies->count && i < DEPENDENCIES_LIMIT; i++)
        link_dependency(profiles, settings, dependencies->items[i], *entries);
    for (size_t i = 0; i < *count; i++)
        if ((*entries)[i].ieee8021x == NULL)
            (*entries)[i].ieee8021x = find_by_name(settings, profiles->items[i].name);
    return true;
}

/* ---- adding and changing ---- */

/* One conversation. */
struct profile_work {
    struct amt *amt;
    struct arena *arena;
    const struct amt_wireless_profile *profile;
    struct amt_wireless_result *result;
    const struct wsman_xml *existing; /* the one to change; NULL: to be added */
    struct amt_credential_place place;
};

/* False, with the outcome set, when the device says no. */
static bool took(struct profile_work *work, const char *step, int64_t return_value,
                 const char *return_text)
{
    if (return_value == 0)
        return true;
    *work->result =
        (struct amt_wireless_result){AMT_WIRELESS_REFUSED, step, return_text, return_value};
    return false;
}

static bool read_state(struct profile_work *work, struct amt_items *ports,
                       struct amt_items *profiles, struct error *err)
{
    struct amt_reading readings[] = {AMT_READ_ENUMERATE(CIM_WiFiPort),
                                     AMT_READ_ENUMERATE(CIM_WiFiEndpointSettings)};
    readings[0].optional = readings[1].optional = true;
    if (!amt_read(work->amt, work->arena, readings, 2, err))
        return false;
    if (readings[0].ok && readings[0].items.count > 0 && !readings[1].ok) {
        *err = readings[1].err; /* it has Wi-Fi, so it must have a list */
        return false;
    }
    *ports = readings[0].items;
    *profiles = readings[1].items;
    return true;
}

/* What stands against the profile before anything is sent. */
static enum amt_wireless_outcome check(struct profile_work *work, const struct amt_items *ports,
                                       const struct amt_items *profiles, bool changing)
{
    const struct wsman_xml *same = find_profile(profiles, work->profile->name);
    size_t ours = 0;
    bool taken = false;
    for (size_t i = 0; i < profiles->count; i++) {
        const struct wsman_xml *one = profiles->items[i];
        uint64_t priority;
        if (amt_wireless_profile_is_users(one))
            continue;
        ours++;
        if (!(changing && one == same) &&
            slice_to_u64(wsman_xml_child_text(one, "Priority"), UINT16_MAX, &priority) &&
            priority == work->profile->priority)
            taken = true;
    }
    work->existing = changing ? same : NULL;
    if (ports->count == 0)
        return AMT_WIRELESS_NO_PORT;
    if (changing && same == NULL)
        return AMT_WIRELESS_NOT_FOUND;
    if (!changing && same != NULL)
        return AMT_WIRELESS_EXISTS;
    if (taken)
        return AMT_WIRELESS_PRIORITY_TAKEN;
    return !changing && ours >= AMT_WIRELESS_PROFILES_LIMIT ? AMT_WIRELESS_FULL : AMT_WIRELESS_DONE;
}

static bool is_refused(const struct profile_work *work)
{
    return work->result->outcome == AMT_WIRELESS_REFUSED;
}

/* Sees that key and certificates are on the device. */
static bool provide_credential(struct profile_work *work, struct error *err)
{
    struct amt_refusal refusal;
    if (work->profile->ieee8021x == NULL)
        return true;
    if (!amt_credential_provide(work->amt, work->arena, &work->profile->ieee8021x->credential,
                                &work->place, &refusal, err))
        return false;
    if (refusal.step != NULL)
        (void)took(work, refusal.step, refusal.return_value, refusal.return_text);
    return true;
}

static struct slice number(struct arena *arena, unsigned value)
{
    return slice_of_string(arena_printf(arena, "%u", value));
}

static struct slice prefixed(struct arena *arena, const char *prefix, struct slice name)
{
    return slice_of_string(arena_printf(arena, "%s%.*s", prefix, SLICE_ARG(name)));
}

/* AddWiFiSettings or UpdateWiFiSettings (spec mps B.2). */
static bool send(struct profile_work *work, struct error *err)
{
    const struct amt_wireless_profile *profile = work->profile;
    const struct amt_wireless_8021x *ieee8021x = profile->ieee8021x;
    struct slice id = work->existing != NULL ? wsman_xml_child_text(work->existing, "InstanceID")
                                             : prefixed(work->arena, PROFILE_PREFIX, profile->name);
    const struct wsman_selector selectors[] = {{"Name", SLICE_LITERAL("WiFi Endpoint 0")},
                                               {"InstanceID", id},
                                               {"InstanceID", work->place.client_id},
                                               {"InstanceID", work->place.ca_id}};
    const struct wsman_target targets[] = {
        {&wsman_CIM_WiFiEndpoint, &selectors[0], 1, 0, 0, NULL},
        {&wsman_CIM_WiFiEndpointSettings, &selectors[1], 1, 0, 0, NULL},
        {&wsman_AMT_PublicKeyCertificate, &selectors[2], 1, 0, 0, NULL},
        {&wsman_AMT_PublicKeyCertificate, &selectors[3], 1, 0, 0, NULL}};
    const struct wsman_value settings_values[] = {
        {.name = "ElementName", .text = profile->name},
        {.name = "InstanceID", .text = id},
        {.name = "AuthenticationMethod", .text = number(work->arena, profile->authentication)},
        {.name = "EncryptionMethod", .text = number(work->arena, profile->encryption)},
        {.name = "SSID", .text = profile->ssid},
        {.name = "Priority", .text = number(work->arena, profile->priority)},
        {.name = "PSKPassPhrase", .text = profile->passphrase}};
    const struct wsman_embedded settings = {&wsman_CIM_WiFiEndpointSettings, settings_values, 7};
    struct wsman_value ieee8021x_values[5] = {{.name = "ElementName", .text = profile->name}};
    const struct wsman_embedded ieee8021x_settings = {&wsman_CIM_IEEE8021xSettings,
                                                      ieee8021x_values, 5};
    struct wsman_value values[5] = {
        work->existing == NULL
            ? (struct wsman_value){.name = "WiFiEndpoint", .reference = &targets[0]}
            : (struct wsman_value){.name = "WiFiEndpointSettings", .reference = &targets[1]},
        {.name = "WiFiEndpointSettingsInput", .embedded = &settings}};
    size_t count = 2;
    values[0].address = "/wsman";
    if (ieee8021x != NULL) {
        ieee8021x_values[1] = (struct wsman_value){
            .name = "InstanceID", .text = prefixed(work->arena, IEEE8021X_PREFIX, profile->name)};
        ieee8021x_values[2] = (struct wsman_value){
            .name = "AuthenticationProtocol", .text = number(work->arena, ieee8021x->protocol)};
        ieee8021x_values[3] = (struct wsman_value){.name = "Username", .text = ieee8021x->username};
        ieee8021x_values[4] = (struct wsman_value){.name = "Password", .text = ieee8021x->password};
        values[count++] =
            (struct wsman_value){.name = "IEEE8021xSettingsInput", .embedded = &ieee8021x_settings};
    }
    if (work->place.client_id.size > 0)
        values[count++] = (struct wsman_value){
            .name = "ClientCredential", .reference = &targets[2], .address = "default"};
    if (work->place.ca_id.size > 0)
        values[count++] = (struct wsman_value){
            .name = "CACredential", .reference = &targets[3], .address = "default"};
    const char *method = work->existing == NULL ? "AddWiFiSettings" : "UpdateWiFiSettings";
    const struct wsman_target service = {.class = &wsman_AMT_WiFiPortConfigurationService};
    struct wsman_reply reply;
    int64_t value;
    if (!amt_invoke(work->amt, work->arena, &service, method, values, count, &reply, &value, err))
        return false;
    (void)took(work, method, value, amt_status_wifi_name(value));
    return true;
}

/* The answer to AddWiFiSettings never came, or made no sense: no profile of that name was there
 * before, so that one that is there now is what came of it. */
static void take_away(struct profile_work *work)
{
    struct amt_reading reading = AMT_READ_ENUMERATE(CIM_WiFiEndpointSettings);
    struct wsman_reply reply;
    struct error ignored;
    struct io_shield shield = io_shield_begin(TAKE_AWAY_MS);
    reading.optional = true;
    const struct wsman_xml *profile =
        amt_read(work->amt, work->arena, &reading, 1, &ignored) && reading.ok
            ? find_profile(&reading.items, work->profile->name)
            : NULL;
    if (profile != NULL) {
        const struct wsman_selector selector = {"InstanceID",
                                                wsman_xml_child_text(profile, "InstanceID")};
        const struct wsman_target target = {
            .class = &wsman_CIM_WiFiEndpointSettings, .selectors = &selector, .selector_count = 1};
        (void)amt_delete(work->amt, work->arena, &target, &reply, &ignored);
    }
    io_shield_end(shield);
}

/* What to do about a profile that is there, and one that is not. */
enum profile_wish { ADD, CHANGE, PUT };

static bool run(struct profile_work *work, enum profile_wish wish, struct error *err)
{
    struct amt_items ports, profiles;
    if (!read_state(work, &ports, &profiles, err))
        return false;
    bool changing =
        wish == CHANGE || (wish == PUT && find_profile(&profiles, work->profile->name) != NULL);
    work->result->outcome = check(work, &ports, &profiles, changing);
    if (work->result->outcome != AMT_WIRELESS_DONE)
        return true;
    bool ok = provide_credential(work, err);
    if (ok && !is_refused(work)) {
        ok = send(work, err);
        if (!ok && !changing && err->code != ERROR_DEVICE)
            take_away(work);
    }
    if (!ok || is_refused(work))
        amt_credential_take_back(work->amt, work->arena, &work->place);
    return ok;
}

static bool converse(struct amt *amt, struct arena *arena,
                     const struct amt_wireless_profile *profile, enum profile_wish wish,
                     struct amt_wireless_result *result, struct error *err)
{
    struct error why;
    struct profile_work work = {.amt = amt, .arena = arena, .profile = profile, .result = result};
    *result = (struct amt_wireless_result){.outcome = AMT_WIRELESS_DONE};
    bool ok = amt_sequence_begin(amt, &why);
    if (ok) {
        ok = run(&work, wish, &why);
        amt_sequence_end(amt);
    }
    if (!ok && err != NULL)
        *err = why;
    return ok;
}

bool amt_wireless_profile_add(struct amt *amt, struct arena *arena,
                              const struct amt_wireless_profile *profile,
                              struct amt_wireless_result *result, struct error *err)
{
    return converse(amt, arena, profile, ADD, result, err);
}

bool amt_wireless_profile_change(struct amt *amt, struct arena *arena,
                                 const struct amt_wireless_profile *profile,
                                 struct amt_wireless_result *result, struct error *err)
{
    return converse(amt, arena, profile, CHANGE, result, err);
}

bool amt_wireless_profile_put(struct amt *amt, struct arena *arena,
                              const struct amt_wireless_profile *profile,
                              struct amt_wireless_result *result, struct error *err)
{
    return converse(amt, arena, profile, PUT, result, err);
}

bool amt_wireless_profile_check(const struct amt_wireless_result *result, struct error *err)
{
    switch (result->outcome) {
    case AMT_WIRELESS_NO_PORT:
        return error_set(err, ERROR_UNSUPPORTED, "the device has no Wi-Fi port");
    case AMT_WIRELESS_NOT_FOUND:
        return error_set(err, ERROR_NOT_FOUND, "the device has no Wi-Fi profile of that name");
    case AMT_WIRELESS_EXISTS:
        return error_set(err, ERROR_CONFLICT, "the device has a Wi-Fi profile of that name");
    case AMT_WIRELESS_PRIORITY_TAKEN:
        return error_set(err, ERROR_CONFLICT,
                         "another Wi-Fi profile of the device has that priority; take another");
    case AMT_WIRELESS_FULL:
        return error_set(err, ERROR_CONFLICT,
                         "the device has %d Wi-Fi profiles, which is all it takes; delete one",
                         AMT_WIRELESS_PROFILES_LIMIT);
    case AMT_WIRELESS_REFUSED:
        return error_set(err, ERROR_DEVICE, "the device refuses %s: %s (%" PRId64 ")", result->step,
                         result->return_text, result->return_value);
    case AMT_WIRELESS_DONE:
        break;
    }
    return true;
}

bool amt_wireless_profile_delete(struct amt *amt, struct arena *arena, struct slice name,
                                 struct amt_wireless_result *result, struct error *err)
{
    const struct wsman_target class = {.class = &wsman_CIM_WiFiEndpointSettings};
    struct amt_items profiles;
    struct wsman_reply reply;
    *result = (struct amt_wireless_result){.outcome = AMT_WIRELESS_DONE};
    struct amt_reading reading = {.target = class, .enumerate = true, .optional = true};
    if (!amt_read(amt, arena, &reading, 1, err))
        return false;
    profiles = reading.items;
    const struct wsman_xml *profile = find_profile(&profiles, name);
    if (profile == NULL) {
        result->outcome = AMT_WIRELESS_NOT_FOUND;
        return true;
    }
    const struct wsman_selector selector = {"InstanceID",
                                            wsman_xml_child_text(profile, "InstanceID")};
    const struct wsman_target target = {
        .class = &wsman_CIM_WiFiEndpointSettings, .selectors = &selector, .selector_count = 1};
    return amt_delete(amt, arena, &target, &reply, err);
}
