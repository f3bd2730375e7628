#include "sim/wsman_server.h"

#include "sim/envelope.h"
#include "sim/instance.h"
#include "sim/method.h"
#include "sim/object.h"
#include "sim/provisioning.h"
#include "sim/realm.h"
#include "sim/wsman_request.h"

#include <string.h>

#define ENVELOPE_SIZE_LEAST 50000 /* smaller MaxEnvelopeSize is refused (spec 4.5) */

/* ---- reading ---- */

const struct wsman_xml *sim_request_child(const struct wsman_xml *node, const char *space,
                                          const char *name)
{
    const struct wsman_xml *child = wsman_xml_child(node, name);
    while (child != NULL && !slice_equal_string(child->space, space))
        child = wsman_xml_again(child);
    return child;
}

static struct slice text_in(const struct wsman_xml *node, const char *space, const char *name)
{
    const struct wsman_xml *child = sim_request_child(node, space, name);
    return child == NULL ? (struct slice){0} : slice_trim(child->text);
}

static struct slice attribute(const struct wsman_xml *node, const char *name)
{
    for (const struct wsman_xml_attribute *at = node->attributes; at != NULL; at = at->next) {
        if (slice_equal_string(at->name, name))
            return at->value;
    }
    return (struct slice){0};
}

static enum sim_fault read_header(struct sim_request *request, const struct wsman_xml *header)
{
    request->action = text_in(header, SIM_SPACE_ADDRESSING, "Action");
    request->message_id = text_in(header, SIM_SPACE_ADDRESSING, "MessageID");
    request->uri = text_in(header, SIM_SPACE_WSMAN, "ResourceURI");
    request->selectors = sim_request_child(header, SIM_SPACE_WSMAN, "SelectorSet");
    struct slice most = text_in(header, SIM_SPACE_WSMAN, "MaxEnvelopeSize");
    uint64_t size;
    if (most.size > 0 && slice_to_u64(most, UINT32_MAX, &size) && size < ENVELOPE_SIZE_LEAST)
        return SIM_FAULT_ENCODING_LIMIT;
    const struct wsman_xml *options = sim_request_child(header, SIM_SPACE_WSMAN, "OptionSet");
    if (options != NULL) {
        struct slice must = attribute(options, "mustUnderstand");
        if (slice_equal_string(must, "true") || slice_equal_string(must, "1"))
            return SIM_FAULT_MUST_UNDERSTAND;
    }
    if (request->action.size == 0 || request->message_id.size == 0)
        return SIM_FAULT_SCHEMA_VALIDATION;
    request->class = wsman_class_of_uri(request->uri);
    /* also of a class that other firmware has: clients stop at any other fault (spec 5.4) */
    return request->class == NULL || !sim_object_class_exists(request->device, request->class)
               ? SIM_FAULT_DESTINATION_UNREACHABLE
               : SIM_FAULT_NONE;
}

/* A reference in the table's form against one in a selector: same class, same set. */
static bool reference_matches(struct slice ours, const struct wsman_xml *selector)
{
    const struct wsman_xml *theirs = wsman_xml_child(selector, "EndpointReference");
    struct slice rest = ours;
    char class[64];
    struct slice name = slice_split(&rest, '?');
    if (theirs == NULL || name.size >= sizeof(class))
        return false;
    memcpy(class, name.data, name.size);
    class[name.size] = '\0';
    while (rest.size > 0) {
        struct slice value = slice_split(&rest, '&');
        struct slice key = slice_split(&value, '=');
        char key_text[64];
        struct slice got;
        if (key.size >= sizeof(key_text))
            return false;
        memcpy(key_text, key.data, key.size);
        key_text[key.size] = '\0';
        if (!sim_reference_is(theirs, class, key_text, &got) || !slice_equal(got, value))
            return false;
    }
    return true;
}

static bool selectors_match(const struct sim_request *request, const struct sim_instance *instance)
{
    for (const struct wsman_xml *at = wsman_xml_child(request->selectors, "Selector"); at != NULL;
         at = wsman_xml_again(at)) {
        const struct wsman_property *property =
            wsman_property_find(instance->class, attribute(at, "Name"));
        if (property == NULL || !(property->flags & WSMAN_KEY))
            return false;
        struct slice ours = sim_instance_get(instance, property->name);
        bool same = property->type == WSMAN_REFERENCE ? reference_matches(ours, at)
                                                      : slice_equal(ours, slice_trim(at->text));
        if (!same)
            return false;
    }
    return true;
}

