/* What the REST interface calls the numbers of Wi-Fi (spec mps 1.16). Constant data. */
#ifndef MPS_ROUTES_WIRELESS_NAMES_H
#define MPS_ROUTES_WIRELESS_NAMES_H

#include "mps/routes/instance_json.h"

#include <jansson.h>

extern const struct instance_name wireless_authentications[9];
extern const struct instance_name wireless_encryptions[5];
extern const struct instance_name wireless_networks[3];
extern const struct instance_name wireless_states[3];

/* The row that `text` names, in any case; NULL when it is no string or names none. */
const struct instance_name *wireless_name_find(const struct instance_name *names, size_t count,
                                               const json_t *text);
#define WIRELESS_NAME_FIND(names, text) \
    wireless_name_find(names, sizeof(names) / sizeof((names)[0]), text)

#endif
