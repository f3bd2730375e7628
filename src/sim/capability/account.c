/* The access control list: who may do what (spec device-classes 3, AMT_AuthorizationService). */
#include "core/encoding.h"
#include "core/memory.h"
#include "sim/capability/capability.h"
#include "sim/provisioning.h"

#include <string.h>

#define REALM_LAST     31
#define HASH_SIZE      16
#define HANDLES_A_CALL 50

static const char service[] = "AMT_AuthorizationService";

static const struct sim_account from_the_start[] = {
    {.handle = 1, .name = "$$uns", .access = 0, .realms = 1u << 16, .enabled = true},
    {.handle = 2, .name = "$$OsAdmin", .access = 0, .realms = 1u << 24, .enabled = true},
};

static struct sim_account *accounts(struct sim_device *device)
{
    if (device->accounts == NULL) {
        device->accounts = memory_new(SIM_ACCOUNTS_MOST * sizeof(*device->accounts));
        memcpy(device->accounts, from_the_start, sizeof(from_the_start));
    }
    return device->accounts;
}

static struct sim_account *account_of(struct sim_call *call)
{
    uint64_t handle;
    struct sim_account *at = accounts(call->device);
    call->return_value = SIM_STATUS_INVALID_HANDLE;
    if (!sim_input_number(call->input, "Handle", UINT32_MAX, &handle) || handle == 0)
        return NULL;
    for (size_t i = 0; i < SIM_ACCOUNTS_MOST; i++) {
        if (at[i].handle == handle) {
            call->return_value = SIM_OK;
            return &at[i];
        }
    }
    return NULL;
}

static bool is_system(const struct sim_account *account)
{
    return account->name[0] == '$';
}

static void put_number(struct sim_call *call, const char *name, uint32_t value)
{
    sim_envelope_put(call->outputs, 'g', name,
                     slice_of_string(arena_printf(call->arena, "%u", (unsigned)value)));
}

static void put_boolean(struct sim_call *call, const char *name, bool value)
{
    sim_envelope_put(call->outputs, 'g', name,
                     value ? SLICE_LITERAL("true") : SLICE_LITERAL("false"));
}

static void note(struct sim_call *call, unsigned event, const struct sim_account *account)
{
    /* a digest user: 0, the length, the name (spec mps 2.5) */
    uint8_t detail[2 + SIM_USER_NAME_SIZE] = {0};
    size_t size = strlen(account->name);
    detail[1] = (uint8_t)size;
    memcpy(detail + 2, account->name, size);
    sim_audit(call->device, 16, event, slice_of(detail, size + 2), call->now_ms);
}

/* ---- reading ---- */

