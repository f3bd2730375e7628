#include "sim/mei.h"

#include "core/clock.h"
#include "core/memory.h"
#include "io/loop.h"
#include "io/timer.h"
#include "sim/call_home.h"
#include "sim/credentials.h"
#include "sim/enroll.h"
#include "sim/machine_state.h"
#include "sim/mei_clients.h"
#include "sim/mei_pthi.h"
#include "sim/mei_trap.h"

#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STATE_LIMIT (1024 * 1024)
#define VERSION     4 /* of every client's protocol, as seen on hardware */
#define QUEUE_LIMIT (4 * 1024 * 1024)
#define AGAIN_MS    2
#define ENDING_MS   5
#define GRACE_TICKS 200 /* for goodbyes */

enum client_kind { CLIENT_NONE, CLIENT_PTHI, CLIENT_WATCHDOG, CLIENT_UPID, CLIENT_FLASH_LOG };

struct client_type {
    uint8_t guid[SIM_MEI_CLIENT]; /* as the ioctl has it (spec rpc 2.1) */
    enum client_kind kind;
    const char *name;
    uint32_t limit; /* bytes of a message */
};

static const struct client_type types[] = {
    {{0x28, 0x00, 0xF8, 0x12, 0xB7, 0xB4, 0x2D, 0x4B, 0xAC, 0xA8, 0x46, 0xE0, 0xFF, 0x65, 0x81,
      0x4C},
     CLIENT_PTHI,
     "pthi",
     5120},
    {{0x6F, 0x9A, 0xB7, 0x05, 0x28, 0x46, 0x7F, 0x4D, 0x89, 0x9D, 0xA9, 0x15, 0x14, 0xCB, 0x32,
      0xAB},
     CLIENT_WATCHDOG,
     "wd",
     5120},
    {{0x79, 0x6C, 0x13, 0x92, 0xEA, 0x5F, 0xFD, 0x4C, 0x98, 0x0E, 0x23, 0xBE, 0x07, 0xFA, 0x5E,
      0x9F},
     CLIENT_UPID,
     "upid",
     1024},
    {{0xA7, 0xE5, 0x2E, 0x08, 0x25, 0x7C, 0x0A, 0x47, 0x96, 0x43, 0x0C, 0x06, 0xF0, 0x46, 0x6E,
      0xA1},
     CLIENT_FLASH_LOG,
     "hotham",
     8192},
};

/* A descriptor of the command, from its first connect on. */
struct client {
    struct list link;
    struct sim_mei *mei;
    struct sim_mei_pipe *pipe;
    const struct client_type *type; /* NULL: not connected */
    struct buffer queue;            /* messages, each after its length, that found no room */
    struct io_timer again;
};

struct sim_mei {
    const struct sim_options *options;
    struct sim_mei_faults faults; /* with what was counted of them */
    struct sim_call_home home;    /* with the machine */
    struct sim_tls_keys *keys;
    struct io_resolver *resolver;
    struct io_loop *loop;
    struct sim_mei_trap *trap;
    struct list clients;
    struct sim_pthi pthi;
    struct buffer kept; /* the state as it was written last */
    struct io_message start, stop;
    struct io_timer ending;
    unsigned ending_ticks;
    sem_t ready;
    bool made, failed;
    struct error why;
};

static uint64_t now_ms(void)
{
    return clock_monotonic_ns() / 1000000;
}

/* ---- the state ---- */

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

/* The model may have changed. */
static void settle(struct sim_mei *mei)
{
    sim_call_home_check(&mei->home);
    keep_state(mei);
}

/* ---- messages to the command ---- */

static void send_queued(struct io_timer *timer)
{
    struct client *client = LIST_ENTRY(timer, struct client, again);
    while (buffer_size(&client->queue) > 0) {
        struct slice queued = buffer_slice(&client->queue);
        size_t size = queued.data[0] | (size_t)queued.data[1] << 8;
        if (!sim_mei_trap_send(client->pipe, slice_first(slice_from(queued, 2), size))) {
            io_timer_start(&client->again, AGAIN_MS);
            return;
        }
        buffer_consume(&client->queue, size + 2);
    }
    buffer_release(&client->queue);
}

