/* amtsim: simulated devices. */
#include "core/clock.h"
#include "core/memory.h"
#include "sim/agents.h"
#include "sim/enroll.h"
#include "sim/fleet.h"
#include "sim/lan.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define SPARE_DESCRIPTORS 64

#define STORM_NICE 10 /* the storm must not keep the probes' thread from the processor */

struct runner {
    int nice;
    struct sim_fleet *fleet;
    pthread_t thread;
    bool started;
    bool failed;
    struct error why;
};

struct session {
    const struct sim_options *options;
    struct runner runners[2]; /* the held devices, the storm */
    uint64_t requests_before; /* of the last progress line */
    uint64_t printed_ns;
    bool tty;
};

static void *run(void *arg)
{
    struct runner *runner = arg;
    if (runner->nice > 0) /* of this thread alone, on Linux */
        (void)setpriority(PRIO_PROCESS, (id_t)gettid(), runner->nice);
    runner->failed = !sim_fleet_run(runner->fleet, &runner->why);
    if (runner->failed)
        kill(getpid(), SIGTERM); /* wakes the main thread */
    return NULL;
}

static bool raise_descriptors(uint64_t wanted, struct error *err)
{
    struct rlimit limit;
    wanted += SPARE_DESCRIPTORS;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return error_set(err, ERROR_INTERNAL, "the limit of descriptors cannot be read");
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    if (wanted > limit.rlim_cur)
        return error_set(err, ERROR_INVALID,
                         "%llu descriptors are needed, this process may have %llu (ulimit -Hn)",
                         (unsigned long long)wanted, (unsigned long long)limit.rlim_cur);
    return true;
}

static void collect(struct session *session, struct sim_stats *stats)
{
    memset(stats, 0, sizeof(*stats));
    for (size_t i = 0; i < 2; i++) {
        struct sim_stats *one;
        if (session->runners[i].fleet == NULL)
            continue;
        one = memory_new(sizeof(*one));
        sim_fleet_stats(session->runners[i].fleet, one);
        sim_stats_merge(stats, one);
        free(one);
    }
}

static void print_progress(struct session *session, const struct sim_stats *stats)
{
    uint64_t now = clock_monotonic_ns();
    double seconds = (double)(now - session->printed_ns) / 1e9;
    double per_second = (double)(stats->wsman_requests - session->requests_before) / seconds;
    session->printed_ns = now;
    session->requests_before = stats->wsman_requests;
    if (session->options->json) {
        struct buffer text;
        buffer_init(&text, 65536);
        sim_stats_print(&text, stats);
        printf("%.*s\n", SLICE_ARG(buffer_slice(&text)));
        buffer_fini(&text);
    } else {
        printf("%s%llu of %llu connected, %llu logging in, %llu failed, %llu lost, "
               "%llu reconnects, %.0f WSMAN requests/s%s",
               session->tty ? "\r\033[K" : "", (unsigned long long)stats->connected,
               (unsigned long long)stats->devices, (unsigned long long)stats->logging_in,
               (unsigned long long)stats->login_failures, (unsigned long long)stats->drops,
               (unsigned long long)stats->reconnects, per_second, session->tty ? "" : "\n");
    }
    fflush(stdout);
}

/* Waits for a signal or the end of the duration; reports meanwhile. */
static void watch(struct session *session, const sigset_t *signals, struct sim_stats *stats)
{
    const struct sim_options *options = session->options;
    uint64_t started = clock_monotonic_ns();
    unsigned every = session->tty ? 1 : 5;
    session->printed_ns = started;
    for (unsigned second = 1;; second++) {
        struct timespec wait = {.tv_sec = 1};
        if (sigtimedwait(signals, NULL, &wait) > 0)
            return;
        collect(session, stats);
        if (options->stats_file != NULL)
            (void)sim_stats_write(options->stats_file, stats, NULL);
        if (second % every == 0)
            print_progress(session, stats);
        uint64_t passed = (clock_monotonic_ns() - started) / 1000000000u;
        if (options->duration_s > 0 && passed >= options->duration_s)
            return;
    }
}

