/* /api/v1/admin/ciraconfigs (spec rps 1.4). */
#include "http/body_value.h"
#include "rps/routes/handlers.h"
#include "rps/routes/kind.h"
#include "rps/routes/routes.h"

RPS_KIND_FUNCTIONS(cira_config)

static void write_config(struct json_writer *json, const char *tenant, const void *row)
{
    const struct store_cira_config *config = row;
    json_open_object(json);
    json_put_member_string(json, "configName", config->name);
    json_put_member_string(json, "mpsServerAddress", config->address);
    json_put_member_int(json, "mpsPort", config->port);
    json_put_member_string(json, "username", config->username);
    json_put_member_string(json, "commonName", config->common_name);
    json_put_member_int(json, "serverAddressFormat", config->address_format);
    json_put_member_int(json, "authMethod", config->auth_method);
    json_put_member_string(json, "mpsRootCertificate", config->root_certificate);
    json_put_member_string(json, "proxyDetails", config->proxy_details);
    json_put_member_string(json, "tenantId", tenant);
    rps_put_version(json, config->version);
    json_close_object(json);
}

static uint64_t version_of(const void *row)
{
    return ((const struct store_cira_config *)row)->version;
}

static void answer_in_use(struct http_exchange *exchange, const char *name,
                          const struct store_refusal *refusal)
{
    (void)refusal;
    rps_answer_refusal(
        exchange, "Foreign key violation",
        arena_printf(exchange->arena, "CIRA Config: %s is associated with an AMT profile", name));
}

const struct rps_kind rps_cira_kind = {
    .label = "CIRA",
    .base = "/api/v1/admin/ciraconfigs",
    .row_size = sizeof(struct store_cira_config),
    .listed = {"allCiraConfigs", "Sent configs"},
    .shown = {"getCiraConfig", "Get CIRA config profile : "},
    .created = {"createCiraConfig", "Created "},
    .changed = {"editCiraConfig", "Updated CIRA config profile : "},
    .removed = {"deleteCiraConfig", "Deleted CIRA config : "},
    .taken = "CIRA Config %s already exists.",
    .failed = "Operation failed: %s",
    .failed_remove = "Operation failed: Delete CIRA config : %s",
    .list = list_rows,
    .get = get_row,
    .remove = remove_row,
    .write = write_config,
    .version = version_of,
    .answer_in_use = answer_in_use,
};

void rps_cira_list(struct http_exchange *exchange)
{
    rps_kind_list(exchange, &rps_cira_kind);
}

void rps_cira_show(struct http_exchange *exchange)
{
    rps_kind_show(exchange, &rps_cira_kind);
}

void rps_cira_remove(struct http_exchange *exchange)
{
    rps_kind_remove(exchange, &rps_cira_kind);
}

static void take_text(const struct http_exchange *exchange, const char *member, const char **to)
{
    if (rps_body_has(exchange, member))
        *to = rps_body_string(exchange, member);
}

static void take_number(const struct http_exchange *exchange, const char *member, unsigned *to)
{
    *to = (unsigned)http_body_value_number(exchange->json, member, *to);
}

/* What is not given keeps its value. */
static void read_body(const struct http_exchange *exchange, struct store_cira_config *config,
                      struct store_cira_secrets *secrets)
{
    take_text(exchange, "mpsServerAddress", &config->address);
    take_number(exchange, "mpsPort", &config->port);
    take_text(exchange, "username", &config->username);
    if (json_object_get(exchange->json, "commonName") != NULL)
        config->common_name = rps_body_string(exchange, "commonName");
    take_number(exchange, "serverAddressFormat", &config->address_format);
    take_number(exchange, "authMethod", &config->auth_method);
    take_text(exchange, "mpsRootCertificate", &config->root_certificate);
    take_text(exchange, "proxyDetails", &config->proxy_details);
    secrets->password = rps_body_string(exchange, "password");
    if (secrets->password != NULL && secrets->password[0] == '\0')
        secrets->password = NULL; /* consoles send the empty field */
    if (secrets->password == NULL && http_body_value_is_true(exchange->json, "regeneratePassword"))
        secrets->password = ""; /* each device gets one of its own from now on */
}

static bool has_texts(struct http_exchange *exchange)
{
    return rps_has_texts(
        exchange, (const char *const[]){"configName", "mpsServerAddress", "username", "commonName",
                                        "mpsRootCertificate", "proxyDetails", "password", NULL});
}

void rps_cira_create(struct http_exchange *exchange)
{
    const char *name = rps_body_string(exchange, "configName");
    struct store_cira_config config = {.name = name};
    struct store_cira_secrets secrets;
    struct store_refusal refusal = {.cause = STORE_CAUSE_NONE};
    struct error err;
    error_clear(&err);
    if (!has_texts(exchange))
        return;
    read_body(exchange, &config, &secrets);
    if (store_cira_config_put(rps_application_of(exchange)->store, exchange->arena,
                              rps_tenant(exchange), STORE_INSERT, &config, &secrets, &refusal,
                              &err))
        rps_kind_answer_created(exchange, &rps_cira_kind, name, &config);
    else
        rps_kind_answer_failure(exchange, &rps_cira_kind, name, &config, &refusal, &err);
}

void rps_cira_change(struct http_exchange *exchange)
{
    const char *name = rps_body_string(exchange, "configName");
    struct store_cira_config config;
    struct store_cira_secrets secrets;
    struct store_refusal refusal = {.cause = STORE_CAUSE_NONE};
    struct error err;
    error_clear(&err);
    if (!has_texts(exchange) ||
        !rps_kind_get(exchange, &rps_cira_kind, slice_of_string(name), &config))
        return;
    read_body(exchange, &config, &secrets);
    config.version = rps_kind_version(exchange, true);
    if (store_cira_config_put(rps_application_of(exchange)->store, exchange->arena,
                              rps_tenant(exchange), STORE_UPDATE, &config, &secrets, &refusal,
                              &err))
        rps_kind_answer_changed(exchange, &rps_cira_kind, name, &config);
    else
        rps_kind_answer_failure(exchange, &rps_cira_kind, name, &config, &refusal, &err);
}