/* One message; one that finds no room waits, and one past the bound of the queue is lost. */
static void send_message(struct client *client, struct slice message)
{
    if (buffer_size(&client->queue) == 0 && sim_mei_trap_send(client->pipe, message))
        return;
    if (buffer_size(&client->queue) + message.size + 2 > QUEUE_LIMIT)
        return;
    buffer_put_u16_le(&client->queue, (uint16_t)message.size);
    buffer_put(&client->queue, message);
    if (!io_timer_running(&client->again))
        io_timer_start(&client->again, AGAIN_MS);
}

/* ---- faults ---- */

static bool has_fault(struct sim_mei *mei, enum sim_mei_fault_kind kind,
                      const struct client *client, uint32_t command)
{
    return sim_mei_fault_hit(&mei->faults, kind, client->type->name, command) != NULL;
}

/* The reply with nothing but a status. */
static void fail_with(struct buffer *reply, uint32_t status)
{
    uint8_t head[SIM_PTHI_HEADER];
    memcpy(head, buffer_slice(reply).data, sizeof(head));
    buffer_clear(reply);
    buffer_put(reply, slice_of(head, 8));
    buffer_put_u32_le(reply, 4);
    buffer_put_u32_le(reply, status);
}

static void spoil_byte(struct buffer *reply, size_t at)
{
    struct buffer other;
    struct slice bytes = buffer_slice(reply);
    if (at >= bytes.size)
        return;
    buffer_init(&other, bytes.size);
    buffer_put(&other, slice_first(bytes, at));
    buffer_put_u8(&other, bytes.data[at] ^ 1);
    buffer_put(&other, slice_from(bytes, at + 1));
    buffer_clear(reply);
    buffer_put(reply, buffer_slice(&other));
    buffer_fini(&other);
}

static void cut_to(struct buffer *reply, size_t size)
{
    struct buffer other;
    buffer_init(&other, size);
    buffer_put(&other, slice_first(buffer_slice(reply), size));
    buffer_clear(reply);
    buffer_put(reply, buffer_slice(&other));
    buffer_fini(&other);
}

/* Makes of the right answer what the rules want. */
static void spoil(struct client *client, uint32_t command, struct buffer *reply)
{
    static const uint8_t more[64] = {0xA5};
    struct sim_mei *mei = client->mei;
    const struct sim_mei_rule *status =
        client->type->kind != CLIENT_PTHI
            ? NULL
            : sim_mei_fault_hit(&mei->faults, SIM_MEI_FAULT_STATUS, "pthi", command);
    if (status != NULL)
        fail_with(reply, status->number);
    if (has_fault(mei, SIM_MEI_FAULT_WRONG_COMMAND, client, command))
        spoil_byte(reply, client->type->kind == CLIENT_PTHI ? 4 : 0);
    if (has_fault(mei, SIM_MEI_FAULT_WRONG_LENGTH, client, command))
        spoil_byte(reply, client->type->kind == CLIENT_PTHI ? 8 : 2);
    if (has_fault(mei, SIM_MEI_FAULT_SHORT, client, command))
        cut_to(reply, buffer_size(reply) / 2);
    if (has_fault(mei, SIM_MEI_FAULT_EMPTY, client, command))
        cut_to(reply, 8);
    if (has_fault(mei, SIM_MEI_FAULT_LONG, client, command))
        buffer_put(reply, slice_of(more, sizeof(more)));
    if (has_fault(mei, SIM_MEI_FAULT_SILENT, client, command))
        buffer_clear(reply);
}

/* ---- events of the device files ---- */

