/* Certificates and keys that the firmware keeps (spec device-protocols 7.7). */
#include "wsman/catalogue/table.h"

WSMAN_CLASS(AMT_CryptographicCapabilities, NULL, GET | ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(HardwareAcceleration, UINT32, 0),
                       P(InstanceID, STRING, KEY)),
            NULL);

WSMAN_CLASS(AMT_ProvisioningCertificateHash, NULL, CREATE | DELETE | ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(Enabled, BOOLEAN, 0), P(Expires, DATETIME, 0),
                       P(HashData, BINARY, 0), P(HashType, UINT32, 0), P(InstanceID, STRING, KEY),
                       P(IsDefault, BOOLEAN, 0), P(Issued, DATETIME, 0)),
            NULL);

WSMAN_CLASS(AMT_PublicKeyCertificate, NULL, GET | PUT | DELETE | ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(Expires, DATETIME, 0),
                       P(InstanceID, STRING, KEY), P(Issued, DATETIME, 0), P(Issuer, STRING, 0),
                       P(ReadOnlyCertificate, BOOLEAN, 0), P(Subject, STRING, 0),
                       P(TrustedRootCertficate, BOOLEAN, 0), P(X509Certificate, BINARY, 0)),
            NULL);

WSMAN_CLASS(AMT_PublicKeyManagementService, NULL, GET | DELETE | ENUMERATE,
            PROPERTIES(P(CreationClassName, STRING, KEY), P(ElementName, STRING, 0),
                       P(EnabledDefault, UINT16, 0), P(EnabledState, UINT16, 0),
                       P(Name, STRING, KEY), P(RequestedState, UINT16, 0),
                       P(SystemCreationClassName, STRING, KEY), P(SystemName, STRING, KEY)),
            METHODS(METHOD(AddCRL, P(Url, STRING, 0), P(SerialNumbers, BINARY, ARRAY),
                           P(CRL, REFERENCE, OUT)),
                    METHOD(AddCertificate, P(CertificateBlob, BINARY, REQUIRED),
                           P(CreatedCertificate, REFERENCE, OUT)),
                    METHOD(AddKey, P(KeyBlob, BINARY, REQUIRED), P(CreatedKey, REFERENCE, OUT)),
                    METHOD(AddTrustedRootCertificate, P(CertificateBlob, BINARY, REQUIRED),
                           P(CreatedCertificate, REFERENCE, OUT)),
                    METHOD(GenerateKeyPair, P(KeyAlgorithm, UINT8, REQUIRED),
                           P(KeyLength, UINT32, REQUIRED), P(KeyPair, REFERENCE, OUT)),
                    METHOD(GeneratePKCS10Request, P(KeyPair, REFERENCE, REQUIRED),
                           P(DN, STRING, REQUIRED), P(Usage, STRING, REQUIRED),
                           P(SignedCertificateRequest, BINARY, OUT)),
                    METHOD(GeneratePKCS10RequestEx, P(KeyPair, REFERENCE, REQUIRED),
                           P(SigningAlgorithm, UINT8, REQUIRED),
                           P(NullSignedCertificateRequest, BINARY, REQUIRED),
                           P(SignedCertificateRequest, BINARY, OUT)),
                    METHOD_EMPTY(ResetCRLList)));

WSMAN_CLASS(AMT_PublicPrivateKeyPair, NULL, GET | DELETE | ENUMERATE,
            PROPERTIES(P(DERKey, BINARY, 0), P(ElementName, STRING, 0), P(Expires, DATETIME, 0),
                       P(InstanceID, STRING, KEY), P(Issued, DATETIME, 0)),
            NULL);

WSMAN_CLASS(AMT_CRL, NULL, GET | DELETE | ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(InstanceID, STRING, KEY),
                       P(SerialNumbers, BINARY, ARRAY), P(Url, STRING, 0)),
            NULL);

WSMAN_CLASS(AMT_PublicKeyManagementCapabilities, NULL, GET | ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(InstanceID, STRING, KEY)), NULL);
