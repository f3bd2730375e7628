#include "mps/relay.h"

#include "amt/redirection.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/metrics.h"
#include "events/events.h"
#include "http/websocket.h"
#include "io/call.h"
#include "io/loop.h"
#include "mps/conversations.h"
#include "mps/redirection.h"
#include "mps/relay_pump.h"
#include "mps/sessions.h"
#include "mps/shard.h"

#include <stdlib.h>
#include <string.h>

/* The browser's start message, and then the device's port, each have that long. */
#define OPEN_MS 10000

/* Bytes read of it at a time; while the device is stalled a little more than twice that waits. */
#define BROWSER_READ ((size_t)16 * 1024)

METRIC_DEFINE(kvm_total, METRIC_COUNTER, "outband_mps_relays_total", "kind=\"kvm\"",
              "Redirection sessions that were relayed to browsers, by kind")
METRIC_DEFINE(sol_total, METRIC_COUNTER, "outband_mps_relays_total", "kind=\"sol\"",
              "Redirection sessions that were relayed to browsers, by kind")
METRIC_DEFINE(ider_total, METRIC_COUNTER, "outband_mps_relays_total", "kind=\"ider\"",
              "Redirection sessions that were relayed to browsers, by kind")

static struct metric *const total_of[REDIR_KINDS] = {
    [REDIR_KVM] = &kvm_total, [REDIR_SOL] = &sol_total, [REDIR_IDER] = &ider_total};

struct mps_relay {
    struct io_message message; /* to the device's loop; first */
    struct mps *mps;
    struct mps_shard *shard; /* the device's */
    struct mps_shard *place; /* where it counts; NULL: nowhere */
    struct guid guid;
    char *tenant;
    char *user; /* NULL: unknown */
    bool has_kind;
    bool tls;
    bool record;
    bool inserts;
    bool open; /* both ends were connected */
    enum redir_kind kind;
    struct mps_session *session; /* NULL until the kind is known, */
    struct mps_guest *guest;     /* and this one afterwards */
    struct io_conn *conn;        /* detached; NULL once attached */
    uint8_t *ahead;              /* what the browser sent behind its handshake */
    size_t ahead_size;
    struct mps_pumps pumps;
};

/* ---- before the browser's connection ---- */

static bool may_start(struct amt *amt, void *arg, struct error *err)
{
    const struct mps_relay *relay = arg;
    return amt_redirection_may_start(amt, relay->kind, err);
}

/* Takes a place among those of the device's loop. The device may have moved to another by the time
 * the browser's connection comes, and keeps it. */
static bool take_place(struct mps_relay *relay, struct error *err)
{
    struct mps_shard *shard = mps_device_shard(relay->mps, &relay->guid);
    if (!mps_place_take(shard, err))
        return false;
    relay->place = shard;
    return true;
}

/* Whether the device is there; asked for consent where that may be needed. */
static bool is_welcome(struct mps_relay *relay, struct error *err)
{
    if (!take_place(relay, err) ||
        !mps_redirection_is_for(relay->mps, &relay->guid, relay->tenant, err))
        return false;
    if (!relay->has_kind) {
        relay->guest = mps_guest_enter(relay->mps->sessions, &relay->guid, relay->user, err);
        return relay->guest != NULL;
    }
    relay->session =
        mps_session_enter(relay->mps->sessions, &relay->guid, relay->kind, relay->user, err);
    return relay->session != NULL &&
           (relay->kind == REDIR_SOL ||
            mps_device_converse(relay->mps, &relay->guid, relay->tenant, may_start, relay, err));
}

struct mps_relay *mps_relay_new(struct mps *mps, const struct mps_relay_request *request,
                                struct error *err)
{
    struct mps_relay *relay = memory_new(sizeof *relay);
    relay->mps = mps;
    relay->guid = *request->guid;
    relay->tenant = memory_string(slice_of_string(request->tenant));
    if (request->user != NULL)
        relay->user = memory_string(slice_of_string(request->user));
    relay->has_kind = request->has_kind;
    relay->kind = request->kind;
    relay->tls = request->tls;
    relay->record = request->record;
    relay->inserts = request->inserts;
    if (is_welcome(relay, err))
        return relay;
    mps_relay_free(relay);
    return NULL;
}

