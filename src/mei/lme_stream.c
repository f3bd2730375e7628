/* Channels of LME as streams. */
#include "core/memory.h"
#include "io/loop.h"
#include "mei/lme_parts.h"

#include <stdlib.h>
#include <string.h>

/* So long is a channel tried again that the ME does not open for now … */
#define OPEN_MS 5000
/* … whereas a machine that offers the other one of its two ports will hardly offer this one. */
#define OTHER_MS 1000
/* The ME's answer to one try: as long as rpc-go waits for it. */
#define ANSWER_MS 18000
/* Between tries, when nothing tells that it has become possible. */
#define PAUSE_MS      10
#define PAUSE_MOST_MS 250

struct stream {
    struct io_stream stream; /* first */
    struct list link;        /* in the lme's */
    struct mei_lme *lme;     /* NULL once that is closed */
    struct apf_channel *apf; /* NULL once the channel is over */
    struct buffer received;  /* at most the receive window: the session sees to that */
    struct io_wait readable; /* bytes, or the end */
    struct io_wait writable; /* opened, credit, room or the end */
    bool opened;
    struct error why; /* ERROR_NONE after an orderly end */
};

static void on_opened(void *owner)
{
    struct stream *s = owner;
    s->opened = true;
    io_signal(&s->writable);
}

static void on_data(void *owner, struct slice bytes)
{
    struct stream *s = owner;
    buffer_put(&s->received, bytes);
    io_signal(&s->readable);
}

static void on_credit(void *owner)
{
    io_signal(&((struct stream *)owner)->writable);
}

static void on_closed(void *owner, const struct error *why)
{
    struct stream *s = owner;
    s->apf = NULL;
    if (why != NULL)
        s->why = s->lme->failed ? s->lme->why : *why;
    io_signal(&s->readable);
    io_signal(&s->writable);
    lme_changed(s->lme); /* a place of the pool is free */
}

static const struct apf_channel_events channel_events = {on_opened, on_data, on_credit, on_closed};

static bool ended(const struct stream *s, struct error *err)
{
    if (s->why.code == ERROR_NONE)
        return error_set(err, ERROR_CONNECTION, "AMT has closed the channel");
    if (err != NULL)
        *err = s->why;
    return false;
}

static bool stream_read(struct io_stream *stream, void *to, size_t size, size_t *got,
                        struct error *err)
{
    struct stream *s = (struct stream *)(void *)stream;
    *got = 0;
    while (buffer_size(&s->received) == 0) {
        if (s->apf == NULL)
            return s->why.code == ERROR_NONE || ended(s, err);
        if (!io_wait_for(&s->readable, IO_FOREVER, err))
            return false;
    }
    struct slice part = slice_first(buffer_slice(&s->received), size);
    memcpy(to, part.data, part.size);
    *got = part.size;
    buffer_consume(&s->received, part.size);
    if (s->apf != NULL) {
        apf_channel_consumed(s->apf, part.size);
        lme_flush(s->lme);
    }
    return true;
}

static bool stream_write(struct io_stream *stream, struct slice bytes, struct error *err)
{
    struct stream *s = (struct stream *)(void *)stream;
    while (bytes.size > 0) {
        if (s->apf == NULL)
            return ended(s, err);
        size_t sent = apf_channel_send(s->apf, bytes);
        bytes = slice_from(bytes, sent);
        lme_flush(s->lme);
        if (sent == 0 && !io_wait_for(&s->writable, IO_FOREVER, err))
            return error_wrap(err, "waiting for AMT to take what is sent");
    }
    return true;
}

static void stream_close(struct io_stream *stream)
{
    struct stream *s = (struct stream *)(void *)stream;
    if (s->apf != NULL) {
        apf_channel_close(s->apf);
        lme_flush(s->lme);
        lme_changed(s->lme);
    }
    list_remove(&s->link);
    buffer_fini(&s->received);
    free(s);
}

