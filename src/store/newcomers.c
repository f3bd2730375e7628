#include "store/newcomers.h"

#include "store/call.h"

#include <string.h>

struct newcomer_call {
    struct store_call call;
    const struct store_newcomer *newcomer;
    const struct store_newcomer_limits *limits;
    enum store_newcomer_limit reached;
    uint64_t total;
    const struct guid *guid;
    const char *tenant;
};

static void run_add(struct store_call *base)
{
    struct newcomer_call *call = (struct newcomer_call *)base;
    struct store_database *database = base->store->database;
    base->ok = database->methods->newcomer_add(database, call->newcomer, call->limits,
                                               &call->reached, &call->total, &base->err);
}

bool store_newcomer_add(struct store *store, const struct store_newcomer *newcomer,
                        const struct store_newcomer_limits *limits,
                        enum store_newcomer_limit *reached, uint64_t *total, struct error *err)
{
    struct newcomer_call call = {.call.run = run_add, .newcomer = newcomer, .limits = limits};
    *reached = STORE_NEWCOMER_NO_LIMIT;
    if (strlen(newcomer->tenant) > STORE_TENANT_LIMIT ||
        strlen(newcomer->source) > STORE_NEWCOMER_SOURCE_LIMIT)
        return error_set(err, ERROR_INVALID, "a tenant has at most %d characters, a source %d",
                         STORE_TENANT_LIMIT, STORE_NEWCOMER_SOURCE_LIMIT);
    if (!store_call_write(store, &call.call, err))
        return false;
    *reached = call.reached;
    *total = call.total;
    return call.reached == STORE_NEWCOMER_NO_LIMIT ||
           error_set(err, ERROR_BUSY, "too many devices have secrets and no record");
}

static void run_remove(struct store_call *base)
{
    struct newcomer_call *call = (struct newcomer_call *)base;
    struct store_database *database = base->store->database;
    base->ok = database->methods->newcomer_remove(database, call->guid, call->tenant, &call->total,
                                                  &base->err);
}

bool store_newcomer_remove(struct store *store, const struct guid *guid, const char *tenant,
                           uint64_t *total, struct error *err)
{
    struct newcomer_call call = {.call.run = run_remove, .guid = guid, .tenant = tenant};
    if (!store_call_write(store, &call.call, err))
        return false;
    *total = call.total;
    return true;
}
