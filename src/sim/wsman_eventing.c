/* Subscriptions (spec device-protocols 5.5). Listeners on the machine are told (alerts.h), others
 * not yet. */
#include "core/clock.h"
#include "sim/capability/capability.h"
#include "sim/object.h"
#include "sim/wsman_request.h"

#include <string.h>

#define SPACE_EVENTING   "http://schemas.xmlsoap.org/ws/2004/08/eventing"
#define PUSH_WITH_ACK    "http://schemas.dmtf.org/wbem/wsman/1/wsman/PushWithAck"
#define SUBSCRIBERS_MOST 9
#define ADDRESS_MOST     253

static const char listener_class[] = "CIM_ListenerDestinationWSManagement";
static const char subscription_class[] = "CIM_FilterCollectionSubscription";

static struct slice delivery_mode(const struct wsman_xml *delivery)
{
    for (const struct wsman_xml_attribute *at = delivery == NULL ? NULL : delivery->attributes;
         at != NULL; at = at->next) {
        if (slice_equal_string(at->name, "Mode"))
            return at->value;
    }
    return (struct slice){0};
}

static void set(struct sim_request *request, const struct sim_personality_instance *instance,
                const char *name, const char *text)
{
    sim_object_set(request->device, instance, name, slice_of_string(text));
}

/* The reference of the new listener, as in personality.h. */
static const char *add_listener(struct sim_request *request, struct slice address,
                                bool acknowledged)
{
    const char *name = sim_object_free_name(request->device, request->arena, listener_class, "Name",
                                            "Intel(r) AMT:Listener Destination ");
    const struct sim_personality_instance *added =
        sim_object_add(request->device, &wsman_CIM_ListenerDestinationWSManagement);
    set(request, added, "CreationClassName", listener_class);
    set(request, added, "DeliveryMode", acknowledged ? "3" : "2");
    sim_object_set(request->device, added, "Destination", address);
    set(request, added, "ElementName", "Intel(r) AMT:Listener Destination");
    set(request, added, "Name", name);
    set(request, added, "PersistenceType", "2");
    set(request, added, "SystemCreationClassName", "CIM_ComputerSystem");
    set(request, added, "SystemName", "Intel(r) AMT");
    return arena_printf(request->arena,
                        "%s?CreationClassName=%s&Name=%s&SystemCreationClassName=CIM_ComputerSystem"
                        "&SystemName=Intel(r) AMT",
                        listener_class, listener_class, name);
}

static enum sim_fault subscribe(struct sim_request *request)
{
    struct sim_instance filter, subscription;
    const struct wsman_xml *body = sim_request_child(request->body, SPACE_EVENTING, "Subscribe");
    const struct wsman_xml *delivery = wsman_xml_child(body, "Delivery");
    struct slice address = wsman_xml_child_text(wsman_xml_child(delivery, "NotifyTo"), "Address");
    if (request->selectors == NULL || !sim_request_find(request, &filter))
        return SIM_FAULT_DESTINATION_UNREACHABLE;
    if (body == NULL || address.size == 0 || address.size > ADDRESS_MOST)
        return SIM_FAULT_SCHEMA_VALIDATION;
    if (sim_object_count(request->device, subscription_class) >= SUBSCRIBERS_MOST)
        return SIM_FAULT_QUOTA_LIMIT;
    const char *handler =
        add_listener(request, address, slice_equal_string(delivery_mode(delivery), PUSH_WITH_ACK));
    const struct sim_personality_instance *added =
        sim_object_add(request->device, &wsman_CIM_FilterCollectionSubscription);
    set(request, added, "Filter",
        arena_printf(request->arena, "CIM_FilterCollection?InstanceID=%.*s",
                     SLICE_ARG(sim_instance_get(&filter, "InstanceID"))));
    set(request, added, "Handler", handler);
    set(request, added, "SubscriptionState", "2");
    sim_audit(request->device, 24, 0, (struct slice){0}, request->now_ms);
    request->class = &wsman_CIM_FilterCollectionSubscription;
    bool found = false;
    for (size_t i = 0; !found && sim_instance_read(request->device, request->class, i,
                                                   request->arena, &subscription);
         i++)
        found = subscription.table == added;
    sim_request_open(request, SPACE_EVENTING "/SubscribeResponse", SPACE_EVENTING, NULL, NULL);
    buffer_put_text(request->out, "<g:SubscribeResponse><g:SubscriptionManager>");
    sim_envelope_put_keys(request->out, &subscription);
    buffer_put_text(request->out, "</g:SubscriptionManager></g:SubscribeResponse>");
    sim_envelope_close(request->out);
    return SIM_FAULT_NONE;
}

static enum sim_fault unsubscribe(struct sim_request *request)
{
    struct sim_instance subscription;
    if (request->selectors == NULL || !sim_request_find(request, &subscription))
        return SIM_FAULT_DESTINATION_UNREACHABLE;
    const struct sim_personality_instance *listener =
        sim_reference_find(request->device, sim_instance_get(&subscription, "Handler"));
    if (listener != NULL)
        sim_object_remove(request->device, listener);
    sim_object_remove(request->device, subscription.table);
    sim_audit(request->device, 24, 1, (struct slice){0}, request->now_ms);
    sim_request_open(request, SPACE_EVENTING "/UnsubscribeResponse", NULL, NULL, NULL);
    sim_envelope_close(request->out);
    return SIM_FAULT_NONE;
}

bool sim_request_events(struct sim_request *request, enum sim_fault *fault)
{
    if (slice_equal_string(request->action, SPACE_EVENTING "/Subscribe")) {
        bool may = strcmp(request->class->name, "CIM_FilterCollection") == 0;
        *fault = may ? subscribe(request) : SIM_FAULT_ACTION_NOT_SUPPORTED;
    } else if (slice_equal_string(request->action, SPACE_EVENTING "/Unsubscribe")) {
        bool may = strcmp(request->class->name, subscription_class) == 0;
        *fault = may ? unsubscribe(request) : SIM_FAULT_ACTION_NOT_SUPPORTED;
    } else {
        return false;
    }
    return true;
}
