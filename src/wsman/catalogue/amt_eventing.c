/* Who is told of events, in Intel's terms. */
#include "wsman/catalogue/table.h"

WSMAN_CLASS(AMT_EventManagerService, NULL, GET | ENUMERATE,
            PROPERTIES(P(CreationClassName, STRING, KEY), P(ElementName, STRING, 0),
                       P(EnabledState, UINT16, 0), P(Name, STRING, KEY),
                       P(RequestedState, UINT16, 0), P(SystemCreationClassName, STRING, KEY),
                       P(SystemName, STRING, KEY)),
            NULL);

WSMAN_CLASS(AMT_SNMPEventSubscriber, NULL, ENUMERATE,
            PROPERTIES(P(CreationClassName, STRING, KEY), P(ElementName, STRING, 0),
                       P(Name, STRING, KEY), P(SystemCreationClassName, STRING, KEY),
                       P(SystemName, STRING, KEY)),
            NULL);
