/*
 * AMT 16.1.25 on a NUC 12 (Alder Lake). The plain ports exist on this platform; they are gone on
 * Raptor Lake, whose devices speak WSMAN over TLS inside the tunnel only (spec device-protocols 0).
 */
#include "sim/tables/tables.h"

static const struct sim_personality_value amt_boot_capabilities[] = {
    {"AMTSecureBootControl", "true"},
    {"BIOSPause", "false"},
    {"BIOSReflash", "true"},
    {"BIOSSecureBoot", "true"},
    {"BIOSSetup", "true"},
    {"ConfigurationDataReset", "false"},
    {"ElementName", "Intel(r) AMT: Boot Capabilities"},
    {"ForceCDorDVDBoot", "true"},
    {"ForceDiagnosticBoot", "false"},
    {"ForceHardDriveBoot", "true"},
    {"ForceHardDriveSafeModeBoot", "false"},
    {"ForcePXEBoot", "true"},
    {"ForceUEFIHTTPSBoot", "true"},
    {"ForceUEFIPBABoot", "true"},
    {"ForceWinREBoot", "true"},
    {"ForcedProgressEvents", "true"},
    {"IDER", "true"},
    {"InstanceID", "Intel(r) AMT:BootCapabilities 0"},
    {"KeyboardLock", "true"},
    {"PlatformErase", "false"},
    {"PowerButtonLock", "false"},
    {"ResetButtonLock", "false"},
    {"SOL", "true"},
    {"SecureErase", "false"},
    {"SleepButtonLock", "false"},
    {"UEFIWiFiCoExistenceAndProfileShare", "true"},
    {"UserPasswordBypass", "true"},
    {"VerbosityQuiet", "false"},
    {"VerbosityScreenBlank", "false"},
    {"VerbosityVerbose", "false"},
    {NULL, NULL},
};

