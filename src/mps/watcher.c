/* A watcher's connection: from the route to the loop of the session, and its end (mps/screens.h).
 */
#include "mps/screens.h"

#include "core/log.h"
#include "core/memory.h"
#include "core/metrics.h"
#include "http/websocket.h"
#include "io/conn.h"
#include "io/loop.h"
#include "mps/screen_session.h"
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
    struct guid guid;
    char *tenant;
    char *user;
    struct io_conn *conn; /* detached; NULL once attached */
    uint8_t *ahead;
    size_t ahead_size;
    struct io_stream *stream;
};

static struct mps_shard *shard_of(struct mps *mps, const struct io_loop *loop)
{
    for (unsigned i = 0; i < mps->shard_count; i++)
        if (mps->shards[i].loop == loop)
            return &mps->shards[i];
    return NULL;
}

struct mps_watcher *mps_watcher_new(struct mps_screens *screens, const struct guid *guid,
                                    const char *tenant, const char *user, struct error *err)
{
    struct mps_screen_sessions *sessions = mps_screens_sessions(screens);
    struct io_loop *loop;
    if (!mps_screen_session_loop(sessions, guid, tenant, &loop)) {
        error_set(err, ERROR_CONFLICT,
                  "there is nothing to watch: nobody has this device's screen through this server");
        return NULL;
    }
    struct mps_watcher *w = memory_new(sizeof *w);
    w->sessions = sessions;
    w->shard = shard_of(mps_screens_mps(screens), loop);
    w->guid = *guid;
    w->tenant = memory_string(slice_of_string(tenant));
    w->user = memory_string(slice_of_string(user != NULL ? user : ""));
    return w;
}

void mps_watcher_free(struct mps_watcher *w)
{
    if (w == NULL)
        return;
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

static bool show(struct mps_watcher *w, struct error *err)
{
    struct mps_follow *follow = mps_screen_session_here(w->sessions, &w->guid, w->tenant);
    if (follow == NULL)
        return error_set(err, ERROR_CONFLICT, "the session to watch is over");
    if (mps_follow_onlookers(follow) >= MPS_WATCHERS_MAX)
        return error_set(err, ERROR_BUSY, "the session has %u watchers already", MPS_WATCHERS_MAX);
    log_watcher(w, "a screen session is watched", NULL);
    metric_add(&watchers_total, 1);
    return mps_watch_run(follow, w->stream, err);
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
    w->stream =
        http_websocket_stream(io_conn_stream(conn), &options, slice_of(w->ahead, w->ahead_size));
    bool ok = show(w, &err);
    const char *why = ok ? "the session is over" : err.text;
    http_websocket_end(w->stream, close_code(ok, &err), why);
    log_watcher(w, "a watcher has left", why);
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
