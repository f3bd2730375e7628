#include "sim/tunnel.h"

#include "core/clock.h"
#include "core/memory.h"
#include "core/random.h"
#include "io/loop.h"

#include <string.h>

#define LOGIN_MS      30000
#define BACKLOG_LIMIT (1024 * 1024)
#define COALESCE_MS   5
#define SHARE_UNIT    1000000

static uint64_t now_us(void)
{
    return clock_monotonic_ns() / 1000;
}

static bool happens(double share)
{
    return share > 0 && random_below(SHARE_UNIT) < (uint32_t)(share * SHARE_UNIT);
}

/* ---- sending ---- */

static void write_now(struct sim_tunnel *tunnel, struct slice bytes)
{
    if (!tunnel->dead && tunnel->conn != NULL && !io_conn_write(tunnel->conn, bytes)) {
        tunnel->dead = true;
        tunnel->closing = true;
        tunnel->cut = true;
    }
}

/* One record per message: while the socket is full, messages wait here. */
static void send_record(struct sim_tunnel *tunnel, struct slice bytes)
{
    if (tunnel->conn == NULL)
        return;
    if (buffer_size(&tunnel->backlog) == 0 && io_conn_queued(tunnel->conn) == 0) {
        write_now(tunnel, bytes);
        return;
    }
    buffer_put_u32_le(&tunnel->backlog, (uint32_t)bytes.size);
    buffer_put(&tunnel->backlog, bytes);
    if (!buffer_ok(&tunnel->backlog)) {
        tunnel->closing = true;
        tunnel->cut = true;
    }
}

static void on_drained(void *owner)
{
    struct sim_tunnel *tunnel = owner;
    while (buffer_size(&tunnel->backlog) > 4 && io_conn_queued(tunnel->conn) == 0) {
        struct slice all = buffer_slice(&tunnel->backlog);
        size_t size = (size_t)all.data[0] | (size_t)all.data[1] << 8 | (size_t)all.data[2] << 16 |
                      (size_t)all.data[3] << 24;
        write_now(tunnel, slice_first(slice_from(all, 4), size));
        buffer_consume(&tunnel->backlog, 4 + size);
    }
    buffer_release(&tunnel->backlog);
}

/* Sends in records of other sizes than the messages'. */
static void send_split(struct sim_tunnel *tunnel, struct slice bytes)
{
    while (bytes.size > 0) {
        size_t size = bytes.size;
        if (tunnel->line->options->split == SIM_SPLIT_BYTES)
            size = 1;
        else if (tunnel->line->options->split == SIM_SPLIT_RANDOM)
            size = 1 + random_below((uint32_t)bytes.size);
        send_record(tunnel, slice_first(bytes, size));
        bytes = slice_from(bytes, size);
    }
}

static void hold(struct sim_tunnel *tunnel, struct slice bytes)
{
    const struct sim_options *options = tunnel->line->options;
    buffer_put(&tunnel->held, bytes);
    if (!buffer_ok(&tunnel->held)) {
        tunnel->closing = true;
        tunnel->cut = true;
    }
    if (!io_timer_running(&tunnel->held_timer))
        io_timer_start(&tunnel->held_timer,
                       options->delay_ms > 0 ? random_below(options->delay_ms) + 1 : COALESCE_MS);
}

static void on_send(void *owner, struct slice message)
{
    struct sim_tunnel *tunnel = owner;
    const struct sim_options *options = tunnel->line->options;
    uint8_t spoiled[SIM_APF_MESSAGE];
    if (happens(options->corrupt) && message.size <= sizeof(spoiled)) {
        memcpy(spoiled, message.data, message.size);
        spoiled[random_below((uint32_t)message.size)] ^= (uint8_t)(1 + random_below(255));
        message.data = spoiled;
    }
    if (options->coalesce || options->delay_ms > 0)
        hold(tunnel, message);
    else
        send_split(tunnel, message);
    if (happens(options->drop)) {
        tunnel->closing = true;
        tunnel->cut = true;
    }
}

/* ---- what comes back ---- */

