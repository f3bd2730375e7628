#include "sim/mei.h"

#include "core/memory.h"
#include "io/loop.h"
#include "io/timer.h"
#include "sim/call_home.h"
#include "sim/credentials.h"
#include "sim/door.h"
#include "sim/enroll.h"
#include "sim/listening.h"
#include "sim/machine_state.h"
#include "sim/mei_files.h"

#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STATE_LIMIT (1024 * 1024)
#define LMS_HOST    "127.0.0.1"
#define LMS_PORTS   2
#define ENDING_MS   5
#define GRACE_TICKS 200 /* for goodbyes */

struct sim_mei {
    const struct sim_options *options;
    struct sim_mei_files files;
    struct sim_listening lms, network;
    struct sim_call_home home; /* with the machine */
    struct sim_tls_keys *keys;
    struct io_resolver *resolver;
    struct io_loop *loop;
    struct sim_mei_trap *trap;
    bool stuck;         /* its thread does not end */
    int taken;          /* descriptor that keeps the state's file ours; -1: none */
    struct buffer kept; /* the state as it was written last */
    struct io_message start, stop;
    struct io_timer ending;
    unsigned ending_ticks;
    sem_t ready;
    bool made, failed, stopping;
    struct error why;
};

/* ---- the state ---- */

static bool take_state(struct sim_mei *mei, struct error *err)
{
    const char *path = mei->options->state_file;
    mei->taken = path == NULL ? -1 : sim_machine_state_take(path, err);
    return path == NULL || mei->taken >= 0;
}

/* Writes it down when it is another one than the last time. */
static void keep_state(struct sim_mei *mei)
{
    struct error err;
    struct buffer text;
    if (mei->options->state_file == NULL)
        return;
    buffer_init_secret(&text, STATE_LIMIT);
    sim_machine_state_put(&mei->home.tunnel.machine, &text);
    if (slice_equal(buffer_slice(&text), buffer_slice(&mei->kept))) {
        buffer_fini(&text);
        return;
    }
    buffer_fini(&mei->kept);
    mei->kept = text;
    if (!sim_machine_state_save(&mei->home.tunnel.machine, mei->options->state_file, &err))
        fprintf(stderr, "amtsim mei: %s\n", err.text);
}

/* ---- the ports ---- */

/* LMS has the ports that the local door has, the network those of a machine that is set up. */
static bool is_wanted(const struct sim_mei *mei, const struct sim_listening *listening, unsigned i)
{
    const struct sim_device *device = &mei->home.tunnel.machine.device;
    uint16_t port = listening->ports[i].number;
    if (listening == &mei->lms)
        return i < LMS_PORTS && sim_door_is_open(device, port, true);
    return device->setup == SIM_SETUP_POST && sim_door_is_open(device, port, false);
}

/* Opens and closes what has changed. False with `err`, which names `option`, when a port cannot be
 * had. */
static bool update_ports(const struct sim_mei *mei, struct sim_listening *listening,
                         const char *option, const char *host, uint16_t first, struct error *err)
{
    for (unsigned i = 0; i < SIM_LISTENING_PORTS; i++) {
        char text[IO_ADDRESS_TEXT_SIZE];
        struct io_address address;
        bool wanted = is_wanted(mei, listening, i);
        if (wanted == (listening->ports[i].listener != NULL))
            continue;
        snprintf(text, sizeof(text), "%s:%u", host, first == 0 ? 0 : first + i);
        if (!wanted)
            sim_listening_close(listening, i);
        else if (!io_address_parse(slice_of_string(text), &address, err) ||
                 !sim_listening_open(listening, i, &address, err))
            return error_wrap(err, "%s", option);
    }
    sim_listening_schedule(listening);
    return true;
}

static bool update_doors(struct sim_mei *mei, struct error *err)
{
    const struct sim_options *options = mei->options;
    if (mei->stopping)
        return true;
    return (options->lms_ports == 0 ||
            update_ports(mei, &mei->lms, "--lms", LMS_HOST, options->lms_ports, err)) &&
           (options->bind == NULL ||
            update_ports(mei, &mei->network, "--bind", options->bind, options->ports, err));
}

static enum sim_listening_manner manner_of(void *owner, uint16_t port)
{
    struct sim_mei *mei = owner;
    struct sim_mei_faults *faults = &mei->files.faults;
    if (sim_mei_fault_hit(faults, SIM_MEI_FAULT_LMS_HALF_DEAD, NULL, 0) != NULL)
        return SIM_LISTENING_MUTE;
    if (sim_mei_fault_hit(faults, SIM_MEI_FAULT_LMS_RESET, NULL, 0) != NULL)
        return SIM_LISTENING_HANGS_UP;
    if (port == 16993 && sim_mei_fault_hit(faults, SIM_MEI_FAULT_LMS_TLS_GARBAGE, NULL, 0) != NULL)
        return SIM_LISTENING_TALKS;
    return SIM_LISTENING_SERVES;
}

/* The model may have changed: everything follows it. */
static void follow(struct sim_mei *mei)
{
    struct error err;
    if (!update_doors(mei, &err))
        fprintf(stderr, "amtsim mei: %s\n", err.text);
    sim_mei_files_settle(&mei->files);
    keep_state(mei);
}

static void settle(void *owner)
{
    struct sim_mei *mei = owner;
    sim_call_home_check(&mei->home);
    follow(mei);
}

