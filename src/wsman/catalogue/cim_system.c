/* The machine as a whole, its software and its screen. */
#include "wsman/catalogue/table.h"

WSMAN_CLASS(CIM_ComputerSystem, NULL, GET | ENUMERATE,
            PROPERTIES(P(CreationClassName, STRING, KEY), P(ElementName, STRING, 0),
                       P(EnabledState, UINT16, 0), P(Name, STRING, KEY),
                       P(OperationalStatus, UINT16, ARRAY), P(RequestedState, UINT16, 0)),
            NULL);

WSMAN_CLASS(CIM_ComputerSystemPackage, "CIM_SystemPackaging", GET | ENUMERATE,
            PROPERTIES(P(Antecedent, REFERENCE, KEY), P(Dependent, REFERENCE, KEY),
                       P(PlatformGUID, STRING, 0)),
            NULL);

WSMAN_CLASS(CIM_KVMRedirectionSAP, NULL, GET | ENUMERATE,
            PROPERTIES(P(CreationClassName, STRING, KEY), P(ElementName, STRING, 0),
                       P(EnabledState, UINT16, 0), P(KVMProtocol, UINT16, 0), P(Name, STRING, KEY),
                       P(OtherKVMProtocol, STRING, 0), P(RequestedState, UINT16, 0),
                       P(SystemCreationClassName, STRING, KEY), P(SystemName, STRING, KEY)),
            METHODS(METHOD(RequestStateChange, P(RequestedState, UINT16, 0),
                           P(TimeoutPeriod, INTERVAL, 0), P(Job, REFERENCE, OUT))));

WSMAN_CLASS(CIM_SoftwareIdentity, NULL, GET | ENUMERATE,
            PROPERTIES(P(BuildNumber, UINT16, 0), P(ClassificationDescriptions, STRING, ARRAY),
                       P(Classifications, UINT16, ARRAY), P(ExtendedResourceType, UINT16, 0),
                       P(IdentityInfoType, STRING, ARRAY), P(IdentityInfoValue, STRING, ARRAY),
                       P(InstanceID, STRING, KEY), P(IsEntity, BOOLEAN, 0),
                       P(IsLargeBuildNumber, BOOLEAN, 0), P(Languages, STRING, ARRAY),
                       P(LargeBuildNumber, UINT32, 0), P(MajorVersion, UINT16, 0),
                       P(Manufacturer, STRING, 0), P(MinExtendedResourceTypeBuildNumber, UINT16, 0),
                       P(MinExtendedResourceTypeMajorVersion, UINT16, 0),
                       P(MinExtendedResourceTypeMinorVersion, UINT16, 0),
                       P(MinExtendedResourceTypeRevisionNumber, UINT16, 0),
                       P(MinorVersion, UINT16, 0),
                       P(OtherExtendedResourceTypeDescription, STRING, 0),
                       P(ReleaseDate, DATETIME, 0), P(RevisionNumber, UINT16, 0),
                       P(SerialNumber, STRING, 0), P(TargetOSTypes, UINT16, ARRAY),
                       P(TargetOperatingSystems, STRING, ARRAY), P(TargetTypes, STRING, ARRAY),
                       P(VersionString, STRING, 0)),
            NULL);

WSMAN_CLASS(CIM_SystemPackaging, NULL, ENUMERATE,
            PROPERTIES(P(Antecedent, REFERENCE, KEY), P(Dependent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(CIM_RegisteredProfile, NULL, ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(InstanceID, STRING, KEY),
                       P(RegisteredName, STRING, 0), P(RegisteredOrganization, UINT16, 0),
                       P(RegisteredVersion, STRING, 0)),
            NULL);

WSMAN_CLASS(CIM_LogicalElement, NULL, ENUMERATE, PROPERTIES(P(ElementName, STRING, 0)), NULL);
