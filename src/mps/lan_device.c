#include "mps/lan_device.h"

#include "amt/amt.h"
#include "core/memory.h"
#include "core/metrics.h"
#include "io/fiber.h"
#include "io/resolve.h"
#include "mps/candidates.h"
#include "mps/inventory.h"
#include "mps/lan.h"
#include "mps/lan_stream.h"
#include "mps/pin.h"
#include "mps/shard.h"
#include "redir/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AMT_PORT      16992
#define CONNECT_MS    10000 /* for the name, TCP and TLS together */
#define SESSION_QUEUE ((size_t)32 * 1024)
#define SESSION_READS ((size_t)16 * 1024)
#define TRIES         5 /* to read what changes meanwhile */

METRIC_DEFINE(devices_in_use, METRIC_GAUGE, "outband_mps_lan_devices", NULL,
              "Devices on the LAN that are spoken to, or were within the last minute")
METRIC_DEFINE(connections_opened, METRIC_COUNTER, "outband_mps_lan_connections_total",
              "result=\"opened\"", "Connections to devices on the LAN, by result")
METRIC_DEFINE(connections_failed, METRIC_COUNTER, "outband_mps_lan_connections_total",
              "result=\"failed\"", "Connections to devices on the LAN, by result")

bool lan_device_changed(struct error *err)
{
    return error_set(err, ERROR_BUSY, "how the device is reached has just been changed; try again");
}

/* Tries the addresses of its host in turn, each with its part of the time that is left. */
static struct io_conn *connect_device(struct lan_device *device, uint16_t port, struct error *err)
{
    struct io_resolver *names = device->shard->mps->names;
    struct io_address addresses[IO_RESOLVE_MOST];
    struct io_conn *conn = NULL;
    size_t count = 0;
    if (!io_resolve(names, device->hostname, port, addresses, &count, err))
        return NULL;
    for (size_t i = 0; conn == NULL && i < count; i++) {
        uint64_t outer = io_deadline_within(io_deadline_left() / (count - i));
        conn = io_connect(&addresses[i], NULL, NULL, err);
        io_deadline_restore(outer);
    }
    if (conn == NULL)
        io_resolver_doubt(names, device->hostname); /* it may have moved */
    return conn;
}

/* An IPv6 address without its brackets, as certificates have it. */
static const char *bare_host(struct arena *arena, const char *hostname)
{
    struct slice host = slice_of_string(hostname);
    if (host.size > 2 && host.data[0] == '[')
        return arena_string(arena, slice_of(host.data + 1, host.size - 2));
    return hostname;
}

/* TLS over `stream`, which it takes. `looking`: any certificate will do, nothing else is sent. */
static struct io_stream *open_tls(struct lan_device *device, struct io_stream *stream, bool looking,
                                  struct error *err)
{
    struct arena arena;
    arena_init(&arena);
    const struct io_tls_policy policy = {
        .pin = device->pinned && !looking ? device->pin : NULL,
        .any = device->allow_self_signed || looking,
        .server_name = bare_host(&arena, device->hostname),
    };
    stream = io_tls_stream_open(stream, device->shard->device_tls, &policy, err);
    arena_fini(&arena);
    return stream;
}

/* Redirection lasts, and either end may be slow for long: less may wait than for a request. */
static void bound_session(struct io_conn *conn)
{
    io_conn_limit(conn, SESSION_QUEUE);
    io_conn_read_limit(conn, SESSION_READS);
}

static struct io_stream *open_stream(struct lan_device *device, uint16_t port, bool looking,
                                     struct error *err)
{
    struct io_stream *stream = NULL;
    uint64_t outer = io_deadline_within(CONNECT_MS);
    if (lan_stream_reserve(device, err)) {
        struct io_conn *conn = connect_device(device, port, err);
        if (conn != NULL && (port | 1u) == REDIR_TLS_PORT)
            bound_session(conn);
        if (conn != NULL)
            stream = lan_stream_new(device, io_conn_stream(conn));
        else
            lan_stream_release(device);
    }
    if (stream != NULL && (port & 1) != 0)
        stream = open_tls(device, stream, looking, err);
    io_deadline_restore(outer);
    metric_add(stream == NULL ? &connections_failed : &connections_opened, 1);
    return stream;
}

