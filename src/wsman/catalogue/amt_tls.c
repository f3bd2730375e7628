/* TLS of the device itself (spec device-protocols 7.7). */
#include "wsman/catalogue/table.h"

WSMAN_CLASS(AMT_TLSCredentialContext, NULL, PUT | CREATE | DELETE | ENUMERATE,
            PROPERTIES(P(ElementInContext, REFERENCE, KEY),
                       P(ElementProvidingContext, REFERENCE, KEY), P(Usage, STRING, 0)),
            NULL);

WSMAN_CLASS(AMT_TLSProtocolEndpointCollection, NULL, GET | ENUMERATE,
            PROPERTIES(P(ElementName, STRING, KEY)), NULL);

WSMAN_CLASS(AMT_TLSSettingData, NULL, GET | PUT | ENUMERATE,
            PROPERTIES(P(AcceptNonSecureConnections, BOOLEAN, 0), P(ElementName, STRING, 0),
                       P(Enabled, BOOLEAN, 0), P(InstanceID, STRING, KEY),
                       P(MutualAuthentication, BOOLEAN, 0),
                       P(NonSecureConnectionsSupported, BOOLEAN, READ_ONLY),
                       P(TrustedCN, STRING, ARRAY), P(X509IssuerName, STRING, ARRAY),
                       P(X509SerialNumber, STRING, ARRAY)),
            NULL);

WSMAN_CLASS(AMT_TLSProtocolEndpoint, NULL, GET | ENUMERATE,
            PROPERTIES(P(CreationClassName, STRING, KEY), P(ElementName, STRING, 0),
                       P(EnabledState, UINT16, 0), P(Name, STRING, KEY), P(NameFormat, STRING, 0),
                       P(ProtocolIFType, UINT16, 0), P(RequestedState, UINT16, 0),
                       P(SystemCreationClassName, STRING, KEY), P(SystemName, STRING, KEY)),
            NULL);
