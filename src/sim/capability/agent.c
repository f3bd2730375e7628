/* Agents on the host that the firmware watches (spec device-classes 3, AMT_AgentPresenceWatchdog;
 * states of mps A.8):
 *
 *   NOT STARTED --register--> RUNNING --assert--> RUNNING --shutdown--> STOPPED
 *
 * A registered agent that is silent for TimeoutInterval, and one that does not register within
 * StartupInterval of a boot, is EXPIRED until it registers (again). Times are seconds. */
#include "sim/capability/capability.h"
#include "sim/object.h"

#include <stdio.h>

#define AGENTS_MOST  16
#define ACTIONS_MOST 128
#define ANY_STATE    255

enum state { NOT_STARTED = 1, STOPPED = 2, RUNNING = 4, EXPIRED = 8, SUSPENDED = 16 };

static const char watchdog_class[] = "AMT_AgentPresenceWatchdog";
static const char action_class[] = "AMT_AgentPresenceWatchdogAction";
static const char condition_class[] = "AMT_StateTransitionCondition";

static uint64_t number(const struct sim_device *device,
                       const struct sim_personality_instance *instance, const char *name)
{
    uint64_t value = 0;
    (void)slice_to_u64(sim_object_get(device, instance, name), UINT64_MAX, &value);
    return value;
}

static void set_number(struct sim_device *device, const struct sim_personality_instance *instance,
                       const char *name, uint64_t value)
{
    char text[24];
    snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
    sim_object_set(device, instance, name, slice_of_string(text));
}

/* ---- transitions ---- */

static bool covers(uint64_t states, unsigned state)
{
    return states == ANY_STATE || (states & state) != 0;
}

/* True when an action of this watchdog wants an event of this transition. */
static bool is_told(const struct sim_device *device,
                    const struct sim_personality_instance *watchdog, unsigned from, unsigned to)
{
    struct sim_walk walk = {.device = device};
    struct slice id = sim_object_get(device, watchdog, "DeviceID");
    const struct sim_personality_instance *at;
    while ((at = sim_walk_next_of(&walk, condition_class)) != NULL) {
        if (!slice_equal(sim_object_get(device, at, "PolicyRuleName"), id) ||
            !covers(number(device, at, "OldState"), from) ||
            !covers(number(device, at, "NewState"), to))
            continue;
        const struct sim_personality_instance *action =
            sim_object_find(device, action_class, "PolicyActionName",
                            sim_object_get(device, at, "PolicyConditionName"));
        if (action != NULL &&
            slice_equal_string(sim_object_get(device, action, "EventOnTransition"), "true"))
            return true;
    }
    return false;
}

static void enter(struct sim_device *device, const struct sim_personality_instance *watchdog,
                  enum state to, uint64_t now_ms)
{
    unsigned from = (unsigned)number(device, watchdog, "CurrentState");
    if (from == to)
        return;
    set_number(device, watchdog, "CurrentState", to);
    if (is_told(device, watchdog, from, to)) {
        struct slice id = sim_object_get(device, watchdog, "DeviceID");
        sim_message_log_agent(device, id, to, now_ms);
    }
}

/* The time of the last sign of life is kept where no client sees it. */
static void keep_sign(struct sim_device *device, const struct sim_personality_instance *watchdog,
                      uint64_t now_ms)
{
    char text[24];
    snprintf(text, sizeof(text), "%llu", (unsigned long long)now_ms);
    sim_object_keep_secret(device, watchdog, slice_of_string(text));
}

static uint64_t due_of(const struct sim_device *device,
                       const struct sim_personality_instance *watchdog)
{
    uint64_t state = number(device, watchdog, "CurrentState");
    uint64_t since = 0;
    (void)slice_to_u64(sim_object_secret(device, watchdog), UINT64_MAX, &since);
    if (state == RUNNING)
        return since + number(device, watchdog, "TimeoutInterval") * 1000;
    if (state == NOT_STARTED && number(device, watchdog, "StartupInterval") > 0)
        return since + number(device, watchdog, "StartupInterval") * 1000;
    return UINT64_MAX;
}

uint64_t sim_agent_due(const struct sim_device *device)
{
    struct sim_walk walk = {.device = device};
    const struct sim_personality_instance *at;
    uint64_t due = UINT64_MAX;
    if (!device->agents_watched)
        return due;
    while ((at = sim_walk_next_of(&walk, watchdog_class)) != NULL) {
        uint64_t own = due_of(device, at);
        due = own < due ? own : due;
    }
    return due;
}

