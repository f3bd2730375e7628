#include "store/configuration.h"

#include "core/memory.h"
#include "store/call.h"

#include <string.h>

#define TEXT_LIMIT ((size_t)128 * 1024) /* of any text of a row; a request's body is smaller */

struct configuration_call {
    struct store_call call;
    enum store_kind kind;
    struct arena *arena;
    const char *tenant;
    const char *name;
    void *row;
    enum store_put how;
    struct configuration_change *change; /* NULL: it has no secrets */
    struct store_refusal refusal;
    uint64_t top, skip, total;
    void *rows;
    size_t count;
};

/* ---- what fits ---- */

bool configuration_text_fits(const char *text)
{
    return text == NULL || strlen(text) <= TEXT_LIMIT;
}

static bool is_tenant(const char *tenant, struct error *err)
{
    return strlen(tenant) <= STORE_TENANT_LIMIT ||
           error_set(err, ERROR_INVALID, "a tenant has at most %d characters", STORE_TENANT_LIMIT);
}

static bool is_name(const char *name, struct error *err)
{
    size_t length = name == NULL ? 0 : strlen(name);
    return (length > 0 && length <= STORE_NAME_LIMIT) ||
           error_set(err, ERROR_INVALID, "a name has 1 to %d bytes", STORE_NAME_LIMIT);
}

/* A name to be looked for; one that cannot be there is asked for as "", which no row has. */
static const char *name_of(struct arena *arena, struct slice name)
{
    if (name.size > STORE_NAME_LIMIT ||
        (name.size > 0 && memchr(name.data, '\0', name.size) != NULL))
        return "";
    return arena_string(arena, name);
}

/* ---- calls ---- */

static void run_get(struct store_call *base)
{
    struct configuration_call *call = (struct configuration_call *)base;
    struct store_database *database = base->store->database;
    base->ok = database->methods->configuration_get(database, call->kind, call->arena, call->tenant,
                                                    call->name, call->row, &base->err);
}

bool configuration_get(struct store *store, enum store_kind kind, struct arena *arena,
                       const char *tenant, struct slice name, void *row, struct error *err)
{
    struct configuration_call call = {.call.run = run_get,
                                      .kind = kind,
                                      .arena = arena,
                                      .tenant = tenant,
                                      .name = name_of(arena, name),
                                      .row = row};
    return store_call_lookup(store, &call.call, err);
}

static void run_list(struct store_call *base)
{
    struct configuration_call *call = (struct configuration_call *)base;
    struct store_database *database = base->store->database;
    base->ok = database->methods->configuration_list(
        database, call->kind, call->arena, call->tenant, call->top, call->skip, &call->rows,
        &call->count, &call->total, &base->err);
}

bool configuration_list(struct store *store, enum store_kind kind, struct arena *arena,
                        const char *tenant, uint64_t top, uint64_t skip, void **rows, size_t *count,
                        uint64_t *total, struct error *err)
{
    struct configuration_call call = {.call.run = run_list,
                                      .kind = kind,
                                      .arena = arena,
                                      .tenant = tenant,
                                      .top = top,
                                      .skip = skip};
    if (!store_call_read(store, &call.call, err))
        return false;
    *rows = call.rows;
    *count = call.count;
    *total = call.total;
    return true;
}

/* The secrets are written when all but the commit is done; when that fails, too, they are put back.
 */
static void run_put(struct store_call *base)
{
    struct configuration_call *call = (struct configuration_call *)base;
    struct store_database *database = base->store->database;
    struct store_last_step last = {configuration_change_run, call->change};
    if (call->change != NULL)
        call->change->secrets = base->store->secrets;
    base->ok = database->methods->configuration_put(
        database, call->kind, call->arena, call->tenant, call->how, call->row,
        call->change == NULL ? NULL : &last, &call->refusal, &base->err);
    if (!base->ok && call->change != NULL)
        configuration_change_undo(call->change);
}

static bool finish(bool ok, const struct configuration_call *call, struct store_refusal *refusal)
{
    if (call->change != NULL)
        configuration_change_fini(call->change);
    if (refusal != NULL)
        *refusal = call->refusal;
    return ok;
}

