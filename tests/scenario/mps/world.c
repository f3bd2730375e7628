#include "world.h"

#include "amt/identity.h"
#include "amt/session.h"
#include "core/memory.h"
#include "events/events.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static _Noreturn void give_up(const char *what, const struct error *err)
{
    printf("Bail out! %s: %s\n", what, err->text);
    exit(1);
}

/* Runs fn(arg) on a fiber until it is over. */
static void on_fiber(void (*fn)(void *arg), void *arg)
{
    struct io_task task = {0};
    struct error err;
    if (!io_task_start(&task, fn, arg, &err))
        give_up("a fiber cannot be started", &err);
    for (int turns = 0; io_task_running(&task); turns++) {
        io_simulated_run();
        if (turns == 1000) {
            (void)error_set(&err, ERROR_TIMEOUT, "the fiber does not come to an end");
            give_up("the world stands still", &err);
        }
    }
}

static void start_server(void *arg)
{
    struct world *world = arg;
    struct error err;
    struct io_listen_options listen = {0};
    struct mps_options options = {.store = world->store,
                                  .events = world->events,
                                  .window = 32768,
                                  .keepalive_s = 30,
                                  .idle_s = 90,
                                  .login_ms = 30000,
                                  .last_seen = true,
                                  .devices_limit = 100};
    world->mps = mps_new(&options, 1, &err);
    if (world->mps == NULL)
        give_up("the presence server cannot be made", &err);
    mps_shard_attach(world->mps, 0, world->loop, NULL);
    if (!mps_shard_start(world->mps, 0, &world->address, &listen, &err))
        give_up("the presence server does not start", &err);
}

void world_start(struct world *world)
{
    struct error err;
    memset(world, 0, sizeof *world);
    (void)snprintf(world->directory, sizeof world->directory, "/tmp/outband-scenario-XXXXXX");
    if (mkdtemp(world->directory) == NULL ||
        !io_address_parse(SLICE_LITERAL("127.0.0.1:4433"), &world->address, &err))
        give_up("no place for the store", &err);
    world->loop = io_simulated_start();
    struct store_options options = {.directory = world->directory, .instance = "scenario"};
    world->store = store_open(&options, &err);
    if (world->store == NULL)
        give_up("the store does not open", &err);
    world->events = events_new(64);
    buffer_init(&world->out, (size_t)2 * 1024 * 1024);
    on_fiber(start_server, world);
}

static void stop_server(void *arg)
{
    struct world *world = arg;
    mps_shard_stop(world->mps, 0);
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status;
    (void)kind;
    (void)where;
    return remove(path);
}

struct stop {
    struct world *world;
    uint64_t ms;
};

static void stop_server_within(void *arg)
{
    struct stop *stop = arg;
    (void)io_deadline_within(stop->ms);
    mps_shard_stop(stop->world->mps, 0);
}

bool world_stop_within(struct world *world, uint64_t ms)
{
    static struct stop stop;
    static struct io_task task;
    struct error err;
    stop = (struct stop){world, ms};
    task = (struct io_task){0};
    if (!io_task_start(&task, stop_server_within, &stop, &err))
        give_up("the presence server does not stop", &err);
    io_simulated_advance(ms - ms / 10);
    return !io_task_running(&task);
}

