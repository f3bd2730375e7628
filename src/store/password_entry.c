#include "store/password_entry.h"

#include "core/memory.h"
#include "store/configuration_secrets.h"

#include <string.h>

#define PASSWORDS "PASSWORDS"
#define TENANT    "TENANT_ID" /* beside the passwords; the toolkit leaves it alone */

static const struct {
    const char *current; /* where the toolkit has it */
    const char *others;  /* in PASSWORDS */
} kinds[STORE_PASSWORD_KINDS] = {
    [STORE_PASSWORD_AMT] = {"AMT_PASSWORD", "amt"},
    [STORE_PASSWORD_MEBX] = {"MEBX_PASSWORD", "mebx"},
    [STORE_PASSWORD_MPS] = {"MPS_PASSWORD", "mps"},
};

static const char *const origins[] = {
    [STORE_ORIGIN_ADMINISTRATOR] = "administrator",
    [STORE_ORIGIN_ROTATION] = "rotation",
    [STORE_ORIGIN_AGENT] = "agent",
    [STORE_ORIGIN_PROFILE] = "profile",
    [STORE_ORIGIN_MADE] = "made",
};

/* ---- where it is ---- */

static const char *path_of(struct arena *arena, const struct guid *guid, const char *tenant)
{
    char text[GUID_TEXT_SIZE];
    return configuration_secrets_path(arena, tenant, "devices", guid_format(guid, text));
}

static const char *owner_of(const json_t *object, const char *owner)
{
    const char *own = json_string_value(json_object_get(object, TENANT));
    return own != NULL ? own : owner != NULL ? owner : "";
}

/* The default tenant's place may still hold what is another's. */
static bool open_default(struct password_entry *entry, const struct guid *guid, const char *owner)
{
    const char *whose = owner_of(entry->object, owner);
    if (json_object_size(entry->object) == 0 || whose[0] == '\0')
        return true;
    entry->other = entry->object;
    entry->other_path = path_of(&entry->arena, guid, whose);
    entry->object = json_object();
    return entry->object != NULL;
}

static bool open_old(struct password_entry *entry, struct store_secrets *secrets,
                     const struct guid *guid, const char *tenant, const char *owner,
                     struct error *err)
{
    const char *path = path_of(&entry->arena, guid, "");
    json_t *old = store_secrets_read(secrets, path, err);
    if (old == NULL)
        return false;
    if (json_object_size(old) > 0 && strcmp(owner_of(old, owner), tenant) == 0) {
        store_secrets_release(entry->object);
        entry->object = old;
        entry->old_path = path;
    } else {
        store_secrets_release(old);
    }
    return true;
}

bool password_entry_open(struct password_entry *entry, struct store_secrets *secrets,
                         const struct guid *guid, const char *tenant, const char *owner,
                         struct error *err)
{
    *entry = (struct password_entry){0};
    arena_init(&entry->arena);
    entry->path = path_of(&entry->arena, guid, tenant);
    entry->object = store_secrets_read(secrets, entry->path, err);
    if (entry->object == NULL)
        return false;
    if (tenant[0] == '\0')
        return open_default(entry, guid, owner);
    return json_object_size(entry->object) > 0 ||
           open_old(entry, secrets, guid, tenant, owner, err);
}

void password_entry_close(struct password_entry *entry)
{
    store_secrets_release(entry->object);
    store_secrets_release(entry->other);
    arena_fini(&entry->arena);
}

bool password_entry_keep_default(struct store_secrets *secrets, const struct guid *guid,
                                 struct error *err)
{
    struct password_entry entry;
    bool ok = password_entry_open(&entry, secrets, guid, "", NULL, err);
    if (ok && !password_entry_is_empty(&entry) && json_object_get(entry.object, TENANT) == NULL)
        ok = json_object_set_new(entry.object, TENANT, json_string("")) == 0 &&
             store_secrets_write(secrets, entry.path, entry.object, err);
    password_entry_close(&entry);
    return ok;
}

bool password_entry_is_empty(const struct password_entry *entry)
{
    return json_object_size(entry->object) == 0;
}

/* To where it belongs, unless that tenant has another one by now. */
static bool move_other(struct password_entry *entry, struct store_secrets *secrets,
                       struct error *err)
{
    json_t *there = store_secrets_read(secrets, entry->other_path, err);
    bool ok = there != NULL && (json_object_size(there) > 0 ||
                                store_secrets_write(secrets, entry->other_path, entry->other, err));
    store_secrets_release(there);
    if (ok) {
        store_secrets_release(entry->other);
        entry->other = NULL;
    }
    return ok;
}

