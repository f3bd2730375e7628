/* The machine of the recordings of AMT 12.0.67: a NUC 9 with a Core i7-9850H. */
#include "sim/tables/tables.h"

static const struct sim_personality_value cim_bioselement[] = {
    {"ElementName", "Primary BIOS"},
    {"Manufacturer", "Intel Corp."},
    {"Name", "Primary BIOS"},
    {"OperationalStatus", "0"},
    {"PrimaryBIOS", "true"},
    {"ReleaseDate", "2020-08-10T00:00:00Z"},
    {"SoftwareElementID", "QNCFLX70.0054.2020.0810.2227"},
    {"SoftwareElementState", "2"},
    {"TargetOperatingSystem", "66"},
    {"Version", "QNCFLX70.0054.2020.0810.2227"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_card[] = {
    {"CanBeFRUed", "true"},
    {"CreationClassName", "CIM_Card"},
    {"ElementName", "Managed System Base Board"},
    {"Manufacturer", "Intel Corporation"},
    {"Model", "NUC9V7QNB"},
    {"OperationalStatus", "0"},
    {"PackageType", "9"},
    {"SerialNumber", ""},
    {"Tag", "CIM_Card"},
    {"Version", "K47180-402"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_chassis[] = {
    {"ChassisPackageType", "0"},
    {"CreationClassName", "CIM_Chassis"},
    {"ElementName", "Managed System Chassis"},
    {"Manufacturer", "Intel(R) Client Systems"},
    {"Model", "NUC9V7QNX"},
    {"OperationalStatus", "0"},
    {"PackageType", "3"},
    {"SerialNumber", ""},
    {"Tag", "CIM_Chassis"},
    {"Version", "K47174-402"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_chip[] = {
    {"CanBeFRUed", "true"},
    {"CreationClassName", "CIM_Chip"},
    {"ElementName", "Managed System Processor Chip"},
    {"Manufacturer", "Intel(R) Corporation"},
    {"OperationalStatus", "0"},
    {"Tag", "CPU 0"},
    {"Version", "Intel(R) Core(TM) i7-9850H CPU @ 2.60GHz"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_media_access_device_0[] = {
    {"Capabilities", "4"},
    {"CreationClassName", "CIM_MediaAccessDevice"},
    {"DeviceID", "MEDIA DEV 0"},
    {"ElementName", "Managed System Media Access Device"},
    {"EnabledDefault", "2"},
    {"EnabledState", "0"},
    {"MaxMediaSize", "960197124"},
    {"OperationalStatus", "0"},
    {"RequestedState", "12"},
    {"Security", "2"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "ManagedSystem"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_media_access_device_1[] = {
    {"Capabilities", "4"},
    {"CreationClassName", "CIM_MediaAccessDevice"},
    {"DeviceID", "MEDIA DEV 1"},
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
    {"ConfiguredMemoryClockSpeed", "2400"},
    {"CreationClassName", "CIM_PhysicalMemory"},
    {"ElementName", "Managed System Memory Chip"},
    {"FormFactor", "13"},
    {"IsSpeedInMhz", "true"},
    {"Manufacturer", "859B"},
    {"MaxMemorySpeed", "2400"},
    {"MemoryType", "26"},
    {"PartNumber", "CT16G4SFD824A.M16FE"},
    {"SerialNumber", ""},
    {"Speed", "0"},
    {"Tag", "9876543210"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_physical_memory_1[] = {
    {"BankLabel", "BANK 2"},
    {"Capacity", "17179869184"},
    {"ConfiguredMemoryClockSpeed", "2400"},
    {"CreationClassName", "CIM_PhysicalMemory"},
    {"ElementName", "Managed System Memory Chip"},
    {"FormFactor", "13"},
    {"IsSpeedInMhz", "true"},
    {"Manufacturer", "859B"},
    {"MaxMemorySpeed", "2400"},
    {"MemoryType", "26"},
    {"PartNumber", "CT16G4SFD824A.M16FE"},
    {"SerialNumber", ""},
    {"Speed", "0"},
    {"Tag", "9876543210 (#1)"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_processor[] = {
    {"CPUStatus", "1"},
    {"CreationClassName", "CIM_Processor"},
    {"CurrentClockSpeed", "2400"},
    {"DeviceID", "CPU 0"},
    {"ElementName", "Managed System CPU"},
    {"EnabledState", "2"},
    {"ExternalBusClockSpeed", "100"},
    {"Family", "198"},
    {"HealthState", "0"},
    {"MaxClockSpeed", "8300"},
    {"OperationalStatus", "0"},
    {"OtherFamilyDescription", ""},
    {"RequestedState", "12"},
    {"Role", "Central"},
    {"Stepping", "13"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "ManagedSystem"},
    {"UpgradeMethod", "52"},
    {NULL, NULL},
};

const struct sim_personality_instance sim_table_nuc9[] = {
    {"CIM_BIOSElement", cim_bioselement},
    {"CIM_Card", cim_card},
    {"CIM_Chassis", cim_chassis},
    {"CIM_Chip", cim_chip},
    {"CIM_MediaAccessDevice", cim_media_access_device_0},
    {"CIM_MediaAccessDevice", cim_media_access_device_1},
    {"CIM_PhysicalMemory", cim_physical_memory_0},
    {"CIM_PhysicalMemory", cim_physical_memory_1},
    {"CIM_Processor", cim_processor},
    {NULL, NULL},
};
