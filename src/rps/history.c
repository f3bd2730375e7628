#include "rps/history.h"

#include "core/clock.h"
#include "core/json_writer.h"
#include "core/log.h"
#include "rps/rps_parts.h"

#define STEPS_LIMIT ((size_t)STORE_PROVISIONING_STEPS_LIMIT)
#define FINISH_MS   5000

static void warn(const struct rps_session *session, const struct error *err)
{
    char guid[GUID_TEXT_SIZE];
    log_line(LOG_WARN, "the history of a provisioning session cannot be written", "guid",
             guid_format(&session->request.guid, guid), "error", err->text, NULL);
}

static const char *last_step(const struct rps_session *session)
{
    return session->step_count == 0 ? NULL : session->steps[session->step_count - 1].label;
}

void rps_history_begin(struct rps_session *session)
{
    struct store *store = session->shard->rps->options.store;
    struct store_provisioning *history = &session->history;
    struct store_provisioning interrupted;
    struct error why;
    if (store == NULL || session->unkept)
        return;
    *history = (struct store_provisioning){
        .guid = session->request.guid,
        .tenant_id = session->running.tenant,
        .command = session->running.command,
        .profile = session->running.profile[0] == '\0' ? NULL : session->running.profile,
        .started = session->running.started_ms,
        .outcome = STORE_OUTCOME_RUNNING,
        .proven = session->hold.proven,
        .step = last_step(session),
    };
    session->kept = store_provisioning_begin(store, &session->arena, history, &interrupted, &why);
    session->unkept = !session->kept && why.code != ERROR_CANCELLED;
    if (session->unkept)
        warn(session, &why);
}

void rps_history_step(struct rps_session *session, const char *label)
{
    struct error err;
    if (session->kept &&
        !store_provisioning_step(session->shard->rps->options.store, &session->history, label,
                                 &err) &&
        err.code != ERROR_CANCELLED)
        warn(session, &err);
}

static const char *write_steps(struct rps_session *session)
{
    struct buffer text;
    struct json_writer json;
    char when[CLOCK_TEXT_SIZE];
    buffer_init(&text, STEPS_LIMIT);
    json_writer_init(&json, &text);
    json_open_array(&json);
    for (size_t i = 0; i < session->step_count; i++) {
        json_open_object(&json);
        json_put_member_string(&json, "step", session->steps[i].label);
        json_put_member_string(&json, "at", clock_format(session->steps[i].at_ms, when));
        json_close_object(&json);
    }
    json_close_array(&json);
    const char *steps =
        buffer_ok(&text) ? arena_string(&session->arena, buffer_slice(&text)) : "[]";
    buffer_fini(&text);
    return steps;
}

void rps_history_finish(struct rps_session *session, const char *message)
{
    struct store_provisioning *history = &session->history;
    struct error err;
    uint64_t outer = io_deadline_within(FINISH_MS);
    if (!session->kept && (session->answered || session->outcome.success))
        rps_history_begin(session);
    io_deadline_restore(outer);
    if (!session->kept)
        return;
    history->proven = session->hold.proven;
    history->finished = clock_wall_ms();
    history->outcome = session->outcome.success ? STORE_OUTCOME_SUCCESS : STORE_OUTCOME_FAILURE;
    history->step = last_step(session);
    history->message = message;
    history->steps = write_steps(session);
    outer = io_deadline_within(FINISH_MS);
    if (!store_provisioning_finish(session->shard->rps->options.store, history, &err))
        warn(session, &err);
    io_deadline_restore(outer);
}
