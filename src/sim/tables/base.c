/*
 * What every firmware has alike. The versions in CIM_SoftwareIdentity come from the personality
 * (instance.c).
 */
#include "sim/tables/tables.h"

static const struct sim_personality_value amt_ethernet_port_settings[] = {
    {"DHCPEnabled", "true"},
    {"DefaultGateway", "192.168.6.1"},
    {"ElementName", "Intel(r) AMT Ethernet Port Settings"},
    {"InstanceID", "Intel(r) AMT Ethernet Port Settings 0"},
    {"IpSyncEnabled", "true"},
    {"LinkIsUp", "true"},
    {"LinkPolicy", "1"},
    {"LinkPolicy", "14"},
    {"MACAddress", ""},
    {"PhysicalConnectionType", "0"},
    {"PrimaryDNS", "192.168.6.1"},
    {"SharedDynamicIP", "true"},
    {"SharedMAC", "true"},
    {"SharedStaticIp", "false"},
    {"SubnetMask", "255.255.255.0"},
    {NULL, NULL},
};

static const struct sim_personality_value amt_general_settings[] = {
    {"AMTNetworkEnabled", "1"},
    {"DDNSPeriodicUpdateInterval", "1440"},
    {"DDNSTTL", "900"},
    {"DDNSUpdateByDHCPServerEnabled", "true"},
    {"DDNSUpdateEnabled", "false"},
    {"DHCPv6ConfigurationTimeout", "0"},
    {"DigestRealm", ""},
    {"DomainName", ""},
    {"ElementName", "Intel(r) AMT: General Settings"},
    {"HostName", ""},
    {"HostOSFQDN", ""},
    {"IdleWakeTimeout", "65535"},
    {"InstanceID", "Intel(r) AMT: General Settings"},
    {"NetworkInterfaceEnabled", "true"},
    {"PingResponseEnabled", "true"},
    {"PowerSource", "0"},
    {"PreferredAddressFamily", "0"},
    {"PresenceNotificationInterval", "0"},
    {"PrivacyLevel", "0"},
    {"RmcpPingResponseEnabled", "true"},
    {"SharedFQDN", "true"},
    {"WsmanOnlyMode", "false"},
    {NULL, NULL},
};

static const struct sim_personality_value amt_redirection_service[] = {
    {"CreationClassName", "AMT_RedirectionService"},
    {"ElementName", "Intel(r) AMT Redirection Service"},
    {"EnabledState", "32771"},
    {"ListenerEnabled", "true"},
    {"Name", "Intel(r) AMT Redirection Service"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "Intel(r) AMT"},
    {NULL, NULL},
};

