#include "rpc/machine/converse.h"

#include "amt/amt.h"
#include "io/fiber.h"
#include "rpc/machine/machine.h"

#define TALK_MS 120000

static bool fail_amt(struct rpc *rpc, const struct error *err)
{
    bool answered = err->code == ERROR_DEVICE || err->code == ERROR_PROTOCOL ||
                    err->code == ERROR_UNSUPPORTED || err->code == ERROR_TOO_LARGE;
    if (err->code == ERROR_INVALID)
        return rpc_fail_error(rpc, RPC_WRONG_PARAMETERS, err);
    return rpc_fail_error(rpc, answered ? RPC_WSMAN_MESSAGE_ERROR : RPC_AMT_CONNECTION_FAILED, err);
}

/* *denied: the account is refused at the door, or as one that lacks the rights. */
static bool talk_as(struct rpc *rpc, enum rpc_login login, rpc_talk *talk, void *arg, bool *denied,
                    struct error *err)
{
    struct amt *amt;
    uint32_t denials = 0;
    uint64_t outer = io_deadline_within(TALK_MS);
    bool opened = rpc_amt_or(rpc, login, &amt, err);
    if (opened)
        denials = amt_denials(amt);
    bool ok = opened && talk(amt, arg, err);
    *denied = !ok && (err->code == ERROR_LOGIN ||
                      (opened && err->code == ERROR_DEVICE && amt_denials(amt) != denials));
    io_deadline_restore(outer);
    return ok;
}

bool rpc_converse(struct rpc *rpc, rpc_talk *talk, void *arg)
{
    struct error err;
    struct slice password;
    bool denied;
    if (talk_as(rpc, RPC_AS_EITHER, talk, arg, &denied, &err))
        return true;
    if (!denied || rpc_given(rpc, "password"))
        return fail_amt(rpc, &err);
    rpc_log(rpc, LOG_INFO, "AMT doesn't tell the host's own account this");
    return rpc_password(rpc, &password) && rpc_command_amt(rpc, talk, arg);
}

bool rpc_command_amt(struct rpc *rpc, rpc_talk *talk, void *arg)
{
    struct error err;
    struct slice password;
    bool denied;
    if (!rpc_password(rpc, &password))
        return false;
    return talk_as(rpc, RPC_AS_ADMIN, talk, arg, &denied, &err) || fail_amt(rpc, &err);
}

bool rpc_fail_refusal(struct rpc *rpc, int64_t return_value, const char *what, const char *why)
{
    return rpc_fail(rpc, RPC_WSMAN_MESSAGE_ERROR, "AMT refuses: %s (%lld)%s%s",
                    what != NULL ? what : "no name for it", (long long)return_value,
                    why != NULL ? ": " : "", why != NULL ? why : "");
}
