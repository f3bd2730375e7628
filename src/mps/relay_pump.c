#include "mps/relay_pump.h"

#include "core/memory.h"
#include "core/metrics.h"
#include "core/random.h"
#include "http/websocket.h"
#include "io/loop.h"
#include "mps/shard.h"

#include <stdlib.h>
#include <string.h>

#define PIECE       MPS_RELAY_PIECE
#define INTERCEPTED ((size_t)128 * 1024) /* most that one piece and what waited become */
#define INSERTED    ((size_t)1024)       /* most of all taps together, at once */
#define WATCH_MS    2000
#define STALL_MS    30000 /* without taking what is there for it */
#define LOGIN_MS    30000 /* from the start message to the login */
#define REFUSED_MS  2000  /* for the device to close what it has refused */
#define SECONDS(ms) ((unsigned)((ms) / 1000))

METRIC_DEFINE(bytes_down, METRIC_COUNTER, "outband_mps_relay_bytes_total",
              "direction=\"device-to-browser\"", "Bytes relayed between browsers and devices")
METRIC_DEFINE(bytes_up, METRIC_COUNTER, "outband_mps_relay_bytes_total",
              "direction=\"browser-to-device\"", "Bytes relayed between browsers and devices")
METRIC_DEFINE(stalled_browsers, METRIC_COUNTER, "outband_mps_relay_stalls_total",
              "side=\"browser\"", "Relays ended because a side took nothing for 30 s")
METRIC_DEFINE(stalled_devices, METRIC_COUNTER, "outband_mps_relay_stalls_total", "side=\"device\"",
              "Relays ended because a side took nothing for 30 s")

void mps_pumps_init(struct mps_pumps *pumps, struct io_stream *browser)
{
    char cnonce[REDIR_CNONCE_SIZE + 1];
    memset(pumps, 0, sizeof *pumps);
    random_text(cnonce, REDIR_CNONCE_SIZE);
    pumps->browser = browser;
    pumps->interceptor = redir_interceptor_new(cnonce);
}

void mps_pumps_fini(struct mps_pumps *pumps)
{
    redir_interceptor_free(pumps->interceptor);
    pumps->interceptor = NULL;
}

static void finish(struct mps_pumps *pumps, enum mps_relay_end end, const struct error *why)
{
    if (pumps->end == MPS_GOING_ON) {
        pumps->end = end;
        if (why != NULL)
            pumps->why = *why;
    }
    io_signal(&pumps->news);
}

/* ---- the browser's end ---- */

/* Whether the failed read or write means that the browser has just gone, not that it has broken a
 * rule. */
static void finish_browser(struct mps_pumps *pumps, const struct error *why)
{
    if (why->code == ERROR_CONNECTION)
        finish(pumps, MPS_BROWSER_LEFT, NULL);
    else
        finish(pumps, MPS_RELAY_FAILED, why);
}

static bool read_piece(struct mps_pumps *pumps, uint8_t *piece, size_t *got, struct error *err)
{
    if (!io_stream_read(pumps->browser, piece, PIECE, got, err))
        return false;
    return *got > 0 || error_set(err, ERROR_CONNECTION, "the browser has closed the session");
}

bool mps_pumps_read_start(struct mps_pumps *pumps, enum redir_kind *kind, struct error *err)
{
    uint8_t *piece = memory_new(PIECE);
    size_t got = 0;
    bool ok = true;
    while (ok && !redir_interceptor_kind(pumps->interceptor, kind))
        ok = read_piece(pumps, piece, &got, err) &&
             redir_interceptor_browser(pumps->interceptor, slice_of(piece, got), NULL, err);
    memory_wipe(piece, PIECE); /* a password may follow the start */
    free(piece);
    if (!ok)
        return err->code == ERROR_TIMEOUT
                   ? error_set(err, ERROR_INVALID, "the browser did not start a session in time")
                   : false;
    http_websocket_set_text(pumps->browser, http_websocket_peer_text(pumps->browser));
    return true;
}

/* ---- taps ---- */

