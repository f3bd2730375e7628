/* /api/v1/admin/domains (spec rps 1.3): provisioning certificates with their keys. Files are opened
 * on a worker, since deriving their key takes as long as they say. */
#include "amt/provisioning_certificate.h"
#include "core/memory.h"
#include "http/validate.h"
#include "io/work.h"
#include "rps/routes/handlers.h"
#include "rps/routes/kind.h"
#include "rps/routes/routes.h"

RPS_KIND_FUNCTIONS(domain)

#define FIELD(member, type, name, use) RPS_FIELD(struct store_domain, member, type, name, use)

static const struct rps_field fields[] = {
    FIELD("profileName", RPS_TEXT, name, RPS_SHOW),
    FIELD("domainSuffix", RPS_TEXT, suffix, RPS_SHOW),
    FIELD("provisioningCertStorageFormat", RPS_TEXT, format, RPS_SHOW),
    FIELD("expirationDate", RPS_TIME, expires, RPS_SHOW),
    {.member = "tenantId", .type = RPS_TENANT},
    FIELD("version", RPS_REVISION, version, RPS_SHOW),
    {.member = NULL},
};

const struct rps_kind rps_domain_kind = {
    .label = "Domain",
    .base = "/api/v1/admin/domains",
    .row_size = sizeof(struct store_domain),
    .fields = fields,
    .listed = {"getAllDomains", "Sent domains"},
    .shown = {"getDomain", "Sent Domain : "},
    .created = {"createDomain", "Created Domain : "},
    .changed = {"editDomain", "Domain Updated : "},
    .removed = {"deleteDomain", "Domain Deleted : "},
    .taken = "Domain %s ID or Suffix already exists",
    .failed = "Operation failed: %s",
    .failed_remove = "Operation failed: Delete domain : %s",
    .list = list_rows,
    .get = get_row,
    .remove = remove_row,
};

RPS_KIND_READERS(domain)

/* ---- the certificate ---- */

struct certificate_job {
    struct arena *arena;
    struct slice pfx, password, suffix;
    int64_t expires;
    const char *message; /* what is wrong with it; NULL: nothing */
    bool only_expiry;
};

#define UNREADABLE                                                                            \
    "Unable to decrypt provisioning certificate. Please check that the password is correct, " \
    "and that the certificate is a valid certificate."

static void look_at_certificate(void *arg)
{
    struct certificate_job *job = arg;
    struct error err;
    error_clear(&err);
    if (!job->only_expiry)
        job->message = amt_provisioning_certificate_check(job->arena, job->pfx, job->password,
                                                          job->suffix, &job->expires);
    else if (!amt_provisioning_certificate_expiry(job->pfx, job->password, &job->expires, &err))
        job->message = err.code == ERROR_UNSUPPORTED
                           ? arena_string(job->arena, slice_of_string(err.text))
                           : UNREADABLE;
}

static void run_job(const struct http_exchange *exchange, struct certificate_job *job)
{
    struct error err;
    error_clear(&err);
    if (!io_work(rps_application_of(exchange)->workers, look_at_certificate, job, &err))
        job->message = "Too many certificates are looked at; try again";
}

/* The last rule of the certificate: checks it with the password and the suffix beside it. */
const char *rps_check_certificate(struct http_exchange *exchange, const json_t *value)
{
    struct certificate_job job = {
        .arena = exchange->arena,
        .pfx = rps_value_text(exchange, value),
        .password = rps_body_text(exchange, "provisioningCertPassword"),
        .suffix = rps_body_text(exchange, "domainSuffix"),
    };
    if (job.pfx.size == 0 || job.password.size == 0)
        return NULL; /* has been said */
    run_job(exchange, &job);
    return job.message;
}

static bool has_texts(struct http_exchange *exchange)
{
    return rps_has_texts(exchange,
                         (const char *const[]){"profileName", "domainSuffix", "provisioningCert",
                                               "provisioningCertPassword", NULL});
}

