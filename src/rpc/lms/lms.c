#include "rpc/lms/lms.h"

#include "core/list.h"
#include "core/memory.h"
#include "io/conn.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "mei/lme.h"
#include "mei/mei.h"

#include <stdio.h>
#include <stdlib.h>

#define CHANNELS    8u     /* the ME's pool */
#define CONNECTIONS 64u    /* of both ports; one more takes the place of a silent one */
#define ACCEPTED    512u   /* of a port, with those that are on their way out; more are reset */
#define TEND_MS     1000   /* how often the session is looked after */
#define BUSY_MS     3000   /* that LME may be somebody else's at the start */
#define FIRST_MS    120000 /* for a connection's first bytes */
#define PLACE_MS    60000  /* for a channel, while all are taken */
#define SILENT_MS   600000 /* a connection on which nothing moves for so long is ended */
#define ANSWER_MS   30000 /* AMT has for its answer when the client has said all that it had to … */
#define HURRY_MS    2000 /* … that, while others wait for a channel */
#define PAUSE_MS    1000 /* … and for the rest of it, once it has begun */
#define CLOSING_MS  3000
#define PIECE       4096

enum { PLAIN, TLS, PORTS };

static const uint16_t amt_ports[PORTS] = {MEI_LME_PORT, MEI_LME_TLS_PORT};

struct door {
    struct rpc_lms *lms;
    uint16_t port; /* AMT's */
    struct io_listener *listener;
    bool refused; /* somebody else has the port, and that was told */
};

struct rpc_lms {
    struct rpc_lms_options options;
    struct mei_lme *lme;
    struct door doors[PORTS];
    struct list relays;
    uint32_t count; /* of those that have a place */
    bool full;      /* and that was told */
    struct io_gate channels;
    uint32_t promised;      /* channels that are about to be left to those who wait for one */
    struct io_wait changed; /* a relay is over */
    bool started;
    bool ended; /* the session, and that was said */
};

/* One connection. */
struct relay {
    struct list link;
    struct rpc_lms *lms;
    uint16_t port;
    struct io_stream *client;
    struct io_stream *amt;
    uint64_t moved; /* when something last did */
    bool answered;  /* and that was AMT's */
    bool spoken;    /* its first bytes have come */
    bool displaced; /* another one has its place, and it is on its way out */
    bool gave_way;  /* its channel is one of the promised */
    struct io_task there, back;
    struct io_wait changed; /* `back` is over, or somebody wants a channel */
};

static void tell(struct rpc_lms *lms, enum rpc_lms_event event, const char *text)
{
    if (lms->options.event != NULL)
        lms->options.event(lms->options.context, event, text);
}

/* ---- a connection ---- */

/* Waits for bytes; the other direction's count as life, too. */
static bool read_alive(struct relay *relay, struct io_stream *from, void *to, size_t *got)
{
    struct error err;
    for (;;) {
        uint64_t outer = io_deadline_within(SILENT_MS);
        bool ok = io_stream_read(from, to, PIECE, got, &err);
        io_deadline_restore(outer);
        if (ok)
            return *got > 0;
        if (err.code != ERROR_TIMEOUT || io_now() - relay->moved >= SILENT_MS)
            return false;
    }
}

/* Until `from` ends, or `to` takes no more. */
static void pump(struct relay *relay, struct io_stream *from, struct io_stream *to)
{
    uint8_t bytes[PIECE];
    size_t got = 0;
    while (read_alive(relay, from, bytes, &got)) {
        relay->moved = io_now();
        relay->answered = from == relay->amt;
        uint64_t outer = io_deadline_within(SILENT_MS);
        bool ok = io_stream_write(to, slice_of(bytes, got), NULL);
        io_deadline_restore(outer);
        if (!ok)
            break;
        relay->moved = io_now();
    }
    memory_wipe(bytes, sizeof bytes);
}

static void come_back(void *arg)
{
    struct relay *relay = arg;
    pump(relay, relay->amt, relay->client);
    io_signal(&relay->changed);
    io_task_cancel(&relay->there);
}

/* A client may end its side and wait for the answer, and APF cannot say half of an end: so AMT's is
 * waited for. Most clients have ended altogether, which shows in nothing but that they have had
 * their answer, or asked for nothing that AMT answers; when others wait for a channel, that one is
 * theirs. */
static void await_answer(struct relay *relay)
{
    struct rpc_lms *lms = relay->lms;
    while (io_task_running(&relay->back)) {
        bool wanted = lms->channels.queued > lms->promised;
        uint64_t silent = io_now() - relay->moved;
        uint64_t patience = relay->answered ? PAUSE_MS : ANSWER_MS;
        uint64_t most = !wanted ? patience : relay->answered ? 0 : HURRY_MS;
        struct error err;
        if (silent >= most) {
            relay->gave_way = wanted;
            lms->promised += wanted;
            return;
        }
        if (!io_wait_for(&relay->changed, most - silent, &err) && err.code != ERROR_TIMEOUT)
            return;
    }
}

