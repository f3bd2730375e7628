#include "sim/machine.h"

#include "core/clock.h"
#include "sim/provisioning.h"
#include "sim/report.h"

#include <stdio.h>
#include <string.h>

#define WINDOW 8192 /* firmware's is not known; 8 to 16 KB (spec 1.3) */

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

static void on_service_send(void *owner, struct slice bytes)
{
    struct sim_machine_channel *channel = owner;
    unsigned number = (unsigned)(channel - channel->machine->channels);
    if (!sim_apf_write(&channel->machine->apf, number, bytes))
        channel->failed = true;
}

static size_t on_service_queued(void *owner)
{
    const struct sim_machine_channel *channel = owner;
    return sim_apf_queued(&channel->machine->apf, (unsigned)(channel - channel->machine->channels));
}

static const struct sim_service_events service_events = {.send = on_service_send,
                                                         .queued = on_service_queued};

static bool on_opened(void *owner, unsigned number, uint16_t port)
{
    struct sim_machine *machine = owner;
    struct sim_machine_channel *channel = &machine->channels[number];
    channel->machine = machine;
    channel->failed = false;
    channel->service =
        sim_service_new(&machine->host, port, &service_events, channel, machine->now_us / 1000);
    return channel->service != NULL;
}

static void on_closed(void *owner, unsigned number)
{
    struct sim_machine *machine = owner;
    sim_service_free(machine->channels[number].service, machine->now_us / 1000);
    machine->channels[number].service = NULL;
}

/* Closes a channel whose service has finished. */
static void settle(struct sim_machine *machine, unsigned number)
{
    struct sim_machine_channel *channel = &machine->channels[number];
    if (channel->service != NULL && (channel->failed || channel->service->finished))
        sim_apf_close(&machine->apf, number);
}

static void on_data(void *owner, unsigned number, struct slice bytes)
{
    struct sim_machine *machine = owner;
    if (machine->channels[number].service == NULL)
        return;
    sim_service_feed(machine->channels[number].service, bytes, machine->now_us / 1000);
    settle(machine, number);
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
    sim_service_host_init(&machine->host, &machine->device, &machine->authenticator);
    machine->host.tls.name = options->host_name;
    machine->options = *options;
    machine->options.ports = personality->ports;
    if (machine->options.window == 0)
        machine->options.window = WINDOW;
    machine->events = events;
    machine->owner = owner;
}

void sim_machine_configure(struct sim_machine *machine, const struct sim_options *options,
                           struct sim_tls_keys *keys)
{
    /* the firmware's clock is right until somebody sets it */
    machine->device.clock_base = (uint64_t)clock_wall_ms() / 1000 -
                                 clock_monotonic_ns() / 1000000000 + options->clock_ahead_s -
                                 options->clock_behind_s;
    machine->device.power_delay_ms = options->power_delay_ms;
    machine->device.boot_time_ms = options->boot_time_ms;
    machine->device.screen_width = options->screen_width;
    machine->device.screen_height = options->screen_height;
    machine->device.screens = (uint8_t)options->screens;
    machine->device.client_mode = options->client_mode;
    machine->device.agent = !options->no_agent;
    machine->device.sessions_block_power = options->sessions_block_power;
    machine->device.booted = sim_report_boot;
    machine->device.shown = sim_report_code;
    machine->device.loaded = sim_report_loaded;
    machine->device.verified = sim_report_verified;
    machine->device.drives = options->drives;
    machine->device.line = options->line;
    machine->host.web.latency_ms = options->latency_ms;
    machine->host.web.close_each = options->close_each;
    machine->host.web.mischief = options->mischief;
    machine->host.tls.keys = keys;
    machine->host.web.drop_after = options->drop_after;
    sim_provisioning_configure(&machine->device, options);
    if (options->unprovisioned)
        sim_provisioning_begin(&machine->device);
    if (options->unprovisioned && options->start_client.algorithm != 0)
        (void)sim_provisioning_start(&machine->device, &options->start_client);
    machine->authenticator.strict_count = options->strict_count;
}

void sim_machine_set_local_password(struct sim_machine *machine, const char *password)
{
    struct sim_provisioning *p = machine->device.provisioning;
    snprintf(p->local_password, sizeof(p->local_password), "%s", password);
}

void sim_machine_fini(struct sim_machine *machine)
{
    sim_machine_disconnect(machine);
    sim_tls_identity_fini(&machine->host.tls);
    sim_device_fini(&machine->device);
    sim_authenticator_fini(&machine->authenticator);
}

void sim_machine_connect(struct sim_machine *machine, uint64_t now_us)
{
    machine->now_us = now_us;
    machine->connected = true;
    machine->host.web.busy_until_ms = 0;
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
    if (sim_device_take_link_reset(&machine->device) && machine->events != NULL &&
        machine->events->link_reset != NULL)
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
        struct sim_service *service = machine->channels[i].service;
        if (service == NULL || sim_service_due(service) > now_us / 1000)
            continue;
        sim_service_tick(service, now_us / 1000);
        settle(machine, i);
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
        const struct sim_service *service = machine->channels[i].service;
        if (service != NULL && sim_service_due(service) < due)
            due = sim_service_due(service);
    }
    uint64_t apf = sim_apf_due(&machine->apf);
    return apf < due ? apf : due;
}
