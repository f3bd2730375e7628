#include "mei/lme.h"

#include "core/memory.h"
#include "io/loop.h"
#include "mei/lme_parts.h"
#include "mei/mei.h"

#include <stdlib.h>
#include <string.h>

/* So long may the ME take for its version, and then for the first port, as LMS waits (spec rpc
 * 3.2). */
#define VERSION_MS 5000
#define PORT_MS    5000
/* What waits for the ME when all is over: the CLOSEs of channels, which would else be leaked. */
#define DRAIN_MS 1000

#define OUT_LIMIT     ((size_t)64 * 1024)
#define MESSAGE_LIMIT ((size_t)64 * 1024)
#define MEND_QUEUE    64

/* One who waits for a change; lives on the stack. */
struct waiter {
    struct list link;
    struct io_wait changed;
};

void lme_changed(struct mei_lme *lme)
{
    for (struct list *at = lme->waiters.next; at != &lme->waiters; at = at->next)
        io_signal(&LIST_ENTRY(at, struct waiter, link)->changed);
}

bool lme_await_change(struct mei_lme *lme, uint64_t ms, struct error *err)
{
    struct waiter waiter = {{NULL, NULL}, {NULL, false}};
    struct error why;
    uint64_t until = io_now() + ms;
    list_append(&lme->waiters, &waiter.link);
    bool ok = io_wait_for(&waiter.changed, ms, &why);
    list_remove(&waiter.link);
    if (ok || (why.code == ERROR_TIMEOUT && io_now() >= until))
        return true;
    if (err != NULL)
        *err = why;
    return false;
}

void lme_flush(struct mei_lme *lme)
{
    if (buffer_size(&lme->out) > 0)
        io_signal(&lme->outgoing);
}

/* ---- the session's end ---- */

static void end(struct mei_lme *lme, const struct error *why)
{
    if (lme->failed)
        return;
    lme->failed = true;
    lme->why = *why;
    io_signal(&lme->outgoing);
    io_signal(&lme->drained);
    lme_changed(lme);
}

/* The client is of no further use: what is open on it ends. */
static void fail(struct mei_lme *lme, const struct error *why)
{
    lme->broken = true;
    end(lme, why);
    apf_session_disconnect(lme->session, APF_CONNECTION_LOST);
}

/* ---- events of the session ---- */

static void on_version(void *owner, const struct apf_message *message)
{
    struct mei_lme *lme = owner;
    (void)message;
    lme->sessions++;
    lme_changed(lme);
}

static void on_forward(void *owner, struct slice address, uint32_t port, bool offered)
{
    (void)address;
    (void)port;
    (void)offered;
    lme_changed(owner);
}

static const struct apf_channel_events *on_accept(void *owner, struct apf_channel *channel,
                                                  const struct apf_message *open,
                                                  void **channel_owner)
{
    return lme_alert_accept(owner, channel, open, channel_owner);
}

static void on_closed(void *owner, const struct error *why)
{
    end(owner, why);
}

static const struct apf_session_events session_events = {
    .version = on_version,
    .forward = on_forward,
    .accept = on_accept,
    .closed = on_closed,
};

/* ---- the two fibers ---- */

static void read_client(void *arg)
{
    struct mei_lme *lme = arg;
    struct buffer message;
    struct error err;
    io_deadline_restore(IO_FOREVER); /* not that of whoever opened */
    buffer_init_secret(&message, MESSAGE_LIMIT);
    while (!lme->failed) {
        if (mei_receive(lme->mei, &message, &err)) {
            (void)apf_session_feed(lme->session, buffer_slice(&message));
            lme_flush(lme);
        } else if (err.code != ERROR_TIMEOUT) { /* the ME may be silent for as long as it likes */
            fail(lme, &err);
        }
    }
    buffer_fini(&message);
}

/* The first message of what is queued. REQUEST_SUCCESS with a port is told from that without by
 * what follows: the upper half of the port, or another message, of which none is 0. */
static struct slice first_message(struct slice queued)
{
    struct apf_message message;
    size_t size = 0;
    bool with_port = queued.size > 1 && queued.data[1] == 0;
    if (apf_decode(queued, with_port, &message, &size, NULL) != APF_DECODED)
        return queued; /* no encoder of ours makes that */
    return slice_first(queued, size);
}

static bool send_first(struct mei_lme *lme, struct buffer *message, struct error *err)
{
    buffer_clear(message);
    buffer_put(message, first_message(buffer_slice(&lme->out)));
    buffer_consume(&lme->out, buffer_size(message));
    lme->sending = true;
    bool ok = mei_send(lme->mei, buffer_slice(message), err);
    lme->sending = false;
    return ok;
}

static void write_client(void *arg)
{
    struct mei_lme *lme = arg;
    struct buffer message;
    struct error err;
    io_deadline_restore(IO_FOREVER);
    buffer_init_secret(&message, OUT_LIMIT);
    for (;;) {
        while (!lme->broken && buffer_size(&lme->out) > 0)
            if (!send_first(lme, &message, &err))
                fail(lme, &err);
        if (lme->failed) /* what the session had to say about that has gone */
            break;
        lme_streams_wake(lme);
        io_signal(&lme->drained);
        if (!io_wait_for(&lme->outgoing, IO_FOREVER, &err))
            break; /* cancelled */
    }
    buffer_fini(&message);
}

