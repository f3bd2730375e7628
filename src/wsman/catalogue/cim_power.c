/* Power state and power changes (spec device-protocols 6.1, 6.2). */
#include "wsman/catalogue/table.h"

WSMAN_CLASS(CIM_AssociatedPowerManagementService, "CIM_ServiceAvailableToElement", GET | ENUMERATE,
            PROPERTIES(P(AvailableRequestedPowerStates, UINT16, ARRAY),
                       P(OtherPowerState, STRING, 0), P(OtherRequestedPowerState, STRING, 0),
                       P(PowerOnTime, UINT32, 0), P(PowerState, UINT16, 0),
                       P(RequestedPowerState, UINT16, 0), P(ServiceProvided, REFERENCE, KEY),
                       P(TransitioningToPowerState, UINT16, 0), P(UserOfService, REFERENCE, KEY)),
            NULL);

WSMAN_CLASS(CIM_PowerManagementCapabilities, NULL, GET | ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(InstanceID, STRING, KEY),
                       P(OtherPowerCapabilitiesDescriptions, STRING, ARRAY),
                       P(OtherPowerChangeCapabilities, STRING, ARRAY),
                       P(PowerCapabilities, UINT16, ARRAY),
                       P(PowerChangeCapabilities, UINT16, ARRAY),
                       P(PowerStatesSupported, UINT16, ARRAY),
                       P(RequestedPowerStatesSupported, UINT16, ARRAY)),
            NULL);

WSMAN_CLASS(CIM_PowerManagementService, NULL, GET | ENUMERATE,
            PROPERTIES(P(CreationClassName, STRING, KEY), P(ElementName, STRING, 0),
                       P(EnabledState, UINT16, 0), P(Name, STRING, KEY),
                       P(RequestedState, UINT16, 0), P(SystemCreationClassName, STRING, KEY),
                       P(SystemName, STRING, KEY)),
            METHODS(METHOD(RequestPowerStateChange, P(PowerState, UINT16, 0),
                           P(ManagedElement, REFERENCE, 0), P(Time, DATETIME, 0),
                           P(TimeoutPeriod, INTERVAL, 0), P(Job, REFERENCE, OUT))));

WSMAN_CLASS(CIM_ServiceAvailableToElement, NULL, ENUMERATE,
            PROPERTIES(P(ServiceProvided, REFERENCE, KEY), P(UserOfService, REFERENCE, KEY)), NULL);
