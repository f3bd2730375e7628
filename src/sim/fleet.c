#include "sim/fleet.h"

#include "core/clock.h"
#include "core/memory.h"
#include "core/random.h"
#include "io/loop.h"
#include "sim/cira.h"
#include "sim/credentials.h"
#include "sim/tunnel.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define TICK_MS          10
#define PUBLISH_TICKS    25
#define PROBE_MS         2
#define DIALLING_LIMIT   1000 /* fibers at once, 64 KB of stack each */
#define STOP_GRACE_TICKS 200

struct sim_fleet {
    struct sim_fleet_plan plan;
    struct sim_tunnel_line line;
    char server_name[256];
    struct sim_tunnel *tunnels; /* NULL once they have ended */
    struct list queue;          /* tunnels that wait to be dialled */
    uint32_t dialling;
    double tokens;
    uint64_t ticked_ns;
    unsigned ticks;
    unsigned stopping_ticks;
    struct io_loop *loop;
    struct io_timer tick;
    struct io_timer probe;
    struct sim_stats stats;
    atomic_bool stop;
    pthread_mutex_t lock; /* of `published` */
    struct sim_stats published;
};

/* ---- tunnels ---- */

static void enqueue(struct sim_fleet *fleet, struct sim_tunnel *tunnel)
{
    list_remove(&tunnel->link);
    list_append(&fleet->queue, &tunnel->link);
}

static void on_redial(struct io_timer *timer)
{
    struct sim_tunnel *tunnel = LIST_ENTRY(timer, struct sim_tunnel, redial);
    enqueue(tunnel->owner, tunnel);
}

static void on_up(struct sim_tunnel *tunnel)
{
    struct sim_fleet *fleet = tunnel->owner;
    uint64_t took_us = clock_monotonic_ns() / 1000 - tunnel->dialled_us;
    fleet->dialling--;
    fleet->stats.logins++;
    fleet->stats.connected++;
    if (tunnel->seen_up)
        fleet->stats.reconnects++;
    tunnel->seen_up = true;
    tunnel->failures = 0;
    sim_histogram_add(&fleet->stats.login_us, took_us);
    if (fleet->plan.storm)
        sim_tunnel_hang_up(tunnel, false);
}

static uint64_t redial_ms(const struct sim_tunnel *tunnel, const struct sim_options *options)
{
    if (tunnel->link_was_reset) {
        uint32_t seconds = options->drop_redial_s;
        return seconds > 0 ? seconds * 1000u : 5000 + random_below(25000);
    }
    size_t step =
        tunnel->failures < options->redial_count ? tunnel->failures : options->redial_count - 1;
    return options->redial_s[step] * 1000u;
}

static void on_down(struct sim_tunnel *tunnel, bool was_up, enum sim_apf_end end)
{
    struct sim_fleet *fleet = tunnel->owner;
    bool stopping = atomic_load(&fleet->stop);
    fleet->stats.oddities += tunnel->machine.apf.oddities;
    tunnel->machine.apf.oddities = 0;
    if (end == SIM_APF_END_VIOLATION)
        fleet->stats.violations++;
    if (was_up)
        fleet->stats.connected--;
    else
        fleet->dialling--;
    struct sim_cira_plan plan;
    if (stopping || end == SIM_APF_END_LEFT ||
        !sim_cira_plan(&tunnel->machine.device, &plan)) /* nobody can change its mind any more */
        return;
    if (fleet->plan.storm) {
        if (!was_up)
            fleet->stats.login_failures++;
        if (was_up)
            enqueue(fleet, tunnel);
        else
            io_timer_start(&tunnel->redial, 100);
        return;
    }
    if (was_up && !tunnel->link_was_reset)
        fleet->stats.drops++;
    else if (!was_up)
        fleet->stats.login_failures++;
    io_timer_start(&tunnel->redial, redial_ms(tunnel, fleet->plan.options));
    tunnel->link_was_reset = false;
    if (!was_up)
        tunnel->failures++;
}

static void on_round_trip(struct sim_tunnel *tunnel, uint64_t us)
{
    struct sim_fleet *fleet = tunnel->owner;
    /* With probes the question is what they see; the others' intervals would blur it. */
    if (fleet->plan.probe == 0 || tunnel->number - fleet->plan.first < fleet->plan.probe)
        sim_histogram_add(&fleet->stats.keepalive_us, us);
}

