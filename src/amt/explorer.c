#include "amt/explorer.h"

#include "amt/redact.h"

#include <string.h>

static const struct amt_explorer_call calls[] = {
    {"AMT8021xCredentialContext", &wsman_AMT_8021xCredentialContext, false},
    {"AMT8021xProfile", &wsman_AMT_8021XProfile, true},
    {"AMTAlarmClockService", &wsman_AMT_AlarmClockService, true},
    {"AMTAuditLog", &wsman_AMT_AuditLog, true},
    {"AMTAuthorizationService", &wsman_AMT_AuthorizationService, true},
    {"AMTBootCapabilities", &wsman_AMT_BootCapabilities, true},
    {"AMTBootSettingData", &wsman_AMT_BootSettingData, true},
    {"AMTEnvironmentDetectionSettingData", &wsman_AMT_EnvironmentDetectionSettingData, true},
    {"AMTEthernetPortSettings", &wsman_AMT_EthernetPortSettings, false},
    {"AMTGeneralSettings", &wsman_AMT_GeneralSettings, true},
    {"AMTKerberosSettingData", &wsman_AMT_KerberosSettingData, true},
    {"AMTMPSUsernamePassword", &wsman_AMT_MPSUsernamePassword, false},
    {"AMTManagementPresenceRemoteSAP", &wsman_AMT_ManagementPresenceRemoteSAP, false},
    {"AMTMessageLog", &wsman_AMT_MessageLog, true},
    {"AMTPublicKeyCertificate", &wsman_AMT_PublicKeyCertificate, false},
    {"AMTPublicKeyManagementService", &wsman_AMT_PublicKeyManagementService, true},
    {"AMTPublicPrivateKeyPair", &wsman_AMT_PublicPrivateKeyPair, false},
    {"AMTRedirectionService", &wsman_AMT_RedirectionService, true},
    {"AMTRemoteAccessPolicyAppliesToMPS", &wsman_AMT_RemoteAccessPolicyAppliesToMPS, false},
    {"AMTRemoteAccessPolicyRule", &wsman_AMT_RemoteAccessPolicyRule, false},
    {"AMTRemoteAccessService", &wsman_AMT_RemoteAccessService, true},
    {"AMTSetupAndConfigurationService", &wsman_AMT_SetupAndConfigurationService, true},
    {"AMTTLSCredentialContext", &wsman_AMT_TLSCredentialContext, false},
    {"AMTTLSProtocolEndpointCollection", &wsman_AMT_TLSProtocolEndpointCollection, false},
    {"AMTTLSSettingData", &wsman_AMT_TLSSettingData, false},
    {"AMTTimeSynchronizationService", &wsman_AMT_TimeSynchronizationService, true},
    {"AMTUserInitiatedConnectionService", &wsman_AMT_UserInitiatedConnectionService, true},
    {"AMTWiFiPortConfigurationService", &wsman_AMT_WiFiPortConfigurationService, true},
    {"CIMBIOSElement", &wsman_CIM_BIOSElement, true},
    {"CIMBootConfigSetting", &wsman_CIM_BootConfigSetting, false},
    {"CIMBootService", &wsman_CIM_BootService, true},
    {"CIMBootSourceSetting", &wsman_CIM_BootSourceSetting, false},
    {"CIMCard", &wsman_CIM_Card, true},
    {"CIMChassis", &wsman_CIM_Chassis, true},
    {"CIMChip", &wsman_CIM_Chip, false},
    {"CIMComputerSystemPackage", &wsman_CIM_ComputerSystemPackage, false},
    {"CIMConcreteDependency", &wsman_CIM_ConcreteDependency, false},
    {"CIMCredentialContext", &wsman_CIM_CredentialContext, false},
    {"CIMIEEE8021xSettings", &wsman_CIM_IEEE8021xSettings, false},
    {"CIMKVMRedirectionSAP", &wsman_CIM_KVMRedirectionSAP, true},
    {"CIMMediaAccessDevice", &wsman_CIM_MediaAccessDevice, false},
    {"CIMPhysicalMemory", &wsman_CIM_PhysicalMemory, false},
    {"CIMPhysicalPackage", &wsman_CIM_PhysicalPackage, false},
    {"CIMPowerManagementService", &wsman_CIM_PowerManagementService, true},
    {"CIMProcessor", &wsman_CIM_Processor, false},
    {"CIMServiceAvailableToElement", &wsman_CIM_ServiceAvailableToElement, false},
    {"CIMSoftwareIdentity", &wsman_CIM_SoftwareIdentity, false},
    {"CIMSystemPackaging", &wsman_CIM_SystemPackaging, false},
    {"CIMWiFiEndpointSettings", &wsman_CIM_WiFiEndpointSettings, false},
    {"CIMWiFiPort", &wsman_CIM_WiFiPort, false},
    {"IPS8021xCredentialContext", &wsman_IPS_8021xCredentialContext, false},
    {"IPSAlarmClockOccurrence", &wsman_IPS_AlarmClockOccurrence, false},
    {"IPSHostBasedSetupService", &wsman_IPS_HostBasedSetupService, true},
    {"IPSIEEE8021xSettings", &wsman_IPS_IEEE8021xSettings, true},
    {"IPSKVMRedirectionSettings", &wsman_IPS_KVMRedirectionSettingData, true},
    {"IPSOptInService", &wsman_IPS_OptInService, true},
    {"IPSScreenSettingData", &wsman_IPS_ScreenSettingData, false},
};

const struct amt_explorer_call *amt_explorer_calls(size_t *count)
{
    *count = sizeof calls / sizeof calls[0];
    return calls;
}

/* "CIM_Sensor" or "CIMSensor". */
static bool is_named(const struct wsman_class *class, struct slice name)
{
    static const size_t prefix = 3;
    if (slice_equal_string(name, class->name))
        return true;
    return name.size > prefix && memcmp(name.data, class->name, prefix) == 0 &&
           slice_equal_string(slice_from(name, prefix), class->name + prefix + 1);
}

bool amt_explorer_find(struct slice name, struct amt_explorer_call *call)
{
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        if (!slice_equal_string(name, calls[i].name) && !is_named(calls[i].class, name))
            continue;
        *call = calls[i];
        return true;
    }
    size_t count;
    const struct wsman_class *const *classes = wsman_classes(&count);
    for (size_t i = 0; i < count; i++) {
        bool listed = (classes[i]->operations & WSMAN_OP_ENUMERATE) != 0;
        if (!is_named(classes[i], name) || (!listed && !(classes[i]->operations & WSMAN_OP_GET)))
            continue;
        *call = (struct amt_explorer_call){classes[i]->name, classes[i], !listed};
        return true;
    }
    return false;
}

bool amt_explorer_run(struct amt *amt, struct arena *arena, const struct amt_explorer_call *call,
                      struct amt_trace **exchanges, struct error *err)
{
    const struct wsman_target target = {.class = call->class};
    struct error why = {ERROR_NONE, ""};
    bool ok;
    *exchanges = NULL;
    if (call->get) {
        struct wsman_reply reply;
        ok = amt_get_traced(amt, arena, &target, exchanges, &reply, &why);
    } else {
        struct amt_items items;
        ok = amt_enumerate_traced(amt, arena, &target, exchanges, &items, &why);
    }
    const struct amt_trace *last = NULL;
    for (struct amt_trace *one = *exchanges; one != NULL; one = one->next) {
        one->answer = amt_redact(arena, one->answer);
        last = one;
    }
    if (ok || (last != NULL && last->answer.size > 0))
        return true;
    if (err != NULL)
        *err = why;
    return false;
}
