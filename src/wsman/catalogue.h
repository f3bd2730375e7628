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
WSMAN_CLASS_DECLARE(AMT_AgentPresenceWatchdog);
WSMAN_CLASS_DECLARE(AMT_AgentPresenceWatchdogAction);
WSMAN_CLASS_DECLARE(AMT_AlarmClockService);
WSMAN_CLASS_DECLARE(AMT_AssetTable);
WSMAN_CLASS_DECLARE(AMT_AssetTableService);
WSMAN_CLASS_DECLARE(AMT_AuditLog);
WSMAN_CLASS_DECLARE(AMT_AuditPolicyRule);
WSMAN_CLASS_DECLARE(AMT_AuthorizationService);
WSMAN_CLASS_DECLARE(AMT_BootCapabilities);
WSMAN_CLASS_DECLARE(AMT_BootSettingData);
WSMAN_CLASS_DECLARE(AMT_CryptographicCapabilities);
WSMAN_CLASS_DECLARE(AMT_EndpointAccessControlService);
WSMAN_CLASS_DECLARE(AMT_EnvironmentDetectionSettingData);
WSMAN_CLASS_DECLARE(AMT_EthernetPortSettings);
WSMAN_CLASS_DECLARE(AMT_EventLogEntry);
WSMAN_CLASS_DECLARE(AMT_GeneralSettings);
WSMAN_CLASS_DECLARE(AMT_Hdr8021Filter);
WSMAN_CLASS_DECLARE(AMT_IPHeadersFilter);
WSMAN_CLASS_DECLARE(AMT_KerberosSettingData);
WSMAN_CLASS_DECLARE(AMT_MPSUsernamePassword);
WSMAN_CLASS_DECLARE(AMT_ManagementPresenceRemoteSAP);
WSMAN_CLASS_DECLARE(AMT_MessageLog);
WSMAN_CLASS_DECLARE(AMT_NetworkFilter);
WSMAN_CLASS_DECLARE(AMT_NetworkPortSystemDefensePolicy);
WSMAN_CLASS_DECLARE(AMT_ProvisioningCertificateHash);
WSMAN_CLASS_DECLARE(AMT_PublicKeyCertificate);
WSMAN_CLASS_DECLARE(AMT_PublicKeyManagementService);
WSMAN_CLASS_DECLARE(AMT_PublicPrivateKeyPair);
WSMAN_CLASS_DECLARE(AMT_RedirectionService);
WSMAN_CLASS_DECLARE(AMT_RemoteAccessCapabilities);
WSMAN_CLASS_DECLARE(AMT_RemoteAccessCredentialContext);
WSMAN_CLASS_DECLARE(AMT_RemoteAccessPolicyAppliesToMPS);
WSMAN_CLASS_DECLARE(AMT_RemoteAccessPolicyRule);
WSMAN_CLASS_DECLARE(AMT_RemoteAccessService);
WSMAN_CLASS_DECLARE(AMT_SetupAndConfigurationService);
WSMAN_CLASS_DECLARE(AMT_StateTransitionCondition);
WSMAN_CLASS_DECLARE(AMT_SystemDefensePolicy);
WSMAN_CLASS_DECLARE(AMT_SystemPowerScheme);
WSMAN_CLASS_DECLARE(AMT_TLSCredentialContext);
WSMAN_CLASS_DECLARE(AMT_TLSProtocolEndpointCollection);
WSMAN_CLASS_DECLARE(AMT_TLSSettingData);
WSMAN_CLASS_DECLARE(AMT_TimeSynchronizationService);
WSMAN_CLASS_DECLARE(AMT_UserInitiatedConnectionService);
WSMAN_CLASS_DECLARE(AMT_WebUIService);
WSMAN_CLASS_DECLARE(AMT_WiFiPortConfigurationService);
WSMAN_CLASS_DECLARE(CIM_Account);
WSMAN_CLASS_DECLARE(CIM_AccountManagementService);
WSMAN_CLASS_DECLARE(CIM_AssociatedPowerManagementService);
WSMAN_CLASS_DECLARE(CIM_BIOSElement);
WSMAN_CLASS_DECLARE(CIM_BIOSFeature);
WSMAN_CLASS_DECLARE(CIM_Battery);
WSMAN_CLASS_DECLARE(CIM_BootConfigSetting);
WSMAN_CLASS_DECLARE(CIM_BootService);
WSMAN_CLASS_DECLARE(CIM_BootSourceSetting);
WSMAN_CLASS_DECLARE(CIM_Card);
WSMAN_CLASS_DECLARE(CIM_Chassis);
WSMAN_CLASS_DECLARE(CIM_Chip);
WSMAN_CLASS_DECLARE(CIM_ComputerSystem);
WSMAN_CLASS_DECLARE(CIM_ComputerSystemPackage);
WSMAN_CLASS_DECLARE(CIM_ConcreteDependency);
WSMAN_CLASS_DECLARE(CIM_CredentialContext);
WSMAN_CLASS_DECLARE(CIM_ElementSettingData);
WSMAN_CLASS_DECLARE(CIM_EthernetPort);
WSMAN_CLASS_DECLARE(CIM_Fan);
WSMAN_CLASS_DECLARE(CIM_FilterCollection);
WSMAN_CLASS_DECLARE(CIM_FilterCollectionSubscription);
WSMAN_CLASS_DECLARE(CIM_IEEE8021xSettings);
WSMAN_CLASS_DECLARE(CIM_Identity);
WSMAN_CLASS_DECLARE(CIM_KVMRedirectionSAP);
WSMAN_CLASS_DECLARE(CIM_ListenerDestination);
WSMAN_CLASS_DECLARE(CIM_MediaAccessDevice);
WSMAN_CLASS_DECLARE(CIM_PhysicalFrame);
WSMAN_CLASS_DECLARE(CIM_PhysicalMemory);
WSMAN_CLASS_DECLARE(CIM_PhysicalPackage);
WSMAN_CLASS_DECLARE(CIM_PowerManagementCapabilities);
WSMAN_CLASS_DECLARE(CIM_PowerManagementService);
WSMAN_CLASS_DECLARE(CIM_PowerSupply);
WSMAN_CLASS_DECLARE(CIM_Processor);
WSMAN_CLASS_DECLARE(CIM_RecordLog);
WSMAN_CLASS_DECLARE(CIM_RedirectionService);
WSMAN_CLASS_DECLARE(CIM_Role);
WSMAN_CLASS_DECLARE(CIM_Sensor);
WSMAN_CLASS_DECLARE(CIM_ServiceAvailableToElement);
WSMAN_CLASS_DECLARE(CIM_SoftwareIdentity);
WSMAN_CLASS_DECLARE(CIM_StatisticalData);
WSMAN_CLASS_DECLARE(CIM_SystemPackaging);
WSMAN_CLASS_DECLARE(CIM_Watchdog);
WSMAN_CLASS_DECLARE(CIM_WiFiEndpoint);
WSMAN_CLASS_DECLARE(CIM_WiFiEndpointCapabilities);
WSMAN_CLASS_DECLARE(CIM_WiFiEndpointSettings);
WSMAN_CLASS_DECLARE(CIM_WiFiPort);
WSMAN_CLASS_DECLARE(CIM_WiFiPortCapabilities);
WSMAN_CLASS_DECLARE(IPS_8021xCredentialContext);
WSMAN_CLASS_DECLARE(IPS_AlarmClockOccurrence);
WSMAN_CLASS_DECLARE(IPS_HTTPProxyAccessPoint);
WSMAN_CLASS_DECLARE(IPS_HTTPProxyService);
WSMAN_CLASS_DECLARE(IPS_HostBasedSetupService);
WSMAN_CLASS_DECLARE(IPS_HostBootReason);
WSMAN_CLASS_DECLARE(IPS_HostIPSettings);
WSMAN_CLASS_DECLARE(IPS_IEEE8021xSettings);
WSMAN_CLASS_DECLARE(IPS_IPv6PortSettings);
WSMAN_CLASS_DECLARE(IPS_KVMRedirectionSettingData);
WSMAN_CLASS_DECLARE(IPS_LANEndpoint);
WSMAN_CLASS_DECLARE(IPS_OptInService);
WSMAN_CLASS_DECLARE(IPS_PowerManagementService);
WSMAN_CLASS_DECLARE(IPS_ProvisioningRecordLog);
WSMAN_CLASS_DECLARE(IPS_ScreenConfigurationService);
WSMAN_CLASS_DECLARE(IPS_ScreenSettingData);
WSMAN_CLASS_DECLARE(IPS_SecIOService);

#endif
