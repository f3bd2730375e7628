#include "amt/remote_access.h"

#include "amt/credential.h"
#include "amt/reading.h"
#include "amt/remote_policy.h"
#include "amt/status.h"
#include "core/guid.h"
#include "io/fiber.h"
#include "wsman/reference.h"

#include <inttypes.h>

#define TAKE_BACK_MS     30000
#define ITEMS_LIMIT      32      /* of servers, policies, …: firmware has six and three */
#define BY_PASSWORD      "2"     /* AuthMethod */
#define USER_MAY         "32771" /* from BIOS and operating system */
#define FORMAT_IS_A_NAME 201

/* The classes, in the order in which they are asked for. */
enum { SERVERS, RULES, APPLIES, LOGINS, CONTEXTS, USER_SERVICE, DETECTION, CLASSES };

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

/* After a call with the password in it. What it was not answered is open. */
static void note_password(struct remote_work *work, bool done, const struct error *err)
{
    if (done || (err->code != ERROR_DEVICE && err->code != ERROR_LOGIN))
        work->changes->password = true;
}

static bool delete_server(struct amt *amt, struct arena *arena, const struct wsman_xml *server,
                          struct error *err)
{
    return amt_delete_one(amt, arena, &wsman_AMT_ManagementPresenceRemoteSAP, "Name",
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
    return work->replaced == NULL ||
           (amt_remote_policy_clear(work->amt, work->arena, &work->before[RULES].items, err) &&
            delete_server(work->amt, work->arena, work->replaced, err));
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
    bool done = amt_invoke(work->amt, work->arena, &service, "AddMpServer", values,
                           sends_name(server) ? 7 : 6, &reply, &value, err);
    if (done && value != 0)
        done = amt_status_refuse(err, "AddMpServer", value);
    note_password(work, done, err);
    if (!done)
        return false;
    work->changes->server = true;
    work->name = wsman_reference_selector(
        wsman_xml_child(wsman_xml_child(reply.body, "AddMpServer_OUTPUT"), "MpServer"), "Name");
    return work->name.size > 0 ||
           error_set(err, ERROR_PROTOCOL, "the device's answer to AddMpServer has no handle");
}

static struct amt_remote_policy policy_of(const struct remote_work *work)
{
    return (struct amt_remote_policy){.rules = &work->before[RULES].items,
                                      .applies = &work->before[APPLIES].items,
                                      .server = work->name,
                                      .period_s = work->server->period_s};
}

static bool set_policies(struct remote_work *work, struct error *err)
{
    const struct amt_remote_policy policy = policy_of(work);
    return amt_remote_policy_set(work->amt, work->arena, &policy, &work->changes->policies, err);
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
    bool done = amt_put(work->amt, work->arena, &target, work->login, values, 2, &reply, err);
    note_password(work, done, err);
    return done;
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

/* Servers that were not there; found by reading again, as the answer to AddMpServer may be lost. */
static void take_back_server(const struct remote_work *work)
{
    struct amt_reading now = AMT_READ_ENUMERATE(AMT_ManagementPresenceRemoteSAP);
    struct error ignored;
    now.optional = true;
    if (!amt_read(work->amt, work->arena, &now, 1, &ignored))
        return;
    for (size_t i = 0; i < count_of(&now); i++) {
        const struct wsman_xml *one = now.items.items[i];
        bool was_there = false;
        for (size_t k = 0; k < count_of(&work->before[SERVERS]); k++)
            was_there = was_there || has(work->before[SERVERS].items.items[k], "Name",
                                         wsman_xml_child_text(one, "Name"));
        if (!was_there &&
            slice_equal_ignore_case(wsman_xml_child_text(one, "AccessInfo"), work->server->address))
            (void)delete_server(work->amt, work->arena, one, &ignored);
    }
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
    const struct amt_remote_policy policy = policy_of(work);
    struct error ignored;
    struct io_shield shield = io_shield_begin(TAKE_BACK_MS);
    if (work->changes->detection)
        take_back_domains(work);
    if (work->changes->user_initiated)
        (void)request_user_state(work->amt, work->arena,
                                 wsman_xml_child_text(service, "EnabledState"), &ignored);
    amt_remote_policy_take_back(work->amt, work->arena, &policy);
    take_back_server(work);
    amt_remote_policy_restore(work->amt, work->arena, &policy);
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
        set_policies(work, err) && let_user_call(work, err) && set_domains(work, err) &&
        put_login(work, err)) {
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
    if (!amt_remote_policy_clear(amt, arena, &now[NOW_RULES].items, err))
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
