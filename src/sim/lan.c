#include "sim/lan.h"

#include "core/memory.h"
#include "io/loop.h"
#include "io/timer.h"
#include "sim/call_home.h"
#include "sim/credentials.h"
#include "sim/enroll.h"
#include "sim/listening.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PORTS     SIM_LISTENING_PORTS
#define ENDING_MS 5

struct lan_device {
    struct sim_call_home home; /* with the machine */
    struct sim_lan *lan;
    struct sim_listening listening;
};

struct sim_lan {
    const struct sim_options *options;
    struct io_loop *loop;
    struct sim_tls_keys *keys;
    struct io_resolver *resolver;
    struct lan_device *devices;
    struct io_message start, stop;
    struct io_timer ending; /* looks whether all has ended */
    struct in_addr address; /* of the first device */
    bool failed;
    struct error why;
};

/* ---- devices ---- */

static void on_settled(struct sim_call_home *home)
{
    struct lan_device *device = home->owner;
    sim_listening_schedule(&device->listening);
}

/* A request may have started something. */
static void on_request(void *owner)
{
    struct lan_device *device = owner;
    sim_call_home_check(&device->home);
}

static void on_call_failed(struct sim_call_home *home, const struct error *why)
{
    char guid[GUID_TEXT_SIZE];
    fprintf(stderr, "call failed guid=%s why=%s\n",
            guid_format(&home->tunnel.machine.device.guid, guid), why->text);
}

static const struct sim_call_home_events home_events = {.settled = on_settled,
                                                        .failed = on_call_failed};

static const char *address_text(const struct sim_lan *lan, uint32_t number,
                                char text[INET_ADDRSTRLEN])
{
    struct in_addr address = {htonl(ntohl(lan->address.s_addr) + number)};
    return inet_ntop(AF_INET, &address, text, INET_ADDRSTRLEN);
}

static bool listen_on(struct sim_lan *lan, uint32_t number, unsigned index, struct error *err)
{
    struct lan_device *device = &lan->devices[number];
    char host[INET_ADDRSTRLEN];
    char text[IO_ADDRESS_TEXT_SIZE];
    struct io_address address;
    if (!sim_personality_has_port(device->home.tunnel.machine.device.personality,
                                  device->listening.ports[index].number))
        return true;
    snprintf(text, sizeof(text), "%s:%u", address_text(lan, number, host),
             lan->options->ports == 0 ? 0u : lan->options->ports + index);
    if (!io_address_parse(slice_of_string(text), &address, err))
        return error_wrap(err, "%s", text);
    return sim_listening_open(&device->listening, index, &address, err);
}

/* "ready 127.0.0.1 http=16992 https=16993 redirection=16994 redirection-tls=16995 guid=… sha256=…",
 * the ports only where the device has them. */
static void announce(const struct sim_lan *lan, uint32_t number)
{
    static const char *const names[PORTS] = {"http", "https", "redirection", "redirection-tls"};
    struct lan_device *device = &lan->devices[number];
    char host[INET_ADDRSTRLEN];
    char guid[GUID_TEXT_SIZE];
    char fingerprint[65] = "";
    printf("ready %s", address_text(lan, number, host));
    for (unsigned i = 0; i < PORTS; i++) {
        if (device->listening.ports[i].listener == NULL)
            continue;
        struct io_address address = io_listener_address(device->listening.ports[i].listener);
        printf(" %s=%u", names[i], io_address_port(&address));
    }
    (void)sim_tls_identity_fingerprint(&device->home.tunnel.machine.host.tls, fingerprint);
    printf(" guid=%s sha256=%s\n", guid_format(&device->home.tunnel.machine.device.guid, guid),
           fingerprint);
}

