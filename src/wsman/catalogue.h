/*
 * The class catalogue: every WSMAN class that Outband or its simulator speaks, declared once as
 * constant data in src/wsman/catalogue/: namespace, keys, properties with types in the ASCII order
 * in which firmware sends them, methods with their parameters in MOF order. Requests, the
 * simulator's answers, validation and documents derive from it. Read-only; any thread.
 */
#ifndef WSMAN_CATALOGUE_H
#define WSMAN_CATALOGUE_H

#include "core/slice.h"

enum wsman_type {
    WSMAN_STRING,
    WSMAN_BOOLEAN,
    WSMAN_UINT8,
    WSMAN_UINT16,
    WSMAN_UINT32,
    WSMAN_UINT64,
    WSMAN_SINT16,
    WSMAN_SINT32,
    WSMAN_REAL32,
    WSMAN_DATETIME,
    WSMAN_INTERVAL,
    WSMAN_BINARY,
    WSMAN_REFERENCE,
    WSMAN_EMBEDDED /* an instance of another class */
};

enum wsman_flag {
    WSMAN_KEY = 1,        /* part of the selector */
    WSMAN_ARRAY = 2,      /* repeated element */
    WSMAN_READ_ONLY = 4,  /* left out of a Put */
    WSMAN_WRITE_ONLY = 8, /* returned empty or not at all; a Put sends it only when it is set */
    WSMAN_REQUIRED = 16,
    WSMAN_OUT = 32 /* output parameter of a method */
};

struct wsman_property {
    const char *name;
    enum wsman_type type;
    unsigned flags;
};

struct wsman_method {
    const char *name;
    const struct wsman_property *parameters; /* ended by .name == NULL */
};

enum wsman_operation {
    WSMAN_OP_GET = 1,
    WSMAN_OP_PUT = 2,
    WSMAN_OP_CREATE = 4,
    WSMAN_OP_DELETE = 8,
    WSMAN_OP_ENUMERATE = 16
};

struct wsman_class {
    const char *name;  /* "AMT_GeneralSettings": the prefix decides the namespace */
    const char *super; /* class whose enumeration also returns this one; NULL for none */
    unsigned operations;
    const struct wsman_property *properties; /* ended by .name == NULL */
    const struct wsman_method *methods;      /* ended by .name == NULL; or NULL */
};

/* NULL when there is no such class. */
const struct wsman_class *wsman_class_find(struct slice name);

/* The class with this resource URI (namespace and name); NULL when there is none. */
const struct wsman_class *wsman_class_of_uri(struct slice uri);

/* All classes, sorted by name. */
const struct wsman_class *const *wsman_classes(size_t *count);

/* "http://intel.com/wbem/wscim/1/amt-schema/1/" etc., by the prefix of the class's name. */
const char *wsman_class_base(const struct wsman_class *class);

const struct wsman_method *wsman_method_find(const struct wsman_class *class, struct slice name);
const struct wsman_property *wsman_property_find(const struct wsman_class *class,
                                                 struct slice name);