static void nudge(void *relay)
{
    struct mps_pumps *pumps = relay;
    pumps->nudged = true;
    io_signal(&pumps->news);
}

static void stop(void *relay, const struct error *why)
{
    finish(relay, MPS_RELAY_FAILED, why);
}

static void start_taps(struct mps_pumps *pumps)
{
    pumps->session.nudge = nudge;
    pumps->session.stop = stop;
    pumps->session.relay = pumps;
    for (unsigned i = 0; i < pumps->mps->tap_count; i++) {
        const struct mps_tap *tap = &pumps->mps->taps[i];
        void *owner = tap->start(tap->context, &pumps->session);
        if (owner == NULL)
            continue;
        pumps->taps[pumps->tap_count] = tap;
        pumps->tap_owners[pumps->tap_count++] = owner;
    }
}

static void tap_device(struct mps_pumps *pumps, struct slice bytes)
{
    for (unsigned i = 0; i < pumps->tap_count; i++)
        pumps->taps[i]->device(pumps->tap_owners[i], bytes);
}

static void tap_browser(struct mps_pumps *pumps, uint8_t *bytes, size_t size)
{
    for (unsigned i = 0; i < pumps->tap_count; i++)
        pumps->taps[i]->browser(pumps->tap_owners[i], bytes, size);
}

static void tap_insert(struct mps_pumps *pumps, struct buffer *out)
{
    for (unsigned i = 0; i < pumps->tap_count; i++)
        if (pumps->taps[i]->insert != NULL)
            pumps->taps[i]->insert(pumps->tap_owners[i], out);
}

static void end_taps(struct mps_pumps *pumps)
{
    for (unsigned i = 0; i < pumps->tap_count; i++)
        pumps->taps[i]->over(pumps->tap_owners[i]);
    pumps->tap_count = 0;
}

/* ---- browser to device ---- */

static bool write_device(struct mps_pumps *pumps, struct slice bytes, struct error *err)
{
    if (bytes.size == 0)
        return true;
    pumps->to_device.since = io_now();
    bool ok = io_stream_write(pumps->device, bytes, err);
    pumps->to_device.since = 0;
    metric_add(&bytes_up, (int64_t)bytes.size);
    return ok;
}

/* What the interceptor makes of the browser's bytes. */
static bool intercept_browser(struct mps_pumps *pumps, struct slice bytes, struct error *err)
{
    struct buffer out;
    buffer_init_secret(&out, INTERCEPTED);
    bool was_open = pumps->open;
    bool ok = redir_interceptor_browser(pumps->interceptor, bytes, &out, err);
    if (ok && was_open) {
        pumps->clear = true;
        if (buffer_size(&out) > 0)
            tap_browser(pumps, out.bytes + out.start, buffer_size(&out));
    }
    if (redir_interceptor_state(pumps->interceptor) == REDIR_ENDED && pumps->refused_since == 0)
        pumps->refused_since = io_now();
    ok = ok && write_device(pumps, buffer_slice(&out), err);
    buffer_fini(&out);
    return ok;
}

/* What the taps have to say, at the place in the browser's bytes where they know to be. */
static bool insert(struct mps_pumps *pumps, struct error *err)
{
    struct buffer out;
    buffer_init(&out, INSERTED);
    pumps->nudged = false;
    tap_insert(pumps, &out);
    bool ok = write_device(pumps, buffer_slice(&out), err);
    buffer_fini(&out);
    return ok;
}

/* Nothing more goes to the device. Has its end just gone, it may have said something before, which
 * the browser is still to get: the other pump finds the end behind it, or the watch gives up. */
static void stop_to_device(struct mps_pumps *pumps, const struct error *why)
{
    if (why->code != ERROR_CONNECTION) {
        finish(pumps, MPS_RELAY_FAILED, why);
        return;
    }
    if (pumps->deaf_since != 0)
        return;
    pumps->deaf_since = io_now();
    pumps->deaf_why = *why;
}

