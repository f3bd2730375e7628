#include "store/migrations.h"

#include <inttypes.h>
#include <stdio.h>

/* Spec mps 6.1. A GUID is there once, whatever the tenant. Tags have a table of their own, so that
 * they are found by index; `place` keeps their order. Times are milliseconds since 1970, null when
 * there was none. conn_epoch is the login in this process that presence was last written for. */
static const char *const device_steps[] = {
    "CREATE TABLE devices ("
    " guid TEXT NOT NULL PRIMARY KEY,"
    " tenantid TEXT NOT NULL,"
    " hostname TEXT,"
    " mpsinstance TEXT,"
    " connectionstatus INTEGER NOT NULL DEFAULT 0,"
    " mpsusername TEXT,"
    " friendlyname TEXT,"
    " dnssuffix TEXT,"
    " lastconnected INTEGER,"
    " lastseen INTEGER,"
    " lastdisconnected INTEGER,"
    " deviceinfo TEXT,"
    " conn_epoch INTEGER NOT NULL DEFAULT 0"
    ") STRICT;"
    "CREATE INDEX devices_tenant ON devices (tenantid, guid);"
    "CREATE INDEX devices_hostname ON devices (hostname, tenantid, guid);"
    "CREATE INDEX devices_friendlyname ON devices (friendlyname, tenantid, guid);"
    "CREATE INDEX devices_status ON devices (tenantid, connectionstatus, guid);"
    "CREATE TABLE device_tags ("
    " guid TEXT NOT NULL REFERENCES devices (guid) ON DELETE CASCADE,"
    " place INTEGER NOT NULL,"
    " tag TEXT NOT NULL,"
    " PRIMARY KEY (guid, place)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX device_tags_tag ON device_tags (tag, guid);"
    "CREATE TABLE users ("
    " name TEXT NOT NULL PRIMARY KEY,"
    " hash TEXT NOT NULL"
    ") STRICT, WITHOUT ROWID;",
    /* How AMT is reached on the LAN (spec console 1.5); a device that was there is none of those.
     */
    "ALTER TABLE devices ADD COLUMN username TEXT;"
    "ALTER TABLE devices ADD COLUMN usetls INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE devices ADD COLUMN allowselfsigned INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE devices ADD COLUMN certhash TEXT;",
    /* What was learned about devices (store/inventory.h): one document each, and the columns that
     * are filtered by or shown in lists. */
    "CREATE TABLE inventory ("
    " guid TEXT NOT NULL PRIMARY KEY REFERENCES devices (guid) ON DELETE CASCADE,"
    " document TEXT NOT NULL,"
    " fwversion TEXT,"
    " controlmode TEXT,"
    " powerstate INTEGER,"
    " manufacturer TEXT,"
    " model TEXT,"
    " deviceinfo TEXT"
    ") STRICT;"
    "CREATE INDEX inventory_fwversion ON inventory (fwversion, guid);"
    "CREATE INDEX inventory_controlmode ON inventory (controlmode, guid);"
    "CREATE INDEX inventory_powerstate ON inventory (powerstate, guid);"
    "CREATE INDEX inventory_manufacturer ON inventory (manufacturer, guid);"
    "CREATE INDEX inventory_model ON inventory (model, guid);",
    /* Jobs and what became of each device (store/jobs.h). A device that is deleted stays in the
     * results. `number` orders jobs that were made in one millisecond. */
    "CREATE TABLE jobs ("
    " number INTEGER PRIMARY KEY,"
    " id TEXT NOT NULL UNIQUE,"
    " tenantid TEXT NOT NULL,"
    " operation TEXT NOT NULL,"
    " parameters TEXT NOT NULL,"
    " selection TEXT NOT NULL,"
    " createdby TEXT NOT NULL,"
    " concurrency INTEGER NOT NULL,"
    " timeout_s INTEGER NOT NULL,"
    " wait_s INTEGER NOT NULL,"
    " state INTEGER NOT NULL,"
    " created INTEGER NOT NULL,"
    " started INTEGER,"
    " finished INTEGER"
    ") STRICT;"
    "CREATE INDEX jobs_tenant ON jobs (tenantid, state, number);"
    "CREATE INDEX jobs_state ON jobs (state, number);"
    "CREATE TABLE job_devices ("
    " job INTEGER NOT NULL REFERENCES jobs (number) ON DELETE CASCADE,"
    " place INTEGER NOT NULL,"
    " guid TEXT NOT NULL,"
    " state INTEGER NOT NULL DEFAULT 0,"
    " status TEXT,"
    " returnvalue INTEGER,"
    " error TEXT,"
    " started INTEGER,"
    " finished INTEGER,"
    " PRIMARY KEY (job, place)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX job_devices_state ON job_devices (job, state, place);",
    /* Lists of jobs read neither the devices nor the selections. */
    "ALTER TABLE jobs ADD COLUMN pending INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE jobs ADD COLUMN running INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE jobs ADD COLUMN succeeded INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE jobs ADD COLUMN failed INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE jobs ADD COLUMN skipped INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE jobs ADD COLUMN selectionkind TEXT;"
    "ALTER TABLE jobs ADD COLUMN selectionsize INTEGER NOT NULL DEFAULT 0;"
    "UPDATE jobs SET"
    " pending = (SELECT count(*) FROM job_devices WHERE job = number AND state = 0),"
    " running = (SELECT count(*) FROM job_devices WHERE job = number AND state = 1),"
    " succeeded = (SELECT count(*) FROM job_devices WHERE job = number AND state = 2),"
    " failed = (SELECT count(*) FROM job_devices WHERE job = number AND state = 3),"
    " skipped = (SELECT count(*) FROM job_devices WHERE job = number AND state = 4),"
    " selectionkind = (SELECT key FROM json_each(selection) WHERE key <> 'method' LIMIT 1),"
    " selectionsize = (SELECT count(*) FROM json_each(selection) AS kind, json_each(kind.value)"
    " WHERE kind.key <> 'method');",
    /* What provisioning is configured with: the toolkit's tables (spec rps 5.1) without the columns
     * that are secrets, legacy or never written. NOCASE is its citext, JSON text its arrays,
     * `version` its xmin: numbers that grow whatever is written or deleted. */
    "CREATE TABLE configuration_version (last INTEGER NOT NULL) STRICT;"
    "INSERT INTO configuration_version (last) VALUES (0);"
    "CREATE TABLE domains ("
    " name TEXT NOT NULL COLLATE NOCASE,"
    " domain_suffix TEXT NOT NULL COLLATE NOCASE,"
    " provisioning_cert_storage_format TEXT NOT NULL,"
    " expiration_date INTEGER NOT NULL,"
    " tenant_id TEXT NOT NULL,"
    " version INTEGER NOT NULL,"
    " PRIMARY KEY (tenant_id, name),"
    " UNIQUE (tenant_id, domain_suffix)"
    ") STRICT;"
    "CREATE TABLE ciraconfigs ("
    " cira_config_name TEXT NOT NULL COLLATE NOCASE,"
    " mps_server_address TEXT NOT NULL,"
    " mps_port INTEGER NOT NULL,"
    " user_name TEXT NOT NULL,"
    " common_name TEXT,"
    " server_address_format INTEGER NOT NULL,"
    " auth_method INTEGER NOT NULL,"
    " mps_root_certificate TEXT NOT NULL,"
    " proxydetails TEXT,"
    " tenant_id TEXT NOT NULL,"
    " version INTEGER NOT NULL,"
    " PRIMARY KEY (tenant_id, cira_config_name)"
    ") STRICT;"
    "CREATE TABLE ieee8021xconfigs ("
    " profile_name TEXT NOT NULL COLLATE NOCASE,"
    " auth_protocol INTEGER NOT NULL,"
    " pxe_timeout INTEGER,"
    " wired_interface INTEGER NOT NULL,"
    " tenant_id TEXT NOT NULL,"
    " version INTEGER NOT NULL,"
    " PRIMARY KEY (tenant_id, profile_name)"
    ") STRICT;"
    "CREATE TABLE wirelessconfigs ("
    " wireless_profile_name TEXT NOT NULL COLLATE NOCASE,"
    " authentication_method INTEGER NOT NULL,"
    " encryption_method INTEGER NOT NULL,"
    " ssid TEXT NOT NULL,"
    " link_policy TEXT,"
    " ieee8021x_profile_name TEXT COLLATE NOCASE,"
    " tenant_id TEXT NOT NULL,"
    " version INTEGER NOT NULL,"
    " PRIMARY KEY (tenant_id, wireless_profile_name),"
    " FOREIGN KEY (tenant_id, ieee8021x_profile_name)"
    " REFERENCES ieee8021xconfigs (tenant_id, profile_name)"
    ") STRICT;"
    "CREATE INDEX wirelessconfigs_ieee8021x"
    " ON wirelessconfigs (tenant_id, ieee8021x_profile_name);"
    "CREATE TABLE proxyconfigs ("
    " proxy_config_name TEXT NOT NULL COLLATE NOCASE,"
    " address TEXT NOT NULL COLLATE NOCASE,"
    " info_format INTEGER NOT NULL,"
    " port INTEGER NOT NULL,"
    " network_dns_suffix TEXT NOT NULL,"
    " tenant_id TEXT NOT NULL,"
    " version INTEGER NOT NULL,"
    " PRIMARY KEY (tenant_id, proxy_config_name),"
    " UNIQUE (tenant_id, address, port)"
    ") STRICT;"
    "CREATE TABLE profiles ("
    " profile_name TEXT NOT NULL COLLATE NOCASE,"
    " activation TEXT NOT NULL,"
    " generate_random_password INTEGER NOT NULL,"
    " generate_random_mebx_password INTEGER NOT NULL,"
    " cira_config_name TEXT COLLATE NOCASE,"
    " tags TEXT NOT NULL,"
    " dhcp_enabled INTEGER NOT NULL,"
    " ip_sync_enabled INTEGER,"
    " local_wifi_sync_enabled INTEGER,"
    " uefi_wifi_sync_enabled INTEGER,"
    " tls_mode INTEGER,"
    " tls_signing_authority TEXT,"
    " user_consent TEXT NOT NULL,"
    " ider_enabled INTEGER NOT NULL,"
    " kvm_enabled INTEGER NOT NULL,"
    " sol_enabled INTEGER NOT NULL,"
    " ieee8021x_profile_name TEXT COLLATE NOCASE,"
    " tenant_id TEXT NOT NULL,"
    " version INTEGER NOT NULL,"
    " PRIMARY KEY (tenant_id, profile_name),"
    " FOREIGN KEY (tenant_id, cira_config_name)"
    " REFERENCES ciraconfigs (tenant_id, cira_config_name),"
    " FOREIGN KEY (tenant_id, ieee8021x_profile_name)"
    " REFERENCES ieee8021xconfigs (tenant_id, profile_name)"
    ") STRICT;"
    "CREATE INDEX profiles_cira ON profiles (tenant_id, cira_config_name);"
    "CREATE INDEX profiles_ieee8021x ON profiles (tenant_id, ieee8021x_profile_name);",
    "CREATE TABLE profiles_wirelessconfigs ("
    " wireless_profile_name TEXT NOT NULL COLLATE NOCASE,"
    " profile_name TEXT NOT NULL COLLATE NOCASE,"
    " priority INTEGER NOT NULL,"
    " tenant_id TEXT NOT NULL,"
    " PRIMARY KEY (tenant_id, profile_name, wireless_profile_name, priority),"
    " FOREIGN KEY (tenant_id, wireless_profile_name)"
    " REFERENCES wirelessconfigs (tenant_id, wireless_profile_name),"
    " FOREIGN KEY (tenant_id, profile_name) REFERENCES profiles (tenant_id, profile_name)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX profiles_wirelessconfigs_wireless"
    " ON profiles_wirelessconfigs (tenant_id, wireless_profile_name);"
    "CREATE TABLE profiles_proxyconfigs ("
    " proxy_config_name TEXT NOT NULL COLLATE NOCASE,"
    " profile_name TEXT NOT NULL COLLATE NOCASE,"
    " priority INTEGER NOT NULL,"
    " tenant_id TEXT NOT NULL,"
    " PRIMARY KEY (tenant_id, profile_name, proxy_config_name, priority),"
    " FOREIGN KEY (tenant_id, proxy_config_name)"
    " REFERENCES proxyconfigs (tenant_id, proxy_config_name),"
    " FOREIGN KEY (tenant_id, profile_name) REFERENCES profiles (tenant_id, profile_name)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX profiles_proxyconfigs_proxy"
    " ON profiles_proxyconfigs (tenant_id, proxy_config_name);",
    /* Provisioning sessions (store/provisionings.h), of devices that may not be in `devices` yet
     * or no more. The one that runs has outcome 0. */
    "CREATE TABLE provisionings ("
    " number INTEGER PRIMARY KEY AUTOINCREMENT,"
    " guid TEXT NOT NULL,"
    " tenantid TEXT NOT NULL,"
    " command TEXT NOT NULL,"
    " profile TEXT,"
    " started INTEGER NOT NULL,"
    " finished INTEGER,"
    " outcome INTEGER NOT NULL DEFAULT 0,"
    " step TEXT,"
    " message TEXT,"
    " steps TEXT NOT NULL DEFAULT '[]'"
    ") STRICT;"
    "CREATE INDEX provisionings_guid ON provisionings (guid, number);"
    "CREATE INDEX provisionings_tenant ON provisionings (tenantid, number);"
    "CREATE UNIQUE INDEX provisionings_running ON provisionings (guid) WHERE outcome = 0;",
    /* Devices with secrets and no row (store/newcomers.h). */
    "CREATE TABLE newcomers ("
    " guid TEXT NOT NULL PRIMARY KEY,"
    " tenantid TEXT NOT NULL,"
    " source TEXT NOT NULL,"
    " since INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;",
    /* Secrets are per tenant. */
    "ALTER TABLE newcomers RENAME TO newcomers_once;"
    "CREATE TABLE newcomers ("
    " guid TEXT NOT NULL,"
    " tenantid TEXT NOT NULL,"
    " source TEXT NOT NULL,"
    " since INTEGER NOT NULL,"
    " PRIMARY KEY (guid, tenantid)"
    ") STRICT, WITHOUT ROWID;"
    "INSERT INTO newcomers SELECT guid, tenantid, source, since FROM newcomers_once;"
    "DROP TABLE newcomers_once;",
    /* Whose sessions are kept longer, and who works on a device is known without the database. */
    "ALTER TABLE provisionings ADD COLUMN proven INTEGER NOT NULL DEFAULT 0;"
    "CREATE INDEX provisionings_proven ON provisionings (proven, number);"
    "DROP INDEX provisionings_running;",
};

