/* TLS of the device: which certificate it shows, and whether (spec device-protocols 7.7). */
#include "sim/capability/capability.h"
#include "sim/door.h"
#include "sim/object.h"
#include "sim/provisioning.h"

static const char context[] = "AMT_TLSCredentialContext";
static const char settings[] = "AMT_TLSSettingData";

static bool is_enabled(const struct sim_device *device)
{
    return sim_object_find(device, settings, "Enabled", SLICE_LITERAL("true")) != NULL;
}

/* The certificate that the new context names; empty when there is no such one. */
static struct slice certificate_of(const struct sim_change *change)
{
    struct slice text =
        sim_reference_text(change->arena, wsman_xml_child(change->element, "ElementInContext"));
    const struct sim_personality_instance *found = sim_reference_find(change->device, text);
    if (found == NULL || !slice_starts_with(text, SLICE_LITERAL("AMT_PublicKeyCertificate?")))
        return (struct slice){0};
    return text;
}

static enum sim_fault create(struct sim_change *change)
{
    struct slice collection =
        SLICE_LITERAL("AMT_TLSProtocolEndpointCollection?ElementName=TLSProtocolEndpoint "
                      "Instances Collection");
    struct slice certificate = certificate_of(change);
    struct slice named = sim_reference_text(
        change->arena, wsman_xml_child(change->element, "ElementProvidingContext"));
    if (sim_object_count(change->device, context) > 0)
        return SIM_FAULT_ALREADY_EXISTS;
    /* There is one collection only. Clients name it without the blank after "Endpoint" (spec rps
     * and meshcentral), and firmware takes it. */
    if (certificate.size == 0 ||
        !slice_starts_with(named, SLICE_LITERAL("AMT_TLSProtocolEndpointCollection?")))
        return SIM_FAULT_INVALID_REPRESENTATION;
    change->created = sim_object_add(change->device, &wsman_AMT_TLSCredentialContext);
    sim_object_set(change->device, change->created, "ElementInContext", certificate);
    sim_object_set(change->device, change->created, "ElementProvidingContext", collection);
    sim_audit(change->device, 16, 8, (struct slice){0}, change->now_ms);
    return SIM_FAULT_NONE;
}

static enum sim_fault put(struct sim_change *change)
{
    struct slice certificate = certificate_of(change);
    if (certificate.size == 0)
        return SIM_FAULT_INVALID_REPRESENTATION;
    sim_object_set(change->device, change->instance->table, "ElementInContext", certificate);
    sim_audit(change->device, 16, 8, (struct slice){0}, change->now_ms);
    return SIM_FAULT_NONE;
}

static enum sim_fault check_delete(struct sim_change *change)
{
    if (is_enabled(change->device))
        return SIM_FAULT_ACCESS_DENIED;
    sim_audit(change->device, 16, 9, (struct slice){0}, change->now_ms);
    return SIM_FAULT_NONE;
}

static void settings_changed(struct sim_change *change)
{
    sim_audit(change->device, 16, 7, (struct slice){0}, change->now_ms);
}

static enum sim_fault commit(struct sim_call *call)
{
    struct sim_device *device = call->device;
    bool lacks = is_enabled(device) && sim_object_count(device, context) == 0 &&
                 !sim_provisioning_is_tls_only(device);
    call->return_value = SIM_OK;
    const struct sim_provisioning *p = device->provisioning;
    if (sim_provisioning_has_started(device))
        lacks = !p->admin_was_set || !p->mebx_was_set;
    if (device->setup == SIM_SETUP_PRE)
        call->return_value = SIM_STATUS_NOT_PERMITTED;
    else if (lacks)
        call->return_value = SIM_STATUS_DATA_MISSING;
    if (call->return_value != SIM_OK)
        return SIM_FAULT_NONE;
    if (device->setup == SIM_SETUP_IN)
        device->setup = SIM_SETUP_POST;
    device->provisioning->client = (struct sim_root_hash){0};
    device->answer_delay_ms = device->provisioning->delay_ms;
    sim_door_commit(device);
    return SIM_FAULT_NONE;
}

const struct sim_capability sim_tls = {
    .methods =
        (const struct sim_method[]){
            {"AMT_SetupAndConfigurationService", "CommitChanges", commit},
            {NULL, NULL, NULL},
        },
    .guards =
        (const struct sim_guard[]){
            {.class = context, .create = create, .put = put, .delete = check_delete},
            {.class = settings, .changed = settings_changed},
            {.class = NULL},
        },
};
