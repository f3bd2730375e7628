/* Put, Create and Delete. */
#include "sim/capability/capability.h"
#include "sim/object.h"
#include "sim/wsman_request.h"

#include <string.h>

static bool value_fits(const struct wsman_property *property, struct slice text)
{
    uint64_t number;
    switch (property->type) {
    case WSMAN_BOOLEAN:
        return slice_equal_string(text, "true") || slice_equal_string(text, "false") ||
               slice_equal_string(text, "1") || slice_equal_string(text, "0");
    case WSMAN_UINT8:
        return slice_to_u64(text, UINT8_MAX, &number);
    case WSMAN_UINT16:
        return slice_to_u64(text, UINT16_MAX, &number);
    case WSMAN_UINT32:
        return slice_to_u64(text, UINT32_MAX, &number);
    case WSMAN_UINT64:
        return slice_to_u64(text, UINT64_MAX, &number);
    default:
        return true;
    }
}

static struct slice canonical(const struct wsman_property *property, struct slice text)
{
    if (property->type != WSMAN_BOOLEAN)
        return text;
    bool truth = slice_equal_string(text, "true") || slice_equal_string(text, "1");
    return truth ? SLICE_LITERAL("true") : SLICE_LITERAL("false");
}

/* True when the instance has this value among those of the property. */
static bool instance_has(const struct sim_instance *instance, const struct wsman_property *property,
                         struct slice text)
{
    for (size_t i = 0; i < instance->count; i++) {
        if (instance->values[i].property == property && slice_equal(instance->values[i].text, text))
            return true;
    }
    return false;
}

static enum sim_fault check_put(const struct sim_instance *instance,
                                const struct wsman_xml *element)
{
    const struct wsman_property *property = instance->class->properties;
    for (; property->name != NULL; property++) {
        const struct wsman_xml *at = wsman_xml_child(element, property->name);
        if (at == NULL && (property->flags & WSMAN_REQUIRED))
            return SIM_FAULT_INVALID_REPRESENTATION;
        if (property->type == WSMAN_REFERENCE)
            continue;
        for (; at != NULL; at = wsman_xml_again(at)) {
            struct slice text = slice_trim(at->text);
            if (!value_fits(property, text))
                return SIM_FAULT_SCHEMA_VALIDATION;
            if ((property->flags & (WSMAN_KEY | WSMAN_READ_ONLY)) &&
                !instance_has(instance, property, canonical(property, text)))
                return SIM_FAULT_INVALID_REPRESENTATION;
        }
    }
    return SIM_FAULT_NONE;
}

static void store_put(struct sim_request *request, const struct sim_instance *instance,
                      const struct wsman_xml *element)
{
    unsigned fixed = WSMAN_KEY | WSMAN_READ_ONLY;
    for (const struct wsman_property *property = instance->class->properties;
         property->name != NULL; property++) {
        const struct wsman_xml *at = wsman_xml_child(element, property->name);
        if (at == NULL || (property->flags & fixed) || property->type == WSMAN_REFERENCE)
            continue;
        sim_device_forget(request->device, instance->table, property);
        for (; at != NULL; at = wsman_xml_again(at))
            sim_device_store(request->device, instance->table, property,
                             canonical(property, slice_trim(at->text)));
    }
}

static struct sim_change change_of(const struct sim_request *request,
                                   const struct sim_instance *instance,
                                   const struct wsman_xml *element)
{
    return (struct sim_change){
        .device = request->device,
        .instance = instance,
        .element = element,
        .now_ms = request->now_ms,
        .arena = request->arena,
    };
}

/* The instance of this entry of a table, as it is now. */
static bool read_table(const struct sim_request *request,
                       const struct sim_personality_instance *table, struct sim_instance *instance)
{
    for (size_t i = 0;
         sim_instance_read(request->device, request->class, i, request->arena, instance); i++) {
        if (instance->table == table)
            return true;
    }
    return false;
}