/* A path and what is sealed under it: nonce, then ciphertext with its tag. */
static const char *const secret_steps[] = {
    "CREATE TABLE secrets ("
    " path TEXT NOT NULL PRIMARY KEY,"
    " sealed BLOB NOT NULL"
    ") STRICT;",
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct {
    const char *const *steps;
    size_t count;
} schemas[] = {
    [MIGRATIONS_DEVICES] = {device_steps, COUNT(device_steps)},
    [MIGRATIONS_SECRETS] = {secret_steps, COUNT(secret_steps)},
};

bool migrations_version(struct sqlite_file *file, int64_t *version, struct error *err)
{
    return sqlite_file_number(file, "PRAGMA user_version", version, err);
}

/* Another process may have taken the step since the version was read; then there is nothing to
 * do. */
static bool run_step(struct sqlite_file *file, const char *sql, size_t step, struct error *err)
{
    if (!sqlite_file_begin(file, true, err))
        return false;
    char pragma[64];
    (void)snprintf(pragma, sizeof pragma, "PRAGMA user_version = %zu", step + 1);
    int64_t version;
    bool ok = migrations_version(file, &version, err);
    if (ok && version == (int64_t)step)
        ok = sqlite_file_execute(file, sql, err) && sqlite_file_execute(file, pragma, err);
    return sqlite_file_end(file, ok, err);
}

static bool read_version(struct sqlite_file *file, enum migrations_schema schema, int64_t *version,
                         struct error *err)
{
    if (!migrations_version(file, version, err))
        return false;
    size_t known = schemas[schema].count;
    return (*version >= 0 && (uint64_t)*version <= known) ||
           error_set(err, ERROR_STORE,
                     "%s has schema %" PRId64 ", this program knows schemas up to %zu: it was "
                     "written by a newer version, so run that one (nothing was changed)",
                     file->name, *version, known);
}

bool migrations_check(struct sqlite_file *file, enum migrations_schema schema, struct error *err)
{
    int64_t version;
    return read_version(file, schema, &version, err) &&
           ((uint64_t)version == schemas[schema].count ||
            error_set(err, ERROR_NOT_FOUND,
                      "%s is not ready for this version yet: start the server once", file->name));
}

bool migrations_run(struct sqlite_file *file, enum migrations_schema schema, struct error *err)
{
    int64_t version;
    if (!read_version(file, schema, &version, err))
        return false;
    for (size_t i = (size_t)version; i < schemas[schema].count; i++)
        if (!run_step(file, schemas[schema].steps[i], i, err))
            return error_wrap(err, "bringing %s to schema %zu", file->name, i + 1);
    return true;
}
