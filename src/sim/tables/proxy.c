/* HTTP proxies on the way to the server: after AMT 11 only. */
#include "sim/tables/tables.h"

static const struct sim_personality_value ips_httpproxy_service[] = {
    {"CreationClassName", "IPS_HTTPProxyService"},
    {"ElementName", "Intel(r) ME HTTP Proxy Service"},
    {"Name", "Intel(r) ME HTTP Proxy Service"},
    {"SyncEnabled", "false"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "Intel(r) AMT"},
    {NULL, NULL},
};

const struct sim_personality_instance sim_table_proxy[] = {
    {"IPS_HTTPProxyAccessPoint", NULL},
    {"IPS_HTTPProxyService", ips_httpproxy_service},
    {NULL, NULL},
};
