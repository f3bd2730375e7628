#include "mps/follow.h"

#include "core/memory.h"
#include "redir/rfb_decoder.h"
#include "redir/rfb_message.h"
#include "redir/rfb_requests.h"

#include <stdatomic.h>
#include <stdlib.h>

struct mps_follow {
    struct redir_rfb_decoder *decoder;
    struct redir_rfb_requests requests;
    size_t device_opening; /* bytes of 41 and of 40 that are still to come */
    size_t browser_opening;
    bool blind; /* what passes is not understood any more */
    void (*nudge)(void *relay);
    void *relay;
    bool asked;        /* a request has passed since the last update began */
    bool wanted;       /* one for everything, which the browser's next would come too late for */
    bool waiting;      /* one was inserted, and no update has begun since */
    unsigned inserted; /* requests */
    unsigned unasked;  /* updates that began without one */
    struct list onlookers;
    atomic_uint watchers; /* of them */
    struct list *next;    /* the onlooker after the one that is being told something */
};

/* --- telling ---------------------------------------------------------------------------------- */

/* A walk that onlookers may be added to and removed from. */
static struct mps_onlooker *next_onlooker(struct mps_follow *f)
{
    if (f->next == &f->onlookers)
        return NULL;
    struct mps_onlooker *o = LIST_ENTRY(f->next, struct mps_onlooker, link);
    f->next = f->next->next;
    return o;
}

static void on_sized(void *owner, uint16_t width, uint16_t height)
{
    struct mps_follow *f = owner;
    struct mps_onlooker *o;
    f->next = f->onlookers.next;
    while ((o = next_onlooker(f)) != NULL)
        if (o->events->sized != NULL)
            o->events->sized(o->owner, width, height);
}

static void on_drawn(void *owner, const struct redir_rect *rect)
{
    struct mps_follow *f = owner;
    struct mps_onlooker *o;
    f->next = f->onlookers.next;
    while ((o = next_onlooker(f)) != NULL)
        if (o->events->drawn != NULL)
            o->events->drawn(o->owner, rect);
}

/*
 * A device that takes several requests together, as RFB has it (RFC 6143 7.5.3) and everything
 * known does, begins no update unless one has passed since the last began; but an inserted one may
 * have crossed the beginning of an update on the way, and is then answered by another.
 */
static void on_began(void *owner)
{
    struct mps_follow *f = owner;
    if (!f->asked)
        f->unasked++;
    f->asked = f->wanted = f->waiting = false;
}

static void on_updated(void *owner)
{
    struct mps_follow *f = owner;
    struct mps_onlooker *o;
    f->next = f->onlookers.next;
    while ((o = next_onlooker(f)) != NULL)
        o->events->updated(o->owner);
}

static const struct redir_rfb_events device_events = {
    .sized = on_sized, .drawn = on_drawn, .began = on_began, .updated = on_updated};

static bool on_format(void *owner, enum redir_rfb_format format)
{
    struct mps_follow *f = owner;
    redir_rfb_decoder_set_format(f->decoder, format);
    return true;
}

/* Somebody looks on, and has not seen all of it yet. */
static bool renews(void *owner)
{
    struct mps_follow *f = owner;
    return !list_is_empty(&f->onlookers) &&
           !redir_screen_complete(redir_rfb_decoder_screen(f->decoder));
}

/*
 * Whether a request for everything may be inserted, and helps. At most one is on its way. A device
 * that answers each request for itself has one more from then on, for good: the browser answers
 * every update with a request, and withholding one of these would end the picture of a device that
 * does not. It shows by updates that nobody asked for, and is then sent no second one.
 */
static bool lacks(struct mps_follow *f)
{
    bool counts = f->inserted > 0 && f->unasked > f->inserted;
    return !f->waiting && !counts && renews(f);
}

static void on_request(void *owner, bool incremental, const struct redir_rect *rect)
{
    struct mps_follow *f = owner;
    (void)rect;
    f->asked = true;
    f->wanted = incremental && lacks(f); /* its byte had passed already */
}

static const struct redir_rfb_request_events browser_events = {
    .format = on_format, .renews = renews, .request = on_request};

static void drop(struct mps_onlooker *o)
{
    if (o->watches)
        atomic_fetch_sub(&o->follow->watchers, 1);
    list_remove(&o->link);
    o->follow = NULL;
}

