/* Any bytes as the address of a file on an SMB share. What is taken fits smbclient's command line,
 * its language and its file of credentials. */
#include "rpc/web/smb.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *text, const char *never)
{
    for (const char *at = text; at != NULL && *at != '\0'; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f || strchr(never, *at) != NULL)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct rpc_smb smb;
    struct error err;
    arena_init(&arena);
    if (rpc_smb_parse(&arena, slice_of(data, size), &smb, &err)) {
        check(smb.host, " /\\\";@%#");
        check(smb.share, "/\\\";");
        check(smb.path, "\\\";");
        check(smb.user, "");
        check(smb.password, "");
        check(smb.domain, "");
        if (smb.host[0] == '\0' || smb.share[0] == '\0' || smb.path[0] == '\0' || smb.port == 0)
            abort();
    }
    arena_fini(&arena);
    return 0;
}