/* The instance that the selectors name; without selectors the first one. */
bool sim_request_find(const struct sim_request *request, struct sim_instance *instance)
{
    for (size_t i = 0;
         sim_instance_read(request->device, request->class, i, request->arena, instance); i++) {
        if (instance->class == request->class && selectors_match(request, instance))
            return true;
    }
    return false;
}

/* ---- answering ---- */

void sim_request_open(struct sim_request *request, const char *action, const char *g, const char *h,
                      const char *i)
{
    struct sim_envelope envelope = {
        .action = action,
        .relates_to = request->message_id,
        .resource_uri = request->uri,
        .message_id = ++request->device->message_id,
        .spaces = {g, h, i, NULL},
    };
    sim_envelope_open(request->out, &envelope);
}

const char *sim_request_space(const struct sim_request *request, const struct wsman_class *class)
{
    return arena_printf(request->arena, "%s%s", wsman_class_base(class), class->name);
}

void sim_request_answer(struct sim_request *request, const char *action,
                        const struct sim_instance *instance)
{
    const char *common = sim_instance_declares_common(instance->class) ? SIM_SPACE_COMMON : NULL;
    sim_request_open(request, action, sim_request_space(request, instance->class), common, NULL);
    sim_envelope_put_instance(request->out, 'g', instance);
    sim_envelope_close(request->out);
}

static enum sim_fault get(struct sim_request *request)
{
    struct sim_instance instance;
    if (!sim_request_find(request, &instance))
        return SIM_FAULT_DESTINATION_UNREACHABLE;
    sim_request_answer(request, SIM_SPACE_TRANSFER "/GetResponse", &instance);
    return SIM_FAULT_NONE;
}

/* A counter, little-endian, printed as a GUID. */
static const char *context_text(const struct sim_request *request, uint32_t id)
{
    return arena_printf(request->arena, "%02X%02X%02X%02X-0000-0000-0000-000000000000", id & 255,
                        id >> 8 & 255, id >> 16 & 255, id >> 24 & 255);
}

static uint32_t context_of(struct slice text)
{
    struct guid guid;
    if (!guid_parse(text, &guid))
        return 0;
    for (size_t i = 4; i < sizeof(guid.bytes); i++) {
        if (guid.bytes[i] != 0)
            return 0;
    }
    return (uint32_t)guid.bytes[0] | (uint32_t)guid.bytes[1] << 8 | (uint32_t)guid.bytes[2] << 16 |
           (uint32_t)guid.bytes[3] << 24;
}

static enum sim_fault enumerate(struct sim_request *request)
{
    if (sim_request_child(request->body, SIM_SPACE_ENUMERATION, "Enumerate") == NULL)
        return SIM_FAULT_SCHEMA_VALIDATION;
    uint32_t id = sim_device_context_open(request->device, request->class, 0, request->now_ms);
    sim_request_open(request, SIM_SPACE_ENUMERATION "/EnumerateResponse", SIM_SPACE_ENUMERATION,
                     NULL, NULL);
    buffer_put_text(request->out, "<g:EnumerateResponse>");
    sim_envelope_put(request->out, 'g', "EnumerationContext",
                     slice_of_string(context_text(request, id)));
    buffer_put_text(request->out, "</g:EnumerateResponse>");
    sim_envelope_close(request->out);
    return SIM_FAULT_NONE;
}

static uint64_t pull_count(const struct sim_request *request, const struct wsman_xml *element)
{
    uint64_t most = 1; /* what WS-Enumeration says of a Pull without MaxElements */
    struct slice text = text_in(element, SIM_SPACE_ENUMERATION, "MaxElements");
    if (text.size > 0 && (!slice_to_u64(text, UINT32_MAX, &most) || most == 0))
        return 0;
    return sim_instance_pulled_singly(request->class) ? 1 : most;
}