static enum sim_fault enumerate(struct sim_call *call)
{
    struct sim_account *at = accounts(call->device);
    uint64_t start;
    unsigned total = 0, returned = 0;
    if (!sim_input_number(call->input, "StartIndex", UINT32_MAX, &start))
        return SIM_FAULT_SCHEMA_VALIDATION;
    for (size_t i = 0; i < SIM_ACCOUNTS_MOST; i++)
        total += at[i].handle != 0;
    if (start == 0 || start > total) {
        call->return_value = SIM_STATUS_INVALID_INDEX;
        return SIM_FAULT_NONE;
    }
    put_number(call, "TotalCount", total);
    put_number(call, "HandlesCount", total - (unsigned)start + 1);
    for (size_t i = 0; i < SIM_ACCOUNTS_MOST && returned < HANDLES_A_CALL; i++) {
        if (at[i].handle != 0 && ++returned >= start)
            put_number(call, "Handles", at[i].handle);
    }
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

static enum sim_fault get_account(struct sim_call *call)
{
    const struct sim_account *account = account_of(call);
    if (account == NULL)
        return SIM_FAULT_NONE;
    sim_envelope_put(call->outputs, 'g', "DigestUsername", slice_of_string(account->name));
    put_number(call, "AccessPermission", account->access);
    for (uint32_t realm = 0; realm <= REALM_LAST; realm++) {
        if ((account->realms >> realm & 1) != 0)
            put_number(call, "Realms", realm);
    }
    return SIM_FAULT_NONE;
}

static enum sim_fault get_enabled(struct sim_call *call)
{
    const struct sim_account *account = account_of(call);
    if (account != NULL)
        put_boolean(call, "Enabled", account->enabled);
    return SIM_FAULT_NONE;
}

static enum sim_fault get_admin(struct sim_call *call)
{
    sim_envelope_put(call->outputs, 'g', "Username", slice_of_string(call->device->admin_name));
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

static enum sim_fault get_admin_status(struct sim_call *call)
{
    put_boolean(call, "IsDefault", false);
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

/* ---- changing ---- */

/* A name of 1 to 16 characters and a hash; `return_value` says what is wrong. */
static bool read_user(struct sim_call *call, const char *name_input, char name[SIM_USER_NAME_SIZE],
                      uint8_t hash[HASH_SIZE])
{
    struct slice given = wsman_xml_child_text(call->input, name_input), bytes;
    call->return_value = SIM_STATUS_INVALID_NAME;
    if (given.size == 0 || given.size >= SIM_USER_NAME_SIZE || given.data[0] == '$')
        return false;
    call->return_value = SIM_STATUS_INVALID_PASSWORD;
    if (!encoding_base64_decode(call->arena, wsman_xml_child_text(call->input, "DigestPassword"),
                                &bytes) ||
        bytes.size != HASH_SIZE)
        return false;
    memset(name, 0, SIM_USER_NAME_SIZE);
    memcpy(name, given.data, given.size);
    memcpy(hash, bytes.data, HASH_SIZE);
    call->return_value = SIM_OK;
    return true;
}

/* Access and realms; false with `return_value`. */
static bool read_rights(struct sim_call *call, struct sim_account *account)
{
    uint64_t access, realm;
    call->return_value = SIM_STATUS_INVALID_PARAMETER;
    if (!sim_input_number(call->input, "AccessPermission", 2, &access))
        return false;
    account->access = (uint32_t)access;
    account->realms = 0;
    call->return_value = SIM_STATUS_INVALID_REALM;
    for (const struct wsman_xml *at = wsman_xml_child(call->input, "Realms"); at != NULL;
         at = wsman_xml_again(at)) {
        if (!slice_to_u64(slice_trim(at->text), REALM_LAST, &realm) || realm < 2)
            return false;
        account->realms |= 1u << realm;
    }
    call->return_value = SIM_OK;
    return true;
}

/* Fills in an account from the inputs; false with `return_value`. */
static bool read_account(struct sim_call *call, struct sim_account *account)
{
    return read_user(call, "DigestUsername", account->name, account->hash) &&
           read_rights(call, account);
}

/* An update may leave name and password as they are, both together. */
static bool read_update(struct sim_call *call, struct sim_account *account)
{
    bool keeps = wsman_xml_child(call->input, "DigestUsername") == NULL &&
                 wsman_xml_child(call->input, "DigestPassword") == NULL;
    return keeps ? read_rights(call, account) : read_account(call, account);
}

static bool name_is_taken(struct sim_device *device, const char *name,
                          const struct sim_account *except)
{
    const struct sim_account *at = accounts(device);
    bool taken = strcmp(device->admin_name, name) == 0;
    for (size_t i = 0; i < SIM_ACCOUNTS_MOST; i++)
        taken |= at[i].handle != 0 && &at[i] != except && strcmp(at[i].name, name) == 0;
    return taken;
}

static enum sim_fault add_account(struct sim_call *call)
{
    struct sim_account *at = accounts(call->device);
    struct sim_account added = {.enabled = true};
    size_t place = 0;
    uint32_t handle = 0;
    if (!read_account(call, &added))
        return SIM_FAULT_NONE;
    while (place < SIM_ACCOUNTS_MOST && at[place].handle != 0)
        place++;
    for (size_t i = 0; i < SIM_ACCOUNTS_MOST; i++) {
        if (at[i].handle > handle)
            handle = at[i].handle;
    }
    if (name_is_taken(call->device, added.name, NULL)) {
        call->return_value = SIM_STATUS_DUPLICATE;
    } else if (place == SIM_ACCOUNTS_MOST) {
        call->return_value = SIM_STATUS_MAX_LIMIT;
    } else {
        added.handle = handle + 1;
        at[place] = added;
        put_number(call, "Handle", added.handle);
        note(call, 2, &added);
    }
    return SIM_FAULT_NONE;
}

static enum sim_fault update_account(struct sim_call *call)
{
    struct sim_account *account = account_of(call);
    if (account == NULL)
        return SIM_FAULT_NONE;
    struct sim_account changed = *account;
    if (is_system(account)) {
        call->return_value = SIM_STATUS_NOT_PERMITTED;
    } else if (read_update(call, &changed)) {
        if (name_is_taken(call->device, changed.name, account)) {
            call->return_value = SIM_STATUS_DUPLICATE;
        } else {
            *account = changed;
            note(call, 3, account);
        }
    }
    return SIM_FAULT_NONE;
}

static enum sim_fault remove_account(struct sim_call *call)
{
    struct sim_account *account = account_of(call);
    if (account == NULL)
        return SIM_FAULT_NONE;
    if (is_system(account)) {
        call->return_value = SIM_STATUS_NOT_PERMITTED;
        return SIM_FAULT_NONE;
    }
    note(call, 4, account);
    memory_wipe(account, sizeof(*account));
    return SIM_FAULT_NONE;
}

static enum sim_fault set_enabled(struct sim_call *call)
{
    struct sim_account *account = account_of(call);
    struct slice on = wsman_xml_child_text(call->input, "Enabled");
    if (!slice_equal_string(on, "true") && !slice_equal_string(on, "false"))
        return SIM_FAULT_SCHEMA_VALIDATION;
    if (account != NULL) {
        account->enabled = slice_equal_string(on, "true");
        note(call, 6, account);
    }
    return SIM_FAULT_NONE;
}

static enum sim_fault set_admin(struct sim_call *call)
{
    struct sim_device *device = call->device;
    char name[SIM_USER_NAME_SIZE];
    uint8_t hash[HASH_SIZE];
    if (!read_user(call, "Username", name, hash))
        return SIM_FAULT_NONE;
    memcpy(device->admin_name, name, sizeof(name));
    memcpy(device->admin_hash, hash, sizeof(hash));
    memory_wipe(hash, sizeof(hash));
    device->admin_changed = true;
    device->provisioning->admin_was_set = true;
    return SIM_FAULT_NONE;
}

const struct sim_capability sim_accounts = {
    .methods =
        (const struct sim_method[]){
            {service, "AddUserAclEntryEx", add_account},
            {service, "EnumerateUserAclEntries", enumerate},
            {service, "GetAclEnabledState", get_enabled},
            {service, "GetAdminAclEntry", get_admin},
            {service, "GetAdminAclEntryStatus", get_admin_status},
            {service, "GetAdminNetAclEntryStatus", get_admin_status},
            {service, "GetUserAclEntryEx", get_account},
            {service, "RemoveUserAclEntry", remove_account},
            {service, "SetAclEnabledState", set_enabled},
            {service, "SetAdminAclEntryEx", set_admin},
            {service, "UpdateUserAclEntryEx", update_account},
            {NULL, NULL, NULL},
        },
};
