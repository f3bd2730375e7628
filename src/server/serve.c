/*
 * outband serve: starts the loops of a server, waits for a signal and takes everything down in the
 * opposite order.
 */
#include "core/clock.h"
#include "core/log.h"
#include "core/log_writer.h"
#include "core/memory.h"
#include "server/administrator.h"
#include "server/commands.h"
#include "server/loops.h"
#include "server/notify.h"
#include "server/renewal.h"
#include "server/server.h"
#include "store/store.h"

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

#define CLOSE_MS     2000 /* for what a shutdown cuts, past the time that it may wait for others */
#define TWICE_MS     500  /* a signal that soon after the first is the same one, sent twice */
#define WATCH_MS     5000 /* between two looks at the number of logins */
#define STORM_LOGINS 1000 /* that many logins are worth giving memory back */

struct process {
    struct server server;
    int signals;          /* signalfd */
    uint64_t stopping_ms; /* when the first signal came */
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
static bool catch_signals(struct process *process, struct error *err)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGHUP);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is a full disk, and no end */
    if (sigprocmask(SIG_BLOCK, &set, NULL) == 0)
        process->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return process->signals >= 0 || error_set(err, ERROR_INTERNAL, "signals cannot be caught");
}

static bool prepare_shard(void *context, unsigned index, struct io_loop *loop, struct error *err)
{
    struct process *process = context;
    mps_jobs_attach(process->server.jobs, index, loop);
    mps_drives_attach(process->server.drives, index, loop);
    return shard_prepare(&process->shards[index], index, &process->server.plan, loop, err);
}

static void clean_up_shard(void *context, unsigned index)
{
    struct process *process = context;
    shard_fini(&process->shards[index]);
}

static void start_shard(void *arg, unsigned index)
{
    struct process *process = arg;
    shard_start(&process->shards[index], index);
}

/* Jobs first, whose devices need the tunnels, but not until time is up. */
static void drain_shard(void *arg, unsigned index)
{
    struct process *process = arg;
    if (index == 0)
        renewal_stop(&process->renewal);
    uint64_t previous = io_deadline_within((uint64_t)process->server.settings->drain * 400);
    mps_drives_stop(process->server.drives, index);
    mps_jobs_stop(process->server.jobs, index);
    io_deadline_restore(previous);
    shard_drain(&process->shards[index], index);
    mps_drives_stop(process->server.drives, index);
    mps_jobs_stop(process->server.jobs, index);
}

static void hang_up_shard(void *arg, unsigned index)
{
    struct process *process = arg;
    shard_hang_up(&process->shards[index], index);
}

static void close_shard(void *arg, unsigned index)
{
    struct process *process = arg;
    shard_close(&process->shards[index], index);
}

/* A failure is in the first shard's err. */
static void start_renewal(void *arg, unsigned index)
{
    struct process *process = arg;
    struct shard *first = &process->shards[index];
    first->ok = renewal_start(&process->renewal, process->server.store, process->shards,
                              loops_count(process->loops), RENEWAL_PERIOD_MS, &first->err);
}

/* The same. */
static void resume_jobs(void *arg, unsigned index)
{
    struct process *process = arg;
    struct shard *first = &process->shards[index];
    first->ok = mps_jobs_resume(process->server.jobs, &first->err);
}

static bool run_on(struct process *process, unsigned index, void (*fn)(void *arg, unsigned index),
                   struct error *err)
{
    loops_post(process->loops, index, fn, process);
    loops_wait(process->loops);
    if (!process->shards[index].ok)
        *err = process->shards[index].err;
    return process->shards[index].ok;
}

/* One after the other: the first learns the port when any is to be taken. */
static bool start_shards(struct process *process, unsigned count, struct error *err)
{
    const struct loops_events events = {prepare_shard, clean_up_shard, process};
    process->shards = memory_new(count * sizeof *process->shards);
    process->loops = loops_start(count, &events, err);
    if (process->loops == NULL)
        return false;
    for (unsigned i = 0; i < count; i++)
        if (!run_on(process, i, start_shard, err))
            return false;
    return run_on(process, 0, start_renewal, err) && run_on(process, 0, resume_jobs, err);
}