bool password_entry_write(struct password_entry *entry, struct store_secrets *secrets,
                          struct error *err)
{
    (void)json_object_del(entry->object, TENANT);
    if (entry->other != NULL && !move_other(entry, secrets, err))
        return false;
    bool ok = password_entry_is_empty(entry)
                  ? secrets->methods->remove(secrets, entry->path, err)
                  : store_secrets_write(secrets, entry->path, entry->object, err);
    return ok &&
           (entry->old_path == NULL || secrets->methods->remove(secrets, entry->old_path, err));
}

/* ---- what is in it ---- */

static bool copy(char to[STORE_PASSWORD_LIMIT + 1], const json_t *object, const char *name,
                 struct error *err)
{
    const char *text = store_secrets_text(object, name, err);
    if (text == NULL)
        return false;
    if (strlen(text) > STORE_PASSWORD_LIMIT)
        return error_set(err, ERROR_STORE, "the %s of a device is too long", name);
    memcpy(to, text, strlen(text) + 1);
    return true;
}

static bool append(struct password_list *list, const struct password_item *item, struct error *err)
{
    return item->text[0] == '\0' || password_list_append(list, item) ||
           error_set(err, ERROR_STORE, "more passwords of a device are stored than there can be");
}

static bool read_item(struct password_list *list, const json_t *value, struct error *err)
{
    struct password_item item = {.proven = json_is_true(json_object_get(value, "proven")),
                                 .seen = json_is_true(json_object_get(value, "seen")),
                                 .replaced = json_is_true(json_object_get(value, "replaced")),
                                 .told = json_is_true(json_object_get(value, "told"))};
    const char *origin = json_string_value(json_object_get(value, "origin"));
    for (size_t i = 0; origin != NULL && i < sizeof origins / sizeof *origins; i++)
        if (strcmp(origins[i], origin) == 0)
            item.origin = (enum store_password_origin)i;
    bool ok = json_is_object(value) ? copy(item.text, value, "text", err)
                                    : error_set(err, ERROR_STORE, "a password of a device is none");
    ok = ok && append(list, &item, err);
    memory_wipe(&item, sizeof item);
    return ok;
}

/* The current one is the toolkit's member: where that is another one now, somebody else, who may
 * write the secret store, has put it there. */
static bool read_list(struct password_list *list, const json_t *object, struct error *err)
{
    char current[STORE_PASSWORD_LIMIT + 1] = "";
    json_t *others = json_object_get(json_object_get(object, PASSWORDS), kinds[list->kind].others);
    for (size_t i = 0; i < json_array_size(others); i++)
        if (!read_item(list, json_array_get(others, i), err))
            return false;
    if (!copy(current, object, kinds[list->kind].current, err))
        return false;
    struct password_item *item = password_list_find(list, current);
    if (item != NULL)
        item->current = true;
    else if (current[0] != '\0')
        password_list_set(list, current);
    memory_wipe(current, sizeof current);
    return true;
}

/* ---- as they were stored before there were lists ---- */

static const struct {
    const char *name;
    enum store_password_kind kind;
    bool proven, seen;
} old_members[] = {
    {"AMT_PASSWORD_PENDING", STORE_PASSWORD_AMT, true, false},
    {"AMT_PASSWORD_PREVIOUS", STORE_PASSWORD_AMT, true, false},
    {"AMT_PASSWORD_UNPROVEN", STORE_PASSWORD_AMT, false, true},
    {"AMT_PASSWORD_UNPROVEN_2", STORE_PASSWORD_AMT, false, true},
    {"MEBX_PASSWORD_PENDING", STORE_PASSWORD_MEBX, true, false},
    {"MEBX_PASSWORD_PREVIOUS", STORE_PASSWORD_MEBX, true, false},
    {"MPS_PASSWORD_PREVIOUS", STORE_PASSWORD_MPS, true, true},
};
#define OLD_MEMBERS (sizeof old_members / sizeof *old_members)
#define OLD_MADE    "AMT_PASSWORD_MADE"

