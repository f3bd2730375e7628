/*
 * The client's side of a redirection session's beginning: start and login (redir/message.h), over
 * a stream, on a fiber. For sessions of the server itself and for obctl, whose empty credentials
 * the relay replaces.
 */
#ifndef REDIR_LOGIN_H
#define REDIR_LOGIN_H

#include "core/error.h"
#include "core/slice.h"
#include "io/stream.h"
#include "redir/message.h"

/* Starts a session of that kind and logs in by digest (type 4, or 3 when only that is offered).
 * Afterwards the stream is at the first byte of what is the kind's own: nothing of it was read. One
 * attempt only: a password that is refused once is not tried again, since the device counts. User
 * and password of up to 255 bytes; an empty user stands for the credentials that a relay inserts.
 * Waits within the fiber's deadline. ERROR_LOGIN (refused), ERROR_CONFLICT (the device has a
 * session of that kind), ERROR_UNSUPPORTED (the kind is switched off, or no digest is offered),
 * ERROR_PROTOCOL, ERROR_CONNECTION (closed meanwhile), ERROR_TIMEOUT (the sentence says at which
 * step). `err` must not be NULL. */
bool redir_login(struct io_stream *stream, enum redir_kind kind, struct slice user,
                 struct slice password, struct error *err);

#endif