/* Does what a callback could not do while the machine was at work, and sets the next alarm. */
static void settle(struct sim_tunnel *tunnel)
{
    if (tunnel->state == SIM_TUNNEL_CLOSING)
        return;
    if (tunnel->closing && tunnel->conn != NULL) {
        tunnel->state = SIM_TUNNEL_CLOSING;
        io_timer_stop(&tunnel->timer);
        io_timer_stop(&tunnel->held_timer);
        if (tunnel->cut)
            io_conn_abort(tunnel->conn);
        else
            io_conn_close(tunnel->conn);
        return;
    }
    uint64_t due = sim_machine_due(&tunnel->machine);
    if (tunnel->state == SIM_TUNNEL_LOGIN && tunnel->login_until_ms < due)
        due = tunnel->login_until_ms;
    uint64_t now = now_us() / 1000;
    if (due == UINT64_MAX)
        io_timer_stop(&tunnel->timer);
    else
        io_timer_start(&tunnel->timer, due > now ? due - now : 1);
    if (tunnel->line->settled != NULL)
        tunnel->line->settled(tunnel);
}

static void on_held(struct io_timer *timer)
{
    struct sim_tunnel *tunnel = LIST_ENTRY(timer, struct sim_tunnel, held_timer);
    send_split(tunnel, buffer_slice(&tunnel->held));
    buffer_clear(&tunnel->held);
    buffer_release(&tunnel->held);
    settle(tunnel);
}

static void on_timer(struct io_timer *timer)
{
    struct sim_tunnel *tunnel = LIST_ENTRY(timer, struct sim_tunnel, timer);
    uint64_t now = now_us();
    if (tunnel->state == SIM_TUNNEL_LOGIN && tunnel->login_until_ms <= now / 1000)
        tunnel->closing = true;
    else
        sim_machine_tick(&tunnel->machine, now);
    settle(tunnel);
}

static void on_data(void *owner, struct slice bytes)
{
    struct sim_tunnel *tunnel = owner;
    if (tunnel->state == SIM_TUNNEL_CLOSING)
        return;
    sim_machine_feed(&tunnel->machine, bytes, now_us());
    settle(tunnel);
}

static void on_closed(void *owner, const struct error *why)
{
    struct sim_tunnel *tunnel = owner;
    bool was_up = tunnel->was_up;
    (void)why;
    tunnel->was_up = false;
    tunnel->conn = NULL;
    tunnel->state = SIM_TUNNEL_IDLE;
    tunnel->closing = false;
    tunnel->cut = false;
    tunnel->dead = false;
    io_timer_stop(&tunnel->held_timer);
    buffer_fini(&tunnel->backlog);
    buffer_fini(&tunnel->held);
    sim_machine_disconnect(&tunnel->machine);
    settle(tunnel); /* a power change goes on without a connection */
    tunnel->line->down(tunnel, was_up, tunnel->end);
}

static const struct io_conn_events conn_events = {
    .data = on_data,
    .drained = on_drained,
    .closed = on_closed,
};

/* ---- the machine's events ---- */

static void on_ready(void *owner)
{
    struct sim_tunnel *tunnel = owner;
    tunnel->state = SIM_TUNNEL_UP;
    tunnel->was_up = true;
    tunnel->line->up(tunnel);
}

static void on_round_trip(void *owner, uint64_t us)
{
    struct sim_tunnel *tunnel = owner;
    tunnel->line->round_trip(tunnel, us);
}

static void on_link_reset(void *owner)
{
    struct sim_tunnel *tunnel = owner;
    if (!tunnel->line->options->drop_on_power || tunnel->conn == NULL)
        return;
    tunnel->link_was_reset = true;
    tunnel->closing = true;
    tunnel->cut = true;
}

static void on_over(void *owner, enum sim_apf_end end, uint32_t reason)
{
    struct sim_tunnel *tunnel = owner;
    (void)reason;
    tunnel->end = end;
    tunnel->closing = true;
}

static const struct sim_machine_events machine_events = {
    .send = on_send,
    .ready = on_ready,
    .round_trip = on_round_trip,
    .link_reset = on_link_reset,
    .over = on_over,
};

/* ---- life ---- */

