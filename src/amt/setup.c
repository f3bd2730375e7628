#include "amt/setup.h"

#include "io/fiber.h"

#define ANSWER_MS 30000

bool amt_setup_unprovision(struct amt *amt, struct arena *arena, struct wsman_reply *reply,
                           int64_t *return_value, struct error *err)
{
    const struct wsman_target target = {.class = &wsman_AMT_SetupAndConfigurationService};
    const struct wsman_value mode = {.name = "ProvisioningMode", .text = SLICE_LITERAL("1")};
    struct io_shield shield = io_shield_begin_for_answer(ANSWER_MS);
    bool ok = amt_invoke(amt, arena, &target, "Unprovision", &mode, 1, reply, return_value, err);
    io_shield_end(shield);
    return ok;
}
