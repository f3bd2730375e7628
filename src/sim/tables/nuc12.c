/* The machine of the recordings of AMT 16.1: a NUC 12 (Alder Lake). */
#include "sim/tables/tables.h"

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

const struct sim_personality_instance sim_table_nuc12[] = {
    {"CIM_BIOSElement", cim_bioselement},
    {"CIM_BIOSFeature", cim_biosfeature},
    {"CIM_Card", cim_card},
    {"CIM_Chassis", cim_chassis},
    {"CIM_Chip", cim_chip},
    {"CIM_MediaAccessDevice", cim_media_access_device},
    {"CIM_PhysicalMemory", cim_physical_memory_0},
    {"CIM_PhysicalMemory", cim_physical_memory_1},
    {"CIM_Processor", cim_processor},
    {NULL, NULL},
};
