/*
 * /api/v1/amt/accounts/…: the accounts of a device beside its administrator's (spec device-classes
 * 3). The toolkit has no such routes. Neither the administrator nor the account that the server
 * opens the device with is changed here, so that nobody locks the server out.
 */
#include "amt/account.h"
#include "amt/general.h"
#include "amt/password.h"
#include "http/body_value.h"
#include "http/validate.h"
#include "mps/routes/conversation.h"
#include "mps/routes/error_answer.h"
#include "mps/routes/handlers.h"
#include "mps/routes/routes.h"
#include "store/store.h"

static const char *const accesses[] = {
    [AMT_ACCESS_LOCAL] = "local",
    [AMT_ACCESS_NETWORK] = "network",
    [AMT_ACCESS_ANY] = "any",
};

static const struct slice administrator = {(const uint8_t *)STORE_USERNAME_DEFAULT,
                                           sizeof STORE_USERNAME_DEFAULT - 1};

static struct slice text_of(const json_t *value)
{
    return json_is_string(value) ? slice_of(json_string_value(value), json_string_length(value))
                                 : (struct slice){NULL, 0};
}

/* ---- what is given ---- */

static const char *reserved_fault(struct slice name)
{
    if (slice_equal_ignore_case(name, administrator))
        return "admin is the administrator, whose password opens the device for the server: the "
               "job rotate-password changes it, so that the new one is stored, too";
    if (slice_starts_with(name, SLICE_LITERAL("$$")))
        return "accounts that begin with $$ are the firmware's own: what they may do follows from "
               "the profile that the device is provisioned with";
    return NULL;
}

const char *routes_check_account_reserved(struct http_exchange *exchange, const json_t *value)
{
    (void)exchange;
    return reserved_fault(text_of(value));
}

const char *routes_check_account_name(struct http_exchange *exchange, const json_t *value)
{
    if (!json_is_string(value))
        return "username is required";
    const char *fault = reserved_fault(text_of(value));
    if (fault != NULL)
        return fault;
    fault = amt_account_name_fault(text_of(value));
    return fault == NULL ? NULL : arena_printf(exchange->arena, "username: %s", fault);
}

const char *routes_check_account_password(struct http_exchange *exchange, const json_t *value)
{
    if (!json_is_string(value))
        return "password is required";
    const char *fault = amt_password_fault(text_of(value));
    return fault == NULL ? NULL : arena_printf(exchange->arena, "password: %s", fault);
}

static bool find_realm(struct slice name, unsigned *realm)
{
    for (*realm = 0; *realm < AMT_ACCOUNT_REALMS; ++*realm) {
        const char *known = amt_account_realm_name(*realm);
        if (known != NULL && slice_equal_ignore_case(name, slice_of_string(known)))
            return true;
    }
    return false;
}

/* False when one is unknown, or there are none. */
static bool read_realms(const json_t *list, uint32_t *realms)
{
    *realms = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        unsigned realm;
        if (!find_realm(text_of(json_array_get(list, i)), &realm))
            return false;
        *realms |= UINT32_C(1) << realm;
    }
    return *realms != 0;
}

const char *routes_check_account_realms(struct http_exchange *exchange, const json_t *value)
{
    uint32_t realms;
    if (read_realms(value, &realms))
        return NULL;
    const char *text = "realms must name at least one of ";
    const char *comma = "";
    for (unsigned i = 0; i < AMT_ACCOUNT_REALMS; i++) {
        const char *name = amt_account_realm_name(i);
        if (name == NULL)
            continue;
        text = arena_printf(exchange->arena, "%s%s%s", text, comma, name);
        comma = ", ";
    }
    return text;
}

/* A checked body; what is not given is not there. */
struct given {
    struct slice password; /* .data NULL: none */
    bool has_access, has_realms, has_enabled;
    enum amt_account_access access;
    uint32_t realms;
    bool enabled;
};

