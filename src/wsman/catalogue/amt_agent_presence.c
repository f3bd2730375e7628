/* Agents on the host that the firmware watches. */
#include "wsman/catalogue/table.h"

WSMAN_CLASS(AMT_AgentPresenceCapabilities, NULL, GET,
            PROPERTIES(P(ElementName, STRING, 0), P(InstanceID, STRING, KEY),
                       P(MaxEacAgents, UINT32, 0), P(MaxTotalActions, UINT32, 0),
                       P(MaxTotalAgents, UINT32, 0), P(MinGuaranteedActionListSize, UINT32, 0)),
            NULL);

WSMAN_CLASS(AMT_AgentPresenceWatchdog, NULL, CREATE | DELETE | ENUMERATE,
            PROPERTIES(P(ActionOnExpiration, UINT16, 0), P(AdditionalAvailability, UINT16, ARRAY),
                       P(Availability, UINT16, 0), P(CreationClassName, STRING, KEY),
                       P(CurrentState, UINT16, 0), P(DeviceID, STRING, KEY),
                       P(ElementName, STRING, 0), P(ErrorCleared, BOOLEAN, 0),
                       P(ErrorDescription, STRING, 0), P(IdentifyingDescriptions, STRING, ARRAY),
                       P(LastErrorCode, UINT32, 0), P(MaxQuiesceTime, UINT64, 0),
                       P(MonitoredEntity, UINT16, 0), P(MonitoredEntityDescription, STRING, 0),
                       P(MonitoredEntityOnLastExpiration, UINT16, 0),
                       P(OtherIdentifyingInfo, STRING, ARRAY),
                       P(PowerManagementCapabilities, UINT16, ARRAY),
                       P(PowerManagementSupported, BOOLEAN, 0), P(PowerOnHours, UINT64, 0),
                       P(StartupInterval, UINT32, REQUIRED), P(StatusInfo, UINT16, 0),
                       P(SystemCreationClassName, STRING, KEY), P(SystemName, STRING, KEY),
                       P(TimeOfLastExpiration, DATETIME, 0), P(TimeoutInterval, UINT32, REQUIRED),
                       P(TimerResolution, UINT32, 0), P(TotalPowerOnHours, UINT64, 0)),
            METHODS(METHOD(AddAction, P(OldState, UINT16, REQUIRED), P(NewState, UINT16, REQUIRED),
                           P(EventOnTransition, BOOLEAN, REQUIRED), P(ActionSd, BOOLEAN, 0),
                           P(ActionEac, BOOLEAN, 0)),
                    METHOD(AssertPresence, P(SequenceNumber, UINT32, REQUIRED)),
                    METHOD(AssertShutdown, P(SequenceNumber, UINT32, REQUIRED)),
                    METHOD_EMPTY(DeleteAllActions),
                    METHOD(RegisterAgent, P(SessionSequenceNumber, UINT32, OUT),
                           P(TimeoutInterval, UINT32, OUT))));

WSMAN_CLASS(AMT_AgentPresenceWatchdogAction, NULL, ENUMERATE,
            PROPERTIES(P(ActionSd, UINT16, 0), P(CommonName, STRING, 0),
                       P(CreationClassName, STRING, KEY), P(DoActionLogging, BOOLEAN, 0),
                       P(ElementName, STRING, 0), P(EventOnTransition, BOOLEAN, 0),
                       P(PolicyActionName, STRING, KEY), P(PolicyKeywords, STRING, ARRAY),
                       P(PolicyRuleCreationClassName, STRING, KEY), P(PolicyRuleName, STRING, KEY),
                       P(SystemCreationClassName, STRING, KEY), P(SystemName, STRING, KEY)),
            METHODS(METHOD(GetActionEac, P(ActionEac, BOOLEAN, OUT))));

WSMAN_CLASS(AMT_StateTransitionCondition, NULL, ENUMERATE,
            PROPERTIES(P(CommonName, STRING, 0), P(CreationClassName, STRING, KEY),
                       P(ElementName, STRING, 0), P(NewState, UINT16, 0), P(OldState, UINT16, 0),
                       P(PolicyConditionName, STRING, KEY), P(PolicyKeywords, STRING, ARRAY),
                       P(PolicyRuleCreationClassName, STRING, KEY), P(PolicyRuleName, STRING, KEY),
                       P(StateSpace, STRING, 0), P(SystemCreationClassName, STRING, KEY),
                       P(SystemName, STRING, KEY)),
            NULL);

/* Only in firmware that never left a laboratory. */
WSMAN_CLASS(AMT_AgentPresenceWatchdogVA, NULL, GET | ENUMERATE,
            PROPERTIES(P(CreationClassName, STRING, KEY), P(DeviceID, STRING, KEY),
                       P(ElementName, STRING, 0), P(SystemCreationClassName, STRING, KEY),
                       P(SystemName, STRING, KEY)),
            METHODS(METHOD(AddAction, P(OldState, UINT16, REQUIRED), P(NewState, UINT16, REQUIRED),
                           P(EventOnTransition, BOOLEAN, REQUIRED), P(ActionSd, BOOLEAN, 0),
                           P(ActionEac, BOOLEAN, 0)),
                    METHOD(AssertPresence, P(SequenceNumber, UINT32, REQUIRED)),
                    METHOD(AssertShutdown, P(SequenceNumber, UINT32, REQUIRED)),
                    METHOD_EMPTY(DeleteAllActions),
                    METHOD(RegisterAgent, P(SessionSequenceNumber, UINT32, OUT),
                           P(TimeoutInterval, UINT32, OUT))));
