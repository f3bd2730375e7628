/* Any bytes as what a server or a file has for a profile: plain, sealed, or in an envelope. The
 * first byte says whether there is a key. Refusals quote nothing of it. */
#include "rpc/run/parts.h"
#include "rpc/setup/profile.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool ignore(void *arg, struct slice text)
{
    (void)arg;
    (void)text;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct rpc_door door = {ignore, NULL};
    struct rpc rpc;
    struct rpc_fault fault;
    struct slice bytes = slice_of(data, size);
    bool sealed = size > 0 && (data[0] & 1) != 0;
    struct slice key =
        sealed ? SLICE_LITERAL("0123456789abcdef0123456789ABCDEF") : slice_of(NULL, 0);
    rpc_run_init(&rpc, door, door);
    json_t *profile = rpc_profile_read(&rpc, slice_from(bytes, 1), key, &fault);
    if (profile == NULL && (fault.code == RPC_SUCCESS || fault.err.text[0] == '\0'))
        abort();
    rpc_profile_free(profile);
    rpc_run_fini(&rpc);
    return 0;
}