/* ---- the machine ---- */

static void on_settled(struct sim_call_home *home)
{
    struct sim_mei *mei = home->owner;
    if (mei->made)
        follow(mei);
}

static void on_call_failed(struct sim_call_home *home, const struct error *why)
{
    (void)home;
    fprintf(stderr, "amtsim mei: call failed: %s\n", why->text);
}

static const struct sim_call_home_events home_events = {.settled = on_settled,
                                                        .failed = on_call_failed};

static bool make_machine(struct sim_mei *mei, struct error *err)
{
    const struct sim_options *options = mei->options;
    struct sim_machine *machine = &mei->home.tunnel.machine;
    struct sim_identity identity;
    sim_identity_of(options, 0, &identity);
    sim_call_home_init(&mei->home, options, &identity, 0, mei->keys, mei->resolver, &home_events,
                       mei);
    memory_wipe(&identity, sizeof(identity));
    memcpy(machine->device.ports, options->port_facts, sizeof(machine->device.ports));
    sim_mei_files_init(&mei->files, machine, options, settle, mei);
    sim_listening_init(&mei->lms, options, &machine->host, SIM_LISTENING_LOCAL, settle, mei);
    sim_listening_init(&mei->network, options, &machine->host, SIM_LISTENING_NETWORK, settle, mei);
    mei->lms.manner = manner_of;
    mei->made = true;
    if (options->activated)
        sim_machine_state_plain(machine);
    if (options->state_file != NULL && access(options->state_file, F_OK) == 0 &&
        !sim_machine_state_load(machine, options->state_file, err))
        return false;
    sim_alerts_init(&mei->files.alerts, &machine->device); /* what was before is no news */
    if (!update_doors(mei, err))
        return false;
    settle(mei);
    return true;
}

static void on_start(struct io_message *message)
{
    struct sim_mei *mei = LIST_ENTRY(message, struct sim_mei, start);
    mei->failed = !make_machine(mei, &mei->why);
    sem_post(&mei->ready);
}

/* What is on the loop must be off it before the loop goes. */
static void on_ending(struct io_timer *timer)
{
    struct sim_mei *mei = LIST_ENTRY(timer, struct sim_mei, ending);
    sim_call_home_stop(&mei->home, ++mei->ending_ticks > GRACE_TICKS);
    if (!sim_call_home_is_over(&mei->home) || !sim_listening_is_over(&mei->lms) ||
        !sim_listening_is_over(&mei->network)) {
        io_timer_start(&mei->ending, ENDING_MS);
        return;
    }
    sim_mei_files_fini(&mei->files);
    sim_call_home_fini(&mei->home);
    io_loop_stop(mei->loop);
}

static void on_stop(struct io_message *message)
{
    struct sim_mei *mei = LIST_ENTRY(message, struct sim_mei, stop);
    if (!mei->failed)
        keep_state(mei);
    mei->stopping = true;
    sim_listening_stop(&mei->lms);
    sim_listening_stop(&mei->network);
    io_timer_start(&mei->ending, 1);
}

/* ---- life ---- */

struct sim_mei *sim_mei_new(const struct sim_options *options, struct error *err)
{
    struct sim_mei *mei = memory_new(sizeof(*mei));
    mei->options = options;
    mei->start.run = on_start;
    mei->stop.run = on_stop;
    io_timer_init(&mei->ending, on_ending);
    buffer_init_secret(&mei->kept, STATE_LIMIT);
    (void)sem_init(&mei->ready, 0, 0);
    mei->resolver = io_resolver_new(&(struct io_resolver_options){0});
    if (!take_state(mei, err)) {
        sim_mei_free(mei);
        return NULL;
    }
    mei->keys = sim_credentials_keys(options, err);
    mei->loop = mei->keys == NULL ? NULL : io_loop_new(err);
    if (mei->loop != NULL)
        return mei;
    sim_mei_free(mei);
    return NULL;
}

void sim_mei_run(struct sim_mei *mei)
{
    io_post(mei->loop, &mei->start);
    io_loop_run(mei->loop);
}

bool sim_mei_wait(struct sim_mei *mei, struct error *err)
{
    while (sem_wait(&mei->ready) != 0)
        ; /* a signal */
    if (mei->failed)
        *err = mei->why;
    return !mei->failed;
}

bool sim_mei_watch(struct sim_mei *mei, int listener, struct error *err)
{
    mei->trap = sim_mei_trap_start(listener, mei->loop, sim_mei_files_events(&mei->files),
                                   &mei->files, err);
    return mei->trap != NULL;
}

void sim_mei_stop(struct sim_mei *mei)
{
    /* what it has posted comes before the end */
    mei->stuck = mei->trap != NULL && !sim_mei_trap_stop(mei->trap);
    io_post(mei->loop, &mei->stop);
}

void sim_mei_free(struct sim_mei *mei)
{
    if (mei == NULL || mei->stuck) /* which the program's end ends */
        return;
    sim_mei_trap_free(mei->trap);
    if (mei->loop != NULL)
        io_loop_free(mei->loop);
    sim_tls_keys_free(mei->keys);
    io_resolver_free(mei->resolver);
    buffer_fini(&mei->kept);
    if (mei->taken >= 0)
        (void)close(mei->taken);
    (void)sem_destroy(&mei->ready);
    free(mei);
}
