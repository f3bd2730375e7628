/* /api/v1/admin/proxyconfigs (spec rps 1.8). The last writer wins: clients are told no version. */
#include "http/body_value.h"
#include "http/check.h"
#include "rps/routes/handlers.h"
#include "rps/routes/kind.h"
#include "rps/routes/routes.h"

RPS_KIND_FUNCTIONS(proxy_config)
RPS_KIND_NAME(proxy_config)

static void write_config(struct json_writer *json, const char *tenant, const void *row)
{
    const struct store_proxy_config *config = row;
    json_open_object(json);
    json_put_member_string(json, "name", config->name);
    json_put_member_string(json, "address", config->address);
    json_put_member_int(json, "infoFormat", config->format);
    json_put_member_int(json, "port", config->port);
    json_put_member_string(json, "networkDnsSuffix", config->dns_suffix);
    json_put_member_string(json, "tenantId", tenant);
    json_close_object(json);
}

static void answer_in_use(struct http_exchange *exchange, const char *name,
                          const struct store_refusal *refusal)
{
    (void)refusal;
    rps_answer_refusal(exchange, "Foreign key violation",
                       arena_printf(exchange->arena,
                                    "Proxy profile: %s is associated with an AMT Profile.", name));
}

static void read_body(const struct http_exchange *exchange, void *row, const char **secret)
{
    struct store_proxy_config *config = row;
    (void)secret;
    config->address = rps_body_string(exchange, "address");
    config->port = (unsigned)http_body_value_number(exchange->json, "port", 0);
    config->dns_suffix = rps_body_string(exchange, "networkDnsSuffix");
    struct slice address = slice_of_string(config->address);
    config->format = slice_index_of(address, ':') < address.size ? 4
                     : http_check_ipv4(address)                  ? 3
                                                                 : 201;
}

static bool put_row(struct store *store, struct arena *arena, const char *tenant,
                    enum store_put how, void *row, const char *secret,
                    struct store_refusal *refusal, struct error *err)
{
    (void)secret;
    return store_proxy_config_put(store, arena, tenant, how, row, refusal, err);
}

const struct rps_kind rps_proxy_kind = {
    .label = "Proxy",
    .base = "/api/v1/admin/proxyconfigs",
    .row_size = sizeof(struct store_proxy_config),
    .listed = {"allProxyConfigs", "Sent proxy configs"},
    .shown = {"getProxyProfile", "Sent Profile : "},
    .created = {"createProxyConfigs", "Created proxy profile: "},
    .changed = {"editProxyConfig", "Updated proxy configuration : "},
    .removed = {"deleteProxyProfile", "Deleted proxy configuration : "},
    .taken = "Proxy profile %s already exists",
    .failed = "Operation failed for Proxy profile: %s",
    .failed_remove = "Operation failed: Delete proxy configuration : %s",
    .list = list_rows,
    .get = get_row,
    .remove = remove_row,
    .write = write_config,
    .answer_in_use = answer_in_use,
    .name_member = "name",
    .texts = (const char *const[]){"name", "address", "networkDnsSuffix", NULL},
    .change = STORE_REPLACE,
    .name = name_row,
    .read = read_body,
    .put = put_row,
};

RPS_KIND_HANDLERS(proxy)