void mps_relay_free(struct mps_relay *relay)
{
    if (relay == NULL)
        return;
    mps_session_leave(relay->session);
    mps_guest_leave(relay->guest);
    if (relay->conn != NULL)
        io_conn_discard(relay->conn);
    mps_place_give(relay->place);
    if (relay->ahead != NULL)
        memory_wipe(relay->ahead, relay->ahead_size); /* a password in clear, perhaps */
    free(relay->ahead);
    free(relay->tenant);
    free(relay->user);
    free(relay);
}

/* ---- on the device's loop ---- */

/* The kind is what the browser's start message says, and no other than its query said. Nothing of
 * the device is held while it is waited for. */
static bool learn_kind(void *arg, struct error *err)
{
    struct mps_relay *relay = arg;
    enum redir_kind kind;
    uint64_t outer = io_deadline_within(OPEN_MS);
    bool ok = mps_pumps_read_start(&relay->pumps, &kind, err);
    io_deadline_restore(outer);
    if (!ok)
        return false;
    if (relay->has_kind)
        return kind == relay->kind ||
               error_set(err, ERROR_INVALID, "mode is %s, but the session to start is %s",
                         redir_kind_name(relay->kind), redir_kind_name(kind));
    relay->kind = kind;
    relay->session = mps_session_enter(relay->mps->sessions, &relay->guid, kind, relay->user, err);
    mps_guest_leave(relay->guest);
    relay->guest = NULL;
    return relay->session != NULL;
}

static bool insert_credentials(struct mps_relay *relay, struct amt *amt, struct error *err)
{
    struct slice user, password;
    struct arena arena;
    if (!relay->inserts)
        return true;
    arena_init(&arena);
    bool ok = amt_redirection_credentials(amt, &arena, &user, &password, err);
    if (ok)
        redir_interceptor_insert(relay->pumps.interceptor, user, password);
    arena_fini_wiped(&arena);
    return ok;
}

static bool open_both(struct mps_relay *relay, struct amt *amt, struct error *err)
{
    if (!relay->has_kind && !amt_redirection_may_start(amt, relay->kind, err))
        return false;
    uint64_t outer = io_deadline_within(OPEN_MS);
    bool ok = insert_credentials(relay, amt, err) &&
              amt_redirection_open(amt, relay->tls, &relay->pumps.device, err);
    io_deadline_restore(outer);
    return ok;
}

static bool relay_session(struct amt *amt, void *arg, struct error *err)
{
    struct mps_relay *relay = arg;
    const struct mps_tap_session session = {.guid = &relay->guid,
                                            .tenant = relay->tenant,
                                            .user = relay->user,
                                            .record = relay->record};
    if (io_loop_current() != relay->shard->loop)
        return error_set(err, ERROR_BUSY, "the device has just connected again; try again");
    if (!open_both(relay, amt, err))
        return false;
    relay->open = true;
    metric_add(total_of[relay->kind], 1);
    relay->pumps.session = session;
    relay->pumps.session.kind = relay->kind;
    bool ok = mps_pumps_run(&relay->pumps, relay->mps, err);
    io_stream_close(relay->pumps.device);
    relay->pumps.device = NULL;
    if (!ok && err->code == ERROR_LOGIN)
        amt_redirection_refused(amt);
    return ok;
}

/* What the browser's page can show. */
static uint16_t close_code(const struct mps_relay *relay, const struct error *err)
{
    switch (err->code) {
    case ERROR_INVALID:
    case ERROR_UNAUTHORIZED:
    case ERROR_FORBIDDEN:
    case ERROR_CONSENT:
        return HTTP_WEBSOCKET_REFUSED;
    case ERROR_CONFLICT:
        return HTTP_WEBSOCKET_TRY_LATER;
    case ERROR_CANCELLED:
        return HTTP_WEBSOCKET_GOING_AWAY;
    case ERROR_BUSY: /* what was open is ended by the device's end, or by a change of its row */
        return relay->open ? HTTP_WEBSOCKET_GOING_AWAY : HTTP_WEBSOCKET_TRY_LATER;
    default:
        return HTTP_WEBSOCKET_INTERNAL;
    }
}

