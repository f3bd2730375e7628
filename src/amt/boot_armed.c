#include "amt/boot_armed.h"

#include "amt/boot.h"

static bool read_armed(struct amt *amt, struct arena *arena, struct amt_boot_armed *armed,
                       struct error *err)
{
    struct amt_reading readings[] = {AMT_READ_GET(AMT_BootSettingData),
                                     AMT_READ_ENUMERATE(CIM_ElementSettingData)};
    readings[1].tolerant = true;
    if (!amt_read(amt, arena, readings, 2, err))
        return false;
    const struct wsman_xml *settings = amt_reading_instance(&readings[0]);
    if (settings == NULL)
        return error_set(err, ERROR_PROTOCOL, "the device answered without its boot settings");
    const char *source = amt_boot_order_source(amt);
    armed->role = amt_boot_role_of(&readings[1]);
    armed->setting_count = amt_boot_unplain(settings, armed->settings, AMT_BOOT_ARMED_SETTINGS);
    armed->armed = armed->role == AMT_BOOT_ROLE_NEXT || armed->setting_count > 0;
    if (armed->role == AMT_BOOT_ROLE_NEXT && source != NULL)
        armed->source = arena_string(arena, slice_of_string(source));
    return true;
}

bool amt_boot_armed_get(struct amt *amt, struct arena *arena, struct amt_boot_armed *armed,
                        struct error *err)
{
    *armed = (struct amt_boot_armed){.armed = false};
    if (!amt_sequence_begin(amt, err))
        return false;
    bool ok = read_armed(amt, arena, armed, err);
    amt_sequence_end(amt);
    return ok;
}

bool amt_boot_armed_clear(struct amt *amt, struct arena *arena, struct error *err)
{
    if (!amt_sequence_begin(amt, err))
        return false;
    bool ok = amt_boot_reset_settings(amt, arena, err) && amt_boot_order_clear(amt, arena, err);
    amt_sequence_end(amt);
    return ok;
}
