#include "rps/session.h"

#include "amt/amt.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "events/events.h"
#include "io/tls_stream.h"
#include "rps/budget.h"
#include "rps/history.h"
#include "rps/rps_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AMT_PORT     16992
#define AMT_TLS_PORT 16993
#define ATTEMPTS     3 /* spec rps 2.9: wsman_max_attempts */
/* Many sessions run, and anyone may begin one. What is asked of a machine that gets all that a
 * profile can say fills half of the first; of recorded answers the largest has 66 elements. */
#define ANSWERS_LIMIT  ((size_t)1024 * 1024)
#define ELEMENTS_LIMIT ((size_t)2000)

/* ---- what flows ask ---- */

const struct rps_request *rps_session_request(const struct rps_session *session)
{
    return &session->request;
}

const char *rps_session_id(const struct rps_session *session)
{
    return session->id;
}

void rps_session_set_password(struct rps_session *session, bool setting)
{
    struct store *store = session->shard->rps->options.store;
    if (store != NULL)
        store_hold_set_password(store, &session->hold, setting);
}

struct rps *rps_session_server(struct rps_session *session)
{
    return session->shard->rps;
}

struct arena *rps_session_arena(struct rps_session *session)
{
    return &session->arena;
}

bool rps_session_is_authenticated(const struct rps_session *session)
{
    return session->token_tenant != NULL;
}

struct amt *rps_session_amt(struct rps_session *session)
{
    return session->amt;
}

/* ---- who logs in ---- */

static void forget_login(struct rps_session *session)
{
    if (session->password != NULL)
        memory_wipe(session->password, strlen(session->password));
    free(session->password);
    free(session->user);
    session->password = NULL;
    session->user = NULL;
}

void rps_session_log_in_as(struct rps_session *session, struct slice user, struct slice password)
{
    char *new_user = memory_string(user);
    char *new_password = memory_string(password);
    forget_login(session);
    session->user = new_user;
    session->password = new_password;
    if (session->amt != NULL)
        amt_forget(session->amt);
}

static bool give_login(void *context, struct arena *arena, struct slice *user,
                       struct slice *password, struct error *err)
{
    const struct rps_session *session = context;
    (void)err;
    *user = arena_copy(arena, slice_of_string(session->user));
    *password = arena_copy(arena, slice_of_string(session->password));
    return true;
}

/* ---- the way to the device ---- */

static const char *name_host(struct rps_session *session)
{
    char guid[GUID_TEXT_SIZE];
    (void)snprintf(session->host, sizeof session->host, "%s:%d",
                   guid_format(&session->request.guid, guid),
                   session->tls ? AMT_TLS_PORT : AMT_PORT);
    return session->host;
}

/* What the device may show: the verifier takes a certificate that is among the roots itself. */
static void trust(struct rps_session *session, struct io_tls_policy *policy)
{
    const struct amt_roots *on_die = &session->shard->rps->on_die;
    struct slice *roots =
        arena_alloc(&session->arena, (on_die->count + RPS_EXPECTED) * sizeof(*roots));
    policy->roots = roots;
    for (size_t i = 0; i < RPS_EXPECTED; i++)
        if (session->expected[i].size > 0)
            roots[policy->root_count++] = session->expected[i];
    policy->advice = policy->root_count > 0
                         ? "; it must be the one that the device was given and that is stored of it"
                         : "";
    if (session->verify != RPS_VERIFY_ON_DIE)
        return;
    for (size_t i = 0; i < on_die->count; i++)
        roots[policy->root_count++] = on_die->der[i];
    if (session->expected[0].size == 0)
        policy->advice = "; of a machine whose local door is TLS it must lead to Intel's On-Die "
                         "root or to one of --on-die-roots";
}

static struct io_stream *open_tls(struct rps_session *session, struct error *err)
{
    struct rps_shard *shard = session->shard;
    struct io_tls_policy policy = {.any = session->verify == RPS_VERIFY_NOTHING};
    if (!policy.any)
        trust(session, &policy);
    struct io_stream *records = rps_agent_tls_stream(&session->agent, err);
    struct io_stream *tls =
        records == NULL ? NULL : io_tls_stream_open(records, shard->tls, &policy, err);
    return tls == NULL ? NULL : rps_agent_framed_stream(tls, name_host(session));
}

static bool open_stream(void *context, uint16_t port, struct io_stream **stream, struct error *err)
{
    struct rps_session *session = context;
    *stream = NULL;
    if (port != AMT_PORT)
        return error_set(err, ERROR_UNSUPPORTED, "an agent leads to WSMAN only");
    if (!rps_agent_is_there(&session->agent, err))
        return false;
    *stream = session->tls ? open_tls(session, err)
                           : rps_agent_plain_stream(&session->agent, name_host(session));
    return *stream != NULL;
}

