#include "sim/plan.h"

#include "sim/credentials.h"

static bool take_line(struct slice line, struct sim_mischief **rules, uint32_t count,
                      struct error *err)
{
    uint64_t number;
    struct slice rule = line;
    struct slice first = slice_split(&rule, ' ');
    if (!slice_to_u64(first, UINT32_MAX, &number) || number >= count)
        return error_set(err, ERROR_INVALID, "there is no machine '%.*s'", SLICE_ARG(first));
    return sim_mischief_add(&rules[number], slice_trim(rule), err);
}

bool sim_plan_read(const char *path, struct sim_mischief **rules, uint32_t count, struct error *err)
{
    struct slice text;
    struct arena arena;
    arena_init(&arena);
    bool done = sim_credentials_read(&arena, path, &text, err);
    for (unsigned number = 1; done && text.size > 0; number++) {
        struct slice line = slice_trim(slice_split(&text, '\n'));
        done = line.size == 0 || line.data[0] == ';' || take_line(line, rules, count, err) ||
               error_wrap(err, "%s, line %u", path, number);
    }
    arena_fini(&arena);
    return done;
}
