/* /api/v1/admin/ciraconfigs (spec rps 1.4). */
#include "core/log.h"
#include "http/body_value.h"
#include "rps/cira_name.h"
#include "rps/routes/handlers.h"
#include "rps/routes/kind.h"
#include "rps/routes/routes.h"

RPS_KIND_FUNCTIONS(cira_config)

#define FIELD(member, type, name, use) RPS_FIELD(struct store_cira_config, member, type, name, use)

static const struct rps_field fields[] = {
    FIELD("configName", RPS_TEXT, name, RPS_SHOW),
    FIELD("mpsServerAddress", RPS_TEXT, address, RPS_TAKE),
    FIELD("mpsPort", RPS_NUMBER, port, RPS_TAKE),
    FIELD("username", RPS_TEXT, username, RPS_TAKE),
    FIELD("commonName", RPS_TEXT, common_name, RPS_FREE),
    FIELD("serverAddressFormat", RPS_NUMBER, address_format, RPS_TAKE),
    FIELD("authMethod", RPS_NUMBER, auth_method, RPS_TAKE),
    FIELD("mpsRootCertificate", RPS_TEXT, root_certificate, RPS_TAKE),
    FIELD("proxyDetails", RPS_TEXT, proxy_details, RPS_TAKE),
    {.member = "password", .type = RPS_CONCEALED, .use = RPS_TAKE},
    {.member = "tenantId", .type = RPS_TENANT},
    FIELD("version", RPS_REVISION, version, RPS_SHOW),
    {.member = NULL},
};

static const char *warn_of_name(const struct http_exchange *exchange, const void *row)
{
    const struct rps_application *application = rps_application_of(exchange);
    const struct store_cira_config *config = row;
    const char *fault =
        rps_cira_name_fault(exchange->arena, config, application->ca_pem, application->cira_pem);
    if (fault != NULL)
        log_line(LOG_WARN, "a CIRA config does not fit this server", "ciraconfig", config->name,
                 "why", fault, NULL);
    return fault;
}

static void read_body(const struct http_exchange *exchange, void *row, const char **secret)
{
    (void)row;
    if (*secret != NULL && *secret[0] == '\0')
        *secret = NULL; /* consoles send the empty field */
    if (*secret == NULL && http_body_value_is_true(exchange->json, "regeneratePassword"))
        *secret = ""; /* each device gets one of its own from now on */
}

static bool put_row(struct store *store, struct arena *arena, const char *tenant,
                    enum store_put how, void *row, const char *secret,
                    struct store_refusal *refusal, struct error *err)
{
    const struct store_cira_secrets secrets = {.password = secret};
    return store_cira_config_put(store, arena, tenant, how, row, &secrets, refusal, err);
}

const struct rps_kind rps_cira_kind = {
    .label = "CIRA",
    .base = "/api/v1/admin/ciraconfigs",
    .row_size = sizeof(struct store_cira_config),
    .fields = fields,
    .listed = {"allCiraConfigs", "Sent configs"},
    .shown = {"getCiraConfig", "Get CIRA config profile : "},
    .created = {"createCiraConfig", "Created "},
    .changed = {"editCiraConfig", "Updated CIRA config profile : "},
    .removed = {"deleteCiraConfig", "Deleted CIRA config : "},
    .taken = "CIRA Config %s already exists.",
    .failed = "Operation failed: %s",
    .failed_remove = "Operation failed: Delete CIRA config : %s",
    .in_use = "CIRA Config: %s is associated with an AMT profile",
    .list = list_rows,
    .get = get_row,
    .remove = remove_row,
    .change = STORE_UPDATE,
    .header_wins = true,
    .read = read_body,
    .warn = warn_of_name,
    .put = put_row,
};

RPS_KIND_HANDLERS(cira)
