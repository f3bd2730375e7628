#include "sim/agents.h"

#include "core/clock.h"
#include "core/file.h"
#include "core/json_writer.h"
#include "core/memory.h"
#include "io/loop.h"
#include "sim/activation.h"
#include "sim/credentials.h"
#include "sim/machine_state.h"
#include "sim/plan.h"
#include "sim/provisioning.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TICK_MS     5
#define GRACE_TICKS 200 /* for goodbyes */
#define LINE_LIMIT  (1024 * 1024)
#define TOKEN_LIMIT 16384

struct agent {
    struct sim_call_home home; /* with the machine */
    struct sim_activation activation;
    struct sim_agents *agents;
    struct io_task task;
    uint32_t number;
    char password[SIM_PASSWORD_SIZE]; /* that the agent says */
    char *state_file;                 /* NULL: none */
    uint64_t kept;                    /* requests when the state was kept last */
    uint64_t begun_ms;
    uint8_t power;
    bool made, begun, over;
};

struct sim_agents {
    const struct sim_options *options;
    struct sim_agent_line line;
    struct sim_tls_keys *keys;
    struct io_loop *loop;
    struct agent *all;
    struct sim_mischief **plan; /* of each; NULL: none */
    int taken;                  /* descriptor that keeps the states' files ours; -1: none */
    struct io_timer tick;
    uint64_t started_ms;
    uint32_t begun, running, succeeded, failed, connected;
    uint32_t stopping_ticks;
    atomic_bool stop;
    bool stopping;
};

static uint64_t now_ms(void)
{
    return clock_monotonic_ns() / 1000000;
}

/* ---- telling ---- */

static void open_line(struct buffer *out, struct json_writer *json, const char *event,
                      const struct agent *agent)
{
    char text[GUID_TEXT_SIZE];
    buffer_init(out, LINE_LIMIT);
    json_writer_init(json, out);
    json_open_object(json);
    json_put_member_string(json, "event", event);
    if (agent == NULL)
        return;
    const struct sim_device *device = &agent->home.tunnel.machine.device;
    json_put_member_string(json, "guid", guid_format(&device->guid, text));
    json_put_member_int(json, "number", agent->number);
}

static void close_line(struct buffer *out, struct json_writer *json)
{
    json_close_object(json);
    printf("%.*s\n", SLICE_ARG(buffer_slice(out)));
    fflush(stdout);
    buffer_fini(out);
}

static void tell_end(const struct agent *agent)
{
    const struct sim_activation *a = &agent->activation;
    const struct sim_device *device = &agent->home.tunnel.machine.device;
    struct buffer out;
    struct json_writer json;
    open_line(&out, &json, a->final ? "final" : "ended", agent);
    if (a->final) {
        json_put_member_string(&json, "method", a->success ? "success" : "error");
        json_put_key(&json, "message");
        json_put_string_slice(&json, buffer_slice(&a->said));
    } else {
        json_put_member_string(&json, "why", a->why.text);
    }
    json_put_member_int(&json, "mode", sim_provisioning_mode(device));
    json_put_member_int(&json, "state", device->setup);
    json_put_member_int(&json, "messages", a->messages);
    json_put_member_int(&json, "requests", (int64_t)device->requests);
    json_put_member_int(&json, "ms", (int64_t)(now_ms() - agent->begun_ms));
    if (a->reshaped)
        json_put_member_bool(&json, "reshaped", true);
    if (agent->agents->plan != NULL)
        json_put_member_int(&json, "spoiled", agent->home.tunnel.machine.host.web.used.used[0]);
    close_line(&out, &json);
}

/* Of --trace. */
static void tell_request(const struct sim_device *device, struct slice request)
{
    struct agent *agent = LIST_ENTRY(device, struct agent, home.tunnel.machine.device);
    struct arena arena;
    struct slice class, operation;
    struct buffer out;
    struct json_writer json;
    arena_init(&arena);
    if (sim_mischief_name(&arena, request, &class, &operation)) {
        open_line(&out, &json, "request", agent);
        json_put_key(&json, "class");
        json_put_string_slice(&json, class);
        json_put_key(&json, "operation");
        json_put_string_slice(&json, operation);
        close_line(&out, &json);
    }
    arena_fini_wiped(&arena);
}

