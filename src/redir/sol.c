#include "redir/sol.h"

#include "core/memory.h"
#include "io/fiber.h"
#include "io/loop.h"

#include <stdlib.h>

#define READ_SIZE    8192
#define OUT_ENOUGH   4096 /* bytes on their way; who types waits then */
#define OUT_LIMIT    (OUT_ENOUGH + REDIR_SOL_MOST + 1024)
#define START_MS     10000
#define BEAT_MS      2000
#define HEARTBEAT_MS 5000  /* asked of the device */
#define ASK_MS       10000 /* a device that has been silent for that long is asked … */
#define SILENT_MS    45000 /* … and gone then, if it ever gave a sign of life unasked or asked */
#define WRITE_MS     60000 /* for what is on its way */
#define GOODBYE_MS   2000
#define BREAK_MS     250

struct redir_sol {
    struct io_stream *stream;
    const struct redir_sol_events *events;
    void *owner;
    struct io_task reading;
    struct io_wait news; /* for redir_sol_run: something to send, or over */
    struct io_wait room; /* for who types */
    struct redir_sol_reader reader;
    struct buffer out;     /* messages to send */
    struct buffer sending; /* those that are being written */
    uint32_t sequence;
    uint16_t most; /* bytes of data in one message */
    bool started;
    bool stopping; /* asked to end */
    bool ended;    /* in good order */
    bool over;
    bool broken; /* a write was cut short: nothing more can be said */
    bool lives;  /* the device sends signs of life */
    bool taking; /* what it said is being looked at, or waits to be shown */
    uint64_t heard_ms;
    struct error why; /* it is over */
    uint8_t in[READ_SIZE];
};

struct redir_sol *redir_sol_new(struct io_stream *stream, const struct redir_sol_events *events,
                                void *owner)
{
    struct redir_sol *s = memory_new(sizeof *s);
    s->stream = stream;
    s->events = events;
    s->owner = owner;
    s->most = REDIR_SOL_MOST;
    buffer_init(&s->out, OUT_LIMIT);
    buffer_init(&s->sending, OUT_LIMIT);
    return s;
}

void redir_sol_free(struct redir_sol *s)
{
    if (s == NULL)
        return;
    buffer_fini(&s->out);
    buffer_fini(&s->sending);
    free(s);
}

/* ---- reading ---- */

static bool on_started(struct redir_sol *s, const struct redir_sol_message *message,
                       struct error *err)
{
    if (message->status != 0)
        return error_set(err, ERROR_UNSUPPORTED,
                         "the device refuses to start serial redirection (status %u)",
                         (unsigned)message->status);
    if (s->started)
        return error_set(err, ERROR_PROTOCOL, "the device started the serial session twice");
    if (message->most > 0 && message->most < s->most)
        s->most = message->most;
    s->started = true;
    io_signal(&s->room);
    redir_sol_put_settings(&s->out, s->sequence++, 0);
    s->events->started(s->owner);
    return true;
}

/* False: the session is over, in good order when `err` is not set. */
static bool take(struct redir_sol *s, const struct redir_sol_message *message, struct error *err)
{
    if (!s->started && message->type != REDIR_SOL_STARTED)
        return error_set(err, ERROR_PROTOCOL, "the device sent %02X before the session's start",
                         (unsigned)message->type);
    switch (message->type) {
    case REDIR_SOL_STARTED:
        return on_started(s, message, err);
    case REDIR_SOL_SAID:
        return message->data.size == 0 || s->events->said(s->owner, message->data, err);
    case REDIR_SOL_LINE:
        s->events->line(s->owner, message->controls, message->line);
        return true;
    case REDIR_SOL_PING:
        s->lives = true;
        /* A device that asks faster than it listens has no answer to each. */
        if (buffer_size(&s->out) < OUT_ENOUGH)
            redir_sol_put_plain(&s->out, REDIR_SOL_PONG, message->sequence);
        return true;
    case REDIR_SOL_END:
        redir_sol_put_plain(&s->out, REDIR_SOL_ENDED, message->sequence);
        s->ended = true;
        return false;
    case REDIR_SOL_ENDED:
        s->ended = s->stopping;
        return s->ended ? false
                        : error_set(err, ERROR_PROTOCOL,
                                    "the device confirmed an end that nobody asked for");
    case REDIR_SOL_PONG:
    case REDIR_SOL_HEARTBEAT:
    default: /* redir_sol_read lets nothing else pass */
        s->lives = true;
        return true;
    }
}

static bool take_all(struct redir_sol *s, struct slice bytes, struct error *err)
{
    struct redir_sol_message message;
    enum redir_parsed parsed;
    while ((parsed = redir_sol_read(&s->reader, &bytes, &message, err)) == REDIR_WHOLE) {
        if (!take(s, &message, err))
            return false;
    }
    return parsed == REDIR_PART;
}

static void read_main(void *arg)
{
    struct redir_sol *s = arg;
    size_t got = 1;
    while (got > 0 && !s->over) {
        if (!io_stream_read(s->stream, s->in, sizeof s->in, &got, &s->why))
            break;
        s->taking = true;
        if (got == 0)
            error_set(&s->why, ERROR_CONNECTION, "the device closed the session");
        else if (!take_all(s, slice_of(s->in, got), &s->why))
            break;
        s->taking = false;
        s->heard_ms = io_now();
        if (buffer_size(&s->out) > 0)
            io_signal(&s->news);
    }
    s->over = true;
    io_signal(&s->news);
}

