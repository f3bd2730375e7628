#include "sim/call_home.h"

#include "core/clock.h"
#include "io/loop.h"
#include "sim/cira.h"

#include <stdio.h>
#include <string.h>

#define FIRST_MS    50 /* from the configuration to the first call */
#define DIAL_MS     20000
#define ROOTS_LIMIT (128 * 1024)

/* The plan, where somebody has given the machine a login. A machine that was made of a recording
 * has a server, too, whose password no recording shows, and must not call what it was recorded
 * with. */
static bool wants_call(const struct sim_device *device, struct sim_cira_plan *plan)
{
    return sim_cira_plan(device, plan) && plan->password.size > 0;
}

static struct sim_call_home *home_of(struct sim_tunnel *tunnel)
{
    return tunnel->owner;
}

static bool copy(char *to, size_t size, struct slice text)
{
    if (text.size >= size)
        return false;
    memcpy(to, text.data == NULL ? (const uint8_t *)"" : text.data, text.size);
    to[text.size] = '\0';
    return true;
}

/* ---- dialling ---- */

static struct io_tls *make_tls(const struct sim_call_home *home, struct error *err)
{
    struct io_tls_client_options tls = {.newest = home->line.options->tls};
    struct buffer pem;
    struct io_tls *made = NULL;
    buffer_init(&pem, ROOTS_LIMIT);
    if (sim_cira_put_roots(&home->tunnel.machine.device, &pem) == 0 || !buffer_ok(&pem)) {
        error_set(err, ERROR_INVALID, "the machine has no trusted root");
    } else {
        tls.ca_pem = buffer_slice(&pem);
        made = io_tls_client_new(io_loop_current(), &tls, err);
    }
    buffer_fini(&pem);
    return made;
}

static bool is_loopback(const struct io_address *address, struct error *err)
{
    char text[IO_ADDRESS_TEXT_SIZE];
    io_address_format(address, text);
    return strncmp(text, "127.", 4) == 0 || strncmp(text, "[::1]", 5) == 0 ||
           error_set(err, ERROR_FORBIDDEN,
                     "%s is another machine, which this one calls only with "
                     "--cira-via",
                     text);
}

/* On the fiber that dials: fills in what the model says now. */
static bool prepare(struct sim_tunnel *tunnel, struct error *err)
{
    struct sim_call_home *home = home_of(tunnel);
    struct sim_cira_plan plan;
    struct io_address addresses[IO_RESOLVE_MOST];
    char host[256];
    size_t count = 0;
    const char *via = home->line.options->cira_via;
    if (!wants_call(&tunnel->machine.device, &plan))
        return error_set(err, ERROR_INVALID, "the machine is at home");
    if (!copy(host, sizeof(host), plan.host) || !copy(home->name, sizeof(home->name), plan.name) ||
        !copy(tunnel->user, sizeof(tunnel->user), plan.user) ||
        !copy(tunnel->password, sizeof(tunnel->password), plan.password))
        return error_set(err, ERROR_INVALID, "a name of the server is too long");
    uint16_t port = plan.port;
    io_tls_free(home->line.tls);
    home->line.tls = make_tls(home, err);
    home->line.server_name = home->name;
    if (home->line.tls == NULL)
        return false;
    if (via != NULL)
        return io_address_parse(slice_of_string(via), &home->line.server, err);
    (void)io_deadline_within(DIAL_MS); /* of this fiber, which ends with the handshake */
    if (!io_resolve(home->resolver, host, port, addresses, &count, err))
        return false;
    home->line.server = addresses[0];
    return !home->line.options->loopback_only || is_loopback(&addresses[0], err);
}

static void dial(struct sim_call_home *home)
{
    if (home->stopped || !home->wants || !sim_tunnel_is_idle(&home->tunnel))
        return;
    if (!sim_tunnel_dial(&home->tunnel, NULL))
        io_timer_start(&home->redial, 1000);
}

static void on_redial(struct io_timer *timer)
{
    struct sim_call_home *home = LIST_ENTRY(timer, struct sim_call_home, redial);
    if (!sim_tunnel_is_idle(&home->tunnel))
        io_timer_start(&home->redial, FIRST_MS); /* the fiber of the last call is not over yet */
    else
        dial(home);
}

static uint64_t pause_ms(const struct sim_call_home *home)
{
    const struct sim_options *options = home->line.options;
    struct sim_cira_plan plan;
    if (options->redial_given) {
        size_t step =
            home->failures < options->redial_count ? home->failures : options->redial_count - 1;
        return options->redial_s[step] * 1000u + FIRST_MS;
    }
    if (!wants_call(&home->tunnel.machine.device, &plan))
        return FIRST_MS;
    return plan.interval_s * UINT64_C(1000);
}