static const struct io_stream_methods methods = {stream_read, stream_write, stream_close};

void lme_streams_wake(struct mei_lme *lme)
{
    for (struct list *at = lme->streams.next; at != &lme->streams; at = at->next)
        io_signal(&LIST_ENTRY(at, struct stream, link)->writable);
}

void lme_streams_forget(struct mei_lme *lme)
{
    while (!list_is_empty(&lme->streams)) {
        struct stream *s = LIST_ENTRY(lme->streams.next, struct stream, link);
        list_remove(&s->link);
        list_init(&s->link);
        s->lme = NULL;
    }
}

/* ---- opening ---- */

/* One try. The error is the channel's when the ME has decided, else the fiber's. */
static bool try_open(struct stream *s, uint16_t port, struct error *err)
{
    struct mei_lme *lme = s->lme;
    s->opened = false;
    error_clear(&s->why);
    if (lme->failed) {
        if (err != NULL)
            *err = lme->why;
        return false;
    }
    s->apf = apf_channel_open(lme->session, port, &channel_events, s, err);
    if (s->apf == NULL)
        return false;
    lme_flush(lme);
    uint64_t outer = io_deadline_within(ANSWER_MS);
    bool in_time = true;
    while (in_time && s->apf != NULL && !s->opened)
        in_time = io_wait_for(&s->writable, IO_FOREVER, err);
    io_deadline_restore(outer);
    if (!in_time) {
        apf_channel_close(s->apf);
        s->apf = NULL;
        lme_flush(lme);
        return error_wrap(err, "waiting for the ME to open port %u", port);
    }
    return s->apf != NULL || buffer_size(&s->received) > 0 || ended(s, err);
}

/* Whether what failed may go well the next time: the port is offered again, a channel becomes free,
 * the session is another one by now. */
static bool passes(const struct stream *s, uint32_t session, const struct error *why)
{
    if (s->lme->failed || s->lme->sessions != session)
        return why->code != ERROR_TIMEOUT && why->code != ERROR_CANCELLED;
    return why->code == ERROR_BUSY || why->code == ERROR_UNSUPPORTED;
}

static uint64_t limit_of(const struct mei_lme *lme, uint16_t port)
{
    uint16_t other = port == MEI_LME_PORT ? MEI_LME_TLS_PORT : MEI_LME_PORT;
    bool hopeless = !mei_lme_offers(lme, port) && mei_lme_offers(lme, other);
    return hopeless ? OTHER_MS : OPEN_MS;
}

static bool open_channel(struct stream *s, uint16_t port, struct error *err)
{
    struct mei_lme *lme = s->lme;
    uint64_t begun = io_now();
    uint64_t pause = PAUSE_MS;
    bool mended = false;
    for (;;) {
        struct error why;
        if (lme_is_mending(lme) && !lme_mend(lme, err))
            return false;
        uint32_t session = lme->sessions;
        if (try_open(s, port, &why))
            return true;
        bool again = passes(s, session, &why);
        if (again && lme->failed) {
            if (mended || !lme_mend(lme, &why))
                again = false;
            mended = true;
        } else if (again) {
            again = io_now() - begun < limit_of(lme, port) && lme_await_change(lme, pause, &why);
            pause = pause * 2 < PAUSE_MOST_MS ? pause * 2 : PAUSE_MOST_MS;
        }
        if (!again) {
            if (err != NULL)
                *err = why;
            return false;
        }
    }
}

struct io_stream *mei_lme_open_stream(struct mei_lme *lme, uint16_t port, struct error *err)
{
    struct stream *s = memory_new(sizeof *s);
    s->stream.methods = &methods;
    s->lme = lme;
    list_append(&lme->streams, &s->link);
    buffer_init_secret(&s->received, APF_DATA_LIMIT);
    if (open_channel(s, port, err))
        return &s->stream;
    stream_close(&s->stream);
    return NULL;
}