static void carry(struct relay *relay, struct slice first)
{
    struct error err;
    relay->amt = mei_lme_open_stream(relay->lms->lme, relay->port, &err);
    if (relay->amt == NULL) {
        tell(relay->lms, RPC_LMS_REFUSED, err.text);
        return;
    }
    relay->moved = io_now();
    if (io_stream_write(relay->amt, first, &err) &&
        io_task_start(&relay->back, come_back, relay, &err)) {
        pump(relay, relay->client, relay->amt);
        await_answer(relay);
        io_task_cancel(&relay->back);
        io_task_join(&relay->back);
    }
    io_stream_close(relay->amt);
    relay->amt = NULL;
}

/* One that waits for an answer that may be over, or that doesn't come, gives its channel to who
 * wants one. */
static void wake_relays(struct rpc_lms *lms)
{
    for (struct list *at = lms->relays.next; at != &lms->relays; at = at->next)
        io_signal(&LIST_ENTRY(at, struct relay, link)->changed);
}

static void serve(struct relay *relay)
{
    uint8_t bytes[PIECE];
    size_t got = 0;
    struct error err;
    char text[32];
    struct rpc_lms *lms = relay->lms;
    uint64_t outer = io_deadline_within(FIRST_MS);
    bool ok = io_stream_read(relay->client, bytes, sizeof bytes, &got, &err) && got > 0;
    io_deadline_restore(outer);
    if (!ok)
        return;
    relay->spoken = true;
    (void)snprintf(text, sizeof text, "port %u", relay->port);
    tell(lms, RPC_LMS_CONNECTED, text);
    outer = io_deadline_within(PLACE_MS);
    if (lms->channels.free == 0)
        wake_relays(lms);
    ok = io_gate_enter(&lms->channels, &err);
    io_deadline_restore(outer);
    if (ok) {
        carry(relay, slice_of(bytes, got));
        lms->promised -= relay->gave_way;
        io_gate_leave(&lms->channels);
    } else if (err.code != ERROR_CANCELLED) {
        tell(lms, RPC_LMS_REFUSED, "all of AMT's channels are in use");
    } else if (relay->displaced) { /* it began to speak just then */
        tell(lms, RPC_LMS_REFUSED, "another connection has its place");
    }
    memory_wipe(bytes, sizeof bytes);
    tell(lms, RPC_LMS_FINISHED, text);
}

static void relay_main(void *arg)
{
    struct relay *relay = arg;
    serve(relay);
    io_stream_close(relay->client);
    relay->client = NULL;
    io_signal(&relay->lms->changed);
}

/* Says nothing, so it loses nothing that it could not have again: of those the oldest gives way. */
static bool displace(struct rpc_lms *lms)
{
    for (struct list *at = lms->relays.next; at != &lms->relays; at = at->next) {
        struct relay *relay = LIST_ENTRY(at, struct relay, link);
        if (relay->spoken || relay->displaced || !io_task_running(&relay->there))
            continue;
        relay->displaced = true;
        lms->count--;
        io_task_cancel(&relay->there);
        return true;
    }
    return false;
}

/* False: all places are taken by connections that are at work. */
static bool has_place(struct rpc_lms *lms)
{
    char text[96];
    if (lms->count < CONNECTIONS)
        return true;
    bool made = displace(lms);
    if (!lms->full) {
        (void)snprintf(text, sizeof text,
                       "%u are open already; new ones displace those that have said nothing yet",
                       CONNECTIONS);
        tell(lms, RPC_LMS_FULL, text);
    }
    lms->full = true;
    return made;
}

static void on_accepted(void *owner, struct io_conn *conn)
{
    struct door *door = owner;
    struct rpc_lms *lms = door->lms;
    struct error err;
    if (!has_place(lms)) {
        io_conn_abort(conn);
        return;
    }
    struct relay *relay = memory_new(sizeof *relay);
    relay->lms = lms;
    relay->port = door->port;
    io_conn_outlive_input(conn);
    io_conn_read_limit(conn, PIECE);
    io_conn_limit(conn, (size_t)4 * PIECE);
    relay->client = io_conn_stream(conn);
    if (!io_task_start(&relay->there, relay_main, relay, &err)) {
        io_stream_close(relay->client);
        free(relay);
        return;
    }
    list_append(&lms->relays, &relay->link);
    lms->count++;
}

/* Frees those that are over. */
static void reap(struct rpc_lms *lms)
{
    struct list *next;
    for (struct list *at = lms->relays.next; at != &lms->relays; at = next) {
        struct relay *relay = LIST_ENTRY(at, struct relay, link);
        next = at->next;
        if (io_task_running(&relay->there))
            continue;
        list_remove(&relay->link);
        lms->count -= !relay->displaced;
        free(relay);
    }
    if (lms->count < CONNECTIONS / 2)
        lms->full = false;
}

