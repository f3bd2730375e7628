/*
 * Files on SMB shares, read by Debian's smbclient, which runs as a child (io/child.h): SMB's own
 * library is no part of Debian, and NTLM doesn't fit the static agent. The login goes to it on a
 * pipe. On the run's fiber.
 */
#ifndef RPC_SETUP_SHARE_H
#define RPC_SETUP_SHARE_H

#include "rpc/run/run.h"

/*
 * The file at `address` (rpc/web/smb.h) of at most `limit` bytes, into the run's arena. What the
 * address doesn't have of a login comes from --smb-domain, --smb-user and --smb-password and their
 * variables, the user else from SUDO_USER; a password "*" is asked for. Without a user, and as
 * SUDO_USER without a password, it's nobody who asks.
 *
 * ERROR_INVALID, ERROR_NOT_FOUND (no smbclient, host, share or file), ERROR_FORBIDDEN and
 * ERROR_UNAUTHORIZED by the server, ERROR_TOO_LARGE, ERROR_CONNECTION, ERROR_TIMEOUT (a minute),
 * ERROR_CANCELLED; the sentence has the address without the login.
 */
bool rpc_share_read(struct rpc *rpc, struct slice address, size_t limit, struct slice *content,
                    struct error *err);

#endif