/* The TLS port of each pair follows the plain one and is odd (device-protocols 4.1). */
static uint16_t port_of(const struct lan_device *device, uint16_t port)
{
    return device->use_tls ? (uint16_t)(port | 1u) : port;
}

static bool is_current(void *context)
{
    const struct lan_device *device = context;
    return !device->dropped &&
           device->version ==
               store_device_version(device->shard->mps->options.store, &device->entry.guid);
}

/* Whether row and password lead to the same device in the same way. */
static bool is_reached_as(const struct lan_device *device, const struct store_device *row,
                          struct slice user, struct slice password)
{
    uint8_t pin[IO_TLS_PIN_SIZE];
    bool pinned;
    return mps_pin_read(row, &pinned, pin, NULL) && pinned == device->pinned &&
           memcmp(pin, device->pin, sizeof pin) == 0 &&
           strcmp(row->hostname, device->hostname) == 0 &&
           strcmp(row->tenant_id, device->tenant) == 0 && row->use_tls == device->use_tls &&
           row->allow_self_signed == device->allow_self_signed &&
           slice_equal(user, slice_of_string(device->user)) &&
           slice_equal_secret(password, slice_of_string(device->password));
}

bool lan_device_compare(struct lan_device *device, struct error *err)
{
    struct mps *mps = device->shard->mps;
    struct store_device row;
    struct slice user, password;
    struct error why = {ERROR_NONE, ""};
    uint64_t before = device->version;
    uint64_t version;
    struct arena arena;
    if (device->dropped)
        return lan_device_changed(err);
    arena_init(&arena);
    bool ok = mps_lan_read(mps, &arena, &device->entry.guid, NULL, &row, &user, &password, &version,
                           &why);
    bool same = ok && is_reached_as(device, &row, user, password);
    arena_fini_wiped(&arena);
    if (device->dropped)
        return lan_device_changed(err);
    if (!ok && why.code != ERROR_NOT_FOUND) {
        if (err != NULL)
            *err = why;
        return false;
    }
    if (!same) {
        mps_lan_drop(device);
        return lan_device_changed(err);
    }
    if (device->version == before) /* else another fiber has been here */
        device->version = version;
    return true;
}

bool lan_device_revise(struct lan_device *device, struct error *err)
{
    if (io_is_cleaning_up())
        return true;
    for (int tries = 0; tries < TRIES; tries++) {
        if (is_current(device))
            return true;
        if (!lan_device_compare(device, err))
            return false;
    }
    return is_current(device) || lan_device_changed(err);
}

/* `stream`, unless the device has come to be reached otherwise while it was opened. */
static struct io_stream *unless_changed(struct lan_device *device, struct io_stream *stream,
                                        struct error *err)
{
    if (stream == NULL || lan_device_revise(device, err))
        return stream;
    io_stream_close(stream);
    return NULL;
}

static bool revise_carrier(void *context, struct error *err)
{
    return lan_device_revise(context, err);
}

static bool await_earlier(void *context, struct error *err)
{
    return mps_lan_await_leaving(context, err);
}

static bool open_carrier(void *context, uint16_t port, struct io_stream **stream, struct error *err)
{
    struct lan_device *device = context;
    *stream = NULL;
    if (port != AMT_PORT && port != REDIR_PORT && port != REDIR_TLS_PORT)
        return error_set(err, ERROR_UNSUPPORTED, "port %u of a device on the LAN is not reached",
                         port);
    if (lan_device_revise(device, err))
        *stream =
            unless_changed(device, open_stream(device, port_of(device, port), false, err), err);
    return *stream != NULL;
}

/* A new password is not for whom the old row named: what is given is the record's, which belongs to
 * the row that the connections were opened by. Another one, which somebody else has put there, ends
 * the record; clean-up never gets it. */
static bool read_credentials(void *context, struct arena *arena, struct slice *user,
                             struct slice *password, struct error *err)
{
    struct lan_device *device = context;
    if (!io_is_cleaning_up() && !lan_device_compare(device, err))
        return false;
    *user = arena_copy(arena, slice_of_string(device->user));
    *password = arena_copy(arena, slice_of_string(device->password));
    return true;
}

