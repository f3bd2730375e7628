#include "wsman/catalogue/table.h"

/* In ASCII order: the lookup is a binary search. */
#define CLASSES(X)                          \
    X(AMT_AuditLog)                         \
    X(AMT_BootCapabilities)                 \
    X(AMT_BootSettingData)                  \
    X(AMT_EthernetPortSettings)             \
    X(AMT_GeneralSettings)                  \
    X(AMT_MessageLog)                       \
    X(AMT_RedirectionService)               \
    X(AMT_SetupAndConfigurationService)     \
    X(AMT_TimeSynchronizationService)       \
    X(CIM_AssociatedPowerManagementService) \
    X(CIM_BIOSElement)                      \
    X(CIM_BootConfigSetting)                \
    X(CIM_BootService)                      \
    X(CIM_BootSourceSetting)                \
    X(CIM_Card)                             \
    X(CIM_Chassis)                          \
    X(CIM_Chip)                             \
    X(CIM_ComputerSystem)                   \
    X(CIM_ComputerSystemPackage)            \
    X(CIM_ElementSettingData)               \
    X(CIM_KVMRedirectionSAP)                \
    X(CIM_MediaAccessDevice)                \
    X(CIM_PhysicalMemory)                   \
    X(CIM_PhysicalPackage)                  \
    X(CIM_PowerManagementCapabilities)      \
    X(CIM_PowerManagementService)           \
    X(CIM_Processor)                        \
    X(CIM_ServiceAvailableToElement)        \
    X(CIM_SoftwareIdentity)                 \
    X(CIM_SystemPackaging)                  \
    X(IPS_OptInService)                     \
    X(IPS_PowerManagementService)

#define DECLARE(name) WSMAN_CLASS_DECLARE(name);
CLASSES(DECLARE)
#undef DECLARE

#define ENTRY(name) &wsman_##name,
const struct wsman_class *const wsman_catalogue_table[] = {CLASSES(ENTRY)};
#undef ENTRY

const size_t wsman_catalogue_size = sizeof wsman_catalogue_table / sizeof wsman_catalogue_table[0];
