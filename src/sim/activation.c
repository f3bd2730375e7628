#include "sim/activation.h"

#include "core/clock.h"
#include "core/random.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "sim/provisioning.h"

#include <stdlib.h>
#include <string.h>

#define MESSAGE_LIMIT (1024 * 1024)
#define HEARD_LIMIT   (1024 * 1024)
#define TUNNEL_MS     90000 /* that rpc-go waits for an answer inside TLS */
#define GARBAGE       64
#define HTTP_PORT     16992
#define HTTPS_PORT    16993

static uint64_t now_ms(void)
{
    return clock_monotonic_ns() / 1000000;
}

/* ---- the local door ---- */

static void on_heard(void *owner, struct slice bytes)
{
    struct sim_activation *activation = owner;
    buffer_put(&activation->heard, bytes);
}

static const struct sim_service_events door_events = {.send = on_heard};

static struct sim_service *open_door(struct sim_activation *activation, uint16_t port)
{
    return sim_service_new_local(&activation->home->tunnel.machine.host, port, &door_events,
                                 activation, now_ms());
}

static void close_tunnel(struct sim_activation *activation)
{
    sim_service_free(activation->service, now_ms());
    activation->service = NULL;
}

static void look_at_machine(struct sim_activation *activation)
{
    sim_call_home_check(activation->home);
    if (activation->served != NULL)
        activation->served(activation);
}

static bool hang_up(struct sim_activation *activation, struct error *err)
{
    activation->left = true;
    return error_set(err, ERROR_CANCELLED, "the agent hung up, as it was told to");
}

/* Puts bytes in and waits until all of the answer is out, or until nothing will come within
 * `window`. False when the fiber's time is up, or when the agent is to hang up. */
static bool exchange(struct sim_activation *activation, struct sim_service *service,
                     struct slice bytes, uint64_t window_ms, struct error *err)
{
    uint64_t until = now_ms() + window_ms;
    sim_service_feed(service, bytes, now_ms());
    look_at_machine(activation);
    if (activation->home->tunnel.machine.host.web.left)
        return hang_up(activation, err);
    while (sim_service_due(service) != UINT64_MAX) {
        uint64_t due = sim_service_due(service), now = now_ms();
        if (due > until)
            return io_sleep(until > now ? until - now : 0, err);
        if (due > now && !io_sleep(due - now, err))
            return false;
        sim_service_tick(service, now_ms());
        look_at_machine(activation);
    }
    if (buffer_size(&activation->heard) > 0 || service->finished || activation->tunnel)
        return true;
    uint64_t now = now_ms();
    return io_sleep(until > now ? until - now : 0, err);
}

/* ---- answers ---- */

static bool say(struct sim_activation *activation, const char *method, const char *status,
                struct slice payload, struct error *err)
{
    struct buffer text;
    buffer_init_secret(&text, MESSAGE_LIMIT);
    sim_message_put(&text, method, status, "", payload);
    bool said = sim_socket_send(activation->socket, buffer_slice(&text), err);
    buffer_fini(&text);
    return said;
}

/* Silence is answered with silence. */
static bool pass_on(struct sim_activation *activation, const char *method, struct error *err)
{
    const struct sim_options *options = activation->line->options;
    uint8_t noise[GARBAGE];
    struct slice answer = buffer_slice(&activation->heard);
    if (answer.size == 0)
        return true;
    if (options->late == activation->messages && !io_sleep(options->late_ms, err))
        return false;
    if (options->garbage == activation->messages) {
        random_bytes(noise, sizeof(noise));
        answer = slice_of(noise, sizeof(noise));
    }
    return say(activation, method, "ok", answer, err);
}

static bool carry_plain(struct sim_activation *activation, struct slice request, struct error *err)
{
    struct sim_service *service = open_door(activation, HTTP_PORT);
    if (service == NULL)
        return error_set(err, ERROR_CONNECTION, "the local door without TLS is closed");
    bool done = exchange(activation, service, request, activation->line->options->answer_ms, err);
    if (sim_service_due(service) != UINT64_MAX)
        buffer_clear(&activation->heard); /* too late: nobody listens any more */
    sim_service_free(service, now_ms());
    return done && pass_on(activation, "response", err);
}

static bool is_client_hello(struct slice bytes)
{
    return bytes.size > 5 && bytes.data[0] == 0x16 && bytes.data[5] == 0x01;
}

