#include "rpc/run/exit_code.h"

#include <stddef.h>

const char *rpc_exit_name(enum rpc_exit code)
{
    static const struct {
        enum rpc_exit code;
        const char *name;
    } names[] = {
#define RPC_EXIT(code, number, name) {code, name},
        RPC_EXITS(RPC_EXIT)
#undef RPC_EXIT
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].code == code)
            return names[i].name;
    return "GenericFailure";
}
