#include "rpc/machine/converse.h"

#include "io/fiber.h"
#include "rpc/machine/machine.h"

#include <string.h>

#define TALK_MS 120000

static bool fail_amt(struct rpc *rpc, const struct error *err)
{
    bool answered = err->code == ERROR_DEVICE || err->code == ERROR_PROTOCOL ||
                    err->code == ERROR_UNSUPPORTED || err->code == ERROR_TOO_LARGE;
    if (err->code == ERROR_INVALID)
        return rpc_fail_error(rpc, RPC_WRONG_PARAMETERS, err);
    return rpc_fail_error(rpc, answered ? RPC_WSMAN_MESSAGE_ERROR : RPC_AMT_CONNECTION_FAILED, err);
}

static bool talk_as(struct rpc *rpc, enum rpc_login login, rpc_talk *talk, void *arg,
                    struct error *err)
{
    struct amt *amt;
    uint64_t outer = io_deadline_within(TALK_MS);
    bool ok = rpc_amt_or(rpc, login, &amt, err) && talk(amt, arg, err);
    io_deadline_restore(outer);
    return ok;
}

/* The host's own account is refused at the door, or as one that lacks the rights. */
static bool is_denied(const struct error *err)
{
    return err->code == ERROR_LOGIN ||
           (err->code == ERROR_DEVICE && strstr(err->text, "(AccessDenied)") != NULL);
}

bool rpc_converse(struct rpc *rpc, rpc_talk *talk, void *arg)
{
    struct error err;
    struct slice password;
    if (talk_as(rpc, RPC_AS_EITHER, talk, arg, &err))
        return true;
    if (!is_denied(&err) || rpc_given(rpc, "password"))
        return fail_amt(rpc, &err);
    rpc_log(rpc, LOG_INFO, "AMT doesn't tell the host's own account this");
    return rpc_password(rpc, &password) && rpc_command_amt(rpc, talk, arg);
}

bool rpc_command_amt(struct rpc *rpc, rpc_talk *talk, void *arg)
{
    struct error err;
    struct slice password;
    if (!rpc_password(rpc, &password))
        return false;
    return talk_as(rpc, RPC_AS_ADMIN, talk, arg, &err) || fail_amt(rpc, &err);
}

bool rpc_fail_refusal(struct rpc *rpc, int64_t return_value, const char *what, const char *why)
{
    return rpc_fail(rpc, RPC_WSMAN_MESSAGE_ERROR, "AMT refuses: %s (%lld)%s%s",
                    what != NULL ? what : "no name for it", (long long)return_value,
                    why != NULL ? ": " : "", why != NULL ? why : "");
}
