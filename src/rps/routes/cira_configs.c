/* /api/v1/admin/ciraconfigs (spec rps 1.4). */
#include "core/log.h"
#include "http/body_value.h"
#include "io/certificate_facts.h"
#include "io/credential.h"
#include "rps/routes/handlers.h"
#include "rps/routes/kind.h"
#include "rps/routes/routes.h"

#define FORMAT_IS_A_NAME 201 /* serverAddressFormat: FQDN */

RPS_KIND_FUNCTIONS(cira_config)
RPS_KIND_NAME(cira_config)

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

/* In DER; false when it is neither PEM nor base64 of a certificate. */
static bool read_certificate(struct arena *arena, struct slice text, struct slice *der)
{
    struct io_credential_certificate certificate;
    struct slice bytes;
    if (!http_body_value_blob(arena, text, &bytes) ||
        !io_credential_certificate(arena, bytes, &certificate, NULL))
        return false;
    *der = certificate.der;
    return true;
}

/* A device that trusts our own CA means to call in here, and hangs up when the certificate has
 * another name than it was told to expect. That is allowed, since another server may have a
 * certificate of this CA; but nothing would tell whoever made a mistake. */
static void warn_of_name(const struct http_exchange *exchange,
                         const struct store_cira_config *config)
{
    const struct rps_application *application = rps_application_of(exchange);
    struct slice root, own, shown;
    const char *name = config->address_format != FORMAT_IS_A_NAME && config->common_name != NULL &&
                               config->common_name[0] != '\0'
                           ? config->common_name
                           : config->address;
    if (name == NULL || config->root_certificate == NULL ||
        !read_certificate(exchange->arena, slice_of_string(config->root_certificate), &root) ||
        !read_certificate(exchange->arena, application->ca_pem, &own) || !slice_equal(root, own) ||
        !read_certificate(exchange->arena, application->cira_pem, &shown) ||
        io_certificate_is_for(shown, name))
        return;
    log_line(LOG_WARN,
             "devices will refuse this server, whose certificate has another name: see "
             "--common-name",
             "ciraconfig", rps_body_string(exchange, "configName"), "expected", name, NULL);
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
static void read_body(const struct http_exchange *exchange, void *row, const char **secret)
{
    struct store_cira_config *config = row;
    take_text(exchange, "mpsServerAddress", &config->address);
    take_number(exchange, "mpsPort", &config->port);
    take_text(exchange, "username", &config->username);
    if (json_object_get(exchange->json, "commonName") != NULL)
        config->common_name = rps_body_string(exchange, "commonName");
    take_number(exchange, "serverAddressFormat", &config->address_format);
    take_number(exchange, "authMethod", &config->auth_method);
    take_text(exchange, "mpsRootCertificate", &config->root_certificate);
    take_text(exchange, "proxyDetails", &config->proxy_details);
    *secret = rps_body_string(exchange, "password");
    if (*secret != NULL && *secret[0] == '\0')
        *secret = NULL; /* consoles send the empty field */
    if (*secret == NULL && http_body_value_is_true(exchange->json, "regeneratePassword"))
        *secret = ""; /* each device gets one of its own from now on */
    warn_of_name(exchange, config);
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
    .name_member = "configName",
    .texts = (const char *const[]){"configName", "mpsServerAddress", "username", "commonName",
                                   "mpsRootCertificate", "proxyDetails", "password", NULL},
    .change = STORE_UPDATE,
    .header_wins = true,
    .name = name_row,
    .read = read_body,
    .put = put_row,
};

RPS_KIND_HANDLERS(cira)
