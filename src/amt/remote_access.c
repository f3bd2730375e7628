#include "amt/remote_access.h"

#include "amt/credential.h"
#include "amt/reading.h"
#include "amt/status.h"
#include "core/encoding.h"
#include "core/guid.h"
#include "io/fiber.h"
#include "wsman/reference.h"

#include <inttypes.h>

#define TAKE_BACK_MS     30000
#define ITEMS_LIMIT      32      /* of servers, policies, …: firmware has six and three */
#define SERVERS_OF_RULE  2       /* that one policy may call */
#define BY_PASSWORD      "2"     /* AuthMethod */
#define BOTH_TYPES       "2"     /* MpsType: wherever the device is */
#define USER_MAY         "32771" /* from BIOS and operating system */
#define USER_LIFE_S      "300"
#define FOREVER_S        "0"
#define FORMAT_IS_A_NAME 201

/* The classes, in the order in which they are asked for. */
enum { SERVERS, RULES, APPLIES, LOGINS, CONTEXTS, USER_SERVICE, DETECTION, CLASSES };

/* A policy as it is to be. */
struct wanted_rule {
    const char *name;
    struct slice trigger, life, data;
};

/* One conversation. */
struct remote_work {
    struct amt *amt;
    struct arena *arena;
    const struct amt_presence_server *server;
    struct amt_remote_access_changes *changes;
    struct amt_reading before[CLASSES];
    struct slice name;             /* of the server, as the device calls it */
    const struct wsman_xml *login; /* of the server, when it was there before; NULL: it was not */
    const struct wsman_xml *replaced; /* an entry that stands in its way; NULL */
    struct amt_credential_place root;
};

/* ---- what the device has ---- */

static size_t count_of(const struct amt_reading *reading)
{
    return reading->items.count < ITEMS_LIMIT ? reading->items.count : ITEMS_LIMIT;
}

static bool has(const struct wsman_xml *instance, const char *name, struct slice text)
{
    return slice_equal(wsman_xml_child_text(instance, name), text);
}

static struct slice number(struct arena *arena, unsigned value)
{
    return slice_of_string(arena_printf(arena, "%u", value));
}

