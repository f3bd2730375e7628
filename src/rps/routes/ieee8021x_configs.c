/* /api/v1/admin/ieee8021xconfigs (spec rps 1.7). Credentials are none of them: an Enterprise
 * Assistant gives those per device. */
#include "http/body_value.h"
#include "rps/routes/handlers.h"
#include "rps/routes/kind.h"
#include "rps/routes/routes.h"

RPS_KIND_FUNCTIONS(ieee8021x_config)
RPS_KIND_NAME(ieee8021x_config)

static void write_config(struct json_writer *json, const char *tenant, const void *row)
{
    const struct store_ieee8021x_config *config = row;
    json_open_object(json);
    json_put_member_string(json, "profileName", config->name);
    json_put_member_int(json, "authenticationProtocol", config->protocol);
    json_put_key(json, "pxeTimeout");
    if (config->pxe_timeout_s < 0)
        json_put_null(json);
    else
        json_put_int(json, config->pxe_timeout_s);
    json_put_member_bool(json, "wiredInterface", config->wired);
    json_put_member_string(json, "tenantId", tenant);
    rps_put_version(json, config->version);
    json_close_object(json);
}

static uint64_t version_of(const void *row)
{
    return ((const struct store_ieee8021x_config *)row)->version;
}

static void answer_in_use(struct http_exchange *exchange, const char *name,
                          const struct store_refusal *refusal)
{
    rps_answer_refusal(exchange, "Error",
                       arena_printf(exchange->arena, "802.1x config: %s is associated with %s.",
                                    name,
                                    refusal->kind == STORE_WIRELESS_CONFIG ? "a wireless profile"
                                                                           : "an AMT Profile"));
}

static void read_body(const struct http_exchange *exchange, void *row, const char **secret)
{
    struct store_ieee8021x_config *config = row;
    (void)secret;
    const json_t *body = exchange->json;
    config->protocol = (int)http_body_value_number(body, "authenticationProtocol", 0);
    config->wired = http_body_value_is_true(body, "wiredInterface");
    int64_t timeout = http_body_value_number(body, "pxeTimeout", -1);
    config->pxe_timeout_s = timeout >= 0 && timeout <= 86400 ? (int)timeout : -1;
}

static bool put_row(struct store *store, struct arena *arena, const char *tenant,
                    enum store_put how, void *row, const char *secret,
                    struct store_refusal *refusal, struct error *err)
{
    (void)secret;
    return store_ieee8021x_config_put(store, arena, tenant, how, row, refusal, err);
}

const struct rps_kind rps_ieee8021x_kind = {
    .label = "802.1x",
    .base = "/api/v1/admin/ieee8021xconfigs",
    .row_size = sizeof(struct store_ieee8021x_config),
    .listed = {"getAllIEEE8021xConfigs", "Sent all 802.1x configurations"},
    .shown = {"getIeee8021xProfiles", "Sent 802.1x Profile : "},
    .created = {"createIEEE8021xProfiles", "Created 802.1x profile : "},
    .changed = {"edit8021xProfiles", "Updated8021x Profile : "},
    .removed = {"deleteIEEE8021xProfiles", "Deleted 802.1x profile : "},
    .taken = "802.1x config: %s already exists",
    .failed = "802.1x insertion failed for %s",
    .failed_remove = "Operation failed: Delete 802.1x configuration : %s",
    .list = list_rows,
    .get = get_row,
    .remove = remove_row,
    .write = write_config,
    .version = version_of,
    .answer_in_use = answer_in_use,
    .name_member = "profileName",
    .texts = (const char *const[]){"profileName", NULL},
    .change = STORE_UPDATE,
    .name = name_row,
    .read = read_body,
    .put = put_row,
};

RPS_KIND_HANDLERS(ieee8021x)
