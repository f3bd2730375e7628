/* 802.1X on the wired port, as older firmware has it. */
#include "sim/tables/tables.h"

static const struct sim_personality_value amt_8021_xprofile[] = {
    {"ActiveInS0", "true"}, {"ElementName", "Intel(r) AMT 802.1x Profile"},
    {"Enabled", "false"},   {"InstanceID", "Intel(r) AMT 802.1x Profile 0"},
    {"PxeTimeout", "0"},    {NULL, NULL},
};

const struct sim_personality_instance sim_table_wired_8021x[] = {
    {"AMT_8021XProfile", amt_8021_xprofile},
    {"AMT_8021xCredentialContext", NULL},
    {NULL, NULL},
};
