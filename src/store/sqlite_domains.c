/* Domains. */
#include "store/sqlite_configurations.h"

#include <string.h>

#define FIELD(name) offsetof(struct store_domain, name)

static const struct sqlite_column columns[] = {
    {SQLITE_TO_TEXT, FIELD(suffix)},
    {SQLITE_TO_TEXT, FIELD(format)},
    {SQLITE_TO_TIME, FIELD(expires)},
    {SQLITE_TO_END, 0},
};

/* A suffix is one domain's. */
static bool check(struct sqlite_file *file, struct arena *arena, const char *tenant,
                  const void *row, struct store_refusal *refusal, struct error *err)
{
    const struct store_domain *domain = row;
    sqlite3_stmt *statement = sqlite_file_statement(
        file, SQLITE_SLOT_CONFIGURATION_NAME + SQLITE_NAME_OF_SUFFIX,
        "SELECT name FROM domains WHERE tenant_id = ?1 AND domain_suffix = ?2 AND name <> ?3", err);
    if (statement == NULL)
        return false;
    sqlite_file_bind(statement, 1, tenant);
    sqlite_file_bind(statement, 2, domain->suffix);
    sqlite_file_bind(statement, 3, domain->name);
    return sqlite_no_row(file, statement, arena, STORE_CAUSE_EXISTS, STORE_DOMAIN, refusal, err);
}

const struct sqlite_kind sqlite_domain_kind = {
    .label = "domain",
    .size = sizeof(struct store_domain),
    .version = offsetof(struct store_domain, version),
    .columns = columns,
    SQLITE_KIND_SQL("domains", "name",
                    "domain_suffix, provisioning_cert_storage_format, expiration_date",
                    "?4, ?5, ?6"),
    .check = check,
};

/* The domain of exactly this suffix. */
static bool find_suffix(struct sqlite_file *file, struct arena *arena, const char *tenant,
                        const char *suffix, struct store_domain *domain, bool *found,
                        struct error *err)
{
    sqlite3_stmt *statement =
        sqlite_file_statement(file, SQLITE_SLOT_DOMAIN_MATCH,
                              "SELECT name, version, domain_suffix,"
                              " provisioning_cert_storage_format, expiration_date"
                              " FROM domains WHERE tenant_id = ?1 AND domain_suffix = ?2",
                              err);
    if (statement == NULL)
        return false;
    sqlite_file_bind(statement, 1, tenant);
    sqlite_file_bind(statement, 2, suffix);
    enum sqlite_file_step step = sqlite_file_step(file, statement, err);
    *found = step == SQLITE_FILE_ROW;
    if (!*found)
        return step == SQLITE_FILE_DONE;
    (void)sqlite_kind_read(&sqlite_domain_kind, file, statement, arena, tenant, domain, err);
    sqlite_file_reset(statement);
    return true;
}

/* What is behind the first dot, when two labels are left there. */
static const char *drop_label(const char *fqdn)
{
    const char *dot = strchr(fqdn, '.');
    return dot != NULL && strchr(dot + 1, '.') != NULL ? dot + 1 : NULL;
}

static bool match(struct sqlite_file *file, struct arena *arena, const char *tenant,
                  const char *fqdn, struct store_domain *domain, struct error *err)
{
    bool found = false;
    for (const char *suffix = fqdn; suffix != NULL; suffix = drop_label(suffix)) {
        if (!find_suffix(file, arena, tenant, suffix, domain, &found, err))
            return false;
        if (found)
            return true;
    }
    return error_set(err, ERROR_NOT_FOUND, "no domain has the suffix %s or an ending of it", fqdn);
}

bool sqlite_domain_match(struct store_database *base, struct arena *arena, const char *tenant,
                         const char *fqdn, struct store_domain *domain, struct error *err)
{
    struct sqlite_database *database = (struct sqlite_database *)base;
    struct sqlite_file *file = sqlite_reader_take(database);
    bool ok = sqlite_file_begin(file, false, err);
    if (ok)
        ok = sqlite_file_end(file, match(file, arena, tenant, fqdn, domain, err), err);
    sqlite_reader_give(database, file);
    return ok;
}
