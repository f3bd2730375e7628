#include "amt/account.h"

#include "amt/password.h"
#include "amt/status.h"
#include "core/encoding.h"
#include "core/memory.h"
#include "http/digest.h"
#include "io/fiber.h"

#define ANSWER_MS 30000
#define HANDLES   AMT_ACCOUNTS_LIMIT

static const struct wsman_target service = {.class = &wsman_AMT_AuthorizationService};

/* ---- calls ---- */

/* *value is not 0 when the device says no. */
static bool call(struct amt *amt, struct arena *arena, const char *method,
                 const struct wsman_value *values, size_t count, const struct wsman_xml **output,
                 int64_t *value, struct error *err)
{
    struct wsman_reply reply;
    if (!amt_invoke(amt, arena, &service, method, values, count, &reply, value, err))
        return false;
    *output = wsman_xml_child(reply.body, arena_printf(arena, "%s_OUTPUT", method));
    return true;
}

/* A change: waited for though somebody hangs up, so that it is known what came of it. */
static bool change(struct amt *amt, struct arena *arena, const char *method,
                   const struct wsman_value *values, size_t count, const struct wsman_xml **output,
                   struct error *err)
{
    int64_t value;
    struct io_shield shield = io_shield_begin_for_answer(ANSWER_MS);
    bool ok = call(amt, arena, method, values, count, output, &value, err);
    io_shield_end(shield);
    if (!ok || value == 0)
        return ok;
    (void)amt_status_refuse(err, method, value);
    if (err != NULL && value == 2058)
        err->code = ERROR_CONFLICT;
    else if (err != NULL && (value == 2053 || value == 2068))
        err->code = ERROR_NOT_FOUND;
    return false;
}

/* The 16 bytes of MD5(name:realm:password), base64, as firmware keeps them (spec rps 4.4); wiped by
 * the caller. */
static struct slice digest_of(struct arena *arena, struct slice name, struct slice realm,
                              struct slice password)
{
    char ha1[HTTP_DIGEST_HEX_SIZE];
    uint8_t raw[16];
    http_digest_ha1(name, realm, password, ha1);
    (void)encoding_hex_decode(slice_of_string(ha1), raw, sizeof raw);
    struct slice text = encoding_base64(arena, slice_of(raw, sizeof raw));
    memory_wipe(ha1, sizeof ha1);
    memory_wipe(raw, sizeof raw);
    return text;
}

static void wipe(struct slice secret)
{
    /* The arena's own copy, so it may be written. */
    if (secret.size > 0)
        memory_wipe((void *)(uintptr_t)secret.data, secret.size);
}

static struct slice number(struct arena *arena, uint32_t value)
{
    return slice_of_string(arena_printf(arena, "%lu", (unsigned long)value));
}

/* ---- the administrator ---- */

bool amt_account_set_admin_password(struct amt *amt, struct arena *arena, struct slice realm,
                                    struct slice password, struct error *err)
{
    const struct slice admin = SLICE_LITERAL("admin");
    const struct wsman_xml *output;
    struct slice digest = digest_of(arena, admin, realm, password);
    const struct wsman_value values[] = {
        {.name = "Username", .text = admin},
        {.name = "DigestPassword", .text = digest},
    };
    bool ok = change(amt, arena, "SetAdminAclEntryEx", values, 2, &output, err);
    wipe(digest);
    return ok;
}

/* ---- reading ---- */

const char *amt_account_realm_name(unsigned realm)
{
    static const char *const names[AMT_ACCOUNT_REALMS] = {
        [2] = "Redirection",
        [3] = "PT Administration",
        [4] = "Hardware Asset",
        [5] = "Remote Control",
        [6] = "Storage",
        [7] = "Event Manager",
        [8] = "Storage Administration",
        [9] = "Agent Presence Local",
        [10] = "Agent Presence Remote",
        [11] = "Circuit Breaker",
        [12] = "Network Time",
        [13] = "General Info",
        [14] = "Firmware Update",
        [15] = "EIT",
        [16] = "Local User Notification",
        [17] = "Endpoint Access Control",
        [18] = "Endpoint Access Control Administration",
        [19] = "Event Log Reader",
        [20] = "Audit Log",
        [21] = "User Access Control",
        [24] = "Local System",
    };
    return realm < AMT_ACCOUNT_REALMS ? names[realm] : NULL;
}

/* A method that only reads. */
static bool read(struct amt *amt, struct arena *arena, const char *method, const char *input,
                 uint32_t argument, const struct wsman_xml **output, int64_t *value,
                 struct error *err)
{
    const struct wsman_value values[] = {{.name = input, .text = number(arena, argument)}};
    return call(amt, arena, method, values, 1, output, value, err);
}