static void insert_alone(void *arg)
{
    struct mps_pumps *pumps = arg;
    struct error err;
    bool ok = true;
    if (pumps->writing) /* the pump inserts after its piece */
        return;
    pumps->writing = true;
    while (ok && pumps->nudged)
        ok = insert(pumps, &err);
    if (!ok)
        stop_to_device(pumps, &err);
    pumps->writing = false;
    io_signal(&pumps->written);
}

/* A piece of the browser. From the taps' look at it until it has left, nobody else writes. */
static bool pass_to_device(struct mps_pumps *pumps, uint8_t *piece, size_t size, struct error *err)
{
    while (pumps->writing)
        if (!io_wait_for(&pumps->written, IO_FOREVER, err))
            return false;
    pumps->writing = true;
    bool ok;
    if (!pumps->clear) {
        ok = intercept_browser(pumps, slice_of(piece, size), err);
        if (size > 0)
            memory_wipe(piece, size); /* a login with a password in clear, perhaps */
    } else {
        if (pumps->tap_count > 0)
            tap_browser(pumps, piece, size);
        ok = write_device(pumps, slice_of(piece, size), err);
    }
    if (ok && pumps->tap_count > 0)
        ok = insert(pumps, err);
    pumps->writing = false;
    return ok;
}

static void pump_to_device(void *arg)
{
    struct mps_pumps *pumps = arg;
    uint8_t *piece = memory_new(PIECE);
    struct error err;
    size_t got = 0;
    /* the start message is with the interceptor already */
    bool ok = pass_to_device(pumps, NULL, 0, &err);
    if (!ok)
        stop_to_device(pumps, &err);
    while (ok) {
        if (!read_piece(pumps, piece, &got, &err)) {
            finish_browser(pumps, &err);
            break;
        }
        ok = pass_to_device(pumps, piece, got, &err);
        if (!ok)
            stop_to_device(pumps, &err);
    }
    memory_wipe(piece, PIECE);
    free(piece);
}

/* ---- device to browser ---- */

/* Whoever fails to be written to is the browser: the relay has ended by then. */
static bool write_browser(struct mps_pumps *pumps, struct slice bytes)
{
    struct error err;
    if (bytes.size == 0)
        return true;
    pumps->to_browser.since = io_now();
    bool ok = io_stream_write(pumps->browser, bytes, &err);
    pumps->to_browser.since = 0;
    metric_add(&bytes_down, (int64_t)bytes.size);
    if (!ok)
        finish_browser(pumps, &err);
    return ok;
}

static bool intercept_device(struct mps_pumps *pumps, struct slice bytes)
{
    struct redir_interceptor *interceptor = pumps->interceptor;
    struct buffer out;
    struct error err;
    buffer_init(&out, INTERCEPTED);
    bool ok = redir_interceptor_device(interceptor, bytes, &out, &err);
    struct slice passed = buffer_slice(&out);
    if (!ok)
        finish(pumps, MPS_RELAY_FAILED, &err);
    else if (redir_interceptor_state(interceptor) == REDIR_REFUSED && pumps->refused_since == 0)
        pumps->refused_since = io_now();
    if (ok && redir_interceptor_state(interceptor) == REDIR_OPEN) {
        size_t rest = redir_interceptor_rest(interceptor);
        pumps->open = true;
        start_taps(pumps);
        if (rest > 0)
            tap_device(pumps, slice_from(passed, passed.size - rest));
    }
    ok = write_browser(pumps, passed) && ok;
    buffer_fini(&out);
    return ok;
}

static bool pass_to_browser(struct mps_pumps *pumps, struct slice bytes)
{
    if (!pumps->open)
        return intercept_device(pumps, bytes);
    if (pumps->tap_count == 0)
        return write_browser(pumps, bytes);
    tap_device(pumps, bytes);
    /* What a screen's bytes unpack to is the device's choice, and a browser that takes everything
     * never makes us wait: who else is on this loop has its turn after each piece. */
    return write_browser(pumps, bytes) && io_sleep(0, NULL);
}