/* All classes, for code that refers to them by name, e.g. wsman_AMT_GeneralSettings. */
#define WSMAN_CLASS_DECLARE(name) extern const struct wsman_class wsman_##name
WSMAN_CLASS_DECLARE(AMT_8021XProfile);
WSMAN_CLASS_DECLARE(AMT_8021xCredentialContext);
WSMAN_CLASS_DECLARE(AMT_ActiveFilterStatistics);
WSMAN_CLASS_DECLARE(AMT_AgentPresenceCapabilities);
WSMAN_CLASS_DECLARE(AMT_AgentPresenceInterfacePolicy);
WSMAN_CLASS_DECLARE(AMT_AgentPresenceService);
WSMAN_CLASS_DECLARE(AMT_AgentPresenceWatchdog);
WSMAN_CLASS_DECLARE(AMT_AgentPresenceWatchdogAction);
WSMAN_CLASS_DECLARE(AMT_AgentPresenceWatchdogVA);
WSMAN_CLASS_DECLARE(AMT_AlarmClockService);
WSMAN_CLASS_DECLARE(AMT_AssetTable);
WSMAN_CLASS_DECLARE(AMT_AssetTableService);
WSMAN_CLASS_DECLARE(AMT_AuditLog);
WSMAN_CLASS_DECLARE(AMT_AuditPolicyRule);
WSMAN_CLASS_DECLARE(AMT_AuthorizationService);
WSMAN_CLASS_DECLARE(AMT_BootCapabilities);
WSMAN_CLASS_DECLARE(AMT_BootSettingData);
WSMAN_CLASS_DECLARE(AMT_CRL);
WSMAN_CLASS_DECLARE(AMT_ComplexFilterEntryBase);
WSMAN_CLASS_DECLARE(AMT_CryptographicCapabilities);
WSMAN_CLASS_DECLARE(AMT_EACCredentialContext);
WSMAN_CLASS_DECLARE(AMT_EndpointAccessControlService);
WSMAN_CLASS_DECLARE(AMT_EnvironmentDetectionInterfacePolicy);
WSMAN_CLASS_DECLARE(AMT_EnvironmentDetectionSettingData);
WSMAN_CLASS_DECLARE(AMT_EthernetPortSettings);
WSMAN_CLASS_DECLARE(AMT_EventLogEntry);
WSMAN_CLASS_DECLARE(AMT_EventManagerService);
WSMAN_CLASS_DECLARE(AMT_EventSubscriber);
WSMAN_CLASS_DECLARE(AMT_FilterEntryBase);
WSMAN_CLASS_DECLARE(AMT_FilterInSystemDefensePolicy);
WSMAN_CLASS_DECLARE(AMT_GeneralSettings);
WSMAN_CLASS_DECLARE(AMT_GeneralSystemDefenseCapabilities);
WSMAN_CLASS_DECLARE(AMT_Hdr8021Filter);
WSMAN_CLASS_DECLARE(AMT_HeuristicPacketFilterStatistics);
WSMAN_CLASS_DECLARE(AMT_IPHeadersFilter);
WSMAN_CLASS_DECLARE(AMT_InterfacePolicy);
WSMAN_CLASS_DECLARE(AMT_KerberosSettingData);
WSMAN_CLASS_DECLARE(AMT_MPSUsernamePassword);
WSMAN_CLASS_DECLARE(AMT_ManagementPresenceRemoteSAP);
WSMAN_CLASS_DECLARE(AMT_MessageLog);
WSMAN_CLASS_DECLARE(AMT_NetworkFilter);
WSMAN_CLASS_DECLARE(AMT_NetworkPortDefaultSystemDefensePolicy);
WSMAN_CLASS_DECLARE(AMT_NetworkPortSystemDefenseCapabilities);
WSMAN_CLASS_DECLARE(AMT_NetworkPortSystemDefensePolicy);
WSMAN_CLASS_DECLARE(AMT_PCIDevice);
WSMAN_CLASS_DECLARE(AMT_PETCapabilities);
WSMAN_CLASS_DECLARE(AMT_PETFilterForTarget);
WSMAN_CLASS_DECLARE(AMT_PETFilterSetting);
WSMAN_CLASS_DECLARE(AMT_ProvisioningCertificateHash);
WSMAN_CLASS_DECLARE(AMT_PublicKeyCertificate);
WSMAN_CLASS_DECLARE(AMT_PublicKeyManagementCapabilities);
WSMAN_CLASS_DECLARE(AMT_PublicKeyManagementService);
WSMAN_CLASS_DECLARE(AMT_PublicPrivateKeyPair);
WSMAN_CLASS_DECLARE(AMT_RedirectionService);
WSMAN_CLASS_DECLARE(AMT_RemoteAccessCapabilities);
WSMAN_CLASS_DECLARE(AMT_RemoteAccessCredentialContext);
WSMAN_CLASS_DECLARE(AMT_RemoteAccessPolicyAppliesToMPS);
WSMAN_CLASS_DECLARE(AMT_RemoteAccessPolicyRule);
WSMAN_CLASS_DECLARE(AMT_RemoteAccessService);
WSMAN_CLASS_DECLARE(AMT_SNMPEventSubscriber);
WSMAN_CLASS_DECLARE(AMT_SetupAndConfigurationService);
WSMAN_CLASS_DECLARE(AMT_StateTransitionCondition);
WSMAN_CLASS_DECLARE(AMT_SystemDefensePolicy);
WSMAN_CLASS_DECLARE(AMT_SystemDefensePolicyInService);
WSMAN_CLASS_DECLARE(AMT_SystemDefenseService);
WSMAN_CLASS_DECLARE(AMT_SystemPowerScheme);
WSMAN_CLASS_DECLARE(AMT_TLSCredentialContext);
WSMAN_CLASS_DECLARE(AMT_TLSProtocolEndpoint);
WSMAN_CLASS_DECLARE(AMT_TLSProtocolEndpointCollection);
WSMAN_CLASS_DECLARE(AMT_TLSSettingData);
WSMAN_CLASS_DECLARE(AMT_TimeSynchronizationService);
WSMAN_CLASS_DECLARE(AMT_TrapTargetForService);
WSMAN_CLASS_DECLARE(AMT_UserInitiatedConnectionService);
WSMAN_CLASS_DECLARE(AMT_WebUIService);
WSMAN_CLASS_DECLARE(AMT_WiFiPortConfigurationService);
WSMAN_CLASS_DECLARE(CIM_AbstractIndicationSubscription);
WSMAN_CLASS_DECLARE(CIM_Account);
WSMAN_CLASS_DECLARE(CIM_AccountManagementCapabilities);
WSMAN_CLASS_DECLARE(CIM_AccountManagementService);
WSMAN_CLASS_DECLARE(CIM_AccountOnSystem);
WSMAN_CLASS_DECLARE(CIM_AdminDomain);
WSMAN_CLASS_DECLARE(CIM_AlertIndication);
WSMAN_CLASS_DECLARE(CIM_AssignedIdentity);
WSMAN_CLASS_DECLARE(CIM_AssociatedPowerManagementService);
WSMAN_CLASS_DECLARE(CIM_AuthenticationService);
WSMAN_CLASS_DECLARE(CIM_AuthorizationService);
WSMAN_CLASS_DECLARE(CIM_BIOSElement);
WSMAN_CLASS_DECLARE(CIM_BIOSFeature);
WSMAN_CLASS_DECLARE(CIM_BIOSFeatureBIOSElements);
WSMAN_CLASS_DECLARE(CIM_Battery);
WSMAN_CLASS_DECLARE(CIM_BootConfigSetting);
WSMAN_CLASS_DECLARE(CIM_BootService);
WSMAN_CLASS_DECLARE(CIM_BootSettingData);
WSMAN_CLASS_DECLARE(CIM_BootSourceSetting);
WSMAN_CLASS_DECLARE(CIM_Capabilities);
WSMAN_CLASS_DECLARE(CIM_Card);
WSMAN_CLASS_DECLARE(CIM_Chassis);
WSMAN_CLASS_DECLARE(CIM_Chip);
WSMAN_CLASS_DECLARE(CIM_Collection);
WSMAN_CLASS_DECLARE(CIM_Component);
WSMAN_CLASS_DECLARE(CIM_ComputerSystem);
WSMAN_CLASS_DECLARE(CIM_ComputerSystemPackage);
WSMAN_CLASS_DECLARE(CIM_ConcreteComponent);
WSMAN_CLASS_DECLARE(CIM_ConcreteDependency);
WSMAN_CLASS_DECLARE(CIM_Controller);
WSMAN_CLASS_DECLARE(CIM_CoolingDevice);
WSMAN_CLASS_DECLARE(CIM_Credential);
WSMAN_CLASS_DECLARE(CIM_CredentialContext);
WSMAN_CLASS_DECLARE(CIM_CredentialManagementService);
WSMAN_CLASS_DECLARE(CIM_Dependency);
WSMAN_CLASS_DECLARE(CIM_DeviceSAPImplementation);
WSMAN_CLASS_DECLARE(CIM_ElementCapabilities);
WSMAN_CLASS_DECLARE(CIM_ElementConformsToProfile);
WSMAN_CLASS_DECLARE(CIM_ElementLocation);
WSMAN_CLASS_DECLARE(CIM_ElementSettingData);
WSMAN_CLASS_DECLARE(CIM_ElementSoftwareIdentity);
WSMAN_CLASS_DECLARE(CIM_ElementStatisticalData);
WSMAN_CLASS_DECLARE(CIM_EnabledLogicalElement);
WSMAN_CLASS_DECLARE(CIM_EnabledLogicalElementCapabilities);
WSMAN_CLASS_DECLARE(CIM_EthernetPort);
WSMAN_CLASS_DECLARE(CIM_Fan);
WSMAN_CLASS_DECLARE(CIM_FilterCollection);
WSMAN_CLASS_DECLARE(CIM_FilterCollectionSubscription);
WSMAN_CLASS_DECLARE(CIM_HostedAccessPoint);
WSMAN_CLASS_DECLARE(CIM_HostedDependency);
WSMAN_CLASS_DECLARE(CIM_HostedService);
WSMAN_CLASS_DECLARE(CIM_IEEE8021xCapabilities);
WSMAN_CLASS_DECLARE(CIM_IEEE8021xSettings);
WSMAN_CLASS_DECLARE(CIM_Identity);
WSMAN_CLASS_DECLARE(CIM_Indication);
WSMAN_CLASS_DECLARE(CIM_IndicationService);
WSMAN_CLASS_DECLARE(CIM_InstalledSoftwareIdentity);
WSMAN_CLASS_DECLARE(CIM_KVMRedirectionSAP);
WSMAN_CLASS_DECLARE(CIM_LANEndpoint);
WSMAN_CLASS_DECLARE(CIM_ListenerDestination);
WSMAN_CLASS_DECLARE(CIM_ListenerDestinationWSManagement);
WSMAN_CLASS_DECLARE(CIM_Location);
WSMAN_CLASS_DECLARE(CIM_Log);
WSMAN_CLASS_DECLARE(CIM_LogEntry);
WSMAN_CLASS_DECLARE(CIM_LogManagesRecord);
WSMAN_CLASS_DECLARE(CIM_LogicalDevice);
WSMAN_CLASS_DECLARE(CIM_LogicalElement);
WSMAN_CLASS_DECLARE(CIM_LogicalPort);
WSMAN_CLASS_DECLARE(CIM_LogicalPortCapabilities);
WSMAN_CLASS_DECLARE(CIM_ManagedCredential);
WSMAN_CLASS_DECLARE(CIM_ManagedElement);
WSMAN_CLASS_DECLARE(CIM_ManagedSystemElement);
WSMAN_CLASS_DECLARE(CIM_MediaAccessDevice);
WSMAN_CLASS_DECLARE(CIM_MemberOfCollection);
WSMAN_CLASS_DECLARE(CIM_Memory);
WSMAN_CLASS_DECLARE(CIM_MessageLog);
WSMAN_CLASS_DECLARE(CIM_NetworkPort);
WSMAN_CLASS_DECLARE(CIM_NetworkPortCapabilities);
WSMAN_CLASS_DECLARE(CIM_NetworkPortConfigurationService);
WSMAN_CLASS_DECLARE(CIM_OrderedComponent);
WSMAN_CLASS_DECLARE(CIM_OwningCollectionElement);
WSMAN_CLASS_DECLARE(CIM_OwningJobElement);
WSMAN_CLASS_DECLARE(CIM_PCIController);
WSMAN_CLASS_DECLARE(CIM_PhysicalComponent);
WSMAN_CLASS_DECLARE(CIM_PhysicalElement);
WSMAN_CLASS_DECLARE(CIM_PhysicalElementLocation);
WSMAN_CLASS_DECLARE(CIM_PhysicalFrame);
WSMAN_CLASS_DECLARE(CIM_PhysicalMemory);
WSMAN_CLASS_DECLARE(CIM_PhysicalPackage);
WSMAN_CLASS_DECLARE(CIM_Policy);
WSMAN_CLASS_DECLARE(CIM_PolicyAction);
WSMAN_CLASS_DECLARE(CIM_PolicyCondition);
WSMAN_CLASS_DECLARE(CIM_PolicyInSystem);
WSMAN_CLASS_DECLARE(CIM_PolicyRule);
WSMAN_CLASS_DECLARE(CIM_PolicyRuleInSystem);
WSMAN_CLASS_DECLARE(CIM_PolicySet);
WSMAN_CLASS_DECLARE(CIM_PolicySetAppliesToElement);
WSMAN_CLASS_DECLARE(CIM_PolicySetInSystem);
WSMAN_CLASS_DECLARE(CIM_PowerManagementCapabilities);
WSMAN_CLASS_DECLARE(CIM_PowerManagementService);
WSMAN_CLASS_DECLARE(CIM_PowerSupply);
WSMAN_CLASS_DECLARE(CIM_Privilege);
WSMAN_CLASS_DECLARE(CIM_PrivilegeManagementCapabilities);
WSMAN_CLASS_DECLARE(CIM_PrivilegeManagementService);
WSMAN_CLASS_DECLARE(CIM_ProcessIndication);
WSMAN_CLASS_DECLARE(CIM_Processor);
WSMAN_CLASS_DECLARE(CIM_ProtocolEndpoint);
WSMAN_CLASS_DECLARE(CIM_ProvidesServiceToElement);
WSMAN_CLASS_DECLARE(CIM_Realizes);
WSMAN_CLASS_DECLARE(CIM_RecordForLog);
WSMAN_CLASS_DECLARE(CIM_RecordLog);
WSMAN_CLASS_DECLARE(CIM_RedirectionService);
WSMAN_CLASS_DECLARE(CIM_ReferencedProfile);
WSMAN_CLASS_DECLARE(CIM_RegisteredProfile);
WSMAN_CLASS_DECLARE(CIM_RemoteAccessAvailableToElement);
WSMAN_CLASS_DECLARE(CIM_RemoteIdentity);
WSMAN_CLASS_DECLARE(CIM_RemotePort);
WSMAN_CLASS_DECLARE(CIM_RemoteServiceAccessPoint);
WSMAN_CLASS_DECLARE(CIM_Role);
WSMAN_CLASS_DECLARE(CIM_RoleBasedAuthorizationService);
WSMAN_CLASS_DECLARE(CIM_RoleBasedManagementCapabilities);
WSMAN_CLASS_DECLARE(CIM_RoleLimitedToTarget);
WSMAN_CLASS_DECLARE(CIM_SAPAvailableForElement);
WSMAN_CLASS_DECLARE(CIM_SecurityService);
WSMAN_CLASS_DECLARE(CIM_Sensor);
WSMAN_CLASS_DECLARE(CIM_Service);
WSMAN_CLASS_DECLARE(CIM_ServiceAccessBySAP);
WSMAN_CLASS_DECLARE(CIM_ServiceAccessPoint);
WSMAN_CLASS_DECLARE(CIM_ServiceAffectsElement);
WSMAN_CLASS_DECLARE(CIM_ServiceAvailableToElement);
WSMAN_CLASS_DECLARE(CIM_ServiceSAPDependency);
WSMAN_CLASS_DECLARE(CIM_ServiceServiceDependency);
WSMAN_CLASS_DECLARE(CIM_SettingData);
WSMAN_CLASS_DECLARE(CIM_SharedCredential);
WSMAN_CLASS_DECLARE(CIM_SoftwareElement);
WSMAN_CLASS_DECLARE(CIM_SoftwareFeature);
WSMAN_CLASS_DECLARE(CIM_SoftwareFeatureSoftwareElements);
WSMAN_CLASS_DECLARE(CIM_SoftwareIdentity);
WSMAN_CLASS_DECLARE(CIM_StatisticalData);
WSMAN_CLASS_DECLARE(CIM_StorageExtent);
WSMAN_CLASS_DECLARE(CIM_System);
WSMAN_CLASS_DECLARE(CIM_SystemBIOS);
WSMAN_CLASS_DECLARE(CIM_SystemComponent);
WSMAN_CLASS_DECLARE(CIM_SystemDevice);
WSMAN_CLASS_DECLARE(CIM_SystemPackaging);
WSMAN_CLASS_DECLARE(CIM_UseOfLog);
WSMAN_CLASS_DECLARE(CIM_Watchdog);
WSMAN_CLASS_DECLARE(CIM_WiFiEndpoint);
WSMAN_CLASS_DECLARE(CIM_WiFiEndpointCapabilities);
WSMAN_CLASS_DECLARE(CIM_WiFiEndpointSettings);
WSMAN_CLASS_DECLARE(CIM_WiFiPort);
WSMAN_CLASS_DECLARE(CIM_WiFiPortCapabilities);
WSMAN_CLASS_DECLARE(IPS_8021xCredentialContext);
WSMAN_CLASS_DECLARE(IPS_AdminProvisioningRecord);
WSMAN_CLASS_DECLARE(IPS_AlarmClockOccurrence);
WSMAN_CLASS_DECLARE(IPS_ClientProvisioningRecord);
WSMAN_CLASS_DECLARE(IPS_HTTPProxyAccessPoint);
WSMAN_CLASS_DECLARE(IPS_HTTPProxyService);
WSMAN_CLASS_DECLARE(IPS_HostBasedSetupService);
WSMAN_CLASS_DECLARE(IPS_HostBootReason);
WSMAN_CLASS_DECLARE(IPS_HostIPSettings);
WSMAN_CLASS_DECLARE(IPS_IEEE8021xSettings);
WSMAN_CLASS_DECLARE(IPS_IPv6PortSettings);
WSMAN_CLASS_DECLARE(IPS_IderSessionUsingPort);
WSMAN_CLASS_DECLARE(IPS_KVMRedirectionSettingData);
WSMAN_CLASS_DECLARE(IPS_KvmSessionUsingPort);
WSMAN_CLASS_DECLARE(IPS_LANEndpoint);
WSMAN_CLASS_DECLARE(IPS_ManualProvisioningRecord);
WSMAN_CLASS_DECLARE(IPS_OptInService);
WSMAN_CLASS_DECLARE(IPS_PowerManagementService);
WSMAN_CLASS_DECLARE(IPS_ProvisioningAuditRecord);
WSMAN_CLASS_DECLARE(IPS_ProvisioningRecordLog);
WSMAN_CLASS_DECLARE(IPS_RasSessionUsingPort);
WSMAN_CLASS_DECLARE(IPS_ScreenConfigurationService);
WSMAN_CLASS_DECLARE(IPS_ScreenSettingData);
WSMAN_CLASS_DECLARE(IPS_SecIOService);
WSMAN_CLASS_DECLARE(IPS_SessionUsingPort);
WSMAN_CLASS_DECLARE(IPS_SolSessionUsingPort);
WSMAN_CLASS_DECLARE(IPS_TLSProvisioningRecord);
WSMAN_CLASS_DECLARE(IPS_WatchDogAction);

#endif