/* ---- beginning and ending ---- */

static void stop(struct mei_lme *lme)
{
    struct error why;
    (void)error_set(&why, ERROR_CONNECTION, "the session with the ME was closed");
    end(lme, &why);
    io_task_cancel(&lme->reader);
    io_task_cancel(&lme->writer);
    io_task_join(&lme->reader);
    io_task_join(&lme->writer);
    if (lme->session != NULL)
        apf_session_disconnect(lme->session, APF_BY_APPLICATION);
    apf_session_free(lme->session);
    lme->session = NULL;
    mei_close(lme->mei);
    lme->mei = NULL;
    buffer_clear(&lme->out);
}

static bool offers_any(const struct mei_lme *lme)
{
    return mei_lme_offers(lme, MEI_LME_PORT) || mei_lme_offers(lme, MEI_LME_TLS_PORT);
}

static bool is_ready(const struct mei_lme *lme, bool port)
{
    return port ? offers_any(lme) : lme->sessions > 0;
}

static bool await_ready(struct mei_lme *lme, bool port, uint64_t ms, struct error *err)
{
    uint64_t until = io_now() + ms;
    while (!lme->failed && !is_ready(lme, port)) {
        uint64_t now = io_now();
        if (now >= until)
            return error_set(err, ERROR_TIMEOUT,
                             port ? "the ME offers no port of AMT on LME"
                                  : "the ME does not answer on LME");
        if (!lme_await_change(lme, until - now, err))
            return error_wrap(err, "waiting for the ME on LME");
    }
    if (lme->failed && err != NULL)
        *err = lme->why;
    return !lme->failed;
}

static struct mei *open_client(struct mei_lme *lme, struct error *err)
{
    if (lme->options.open != NULL)
        return lme->options.open(lme->options.context, err);
    return mei_open(MEI_LME, err);
}

static bool start(struct mei_lme *lme, struct error *err)
{
    lme->mei = open_client(lme, err);
    if (lme->mei == NULL)
        return false;
    size_t limit = mei_message_limit(lme->mei);
    const struct apf_session_options options = {
        .message_limit = limit < UINT16_MAX ? (uint16_t)limit : UINT16_MAX, .local = true};
    lme->session = apf_session_new(&options, &lme->out, &session_events, lme);
    lme->failed = false;
    lme->broken = false;
    lme->sessions = 0;
    lme->outgoing = (struct io_wait){NULL, false};
    lme->reader = (struct io_task){0};
    lme->writer = (struct io_task){0};
    bool ok = io_task_start(&lme->reader, read_client, lme, err) &&
              io_task_start(&lme->writer, write_client, lme, err) &&
              await_ready(lme, false, VERSION_MS, err) && await_ready(lme, true, PORT_MS, err);
    if (!ok)
        stop(lme);
    return ok;
}

bool lme_mend(struct mei_lme *lme, struct error *err)
{
    if (!io_gate_enter(&lme->mending, err))
        return false;
    bool ok = true;
    if (lme->failed) {
        stop(lme);
        ok = start(lme, err) || error_wrap(err, "after the ME's reset");
    }
    io_gate_leave(&lme->mending);
    return ok;
}

bool lme_is_mending(const struct mei_lme *lme)
{
    return lme->mending.free == 0;
}

static void free_lme(struct mei_lme *lme)
{
    lme_streams_forget(lme);
    buffer_fini(&lme->out);
    free(lme);
}

struct mei_lme *mei_lme_open(const struct mei_lme_options *options, struct error *err)
{
    struct mei_lme *lme = memory_new(sizeof *lme);
    if (options != NULL)
        lme->options = *options;
    buffer_init_secret(&lme->out, OUT_LIMIT);
    list_init(&lme->streams);
    list_init(&lme->waiters);
    list_init(&lme->alerts);
    io_gate_init(&lme->mending, 1, MEND_QUEUE);
    if (start(lme, err))
        return lme;
    free_lme(lme);
    return NULL;
}

bool mei_lme_keep(struct mei_lme *lme, struct error *err)
{
    return lme_mend(lme, err);
}

bool mei_lme_offers(const struct mei_lme *lme, uint16_t port)
{
    return lme->session != NULL && apf_session_forwards(lme->session, port);
}

void mei_lme_close(struct mei_lme *lme)
{
    struct error err;
    if (lme == NULL)
        return;
    struct io_shield shield = io_shield_begin(DRAIN_MS);
    lme_flush(lme);
    while (!lme->failed && (buffer_size(&lme->out) > 0 || lme->sending))
        if (!io_wait_for(&lme->drained, IO_FOREVER, &err))
            break;
    io_shield_end(shield);
    stop(lme);
    free_lme(lme);
}
