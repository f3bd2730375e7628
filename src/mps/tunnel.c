#include "mps/tunnel.h"

#include "amt/amt.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/metrics.h"
#include "events/events.h"
#include "io/loop.h"
#include "mps/channel.h"
#include "mps/conversations.h"
#include "mps/login.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

METRIC_DEFINE(tunnels_open, METRIC_GAUGE, "outband_mps_tunnels", "state=\"open\"",
              "CIRA tunnels by state: open (TLS done) and connected (logged in)")
METRIC_DEFINE(tunnels_connected, METRIC_GAUGE, "outband_mps_tunnels", "state=\"connected\"",
              "CIRA tunnels by state: open (TLS done) and connected (logged in)")
METRIC_DEFINE(browsers, METRIC_COUNTER, "outband_mps_browser_requests_total", NULL,
              "Plain HTTP requests on the CIRA port")
METRIC_DEFINE(login_deadlines, METRIC_COUNTER, "outband_mps_login_deadlines_total", NULL,
              "Connections that did not log in in time")
METRIC_DEFINE(idle_limits, METRIC_COUNTER, "outband_mps_idle_limits_total", NULL,
              "Tunnels ended because the device fell silent")
METRIC_DEFINE(protocol_errors, METRIC_COUNTER, "outband_mps_protocol_errors_total", NULL,
              "Tunnels ended because the device broke the APF protocol")
METRIC_DEFINE(keepalives, METRIC_COUNTER, "outband_mps_keepalives_total", NULL,
              "Keep-alive requests answered")
METRIC_DEFINE(alerts, METRIC_COUNTER, "outband_mps_udp_alerts_total", NULL,
              "udp-send-to requests of devices")

/* Fibers that may use one tunnel at once; the device's own queue (amt.h) is inside of that. */
#define HOLDS_LIMIT 128

/* A silent device is asked once whether it is there and gets this part of the idle limit more. */
#define GRACE_PART 3

/* Less room than that is none: apf keeps some of it for what cannot wait. */
#define ROOM_LEAST 1024

#define IDLE_MOST_MS 3600000u

/* What conversations have for taking back what they have begun; shields in amt/ last as long. */
#define CLOSING_MS 15000

static const char *const state_names[] = {"silent", "logging in", "connected", "closing", "ending"};

/* What a person sees who opens the CIRA port in a browser, to try port and certificate. */
static const char browser_page[] =
    "<!DOCTYPE html><html><head><title>Outband</title></head><body><h1>Outband presence server</h1>"
    "<p>This port is for computers with Intel AMT, which call in here by CIRA. It works. The "
    "console is on the HTTPS port.</p></body></html>\n";

static void set_state(struct mps_tunnel *tunnel, enum mps_tunnel_state state)
{
    if (log_enabled(LOG_DEBUG)) {
        char guid[GUID_TEXT_SIZE];
        log_line(LOG_DEBUG, "tunnel", "guid", guid_format(apf_session_guid(tunnel->session), guid),
                 "from", state_names[tunnel->state], "to", state_names[state], NULL);
    }
    tunnel->state = state;
}

/* The device is no longer reachable through this tunnel. Only the tunnel that still holds the
 * registry's entry may say so to the store: a replaced one must not. */
static void leave(struct mps_tunnel *tunnel, const struct error *why)
{
    struct mps *mps = tunnel->shard->mps;
    const struct guid *guid = apf_session_guid(tunnel->session);
    char text[GUID_TEXT_SIZE];
    mps_shard_leave(tunnel->shard, tunnel->handle.slot);
    metric_add(&tunnels_connected, -1);
    bool last = mps_registry_remove(mps->registry, guid, tunnel->handle);
    if (last) {
        store_presence(mps->options.store, guid, STORE_DISCONNECTED, tunnel->handle.generation,
                       clock_wall_ms());
        events_publish(mps->options.events, EVENTS_SUCCESS, "CIRA_Disconnected",
                       "CIRA Connection Ended", guid);
    }
    log_line(LOG_INFO, last ? "device disconnected" : "device's older tunnel ended", "guid",
             guid_format(guid, text), "why", why == NULL ? NULL : why->text, NULL);
}