struct handles {
    uint32_t handles[HANDLES];
    size_t count;
};

static bool take_handles(const struct wsman_xml *output, struct handles *found, uint64_t *total,
                         struct error *err)
{
    if (!slice_to_u64(wsman_xml_child_text(output, "TotalCount"), UINT32_MAX, total))
        return error_set(err, ERROR_PROTOCOL, "the device does not say how many accounts it has");
    const struct wsman_xml *one = wsman_xml_child(output, "Handles");
    for (; one != NULL && found->count < HANDLES; one = wsman_xml_again(one)) {
        uint64_t handle;
        if (!slice_to_u64(slice_trim(one->text), UINT32_MAX, &handle))
            return error_set(err, ERROR_PROTOCOL, "the device's list of accounts makes no sense");
        found->handles[found->count++] = (uint32_t)handle;
    }
    return true;
}

/* At most 50 come with a call; StartIndex counts from 1 (spec device-classes). */
static bool list_handles(struct amt *amt, struct arena *arena, struct handles *found,
                         struct error *err)
{
    uint64_t total = 1;
    size_t before = SIZE_MAX;
    found->count = 0;
    while (found->count < total && found->count < HANDLES && found->count != before) {
        const struct wsman_xml *output;
        int64_t value;
        before = found->count;
        if (!read(amt, arena, "EnumerateUserAclEntries", "StartIndex", (uint32_t)before + 1,
                  &output, &value, err))
            return false;
        if (value == 35 && before == 0) /* an index past the end: there are none */
            return true;
        if (value != 0)
            return amt_status_refuse(err, "EnumerateUserAclEntries", value);
        if (!take_handles(output, found, &total, err))
            return false;
    }
    return true;
}

static void take_account(const struct wsman_xml *output, struct amt_account *account)
{
    uint64_t access = AMT_ACCESS_ANY;
    account->name = wsman_xml_child_text(output, "DigestUsername");
    account->sid = wsman_xml_child_text(output, "KerberosUserSid");
    account->is_system = slice_starts_with(account->name, SLICE_LITERAL("$$"));
    (void)slice_to_u64(wsman_xml_child_text(output, "AccessPermission"), AMT_ACCESS_ANY, &access);
    account->access = (enum amt_account_access)access;
    const struct wsman_xml *one = wsman_xml_child(output, "Realms");
    for (; one != NULL; one = wsman_xml_again(one)) {
        uint64_t realm;
        if (slice_to_u64(slice_trim(one->text), AMT_ACCOUNT_REALMS - 1, &realm))
            account->realms |= UINT32_C(1) << realm;
    }
}

/* *there is false for one that went away since the list was read. */
static bool read_account(struct amt *amt, struct arena *arena, struct amt_account *account,
                         bool *there, struct error *err)
{
    const struct wsman_xml *output;
    int64_t value;
    if (!read(amt, arena, "GetUserAclEntryEx", "Handle", account->handle, &output, &value, err))
        return false;
    *there = value == 0;
    if (value == 2053 || value == 2068)
        return true;
    if (value != 0)
        return amt_status_refuse(err, "GetUserAclEntryEx", value);
    take_account(output, account);
    if (!read(amt, arena, "GetAclEnabledState", "Handle", account->handle, &output, &value, err))
        return false;
    account->enabled = value != 0 || wsman_xml_child_is_true(output, "Enabled");
    return true;
}

bool amt_account_list(struct amt *amt, struct arena *arena, struct amt_account **accounts,
                      size_t *count, struct error *err)
{
    struct handles found;
    *count = 0;
    *accounts = arena_array(arena, HANDLES, sizeof **accounts);
    if (!list_handles(amt, arena, &found, err))
        return false;
    for (size_t i = 0; i < found.count; i++) {
        struct amt_account *account = &(*accounts)[*count];
        bool there = false;
        *account = (struct amt_account){.handle = found.handles[i]};
        if (!read_account(amt, arena, account, &there, err))
            return false;
        if (there)
            (*count)++;
    }
    return true;
}

/* ---- changing ---- */

