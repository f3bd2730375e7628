/* Packet filters and the policies made of them. */
#include "wsman/catalogue/table.h"

WSMAN_CLASS(AMT_ActiveFilterStatistics, NULL, ENUMERATE,
            PROPERTIES(P(ActivationTime, DATETIME, 0), P(Antecedent, REFERENCE, KEY),
                       P(Dependent, REFERENCE, KEY), P(FilterMatched, UINT32, 0),
                       P(LastResetTime, DATETIME, 0), P(ReadCount, UINT32, 0)),
            NULL);

WSMAN_CLASS(AMT_EndpointAccessControlService, NULL, GET | ENUMERATE,
            PROPERTIES(P(CreationClassName, STRING, KEY), P(ElementName, STRING, 0),
                       P(Name, STRING, KEY), P(SystemCreationClassName, STRING, KEY),
                       P(SystemName, STRING, KEY)),
            METHODS(METHOD(GetEacOptions, P(EacVendors, UINT32, OUT | ARRAY),
                           P(PostureHashAlgorithm, UINT32, OUT)),
                    METHOD(GetPosture, P(PostureType, UINT32, REQUIRED),
                           P(SignedPosture, BINARY, OUT), P(PostureChangeHash, BINARY, OUT)),
                    METHOD(GetPostureHash, P(PostureType, UINT32, REQUIRED),
                           P(PostureChangeHash, BINARY, OUT)),
                    METHOD(RequestStateChange, P(RequestedState, UINT16, 0),
                           P(TimeoutPeriod, INTERVAL, 0), P(Job, REFERENCE, OUT)),
                    METHOD(SetEacOptions, P(EacVendors, UINT32, REQUIRED | ARRAY),
                           P(PostureHashAlgorithm, UINT32, REQUIRED)),
                    METHOD(UpdatePostureState, P(UpdateType, UINT32, REQUIRED))));

WSMAN_CLASS(AMT_Hdr8021Filter, NULL, GET | CREATE | ENUMERATE,
            PROPERTIES(P(ActionEventOnMatch, BOOLEAN, 0), P(CreationClassName, STRING, KEY),
                       P(ElementName, STRING, 0), P(FilterDirection, UINT32, 0),
                       P(FilterProfile, UINT32, 0), P(FilterProfileData, UINT32, 0),
                       P(HdrDestMACAddr8021, BINARY, 0), P(HdrDestMACMask8021, BINARY, 0),
                       P(HdrPriorityValue8021, UINT32, 0), P(HdrProtocolID8021, UINT32, 0),
                       P(HdrSrcMACAddr8021, BINARY, 0), P(HdrSrcMACMask8021, BINARY, 0),
                       P(HdrVLANID8021, UINT32, 0), P(InstanceID, STRING, KEY),
                       P(IsNegated, BOOLEAN, 0), P(Name, STRING, KEY),
                       P(SystemCreationClassName, STRING, KEY), P(SystemName, STRING, KEY)),
            NULL);

WSMAN_CLASS(AMT_IPHeadersFilter, NULL, CREATE | ENUMERATE,
            PROPERTIES(P(ActionEventOnMatch, BOOLEAN, REQUIRED), P(CreationClassName, STRING, KEY),
                       P(ElementName, STRING, 0), P(FilterDirection, UINT32, REQUIRED),
                       P(FilterProfile, UINT32, REQUIRED), P(FilterProfileData, UINT32, 0),
                       P(HdrDSCP, UINT32, ARRAY), P(HdrDestAddress, BINARY, 0),
                       P(HdrDestAddressEndOfRange, BINARY, 0), P(HdrDestMask, BINARY, 0),
                       P(HdrDestPortEnd, UINT32, 0), P(HdrDestPortStart, UINT32, 0),
                       P(HdrFlowLabel, UINT32, 0), P(HdrIPVersion, UINT32, 0),
                       P(HdrProtocolID, UINT32, 0), P(HdrSrcAddress, BINARY, 0),
                       P(HdrSrcAddressEndOfRange, BINARY, 0), P(HdrSrcMask, BINARY, 0),
                       P(HdrSrcPortEnd, UINT32, 0), P(HdrSrcPortStart, UINT32, 0),
                       P(InstanceID, STRING, KEY), P(IsNegated, BOOLEAN, 0), P(Name, STRING, KEY),
                       P(SystemCreationClassName, STRING, KEY), P(SystemName, STRING, KEY),
                       P(TCPFlagsOff, UINT32, 0), P(TCPFlagsOn, UINT32, 0)),
            NULL);

WSMAN_CLASS(AMT_NetworkFilter, NULL, ENUMERATE,
            PROPERTIES(P(CreationClassName, STRING, KEY), P(ElementName, STRING, 0),
                       P(IsNegated, BOOLEAN, 0), P(Name, STRING, KEY), P(OwnerID, STRING, KEY),
                       P(SystemCreationClassName, STRING, KEY), P(SystemName, STRING, KEY)),
            NULL);

WSMAN_CLASS(AMT_NetworkPortSystemDefensePolicy, NULL, CREATE | DELETE | ENUMERATE,
            PROPERTIES(P(Active, BOOLEAN, 0), P(Antecedent, REFERENCE, KEY),
                       P(Dependent, REFERENCE, KEY), P(Enabled, BOOLEAN, 0)),
            NULL);

WSMAN_CLASS(AMT_SystemDefensePolicy, NULL, CREATE | DELETE | ENUMERATE,
            PROPERTIES(P(AntiSpoofingSupport, UINT16, 0), P(ElementName, STRING, 0),
                       P(FilterCreationHandles, UINT32, ARRAY), P(InstanceID, STRING, KEY),
                       P(PolicyName, STRING, 0), P(PolicyPrecedence, UINT32, REQUIRED),
                       P(RxDefaultCount, BOOLEAN, REQUIRED), P(RxDefaultDrop, BOOLEAN, REQUIRED),
                       P(RxDefaultMatchEvent, BOOLEAN, REQUIRED),
                       P(TxDefaultCount, BOOLEAN, REQUIRED), P(TxDefaultDrop, BOOLEAN, REQUIRED),
                       P(TxDefaultMatchEvent, BOOLEAN, REQUIRED)),
            METHODS(METHOD(GetTimeout, P(Timeout, UINT32, OUT)),
                    METHOD(SetTimeout, P(Timeout, UINT32, REQUIRED)),
                    METHOD(UpdateStatistics, P(NetworkInterface, REFERENCE, REQUIRED),
                           P(ResetOnRead, BOOLEAN, REQUIRED))));

/* Only in firmware that never left a laboratory. */
WSMAN_CLASS(AMT_HeuristicPacketFilterStatistics, NULL, GET | ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(InstanceID, STRING, KEY)),
            METHODS(METHOD(ResetSelectedStats, P(SelectedStatistics, STRING, ARRAY))));

WSMAN_CLASS(AMT_EACCredentialContext, NULL, ENUMERATE,
            PROPERTIES(P(ElementInContext, REFERENCE, KEY),
                       P(ElementProvidingContext, REFERENCE, KEY), P(Usage, STRING, 0)),
            NULL);
