/* What is audited (spec mps A.3), and the signature of an exported log. No recording tells how
 * firmware signs: here it is RSA with SHA-256 over the records as ReadRecords shows them, one after
 * the other. */
#include "core/clock.h"
#include "core/encoding.h"
#include "core/memory.h"
#include "sim/capability/capability.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <stdlib.h>
#include <string.h>

#define EVENTS_OF_APP 32
#define ALL_EVENTS    0xFFFFFFFFu
#define ALL_EVENTS_16 0xFFFFu /* as some clients write it */
#define APP_AUDIT_LOG 20

static const char log_class[] = "AMT_AuditLog";
static const char rule_class[] = "AMT_AuditPolicyRule";

bool sim_audit_wants(const struct sim_device *device, unsigned app, unsigned event)
{
    if (app == APP_AUDIT_LOG)
        return true;
    if (device->audit_disabled)
        return false;
    return app < SIM_AUDIT_APP_FIRST || app > SIM_AUDIT_APP_LAST || event >= EVENTS_OF_APP ||
           (device->audit_off[app - SIM_AUDIT_APP_FIRST] >> event & 1) == 0;
}

static bool read_flag(struct slice text, bool *on)
{
    *on = slice_equal_string(text, "true") || slice_equal_string(text, "1");
    return *on || slice_equal_string(text, "false") || slice_equal_string(text, "0");
}

/* The events that one (application, event) names; 0 when there is none such. */
static uint32_t events_of(uint64_t app, uint64_t event)
{
    if (app < SIM_AUDIT_APP_FIRST || app > SIM_AUDIT_APP_LAST)
        return 0;
    if (event == ALL_EVENTS || event == ALL_EVENTS_16)
        return UINT32_MAX;
    return event < EVENTS_OF_APP ? 1u << event : 0;
}

static void apply(struct sim_device *device, uint64_t app, uint32_t events, bool on)
{
    uint32_t *off = &device->audit_off[app - SIM_AUDIT_APP_FIRST];
    *off = on ? *off & ~events : *off | events;
}

static bool number(const struct wsman_xml *at, uint64_t *value)
{
    return at != NULL && slice_to_u64(slice_trim(at->text), UINT32_MAX, value);
}

