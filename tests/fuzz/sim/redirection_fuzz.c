/* Any bytes as what a client of redirection sends: the first byte says whether the session begins
 * with its start or is an open one of some kind, the second how many bytes come at a time. */
#include "sim/capability/capability.h"
#include "sim/redirection_server.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count(void *owner, struct slice message)
{
    size_t *sent = owner;
    if (message.size == 0)
        abort();
    *sent += message.size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct guid guid = {{1, 2, 3}};
    struct sim_device device;
    struct sim_authenticator authenticator;
    struct sim_redirection session;
    size_t sent = 0;
    uint64_t now_ms = 0;
    if (size < 2)
        return 0;
    sim_device_init(&device, &sim_personality_16, &guid, 1);
    sim_authenticator_init(&authenticator, "admin", device.realm, SLICE_LITERAL("P@ssw0rd"));
    struct sim_redirection_host host = {
        .device = &device, .authenticator = &authenticator, .send = count};
    sim_redirection_init(&session, &host, &sent, now_ms);
    if (data[0] % 4 > 0) {
        session.kind = (uint8_t)(data[0] % 4 - 1);
        session.state = SIM_REDIRECTION_OPEN;
        (void)sim_session_reserve(&device, session.kind);
        sim_session_begin(&device, session.kind, now_ms);
    }
    size_t piece = data[1] % 64 + 1u;
    for (size_t at = 2; at < size && !session.finished; at += piece) {
        sim_redirection_feed(&session, slice_first(slice_of(data + at, size - at), piece), now_ms);
        uint64_t due = sim_redirection_due(&session);
        if (!session.finished && due != UINT64_MAX && due < now_ms)
            abort(); /* would spin */
        sim_redirection_tick(&session, ++now_ms);
    }
    sim_redirection_fini(&session, now_ms);
    if (device.sessions_open != 0 || device.sessions_reserved != 0)
        abort();
    sim_authenticator_fini(&authenticator);
    sim_device_fini(&device);
    return 0;
}
