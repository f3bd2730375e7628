#include "rpc/setup/blob.h"

#include "core/file.h"
#include "http/body_value.h"

#include <strings.h>

#define PATH_MOST ((size_t)4096)

bool rpc_file_read(struct rpc *rpc, const char *path, size_t limit, struct slice *content,
                   struct error *err)
{
    if (strncasecmp(path, "smb:", 4) == 0) /* there may be a password in it */
        return error_set(err, ERROR_INVALID,
                         "SMB shares are not read; mount the share (mount -t cifs //SERVER/SHARE "
                         "/mnt), or copy the file, and give its path");
    return file_load(rpc_arena(rpc), path, limit, content, err);
}

static struct slice load(struct rpc *rpc, struct slice text)
{
    struct slice bytes = {NULL, 0};
    struct slice content = {NULL, 0};
    struct error err;
    text = slice_trim(text);
    if (text.size > 0 && text.size < PATH_MOST && !slice_starts_with(text, SLICE_LITERAL("MII")) &&
        file_load(rpc_arena(rpc), arena_string(rpc_arena(rpc), text), IO_CREDENTIAL_LIMIT, &content,
                  &err))
        text = content;
    if (text.size > 0 && text.data[0] == 0x30)
        return text;
    return http_body_value_blob(rpc_arena(rpc), text, &bytes) ? bytes : text;
}

bool rpc_blob_certificate(struct rpc *rpc, struct slice text, const char *what, struct slice *der,
                          struct rpc_fault *fault)
{
    struct io_credential_certificate certificate;
    if (text.size == 0)
        return rpc_fault_set(fault, RPC_WRONG_PARAMETERS, "%s is missing", what);
    if (!io_credential_certificate(rpc_arena(rpc), load(rpc, text), &certificate, &fault->err))
        return rpc_fault_set(fault, RPC_WRONG_PARAMETERS,
                             "%s is no certificate in base64 or PEM, nor a file with one", what);
    *der = certificate.der;
    return true;
}

bool rpc_blob_key(struct rpc *rpc, struct slice text, const char *what,
                  struct io_credential_key *key, struct rpc_fault *fault)
{
    if (text.size == 0)
        return rpc_fault_set(fault, RPC_WRONG_PARAMETERS, "%s is missing", what);
    return io_credential_key(rpc_arena(rpc), load(rpc, text), key, &fault->err) ||
           rpc_fault_set(fault, RPC_WRONG_PARAMETERS,
                         "%s is no RSA key in base64 or PEM, nor a file with one", what);
}