static struct given read_given(const json_t *body)
{
    struct given given = {
        .password = text_of(json_object_get(body, "password")),
        .has_access = http_body_value_is_given(body, "access"),
        .has_enabled = http_body_value_is_given(body, "enabled"),
        .enabled = json_is_true(json_object_get(body, "enabled")),
    };
    given.has_realms = read_realms(json_object_get(body, "realms"), &given.realms);
    struct slice access = text_of(json_object_get(body, "access"));
    for (unsigned i = AMT_ACCESS_LOCAL; i <= AMT_ACCESS_ANY; i++)
        if (slice_equal_string(access, accesses[i]))
            given.access = (enum amt_account_access)i;
    return given;
}

/* ---- answering ---- */

static void put_account(struct json_writer *json, const struct amt_account *account)
{
    json_open_object(json);
    json_put_member_int(json, "handle", account->handle);
    json_put_key(json, "username");
    json_put_string_slice(json, account->name);
    if (account->sid.size > 0) {
        json_put_key(json, "sid");
        json_put_string_slice(json, account->sid);
    }
    json_put_member_string(json, "access", accesses[account->access]);
    json_put_key(json, "realms");
    json_open_array(json);
    for (unsigned i = 0; i < AMT_ACCOUNT_REALMS; i++) {
        const char *name = amt_account_realm_name(i);
        char number[12];
        if ((account->realms & UINT32_C(1) << i) == 0)
            continue;
        (void)snprintf(number, sizeof number, "%u", i);
        json_put_string(json, name != NULL ? name : number);
    }
    json_close_array(json);
    json_put_member_bool(json, "enabled", account->enabled);
    json_put_member_bool(json, "system", account->is_system);
    json_close_object(json);
}

struct account_call {
    struct arena *arena;
    struct slice name; /* which account */
    struct given given;
    struct amt_account account; /* as it is afterwards */
    struct error refusal;       /* of the device; ERROR_NOT_FOUND: it has no such account */
};

/* A refusal ends the conversation well: the routes say what it means. */
static bool unless_refused(struct account_call *call, bool ok, struct error *err)
{
    if (ok || (err->code != ERROR_DEVICE && err->code != ERROR_LOGIN &&
               err->code != ERROR_CONFLICT && err->code != ERROR_NOT_FOUND))
        return ok;
    call->refusal = *err;
    return true;
}

/* True when the device has refused: answered. */
static bool answer_refusal(struct http_exchange *exchange, const struct routes_conversation *what,
                           const char *failed, const struct account_call *call)
{
    const struct error *why = &call->refusal;
    struct arena *arena = exchange->arena;
    if (why->code == ERROR_NONE)
        return false;
    if (why->code == ERROR_NOT_FOUND) {
        routes_conversation_failed(exchange, what, "Account not found");
        http_answer_error(exchange, 404, "Account not found",
                          arena_printf(arena, "Account not found: %.*s.", SLICE_ARG(call->name)));
        return true;
    }
    struct slice guid = http_parameter(exchange, "guid");
    if (why->code != ERROR_CONFLICT)
        http_log_failure(exchange, why);
    routes_conversation_failed(exchange, what, failed);
    routes_answer_error(
        exchange, error_http_status(why->code),
        arena_printf(arena, "%s for guid : %.*s.: %s", failed, SLICE_ARG(guid), why->text));
    return true;
}

static void answer_account(struct http_exchange *exchange, int status,
                           const struct amt_account *account)
{
    struct json_writer json = http_answer_json(exchange, status);
    put_account(&json, account);
}

/* ---- list ---- */

struct list_call {
    struct account_call call; /* first */
    struct amt_account *accounts;
    size_t count;
};

static bool list(struct amt *amt, void *arg, struct error *err)
{
    struct list_call *call = arg;
    bool ok = amt_account_list(amt, call->call.arena, &call->accounts, &call->count, err);
    return unless_refused(&call->call, ok, err);
}

