/* KVM: what comes before RFB (spec device-protocols 2.5), then RFB with the machine behind it. */
#include "core/memory.h"
#include "sim/capability/capability.h"
#include "sim/host.h"
#include "sim/object.h"
#include "sim/redirection_kind.h"
#include "sim/rfb_server.h"

#include <stdlib.h>

#define MINUTE_MS 60000
#define NEW_RFB   21 /* firmware that no longer speaks RFB 4 */
#define SETTINGS  "IPS_KVMRedirectionSettingData"

struct kvm {
    struct sim_redirection *session;
    struct sim_rfb rfb;
    uint64_t now_ms;      /* of the call in progress */
    uint64_t typed_ms;    /* when keyboard or mouse were last used */
    uint64_t patience_ms; /* without them; 0: for ever */
};

static void on_send(void *owner, struct slice bytes)
{
    struct kvm *kvm = owner;
    kvm->session->host->send(kvm->session->owner, bytes);
}

static size_t on_queued(void *owner)
{
    const struct sim_redirection *session = ((struct kvm *)owner)->session;
    return session->host->queued == NULL ? 0 : session->host->queued(session->owner);
}

static void on_key(void *owner, bool down, uint32_t symbol)
{
    struct kvm *kvm = owner;
    kvm->typed_ms = kvm->now_ms;
    sim_host_key(kvm->session->host->device->host, down, symbol, kvm->now_ms);
}

static void on_pointer(void *owner, uint8_t buttons, uint16_t x, uint16_t y)
{
    struct kvm *kvm = owner;
    kvm->typed_ms = kvm->now_ms;
    sim_host_mouse(kvm->session->host->device->host, buttons, x, y);
}

static const struct sim_rfb_events rfb_events = {
    .send = on_send, .queued = on_queued, .key = on_key, .pointer = on_pointer};

static struct slice setting(const struct sim_device *device, const char *name)
{
    struct sim_walk walk = {.device = device};
    const struct sim_personality_instance *settings = sim_walk_next_of(&walk, SETTINGS);
    return settings == NULL ? (struct slice){0} : sim_object_get(device, settings, name);
}

static uint64_t number(const struct sim_device *device, const char *name)
{
    uint64_t value = 0;
    (void)slice_to_u64(setting(device, name), UINT16_MAX, &value);
    return value;
}

static void open_screen(struct sim_redirection *session, uint64_t now_ms)
{
    struct sim_device *device = session->host->device;
    struct kvm *kvm = memory_new(sizeof(*kvm));
    struct sim_host *host = sim_host_of(device, now_ms);
    session->part = kvm;
    kvm->session = session;
    kvm->now_ms = kvm->typed_ms = now_ms;
    kvm->patience_ms = number(device, "SessionTimeout") * MINUTE_MS;
    sim_rfb_init(&kvm->rfb, sim_host_look(host, (unsigned)number(device, "DefaultScreen")),
                 device->personality->major >= NEW_RFB ? "003.008" : "004.000", &rfb_events, kvm);
    kvm->rfb.greys = slice_equal_string(setting(device, "GrayscalePixelFormatSupported"), "true");
    kvm->rfb.pushes = slice_equal_string(setting(device, "BackToBackFbMode"), "true");
    kvm->rfb.blind = device->power != SIM_POWER_ON;
}

static size_t take_start(struct sim_redirection *session, struct slice bytes, uint64_t now_ms)
{
    if (bytes.size < 8)
        return 0;
    if (bytes.data[0] != 0x40) {
        session->finished = true;
        return bytes.size;
    }
    struct buffer reply = sim_redirection_message(0x41, 0);
    sim_redirection_put_zeros(&reply, 4);
    sim_redirection_send(session, &reply);
    session->finished = sim_session_lacks_consent(session->host->device, session->kind);
    session->state = SIM_REDIRECTION_RUNNING;
    if (!session->finished)
        open_screen(session, now_ms);
    return 8;
}

static void step(struct sim_redirection *session, uint64_t now_ms)
{
    struct kvm *kvm = session->part;
    kvm->now_ms = now_ms;
    sim_rfb_step(&kvm->rfb);
    session->finished |= kvm->rfb.finished;
    if (kvm->patience_ms != 0 && now_ms >= kvm->typed_ms + kvm->patience_ms)
        session->finished = true;
}

static size_t take(struct sim_redirection *session, struct slice bytes, uint64_t now_ms)
{
    struct kvm *kvm = session->part;
    if (kvm == NULL)
        return take_start(session, bytes, now_ms);
    kvm->now_ms = now_ms;
    size_t used = sim_rfb_take(&kvm->rfb, bytes);
    step(session, now_ms);
    return used;
}

static void tick(struct sim_redirection *session, uint64_t now_ms)
{
    if (session->part != NULL)
        step(session, now_ms);
}

static uint64_t due(const struct sim_redirection *session)
{
    const struct kvm *kvm = session->part;
    if (kvm == NULL)
        return UINT64_MAX;
    if (sim_rfb_ready(&kvm->rfb))
        return kvm->now_ms;
    return kvm->patience_ms == 0 ? UINT64_MAX : kvm->typed_ms + kvm->patience_ms;
}

static void fini(struct sim_redirection *session, uint64_t now_ms)
{
    struct kvm *kvm = session->part;
    (void)now_ms;
    if (kvm == NULL)
        return;
    sim_rfb_fini(&kvm->rfb);
    sim_host_leave(session->host->device->host);
    free(kvm);
    session->part = NULL;
}

const struct sim_redirection_kind sim_redirection_kvm = {
    .take = take, .tick = tick, .due = due, .fini = fini};
