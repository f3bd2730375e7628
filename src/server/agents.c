#include "server/agents.h"

#include "core/file.h"
#include "core/log.h"
#include "io/work.h"
#include "rps/handover_mps.h"
#include "rps/routes/handlers.h"
#include "server/routes/routes.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define ROOTS_LIMIT ((size_t)1024 * 1024)
#define WORKERS     2 /* that read provisioning certificates, sign and issue */

static bool read_roots(struct arena *arena, const char *setting, const char *path,
                       struct slice *pem, struct error *err)
{
    if (path == NULL || path[0] == '\0')
        return true;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && file_read(arena, fd, ROOTS_LIMIT, pem);
    if (!ok)
        (void)file_error(err, ERROR_INVALID, path);
    if (fd >= 0)
        (void)close(fd);
    return ok || error_wrap(err, "%s", setting);
}

static bool hands_over(const struct settings_values *settings)
{
    return settings->mps_server != NULL && settings_is_rps(settings);
}

static bool make_handover(struct agents *agents, struct arena *arena, struct store *store,
                          struct mps *mps, unsigned loop_count, struct error *err)
{
    const struct settings_values *settings = agents->settings;
    struct rps_handover_mps_options options = {
        .url = settings->mps_server,
        .token_file = settings->mps_token_file,
        .work = agents->work,
    };
    if (!hands_over(settings)) {
        if (!settings_is_mps(settings))
            return error_set(err, ERROR_INVALID,
                             "--roles rps: nobody would manage the devices; say with --mps-server "
                             "where they are handed over to");
        agents->handover = rps_handover_to_store(store, mps);
        return true;
    }
    if (!read_roots(arena, "--mps-ca", settings->mps_ca, &options.ca_pem, err))
        return false;
    agents->handover = rps_handover_to_mps(&options, loop_count, err);
    return agents->handover != NULL;
}

bool agents_make(struct agents *agents, struct arena *arena, const struct settings_values *settings,
                 const struct rps_options *options, struct mps *mps, unsigned loop_count,
                 struct error *err)
{
    struct rps_options own = *options;
    agents->settings = settings;
    agents->addresses[AGENTS_SOCKET] = settings->rps_ws.address;
    agents->addresses[AGENTS_ASSISTANT] = settings->ea_port.address;
    if (!read_roots(arena, "--on-die-roots", settings->on_die_roots, &own.on_die_pem, err))
        return false;
    /* A session waits for one piece of work at a time. */
    agents->work =
        io_pool_new("provision", WORKERS, (size_t)settings->agent_sessions * loop_count, err);
    if (agents->work == NULL)
        return false;
    if (!make_handover(agents, arena, options->store, mps, loop_count, err))
        return false;
    own.handover = agents->handover;
    own.work = agents->work;
    own.prevent_orphans = settings->prevent_orphans;
    own.resume_ms = (uint32_t)settings->agent_resume * 60000;
    own.detection_domain = settings->cira_home_domain;
    own.agent_token = strcmp(settings->agent_auth, "token") == 0;
    own.assistant_token = strcmp(settings->ea_auth, "none") != 0;
    own.sessions_limit = (uint32_t)settings->agent_sessions;
    own.source_limit = (uint32_t)settings->agent_source_sessions;
    own.memory_limit = (size_t)settings->agent_memory << 20;
    own.newcomers = (struct store_newcomer_limits){
        .all = (uint64_t)settings->agent_newcomers,
        .of_tenant = (uint64_t)settings->agent_tenant_newcomers,
        .of_source = (uint64_t)settings->agent_source_newcomers,
    };
    own.session_ms = (uint32_t)settings->agent_minutes * 60000;
    own.attempt_ms = (uint32_t)settings->agent_attempt * 1000;
    own.assistant_ms = (uint32_t)settings->agent_attempt * 1000;
    agents->rps = rps_new(&own, loop_count, err);
    if (agents->rps == NULL)
        return error_wrap(err, "--on-die-roots");
    if (!own.agent_token && settings_is_rps(settings))
        log_line(LOG_WARN,
                 "agents are let in without a token: whoever reaches this server can have "
                 "a device provisioned; --agent-auth token asks for one",
                 NULL);
    return true;
}

bool agents_attach(struct agents *agents, unsigned index, struct io_loop *loop, struct error *err)
{
    return rps_shard_attach(agents->rps, index, loop, err) &&
           (!hands_over(agents->settings) ||
            rps_handover_mps_attach(agents->handover, index, loop, err));
}

void agents_free(struct agents *agents)
{
    rps_free(agents->rps);
    agents->rps = NULL;
    if (agents->handover != NULL)
        agents->handover->methods->close(agents->handover);
    agents->handover = NULL;
    if (agents->work != NULL)
        io_pool_free(agents->work);
    agents->work = NULL;
}

void agents_route(struct agents *agents, const struct http_router *whole)
{
    static const struct {
        const char *operation;
        http_handler *handler;
    } made[AGENTS_PORTS] = {
        [AGENTS_SOCKET] = {"openActivation", rps_agent_socket},
        [AGENTS_ASSISTANT] = {"openEnterpriseAssistant", rps_assistant_socket},
    };
    for (unsigned i = 0; i < AGENTS_PORTS; i++) {
        agents->routes[i] = (struct http_route){.method = HTTP_GET,
                                                .path = "/",
                                                .operation = made[i].operation,
                                                .handler = made[i].handler,
                                                .open = true,
                                                .group = ROUTES_RPS};
        agents->routers[i] =
            (struct http_router){.otherwise = &agents->routes[i], .contexts = whole->contexts};
    }
}

bool agents_is_on(const struct agents *agents, enum agents_port port)
{
    return port == AGENTS_SOCKET ? agents->settings->rps_ws.on : agents->settings->ea_port.on;
}

bool agents_doors_open(struct agents *agents, unsigned index, struct io_loop *loop,
                       struct agents_doors *doors, struct error *err)
{
    const struct settings_values *settings = agents->settings;
    for (unsigned i = 0; i < AGENTS_PORTS; i++) {
        const struct http_server_options options = {
            .address = agents->addresses[i],
            .shared = index > 0,
            .connections_limit = (uint32_t)settings->http_connections,
            .idle_ms = (uint32_t)settings->http_idle * 1000,
        };
        if (!agents_is_on(agents, (enum agents_port)i))
            continue;
        doors->servers[i] = http_server_new(loop, &options, &agents->routers[i], err);
        if (doors->servers[i] == NULL)
            return error_wrap(err, i == AGENTS_SOCKET ? "--rps-ws" : "--ea-port");
        agents->addresses[i] = http_server_address(doors->servers[i]);
    }
    return true;
}

void agents_doors_drain(struct agents_doors *doors)
{
    for (unsigned i = 0; i < AGENTS_PORTS; i++)
        if (doors->servers[i] != NULL)
            http_server_drain(doors->servers[i]);
}

size_t agents_doors_busy(const struct agents_doors *doors)
{
    size_t count = 0;
    for (unsigned i = 0; i < AGENTS_PORTS; i++)
        count += doors->servers[i] == NULL ? 0 : http_server_busy(doors->servers[i]);
    return count;
}

void agents_doors_close(struct agents_doors *doors)
{
    for (unsigned i = 0; i < AGENTS_PORTS; i++) {
        if (doors->servers[i] != NULL)
            http_server_free(doors->servers[i]);
        doors->servers[i] = NULL;
    }
}
