/* Subscriptions to events (spec device-protocols 5.5). */
#include "wsman/catalogue/table.h"

WSMAN_CLASS(CIM_FilterCollection, NULL, ENUMERATE,
            PROPERTIES(P(CollectionName, STRING, 0), P(ElementName, STRING, 0),
                       P(InstanceID, STRING, KEY)),
            NULL);

WSMAN_CLASS(CIM_FilterCollectionSubscription, NULL, ENUMERATE,
            PROPERTIES(P(FailureTriggerTimeInterval, UINT64, 0), P(Filter, REFERENCE, KEY),
                       P(Handler, REFERENCE, KEY), P(OnFatalErrorPolicy, UINT16, 0),
                       P(OtherOnFatalErrorPolicy, STRING, 0),
                       P(OtherRepeatNotificationPolicy, STRING, 0),
                       P(OtherSubscriptionState, STRING, 0), P(RepeatNotificationCount, UINT64, 0),
                       P(RepeatNotificationGap, UINT64, 0),
                       P(RepeatNotificationInterval, UINT64, 0),
                       P(RepeatNotificationPolicy, UINT16, 0), P(SubscriptionDuration, UINT64, 0),
                       P(SubscriptionInfo, STRING, 0), P(SubscriptionStartTime, DATETIME, 0),
                       P(SubscriptionState, UINT16, 0), P(SubscriptionTimeRemaining, UINT64, 0)),
            NULL);

WSMAN_CLASS(CIM_ListenerDestination, NULL, ENUMERATE,
            PROPERTIES(P(CreationClassName, STRING, KEY), P(Destination, STRING, 0),
                       P(ElementName, STRING, 0), P(Name, STRING, KEY),
                       P(OtherPersistenceType, STRING, 0), P(OtherProtocol, STRING, 0),
                       P(PersistenceType, UINT16, 0), P(Protocol, UINT16, 0),
                       P(SystemCreationClassName, STRING, KEY), P(SystemName, STRING, KEY)),
            NULL);