/* ---- time ---- */

static void dial_some(struct sim_fleet *fleet)
{
    uint64_t now = clock_monotonic_ns();
    double rate = fleet->plan.rate;
    fleet->tokens += rate * (double)(now - fleet->ticked_ns) / 1e9;
    fleet->ticked_ns = now;
    if (fleet->tokens > rate / 10 + 1)
        fleet->tokens = rate / 10 + 1;
    while (!list_is_empty(&fleet->queue) && fleet->dialling < DIALLING_LIMIT &&
           (fleet->plan.rate == 0 || fleet->tokens >= 1)) {
        struct sim_tunnel *tunnel = LIST_ENTRY(fleet->queue.next, struct sim_tunnel, link);
        if (!sim_tunnel_is_idle(tunnel) || !sim_tunnel_dial(tunnel, NULL))
            return;
        list_remove(&tunnel->link);
        fleet->dialling++;
        fleet->tokens -= 1;
    }
}

static void publish(struct sim_fleet *fleet)
{
    struct sim_stats *stats = &fleet->stats;
    uint64_t oddities = stats->oddities;
    stats->devices = fleet->plan.storm ? 0 : fleet->plan.count;
    stats->logging_in = fleet->dialling;
    stats->wsman_requests = 0;
    stats->challenges = 0;
    for (uint32_t i = 0; i < fleet->plan.count; i++) {
        stats->wsman_requests += fleet->tunnels[i].machine.device.requests;
        stats->challenges += fleet->tunnels[i].machine.host.web.refused;
        if (fleet->tunnels[i].conn != NULL)
            stats->oddities += fleet->tunnels[i].machine.apf.oddities;
    }
    pthread_mutex_lock(&fleet->lock);
    fleet->published = *stats;
    if (fleet->plan.storm)
        fleet->published.connected = 0; /* they only pass through */
    pthread_mutex_unlock(&fleet->lock);
    stats->oddities = oddities;
}

static bool hang_up_all(struct sim_fleet *fleet)
{
    bool idle = true;
    bool cut = fleet->stopping_ticks++ > STOP_GRACE_TICKS;
    for (uint32_t i = 0; i < fleet->plan.count; i++) {
        struct sim_tunnel *tunnel = &fleet->tunnels[i];
        io_timer_stop(&tunnel->redial);
        list_remove(&tunnel->link);
        if (!sim_tunnel_is_idle(tunnel)) {
            idle = false;
            sim_tunnel_hang_up(tunnel, cut);
        }
    }
    return idle;
}

/* Frees the idle tunnels and stops every timer. On the loop: a power change may still be due. */
static void end_all(struct sim_fleet *fleet)
{
    for (uint32_t i = 0; i < fleet->plan.count; i++)
        sim_tunnel_fini(&fleet->tunnels[i]);
    free(fleet->tunnels);
    fleet->tunnels = NULL;
    io_timer_stop(&fleet->probe);
}

static void on_tick(struct io_timer *timer)
{
    struct sim_fleet *fleet = LIST_ENTRY(timer, struct sim_fleet, tick);
    if (atomic_load(&fleet->stop)) {
        if (fleet->stopping_ticks == 0)
            publish(fleet); /* the last word: what was up before we hung up */
        if (hang_up_all(fleet)) {
            end_all(fleet);
            io_loop_stop(fleet->loop);
            return;
        }
    } else {
        dial_some(fleet);
        if (++fleet->ticks % PUBLISH_TICKS == 0)
            publish(fleet);
    }
    io_timer_start(&fleet->tick, TICK_MS);
}

static void on_probe(struct io_timer *timer)
{
    struct sim_fleet *fleet = LIST_ENTRY(timer, struct sim_fleet, probe);
    if (atomic_load(&fleet->stop))
        return;
    for (uint32_t i = 0; i < fleet->plan.probe; i++)
        sim_tunnel_ping(&fleet->tunnels[i]);
    io_timer_start(&fleet->probe, PROBE_MS);
}

/* ---- life ---- */

static struct io_tls *make_tls(struct sim_fleet *fleet, struct error *err)
{
    const struct sim_options *options = fleet->plan.options;
    struct io_tls_client_options tls = {.insecure = options->ca == NULL, .newest = options->tls};
    struct io_tls *made = NULL;
    struct arena arena;
    arena_init(&arena);
    if (options->ca == NULL || sim_credentials_read(&arena, options->ca, &tls.ca_pem, err))
        made = io_tls_client_new(fleet->loop, &tls, err);
    arena_fini(&arena);
    return made;
}

