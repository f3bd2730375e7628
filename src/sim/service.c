#include "sim/service.h"

#include "core/memory.h"
#include "sim/door.h"

#include <stdlib.h>

#define OUT_LIMIT (1024 * 1024) /* of what one call sends */

/* Ports by number (spec device-protocols 4.1). */
static bool is_http(uint16_t port)
{
    return port == 16992 || port == 623;
}

static bool is_https(uint16_t port)
{
    return port == 16993 || port == 664;
}

static bool is_redirection(uint16_t port)
{
    return port == 16994 || port == 16995;
}

/* ---- sending ---- */

static void send_wire(struct sim_service *service, struct buffer *wire)
{
    if (!buffer_ok(wire))
        service->finished = true;
    else if (buffer_size(wire) > 0)
        service->events->send(service->owner, buffer_slice(wire));
    buffer_fini(wire);
}

/* One write, and inside TLS records of its own. */
static void send_plain(struct sim_service *service, struct slice bytes)
{
    struct buffer wire;
    if (service->tls == NULL) {
        service->events->send(service->owner, bytes);
        return;
    }
    buffer_init(&wire, OUT_LIMIT);
    if (!sim_tls_link_write(service->tls, bytes, &wire))
        service->finished = true;
    send_wire(service, &wire);
}

static void on_redirection_message(void *owner, struct slice message)
{
    send_plain(owner, message);
}

static size_t on_redirection_queued(void *owner)
{
    const struct sim_service *service = owner;
    return service->events->queued == NULL ? 0 : service->events->queued(service->owner);
}

/* Sends what the web server said, and TLS's goodbye when that was the last of it. */
static void settle(struct sim_service *service, struct buffer *said)
{
    bool over = service->redirects ? service->redirection.finished : service->web.finished;
    if (!buffer_ok(said))
        over = true;
    else if (buffer_size(said) > 0)
        send_plain(service, buffer_slice(said));
    buffer_fini(said);
    if (over && !service->finished && service->tls != NULL) {
        struct buffer goodbye;
        buffer_init(&goodbye, OUT_LIMIT);
        sim_tls_link_close(service->tls, &goodbye);
        send_wire(service, &goodbye);
    }
    if (over)
        service->finished = true;
}

/* ---- life ---- */

void sim_service_host_init(struct sim_service_host *host, struct sim_device *device,
                           struct sim_authenticator *authenticator)
{
    *host = (struct sim_service_host){
        .web = {.device = device, .authenticator = authenticator},
        .redirection = {.device = device,
                        .authenticator = authenticator,
                        .send = on_redirection_message,
                        .queued = on_redirection_queued},
    };
}

static struct sim_tls_link *open_tls(struct sim_service_host *host, bool local)
{
    struct arena arena;
    arena_init(&arena);
    struct sim_tls_dress dress = sim_door_dress(host->web.device, local, &arena);
    struct sim_tls_link *link = sim_tls_link_new(&host->tls, host->web.device->personality, &dress);
    arena_fini_wiped(&arena);
    return link;
}

static struct sim_service *open_service(struct sim_service_host *host, uint16_t port, bool local,
                                        const struct sim_service_events *events, void *owner,
                                        uint64_t now_ms)
{
    const struct sim_personality *personality = host->web.device->personality;
    struct sim_tls_link *link = NULL;
    if (!sim_door_is_open(host->web.device, port, local))
        return NULL;
    if (!is_http(port) && !is_https(port) &&
        !(is_redirection(port) && sim_redirection_listens(host->web.device)))
        return NULL;
    if (is_https(port) || port == 16995) {
        link = open_tls(host, local);
        if (link == NULL)
            return NULL;
    }
    struct sim_service *service = memory_new(sizeof(*service));
    service->host = host;
    service->events = events;
    service->owner = owner;
    service->tls = link;
    service->redirects = is_redirection(port);
    if (service->redirects) {
        sim_redirection_init(&service->redirection, &host->redirection, service, now_ms);
    } else {
        sim_web_init(&service->web, &host->web);
        service->web.close_each = link != NULL && personality->tls_closes_each;
        service->web.local = local;
    }
    return service;
}

struct sim_service *sim_service_new(struct sim_service_host *host, uint16_t port,
                                    const struct sim_service_events *events, void *owner,
                                    uint64_t now_ms)
{
    return open_service(host, port, false, events, owner, now_ms);
}

struct sim_service *sim_service_new_local(struct sim_service_host *host, uint16_t port,
                                          const struct sim_service_events *events, void *owner,
                                          uint64_t now_ms)
{
    return open_service(host, port, true, events, owner, now_ms);
}

void sim_service_free(struct sim_service *service, uint64_t now_ms)
{
    if (service == NULL)
        return;
    if (service->redirects)
        sim_redirection_fini(&service->redirection, now_ms);
    else
        sim_web_fini(&service->web);
    sim_tls_link_free(service->tls);
    free(service);
}

/* ---- work ---- */

static void feed_plain(struct sim_service *service, struct slice bytes, uint64_t now_ms)
{
    struct buffer said;
    buffer_init(&said, OUT_LIMIT);
    if (service->redirects)
        sim_redirection_feed(&service->redirection, bytes, now_ms);
    else
        sim_web_feed(&service->web, bytes, now_ms, &said);
    settle(service, &said);
}

void sim_service_feed(struct sim_service *service, struct slice bytes, uint64_t now_ms)
{
    if (service->finished)
        return;
    if (service->tls == NULL) {
        feed_plain(service, bytes, now_ms);
        return;
    }
    struct buffer plain, wire;
    buffer_init(&plain, OUT_LIMIT);
    buffer_init(&wire, OUT_LIMIT);
    bool alive = sim_tls_link_feed(service->tls, bytes, &plain, &wire);
    send_wire(service, &wire);
    if (buffer_size(&plain) > 0)
        feed_plain(service, buffer_slice(&plain), now_ms);
    buffer_fini(&plain);
    if (!alive)
        service->finished = true;
}

void sim_service_tick(struct sim_service *service, uint64_t now_ms)
{
    struct buffer said;
    if (service->finished)
        return;
    buffer_init(&said, OUT_LIMIT);
    if (service->redirects)
        sim_redirection_tick(&service->redirection, now_ms);
    else
        sim_web_tick(&service->web, now_ms, &said);
    settle(service, &said);
}

uint64_t sim_service_due(const struct sim_service *service)
{
    if (service->finished)
        return UINT64_MAX;
    return service->redirects ? sim_redirection_due(&service->redirection) : service->web.due_ms;
}
