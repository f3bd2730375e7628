/* The action codes of the REST interface (spec mps 1.11, 2.7, 2.8): what becomes of each, and what
 * it needs. 17, 500 and 501 are in no table (amt/power.h). Constant data; pure. */
#ifndef AMT_POWER_ACTION_H
#define AMT_POWER_ACTION_H

#include "amt/boot_choice.h"

struct amt_power_action {
    int code;
    const char *power_state; /* that is asked for */
    bool boots;              /* to something else, through boot settings: */
    enum amt_boot_kind kind;
    struct amt_boot boot;
};

/* NULL when there is no such code. */
const struct amt_power_action *amt_power_action_find(int code);

/* Whether there is such an action and the details (NULL: none) are enough for it. Otherwise
 * ERROR_INVALID, and *field (when not NULL) is what is missing or wrong: "action", or a member as
 * amt_boot_details_check names it. */
bool amt_power_check(int action, const struct amt_boot_details *details, const char **field,
                     struct error *err);

#endif
