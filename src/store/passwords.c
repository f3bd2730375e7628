#include "store/passwords.h"

#include "core/memory.h"
#include "store/logins.h"
#include "store/password_entry.h"
#include "store/versions.h"

#include <string.h>

#define CERTIFICATE_LIMIT ((size_t)64 * 1024)

struct password_call {
    struct store_call call;
    const struct guid *guid;
    const char *tenant;
    struct arena *arena; /* of a read */
    struct store_passwords *passwords;
    enum store_password_kind kind; /* of a step */
    struct password_step step;
    char (*believed)[STORE_PASSWORD_LIMIT + 1]; /* one of each kind; empty: none */
    bool anew;
    const char *certificate; /* to be put */
    bool unproven_too;       /* of a removal */
    bool had;
};

/* Changes the lists or the entry; *changed when it has to be written. On a worker. */
typedef bool password_change(struct password_call *call, struct password_entry *entry,
                             struct password_list lists[STORE_PASSWORD_KINDS], bool *changed,
                             struct error *err);

/* The tenant of the device's row, in the arena; NULL without one. */
static bool find_owner(struct store *store, struct arena *arena, const struct guid *guid,
                       const char **owner, struct error *err)
{
    struct store_device device;
    struct error why;
    *owner = NULL;
    if (store->database->methods->device_get(store->database, arena, guid, NULL, &device, &why)) {
        *owner = device.tenant_id;
        return true;
    }
    if (why.code != ERROR_NOT_FOUND && err != NULL)
        *err = why;
    return why.code == ERROR_NOT_FOUND;
}

/* ---- reading ---- */

static void copy_lists(struct arena *arena, const struct password_list from[STORE_PASSWORD_KINDS],
                       struct store_passwords *to)
{
    for (size_t kind = 0; kind < STORE_PASSWORD_KINDS; kind++) {
        struct store_password_list *list = &to->lists[kind];
        list->count = from[kind].count;
        for (size_t i = 0; i < list->count; i++) {
            const struct password_item *item = &from[kind].items[i];
            list->items[i] = (struct store_password){
                .text = arena_copy(arena, slice_of_string(item->text)),
                .origin = item->origin,
                .current = item->current,
                .proven = item->proven,
                .seen = item->seen,
                .replaced = item->replaced,
                .told = item->told,
            };
        }
    }
}

static void run_get(struct store_call *base)
{
    struct password_call *call = (struct password_call *)base;
    struct password_list lists[STORE_PASSWORD_KINDS];
    struct password_entry entry;
    struct arena arena;
    const char *owner;
    arena_init(&arena);
    if (!find_owner(base->store, &arena, call->guid, &owner, &base->err)) {
        arena_fini(&arena);
        return;
    }
    base->ok = password_entry_open(&entry, base->store->secrets, call->guid, call->tenant, owner,
                                   &base->err);
    if (base->ok && password_entry_is_empty(&entry))
        base->ok = error_set(&base->err, ERROR_NOT_FOUND, "no password is stored for this device");
    base->ok = base->ok && password_entry_lists(&entry, lists, &base->err);
    if (base->ok) {
        *call->passwords = (struct store_passwords){
            .tls_certificate = arena_copy(call->arena, slice_of_string(store_secrets_text(
                                                           entry.object, ENTRY_CERTIFICATE, NULL))),
        };
        copy_lists(call->arena, lists, call->passwords);
        password_lists_wipe(lists);
    }
    password_entry_close(&entry);
    arena_fini(&arena);
}

bool store_passwords_get(struct store *store, struct arena *arena, const struct guid *guid,
                         const char *tenant, struct store_passwords *passwords, struct error *err)
{
    struct password_call call = {.call.run = run_get,
                                 .guid = guid,
                                 .tenant = tenant,
                                 .arena = arena,
                                 .passwords = passwords};
    return store_call_lookup(store, &call.call, err);
}

/* ---- looking ---- */

const struct store_password *store_passwords_current(const struct store_passwords *passwords,
                                                     enum store_password_kind kind)
{
    const struct store_password_list *list = &passwords->lists[kind];
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].current)
            return &list->items[i];
    return NULL;
}

const struct store_password *store_passwords_find(const struct store_passwords *passwords,
                                                  enum store_password_kind kind, struct slice text)
{
    const struct store_password_list *list = &passwords->lists[kind];
    const struct store_password *found = NULL;
    for (size_t i = 0; i < list->count; i++)
        if (slice_equal_secret(list->items[i].text, text))
            found = &list->items[i];
    return found;
}

