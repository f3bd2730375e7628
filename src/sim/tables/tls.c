/* TLS: switched off, without a certificate. */
#include "sim/tables/tables.h"

static const struct sim_personality_value amt_tlsprotocol_endpoint_collection[] = {
    {"ElementName", "TLSProtocolEndpoint Instances Collection"},
    {NULL, NULL},
};

static const struct sim_personality_value amt_tlssetting_data_0[] = {
    {"AcceptNonSecureConnections", "false"},
    {"ElementName", "Intel(r) AMT 802.3 TLS Settings"},
    {"Enabled", "false"},
    {"InstanceID", "Intel(r) AMT 802.3 TLS Settings"},
    {"MutualAuthentication", "false"},
    {NULL, NULL},
};

static const struct sim_personality_value amt_tlssetting_data_1[] = {
    {"AcceptNonSecureConnections", "true"},
    {"ElementName", "Intel(r) AMT LMS TLS Settings"},
    {"Enabled", "false"},
    {"InstanceID", "Intel(r) AMT LMS TLS Settings"},
    {"MutualAuthentication", "false"},
    {NULL, NULL},
};

const struct sim_personality_instance sim_table_tls[] = {
    {"AMT_TLSCredentialContext", NULL},
    {"AMT_TLSProtocolEndpointCollection", amt_tlsprotocol_endpoint_collection},
    {"AMT_TLSSettingData", amt_tlssetting_data_0},
    {"AMT_TLSSettingData", amt_tlssetting_data_1},
    {NULL, NULL},
};