void routes_amt_accounts_list(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_Accounts",
        .requested = "Accounts requested",
        .received = "Accounts received",
        .received_has_guid = true,
        .exception = "Exception during accounts request",
        .exception_event = true,
        .exception_has_guid = true,
    };
    struct list_call call = {.call.arena = exchange->arena};
    if (!routes_converse(exchange, &what, list, &call) ||
        answer_refusal(exchange, &what, "Accounts request failed", &call.call))
        return;
    routes_conversation_succeeded(exchange, &what);
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_array(&json);
    for (size_t i = 0; i < call.count; i++)
        put_account(&json, &call.accounts[i]);
    json_close_array(&json);
}

/* ---- add ---- */

/* Runs `fn` alone among conversations of its kind. */
static bool alone(struct amt *amt, struct account_call *call,
                  bool (*fn)(struct amt *amt, struct account_call *call, struct error *err),
                  struct error *err)
{
    if (!amt_sequence_begin(amt, err))
        return false;
    bool ok = fn(amt, call, err);
    amt_sequence_end(amt);
    return unless_refused(call, ok, err);
}

/* What the device makes digests of passwords with. */
static bool read_realm(struct amt *amt, struct arena *arena, struct slice *realm, struct error *err)
{
    struct amt_general general;
    if (!amt_general_get(amt, arena, &general, err))
        return false;
    *realm = general.realm;
    return realm->size > 0 ||
           error_set(err, ERROR_PROTOCOL, "the device does not tell its digest realm");
}

static bool add_account(struct amt *amt, struct account_call *call, struct error *err)
{
    const struct given *given = &call->given;
    const struct amt_account_change change = {
        .name = call->name,
        .password = given->password,
        .access = given->access,
        .realms = given->realms,
    };
    struct slice realm;
    call->account = (struct amt_account){
        .name = call->name,
        .access = given->access,
        .realms = given->realms,
        .enabled = true,
    };
    return read_realm(amt, call->arena, &realm, err) &&
           amt_account_add(amt, call->arena, realm, &change, &call->account.handle, err);
}

static bool add(struct amt *amt, void *arg, struct error *err)
{
    return alone(amt, arg, add_account, err);
}

void routes_amt_accounts_add(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_Accounts",
        .requested = "Account add requested",
        .received = "Account added",
        .received_has_guid = true,
        .exception = "Exception during account add",
        .exception_event = true,
        .exception_has_guid = true,
    };
    struct account_call call = {
        .arena = exchange->arena,
        .name = text_of(json_object_get(exchange->json, "username")),
        .given = read_given(exchange->json),
    };
    if (!routes_converse(exchange, &what, add, &call) ||
        answer_refusal(exchange, &what, "Account add failed", &call))
        return;
    routes_conversation_succeeded(exchange, &what);
    answer_account(exchange, 201, &call.account);
}

/* ---- change and remove ---- */

/* The account that the server opens the device with is not changed here. True when answered. */
static bool answer_own(struct http_exchange *exchange)
{
    struct guid guid;
    struct store_device device;
    struct error err;
    error_clear(&err);
    if (!routes_guid(exchange, &guid))
        return false; /* of which the gate speaks */
    if (!store_device_get(routes_application(exchange)->store, exchange->arena, &guid,
                          routes_tenant(exchange), &device, &err)) {
        if (err.code != ERROR_NOT_FOUND)
            http_answer_failure(exchange, &err);
        return err.code != ERROR_NOT_FOUND;
    }
    if (device.username == NULL || !slice_equal_ignore_case(http_parameter(exchange, "username"),
                                                            slice_of_string(device.username)))
        return false;
    routes_answer_error(exchange, 409,
                        "the server opens the device with this account: give it another one to "
                        "use first (PATCH /api/v1/devices)");
    return true;
}