bool store_passwords_have_proven(const struct store_passwords *passwords,
                                 enum store_password_kind kind)
{
    const struct store_password_list *list = &passwords->lists[kind];
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].proven)
            return true;
    return false;
}

bool store_passwords_prove(const struct store_passwords *passwords, struct slice text)
{
    const struct store_password *found = store_passwords_find(passwords, STORE_PASSWORD_AMT, text);
    return found != NULL && found->proven && !found->replaced;
}

static void wipe(struct slice text)
{
    memory_wipe((uint8_t *)(uintptr_t)text.data, text.size);
}

void store_passwords_wipe(const struct store_passwords *passwords)
{
    for (size_t kind = 0; kind < STORE_PASSWORD_KINDS; kind++)
        for (size_t i = 0; i < passwords->lists[kind].count; i++)
            wipe(passwords->lists[kind].items[i].text);
}

/* ---- changing: one read, one write ---- */

static bool is_same_current(const struct password_list *before, const struct password_list *after)
{
    const struct password_item *old = password_list_current(before);
    const struct password_item *new = password_list_current(after);
    return slice_equal_secret(slice_of_string(old == NULL ? "" : old->text),
                              slice_of_string(new == NULL ? "" : new->text)) &&
           (old == NULL || new == NULL || old->proven == new->proven);
}

static bool write_entry(const struct password_call *call, struct password_entry *entry,
                        const struct password_list before[STORE_PASSWORD_KINDS],
                        const struct password_list after[STORE_PASSWORD_KINDS], struct error *err)
{
    struct store *store = call->call.store;
    bool counts = !is_same_current(&before[STORE_PASSWORD_AMT], &after[STORE_PASSWORD_AMT]) ||
                  !is_same_current(&before[STORE_PASSWORD_MPS], &after[STORE_PASSWORD_MPS]);
    if (counts)
        versions_begin(store->versions, call->guid);
    bool ok = password_entry_set_lists(entry, after, err) &&
              password_entry_write(entry, store->secrets, err);
    logins_forget(store->logins, call->guid);
    if (counts)
        versions_end(store->versions, call->guid);
    return ok;
}

static bool change_entry(struct password_call *call, struct password_entry *entry,
                         password_change *change, struct error *err)
{
    struct password_list before[STORE_PASSWORD_KINDS], after[STORE_PASSWORD_KINDS];
    bool changed = false;
    if (!password_entry_lists(entry, before, err))
        return false;
    memcpy(after, before, sizeof after);
    bool ok = change(call, entry, after, &changed, err) &&
              (!changed || write_entry(call, entry, before, after, err));
    password_lists_wipe(before);
    password_lists_wipe(after);
    return ok;
}

/* Whose the device is decides who may change anything. */
static void run_with(struct store_call *base, password_change *change)
{
    struct password_call *call = (struct password_call *)base;
    struct password_entry entry;
    struct arena arena;
    const char *owner;
    arena_init(&arena);
    bool ok = find_owner(base->store, &arena, call->guid, &owner, &base->err);
    if (ok && owner != NULL && strcmp(owner, call->tenant) != 0)
        ok = error_set(&base->err, ERROR_FORBIDDEN,
                       "the stored passwords of this device are not yours");
    if (ok) {
        base->ok = password_entry_open(&entry, base->store->secrets, call->guid, call->tenant,
                                       owner, &base->err) &&
                   change_entry(call, &entry, change, &base->err);
        password_entry_close(&entry);
    }
    arena_fini(&arena);
}

static bool step_on(struct password_call *call, struct password_entry *entry,
                    struct password_list lists[STORE_PASSWORD_KINDS], bool *changed,
                    struct error *err)
{
    (void)entry;
    return password_list_step(&lists[call->kind], &call->step, changed, err);
}

static void run_step(struct store_call *base)
{
    run_with(base, step_on);
}

static bool take_text(char to[STORE_PASSWORD_LIMIT + 1], struct slice text, struct error *err)
{
    if (text.size > STORE_PASSWORD_LIMIT || text.size == 0 ||
        (text.size > 0 && memchr(text.data, '\0', text.size) != NULL))
        return error_set(err, ERROR_INVALID, "a device's password has 1 to %d characters",
                         STORE_PASSWORD_LIMIT);
    memcpy(to, text.data, text.size);
    to[text.size] = '\0';
    return true;
}