void sim_agent_tick(struct sim_device *device, uint64_t now_ms)
{
    struct sim_walk walk = {.device = device};
    const struct sim_personality_instance *at;
    while (device->agents_watched && (at = sim_walk_next_of(&walk, watchdog_class)) != NULL) {
        if (due_of(device, at) <= now_ms)
            enter(device, at, EXPIRED, now_ms);
    }
}

void sim_agent_boot(struct sim_device *device, uint64_t now_ms)
{
    struct sim_walk walk = {.device = device};
    const struct sim_personality_instance *at;
    while (device->agents_watched && (at = sim_walk_next_of(&walk, watchdog_class)) != NULL) {
        keep_sign(device, at, now_ms);
        enter(device, at, NOT_STARTED, now_ms);
    }
}

/* ---- methods ---- */

static void sign_of_life(struct sim_call *call, enum state state)
{
    const struct sim_personality_instance *watchdog = call->instance->table;
    keep_sign(call->device, watchdog, call->now_ms);
    enter(call->device, watchdog, state, call->now_ms);
    call->return_value = SIM_OK;
}

static enum sim_fault register_agent(struct sim_call *call)
{
    sign_of_life(call, RUNNING);
    struct slice timeout = sim_object_get(call->device, call->instance->table, "TimeoutInterval");
    sim_envelope_put(
        call->outputs, 'g', "SessionSequenceNumber",
        slice_of_string(arena_printf(call->arena, "%u", ++call->device->agent_number)));
    sim_envelope_put(call->outputs, 'g', "TimeoutInterval", timeout);
    return SIM_FAULT_NONE;
}

static enum sim_fault tell(struct sim_call *call, enum state state)
{
    uint64_t sequence;
    if (!sim_input_number(call->input, "SequenceNumber", UINT32_MAX, &sequence))
        return SIM_FAULT_SCHEMA_VALIDATION;
    if (number(call->device, call->instance->table, "CurrentState") == RUNNING)
        sign_of_life(call, state);
    else
        call->return_value = SIM_STATUS_NOT_PERMITTED;
    return SIM_FAULT_NONE;
}

static enum sim_fault assert_presence(struct sim_call *call)
{
    return tell(call, RUNNING);
}

static enum sim_fault assert_shutdown(struct sim_call *call)
{
    return tell(call, STOPPED);
}

static const struct sim_personality_instance *part_of_rule(struct sim_call *call,
                                                           const struct wsman_class *class,
                                                           const char *name_property,
                                                           const char *name)
{
    const struct sim_personality_instance *added = sim_object_add(call->device, class);
    sim_object_set(call->device, added, "CreationClassName", slice_of_string(class->name));
    sim_object_set(call->device, added, "PolicyRuleCreationClassName",
                   slice_of_string(watchdog_class));
    sim_object_set(call->device, added, "PolicyRuleName",
                   sim_instance_get(call->instance, "DeviceID"));
    sim_object_set(call->device, added, name_property, slice_of_string(name));
    sim_object_set(call->device, added, "SystemCreationClassName",
                   SLICE_LITERAL("CIM_ComputerSystem"));
    sim_object_set(call->device, added, "SystemName", SLICE_LITERAL("Intel(r) AMT"));
    return added;
}