static bool start_runner(struct runner *runner, const struct sim_fleet_plan *plan,
                         struct error *err)
{
    runner->fleet = sim_fleet_new(plan, err);
    if (runner->fleet == NULL)
        return false;
    if (pthread_create(&runner->thread, NULL, run, runner) != 0)
        return error_set(err, ERROR_INTERNAL, "no thread can be started");
    runner->started = true;
    return true;
}

static bool call_in(const struct sim_options *options, struct error *err)
{
    struct session session = {.options = options, .tty = isatty(STDOUT_FILENO) && !options->json};
    struct sim_stats *stats = memory_new(sizeof(*stats));
    struct sim_fleet_plan held = {.options = options,
                                  .count = options->count,
                                  .rate = options->rate,
                                  .probe = options->probe};
    struct sim_fleet_plan storm = {.options = options,
                                   .first = options->count,
                                   .count = options->storm,
                                   .rate = options->storm_rate,
                                   .storm = true};
    session.runners[1].nice = STORM_NICE;
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    bool done = raise_descriptors((uint64_t)options->count + options->storm, err) &&
                start_runner(&session.runners[0], &held, err) &&
                (options->storm == 0 || start_runner(&session.runners[1], &storm, err));
    if (done)
        watch(&session, &signals, stats);
    for (size_t i = 0; i < 2; i++) {
        struct runner *runner = &session.runners[i];
        if (!runner->started)
            continue;
        sim_fleet_stop(runner->fleet);
        pthread_join(runner->thread, NULL);
        if (runner->failed && done) {
            *err = runner->why;
            done = false;
        }
    }
    collect(&session, stats);
    if (done) {
        print_progress(&session, stats);
        if (session.tty)
            printf("\n");
        if (options->stats_file != NULL)
            done = sim_stats_write(options->stats_file, stats, err);
    }
    for (size_t i = 0; i < 2; i++)
        sim_fleet_free(session.runners[i].fleet);
    free(stats);
    return done;
}

static bool wants_help(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    }
    return false;
}

static int help_of(enum sim_command command)
{
    printf("usage: amtsim %s OPTIONS\n\n", command == SIM_COMMAND_LAN     ? "lan"
                                           : command == SIM_COMMAND_AGENT ? "agent"
                                                                          : "fleet");
    sim_options_help(command, stdout);
    sim_options_help_common(stdout);
    return 0;
}

static int fleet(int argc, char **argv)
{
    struct sim_options options;
    struct error err;
    if (wants_help(argc, argv))
        return help_of(SIM_COMMAND_FLEET);
    error_clear(&err);
    bool done = sim_options_read(&options, SIM_COMMAND_FLEET, argc, argv, &err);
    if (done && options.enroll != NULL)
        done = sim_enroll_write(&options, options.count + options.storm, &err);
    if (done && options.server != NULL)
        done = call_in(&options, &err);
    sim_options_fini(&options);
    if (!done)
        fprintf(stderr, "amtsim fleet: %s\n", err.text);
    return done ? 0 : error_exit_code(err.code);
}

struct server {
    struct sim_lan *lan;
    bool failed;
    struct error why;
};

static void *serve(void *arg)
{
    struct server *server = arg;
    server->failed = !sim_lan_run(server->lan, &server->why);
    if (server->failed)
        kill(getpid(), SIGTERM); /* wakes the main thread */
    return NULL;
}

/* Serves until a signal. */
static bool answer(const struct sim_options *options, struct error *err)
{
    struct server server = {0};
    pthread_t thread;
    sigset_t signals;
    int number;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    /* a listener per port, and a few connections */
    if (!raise_descriptors((uint64_t)options->count * (4 + options->sessions), err))
        return false;
    server.lan = sim_lan_new(options, err);
    bool done = server.lan != NULL;
    if (done && pthread_create(&thread, NULL, serve, &server) != 0) {
        done = error_set(err, ERROR_INTERNAL, "no thread can be started");
    } else if (done) {
        (void)sigwait(&signals, &number);
        sim_lan_stop(server.lan);
        pthread_join(thread, NULL);
        done = !server.failed;
        if (server.failed)
            *err = server.why;
    }
    sim_lan_free(server.lan);
    return done;
}

