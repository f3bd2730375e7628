/* /api/v1/admin/proxyconfigs (spec rps 1.8). The last writer wins: clients are told no version. */
#include "http/check.h"
#include "rps/routes/handlers.h"
#include "rps/routes/kind.h"
#include "rps/routes/routes.h"

RPS_KIND_FUNCTIONS(proxy_config)
RPS_KIND_PUT(proxy_config)

#define FIELD(member, type, name, use) RPS_FIELD(struct store_proxy_config, member, type, name, use)

static const struct rps_field fields[] = {
    FIELD("name", RPS_TEXT, name, RPS_SHOW),
    FIELD("address", RPS_TEXT, address, RPS_TAKE),
    FIELD("infoFormat", RPS_NUMBER, format, RPS_SHOW),
    FIELD("port", RPS_NUMBER, port, RPS_TAKE),
    FIELD("networkDnsSuffix", RPS_TEXT, dns_suffix, RPS_TAKE),
    {.member = "tenantId", .type = RPS_TENANT},
    {.member = NULL},
};

static void read_body(const struct http_exchange *exchange, void *row, const char **secret)
{
    struct store_proxy_config *config = row;
    struct slice address = slice_of_string(config->address);
    (void)exchange;
    (void)secret;
    config->format = slice_index_of(address, ':') < address.size ? 4
                     : http_check_ipv4(address)                  ? 3
                                                                 : 201;
}

const struct rps_kind rps_proxy_kind = {
    .label = "Proxy",
    .base = "/api/v1/admin/proxyconfigs",
    .row_size = sizeof(struct store_proxy_config),
    .fields = fields,
    .listed = {"allProxyConfigs", "Sent proxy configs"},
    .shown = {"getProxyProfile", "Sent Profile : "},
    .created = {"createProxyConfigs", "Created proxy profile: "},
    .changed = {"editProxyConfig", "Updated proxy configuration : "},
    .removed = {"deleteProxyProfile", "Deleted proxy configuration : "},
    .taken = "Proxy profile %s already exists",
    .failed = "Operation failed for Proxy profile: %s",
    .failed_remove = "Operation failed: Delete proxy configuration : %s",
    .in_use = "Proxy profile: %s is associated with an AMT Profile.",
    .list = list_rows,
    .get = get_row,
    .remove = remove_row,
    .change = STORE_REPLACE,
    .read = read_body,
    .put = put_row,
};

RPS_KIND_HANDLERS(proxy)
