/* What nobody but a class browser asks for, and what such a one sees empty. The names of these
 * instances have no evidence behind them. */
#include "sim/tables/tables.h"

static const struct sim_personality_value amt_event_manager_service[] = {
    {"CreationClassName", "AMT_EventManagerService"},
    {"ElementName", "Intel(r) AMT Event Manager Service"},
    {"EnabledState", "5"},
    {"Name", "Intel(r) AMT Event Manager Service"},
    {"RequestedState", "12"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "Intel(r) AMT"},
    {NULL, NULL},
};

static const struct sim_personality_value amt_public_key_management_capabilities[] = {
    {"ElementName", "Intel(r) AMT Certificate Store Capabilities"},
    {"InstanceID", "Intel(r) AMT:PublicKeyManagementCapabilities 0"},
    {NULL, NULL},
};

static const struct sim_personality_value amt_tlsprotocol_endpoint_0[] = {
    {"CreationClassName", "AMT_TLSProtocolEndpoint"},
    {"ElementName", "Intel(r) AMT TLS Protocol Endpoint 16993"},
    {"EnabledState", "5"},
    {"Name", "Intel(r) AMT TLS Protocol Endpoint 16993"},
    {"RequestedState", "12"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "Intel(r) AMT"},
    {NULL, NULL},
};

static const struct sim_personality_value amt_tlsprotocol_endpoint_1[] = {
    {"CreationClassName", "AMT_TLSProtocolEndpoint"},
    {"ElementName", "Intel(r) AMT TLS Protocol Endpoint 16995"},
    {"EnabledState", "5"},
    {"Name", "Intel(r) AMT TLS Protocol Endpoint 16995"},
    {"RequestedState", "12"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "Intel(r) AMT"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_computer_system[] = {
    {"CreationClassName", "CIM_ComputerSystem"},
    {"ElementName", "Intel(r) AMT Subsystem"},
    {"EnabledState", "5"},
    {"Name", "Intel(r) AMT"},
    {"RequestedState", "12"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_identity[] = {
    {"ElementName", "Intel(r) AMT:$$OsAdmin"},
    {"InstanceID", "Intel(r) AMT:$$OsAdmin"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_indication_service[] = {
    {"CreationClassName", "CIM_IndicationService"},
    {"ElementName", "Intel(r) AMT Indication Service"},
    {"EnabledState", "5"},
    {"Name", "Intel(r) AMT Indication Service"},
    {"RequestedState", "12"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "Intel(r) AMT"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_role[] = {
    {"CreationClassName", "CIM_Role"},
    {"ElementName", "Intel(r) AMT:$$OsAdmin"},
    {"Name", "Intel(r) AMT:$$OsAdmin"},
    {NULL, NULL},
};

const struct sim_personality_instance sim_table_browser[] = {
    {"AMT_AssetTable", NULL},
    {"AMT_CRL", NULL},
    {"AMT_EventManagerService", amt_event_manager_service},
    {"AMT_PublicKeyManagementCapabilities", amt_public_key_management_capabilities},
    {"AMT_SNMPEventSubscriber", NULL},
    {"AMT_TLSProtocolEndpoint", amt_tlsprotocol_endpoint_0},
    {"AMT_TLSProtocolEndpoint", amt_tlsprotocol_endpoint_1},
    {"CIM_ComputerSystem", cim_computer_system},
    {"CIM_Identity", cim_identity},
    {"CIM_IndicationService", cim_indication_service},
    {"CIM_LogicalElement", NULL},
    {"CIM_RegisteredProfile", NULL},
    {"CIM_Role", cim_role},
    {NULL, NULL},
};
