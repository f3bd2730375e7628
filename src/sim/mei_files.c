#include "sim/mei_files.h"

#include "core/clock.h"
#include "core/encoding.h"
#include "core/memory.h"
#include "io/timer.h"
#include "sim/mei_clients.h"
#include "sim/mei_lme.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VERSION     4 /* of every client's protocol, as seen on hardware */
#define QUEUE_LIMIT (4 * 1024 * 1024)
#define AGAIN_MS    2
#define TRACE_MOST  160 /* bytes of a message */

enum client_kind { CLIENT_PTHI, CLIENT_WATCHDOG, CLIENT_UPID, CLIENT_FLASH_LOG, CLIENT_LME };

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
    {{0xDB, 0xA4, 0x33, 0x67, 0x76, 0x04, 0x7B, 0x4E, 0xB3, 0xAF, 0xBC, 0xFC, 0x29, 0xBE, 0xE7,
      0xA7},
     CLIENT_LME,
     "lme",
     8192},
};

/* A descriptor of the command, from its first connect on. */
struct client {
    struct list link;
    struct sim_mei_files *files;
    struct sim_mei_pipe *pipe;
    const struct client_type *type; /* NULL: not connected */
    struct buffer queue;            /* messages, each after its length, that found no room */
    struct io_timer again;
    struct sim_mei_lme *lme; /* NULL: it is another client */
    bool held;               /* what LME says waits for what the machine does about it */
    struct io_timer due;     /* of LME */
};