static bool start(struct process *process, struct error *err)
{
    const struct server *server = &process->server;
    unsigned count = loop_count(server->settings);
    (void)mallopt(M_ARENA_MAX, (int)count + 1);
    raise_descriptor_limit();
    return catch_signals(process, err) && server_make(&process->server, count, err) &&
           start_shards(process, count, err) &&
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

static void announce(struct process *process)
{
    char https[IO_ADDRESS_TEXT_SIZE];
    char cira[IO_ADDRESS_TEXT_SIZE];
    char mps_http[IO_ADDRESS_TEXT_SIZE];
    char rps_ws[IO_ADDRESS_TEXT_SIZE];
    char ea[IO_ADDRESS_TEXT_SIZE];
    char rps_http[IO_ADDRESS_TEXT_SIZE];
    char loops[16];
    const struct agents *agents = &process->server.agents;
    const struct settings_values *settings = process->server.settings;
    (void)snprintf(loops, sizeof loops, "%u", loops_count(process->loops));
    log_line(
        LOG_INFO, "ready", "https", where(settings->https.on, &process->server.plan.https, https),
        "cira", where(settings->cira.on, &process->server.plan.cira, cira), "mps-http",
        where(settings->mps_http.on, &process->server.plan.mps_http, mps_http), "rps-http",
        where(settings->rps_http.on, &process->server.plan.rps_http, rps_http), "rps-ws",
        where(agents_is_on(agents, AGENTS_SOCKET), &agents->addresses[AGENTS_SOCKET], rps_ws),
        "ea-port",
        where(agents_is_on(agents, AGENTS_ASSISTANT), &agents->addresses[AGENTS_ASSISTANT], ea),
        "data", settings->data, "loops", loops, "version", OUTBAND_VERSION, NULL);
    notify_service("READY=1");
}

/* The next signal that ends the process, or 0 when none is there. */
static unsigned read_signal(const struct process *process)
{
    struct signalfd_siginfo info;
    while (read(process->signals, &info, sizeof info) == (ssize_t)sizeof info) {
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
static void give_memory_back(const struct process *process, struct login_watch *watch)
{
    uint64_t logins = mps_login_count(process->server.mps);
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

static void await_signal(struct process *process)
{
    struct login_watch watch = {0, 0};
    unsigned number;
    do {
        struct pollfd wait = {.fd = process->signals, .events = POLLIN};
        if (poll(&wait, 1, WATCH_MS) == 0)
            give_memory_back(process, &watch);
        number = read_signal(process);
    } while (number == 0);
    process->stopping_ms = clock_monotonic_ns() / 1000000;
    log_line(LOG_INFO, "stopping", "signal", number == SIGINT ? "SIGINT" : "SIGTERM", NULL);
}

/* Ends the process on the spot; what is queued for the store is written if that is quick. */
static _Noreturn void end_at_once(const struct process *process, const char *why)
{
    log_line(LOG_WARN, "ended before everything was finished", "why", why, NULL);
    log_writer_finish(1000);
    (void)alarm(3);
    store_presence_flush(process->server.store);
    _exit(1);
}

/* timeout(1) and some supervisors signal the process and then its group, which it is in. */
static bool is_told_again(const struct process *process)
{
    return read_signal(process) != 0 &&
           clock_monotonic_ns() / 1000000 - process->stopping_ms >= TWICE_MS;
}

/* Waits for what was posted to the loops; a second signal ends the process at once. */
static void await_shards(struct process *process, uint64_t end_ms)
{
    while (loops_pending(process->loops) > 0) {
        uint64_t now = clock_monotonic_ns() / 1000000;
        if (now >= end_ms)
            end_at_once(process, "time was up");
        struct pollfd wait[] = {
            {.fd = process->signals, .events = POLLIN},
            {.fd = loops_descriptor(process->loops), .events = POLLIN},
        };
        (void)poll(wait, 2, (int)(end_ms - now));
        if (is_told_again(process))
            end_at_once(process, "a second signal");
    }
}

static void post_to_all(struct process *process, void (*fn)(void *arg, unsigned index))
{
    for (unsigned i = 0; i < loops_count(process->loops); i++)
        loops_post(process->loops, i, fn, process);
}

static void stop_shards(struct process *process)
{
    uint64_t end =
        clock_monotonic_ns() / 1000000 + (uint64_t)process->server.settings->drain * 1000;
    atomic_store(&process->server.application.ready, false);
    store_hurry(process->server.store);
    post_to_all(process, drain_shard);
    await_shards(process, end);
    post_to_all(process, hang_up_shard);
    await_shards(process, end + CLOSE_MS);
    post_to_all(process, close_shard);
    await_shards(process, end + 2 * (uint64_t)CLOSE_MS);
    loops_stop(process->loops);
    process->loops = NULL;
}

static void clean_up(struct process *process)
{
    if (process->loops != NULL)
        stop_shards(process);
    server_fini(&process->server);
    free(process->shards);
    if (process->signals >= 0)
        (void)close(process->signals);
}

int command_serve(const struct settings *settings)
{
    struct process process = {.server.settings = &settings->values, .signals = -1};
    struct error err;
    error_clear(&err);
    arena_init(&process.server.arena);
    warn_of_ignored();
    administrator_hide_variables();
    bool ok = start(&process, &err);
    if (ok) {
        atomic_store(&process.server.application.ready, true);
        announce(&process);
        await_signal(&process);
        notify_service("STOPPING=1");
    }
    clean_up(&process);
    if (!ok)
        return command_fail(&err);
    log_line(LOG_INFO, "stopped", NULL);
    return 0;
}
