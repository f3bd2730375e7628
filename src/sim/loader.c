#include "sim/loader.h"

#include "core/memory.h"

#include <stdlib.h>

struct sim_loader {
    const struct sim_loader_events *events;
    void *owner;
    uint64_t due_ms;
};

static void fail(struct sim_device *device, const char *why)
{
    struct sim_loader loader = *device->loader;
    device->loader_failure = why;
    sim_loader_stop(device);
    loader.events->print(loader.owner, slice_of_string(why));
    loader.events->print(loader.owner, SLICE_LITERAL("\r\n"));
    loader.events->over(loader.owner, false);
}

void sim_loader_start(struct sim_device *device, bool cd, const struct sim_loader_events *events,
                      void *owner, uint64_t now_ms)
{
    (void)cd;
    sim_loader_stop(device);
    device->loader_failure = NULL;
    device->loader = memory_new(sizeof(*device->loader));
    *device->loader = (struct sim_loader){.events = events, .owner = owner, .due_ms = now_ms};
}

void sim_loader_stop(struct sim_device *device)
{
    free(device->loader);
    device->loader = NULL;
}

void sim_loader_tick(struct sim_device *device, uint64_t now_ms)
{
    if (device->loader != NULL && device->loader->due_ms <= now_ms)
        fail(device, "No bootable medium");
}

uint64_t sim_loader_due(const struct sim_device *device)
{
    return device->loader == NULL ? UINT64_MAX : device->loader->due_ms;
}

const char *sim_loader_failure(const struct sim_device *device)
{
    return device->loader_failure;
}
