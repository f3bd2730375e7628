#include "redir/ider_session.h"

#include <string.h>

#define READ_SIZE    ((size_t)16 * 1024)
#define PINGS_LIMIT  64u /* unanswered, of a device that does not read */
#define RESETS_LIMIT 8u

void ider_session_fail(struct ider_session *s, const struct error *why)
{
    if (!s->over && s->why.code == ERROR_NONE)
        s->why = *why;
    s->over = true;
    io_signal(&s->event);
}

static bool out_of_order(struct error *err, const char *what)
{
    return error_set(err, ERROR_PROTOCOL, "the device sent %s", what);
}

static bool on_open(struct ider_session *s, const struct redir_ider_message *m, struct error *err)
{
    if (s->open)
        return out_of_order(err, "a second answer to the opening of its drives");
    if (m->status != 0)
        return error_set(err, ERROR_DEVICE, "the device refuses to open its drives (status %u)",
                         m->status);
    if (m->protocol != 0)
        return error_set(err, ERROR_UNSUPPORTED,
                         "the device speaks protocol %u of redirected drives, not 0", m->protocol);
    if (m->read_buffer < REDIR_IDER_BUFFER_LEAST || m->read_buffer > REDIR_IDER_BUFFER_MOST ||
        m->write_buffer < REDIR_IDER_BUFFER_LEAST || m->write_buffer > REDIR_IDER_BUFFER_MOST)
        return error_set(err, ERROR_PROTOCOL,
                         "the device has buffers of %u and %u bytes for its drives, not %u to %u",
                         m->read_buffer, m->write_buffer, REDIR_IDER_BUFFER_LEAST,
                         REDIR_IDER_BUFFER_MOST);
    s->open = true;
    s->read_buffer = m->read_buffer / REDIR_FLOPPY_BLOCK * REDIR_FLOPPY_BLOCK;
    s->write_buffer = m->write_buffer / REDIR_FLOPPY_BLOCK * REDIR_FLOPPY_BLOCK;
    return true;
}

static bool on_features(struct ider_session *s, const struct redir_ider_message *m,
                        struct error *err)
{
    if (!s->features_asked || s->enabled || m->features_type != REDIR_IDER_FEATURES_SET)
        return out_of_order(err, "an answer about its drives that nobody asked for");
    if (m->status != 0 || m->features != 1)
        return error_set(err, ERROR_UNSUPPORTED, "the device does not switch its drives on");
    s->enabled = true;
    return true;
}

/* One command runs and one may wait: firmware sends the next when it has the answer, or has given
 * up on it. */
static bool on_command(struct ider_session *s, const struct redir_ider_message *m,
                       struct error *err)
{
    if (s->queued.there)
        return out_of_order(err, "more drive commands than it may have waiting");
    s->queued.there = true;
    s->queued.target = (struct redir_ider_target){m->drive, m->dma};
    memcpy(s->queued.bytes, m->command, sizeof s->queued.bytes);
    return true;
}

static bool on_data(struct ider_session *s, const struct redir_ider_message *m, struct error *err)
{
    if (s->data_asked == 0 || s->data_there)
        return out_of_order(err, "data of its host that nobody asked for");
    if (m->data.size == 0 || m->data.size > s->data_asked)
        return error_set(err, ERROR_PROTOCOL,
                         "the device sent %zu bytes of its host where %zu were asked for",
                         m->data.size, s->data_asked);
    buffer_put(&s->data, m->data);
    s->data_there = true;
    return true;
}

static bool on_reset(struct ider_session *s, struct error *err)
{
    if (++s->resets > RESETS_LIMIT)
        return out_of_order(err, "resets of its drives without waiting for an answer");
    s->queued.there = false; /* what was asked before the reset is asked no more */
    if (s->counts != NULL)
        atomic_fetch_add(&s->counts->resets, 1);
    return true;
}

static bool on_ping(struct ider_session *s, struct error *err)
{
    if (++s->pings > PINGS_LIMIT)
        return out_of_order(err, "pings faster than it reads the answers");
    return true;
}

static bool take(struct ider_session *s, const struct redir_ider_message *m, struct error *err)
{
    if (m->sequence != s->next_sequence)
        return error_set(err, ERROR_PROTOCOL,
                         "drive messages were lost on the way: number %u came instead of %u",
                         m->sequence, s->next_sequence);
    s->next_sequence++;
    if (!s->open && m->type != REDIR_IDER_OPEN_REPLY && m->type != REDIR_IDER_CLOSE_REPLY &&
        m->type != REDIR_IDER_ERROR)
        return out_of_order(err, "drive messages before its drives were open");
    switch (m->type) {
    case REDIR_IDER_OPEN_REPLY:
        return on_open(s, m, err);
    case REDIR_IDER_CLOSE_REPLY:
        s->closed = true;
        return true;
    case REDIR_IDER_PING:
        return on_ping(s, err);
    case REDIR_IDER_RESET:
        return on_reset(s, err);
    case REDIR_IDER_FEATURES_REPLY:
        return on_features(s, m, err);
    case REDIR_IDER_ERROR:
        s->error_code = m->code; /* what a session ends for, should it end: others go on, too */
        return true;
    case REDIR_IDER_COMMAND:
        return on_command(s, m, err);
    case REDIR_IDER_DATA_FROM_HOST:
        return on_data(s, m, err);
    default: /* PONG, HEARTBEAT: that they came is all they say */
        return true;
    }
}

static bool take_all(struct ider_session *s, struct error *err)
{
    while (!s->closed) {
        struct redir_ider_message message;
        enum redir_parsed parsed = redir_ider_parse(buffer_slice(&s->in), &message, err);
        if (parsed == REDIR_PART)
            return true;
        if (parsed == REDIR_MALFORMED || !take(s, &message, err))
            return false;
        buffer_consume(&s->in, message.size);
        io_signal(&s->event);
    }
    return true;
}

static bool read_more(struct ider_session *s, struct error *err)
{
    uint8_t *to = buffer_reserve(&s->in, READ_SIZE);
    size_t got = 0;
    uint64_t deadline = io_deadline_within(s->silence_ms);
    bool good = to != NULL && io_stream_read(s->stream, to, READ_SIZE, &got, err);
    io_deadline_restore(deadline);
    if (!good) {
        if (err->code == ERROR_TIMEOUT)
            error_set(err, ERROR_TIMEOUT, "the device has sent nothing for %u s",
                      s->silence_ms / 1000);
        return false;
    }
    if (got == 0)
        return error_set(err, ERROR_CONNECTION, "the device has closed the connection");
    buffer_added(&s->in, got);
    return true;
}

void ider_intake_main(void *arg)
{
    struct ider_session *s = arg;
    struct error err = {0};
    while (!s->closed && !s->over && read_more(s, &err) && take_all(s, &err))
        ;
    if (s->closed) {
        s->over = true;
        io_signal(&s->event);
        return;
    }
    if (s->error_code != 0 && (err.code == ERROR_CONNECTION || err.code == ERROR_TIMEOUT))
        error_set(&err, ERROR_DEVICE, "the device ended the session after its error %u",
                  s->error_code);
    ider_session_fail(s, &err);
}
