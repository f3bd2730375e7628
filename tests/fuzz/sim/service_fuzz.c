/* Any bytes as what a client sends to a port of a device: the first byte chooses the port and the
 * firmware, the second how many bytes come at a time. */
#include "sim/service.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count(void *owner, struct slice bytes)
{
    size_t *sent = owner;
    if (bytes.size == 0)
        abort();
    *sent += bytes.size;
}

static const struct sim_service_events events = {.send = count};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint16_t ports[] = {16992, 16993, 16994, 16995, 623, 664};
    static struct sim_tls_keys *keys; /* for the process: a key is slow to make */
    struct guid guid = {{1, 2, 3}};
    struct sim_device device;
    struct sim_authenticator authenticator;
    struct sim_service_host host;
    size_t sent = 0;
    uint64_t now_ms = 1;
    if (size < 2)
        return 0;
    if (keys == NULL)
        keys = sim_tls_keys_new((struct slice){0}, (struct slice){0}, NULL);
    sim_device_init(&device, sim_personality_at(data[0] / 6u % sim_personality_count()), &guid, 1);
    sim_authenticator_init(&authenticator, "admin", device.realm, SLICE_LITERAL("P@ssw0rd"));
    sim_service_host_init(&host, &device, &authenticator);
    host.tls.keys = keys;
    host.tls.name = "fuzz";
    struct sim_service *service =
        sim_service_new(&host, ports[data[0] % 6], &events, &sent, now_ms);
    size_t piece = data[1] + 1u;
    for (size_t at = 2; at < size && service != NULL && !service->finished; at += piece) {
        sim_service_feed(service, slice_first(slice_of(data + at, size - at), piece), now_ms);
        sim_service_tick(service, ++now_ms);
    }
    sim_service_free(service, now_ms);
    sim_tls_identity_fini(&host.tls);
    sim_authenticator_fini(&authenticator);
    sim_device_fini(&device);
    return 0;
}
