/* /api/v1/admin/profiles (spec rps 1.5): what devices are set up with. */
#include "core/memory.h"
#include "http/body_value.h"
#include "rps/routes/handlers.h"
#include "rps/routes/kind.h"
#include "rps/routes/routes.h"

#include <stdlib.h>

RPS_KIND_FUNCTIONS(profile)

static void write_tags(struct json_writer *json, const void *row)
{
    const struct store_profile *profile = row;
    json_open_array(json);
    for (size_t i = 0; i < profile->tag_count; i++)
        json_put_string(json, profile->tags[i]);
    json_close_array(json);
}

static void write_wireless(struct json_writer *json, const void *row)
{
    const struct store_profile *profile = row;
    json_open_array(json);
    for (size_t i = 0; i < profile->wireless_count; i++) {
        json_open_object(json);
        json_put_member_int(json, "priority", profile->wireless[i].priority);
        json_put_member_string(json, "profileName", profile->wireless[i].name);
        json_close_object(json);
    }
    json_close_array(json);
}

static void write_proxies(struct json_writer *json, const void *row)
{
    const struct store_profile *profile = row;
    json_open_array(json);
    for (size_t i = 0; i < profile->proxy_count; i++) {
        json_open_object(json);
        json_put_member_string(json, "name", profile->proxies[i].name);
        json_put_member_int(json, "priority", profile->proxies[i].priority);
        json_close_object(json);
    }
    json_close_array(json);
}

#define FIELD(member, type, name, use) RPS_FIELD(struct store_profile, member, type, name, use)

/* In the order of the toolkit. */
static const struct rps_field fields[] = {
    FIELD("profileName", RPS_TEXT, name, RPS_SHOW),
    FIELD("activation", RPS_TEXT, activation, RPS_SHOW),
    FIELD("ciraConfigName", RPS_TEXT, cira_config, RPS_SHOW),
    FIELD("generateRandomPassword", RPS_FLAG, random_password, RPS_SHOW),
    FIELD("generateRandomMEBxPassword", RPS_FLAG, random_mebx_password, RPS_SHOW),
    {.member = "tags", .type = RPS_OWN, .write = write_tags},
    FIELD("dhcpEnabled", RPS_FLAG, dhcp, RPS_SHOW),
    FIELD("tlsMode", RPS_NUMBER_0, tls_mode, RPS_SHOW),
    FIELD("userConsent", RPS_TEXT, user_consent, RPS_SHOW),
    FIELD("iderEnabled", RPS_FLAG, ider, RPS_SHOW),
    FIELD("kvmEnabled", RPS_FLAG, kvm, RPS_SHOW),
    FIELD("solEnabled", RPS_FLAG, sol, RPS_SHOW),
    {.member = "tenantId", .type = RPS_TENANT},
    FIELD("tlsSigningAuthority", RPS_TEXT, tls_signing_authority, RPS_SHOW),
    FIELD("version", RPS_REVISION, version, RPS_SHOW),
    FIELD("ieee8021xProfileName", RPS_TEXT, ieee8021x, RPS_SHOW),
    {.member = "wifiConfigs", .type = RPS_OWN, .write = write_wireless},
    FIELD("ipSyncEnabled", RPS_CHOICE, ip_sync, RPS_SHOW),
    FIELD("localWifiSyncEnabled", RPS_CHOICE, local_wifi_sync, RPS_SHOW),
    FIELD("uefiWifiSyncEnabled", RPS_CHOICE, uefi_wifi_sync, RPS_SHOW),
    {.member = "proxyConfigs", .type = RPS_OWN, .write = write_proxies},
    {.member = NULL},
};

static void answer_absent(struct http_exchange *exchange, const char *name,
                          const struct store_refusal *refusal)
{
    (void)name;
    if (refusal->kind == STORE_CIRA_CONFIG)
        rps_answer_refusal(
            exchange,
            arena_printf(exchange->arena, "Foreign key constraint violation: no CIRA config %s",
                         refusal->name),
            arena_printf(exchange->arena, "Referenced constraint %s doesn't exist", refusal->name));
    else
        rps_answer_refusal(
            exchange, "Foreign key constraint violation",
            arena_printf(exchange->arena, "Referenced constraint %s doesn't exist", refusal->name));
}

const struct rps_kind rps_profile_kind = {
    .label = "AMT",
    .base = "/api/v1/admin/profiles",
    .row_size = sizeof(struct store_profile),
    .fields = fields,
    .listed = {"allProfiles", "Sent profiles"},
    .shown = {"getProfile", "Sent Profile : "},
    .created = {"createProfile", "Created Profile : "},
    .changed = {"editProfile", "Updated Profile : "},
    .removed = {"deleteProfile", "Deleted Profile : "},
    .taken = "AMT profile %s already exists",
    .failed = "Operation failed: %s",
    .failed_remove = "Operation failed: Delete profile : %s",
    .list = list_rows,
    .get = get_row,
    .remove = remove_row,
    .answer_absent = answer_absent,
};

RPS_KIND_READERS(profile)

/* ---- the body ---- */

