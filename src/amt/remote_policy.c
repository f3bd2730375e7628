#include "amt/remote_policy.h"

#include "amt/reading.h"
#include "amt/remote_access.h"
#include "amt/status.h"
#include "core/encoding.h"
#include "wsman/reference.h"

#define ITEMS_LIMIT     32  /* of policies and what ties them: firmware has three */
#define SERVERS_OF_RULE 2   /* that one policy may call */
#define BOTH_TYPES      "2" /* MpsType: wherever the device is */
#define USER_LIFE_S     "300"
#define FOREVER_S       "0"

/* A policy as it is to be. */
struct wanted_rule {
    const char *name;
    struct slice trigger, life, data;
};

static size_t count_of(const struct amt_items *items)
{
    return items->count < ITEMS_LIMIT ? items->count : ITEMS_LIMIT;
}

static bool has(const struct wsman_xml *instance, const char *name, struct slice text)
{
    return slice_equal(wsman_xml_child_text(instance, name), text);
}

static struct slice rule_of(const struct wsman_xml *applies)
{
    return wsman_reference_selector(wsman_xml_child(applies, "PolicySet"), "PolicyRuleName");
}

static struct slice server_of(const struct wsman_xml *applies)
{
    return wsman_reference_selector(wsman_xml_child(applies, "ManagedElement"), "Name");
}

/* Whether a policy calls this server and no other. */
static bool calls_only(const struct amt_items *applies, struct slice rule, struct slice server)
{
    size_t ours = 0;
    for (size_t i = 0; i < count_of(applies); i++) {
        if (!slice_equal(rule_of(applies->items[i]), rule))
            continue;
        if (!slice_equal(server_of(applies->items[i]), server))
            return false;
        ours++;
    }
    return ours > 0;
}

static bool delete_rule(struct amt *amt, struct arena *arena, const struct wsman_xml *rule,
                        struct error *err)
{
    return amt_delete_one(amt, arena, &wsman_AMT_RemoteAccessPolicyRule, "PolicyRuleName",
                          wsman_xml_child_text(rule, "PolicyRuleName"), err);
}

/* A policy that calls up to two servers. */
static bool add_rule(struct amt *amt, struct arena *arena, const struct wanted_rule *rule,
                     const struct slice *servers, size_t count, struct error *err)
{
    const struct wsman_target service = {.class = &wsman_AMT_RemoteAccessService};
    struct wsman_selector selectors[SERVERS_OF_RULE];
    struct wsman_target targets[SERVERS_OF_RULE];
    struct wsman_value values[3 + SERVERS_OF_RULE] = {
        {.name = "Trigger", .text = rule->trigger},
        {.name = "TunnelLifeTime", .text = rule->life},
        {.name = "ExtendedData", .text = rule->data}};
    struct wsman_reply reply;
    int64_t value;
    for (size_t i = 0; i < count; i++) {
        selectors[i] = (struct wsman_selector){"Name", servers[i]};
        targets[i] = (struct wsman_target){.class = &wsman_AMT_ManagementPresenceRemoteSAP,
                                           .selectors = &selectors[i],
                                           .selector_count = 1};
        values[3 + i] = (struct wsman_value){.name = "MpServer", .reference = &targets[i]};
    }
    if (!amt_invoke(amt, arena, &service, "AddRemoteAccessPolicyRule", values, 3 + count, &reply,
                    &value, err))
        return false;
    return value == 0 || amt_status_refuse(err, "AddRemoteAccessPolicyRule", value);
}

/* Every so many seconds: kind 0, then the seconds, both in network order. */
static struct slice interval(struct arena *arena, uint32_t seconds)
{
    const uint8_t data[8] = {0,
                             0,
                             0,
                             0,
                             (uint8_t)(seconds >> 24),
                             (uint8_t)(seconds >> 16),
                             (uint8_t)(seconds >> 8),
                             (uint8_t)seconds};
    return encoding_base64(arena, slice_of(data, sizeof data));
}

static const struct wanted_rule *find_wanted(const struct wanted_rule wanted[2], struct slice name)
{
    for (size_t i = 0; i < 2; i++)
        if (slice_equal_string(name, wanted[i].name))
            return &wanted[i];
    return NULL;
}

static void list_wanted(struct arena *arena, const struct amt_remote_policy *policy,
                        struct wanted_rule wanted[2])
{
    uint32_t period = policy->period_s;
    wanted[0] =
        (struct wanted_rule){"Periodic", SLICE_LITERAL("2"), SLICE_LITERAL(FOREVER_S),
                             interval(arena, period == 0 ? AMT_REMOTE_ACCESS_PERIOD_S : period)};
    wanted[1] = (struct wanted_rule){"User Initiated", SLICE_LITERAL("0"),
                                     SLICE_LITERAL(USER_LIFE_S), SLICE_LITERAL("")};
}

/* Whether a policy may stay: it calls nobody else, and is as it should be if it is one of ours. */
static bool stays(const struct amt_remote_policy *policy, const struct wsman_xml *rule,
                  const struct wanted_rule wanted[2])
{
    struct slice name = wsman_xml_child_text(rule, "PolicyRuleName");
    const struct wanted_rule *want = find_wanted(wanted, name);
    return calls_only(policy->applies, name, policy->server) &&
           (want == NULL ||
            (has(rule, "Trigger", want->trigger) && has(rule, "TunnelLifeTime", want->life) &&
             has(rule, "ExtendedData", want->data)));
}

