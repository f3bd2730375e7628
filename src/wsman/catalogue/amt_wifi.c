/* Wi-Fi as the firmware configures it. */
#include "wsman/catalogue/table.h"

WSMAN_CLASS(
    AMT_WiFiPortConfigurationService, NULL, GET | PUT | ENUMERATE,
    PROPERTIES(P(CreationClassName, STRING, KEY), P(ElementName, STRING, 0),
               P(EnabledState, UINT16, 0), P(HealthState, UINT16, 0),
               P(LastConnectedSsidUnderMeControl, STRING, 0), P(Name, STRING, KEY),
               P(NoHostCsmeSoftwarePolicy, UINT32, 0), P(RequestedState, UINT16, 0),
               P(SystemCreationClassName, STRING, KEY), P(SystemName, STRING, KEY),
               P(UEFIWiFiProfileShareEnabled, BOOLEAN, 0),
               P(localProfileSynchronizationEnabled, UINT32, 0)),
    METHODS(METHOD(AddWiFiSettings, P(WiFiEndpoint, REFERENCE, REQUIRED),
                   P(WiFiEndpointSettingsInput, EMBEDDED, REQUIRED),
                   P(IEEE8021xSettingsInput, EMBEDDED, 0), P(ClientCredential, REFERENCE, 0),
                   P(CACredential, REFERENCE, 0), P(WiFiEndpointSettings, REFERENCE, OUT),
                   P(IEEE8021xSettings, REFERENCE, OUT)),
            METHOD_EMPTY(DeleteAllITProfiles), METHOD_EMPTY(DeleteAllUserProfiles),
            METHOD(UpdateWiFiSettings, P(WiFiEndpointSettings, REFERENCE, REQUIRED),
                   P(WiFiEndpointSettingsInput, EMBEDDED, REQUIRED),
                   P(IEEE8021xSettingsInput, EMBEDDED, 0), P(ClientCredential, REFERENCE, 0),
                   P(CACredential, REFERENCE, 0), P(IEEE8021xSettings, REFERENCE, OUT))));