void rps_domain_create(struct http_exchange *exchange)
{
    const char *name = rps_body_string(exchange, "profileName");
    struct store_domain domain = {
        .name = name,
        .suffix = rps_body_string(exchange, "domainSuffix"),
        .format = rps_body_string(exchange, "provisioningCertStorageFormat"),
    };
    const struct store_domain_secrets secrets = {
        .pfx_base64 = rps_body_string(exchange, "provisioningCert"),
        .password = rps_body_string(exchange, "provisioningCertPassword"),
    };
    struct store_refusal refusal = {.cause = STORE_CAUSE_NONE};
    struct error err;
    error_clear(&err);
    if (!has_texts(exchange))
        return;
    struct certificate_job job = {
        .arena = exchange->arena,
        .pfx = slice_of_string(secrets.pfx_base64),
        .password = slice_of_string(secrets.password),
        .only_expiry = true,
    };
    run_job(exchange, &job);
    if (job.message != NULL) {
        http_answer_invalid(exchange, "provisioningCert", job.message);
        return;
    }
    domain.expires = job.expires;
    if (store_domain_put(rps_application_of(exchange)->store, exchange->arena, rps_tenant(exchange),
                         STORE_INSERT, &domain, &secrets, &refusal, &err))
        rps_kind_answer_created(exchange, &rps_domain_kind, name, &domain);
    else
        rps_kind_answer_failure(exchange, &rps_domain_kind, name, &domain, &refusal, &err);
}

/* A new certificate or a new password must fit what stays of the other. False when it has answered.
 */
static bool check_pair(struct http_exchange *exchange, struct store_domain *domain,
                       const struct store_domain_secrets *given)
{
    struct certificate_job job = {.arena = exchange->arena, .only_expiry = true};
    struct slice pfx = {NULL, 0};
    struct slice password = {NULL, 0};
    struct error err;
    error_clear(&err);
    if (given->pfx_base64 == NULL && given->password == NULL)
        return true;
    if ((given->pfx_base64 == NULL || given->password == NULL) &&
        !store_domain_certificate(rps_application_of(exchange)->store, exchange->arena,
                                  rps_tenant(exchange), domain->name, &pfx, &password, &err)) {
        rps_kind_answer_failure(exchange, &rps_domain_kind, domain->name, domain, NULL, &err);
        return false;
    }
    job.pfx = given->pfx_base64 != NULL ? slice_of_string(given->pfx_base64) : pfx;
    job.password = given->password != NULL ? slice_of_string(given->password) : password;
    run_job(exchange, &job);
    memory_wipe((void *)(uintptr_t)pfx.data, pfx.size);
    memory_wipe((void *)(uintptr_t)password.data, password.size);
    if (job.message != NULL)
        http_answer_invalid(
            exchange, given->pfx_base64 != NULL ? "provisioningCert" : "provisioningCertPassword",
            job.message);
    domain->expires = job.expires;
    return job.message == NULL;
}

void rps_domain_change(struct http_exchange *exchange)
{
    const char *name = rps_body_string(exchange, "profileName");
    const struct store_domain_secrets secrets = {
        .pfx_base64 = rps_body_text(exchange, "provisioningCert").size == 0
                          ? NULL
                          : rps_body_string(exchange, "provisioningCert"),
        .password = rps_body_text(exchange, "provisioningCertPassword").size == 0
                        ? NULL
                        : rps_body_string(exchange, "provisioningCertPassword"),
    };
    struct store_domain domain;
    struct store_refusal refusal = {.cause = STORE_CAUSE_NONE};
    struct error err;
    error_clear(&err);
    if (!has_texts(exchange) ||
        !rps_kind_get(exchange, &rps_domain_kind, slice_of_string(name), &domain))
        return;
    domain.version = rps_kind_version(exchange, false);
    domain.format = rps_body_string(exchange, "provisioningCertStorageFormat");
    if (rps_body_text(exchange, "domainSuffix").size > 0)
        domain.suffix = rps_body_string(exchange, "domainSuffix");
    if (!check_pair(exchange, &domain, &secrets))
        return;
    if (store_domain_put(rps_application_of(exchange)->store, exchange->arena, rps_tenant(exchange),
                         STORE_UPDATE, &domain, &secrets, &refusal, &err))
        rps_kind_answer_changed(exchange, &rps_domain_kind, name, &domain);
    else
        rps_kind_answer_failure(exchange, &rps_domain_kind, name, &domain, &refusal, &err);
}