static void begin_end(struct mps_tunnel *tunnel, const struct error *why)
{
    if (tunnel->state == MPS_ENDING)
        return;
    io_timer_stop(&tunnel->timer);
    if (tunnel->state == MPS_CONNECTED)
        leave(tunnel, why);
    set_state(tunnel, MPS_ENDING);
    if (tunnel->refusal != NULL)
        io_signal(tunnel->refusal);
    mps_channel_wake(tunnel);
}

static void free_when_unused(struct mps_tunnel *tunnel)
{
    if (tunnel->conn != NULL || tunnel->holds > 0)
        return;
    struct mps_shard *shard = tunnel->shard;
    if (tunnel->amt != NULL)
        amt_free(tunnel->amt);
    apf_session_free(tunnel->session);
    list_remove(&tunnel->in_shard);
    metric_add(&tunnels_open, -1);
    mps_login_forget(tunnel);
    free(tunnel->tenant);
    free(tunnel->pin);
    free(tunnel);
    if (list_is_empty(&shard->tunnels))
        io_signal(&shard->emptied);
}

void mps_tunnel_flush(struct mps_tunnel *tunnel)
{
    struct buffer *out = &tunnel->shard->out;
    if (tunnel->conn != NULL) {
        bool sent = buffer_ok(out);
        if (sent && buffer_size(out) > 0)
            sent = io_conn_write(tunnel->conn, buffer_slice(out));
        if (!sent)
            io_conn_abort(tunnel->conn); /* the device takes nothing any more */
        else if (tunnel->state == MPS_ENDING)
            io_conn_close(tunnel->conn);
    }
    buffer_clear(out);
}

size_t mps_tunnel_room(const struct mps_tunnel *tunnel)
{
    size_t queued = tunnel->conn == NULL ? MPS_DATA_LIMIT : io_conn_queued(tunnel->conn);
    return queued + ROOM_LEAST < MPS_DATA_LIMIT ? MPS_DATA_LIMIT - queued : 0;
}

size_t mps_tunnel_send(struct mps_tunnel *tunnel, struct apf_channel *channel, struct slice bytes)
{
    struct buffer *out = &tunnel->shard->out;
    out->limit = mps_tunnel_room(tunnel);
    size_t sent = apf_channel_send(channel, bytes);
    out->limit = MPS_OUT_LIMIT;
    mps_tunnel_flush(tunnel);
    return sent;
}

static struct error ended_by_us(uint32_t reason)
{
    struct error why;
    (void)error_set(&why, ERROR_CONNECTION, "ended by the server: %s",
                    apf_disconnect_reason_name(reason));
    return why;
}

void mps_tunnel_end(struct mps_tunnel *tunnel, uint32_t reason)
{
    struct error why = ended_by_us(reason);
    begin_end(tunnel, &why);
    apf_session_disconnect(tunnel->session, reason);
    mps_tunnel_flush(tunnel);
}

void mps_tunnel_close(struct mps_tunnel *tunnel, uint32_t reason)
{
    if (tunnel->state == MPS_CLOSING)
        return;
    if (tunnel->state != MPS_CONNECTED || tunnel->holds == 0) {
        mps_tunnel_end(tunnel, reason);
        return;
    }
    struct error why = ended_by_us(reason);
    leave(tunnel, &why);
    set_state(tunnel, MPS_CLOSING);
    tunnel->close_reason = reason;
    io_timer_start(&tunnel->timer, CLOSING_MS);
    (void)error_set(&why, ERROR_BUSY, "the device is being disconnected");
    mps_conversations_end(tunnel->shard, tunnel, &why);
}

void mps_tunnel_cut(struct mps_tunnel *tunnel)
{
    if (tunnel->conn != NULL)
        io_conn_abort(tunnel->conn);
}

