/* Classes of Intel's IPS schema that nobody but a class browser asks for: their keys. */
#include "wsman/catalogue/table.h"

WSMAN_CLASS(IPS_IderSessionUsingPort, NULL, GET | ENUMERATE,
            PROPERTIES(P(Antecedent, REFERENCE, KEY), P(Dependent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(IPS_KvmSessionUsingPort, NULL, GET | ENUMERATE,
            PROPERTIES(P(Antecedent, REFERENCE, KEY), P(Dependent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(IPS_ManualProvisioningRecord, NULL, GET | ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(InstanceID, STRING, KEY)), NULL);

WSMAN_CLASS(IPS_ProvisioningAuditRecord, NULL, GET | ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(InstanceID, STRING, KEY)), NULL);

WSMAN_CLASS(IPS_RasSessionUsingPort, NULL, GET | ENUMERATE,
            PROPERTIES(P(Antecedent, REFERENCE, KEY), P(Dependent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(IPS_SessionUsingPort, NULL, GET | ENUMERATE,
            PROPERTIES(P(Antecedent, REFERENCE, KEY), P(Dependent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(IPS_SolSessionUsingPort, NULL, GET | ENUMERATE,
            PROPERTIES(P(Antecedent, REFERENCE, KEY), P(Dependent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(IPS_TLSProvisioningRecord, NULL, GET | ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(InstanceID, STRING, KEY)), NULL);

WSMAN_CLASS(IPS_WatchDogAction, NULL, GET | ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(InstanceID, STRING, KEY)), NULL);