static int on_open(void *owner, unsigned device)
{
    struct sim_mei *mei = owner;
    struct sim_mei_faults *faults = &mei->faults;
    if (device != 0 || sim_mei_fault_hit(faults, SIM_MEI_FAULT_NO_DRIVER, NULL, 0) != NULL)
        return ENOENT;
    return sim_mei_fault_hit(faults, SIM_MEI_FAULT_NO_PERMISSION, NULL, 0) != NULL ? EACCES : 0;
}

static int on_use(void *owner, struct sim_mei_pipe *pipe, bool writes)
{
    struct sim_mei *mei = owner;
    struct sim_mei_faults *faults = &mei->faults;
    (void)pipe;
    if (sim_mei_fault_hit(faults, SIM_MEI_FAULT_EINTR, NULL, 0) != NULL)
        return EINTR;
    if (writes && sim_mei_fault_hit(faults, SIM_MEI_FAULT_WRITE_BUSY, NULL, 0) != NULL)
        return EBUSY;
    return 0;
}

static const struct client_type *type_of(const uint8_t guid[SIM_MEI_CLIENT])
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (memcmp(types[i].guid, guid, SIM_MEI_CLIENT) == 0)
            return &types[i];
    }
    return NULL;
}

/* Why the client cannot be had now: an errno, or 0. */
static int refusal(struct sim_mei *mei, const struct client *client, const struct client_type *type)
{
    struct sim_mei_faults *faults = &mei->faults;
    if (client != NULL && client->type != NULL)
        return EBUSY; /* a descriptor is one client's for good */
    if (type == NULL ||
        (type->kind == CLIENT_UPID && !sim_upid_exists(&mei->home.tunnel.machine.device)))
        return ENOTTY;
    if (sim_mei_fault_hit(faults, SIM_MEI_FAULT_NO_CLIENT, type->name, 0) != NULL)
        return ENOTTY;
    return sim_mei_fault_hit(faults, SIM_MEI_FAULT_BUSY, type->name, 0) != NULL ? EBUSY : 0;
}

static void on_connect(void *owner, struct sim_mei_pipe *pipe, const uint8_t guid[SIM_MEI_CLIENT],
                       const struct sim_mei_ticket *ticket)
{
    struct sim_mei *mei = owner;
    const struct client_type *type = type_of(guid);
    struct client *client = pipe->owner;
    int error = refusal(mei, client, type);
    if (error != 0) {
        sim_mei_trap_refuse(pipe, ticket, error);
        return;
    }
    if (client == NULL) {
        client = memory_new(sizeof(*client));
        client->mei = mei;
        client->pipe = pipe;
        buffer_init_secret(&client->queue, QUEUE_LIMIT);
        io_timer_init(&client->again, send_queued);
        list_append(&mei->clients, &client->link);
        pipe->owner = client;
    }
    client->type = type;
    sim_mei_trap_connected(pipe, ticket, type->limit, VERSION);
}

static void free_client(struct client *client)
{
    io_timer_stop(&client->again);
    list_remove(&client->link);
    buffer_fini(&client->queue);
    free(client);
}

static void on_closed(void *owner, struct sim_mei_pipe *pipe)
{
    (void)owner;
    if (pipe->owner != NULL)
        free_client(pipe->owner);
}

/* Every client's descriptor is dead. */
static void reset(struct sim_mei *mei)
{
    while (!list_is_empty(&mei->clients)) {
        struct client *client = LIST_ENTRY(mei->clients.next, struct client, link);
        sim_mei_trap_reset(client->pipe);
        client->pipe->owner = NULL;
        free_client(client);
    }
}

static void answer(struct client *client, struct slice message, struct buffer *reply)
{
    struct sim_mei *mei = client->mei;
    struct sim_device *device = &mei->home.tunnel.machine.device;
    sim_device_tick(device, now_ms());
    switch (client->type->kind) {
    case CLIENT_PTHI:
        sim_pthi_answer(&mei->pthi, message, now_ms(), reply);
        break;
    case CLIENT_WATCHDOG:
        sim_watchdog_answer(device, message, reply);
        break;
    case CLIENT_UPID:
        sim_upid_answer(device, message, reply);
        break;
    case CLIENT_FLASH_LOG:
        sim_flash_log_answer(device, message, reply);
        break;
    case CLIENT_NONE:
        break;
    }
}

