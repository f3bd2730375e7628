/*
 * Redirection sessions of devices: who has which, and those of the server itself. A device carries
 * one session of each kind, whether it is reached by CIRA or on the LAN, and whether a browser's
 * relay (mps/relay.h) or the server uses it: whoever has it owns it from before the device is asked
 * until after the last byte, and everybody else is told who and since when. Any thread unless
 * noted.
 */
#ifndef MPS_REDIRECTION_H
#define MPS_REDIRECTION_H

#include "core/error.h"
#include "core/guid.h"
#include "io/stream.h"
#include "redir/message.h"

struct mps;

/* Opens the device's redirection port, as the device's row demands it with TLS and its pinned
 * certificate, starts a session of that kind, logs in with the stored credentials, and runs `talk`
 * on a fiber of the device's own shard with the stream, at the first byte behind the login. Waits
 * for it; on a fiber of any loop. `talk` does not close the stream, and may use a second fiber of
 * its own to read while it writes. It is cancelled, like every conversation, when the caller is,
 * the tunnel ends, the device's row changes or the server stops. Connecting and logging in take
 * 15 s at most; `talk` has the caller's deadline.
 *
 * ERROR_NOT_FOUND: neither connected nor on the LAN, or another tenant's (NULL: any).
 * ERROR_CONFLICT: somebody has a session of that kind (the text says who and since when).
 * ERROR_CONSENT: the user at the machine has to consent first: a code is to be asked for or sent
 * (amt/consent.h), then the session tried again. ERROR_LOGIN, ERROR_UNSUPPORTED and others as of
 * redir_login; else what `talk` returns. `owner` is the user's name, for the status; copied. `err`
 * must not be NULL. */
bool mps_redirect(struct mps *mps, const struct guid *guid, const char *tenant, const char *owner,
                  enum redir_kind kind,
                  bool (*talk)(struct io_stream *stream, void *arg, struct error *err), void *arg,
                  struct error *err);

/* Whether the device is connected or on the LAN, and this tenant's (NULL: any). ERROR_NOT_FOUND
 * when not, whatever sessions it has, so it is asked first: nobody learns what other tenants'
 * devices do. Otherwise as mps_device_status. */
bool mps_redirection_is_for(struct mps *mps, const struct guid *guid, const char *tenant,
                            struct error *err);

#endif
