/*
 * Addresses of files on SMB shares as v2 has them (spec rpc 1.6):
 * smb://[[DOMAIN;]USER[:PASSWORD]@]HOST[:PORT]/SHARE/PATH. "%40" and its like are decoded. What is
 * taken is fit for smbclient's command line, its own little language and a file of credentials:
 * nothing in it ends a word, begins another command or is an option. Pure; results are in the
 * arena.
 */
#ifndef RPC_WEB_SMB_H
#define RPC_WEB_SMB_H

#include "core/arena.h"
#include "core/error.h"

#include <stdint.h>

struct rpc_smb {
    const char *host; /* name or address; an IPv6 address without its brackets */
    uint16_t port;
    const char *share;
    const char *path;                     /* with "/" between its parts; none in front */
    const char *domain, *user, *password; /* NULL: not given */
    const char *shown;                    /* for people and logs: without the login */
};

/* Whether something is meant to be one: it begins with "smb:". */
bool rpc_smb_is_address(struct slice text);

/* ERROR_INVALID, whose sentence quotes nothing. */
bool rpc_smb_parse(struct arena *arena, struct slice text, struct rpc_smb *smb, struct error *err);

/* Whether it may be a line's value in a file of credentials; `what` is for the sentence. */
bool rpc_smb_login_fits(const char *text, const char *what, struct error *err);

#endif
