#include "mps/watcher.h"

#include "core/log.h"
#include "core/memory.h"
#include "core/metrics.h"
#include "http/websocket.h"
#include "io/conn.h"
#include "io/loop.h"
#include "mps/conversations.h"
#include "mps/screen_session.h"
#include "mps/screens.h"
#include "mps/sessions.h"
#include "mps/shard.h"
#include "mps/watch.h"

#include <stdlib.h>
#include <string.h>

/* What may wait in the connection's queue; what the client misses meanwhile it never gets. */
#define QUEUE ((size_t)32 * 1024)

/* Bytes read of a watcher at a time; it has nothing to say. */
#define READ ((size_t)2 * 1024)

METRIC_DEFINE(watchers_total, METRIC_COUNTER, "outband_mps_watchers_total", NULL,
              "Clients that were shown somebody else's screen session")

struct mps_watcher {
    struct io_message message; /* to the session's loop; first */
    struct mps_screen_sessions *sessions;
    struct mps_shard *shard;
    struct mps_shard *place; /* where it counts; NULL: nowhere */
    struct mps_guest *guest; /* until it has logged in */
    bool shown;
    struct guid guid;
    char *tenant;
    char *user;
    struct io_conn *conn; /* detached; NULL once attached */
    uint8_t *ahead;
    size_t ahead_size;
    struct io_stream *wire;   /* the connection, */
    struct io_stream *stream; /* and the WebSocket that owns it */
};

static bool has_its_watchers(enum error_code code, struct error *err)
{
    return error_set(err, code, "the session has %u watchers already", MPS_WATCHERS_MAX);
}

/* The session's shard, if it may be watched. */
static struct mps_shard *shard_to_watch(struct mps_screens *screens, const struct guid *guid,
                                        const char *tenant, struct error *err)
{
    unsigned watchers;
    struct mps_shard *shard =
        mps_screen_session_shard(mps_screens_sessions(screens), guid, tenant, &watchers);
    if (shard != NULL && watchers < MPS_WATCHERS_MAX)
        return shard;
    if (shard != NULL)
        has_its_watchers(ERROR_CONFLICT, err);
    else
        error_set(err, ERROR_CONFLICT,
                  "there is nothing to watch: nobody has this device's screen through this server");
    return NULL;
}

struct mps_watcher *mps_watcher_new(struct mps_screens *screens, const struct guid *guid,
                                    const char *tenant, const char *user, struct error *err)
{
    struct mps_shard *shard = shard_to_watch(screens, guid, tenant, err);
    if (shard == NULL || !mps_place_take(shard, err))
        return NULL;
    struct mps_guest *guest = mps_guest_enter(shard->mps->sessions, guid, user, err);
    if (guest == NULL) {
        mps_place_give(shard);
        return NULL;
    }
    struct mps_watcher *w = memory_new(sizeof *w);
    w->sessions = mps_screens_sessions(screens);
    w->shard = w->place = shard;
    w->guest = guest;
    w->guid = *guid;
    w->tenant = memory_string(slice_of_string(tenant));
    w->user = memory_string(slice_of_string(user != NULL ? user : ""));
    return w;
}

void mps_watcher_free(struct mps_watcher *w)
{
    if (w == NULL)
        return;
    mps_guest_leave(w->guest);
    mps_place_give(w->place);
    if (w->conn != NULL)
        io_conn_discard(w->conn);
    free(w->ahead);
    free(w->tenant);
    free(w->user);
    free(w);
}

static void log_watcher(const struct mps_watcher *w, const char *what, const char *why)
{
    char guid[GUID_TEXT_SIZE];
    log_line(LOG_INFO, what, "guid", guid_format(&w->guid, guid), "user", w->user, "why", why,
             NULL);
}

/* The session, once the client is ready for it. */
static struct mps_follow *join(void *arg, struct error *err)
{
    struct mps_watcher *w = arg;
    struct mps_follow *follow = mps_screen_session_here(w->sessions, &w->guid, w->tenant);
    if (follow == NULL) {
        error_set(err, ERROR_CONFLICT, "the session to watch is over");
        return NULL;
    }
    if (mps_follow_watchers(follow) >= MPS_WATCHERS_MAX) {
        has_its_watchers(ERROR_BUSY, err);
        return NULL;
    }
    mps_guest_leave(w->guest);
    w->guest = NULL;
    w->shown = true;
    log_watcher(w, "a screen session is watched", NULL);
    metric_add(&watchers_total, 1);
    return follow;
}

static uint64_t taken(void *arg)
{
    return io_conn_stream_acknowledged(((struct mps_watcher *)arg)->wire);
}

static bool show(void *arg, struct error *err)
{
    struct mps_watcher *w = arg;
    const struct mps_watch_client client = {w->stream, join, taken, w};
    return mps_watch_run(&client, err);
}

static uint16_t close_code(bool ok, const struct error *err)
{
    if (ok)
        return HTTP_WEBSOCKET_NORMAL;
    switch (err->code) {
    case ERROR_CONFLICT:
    case ERROR_BUSY:
        return HTTP_WEBSOCKET_TRY_LATER;
    case ERROR_CANCELLED:
        return HTTP_WEBSOCKET_GOING_AWAY;
    case ERROR_PROTOCOL:
        return HTTP_WEBSOCKET_REFUSED;
    default:
        return HTTP_WEBSOCKET_INTERNAL;
    }
}

static void leave(struct mps_watcher *w)
{
    struct mps_shard *shard = w->shard;
    mps_watcher_free(w);
    atomic_fetch_sub(&shard->relays, 1);
    io_signal(&shard->emptied);
}

static void watcher_main(void *arg)
{
    static const struct http_websocket_options options = {.role = HTTP_WEBSOCKET_SERVER};
    struct mps_watcher *w = arg;
    struct io_conn *conn = w->conn;
    struct error err;
    error_clear(&err);
    w->conn = NULL;
    io_conn_attach(conn);
    io_conn_limit(conn, QUEUE);
    io_conn_read_limit(conn, READ);
    w->wire = io_conn_stream(conn);
    w->stream = http_websocket_stream(w->wire, &options, slice_of(w->ahead, w->ahead_size));
    /* So that a server that stops need not wait for it. */
    bool ok = mps_conversation_run(w->shard, w, show, w, &err);
    const char *why = ok ? "the session is over" : err.text;
    (void)http_websocket_end(w->stream, close_code(ok, &err), why);
    log_watcher(w, w->shown ? "a watcher has left" : "nobody began to watch", why);
    leave(w);
}

static void arrived(struct io_message *message)
{
    struct mps_watcher *w = (struct mps_watcher *)(void *)message;
    if (w->shard->stopping || !io_fiber_start(watcher_main, w, NULL))
        leave(w);
}

void mps_watcher_taken(void *arg, struct io_conn *conn, struct slice ahead)
{
    struct mps_watcher *w = arg;
    w->conn = conn;
    if (conn == NULL) {
        mps_watcher_free(w);
        return;
    }
    w->ahead = memory_new(ahead.size + 1);
    if (ahead.size > 0)
        memcpy(w->ahead, ahead.data, ahead.size);
    w->ahead_size = ahead.size;
    w->message.run = arrived;
    atomic_fetch_add(&w->shard->relays, 1);
    io_post(w->shard->loop, &w->message);
}
