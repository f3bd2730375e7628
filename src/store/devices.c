/* The device calls of store/store.h. */
#include "core/memory.h"
#include "store/call.h"
#include "store/logins.h"
#include "store/password_entry.h"
#include "store/versions.h"

#include <string.h>

struct device_call {
    struct store_call call;
    struct arena *arena;
    const struct guid *guid;
    const char *tenant;
    struct store_device *device;
    unsigned fields;
    const struct store_device_secrets *secrets;
    bool flag; /* put: must_exist; delete: with_secrets */
    bool created;
};

static void run_get(struct store_call *base)
{
    struct device_call *call = (struct device_call *)base;
    struct store_database *database = base->store->database;
    base->ok = database->methods->device_get(database, call->arena, call->guid, call->tenant,
                                             call->device, &base->err);
}

bool store_device_get(struct store *store, struct arena *arena, const struct guid *guid,
                      const char *tenant, struct store_device *device, struct error *err)
{
    struct device_call call = {
        .call.run = run_get, .arena = arena, .guid = guid, .tenant = tenant, .device = device};
    return store_call_read(store, &call.call, err);
}

static bool fits(const char *text, size_t most)
{
    return text == NULL || strlen(text) <= most;
}

/* What a conversation compares with: anything else in the column would pin nothing. */
static bool is_cert_hash(const char *text)
{
    size_t length = strlen(text);
    return length == STORE_CERT_HASH_LENGTH && strspn(text, "0123456789abcdef") == length;
}

static bool check_access(const struct store_device *device, unsigned fields, struct error *err)
{
    if ((fields & STORE_USERNAME) != 0 && !fits(device->username, STORE_USERNAME_LIMIT))
        return error_set(err, ERROR_INVALID, "an AMT user name has at most %d characters",
                         STORE_USERNAME_LIMIT);
    if ((fields & STORE_CERT_HASH) != 0 && device->cert_hash != NULL &&
        !is_cert_hash(device->cert_hash))
        return error_set(err, ERROR_INVALID,
                         "the hash of a certificate is %d hexadecimal digits in lower case",
                         STORE_CERT_HASH_LENGTH);
    return true;
}

static bool check_put(const struct store_device *device, unsigned fields,
                      const struct store_device_secrets *secrets, struct error *err)
{
    if (!fits(device->tenant_id, STORE_TENANT_LIMIT))
        return error_set(err, ERROR_INVALID, "a tenant has at most %d characters",
                         STORE_TENANT_LIMIT);
    if ((fields & STORE_MPS_USERNAME) != 0 && !fits(device->mps_username, STORE_MPS_USERNAME_LIMIT))
        return error_set(err, ERROR_INVALID, "a device's user name has at most %d characters",
                         STORE_MPS_USERNAME_LIMIT);
    if ((fields & STORE_TAGS) != 0 && device->tag_count > STORE_TAGS_LIMIT)
        return error_set(err, ERROR_INVALID, "a device has at most %d tags", STORE_TAGS_LIMIT);
    if ((fields & STORE_DEVICE_INFO) != 0 && !fits(device->device_info, STORE_DEVICE_INFO_LIMIT))
        return error_set(err, ERROR_INVALID, "a device's information has at most %d bytes",
                         STORE_DEVICE_INFO_LIMIT);
    if (secrets != NULL && (!fits(secrets->mps_password, STORE_PASSWORD_LIMIT) ||
                            !fits(secrets->amt_password, STORE_PASSWORD_LIMIT) ||
                            !fits(secrets->mebx_password, STORE_PASSWORD_LIMIT)))
        return error_set(err, ERROR_INVALID, "a device's password has at most %d characters",
                         STORE_PASSWORD_LIMIT);
    return check_access(device, fields, err);
}

/* Nobody writes the secrets of a device that is another tenant's, or not there when it has to be:
 * so the row is looked at before them. */
static bool may_put(struct store *store, const struct device_call *call, bool *is_new,
                    struct error *err)
{
    struct arena arena;
    arena_init(&arena);
    struct store_device old;
    struct error cause;
    bool ok;
    *is_new = false;
    if (store->database->methods->device_get(store->database, &arena, &call->device->guid, NULL,
                                             &old, &cause)) {
        ok = strcmp(old.tenant_id, call->device->tenant_id) == 0;
        if (!ok && call->flag)
            (void)store_database_no_device(&call->device->guid, err);
        else if (!ok)
            (void)store_database_other_tenant(&call->device->guid, err);
    } else {
        ok = cause.code == ERROR_NOT_FOUND && !call->flag;
        *is_new = ok;
        if (!ok && err != NULL)
            *err = cause;
    }
    arena_fini(&arena);
    return ok;
}

/* Writes the given passwords into the device's entry. `owner` is the tenant of its row, NULL
 * without one. An administrator has the last word: what he gives is the current one and proven, the
 * one that it takes the place of goes, and of the passwords of the tunnel all others. */
