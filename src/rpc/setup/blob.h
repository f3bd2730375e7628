/* Certificates and keys in options, files and profiles: base64 of DER, or PEM, or the name of a
 * file with either or with DER, which may be on an SMB share (rpc/setup/share.h). In the run's
 * arena. */
#ifndef RPC_SETUP_BLOB_H
#define RPC_SETUP_BLOB_H

#include "io/credential.h"
#include "rpc/machine/fault.h"

/* `what` is for the sentence of the fault, whose code is 28. */
bool rpc_blob_certificate(struct rpc *rpc, struct slice text, const char *what, struct slice *der,
                          struct rpc_fault *fault);
bool rpc_blob_key(struct rpc *rpc, struct slice text, const char *what,
                  struct io_credential_key *key, struct rpc_fault *fault);

/* Whether that file is there: a regular one, or a pipe that a person has given (`<(…)`); never a
 * device, since opening one may do something. */
bool rpc_blob_can_be_read(const char *path);

/* The same, and a value may name it. */
bool rpc_blob_is_file(const struct rpc *rpc, const char *path);

/* The configuration or profile in a file, into the run's arena. `path` may be on an SMB share. */
bool rpc_file_read(struct rpc *rpc, const char *path, size_t limit, struct slice *content,
                   struct error *err);

/* The path for people: without the login to a share. */
const char *rpc_file_shown(struct rpc *rpc, const char *path);

#endif