static bool read_old(struct password_list lists[STORE_PASSWORD_KINDS], const json_t *object,
                     struct error *err)
{
    struct password_item item = {0};
    bool ok = true;
    for (size_t i = 0; ok && i < OLD_MEMBERS; i++) {
        item = (struct password_item){.origin = STORE_ORIGIN_PROFILE,
                                      .proven = old_members[i].proven,
                                      .seen = old_members[i].seen};
        ok = copy(item.text, object, old_members[i].name, err) &&
             append(&lists[old_members[i].kind], &item, err);
    }
    ok = ok && copy(item.text, object, OLD_MADE, err);
    struct password_item *made =
        ok ? password_list_find(&lists[STORE_PASSWORD_AMT], item.text) : NULL;
    if (made != NULL)
        made->origin = STORE_ORIGIN_MADE;
    memory_wipe(&item, sizeof item);
    return ok;
}

static void remove_old(json_t *object)
{
    for (size_t i = 0; i < OLD_MEMBERS; i++)
        (void)store_secrets_set(object, old_members[i].name, "", NULL);
    (void)store_secrets_set(object, OLD_MADE, "", NULL);
}

/* ---- all of them ---- */

bool password_entry_lists(const struct password_entry *entry,
                          struct password_list lists[STORE_PASSWORD_KINDS], struct error *err)
{
    const json_t *others = json_object_get(entry->object, PASSWORDS);
    memset(lists, 0, STORE_PASSWORD_KINDS * sizeof *lists);
    if (others != NULL && !json_is_object(others))
        return error_set(err, ERROR_STORE, "the passwords of a device are none");
    for (size_t i = 0; i < STORE_PASSWORD_KINDS; i++) {
        lists[i].kind = (enum store_password_kind)i;
        if (!read_list(&lists[i], entry->object, err))
            return false;
    }
    return store_secrets_text(entry->object, ENTRY_CERTIFICATE, err) != NULL &&
           read_old(lists, entry->object, err);
}

void password_lists_wipe(struct password_list lists[STORE_PASSWORD_KINDS])
{
    memory_wipe(lists, STORE_PASSWORD_KINDS * sizeof *lists);
}

/* One of which the toolkit's member says all. */
static bool is_plain(const struct password_list *list)
{
    const struct password_item *item = &list->items[0];
    return list->count == 0 || (list->count == 1 && item->current && item->proven && item->seen &&
                                !item->told && item->origin == STORE_ORIGIN_ADMINISTRATOR);
}

static json_t *list_value(const struct password_list *list)
{
    json_t *array = json_array();
    for (size_t i = 0; i < list->count; i++) {
        const struct password_item *item = &list->items[i];
        json_t *value = json_object();
        bool ok = value != NULL &&
                  json_object_set_new(value, "text", json_string(item->text)) == 0 &&
                  json_object_set_new(value, "origin", json_string(origins[item->origin])) == 0 &&
                  json_object_set_new(value, "proven", json_boolean(item->proven)) == 0 &&
                  json_object_set_new(value, "seen", json_boolean(item->seen)) == 0 &&
                  (!item->replaced || json_object_set_new(value, "replaced", json_true()) == 0) &&
                  (!item->told || json_object_set_new(value, "told", json_true()) == 0);
        if (!ok || json_array_append(array, value) != 0) {
            store_secrets_release(value);
            store_secrets_release(array);
            return NULL;
        }
        json_decref(value);
    }
    return array;
}

bool password_entry_set_lists(struct password_entry *entry,
                              const struct password_list lists[STORE_PASSWORD_KINDS],
                              struct error *err)
{
    json_t *others = json_object();
    bool ok = others != NULL;
    for (size_t i = 0; ok && i < STORE_PASSWORD_KINDS; i++) {
        const struct password_item *current = password_list_current(&lists[i]);
        const char *text = current == NULL ? "" : current->text;
        const char *before = store_secrets_text(entry->object, kinds[i].current, NULL);
        if (before == NULL || strcmp(before, text) != 0)
            ok = store_secrets_set(entry->object, kinds[i].current, text, err);
        if (!ok || is_plain(&lists[i]))
            continue;
        ok = json_object_set_new(others, kinds[i].others, list_value(&lists[i])) == 0 ||
             error_set(err, ERROR_INVALID, "a password is not well-formed UTF-8");
    }
    store_secrets_wipe(json_object_get(entry->object, PASSWORDS));
    if (ok && json_object_size(others) > 0)
        ok = json_object_set(entry->object, PASSWORDS, others) == 0;
    else if (ok)
        (void)json_object_del(entry->object, PASSWORDS);
    json_decref(others);
    remove_old(entry->object);
    return ok;
}
