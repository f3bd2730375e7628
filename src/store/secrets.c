#include "store/secrets.h"

#include "core/json_reader.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

/* ---- entries ---- */

void store_secrets_wipe(const json_t *value)
{
    const char *key;
    json_t *member;
    if (json_is_string(value))
        memory_wipe((char *)(uintptr_t)json_string_value(value), json_string_length(value));
    for (size_t i = 0; i < json_array_size(value); i++)
        store_secrets_wipe(json_array_get(value, i));
    json_object_foreach((json_t *)(uintptr_t)value, key, member)
    {
        store_secrets_wipe(member);
    }
}

void store_secrets_release(json_t *entry)
{
    store_secrets_wipe(entry);
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
    store_secrets_wipe(json_object_get(entry, name));
    if (text == NULL)
        (void)json_object_del(entry, name);
    else
        (void)json_object_set_new(entry, name, text);
    return true;
}