static bool find_account(struct amt *amt, struct account_call *call, struct error *err)
{
    struct amt_account *accounts;
    size_t count;
    if (!amt_account_list(amt, call->arena, &accounts, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (slice_equal(accounts[i].name, call->name)) {
            call->account = accounts[i];
            return true;
        }
    return error_set(err, ERROR_NOT_FOUND, "the device has no such account");
}

static bool set_enabled(struct amt *amt, struct account_call *call, struct error *err)
{
    if (!call->given.has_enabled || call->account.enabled == call->given.enabled)
        return true;
    if (!amt_account_enable(amt, call->arena, call->account.handle, call->given.enabled, err))
        return false;
    call->account.enabled = call->given.enabled;
    return true;
}

/* Password and rights; those that are not given go as they are. */
static bool update(struct amt *amt, struct account_call *call, struct error *err)
{
    const struct given *given = &call->given;
    struct amt_account *account = &call->account;
    struct slice realm = {NULL, 0};
    if (given->password.data == NULL && !given->has_access && !given->has_realms)
        return true;
    const struct amt_account_change change = {
        .name = account->name,
        .password = given->password,
        .access = given->has_access ? given->access : account->access,
        .realms = given->has_realms ? given->realms : account->realms,
    };
    if ((given->password.data != NULL && !read_realm(amt, call->arena, &realm, err)) ||
        !amt_account_update(amt, call->arena, realm, account->handle, &change, err))
        return false;
    account->access = change.access;
    account->realms = change.realms;
    return true;
}

/* Disables first and enables last, so that nobody gets in with rights of in between. */
static bool change_account(struct amt *amt, struct account_call *call, struct error *err)
{
    if (!find_account(amt, call, err))
        return false;
    bool was_enabled = call->account.enabled;
    if (!call->given.enabled && !set_enabled(amt, call, err))
        return false;
    if (!update(amt, call, err))
        return was_enabled == call->account.enabled
                   ? false
                   : error_wrap(err, "the account was disabled, but not changed");
    return set_enabled(amt, call, err) ||
           error_wrap(err, "what else was given is changed, but the account is not enabled");
}

static bool change(struct amt *amt, void *arg, struct error *err)
{
    return alone(amt, arg, change_account, err);
}

void routes_amt_accounts_change(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_Accounts",
        .requested = "Account change requested",
        .received = "Account changed",
        .received_has_guid = true,
        .exception = "Exception during account change",
        .exception_event = true,
        .exception_has_guid = true,
    };
    struct account_call call = {
        .arena = exchange->arena,
        .name = http_parameter(exchange, "username"),
        .given = read_given(exchange->json),
    };
    const struct given *given = &call.given;
    if (given->password.data == NULL && !given->has_access && !given->has_realms &&
        !given->has_enabled) {
        routes_answer_error(exchange, 400,
                            "give at least one of password, access, realms and enabled");
        return;
    }
    if (answer_own(exchange) || !routes_converse(exchange, &what, change, &call) ||
        answer_refusal(exchange, &what, "Account change failed", &call))
        return;
    routes_conversation_succeeded(exchange, &what);
    answer_account(exchange, 200, &call.account);
}

static bool remove_found(struct amt *amt, struct account_call *call, struct error *err)
{
    return find_account(amt, call, err) &&
           amt_account_remove(amt, call->arena, call->account.handle, err);
}

static bool remove_account(struct amt *amt, void *arg, struct error *err)
{
    return alone(amt, arg, remove_found, err);
}

void routes_amt_accounts_remove(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_Accounts",
        .requested = "Account removal requested",
        .received = "Account removed",
        .received_has_guid = true,
        .exception = "Exception during account removal",
        .exception_event = true,
        .exception_has_guid = true,
    };
    struct account_call call = {
        .arena = exchange->arena,
        .name = http_parameter(exchange, "username"),
    };
    if (answer_own(exchange) || !routes_converse(exchange, &what, remove_account, &call) ||
        answer_refusal(exchange, &what, "Account removal failed", &call))
        return;
    routes_conversation_succeeded(exchange, &what);
    http_answer_empty(exchange, 204);
}
