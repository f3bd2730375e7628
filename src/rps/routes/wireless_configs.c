/* /api/v1/admin/wirelessconfigs (spec rps 1.6). */
#include "http/body_value.h"
#include "rps/routes/handlers.h"
#include "rps/routes/kind.h"
#include "rps/routes/routes.h"

RPS_KIND_FUNCTIONS(wireless_config)

static void write_config(struct json_writer *json, const char *tenant, const void *row)
{
    const struct store_wireless_config *config = row;
    json_open_object(json);
    json_put_member_string(json, "profileName", config->name);
    json_put_member_int(json, "authenticationMethod", config->authentication);
    json_put_member_int(json, "encryptionMethod", config->encryption);
    json_put_member_string(json, "ssid", config->ssid);
    json_put_member_string(json, "pskValue", NULL); /* of no use in the toolkit either */
    json_put_key(json, "linkPolicy");
    if (config->link_policy == NULL) {
        json_put_null(json);
    } else {
        json_open_array(json);
        for (size_t i = 0; i < config->link_policy_count; i++)
            json_put_int(json, config->link_policy[i]);
        json_close_array(json);
    }
    json_put_member_string(json, "tenantId", tenant);
    json_put_member_string(json, "ieee8021xProfileName", config->ieee8021x);
    rps_put_version(json, config->version);
    json_close_object(json);
}

static uint64_t version_of(const void *row)
{
    return ((const struct store_wireless_config *)row)->version;
}

static void answer_in_use(struct http_exchange *exchange, const char *name,
                          const struct store_refusal *refusal)
{
    (void)refusal;
    rps_answer_refusal(exchange, "Foreign key violation",
                       arena_printf(exchange->arena,
                                    "Wireless profile: %s is associated with an AMT Profile.",
                                    name));
}

static void answer_absent(struct http_exchange *exchange, const char *name,
                          const struct store_refusal *refusal)
{
    (void)name;
    rps_answer_refusal(
        exchange, "Error",
        arena_printf(exchange->arena, "Ieee8021x profile %s does not exist in db", refusal->name));
}

const struct rps_kind rps_wireless_kind = {
    .label = "Wireless",
    .base = "/api/v1/admin/wirelessconfigs",
    .row_size = sizeof(struct store_wireless_config),
    .listed = {"allWirelessProfiles", "Sent wireless profiles"},
    .shown = {"getWirelessProfiles", "Sent Wireless Profile : "},
    .created = {"createWirelessProfiles", "Created wireless profile : "},
    .changed = {"editWirelessProfiles", "Updated Wireless Profile : "},
    .removed = {"deleteWirelessProfiles", "Deleted wireless profile : "},
    .taken = "Wireless profile %s already exists",
    .failed = "Operation failed for Wireless profile: %s",
    .failed_remove = "Operation failed: Delete wireless configuration : %s",
    .list = list_rows,
    .get = get_row,
    .remove = remove_row,
    .write = write_config,
    .version = version_of,
    .answer_in_use = answer_in_use,
    .answer_absent = answer_absent,
};

void rps_wireless_list(struct http_exchange *exchange)
{
    rps_kind_list(exchange, &rps_wireless_kind);
}

void rps_wireless_show(struct http_exchange *exchange)
{
    rps_kind_show(exchange, &rps_wireless_kind);
}

void rps_wireless_remove(struct http_exchange *exchange)
{
    rps_kind_remove(exchange, &rps_wireless_kind);
}

static void read_link_policy(const struct http_exchange *exchange,
                             struct store_wireless_config *config)
{
    const json_t *policy = json_object_get(exchange->json, "linkPolicy");
    size_t count = json_array_size(policy);
    if (!json_is_array(policy))
        return;
    int *values = arena_array(exchange->arena, count + 1, sizeof *values);
    for (size_t i = 0; i < count; i++)
        values[i] = (int)json_integer_value(json_array_get(policy, i));
    config->link_policy = values;
    config->link_policy_count = count;
}

/* What the rules require is always given; the others keep their value. */
static void read_body(struct http_exchange *exchange, struct store_wireless_config *config,
                      struct store_wireless_secrets *secrets)
{
    const json_t *body = exchange->json;
    config->authentication = (unsigned)http_body_value_number(body, "authenticationMethod", 0);
    config->encryption = (unsigned)http_body_value_number(body, "encryptionMethod", 0);
    config->ssid = rps_body_string(exchange, "ssid");
    read_link_policy(exchange, config);
    bool by_8021x = config->authentication == 5 || config->authentication == 7;
    config->ieee8021x = by_8021x ? rps_body_string(exchange, "ieee8021xProfileName") : NULL;
    secrets->passphrase = by_8021x ? "" : rps_body_string(exchange, "pskPassphrase");
}

void rps_wireless_create(struct http_exchange *exchange)
{
    struct store_wireless_config config = {.name = rps_body_string(exchange, "profileName")};
    struct store_wireless_secrets secrets;
    struct store_refusal refusal = {.cause = STORE_CAUSE_NONE};
    struct error err;
    const char *name = config.name;
    error_clear(&err);
    read_body(exchange, &config, &secrets);
    if (!rps_has_texts(exchange, (const char *const[]){"profileName", "ssid", NULL}))
        return;
    if (store_wireless_config_put(rps_application_of(exchange)->store, exchange->arena,
                                  rps_tenant(exchange), STORE_INSERT, &config, &secrets, &refusal,
                                  &err))
        rps_kind_answer_created(exchange, &rps_wireless_kind, name, &config);
    else
        rps_kind_answer_failure(exchange, &rps_wireless_kind, name, &config, &refusal, &err);
}

void rps_wireless_change(struct http_exchange *exchange)
{
    const char *name = rps_body_string(exchange, "profileName");
    struct store_wireless_config config;
    struct store_wireless_secrets secrets;
    struct store_refusal refusal = {.cause = STORE_CAUSE_NONE};
    struct error err;
    error_clear(&err);
    if (!rps_has_texts(exchange, (const char *const[]){"profileName", "ssid", NULL}) ||
        !rps_kind_get(exchange, &rps_wireless_kind, slice_of_string(name), &config))
        return;
    read_body(exchange, &config, &secrets);
    config.version = rps_kind_version(exchange, false);
    if (store_wireless_config_put(rps_application_of(exchange)->store, exchange->arena,
                                  rps_tenant(exchange), STORE_UPDATE, &config, &secrets, &refusal,
                                  &err))
        rps_kind_answer_changed(exchange, &rps_wireless_kind, name, &config);
    else
        rps_kind_answer_failure(exchange, &rps_wireless_kind, name, &config, &refusal, &err);
}
