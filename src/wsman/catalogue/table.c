#include "wsman/catalogue/table.h"

/* In ASCII order: the lookup is a binary search. */
#define CLASSES(X)                          \
    X(AMT_8021XProfile)                     \
    X(AMT_8021xCredentialContext)           \
    X(AMT_ActiveFilterStatistics)           \
    X(AMT_AgentPresenceCapabilities)        \
    X(AMT_AgentPresenceWatchdog)            \
    X(AMT_AgentPresenceWatchdogAction)      \
    X(AMT_AlarmClockService)                \
    X(AMT_AssetTable)                       \
    X(AMT_AssetTableService)                \
    X(AMT_AuditLog)                         \
    X(AMT_AuditPolicyRule)                  \
    X(AMT_AuthorizationService)             \
    X(AMT_BootCapabilities)                 \
    X(AMT_BootSettingData)                  \
    X(AMT_CryptographicCapabilities)        \
    X(AMT_EndpointAccessControlService)     \
    X(AMT_EnvironmentDetectionSettingData)  \
    X(AMT_EthernetPortSettings)             \
    X(AMT_EventLogEntry)                    \
    X(AMT_GeneralSettings)                  \
    X(AMT_Hdr8021Filter)                    \
    X(AMT_IPHeadersFilter)                  \
    X(AMT_KerberosSettingData)              \
    X(AMT_MPSUsernamePassword)              \
    X(AMT_ManagementPresenceRemoteSAP)      \
    X(AMT_MessageLog)                       \
    X(AMT_NetworkFilter)                    \
    X(AMT_NetworkPortSystemDefensePolicy)   \
    X(AMT_ProvisioningCertificateHash)      \
    X(AMT_PublicKeyCertificate)             \
    X(AMT_PublicKeyManagementService)       \
    X(AMT_PublicPrivateKeyPair)             \
    X(AMT_RedirectionService)               \
    X(AMT_RemoteAccessCapabilities)         \
    X(AMT_RemoteAccessCredentialContext)    \
    X(AMT_RemoteAccessPolicyAppliesToMPS)   \
    X(AMT_RemoteAccessPolicyRule)           \
    X(AMT_RemoteAccessService)              \
    X(AMT_SetupAndConfigurationService)     \
    X(AMT_StateTransitionCondition)         \
    X(AMT_SystemDefensePolicy)              \
    X(AMT_SystemPowerScheme)                \
    X(AMT_TLSCredentialContext)             \
    X(AMT_TLSProtocolEndpointCollection)    \
    X(AMT_TLSSettingData)                   \
    X(AMT_TimeSynchronizationService)       \
    X(AMT_UserInitiatedConnectionService)   \
    X(AMT_WebUIService)                     \
    X(AMT_WiFiPortConfigurationService)     \
    X(CIM_Account)                          \
    X(CIM_AccountManagementService)         \
    X(CIM_AssociatedPowerManagementService) \
    X(CIM_BIOSElement)                      \
    X(CIM_BIOSFeature)                      \
    X(CIM_Battery)                          \
    X(CIM_BootConfigSetting)                \
    X(CIM_BootService)                      \
    X(CIM_BootSourceSetting)                \
    X(CIM_Card)                             \
    X(CIM_Chassis)                          \
    X(CIM_Chip)                             \
    X(CIM_ComputerSystem)                   \
    X(CIM_ComputerSystemPackage)            \
    X(CIM_ConcreteDependency)               \
    X(CIM_CredentialContext)                \
    X(CIM_ElementSettingData)               \
    X(CIM_EthernetPort)                     \
    X(CIM_Fan)                              \
    X(CIM_FilterCollection)                 \
    X(CIM_FilterCollectionSubscription)     \
    X(CIM_IEEE8021xSettings)                \
    X(CIM_Identity)                         \
    X(CIM_KVMRedirectionSAP)                \
    X(CIM_ListenerDestination)              \
    X(CIM_MediaAccessDevice)                \
    X(CIM_PhysicalFrame)                    \
    X(CIM_PhysicalMemory)                   \
    X(CIM_PhysicalPackage)                  \
    X(CIM_PowerManagementCapabilities)      \
    X(CIM_PowerManagementService)           \
    X(CIM_PowerSupply)                      \
    X(CIM_Processor)                        \
    X(CIM_RecordLog)                        \
    X(CIM_RedirectionService)               \
    X(CIM_Role)                             \
    X(CIM_Sensor)                           \
    X(CIM_ServiceAvailableToElement)        \
    X(CIM_SoftwareIdentity)                 \
    X(CIM_StatisticalData)                  \
    X(CIM_SystemPackaging)                  \
    X(CIM_Watchdog)                         \
    X(CIM_WiFiEndpoint)                     \
    X(CIM_WiFiEndpointCapabilities)         \
    X(CIM_WiFiEndpointSettings)             \
    X(CIM_WiFiPort)                         \
    X(CIM_WiFiPortCapabilities)             \
    X(IPS_8021xCredentialContext)           \
    X(IPS_AlarmClockOccurrence)             \
    X(IPS_HTTPProxyAccessPoint)             \
    X(IPS_HTTPProxyService)                 \
    X(IPS_HostBasedSetupService)            \
    X(IPS_HostBootReason)                   \
    X(IPS_HostIPSettings)                   \
    X(IPS_IEEE8021xSettings)                \
    X(IPS_IPv6PortSettings)                 \
    X(IPS_KVMRedirectionSettingData)        \
    X(IPS_LANEndpoint)                      \
    X(IPS_OptInService)                     \
    X(IPS_PowerManagementService)           \
    X(IPS_ProvisioningRecordLog)            \
    X(IPS_ScreenConfigurationService)       \
    X(IPS_ScreenSettingData)                \
    X(IPS_SecIOService)

#define DECLARE(name) WSMAN_CLASS_DECLARE(name);
CLASSES(DECLARE)
#undef DECLARE

#define ENTRY(name) &wsman_##name,
const struct wsman_class *const wsman_catalogue_table[] = {CLASSES(ENTRY)};
#undef ENTRY

const size_t wsman_catalogue_size = sizeof wsman_catalogue_table / sizeof wsman_catalogue_table[0];