static bool merge_secrets(struct store *store, const struct guid *guid, const char *tenant,
                          const char *owner, const struct store_device_secrets *secrets,
                          struct error *err)
{
    struct password_list lists[STORE_PASSWORD_KINDS];
    struct password_entry entry;
    const char *const given[STORE_PASSWORD_KINDS] = {
        [STORE_PASSWORD_AMT] = secrets->amt_password,
        [STORE_PASSWORD_MEBX] = secrets->mebx_password,
        [STORE_PASSWORD_MPS] = secrets->mps_password,
    };
    bool other;
    bool ok = password_entry_open(&entry, store->secrets, guid, tenant, owner, err) &&
              password_entry_lists(&entry, lists, err);
    for (size_t kind = 0; ok && kind < STORE_PASSWORD_KINDS; kind++) {
        if (given[kind] == NULL)
            continue;
        if (kind == STORE_PASSWORD_MPS) {
            password_list_drop(&lists[kind], true, &other);
            password_list_drop(&lists[kind], false, &other);
        }
        password_list_set(&lists[kind], given[kind]);
    }
    ok = ok && password_entry_set_lists(&entry, lists, err) &&
         password_entry_write(&entry, store->secrets, err);
    password_lists_wipe(lists);
    password_entry_close(&entry);
    return ok;
}

/* Secrets first, so that a device is never there without them. */
static void write_put(struct store_call *base, bool is_new)
{
    struct device_call *call = (struct device_call *)base;
    struct store *store = base->store;
    const struct store_device_secrets *secrets = call->secrets;
    struct guid guid = call->device->guid;
    const char *tenant = call->device->tenant_id;
    if (is_new && tenant[0] != '\0')
        base->ok = password_entry_keep_default(store->secrets, &guid, &base->err);
    if (base->ok && secrets != NULL)
        base->ok = merge_secrets(store, &guid, tenant, is_new ? NULL : tenant, secrets, &base->err);
    base->ok = base->ok && store->database->methods->device_put(
                               store->database, call->arena, call->device, call->fields, call->flag,
                               &call->created, &base->err);
    logins_forget(store->logins, &guid);
}

static void run_put(struct store_call *base)
{
    struct device_call *call = (struct device_call *)base;
    struct versions *versions = base->store->versions;
    struct guid guid = call->device->guid;
    bool is_new;
    base->ok = may_put(base->store, call, &is_new, &base->err);
    if (!base->ok)
        return;
    bool counts = is_new || call->secrets != NULL || (call->fields & STORE_ACCESS_FIELDS) != 0;
    if (counts)
        versions_begin(versions, &guid);
    write_put(base, is_new);
    if (counts)
        versions_end(versions, &guid);
}

bool store_device_put(struct store *store, struct arena *arena, struct store_device *device,
                      unsigned fields, const struct store_device_secrets *secrets, bool must_exist,
                      bool *created, struct error *err)
{
    if (device->tenant_id == NULL)
        device->tenant_id = "";
    if (!check_put(device, fields, secrets, err))
        return false;
    struct device_call call = {.call.run = run_put,
                               .arena = arena,
                               .device = device,
                               .fields = fields,
                               .secrets = secrets,
                               .flag = must_exist};
    bool ok = store_call_write(store, &call.call, err);
    if (created != NULL)
        *created = ok && call.created;
    return ok;
}

/* With the device, or where they stay: an entry at the default tenant's place goes to its owner's
 * while the row tells who that is. */
static bool remove_secrets(struct store *store, const struct device_call *call, const char *tenant,
                           struct error *err)
{
    struct password_entry entry;
    bool ok = password_entry_open(&entry, store->secrets, call->guid, tenant, tenant, err);
    bool had = ok && !password_entry_is_empty(&entry);
    if (ok && call->flag)
        (void)json_object_clear(entry.object);
    if (had && (call->flag || entry.old_path != NULL))
        ok = password_entry_write(&entry, store->secrets, err);
    password_entry_close(&entry);
    return ok;
}

static void delete_row(struct store_call *base, const char *tenant)
{
    struct device_call *call = (struct device_call *)base;
    struct store *store = base->store;
    base->ok = (call->flag || remove_secrets(store, call, tenant, &base->err)) &&
               store->database->methods->device_delete(store->database, call->guid, call->tenant,
                                                       &base->err);
    if (base->ok && call->flag)
        base->ok = remove_secrets(store, call, tenant, &base->err) ||
                   error_wrap(&base->err, "the device is gone, but its secrets are not");
}

static void run_delete(struct store_call *base)
{
    struct device_call *call = (struct device_call *)base;
    struct store *store = base->store;
    struct store_device device;
    struct arena arena;
    arena_init(&arena);
    versions_begin(store->versions, call->guid);
    if (store->database->methods->device_get(store->database, &arena, call->guid, call->tenant,
                                             &device, &base->err))
        delete_row(base, device.tenant_id);
    logins_forget(store->logins, call->guid);
    versions_end(store->versions, call->guid);
    arena_fini(&arena);
}

uint64_t store_device_version(const struct store *store, const struct guid *guid)
{
    return versions_read(store->versions, guid);
}

/* Comes after what is being written, since one thread does all of that. */
static void run_nothing(struct store_call *call)
{
    call->ok = true;
}

