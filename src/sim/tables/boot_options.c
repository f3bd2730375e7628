/* What One-Click Recovery can boot from the disk (AMT 16 and later). */
#include "sim/tables/tables.h"

static const struct sim_personality_value windows[] = {
    {"BIOSBootString", "WinRe"},
    {"BootString", "\\OemWinRe.efi"},
    {"ElementName", "Intel(r) AMT: Boot Source"},
    {"FailThroughSupported", "2"},
    {"InstanceID", "Intel(r) AMT: Force OCR UEFI Boot Option 1"},
    {"StructuredBootString", "CIM:Hard-Disk:2"},
    {NULL, NULL},
};

static const struct sim_personality_value pba[] = {
    {"BIOSBootString", "OEM PBA"},
    {"BootString", "\\OemPba.efi"},
    {"ElementName", "Intel(r) AMT: Boot Source"},
    {"FailThroughSupported", "2"},
    {"InstanceID", "Intel(r) AMT: Force OCR UEFI Boot Option 2"},
    {"StructuredBootString", "CIM:Hard-Disk:3"},
    {NULL, NULL},
};

const struct sim_personality_instance sim_table_boot_options[] = {
    {"CIM_BootSourceSetting", windows},
    {"CIM_BootSourceSetting", pba},
    {NULL, NULL},
};
