/*
 * Who may do what: users, logins, tokens. Tokens are the toolkit's (spec mps 1.6): HS256 JWT with
 * tenantId, iss, deviceId, exp. One instance for the process; any loop; calls that wait say so.
 */
#ifndef ACCESS_ACCESS_H
#define ACCESS_ACCESS_H

#include "core/arena.h"
#include "core/error.h"
#include "core/guid.h"
#include "core/slice.h"

#include <stdint.h>

struct access;
struct store;

struct access_options {
    const char *issuer;       /* MPS_JWT_ISSUER; default the toolkit's */
    const char *jwt_secret;   /* MPS_JWT_SECRET; NULL or "": generated once, kept sealed */
    uint32_t expiration_min;  /* default 1,440 */
    uint32_t redirection_min; /* default 5 */
    bool login_enabled;       /* MPS_WEB_AUTH_ENABLED */
};

/* Reads or creates the signing key; beside a server it is never created, and ERROR_NOT_FOUND tells
 * that it is missing. A secret below 32 bytes is used, with a warning in the log. Blocking, before
 * the loops. */
struct access *access_new(struct store *store, const struct access_options *options,
                          struct error *err);
void access_free(struct access *access);

/* Creates the administrator when there is no user yet, or when `user` names another than the one
 * there is, and sets the password when `password` is given (settings MPS_WEB_ADMIN_USER /
 * MPS_WEB_ADMIN_PASSWORD). Whoever was the administrator under another name is removed then; the
 * default name without a password changes nothing. When it had to invent a password it is written
 * to `generated` (25 bytes), else generated[0] is '\0'. Blocking, before the loops. */
bool access_bootstrap(struct access *access, const char *user, const char *password,
                      char generated[25], struct error *err);

/* Checks a password (Argon2id on a worker) and issues a token in the arena. ERROR_UNAUTHORIZED
 * after the same time for an unknown user and a wrong password; ERROR_THROTTLED after too many
 * failures from one source or for one user; ERROR_UNSUPPORTED when logins are switched off. Waits.
 */
bool access_login(struct access *access, struct arena *arena, struct slice user,
                  struct slice password, const char *source, struct slice *token,
                  struct error *err);

/* After ERROR_THROTTLED: whole seconds, at least 1, until the same login can be admitted (for
 * Retry-After). Does not wait. */
uint32_t access_login_wait_s(struct access *access, struct arena *arena, struct slice user,
                             const char *source);

struct access_identity {
    const char *tenant_id; /* "" default */
    const char *device_id; /* "*" for a login token */
    const char *user;      /* who logged in; NULL: the token doesn't say */
};

/* Checks signature, algorithm, issuer and expiry, with a bounded cache of tokens already checked.
 * A redirection token (deviceId other than "*") is good for the relay only: refused here.
 * ERROR_UNAUTHORIZED otherwise. Does not wait. */
bool access_check(struct access *access, struct arena *arena, struct slice token,
                  struct access_identity *identity, struct error *err);

/* Ends the life of a login token: access_check refuses it from now on, in this process (a restart
 * forgets it; see access/revoked.h for the bound), and access_check_redirection the tokens that
 * were made with it. A token that is not valid, or is none, is left alone. Does not wait. */
void access_revoke(struct access *access, struct arena *arena, struct slice token);

/* A redirection token for one device (`device_id` as the client wrote it), valid for
 * redirection_min minutes (spec mps 1.6), for whoever `identity` is. A logout with `login`,
 * the token that it was asked with, ends it. A user who is not in the store, since
 * another issuer of the same secret has named him, is left out of it. Waits. */
bool access_issue_redirection(struct access *access, struct arena *arena,
                              const struct access_identity *identity, struct slice login,
                              const char *device_id, struct slice *token, struct error *err);

/* Checks a redirection token: signature, algorithm, issuer, expiry, that it is for the device,
 * whose GUID may be written in any case, that neither it nor the login it was made with was given
 * back, and that its user is still there. A login token ("*") is refused. It may be used any number
 * of times while it lives: a page that shows screen and drives side by side has one for both.
 * ERROR_UNAUTHORIZED otherwise. Waits for the store. */
bool access_check_redirection(struct access *access, struct arena *arena, struct slice token,
                              const struct guid *device, struct access_identity *identity,
                              struct error *err);

/* What programs outside may be let in for, and nothing else. */
enum access_purpose {
    ACCESS_AGENT,    /* provisioning sessions of agents */
    ACCESS_ASSISTANT /* the connection of an Enterprise Assistant */
};

/* Whose program it is, and which devices it speaks for. */
struct access_bearer {
    const char *tenant_id;
    const char *device; /* a GUID, ACCESS_ALL_DEVICES of the tenant; NULL: for none */
};
#define ACCESS_ALL_DEVICES "*"

/* A token of that purpose and bearer, valid for `minutes`: good for nothing else, neither as a
 * login token nor for redirection. Does not wait. */
bool access_issue_for(struct access *access, struct arena *arena, enum access_purpose purpose,
                      const struct access_bearer *bearer, uint32_t minutes, struct slice *token,
                      struct error *err);

/* Checks one: signature, algorithm, issuer, expiry, purpose. ERROR_UNAUTHORIZED otherwise. The
 * bearer's texts are in the arena. Does not wait. */
bool access_check_for(struct access *access, struct arena *arena, struct slice token,
                      enum access_purpose purpose, struct access_bearer *bearer, struct error *err);

/* A login token without a password, for whoever can open the store (`outband token`), valid for
 * `minutes`. */
bool access_issue(struct access *access, struct arena *arena, uint32_t minutes, struct slice *token,
                  struct error *err);

#endif