/* None while something is taken back: that is done as it was prepared. */
static bool read_candidates(void *context, struct arena *arena, struct slice *passwords,
                            size_t *count, struct error *err)
{
    struct lan_device *device = context;
    *count = 0;
    if (io_is_cleaning_up())
        return true;
    return lan_device_compare(device, err) &&
           mps_candidates_read(device->shard->mps->options.store, arena, &device->entry.guid,
                               device->tenant, passwords, count, err);
}

static bool is_sure(const struct lan_device *device)
{
    return device->use_tls && device->pinned;
}

static enum amt_peer name_peer(void *context)
{
    return is_sure(context) ? AMT_PEER_PROVEN : AMT_PEER_ANYBODY;
}

/* The record goes on under it: the store says the same from now on. Without a pin it may have been
 * somebody else at that address. */
static void note_found(void *context, struct slice password)
{
    struct lan_device *device = context;
    if (!mps_candidates_found(device->shard->mps->options.store, &device->entry.guid,
                              device->tenant, password, is_sure(device)))
        return;
    memory_wipe(device->password, strlen(device->password));
    free(device->password);
    device->password = memory_string(password);
}

static void note_learned(void *context, const struct wsman_class *class,
                         const struct wsman_xml *const *instances, size_t count, bool whole)
{
    struct lan_device *device = context;
    if (is_current(device)) /* else it may be another machine that says so */
        mps_inventory_learn(device->shard->mps->options.store, &device->entry.guid, device->tenant,
                            class, instances, count, whole);
}

bool lan_device_look(struct lan_device *device, struct arena *arena, struct slice *der,
                     struct error *err)
{
    if (!device->use_tls)
        return error_set(err, ERROR_CONFLICT,
                         "the device is spoken to without TLS (useTLS is false)");
    struct io_stream *stream =
        unless_changed(device, open_stream(device, port_of(device, AMT_PORT), true, err), err);
    if (stream == NULL)
        return false;
    *der = io_tls_stream_certificate(stream, arena);
    io_stream_close(stream);
    return der->size > 0 || error_set(err, ERROR_PROTOCOL, "the device shows no certificate");
}

struct lan_device *lan_device_new(struct mps_shard *shard, const struct store_device *row,
                                  struct slice user, struct slice password, uint64_t version,
                                  struct error *err)
{
    char host[270];
    struct lan_device *device = memory_new(sizeof *device);
    if (!mps_pin_read(row, &device->pinned, device->pin, err)) {
        free(device);
        return NULL;
    }
    device->version = version;
    device->entry.guid = row->guid;
    list_init(&device->idle);
    list_init(&device->keeping);
    list_init(&device->leaving);
    device->shard = shard;
    device->tenant = memory_string(slice_of_string(row->tenant_id));
    device->hostname = memory_string(slice_of_string(row->hostname));
    device->user = memory_string(user);
    device->password = memory_string(password);
    device->use_tls = row->use_tls;
    device->allow_self_signed = row->allow_self_signed;
    (void)snprintf(host, sizeof host,
                   strchr(row->hostname, ':') != NULL && row->hostname[0] != '[' ? "[%s]:%u"
                                                                                 : "%s:%u",
                   row->hostname, port_of(device, AMT_PORT));
    const struct amt_carrier carrier = {.open = open_carrier,
                                        .credentials = read_credentials,
                                        .candidates = read_candidates,
                                        .found = note_found,
                                        .peer = name_peer,
                                        .learned = note_learned,
                                        .revise = revise_carrier,
                                        .await_earlier = await_earlier,
                                        .context = device,
                                        .host = host};
    device->amt = amt_new(&carrier, NULL);
    metric_add(&devices_in_use, 1);
    return device;
}

void lan_device_free(struct lan_device *device)
{
    list_remove(&device->idle);
    list_remove(&device->keeping);
    list_remove(&device->leaving);
    amt_free(device->amt);
    memory_wipe(device->password, strlen(device->password));
    free(device->password);
    free(device->user);
    free(device->tenant);
    free(device->hostname);
    free(device);
    metric_add(&devices_in_use, -1);
}
