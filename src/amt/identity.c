#include "amt/identity.h"

#include "amt/reading.h"

static bool is_other_class(struct error *err)
{
    return error_set(err, ERROR_PROTOCOL, "the device answered with another class");
}

bool amt_identity_get_version(struct amt *amt, struct arena *arena, struct amt_version *version,
                              struct error *err)
{
    struct amt_reading readings[] = {AMT_READ_ENUMERATE(CIM_SoftwareIdentity),
                                     AMT_READ_GET(AMT_SetupAndConfigurationService)};
    if (!amt_read(amt, arena, readings, 2, err))
        return false;
    if (amt_reading_instance(&readings[1]) == NULL)
        return is_other_class(err);
    *version = (struct amt_version){.software = readings[0].items, .setup = readings[1].reply};
    return true;
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
    if (!amt_get(amt, arena, &target, settings, err))
        return false;
    return amt_instance(settings, target.class) != NULL || is_other_class(err);
}
