/* Boot order and boot roles (spec device-protocols 6.3). */
#include "wsman/catalogue/table.h"

WSMAN_CLASS(CIM_BootConfigSetting, NULL, GET | ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(InstanceID, STRING, KEY)),
            METHODS(METHOD(ChangeBootOrder, P(Source, REFERENCE, ARRAY), P(Job, REFERENCE, OUT))));

WSMAN_CLASS(CIM_BootService, NULL, GET | ENUMERATE,
            PROPERTIES(P(CreationClassName, STRING, KEY), P(ElementName, STRING, 0),
                       P(EnabledState, UINT16, 0), P(Name, STRING, KEY),
                       P(OperationalStatus, UINT16, ARRAY), P(RequestedState, UINT16, 0),
                       P(SystemCreationClassName, STRING, KEY), P(SystemName, STRING, KEY)),
            METHODS(METHOD(RequestStateChange, P(RequestedState, UINT16, 0),
                           P(TimeoutPeriod, INTERVAL, 0), P(Job, REFERENCE, OUT)),
                    METHOD(SetBootConfigRole, P(BootConfigSetting, REFERENCE, REQUIRED),
                           P(Role, UINT16, REQUIRED), P(Job, REFERENCE, OUT))));

WSMAN_CLASS(CIM_BootSourceSetting, NULL, GET | ENUMERATE,
            PROPERTIES(P(BIOSBootString, STRING, 0), P(BootString, STRING, 0),
                       P(ElementName, STRING, 0), P(FailThroughSupported, UINT16, 0),
                       P(InstanceID, STRING, KEY), P(StructuredBootString, STRING, 0)),
            NULL);

WSMAN_CLASS(CIM_ElementSettingData, NULL, PUT | ENUMERATE,
            PROPERTIES(P(IsCurrent, UINT16, 0), P(IsDefault, UINT16, 0), P(IsNext, UINT16, 0),
                       P(ManagedElement, REFERENCE, KEY), P(SettingData, REFERENCE, KEY)),
            NULL);
