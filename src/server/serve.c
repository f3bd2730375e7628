/*
 * outband serve: puts the rooms together, starts the loops, waits for a signal and takes
 * everything down in the opposite order.
 */
#include "access/access.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/log.h"
#include "core/log_writer.h"
#include "core/memory.h"
#include "core/random.h"
#include "events/events.h"
#include "io/work.h"
#include "mps/drives.h"
#include "mps/images.h"
#include "mps/jobs.h"
#include "mps/routes/routes.h"
#include "mps/screens.h"
#include "rps/routes/routes.h"
#include "server/administrator.h"
#include "server/agents.h"
#include "server/commands.h"
#include "server/data_folder.h"
#include "server/loops.h"
#include "server/notify.h"
#include "server/recording.h"
#include "server/renewal.h"
#include "server/routes/routes.h"
#include "server/shard.h"
#include "store/store.h"

#include <fcntl.h>
#include <inttypes.h>
#include <malloc.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define EVENTS_KEPT  10000
#define CLOSE_MS     2000 /* for what a shutdown cuts, past the time that it may wait for others */
#define TWICE_MS     500  /* a signal that soon after the first is the same one, sent twice */
#define WATCH_MS     5000 /* between two looks at the number of logins */
#define FILE_WORKERS 2    /* images and recordings, sent and received */
#define FILES_QUEUED 1024 /* pieces of 64 KB */
#define KEY_WORKERS  2    /* certificates of provisioning, opened and checked */
#define KEYS_QUEUED  256
#define STORM_LOGINS 1000 /* that many logins are worth giving memory back */

struct server {
    const struct settings_values *settings;
    int signals;          /* signalfd */
    uint64_t stopping_ms; /* when the first signal came */
    struct arena arena;
    struct store *store;
    struct certificates certificates;
    struct access *access;
    struct events *events;
    struct mps *mps;
    struct mps_images *images;
    struct mps_drives *drives;
    struct mps_jobs *jobs;
    struct recording recording;
    struct mps_screens *screens;
    struct mps_application mps_application;
    struct rps_application rps_application;
    struct agents agents;
    struct io_pool *workers; /* for keys and certificates */
    struct server_application application;
    struct http_router router;
    struct http_router rps_router;
    struct shard_plan plan;
    struct shard *shards;
    struct loops *loops;
    struct renewal renewal; /* on the first loop */
};

static unsigned loop_count(const struct settings_values *settings)
{
    cpu_set_t cores;
    if (settings->loops > 0)
        return (unsigned)settings->loops;
    if (sched_getaffinity(0, sizeof cores, &cores) != 0)
        return 1;
    int count = CPU_COUNT(&cores);
    return count > 64 ? 64 : (unsigned)count;
}

/* Every tunnel is a descriptor; the soft limit of most systems is 1,024. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* Before any thread: signals are read from a descriptor, by the main thread only. */
static bool catch_signals(struct server *server, struct error *err)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGHUP);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is a full disk, and no end */
    if (sigprocmask(SIG_BLOCK, &set, NULL) == 0)
        server->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return server->signals >= 0 || error_set(err, ERROR_INTERNAL, "signals cannot be caught");
}

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
    job->ok = certificates_load(store, &job->server->arena, settings, &job->server->certificates,
                                &made, job->err);
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

static bool prepare_shard(void *context, unsigned index, struct io_loop *loop, struct error *err)
{
    struct server *server = context;
    mps_jobs_attach(server->jobs, index, loop);
    mps_drives_attach(server->drives, index, loop);
    return shard_prepare(&server->shards[index], index, &server->plan, loop, err);
}

static void clean_up_shard(void *context, unsigned index)
{
    struct server *server = context;
    shard_fini(&server->shards[index]);
}

static void start_shard(void *arg, unsigned index)
{
    struct server *server = arg;
    shard_start(&server->shards[index], index);
}

/* Jobs first, whose devices need the tunnels, but not until time is up. */
static void drain_shard(void *arg, unsigned index)
{
    struct server *server = arg;
    if (index == 0)
        renewal_stop(&server->renewal);
    uint64_t previous = io_deadline_within((uint64_t)server->settings->drain * 400);
    mps_drives_stop(server->drives, index);
    mps_jobs_stop(server->jobs, index);
    io_deadline_restore(previous);
    shard_drain(&server->shards[index], index);
    mps_drives_stop(server->drives, index);
    mps_jobs_stop(server->jobs, index);
}

static void hang_up_shard(void *arg, unsigned index)
{
    struct server *server = arg;
    shard_hang_up(&server->shards[index], index);
}

static void close_shard(void *arg, unsigned index)
{
    struct server *server = arg;
    shard_close(&server->shards[index], index);
}

