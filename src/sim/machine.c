#include "sim/machine.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

#define WINDOW      8192 /* firmware's is not known; 8 to 16 KB (spec 1.3) */
#define OUT_LIMIT   (512 * 1024)
#define PORT_HTTP   16992
#define PORT_HTTP_2 623

static void on_send(void *owner, struct slice message)
{
    struct sim_machine *machine = owner;
    machine->events->send(machine->owner, message);
}

static void on_ready(void *owner)
{
    struct sim_machine *machine = owner;
    machine->events->ready(machine->owner);
}

static void on_round_trip(void *owner, uint64_t us)
{
    struct sim_machine *machine = owner;
    if (machine->events->round_trip != NULL)
        machine->events->round_trip(machine->owner, us);
}

static void on_over(void *owner, enum sim_apf_end end, uint32_t reason)
{
    struct sim_machine *machine = owner;
    machine->events->over(machine->owner, end, reason);
}

static bool on_opened(void *owner, unsigned channel, uint16_t port)
{
    struct sim_machine *machine = owner;
    if (port != PORT_HTTP && port != PORT_HTTP_2)
        return false; /* TLS inside the tunnel and redirection: nobody listens */
    machine->webs[channel] = memory_new(sizeof(struct sim_web));
    sim_web_init(machine->webs[channel], &machine->host);
    return true;
}

static void on_closed(void *owner, unsigned channel)
{
    struct sim_machine *machine = owner;
    if (machine->webs[channel] == NULL)
        return;
    sim_web_fini(machine->webs[channel]);
    free(machine->webs[channel]);
    machine->webs[channel] = NULL;
}

/* Sends what the web server put out; afterwards the channel may be gone. */
static void deliver(struct sim_machine *machine, unsigned channel, struct buffer *out)
{
    bool finished = machine->webs[channel]->finished;
    if (!buffer_ok(out) ||
        (buffer_size(out) > 0 && !sim_apf_write(&machine->apf, channel, buffer_slice(out))))
        finished = true;
    buffer_fini(out);
    if (finished)
        sim_apf_close(&machine->apf, channel);
}

static void on_data(void *owner, unsigned channel, struct slice bytes)
{
    struct sim_machine *machine = owner;
    struct buffer out;
    if (machine->webs[channel] == NULL)
        return;
    buffer_init(&out, OUT_LIMIT);
    sim_web_feed(machine->webs[channel], bytes, machine->now_us / 1000, &out);
    deliver(machine, channel, &out);
}

static const struct sim_apf_events apf_events = {
    .send = on_send,
    .ready = on_ready,
    .opened = on_opened,
    .data = on_data,
    .closed = on_closed,
    .round_trip = on_round_trip,
    .over = on_over,
};

void sim_machine_init(struct sim_machine *machine, const struct sim_personality *personality,
                      const struct sim_apf_options *options, uint32_t number,
                      struct slice amt_password, const struct sim_machine_events *events,
                      void *owner)
{
    memset(machine, 0, sizeof(*machine));
    sim_device_init(&machine->device, personality, &options->guid, number);
    machine->device.host_name = options->host_name;
    sim_authenticator_init(&machine->authenticator, "admin", machine->device.realm, amt_password);
    machine->host.device = &machine->device;
    machine->host.authenticator = &machine->authenticator;
    machine->options = *options;
    machine->options.ports = personality->ports;
    if (machine->options.window == 0)
        machine->options.window = WINDOW;
    machine->events = events;
    machine->owner = owner;
}

void sim_machine_fini(struct sim_machine *machine)
{
    sim_machine_disconnect(machine);
    sim_device_fini(&machine->device);
    sim_authenticator_fini(&machine->authenticator);
}

void sim_machine_connect(struct sim_machine *machine, uint64_t now_us)
{
    machine->now_us = now_us;
    machine->connected = true;
    machine->host.busy_until_ms = 0;
    sim_apf_init(&machine->apf, &machine->options, &apf_events, machine);
    sim_apf_start(&machine->apf, now_us);
}

void sim_machine_disconnect(struct sim_machine *machine)
{
    if (!machine->connected)
        return;
    machine->connected = false;
    for (unsigned i = 0; i < SIM_APF_CHANNELS; i++)
        on_closed(machine, i);
    sim_apf_fini(&machine->apf);
}

static void check_link(struct sim_machine *machine)
{
    if (sim_device_take_link_reset(&machine->device) && machine->events->link_reset != NULL)
        machine->events->link_reset(machine->owner);
}

void sim_machine_feed(struct sim_machine *machine, struct slice bytes, uint64_t now_us)
{
    if (!machine->connected)
        return;
    machine->now_us = now_us;
    sim_apf_feed(&machine->apf, bytes, now_us);
    check_link(machine);
}

void sim_machine_tick(struct sim_machine *machine, uint64_t now_us)
{
    machine->now_us = now_us;
    sim_device_tick(&machine->device, now_us / 1000);
    for (unsigned i = 0; machine->connected && i < SIM_APF_CHANNELS; i++) {
        struct buffer out;
        if (machine->webs[i] == NULL || machine->webs[i]->due_ms > now_us / 1000)
            continue;
        buffer_init(&out, OUT_LIMIT);
        sim_web_tick(machine->webs[i], now_us / 1000, &out);
        deliver(machine, i, &out);
    }
    if (machine->connected && machine->device.leave_ms <= now_us / 1000)
        sim_apf_leave(&machine->apf);
    if (machine->connected)
        sim_apf_tick(&machine->apf, now_us);
    check_link(machine);
}

uint64_t sim_machine_due(const struct sim_machine *machine)
{
    uint64_t due = sim_device_due(&machine->device);
    if (!machine->connected)
        return due;
    if (machine->device.leave_ms < due)
        due = machine->device.leave_ms;
    for (unsigned i = 0; i < SIM_APF_CHANNELS; i++) {
        if (machine->webs[i] != NULL && machine->webs[i]->due_ms < due)
            due = machine->webs[i]->due_ms;
    }
    uint64_t apf = sim_apf_due(&machine->apf);
    return apf < due ? apf : due;
}
