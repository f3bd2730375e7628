#include "store/provisionings.h"

bool store_provisioning_begin(struct store *store, struct arena *arena,
                              struct store_provisioning *provisioning,
                              struct store_provisioning *interrupted, struct error *err)
{
    (void)store;
    (void)arena;
    (void)provisioning;
    (void)interrupted;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_provisioning_step(struct store *store, const struct store_provisioning *provisioning,
                             const char *step, struct error *err)
{
    (void)store;
    (void)provisioning;
    (void)step;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_provisioning_finish(struct store *store, const struct store_provisioning *provisioning,
                               struct error *err)
{
    (void)store;
    (void)provisioning;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_provisioning_list(struct store *store, struct arena *arena, const struct guid *guid,
                             const char *tenant, int outcome, uint32_t top, uint32_t skip,
                             struct store_provisioning **provisionings, size_t *count,
                             uint64_t *total, struct error *err)
{
    (void)store;
    (void)arena;
    (void)guid;
    (void)tenant;
    (void)outcome;
    (void)top;
    (void)skip;
    (void)provisionings;
    (void)count;
    (void)total;
    return error_set(err, ERROR_UNSUPPORTED, "not built yet");
}

bool store_provisioning_runs(struct store *store, const struct guid *guid)
{
    (void)store;
    (void)guid;
    return false;
}

const char *store_outcome_name(enum store_outcome outcome)
{
    static const char *const names[] = {
#define STORE_OUTCOME_NAME(constant, number, name) [number] = name,
        STORE_OUTCOMES(STORE_OUTCOME_NAME)
#undef STORE_OUTCOME_NAME
    };
    return (size_t)outcome < sizeof names / sizeof *names ? names[outcome] : NULL;
}
