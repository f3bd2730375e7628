#include "server/shard.h"

#include "io/fiber.h"

#define DRAIN_STEP_MS 20

static bool make_cira_tls(struct shard *shard, struct error *err)
{
    const struct shard_plan *plan = shard->plan;
    struct io_tls_server_options options = {
        .certificate_pem = plan->secrets.certificates->cira.certificate_pem,
        .key_pem = plan->secrets.certificates->cira.key_pem,
        .newest = IO_TLS_1_3,
        .ticket_key = slice_of(plan->secrets.cira_ticket_key, SERVER_TICKET_KEY_SIZE),
    };
    if (!io_tls_version_of(slice_of_string(plan->settings->tls_oldest), &options.oldest))
        return error_set(err, ERROR_INVALID, "--tls-oldest: not a TLS version");
    shard->cira_tls = io_tls_server_new(shard->loop, &options, err);
    return shard->cira_tls != NULL;
}

static bool make_web_tls(struct shard *shard, struct error *err)
{
    const struct shard_plan *plan = shard->plan;
    const struct io_tls_server_options options = {
        .certificate_pem = plan->secrets.certificates->web.certificate_pem,
        .key_pem = plan->secrets.certificates->web.key_pem,
        .oldest = IO_TLS_1_2,
        .newest = IO_TLS_1_3,
        .strong_only = true,
        .ticket_key = slice_of(plan->secrets.web_ticket_key, SERVER_TICKET_KEY_SIZE),
    };
    shard->web_tls = io_tls_server_new(shard->loop, &options, err);
    return shard->web_tls != NULL;
}

static bool make_device_tls(struct shard *shard, struct error *err)
{
    const struct io_tls_client_options options = {
        .ca_pem = shard->plan->device_ca_pem,
        .firmware = true,
        .newest = IO_TLS_1_3,
    };
    shard->device_tls = io_tls_client_new(shard->loop, &options, err);
    return shard->device_tls != NULL || error_wrap(err, "--device-ca");
}

bool shard_prepare(struct shard *shard, unsigned index, struct shard_plan *plan,
                   struct io_loop *loop, struct error *err)
{
    shard->plan = plan;
    shard->loop = loop;
    if (!make_cira_tls(shard, err) || !make_web_tls(shard, err) || !make_device_tls(shard, err))
        return false;
    if (plan->mps != NULL)
        mps_shard_attach(plan->mps, index, loop, shard->device_tls);
    return plan->agents == NULL || agents_attach(plan->agents, index, loop, err);
}

static bool renew_tls(struct io_tls *tls, const struct io_certificate *leaf,
                      const uint8_t ticket_key[SERVER_TICKET_KEY_SIZE], struct error *err)
{
    return (leaf == NULL ||
            io_tls_set_certificate(tls, leaf->certificate_pem, leaf->key_pem, err)) &&
           io_tls_set_ticket_key(tls, slice_of(ticket_key, SERVER_TICKET_KEY_SIZE), err);
}

bool shard_renew(struct shard *shard, const struct shard_secrets *secrets, struct error *err)
{
    const struct certificates *leaves = secrets->certificates;
    bool cira = renew_tls(shard->cira_tls, leaves == NULL ? NULL : &leaves->cira,
                          secrets->cira_ticket_key, err);
    bool web = renew_tls(shard->web_tls, leaves == NULL ? NULL : &leaves->web,
                         secrets->web_ticket_key, err);
    return cira && web;
}

static bool start_mps(struct shard *shard, unsigned index, struct error *err)
{
    struct shard_plan *plan = shard->plan;
    const struct settings_values *settings = plan->settings;
    bool cira = settings->cira.on;
    const struct io_listen_options options = {
        .tls = shard->cira_tls,
        .connections_limit = (uint32_t)settings->cira_devices,
        .handshakes_limit = (uint32_t)settings->cira_handshakes,
        .parked_limit = (uint32_t)settings->cira_parked,
        .handshake_ms = (uint32_t)settings->cira_handshake_time * 1000,
        .source_rate = (uint32_t)settings->cira_source_rate,
        .shared = index > 0,
    };
    shard->carries_mps = true;
    if (!cira)
        return true;
    if (!mps_shard_start(plan->mps, index, &plan->cira, &options, err))
        return false;
    plan->cira = mps_shard_address(plan->mps, index);
    return true;
}

