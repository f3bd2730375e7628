/* amtsim: simulated devices. */
#include "core/clock.h"
#include "core/file.h"
#include "core/memory.h"
#include "sim/agents.h"
#include "sim/enroll.h"
#include "sim/fleet.h"
#include "sim/lan.h"
#include "sim/mei.h"

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

/* A thread of devices or agents, which run until they are stopped, fail, or have no more to do. */
struct runner {
    bool (*run)(void *of, struct error *err);
    void (*stop)(void *of);
    void *of;
    int nice;
    pthread_t thread;
    bool started;
    bool failed;
    struct error why;
};

static void *run(void *arg)
{
    struct runner *runner = arg;
    if (runner->nice > 0) /* of this thread alone, on Linux */
        (void)setpriority(PRIO_PROCESS, (id_t)gettid(), runner->nice);
    runner->failed = !runner->run(runner->of, &runner->why);
    kill(getpid(), SIGTERM); /* wakes the main thread */
    return NULL;
}

static bool start_runner(struct runner *runner, struct error *err)
{
    runner->started = pthread_create(&runner->thread, NULL, run, runner) == 0;
    return runner->started || error_set(err, ERROR_INTERNAL, "no thread can be started");
}

/* False with `err` when it has failed, unless `done` is false already. */
static bool end_runner(struct runner *runner, bool done, struct error *err)
{
    if (!runner->started)
        return done;
    runner->stop(runner->of);
    pthread_join(runner->thread, NULL);
    if (done && runner->failed)
        *err = runner->why;
    return done && !runner->failed;
}