static void tell(const struct agent *agent, const char *event)
{
    struct buffer out;
    struct json_writer json;
    open_line(&out, &json, event, agent);
    json_put_member_int(&json, "power", agent->home.tunnel.machine.device.power);
    json_put_member_int(&json, "mode", sim_provisioning_mode(&agent->home.tunnel.machine.device));
    json_put_member_int(&json, "ms", (int64_t)(now_ms() - agent->begun_ms));
    close_line(&out, &json);
}

static void tell_summary(const struct sim_agents *agents)
{
    struct buffer out;
    struct json_writer json;
    open_line(&out, &json, "summary", NULL);
    json_put_member_int(&json, "machines", agents->options->count);
    json_put_member_int(&json, "succeeded", agents->succeeded);
    json_put_member_int(&json, "failed", agents->options->count - agents->succeeded);
    json_put_member_int(&json, "connected", agents->connected);
    json_put_member_int(&json, "ms", (int64_t)(now_ms() - agents->started_ms));
    close_line(&out, &json);
}

/* ---- a machine ---- */

/* Before the answer to a request that may have changed something leaves. */
static void keep_state(struct agent *agent)
{
    struct sim_machine *machine = &agent->home.tunnel.machine;
    if (agent->state_file == NULL || agent->kept == machine->device.requests)
        return;
    agent->kept = machine->device.requests;
    struct error err;
    if (!sim_machine_state_save(machine, agent->state_file, &err))
        fprintf(stderr, "amtsim agent: %s\n", err.text);
}

static void on_served(struct sim_activation *activation)
{
    keep_state(activation->owner);
}

static void on_settled(struct sim_call_home *home)
{
    struct agent *agent = home->owner;
    if (!agent->made)
        return;
    keep_state(agent);
    if (home->tunnel.machine.device.power == agent->power)
        return;
    agent->power = home->tunnel.machine.device.power;
    tell(agent, "power");
}

static void on_connected(struct sim_call_home *home, bool up)
{
    struct agent *agent = home->owner;
    if (up)
        agent->agents->connected++;
    else
        agent->agents->connected--;
    tell(agent, up ? "connected" : "disconnected");
}

static void on_failed(struct sim_call_home *home, const struct error *why)
{
    struct buffer out;
    struct json_writer json;
    open_line(&out, &json, "unconnected", home->owner);
    json_put_member_string(&json, "why", why->text);
    close_line(&out, &json);
}

static const struct sim_call_home_events home_events = {
    .settled = on_settled, .connected = on_connected, .failed = on_failed};

static void run_agent(void *arg)
{
    struct agent *agent = arg;
    struct sim_agents *agents = agent->agents;
    agent->begun_ms = now_ms();
    sim_activation_run(&agent->activation);
    agents->running--;
    agent->over = true;
    if (agent->activation.success)
        agents->succeeded++;
    else
        agents->failed++;
    keep_state(agent);
    tell_end(agent);
    sim_activation_fini(&agent->activation);
    sim_call_home_check(&agent->home);
}

static bool make_agent(struct sim_agents *agents, uint32_t number, struct error *err)
{
    const struct sim_options *options = agents->options;
    struct agent *agent = &agents->all[number];
    struct sim_identity identity;
    char path[4096];
    sim_identity_of(options, number, &identity);
    agent->agents = agents;
    agent->number = number;
    sim_call_home_init(&agent->home, options, &identity, number, agents->keys,
                       agents->line.resolver, &home_events, agent);
    snprintf(agent->password, sizeof(agent->password), "%s",
             options->given_password != NULL ? options->given_password : identity.amt_password);
    memory_wipe(&identity, sizeof(identity));
    struct sim_machine *machine = &agent->home.tunnel.machine;
    if (!options->unprovisioned)
        sim_machine_state_plain(machine);
    agent->made = true;
    if (options->state_file != NULL) {
        if (options->count == 1)
            snprintf(path, sizeof(path), "%s", options->state_file);
        else
            snprintf(path, sizeof(path), "%s.%u", options->state_file, (unsigned)number);
        agent->state_file = memory_string(slice_of_string(path));
        if (access(path, F_OK) == 0 && !sim_machine_state_load(machine, path, err))
            return false;
    }
    if (agents->plan != NULL)
        machine->host.web.mischief = agents->plan[number];
    if (options->trace)
        machine->host.web.asked = tell_request;
    agent->power = machine->device.power;
    agent->kept = machine->device.requests;
    agent->activation = (struct sim_activation){
        .line = &agents->line,
        .home = &agent->home,
        .password = agent->password,
        .served = on_served,
        .owner = agent,
    };
    sim_call_home_check(&agent->home); /* one that was set up before calls in meanwhile */
    return true;
}

