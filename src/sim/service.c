#include "sim/service.h"

#include "core/memory.h"

#include <stdlib.h>

/* Ports by number (spec device-protocols 4.1). */
static bool is_http(uint16_t port)
{
    return port == 16992 || port == 623;
}

static bool is_https(uint16_t port)
{
    return port == 16993 || port == 664;
}

struct sim_service *sim_service_new(struct sim_service_host *host, uint16_t port)
{
    const struct sim_personality *personality = host->web.device->personality;
    struct sim_tls_link *link = NULL;
    if (!sim_personality_has_port(personality, port) || (!is_http(port) && !is_https(port)))
        return NULL;
    if (is_https(port)) {
        link = sim_tls_link_new(&host->tls, personality);
        if (link == NULL)
            return NULL;
    }
    struct sim_service *service = memory_new(sizeof(*service));
    service->host = host;
    service->tls = link;
    sim_web_init(&service->web, &host->web);
    service->web.close_each = link != NULL && personality->tls_closes_each;
    return service;
}

void sim_service_free(struct sim_service *service)
{
    if (service == NULL)
        return;
    sim_web_fini(&service->web);
    sim_tls_link_free(service->tls);
    free(service);
}

/* Encrypts what the server said, and says goodbye when that was the last of it. */
static void wrap(struct sim_service *service, struct buffer *said, struct buffer *out)
{
    if (!buffer_ok(said) || !sim_tls_link_write(service->tls, buffer_slice(said), out))
        service->finished = true;
    if (service->web.finished) {
        sim_tls_link_close(service->tls, out);
        service->finished = true;
    }
    buffer_fini(said);
}

void sim_service_feed(struct sim_service *service, struct slice bytes, uint64_t now_ms,
                      struct buffer *out)
{
    if (service->finished)
        return;
    if (service->tls == NULL) {
        sim_web_feed(&service->web, bytes, now_ms, out);
        service->finished = service->web.finished;
        return;
    }
    struct buffer plain, said;
    buffer_init(&plain, SIM_SERVICE_OUT_LIMIT);
    buffer_init(&said, SIM_SERVICE_OUT_LIMIT);
    bool alive = sim_tls_link_feed(service->tls, bytes, &plain, out);
    if (buffer_size(&plain) > 0)
        sim_web_feed(&service->web, buffer_slice(&plain), now_ms, &said);
    buffer_fini(&plain);
    wrap(service, &said, out);
    if (!alive)
        service->finished = true;
}

void sim_service_tick(struct sim_service *service, uint64_t now_ms, struct buffer *out)
{
    if (service->finished)
        return;
    if (service->tls == NULL) {
        sim_web_tick(&service->web, now_ms, out);
        service->finished = service->web.finished;
        return;
    }
    struct buffer said;
    buffer_init(&said, SIM_SERVICE_OUT_LIMIT);
    sim_web_tick(&service->web, now_ms, &said);
    wrap(service, &said, out);
}

uint64_t sim_service_due(const struct sim_service *service)
{
    return service->finished ? UINT64_MAX : service->web.due_ms;
}
