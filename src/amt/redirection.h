/*
 * The way to a device's redirection port: whether the user has to consent first, the stream, and
 * the login with the stored credentials. Over struct amt, on a fiber; nothing of what follows the
 * login (redir/).
 *
 * A device that has refused the credentials for redirection is not asked again for five seconds,
 * unless they change: it counts, and locks the account. The same is held back after a refusal of
 * the requests of amt.h; not the other way round, since an account may have the right to one and
 * not to the other.
 */
#ifndef AMT_REDIRECTION_H
#define AMT_REDIRECTION_H

#include "amt/amt.h"
#include "redir/message.h"

/* Whether the device lets a session of that kind begin. It demands the consent of the user for KVM
 * and IDER by its policy, which client control mode sets to "all"; never for SOL (spec
 * device-protocols 2.5, 6.5). Reads the policy, within 10 s. ERROR_CONSENT: a code has to be
 * requested, or sent, first. */
bool amt_redirection_may_start(struct amt *amt, enum redir_kind kind, struct error *err);

/* Opens the redirection port, as the carrier's row demands it with TLS; with `tls` never without.
 * Errors as of the carrier's open; ERROR_UNSUPPORTED when the port is closed since all redirection
 * is switched off, which the device is asked then. */
bool amt_redirection_open(struct amt *amt, bool tls, struct io_stream **stream, struct error *err);

/* User and password for a login, in the arena, which the caller wipes: those that WSMAN comes in
 * with. Where several passwords may open the device and none has yet, WSMAN tries them first; the
 * redirection port is never asked for more than one. ERROR_LOGIN while the device is not to be
 * asked, or takes none of them; ERROR_INVALID when one is too long for the protocol. */
bool amt_redirection_credentials(struct amt *amt, struct arena *arena, struct slice *user,
                                 struct slice *password, struct error *err);

/* The device has refused them. */
void amt_redirection_refused(struct amt *amt);

/* Starts a session over the stream and logs in, as of redir_login, with both of the above. */
bool amt_redirection_login(struct amt *amt, struct io_stream *stream, enum redir_kind kind,
                           struct error *err);

#endif
