/* The service behind KVM. */
#include "wsman/catalogue/table.h"

WSMAN_CLASS(CIM_RedirectionService, NULL, GET | ENUMERATE,
            PROPERTIES(P(CreationClassName, STRING, KEY), P(ElementName, STRING, 0),
                       P(EnabledState, UINT16, 0), P(MaxCurrentEnabledSAPs, UINT16, 0),
                       P(Name, STRING, KEY), P(OtherRedirectionServiceType, STRING, 0),
                       P(RedirectionServiceType, UINT16, 0), P(RequestedState, UINT16, 0),
                       P(SharingMode, UINT16, 0), P(SystemCreationClassName, STRING, KEY),
                       P(SystemName, STRING, KEY)),
            METHODS(METHOD(RequestStateChange, P(RequestedState, UINT16, 0),
                           P(TimeoutPeriod, INTERVAL, 0), P(Job, REFERENCE, OUT))));