static int lan(int argc, char **argv)
{
    struct sim_options options;
    struct error err;
    if (wants_help(argc, argv))
        return help_of(SIM_COMMAND_LAN);
    error_clear(&err);
    bool done = sim_options_read(&options, SIM_COMMAND_LAN, argc, argv, &err);
    if (done && options.enroll != NULL)
        done = sim_enroll_write(&options, options.count, &err);
    if (done)
        done = answer(&options, &err);
    sim_options_fini(&options);
    if (!done)
        fprintf(stderr, "amtsim lan: %s\n", err.text);
    return done ? 0 : error_exit_code(err.code);
}

struct sender {
    struct sim_agents *agents;
    bool failed;
    struct error why;
};

static void *send_agents(void *arg)
{
    struct sender *sender = arg;
    sender->failed = !sim_agents_run(sender->agents, &sender->why);
    kill(getpid(), SIGTERM); /* wakes the main thread: it may have ended by itself */
    return NULL;
}

/* Runs agents until they are done or a signal comes; `failed` says how many did not succeed. */
static bool visit(const struct sim_options *options, uint32_t *failed, struct error *err)
{
    struct sender sender = {0};
    pthread_t thread;
    sigset_t signals;
    int number;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    if (!raise_descriptors((uint64_t)options->count * 2, err)) /* the server and the tunnel */
        return false;
    sender.agents = sim_agents_new(options, err);
    if (sender.agents == NULL)
        return false;
    bool done = pthread_create(&thread, NULL, send_agents, &sender) == 0 ||
                error_set(err, ERROR_INTERNAL, "no thread can be started");
    if (done) {
        (void)sigwait(&signals, &number);
        sim_agents_stop(sender.agents);
        pthread_join(thread, NULL);
        done = !sender.failed;
        if (sender.failed)
            *err = sender.why;
        *failed = sim_agents_failed(sender.agents);
    }
    sim_agents_free(sender.agents);
    return done;
}

static int agent(int argc, char **argv)
{
    struct sim_options options;
    struct error err;
    uint32_t failed = 0;
    if (wants_help(argc, argv))
        return help_of(SIM_COMMAND_AGENT);
    error_clear(&err);
    bool done = sim_options_read(&options, SIM_COMMAND_AGENT, argc, argv, &err);
    if (done && options.enroll != NULL)
        done = sim_enroll_write(&options, options.count, &err);
    if (done)
        done = visit(&options, &failed, &err);
    sim_options_fini(&options);
    if (!done)
        fprintf(stderr, "amtsim agent: %s\n", err.text);
    return !done ? error_exit_code(err.code) : failed > 0 ? 1 : 0;
}

static int help(int argc, char **argv)
{
    for (size_t i = 1; i < (size_t)argc; i++) {
        if (strcmp(argv[i], "fleet") == 0)
            return help_of(SIM_COMMAND_FLEET);
        if (strcmp(argv[i], "lan") == 0)
            return help_of(SIM_COMMAND_LAN);
        if (strcmp(argv[i], "agent") == 0)
            return help_of(SIM_COMMAND_AGENT);
    }
    puts("usage: amtsim COMMAND [OPTIONS]\n\n"
         "  fleet    devices that call in over CIRA, serve WSMAN, and stay\n"
         "  lan      devices on the local network, on 16992 to 16995\n"
         "  agent    machines whose agents ask a server to set them up, and then call in\n"
         "  help     this text\n\n"
         "options of fleet:\n");
    sim_options_help(SIM_COMMAND_FLEET, stdout);
    puts("\noptions of lan:\n");
    sim_options_help(SIM_COMMAND_LAN, stdout);
    puts("\noptions of agent:\n");
    sim_options_help(SIM_COMMAND_AGENT, stdout);
    sim_options_help_common(stdout);
    return 0;
}

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
};

static const struct command commands[] = {
    {"fleet", fleet}, {"lan", lan},     {"agent", agent},
    {"help", help},   {"--help", help}, {"-h", help},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    }
    if (argc > 1)
        fprintf(stderr, "amtsim: there is no command '%s'\n", argv[1]);
    fprintf(stderr, "usage: amtsim fleet|lan|agent OPTIONS, amtsim help\n");
    return 2;
}
