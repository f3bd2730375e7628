/* More of what cim_browser.c has. */
#include "wsman/catalogue/table.h"

#define SERVICE_KEYS                                                                    \
    P(CreationClassName, STRING, KEY), P(ElementName, STRING, 0), P(Name, STRING, KEY), \
        P(SystemCreationClassName, STRING, KEY), P(SystemName, STRING, KEY)
#define DEVICE_KEYS                                                                         \
    P(CreationClassName, STRING, KEY), P(DeviceID, STRING, KEY), P(ElementName, STRING, 0), \
        P(SystemCreationClassName, STRING, KEY), P(SystemName, STRING, KEY)

WSMAN_CLASS(CIM_ManagedCredential, NULL, GET | ENUMERATE,
            PROPERTIES(P(Antecedent, REFERENCE, KEY), P(Dependent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_ManagedElement, NULL, GET | ENUMERATE, PROPERTIES(P(ElementName, STRING, 0)), NULL);

WSMAN_CLASS(CIM_ManagedSystemElement, NULL, GET | ENUMERATE, PROPERTIES(P(ElementName, STRING, 0)),
            NULL);

WSMAN_CLASS(CIM_MemberOfCollection, NULL, GET | ENUMERATE,
            PROPERTIES(P(Collection, REFERENCE, KEY), P(Member, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_Memory, NULL, GET | ENUMERATE, PROPERTIES(DEVICE_KEYS), NULL);

WSMAN_CLASS(CIM_MessageLog, NULL, GET | ENUMERATE,
            PROPERTIES(P(CreationClassName, STRING, KEY), P(ElementName, STRING, 0),
                       P(Name, STRING, KEY)),
            NULL);

WSMAN_CLASS(CIM_NetworkPort, NULL, GET | ENUMERATE, PROPERTIES(DEVICE_KEYS), NULL);

WSMAN_CLASS(CIM_NetworkPortCapabilities, NULL, GET | ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(InstanceID, STRING, KEY)), NULL);

WSMAN_CLASS(CIM_NetworkPortConfigurationService, NULL, GET | ENUMERATE, PROPERTIES(SERVICE_KEYS),
            NULL);

WSMAN_CLASS(CIM_OrderedComponent, NULL, GET | ENUMERATE,
            PROPERTIES(P(GroupComponent, REFERENCE, KEY), P(PartComponent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_OwningCollectionElement, NULL, GET | ENUMERATE,
            PROPERTIES(P(OwnedElement, REFERENCE, KEY), P(OwningElement, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_OwningJobElement, NULL, GET | ENUMERATE,
            PROPERTIES(P(OwnedElement, REFERENCE, KEY), P(OwningElement, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_PCIController, NULL, GET | ENUMERATE, PROPERTIES(DEVICE_KEYS), NULL);

WSMAN_CLASS(CIM_PhysicalComponent, NULL, GET | ENUMERATE,
            PROPERTIES(P(CreationClassName, STRING, KEY), P(ElementName, STRING, 0),
                       P(Tag, STRING, KEY)),
            NULL);

WSMAN_CLASS(CIM_PhysicalElement, NULL, GET | ENUMERATE,
            PROPERTIES(P(CreationClassName, STRING, KEY), P(ElementName, STRING, 0),
                       P(Tag, STRING, KEY)),
            NULL);

WSMAN_CLASS(CIM_PhysicalElementLocation, NULL, GET | ENUMERATE,
            PROPERTIES(P(Element, REFERENCE, KEY), P(PhysicalLocation, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_Policy, NULL, GET | ENUMERATE, PROPERTIES(P(ElementName, STRING, 0)), NULL);

WSMAN_CLASS(CIM_PolicyAction, NULL, GET | ENUMERATE,
            PROPERTIES(P(CreationClassName, STRING, KEY), P(ElementName, STRING, 0),
                       P(PolicyActionName, STRING, KEY),
                       P(PolicyRuleCreationClassName, STRING, KEY), P(PolicyRuleName, STRING, KEY),
                       P(SystemCreationClassName, STRING, KEY), P(SystemName, STRING, KEY)),
            NULL);

WSMAN_CLASS(CIM_PolicyCondition, NULL, GET | ENUMERATE,
            PROPERTIES(P(CreationClassName, STRING, KEY), P(ElementName, STRING, 0),
                       P(PolicyConditionName, STRING, KEY),
                       P(PolicyRuleCreationClassName, STRING, KEY), P(PolicyRuleName, STRING, KEY),
                       P(SystemCreationClassName, STRING, KEY), P(SystemName, STRING, KEY)),
            NULL);

WSMAN_CLASS(CIM_PolicyInSystem, NULL, GET | ENUMERATE,
            PROPERTIES(P(Antecedent, REFERENCE, KEY), P(Dependent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_PolicyRule, NULL, GET | ENUMERATE,
            PROPERTIES(P(CreationClassName, STRING, KEY), P(ElementName, STRING, 0),
                       P(PolicyRuleName, STRING, KEY), P(SystemCreationClassName, STRING, KEY),
                       P(SystemName, STRING, KEY)),
            NULL);

WSMAN_CLASS(CIM_PolicyRuleInSystem, NULL, GET | ENUMERATE,
            PROPERTIES(P(Antecedent, REFERENCE, KEY), P(Dependent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_PolicySet, NULL, GET | ENUMERATE, PROPERTIES(P(ElementName, STRING, 0)), NULL);

WSMAN_CLASS(CIM_PolicySetAppliesToElement, NULL, GET | ENUMERATE,
            PROPERTIES(P(ManagedElement, REFERENCE, KEY), P(PolicySet, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_PolicySetInSystem, NULL, GET | ENUMERATE,
            PROPERTIES(P(Antecedent, REFERENCE, KEY), P(Dependent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_Privilege, NULL, GET | ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(InstanceID, STRING, KEY)), NULL);

WSMAN_CLASS(CIM_PrivilegeManagementCapabilities, NULL, GET | ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(InstanceID, STRING, KEY)), NULL);

WSMAN_CLASS(CIM_PrivilegeManagementService, NULL, GET | ENUMERATE, PROPERTIES(SERVICE_KEYS), NULL);

WSMAN_CLASS(CIM_ProcessIndication, NULL, GET | ENUMERATE, PROPERTIES(P(ElementName, STRING, 0)),
            NULL);

WSMAN_CLASS(CIM_ProtocolEndpoint, NULL, GET | ENUMERATE, PROPERTIES(SERVICE_KEYS), NULL);

WSMAN_CLASS(CIM_ProvidesServiceToElement, NULL, GET | ENUMERATE,
            PROPERTIES(P(Antecedent, REFERENCE, KEY), P(Dependent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_Realizes, NULL, GET | ENUMERATE,
            PROPERTIES(P(Antecedent, REFERENCE, KEY), P(Dependent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_RecordForLog, NULL, GET | ENUMERATE, PROPERTIES(P(ElementName, STRING, 0)), NULL);

WSMAN_CLASS(CIM_ReferencedProfile, NULL, GET | ENUMERATE,
            PROPERTIES(P(Antecedent, REFERENCE, KEY), P(Dependent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_RemoteAccessAvailableToElement, NULL, GET | ENUMERATE,
            PROPERTIES(P(Antecedent, REFERENCE, KEY), P(Dependent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_RemoteIdentity, NULL, GET | ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(InstanceID, STRING, KEY)), NULL);

WSMAN_CLASS(CIM_RemotePort, NULL, GET | ENUMERATE, PROPERTIES(SERVICE_KEYS), NULL);

WSMAN_CLASS(CIM_RemoteServiceAccessPoint, NULL, GET | ENUMERATE, PROPERTIES(SERVICE_KEYS), NULL);

WSMAN_CLASS(CIM_RoleBasedAuthorizationService, NULL, GET | ENUMERATE, PROPERTIES(SERVICE_KEYS),
            NULL);

WSMAN_CLASS(CIM_RoleBasedManagementCapabilities, NULL, GET | ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(InstanceID, STRING, KEY)), NULL);

WSMAN_CLASS(CIM_RoleLimitedToTarget, NULL, GET | ENUMERATE,
            PROPERTIES(P(DefiningRole, REFERENCE, KEY), P(TargetElement, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_SAPAvailableForElement, NULL, GET | ENUMERATE,
            PROPERTIES(P(AvailableSAP, REFERENCE, KEY), P(ManagedElement, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_SecurityService, NULL, GET | ENUMERATE, PROPERTIES(SERVICE_KEYS), NULL);

WSMAN_CLASS(CIM_Service, NULL, GET | ENUMERATE, PROPERTIES(SERVICE_KEYS), NULL);

WSMAN_CLASS(CIM_ServiceAccessBySAP, NULL, GET | ENUMERATE,
            PROPERTIES(P(Antecedent, REFERENCE, KEY), P(Dependent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_ServiceAccessPoint, NULL, GET | ENUMERATE, PROPERTIES(SERVICE_KEYS), NULL);

WSMAN_CLASS(CIM_ServiceAffectsElement, NULL, GET | ENUMERATE,
            PROPERTIES(P(AffectedElement, REFERENCE, KEY), P(AffectingElement, REFERENCE, KEY)),
            NULL);

WSMAN_CLASS(CIM_ServiceSAPDependency, NULL, GET | ENUMERATE,
            PROPERTIES(P(Antecedent, REFERENCE, KEY), P(Dependent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_ServiceServiceDependency, NULL, GET | ENUMERATE,
            PROPERTIES(P(Antecedent, REFERENCE, KEY), P(Dependent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_SettingData, NULL, GET | ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(InstanceID, STRING, KEY)), NULL);

WSMAN_CLASS(CIM_SharedCredential, NULL, GET | ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(InstanceID, STRING, KEY)), NULL);

WSMAN_CLASS(CIM_SoftwareElement, NULL, GET | ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(Name, STRING, KEY),
                       P(SoftwareElementID, STRING, KEY), P(SoftwareElementState, UINT16, KEY),
                       P(TargetOperatingSystem, UINT16, KEY), P(Version, STRING, KEY)),
            NULL);

WSMAN_CLASS(CIM_SoftwareFeature, NULL, GET | ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(IdentifyingNumber, STRING, KEY),
                       P(Name, STRING, KEY), P(ProductName, STRING, KEY), P(Vendor, STRING, KEY),
                       P(Version, STRING, KEY)),
            NULL);

WSMAN_CLASS(CIM_SoftwareFeatureSoftwareElements, NULL, GET | ENUMERATE,
            PROPERTIES(P(GroupComponent, REFERENCE, KEY), P(PartComponent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_StorageExtent, NULL, GET | ENUMERATE, PROPERTIES(DEVICE_KEYS), NULL);

WSMAN_CLASS(CIM_System, NULL, GET | ENUMERATE,
            PROPERTIES(P(CreationClassName, STRING, KEY), P(ElementName, STRING, 0),
                       P(Name, STRING, KEY)),
            NULL);

WSMAN_CLASS(CIM_SystemBIOS, NULL, GET | ENUMERATE,
            PROPERTIES(P(GroupComponent, REFERENCE, KEY), P(PartComponent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_SystemComponent, NULL, GET | ENUMERATE,
            PROPERTIES(P(GroupComponent, REFERENCE, KEY), P(PartComponent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_SystemDevice, NULL, GET | ENUMERATE,
            PROPERTIES(P(GroupComponent, REFERENCE, KEY), P(PartComponent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_UseOfLog, NULL, GET | ENUMERATE,
            PROPERTIES(P(Antecedent, REFERENCE, KEY), P(Dependent, REFERENCE, KEY)), NULL);