void world_stop(struct world *world)
{
    struct io_task task = {0};
    struct error err;
    if (!io_task_start(&task, stop_server, world, &err))
        give_up("the presence server does not stop", &err);
    io_simulated_advance(60000);
    if (io_task_running(&task))
        give_up("the presence server does not stop", &err);
    io_simulated_stop();
    mps_free(world->mps);
    store_close(world->store);
    events_free(world->events);
    buffer_fini(&world->out);
    (void)nftw(world->directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

struct guid world_guid(const char *name)
{
    struct guid guid = {{0x4c, 0x4c, 0x45, 0x44}};
    size_t length = strlen(name);
    for (size_t i = 0; i < length && i < 12; i++)
        guid.bytes[4 + i] = (uint8_t)name[i];
    return guid;
}

void world_password(const char *name, char password[64])
{
    (void)snprintf(password, 64, "%s-P@ssw0rd", name);
}

struct store_visit {
    struct world *world;
    const char *name;
    bool connected;
    const char *amt_password;
};

static void put_device(void *arg)
{
    struct store_visit *visit = arg;
    struct arena arena;
    struct error err;
    char password[64];
    bool created;
    arena_init(&arena);
    world_password(visit->name, password);
    struct store_device device = {
        .guid = world_guid(visit->name), .mps_username = visit->name, .tenant_id = ""};
    struct store_device_secrets secrets = {.mps_password = password,
                                           .amt_password = visit->amt_password};
    if (!store_device_put(visit->world->store, &arena, &device, STORE_MPS_USERNAME, &secrets, false,
                          &created, &err))
        give_up("the device is not stored", &err);
    arena_fini(&arena);
}

void world_store(struct world *world, const char *name, const char *amt_password)
{
    struct store_visit visit = {.world = world, .name = name, .amt_password = amt_password};
    on_fiber(put_device, &visit);
}

static void get_device(void *arg)
{
    struct store_visit *visit = arg;
    struct arena arena;
    struct error err;
    struct store_device device;
    struct guid guid = world_guid(visit->name);
    arena_init(&arena);
    store_presence_flush(visit->world->store);
    if (!store_device_get(visit->world->store, &arena, &guid, "", &device, &err))
        give_up("the device is not found", &err);
    visit->connected = device.connected;
    arena_fini(&arena);
}

bool world_is_stored_connected(struct world *world, const char *name)
{
    struct store_visit visit = {.world = world, .name = name};
    on_fiber(get_device, &visit);
    return visit.connected;
}

static void get_status(void *arg)
{
    struct store_visit *visit = arg;
    struct error err;
    struct mps_device_status status;
    struct guid guid = world_guid(visit->name);
    if (!mps_device_status(visit->world->mps, &guid, &status, &err))
        give_up("the device's status cannot be read", &err);
    visit->connected = status.connected;
}

bool world_is_connected(struct world *world, const char *name)
{
    struct store_visit visit = {.world = world, .name = name};
    on_fiber(get_status, &visit);
    return visit.connected;
}

static void look_for_certificate(void *arg)
{
    struct store_visit *visit = arg;
    struct arena arena;
    struct slice der;
    struct error err;
    struct guid guid = world_guid(visit->name);
    arena_init(&arena);
    visit->connected = mps_device_certificate(visit->world->mps, &guid, "", &arena, &der, &err) ||
                       err.code != ERROR_CONFLICT;
    arena_fini(&arena);
}

bool world_has_no_certificate(struct world *world, const char *name)
{
    struct store_visit visit = {.world = world, .name = name};
    on_fiber(look_for_certificate, &visit);
    return !visit.connected;
}

static void disconnect(void *arg)
{
    struct store_visit *visit = arg;
    struct error err;
    struct guid guid = world_guid(visit->name);
    (void)mps_device_disconnect(visit->world->mps, &guid, "", &err);
}

void world_disconnect(struct world *world, const char *name)
{
    struct store_visit visit = {.world = world, .name = name};
    on_fiber(disconnect, &visit);
}

struct inquiry {
    struct world *world;
    struct question *question;
};

static bool converse(struct amt *amt, void *arg, struct error *err)
{
    struct arena *arena = arg;
    struct wsman_reply reply;
    return amt_identity_get_general_settings(amt, arena, &reply, err);
}

struct push {
    struct arena *arena;
    size_t size;
};

static bool push(struct amt *amt, void *arg, struct error *err)
{
    struct push *what = arg;
    struct io_stream *stream;
    uint64_t outer = io_deadline_within(30000);
    bool ok = amt->carrier.open(amt->carrier.context, 16992, &stream, err);
    if (ok) {
        struct slice bytes = slice_of(arena_array(what->arena, what->size, 1), what->size);
        ok = io_stream_write(stream, bytes, err);
        io_stream_close(stream);
    }
    io_deadline_restore(outer);
    return ok;
}

static struct inquiry inquiries[WORLD_QUESTIONS];

static void inquire(void *arg)
{
    struct inquiry *inquiry = arg;
    struct question *question = inquiry->question;
    struct arena arena;
    arena_init(&arena);
    (void)io_deadline_within(120000);
    struct push what = {&arena, question->push};
    bool pushes = question->push > 0;
    question->ok =
        mps_device_converse(inquiry->world->mps, &question->guid, "", pushes ? push : converse,
                            pushes ? (void *)&what : (void *)&arena, &question->err);
    arena_fini(&arena);
}

void world_ask(struct world *world, struct question *question, const char *device)
{
    world_push(world, question, device, 0);
}

void world_push(struct world *world, struct question *question, const char *device, size_t size)
{
    question->push = size;
    struct inquiry *inquiry = &inquiries[question - world->questions];
    *inquiry = (struct inquiry){world, question};
    question->guid = world_guid(device);
    question->asked = true;
    if (!io_task_start(&question->task, inquire, inquiry, &question->err))
        give_up("a question cannot be asked", &question->err);
    io_simulated_run();
}
