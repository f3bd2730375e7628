/* Classes of Intel's AMT schema that nobody but a class browser asks for: their keys. */
#include "wsman/catalogue/table.h"

#define SERVICE_KEYS                                                                    \
    P(CreationClassName, STRING, KEY), P(ElementName, STRING, 0), P(Name, STRING, KEY), \
        P(SystemCreationClassName, STRING, KEY), P(SystemName, STRING, KEY)
#define DEVICE_KEYS                                                                         \
    P(CreationClassName, STRING, KEY), P(DeviceID, STRING, KEY), P(ElementName, STRING, 0), \
        P(SystemCreationClassName, STRING, KEY), P(SystemName, STRING, KEY)

WSMAN_CLASS(AMT_AgentPresenceInterfacePolicy, NULL, GET | ENUMERATE,
            PROPERTIES(P(Antecedent, REFERENCE, KEY), P(Dependent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(AMT_AgentPresenceService, NULL, GET | ENUMERATE, PROPERTIES(SERVICE_KEYS), NULL);

WSMAN_CLASS(AMT_ComplexFilterEntryBase, NULL, GET | ENUMERATE,
            PROPERTIES(P(CreationClassName, STRING, KEY), P(ElementName, STRING, 0),
                       P(InstanceID, STRING, KEY), P(Name, STRING, KEY),
                       P(SystemCreationClassName, STRING, KEY), P(SystemName, STRING, KEY)),
            NULL);

WSMAN_CLASS(AMT_EnvironmentDetectionInterfacePolicy, NULL, GET | ENUMERATE,
            PROPERTIES(P(Antecedent, REFERENCE, KEY), P(Dependent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(AMT_EventSubscriber, NULL, GET | ENUMERATE, PROPERTIES(SERVICE_KEYS), NULL);

WSMAN_CLASS(AMT_FilterEntryBase, NULL, GET | ENUMERATE, PROPERTIES(P(ElementName, STRING, 0)),
            NULL);

WSMAN_CLASS(AMT_FilterInSystemDefensePolicy, NULL, GET | ENUMERATE,
            PROPERTIES(P(Antecedent, REFERENCE, KEY), P(Dependent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(AMT_GeneralSystemDefenseCapabilities, NULL, GET | ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(InstanceID, STRING, KEY)), NULL);

WSMAN_CLASS(AMT_InterfacePolicy, NULL, GET | ENUMERATE,
            PROPERTIES(P(Antecedent, REFERENCE, KEY), P(Dependent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(AMT_NetworkPortDefaultSystemDefensePolicy, NULL, GET | ENUMERATE,
            PROPERTIES(P(Antecedent, REFERENCE, KEY), P(Dependent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(AMT_NetworkPortSystemDefenseCapabilities, NULL, GET | ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(InstanceID, STRING, KEY)), NULL);

WSMAN_CLASS(AMT_PCIDevice, NULL, GET | ENUMERATE, PROPERTIES(DEVICE_KEYS), NULL);

WSMAN_CLASS(AMT_PETCapabilities, NULL, GET | ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(InstanceID, STRING, KEY)), NULL);

WSMAN_CLASS(AMT_PETFilterForTarget, NULL, GET | ENUMERATE,
            PROPERTIES(P(Antecedent, REFERENCE, KEY), P(Dependent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(AMT_PETFilterSetting, NULL, GET | ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(InstanceID, STRING, KEY)), NULL);

WSMAN_CLASS(AMT_SystemDefensePolicyInService, NULL, GET | ENUMERATE,
            PROPERTIES(P(Antecedent, REFERENCE, KEY), P(Dependent, REFERENCE, KEY)), NULL);

WSMAN_CLASS(AMT_SystemDefenseService, NULL, GET | ENUMERATE, PROPERTIES(SERVICE_KEYS), NULL);

WSMAN_CLASS(AMT_TrapTargetForService, NULL, GET | ENUMERATE,
            PROPERTIES(P(Antecedent, REFERENCE, KEY), P(Dependent, REFERENCE, KEY)), NULL);