const char *amt_account_name_fault(struct slice name)
{
    if (name.size == 0 || name.size > AMT_ACCOUNT_NAME)
        return "the name must have 1 to 16 characters";
    for (size_t i = 0; i < name.size; i++) {
        uint8_t c = name.data[i];
        if (c <= ' ' || c > '~' || slice_index_of(SLICE_LITERAL("(),':\"&<>"), c) < 9)
            return "the name may have ASCII letters, digits and signs other than ( ) , ' : \" & < "
                   ">";
    }
    if (slice_starts_with(name, SLICE_LITERAL("$$")) ||
        slice_equal_ignore_case(name, SLICE_LITERAL("admin")))
        return "the name is the firmware's own";
    return NULL;
}

static const char *realms_fault(uint32_t realms)
{
    for (unsigned i = 0; i < 32; i++)
        if ((realms & UINT32_C(1) << i) != 0 && amt_account_realm_name(i) == NULL)
            return "the account is to have a realm that AMT does not know";
    return realms == 0 ? "the account needs a realm" : NULL;
}

static bool check(const struct amt_account_change *change, bool with_login, struct error *err)
{
    const char *fault = realms_fault(change->realms);
    if (fault == NULL && with_login)
        fault = amt_account_name_fault(change->name);
    if (fault == NULL && with_login)
        fault = amt_password_fault(change->password);
    if (fault == NULL && change->access > AMT_ACCESS_ANY)
        fault = "the account is to have an access that AMT does not know";
    return fault == NULL || error_set(err, ERROR_INVALID, "%s", fault);
}

/* The values that add and update have in common, in the order of the MOF. Returns how many. */
static size_t put_change(struct arena *arena, struct slice digest,
                         const struct amt_account_change *change, struct wsman_value *values)
{
    size_t count = 0;
    if (digest.data != NULL) {
        values[count++] = (struct wsman_value){.name = "DigestUsername", .text = change->name};
        values[count++] = (struct wsman_value){.name = "DigestPassword", .text = digest};
    }
    values[count++] = (struct wsman_value){.name = "AccessPermission",
                                           .text = number(arena, (uint32_t)change->access)};
    for (uint32_t i = 0; i < AMT_ACCOUNT_REALMS; i++)
        if ((change->realms & UINT32_C(1) << i) != 0)
            values[count++] = (struct wsman_value){.name = "Realms", .text = number(arena, i)};
    return count;
}

bool amt_account_add(struct amt *amt, struct arena *arena, struct slice realm,
                     const struct amt_account_change *account, uint32_t *handle, struct error *err)
{
    struct wsman_value values[AMT_ACCOUNT_REALMS + 3];
    const struct wsman_xml *output;
    uint64_t given;
    if (!check(account, true, err))
        return false;
    struct slice digest = digest_of(arena, account->name, realm, account->password);
    size_t count = put_change(arena, digest, account, values);
    bool ok = change(amt, arena, "AddUserAclEntryEx", values, count, &output, err);
    wipe(digest);
    if (!ok)
        return false;
    if (!slice_to_u64(wsman_xml_child_text(output, "Handle"), UINT32_MAX, &given))
        return error_set(err, ERROR_PROTOCOL,
                         "the device's answer to AddUserAclEntryEx has no handle");
    *handle = (uint32_t)given;
    return true;
}

bool amt_account_update(struct amt *amt, struct arena *arena, struct slice realm, uint32_t handle,
                        const struct amt_account_change *account, struct error *err)
{
    struct wsman_value values[AMT_ACCOUNT_REALMS + 4];
    const struct wsman_xml *output;
    struct slice digest = {NULL, 0};
    if (!check(account, account->password.data != NULL, err))
        return false;
    if (account->password.data != NULL)
        digest = digest_of(arena, account->name, realm, account->password);
    values[0] = (struct wsman_value){.name = "Handle", .text = number(arena, handle)};
    size_t count = 1 + put_change(arena, digest, account, values + 1);
    bool ok = change(amt, arena, "UpdateUserAclEntryEx", values, count, &output, err);
    wipe(digest);
    return ok;
}

bool amt_account_remove(struct amt *amt, struct arena *arena, uint32_t handle, struct error *err)
{
    const struct wsman_xml *output;
    const struct wsman_value value = {.name = "Handle", .text = number(arena, handle)};
    return change(amt, arena, "RemoveUserAclEntry", &value, 1, &output, err);
}

bool amt_account_enable(struct amt *amt, struct arena *arena, uint32_t handle, bool enabled,
                        struct error *err)
{
    const struct wsman_xml *output;
    const struct wsman_value values[] = {
        {.name = "Handle", .text = number(arena, handle)},
        {.name = "Enabled", .text = enabled ? SLICE_LITERAL("true") : SLICE_LITERAL("false")},
    };
    return change(amt, arena, "SetAclEnabledState", values, 2, &output, err);
}
