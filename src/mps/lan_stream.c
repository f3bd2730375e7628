#include "mps/lan_stream.h"

#include "amt/amt.h"
#include "core/memory.h"
#include "core/metrics.h"
#include "mps/lan.h"
#include "mps/lan_device.h"
#include "mps/shard.h"

#include <stdlib.h>

METRIC_DEFINE(open_now, METRIC_GAUGE, "outband_mps_lan_connections", NULL,
              "Connections to devices on the LAN, in use or kept")
METRIC_DEFINE(evicted, METRIC_COUNTER, "outband_mps_lan_evicted_total", NULL,
              "Kept connections to devices on the LAN that were closed for another device")
METRIC_DEFINE(refused, METRIC_COUNTER, "outband_mps_lan_refused_total", NULL,
              "Connections to devices on the LAN that were not opened since all were in use")

struct lan_stream {
    struct io_stream stream; /* first */
    struct io_stream *inner;
    struct lan_device *device;
};

bool lan_stream_reserve(struct lan_device *device, struct error *err)
{
    uint32_t *open = mps_lan_connections(device->shard->lan);
    uint32_t limit = device->shard->mps->options.lan_connections;
    if (limit == 0)
        limit = MPS_LAN_CONNECTIONS;
    if (*open >= limit) {
        if (!mps_lan_evict(device->shard->lan)) {
            metric_add(&refused, 1);
            return error_set(err, ERROR_BUSY,
                             "%u connections to devices on the LAN are in use, the limit; try "
                             "again later",
                             *open);
        }
        metric_add(&evicted, 1);
    }
    (*open)++;
    device->connections++;
    metric_add(&open_now, 1);
    return true;
}

void lan_stream_release(struct lan_device *device)
{
    (*mps_lan_connections(device->shard->lan))--;
    if (--device->connections == 0)
        list_remove(&device->keeping);
    metric_add(&open_now, -1);
}

static bool stream_read(struct io_stream *stream, void *to, size_t size, size_t *got,
                        struct error *err)
{
    return io_stream_read(((struct lan_stream *)(void *)stream)->inner, to, size, got, err);
}

static bool stream_write(struct io_stream *stream, struct slice bytes, struct error *err)
{
    return io_stream_write(((struct lan_stream *)(void *)stream)->inner, bytes, err);
}

static void stream_close(struct io_stream *stream)
{
    struct lan_stream *s = (struct lan_stream *)(void *)stream;
    io_stream_close(s->inner);
    lan_stream_release(s->device);
    free(s);
}

struct io_stream *lan_stream_new(struct lan_device *device, struct io_stream *inner)
{
    static const struct io_stream_methods methods = {stream_read, stream_write, stream_close};
    struct lan_stream *s = memory_new(sizeof *s);
    *s = (struct lan_stream){{&methods}, inner, device};
    return &s->stream;
}
