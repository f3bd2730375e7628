#include "rps/newcomer.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/metrics.h"
#include "io/fiber.h"
#include "rps/rps_parts.h"

#include <arpa/inet.h>
#include <string.h>

#define SETTLE_MS 15000

METRIC_DEFINE(newcomers, METRIC_GAUGE, "outband_rps_newcomers", NULL,
              "Devices that have stored passwords and no record, as of the last change")
METRIC_DEFINE(newcomers_refused, METRIC_COUNTER, "outband_rps_newcomers_refused_total", NULL,
              "Devices that were not set up since too many have stored passwords and no record")

/* Whoever has one IPv6 address has the /64 that it is in. */
static void name_source(const char *address, char source[STORE_NEWCOMER_SOURCE_LIMIT])
{
    struct in6_addr six;
    const char *bare = address[0] == '[' ? address + 1 : address;
    size_t size = strcspn(bare, "]%");
    if (size >= STORE_NEWCOMER_SOURCE_LIMIT)
        size = STORE_NEWCOMER_SOURCE_LIMIT - 1;
    memcpy(source, bare, size);
    source[size] = '\0';
    if (inet_pton(AF_INET6, source, &six) != 1 || IN6_IS_ADDR_V4MAPPED(&six))
        return;
    memset(six.s6_addr + 8, 0, 8);
    (void)inet_ntop(AF_INET6, &six, source, STORE_NEWCOMER_SOURCE_LIMIT);
}

static bool has_secrets(const struct store_passwords *stored)
{
    size_t count = 0;
    for (size_t kind = 0; kind < STORE_PASSWORD_KINDS; kind++)
        count += stored->lists[kind].count;
    return count > 0;
}

static bool refuse(enum store_newcomer_limit reached, struct error *err)
{
    static const char *const reasons[] = {
        [STORE_NEWCOMER_ALL] = "--agent-newcomers",
        [STORE_NEWCOMER_TENANT] = "--agent-tenant-newcomers",
        [STORE_NEWCOMER_SOURCE] = "--agent-source-newcomers, within an hour",
    };
    metric_add(&newcomers_refused, 1);
    return error_set(err, ERROR_BUSY,
                     "Too many devices were begun to be set up and not finished (%s). Nothing was "
                     "changed on this device. Use an agent token, or finish those",
                     reasons[reached]);
}

bool rps_newcomer_admit(struct rps_provisioning *p, struct error *err)
{
    char source[STORE_NEWCOMER_SOURCE_LIMIT];
    enum store_newcomer_limit reached;
    uint64_t total;
    if (p->done.newcomer || p->device.known.found || has_secrets(&p->device.stored) ||
        rps_session_is_authenticated(p->session))
        return true;
    name_source(p->session->source, source);
    const struct store_newcomer newcomer = {.guid = p->given->request->guid,
                                            .tenant = p->given->tenant,
                                            .source = source,
                                            .now_ms = clock_wall_ms()};
    bool ok = store_newcomer_add(p->store, &newcomer, &p->given->options->newcomers, &reached,
                                 &total, err);
    if (reached != STORE_NEWCOMER_NO_LIMIT)
        return refuse(reached, err);
    if (!ok)
        return false;
    p->done.newcomer = true;
    metric_set(&newcomers, (int64_t)total);
    return true;
}

/* Those of an earlier run, too: they are counted until somebody finishes them. */
static bool may_be_counted(const struct rps_provisioning *p)
{
    return p->done.newcomer || (!p->device.known.found && has_secrets(&p->device.stored));
}

void rps_newcomer_settle(struct rps_provisioning *p)
{
    struct store_passwords stored = {0};
    struct error err;
    uint64_t total;
    if (!may_be_counted(p))
        return;
    struct io_shield shield = io_shield_begin(SETTLE_MS);
    error_clear(&err);
    bool over =
        p->done.handed_over || (!store_passwords_get(p->store, p->arena, &p->given->request->guid,
                                                     p->given->tenant, &stored, &err) &&
                                err.code == ERROR_NOT_FOUND);
    if (over &&
        store_newcomer_remove(p->store, &p->given->request->guid, p->given->tenant, &total, &err))
        metric_set(&newcomers, (int64_t)total);
    else if (over)
        log_line(LOG_WARN, "a device that was set up is counted as unfinished", "guid",
                 p->given->guid, "error", err.text, NULL);
    io_shield_end(shield);
}