/* ---- all of them ---- */

static bool wants_to_stay(const struct sim_agents *agents)
{
    const struct sim_options *options = agents->options;
    if (agents->begun < options->count || agents->running > 0)
        return true;
    if (options->once || options->errand != SIM_ERRAND_ACTIVATE)
        return false;
    for (uint32_t i = 0; i < options->count; i++) {
        if (sim_provisioning_mode(&agents->all[i].home.tunnel.machine.device) != 0)
            return true;
    }
    return false;
}

static bool time_is_up(const struct sim_agents *agents)
{
    uint32_t seconds = agents->options->duration_s;
    return seconds > 0 && now_ms() - agents->started_ms >= seconds * UINT64_C(1000);
}

static void begin_some(struct sim_agents *agents)
{
    uint64_t due = (now_ms() - agents->started_ms) * agents->options->rate / 1000 + 1;
    uint32_t most = agents->options->at_once > 0 ? agents->options->at_once : UINT32_MAX;
    while (agents->begun < agents->options->count && agents->begun < due &&
           agents->running < most) {
        struct agent *agent = &agents->all[agents->begun];
        agent->begun_ms = now_ms();
        if (!io_task_start(&agent->task, run_agent, agent, NULL))
            return;
        agent->begun = true;
        agents->begun++;
        agents->running++;
    }
}

static bool all_over(struct sim_agents *agents)
{
    bool over = true, cut = ++agents->stopping_ticks > GRACE_TICKS;
    for (uint32_t i = 0; i < agents->options->count; i++) {
        struct agent *agent = &agents->all[i];
        if (!agent->made)
            continue;
        if (io_task_running(&agent->task))
            io_task_cancel(&agent->task);
        sim_call_home_stop(&agent->home, cut);
        over &= !io_task_running(&agent->task) && sim_call_home_is_over(&agent->home);
    }
    return over;
}

static void end_all(struct sim_agents *agents)
{
    for (uint32_t i = 0; i < agents->options->count; i++) {
        struct agent *agent = &agents->all[i];
        if (agent->made)
            sim_call_home_fini(&agent->home);
        memory_wipe(agent->password, sizeof(agent->password));
        free(agent->state_file);
    }
}

static void on_tick(struct io_timer *timer)
{
    struct sim_agents *agents = LIST_ENTRY(timer, struct sim_agents, tick);
    if (!agents->stopping &&
        (atomic_load(&agents->stop) || time_is_up(agents) || !wants_to_stay(agents))) {
        agents->stopping = true;
        tell_summary(agents);
    }
    if (!agents->stopping) {
        begin_some(agents);
    } else if (all_over(agents)) {
        end_all(agents);
        io_loop_stop(agents->loop);
        return;
    }
    io_timer_start(&agents->tick, TICK_MS);
}

struct starter {
    struct io_message message;
    struct sim_agents *agents;
    struct error *why;
    bool failed;
};

static void on_start(struct io_message *message)
{
    struct starter *starter = (struct starter *)(void *)message;
    struct sim_agents *agents = starter->agents;
    agents->started_ms = now_ms();
    for (uint32_t i = 0; i < agents->options->count && !starter->failed; i++)
        starter->failed = !make_agent(agents, i, starter->why);
    if (starter->failed)
        agents->stopping = true;
    io_timer_start(&agents->tick, 1);
}