static void pump_to_browser(void *arg)
{
    struct mps_pumps *pumps = arg;
    uint8_t *piece = memory_new(PIECE);
    struct error err;
    size_t got = 0;
    bool ok = true;
    while (ok) {
        if (!io_stream_read(pumps->device, piece, PIECE, &got, &err)) {
            finish(pumps, MPS_RELAY_FAILED, &err);
            break;
        }
        if (got == 0)
            finish(pumps, MPS_DEVICE_LEFT, NULL);
        ok = got > 0 && pass_to_browser(pumps, slice_of(piece, got));
    }
    free(piece);
}

/* ---- the watch ---- */

static bool is_stalled(const struct mps_pump *pump)
{
    return pump->since != 0 && io_now() - pump->since >= STALL_MS;
}

/* A device that has refused is what the browser is told, whoever closed. */
static bool refused_by_device(const struct mps_pumps *pumps, struct error *err)
{
    uint8_t status = redir_interceptor_status(pumps->interceptor);
    return error_set(err, status == REDIR_START_BUSY ? ERROR_CONFLICT : ERROR_UNSUPPORTED, "%s",
                     redir_start_status_text(status));
}

static bool watch(struct mps_pumps *pumps, struct error *err)
{
    if (is_stalled(&pumps->to_browser)) {
        metric_add(&stalled_browsers, 1);
        return error_set(err, ERROR_TIMEOUT, "the browser took nothing for %u s",
                         SECONDS(STALL_MS));
    }
    if (is_stalled(&pumps->to_device)) {
        metric_add(&stalled_devices, 1);
        return error_set(err, ERROR_TIMEOUT, "the device took nothing for %u s", SECONDS(STALL_MS));
    }
    if (pumps->deaf_since != 0 && pumps->to_browser.since == 0 &&
        io_now() - pumps->deaf_since >= STALL_MS) {
        *err = pumps->deaf_why;
        return false;
    }
    if (pumps->refused_since != 0 && io_now() - pumps->refused_since >= REFUSED_MS) {
        finish(pumps, MPS_DEVICE_LEFT, NULL);
        return true;
    }
    if (!pumps->open && pumps->refused_since == 0 && io_now() - pumps->began >= LOGIN_MS)
        return error_set(err, ERROR_TIMEOUT, "the login took more than %u s", SECONDS(LOGIN_MS));
    return true;
}

/* From this fiber, whose deadline it inherits; whoever nudges may have another. */
static void start_inserter(struct mps_pumps *pumps)
{
    if (pumps->nudged && !pumps->writing && !io_task_running(&pumps->inserter))
        (void)io_task_start(&pumps->inserter, insert_alone, pumps, NULL);
}

static bool supervise(struct mps_pumps *pumps, struct error *err)
{
    uint64_t next = io_now() + WATCH_MS;
    while (pumps->end == MPS_GOING_ON) {
        struct error why;
        uint64_t now = io_now();
        bool ok = io_wait_for(&pumps->news, next > now ? next - now : 0, &why);
        if (!ok && why.code == ERROR_TIMEOUT) {
            next = io_now() + WATCH_MS;
            ok = watch(pumps, &why);
        }
        if (ok)
            start_inserter(pumps);
        if (!ok) {
            *err = why;
            return false;
        }
    }
    if (redir_interceptor_state(pumps->interceptor) == REDIR_REFUSED)
        return refused_by_device(pumps, err);
    if (pumps->end == MPS_RELAY_FAILED)
        *err = pumps->why;
    return pumps->end != MPS_RELAY_FAILED;
}

bool mps_pumps_run(struct mps_pumps *pumps, const struct mps *mps, struct error *err)
{
    pumps->mps = mps;
    pumps->began = io_now();
    if (!io_task_start(&pumps->to_browser.task, pump_to_browser, pumps, err))
        return false;
    bool ok =
        io_task_start(&pumps->to_device.task, pump_to_device, pumps, err) && supervise(pumps, err);
    io_task_cancel(&pumps->to_browser.task);
    io_task_cancel(&pumps->to_device.task);
    io_task_cancel(&pumps->inserter);
    io_task_join(&pumps->to_browser.task);
    io_task_join(&pumps->to_device.task);
    io_task_join(&pumps->inserter);
    end_taps(pumps);
    return ok;
}