/* KVM's last word, as the toolkit's server has it; its state is that of the channel. */
static void publish_kvm_end(const struct mps_relay *relay)
{
    struct events *events = relay->mps->options.events;
    if (!relay->open || relay->kind != REDIR_KVM)
        return;
    if (relay->pumps.end == MPS_BROWSER_LEFT)
        events_publish(events, EVENTS_SUCCESS, "logKvmCloseSource",
                       "KVM session closed by web (state: 2)", &relay->guid);
    else if (relay->pumps.end == MPS_DEVICE_LEFT)
        events_publish(events, EVENTS_SUCCESS, "logKvmCloseSource",
                       "KVM session closed by device (state: 0)", &relay->guid);
    else
        events_publish(events, EVENTS_FAIL, "logKvmCloseSource",
                       "KVM session closed unexpectedly (state: 0)", &relay->guid);
}

static void say_goodbye(struct mps_relay *relay, bool started, bool ok, const struct error *err)
{
    static const char *const reasons[] = {
        [MPS_BROWSER_LEFT] = "", [MPS_DEVICE_LEFT] = "the device closed the session"};
    char guid[GUID_TEXT_SIZE];
    const char *why = ok ? reasons[relay->pumps.end] : err->text;
    (void)http_websocket_end(relay->pumps.browser,
                             ok ? HTTP_WEBSOCKET_NORMAL : close_code(relay, err), why);
    relay->pumps.browser = NULL;
    log_line(ok ? LOG_INFO : LOG_WARN, "redirection session ended", "guid",
             guid_format(&relay->guid, guid), "kind",
             started ? redir_kind_name(relay->kind) : "unknown", "user",
             relay->user == NULL ? "" : relay->user, "why",
             ok && relay->pumps.end == MPS_BROWSER_LEFT ? "the browser closed it" : why, NULL);
}

static void relay_main(void *arg)
{
    struct mps_relay *relay = arg;
    struct mps_shard *shard = relay->shard;
    struct events *events = relay->mps->options.events;
    const struct http_websocket_options options = {.role = HTTP_WEBSOCKET_SERVER};
    struct io_conn *conn = relay->conn;
    struct error err;
    error_clear(&err);
    relay->conn = NULL;
    io_conn_attach(conn);
    io_conn_limit(conn, MPS_RELAY_QUEUE);
    io_conn_read_limit(conn, BROWSER_READ);
    mps_pumps_init(&relay->pumps, http_websocket_stream(io_conn_stream(conn), &options,
                                                        slice_of(relay->ahead, relay->ahead_size)));
    events_publish(events, EVENTS_SUCCESS, "handleConnection", "Redirection session started", NULL);
    bool ok =
        mps_conversation_run(shard, relay, learn_kind, relay, &err) &&
        mps_device_converse(relay->mps, &relay->guid, relay->tenant, relay_session, relay, &err);
    publish_kvm_end(relay);
    bool started = relay->session != NULL;
    mps_guest_leave(relay->guest);
    relay->guest = NULL;
    mps_session_leave(relay->session); /* before the browser hears of it, which may come again */
    relay->session = NULL;
    say_goodbye(relay, started, ok, &err);
    mps_pumps_fini(&relay->pumps);
    mps_relay_free(relay);
    events_publish(events, EVENTS_SUCCESS, "handleClose", "Redirection session ended", NULL);
    atomic_fetch_sub(&shard->relays, 1);
    io_signal(&shard->emptied);
}

static void relay_arrived(struct io_message *message)
{
    struct mps_relay *relay = (struct mps_relay *)(void *)message;
    struct mps_shard *shard = relay->shard;
    struct error err;
    if (!shard->stopping && io_fiber_start(relay_main, relay, &err))
        return;
    mps_relay_free(relay);
    atomic_fetch_sub(&shard->relays, 1);
    io_signal(&shard->emptied);
}

void mps_relay_taken(void *arg, struct io_conn *conn, struct slice ahead)
{
    struct mps_relay *relay = arg;
    relay->conn = conn;
    if (conn == NULL) {
        mps_relay_free(relay);
        return;
    }
    relay->ahead = memory_new(ahead.size + 1);
    if (ahead.size > 0)
        memcpy(relay->ahead, ahead.data, ahead.size);
    relay->ahead_size = ahead.size;
    relay->shard = mps_device_shard(relay->mps, &relay->guid);
    relay->message.run = relay_arrived;
    atomic_fetch_add(&relay->shard->relays, 1);
    io_post(relay->shard->loop, &relay->message);
}
