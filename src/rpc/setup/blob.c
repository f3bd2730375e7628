#include "rpc/setup/blob.h"

#include "http/body_value.h"
#include "rpc/run/named_file.h"
#include "rpc/setup/share.h"
#include "rpc/web/smb.h"

#include <sys/stat.h>

#define PATH_MOST ((size_t)4096)

bool rpc_file_read(struct rpc *rpc, const char *path, size_t limit, struct slice *content,
                   struct error *err)
{
    struct slice text = slice_of_string(path);
    if (rpc_smb_is_address(text))
        return rpc_share_read(rpc, text, limit, content, err);
    return rpc_named_file_load(rpc, path, limit, content, err);
}

const char *rpc_file_shown(struct rpc *rpc, const char *path)
{
    struct rpc_smb smb;
    struct error err;
    struct slice text = slice_of_string(path);
    if (!rpc_smb_is_address(text))
        return path;
    return rpc_smb_parse(rpc_arena(rpc), text, &smb, &err) ? smb.shown : "smb:";
}

bool rpc_blob_can_be_read(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && (S_ISREG(status.st_mode) || S_ISFIFO(status.st_mode));
}

bool rpc_blob_is_file(const struct rpc *rpc, const char *path)
{
    return !rpc_forbids_files(rpc) && rpc_blob_can_be_read(path);
}

/* What a text is that holds no certificate or key. */
static const char *nor_file(const struct rpc *rpc)
{
    return rpc_forbids_files(rpc) ? " (and what a server sends may name no file)"
                                  : ", nor a file with one";
}

/* Puts the text of a local file of that name in place of the name; other texts stay. False: a
 * pipe's end did not come. */
static bool take_file(struct rpc *rpc, struct slice *text, struct error *err)
{
    if (text->size == 0 || text->size >= PATH_MOST ||
        slice_starts_with(*text, SLICE_LITERAL("MII")))
        return true;
    struct slice content = {NULL, 0};
    const char *path = arena_string(rpc_arena(rpc), *text);
    if (!rpc_blob_is_file(rpc, path))
        return true;
    if (!rpc_named_file_load(rpc, path, IO_CREDENTIAL_LIMIT, &content, err))
        return err->code == ERROR_INVALID;
    *text = content;
    return true;
}

/* The bytes; of a file or of the text itself. False: it names a file on a share that isn't read, or
 * such a pipe. */
static bool load(struct rpc *rpc, struct slice text, struct slice *loaded, struct rpc_fault *fault)
{
    struct slice bytes = {NULL, 0};
    struct error err;
    text = slice_trim(text);
    if (rpc_smb_is_address(text) && !rpc_forbids_files(rpc)) {
        if (!rpc_share_read(rpc, text, IO_CREDENTIAL_LIMIT, &text, &err))
            return rpc_fault_set(fault, RPC_WRONG_PARAMETERS, "%s", err.text);
    } else if (!take_file(rpc, &text, &err)) {
        return rpc_fault_set(fault, RPC_WRONG_PARAMETERS, "%s", err.text);
    }
    bool is_der = text.size > 0 && text.data[0] == 0x30;
    *loaded = !is_der && http_body_value_blob(rpc_arena(rpc), text, &bytes) ? bytes : text;
    return true;
}

bool rpc_blob_certificate(struct rpc *rpc, struct slice text, const char *what, struct slice *der,
                          struct rpc_fault *fault)
{
    struct io_credential_certificate certificate;
    struct slice bytes;
    if (text.size == 0)
        return rpc_fault_set(fault, RPC_WRONG_PARAMETERS, "%s is missing", what);
    if (!load(rpc, text, &bytes, fault))
        return false;
    if (!io_credential_certificate(rpc_arena(rpc), bytes, &certificate, &fault->err))
        return rpc_fault_set(fault, RPC_WRONG_PARAMETERS, "%s is no certificate in base64 or PEM%s",
                             what, nor_file(rpc));
    *der = certificate.der;
    return true;
}

bool rpc_blob_key(struct rpc *rpc, struct slice text, const char *what,
                  struct io_credential_key *key, struct rpc_fault *fault)
{
    struct slice bytes;
    if (text.size == 0)
        return rpc_fault_set(fault, RPC_WRONG_PARAMETERS, "%s is missing", what);
    if (!load(rpc, text, &bytes, fault))
        return false;
    return io_credential_key(rpc_arena(rpc), bytes, key, &fault->err) ||
           rpc_fault_set(fault, RPC_WRONG_PARAMETERS, "%s is no RSA key in base64 or PEM%s", what,
                         nor_file(rpc));
}