static enum sim_fault pull(struct sim_request *request)
{
    const struct wsman_xml *element =
        sim_request_child(request->body, SIM_SPACE_ENUMERATION, "Pull");
    struct sim_context context;
    struct sim_instance instance;
    uint64_t most = pull_count(request, element);
    if (element == NULL || most == 0)
        return SIM_FAULT_SCHEMA_VALIDATION;
    uint32_t id = context_of(text_in(element, SIM_SPACE_ENUMERATION, "EnumerationContext"));
    if (!sim_device_context_take(request->device, id, request->now_ms, &context) ||
        context.class != request->class)
        return SIM_FAULT_INVALID_CONTEXT;
    bool any =
        sim_instance_read(request->device, request->class, context.next, request->arena, &instance);
    sim_request_open(request, SIM_SPACE_ENUMERATION "/PullResponse", SIM_SPACE_ENUMERATION,
                     any ? sim_request_space(request, instance.class) : NULL,
                     any && sim_instance_declares_common(instance.class) ? SIM_SPACE_COMMON : NULL);
    buffer_put_text(request->out, "<g:PullResponse>");
    struct buffer items;
    buffer_init(&items, 256 * 1024);
    const struct wsman_class *class = any ? instance.class : NULL;
    uint64_t taken = 0;
    while (any && taken < most && instance.class == class) {
        sim_envelope_put_instance(&items, 'h', &instance);
        taken++;
        any = sim_instance_read(request->device, request->class, context.next + (size_t)taken,
                                request->arena, &instance);
    }
    /* One at a time means that even the last one comes with a context. */
    bool more = any || (taken > 0 && sim_instance_pulled_singly(request->class));
    if (more) {
        id = sim_device_context_open(request->device, request->class,
                                     (uint16_t)(context.next + taken), request->now_ms);
        sim_envelope_put(request->out, 'g', "EnumerationContext",
                         slice_of_string(context_text(request, id)));
    }
    buffer_put_text(request->out, "<g:Items>");
    buffer_put(request->out, buffer_slice(&items));
    buffer_fini(&items);
    buffer_put_text(request->out, "</g:Items>");
    if (!more)
        buffer_put_text(request->out, "<g:EndOfSequence></g:EndOfSequence>");
    buffer_put_text(request->out, "</g:PullResponse>");
    sim_envelope_close(request->out);
    return SIM_FAULT_NONE;
}

static enum sim_fault release(struct sim_request *request)
{
    const struct wsman_xml *element =
        sim_request_child(request->body, SIM_SPACE_ENUMERATION, "Release");
    struct sim_context context;
    uint32_t id = context_of(text_in(element, SIM_SPACE_ENUMERATION, "EnumerationContext"));
    if (!sim_device_context_take(request->device, id, request->now_ms, &context))
        return SIM_FAULT_INVALID_CONTEXT;
    sim_request_open(request, SIM_SPACE_ENUMERATION "/ReleaseResponse", NULL, NULL, NULL);
    sim_envelope_close(request->out);
    return SIM_FAULT_NONE;
}

/* A method that fails answers null references in the place of what it would have made. The answers
 * about Wi-Fi profiles have none at all. */
static void put_null_references(const struct sim_call *call, const struct wsman_method *method)
{
    if (call->return_value == SIM_OK || buffer_size(call->outputs) > 0 ||
        strcmp(call->class->name, "AMT_WiFiPortConfigurationService") == 0)
        return;
    for (const struct wsman_property *at = method->parameters; at->name != NULL; at++) {
        if ((at->flags & WSMAN_OUT) == 0 || at->type != WSMAN_REFERENCE ||
            strcmp(at->name, "Job") == 0)
            continue;
        buffer_printf(call->outputs, "<g:%s>", at->name);
        sim_envelope_put_reference(call->outputs, (struct slice){0});
        buffer_printf(call->outputs, "</g:%s>", at->name);
    }
}

static bool has_times(const struct wsman_method *method)
{
    for (const struct wsman_property *at = method->parameters; at->name != NULL; at++) {
        if ((at->flags & WSMAN_OUT) != 0 && at->type == WSMAN_DATETIME)
            return true;
    }
    return false;
}