static enum sim_fault add_action(struct sim_call *call)
{
    uint64_t from, to;
    struct slice event = wsman_xml_child_text(call->input, "EventOnTransition");
    if (!sim_input_number(call->input, "OldState", ANY_STATE, &from) ||
        !sim_input_number(call->input, "NewState", ANY_STATE, &to))
        return SIM_FAULT_SCHEMA_VALIDATION;
    if (sim_object_count(call->device, action_class) >= ACTIONS_MOST) {
        call->return_value = SIM_STATUS_MAX_LIMIT;
        return SIM_FAULT_NONE;
    }
    const char *name = sim_object_free_name(call->device, call->arena, action_class,
                                            "PolicyActionName", "Intel(r) AMT:Watchdog Action ");
    const struct sim_personality_instance *added =
        part_of_rule(call, &wsman_AMT_AgentPresenceWatchdogAction, "PolicyActionName", name);
    bool told = slice_equal_string(event, "true") || slice_equal_string(event, "1");
    sim_object_set(call->device, added, "ActionSd", SLICE_LITERAL("0"));
    sim_object_set(call->device, added, "EventOnTransition",
                   told ? SLICE_LITERAL("true") : SLICE_LITERAL("false"));
    added = part_of_rule(call, &wsman_AMT_StateTransitionCondition, "PolicyConditionName", name);
    set_number(call->device, added, "OldState", from);
    set_number(call->device, added, "NewState", to);
    sim_audit(call->device, 26, 2, (struct slice){0}, call->now_ms);
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

static void drop_actions(struct sim_device *device, struct slice id)
{
    static const char *const classes[] = {"AMT_AgentPresenceWatchdogAction",
                                          "AMT_StateTransitionCondition"};
    for (size_t i = 0; i < 2; i++) {
        const struct sim_personality_instance *found;
        while ((found = sim_object_find(device, classes[i], "PolicyRuleName", id)) != NULL)
            sim_object_remove(device, found);
    }
}

static enum sim_fault delete_actions(struct sim_call *call)
{
    drop_actions(call->device, sim_instance_get(call->instance, "DeviceID"));
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

static enum sim_fault get_eac(struct sim_call *call)
{
    sim_envelope_put(call->outputs, 'g', "ActionEac", SLICE_LITERAL("false"));
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

/* ---- watchdogs ---- */

static enum sim_fault create(struct sim_change *change)
{
    static const char *const given[] = {"MonitoredEntityDescription", "StartupInterval",
                                        "TimeoutInterval", NULL};
    struct sim_device *device = change->device;
    struct slice id = wsman_xml_child_text(change->element, "DeviceID");
    uint64_t startup, timeout;
    if (id.size == 0 ||
        !sim_input_number(change->element, "StartupInterval", UINT16_MAX, &startup) ||
        !sim_input_number(change->element, "TimeoutInterval", UINT16_MAX, &timeout) || timeout == 0)
        return SIM_FAULT_INVALID_REPRESENTATION;
    if (sim_object_find(device, watchdog_class, "DeviceID", id) != NULL)
        return SIM_FAULT_ALREADY_EXISTS;
    if (sim_object_count(device, watchdog_class) >= AGENTS_MOST)
        return SIM_FAULT_QUOTA_LIMIT;
    change->created = sim_object_add(device, &wsman_AMT_AgentPresenceWatchdog);
    sim_object_set(device, change->created, "CreationClassName", slice_of_string(watchdog_class));
    sim_object_set(device, change->created, "DeviceID", id);
    for (size_t i = 0; given[i] != NULL; i++) {
        if (wsman_xml_child(change->element, given[i]) != NULL)
            sim_object_set(device, change->created, given[i],
                           wsman_xml_child_text(change->element, given[i]));
    }
    sim_object_set(device, change->created, "SystemCreationClassName",
                   SLICE_LITERAL("CIM_ComputerSystem"));
    sim_object_set(device, change->created, "SystemName", SLICE_LITERAL("Intel(r) AMT"));
    set_number(device, change->created, "CurrentState", NOT_STARTED);
    keep_sign(device, change->created, change->now_ms);
    device->agents_watched = true;
    sim_audit(device, 26, 0, (struct slice){0}, change->now_ms);
    return SIM_FAULT_NONE;
}

static enum sim_fault check_delete(struct sim_change *change)
{
    drop_actions(change->device, sim_instance_get(change->instance, "DeviceID"));
    sim_audit(change->device, 26, 1, (struct slice){0}, change->now_ms);
    return SIM_FAULT_NONE;
}

const struct sim_capability sim_agents = {
    .methods =
        (const struct sim_method[]){
            {watchdog_class, "AddAction", add_action},
            {watchdog_class, "AssertPresence", assert_presence},
            {watchdog_class, "AssertShutdown", assert_shutdown},
            {watchdog_class, "DeleteAllActions", delete_actions},
            {watchdog_class, "RegisterAgent", register_agent},
            {action_class, "GetActionEac", get_eac},
            {NULL, NULL, NULL},
        },
    .guards =
        (const struct sim_guard[]){
            {.class = watchdog_class, .create = create, .delete = check_delete},
            {.class = NULL},
        },
};