static bool set_rules(struct amt *amt, struct arena *arena, const struct amt_remote_policy *policy,
                      bool *changed, struct error *err)
{
    const struct amt_items *rules = policy->rules;
    struct wanted_rule wanted[2];
    bool there[2] = {false, false};
    list_wanted(arena, policy, wanted);
    for (size_t i = 0; i < count_of(rules); i++) {
        const struct wsman_xml *rule = rules->items[i];
        const struct wanted_rule *want =
            find_wanted(wanted, wsman_xml_child_text(rule, "PolicyRuleName"));
        if (stays(policy, rule, wanted)) {
            if (want != NULL)
                there[want - wanted] = true;
            continue;
        }
        *changed = true;
        if (!delete_rule(amt, arena, rule, err))
            return false;
    }
    for (size_t i = 0; i < 2; i++) {
        if (there[i])
            continue;
        *changed = true;
        if (!add_rule(amt, arena, &wanted[i], &policy->server, 1, err))
            return false;
    }
    return true;
}

/* Each policy calls the server inside and outside of home. Firmware that does not tell the two
 * apart has no MpsType. */
static bool apply_rules(struct amt *amt, struct arena *arena,
                        const struct amt_remote_policy *policy, bool *changed, struct error *err)
{
    struct amt_reading reading = AMT_READ_ENUMERATE(AMT_RemoteAccessPolicyAppliesToMPS);
    reading.optional = true;
    if (!amt_read(amt, arena, &reading, 1, err))
        return false;
    for (size_t i = 0; i < count_of(&reading.items); i++) {
        const struct wsman_xml *row = reading.items.items[i];
        const struct wsman_target target = {.class = &wsman_AMT_RemoteAccessPolicyAppliesToMPS,
                                            .instance = row};
        const struct wsman_value values[] = {{.name = "MpsType", .text = SLICE_LITERAL(BOTH_TYPES)},
                                             {.name = "OrderOfAccess", .text = SLICE_LITERAL("0")}};
        struct wsman_reply reply;
        if (!slice_equal(server_of(row), policy->server) ||
            wsman_xml_child(row, "MpsType") == NULL ||
            (has(row, "MpsType", values[0].text) && has(row, "OrderOfAccess", values[1].text)))
            continue;
        *changed = true;
        if (!amt_put(amt, arena, &target, row, values, 2, &reply, err))
            return false;
    }
    return true;
}

bool amt_remote_policy_set(struct amt *amt, struct arena *arena,
                           const struct amt_remote_policy *policy, bool *changed, struct error *err)
{
    return set_rules(amt, arena, policy, changed, err) &&
           apply_rules(amt, arena, policy, changed, err);
}

/* ---- taking back ---- */

static const struct wsman_xml *find_rule(const struct amt_items *rules, struct slice name)
{
    for (size_t i = 0; i < count_of(rules); i++)
        if (has(rules->items[i], "PolicyRuleName", name))
            return rules->items[i];
    return NULL;
}

void amt_remote_policy_take_back(struct amt *amt, struct arena *arena,
                                 const struct amt_remote_policy *policy)
{
    struct amt_reading now[] = {AMT_READ_ENUMERATE(AMT_RemoteAccessPolicyRule),
                                AMT_READ_ENUMERATE(AMT_RemoteAccessPolicyAppliesToMPS)};
    struct wanted_rule wanted[2];
    struct error ignored;
    now[0].optional = now[1].optional = true;
    list_wanted(arena, policy, wanted);
    if (!amt_read(amt, arena, now, 2, &ignored))
        return;
    for (size_t i = 0; i < count_of(&now[0].items); i++) {
        const struct wsman_xml *rule = now[0].items.items[i];
        struct slice name = wsman_xml_child_text(rule, "PolicyRuleName");
        const struct wsman_xml *old = find_rule(policy->rules, name);
        bool was_so = old != NULL && stays(policy, old, wanted);
        if (!was_so && find_wanted(wanted, name) != NULL &&
            calls_only(&now[1].items, name, policy->server))
            (void)delete_rule(amt, arena, rule, &ignored);
    }
}

/* A policy as it was before. */
static void restore_rule(struct amt *amt, struct arena *arena,
                         const struct amt_remote_policy *policy, const struct wsman_xml *rule)
{
    const struct amt_items *applies = policy->applies;
    struct slice name = wsman_xml_child_text(rule, "PolicyRuleName");
    struct slice servers[SERVERS_OF_RULE];
    struct error ignored;
    size_t count = 0;
    const struct wanted_rule old = {.trigger = wsman_xml_child_text(rule, "Trigger"),
                                    .life = wsman_xml_child_text(rule, "TunnelLifeTime"),
                                    .data = wsman_xml_child_text(rule, "ExtendedData")};
    for (size_t i = 0; i < count_of(applies) && count < SERVERS_OF_RULE; i++)
        if (slice_equal(rule_of(applies->items[i]), name))
            servers[count++] = server_of(applies->items[i]);
    (void)add_rule(amt, arena, &old, servers, count, &ignored);
}

void amt_remote_policy_restore(struct amt *amt, struct arena *arena,
                               const struct amt_remote_policy *policy)
{
    struct amt_reading now = AMT_READ_ENUMERATE(AMT_RemoteAccessPolicyRule);
    struct error ignored;
    now.optional = true;
    if (!amt_read(amt, arena, &now, 1, &ignored))
        return;
    for (size_t i = 0; i < count_of(policy->rules); i++) {
        const struct wsman_xml *rule = policy->rules->items[i];
        if (find_rule(&now.items, wsman_xml_child_text(rule, "PolicyRuleName")) == NULL)
            restore_rule(amt, arena, policy, rule);
    }
}

bool amt_remote_policy_clear(struct amt *amt, struct arena *arena, const struct amt_items *rules,
                             struct error *err)
{
    for (size_t i = 0; i < count_of(rules); i++)
        if (!delete_rule(amt, arena, rules->items[i], err))
            return false;
    return true;
}