static const struct sim_personality_value amt_boot_setting_data[] = {
    {"BIOSLastStatus", "2"},
    {"BIOSLastStatus", "0"},
    {"BIOSPause", "false"},
    {"BIOSSetup", "false"},
    {"BootMediaIndex", "0"},
    {"BootguardStatus", "127"},
    {"ConfigurationDataReset", "false"},
    {"ElementName", "Intel(r) AMT Boot Configuration Settings"},
    {"EnforceSecureBoot", "false"},
    {"FirmwareVerbosity", "0"},
    {"ForcedProgressEvents", "false"},
    {"IDERBootDevice", "0"},
    {"InstanceID", "Intel(r) AMT:BootSettingData 0"},
    {"LockKeyboard", "false"},
    {"LockPowerButton", "false"},
    {"LockResetButton", "false"},
    {"LockSleepButton", "false"},
    {"OptionsCleared", "true"},
    {"OwningEntity", "Intel(r) AMT"},
    {"PlatformErase", "false"},
    {"RPEEnabled", "true"},
    {"RSEPassword", ""},
    {"ReflashBIOS", "false"},
    {"SecureBootControlEnabled", "true"},
    {"SecureErase", "false"},
    {"UEFIHTTPSBootEnabled", "true"},
    {"UEFILocalPBABootEnabled", "true"},
    {"UefiBootNumberOfParams", "0"},
    {"UseIDER", "false"},
    {"UseSOL", "false"},
    {"UseSafeMode", "false"},
    {"UserPasswordBypass", "false"},
    {"WinREBootEnabled", "true"},
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

static const struct sim_personality_value cim_bioselement[] = {
    {"ElementName", "Primary BIOS"},
    {"Manufacturer", "Intel Corp."},
    {"Name", "Primary BIOS"},
    {"OperationalStatus", "0"},
    {"PrimaryBIOS", "true"},
    {"ReleaseDate", "2023-03-06T00:00:00Z"},
    {"SoftwareElementID", "WSADL357.0087.2023.0306.1931"},
    {"SoftwareElementState", "2"},
    {"TargetOperatingSystem", "66"},
    {"Version", "WSADL357.0087.2023.0306.1931"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_biosfeature[] = {
    {"Characteristics", "7"},
    {"Characteristics", "11"},
    {"Characteristics", "12"},
    {"Characteristics", "27"},
    {"Characteristics", "28"},
    {"Characteristics", "29"},
    {"Characteristics", "31"},
    {"ElementName", "Primary BIOS Features"},
    {"IdentifyingNumber", "M46580-303"},
    {"Name", "Primary BIOS Features"},
    {"OperationalStatus", "0"},
    {"ProductName", "NUC12WSHv5"},
    {"Vendor", "Intel(R) Client Systems"},
    {"Version", "M46580-303"},
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
    {"EnabledState", "32768"},
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

static const struct sim_personality_value cim_boot_source_setting_3[] = {
    {"BIOSBootString", "UEFI HTTPS Boot"},
    {"BootString", ""},
    {"ElementName", "Intel(r) AMT: Boot Source"},
    {"FailThroughSupported", "2"},
    {"InstanceID", "Intel(r) AMT: Force OCR UEFI HTTPS Boot"},
    {"StructuredBootString", "CIM:Network:2"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_card[] = {
    {"CanBeFRUed", "true"},
    {"CreationClassName", "CIM_Card"},
    {"ElementName", "Managed System Base Board"},
    {"Manufacturer", "Intel Corporation"},
    {"Model", "NUC12WSBv5"},
    {"OperationalStatus", "0"},
    {"PackageType", "9"},
    {"SerialNumber", ""},
    {"Tag", "CIM_Card"},
    {"Version", "M46425-303"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_chassis[] = {
    {"ChassisPackageType", "0"},
    {"CreationClassName", "CIM_Chassis"},
    {"ElementName", "Managed System Chassis"},
    {"Manufacturer", "Intel(R) Client Systems"},
    {"Model", "NUC12WSHv5"},
    {"OperationalStatus", "0"},
    {"PackageType", "3"},
    {"SerialNumber", ""},
    {"Tag", "CIM_Chassis"},
    {"Version", "M46580-303"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_chip[] = {
    {"CanBeFRUed", "true"},
    {"CreationClassName", "CIM_Chip"},
    {"ElementName", "Managed System Processor Chip"},
    {"Manufacturer", "Intel(R) Corporation"},
    {"OperationalStatus", "0"},
    {"Tag", "CPU 0"},
    {"Version", "12th Gen Intel(R) Core(TM) i5-1250P"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_computer_system_package[] = {
    {"Antecedent", "CIM_Chassis?CreationClassName=CIM_Chassis&Tag=CIM_Chassis"},
    {"Dependent", "CIM_ComputerSystem?CreationClassName=CIM_ComputerSystem&Name=ManagedSystem"},
    {"PlatformGUID", ""},
    {NULL, NULL},
};

static const struct sim_personality_value cim_media_access_device[] = {
    {"Capabilities", "4"},
    {"CreationClassName", "CIM_MediaAccessDevice"},
    {"DeviceID", "MEDIA DEV 0"},
    {"ElementName", "Managed System Media Access Device"},
    {"EnabledDefault", "2"},
    {"EnabledState", "0"},
    {"MaxMediaSize", "500107862"},
    {"OperationalStatus", "0"},
    {"RequestedState", "12"},
    {"Security", "2"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "ManagedSystem"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_physical_memory_0[] = {
    {"BankLabel", "BANK 0"},
    {"Capacity", "17179869184"},
    {"ConfiguredMemoryClockSpeed", "3200"},
    {"CreationClassName", "CIM_PhysicalMemory"},
    {"ElementName", "Managed System Memory Chip"},
    {"FormFactor", "13"},
    {"IsSpeedInMhz", "true"},
    {"Manufacturer", "859B"},
    {"MaxMemorySpeed", "3200"},
    {"MemoryType", "26"},
    {"PartNumber", "CT16G4SFRA32A.C8FE"},
    {"SerialNumber", ""},
    {"Speed", "0"},
    {"Tag", "9876543210"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_physical_memory_1[] = {
    {"BankLabel", "BANK 2"},
    {"Capacity", "17179869184"},
    {"ConfiguredMemoryClockSpeed", "3200"},
    {"CreationClassName", "CIM_PhysicalMemory"},
    {"ElementName", "Managed System Memory Chip"},
    {"FormFactor", "13"},
    {"IsSpeedInMhz", "true"},
    {"Manufacturer", "859B"},
    {"MaxMemorySpeed", "3200"},
    {"MemoryType", "26"},
    {"PartNumber", "CT16G4SFRA32A.C8FE"},
    {"SerialNumber", ""},
    {"Speed", "0"},
    {"Tag", "9876543210 (#1)"},
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

static const struct sim_personality_value cim_processor[] = {
    {"CPUStatus", "1"},
    {"CreationClassName", "CIM_Processor"},
    {"CurrentClockSpeed", "1700"},
    {"DeviceID", "CPU 0"},
    {"ElementName", "Managed System CPU"},
    {"EnabledState", "2"},
    {"ExternalBusClockSpeed", "100"},
    {"Family", "198"},
    {"HealthState", "0"},
    {"MaxClockSpeed", "4400"},
    {"OperationalStatus", "0"},
    {"OtherFamilyDescription", ""},
    {"RequestedState", "12"},
    {"Role", "Central"},
    {"Stepping", "3"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "ManagedSystem"},
    {"UpgradeMethod", "52"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_software_identity_0[] = {
    {"InstanceID", "Flash"},
    {"IsEntity", "true"},
    {"VersionString", "16.1.25"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_software_identity_1[] = {
    {"InstanceID", "Netstack"},
    {"IsEntity", "true"},
    {"VersionString", "16.1.25"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_software_identity_2[] = {
    {"InstanceID", "AMTApps"},
    {"IsEntity", "true"},
    {"VersionString", "16.1.25"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_software_identity_3[] = {
    {"InstanceID", "AMT"},
    {"IsEntity", "true"},
    {"VersionString", "16.1.25"},
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
    {"VersionString", "1917"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_software_identity_7[] = {
    {"InstanceID", "Recovery Version"},
    {"IsEntity", "true"},
    {"VersionString", "16.1.25"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_software_identity_8[] = {
    {"InstanceID", "Recovery Build Num"},
    {"IsEntity", "true"},
    {"VersionString", "1917"},
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
    {"VersionString", "16.1.25"},
    {NULL, NULL},
};

static const struct sim_personality_value ips_power_management_service[] = {
    {"CreationClassName", "IPS_PowerManagementService"},
    {"ElementName", "Intel(r) AMT Power Management Service"},
    {"EnabledState", "5"},
    {"Name", "Intel(r) AMT Power Management Service"},
    {"OSPowerSavingState", "2"},
    {"RequestedState", "12"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "Intel(r) AMT"},
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

static const struct sim_personality_value cim_computer_system[] = {
    {"CreationClassName", "CIM_ComputerSystem"},
    {"ElementName", "Managed System"},
    {"EnabledState", "5"},
    {"Name", "ManagedSystem"},
    {"RequestedState", "12"},
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

static const struct sim_personality_instance instances[] = {
    {"AMT_BootCapabilities", amt_boot_capabilities},
    {"AMT_BootSettingData", amt_boot_setting_data},
    {"AMT_EthernetPortSettings", amt_ethernet_port_settings},
    {"AMT_GeneralSettings", amt_general_settings},
    {"AMT_RedirectionService", amt_redirection_service},
    {"AMT_SetupAndConfigurationService", amt_setup_and_configuration_service},
    {"CIM_AssociatedPowerManagementService", cim_associated_power_management_service},
    {"CIM_BIOSElement", cim_bioselement},
    {"CIM_BIOSFeature", cim_biosfeature},
    {"CIM_BootConfigSetting", cim_boot_config_setting},
    {"CIM_BootService", cim_boot_service},
    {"CIM_BootSourceSetting", cim_boot_source_setting_0},
    {"CIM_BootSourceSetting", cim_boot_source_setting_1},
    {"CIM_BootSourceSetting", cim_boot_source_setting_2},
    {"CIM_BootSourceSetting", cim_boot_source_setting_3},
    {"CIM_Card", cim_card},
    {"CIM_Chassis", cim_chassis},
    {"CIM_Chip", cim_chip},
    {"CIM_ComputerSystem", cim_computer_system},
    {"CIM_ComputerSystemPackage", cim_computer_system_package},
    {"CIM_ElementSettingData", cim_element_setting_data},
    {"CIM_KVMRedirectionSAP", cim_kvmredirection_sap},
    {"CIM_MediaAccessDevice", cim_media_access_device},
    {"CIM_PhysicalMemory", cim_physical_memory_0},
    {"CIM_PhysicalMemory", cim_physical_memory_1},
    {"CIM_PowerManagementCapabilities", cim_power_management_capabilities},
    {"CIM_PowerManagementService", cim_power_management_service},
    {"CIM_Processor", cim_processor},
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
    {"IPS_PowerManagementService", ips_power_management_service},
    {NULL, NULL},
};

static const struct sim_personality_instance *const tables[] = {
    sim_table_alarms,
    sim_table_boot_options,
    sim_table_certificates,
    sim_table_ips_network,
    sim_table_kvm_16,
    sim_table_logs,
    sim_table_parts,
    sim_table_remote_access,
    sim_table_screens,
    sim_table_setup,
    sim_table_tls,
    sim_table_wireless,
    NULL,
};

static const uint16_t ports[] = {16993, 16992, 664, 623, 16995, 16994, 5900, 0};

const struct sim_personality sim_personality_16 = {
    .name = "16.1",
    .server = "Intel(R) Active Management Technology 16.1.25.1917",
    .ocr = true,
    .first_chunk = 0x0220,
    .next_chunk = 0x02FA,
    .ports = ports,
    .instances = instances,
    .tables = tables,
};
