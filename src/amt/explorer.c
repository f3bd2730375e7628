#include "amt/explorer.h"

#include <string.h>

#define SECRET_NAMES_LIMIT 64

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

/* ---- what is cut out of answers ---- */

struct secret_names {
    const char *names[SECRET_NAMES_LIMIT];
    size_t count;
};

static void add_name(struct secret_names *secrets, const char *name)
{
    for (size_t i = 0; i < secrets->count; i++)
        if (strcmp(secrets->names[i], name) == 0)
            return;
    if (secrets->count < SECRET_NAMES_LIMIT)
        secrets->names[secrets->count++] = name;
}

/* The write-only properties of all classes, since an Enumerate also brings derived classes, and
 * the parameters of an HTTPS boot, which hold its password (spec mps 2.8). */
static void find_secret_names(struct secret_names *secrets)
{
    size_t count;
    const struct wsman_class *const *classes = wsman_classes(&count);
    secrets->count = 0;
    add_name(secrets, "UefiBootParametersArray");
    for (size_t i = 0; i < count; i++)
        for (const struct wsman_property *p = classes[i]->properties; p->name != NULL; p++)
            if ((p->flags & WSMAN_WRITE_ONLY) != 0)
                add_name(secrets, p->name);
}

/* The local name of the start tag whose inside `tag` is; empty for an end tag, a comment, an empty
 * element. */
static struct slice start_tag_name(struct slice tag)
{
    if (tag.size == 0 || strchr("/!?", tag.data[0]) != NULL || tag.data[tag.size - 1] == '/')
        return (struct slice){NULL, 0};
    size_t size = 0;
    while (size < tag.size && memchr(" \t\r\n", tag.data[size], 4) == NULL)
        size++;
    struct slice name = slice_first(tag, size);
    const uint8_t *colon = memchr(name.data, ':', name.size);
    return colon == NULL ? name : slice_from(name, (size_t)(colon - name.data) + 1);
}

static bool is_secret(const struct secret_names *secrets, struct slice name)
{
    for (size_t i = 0; i < secrets->count; i++)
        if (slice_equal_string(name, secrets->names[i]))
            return true;
    return false;
}

/* The text without the character data of secret elements. */
static struct slice without_secrets(struct arena *arena, const struct secret_names *secrets,
                                    struct slice text)
{
    struct buffer out;
    buffer_init(&out, text.size);
    while (text.size > 0) {
        size_t size = slice_index_of(text, '>');
        struct slice piece = slice_first(text, size < text.size ? size + 1 : size);
        struct slice tag = slice_from(piece, slice_index_of(piece, '<'));
        buffer_put(&out, piece);
        text = slice_from(text, piece.size);
        if (tag.size > 2 &&
            is_secret(secrets, start_tag_name((struct slice){tag.data + 1, tag.size - 2})))
            text = slice_from(text, slice_index_of(text, '<'));
    }
    struct slice kept = arena_copy(arena, buffer_slice(&out));
    buffer_fini(&out);
    return kept;
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
    struct secret_names *secrets = arena_alloc(arena, sizeof *secrets);
    find_secret_names(secrets);
    const struct amt_trace *last = NULL;
    for (struct amt_trace *one = *exchanges; one != NULL; one = one->next) {
        one->answer = without_secrets(arena, secrets, one->answer);
        last = one;
    }
    if (ok || (last != NULL && last->answer.size > 0))
        return true;
    if (err != NULL)
        *err = why;
    return false;
}
