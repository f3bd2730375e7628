/* Power saving of the operating system. */
#include "wsman/catalogue/table.h"

WSMAN_CLASS(IPS_PowerManagementService, NULL, GET | ENUMERATE,
            PROPERTIES(P(CreationClassName, STRING, KEY), P(ElementName, STRING, 0),
                       P(EnabledState, UINT16, 0), P(Name, STRING, KEY),
                       P(OSPowerSavingState, UINT16, 0), P(RequestedState, UINT16, 0),
                       P(SystemCreationClassName, STRING, KEY), P(SystemName, STRING, KEY)),
            METHODS(METHOD(RequestOSPowerSavingStateChange, P(OSPowerSavingState, UINT16, 0),
                           P(ManagedElement, REFERENCE, 0), P(Time, DATETIME, 0),
                           P(TimeoutPeriod, INTERVAL, 0), P(Job, REFERENCE, OUT))));