/* ---- writing ---- */

static bool flush(struct redir_sol *s, struct error *err)
{
    uint64_t outer = io_deadline_within(WRITE_MS);
    bool ok = true;
    while (ok && buffer_size(&s->out) > 0) {
        struct buffer empty = s->sending;
        s->sending = s->out;
        s->out = empty;
        ok = io_stream_write(s->stream, buffer_slice(&s->sending), err);
        buffer_clear(&s->sending);
        io_signal(&s->room);
    }
    s->broken |= !ok;
    io_deadline_restore(outer);
    return ok;
}

/* A device is silent only while it is listened to: not while its words wait to be shown, and not
 * while this process was stopped, which a wait shows that was much longer than it was to be. */
static void excuse_silence(struct redir_sol *s, uint64_t waiting_since)
{
    if (s->taking || io_now() - waiting_since > 2 * BEAT_MS)
        s->heard_ms = io_now();
}

/* Nothing was sent for a while. */
static bool beat(struct redir_sol *s, struct error *err)
{
    uint64_t silent = io_now() - s->heard_ms;
    if (!s->started)
        return silent < START_MS ||
               error_set(err, ERROR_TIMEOUT, "the device does not start the serial session");
    if (s->lives && silent > SILENT_MS)
        return error_set(err, ERROR_TIMEOUT, "the device has fallen silent");
    redir_sol_put_plain(&s->out, silent > ASK_MS ? REDIR_SOL_PING : REDIR_SOL_HEARTBEAT,
                        s->sequence++);
    return true;
}

static bool converse(struct redir_sol *s, struct error *err)
{
    redir_sol_put_start(&s->out, s->sequence++, HEARTBEAT_MS);
    while (!s->over && !s->stopping) {
        if (!flush(s, err))
            return false;
        uint64_t since = io_now();
        if (s->over || s->stopping || io_wait_for(&s->news, BEAT_MS, err))
            continue;
        excuse_silence(s, since);
        if (err->code != ERROR_TIMEOUT || io_deadline_left() == 0 || !beat(s, err))
            return false;
    }
    error_clear(err);
    return true;
}

/* Ends a session that still is one; the device has a moment to say that it heard. */
static void say_goodbye(struct redir_sol *s)
{
    struct error ignored;
    struct io_shield shield = io_shield_begin(GOODBYE_MS);
    bool ok = !s->broken;
    if (ok && !s->over && s->started) {
        s->stopping = true;
        redir_sol_put_plain(&s->out, REDIR_SOL_END, s->sequence++);
        ok = flush(s, &ignored);
        while (ok && !s->over)
            ok = io_wait_for(&s->news, IO_FOREVER, &ignored);
    }
    if (ok && (s->ended || !s->over)) {
        buffer_put_u32_le(&s->out, REDIR_END);
        (void)flush(s, &ignored);
    }
    io_shield_end(shield);
}

bool redir_sol_run(struct redir_sol *s, struct error *err)
{
    error_clear(&s->why);
    error_clear(err);
    s->heard_ms = io_now();
    if (!io_task_start(&s->reading, read_main, s, err))
        return false;
    bool ok = converse(s, err);
    bool stopped = s->stopping;
    if (ok || err->code == ERROR_CANCELLED)
        say_goodbye(s);
    s->over = true;
    io_task_cancel(&s->reading);
    io_task_join(&s->reading);
    io_signal(&s->room);
    if (!ok)
        return false;
    return stopped || s->ended || error_set(err, s->why.code, "%s", s->why.text);
}

/* ---- typing ---- */

static bool wait_for_room(struct redir_sol *s, struct error *err)
{
    while (!s->over && (!s->started || buffer_size(&s->out) >= OUT_ENOUGH)) {
        if (!io_wait_for(&s->room, IO_FOREVER, err))
            return false;
    }
    return !s->over || error_set(err, ERROR_CONNECTION, "the serial session is over");
}

bool redir_sol_type(struct redir_sol *s, struct slice bytes, struct error *err)
{
    while (bytes.size > 0) {
        struct slice piece = slice_first(bytes, s->most);
        if (!wait_for_room(s, err))
            return false;
        piece = slice_first(piece, s->most); /* the device may just have said how much it takes */
        redir_sol_put_typed(&s->out, s->sequence++, piece);
        bytes = slice_from(bytes, piece.size);
        io_signal(&s->news);
    }
    return true;
}

static bool put_break(struct redir_sol *s, bool set, struct error *err)
{
    if (!wait_for_room(s, err))
        return false;
    redir_sol_put_settings(&s->out, s->sequence++, set ? REDIR_SOL_BREAK : 0);
    io_signal(&s->news);
    return true;
}

bool redir_sol_break(struct redir_sol *s, struct error *err)
{
    return put_break(s, true, err) && io_sleep(BREAK_MS, err) && put_break(s, false, err);
}

void redir_sol_stop(struct redir_sol *s)
{
    s->stopping = true;
    io_signal(&s->news);
}

bool redir_sol_stopped(const struct redir_sol *s)
{
    return s->stopping;
}
