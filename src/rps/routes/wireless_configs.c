/* /api/v1/admin/wirelessconfigs (spec rps 1.6). */
#include "http/body_value.h"
#include "rps/routes/handlers.h"
#include "rps/routes/kind.h"
#include "rps/routes/routes.h"

RPS_KIND_FUNCTIONS(wireless_config)
RPS_KIND_NAME(wireless_config)

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
static void read_body(const struct http_exchange *exchange, void *row, const char **secret)
{
    struct store_wireless_config *config = row;
    const json_t *body = exchange->json;
    config->authentication = (unsigned)http_body_value_number(body, "authenticationMethod", 0);
    config->encryption = (unsigned)http_body_value_number(body, "encryptionMethod", 0);
    config->ssid = rps_body_string(exchange, "ssid");
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
    .name_member = "profileName",
    .texts = (const char *const[]){"profileName", "ssid", NULL},
    .change = STORE_UPDATE,
    .name = name_row,
    .read = read_body,
    .put = put_row,
};

RPS_KIND_HANDLERS(wireless)
