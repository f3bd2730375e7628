/*
 * TLS of firmware that has no plain ports: always on, with the certificate that it made for itself.
 * NonSecureConnectionsSupported is there to be read from Raptor Lake on (spec
 * device-protocols 7.7).
 */
#include "sim/tables/tables.h"

static const struct sim_personality_value amt_tlscredential_context[] = {
    {"ElementInContext", "AMT_PublicKeyCertificate?InstanceID=Intel(r) AMT Certificate: Handle: 1"},
    {"ElementProvidingContext",
     "AMT_TLSProtocolEndpointCollection?ElementName=TLSProtocolEndpoint Instances Collection"},
    {NULL, NULL},
};

static const struct sim_personality_value amt_tlsprotocol_endpoint_collection[] = {
    {"ElementName", "TLSProtocolEndpoint Instances Collection"},
    {NULL, NULL},
};

static const struct sim_personality_value amt_tlssetting_data_0[] = {
    {"AcceptNonSecureConnections", "false"},
    {"ElementName", "Intel(r) AMT 802.3 TLS Settings"},
    {"Enabled", "true"},
    {"InstanceID", "Intel(r) AMT 802.3 TLS Settings"},
    {"MutualAuthentication", "false"},
    {"NonSecureConnectionsSupported", "false"},
    {NULL, NULL},
};

static const struct sim_personality_value amt_tlssetting_data_1[] = {
    {"AcceptNonSecureConnections", "false"},
    {"ElementName", "Intel(r) AMT LMS TLS Settings"},
    {"Enabled", "true"},
    {"InstanceID", "Intel(r) AMT LMS TLS Settings"},
    {"MutualAuthentication", "false"},
    {"NonSecureConnectionsSupported", "false"},
    {NULL, NULL},
};

const struct sim_personality_instance sim_table_tls_only[] = {
    {"AMT_TLSCredentialContext", amt_tlscredential_context},
    {"AMT_TLSProtocolEndpointCollection", amt_tlsprotocol_endpoint_collection},
    {"AMT_TLSSettingData", amt_tlssetting_data_0},
    {"AMT_TLSSettingData", amt_tlssetting_data_1},
    {NULL, NULL},
};
