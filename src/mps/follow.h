/*
 * A screen session that passes the relay, followed from its first byte behind the login: about 40
 * KB while nobody looks on (redir/rfb_decoder.h), and the screen besides while somebody does. Since
 * a device sends what changes only, the browser's next request is then turned into one for
 * everything; or, when the device has it already and waits for a change, one more is inserted. A
 * session that this server does not understand goes on unfollowed. The loop of the session's
 * device; private to src/mps.
 */
#ifndef MPS_FOLLOW_H
#define MPS_FOLLOW_H

#include "core/buffer.h"
#include "core/error.h"
#include "core/list.h"
#include "redir/screen.h"

struct mps_follow;

/* Somebody who looks on. The functions must not wait; they may add and remove onlookers, themselves
 * included. NULL where there is nothing to tell, but for `updated` and `over`. */
struct mps_onlooker_events {
    void (*sized)(void *owner, uint16_t width, uint16_t height);
    void (*drawn)(void *owner, const struct redir_rect *rect);
    void (*updated)(void *owner); /* the device's update is over */
    /* The session is over. It has been removed. */
    void (*over)(void *owner);
    /* The session goes on, but cannot be followed any more; `over` comes later. NULL: it is told
     * `over` instead. */
    void (*blind)(void *owner, const struct error *why);
};

struct mps_onlooker {
    struct list link;
    const struct mps_onlooker_events *events;
    void *owner;
    bool watches;              /* somebody's client, of which there are only so many */
    struct mps_follow *follow; /* NULL: of none */
};

/* `nudge` asks for a call of mps_follow_insert soon (mps/tap.h). */
struct mps_follow *mps_follow_new(void (*nudge)(void *relay), void *relay);

/* The session is over: tells the onlookers, and frees it. */
void mps_follow_over(struct mps_follow *follow);

/* What passes, as a tap sees it (mps/tap.h). False, once, when it is not understood: from then on
 * the session is not followed any more. */
bool mps_follow_device(struct mps_follow *follow, struct slice bytes, struct error *err);
bool mps_follow_browser(struct mps_follow *follow, uint8_t *bytes, size_t size, struct error *err);

/* Appends a request for everything if one is wanted and the browser is between two messages. */
void mps_follow_insert(struct mps_follow *follow, struct buffer *out);

/* Adds an onlooker; its events and owner are set. Tells it the size if that is known. False
 * when the session cannot be followed any more. */
bool mps_follow_add(struct mps_follow *follow, struct mps_onlooker *onlooker);

/* No effect when it is of none. */
void mps_follow_remove(struct mps_onlooker *onlooker);

/* How many of them watch. Any thread, while the session cannot end. */
unsigned mps_follow_watchers(const struct mps_follow *follow);

/* The screen, which has memory from the first rectangle on; NULL while nobody looks on. */
const struct redir_screen *mps_follow_screen(const struct mps_follow *follow);

#endif
