/* Accounts and roles in the terms of DMTF. */
#include "wsman/catalogue/table.h"

WSMAN_CLASS(CIM_Account, NULL, GET | ENUMERATE,
            PROPERTIES(P(ComplexPasswordRulesEnforced, BOOLEAN, 0),
                       P(CreationClassName, STRING, KEY), P(Descriptions, STRING, ARRAY),
                       P(ElementName, STRING, 0), P(Host, STRING, ARRAY),
                       P(InactivityTimeout, INTERVAL, 0), P(LastLogin, DATETIME, 0),
                       P(LocalityName, STRING, ARRAY), P(MaximumSuccessiveLoginFailures, UINT16, 0),
                       P(Name, STRING, KEY), P(OU, STRING, ARRAY), P(ObjectClass, STRING, ARRAY),
                       P(OrganizationName, STRING, ARRAY | REQUIRED),
                       P(OtherUserPasswordEncryptionAlgorithm, STRING, 0),
                       P(PasswordExpiration, DATETIME, 0), P(PasswordHistoryDepth, UINT16, 0),
                       P(SeeAlso, STRING, ARRAY), P(SystemCreationClassName, STRING, KEY),
                       P(SystemName, STRING, KEY), P(UserCertificate, BINARY, ARRAY),
                       P(UserID, STRING, 0), P(UserPassword, STRING, ARRAY | WRITE_ONLY),
                       P(UserPasswordEncoding, UINT16, 0),
                       P(UserPasswordEncryptionAlgorithm, UINT16, 0)),
            METHODS(METHOD(RequestStateChange, P(RequestedState, UINT16, 0),
                           P(TimeoutPeriod, INTERVAL, 0), P(Job, REFERENCE, OUT))));

WSMAN_CLASS(CIM_AccountManagementService, NULL, GET | ENUMERATE,
            PROPERTIES(P(CreationClassName, STRING, KEY), P(ElementName, STRING, 0),
                       P(Name, STRING, KEY), P(SystemCreationClassName, STRING, KEY),
                       P(SystemName, STRING, KEY)),
            METHODS(METHOD(CreateAccount, P(System, REFERENCE, REQUIRED),
                           P(AccountTemplate, EMBEDDED, REQUIRED), P(Account, REFERENCE, OUT),
                           P(Identities, REFERENCE, OUT | ARRAY))));

WSMAN_CLASS(CIM_Identity, NULL, ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(InstanceID, STRING, KEY)), NULL);

WSMAN_CLASS(CIM_Role, NULL, ENUMERATE,
            PROPERTIES(P(CommonName, STRING, 0), P(CreationClassName, STRING, KEY),
                       P(ElementName, STRING, 0), P(Name, STRING, KEY)),
            NULL);
