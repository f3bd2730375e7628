#include "store/secrets.h"

#include "core/json_reader.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

const char *store_secrets_device_path(const struct guid *guid,
                                      char path[STORE_SECRETS_DEVICE_PATH_SIZE])
{
    memcpy(path, "devices/", 8);
    guid_format(guid, path + 8);
    return path;
}

/* ---- entries ---- */

static void wipe(const json_t *value)
{
    if (json_is_string(value))
        memory_wipe((char *)(uintptr_t)json_string_value(value), json_string_length(value));
}

void store_secrets_release(json_t *entry)
{
    const char *key;
    json_t *value;
    json_object_foreach(entry, key, value)
    {
        const char *inner_key;
        json_t *inner;
        wipe(value);
        json_object_foreach(value, inner_key, inner)
        {
            wipe(inner);
        }
    }
    json_decref(entry);
}

json_t *store_secrets_read(struct store_secrets *secrets, const char *path, struct error *err)
{
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
    } else if (cause.code == ERROR_NOT_FOUND) {
        entry = json_object();
    } else if (err != NULL) {
        *err = cause;
    }
    arena_fini_wiped(&arena);
    return entry;
}

bool store_secrets_write(struct store_secrets *secrets, const char *path, const json_t *entry,
                         struct error *err)
{
    char *text = json_dumps(entry, JSON_COMPACT);
    size_t size = text == NULL ? 0 : strlen(text);
    bool ok = text != NULL ? secrets->methods->put(secrets, path, slice_of(text, size), err)
                           : error_set(err, ERROR_INTERNAL,
                                       "the secrets at %s cannot be written as JSON", path);
    memory_wipe(text, size);
    free(text);
    return ok;
}

const char *store_secrets_text(const json_t *entry, const char *name, struct error *err)
{
    const json_t *value = json_object_get(entry, name);
    if (value == NULL || json_is_null(value))
        return "";
    const char *text = json_string_value(value);
    if (text != NULL && strlen(text) == json_string_length(value))
        return text;
    (void)error_set(err, ERROR_STORE, "the %s of a secret is no text", name);
    return NULL;
}

bool store_secrets_set(json_t *entry, const char *name, const char *value, struct error *err)
{
    json_t *text = value[0] == '\0' ? NULL : json_string(value);
    if (text == NULL && value[0] != '\0')
        return error_set(err, ERROR_INVALID, "a password is not well-formed UTF-8");
    wipe(json_object_get(entry, name));
    if (text == NULL)
        (void)json_object_del(entry, name);
    else
        (void)json_object_set_new(entry, name, text);
    return true;
}

/* ---- of devices ---- */

/* Beside the passwords; the toolkit leaves it alone. */
#define TENANT "TENANT_ID"

const char *store_secrets_tenant(const json_t *entry)
{
    const char *owner = json_string_value(json_object_get(entry, TENANT));
    return owner == NULL ? "" : owner;
}

bool store_secrets_set_tenant(json_t *entry, const char *tenant, struct error *err)
{
    if (tenant[0] == '\0')
        (void)json_object_del(entry, TENANT);
    else if (json_object_set_new(entry, TENANT, json_string(tenant)) != 0)
        return error_set(err, ERROR_INVALID, "a tenant is not well-formed UTF-8");
    return true;
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
    if (changes->mps_password != NULL &&
        !store_secrets_set(entry, "MPS_PASSWORD_PREVIOUS", "", err))
        return false;
    if (json_object_size(entry) == 0 || strcmp(store_secrets_tenant(entry), tenant) == 0)
        return true;
    *changed = true;
    return store_secrets_set_tenant(entry, tenant, err);
}

bool store_secrets_merge(struct store_secrets *secrets, const struct guid *guid, const char *tenant,
                         const struct store_device_secrets *changes, bool is_new, struct error *err)
{
    static const struct store_device_secrets none;
    char path[STORE_SECRETS_DEVICE_PATH_SIZE];
    json_t *entry = store_secrets_read(secrets, store_secrets_device_path(guid, path), err);
    if (entry == NULL)
        return false;
    bool changed = false;
    if (is_new && json_object_size(entry) > 0 && strcmp(store_secrets_tenant(entry), tenant) != 0) {
        store_secrets_release(entry);
        entry = json_object();
        changed = true;
    }
    bool ok = merge(entry, tenant, changes == NULL ? &none : changes, &changed, err) &&
              (!changed || store_secrets_write(secrets, path, entry, err));
    store_secrets_release(entry);
    return ok;
}

static bool copy_text(const json_t *entry, const char *name, char *text, size_t size,
                      struct error *err)
{
    const char *value = store_secrets_text(entry, name, err);
    if (value == NULL)
        return false;
    if (strlen(value) >= size)
        return error_set(err, ERROR_STORE, "the %s of a device is too long", name);
    memcpy(text, value, strlen(value) + 1);
    return true;
}

bool store_secrets_password(struct store_secrets *secrets, const struct guid *guid,
                            const char *name, char *text, size_t size, struct error *err)
{
    char path[STORE_SECRETS_DEVICE_PATH_SIZE];
    text[0] = '\0';
    json_t *entry = store_secrets_read(secrets, store_secrets_device_path(guid, path), err);
    if (entry == NULL)
        return false;
    bool ok = copy_text(entry, name, text, size, err);
    store_secrets_release(entry);
    return ok;
}

bool store_secrets_login(struct store_secrets *secrets, const struct guid *guid,
                         struct store_login *login, struct error *err)
{
    char path[STORE_SECRETS_DEVICE_PATH_SIZE];
    login->mps_password[0] = login->mps_previous[0] = '\0';
    json_t *entry = store_secrets_read(secrets, store_secrets_device_path(guid, path), err);
    if (entry == NULL)
        return false;
    bool ok =
        copy_text(entry, "MPS_PASSWORD", login->mps_password, sizeof login->mps_password, err) &&
        copy_text(entry, "MPS_PASSWORD_PREVIOUS", login->mps_previous, sizeof login->mps_previous,
                  err);
    store_secrets_release(entry);
    return ok;
}
