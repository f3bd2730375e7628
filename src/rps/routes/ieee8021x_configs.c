/* /api/v1/admin/ieee8021xconfigs (spec rps 1.7). Credentials are none of them: an Enterprise
 * Assistant gives those per device. */
#include "http/body_value.h"
#include "rps/routes/handlers.h"
#include "rps/routes/kind.h"
#include "rps/routes/routes.h"

RPS_KIND_FUNCTIONS(ieee8021x_config)
RPS_KIND_PUT(ieee8021x_config)

#define FIELD(member, type, name, use) \
    RPS_FIELD(struct store_ieee8021x_config, member, type, name, use)

static const struct rps_field fields[] = {
    FIELD("profileName", RPS_TEXT, name, RPS_SHOW),
    FIELD("authenticationProtocol", RPS_NUMBER_1, protocol, RPS_TAKE),
    FIELD("pxeTimeout", RPS_NUMBER_1, pxe_timeout_s, RPS_SHOW),
    FIELD("wiredInterface", RPS_FLAG, wired, RPS_TAKE),
    {.member = "tenantId", .type = RPS_TENANT},
    FIELD("version", RPS_REVISION, version, RPS_SHOW),
    {.member = NULL},
};

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
    int64_t timeout = http_body_value_number(exchange->json, "pxeTimeout", -1);
    config->pxe_timeout_s = timeout >= 0 && timeout <= 86400 ? (int)timeout : -1;
}

const struct rps_kind rps_ieee8021x_kind = {
    .label = "802.1x",
    .base = "/api/v1/admin/ieee8021xconfigs",
    .row_size = sizeof(struct store_ieee8021x_config),
    .fields = fields,
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
    .answer_in_use = answer_in_use,
    .change = STORE_UPDATE,
    .read = read_body,
    .put = put_row,
};

RPS_KIND_HANDLERS(ieee8021x)