static void take_flag(const struct http_exchange *exchange, const char *member, bool *to)
{
    if (rps_body_has(exchange, member))
        *to = http_body_value_is_true(exchange->json, member);
}

static void take_choice(const struct http_exchange *exchange, const char *member,
                        enum store_choice *to)
{
    if (rps_body_has(exchange, member))
        *to = http_body_value_is_true(exchange->json, member) ? STORE_YES : STORE_NO;
    else if (json_object_get(exchange->json, member) != NULL)
        *to = STORE_UNSET;
}

/* Empty is none, as null is. */
static const char *name_of(const struct http_exchange *exchange, const char *member)
{
    return rps_body_text(exchange, member).size == 0 ? NULL : rps_body_string(exchange, member);
}

static void take_tags(const struct http_exchange *exchange, struct store_profile *profile)
{
    const json_t *tags = json_object_get(exchange->json, "tags");
    if (tags == NULL)
        return;
    size_t count = json_array_size(tags);
    const char **texts = arena_array(exchange->arena, count + 1, sizeof *texts);
    for (size_t i = 0; i < count; i++)
        texts[i] = json_string_value(json_array_get(tags, i));
    profile->tags = texts;
    profile->tag_count = count;
}

static int by_priority(const void *a, const void *b)
{
    const struct store_profile_link *left = a;
    const struct store_profile_link *right = b;
    return (left->priority > right->priority) - (left->priority < right->priority);
}

static size_t read_links(const struct http_exchange *exchange, const char *list, const char *member,
                         const struct store_profile_link **to)
{
    const json_t *links = json_object_get(exchange->json, list);
    size_t count = json_array_size(links);
    struct store_profile_link *read = arena_array(exchange->arena, count + 1, sizeof *read);
    for (size_t i = 0; i < count; i++) {
        const json_t *link = json_array_get(links, i);
        read[i].name = arena_string(exchange->arena, http_body_value_text(link, member));
        read[i].priority = (unsigned)http_body_value_number(link, "priority", 0);
    }
    qsort(read, count, sizeof *read, by_priority);
    *to = read;
    return count;
}

static bool is_acm(const struct store_profile *profile)
{
    return slice_equal_string(slice_of_string(profile->activation), "acmactivate");
}

/* What a new profile has unless it says so, and what belongs together whoever says it. */
static void settle(struct store_profile *profile)
{
    if (!is_acm(profile))
        profile->user_consent = "All";
    else if (profile->user_consent == NULL)
        profile->user_consent = "KVM";
    if (profile->tls_mode == 0)
        profile->tls_signing_authority = NULL;
    else if (profile->tls_signing_authority == NULL)
        profile->tls_signing_authority = "SelfSigned";
    if (!profile->dhcp)
        profile->wireless_count = 0;
    if (!is_acm(profile))
        profile->random_mebx_password = false;
}

/* What is not given keeps its value, but for what the toolkit always replaces: the CIRA config,
 * TLS, 802.1X and the proxies (spec rps 1.5). */
static void read_body(struct http_exchange *exchange, struct store_profile *profile)
{
    bool says_dhcp = rps_body_has(exchange, "dhcpEnabled");
    profile->activation = rps_body_string(exchange, "activation");
    profile->cira_config = name_of(exchange, "ciraConfigName");
    profile->tls_mode = (unsigned)http_body_value_number(exchange->json, "tlsMode", 0);
    profile->ieee8021x = name_of(exchange, "ieee8021xProfileName");
    if (rps_body_has(exchange, "tlsSigningAuthority"))
        profile->tls_signing_authority = rps_body_string(exchange, "tlsSigningAuthority");
    if (rps_body_has(exchange, "userConsent"))
        profile->user_consent = rps_body_string(exchange, "userConsent");
    take_tags(exchange, profile);
    take_flag(exchange, "dhcpEnabled", &profile->dhcp);
    take_flag(exchange, "iderEnabled", &profile->ider);
    take_flag(exchange, "kvmEnabled", &profile->kvm);
    take_flag(exchange, "solEnabled", &profile->sol);
    take_choice(exchange, "ipSyncEnabled", &profile->ip_sync);
    take_choice(exchange, "localWifiSyncEnabled", &profile->local_wifi_sync);
    take_choice(exchange, "uefiWifiSyncEnabled", &profile->uefi_wifi_sync);
    if (says_dhcp || json_object_get(exchange->json, "wifiConfigs") != NULL)
        profile->wireless_count =
            read_links(exchange, "wifiConfigs", "profileName", &profile->wireless);
    profile->proxy_count = read_links(exchange, "proxyConfigs", "name", &profile->proxies);
    settle(profile);
}

/* A random one is none that is stored. */
static void read_password(const struct http_exchange *exchange, const char *member,
                          const char *flag, bool *random, const char **secret)
{
    if (http_body_value_is_true(exchange->json, flag)) {
        *random = true;
        *secret = "";
    } else if (rps_body_text(exchange, member).size > 0) {
        *random = false;
        *secret = rps_body_string(exchange, member);
    } else {
        *secret = *random ? "" : NULL;
    }
}

