/* 802.1X on the wired port, as older firmware has it. */
#include "wsman/catalogue/table.h"

WSMAN_CLASS(AMT_8021XProfile, NULL, GET | PUT | ENUMERATE,
            PROPERTIES(P(ActiveInS0, BOOLEAN, 0), P(AuthenticationProtocol, UINT32, 0),
                       P(ClientCertificate, REFERENCE, 0), P(Domain, STRING, 0),
                       P(ElementName, STRING, 0), P(Enabled, BOOLEAN, 0),
                       P(InstanceID, STRING, KEY), P(PACPassword, STRING, WRITE_ONLY),
                       P(Password, STRING, WRITE_ONLY),
                       P(ProtectedAccessCredential, BINARY, WRITE_ONLY), P(PxeTimeout, UINT32, 0),
                       P(RoamingIdentity, STRING, 0), P(ServerCertificateIssuer, REFERENCE, 0),
                       P(ServerCertificateName, STRING, 0),
                       P(ServerCertificateNameComparison, UINT32, 0), P(Username, STRING, 0)),
            NULL);

WSMAN_CLASS(AMT_8021xCredentialContext, NULL, ENUMERATE,
            PROPERTIES(P(ElementInContext, REFERENCE, KEY),
                       P(ElementProvidingContext, REFERENCE, KEY), P(Usage, STRING, 0)),
            NULL);