bool store_device_settled(struct store *store, const struct guid *guid, uint64_t *version,
                          struct error *err)
{
    for (;;) {
        *version = store_device_version(store, guid);
        if (*version % 2 == 0)
            return true;
        struct store_call call = {.run = run_nothing};
        if (!store_call_write(store, &call, err))
            return false;
    }
}

bool store_device_delete(struct store *store, const struct guid *guid, const char *tenant,
                         bool with_secrets, struct error *err)
{
    struct device_call call = {
        .call.run = run_delete, .guid = guid, .tenant = tenant, .flag = with_secrets};
    return store_call_write(store, &call.call, err);
}

struct list_call {
    struct store_call call;
    struct arena *arena;
    const struct store_filter *filter;
    const char *tenant;
    struct store_device *devices;
    const char **tags;
    size_t count;
    uint64_t total;
    uint64_t connected;
};

static void run_list(struct store_call *base)
{
    struct list_call *call = (struct list_call *)base;
    struct store_database *database = base->store->database;
    base->ok = database->methods->device_list(database, call->arena, call->filter, &call->devices,
                                              &call->count, &call->total, &base->err);
}

bool store_device_list(struct store *store, struct arena *arena, const struct store_filter *filter,
                       struct store_device **devices, size_t *count, uint64_t *total,
                       struct error *err)
{
    struct list_call call = {.call.run = run_list, .arena = arena, .filter = filter};
    if (!store_call_read(store, &call.call, err))
        return false;
    *devices = call.devices;
    *count = call.count;
    *total = call.total;
    return true;
}

static void run_stats(struct store_call *base)
{
    struct list_call *call = (struct list_call *)base;
    struct store_database *database = base->store->database;
    base->ok = database->methods->device_stats(database, call->tenant, &call->total,
                                               &call->connected, &base->err);
}

bool store_device_stats(struct store *store, const char *tenant, uint64_t *total,
                        uint64_t *connected, struct error *err)
{
    struct list_call call = {.call.run = run_stats, .tenant = tenant};
    if (!store_call_read(store, &call.call, err))
        return false;
    *total = call.total;
    *connected = call.connected;
    return true;
}

static void run_tags(struct store_call *base)
{
    struct list_call *call = (struct list_call *)base;
    struct store_database *database = base->store->database;
    base->ok = database->methods->device_tags(database, call->arena, call->tenant, &call->tags,
                                              &call->count, &base->err);
}

bool store_device_tags(struct store *store, struct arena *arena, const char *tenant,
                       const char ***tags, size_t *count, struct error *err)
{
    struct list_call call = {.call.run = run_tags, .arena = arena, .tenant = tenant};
    if (!store_call_read(store, &call.call, err))
        return false;
    *tags = call.tags;
    *count = call.count;
    return true;
}

bool store_login_get(struct store *store, const struct guid *guid, struct store_login *login,
                     struct error *err)
{
    return logins_get(store->logins, guid, login, err);
}

struct amt_password_call {
    struct store_call call;
    struct arena *arena;
    const struct guid *guid;
    struct slice *user; /* NULL: not asked for */
    struct slice *password;
};

/* The stored user, or the default where there is none, and the tenant; the secrets may outlive the
 * row. */
static bool read_amt_user(struct store_call *base, const struct amt_password_call *call,
                          const char **tenant)
{
    struct store_database *database = base->store->database;
    struct store_device device = {.username = NULL};
    struct slice user = SLICE_LITERAL(STORE_USERNAME_DEFAULT);
    *tenant = "";
    if (database->methods->device_get(database, call->arena, call->guid, NULL, &device,
                                      &base->err)) {
        *tenant = device.tenant_id;
        if (device.username != NULL && device.username[0] != '\0')
            user = slice_of_string(device.username);
    } else if (base->err.code != ERROR_NOT_FOUND) {
        return false;
    }
    if (call->user != NULL)
        *call->user = user;
    return true;
}

static void run_amt_password(struct store_call *base)
{
    struct amt_password_call *call = (struct amt_password_call *)base;
    struct password_list lists[STORE_PASSWORD_KINDS];
    struct password_entry entry;
    const char *tenant;
    if (!read_amt_user(base, call, &tenant))
        return;
    base->ok =
        password_entry_open(&entry, base->store->secrets, call->guid, tenant, tenant, &base->err) &&
        password_entry_lists(&entry, lists, &base->err);
    if (base->ok) {
        const struct password_item *item = password_list_likeliest(&lists[STORE_PASSWORD_AMT]);
        if (item != NULL)
            *call->password = arena_copy(call->arena, slice_of_string(item->text));
        else
            base->ok =
                error_set(&base->err, ERROR_NOT_FOUND, "no AMT password is stored for this device");
        password_lists_wipe(lists);
    }
    password_entry_close(&entry);
}

bool store_amt_password(struct store *store, struct arena *arena, const struct guid *guid,
                        struct slice *user, struct slice *password, struct error *err)
{
    struct amt_password_call call = {.call.run = run_amt_password,
                                     .arena = arena,
                                     .guid = guid,
                                     .user = user,
                                     .password = password};
    return store_call_lookup(store, &call.call, err);
}