static void end_relays(struct rpc_lms *lms)
{
    for (struct list *at = lms->relays.next; at != &lms->relays; at = at->next)
        io_task_cancel(&LIST_ENTRY(at, struct relay, link)->there);
    for (struct list *at = lms->relays.next; at != &lms->relays; at = at->next)
        io_task_join(&LIST_ENTRY(at, struct relay, link)->there);
    reap(lms);
}

/* ---- the ports ---- */

/* ERROR_CONFLICT when somebody else has the port, ERROR_INVALID when it cannot be had for another
 * reason. */
static bool open_door(struct door *door, struct error *err)
{
    const struct io_listen_options options = {.connections_limit = ACCEPTED};
    struct io_address address;
    struct error why;
    char text[IO_ADDRESS_TEXT_SIZE];
    uint16_t port = (uint16_t)(door->lms->options.port + (door->port - MEI_LME_PORT));
    (void)snprintf(text, sizeof text, "127.0.0.1:%u", port);
    if (!io_address_parse(slice_of_string(text), &address, err))
        return false;
    door->listener = io_listen(io_loop_current(), &address, &options, on_accepted, door, &why);
    if (door->listener == NULL && why.code == ERROR_CONFLICT)
        return error_set(err, ERROR_CONFLICT, "another program, perhaps an LMS, listens at %s",
                         text);
    if (door->listener == NULL)
        return error_set(err, ERROR_INVALID, "%s", why.text);
    tell(door->lms, RPC_LMS_LISTENS, text);
    return true;
}

/* Listens at what the ME offers by now. What it has withdrawn stays: AMT 16 does so when nobody
 * talks to it, and takes it back with the next channel. */
static bool open_doors(struct rpc_lms *lms, struct error *err)
{
    bool all = true;
    for (size_t i = 0; i < PORTS; i++) {
        struct door *door = &lms->doors[i];
        if (door->listener != NULL || !mei_lme_offers(lms->lme, door->port))
            continue;
        bool opened = open_door(door, err);
        if (!opened && lms->started && !door->refused)
            tell(lms, RPC_LMS_TAKEN, err->text);
        door->refused = !opened;
        all = all && opened;
    }
    return all;
}

static void close_doors(struct rpc_lms *lms)
{
    for (size_t i = 0; i < PORTS; i++)
        if (lms->doors[i].listener != NULL)
            io_listener_close(lms->doors[i].listener);
}

/* ---- the session ---- */

static struct mei *open_client(void *context, struct error *err)
{
    const struct rpc_lms *lms = context;
    uint64_t outer = lms->started ? io_deadline_within(IO_FOREVER) : io_deadline_within(BUSY_MS);
    struct mei *mei = mei_open(MEI_LME, err);
    io_deadline_restore(outer);
    return mei;
}

static void on_alert(void *context, struct slice envelope)
{
    const struct rpc_lms *lms = context;
    if (lms->options.alert != NULL)
        lms->options.alert(lms->options.context, envelope);
}

static void tend(struct rpc_lms *lms)
{
    struct error err;
    bool ok = mei_lme_keep(lms->lme, &err);
    if (!ok && !lms->ended && err.code != ERROR_CANCELLED)
        tell(lms, RPC_LMS_ENDED, err.text);
    if (ok && lms->ended)
        tell(lms, RPC_LMS_AGAIN, "");
    lms->ended = !ok;
    if (ok)
        (void)open_doors(lms, &err); /* which has told it */
}

static bool run(struct rpc_lms *lms, struct error *err)
{
    struct error why;
    const struct mei_lme_options options = {.open = open_client, .alert = on_alert, .context = lms};
    lms->lme = mei_lme_open(&options, err);
    if (lms->lme == NULL || !open_doors(lms, err))
        return false;
    lms->started = true;
    while (io_wait_for(&lms->changed, TEND_MS, &why) || why.code == ERROR_TIMEOUT) {
        reap(lms);
        tend(lms);
    }
    if (err != NULL)
        *err = why;
    return false;
}

bool rpc_lms_run(const struct rpc_lms_options *options, struct error *err)
{
    struct rpc_lms *lms = memory_new(sizeof *lms);
    lms->options = *options;
    list_init(&lms->relays);
    io_gate_init(&lms->channels, CHANNELS, CONNECTIONS);
    for (size_t i = 0; i < PORTS; i++)
        lms->doors[i] = (struct door){.lms = lms, .port = amt_ports[i]};
    bool ok = run(lms, err);
    struct io_shield shield = io_shield_begin(CLOSING_MS);
    close_doors(lms);
    end_relays(lms);
    mei_lme_close(lms->lme);
    io_shield_end(shield);
    free(lms);
    return ok;
}
