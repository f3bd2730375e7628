#include "amt/setup.h"

#include "io/fiber.h"

#define ANSWER_MS 30000

static bool call(struct amt *amt, struct arena *arena, const char *method,
                 const struct wsman_value *values, size_t count, struct wsman_reply *reply,
                 int64_t *return_value, struct error *err)
{
    const struct wsman_target target = {.class = &wsman_AMT_SetupAndConfigurationService};
    struct io_shield shield = io_shield_begin_for_answer(ANSWER_MS);
    bool ok = amt_invoke(amt, arena, &target, method, values, count, reply, return_value, err);
    io_shield_end(shield);
    return ok;
}

bool amt_setup_unprovision(struct amt *amt, struct arena *arena, struct wsman_reply *reply,
                           int64_t *return_value, struct error *err)
{
    const struct wsman_value mode = {.name = "ProvisioningMode", .text = SLICE_LITERAL("1")};
    return call(amt, arena, "Unprovision", &mode, 1, reply, return_value, err);
}

bool amt_setup_unprovision_partly(struct amt *amt, struct arena *arena, struct wsman_reply *reply,
                                  int64_t *return_value, struct error *err)
{
    return call(amt, arena, "PartialUnprovision", NULL, 0, reply, return_value, err);
}
