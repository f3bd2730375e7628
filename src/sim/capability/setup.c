/* The end of a set-up, and what does not depend on how it came about (spec device-protocols 7.1,
 * 7.5). */
#include "core/encoding.h"
#include "core/memory.h"
#include "sim/capability/capability.h"
#include "sim/object.h"
#include "sim/provisioning.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCKED_BY_AUDIT_LOG = 1 };

static const char service[] = "AMT_SetupAndConfigurationService";

/* Classes whose instances a set-up makes. */
static const char *const made[] = {
    "AMT_CRL",
    "AMT_ManagementPresenceRemoteSAP",
    "AMT_PublicKeyCertificate",
    "AMT_PublicPrivateKeyPair",
    "AMT_RemoteAccessPolicyAppliesToMPS",
    "AMT_RemoteAccessPolicyRule",
    "AMT_TLSCredentialContext",
    "CIM_CredentialContext",
    "CIM_IEEE8021xSettings",
    "CIM_WiFiEndpointSettings",
    NULL,
};

void sim_unprovision_wipe(struct sim_device *device)
{
    const struct sim_personality_instance *found;
    sim_boot_clear(device);
    sim_object_free_all(device);
    while (device->stored != NULL)
        sim_device_forget(device, device->stored->instance, NULL);
    for (size_t i = 0; made[i] != NULL; i++) {
        struct sim_walk walk = {.device = device};
        while ((found = sim_walk_next_of(&walk, made[i])) != NULL) {
            sim_object_remove(device, found);
            walk = (struct sim_walk){.device = device};
        }
    }
    struct sim_walk walk = {.device = device};
    found = sim_walk_next_of(&walk, "AMT_EnvironmentDetectionSettingData");
    if (found != NULL)
        sim_device_hide(device, found,
                        wsman_property_find(&wsman_AMT_EnvironmentDetectionSettingData,
                                            SLICE_LITERAL("DetectionStrings")));
    walk = (struct sim_walk){.device = device};
    found = sim_walk_next_of(&walk, "AMT_MPSUsernamePassword");
    if (found != NULL)
        sim_device_hide(
            device, found,
            wsman_property_find(&wsman_AMT_MPSUsernamePassword, SLICE_LITERAL("RemoteID")));
    if (device->accounts != NULL)
        memory_wipe(device->accounts, SIM_ACCOUNTS_MOST * sizeof(*device->accounts));
    free(device->accounts);
    device->accounts = NULL;
    sim_audit_forget_key(device);
    memset(device->audit_off, 0, sizeof(device->audit_off));
    device->audit_disabled = false;
    device->client_mode = false;
    device->consent = (struct sim_consent){.due_ms = UINT64_MAX};
    device->alarm_ms = UINT64_MAX;
    device->link_ms = UINT64_MAX;
    device->agents_watched = false;
    device->boot_service_state = device->personality->ocr ? 32768 : 2;
}

static enum sim_fault unprovision(struct sim_call *call)
{
    uint64_t mode;
    bool given = wsman_xml_child(call->input, "ProvisioningMode") != NULL;
    if (given && !sim_input_number(call->input, "ProvisioningMode", UINT32_MAX, &mode))
        return SIM_FAULT_SCHEMA_VALIDATION;
    if (given && mode != 1) {
        call->return_value = SIM_STATUS_INVALID_PARAMETER;
        return SIM_FAULT_NONE;
    }
    if (sim_audit_is_locked(call->device, call->now_ms)) {
        call->return_value = SIM_STATUS_BLOCKED;
        return SIM_FAULT_NONE;
    }
    static const uint8_t remotely = 4;
    sim_audit(call->device, 16, 19, slice_of(&remotely, 1), call->now_ms);
    sim_device_unprovision(call->device, call->now_ms);
    call->device->answer_delay_ms = call->device->provisioning->delay_ms;
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

static enum sim_fault get_blocking(struct sim_call *call)
{
    if (sim_audit_is_locked(call->device, call->now_ms))
        sim_envelope_put(call->outputs, 'g', "Component",
                         slice_of_string(arena_printf(call->arena, "%u", BLOCKED_BY_AUDIT_LOG)));
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

static enum sim_fault get_uuid(struct sim_call *call)
{
    uint8_t raw[16];
    guid_to_smbios(&call->device->guid, raw);
    sim_envelope_put(call->outputs, 'g', "UUID",
                     encoding_base64(call->arena, slice_of(raw, sizeof(raw))));
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

/* Only while a machine is being set up. */
static enum sim_fault refuse(struct sim_call *call)
{
    call->return_value = SIM_STATUS_NOT_PERMITTED;
    return SIM_FAULT_NONE;
}

const struct sim_capability sim_setups = {
    .methods =
        (const struct sim_method[]){
            {service, "ExtendProvisioningPeriod", refuse},
            {service, "GetUnprovisionBlockingComponents", get_blocking},
            {service, "GetUuid", get_uuid},
            {service, "PartialUnprovision", unprovision},
            {service, "Unprovision", unprovision},
            {NULL, NULL, NULL},
        },
};
