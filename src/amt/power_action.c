#include "amt/power_action.h"

#include "amt/boot_source.h"

/* What becomes of each action code (spec mps 2.7, 2.8). */
static const struct amt_power_action actions[] = {
    {.code = 2, .power_state = "2"},
    {.code = 3, .power_state = "3"},
    {.code = 4, .power_state = "4"},
    {.code = 5, .power_state = "5"},
    {.code = 6, .power_state = "6"},
    {.code = 7, .power_state = "7"},
    {.code = 8, .power_state = "8"},
    {.code = 10, .power_state = "10"},
    {.code = 11, .power_state = "11"},
    {.code = 12, .power_state = "12"},
    {.code = 13, .power_state = "13"},
    {.code = 14, .power_state = "14"},
    {.code = 15, .power_state = "15"},
    {.code = 16, .power_state = "16"},
    {.code = 100, .power_state = "2", .boots = true, .boot = {.bios_setup = true}},
    {.code = 101, .power_state = "10", .boots = true, .boot = {.bios_setup = true}},
    {.code = 104, .power_state = "10", .boots = true, .kind = AMT_BOOT_SECURE_ERASE},
    {.code = 105, .power_state = "10", .boots = true, .kind = AMT_BOOT_HTTPS},
    {.code = 106, .power_state = "2", .boots = true, .kind = AMT_BOOT_HTTPS},
    {.code = 107, .power_state = "10", .boots = true, .kind = AMT_BOOT_PBA},
    {.code = 108, .power_state = "2", .boots = true, .kind = AMT_BOOT_PBA},
    {.code = 109, .power_state = "10", .boots = true, .kind = AMT_BOOT_WINRE},
    {.code = 110, .power_state = "2", .boots = true, .kind = AMT_BOOT_WINRE},
    {.code = 200, .power_state = "10", .boots = true, .boot = {.use_ider = true}},
    {.code = 201, .power_state = "2", .boots = true, .boot = {.use_ider = true}},
    {.code = 202,
     .power_state = "10",
     .boots = true,
     .boot = {.use_ider = true, .ider_cd = true, .source = AMT_BOOT_SOURCE_CD}},
    {.code = 203,
     .power_state = "2",
     .boots = true,
     .boot = {.use_ider = true, .ider_cd = true, .source = AMT_BOOT_SOURCE_CD}},
    {.code = 300, .power_state = "2", .boots = true, .kind = AMT_BOOT_DIAGNOSTIC},
    {.code = 301, .power_state = "10", .boots = true, .kind = AMT_BOOT_DIAGNOSTIC},
    {.code = 400, .power_state = "10", .boots = true, .boot = {.source = AMT_BOOT_SOURCE_PXE}},
    {.code = 401, .power_state = "2", .boots = true, .boot = {.source = AMT_BOOT_SOURCE_PXE}},
};

const struct amt_power_action *amt_power_action_find(int code)
{
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        if (actions[i].code == code)
            return &actions[i];
    }
    return NULL;
}

bool amt_power_check(int action, const struct amt_boot_details *details, const char **field,
                     struct error *err)
{
    static const struct amt_boot_details none = {.use_sol = false};
    const struct amt_power_action *found = amt_power_action_find(action);
    if (found != NULL)
        return amt_boot_details_check(found->kind, details == NULL ? &none : details, field, err);
    if (action == 17 || action == 500 || action == 501)
        return true;
    if (field != NULL)
        *field = "action";
    return error_set(err, ERROR_INVALID, "there is no power action %d", action);
}
