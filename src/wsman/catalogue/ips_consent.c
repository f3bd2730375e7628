/* User consent (spec device-protocols 6.5). */
#include "wsman/catalogue/table.h"

WSMAN_CLASS(IPS_OptInService, NULL, GET | PUT | ENUMERATE,
            PROPERTIES(P(CanModifyOptInPolicy, UINT32, 0), P(CreationClassName, STRING, KEY),
                       P(ElementName, STRING, 0), P(Name, STRING, KEY),
                       P(OptInCodeTimeout, UINT32, 0), P(OptInDisplayTimeout, UINT32, 0),
                       P(OptInRequired, UINT32, 0), P(OptInState, UINT32, 0),
                       P(SystemCreationClassName, STRING, KEY), P(SystemName, STRING, KEY)),
            METHODS(METHOD_EMPTY(CancelOptIn),
                    METHOD(RequestStateChange, P(RequestedState, UINT16, 0),
                           P(TimeoutPeriod, INTERVAL, 0), P(Job, REFERENCE, OUT)),
                    METHOD(SendOptInCode, P(OptInCode, UINT32, REQUIRED)),
                    METHOD_EMPTY(StartOptIn)));