/* Before every request. What AMT has answered is written down before more is asked. */
static bool revise(void *context, struct error *err)
{
    struct rps_session *session = context;
    if (session->answered && !session->kept)
        rps_history_begin(session);
    return rps_budget_note(session, err);
}

/* Under a login. */
static void note_answer(void *context, const struct wsman_class *class,
                        const struct wsman_xml *const *instances, size_t count, bool whole)
{
    struct rps_session *session = context;
    (void)class;
    (void)instances;
    (void)count;
    (void)whole;
    session->answered = true;
}

void rps_session_open(struct rps_session *session)
{
    const struct rps_options *options = &session->shard->rps->options;
    const struct amt_carrier carrier = {.open = open_stream,
                                        .credentials = give_login,
                                        .learned = note_answer,
                                        .revise = revise,
                                        .context = session,
                                        .host = name_host(session)};
    const struct amt_options limits = {
        .in_flight_limit = 1,
        .request_ms = (ATTEMPTS + 1) * options->attempt_ms,
        .attempts = ATTEMPTS,
        .attempt_ms = options->attempt_ms,
        .answers_limit = ANSWERS_LIMIT,
        .elements_limit = ELEMENTS_LIMIT,
    };
    rps_session_log_in_as(session, session->request.username, session->request.password);
    session->amt = amt_new(&carrier, &limits);
}

/* What is kept leads there in another way. The challenge stays: it is AMT's, not the port's. */
static void drop_kept(struct rps_session *session)
{
    while (session->amt != NULL && amt_drop_kept(session->amt)) {
    }
}

void rps_session_use_tls(struct rps_session *session, enum rps_verify verify)
{
    char guid[GUID_TEXT_SIZE];
    session->tls = true;
    session->verify = verify;
    drop_kept(session);
    if (verify != RPS_VERIFY_NOTHING || session->warned)
        return;
    session->warned = true;
    log_line(LOG_WARN, "the device's certificate is not checked", "guid",
             guid_format(&session->request.guid, guid), "session", session->id, NULL);
}

void rps_session_expect(struct rps_session *session, struct slice certificate)
{
    struct slice *kept = session->expected;
    memmove(kept + 1, kept, (RPS_EXPECTED - 1) * sizeof(*kept));
    kept[0] = certificate;
}

void rps_session_use_plain(struct rps_session *session)
{
    session->tls = false;
    drop_kept(session);
}

bool rps_session_switch_port(struct rps_session *session, uint16_t port, uint32_t delay_s,
                             struct error *err)
{
    drop_kept(session);
    return rps_agent_switch_port(&session->agent, port, delay_s, err);
}

bool rps_session_pause(struct rps_session *session, uint32_t ms, const char *reason,
                       struct error *err)
{
    char guid[GUID_TEXT_SIZE];
    char text[16];
    (void)snprintf(text, sizeof text, "%lu", (unsigned long)ms);
    log_line(LOG_DEBUG, "waiting for firmware", "guid", guid_format(&session->request.guid, guid),
             "ms", text, "reason", reason, NULL);
    return rps_agent_pause(&session->agent, ms, err) || error_wrap(err, "%s", reason);
}

/* ---- what is being done ---- */

static void tell_progress(struct rps_session *session, const char *label)
{
    const struct rps_told told = {
        .method = "progress", .status = "ok", .message = slice_of_string(label)};
    if (session->request.progress)
        (void)rps_agent_tell(&session->agent, &told, NULL);
}

void rps_session_step(struct rps_session *session, const char *label)
{
    struct rps *rps = session->shard->rps;
    char guid[GUID_TEXT_SIZE];
    rps_live_step(&rps->live, &session->running, label);
    if (session->step_count < RPS_STEPS_KEPT)
        session->steps[session->step_count++] = (struct rps_step){
            clock_wall_ms(), arena_string(&session->arena, slice_of_string(label))};
    log_line(LOG_DEBUG, "provisioning step", "guid", guid_format(&session->request.guid, guid),
             "step", label, NULL);
    rps_history_step(session, label);
    if (rps->options.events != NULL)
        events_publish(rps->options.events, EVENTS_REQUEST, "provisioning",
                       "Provisioning step begun", &session->request.guid);
    tell_progress(session, label);
}

/* ---- its end ---- */

void rps_session_free(struct rps_session *session)
{
    rps_budget_leave(session);
    if (session->amt != NULL)
        amt_free(session->amt);
    forget_login(session);
    rps_agent_fini(&session->agent);
    buffer_fini(&session->first);
    if (session->conn != NULL)
        io_conn_discard(session->conn);
    if (session->ahead != NULL)
        memory_wipe(session->ahead, session->ahead_size);
    free(session->ahead);
    free(session->token_tenant);
    free(session->token_device);
    arena_fini_wiped(&session->arena);
    free(session);
}
