#include "amt/identity.h"

#include "io/fiber.h"

struct setup_call {
    struct amt *amt;
    struct arena *arena;
    struct wsman_reply *reply;
    struct error err;
    bool ok;
};

static void get_setup(void *arg)
{
    struct setup_call *call = arg;
    const struct wsman_target target = {.class = &wsman_AMT_SetupAndConfigurationService};
    call->ok = amt_get(call->amt, call->arena, &target, call->reply, &call->err);
}

bool amt_identity_get_version(struct amt *amt, struct arena *arena, struct amt_version *version,
                              struct error *err)
{
    const struct wsman_target target = {.class = &wsman_CIM_SoftwareIdentity};
    struct setup_call call = {.amt = amt, .arena = arena, .reply = &version->setup};
    struct io_task task = {.fiber = NULL};
    *version = (struct amt_version){.software = {.count = 0}};
    if (!io_task_start(&task, get_setup, &call, err))
        return false;
    bool ok = amt_enumerate(amt, arena, &target, &version->software, err);
    if (!ok)
        io_task_cancel(&task);
    io_task_join(&task);
    if (ok && !call.ok && err != NULL)
        *err = call.err;
    return ok && call.ok;
}

int amt_identity_major(const struct amt_items *software)
{
    for (size_t i = 0; i < software->count; i++) {
        const struct wsman_xml *item = software->items[i];
        uint64_t major = 0;
        if (!slice_equal_string(wsman_xml_child_text(item, "InstanceID"), "AMT"))
            continue;
        struct slice version = wsman_xml_child_text(item, "VersionString");
        return slice_to_u64(slice_split(&version, '.'), 999, &major) ? (int)major : 0;
    }
    return 0;
}

bool amt_identity_get_general_settings(struct amt *amt, struct arena *arena,
                                       struct wsman_reply *settings, struct error *err)
{
    const struct wsman_target target = {.class = &wsman_AMT_GeneralSettings};
    return amt_get(amt, arena, &target, settings, err);
}
