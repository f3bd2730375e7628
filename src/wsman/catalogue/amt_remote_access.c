/* CIRA: servers, policies, home domains (spec device-protocols 7.8). */
#include "wsman/catalogue/table.h"

WSMAN_CLASS(AMT_EnvironmentDetectionSettingData, NULL, GET | PUT | ENUMERATE,
            PROPERTIES(P(DetectionAlgorithm, UINT8, 0),
                       P(DetectionIPv6LocalPrefixes, STRING, ARRAY),
                       P(DetectionStrings, STRING, ARRAY), P(ElementName, STRING, 0),
                       P(InstanceID, STRING, KEY)),
            METHODS(METHOD(EnableVpnRouting, P(Enable, BOOLEAN, REQUIRED)),
                    METHOD(SetSystemDefensePolicy, P(Policy, REFERENCE, 0))));

WSMAN_CLASS(AMT_MPSUsernamePassword, NULL, GET | PUT | ENUMERATE,
            PROPERTIES(P(Algorithm, STRING, 0), P(ElementName, STRING, 0), P(Expires, DATETIME, 0),
                       P(InstanceID, STRING, KEY), P(Issued, DATETIME, 0), P(Protocol, STRING, 0),
                       P(RemoteID, STRING, 0), P(Secret, STRING, WRITE_ONLY)),
            NULL);

WSMAN_CLASS(AMT_ManagementPresenceRemoteSAP, NULL, GET | DELETE | ENUMERATE,
            PROPERTIES(P(AccessContext, UINT16, 0), P(AccessInfo, STRING, 0), P(CN, STRING, 0),
                       P(CreationClassName, STRING, KEY), P(ElementName, STRING, 0),
                       P(InfoFormat, UINT16, 0), P(Name, STRING, KEY),
                       P(OtherAccessContext, STRING, 0), P(OtherInfoFormatDescription, STRING, 0),
                       P(Port, UINT32, 0), P(SystemCreationClassName, STRING, KEY),
                       P(SystemName, STRING, KEY)),
            NULL);

WSMAN_CLASS(AMT_RemoteAccessCapabilities, NULL, GET | ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(InstanceID, STRING, KEY),
                       P(MaxMpsPerPolicy, UINT32, 0), P(MaxTotalMpServers, UINT32, 0),
                       P(MaxTotalPolicies, UINT32, 0), P(MaxTotalProxyEntryPoints, UINT32, 0)),
            NULL);

WSMAN_CLASS(AMT_RemoteAccessCredentialContext, NULL, ENUMERATE,
            PROPERTIES(P(ElementInContext, REFERENCE, KEY),
                       P(ElementProvidingContext, REFERENCE, KEY), P(Usage, STRING, 0)),
            NULL);

WSMAN_CLASS(AMT_RemoteAccessPolicyAppliesToMPS, NULL, GET | PUT | ENUMERATE,
            PROPERTIES(P(ManagedElement, REFERENCE, KEY), P(MpsType, UINT32, 0),
                       P(OrderOfAccess, UINT16, 0), P(PolicySet, REFERENCE, KEY)),
            NULL);

WSMAN_CLASS(AMT_RemoteAccessPolicyRule, NULL, GET | DELETE | ENUMERATE,
            PROPERTIES(P(CommonName, STRING, 0), P(ConditionListType, UINT16, 0),
                       P(CreationClassName, STRING, KEY), P(ElementName, STRING, 0),
                       P(Enabled, UINT16, 0), P(ExecutionStrategy, UINT16, 0),
                       P(ExtendedData, BINARY, 0), P(Mandatory, BOOLEAN, 0),
                       P(PolicyDecisionStrategy, UINT16, 0), P(PolicyKeywords, STRING, ARRAY),
                       P(PolicyRoles, STRING, ARRAY), P(PolicyRuleName, STRING, KEY),
                       P(Priority, UINT16, 0), P(RuleUsage, STRING, 0),
                       P(SequencedActions, UINT16, 0), P(SystemCreationClassName, STRING, KEY),
                       P(SystemName, STRING, KEY), P(Trigger, UINT16, 0),
                       P(TunnelLifeTime, UINT32, 0)),
            NULL);

WSMAN_CLASS(AMT_RemoteAccessService, NULL, GET | ENUMERATE,
            PROPERTIES(P(CreationClassName, STRING, KEY), P(ElementName, STRING, 0),
                       P(IsRemoteTunnelConnected, BOOLEAN, 0), P(Name, STRING, KEY),
                       P(RemoteTunnelKeepAliveTimeout, UINT32, 0),
                       P(SystemCreationClassName, STRING, KEY), P(SystemName, STRING, KEY)),
            METHODS(METHOD(AddMpServer, P(AccessInfo, STRING, REQUIRED),
                           P(InfoFormat, UINT16, REQUIRED), P(Port, UINT32, REQUIRED),
                           P(AuthMethod, UINT16, REQUIRED), P(Certificate, REFERENCE, 0),
                           P(Username, STRING, 0), P(Password, STRING, 0), P(CN, STRING, 0),
                           P(MpServer, REFERENCE, OUT)),
                    METHOD(AddRemoteAccessPolicyRule, P(Trigger, UINT16, REQUIRED),
                           P(TunnelLifeTime, UINT32, REQUIRED), P(ExtendedData, BINARY, 0),
                           P(MpServer, REFERENCE, ARRAY), P(InternalMpServer, REFERENCE, ARRAY),
                           P(PolicyRule, REFERENCE, OUT)),
                    METHOD_EMPTY(CloseRemoteAccessConnection)));

WSMAN_CLASS(AMT_UserInitiatedConnectionService, NULL, GET | ENUMERATE,
            PROPERTIES(P(CreationClassName, STRING, KEY), P(ElementName, STRING, 0),
                       P(EnabledState, UINT16, 0), P(LastConnectionReason, STRING, 0),
                       P(Name, STRING, KEY), P(SystemCreationClassName, STRING, KEY),
                       P(SystemName, STRING, KEY)),
            METHODS(METHOD(RequestStateChange, P(RequestedState, UINT16, 0),
                           P(TimeoutPeriod, INTERVAL, 0), P(Job, REFERENCE, OUT))));
