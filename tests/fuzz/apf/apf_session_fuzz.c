/*
 * A session with a device and an owner that do anything. The input is a program: one byte of
 * habits (below), then operations, each a byte and its arguments. Every program is run twice, with
 * the device's bytes fed whole and one at a time, and both must end alike. Make seeds with
 * make_seeds.py beside this file.
 */
#include "apf/session.h"

#include "core/cursor.h"

#include <stdlib.h>
#include <string.h>

#define CHANNELS 96
#define WINDOW   32768

enum habit {
    ADMIT = 1,           /* credentials are good */
    AT_ONCE = 2,         /* and checked inside the event, not by an operation */
    CLOSE_ON_DATA = 4,   /* a channel is closed inside its first data event */
    SEND_ON_OPENED = 8,  /* a channel sends inside its opened event */
    OPEN_ON_CLOSED = 16, /* a channel is opened inside the closed event of another */
    LEAVE_ON_UDP = 32,   /* the session is disconnected inside an event */
    SMALL_OUT = 64,      /* the device is slow to read */
    LOCAL = 128,         /* the device is the ME of this machine */
};

enum operation { FEED, FEED_LONG, DECIDE, OPEN, SEND, CONSUME, CLOSE, PING, DRAIN, LEAVE, COUNT };

struct world;

struct ear {
    struct world *world;
    struct apf_channel *channel; /* NULL when it is over or was never there */
    size_t unconsumed;
    bool is_open;
};

struct world {
    struct apf_session *session;
    struct buffer out;
    unsigned habits;
    bool is_closed;
    uint64_t heard; /* a digest of everything heard and sent */
    struct ear ears[CHANNELS];
    size_t ear_count;
    uint64_t data[CHANNELS]; /* a digest of the bytes of each channel */
};

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void mix(uint64_t *digest, struct slice bytes)
{
    for (size_t i = 0; i < bytes.size; i++)
        *digest = (*digest ^ bytes.data[i]) * UINT64_C(0x100000001b3);
}

static void hear(struct world *w, const char *what, uint64_t detail)
{
    must(!w->is_closed);
    mix(&w->heard, slice_of_string(what));
    mix(&w->heard, slice_of(&detail, sizeof detail));
}

static void drain(struct world *w)
{
    mix(&w->heard, buffer_slice(&w->out));
    buffer_clear(&w->out);
}

/* ---- channels ---- */

static size_t index_of(const struct ear *ear)
{
    return (size_t)(ear - ear->world->ears);
}

static void send(struct ear *ear, struct slice bytes)
{
    uint32_t credit = apf_channel_credit(ear->channel);
    size_t room = ear->world->out.limit - buffer_size(&ear->world->out);
    bool ok = buffer_ok(&ear->world->out);
    size_t sent = apf_channel_send(ear->channel, bytes);
    must(sent <= credit && sent <= bytes.size && sent <= room);
    must(apf_channel_credit(ear->channel) == credit - sent);
    must(buffer_ok(&ear->world->out) == ok);
}

static void open_channel(struct world *w, uint32_t port);

static void on_opened(void *owner)
{
    struct ear *ear = owner;
    hear(ear->world, "opened", index_of(ear));
    must(!ear->is_open);
    ear->is_open = true;
    if ((ear->world->habits & SEND_ON_OPENED) != 0)
        send(ear, SLICE_LITERAL("POST /wsman HTTP/1.1"));
}

static void on_data(void *owner, struct slice bytes)
{
    struct ear *ear = owner;
    must(ear->is_open && bytes.size > 0 && !ear->world->is_closed);
    ear->unconsumed += bytes.size;
    must(ear->unconsumed <= WINDOW);
    if ((ear->world->habits & CLOSE_ON_DATA) != 0) {
        struct apf_channel *channel = ear->channel;
        ear->channel = NULL;
        ear->is_open = false;
        apf_channel_close(channel);
        return;
    }
    mix(&ear->world->data[index_of(ear)], bytes);
}

static void on_credit(void *owner)
{
    struct ear *ear = owner;
    hear(ear->world, "credit", apf_channel_credit(ear->channel));
    must(ear->is_open);
}

static void on_channel_closed(void *owner, const struct error *why)
{
    struct ear *ear = owner;
    must(ear->channel != NULL);
    hear(ear->world, why == NULL ? "closed" : why->text, index_of(ear));
    apf_channel_close(ear->channel); /* harmless, as are all of them by now */
    must(apf_channel_credit(ear->channel) == 0);
    ear->channel = NULL;
    ear->is_open = false;
    if ((ear->world->habits & OPEN_ON_CLOSED) != 0)
        open_channel(ear->world, 16992);
}

static const struct apf_channel_events channel_events = {
    .opened = on_opened,
    .data = on_data,
    .credit = on_credit,
    .closed = on_channel_closed,
};

static void open_channel(struct world *w, uint32_t port)
{
    struct error err = {.code = ERROR_NONE};
    if (w->ear_count == CHANNELS)
        return;
    struct ear *ear = &w->ears[w->ear_count];
    ear->world = w;
    ear->channel = apf_channel_open(w->session, port, &channel_events, ear, &err);
    if (ear->channel == NULL)
        must(err.code == ERROR_BUSY || err.code == ERROR_UNSUPPORTED ||
             err.code == ERROR_CONNECTION);
    else
        w->ear_count++;
}

static struct ear *ear_at(struct world *w, uint8_t index)
{
    struct ear *ear = &w->ears[index % CHANNELS];
    return ear->channel != NULL ? ear : NULL;
}

