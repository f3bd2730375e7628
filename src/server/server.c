#include "server/server.h"

#include "access/access.h"
#include "core/file.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/random.h"
#include "events/events.h"
#include "io/work.h"
#include "server/administrator.h"
#include "server/commands.h"
#include "server/data_folder.h"
#include "server/devices_ca.h"
#include "store/store.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define EVENTS_KEPT  10000
#define FILE_WORKERS 2    /* images and recordings, sent and received */
#define FILES_QUEUED 1024 /* pieces of 64 KB */
#define KEY_WORKERS  2    /* certificates of provisioning, opened and checked */
#define KEYS_QUEUED  256

struct certificate_job {
    struct server *server;
    bool ok;
    struct error *err;
};

static void load_certificates(struct store *store, void *arg)
{
    struct certificate_job *job = arg;
    const struct settings_values *settings = job->server->settings;
    bool made = false;
    job->ok =
        certificates_load(store, &job->server->arena, settings, &job->server->certificates, &made,
                          job->err) &&
        devices_ca_load(store, &job->server->arena, settings, &job->server->devices_pem, job->err);
    if (job->ok && made)
        log_line(LOG_INFO, "made certificates", "common-name", settings->common_name, NULL);
}

/* For whoever is to trust this server. The certificates are in the store: a disk that is full or
 * read-only keeps nobody from serving with them. */
static void publish_ca(const struct server *server)
{
    const char *data = server->settings->data;
    struct slice content = server->certificates.ca_pem;
    struct error err;
    error_clear(&err);
    if (!data_folder_has(data, "ca.pem", 0644, content) &&
        !data_folder_write(data, "ca.pem", 0644, content, &err))
        log_line(LOG_WARN, "ca.pem is not up to date", "error", err.text, NULL);
}

static bool open_store(struct server *server, struct error *err)
{
    const struct settings_values *settings = server->settings;
    const struct store_options options = {
        .directory = settings->data,
        .instance = settings->instance,
    };
    server->store = store_open(&options, err);
    if (server->store == NULL)
        return error_wrap(err, "the data folder cannot be used");
    struct certificate_job job = {.server = server, .err = err};
    store_blocking(server->store, load_certificates, &job);
    if (job.ok)
        publish_ca(server);
    return job.ok;
}

static bool open_access(struct server *server, struct error *err)
{
    const struct access_options options = command_access_options(server->settings);
    server->access = access_new(server->store, &options, err);
    return server->access != NULL && (!administrator_is_given(server->settings) ||
                                      administrator_prepare(server->access, server->settings, err));
}

static bool make_drives(struct server *server, unsigned count, struct error *err)
{
    char *folder = arena_printf(&server->arena, "%s/images", server->settings->data);
    server->images = mps_images_new(folder, (uint64_t)server->settings->image_limit << 20,
                                    (uint64_t)server->settings->images_limit << 20, err);
    if (server->images == NULL)
        return error_wrap(err, "the folder of images cannot be used");
    server->drives = mps_drives_new(server->mps, server->images, server->events, count);
    return true;
}

static bool make_mps(struct server *server, unsigned count, struct error *err)
{
    const struct settings_values *settings = server->settings;
    const struct mps_options options = {
        .store = server->store,
        .access = server->access,
        .events = server->events,
        .window = (uint32_t)settings->cira_window,
        .keepalive_s = (uint32_t)settings->keepalive,
        .idle_s = (uint32_t)settings->cira_idle,
        .login_ms = (uint32_t)settings->cira_login * 1000,
        .last_seen = settings->cira_last_seen,
        .devices_limit = (uint32_t)settings->cira_devices,
        .lan_connections = (uint32_t)settings->lan_connections,
    };
    server->mps = mps_new(&options, count, err);
    if (server->mps == NULL)
        return false;
    const struct mps_jobs_options jobs = {
        .mps = server->mps,
        .store = server->store,
        .events = server->events,
        .loop_count = count,
        .finish_ms = (unsigned)(settings->drain < 10 ? settings->drain * 200 : 2000),
    };
    server->jobs = mps_jobs_new(&jobs);
    if (!recording_make(&server->recording, &server->arena, settings, server->mps, server->store,
                        err))
        return false;
    server->screens = mps_screens_new(server->mps, server->recording.recorder, err);
    return server->screens != NULL && make_drives(server, count, err);
}

static bool make_agents(struct server *server, unsigned count, struct error *err)
{
    const struct rps_options options = {
        .work = server->workers,
        .store = server->store,
        .access = server->access,
        .events = server->events,
        .version = OUTBAND_VERSION,
        .ca_pem = server->certificates.ca_pem,
        .devices_pem = server->devices_pem,
        .cira_pem = server->certificates.cira.certificate_pem,
    };
    return agents_make(&server->agents, &server->arena, server->settings, &options, server->mps,
                       count, err);
}

