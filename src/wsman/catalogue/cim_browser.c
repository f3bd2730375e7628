/* Classes of the CIM schema that nobody but a class browser asks for: their keys. Most are
 * abstract, or associations that the firmware does not show. */
#include "wsman/catalogue/table.h"

#define SERVICE_KEYS                                                                    \
    P(CreationClassName, STRING, KEY), P(ElementName, STRING, 0), P(Name, STRING, KEY), \
        P(SystemCreationClassName, STRING, KEY), P(SystemName, STRING, KEY)
#define DEVICE_KEYS                                                                         \
    P(CreationClassName, STRING, KEY), P(DeviceID, STRING, KEY), P(ElementName, STRING, 0), \
        P(SystemCreationClassName, STRING, KEY), P(SystemName, STRING, KEY)

WSMAN_CLASS(CIM_AbstractIndicationSubscription, NULL, GET | ENUMERATE,
            PROPERTIES(P(Filter, REFERENCE, KEY), P(Handler, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_AccountManagementCapabilities, NULL, GET | ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(InstanceID, STRING, KEY)), NULL);

WSMAN_CLASS(CIM_AccountOnSystem, NULL, GET | ENUMERATE,
            PROPERTIES(P(GroupComponent, REFERENCE, KEY), P(PartComponent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_AdminDomain, NULL, GET | ENUMERATE,
            PROPERTIES(P(CreationClassName, STRING, KEY), P(ElementName, STRING, 0),
                       P(Name, STRING, KEY)),
            NULL);

WSMAN_CLASS(CIM_AssignedIdentity, NULL, GET | ENUMERATE,
            PROPERTIES(P(IdentityInfo, REFERENCE, KEY), P(ManagedElement, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_AuthenticationService, NULL, GET | ENUMERATE, PROPERTIES(SERVICE_KEYS), NULL);

WSMAN_CLASS(CIM_AuthorizationService, NULL, GET | ENUMERATE, PROPERTIES(SERVICE_KEYS), NULL);

WSMAN_CLASS(CIM_BIOSFeatureBIOSElements, NULL, GET | ENUMERATE,
            PROPERTIES(P(GroupComponent, REFERENCE, KEY), P(PartComponent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_BootSettingData, NULL, GET | ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(InstanceID, STRING, KEY)), NULL);

WSMAN_CLASS(CIM_Capabilities, NULL, GET | ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(InstanceID, STRING, KEY)), NULL);

WSMAN_CLASS(CIM_Collection, NULL, GET | ENUMERATE, PROPERTIES(P(ElementName, STRING, 0)), NULL);

WSMAN_CLASS(CIM_Component, NULL, GET | ENUMERATE,
            PROPERTIES(P(GroupComponent, REFERENCE, KEY), P(PartComponent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_ConcreteComponent, NULL, GET | ENUMERATE,
            PROPERTIES(P(GroupComponent, REFERENCE, KEY), P(PartComponent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_Controller, NULL, GET | ENUMERATE, PROPERTIES(DEVICE_KEYS), NULL);

WSMAN_CLASS(CIM_CoolingDevice, NULL, GET | ENUMERATE, PROPERTIES(DEVICE_KEYS), NULL);

WSMAN_CLASS(CIM_Credential, NULL, GET | ENUMERATE, PROPERTIES(P(ElementName, STRING, 0)), NULL);

WSMAN_CLASS(CIM_CredentialManagementService, NULL, GET | ENUMERATE, PROPERTIES(SERVICE_KEYS), NULL);

WSMAN_CLASS(CIM_Dependency, NULL, GET | ENUMERATE,
            PROPERTIES(P(Antecedent, REFERENCE, KEY), P(Dependent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_DeviceSAPImplementation, NULL, GET | ENUMERATE,
            PROPERTIES(P(Antecedent, REFERENCE, KEY), P(Dependent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_ElementCapabilities, NULL, GET | ENUMERATE,
            PROPERTIES(P(Capabilities, REFERENCE, KEY), P(ManagedElement, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_ElementConformsToProfile, NULL, GET | ENUMERATE,
            PROPERTIES(P(ConformantStandard, REFERENCE, KEY), P(ManagedElement, REFERENCE, KEY)),
            NULL);

WSMAN_CLASS(CIM_ElementLocation, NULL, GET | ENUMERATE,
            PROPERTIES(P(Element, REFERENCE, KEY), P(PhysicalLocation, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_ElementSoftwareIdentity, NULL, GET | ENUMERATE,
            PROPERTIES(P(Antecedent, REFERENCE, KEY), P(Dependent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_ElementStatisticalData, NULL, GET | ENUMERATE,
            PROPERTIES(P(ManagedElement, REFERENCE, KEY), P(Stats, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_EnabledLogicalElement, NULL, GET | ENUMERATE, PROPERTIES(P(ElementName, STRING, 0)),
            NULL);

WSMAN_CLASS(CIM_EnabledLogicalElementCapabilities, NULL, GET | ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(InstanceID, STRING, KEY)), NULL);

WSMAN_CLASS(CIM_HostedAccessPoint, NULL, GET | ENUMERATE,
            PROPERTIES(P(Antecedent, REFERENCE, KEY), P(Dependent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_HostedDependency, NULL, GET | ENUMERATE,
            PROPERTIES(P(Antecedent, REFERENCE, KEY), P(Dependent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_HostedService, NULL, GET | ENUMERATE,
            PROPERTIES(P(Antecedent, REFERENCE, KEY), P(Dependent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_IEEE8021xCapabilities, NULL, GET | ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(InstanceID, STRING, KEY)), NULL);

WSMAN_CLASS(CIM_Indication, NULL, GET | ENUMERATE, PROPERTIES(P(ElementName, STRING, 0)), NULL);

WSMAN_CLASS(CIM_InstalledSoftwareIdentity, NULL, GET | ENUMERATE,
            PROPERTIES(P(InstalledSoftware, REFERENCE, KEY), P(System, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_LANEndpoint, NULL, GET | ENUMERATE, PROPERTIES(SERVICE_KEYS), NULL);

WSMAN_CLASS(CIM_Location, NULL, GET | ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(Name, STRING, KEY),
                       P(PhysicalPosition, STRING, KEY)),
            NULL);

WSMAN_CLASS(CIM_Log, NULL, GET | ENUMERATE, PROPERTIES(P(ElementName, STRING, 0)), NULL);

WSMAN_CLASS(CIM_LogEntry, NULL, GET | ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(InstanceID, STRING, KEY)), NULL);

WSMAN_CLASS(CIM_LogManagesRecord, NULL, GET | ENUMERATE,
            PROPERTIES(P(Log, REFERENCE, KEY), P(Record, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_LogicalDevice, NULL, GET | ENUMERATE, PROPERTIES(DEVICE_KEYS), NULL);

WSMAN_CLASS(CIM_LogicalPort, NULL, GET | ENUMERATE, PROPERTIES(DEVICE_KEYS), NULL);

WSMAN_CLASS(CIM_LogicalPortCapabilities, NULL, GET | ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(InstanceID, STRING, KEY)), NULL);