static void tell_over(struct mps_follow *f)
{
    while (!list_is_empty(&f->onlookers)) {
        struct mps_onlooker *o = LIST_ENTRY(f->onlookers.next, struct mps_onlooker, link);
        drop(o);
        o->events->over(o->owner);
    }
    f->next = &f->onlookers;
}

static void tell_blind(struct mps_follow *f, const struct error *why)
{
    struct mps_onlooker *o;
    f->next = f->onlookers.next;
    while ((o = next_onlooker(f)) != NULL) {
        if (o->events->blind != NULL) {
            o->events->blind(o->owner, why);
            continue;
        }
        drop(o);
        o->events->over(o->owner);
    }
}

static bool go_blind(struct mps_follow *f, const struct error *why)
{
    f->blind = true;
    tell_blind(f, why);
    redir_rfb_decoder_draw(f->decoder, false);
    return false;
}

/* --- life ------------------------------------------------------------------------------------- */

struct mps_follow *mps_follow_new(void (*nudge)(void *relay), void *relay)
{
    struct mps_follow *f = memory_new(sizeof *f);
    f->nudge = nudge;
    f->relay = relay;
    f->decoder = redir_rfb_decoder_new(&device_events, f);
    redir_rfb_requests_init(&f->requests, &browser_events, f);
    f->device_opening = f->browser_opening = REDIR_KVM_OPEN_SIZE;
    list_init(&f->onlookers);
    f->next = &f->onlookers;
    return f;
}

void mps_follow_over(struct mps_follow *f)
{
    tell_over(f);
    redir_rfb_decoder_free(f->decoder);
    free(f);
}

/* Takes the 8 bytes before RFB. */
static struct slice behind_opening(size_t *opening, struct slice bytes)
{
    struct slice head = slice_first(bytes, *opening);
    *opening -= head.size;
    return slice_from(bytes, head.size);
}

bool mps_follow_device(struct mps_follow *f, struct slice bytes, struct error *err)
{
    if (f->blind)
        return true;
    bytes = behind_opening(&f->device_opening, bytes);
    return redir_rfb_decoder_feed(f->decoder, bytes, err) || go_blind(f, err);
}

bool mps_follow_browser(struct mps_follow *f, uint8_t *bytes, size_t size, struct error *err)
{
    if (f->blind)
        return true;
    struct slice rest = behind_opening(&f->browser_opening, slice_of(bytes, size));
    return redir_rfb_requests_feed(&f->requests, rest, bytes + (size - rest.size), err) ||
           go_blind(f, err);
}

void mps_follow_insert(struct mps_follow *f, struct buffer *out)
{
    const struct redir_rect all = {.width = redir_rfb_decoder_width(f->decoder),
                                   .height = redir_rfb_decoder_height(f->decoder)};
    if (f->blind || !f->wanted || !redir_rfb_requests_at_rest(&f->requests))
        return;
    f->wanted = false;
    if (!renews(f))
        return;
    redir_rfb_put_update_request(out, false, &all);
    f->waiting = true;
    f->inserted++;
}

/* The device has the browser's request and waits for a change, so nobody would ask for everything
 * before there is one. */
static void want_everything(struct mps_follow *f)
{
    if (!f->asked || f->wanted || !lacks(f))
        return;
    f->wanted = true;
    f->nudge(f->relay);
}

bool mps_follow_add(struct mps_follow *f, struct mps_onlooker *o)
{
    if (f->blind)
        return false;
    if (list_is_empty(&f->onlookers))
        redir_rfb_decoder_draw(f->decoder, true);
    list_append(&f->onlookers, &o->link);
    o->follow = f;
    if (o->watches)
        atomic_fetch_add(&f->watchers, 1);
    if (o->events->sized != NULL && redir_rfb_decoder_width(f->decoder) != 0)
        o->events->sized(o->owner, redir_rfb_decoder_width(f->decoder),
                         redir_rfb_decoder_height(f->decoder));
    want_everything(f);
    return true;
}

void mps_follow_remove(struct mps_onlooker *o)
{
    struct mps_follow *f = o->follow;
    if (f == NULL)
        return;
    if (f->next == &o->link)
        f->next = o->link.next;
    drop(o);
    if (list_is_empty(&f->onlookers))
        redir_rfb_decoder_draw(f->decoder, false);
}

unsigned mps_follow_watchers(const struct mps_follow *f)
{
    return atomic_load(&f->watchers);
}

const struct redir_screen *mps_follow_screen(const struct mps_follow *f)
{
    return redir_rfb_decoder_screen(f->decoder);
}