/* ---- life ---- */

static bool read_token(struct sim_agents *agents, struct error *err)
{
    struct slice text;
    struct arena arena;
    if (agents->options->token_file == NULL)
        return true;
    arena_init(&arena);
    bool done = sim_credentials_read(&arena, agents->options->token_file, &text, err);
    if (done && text.size > TOKEN_LIMIT)
        done = error_set(err, ERROR_INVALID, "%s is too long", agents->options->token_file);
    if (done)
        agents->line.bearer = memory_string(slice_trim(slice_split(&text, '\n')));
    arena_fini_wiped(&arena);
    return done;
}

static bool read_plan(struct sim_agents *agents, struct error *err)
{
    const struct sim_options *options = agents->options;
    if (options->plan == NULL)
        return true;
    agents->plan = memory_new(options->count * sizeof(struct sim_mischief *));
    return sim_plan_read(options->plan, agents->plan, options->count, err);
}

static bool make_tls(struct sim_agents *agents, struct error *err)
{
    const struct sim_options *options = agents->options;
    struct io_tls_client_options tls = {.insecure = options->insecure_server, .newest = IO_TLS_1_3};
    struct arena arena;
    if (!agents->line.target.tls)
        return true;
    arena_init(&arena);
    if (options->ca == NULL || sim_credentials_read(&arena, options->ca, &tls.ca_pem, err))
        agents->line.tls = io_tls_client_new(agents->loop, &tls, err);
    arena_fini(&arena);
    if (!options->insecure_server)
        agents->line.server_name = agents->line.target.host;
    return agents->line.tls != NULL;
}

/* One lock for the files of all machines. */
static bool take_states(struct sim_agents *agents, struct error *err)
{
    const char *path = agents->options->state_file;
    agents->taken = path == NULL ? -1 : sim_machine_state_take(path, err);
    return path == NULL || agents->taken >= 0;
}

struct sim_agents *sim_agents_new(const struct sim_options *options, struct error *err)
{
    struct sim_agents *agents = memory_new(sizeof(*agents));
    agents->options = options;
    agents->line.options = options;
    io_timer_init(&agents->tick, on_tick);
    agents->line.resolver = io_resolver_new(&(struct io_resolver_options){0});
    agents->all = memory_new(options->count * sizeof(*agents->all));
    agents->taken = -1;
    if (sim_socket_target_read(slice_of_string(options->url), &agents->line.target, err) &&
        take_states(agents, err) && read_token(agents, err) && read_plan(agents, err)) {
        agents->keys = sim_credentials_keys(options, err);
        agents->loop = agents->keys == NULL ? NULL : io_loop_new(err);
    }
    if (agents->loop != NULL && make_tls(agents, err))
        return agents;
    sim_agents_free(agents);
    return NULL;
}

bool sim_agents_run(struct sim_agents *agents, struct error *err)
{
    struct starter starter = {.message = {.run = on_start}, .agents = agents, .why = err};
    io_post(agents->loop, &starter.message);
    io_loop_run(agents->loop); /* until on_tick has ended every machine */
    return !starter.failed;
}

void sim_agents_stop(struct sim_agents *agents)
{
    atomic_store(&agents->stop, true);
}

uint32_t sim_agents_failed(const struct sim_agents *agents)
{
    return agents->options->count - agents->succeeded;
}

void sim_agents_free(struct sim_agents *agents)
{
    if (agents == NULL)
        return;
    io_tls_free(agents->line.tls);
    if (agents->loop != NULL)
        io_loop_free(agents->loop);
    sim_tls_keys_free(agents->keys);
    io_resolver_free(agents->line.resolver);
    if (agents->line.bearer != NULL)
        memory_wipe(agents->line.bearer, strlen(agents->line.bearer));
    free(agents->line.bearer);
    for (uint32_t i = 0; agents->plan != NULL && i < agents->options->count; i++)
        sim_mischief_free(agents->plan[i]);
    free(agents->plan);
    free(agents->all);
    if (agents->taken >= 0)
        (void)close(agents->taken);
    free(agents);
}