/* ---- the session ---- */

static void on_version(void *owner, const struct apf_message *message)
{
    hear(owner, "version", message->version.trigger);
}

static void on_authenticate(void *owner, struct slice user, struct slice password)
{
    struct world *w = owner;
    hear(w, "authenticate", user.size);
    mix(&w->heard, user);
    mix(&w->heard, password);
    if ((w->habits & AT_ONCE) != 0)
        apf_session_admit(w->session, (w->habits & ADMIT) != 0);
}

static void on_forward(void *owner, struct slice address, uint32_t port, bool offered)
{
    struct world *w = owner;
    hear(w, "forward", port);
    mix(&w->heard, address);
    must(port > 0 && port <= UINT16_MAX);
    must(apf_session_forwards(w->session, port) == offered);
}

static void on_udp(void *owner, const struct apf_message *message)
{
    struct world *w = owner;
    hear(w, "udp", message->global.port);
    mix(&w->heard, message->global.data);
    if ((w->habits & LEAVE_ON_UDP) != 0)
        apf_session_disconnect(w->session, APF_BY_APPLICATION);
}

static void on_keepalive(void *owner)
{
    hear(owner, "keepalive", 0);
}

static void on_options(void *owner, uint32_t interval_s, uint32_t timeout_s)
{
    hear(owner, "options", (uint64_t)interval_s << 32 | timeout_s);
}

static void on_closed(void *owner, const struct error *why)
{
    struct world *w = owner;
    hear(w, why->text, why->code);
    must(apf_session_state(w->session) == APF_CLOSED);
    for (size_t i = 0; i < w->ear_count; i++)
        must(w->ears[i].channel == NULL);
    w->is_closed = true;
}

static const struct apf_session_events session_events = {
    .version = on_version,
    .authenticate = on_authenticate,
    .forward = on_forward,
    .udp = on_udp,
    .keepalive = on_keepalive,
    .keepalive_options = on_options,
    .closed = on_closed,
};

static void feed(struct world *w, struct slice bytes, bool bytewise)
{
    size_t step = bytewise ? 1 : bytes.size;
    for (size_t at = 0; at < bytes.size; at += step) {
        uint8_t *copy = malloc(step);
        must(copy != NULL);
        memcpy(copy, bytes.data + at, step);
        bool open = apf_session_feed(w->session, slice_of(copy, step));
        must(open == (apf_session_state(w->session) != APF_CLOSED));
        free(copy);
    }
}

static void consume(struct ear *ear, size_t size)
{
    apf_channel_consumed(ear->channel, size);
    if (ear->is_open)
        ear->unconsumed -= size < ear->unconsumed ? size : ear->unconsumed;
}

static void on_channel(struct world *w, enum operation operation, struct cursor *in)
{
    static const uint8_t zeros[16384];
    struct ear *ear = ear_at(w, cursor_u8(in));
    uint16_t size = operation == CLOSE ? 0 : cursor_u16_be(in);
    if (ear == NULL)
        return;
    if (operation == SEND) {
        send(ear, slice_of(zeros, size % sizeof zeros));
    } else if (operation == CONSUME) {
        consume(ear, size);
    } else {
        struct apf_channel *channel = ear->channel;
        ear->channel = NULL;
        ear->is_open = false;
        apf_channel_close(channel);
    }
}

static void operate(struct world *w, struct cursor *in, bool bytewise)
{
    static const uint32_t ports[] = {16992, 16993, 16994, 16995, 623, 664, 5900, 0, 82528};
    enum operation operation = cursor_u8(in) % COUNT;
    size_t size;
    switch (operation) {
    case FEED:
    case FEED_LONG:
        size = operation == FEED ? cursor_u8(in) : cursor_u16_be(in);
        feed(w, cursor_bytes(in, size < in->left ? size : in->left), bytewise);
        break;
    case DECIDE:
        apf_session_admit(w->session, (w->habits & ADMIT) != 0);
        break;
    case OPEN:
        open_channel(w, ports[cursor_u8(in) % (sizeof ports / sizeof *ports)]);
        break;
    case SEND:
    case CONSUME:
    case CLOSE:
        on_channel(w, operation, in);
        break;
    case PING:
        apf_session_ping(w->session, 7);
        break;
    case DRAIN:
        drain(w);
        break;
    case LEAVE:
        apf_session_disconnect(w->session, APF_BY_POLICY);
        break;
    case COUNT:
        break;
    }
}

static uint64_t run(struct slice program, bool bytewise)
{
    static struct world w;
    struct cursor in = cursor_of(program);
    memset(&w, 0, sizeof w);
    w.habits = cursor_u8(&in);
    const struct apf_session_options options = {.window = WINDOW, .local = (w.habits & LOCAL) != 0};
    buffer_init(&w.out, (w.habits & SMALL_OUT) != 0 ? 1024 : (size_t)1 << 24);
    w.session = apf_session_new(&options, &w.out, &session_events, &w);
    while (in.left > 0 && cursor_ok(&in))
        operate(&w, &in, bytewise);
    drain(&w);
    mix(&w.heard, slice_of(w.data, sizeof w.data));
    uint64_t state = (uint64_t)apf_session_state(w.session);
    mix(&w.heard, slice_of(&state, sizeof state));
    apf_session_free(w.session);
    buffer_fini(&w.out);
    return w.heard;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    must(run(slice_of(data, size), false) == run(slice_of(data, size), true));
    return 0;
}
