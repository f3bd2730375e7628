/*
 * Taps: those who watch redirection sessions that pass the relay (recordings, viewers). A tap sees
 * what follows the login, both ways, piece by piece as it passes; nothing of it is kept for it, and
 * a session without taps pays one comparison per piece; one with taps (every screen has one) gives
 * way to others of its loop after each piece of the device. Its functions run on the loop of the
 * session's device, must not wait, and never see a session after `over`.
 */
#ifndef MPS_TAP_H
#define MPS_TAP_H

#include "core/buffer.h"
#include "core/error.h"
#include "core/guid.h"
#include "core/slice.h"
#include "redir/message.h"

struct mps;

/* Whose session it is; borrowed during the call. */
struct mps_tap_session {
    const struct guid *guid;
    const char *tenant;
    const char *user; /* who opened it */
    enum redir_kind kind;
    bool record; /* its browser asked for a recording */
    /* Has `insert` of the session's taps called, on this turn of the loop or once the device has
     * taken what is under way. With `relay`, until `over`; does not wait. */
    void (*nudge)(void *relay);
    /* Ends the session, which its browser is told the reason of. With `relay`, until `over`; does
     * not wait. */
    void (*stop)(void *relay, const struct error *why);
    void *relay;
};

struct mps_tap {
    /* The login has succeeded. Returns the owner for the other functions; NULL: not interested, and
     * none of them is called for this session. */
    void *(*start)(void *context, const struct mps_tap_session *session);
    /* Bytes of the device, before they go to the browser. */
    void (*device)(void *owner, struct slice bytes);
    /* Bytes of the browser, before they go to the device: may change them, not their number. */
    void (*browser)(void *owner, uint8_t *bytes, size_t size);
    /* Appends what the tap itself has to say to the device between two pieces of the browser: after
     * each piece and after a nudge. Everything that `browser` was shown has left by then, and what
     * is appended leaves before it is shown more. NULL: nothing ever. */
    void (*insert)(void *owner, struct buffer *out);
    /* The session is over. */
    void (*over)(void *owner);
    void *context;
};

#define MPS_TAPS 4

/* Adds a tap for sessions that begin later; copied. Before anything is accepted on any loop. False,
 * and logged, when there are MPS_TAPS. */
bool mps_tap_add(struct mps *mps, const struct mps_tap *tap);

#endif
