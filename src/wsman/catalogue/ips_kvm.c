/* Screens, and how they are shown (spec device-protocols 6.5). */
#include "wsman/catalogue/table.h"

WSMAN_CLASS(IPS_KVMRedirectionSettingData, NULL, GET | PUT | ENUMERATE,
            PROPERTIES(P(BackToBackFbMode, BOOLEAN, 0), P(DefaultScreen, UINT32, 0),
                       P(DoubleBufferActive, BOOLEAN, 0), P(DoubleBufferEnabled, BOOLEAN, 0),
                       P(ElementName, STRING, 0), P(EnabledByMEBx, BOOLEAN, 0),
                       P(GrayscalePixelFormatSupported, BOOLEAN, 0),
                       P(InitialDecimationModeForLowRes, UINT32, 0), P(InstanceID, STRING, KEY),
                       P(Is5900PortEnabled, BOOLEAN, 0), P(OptInPolicy, BOOLEAN, 0),
                       P(OptInPolicyTimeout, UINT32, 0), P(RFBPassword, STRING, WRITE_ONLY),
                       P(SessionTimeout, UINT16, 0), P(ZlibControlSupported, BOOLEAN, 0)),
            METHODS(METHOD(DataChannelRead, P(Data, BINARY, OUT)),
                    METHOD(DataChannelWrite, P(Data, BINARY, REQUIRED)),
                    METHOD_EMPTY(TerminateSession)));

WSMAN_CLASS(IPS_ScreenConfigurationService, NULL, GET | PUT,
            PROPERTIES(P(CreationClassName, STRING, KEY), P(CurrentState, UINT32, 0),
                       P(ElementName, STRING, 0), P(Name, STRING, KEY),
                       P(RemainingConsecutiveRebootsNum, UINT32, 0),
                       P(SystemCreationClassName, STRING, KEY), P(SystemName, STRING, KEY)),
            METHODS(METHOD(RequestStateChange, P(RequestedState, UINT16, 0),
                           P(TimeoutPeriod, INTERVAL, 0), P(Job, REFERENCE, OUT)),
                    METHOD(SetSessionState, P(SessionState, UINT32, 0),
                           P(ConsecutiveRebootsNum, UINT32, 0))));

WSMAN_CLASS(IPS_ScreenSettingData, NULL, GET | ENUMERATE,
            PROPERTIES(P(ElementName, STRING, 0), P(InstanceID, STRING, KEY),
                       P(IsActive, BOOLEAN, ARRAY), P(PrimaryIndex, UINT32, 0),
                       P(QuadraryIndex, UINT32, 0), P(ResolutionX, UINT32, ARRAY),
                       P(ResolutionY, UINT32, ARRAY), P(SecondaryIndex, UINT32, 0),
                       P(TertiaryIndex, UINT32, 0), P(UpperLeftX, SINT32, ARRAY),
                       P(UpperLeftY, SINT32, ARRAY)),
            METHODS(METHOD_EMPTY(ResetToDefault)));

WSMAN_CLASS(IPS_SecIOService, NULL, GET | PUT | ENUMERATE,
            PROPERTIES(P(CreationClassName, STRING, KEY), P(DefaultScreen, UINT32, 0),
                       P(ElementName, STRING, 0), P(EnabledState, UINT16, 0), P(Name, STRING, KEY),
                       P(NumberOfScreens, UINT32, 0), P(RequestedLanguage, UINT32, 0),
                       P(Started, BOOLEAN, 0), P(Status, STRING, 0),
                       P(SystemCreationClassName, STRING, KEY), P(SystemName, STRING, KEY),
                       P(language, UINT32, 0), P(zoom, UINT32, 0)),
            METHODS(METHOD(RequestStateChange, P(RequestedState, UINT16, 0),
                           P(TimeoutPeriod, INTERVAL, 0), P(Job, REFERENCE, OUT))));
