#include "store/secrets.h"

#include "core/json_reader.h"
#include "core/memory.h"

#include <string.h>

const char *store_secrets_device_path(const struct guid *guid,
                                      char path[STORE_SECRETS_DEVICE_PATH_SIZE])
{
    memcpy(path, "devices/", 8);
    guid_format(guid, path + 8);
    return path;
}

/* Frees a device's entry; its strings are passwords. */
static void release_entry(json_t *entry)
{
    const char *key;
    json_t *value;
    json_object_foreach(entry, key, value)
    {
        if (json_is_string(value))
            memory_wipe((char *)(uintptr_t)json_string_value(value), json_string_length(value));
    }
    json_decref(entry);
}

/* A device's entry; an empty one when there is none. NULL with `err` on failure. */
static json_t *read_entry(struct store_secrets *secrets, const struct guid *guid, struct error *err)
{
    char path[STORE_SECRETS_DEVICE_PATH_SIZE];
    store_secrets_device_path(guid, path);
    struct arena arena;
    arena_init(&arena);
    struct slice text = {0};
    struct error cause;
    json_t *entry = NULL;
    if (secrets->methods->get(secrets, &arena, path, &text, &cause)) {
        entry = json_reader_parse(text, JSON_READER_DEPTH, NULL);
        if (!json_is_object(entry)) {
            json_decref(entry);
            entry = NULL;
            (void)error_set(err, ERROR_STORE, "the secrets at %s are no JSON object", path);
        }
        memory_wipe((uint8_t *)(uintptr_t)text.data, text.size);
    } else if (cause.code == ERROR_NOT_FOUND) {
        entry = json_object();
    } else if (err != NULL) {
        *err = cause;
    }
    arena_fini(&arena);
    return entry;
}

static bool write_entry(struct store_secrets *secrets, const struct guid *guid, json_t *entry,
                        struct error *err)
{
    char path[STORE_SECRETS_DEVICE_PATH_SIZE];
    store_secrets_device_path(guid, path);
    size_t size = json_dumpb(entry, NULL, 0, JSON_COMPACT);
    char *text = memory_new(size + 1);
    bool ok = size > 0 && json_dumpb(entry, text, size, JSON_COMPACT) == size;
    ok = ok ? secrets->methods->put(secrets, path, slice_of(text, size), err)
            : error_set(err, ERROR_INTERNAL, "the secrets at %s cannot be written as JSON", path);
    memory_wipe(text, size);
    free(text);
    return ok;
}

/* Beside the passwords; the toolkit leaves it alone. */
#define TENANT "TENANT_ID"

static bool is_tenants(const json_t *entry, const char *tenant)
{
    const char *owner = json_string_value(json_object_get(entry, TENANT));
    return strcmp(owner == NULL ? "" : owner, tenant) == 0;
}

/* *changed when the entry has to be written. */
static bool merge(json_t *entry, const char *tenant, const struct store_device_secrets *changes,
                  bool *changed, struct error *err)
{
    const struct {
        const char *name;
        const char *value;
    } given[] = {
        {"MPS_PASSWORD", changes->mps_password},
        {"AMT_PASSWORD", changes->amt_password},
        {"MEBX_PASSWORD", changes->mebx_password},
    };
    for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
        if (given[i].value == NULL)
            continue;
        if (json_object_set_new(entry, given[i].name, json_string(given[i].value)) != 0)
            return error_set(err, ERROR_INVALID, "a password is not well-formed UTF-8");
        *changed = true;
    }
    if (json_object_size(entry) == 0 || is_tenants(entry, tenant))
        return true;
    *changed = true;
    if (tenant[0] == '\0')
        (void)json_object_del(entry, TENANT);
    else if (json_object_set_new(entry, TENANT, json_string(tenant)) != 0)
        return error_set(err, ERROR_INVALID, "a tenant is not well-formed UTF-8");
    return true;
}

bool store_secrets_merge(struct store_secrets *secrets, const struct guid *guid, const char *tenant,
                         const struct store_device_secrets *changes, bool is_new, struct error *err)
{
    static const struct store_device_secrets none;
    json_t *entry = read_entry(secrets, guid, err);
    if (entry == NULL)
        return false;
    bool changed = false;
    if (is_new && json_object_size(entry) > 0 && !is_tenants(entry, tenant)) {
        release_entry(entry);
        entry = json_object();
        changed = true;
    }
    bool ok = merge(entry, tenant, changes == NULL ? &none : changes, &changed, err) &&
              (!changed || write_entry(secrets, guid, entry, err));
    release_entry(entry);
    return ok;
}

bool store_secrets_password(struct store_secrets *secrets, const struct guid *guid,
                            const char *name, char *text, size_t size, struct error *err)
{
    text[0] = '\0';
    json_t *entry = read_entry(secrets, guid, err);
    if (entry == NULL)
        return false;
    const json_t *value = json_object_get(entry, name);
    bool ok = true;
    if (json_is_string(value)) {
        size_t length = json_string_length(value);
        if (length < size && memchr(json_string_value(value), '\0', length) == NULL)
            memcpy(text, json_string_value(value), length + 1);
        else
            ok = error_set(err, ERROR_STORE, "the %s of a device is too long", name);
    } else if (value != NULL && !json_is_null(value)) {
        ok = error_set(err, ERROR_STORE, "the %s of a device is no text", name);
    }
    release_entry(entry);
    return ok;
}