bool mps_tunnel_hold(struct mps_tunnel *tunnel, struct error *err)
{
    if (tunnel->state >= MPS_CLOSING)
        return error_set(err, ERROR_CONNECTION, "the device's tunnel has ended");
    if (tunnel->holds >= HOLDS_LIMIT)
        return error_set(err, ERROR_BUSY, "the device has %u requests in work; try again later",
                         tunnel->holds);
    tunnel->holds++;
    return true;
}

void mps_tunnel_release(struct mps_tunnel *tunnel)
{
    tunnel->holds--;
    if (tunnel->state == MPS_CLOSING && tunnel->holds == 0)
        mps_tunnel_end(tunnel, tunnel->close_reason);
    free_when_unused(tunnel);
}

const char *mps_tunnel_tenant(const struct mps_tunnel *tunnel)
{
    return tunnel->tenant == NULL ? "" : tunnel->tenant;
}

/* ---- what the APF session tells ---- */

static void on_authenticate(void *owner, struct slice user, struct slice password)
{
    mps_login_start(owner, user, password);
}

static void on_forward(void *owner, struct slice address, uint32_t port, bool offered)
{
    (void)address;
    (void)port; /* the session keeps the list */
    if (offered)
        mps_channel_wake(owner);
}

static void on_udp(void *owner, const struct apf_message *message)
{
    (void)owner;
    (void)message;
    metric_add(&alerts, 1);
}

static void on_keepalive(void *owner)
{
    struct mps_tunnel *tunnel = owner;
    metric_add(&keepalives, 1);
    if (tunnel->state == MPS_CONNECTED && tunnel->shard->mps->options.last_seen)
        store_presence(tunnel->shard->mps->options.store, apf_session_guid(tunnel->session),
                       STORE_SEEN, tunnel->handle.generation, clock_wall_ms());
}

static void on_keepalive_options(void *owner, uint32_t interval_s, uint32_t timeout_s)
{
    struct mps_tunnel *tunnel = owner;
    (void)timeout_s;
    /* Two intervals may pass unheard, and no device can make us wait for more than an hour. */
    uint64_t wanted = (uint64_t)interval_s * 2000 + 30000;
    if (wanted > IDLE_MOST_MS)
        wanted = IDLE_MOST_MS;
    if (wanted > tunnel->idle_ms)
        tunnel->idle_ms = (uint32_t)wanted;
}

/* Until the login the GUID is what anybody may claim. */
static void report_protocol_error(const struct mps_tunnel *tunnel, const struct error *why)
{
    char guid[GUID_TEXT_SIZE];
    char address[IO_ADDRESS_TEXT_SIZE];
    struct io_address peer = io_conn_peer(tunnel->conn);
    metric_add(&protocol_errors, 1);
    log_line(LOG_WARN, "APF protocol error",
             tunnel->state >= MPS_CONNECTED ? "guid" : "claimed-guid",
             guid_format(apf_session_guid(tunnel->session), guid), "address",
             io_address_format(&peer, address), "why", why->text, NULL);
}

static void on_session_closed(void *owner, const struct error *why)
{
    struct mps_tunnel *tunnel = owner;
    if (why != NULL && why->code == ERROR_PROTOCOL)
        report_protocol_error(tunnel, why);
    begin_end(tunnel, why);
}

static const struct apf_session_events session_events = {
    .authenticate = on_authenticate,
    .forward = on_forward,
    .udp = on_udp,
    .keepalive = on_keepalive,
    .keepalive_options = on_keepalive_options,
    .closed = on_session_closed,
};

/* ---- what the connection tells ---- */

static void answer_browser(struct mps_tunnel *tunnel)
{
    metric_add(&browsers, 1);
    begin_end(tunnel, NULL);
    buffer_printf(&tunnel->shard->out,
                  "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
                  "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
                  sizeof browser_page - 1, browser_page);
    mps_tunnel_flush(tunnel);
}

