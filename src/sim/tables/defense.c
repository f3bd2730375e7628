/* System defense: filters, the policies made of them, and who may come in. */
#include "sim/tables/tables.h"

static const struct sim_personality_value amt_endpoint_access_control_service[] = {
    {"CreationClassName", "AMT_EndpointAccessControlService"},
    {"ElementName", "Intel(r) AMT Endpoint Access Control Service"},
    {"Name", "Intel(r) AMT Endpoint Access Control Service"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "Intel(r) AMT"},
    {NULL, NULL},
};

const struct sim_personality_instance sim_table_defense[] = {
    {"AMT_ActiveFilterStatistics", NULL},
    {"AMT_EndpointAccessControlService", amt_endpoint_access_control_service},
    {"AMT_Hdr8021Filter", NULL},
    {"AMT_IPHeadersFilter", NULL},
    {"AMT_NetworkFilter", NULL},
    {"AMT_NetworkPortSystemDefensePolicy", NULL},
    {"AMT_SystemDefensePolicy", NULL},
    {NULL, NULL},
};