static enum sim_fault invoke(struct sim_request *request)
{
    const char *base = sim_request_space(request, request->class);
    struct slice prefix = slice_of_string(base);
    if (!slice_starts_with(request->action, prefix) || request->action.size <= prefix.size + 1 ||
        request->action.data[prefix.size] != '/')
        return SIM_FAULT_ACTION_NOT_SUPPORTED;
    struct slice name = slice_from(request->action, prefix.size + 1);
    const struct wsman_method *method = wsman_method_find(request->class, name);
    struct sim_instance instance;
    if (method == NULL)
        return SIM_FAULT_ACTION_NOT_SUPPORTED;
    if (!sim_request_find(request, &instance))
        return SIM_FAULT_DESTINATION_UNREACHABLE;
    struct buffer outputs;
    struct sim_call call = {
        .device = request->device,
        .class = request->class,
        .instance = &instance,
        .input = sim_request_child(request->body, base,
                                   arena_printf(request->arena, "%s_INPUT", method->name)),
        .now_ms = request->now_ms,
        .arena = request->arena,
        .outputs = &outputs,
    };
    if (call.input == NULL)
        return SIM_FAULT_SCHEMA_VALIDATION;
    buffer_init(&outputs, 256 * 1024);
    enum sim_fault fault = SIM_FAULT_NONE;
    if (request->device->refused)
        call.return_value = request->device->refusal;
    else
        fault = sim_method_run(request->class, method, &call);
    if (fault == SIM_FAULT_NONE) {
        put_null_references(&call, method);
        sim_request_open(request, arena_printf(request->arena, "%s/%sResponse", base, method->name),
                         base, has_times(method) ? SIM_SPACE_COMMON : NULL, NULL);
        buffer_printf(request->out, "<g:%s_OUTPUT>", method->name);
        buffer_put(request->out, buffer_slice(&outputs));
        buffer_printf(request->out, "<g:ReturnValue>%u</g:ReturnValue></g:%s_OUTPUT>",
                      (unsigned)call.return_value, method->name);
        sim_envelope_close(request->out);
    }
    buffer_fini(&outputs);
    return fault;
}

struct operation {
    const char *action;
    unsigned flag; /* of the catalogue; 0: with every class */
    enum sim_fault (*run)(struct sim_request *request);
};

static const struct operation operations[] = {
    {SIM_SPACE_TRANSFER "/Get", WSMAN_OP_GET, get},
    {SIM_SPACE_TRANSFER "/Put", WSMAN_OP_PUT, sim_request_put},
    {SIM_SPACE_TRANSFER "/Create", WSMAN_OP_CREATE, sim_request_create},
    {SIM_SPACE_TRANSFER "/Delete", WSMAN_OP_DELETE, sim_request_delete},
    {SIM_SPACE_ENUMERATION "/Enumerate", WSMAN_OP_ENUMERATE, enumerate},
    {SIM_SPACE_ENUMERATION "/Pull", WSMAN_OP_ENUMERATE, pull},
    {SIM_SPACE_ENUMERATION "/Release", WSMAN_OP_ENUMERATE, release},
};

static enum sim_fault serve(struct sim_request *request)
{
    bool reads = slice_equal_string(request->action, SIM_SPACE_TRANSFER "/Get") ||
                 slice_starts_with(request->action, SLICE_LITERAL(SIM_SPACE_ENUMERATION));
    struct sim_caller *caller = &request->device->caller;
    if (!sim_realm_allows(caller, request->class, !reads)) {
        caller->turned_away = !caller->local && strcmp(caller->name, SIM_LOCAL_USER) == 0;
        return SIM_FAULT_ACCESS_DENIED;
    }
    enum sim_fault fault;
    if (reads && request->class == &wsman_IPS_HostBasedSetupService)
        sim_provisioning_show_nonce(request->device);
    if (sim_request_events(request, &fault))
        return fault;
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        if (!slice_equal_string(request->action, operations[i].action))
            continue;
        return request->class->operations & operations[i].flag ? operations[i].run(request)
                                                               : SIM_FAULT_ACTION_NOT_SUPPORTED;
    }
    return invoke(request);
}

int sim_wsman_answer(struct sim_device *device, struct slice text, uint64_t now_ms,
                     struct buffer *out)
{
    struct arena arena;
    int status = 400;
    arena_init(&arena);
    struct sim_request request = {.device = device, .arena = &arena, .out = out, .now_ms = now_ms};
    struct wsman_xml *root = wsman_xml_parse(&arena, text, NULL);
    const struct wsman_xml *header = sim_request_child(root, SIM_SPACE_SOAP, "Header");
    request.body = sim_request_child(root, SIM_SPACE_SOAP, "Body");
    if (root == NULL || !slice_equal_string(root->name, "Envelope") ||
        !slice_equal_string(root->space, SIM_SPACE_SOAP) || header == NULL || request.body == NULL)
        goto out;
    device->requests++;
    sim_device_tick(device, now_ms);
    enum sim_fault fault = read_header(&request, header);
    if (fault == SIM_FAULT_NONE)
        fault = serve(&request);
    status = 200;
    if (fault != SIM_FAULT_NONE)
        status = sim_envelope_put_fault(out, fault, request.message_id, ++device->message_id);
out:
    arena_fini(&arena);
    return status;
}