static bool start_http(struct shard *shard, unsigned index, struct io_tls *tls,
                       const struct http_router *router, struct io_address *address,
                       struct http_server **server, struct error *err)
{
    const struct settings_values *settings = shard->plan->settings;
    const struct http_server_options options = {
        .address = *address,
        .shared = index > 0,
        .tls = tls,
        .connections_limit = (uint32_t)settings->http_connections,
        /* Whoever connects without TLS is a gateway on this host. */
        .source_rate = tls == NULL ? 0 : (uint32_t)settings->https_source_rate,
        .body_limit = (uint32_t)settings->http_body,
        .idle_ms = (uint32_t)settings->http_idle * 1000,
        .files = shard->plan->files,
    };
    *server = http_server_new(shard->loop, &options, router, err);
    if (*server == NULL)
        return error_wrap(err, "%s listener", tls == NULL ? "HTTP" : "HTTPS");
    *address = http_server_address(*server);
    return true;
}

static bool start_https(struct shard *shard, unsigned index)
{
    struct shard_plan *plan = shard->plan;
    return !plan->settings->https.on || start_http(shard, index, shard->web_tls, plan->router,
                                                   &plan->https, &shard->https, &shard->err);
}

void shard_start(struct shard *shard, unsigned index)
{
    struct shard_plan *plan = shard->plan;
    const struct settings_values *settings = plan->settings;
    error_clear(&shard->err);
    shard->ok =
        start_mps(shard, index, &shard->err) && start_https(shard, index) &&
        (!settings->mps_http.on || start_http(shard, index, NULL, plan->router, &plan->mps_http,
                                              &shard->mps_http, &shard->err)) &&
        (!settings->rps_http.on || start_http(shard, index, NULL, plan->rps_router, &plan->rps_http,
                                              &shard->rps_http, &shard->err)) &&
        agents_doors_open(plan->agents, index, shard->loop, &shard->agents, &shard->err);
}

/* Requests that are being received, worked on or answered. */
static size_t requests_in_work(const struct shard *shard)
{
    return (shard->https == NULL ? 0 : http_server_busy(shard->https)) +
           (shard->mps_http == NULL ? 0 : http_server_busy(shard->mps_http)) +
           (shard->rps_http == NULL ? 0 : http_server_busy(shard->rps_http)) +
           agents_doors_busy(&shard->agents);
}

/* What each of the two parts of a shutdown that wait for others may take. */
static uint64_t half_of_drain(const struct shard *shard)
{
    return (uint64_t)shard->plan->settings->drain * 1000 / 2;
}

void shard_drain(struct shard *shard, unsigned index)
{
    if (shard->https != NULL)
        http_server_drain(shard->https);
    if (shard->mps_http != NULL)
        http_server_drain(shard->mps_http);
    if (shard->rps_http != NULL)
        http_server_drain(shard->rps_http);
    agents_doors_drain(&shard->agents);
    uint64_t previous = io_deadline_within(half_of_drain(shard));
    rps_shard_stop(shard->plan->agents->rps, index);
    while (requests_in_work(shard) > 0 && io_sleep(DRAIN_STEP_MS, NULL)) {
    }
    io_deadline_restore(previous);
}

void shard_hang_up(struct shard *shard, unsigned index)
{
    uint64_t previous = io_deadline_within(half_of_drain(shard));
    if (shard->carries_mps)
        mps_shard_stop(shard->plan->mps, index);
    shard->carries_mps = false;
    io_deadline_restore(previous);
}

void shard_close(struct shard *shard, unsigned index)
{
    (void)index;
    if (shard->https != NULL)
        http_server_free(shard->https);
    if (shard->mps_http != NULL)
        http_server_free(shard->mps_http);
    if (shard->rps_http != NULL)
        http_server_free(shard->rps_http);
    agents_doors_close(&shard->agents);
    shard->https = NULL;
    shard->mps_http = NULL;
    shard->rps_http = NULL;
}

void shard_fini(struct shard *shard)
{
    io_tls_free(shard->cira_tls);
    io_tls_free(shard->web_tls);
    io_tls_free(shard->device_tls);
    shard->device_tls = NULL;
    shard->cira_tls = NULL;
    shard->web_tls = NULL;
}