bool store_passwords_step(struct store *store, const struct guid *guid, const char *tenant,
                          const struct store_password_step *step, struct error *err)
{
    char text[STORE_PASSWORD_LIMIT + 1] = "";
    struct password_call call = {
        .call.run = run_step,
        .guid = guid,
        .tenant = tenant,
        .kind = step->kind,
        .step = {
            .event = step->event, .text = text, .origin = step->origin, .proven = step->proven}};
    bool ok = take_text(text, step->text, err) && store_call_write(store, &call.call, err);
    memory_wipe(text, sizeof text);
    return ok;
}

/* ---- a first run that has ended well ---- */

static bool believe(struct password_call *call, struct password_entry *entry,
                    struct password_list lists[STORE_PASSWORD_KINDS], bool *changed,
                    struct error *err)
{
    (void)entry;
    *changed = true;
    for (size_t kind = 0; kind < STORE_PASSWORD_KINDS; kind++)
        if (call->believed[kind][0] != '\0' &&
            !password_list_believe(&lists[kind], call->believed[kind], call->anew, err))
            return false;
    return true;
}

static void run_believe(struct store_call *base)
{
    run_with(base, believe);
}

bool store_passwords_believe(struct store *store, const struct guid *guid, const char *tenant,
                             const struct slice texts[STORE_PASSWORD_KINDS], bool anew,
                             struct error *err)
{
    char believed[STORE_PASSWORD_KINDS][STORE_PASSWORD_LIMIT + 1] = {""};
    struct password_call call = {.call.run = run_believe,
                                 .guid = guid,
                                 .tenant = tenant,
                                 .believed = believed,
                                 .anew = anew};
    bool ok = true;
    for (size_t kind = 0; ok && kind < STORE_PASSWORD_KINDS; kind++)
        ok = texts[kind].size == 0 || take_text(believed[kind], texts[kind], err);
    ok = ok && store_call_write(store, &call.call, err);
    memory_wipe(believed, sizeof believed);
    return ok;
}

/* ---- what else is in the entry ---- */

static bool put_certificate(struct password_call *call, struct password_entry *entry,
                            struct password_list lists[STORE_PASSWORD_KINDS], bool *changed,
                            struct error *err)
{
    (void)lists;
    *changed = true;
    return store_secrets_set(entry->object, ENTRY_CERTIFICATE, call->certificate, err);
}

static void run_put_certificate(struct store_call *base)
{
    run_with(base, put_certificate);
}

bool store_passwords_put_certificate(struct store *store, const struct guid *guid,
                                     const char *tenant, const char *certificate, struct error *err)
{
    struct password_call call = {.call.run = run_put_certificate,
                                 .guid = guid,
                                 .tenant = tenant,
                                 .certificate = certificate};
    if (strlen(certificate) > CERTIFICATE_LIMIT)
        return error_set(err, ERROR_INVALID, "a device's certificate has at most %zu bytes",
                         CERTIFICATE_LIMIT);
    return store_call_write(store, &call.call, err);
}

static bool forget(struct password_call *call, struct password_entry *entry,
                   struct password_list lists[STORE_PASSWORD_KINDS], bool *changed,
                   struct error *err)
{
    (void)err;
    call->had = *changed = !password_entry_is_empty(entry);
    for (size_t kind = 0; kind < STORE_PASSWORD_KINDS; kind++) {
        password_list_drop(&lists[kind], true, changed);
        if (call->unproven_too)
            password_list_drop(&lists[kind], false, changed);
    }
    /* The certificates may be of the machine that has one of the passwords that stay. */
    if (lists[STORE_PASSWORD_AMT].count == 0)
        (void)json_object_clear(entry->object);
    return true;
}

static void run_forget(struct store_call *base)
{
    run_with(base, forget);
}

bool store_passwords_remove(struct store *store, const struct guid *guid, const char *tenant,
                            bool unproven_too, bool *had, struct error *err)
{
    struct password_call call = {
        .call.run = run_forget, .guid = guid, .tenant = tenant, .unproven_too = unproven_too};
    bool ok = store_call_write(store, &call.call, err);
    if (had != NULL)
        *had = ok && call.had;
    return ok;
}