static void read_passwords(const struct http_exchange *exchange, struct store_profile *profile,
                           struct store_profile_secrets *secrets)
{
    read_password(exchange, "amtPassword", "generateRandomPassword", &profile->random_password,
                  &secrets->amt_password);
    read_password(exchange, "mebxPassword", "generateRandomMEBxPassword",
                  &profile->random_mebx_password, &secrets->mebx_password);
    if (!is_acm(profile)) {
        profile->random_mebx_password = false;
        secrets->mebx_password = "";
    }
}

static bool has_texts(struct http_exchange *exchange)
{
    return rps_has_texts(exchange,
                         (const char *const[]){"profileName", "amtPassword", "mebxPassword",
                                               "ciraConfigName", "ieee8021xProfileName", NULL});
}

void rps_profile_create(struct http_exchange *exchange)
{
    const char *name = rps_body_string(exchange, "profileName");
    struct store_profile profile = {
        .name = name,
        .kvm = true,
        .ip_sync = STORE_UNSET,
        .local_wifi_sync = STORE_UNSET,
        .uefi_wifi_sync = STORE_UNSET,
    };
    struct store_profile_secrets secrets = {NULL, NULL, NULL};
    struct store_refusal refusal = {.cause = STORE_CAUSE_NONE};
    struct error err;
    error_clear(&err);
    if (!has_texts(exchange))
        return;
    read_body(exchange, &profile);
    read_passwords(exchange, &profile, &secrets);
    if (store_profile_put(rps_application_of(exchange)->store, exchange->arena,
                          rps_tenant(exchange), STORE_INSERT, &profile, &secrets, &refusal, &err))
        rps_kind_answer_created(exchange, &rps_profile_kind, name, &profile);
    else
        rps_kind_answer_failure(exchange, &rps_profile_kind, name, &profile, &refusal, &err);
}

/* ---- changing ---- */

static void refuse(struct http_exchange *exchange, const char *name, const char *message)
{
    rps_kind_refuse(exchange, &rps_profile_kind, name, "Error",
                    arena_printf(exchange->arena, "%s", message));
}

static bool refuse_without(struct http_exchange *exchange, const char *name, const char *which)
{
    refuse(exchange, name,
           arena_printf(exchange->arena,
                        "Operation failed: stored credentials for profile %s are missing %s; "
                        "refusing to overwrite secret with placeholder",
                        name, which));
    return false;
}

/* Passwords that were not given must be there. False when it has answered. */
static bool check_stored(struct http_exchange *exchange, const struct store_profile *profile,
                         const struct store_profile_secrets *secrets)
{
    bool wants_amt = !profile->random_password && secrets->amt_password == NULL;
    bool wants_mebx =
        is_acm(profile) && !profile->random_mebx_password && secrets->mebx_password == NULL;
    struct slice amt = {NULL, 0};
    struct slice mebx = {NULL, 0};
    struct error err;
    error_clear(&err);
    if (!wants_amt && !wants_mebx)
        return true;
    if (!store_profile_passwords(rps_application_of(exchange)->store, exchange->arena,
                                 rps_tenant(exchange), profile->name, &amt, &mebx, &err)) {
        if (err.code != ERROR_STORE)
            rps_kind_answer_failure(exchange, &rps_profile_kind, profile->name, profile, NULL,
                                    &err);
        else
            refuse(exchange, profile->name,
                   arena_printf(exchange->arena,
                                "Operation failed: reading stored credentials for profile %s; "
                                "refusing to overwrite secret with placeholder",
                                profile->name));
        return false;
    }
    bool has_amt = amt.size > 0;
    bool has_mebx = mebx.size > 0;
    memory_wipe((void *)(uintptr_t)amt.data, amt.size);
    memory_wipe((void *)(uintptr_t)mebx.data, mebx.size);
    if (wants_amt && !has_amt)
        return refuse_without(exchange, profile->name, "AMT_PASSWORD");
    if (wants_mebx && !has_mebx) {
        refuse(exchange, profile->name, "MEBx password is required for acmactivate");
        return false;
    }
    return true;
}

void rps_profile_change(struct http_exchange *exchange)
{
    const char *name = rps_body_string(exchange, "profileName");
    struct store_profile profile;
    struct store_profile_secrets secrets = {NULL, NULL, NULL};
    struct store_refusal refusal = {.cause = STORE_CAUSE_NONE};
    struct error err;
    error_clear(&err);
    if (!has_texts(exchange) ||
        !rps_kind_get(exchange, &rps_profile_kind, slice_of_string(name), &profile))
        return;
    read_body(exchange, &profile);
    profile.version = rps_kind_version(exchange, true);
    read_passwords(exchange, &profile, &secrets);
    if (!check_stored(exchange, &profile, &secrets))
        return;
    if (store_profile_put(rps_application_of(exchange)->store, exchange->arena,
                          rps_tenant(exchange), STORE_UPDATE, &profile, &secrets, &refusal, &err))
        rps_kind_answer_changed(exchange, &rps_profile_kind, name, &profile);
    else
        rps_kind_answer_failure(exchange, &rps_profile_kind, name, &profile, &refusal, &err);
}
