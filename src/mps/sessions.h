/*
 * Which redirection sessions there are: one owner per device and kind, whatever leads to the device
 * and whatever loop it is on. A session is entered before its device is asked for it and leaves
 * after its last byte, so that the table is the truth of devices/redirectstatus at every moment.
 * Who wants a session and has not said of which kind, or wants to watch one and has not logged in,
 * is a guest: few of them wait for a device.
 * One table for the process, under a lock that is held for a few instructions. Any thread. Private
 * to src/mps.
 */
#ifndef MPS_SESSIONS_H
#define MPS_SESSIONS_H

#include "core/error.h"
#include "core/guid.h"
#include "redir/message.h"

struct mps_guest;
struct mps_session;
struct mps_sessions;

/* Guests of one device, and those of them that are of one user: they cost a connection each, and
 * have the device's word that it is there. */
#define MPS_GUESTS      8u
#define MPS_USER_GUESTS 4u

struct mps_sessions *mps_sessions_new(void);

/* Every session must have left. NULL is allowed. */
void mps_sessions_free(struct mps_sessions *sessions);

/* Enters a session. NULL with ERROR_CONFLICT when the device has one of that kind: the sentence
 * says whose and since when. `owner` is the user's name (NULL: unknown); copied. */
struct mps_session *mps_session_enter(struct mps_sessions *sessions, const struct guid *guid,
                                      enum redir_kind kind, const char *owner, struct error *err);

/* NULL is allowed. */
void mps_session_leave(struct mps_session *session);

/* Somebody who has not yet said which kind of session he wants, or whether he watches. NULL with
 * ERROR_BUSY when as many wait as may; `user` as of mps_session_enter. */
struct mps_guest *mps_guest_enter(struct mps_sessions *sessions, const struct guid *guid,
                                  const char *user, struct error *err);

/* NULL is allowed. */
void mps_guest_leave(struct mps_guest *guest);

/* Which kinds of sessions the device has. */
void mps_sessions_of(struct mps_sessions *sessions, const struct guid *guid,
                     bool there[REDIR_KINDS]);

#endif