/* ---- what happens to the tunnel ---- */

static void tell(struct sim_call_home *home, bool up)
{
    struct sim_remote_access *record = &home->tunnel.machine.device.remote_access;
    home->tunnel.machine.device.tunnel_is_up = up;
    if (up) {
        record->opened_ms = clock_monotonic_ns() / 1000000;
        record->interval_s = home->tunnel.machine.apf.interval_s;
        record->failures = 0;
    } else {
        record->closed_ms = clock_monotonic_ns() / 1000000;
    }
    if (home->events->connected != NULL)
        home->events->connected(home, up);
}

static void on_life(struct io_timer *timer)
{
    struct sim_call_home *home = LIST_ENTRY(timer, struct sim_call_home, life);
    sim_tunnel_hang_up(&home->tunnel, false);
}

static void on_failed(struct sim_tunnel *tunnel, const struct error *why)
{
    struct sim_call_home *home = home_of(tunnel);
    tunnel->machine.device.remote_access.tried_ms = clock_monotonic_ns() / 1000000;
    tunnel->machine.device.remote_access.failures++;
    if (home->stopped || strncmp(home->why, why->text, sizeof(home->why) - 1) == 0)
        return;
    snprintf(home->why, sizeof(home->why), "%.255s", why->text);
    if (home->events->failed != NULL)
        home->events->failed(home, why);
}

static void on_up(struct sim_tunnel *tunnel)
{
    struct sim_call_home *home = home_of(tunnel);
    struct sim_cira_plan plan;
    home->failures = 0;
    home->why[0] = '\0';
    if (wants_call(&tunnel->machine.device, &plan) && plan.life_s > 0)
        io_timer_start(&home->life, plan.life_s * UINT64_C(1000));
    tell(home, true);
}

static void on_down(struct sim_tunnel *tunnel, bool was_up, enum sim_apf_end end)
{
    struct sim_call_home *home = home_of(tunnel);
    (void)end;
    io_timer_stop(&home->life);
    if (was_up)
        tell(home, false);
    if (home->wants && !home->stopped)
        io_timer_start(&home->redial, pause_ms(home));
    if (!was_up)
        home->failures++;
}

static void on_round_trip(struct sim_tunnel *tunnel, uint64_t us)
{
    (void)tunnel;
    (void)us;
}

static void on_settled(struct sim_tunnel *tunnel)
{
    struct sim_call_home *home = home_of(tunnel);
    sim_call_home_check(home);
    if (home->events->settled != NULL)
        home->events->settled(home);
}

void sim_call_home_check(struct sim_call_home *home)
{
    struct sim_cira_plan plan;
    if (home->checking || home->stopped)
        return;
    home->checking = true; /* the tunnel tells of what is done to it below */
    bool wants = wants_call(&home->tunnel.machine.device, &plan);
    if (wants != home->wants) {
        home->wants = wants;
        home->failures = 0;
        if (wants)
            io_timer_start(&home->redial, FIRST_MS);
        else
            io_timer_stop(&home->redial);
        /* one that is un-provisioned says goodbye by itself, once its answer has gone */
        if (!wants && home->tunnel.machine.device.setup == SIM_SETUP_POST)
            sim_tunnel_hang_up(&home->tunnel, false);
    }
    sim_tunnel_wake(&home->tunnel);
    home->checking = false;
}

/* ---- life ---- */

void sim_call_home_init(struct sim_call_home *home, const struct sim_options *options,
                        const struct sim_identity *identity, uint32_t number,
                        struct sim_tls_keys *keys, struct io_resolver *resolver,
                        const struct sim_call_home_events *events, void *owner)
{
    memset(home, 0, sizeof(*home));
    home->line = (struct sim_tunnel_line){
        .options = options,
        .keys = keys,
        .prepare = prepare,
        .failed = on_failed,
        .up = on_up,
        .down = on_down,
        .round_trip = on_round_trip,
        .settled = on_settled,
    };
    home->resolver = resolver;
    home->events = events;
    home->owner = owner;
    io_timer_init(&home->redial, on_redial);
    io_timer_init(&home->life, on_life);
    sim_tunnel_init(&home->tunnel, &home->line, identity, number, home);
}

void sim_call_home_stop(struct sim_call_home *home, bool cut)
{
    home->stopped = true;
    io_timer_stop(&home->redial);
    io_timer_stop(&home->life);
    sim_tunnel_hang_up(&home->tunnel, cut);
}

bool sim_call_home_is_over(const struct sim_call_home *home)
{
    return sim_tunnel_is_idle(&home->tunnel);
}

void sim_call_home_fini(struct sim_call_home *home)
{
    sim_tunnel_fini(&home->tunnel);
    io_tls_free(home->line.tls);
    home->line.tls = NULL;
}