#define DEVICE_CA_LIMIT ((size_t)4 * 1024 * 1024)

/* What --device-ca names, in the server's arena. */
static bool read_device_ca(struct server *server, struct error *err)
{
    const char *path = server->settings->device_ca;
    if (path == NULL || path[0] == '\0')
        return true;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool ok =
        fd >= 0 && file_read(&server->arena, fd, DEVICE_CA_LIMIT, &server->plan.device_ca_pem);
    if (!ok)
        (void)file_error(err, ERROR_INVALID, path);
    if (fd >= 0)
        (void)close(fd);
    return ok || error_wrap(err, "--device-ca");
}

/* The origins of the setting as a list ended by NULL; NULL when there is none. */
static const char **split_origins(struct arena *arena, const char *setting)
{
    if (setting == NULL)
        return NULL;
    struct slice rest = slice_of_string(setting);
    size_t most = 2;
    for (size_t i = 0; i < rest.size; i++)
        most += rest.data[i] == ',';
    const char **origins = arena_array(arena, most, sizeof *origins);
    size_t count = 0;
    while (rest.size > 0) {
        struct slice origin = slice_trim(slice_split(&rest, ','));
        if (origin.size > 0)
            origins[count++] = arena_string(arena, origin);
    }
    return origins;
}

static void make_application(struct server *server)
{
    server->mps_application = (struct mps_application){
        .mps = server->mps,
        .drives = server->drives,
        .images = server->images,
        .jobs = server->jobs,
        .recordings = server->recording.library,
        .screens = server->screens,
        .store = server->store,
        .events = server->events,
        .ca_pem = server->certificates.ca_pem,
        .device_ms = (uint32_t)server->settings->device_time * 1000,
    };
    server->rps_application = (struct rps_application){
        .rps = server->agents.rps,
        .access = server->access,
        .store = server->store,
        .events = server->events,
        .workers = server->workers,
        .version = OUTBAND_VERSION,
        .ca_pem = server->certificates.ca_pem,
        .cira_pem = server->certificates.cira.certificate_pem,
    };
    server->application.store = server->store;
    server->application.access = server->access;
    server->application.version = OUTBAND_VERSION;
    server->application.metrics_open = server->settings->metrics_open;
    server_router_init(&server->router, &server->application, &server->mps_application,
                       &server->rps_application);
    server_router_restrict(&server->router, &server->arena, settings_is_mps(server->settings),
                           settings_is_rps(server->settings));
    server->router.origins = split_origins(&server->arena, server->settings->origins);
    agents_route(&server->agents, &server->router);
    server->plan.agents = &server->agents;
    server_router_init_rps(&server->rps_router, &server->router, &server->arena,
                           strcmp(server->settings->rps_auth, "none") == 0);
    server->plan.settings = server->settings;
    server->plan.secrets.certificates = &server->certificates;
    server->plan.router = &server->router;
    server->plan.rps_router = &server->rps_router;
    server->plan.mps = server->mps;
    server->plan.cira = server->settings->cira.address;
    server->plan.https = server->settings->https.address;
    server->plan.mps_http = server->settings->mps_http.address;
    server->plan.rps_http = server->settings->rps_http.address;
    random_bytes(server->plan.secrets.cira_ticket_key, SERVER_TICKET_KEY_SIZE);
    random_bytes(server->plan.secrets.web_ticket_key, SERVER_TICKET_KEY_SIZE);
}

bool server_make(struct server *server, unsigned loop_count, struct error *err)
{
    if (!open_store(server, err) || !open_access(server, err))
        return false;
    server->events = events_new(EVENTS_KEPT);
    server->workers = io_pool_new("keys", KEY_WORKERS, KEYS_QUEUED, err);
    if (server->workers == NULL || !read_device_ca(server, err) ||
        !make_mps(server, loop_count, err) || !make_agents(server, loop_count, err))
        return false;
    make_application(server);
    server->plan.files = io_pool_new("files", FILE_WORKERS, FILES_QUEUED, err);
    return server->plan.files != NULL;
}

void server_fini(struct server *server)
{
    agents_free(&server->agents);
    mps_drives_free(server->drives);
    mps_images_free(server->images);
    mps_jobs_free(server->jobs);
    mps_screens_free(server->screens);
    recording_fini(&server->recording);
    if (server->mps != NULL)
        mps_free(server->mps);
    if (server->access != NULL)
        access_free(server->access);
    if (server->events != NULL)
        events_free(server->events);
    if (server->store != NULL)
        store_close(server->store);
    certificates_wipe(&server->certificates);
    if (server->plan.files != NULL)
        io_pool_free(server->plan.files);
    if (server->workers != NULL)
        io_pool_free(server->workers);
    memory_wipe(&server->plan, sizeof server->plan);
    arena_fini(&server->arena);
}