static void on_message(void *owner, struct sim_mei_pipe *pipe, struct slice message)
{
    struct sim_mei *mei = owner;
    struct client *client = pipe->owner;
    struct buffer reply;
    if (client == NULL || client->type == NULL || message.size > client->type->limit)
        return;
    if (has_fault(mei, SIM_MEI_FAULT_RESET, client, sim_pthi_command(message))) {
        reset(mei);
        return;
    }
    buffer_init_secret(&reply, SIM_MEI_LONGEST);
    answer(client, message, &reply);
    if (buffer_size(&reply) > 0)
        spoil(client, sim_pthi_command(message), &reply);
    settle(mei); /* before the answer leaves: what it says is kept */
    if (buffer_size(&reply) > 0)
        send_message(client, buffer_slice(&reply));
    buffer_fini(&reply);
}

static const struct sim_mei_trap_events trap_events = {
    .open = on_open, .connect = on_connect, .message = on_message, .closed = on_closed};
static const struct sim_mei_trap_events faulty_trap_events = {.open = on_open,
                                                              .use = on_use,
                                                              .connect = on_connect,
                                                              .message = on_message,
                                                              .closed = on_closed};

/* ---- the machine ---- */

static void on_settled(struct sim_call_home *home)
{
    struct sim_mei *mei = home->owner;
    if (mei->made)
        keep_state(mei);
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
    mei->made = true;
    mei->pthi = (struct sim_pthi){.machine = machine, .has_lms = options->lms_ports != 0};
    if (options->activated)
        sim_machine_state_plain(machine);
    if (options->state_file != NULL && access(options->state_file, F_OK) == 0 &&
        !sim_machine_state_load(machine, options->state_file, err))
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
    if (!sim_call_home_is_over(&mei->home)) {
        io_timer_start(&mei->ending, ENDING_MS);
        return;
    }
    while (!list_is_empty(&mei->clients))
        free_client(LIST_ENTRY(mei->clients.next, struct client, link));
    sim_call_home_fini(&mei->home);
    io_loop_stop(mei->loop);
}

static void on_stop(struct io_message *message)
{
    struct sim_mei *mei = LIST_ENTRY(message, struct sim_mei, stop);
    if (!mei->failed)
        keep_state(mei);
    io_timer_start(&mei->ending, 1);
}

/* ---- life ---- */

struct sim_mei *sim_mei_new(const struct sim_options *options, struct error *err)
{
    struct sim_mei *mei = memory_new(sizeof(*mei));
    mei->options = options;
    mei->faults = options->mei_faults;
    mei->start.run = on_start;
    mei->stop.run = on_stop;
    list_init(&mei->clients);
    io_timer_init(&mei->ending, on_ending);
    buffer_init_secret(&mei->kept, STATE_LIMIT);
    (void)sem_init(&mei->ready, 0, 0);
    mei->resolver = io_resolver_new(&(struct io_resolver_options){0});
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
    bool faulty = sim_mei_faults_need_descriptors(&mei->faults);
    mei->trap = sim_mei_trap_start(listener, mei->loop, faulty ? &faulty_trap_events : &trap_events,
                                   mei, err);
    return mei->trap != NULL;
}

void sim_mei_stop(struct sim_mei *mei)
{
    if (mei->trap != NULL)
        sim_mei_trap_stop(mei->trap); /* what it has posted comes before the end */
    io_post(mei->loop, &mei->stop);
}

void sim_mei_free(struct sim_mei *mei)
{
    if (mei == NULL)
        return;
    sim_mei_trap_free(mei->trap);
    if (mei->loop != NULL)
        io_loop_free(mei->loop);
    sim_tls_keys_free(mei->keys);
    io_resolver_free(mei->resolver);
    buffer_fini(&mei->kept);
    (void)sem_destroy(&mei->ready);
    free(mei);
}
