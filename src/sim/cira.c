#include "sim/cira.h"

#include "core/encoding.h"
#include "sim/method.h"
#include "sim/object.h"
#include "sim/provisioning.h"

#define LINE 64 /* characters of base64 in a line of PEM */
#define DAY  86400

static bool is_domain_of(struct slice domain, struct slice name)
{
    if (domain.size == 0 || name.size < domain.size)
        return false;
    size_t before = name.size - domain.size;
    return slice_equal_ignore_case(slice_from(name, before), domain) &&
           (before == 0 || name.data[before - 1] == '.');
}

bool sim_cira_is_outside(const struct sim_device *device)
{
    struct sim_walk walk = {.device = device};
    const struct wsman_property *property = wsman_property_find(
        &wsman_AMT_EnvironmentDetectionSettingData, SLICE_LITERAL("DetectionStrings"));
    const struct sim_personality_instance *detection =
        sim_walk_next_of(&walk, "AMT_EnvironmentDetectionSettingData");
    struct slice suffix = slice_of_string(device->provisioning->dhcp_suffix);
    bool any = false;
    if (detection == NULL)
        return false;
    for (const struct sim_stored *stored = device->stored; stored != NULL; stored = stored->next) {
        if (stored->instance != detection || stored->property != property)
            continue;
        if (stored->text == NULL) /* hidden: there are none */
            return false;
        any = true;
        if (is_domain_of(slice_of_string(stored->text), suffix))
            return false;
    }
    struct slice first = sim_object_get(device, detection, "DetectionStrings");
    return any || (first.size > 0 && !is_domain_of(first, suffix));
}

/* Big-endian numbers: the kind (0: an interval in seconds, 1: a time of day) and what it needs. */
static uint32_t interval_of(struct slice text)
{
    struct arena arena;
    struct slice bytes;
    uint32_t seconds = DAY;
    arena_init(&arena);
    if (encoding_base64_decode(&arena, text, &bytes) && bytes.size >= 8 && bytes.data[3] == 0)
        seconds = (uint32_t)bytes.data[4] << 24 | (uint32_t)bytes.data[5] << 16 |
                  (uint32_t)bytes.data[6] << 8 | bytes.data[7];
    arena_fini(&arena);
    return seconds == 0 ? 1 : seconds;
}

/* The external server that this policy turns to first; NULL for none. */
static const struct sim_personality_instance *server_of(const struct sim_device *device,
                                                        const struct sim_personality_instance *rule)
{
    struct sim_walk walk = {.device = device};
    const struct sim_personality_instance *at, *found = NULL;
    uint64_t order, least = UINT64_MAX;
    while ((at = sim_walk_next_of(&walk, "AMT_RemoteAccessPolicyAppliesToMPS")) != NULL) {
        if (sim_reference_find(device, sim_object_get(device, at, "PolicySet")) != rule ||
            slice_equal_string(sim_object_get(device, at, "MpsType"), "1") ||
            !slice_to_u64(sim_object_get(device, at, "OrderOfAccess"), UINT32_MAX, &order) ||
            order >= least)
            continue;
        least = order;
        found = sim_reference_find(device, sim_object_get(device, at, "ManagedElement"));
    }
    return found;
}

/* The policy that asks for a tunnel now: the user's wish comes first. */
static const struct sim_personality_instance *rule_of(const struct sim_device *device)
{
    const struct sim_personality_instance *rule = NULL;
    if (device->calls_now)
        rule = sim_object_find(device, "AMT_RemoteAccessPolicyRule", "PolicyRuleName",
                               SLICE_LITERAL("User Initiated"));
    if (rule == NULL)
        rule = sim_object_find(device, "AMT_RemoteAccessPolicyRule", "PolicyRuleName",
                               SLICE_LITERAL("Periodic"));
    return rule;
}

bool sim_cira_plan(const struct sim_device *device, struct sim_cira_plan *plan)
{
    struct sim_walk walk = {.device = device};
    uint64_t port = 0, life = 0;
    if (device->setup != SIM_SETUP_POST || !sim_cira_is_outside(device))
        return false;
    const struct sim_personality_instance *rule = rule_of(device);
    const struct sim_personality_instance *server = rule == NULL ? NULL : server_of(device, rule);
    const struct sim_personality_instance *user =
        sim_walk_next_of(&walk, "AMT_MPSUsernamePassword");
    if (server == NULL || user == NULL ||
        !slice_to_u64(sim_object_get(device, server, "Port"), UINT16_MAX, &port))
        return false;
    (void)slice_to_u64(sim_object_get(device, rule, "TunnelLifeTime"), UINT32_MAX, &life);
    struct slice host = sim_object_get(device, server, "AccessInfo");
    struct slice name = sim_object_get(device, server, "CN");
    *plan = (struct sim_cira_plan){
        .host = host,
        .port = (uint16_t)port,
        .name = name.size > 0 ? name : host,
        .user = sim_object_get(device, user, "RemoteID"),
        .password = sim_object_get(device, user, "Secret"),
        .interval_s = interval_of(sim_object_get(device, rule, "ExtendedData")),
        .life_s = (uint32_t)life,
    };
    return true;
}

size_t sim_cira_put_roots(const struct sim_device *device, struct buffer *pem)
{
    struct sim_walk walk = {.device = device};
    const struct sim_personality_instance *at;
    size_t count = 0;
    while ((at = sim_walk_next_of(&walk, "AMT_PublicKeyCertificate")) != NULL) {
        if (!slice_equal_string(sim_object_get(device, at, "TrustedRootCertficate"), "true"))
            continue;
        struct slice text = sim_object_get(device, at, "X509Certificate");
        buffer_put_text(pem, "-----BEGIN CERTIFICATE-----\n");
        for (; text.size > 0; text = slice_from(text, slice_first(text, LINE).size)) {
            buffer_put(pem, slice_first(text, LINE));
            buffer_put_text(pem, "\n");
        }
        buffer_put_text(pem, "-----END CERTIFICATE-----\n");
        count++;
    }
    return count;
}
