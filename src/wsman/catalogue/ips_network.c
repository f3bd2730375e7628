/* Addresses and 802.1X as newer firmware has them. */
#include "wsman/catalogue/table.h"

WSMAN_CLASS(IPS_8021xCredentialContext, NULL, ENUMERATE,
            PROPERTIES(P(ElementInContext, REFERENCE, KEY),
                       P(ElementProvidingContext, REFERENCE, KEY), P(Usage, STRING, 0)),
            NULL);

WSMAN_CLASS(IPS_HostIPSettings, NULL, GET | ENUMERATE,
            PROPERTIES(P(DHCPEnabled, BOOLEAN, 0), P(DefaultGateway, STRING, 0),
                       P(ElementName, STRING, 0), P(InstanceID, STRING, KEY),
                       P(IpAddress, STRING, 0), P(PrimaryDNS, STRING, 0),
                       P(SecondaryDNS, STRING, 0), P(SubnetMask, STRING, 0)),
            NULL);

WSMAN_CLASS(IPS_IEEE8021xSettings, NULL, GET | PUT | ENUMERATE,
            PROPERTIES(P(AuthenticationProtocol, UINT32, 0), P(AvailableInS0, BOOLEAN, 0),
                       P(Domain, STRING, 0), P(ElementName, STRING, 0), P(Enabled, UINT32, 0),
                       P(InstanceID, STRING, KEY), P(PACPassword, STRING, WRITE_ONLY),
                       P(PSK, STRING, WRITE_ONLY), P(Password, STRING, WRITE_ONLY),
                       P(ProtectedAccessCredential, BINARY, WRITE_ONLY), P(PxeTimeout, UINT32, 0),
                       P(RoamingIdentity, STRING, 0), P(ServerCertificateName, STRING, 0),
                       P(ServerCertificateNameComparison, UINT32, 0), P(Username, STRING, 0)),
            METHODS(METHOD(SetCertificates, P(ServerCertificateIssuer, REFERENCE, 0),
                           P(ClientCertificate, REFERENCE, 0))));

WSMAN_CLASS(IPS_IPv6PortSettings, NULL, GET | PUT | ENUMERATE,
            PROPERTIES(P(CurrentAddressInfo, STRING, ARRAY), P(CurrentDefaultRouter, STRING, 0),
                       P(CurrentPrimaryDNS, STRING, 0), P(CurrentSecondaryDNS, STRING, 0),
                       P(DefaultRouter, STRING, 0), P(ElementName, STRING, 0),
                       P(IPv6Address, STRING, 0), P(InstanceID, STRING, KEY),
                       P(InterfaceIDType, UINT32, 0), P(ManualInterfaceID, STRING, 0),
                       P(PrimaryDNS, STRING, 0), P(SecondaryDNS, STRING, 0)),
            NULL);

WSMAN_CLASS(IPS_LANEndpoint, NULL, GET | ENUMERATE,
            PROPERTIES(P(AliasAddresses, STRING, ARRAY), P(CreationClassName, STRING, KEY),
                       P(ElementName, STRING, 0), P(EnabledState, UINT16, 0),
                       P(GroupAddresses, STRING, ARRAY), P(LANID, UINT32, 0), P(LANType, UINT16, 0),
                       P(MACAddress, STRING, 0), P(MaxDataSize, UINT32, 0), P(Name, STRING, KEY),
                       P(NameFormat, STRING, 0), P(OtherLANType, STRING, 0),
                       P(OtherTypeDescription, STRING, 0), P(ProtocolIFType, UINT16, 0),
                       P(ProtocolType, UINT16, 0), P(RequestedState, UINT16, 0),
                       P(SystemCreationClassName, STRING, KEY), P(SystemName, STRING, KEY)),
            NULL);
