#include "sim/personality.h"

static const struct sim_personality *const personalities[] = {
    &sim_personality_12,
    &sim_personality_16,
};

size_t sim_personality_count(void)
{
    return sizeof(personalities) / sizeof(personalities[0]);
}

const struct sim_personality *sim_personality_at(size_t index)
{
    return personalities[index];
}

const struct sim_personality *sim_personality_find(struct slice name)
{
    for (size_t i = 0; i < sim_personality_count(); i++) {
        if (slice_equal_string(name, personalities[i]->name))
            return personalities[i];
    }
    return NULL;
}
