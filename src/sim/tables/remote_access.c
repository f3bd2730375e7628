/* CIRA: one server, which a periodic policy calls. */
#include "sim/tables/tables.h"

static const struct sim_personality_value amt_environment_detection_setting_data[] = {
    {"DetectionAlgorithm", "0"},
    {"DetectionStrings", "00d032fb-4341-42a5-a353-aaf83ff9d410.com"},
    {"ElementName", "Intel(r) AMT Environment Detection Settings"},
    {"InstanceID", "Intel(r) AMT Environment Detection Settings"},
    {NULL, NULL},
};

static const struct sim_personality_value amt_mpsusername_password[] = {
    {"InstanceID", "Intel(r) AMT:MPS Username Password 0"},
    {"RemoteID", "test"},
    {NULL, NULL},
};

static const struct sim_personality_value amt_management_presence_remote_sap[] = {
    {"AccessInfo", "192.168.10.196"},
    {"CN", "192.168.10.196"},
    {"CreationClassName", "AMT_ManagementPresenceRemoteSAP"},
    {"ElementName", "Intel(r) AMT:Management Presence Server"},
    {"InfoFormat", "3"},
    {"Name", "Intel(r) AMT:Management Presence Server 0"},
    {"Port", "4433"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "Intel(r) AMT"},
    {NULL, NULL},
};

static const struct sim_personality_value amt_remote_access_capabilities[] = {
    {"ElementName", "Intel(r) AMT:Remote Access Capabilities"},
    {"InstanceID", "Intel(r) AMT:Remote Access Capabilities"},
    {"MaxMpsPerPolicy", "2"},
    {"MaxTotalMpServers", "6"},
    {"MaxTotalPolicies", "3"},
    {"MaxTotalProxyEntryPoints", "15"},
    {NULL, NULL},
};

static const struct sim_personality_value amt_remote_access_policy_applies_to_mps[] = {
    {"ManagedElement", "AMT_ManagementPresenceRemoteSAP?CreationClassName=AMT_"
                       "ManagementPresenceRemoteSAP&Name=Intel(r) AMT:Management Presence Server "
                       "0&SystemCreationClassName=CIM_ComputerSystem&SystemName=Intel(r) AMT"},
    {"MpsType", "0"},
    {"OrderOfAccess", "0"},
    {"PolicySet",
     "AMT_RemoteAccessPolicyRule?CreationClassName=AMT_RemoteAccessPolicyRule&PolicyRuleName="
     "Periodic&SystemCreationClassName=CIM_ComputerSystem&SystemName=Intel(r) AMT"},
    {NULL, NULL},
};

static const struct sim_personality_value amt_remote_access_policy_rule[] = {
    {"CreationClassName", "AMT_RemoteAccessPolicyRule"},
    {"ElementName", "Inte(r) AMT:Remote Access Policy"},
    {"ExtendedData", "AAAAAAAAABk="},
    {"PolicyRuleName", "Periodic"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "Intel(r) AMT"},
    {"Trigger", "2"},
    {"TunnelLifeTime", "0"},
    {NULL, NULL},
};

static const struct sim_personality_value amt_remote_access_service[] = {
    {"CreationClassName", "AMT_RemoteAccessService"},
    {"ElementName", "Intel(r) AMT Remote Access Service"},
    {"IsRemoteTunnelConnected", "false"},
    {"Name", "Intel(r) AMT Remote Access Service"},
    {"RemoteTunnelKeepAliveTimeout", "4294967295"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "Intel(r) AMT"},
    {NULL, NULL},
};

static const struct sim_personality_value amt_user_initiated_connection_service[] = {
    {"CreationClassName", "AMT_UserInitiatedConnectionService"},
    {"ElementName", "Intel(r) AMT User Initiated Connection Service"},
    {"EnabledState", "32771"},
    {"LastConnectionReason", ""},
    {"Name", "Intel(r) AMT User Initiated Connection Service"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "Intel(r) AMT"},
    {NULL, NULL},
};

const struct sim_personality_instance sim_table_remote_access[] = {
    {"AMT_EnvironmentDetectionSettingData", amt_environment_detection_setting_data},
    {"AMT_MPSUsernamePassword", amt_mpsusername_password},
    {"AMT_ManagementPresenceRemoteSAP", amt_management_presence_remote_sap},
    {"AMT_RemoteAccessCapabilities", amt_remote_access_capabilities},
    {"AMT_RemoteAccessCredentialContext", NULL},
    {"AMT_RemoteAccessPolicyAppliesToMPS", amt_remote_access_policy_applies_to_mps},
    {"AMT_RemoteAccessPolicyRule", amt_remote_access_policy_rule},
    {"AMT_RemoteAccessService", amt_remote_access_service},
    {"AMT_UserInitiatedConnectionService", amt_user_initiated_connection_service},
    {NULL, NULL},
};