static bool read_all(struct amt *amt, struct arena *arena, struct amt_reading before[CLASSES],
                     struct error *err)
{
    const struct amt_reading readings[CLASSES] = {
        [SERVERS] = AMT_READ_ENUMERATE(AMT_ManagementPresenceRemoteSAP),
        [RULES] = AMT_READ_ENUMERATE(AMT_RemoteAccessPolicyRule),
        [APPLIES] = AMT_READ_ENUMERATE(AMT_RemoteAccessPolicyAppliesToMPS),
        [LOGINS] = AMT_READ_ENUMERATE(AMT_MPSUsernamePassword),
        [CONTEXTS] = AMT_READ_ENUMERATE(AMT_RemoteAccessCredentialContext),
        [USER_SERVICE] = AMT_READ_GET(AMT_UserInitiatedConnectionService),
        [DETECTION] = AMT_READ_GET(AMT_EnvironmentDetectionSettingData),
    };
    for (size_t i = 0; i < CLASSES; i++) {
        before[i] = readings[i];
        before[i].optional = true;
    }
    return amt_read(amt, arena, before, CLASSES, err);
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
static bool calls_only(const struct amt_reading *applies, struct slice rule, struct slice server)
{
    size_t ours = 0;
    for (size_t i = 0; i < count_of(applies); i++) {
        if (!slice_equal(rule_of(applies->items.items[i]), rule))
            continue;
        if (!slice_equal(server_of(applies->items.items[i]), server))
            return false;
        ours++;
    }
    return ours > 0;
}

/* Where the device keeps the login for a server; NULL when it does not tell. */
static const struct wsman_xml *find_login(const struct remote_work *work, struct slice server)
{
    const struct amt_reading *logins = &work->before[LOGINS];
    const struct amt_reading *contexts = &work->before[CONTEXTS];
    struct slice id = {NULL, 0};
    for (size_t i = 0; i < count_of(contexts); i++) {
        const struct wsman_xml *at = contexts->items.items[i];
        if (slice_equal(
                wsman_reference_selector(wsman_xml_child(at, "ElementProvidingContext"), "Name"),
                server))
            id = wsman_reference_selector(wsman_xml_child(at, "ElementInContext"), "InstanceID");
    }
    for (size_t i = 0; id.size > 0 && i < count_of(logins); i++)
        if (has(logins->items.items[i], "InstanceID", id))
            return logins->items.items[i];
    bool alone = count_of(logins) == 1 && count_of(&work->before[SERVERS]) == 1;
    return alone && id.size == 0 ? logins->items.items[0] : NULL;
}

/* The name that the server's certificate has is its address where that is one. */
static bool sends_name(const struct amt_presence_server *server)
{
    return server->format != FORMAT_IS_A_NAME && server->common_name.size > 0;
}

/* Firmware takes one entry per address and port: one that is there already is used when everything
 * about it can be brought about, its login included. */
static void find_server(struct remote_work *work)
{
    const struct amt_reading *servers = &work->before[SERVERS];
    const struct amt_presence_server *wanted = work->server;
    for (size_t i = 0; i < count_of(servers); i++) {
        const struct wsman_xml *one = servers->items.items[i];
        struct slice name = wsman_xml_child_text(one, "Name");
        if (!slice_equal_ignore_case(wsman_xml_child_text(one, "AccessInfo"), wanted->address) ||
            !has(one, "Port", number(work->arena, wanted->port)))
            continue;
        work->login = find_login(work, name);
        if (work->login != NULL && has(one, "InfoFormat", number(work->arena, wanted->format)) &&
            (!sends_name(wanted) || has(one, "CN", wanted->common_name))) {
            work->name = name;
        } else {
            work->login = NULL;
            work->replaced = one;
        }
        return;
    }
}

/* ---- steps ---- */

static bool is_gone(const struct wsman_reply *reply)
{
    return reply->is_fault && (slice_equal_string(reply->fault_code, "DestinationUnreachable") ||
                               slice_equal_string(reply->fault_code, "InvalidSelectors"));
}

/* What is not there is deleted. */
static bool delete_by(struct amt *amt, struct arena *arena, const struct wsman_class *class,
                      const char *key, struct slice value, struct error *err)
{
    const struct wsman_selector selector = {key, value};
    const struct wsman_target target = {
        .class = class, .selectors = &selector, .selector_count = 1};
    struct wsman_reply reply;
    struct error why;
    if (amt_delete(amt, arena, &target, &reply, &why) || is_gone(&reply))
        return true;
    if (err != NULL)
        *err = why;
    return false;
}

static bool delete_rule(struct amt *amt, struct arena *arena, const struct wsman_xml *rule,
                        struct error *err)
{
    return delete_by(amt, arena, &wsman_AMT_RemoteAccessPolicyRule, "PolicyRuleName",
                     wsman_xml_child_text(rule, "PolicyRuleName"), err);
}

static bool delete_server(struct amt *amt, struct arena *arena, const struct wsman_xml *server,
                          struct error *err)
{
    return delete_by(amt, arena, &wsman_AMT_ManagementPresenceRemoteSAP, "Name",
                     wsman_xml_child_text(server, "Name"), err);
}

static bool provide_root(struct remote_work *work, struct error *err)
{
    const struct amt_credential credential = {.ca_certificate = work->server->root_der};
    struct amt_refusal refusal;
    if (!amt_credential_provide(work->amt, work->arena, &credential, &work->root, &refusal, err))
        return false;
    work->changes->root = work->root.added_ca.size > 0;
    return refusal.step == NULL || amt_status_refuse(err, refusal.step, refusal.return_value);
}

/* An entry whose login cannot be changed: policies have to let go of it first. */
static bool remove_replaced(struct remote_work *work, struct error *err)
{
    const struct amt_reading *rules = &work->before[RULES];
    if (work->replaced == NULL)
        return true;
    for (size_t i = 0; i < count_of(rules); i++)
        if (!delete_rule(work->amt, work->arena, rules->items.items[i], err))
            return false;
    return delete_server(work->amt, work->arena, work->replaced, err);
}

static bool add_server(struct remote_work *work, struct error *err)
{
    const struct amt_presence_server *server = work->server;
    const struct wsman_target service = {.class = &wsman_AMT_RemoteAccessService};
    const struct wsman_value values[] = {
        {.name = "AccessInfo", .text = server->address},
        {.name = "InfoFormat", .text = number(work->arena, server->format)},
        {.name = "Port", .text = number(work->arena, server->port)},
        {.name = "AuthMethod", .text = SLICE_LITERAL(BY_PASSWORD)},
        {.name = "Username", .text = server->user},
        {.name = "Password", .text = server->password},
        {.name = "CN", .text = server->common_name}};
    struct wsman_reply reply;
    int64_t value;
    if (work->name.size > 0)
        return true;
    if (!amt_invoke(work->amt, work->arena, &service, "AddMpServer", values,
                    sends_name(server) ? 7 : 6, &reply, &value, err))
        return false;
    if (value != 0)
        return amt_status_refuse(err, "AddMpServer", value);
    work->changes->server = true;
    work->name = wsman_reference_selector(
        wsman_xml_child(wsman_xml_child(reply.body, "AddMpServer_OUTPUT"), "MpServer"), "Name");
    return work->name.size > 0 ||
           error_set(err, ERROR_PROTOCOL, "the device's answer to AddMpServer has no handle");
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

static void list_wanted(const struct remote_work *work, struct wanted_rule wanted[2])
{
    uint32_t period = work->server->period_s;
    wanted[0] = (struct wanted_rule){
        "Periodic", SLICE_LITERAL("2"), SLICE_LITERAL(FOREVER_S),
        interval(work->arena, period == 0 ? AMT_REMOTE_ACCESS_PERIOD_S : period)};
    wanted[1] = (struct wanted_rule){"User Initiated", SLICE_LITERAL("0"),
                                     SLICE_LITERAL(USER_LIFE_S), SLICE_LITERAL("")};
}

/* Whether a policy may stay: it calls nobody else, and is as it should be if it is one of ours. */
static bool stays(const struct remote_work *work, const struct wsman_xml *rule,
                  const struct wanted_rule wanted[2])
{
    struct slice name = wsman_xml_child_text(rule, "PolicyRuleName");
    const struct wanted_rule *want = find_wanted(wanted, name);
    return calls_only(&work->before[APPLIES], name, work->name) &&
           (want == NULL ||
            (has(rule, "Trigger", want->trigger) && has(rule, "TunnelLifeTime", want->life) &&
             has(rule, "ExtendedData", want->data)));
}

static bool set_rules(struct remote_work *work, struct error *err)
{
    const struct amt_reading *rules = &work->before[RULES];
    struct wanted_rule wanted[2];
    bool there[2] = {false, false};
    list_wanted(work, wanted);
    for (size_t i = 0; i < count_of(rules); i++) {
        const struct wsman_xml *rule = rules->items.items[i];
        const struct wanted_rule *want =
            find_wanted(wanted, wsman_xml_child_text(rule, "PolicyRuleName"));
        if (stays(work, rule, wanted)) {
            if (want != NULL)
                there[want - wanted] = true;
            continue;
        }
        work->changes->policies = true;
        if (!delete_rule(work->amt, work->arena, rule, err))
            return false;
    }
    for (size_t i = 0; i < 2; i++) {
        if (there[i])
            continue;
        work->changes->policies = true;
        if (!add_rule(work->amt, work->arena, &wanted[i], &work->name, 1, err))
            return false;
    }
    return true;
}

/* Each policy calls the server inside and outside of home. Firmware that does not tell the two
 * apart has no MpsType. */
static bool apply_rules(struct remote_work *work, struct error *err)
{
    struct amt_reading reading = AMT_READ_ENUMERATE(AMT_RemoteAccessPolicyAppliesToMPS);
    reading.optional = true;
    if (!amt_read(work->amt, work->arena, &reading, 1, err))
        return false;
    for (size_t i = 0; i < count_of(&reading); i++) {
        const struct wsman_xml *row = reading.items.items[i];
        const struct wsman_target target = {.class = &wsman_AMT_RemoteAccessPolicyAppliesToMPS,
                                            .instance = row};
        const struct wsman_value values[] = {{.name = "MpsType", .text = SLICE_LITERAL(BOTH_TYPES)},
                                             {.name = "OrderOfAccess", .text = SLICE_LITERAL("0")}};
        struct wsman_reply reply;
        if (!slice_equal(server_of(row), work->name) || wsman_xml_child(row, "MpsType") == NULL ||
            (has(row, "MpsType", values[0].text) && has(row, "OrderOfAccess", values[1].text)))
            continue;
        work->changes->policies = true;
        if (!amt_put(work->amt, work->arena, &target, row, values, 2, &reply, err))
            return false;
    }
    return true;
}

static bool request_user_state(struct amt *amt, struct arena *arena, struct slice state,
                               struct error *err)
{
    const struct wsman_target service = {.class = &wsman_AMT_UserInitiatedConnectionService};
    const struct wsman_value value = {.name = "RequestedState", .text = state};
    struct wsman_reply reply;
    int64_t answer;
    if (!amt_invoke(amt, arena, &service, "RequestStateChange", &value, 1, &reply, &answer, err))
        return false;
    return answer == 0 ||
           error_set(err, ERROR_DEVICE,
                     "the device refuses AMT_UserInitiatedConnectionService.RequestStateChange: "
                     "%s (%" PRId64 ")",
                     amt_status_os_name(answer), answer);
}

static bool let_user_call(struct remote_work *work, struct error *err)
{
    const struct wsman_xml *service = amt_reading_instance(&work->before[USER_SERVICE]);
    if (service == NULL || has(service, "EnabledState", SLICE_LITERAL(USER_MAY)))
        return true;
    work->changes->user_initiated = true;
    return request_user_state(work->amt, work->arena, SLICE_LITERAL(USER_MAY), err);
}

/* ---- home domains ---- */

static bool put_domains(struct amt *amt, struct arena *arena, const struct wsman_xml *setting,
                        const struct slice *domains, size_t count, struct error *err)
{
    const struct wsman_selector id = {"InstanceID", wsman_xml_child_text(setting, "InstanceID")};
    const struct wsman_target target = {
        .class = &wsman_AMT_EnvironmentDetectionSettingData, .selectors = &id, .selector_count = 1};
    struct wsman_value values[AMT_REMOTE_ACCESS_DETECTIONS] = {{.name = "DetectionStrings"}};
    struct wsman_reply reply;
    for (size_t i = 0; i < count; i++)
        values[i] = (struct wsman_value){.name = "DetectionStrings", .text = domains[i]};
    return amt_put(amt, arena, &target, setting, values, count == 0 ? 1 : count, &reply, err);
}

static bool has_domains(const struct wsman_xml *setting, const struct slice *domains, size_t count)
{
    const struct wsman_xml *at = wsman_xml_child(setting, "DetectionStrings");
    for (size_t i = 0; i < count; i++) {
        if (at == NULL || !slice_equal_ignore_case(slice_trim(at->text), domains[i]))
            return false;
        at = wsman_xml_again(at);
    }
    return at == NULL;
}

static bool set_domains(struct remote_work *work, struct error *err)
{
    const struct wsman_xml *setting = amt_reading_instance(&work->before[DETECTION]);
    const struct slice *domains = work->server->detection;
    size_t count = work->server->detection_count;
    struct slice nowhere;
    if (setting == NULL || has_domains(setting, domains, count) != (count == 0))
        return true; /* as they should be, or any when none are asked for */
    if (count == 0) {
        char text[GUID_TEXT_SIZE];
        const struct guid guid = guid_random();
        nowhere = slice_of_string(arena_printf(work->arena, "%s.com", guid_format(&guid, text)));
        domains = &nowhere;
        count = 1;
    }
    work->changes->detection = true;
    return put_domains(work->amt, work->arena, setting, domains, count, err);
}

/* ---- the end ---- */

/* Last of what may fail: the secret before it is unknown. */
static bool put_login(struct remote_work *work, struct error *err)
{
    if (work->login == NULL)
        return true;
    const struct wsman_selector id = {"InstanceID",
                                      wsman_xml_child_text(work->login, "InstanceID")};
    const struct wsman_target target = {
        .class = &wsman_AMT_MPSUsernamePassword, .selectors = &id, .selector_count = 1};
    const struct wsman_value values[] = {{.name = "RemoteID", .text = work->server->user},
                                         {.name = "Secret", .text = work->server->password}};
    struct wsman_reply reply;
    work->changes->login = true;
    return amt_put(work->amt, work->arena, &target, work->login, values, 2, &reply, err);
}

/* No policy calls them any more, so that one that stays does no harm. */
static void remove_others(struct remote_work *work)
{
    const struct amt_reading *servers = &work->before[SERVERS];
    for (size_t i = 0; i < count_of(servers); i++) {
        const struct wsman_xml *one = servers->items.items[i];
        struct error ignored;
        if (one == work->replaced || has(one, "Name", work->name))
            continue;
        if (delete_server(work->amt, work->arena, one, &ignored))
            work->changes->removed++;
        else
            work->changes->left++;
    }
}

/* ---- taking back ---- */

static const struct wsman_xml *find_by(const struct amt_reading *reading, const char *key,
                                       struct slice value)
{
    for (size_t i = 0; i < count_of(reading); i++)
        if (has(reading->items.items[i], key, value))
            return reading->items.items[i];
    return NULL;
}

/* A policy as it was before, if it is not there. */
static void restore_rule(const struct remote_work *work, const struct wsman_xml *rule,
                         const struct amt_reading *now)
{
    const struct amt_reading *applies = &work->before[APPLIES];
    struct slice name = wsman_xml_child_text(rule, "PolicyRuleName");
    struct slice servers[SERVERS_OF_RULE];
    struct error ignored;
    size_t count = 0;
    const struct wanted_rule old = {.trigger = wsman_xml_child_text(rule, "Trigger"),
                                    .life = wsman_xml_child_text(rule, "TunnelLifeTime"),
                                    .data = wsman_xml_child_text(rule, "ExtendedData")};
    if (find_by(now, "PolicyRuleName", name) != NULL)
        return;
    for (size_t i = 0; i < count_of(applies) && count < SERVERS_OF_RULE; i++)
        if (slice_equal(rule_of(applies->items.items[i]), name))
            servers[count++] = server_of(applies->items.items[i]);
    (void)add_rule(work->amt, work->arena, &old, servers, count, &ignored);
}

/* Deletes what is ours and was not there, found by reading again: so an answer that never came is
 * no matter. Policies before the servers that they call. */
static void take_back_servers(const struct remote_work *work)
{
    enum { NOW_RULES, NOW_APPLIES, NOW_SERVERS, NOW };
    struct amt_reading now[NOW] = {
        [NOW_RULES] = AMT_READ_ENUMERATE(AMT_RemoteAccessPolicyRule),
        [NOW_APPLIES] = AMT_READ_ENUMERATE(AMT_RemoteAccessPolicyAppliesToMPS),
        [NOW_SERVERS] = AMT_READ_ENUMERATE(AMT_ManagementPresenceRemoteSAP)};
    struct wanted_rule wanted[2];
    struct error ignored;
    list_wanted(work, wanted);
    for (size_t i = 0; i < NOW; i++)
        now[i].optional = true;
    if (!amt_read(work->amt, work->arena, now, NOW, &ignored))
        return;
    for (size_t i = 0; i < count_of(&now[NOW_RULES]); i++) {
        const struct wsman_xml *rule = now[NOW_RULES].items.items[i];
        struct slice name = wsman_xml_child_text(rule, "PolicyRuleName");
        const struct wsman_xml *old = find_by(&work->before[RULES], "PolicyRuleName", name);
        bool was_so = old != NULL && stays(work, old, wanted);
        if (!was_so && find_wanted(wanted, name) != NULL &&
            calls_only(&now[NOW_APPLIES], name, work->name) &&
            delete_rule(work->amt, work->arena, rule, &ignored))
            now[NOW_RULES].items.items[i] = NULL; /* has no name any more */
    }
    for (size_t i = 0; i < count_of(&now[NOW_SERVERS]); i++) {
        const struct wsman_xml *one = now[NOW_SERVERS].items.items[i];
        if (find_by(&work->before[SERVERS], "Name", wsman_xml_child_text(one, "Name")) == NULL &&
            slice_equal_ignore_case(wsman_xml_child_text(one, "AccessInfo"), work->server->address))
            (void)delete_server(work->amt, work->arena, one, &ignored);
    }
    for (size_t i = 0; i < count_of(&work->before[RULES]); i++)
        restore_rule(work, work->before[RULES].items.items[i], &now[NOW_RULES]);
}

static void take_back_domains(const struct remote_work *work)
{
    const struct wsman_xml *setting = amt_reading_instance(&work->before[DETECTION]);
    struct slice domains[AMT_REMOTE_ACCESS_DETECTIONS];
    struct error ignored;
    size_t count = 0;
    const struct wsman_xml *at = wsman_xml_child(setting, "DetectionStrings");
    for (; at != NULL && count < AMT_REMOTE_ACCESS_DETECTIONS; at = wsman_xml_again(at))
        domains[count++] = slice_trim(at->text);
    (void)put_domains(work->amt, work->arena, setting, domains, count, &ignored);
}

static void take_back(struct remote_work *work)
{
    const struct wsman_xml *service = amt_reading_instance(&work->before[USER_SERVICE]);
    struct error ignored;
    struct io_shield shield = io_shield_begin(TAKE_BACK_MS);
    if (work->changes->detection)
        take_back_domains(work);
    if (work->changes->user_initiated)
        (void)request_user_state(work->amt, work->arena,
                                 wsman_xml_child_text(service, "EnabledState"), &ignored);
    take_back_servers(work);
    amt_credential_take_back(work->amt, work->arena, &work->root);
    io_shield_end(shield);
}

/* ---- the conversations ---- */

static bool is_format(unsigned format)
{
    return format == 3 || format == 4 || format == FORMAT_IS_A_NAME;
}

static bool check(const struct amt_presence_server *server, struct error *err)
{
    if (server->address.size == 0)
        return error_set(err, ERROR_INVALID, "a presence server needs an address");
    if (!is_format(server->format))
        return error_set(err, ERROR_INVALID,
                         "the format of a server's address is 3 (IPv4), 4 (IPv6) or 201 (FQDN)");
    if (server->port == 0 || server->port > UINT16_MAX)
        return error_set(err, ERROR_INVALID, "the port of a server is a number from 1 to 65535");
    if (server->user.size == 0 || server->password.size == 0)
        return error_set(err, ERROR_INVALID,
                         "a device logs in at its presence server with a user name and a password");
    return server->detection_count <= AMT_REMOTE_ACCESS_DETECTIONS ||
           error_set(err, ERROR_INVALID, "AMT keeps at most %d home domains",
                     AMT_REMOTE_ACCESS_DETECTIONS);
}

static bool run(struct remote_work *work, struct error *err)
{
    if (!read_all(work->amt, work->arena, work->before, err))
        return false;
    if (!work->before[SERVERS].ok)
        return error_set(err, ERROR_UNSUPPORTED, "the device's firmware has no remote access");
    find_server(work);
    if (provide_root(work, err) && remove_replaced(work, err) && add_server(work, err) &&
        set_rules(work, err) && apply_rules(work, err) && let_user_call(work, err) &&
        set_domains(work, err) && put_login(work, err)) {
        remove_others(work);
        return true;
    }
    take_back(work);
    return false;
}

bool amt_remote_access_set(struct amt *amt, struct arena *arena,
                           const struct amt_presence_server *server,
                           struct amt_remote_access_changes *changes, struct error *err)
{
    struct error why;
    struct remote_work *work = arena_alloc(arena, sizeof *work);
    *work = (struct remote_work){.amt = amt, .arena = arena, .server = server, .changes = changes};
    *changes = (struct amt_remote_access_changes){.root = false};
    bool ok = check(server, &why) && amt_sequence_begin(amt, &why);
    if (ok) {
        ok = run(work, &why);
        amt_sequence_end(amt);
    }
    if (!ok && err != NULL)
        *err = why;
    return ok;
}

static bool clear(struct amt *amt, struct arena *arena, bool *was_set, struct error *err)
{
    enum { NOW_RULES, NOW_SERVERS, NOW_DETECTION, NOW };
    struct amt_reading now[NOW] = {
        [NOW_RULES] = AMT_READ_ENUMERATE(AMT_RemoteAccessPolicyRule),
        [NOW_SERVERS] = AMT_READ_ENUMERATE(AMT_ManagementPresenceRemoteSAP),
        [NOW_DETECTION] = AMT_READ_GET(AMT_EnvironmentDetectionSettingData)};
    for (size_t i = 0; i < NOW; i++)
        now[i].optional = true;
    if (!amt_read(amt, arena, now, NOW, err))
        return false;
    *was_set = now[NOW_RULES].items.count + now[NOW_SERVERS].items.count > 0;
    for (size_t i = 0; i < count_of(&now[NOW_RULES]); i++)
        if (!delete_rule(amt, arena, now[NOW_RULES].items.items[i], err))
            return false;
    for (size_t i = 0; i < count_of(&now[NOW_SERVERS]); i++)
        if (!delete_server(amt, arena, now[NOW_SERVERS].items.items[i], err))
            return false;
    const struct wsman_xml *setting = amt_reading_instance(&now[NOW_DETECTION]);
    return wsman_xml_child(setting, "DetectionStrings") == NULL ||
           put_domains(amt, arena, setting, NULL, 0, err);
}

bool amt_remote_access_clear(struct amt *amt, struct arena *arena, bool *was_set, struct error *err)
{
    *was_set = false;
    if (!amt_sequence_begin(amt, err))
        return false;
    bool ok = clear(amt, arena, was_set, err);
    amt_sequence_end(amt);
    return ok;
}