static bool start_device(struct sim_lan *lan, uint32_t number, struct error *err)
{
    const struct sim_options *options = lan->options;
    struct lan_device *device = &lan->devices[number];
    struct sim_identity identity;
    sim_identity_of(options, number, &identity);
    sim_call_home_init(&device->home, options, &identity, number, lan->keys, lan->resolver,
                       &home_events, device);
    memory_wipe(&identity, sizeof(identity));
    device->lan = lan;
    sim_listening_init(&device->listening, options, &device->home.tunnel.machine.host,
                       SIM_LISTENING_EITHER, on_request, device);
    for (unsigned i = 0; i < PORTS; i++) {
        if (!listen_on(lan, number, i, err))
            return false;
    }
    return true;
}

static void close_all(struct sim_lan *lan)
{
    for (uint32_t i = 0; i < lan->options->count; i++) {
        struct lan_device *device = &lan->devices[i];
        if (device->lan == NULL)
            continue; /* never started */
        sim_call_home_stop(&device->home, true);
        sim_listening_stop(&device->listening);
    }
}

static void on_start(struct io_message *message)
{
    struct sim_lan *lan = LIST_ENTRY(message, struct sim_lan, start);
    for (uint32_t i = 0; i < lan->options->count && !lan->failed; i++)
        lan->failed = !start_device(lan, i, &lan->why);
    if (lan->failed) {
        close_all(lan);
        io_timer_start(&lan->ending, ENDING_MS);
        return;
    }
    for (uint32_t i = 0; i < lan->options->count; i++)
        announce(lan, i);
    fflush(stdout);
}

static void on_stop(struct io_message *message)
{
    struct sim_lan *lan = LIST_ENTRY(message, struct sim_lan, stop);
    if (lan->failed)
        return; /* that ends it, too */
    close_all(lan);
    io_timer_start(&lan->ending, ENDING_MS);
}

/* What a device has on the loop must be off it before the loop goes. */
static void on_ending(struct io_timer *timer)
{
    struct sim_lan *lan = LIST_ENTRY(timer, struct sim_lan, ending);
    bool over = true;
    for (uint32_t i = 0; i < lan->options->count; i++) {
        struct lan_device *device = &lan->devices[i];
        if (device->lan == NULL)
            continue;
        sim_call_home_stop(&device->home, true);
        over &= sim_listening_is_over(&device->listening) && sim_call_home_is_over(&device->home);
    }
    if (!over) {
        io_timer_start(&lan->ending, ENDING_MS);
        return;
    }
    for (uint32_t i = 0; i < lan->options->count; i++) {
        if (lan->devices[i].lan != NULL)
            sim_call_home_fini(&lan->devices[i].home);
    }
    io_loop_stop(lan->loop);
}

/* ---- life ---- */

struct sim_lan *sim_lan_new(const struct sim_options *options, struct error *err)
{
    struct sim_lan *lan = memory_new(sizeof(*lan));
    lan->options = options;
    lan->start.run = on_start;
    lan->stop.run = on_stop;
    io_timer_init(&lan->ending, on_ending);
    if (inet_pton(AF_INET, options->bind, &lan->address) != 1) {
        error_set(err, ERROR_INVALID, "--bind: '%s' is no IPv4 address", options->bind);
        goto fail;
    }
    lan->keys = sim_credentials_keys(options, err);
    if (lan->keys == NULL)
        goto fail;
    lan->resolver = io_resolver_new(&(struct io_resolver_options){0});
    lan->loop = io_loop_new(err);
    if (lan->loop == NULL)
        goto fail;
    lan->devices = memory_new(options->count * sizeof(*lan->devices));
    return lan;
fail:
    sim_lan_free(lan);
    return NULL;
}

bool sim_lan_run(struct sim_lan *lan, struct error *err)
{
    io_post(lan->loop, &lan->start);
    io_loop_run(lan->loop);
    if (lan->failed && err != NULL)
        *err = lan->why;
    return !lan->failed;
}

void sim_lan_stop(struct sim_lan *lan)
{
    io_post(lan->loop, &lan->stop);
}

void sim_lan_free(struct sim_lan *lan)
{
    if (lan == NULL)
        return;
    if (lan->loop != NULL)
        io_loop_free(lan->loop); /* the connections that are left hear of their end */
    sim_tls_keys_free(lan->keys);
    io_resolver_free(lan->resolver);
    free(lan->devices);
    free(lan);
}