static const struct sim_personality_value amt_setup_and_configuration_service[] = {
    {"CreationClassName", "AMT_SetupAndConfigurationService"},
    {"ElementName", "Intel(r) AMT Setup and Configuration Service"},
    {"EnabledState", "5"},
    {"Name", "Intel(r) AMT Setup and Configuration Service"},
    {"PasswordModel", "1"},
    {"ProvisioningMode", "1"},
    {"ProvisioningServerOTP", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},
    {"ProvisioningState", "2"},
    {"RequestedState", "12"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "Intel(r) AMT"},
    {"ZeroTouchConfigurationEnabled", "true"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_associated_power_management_service[] = {
    {"AvailableRequestedPowerStates", "10"},
    {"AvailableRequestedPowerStates", "8"},
    {"AvailableRequestedPowerStates", "5"},
    {"AvailableRequestedPowerStates", "11"},
    {"AvailableRequestedPowerStates", "4"},
    {"AvailableRequestedPowerStates", "7"},
    {"AvailableRequestedPowerStates", "14"},
    {"AvailableRequestedPowerStates", "12"},
    {"PowerState", "2"},
    {"ServiceProvided",
     "CIM_PowerManagementService?CreationClassName=CIM_PowerManagementService&Name=Intel(r) AMT "
     "Power Management Service&SystemCreationClassName=CIM_ComputerSystem&SystemName=Intel(r) AMT"},
    {"UserOfService", "CIM_ComputerSystem?CreationClassName=CIM_ComputerSystem&Name=ManagedSystem"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_boot_config_setting[] = {
    {"ElementName", "Intel(r) AMT: Boot Configuration"},
    {"InstanceID", "Intel(r) AMT: Boot Configuration 0"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_boot_service[] = {
    {"CreationClassName", "CIM_BootService"},
    {"ElementName", "Intel(r) AMT Boot Service"},
    {"EnabledState", "2"},
    {"Name", "Intel(r) AMT Boot Service"},
    {"OperationalStatus", "0"},
    {"RequestedState", "12"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "Intel(r) AMT"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_boot_source_setting_0[] = {
    {"ElementName", "Intel(r) AMT: Boot Source"},
    {"FailThroughSupported", "2"},
    {"InstanceID", "Intel(r) AMT: Force Hard-drive Boot"},
    {"StructuredBootString", "CIM:Hard-Disk:1"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_boot_source_setting_1[] = {
    {"ElementName", "Intel(r) AMT: Boot Source"},
    {"FailThroughSupported", "2"},
    {"InstanceID", "Intel(r) AMT: Force PXE Boot"},
    {"StructuredBootString", "CIM:Network:1"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_boot_source_setting_2[] = {
    {"ElementName", "Intel(r) AMT: Boot Source"},
    {"FailThroughSupported", "2"},
    {"InstanceID", "Intel(r) AMT: Force CD/DVD Boot"},
    {"StructuredBootString", "CIM:CD/DVD:1"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_computer_system[] = {
    {"CreationClassName", "CIM_ComputerSystem"},
    {"ElementName", "Managed System"},
    {"EnabledState", "5"},
    {"Name", "ManagedSystem"},
    {"RequestedState", "12"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_computer_system_package[] = {
    {"Antecedent", "CIM_Chassis?CreationClassName=CIM_Chassis&Tag=CIM_Chassis"},
    {"Dependent", "CIM_ComputerSystem?CreationClassName=CIM_ComputerSystem&Name=ManagedSystem"},
    {"PlatformGUID", ""},
    {NULL, NULL},
};

static const struct sim_personality_value cim_element_setting_data[] = {
    {"IsCurrent", "2"},
    {"IsDefault", "2"},
    {"IsNext", "2"},
    {"ManagedElement",
     "CIM_ComputerSystem?CreationClassName=CIM_ComputerSystem&Name=ManagedSystem"},
    {"SettingData", "CIM_BootConfigSetting?InstanceID=Intel(r) AMT: Boot Configuration 0"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_kvmredirection_sap[] = {
    {"CreationClassName", "CIM_KVMRedirectionSAP"},
    {"ElementName", "KVM Redirection Service Access Point"},
    {"EnabledState", "6"},
    {"KVMProtocol", "4"},
    {"Name", "KVM Redirection Service Access Point"},
    {"RequestedState", "5"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "ManagedSystem"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_power_management_capabilities[] = {
    {"ElementName", "Power Management Capabilities"},
    {"InstanceID", "Intel(r) AMT:PowerManagementCapabilities 0"},
    {"OtherPowerChangeCapabilities", ""},
    {"PowerChangeCapabilities", "2"},
    {"PowerChangeCapabilities", "3"},
    {"PowerChangeCapabilities", "4"},
    {"PowerChangeCapabilities", "7"},
    {"PowerChangeCapabilities", "8"},
    {"PowerStatesSupported", "5"},
    {"PowerStatesSupported", "8"},
    {"PowerStatesSupported", "2"},
    {"PowerStatesSupported", "10"},
    {"PowerStatesSupported", "11"},
    {"PowerStatesSupported", "12"},
    {"PowerStatesSupported", "14"},
    {"RequestedPowerStatesSupported", "5"},
    {"RequestedPowerStatesSupported", "8"},
    {"RequestedPowerStatesSupported", "2"},
    {"RequestedPowerStatesSupported", "10"},
    {"RequestedPowerStatesSupported", "11"},
    {"RequestedPowerStatesSupported", "12"},
    {"RequestedPowerStatesSupported", "14"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_power_management_service[] = {
    {"CreationClassName", "CIM_PowerManagementService"},
    {"ElementName", "Intel(r) AMT Power Management Service"},
    {"EnabledState", "5"},
    {"Name", "Intel(r) AMT Power Management Service"},
    {"RequestedState", "12"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "Intel(r) AMT"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_software_identity_0[] = {
    {"InstanceID", "Flash"},
    {"IsEntity", "true"},
    {"VersionString", ""},
    {NULL, NULL},
};

static const struct sim_personality_value cim_software_identity_1[] = {
    {"InstanceID", "Netstack"},
    {"IsEntity", "true"},
    {"VersionString", ""},
    {NULL, NULL},
};

static const struct sim_personality_value cim_software_identity_2[] = {
    {"InstanceID", "AMTApps"},
    {"IsEntity", "true"},
    {"VersionString", ""},
    {NULL, NULL},
};

static const struct sim_personality_value cim_software_identity_3[] = {
    {"InstanceID", "AMT"},
    {"IsEntity", "true"},
    {"VersionString", ""},
    {NULL, NULL},
};

static const struct sim_personality_value cim_software_identity_4[] = {
    {"InstanceID", "Sku"},
    {"IsEntity", "true"},
    {"VersionString", "16392"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_software_identity_5[] = {
    {"InstanceID", "VendorID"},
    {"IsEntity", "true"},
    {"VersionString", "8086"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_software_identity_6[] = {
    {"InstanceID", "Build Number"},
    {"IsEntity", "true"},
    {"VersionString", ""},
    {NULL, NULL},
};

static const struct sim_personality_value cim_software_identity_7[] = {
    {"InstanceID", "Recovery Version"},
    {"IsEntity", "true"},
    {"VersionString", ""},
    {NULL, NULL},
};

static const struct sim_personality_value cim_software_identity_8[] = {
    {"InstanceID", "Recovery Build Num"},
    {"IsEntity", "true"},
    {"VersionString", ""},
    {NULL, NULL},
};

static const struct sim_personality_value cim_software_identity_9[] = {
    {"InstanceID", "Legacy Mode"},
    {"IsEntity", "true"},
    {"VersionString", "False"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_software_identity_10[] = {
    {"InstanceID", "AMT FW Core Version"},
    {"IsEntity", "true"},
    {"VersionString", ""},
    {NULL, NULL},
};

static const struct sim_personality_value ips_opt_in_service[] = {
    {"CanModifyOptInPolicy", "1"},
    {"CreationClassName", "IPS_OptInService"},
    {"ElementName", "Intel(r) AMT OptIn Service"},
    {"Name", "Intel(r) AMT OptIn Service"},
    {"OptInCodeTimeout", "120"},
    {"OptInDisplayTimeout", "300"},
    {"OptInRequired", "0"},
    {"OptInState", "0"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "Intel(r) AMT"},
    {NULL, NULL},
};

const struct sim_personality_instance sim_table_base[] = {
    {"AMT_EthernetPortSettings", amt_ethernet_port_settings},
    {"AMT_GeneralSettings", amt_general_settings},
    {"AMT_RedirectionService", amt_redirection_service},
    {"AMT_SetupAndConfigurationService", amt_setup_and_configuration_service},
    {"CIM_AssociatedPowerManagementService", cim_associated_power_management_service},
    {"CIM_BootConfigSetting", cim_boot_config_setting},
    {"CIM_BootService", cim_boot_service},
    {"CIM_BootSourceSetting", cim_boot_source_setting_0},
    {"CIM_BootSourceSetting", cim_boot_source_setting_1},
    {"CIM_BootSourceSetting", cim_boot_source_setting_2},
    {"CIM_ComputerSystem", cim_computer_system},
    {"CIM_ComputerSystemPackage", cim_computer_system_package},
    {"CIM_ElementSettingData", cim_element_setting_data},
    {"CIM_KVMRedirectionSAP", cim_kvmredirection_sap},
    {"CIM_PowerManagementCapabilities", cim_power_management_capabilities},
    {"CIM_PowerManagementService", cim_power_management_service},
    {"CIM_SoftwareIdentity", cim_software_identity_0},
    {"CIM_SoftwareIdentity", cim_software_identity_1},
    {"CIM_SoftwareIdentity", cim_software_identity_2},
    {"CIM_SoftwareIdentity", cim_software_identity_3},
    {"CIM_SoftwareIdentity", cim_software_identity_4},
    {"CIM_SoftwareIdentity", cim_software_identity_5},
    {"CIM_SoftwareIdentity", cim_software_identity_6},
    {"CIM_SoftwareIdentity", cim_software_identity_7},
    {"CIM_SoftwareIdentity", cim_software_identity_8},
    {"CIM_SoftwareIdentity", cim_software_identity_9},
    {"CIM_SoftwareIdentity", cim_software_identity_10},
    {"IPS_OptInService", ips_opt_in_service},
    {NULL, NULL},
};