void sim_tunnel_init(struct sim_tunnel *tunnel, const struct sim_tunnel_line *line,
                     const struct sim_identity *identity, uint32_t number, void *owner)
{
    const struct sim_options *options = line->options;
    memset(tunnel, 0, sizeof(*tunnel));
    tunnel->line = line;
    tunnel->owner = owner;
    tunnel->number = number;
    memcpy(tunnel->user, identity->user, sizeof(tunnel->user));
    memcpy(tunnel->password, identity->password, sizeof(tunnel->password));
    memcpy(tunnel->host_name, identity->host_name, sizeof(tunnel->host_name));
    io_timer_init(&tunnel->timer, on_timer);
    io_timer_init(&tunnel->held_timer, on_held);
    buffer_init(&tunnel->backlog, BACKLOG_LIMIT);
    buffer_init(&tunnel->held, BACKLOG_LIMIT);
    list_init(&tunnel->link);
    struct sim_apf_options apf = {
        .guid = identity->guid,
        .user = tunnel->user,
        .password = tunnel->password,
        .host_name = tunnel->host_name,
        .trigger = 4,
        .keepalive_s = options->keepalive_s,
        .keepalive_timeout_s = 90,
        .ignore_keepalive_options = options->ignore_keepalive_options,
    };
    sim_machine_init(&tunnel->machine, identity->personality, &apf, number,
                     slice_of_string(identity->amt_password), &machine_events, tunnel);
    sim_machine_configure(&tunnel->machine, options, line->keys);
    sim_machine_set_local_password(&tunnel->machine, identity->local_password);
}

void sim_tunnel_fini(struct sim_tunnel *tunnel)
{
    io_timer_stop(&tunnel->timer);
    io_timer_stop(&tunnel->held_timer);
    buffer_fini(&tunnel->backlog);
    buffer_fini(&tunnel->held);
    sim_machine_fini(&tunnel->machine);
    memory_wipe(tunnel->password, sizeof(tunnel->password));
}

static void dial(void *arg)
{
    struct sim_tunnel *tunnel = arg;
    struct io_conn *conn = NULL;
    struct error why;
    error_clear(&why);
    if (tunnel->line->prepare == NULL || tunnel->line->prepare(tunnel, &why))
        conn =
            io_connect(&tunnel->line->server, tunnel->line->tls, tunnel->line->server_name, &why);
    if (conn == NULL) {
        if (tunnel->line->failed != NULL)
            tunnel->line->failed(tunnel, &why);
        tunnel->state = SIM_TUNNEL_IDLE;
        tunnel->line->down(tunnel, false, SIM_APF_END_NONE);
        return;
    }
    tunnel->conn = conn;
    tunnel->state = SIM_TUNNEL_LOGIN;
    tunnel->login_until_ms = now_us() / 1000 + LOGIN_MS;
    io_conn_own(conn, &conn_events, tunnel);
    sim_machine_connect(&tunnel->machine, now_us());
    settle(tunnel);
}

bool sim_tunnel_dial(struct sim_tunnel *tunnel, struct error *err)
{
    tunnel->state = SIM_TUNNEL_DIALLING;
    tunnel->end = SIM_APF_END_NONE;
    tunnel->dialled_us = now_us();
    if (io_task_start(&tunnel->dial, dial, tunnel, err))
        return true;
    tunnel->state = SIM_TUNNEL_IDLE;
    return false;
}

void sim_tunnel_hang_up(struct sim_tunnel *tunnel, bool cut)
{
    if (tunnel->state == SIM_TUNNEL_DIALLING) {
        io_task_cancel(&tunnel->dial);
    } else if (tunnel->state == SIM_TUNNEL_CLOSING && cut && tunnel->conn != NULL) {
        io_conn_abort(tunnel->conn);
    } else if (tunnel->conn != NULL) {
        tunnel->closing = true;
        tunnel->cut = cut;
        settle(tunnel);
    }
}

void sim_tunnel_wake(struct sim_tunnel *tunnel)
{
    settle(tunnel);
}

bool sim_tunnel_is_idle(const struct sim_tunnel *tunnel)
{
    return tunnel->state == SIM_TUNNEL_IDLE && !io_task_running(&tunnel->dial);
}

void sim_tunnel_ping(struct sim_tunnel *tunnel)
{
    if (tunnel->state != SIM_TUNNEL_UP || tunnel->conn == NULL)
        return;
    sim_apf_ping(&tunnel->machine.apf, now_us());
    settle(tunnel);
}
