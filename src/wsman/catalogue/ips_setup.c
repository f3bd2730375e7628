/* Set-up from the host, and its traces (spec device-protocols 7.2, 7.3). */
#include "wsman/catalogue/table.h"

WSMAN_CLASS(IPS_HostBasedSetupService, NULL, GET | ENUMERATE,
            PROPERTIES(P(AllowedControlModes, UINT32, ARRAY), P(CertChainStatus, UINT32, 0),
                       P(ConfigurationNonce, BINARY, 0), P(CreationClassName, STRING, KEY),
                       P(CurrentControlMode, UINT32, 0), P(ElementName, STRING, 0),
                       P(Name, STRING, KEY), P(SystemCreationClassName, STRING, KEY),
                       P(SystemName, STRING, KEY)),
            METHODS(METHOD(AddNextCertInChain, P(NextCertificate, BINARY, REQUIRED),
                           P(IsLeafCertificate, BOOLEAN, 0), P(IsRootCertificate, BOOLEAN, 0)),
                    METHOD(AdminSetup, P(NetAdminPassEncryptionType, UINT8, REQUIRED),
                           P(NetworkAdminPassword, STRING, REQUIRED), P(McNonce, BINARY, 0),
                           P(SigningAlgorithm, UINT16, 0), P(DigitalSignature, BINARY, 0)),
                    METHOD_EMPTY(DisableClientControlMode),
                    METHOD(Setup, P(NetAdminPassEncryptionType, UINT8, REQUIRED),
                           P(NetworkAdminPassword, STRING, REQUIRED), P(McNonce, BINARY, 0),
                           P(Certificate, BINARY, 0), P(SigningAlgorithm, UINT16, 0),
                           P(DigitalSignature, BINARY, 0)),
                    METHOD(UpgradeClientToAdmin, P(McNonce, BINARY, 0),
                           P(SigningAlgorithm, UINT16, 0), P(DigitalSignature, BINARY, 0))));

WSMAN_CLASS(IPS_HostBootReason, NULL, GET | ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(InstanceID, STRING, KEY),
                       P(PreviousSxState, UINT32, 0), P(Reason, UINT32, 0),
                       P(ReasonDetails, STRING, 0)),
            NULL);

WSMAN_CLASS(IPS_ProvisioningRecordLog, NULL, GET | ENUMERATE,
            PROPERTIES(P(CurrentNumberOfRecords, UINT64, 0), P(ElementName, STRING, 0),
                       P(EnabledState, UINT16, 0), P(HealthState, UINT16, 0),
                       P(InstanceID, STRING, KEY), P(LogState, UINT16, 0),
                       P(MaxNumberOfRecords, UINT64, 0), P(Name, STRING, 0),
                       P(OverwritePolicy, UINT16, 0), P(RequestedState, UINT16, 0)),
            METHODS(METHOD_EMPTY(ClearLog),
                    METHOD(RequestStateChange, P(RequestedState, UINT16, 0),
                           P(TimeoutPeriod, INTERVAL, 0), P(Job, REFERENCE, OUT))));

WSMAN_CLASS(IPS_AdminProvisioningRecord, NULL, GET | ENUMERATE,
            PROPERTIES(P(CreationTimeStamp, DATETIME, 0), P(ElementName, STRING, 0),
                       P(InstanceID, STRING, KEY)),
            NULL);

WSMAN_CLASS(IPS_ClientProvisioningRecord, NULL, GET | ENUMERATE,
            PROPERTIES(P(CreationTimeStamp, DATETIME, 0), P(ElementName, STRING, 0),
                       P(InstanceID, STRING, KEY)),
            NULL);
