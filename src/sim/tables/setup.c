/* Accounts, time, set-up, power schemes, tables. */
#include "sim/tables/tables.h"

static const struct sim_personality_value amt_asset_table_service[] = {
    {"CreationClassName", "AMT_AssetTableService"},
    {"ElementName", "Intel(r) AMT Asset Table Service"},
    {"Name", "Intel(r) AMT Asset Table Service"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "Intel(r) AMT"},
    {"TableTypes", "SMbios:130"},
    {"TableTypes", "SMbios:131"},
    {NULL, NULL},
};

static const struct sim_personality_value amt_authorization_service[] = {
    {"AllowHttpQopAuthOnly", "1"},
    {"CreationClassName", "AMT_AuthorizationService"},
    {"ElementName", "Intel(r) AMT Authorization Service"},
    {"EnabledState", "5"},
    {"Name", "Intel(r) AMT Authorization Service"},
    {"RequestedState", "12"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "Intel(r) AMT"},
    {NULL, NULL},
};

static const struct sim_personality_value amt_kerberos_setting_data[] = {
    {"ElementName", "Intel(r) AMT: Kerberos Settings"},
    {"InstanceID", "Intel (r) AMT: Kerberos Settings"},
    {"KrbEnabled", "false"},
    {"SupportedEncryptionAlgorithms", "0"},
    {"SupportedEncryptionAlgorithms", "1"},
    {"SupportedEncryptionAlgorithms", "2"},
    {NULL, NULL},
};

static const struct sim_personality_value amt_system_power_scheme_0[] = {
    {"Description", "Mobile: ON in S0"},
    {"ElementName", "Intel(r) AMT Power Scheme"},
    {"InstanceID", "SCHEME 0"},
    {"SchemeGUID", "djmXEQtWUEOIcJgS85G1YA=="},
    {NULL, NULL},
};

static const struct sim_personality_value amt_system_power_scheme_1[] = {
    {"Description", "Mobile: ON in S0, ME Wake in S3, S4-5 (AC only)"},
    {"ElementName", "Intel(r) AMT Power Scheme"},
    {"InstanceID", "SCHEME 1"},
    {"SchemeGUID", "MIAN7gnAeEOvKHhootu+Og=="},
    {NULL, NULL},
};

static const struct sim_personality_value amt_time_synchronization_service[] = {
    {"CreationClassName", "AMT_TimeSynchronizationService"},
    {"ElementName", "Intel(r) AMT Time Synchronization Service"},
    {"EnabledState", "5"},
    {"LocalTimeSyncEnabled", "0"},
    {"Name", "Intel(r) AMT Time Synchronization Service"},
    {"RequestedState", "12"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "Intel(r) AMT"},
    {"TimeSource", "0"},
    {NULL, NULL},
};

static const struct sim_personality_value ips_host_based_setup_service[] = {
    {"AllowedControlModes", "2"},
    {"AllowedControlModes", "1"},
    {"CertChainStatus", "0"},
    {"ConfigurationNonce", "4P3sY7swlhjkhJNxDkEBIUcmpHE="},
    {"CreationClassName", "IPS_HostBasedSetupService"},
    {"CurrentControlMode", "2"},
    {"ElementName", "Intel(r) AMT Host Based Setup Service"},
    {"Name", "Intel(r) AMT Host Based Setup Service"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "Intel(r) AMT"},
    {NULL, NULL},
};

static const struct sim_personality_value ips_provisioning_record_log[] = {
    {"CurrentNumberOfRecords", "1"},
    {"ElementName", "Intel(r) AMT Provisioning Record Log"},
    {"EnabledState", "2"},
    {"HealthState", "0"},
    {"InstanceID", "Intel(r) AMT: RecordLog 1"},
    {"LogState", "4"},
    {"MaxNumberOfRecords", "1"},
    {"Name", "Intel(r) AMT Provisioning Record Log"},
    {"OverwritePolicy", "2"},
    {"RequestedState", "12"},
    {NULL, NULL},
};

const struct sim_personality_instance sim_table_setup[] = {
    {"AMT_AssetTableService", amt_asset_table_service},
    {"AMT_AuthorizationService", amt_authorization_service},
    {"AMT_KerberosSettingData", amt_kerberos_setting_data},
    {"AMT_SystemPowerScheme", amt_system_power_scheme_0},
    {"AMT_SystemPowerScheme", amt_system_power_scheme_1},
    {"AMT_TimeSynchronizationService", amt_time_synchronization_service},
    {"IPS_HostBasedSetupService", ips_host_based_setup_service},
    {"IPS_ProvisioningRecordLog", ips_provisioning_record_log},
    {NULL, NULL},
};
