#include "rpc/setup/verdict.h"

#include <stdbool.h>

enum rpc_has rpc_has_after(enum rpc_has before, enum rpc_amt_says says)
{
    if (says == RPC_AMT_SAYS_YES)
        return RPC_HAS;
    return says == RPC_AMT_SAYS_NOTHING && before == RPC_HAS_NOT ? RPC_MAY_HAVE : before;
}

enum rpc_has rpc_has_at_last(const struct rpc_activation_seen *seen)
{
    bool in_doubt = seen->says == RPC_AMT_SAYS_NO && seen->mode != RPC_MODE_ANOTHER;
    if (rpc_verdict_of(seen) == RPC_VERDICT_TOOK)
        return RPC_HAS;
    return in_doubt && seen->has == RPC_HAS_NOT ? RPC_MAY_HAVE : seen->has;
}

static enum rpc_verdict of_login(const struct rpc_activation_seen *seen)
{
    switch (seen->login) {
    case RPC_LOGIN_UNTRIED:
        return RPC_VERDICT_LOG_IN;
    case RPC_LOGIN_TAKEN:
        return RPC_VERDICT_TOOK;
    case RPC_LOGIN_REFUSED:
        return seen->has == RPC_HAS       ? RPC_VERDICT_UNCONFIRMED
               : seen->has == RPC_HAS_NOT ? RPC_VERDICT_ANOTHER_S
                                          : RPC_VERDICT_UNDECIDED;
    default:
        return RPC_VERDICT_UNCONFIRMED;
    }
}

enum rpc_verdict rpc_verdict_of(const struct rpc_activation_seen *seen)
{
    if (seen->mode == RPC_MODE_WANTED)
        return seen->says == RPC_AMT_NOT_ASKED && seen->has == RPC_HAS_NOT ? RPC_VERDICT_ANOTHER_S
                                                                           : of_login(seen);
    if (seen->says == RPC_AMT_SAYS_NO || seen->says == RPC_AMT_NOT_ASKED)
        return RPC_VERDICT_FAILED;
    if (seen->mode == RPC_MODE_UNKNOWN)
        return RPC_VERDICT_UNKNOWN;
    return seen->says == RPC_AMT_SAYS_YES ? RPC_VERDICT_STAYS : RPC_VERDICT_FAILED;
}