static bool read_server(struct sim_fleet *fleet, struct error *err)
{
    const struct sim_options *options = fleet->plan.options;
    struct slice text = slice_of_string(options->server);
    if (!io_address_parse(text, &fleet->line.server, err))
        return error_wrap(err, "--server");
    if (options->ca == NULL)
        return true;
    size_t end = text.size;
    while (end > 0 && text.data[end - 1] != ':')
        end--;
    struct slice host = slice_first(text, end == 0 ? text.size : end - 1);
    if (host.size >= 2 && host.data[0] == '[')
        host = slice_first(slice_from(host, 1), host.size - 2);
    if (host.size >= sizeof(fleet->server_name))
        return error_set(err, ERROR_INVALID, "--server: the name is too long");
    memcpy(fleet->server_name, host.data, host.size);
    fleet->line.server_name = fleet->server_name;
    return true;
}

struct sim_fleet *sim_fleet_new(const struct sim_fleet_plan *plan, struct error *err)
{
    struct sim_fleet *fleet = memory_new(sizeof(*fleet));
    fleet->plan = *plan;
    fleet->line.options = plan->options;
    fleet->line.up = on_up;
    fleet->line.down = on_down;
    fleet->line.round_trip = on_round_trip;
    list_init(&fleet->queue);
    pthread_mutex_init(&fleet->lock, NULL);
    io_timer_init(&fleet->tick, on_tick);
    io_timer_init(&fleet->probe, on_probe);
    if (!read_server(fleet, err)) {
        sim_fleet_free(fleet);
        return NULL;
    }
    return fleet;
}

static void start(void *arg)
{
    struct sim_fleet *fleet = arg;
    fleet->ticked_ns = clock_monotonic_ns();
    for (uint32_t i = 0; i < fleet->plan.count; i++) {
        struct sim_identity identity;
        struct sim_tunnel *tunnel = &fleet->tunnels[i];
        sim_identity_of(fleet->plan.options, fleet->plan.first + i, &identity);
        sim_tunnel_init(tunnel, &fleet->line, &identity, fleet->plan.first + i, fleet);
        io_timer_init(&tunnel->redial, on_redial);
        if (!fleet->plan.options->unprovisioned)
            enqueue(fleet, tunnel);
        memory_wipe(&identity, sizeof(identity));
    }
    io_timer_start(&fleet->tick, 1);
    if (fleet->plan.probe > 0)
        io_timer_start(&fleet->probe, PROBE_MS);
}

struct starter {
    struct io_message message;
    struct sim_fleet *fleet;
};

static void on_start(struct io_message *message)
{
    start(((struct starter *)(void *)message)->fleet);
}

bool sim_fleet_run(struct sim_fleet *fleet, struct error *err)
{
    struct starter starter = {.message = {.run = on_start}, .fleet = fleet};
    bool ran = false;
    fleet->loop = io_loop_new(err);
    if (fleet->loop == NULL)
        return false;
    fleet->line.tls = make_tls(fleet, err);
    fleet->line.keys = sim_credentials_keys(fleet->plan.options, err);
    if (fleet->line.tls == NULL || fleet->line.keys == NULL)
        goto out;
    fleet->tunnels = memory_new((fleet->plan.count + 1) * sizeof(*fleet->tunnels));
    io_post(fleet->loop, &starter.message);
    io_loop_run(fleet->loop); /* until on_tick has ended every tunnel */
    ran = true;
out:
    io_tls_free(fleet->line.tls);
    sim_tls_keys_free(fleet->line.keys);
    io_loop_free(fleet->loop);
    fleet->loop = NULL;
    return ran;
}

void sim_fleet_stop(struct sim_fleet *fleet)
{
    atomic_store(&fleet->stop, true);
}

void sim_fleet_stats(struct sim_fleet *fleet, struct sim_stats *stats)
{
    pthread_mutex_lock(&fleet->lock);
    *stats = fleet->published;
    pthread_mutex_unlock(&fleet->lock);
}

void sim_fleet_free(struct sim_fleet *fleet)
{
    if (fleet == NULL)
        return;
    pthread_mutex_destroy(&fleet->lock);
    free(fleet);
}