/* One or many: the n-th of each input belong together. Nothing changes when one of them is bad. */
static enum sim_fault set_policy(struct sim_call *call)
{
    for (unsigned pass = 0; pass < 2; pass++) {
        const struct wsman_xml *enable = wsman_xml_child(call->input, "Enable");
        const struct wsman_xml *app = wsman_xml_child(call->input, "AuditedAppID");
        const struct wsman_xml *event = wsman_xml_child(call->input, "EventID");
        do {
            uint64_t app_id, event_id;
            bool on;
            if (enable == NULL || !read_flag(slice_trim(enable->text), &on) ||
                !number(app, &app_id) || !number(event, &event_id))
                return SIM_FAULT_SCHEMA_VALIDATION;
            uint32_t events = events_of(app_id, event_id);
            if (events == 0) {
                call->return_value = SIM_STATUS_INVALID_PARAMETER;
                return SIM_FAULT_NONE;
            }
            if (pass == 1)
                apply(call->device, app_id, events, on);
            enable = wsman_xml_again(enable);
            app = wsman_xml_again(app);
            event = wsman_xml_again(event);
        } while (enable != NULL || app != NULL || event != NULL);
    }
    sim_audit(call->device, APP_AUDIT_LOG, 1, (struct slice){0}, call->now_ms);
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

/* What a machine audits unless it is told otherwise: by application, a bit per event. From an
 * answer that the toolkit's tests quote. */
static const uint32_t audited[SIM_AUDIT_APP_LAST - SIM_AUDIT_APP_FIRST + 1] = {
    [0] = 0xe7fff, /* security admin: 0 to 14, 17 to 19 */
    [1] = 0x1f,    /* RCO */
    [2] = 0x1fff,  /* redirection */
    [3] = 0x3,     /* firmware update */
    [4] = 0x3f,    /* the log itself */
    [5] = 0x1,     /* network time */
    [11] = 0x18,   /* wireless */
    [13] = 0x1f,   /* KVM */
    [14] = 0x7,    /* consent */
};

static bool is_audited(const struct sim_device *device, unsigned app, unsigned event)
{
    unsigned row = app - SIM_AUDIT_APP_FIRST;
    return (audited[row] >> event & 1) != 0 && sim_audit_wants(device, app, event);
}

/* Two arrays in step: application and event in one number, and whether it is critical. */
static void read_rule(const struct sim_device *device, struct sim_instance *instance)
{
    const struct wsman_property *id =
        wsman_property_find(instance->class, SLICE_LITERAL("AuditApplicationEventID"));
    const struct wsman_property *type =
        wsman_property_find(instance->class, SLICE_LITERAL("PolicyType"));
    const size_t rows = sizeof(audited) / sizeof(audited[0]);
    struct sim_instance_value *values =
        arena_array(instance->arena, instance->count + 2 * rows * EVENTS_OF_APP, sizeof(*values));
    size_t count = 0, at = 0, events = 0;
    for (unsigned app = SIM_AUDIT_APP_FIRST; app <= SIM_AUDIT_APP_LAST; app++) {
        for (unsigned event = 0; event < EVENTS_OF_APP; event++) {
            if (!is_audited(device, app, event))
                continue;
            values[count].property = id;
            values[count++].text =
                slice_of_string(arena_printf(instance->arena, "%u", app << 16 | event));
        }
    }
    events = count;
    while (at < instance->count && strcmp(instance->values[at].property->name, type->name) < 0)
        values[count++] = instance->values[at++];
    for (size_t i = 0; i < events; i++)
        values[count++] = (struct sim_instance_value){type, SLICE_LITERAL("0")};
    while (at < instance->count)
        values[count++] = instance->values[at++];
    instance->values = values;
    instance->count = count;
    instance->capacity = count;
}

/* ---- signature ---- */

static EVP_PKEY *read_key(struct slice der)
{
    const unsigned char *at = der.data;
    return der.size == 0 ? NULL : d2i_AutoPrivateKey(NULL, &at, (long)der.size);
}

void sim_audit_forget_key(struct sim_device *device)
{
    if (device->audit_key != NULL)
        memory_wipe(device->audit_key, strlen(device->audit_key));
    free(device->audit_key);
    device->audit_key = NULL;
}

static enum sim_fault set_key(struct sim_call *call)
{
    struct slice text = wsman_xml_child_text(call->input, "SigningKey"), der;
    EVP_PKEY *key = encoding_base64_decode(call->arena, text, &der) ? read_key(der) : NULL;
    call->return_value = key == NULL ? SIM_STATUS_INVALID_KEY : SIM_OK;
    if (key != NULL) {
        sim_audit_forget_key(call->device);
        call->device->audit_key = memory_string(text);
    }
    EVP_PKEY_free(key);
    return SIM_FAULT_NONE;
}

/* Base64; empty when it cannot be signed. */
static struct slice sign(struct sim_call *call, struct slice text)
{
    unsigned char signature[1024];
    size_t size = sizeof(signature);
    struct slice der, out = {0};
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY *key = NULL;
    if (encoding_base64_decode(call->arena, slice_of_string(call->device->audit_key), &der))
        key = read_key(der);
    if (key != NULL && context != NULL &&
        EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
        EVP_DigestSign(context, signature, &size, text.data, text.size) == 1)
        out = encoding_base64(call->arena, slice_of(signature, size));
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return out;
}

static void put_time(struct sim_call *call, const char *name, uint64_t seconds)
{
    char text[CLOCK_TEXT_SIZE];
    clock_format((int64_t)seconds * 1000, text);
    buffer_printf(call->outputs, "<g:%s><h:Datetime>%.19sZ</h:Datetime></g:%s>", name, text, name);
}

static enum sim_fault export_signature(struct sim_call *call)
{
    struct sim_device *device = call->device;
    uint64_t mechanism;
    uint32_t first = 0, last = 0;
    uint8_t raw[16];
    if (!sim_input_number(call->input, "SigningMechanism", UINT32_MAX, &mechanism))
        return SIM_FAULT_SCHEMA_VALIDATION;
    if (device->audit_key == NULL) {
        call->return_value = SIM_STATUS_NOT_PERMITTED;
        return SIM_FAULT_NONE;
    }
    struct buffer log;
    buffer_init(&log, 1024 * 1024);
    size_t count = sim_audit_write(device, &log, &first, &last);
    struct slice signature = sign(call, buffer_slice(&log));
    buffer_fini(&log);
    sim_envelope_put(call->outputs, 'g', "TotalRecordCount",
                     slice_of_string(arena_printf(call->arena, "%zu", count)));
    put_time(call, "StartLogTime", first);
    put_time(call, "EndLogTime", last);
    put_time(call, "GenerationTime", sim_clock(device, call->now_ms));
    guid_to_smbios(&device->guid, raw);
    sim_envelope_put(call->outputs, 'g', "UUID",
                     encoding_base64(call->arena, slice_of(raw, sizeof(raw))));
    sim_envelope_put(call->outputs, 'g', "FQDN", slice_of_string(device->host_name));
    sim_envelope_put(call->outputs, 'g', "SignatureMechanism",
                     slice_of_string(arena_printf(call->arena, "%u", (unsigned)mechanism)));
    sim_envelope_put(call->outputs, 'g', "Signature", signature);
    sim_audit(device, APP_AUDIT_LOG, 4, (struct slice){0}, call->now_ms);
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

const struct sim_capability sim_audit_policy = {
    .methods =
        (const struct sim_method[]){
            {log_class, "ExportAuditLogSignature", export_signature},
            {log_class, "SetSigningKeyMaterial", set_key},
            {rule_class, "SetAuditPolicy", set_policy},
            {rule_class, "SetAuditPolicyBulk", set_policy},
            {NULL, NULL, NULL},
        },
    .readers = (const struct sim_reader[]){{rule_class, read_rule}, {NULL, NULL}},
};
