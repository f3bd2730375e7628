/* /api/v1/admin/wirelessconfigs (spec rps 1.6). */
#include "rps/routes/handlers.h"
#include "rps/routes/kind.h"
#include "rps/routes/routes.h"

RPS_KIND_FUNCTIONS(wireless_config)

static void write_link_policy(struct json_writer *json, const void *row)
{
    const struct store_wireless_config *config = row;
    if (config->link_policy == NULL) {
        json_put_null(json);
        return;
    }
    json_open_array(json);
    for (size_t i = 0; i < config->link_policy_count; i++)
        json_put_int(json, config->link_policy[i]);
    json_close_array(json);
}

#define FIELD(member, type, name, use) \
    RPS_FIELD(struct store_wireless_config, member, type, name, use)

static const struct rps_field fields[] = {
    FIELD("profileName", RPS_TEXT, name, RPS_SHOW),
    FIELD("authenticationMethod", RPS_NUMBER, authentication, RPS_TAKE),
    FIELD("encryptionMethod", RPS_NUMBER, encryption, RPS_TAKE),
    FIELD("ssid", RPS_TEXT, ssid, RPS_TAKE),
    {.member = "pskValue", .type = RPS_NOTHING}, /* of no use in the toolkit either */
    {.member = "linkPolicy", .type = RPS_OWN, .write = write_link_policy},
    {.member = "tenantId", .type = RPS_TENANT},
    FIELD("ieee8021xProfileName", RPS_TEXT, ieee8021x, RPS_SHOW),
    FIELD("version", RPS_REVISION, version, RPS_SHOW),
    {.member = NULL},
};

static void answer_absent(struct http_exchange *exchange, const char *name,
                          const struct store_refusal *refusal)
{
    (void)name;
    rps_answer_refusal(
        exchange, "Error",
        arena_printf(exchange->arena, "Ieee8021x profile %s does not exist in db", refusal->name));
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

static void read_body(const struct http_exchange *exchange, void *row, const char **secret)
{
    struct store_wireless_config *config = row;
    read_link_policy(exchange, config);
    bool by_8021x = config->authentication == 5 || config->authentication == 7;
    config->ieee8021x = by_8021x ? rps_body_string(exchange, "ieee8021xProfileName") : NULL;
    *secret = by_8021x ? "" : rps_body_string(exchange, "pskPassphrase");
}

static bool put_row(struct store *store, struct arena *arena, const char *tenant,
                    enum store_put how, void *row, const char *secret,
                    struct store_refusal *refusal, struct error *err)
{
    const struct store_wireless_secrets secrets = {.passphrase = secret};
    return store_wireless_config_put(store, arena, tenant, how, row, &secrets, refusal, err);
}

const struct rps_kind rps_wireless_kind = {
    .label = "Wireless",
    .base = "/api/v1/admin/wirelessconfigs",
    .row_size = sizeof(struct store_wireless_config),
    .fields = fields,
    .listed = {"allWirelessProfiles", "Sent wireless profiles"},
    .shown = {"getWirelessProfiles", "Sent Wireless Profile : "},
    .created = {"createWirelessProfiles", "Created wireless profile : "},
    .changed = {"editWirelessProfiles", "Updated Wireless Profile : "},
    .removed = {"deleteWirelessProfiles", "Deleted wireless profile : "},
    .taken = "Wireless profile %s already exists",
    .failed = "Operation failed for Wireless profile: %s",
    .failed_remove = "Operation failed: Delete wireless configuration : %s",
    .in_use = "Wireless profile: %s is associated with an AMT Profile.",
    .list = list_rows,
    .get = get_row,
    .remove = remove_row,
    .answer_absent = answer_absent,
    .change = STORE_UPDATE,
    .read = read_body,
    .put = put_row,
};

RPS_KIND_HANDLERS(wireless)