/* `entries` NULL: it has no secrets. */
bool configuration_put(struct store *store, enum store_kind kind, struct arena *arena,
                       const char *tenant, enum store_put how, void *row, bool fits,
                       const struct configuration_entry *entries, struct store_refusal *refusal,
                       struct error *err)
{
    struct configuration_change change;
    struct configuration_call call = {.call.run = run_put,
                                      .kind = kind,
                                      .arena = arena,
                                      .tenant = tenant,
                                      .how = how,
                                      .row = row};
    if (refusal != NULL)
        *refusal = (struct store_refusal){.cause = STORE_CAUSE_NONE};
    if (!fits)
        return error_set(err, ERROR_INVALID, "a text or a list of it is too long");
    if (!is_tenant(tenant, err) || !is_name(*(const char *const *)row, err))
        return false;
    if (entries != NULL) {
        configuration_change_init(&change, NULL, tenant);
        change.afresh = how == STORE_INSERT;
        memcpy(change.entries, entries, sizeof change.entries);
        call.change = &change;
    }
    return finish(store_call_write(store, &call.call, err), &call, refusal);
}

static void run_delete(struct store_call *base)
{
    struct configuration_call *call = (struct configuration_call *)base;
    struct store_database *database = base->store->database;
    struct store_last_step last = {configuration_change_run, call->change};
    if (call->change != NULL)
        call->change->secrets = base->store->secrets;
    base->ok = database->methods->configuration_delete(
        database, call->kind, call->arena, call->tenant, call->name,
        call->change == NULL ? NULL : &last, &call->refusal, &base->err);
    if (!base->ok && call->change != NULL)
        configuration_change_undo(call->change);
}

bool configuration_delete(struct store *store, enum store_kind kind, struct arena *arena,
                          const char *tenant, struct slice name,
                          const struct configuration_entry *entries, struct store_refusal *refusal,
                          struct error *err)
{
    struct configuration_change change;
    struct configuration_call call = {.call.run = run_delete,
                                      .kind = kind,
                                      .arena = arena,
                                      .tenant = tenant,
                                      .name = name_of(arena, name)};
    if (entries != NULL) {
        configuration_change_init(&change, NULL, tenant);
        change.remove = true;
        memcpy(change.entries, entries, sizeof change.entries);
        call.change = &change;
    }
    return finish(store_call_write(store, &call.call, err), &call, refusal);
}

/* ---- secrets ---- */

struct secret_call {
    struct store_call call;
    enum store_kind kind;
    struct arena *arena;
    const char *tenant;
    const char *name;
    const struct configuration_entry *entry;
    struct slice *values[2]; /* of the entry's fields; NULL: not asked for */
};

static bool read_fields(const struct secret_call *call, const json_t *json, struct error *err)
{
    for (size_t i = 0; i < 2; i++) {
        if (call->values[i] == NULL)
            continue;
        const char *text = store_secrets_text(json, call->entry->fields[i].key, err);
        if (text == NULL)
            return false;
        *call->values[i] = arena_copy(call->arena, slice_of_string(text));
    }
    return true;
}

/* All of the entry; empty when there is none. */
static bool read_whole(const struct secret_call *call, const char *path, struct error *err)
{
    struct store_secrets *secrets = call->call.store->secrets;
    struct error why;
    *call->values[0] = (struct slice){NULL, 0};
    if (secrets->methods->get(secrets, call->arena, path, call->values[0], &why) ||
        why.code == ERROR_NOT_FOUND)
        return true;
    *err = why;
    return false;
}

/* By the name of the row, which may be another spelling than the one asked for. */
static void run_secret(struct store_call *base)
{
    struct secret_call *call = (struct secret_call *)base;
    struct store_database *database = base->store->database;
    union {
        const char *name;
        struct store_domain domain;
        struct store_cira_config cira_config;
        struct store_profile profile;
        struct store_wireless_config wireless_config;
    } row;
    if (!database->methods->configuration_get(database, call->kind, call->arena, call->tenant,
                                              call->name, &row, &base->err))
        return;
    const char *path =
        configuration_secrets_path(call->arena, call->tenant, call->entry->folder, row.name);
    if (call->entry->is_whole) {
        base->ok = read_whole(call, path, &base->err);
        return;
    }
    json_t *json = store_secrets_read(base->store->secrets, path, &base->err);
    if (json == NULL)
        return;
    base->ok = read_fields(call, json, &base->err);
    store_secrets_release(json);
}

bool configuration_secret(struct store *store, enum store_kind kind, struct arena *arena,
                          const char *tenant, const char *name,
                          const struct configuration_entry *entry, struct slice *first,
                          struct slice *second, struct error *err)
{
    struct secret_call call = {.call.run = run_secret,
                               .kind = kind,
                               .arena = arena,
                               .tenant = tenant,
                               .name = name_of(arena, slice_of_string(name)),
                               .entry = entry,
                               .values = {first, second}};
    return store_call_lookup(store, &call.call, err);
}
