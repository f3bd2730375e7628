#include "rps/enterprise_assistant.h"

static bool is_missing(struct error *err)
{
    return error_set(err, ERROR_CONNECTION, "no Enterprise Assistant is connected");
}

bool rps_assistant_is_there(struct rps_session *session)
{
    (void)session;
    return false;
}

bool rps_assistant_profile(struct rps_session *session, struct arena *arena, int protocol,
                           struct rps_assistant_answer *answer, struct error *err)
{
    (void)session;
    (void)arena;
    (void)protocol;
    (void)answer;
    return is_missing(err);
}

bool rps_assistant_key(struct rps_session *session, struct arena *arena, struct slice key,
                       struct slice key_instance_id, struct rps_assistant_answer *answer,
                       struct error *err)
{
    (void)session;
    (void)arena;
    (void)key;
    (void)key_instance_id;
    (void)answer;
    return is_missing(err);
}

bool rps_assistant_certificate(struct rps_session *session, struct arena *arena,
                               struct slice signed_csr, struct rps_assistant_answer *answer,
                               struct error *err)
{
    (void)session;
    (void)arena;
    (void)signed_csr;
    (void)answer;
    return is_missing(err);
}