static uint64_t now_ms(void)
{
    return clock_monotonic_ns() / 1000000;
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

/* "lme < 5e0000…": what came in, or went out. */
static void trace(const struct client *client, char direction, struct slice message)
{
    char text[2 * TRACE_MOST + 1];
    if (!client->files->trace)
        return;
    encoding_hex(slice_first(message, TRACE_MOST), text);
    fprintf(stderr, "%s %c %s%s (%zu)\n", client->type->name, direction, text,
            message.size > TRACE_MOST ? "…" : "", message.size);
}

static void start_queue(struct client *client)
{
    uint32_t delay_ms = client->files->delay_ms;
    if (!io_timer_running(&client->again))
        io_timer_start(&client->again, delay_ms > 0 ? delay_ms : AGAIN_MS);
}

/* One message; one that finds no room waits, and one past the bound of the queue is lost. */
static void send_message(struct client *client, struct slice message)
{
    trace(client, '>', message);
    if (!client->held && client->files->delay_ms == 0 && buffer_size(&client->queue) == 0 &&
        sim_mei_trap_send(client->pipe, message))
        return;
    if (buffer_size(&client->queue) + message.size + 2 > QUEUE_LIMIT)
        return;
    buffer_put_u16_le(&client->queue, (uint16_t)message.size);
    buffer_put(&client->queue, message);
    if (!client->held)
        start_queue(client);
}

/* ---- faults ---- */

static bool has_fault(struct sim_mei_files *files, enum sim_mei_fault_kind kind,
                      const struct client *client, uint32_t command)
{
    return sim_mei_fault_hit(&files->faults, kind, client->type->name, command) != NULL;
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
    struct sim_mei_files *files = client->files;
    const struct sim_mei_rule *status =
        client->type->kind != CLIENT_PTHI
            ? NULL
            : sim_mei_fault_hit(&files->faults, SIM_MEI_FAULT_STATUS, "pthi", command);
    if (status != NULL)
        fail_with(reply, status->number);
    if (has_fault(files, SIM_MEI_FAULT_WRONG_COMMAND, client, command))
        spoil_byte(reply, client->type->kind == CLIENT_PTHI ? 4 : 0);
    if (has_fault(files, SIM_MEI_FAULT_WRONG_LENGTH, client, command))
        spoil_byte(reply, client->type->kind == CLIENT_PTHI ? 8 : 2);
    if (has_fault(files, SIM_MEI_FAULT_SHORT, client, command))
        cut_to(reply, buffer_size(reply) / 2);
    if (has_fault(files, SIM_MEI_FAULT_EMPTY, client, command))
        cut_to(reply, 8);
    if (has_fault(files, SIM_MEI_FAULT_LONG, client, command))
        buffer_put(reply, slice_of(more, sizeof(more)));
    if (has_fault(files, SIM_MEI_FAULT_SILENT, client, command))
        buffer_clear(reply);
}

/* ---- LME ---- */

static void on_lme_send(void *owner, struct slice message)
{
    send_message(owner, message);
}

static void schedule(struct client *client)
{
    uint64_t due = sim_mei_lme_due(client->lme), now = now_ms();
    if (due == UINT64_MAX)
        io_timer_stop(&client->due);
    else
        io_timer_start(&client->due, due > now ? due - now : 1);
}

/* Doors are open and the state is kept before the answer leaves that says so. */
static void settle_and_send(struct client *client)
{
    client->files->settled(client->files->owner); /* which schedules LME again */
    client->held = false;
    if (client->files->delay_ms == 0)
        send_queued(&client->again);
    else if (buffer_size(&client->queue) > 0)
        start_queue(client);
}

static void on_due(struct io_timer *timer)
{
    struct client *client = LIST_ENTRY(timer, struct client, due);
    client->held = true;
    sim_mei_lme_tick(client->lme, now_ms());
    settle_and_send(client);
}

static void open_lme(struct client *client)
{
    struct sim_mei_files *files = client->files;
    client->lme = memory_new(sizeof(*client->lme));
    sim_mei_lme_init(client->lme, &files->machine->host, &files->faults, &files->alerts,
                     on_lme_send, client, now_ms());
    schedule(client);
}

static void close_lme(struct client *client)
{
    if (client->lme == NULL)
        return;
    io_timer_stop(&client->due);
    sim_mei_lme_fini(client->lme);
    free(client->lme);
    client->lme = NULL;
}

/* It has one connection, LMS's or another's. */
static bool lme_is_taken(const struct sim_mei_files *files)
{
    for (struct list *at = files->clients.next; at != &files->clients; at = at->next) {
        const struct client *client = LIST_ENTRY(at, struct client, link);
        if (client->lme != NULL)
            return true;
    }
    return files->pthi.has_lms;
}

void sim_mei_files_settle(struct sim_mei_files *files)
{
    sim_alerts_look(&files->alerts, now_ms());
    for (struct list *at = files->clients.next; at != &files->clients; at = at->next) {
        struct client *client = LIST_ENTRY(at, struct client, link);
        if (client->lme == NULL)
            continue;
        sim_mei_lme_settle(client->lme, now_ms());
        schedule(client);
    }
}

/* ---- events of the device files ---- */

static int on_open(void *owner, unsigned device)
{
    struct sim_mei_files *files = owner;
    struct sim_mei_faults *faults = &files->faults;
    if (device != 0 || sim_mei_fault_hit(faults, SIM_MEI_FAULT_NO_DRIVER, NULL, 0) != NULL)
        return ENOENT;
    return sim_mei_fault_hit(faults, SIM_MEI_FAULT_NO_PERMISSION, NULL, 0) != NULL ? EACCES : 0;
}

static int on_use(void *owner, struct sim_mei_pipe *pipe, bool writes)
{
    struct sim_mei_files *files = owner;
    struct sim_mei_faults *faults = &files->faults;
    (void)pipe;
    if (sim_mei_fault_hit(faults, SIM_MEI_FAULT_EINTR, NULL, 0) != NULL)
        return EINTR;
    if (writes && sim_mei_fault_hit(faults, SIM_MEI_FAULT_WRITE_BUSY, NULL, 0) != NULL)
        return EBUSY;
    return 0;
}

static int on_lock(void *owner)
{
    struct sim_mei_files *files = owner;
    return sim_mei_fault_hit(&files->faults, SIM_MEI_FAULT_LOCKED, NULL, 0) != NULL ? EWOULDBLOCK
                                                                                    : 0;
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
static int refusal(struct sim_mei_files *files, const struct client *client,
                   const struct client_type *type)
{
    struct sim_mei_faults *faults = &files->faults;
    if (client != NULL && client->type != NULL)
        return EBUSY; /* a descriptor is one client's for good */
    if (type == NULL || (type->kind == CLIENT_UPID && !sim_upid_exists(&files->machine->device)))
        return ENOTTY;
    if (sim_mei_fault_hit(faults, SIM_MEI_FAULT_NO_CLIENT, type->name, 0) != NULL)
        return ENOTTY;
    if (type->kind == CLIENT_LME && lme_is_taken(files))
        return EBUSY;
    return sim_mei_fault_hit(faults, SIM_MEI_FAULT_BUSY, type->name, 0) != NULL ? EBUSY : 0;
}

static void on_connect(void *owner, struct sim_mei_pipe *pipe, const uint8_t guid[SIM_MEI_CLIENT],
                       const struct sim_mei_ticket *ticket)
{
    struct sim_mei_files *files = owner;
    const struct client_type *type = type_of(guid);
    struct client *client = pipe->owner;
    int error = refusal(files, client, type);
    if (error != 0) {
        sim_mei_trap_refuse(pipe, ticket, error);
        return;
    }
    if (client == NULL) {
        client = memory_new(sizeof(*client));
        client->files = files;
        client->pipe = pipe;
        buffer_init_secret(&client->queue, QUEUE_LIMIT);
        io_timer_init(&client->again, send_queued);
        io_timer_init(&client->due, on_due);
        list_append(&files->clients, &client->link);
        pipe->owner = client;
    }
    client->type = type;
    if (type->kind == CLIENT_LME)
        open_lme(client);
    sim_mei_trap_connected(pipe, ticket, type->limit, VERSION);
}

static void free_client(struct client *client)
{
    close_lme(client);
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
static void reset(struct sim_mei_files *files)
{
    while (!list_is_empty(&files->clients)) {
        struct client *client = LIST_ENTRY(files->clients.next, struct client, link);
        sim_mei_trap_reset(client->pipe);
        client->pipe->owner = NULL;
        free_client(client);
    }
}

static void answer(struct client *client, struct slice message, struct buffer *reply)
{
    struct sim_mei_files *files = client->files;
    struct sim_device *device = &files->machine->device;
    sim_device_tick(device, now_ms());
    switch (client->type->kind) {
    case CLIENT_PTHI:
        sim_pthi_answer(&files->pthi, message, now_ms(), reply);
        break;
    case CLIENT_WATCHDOG:
        sim_watchdog_answer(device, message, reply);
        break;
    case CLIENT_UPID:
        sim_upid_answer(device, files->machine->host.tls.keys, message, reply);
        break;
    case CLIENT_FLASH_LOG:
        sim_flash_log_answer(device, message, reply);
        break;
    case CLIENT_LME:
        break;
    }
}

static void on_message(void *owner, struct sim_mei_pipe *pipe, struct slice message)
{
    struct sim_mei_files *files = owner;
    struct client *client = pipe->owner;
    struct buffer reply;
    if (client == NULL || client->type == NULL || message.size > client->type->limit)
        return;
    trace(client, '<', message);
    if (has_fault(files, SIM_MEI_FAULT_RESET, client, sim_pthi_command(message))) {
        reset(files);
        return;
    }
    if (client->lme != NULL) {
        client->held = true;
        if (!has_fault(files, SIM_MEI_FAULT_SILENT, client, 0))
            sim_mei_lme_feed(client->lme, message, now_ms());
        settle_and_send(client);
        return;
    }
    buffer_init_secret(&reply, SIM_MEI_LONGEST);
    answer(client, message, &reply);
    if (buffer_size(&reply) > 0)
        spoil(client, sim_pthi_command(message), &reply);
    files->settled(files->owner); /* before the answer leaves: what it says is kept */
    if (buffer_size(&reply) > 0)
        send_message(client, buffer_slice(&reply));
    buffer_fini(&reply);
}

static const struct sim_mei_trap_events trap_events = {.open = on_open,
                                                       .use = on_use,
                                                       .lock = on_lock,
                                                       .connect = on_connect,
                                                       .message = on_message,
                                                       .closed = on_closed};
static const struct sim_mei_trap_events faulty_trap_events = {.open = on_open,
                                                              .use = on_use,
                                                              .lock = on_lock,
                                                              .connect = on_connect,
                                                              .message = on_message,
                                                              .closed = on_closed,
                                                              .strict = true};

const struct sim_mei_trap_events *sim_mei_files_events(const struct sim_mei_files *files)
{
    return sim_mei_faults_need_descriptors(&files->faults) ? &faulty_trap_events : &trap_events;
}

/* ---- life ---- */

void sim_mei_files_init(struct sim_mei_files *files, struct sim_machine *machine,
                        const struct sim_options *options, void (*settled)(void *owner),
                        void *owner)
{
    files->machine = machine;
    files->faults = options->mei_faults;
    files->pthi = (struct sim_pthi){.machine = machine, .has_lms = options->lms_ports != 0};
    sim_alerts_init(&files->alerts, &machine->device);
    files->settled = settled;
    files->owner = owner;
    files->trace = options->trace;
    files->delay_ms = options->mei_delay_ms;
    list_init(&files->clients);
}

void sim_mei_files_fini(struct sim_mei_files *files)
{
    while (!list_is_empty(&files->clients))
        free_client(LIST_ENTRY(files->clients.next, struct client, link));
}
