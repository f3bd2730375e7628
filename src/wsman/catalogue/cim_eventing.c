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

WSMAN_CLASS(CIM_IndicationService, NULL, GET | ENUMERATE,
            PROPERTIES(P(CreationClassName, STRING, KEY), P(ElementName, STRING, 0),
                       P(EnabledState, UINT16, 0), P(Name, STRING, KEY),
                       P(RequestedState, UINT16, 0), P(SystemCreationClassName, STRING, KEY),
                       P(SystemName, STRING, KEY)),
            NULL);

WSMAN_CLASS(CIM_ListenerDestination, NULL, ENUMERATE,
            PROPERTIES(P(CreationClassName, STRING, KEY), P(Destination, STRING, 0),
                       P(ElementName, STRING, 0), P(Name, STRING, KEY),
                       P(OtherPersistenceType, STRING, 0), P(OtherProtocol, STRING, 0),
                       P(PersistenceType, UINT16, 0), P(Protocol, UINT16, 0),
                       P(SystemCreationClassName, STRING, KEY), P(SystemName, STRING, KEY)),
            NULL);

WSMAN_CLASS(CIM_ListenerDestinationWSManagement, "CIM_ListenerDestination", GET | ENUMERATE,
            PROPERTIES(P(CreationClassName, STRING, KEY), P(DeliveryMode, UINT16, 0),
                       P(Destination, STRING, 0), P(DestinationEndTo, STRING, 0),
                       P(ElementName, STRING, 0), P(Name, STRING, KEY),
                       P(OtherDeliveryMode, STRING, 0), P(OtherPersistenceType, STRING, 0),
                       P(OtherProtocol, STRING, 0), P(PersistenceType, UINT16, 0),
                       P(Protocol, UINT16, 0), P(SystemCreationClassName, STRING, KEY),
                       P(SystemName, STRING, KEY)),
            NULL);

/* What the device sends to a subscriber. */
WSMAN_CLASS(CIM_AlertIndication, NULL, 0,
            PROPERTIES(P(AlertType, UINT16, 0), P(AlertingElementFormat, UINT16, 0),
                       P(AlertingManagedElement, STRING, 0), P(IndicationFilterName, STRING, 0),
                       P(IndicationIdentifier, STRING, 0), P(IndicationTime, DATETIME, 0),
                       P(Message, STRING, 0), P(MessageArguments, STRING, ARRAY),
                       P(MessageID, STRING, 0), P(OtherAlertType, STRING, 0),
                       P(OwningEntity, STRING, 0), P(PerceivedSeverity, UINT16, 0),
                       P(ProbableCause, UINT16, 0), P(SystemName, STRING, 0)),
            NULL);
