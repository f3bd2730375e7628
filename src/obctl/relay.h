/*
 * Redirection sessions of obctl, through the server's relay: a token for the device, a WebSocket
 * with the trust that obctl has, start and login with empty credentials, which the relay replaces
 * by the device's own. One session at a time; what a kind of session then says is its own business
 * (redir/sol.h, redir/ider.h).
 */
#ifndef OBCTL_RELAY_H
#define OBCTL_RELAY_H

#include "io/stream.h"
#include "obctl/command.h"
#include "redir/message.h"

/* Talks on a stream that start and login have succeeded on, on a fiber without a deadline. The
 * stream is closed afterwards. */
typedef bool obctl_relay_talk(struct io_stream *stream, void *arg, struct error *err);

/* Opens a session of `kind` with the device of that GUID and lets `talk` have it; returns when it
 * is over. Whatever ends it early has the reason that the server gave, where it gave one:
 * ERROR_NOT_FOUND (no such device, or not connected), ERROR_CONFLICT (somebody has such a session,
 * or the user at the machine has to consent first), ERROR_BUSY (too much is going on, or somebody
 * was faster), ERROR_UNSUPPORTED (switched off), ERROR_CONNECTION (the device or the server closed
 * it), ERROR_FORBIDDEN, ERROR_DEVICE. */
bool obctl_relay_run(struct obctl *obctl, const char *guid, enum redir_kind kind,
                     obctl_relay_talk *talk, void *arg, struct error *err);

/* What a Close of the relay with that code and reason stands for (docs/protocol-redirection.md). */
enum error_code obctl_relay_error_of(uint16_t code, const char *reason);

#endif
