#include "rps/budget.h"

#include "core/metrics.h"
#include "rps/rps_parts.h"

METRIC_DEFINE(ended_total, METRIC_COUNTER, "outband_rps_memory_refused_total", NULL,
              "Sessions of agents that were ended or not begun, since those that have proved "
              "nothing held more memory than --agent-memory.")

static bool is_over(const struct rps_shard *shard)
{
    return shard->held >= shard->rps->options.memory_limit;
}

static bool refuse(struct error *err)
{
    metric_add(&ended_total, 1);
    return error_set(err, ERROR_BUSY,
                     "agents that have not proved themselves hold too much memory "
                     "(--agent-memory). Try again later.");
}

bool rps_budget_admits(const struct rps_shard *shard, struct error *err)
{
    return shard->held / 2 < shard->rps->options.memory_limit || refuse(err);
}

static size_t weigh(const struct rps_session *session)
{
    const struct rps_agent *agent = &session->agent;
    if (session->hold.proven)
        return 0;
    return session->arena.total + session->first.capacity + agent->answer.capacity +
           agent->last.capacity + agent->tls.capacity;
}

/* What those hold that do not go anyway; *most is the one that holds most. */
static size_t count(const struct rps_shard *shard, struct rps_session **most)
{
    size_t all = 0;
    *most = NULL;
    for (struct list *at = shard->sessions.next; at != &shard->sessions; at = at->next) {
        struct rps_session *session = LIST_ENTRY(at, struct rps_session, link);
        if (session->refused)
            continue;
        all += session->weight;
        if (*most == NULL || session->weight > (*most)->weight)
            *most = session;
    }
    return all;
}

bool rps_budget_note(struct rps_session *session, struct error *err)
{
    struct rps_shard *shard = session->shard;
    struct rps_session *most = NULL;
    struct error why;
    size_t weight = weigh(session);
    shard->held = shard->held - session->weight + weight;
    session->weight = weight;
    if (!is_over(shard) || count(shard, &most) < shard->rps->options.memory_limit || most == NULL)
        return true;
    (void)refuse(&why);
    most->overweight = true;
    rps_session_refuse(most, &why);
    if (most != session)
        return true;
    if (err != NULL)
        *err = why;
    return false;
}

void rps_budget_leave(struct rps_session *session)
{
    session->shard->held -= session->weight;
    session->weight = 0;
}