/* Those that end the process, which the main thread waits for. */
static void block_signals(sigset_t *signals)
{
    sigemptyset(signals);
    sigaddset(signals, SIGINT);
    sigaddset(signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, signals, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static bool run_until_signal(struct runner *runner, const sigset_t *signals, struct error *err)
{
    int number;
    bool done = start_runner(runner, err);
    if (done)
        (void)sigwait(signals, &number);
    return end_runner(runner, done, err);
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

/* ---- fleet ---- */

struct session {
    const struct sim_options *options;
    struct sim_fleet *fleets[2]; /* the held devices, the storm */
    uint64_t requests_before;    /* of the last progress line */
    uint64_t printed_ns;
    bool tty;
};

static void collect(struct session *session, struct sim_stats *stats)
{
    memset(stats, 0, sizeof(*stats));
    for (size_t i = 0; i < 2; i++) {
        struct sim_stats *one;
        if (session->fleets[i] == NULL)
            continue;
        one = memory_new(sizeof(*one));
        sim_fleet_stats(session->fleets[i], one);
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

static bool run_fleet(void *of, struct error *err)
{
    return sim_fleet_run(of, err);
}

static void stop_fleet(void *of)
{
    sim_fleet_stop(of);
}

static bool start_fleet(struct runner *runner, const struct sim_fleet_plan *plan,
                        struct sim_fleet **fleet, struct error *err)
{
    *fleet = sim_fleet_new(plan, err);
    runner->of = *fleet;
    return *fleet != NULL && start_runner(runner, err);
}

static bool call_in(const struct sim_options *options, int *status, struct error *err)
{
    struct session session = {.options = options, .tty = isatty(STDOUT_FILENO) && !options->json};
    struct runner runners[2] = {{.run = run_fleet, .stop = stop_fleet},
                                {.run = run_fleet, .stop = stop_fleet, .nice = STORM_NICE}};
    struct sim_fleet_plan held = {.options = options,
                                  .count = options->count,
                                  .rate = options->rate,
                                  .probe = options->probe};
    struct sim_fleet_plan storm = {.options = options,
                                   .first = options->count,
                                   .count = options->storm,
                                   .rate = options->storm_rate,
                                   .storm = true};
    sigset_t signals;
    (void)status;
    if (options->server == NULL)
        return true;
    struct sim_stats *stats = memory_new(sizeof(*stats));
    block_signals(&signals);
    bool done = raise_descriptors((uint64_t)options->count + options->storm, err) &&
                start_fleet(&runners[0], &held, &session.fleets[0], err) &&
                (options->storm == 0 || start_fleet(&runners[1], &storm, &session.fleets[1], err));
    if (done)
        watch(&session, &signals, stats);
    for (size_t i = 0; i < 2; i++)
        done = end_runner(&runners[i], done, err);
    collect(&session, stats);
    if (done) {
        print_progress(&session, stats);
        if (session.tty)
            printf("\n");
        if (options->stats_file != NULL)
            done = sim_stats_write(options->stats_file, stats, err);
    }
    for (size_t i = 0; i < 2; i++)
        sim_fleet_free(session.fleets[i]);
    free(stats);
    return done;
}

/* ---- lan ---- */

static bool run_lan(void *of, struct error *err)
{
    return sim_lan_run(of, err);
}

static void stop_lan(void *of)
{
    sim_lan_stop(of);
}

static bool answer(const struct sim_options *options, int *status, struct error *err)
{
    struct runner runner = {.run = run_lan, .stop = stop_lan};
    sigset_t signals;
    (void)status;
    block_signals(&signals);
    /* a listener per port, and a few connections */
    if (!raise_descriptors((uint64_t)options->count * (4 + options->sessions), err))
        return false;
    struct sim_lan *lan = sim_lan_new(options, err);
    runner.of = lan;
    bool done = lan != NULL && run_until_signal(&runner, &signals, err);
    sim_lan_free(lan);
    return done;
}

/* ---- agent ---- */

static bool run_agents(void *of, struct error *err)
{
    return sim_agents_run(of, err);
}

static void stop_agents(void *of)
{
    sim_agents_stop(of);
}

/* Until they are done or a signal comes. */
static bool visit(const struct sim_options *options, int *status, struct error *err)
{
    struct runner runner = {.run = run_agents, .stop = stop_agents};
    sigset_t signals;
    block_signals(&signals);
    if (!raise_descriptors((uint64_t)options->count * 2, err)) /* the server and the tunnel */
        return false;
    struct sim_agents *agents = sim_agents_new(options, err);
    runner.of = agents;
    bool done = agents != NULL && run_until_signal(&runner, &signals, err);
    if (agents != NULL)
        *status = sim_agents_failed(agents) > 0 ? 1 : 0;
    sim_agents_free(agents);
    return done;
}

/* ---- the commands ---- */

struct command {
    const char *name;
    const char *help;
    enum sim_command options;
    bool (*run)(const struct sim_options *options, int *status, struct error *err);
    const char *arguments; /* after the options; NULL: none */
};

static const struct command commands[] = {
    {"fleet", "devices that call in over CIRA, serve WSMAN, and stay", SIM_COMMAND_FLEET, call_in,
     NULL},
    {"lan", "devices on the local network, on 16992 to 16995", SIM_COMMAND_LAN, answer, NULL},
    {"agent", "machines whose agents ask a server to set them up, and then call in",
     SIM_COMMAND_AGENT, visit, NULL},
    {"mei", "one machine around a command, with the ME behind its /dev/mei0", SIM_COMMAND_MEI,
     sim_mei_command, "-- COMMAND ARGUMENTS"},
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static bool is_help(const char *argument)
{
    return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0;
}

static int help_of(const struct command *command)
{
    printf("usage: amtsim %s OPTIONS%s%s\n\n", command->name, command->arguments == NULL ? "" : " ",
           command->arguments == NULL ? "" : command->arguments);
    sim_options_help(command->options, stdout);
    sim_options_help_common(stdout);
    return 0;
}

static int help(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const struct command *command = find_command(argv[i]);
        if (command != NULL)
            return help_of(command);
    }
    puts("usage: amtsim COMMAND [OPTIONS]\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        printf("  %-8s %s\n", commands[i].name, commands[i].help);
    puts("  help     this text");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        printf("\noptions of %s:\n\n", commands[i].name);
        sim_options_help(commands[i].options, stdout);
    }
    sim_options_help_common(stdout);
    return 0;
}

static int run_command(const struct command *command, int argc, char **argv)
{
    struct sim_options options;
    struct error err;
    int status = 0;
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (is_help(argv[i]))
            return help_of(command);
    error_clear(&err);
    bool done = sim_options_read(&options, command->options, argc, argv, &err);
    if (done && options.enroll != NULL)
        done = sim_enroll_write(&options, options.count + options.storm, &err);
    done = done && command->run(&options, &status, &err);
    sim_options_fini(&options);
    if (!done)
        fprintf(stderr, "amtsim %s: %s\n", command->name, err.text);
    return !done ? error_exit_code(err.code) : status;
}

int main(int argc, char **argv)
{
    if (!file_fill_standard())
        return error_exit_code(ERROR_INTERNAL);
    const struct command *command = argc > 1 ? find_command(argv[1]) : NULL;
    if (command != NULL)
        return run_command(command, argc - 1, argv + 1);
    if (argc > 1 && (strcmp(argv[1], "help") == 0 || is_help(argv[1])))
        return help(argc - 1, argv + 1);
    if (argc > 1)
        fprintf(stderr, "amtsim: there is no command '%s'\n", argv[1]);
    fprintf(stderr, "usage: amtsim fleet|lan|agent|mei OPTIONS, amtsim help\n");
    return 2;
}