static void on_data(void *owner, struct slice bytes)
{
    struct mps_tunnel *tunnel = owner;
    if (tunnel->state == MPS_ENDING)
        return;
    tunnel->last_traffic = io_now();
    tunnel->pinged = false;
    if (tunnel->state == MPS_SILENT) {
        if (bytes.data[0] == 'G') {
            answer_browser(tunnel);
            return;
        }
        set_state(tunnel, MPS_LOGGING_IN);
    }
    (void)apf_session_feed(tunnel->session, bytes);
    mps_tunnel_flush(tunnel);
}

static void on_drained(void *owner)
{
    mps_channel_wake(owner);
}

static void on_conn_closed(void *owner, const struct error *why)
{
    struct mps_tunnel *tunnel = owner;
    struct error ended;
    if (why == NULL) {
        (void)error_set(&ended, ERROR_CONNECTION, "the device closed the connection");
        why = &ended;
    }
    tunnel->conn = NULL;
    begin_end(tunnel, why);
    /* Ends the channels, so that conversations in progress fail instead of waiting. */
    apf_session_disconnect(tunnel->session, APF_CONNECTION_LOST);
    mps_tunnel_flush(tunnel);
    free_when_unused(tunnel);
}

static const struct io_conn_events conn_events = {on_data, on_drained, on_conn_closed};

static void on_timer(struct io_timer *timer)
{
    struct mps_tunnel *tunnel = LIST_ENTRY(timer, struct mps_tunnel, timer);
    if (tunnel->state == MPS_CLOSING) {
        mps_tunnel_end(tunnel, tunnel->close_reason);
        return;
    }
    if (tunnel->state != MPS_CONNECTED) {
        metric_add(&login_deadlines, 1);
        mps_tunnel_end(tunnel, APF_CONNECTION_TIMED_OUT);
        return;
    }
    uint64_t idle = io_now() - tunnel->last_traffic;
    if (idle < tunnel->idle_ms) {
        io_timer_start(&tunnel->timer, tunnel->idle_ms - idle);
    } else if (!tunnel->pinged) {
        tunnel->pinged = true;
        apf_session_ping(tunnel->session, (uint32_t)tunnel->handle.generation);
        mps_tunnel_flush(tunnel);
        io_timer_start(&tunnel->timer, tunnel->idle_ms / GRACE_PART);
    } else {
        metric_add(&idle_limits, 1);
        mps_tunnel_end(tunnel, APF_CONNECTION_TIMED_OUT);
    }
}

void mps_tunnel_connected(struct mps_tunnel *tunnel)
{
    set_state(tunnel, MPS_CONNECTED);
    tunnel->connected_at = io_now();
    metric_add(&tunnels_connected, 1);
    io_timer_start(&tunnel->timer, tunnel->idle_ms);
}

void mps_tunnel_accept(struct mps_shard *shard, struct io_conn *conn)
{
    if (shard->stopping) {
        io_conn_abort(conn);
        return;
    }
    const struct mps_options *options = &shard->mps->options;
    struct apf_session_options apf = {.window = options->window,
                                      .keepalive_s = options->keepalive_s};
    struct mps_tunnel *tunnel = memory_new(sizeof *tunnel);
    tunnel->shard = shard;
    tunnel->conn = conn;
    tunnel->version = MPS_TUNNEL_UNREAD;
    tunnel->idle_ms = options->idle_s * 1000;
    tunnel->last_traffic = io_now();
    tunnel->session = apf_session_new(&apf, &shard->out, &session_events, tunnel);
    list_init(&tunnel->channels);
    list_init(&tunnel->writers);
    list_append(&shard->tunnels, &tunnel->in_shard);
    metric_add(&tunnels_open, 1);
    io_timer_init(&tunnel->timer, on_timer);
    io_timer_start(&tunnel->timer, options->login_ms);
    io_conn_own(conn, &conn_events, tunnel);
}