/* A failure is in the first shard's err. */
static void start_renewal(void *arg, unsigned index)
{
    struct server *server = arg;
    struct shard *first = &server->shards[index];
    first->ok = renewal_start(&server->renewal, server->store, server->shards,
                              loops_count(server->loops), RENEWAL_PERIOD_MS, &first->err);
}

/* The same. */
static void resume_jobs(void *arg, unsigned index)
{
    struct server *server = arg;
    struct shard *first = &server->shards[index];
    first->ok = mps_jobs_resume(server->jobs, &first->err);
}

static bool run_on(struct server *server, unsigned index, void (*fn)(void *arg, unsigned index),
                   struct error *err)
{
    loops_post(server->loops, index, fn, server);
    loops_wait(server->loops);
    if (!server->shards[index].ok)
        *err = server->shards[index].err;
    return server->shards[index].ok;
}

/* One after the other: the first learns the port when any is to be taken. */
static bool start_shards(struct server *server, unsigned count, struct error *err)
{
    const struct loops_events events = {prepare_shard, clean_up_shard, server};
    server->shards = memory_new(count * sizeof *server->shards);
    server->loops = loops_start(count, &events, err);
    if (server->loops == NULL)
        return false;
    for (unsigned i = 0; i < count; i++)
        if (!run_on(server, i, start_shard, err))
            return false;
    return run_on(server, 0, start_renewal, err) && run_on(server, 0, resume_jobs, err);
}

static bool start(struct server *server, struct error *err)
{
    unsigned count = loop_count(server->settings);
    (void)mallopt(M_ARENA_MAX, (int)count + 1);
    raise_descriptor_limit();
    if (!catch_signals(server, err) || !open_store(server, err) || !open_access(server, err))
        return false;
    server->events = events_new(EVENTS_KEPT);
    server->workers = io_pool_new("keys", KEY_WORKERS, KEYS_QUEUED, err);
    if (server->workers == NULL || !read_device_ca(server, err) || !make_mps(server, count, err) ||
        !make_agents(server, count, err))
        return false;
    make_application(server);
    server->plan.files = io_pool_new("files", FILE_WORKERS, FILES_QUEUED, err);
    return server->plan.files != NULL && start_shards(server, count, err) &&
           (administrator_is_given(server->settings) ||
            administrator_prepare(server->access, server->settings, err));
}

/* Of the toolkit's variables, those that change nothing here (docs/compatibility.md). */
static void warn_of_ignored(void)
{
    static const char *const names[] = {"MPS_COUNTRY", "MPS_ORGANIZATION"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0')
            log_line(LOG_WARN, "a variable is ignored: the certificates carry a common name only",
                     "variable", names[i], NULL);
    }
}

static const char *where(bool on, const struct io_address *address, char text[IO_ADDRESS_TEXT_SIZE])
{
    return on ? io_address_format(address, text) : NULL;
}

static void announce(struct server *server)
{
    char https[IO_ADDRESS_TEXT_SIZE];
    char cira[IO_ADDRESS_TEXT_SIZE];
    char mps_http[IO_ADDRESS_TEXT_SIZE];
    char rps_ws[IO_ADDRESS_TEXT_SIZE];
    char ea[IO_ADDRESS_TEXT_SIZE];
    char rps_http[IO_ADDRESS_TEXT_SIZE];
    char loops[16];
    const struct agents *agents = &server->agents;
    const struct settings_values *settings = server->settings;
    (void)snprintf(loops, sizeof loops, "%u", loops_count(server->loops));
    log_line(
        LOG_INFO, "ready", "https", where(settings->https.on, &server->plan.https, https), "cira",
        where(settings->cira.on, &server->plan.cira, cira), "mps-http",
        where(settings->mps_http.on, &server->plan.mps_http, mps_http), "rps-http",
        where(settings->rps_http.on, &server->plan.rps_http, rps_http), "rps-ws",
        where(agents_is_on(agents, AGENTS_SOCKET), &agents->addresses[AGENTS_SOCKET], rps_ws),
        "ea-port",
        where(agents_is_on(agents, AGENTS_ASSISTANT), &agents->addresses[AGENTS_ASSISTANT], ea),
        "data", settings->data, "loops", loops, "version", OUTBAND_VERSION, NULL);
    notify_service("READY=1");
}

/* The next signal that ends the process, or 0 when none is there. */
static unsigned read_signal(const struct server *server)
{
    struct signalfd_siginfo info;
    while (read(server->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo != SIGHUP)
            return info.ssi_signo;
        log_line(LOG_INFO, "SIGHUP is ignored; restart to read the settings again", NULL);
    }
    return 0;
}

