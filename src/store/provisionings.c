#include "store/provisionings.h"

#include "core/memory.h"
#include "store/call.h"

#include <string.h>

const char *store_outcome_name(enum store_outcome outcome)
{
    static const char *const names[] = {
#define STORE_OUTCOME_NAME(constant, number, name) [number] = name,
        STORE_OUTCOMES(STORE_OUTCOME_NAME)
#undef STORE_OUTCOME_NAME
    };
    return (size_t)outcome < sizeof names / sizeof *names ? names[outcome] : NULL;
}

struct provisioning_call {
    struct store_call call;
    struct arena *arena;
    struct store_provisioning *provisioning;
    struct store_provisioning *interrupted;
    const struct store_provisioning *finished;
    int64_t number;
    const char *step;
    const struct guid *guid;
    const char *tenant;
    int outcome;
    uint32_t top, skip;
    struct store_provisioning *rows;
    size_t count;
    uint64_t total;
};

/* At most the limit of it, not within a character; NULL stays NULL. */
static const char *cut_at(struct arena *arena, const char *text, size_t limit)
{
    if (text == NULL || strlen(text) <= limit)
        return text;
    return arena_string(arena, slice_first_text(slice_of_string(text), limit));
}

static const char *cut(struct arena *arena, const char *text)
{
    return cut_at(arena, text, STORE_PROVISIONING_TEXT_LIMIT);
}

static void run_begin(struct store_call *base)
{
    struct provisioning_call *call = (struct provisioning_call *)base;
    struct store_database *database = base->store->database;
    base->ok = database->methods->provisioning_begin(database, call->arena, call->provisioning,
                                                     call->interrupted, &base->err);
}

bool store_provisioning_begin(struct store *store, struct arena *arena,
                              struct store_provisioning *provisioning,
                              struct store_provisioning *interrupted, struct error *err)
{
    struct provisioning_call call = {.call.run = run_begin,
                                     .arena = arena,
                                     .provisioning = provisioning,
                                     .interrupted = interrupted};
    if (provisioning->tenant_id == NULL)
        provisioning->tenant_id = "";
    provisioning->command = cut(arena, provisioning->command);
    provisioning->profile = cut(arena, provisioning->profile);
    provisioning->step = cut(arena, provisioning->step);
    if (strlen(provisioning->tenant_id) > STORE_TENANT_LIMIT)
        return error_set(err, ERROR_INVALID, "a tenant has at most %d characters",
                         STORE_TENANT_LIMIT);
    return store_call_write(store, &call.call, err);
}

static void run_step(struct store_call *base)
{
    struct provisioning_call *call = (struct provisioning_call *)base;
    struct store_database *database = base->store->database;
    base->ok = database->methods->provisioning_step(database, call->number, call->step, &base->err);
}

bool store_provisioning_step(struct store *store, const struct store_provisioning *provisioning,
                             const char *step, struct error *err)
{
    struct arena arena;
    arena_init(&arena);
    struct provisioning_call call = {
        .call.run = run_step, .number = provisioning->number, .step = cut(&arena, step)};
    bool ok = store_call_write(store, &call.call, err);
    arena_fini(&arena);
    return ok;
}

static void run_finish(struct store_call *base)
{
    struct provisioning_call *call = (struct provisioning_call *)base;
    struct store_database *database = base->store->database;
    base->ok = database->methods->provisioning_finish(database, call->finished, &base->err);
}

bool store_provisioning_finish(struct store *store, const struct store_provisioning *provisioning,
                               struct error *err)
{
    struct arena arena;
    struct store_provisioning row = *provisioning;
    struct provisioning_call call = {.call.run = run_finish, .finished = &row};
    bool too_long = row.steps != NULL && strlen(row.steps) > STORE_PROVISIONING_STEPS_LIMIT;
    arena_init(&arena);
    if (too_long)
        row.steps = NULL;
    row.step = cut(&arena, row.step);
    row.message = cut_at(&arena, row.message, STORE_PROVISIONING_MESSAGE_LIMIT);
    bool ok = store_call_write(store, &call.call, err);
    arena_fini(&arena);
    if (ok && too_long)
        return error_set(err, ERROR_TOO_LARGE, "the steps of a session have at most %d bytes",
                         STORE_PROVISIONING_STEPS_LIMIT);
    return ok;
}

static void run_list(struct store_call *base)
{
    struct provisioning_call *call = (struct provisioning_call *)base;
    struct store_database *database = base->store->database;
    base->ok = database->methods->provisioning_list(
        database, call->arena, call->guid, call->tenant, call->outcome, call->top, call->skip,
        &call->rows, &call->count, &call->total, &base->err);
}

bool store_provisioning_list(struct store *store, struct arena *arena, const struct guid *guid,
                             const char *tenant, int outcome, uint32_t top, uint32_t skip,
                             struct store_provisioning **provisionings, size_t *count,
                             uint64_t *total, struct error *err)
{
    struct provisioning_call call = {.call.run = run_list,
                                     .arena = arena,
                                     .guid = guid,
                                     .tenant = tenant,
                                     .outcome = outcome,
                                     .top = top,
                                     .skip = skip};
    if (!store_call_read(store, &call.call, err))
        return false;
    *provisionings = call.rows;
    *count = call.count;
    *total = call.total;
    return true;
}