static bool carry_tunnel(struct sim_activation *activation, struct slice bytes, struct error *err)
{
    if (is_client_hello(bytes))
        close_tunnel(activation);
    if (activation->service == NULL)
        activation->service = open_door(activation, HTTPS_PORT);
    if (activation->service == NULL)
        return say(activation, "connection_reset", "ok", SLICE_LITERAL("lms_error"), err);
    if (!exchange(activation, activation->service, bytes, TUNNEL_MS, err) ||
        !pass_on(activation, "tls_data", err))
        return false;
    if (!activation->service->finished)
        return true;
    close_tunnel(activation);
    return say(activation, "connection_reset", "ok", SLICE_LITERAL("connection_closed"), err);
}

static bool switch_port(struct sim_activation *activation, const struct sim_message *message,
                        struct error *err)
{
    close_tunnel(activation);
    if (!io_sleep(message->delay_s * 1000u, err))
        return false;
    struct sim_service *probe = open_door(activation, message->port);
    if (probe == NULL)
        return error_set(err, ERROR_CONNECTION, "the local door %u is closed", message->port);
    sim_service_free(probe, now_ms());
    activation->tunnel = message->port == HTTPS_PORT;
    return say(activation, "port_switch_ack", "ok", SLICE_LITERAL("ok"), err);
}

/* ---- the session ---- */

static bool hang(struct error *err)
{
    struct io_wait never = {0};
    return io_wait_for(&never, IO_FOREVER, err);
}

static bool serve(struct sim_activation *activation, const struct sim_message *message,
                  struct error *err)
{
    const struct sim_options *options = activation->line->options;
    buffer_clear(&activation->heard);
    activation->reshaped |= !message->fits;
    if (options->hang_after > 0 && activation->messages >= options->hang_after)
        return hang(err);
    if (options->close_after > 0 && activation->messages >= options->close_after)
        return hang_up(activation, err);
    switch (message->kind) {
    case SIM_MESSAGE_SUCCESS:
    case SIM_MESSAGE_ERROR:
        activation->final = true;
        activation->success = message->kind == SIM_MESSAGE_SUCCESS;
        buffer_put(&activation->said, message->text);
        return false;
    case SIM_MESSAGE_HEARTBEAT:
        return say(activation, "heartbeat_response", "success", (struct slice){0}, err);
    case SIM_MESSAGE_PROGRESS:
        return true;
    case SIM_MESSAGE_PORT_SWITCH:
        return switch_port(activation, message, err);
    default:
        return activation->tunnel ? carry_tunnel(activation, message->payload, err)
                                  : carry_plain(activation, message->payload, err);
    }
}

static bool begin(struct sim_activation *activation, struct error *err)
{
    const struct sim_agent_line *line = activation->line;
    const struct sim_device *device = &activation->home->tunnel.machine.device;
    struct buffer first;
    activation->socket = sim_socket_open(&line->target, line->resolver, line->tls,
                                         line->server_name, line->bearer, err);
    if (activation->socket == NULL)
        return false;
    activation->tunnel =
        sim_provisioning_is_tls_only(device) ||
        (device->provisioning->doors_follow && !device->provisioning->doors[1].plain);
    buffer_init_secret(&first, MESSAGE_LIMIT);
    sim_message_put_first(&first, line->options, &activation->home->tunnel.machine,
                          activation->home->tunnel.host_name, activation->password);
    bool said = sim_socket_send(activation->socket, buffer_slice(&first), err);
    buffer_fini(&first);
    return said;
}

static bool take(struct sim_activation *activation, struct buffer *text, struct error *err)
{
    struct arena arena;
    struct sim_message message;
    if (!sim_socket_read(activation->socket, text, err))
        return false;
    activation->messages++;
    arena_init(&arena);
    bool goes_on = sim_message_read(&arena, buffer_slice(text), &message, err) &&
                   serve(activation, &message, err);
    arena_fini_wiped(&arena);
    return goes_on;
}

void sim_activation_run(struct sim_activation *activation)
{
    struct buffer text;
    uint64_t before = io_deadline_within(activation->line->options->timeout_s * UINT64_C(1000));
    buffer_init_secret(&text, MESSAGE_LIMIT);
    buffer_init(&activation->heard, HEARD_LIMIT);
    buffer_init(&activation->said, MESSAGE_LIMIT);
    error_clear(&activation->why);
    if (begin(activation, &activation->why)) {
        while (take(activation, &text, &activation->why))
            ;
    }
    close_tunnel(activation);
    sim_socket_close(activation->socket, !activation->left);
    activation->socket = NULL;
    buffer_fini(&activation->heard);
    buffer_fini(&text);
    io_deadline_restore(before);
}

void sim_activation_fini(struct sim_activation *activation)
{
    buffer_fini(&activation->said);
}