enum sim_fault sim_request_put(struct sim_request *request)
{
    struct sim_instance instance;
    if (!sim_request_find(request, &instance))
        return SIM_FAULT_DESTINATION_UNREACHABLE;
    const struct wsman_xml *element = sim_request_child(
        request->body, sim_request_space(request, request->class), request->class->name);
    if (element == NULL)
        return SIM_FAULT_SCHEMA_VALIDATION;
    enum sim_fault fault = check_put(&instance, element);
    const struct sim_guard *guard = sim_guard_find(instance.class->name);
    struct sim_change change = change_of(request, &instance, element);
    if (fault == SIM_FAULT_NONE && guard != NULL && guard->put != NULL)
        fault = guard->put(&change);
    if (fault != SIM_FAULT_NONE)
        return fault;
    store_put(request, &instance, element);
    if (guard != NULL && guard->changed != NULL)
        guard->changed(&change);
    if (guard != NULL && guard->put_answers_empty) {
        sim_request_open(request, SIM_SPACE_TRANSFER "/PutResponse",
                         sim_request_space(request, instance.class), SIM_SPACE_COMMON, NULL);
        sim_envelope_close(request->out);
        return SIM_FAULT_NONE;
    }
    if (!read_table(request, instance.table, &instance))
        return SIM_FAULT_INTERNAL;
    sim_request_answer(request, SIM_SPACE_TRANSFER "/PutResponse", &instance);
    return SIM_FAULT_NONE;
}

enum sim_fault sim_request_create(struct sim_request *request)
{
    const struct sim_guard *guard = sim_guard_find(request->class->name);
    const struct wsman_xml *element = sim_request_child(
        request->body, sim_request_space(request, request->class), request->class->name);
    if (guard == NULL || guard->create == NULL)
        return SIM_FAULT_ACTION_NOT_SUPPORTED;
    if (element == NULL)
        return SIM_FAULT_SCHEMA_VALIDATION;
    struct sim_change change = change_of(request, NULL, element);
    struct sim_instance instance;
    enum sim_fault fault = guard->create(&change);
    if (fault != SIM_FAULT_NONE)
        return fault;
    if (!read_table(request, change.created, &instance))
        return SIM_FAULT_INTERNAL;
    sim_request_open(request, SIM_SPACE_TRANSFER "/CreateResponse", SIM_SPACE_TRANSFER, NULL, NULL);
    buffer_put_text(request->out, "<g:ResourceCreated>");
    sim_envelope_put_keys(request->out, &instance);
    buffer_put_text(request->out, "</g:ResourceCreated>");
    sim_envelope_close(request->out);
    return SIM_FAULT_NONE;
}

/* Some clients delete certificates and keys by way of the service that made them. */
static const struct wsman_class *class_to_delete(const struct sim_request *request)
{
    struct slice id = {0};
    if (strcmp(request->class->name, "AMT_PublicKeyManagementService") != 0)
        return request->class;
    id = wsman_xml_child_text(request->selectors, "Selector");
    if (slice_starts_with(id, SLICE_LITERAL("Intel(r) AMT Certificate: Handle: ")))
        return &wsman_AMT_PublicKeyCertificate;
    if (slice_starts_with(id, SLICE_LITERAL("Intel(r) AMT Key: Handle: ")))
        return &wsman_AMT_PublicPrivateKeyPair;
    return NULL;
}

enum sim_fault sim_request_delete(struct sim_request *request)
{
    struct sim_instance instance;
    request->class = class_to_delete(request);
    if (request->class == NULL)
        return SIM_FAULT_DESTINATION_UNREACHABLE;
    /* without selectors nothing is deleted by accident */
    if (request->selectors == NULL || !sim_request_find(request, &instance))
        return SIM_FAULT_DESTINATION_UNREACHABLE;
    const struct sim_guard *guard = sim_guard_find(instance.class->name);
    struct sim_change change = change_of(request, &instance, NULL);
    enum sim_fault fault = SIM_FAULT_NONE;
    if (guard != NULL && guard->delete != NULL)
        fault = guard->delete (&change);
    if (fault != SIM_FAULT_NONE)
        return fault;
    sim_object_remove(request->device, instance.table);
    if (guard != NULL && guard->changed != NULL)
        guard->changed(&change);
    sim_request_open(request, SIM_SPACE_TRANSFER "/DeleteResponse", NULL, NULL, NULL);
    sim_envelope_close(request->out);
    return SIM_FAULT_NONE;
}