/* What the main thread has seen of the devices' logins. */
struct login_watch {
    uint64_t seen;    /* mps_login_count the last time it looked */
    uint64_t trimmed; /* … when memory was given back */
};

/* A storm of logins leaves the memory of its handshakes, 41 KB each, in pieces between records that
 * stay. Once it is over those pages go back to the system, which glibc does only when asked. */
static void give_memory_back(const struct server *server, struct login_watch *watch)
{
    uint64_t logins = mps_login_count(server->mps);
    bool quiet = logins - watch->seen < STORM_LOGINS / 10;
    watch->seen = logins;
    if (!quiet || logins - watch->trimmed < STORM_LOGINS)
        return;
    watch->trimmed = logins;
    uint64_t started = clock_monotonic_ns();
    (void)malloc_trim(0);
    char took[24];
    (void)snprintf(took, sizeof took, "%" PRIu64, (clock_monotonic_ns() - started) / 1000);
    log_line(LOG_DEBUG, "gave memory back", "microseconds", took, NULL);
}

static void await_signal(struct server *server)
{
    struct login_watch watch = {0, 0};
    unsigned number;
    do {
        struct pollfd wait = {.fd = server->signals, .events = POLLIN};
        if (poll(&wait, 1, WATCH_MS) == 0)
            give_memory_back(server, &watch);
        number = read_signal(server);
    } while (number == 0);
    server->stopping_ms = clock_monotonic_ns() / 1000000;
    log_line(LOG_INFO, "stopping", "signal", number == SIGINT ? "SIGINT" : "SIGTERM", NULL);
}

/* Ends the process on the spot; what is queued for the store is written if that is quick. */
static _Noreturn void end_at_once(const struct server *server, const char *why)
{
    log_line(LOG_WARN, "ended before everything was finished", "why", why, NULL);
    log_writer_finish(1000);
    (void)alarm(3);
    store_presence_flush(server->store);
    _exit(1);
}

/* timeout(1) and some supervisors signal the process and then its group, which it is in. */
static bool is_told_again(const struct server *server)
{
    return read_signal(server) != 0 &&
           clock_monotonic_ns() / 1000000 - server->stopping_ms >= TWICE_MS;
}

/* Waits for what was posted to the loops; a second signal ends the process at once. */
static void await_shards(struct server *server, uint64_t end_ms)
{
    while (loops_pending(server->loops) > 0) {
        uint64_t now = clock_monotonic_ns() / 1000000;
        if (now >= end_ms)
            end_at_once(server, "time was up");
        struct pollfd wait[] = {
            {.fd = server->signals, .events = POLLIN},
            {.fd = loops_descriptor(server->loops), .events = POLLIN},
        };
        (void)poll(wait, 2, (int)(end_ms - now));
        if (is_told_again(server))
            end_at_once(server, "a second signal");
    }
}

static void post_to_all(struct server *server, void (*fn)(void *arg, unsigned index))
{
    for (unsigned i = 0; i < loops_count(server->loops); i++)
        loops_post(server->loops, i, fn, server);
}

static void stop_shards(struct server *server)
{
    uint64_t end = clock_monotonic_ns() / 1000000 + (uint64_t)server->settings->drain * 1000;
    atomic_store(&server->application.ready, false);
    store_hurry(server->store);
    post_to_all(server, drain_shard);
    await_shards(server, end);
    post_to_all(server, hang_up_shard);
    await_shards(server, end + CLOSE_MS);
    post_to_all(server, close_shard);
    await_shards(server, end + 2 * (uint64_t)CLOSE_MS);
    loops_stop(server->loops);
    server->loops = NULL;
}

static void clean_up(struct server *server)
{
    if (server->loops != NULL)
        stop_shards(server);
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
    free(server->shards);
    certificates_wipe(&server->certificates);
    if (server->plan.files != NULL)
        io_pool_free(server->plan.files);
    if (server->workers != NULL)
        io_pool_free(server->workers);
    memory_wipe(&server->plan, sizeof server->plan);
    arena_fini(&server->arena);
    if (server->signals >= 0)
        (void)close(server->signals);
}

int command_serve(const struct settings *settings)
{
    struct server server = {.settings = &settings->values, .signals = -1};
    struct error err;
    error_clear(&err);
    arena_init(&server.arena);
    warn_of_ignored();
    administrator_hide_variables();
    bool ok = start(&server, &err);
    if (ok) {
        atomic_store(&server.application.ready, true);
        announce(&server);
        await_signal(&server);
        notify_service("STOPPING=1");
    }
    clean_up(&server);
    if (!ok)
        return command_fail(&err);
    log_line(LOG_INFO, "stopped", NULL);
    return 0;
}
