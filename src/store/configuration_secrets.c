#include "store/configuration_secrets.h"

#include "core/json_reader.h"
#include "core/log.h"

#include <string.h>

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

/* Without a slash, so that no tenant's path is another's. */
static const char *escape(struct arena *arena, const char *tenant)
{
    static const char digits[] = "0123456789ABCDEF";
    char *text = arena_alloc(arena, strlen(tenant) * 3 + 1);
    char *end = text;
    for (; *tenant != '\0'; tenant++) {
        unsigned char byte = (unsigned char)*tenant;
        if (is_plain(*tenant)) {
            *end++ = *tenant;
            continue;
        }
        *end++ = '%';
        *end++ = digits[byte >> 4];
        *end++ = digits[byte & 15];
    }
    return text;
}

const char *configuration_secrets_path(struct arena *arena, const char *tenant, const char *folder,
                                       const char *name)
{
    if (tenant[0] == '\0')
        return arena_printf(arena, "%s/%s", folder, name);
    return arena_printf(arena, "tenants/%s/%s/%s", escape(arena, tenant), folder, name);
}

void configuration_change_init(struct configuration_change *change, struct store_secrets *secrets,
                               const char *tenant)
{
    *change = (struct configuration_change){.secrets = secrets, .tenant = tenant};
    arena_init(&change->arena);
}

void configuration_change_fini(struct configuration_change *change)
{
    arena_fini_wiped(&change->arena);
}

static bool is_given(const struct configuration_entry *entry)
{
    return entry->fields[0].value != NULL || entry->fields[1].value != NULL;
}

/* Remembers what is there. */
static bool keep(struct configuration_change *change, size_t place, const char *path,
                 struct error *err)
{
    struct error why;
    struct slice before = {NULL, 0};
    bool was_there =
        change->secrets->methods->get(change->secrets, &change->arena, path, &before, &why);
    if (!was_there && why.code != ERROR_NOT_FOUND) {
        if (err != NULL)
            *err = why;
        return false;
    }
    change->undo[place].path = path;
    change->undo[place].was_there = was_there;
    change->undo[place].before = before;
    return true;
}

/* The entry as it will be; NULL with `err`. */
static json_t *make_entry(struct configuration_change *change, size_t place,
                          const struct configuration_entry *entry, struct error *err)
{
    json_t *json;
    const struct configuration_field *first = &entry->fields[0];
    if (entry->is_whole && first->value != NULL && first->value[0] != '\0') {
        json = json_reader_parse(slice_of_string(first->value), JSON_READER_DEPTH, NULL);
        if (json == NULL)
            (void)error_set(err, ERROR_INVALID, "a pair of certificates is no JSON object");
        return json;
    }
    json = change->afresh || entry->is_whole
               ? json_object()
               : store_secrets_read(change->secrets, change->undo[place].path, err);
    for (size_t i = 0; json != NULL && !entry->is_whole && i < 2; i++) {
        const struct configuration_field *field = &entry->fields[i];
        if (field->key == NULL || field->value == NULL ||
            store_secrets_set(json, field->key, field->value, err))
            continue;
        store_secrets_release(json);
        json = NULL;
    }
    return json;
}

static bool write_entry(struct configuration_change *change, size_t place, struct error *err)
{
    struct store_secrets *secrets = change->secrets;
    const char *path = change->undo[place].path;
    json_t *json =
        change->remove ? json_object() : make_entry(change, place, &change->entries[place], err);
    bool ok = json != NULL;
    if (ok && json_object_size(json) > 0)
        ok = store_secrets_write(secrets, path, json, err);
    else if (ok && change->undo[place].was_there)
        ok = secrets->methods->remove(secrets, path, err);
    if (json != NULL)
        store_secrets_release(json);
    return ok;
}

bool configuration_change_run(void *context, const char *name, struct error *err)
{
    struct configuration_change *change = context;
    for (size_t i = 0; i < CONFIGURATION_ENTRIES_MOST; i++) {
        const struct configuration_entry *entry = &change->entries[i];
        if (entry->folder == NULL || (!is_given(entry) && !change->afresh && !change->remove))
            continue;
        const char *path =
            configuration_secrets_path(&change->arena, change->tenant, entry->folder, name);
        if (!keep(change, i, path, err) || !write_entry(change, i, err))
            return false;
    }
    return true;
}

void configuration_change_undo(struct configuration_change *change)
{
    struct store_secrets *secrets = change->secrets;
    for (size_t i = 0; i < CONFIGURATION_ENTRIES_MOST; i++) {
        const char *path = change->undo[i].path;
        struct error why;
        if (path == NULL)
            continue;
        bool ok = change->undo[i].was_there
                      ? secrets->methods->put(secrets, path, change->undo[i].before, &why)
                      : secrets->methods->remove(secrets, path, &why);
        if (!ok)
            log_line(LOG_ERROR, "a secret could not be put back", "path", path, "error", why.text,
                     NULL);
        change->undo[i].path = NULL;
    }
}
