#include "rps/session.h"

#include "core/memory.h"

struct rps_session {
    struct rps *rps;
    struct arena arena;
    struct rps_request request;
    struct amt *amt;
};

const struct rps_request *rps_session_request(const struct rps_session *session)
{
    return &session->request;
}

struct rps *rps_session_server(struct rps_session *session)
{
    return session->rps;
}

struct arena *rps_session_arena(struct rps_session *session)
{
    return &session->arena;
}

bool rps_session_is_authenticated(const struct rps_session *session)
{
    (void)session;
    return false;
}

struct amt *rps_session_amt(struct rps_session *session)
{
    return session->amt;
}

void rps_session_log_in_as(struct rps_session *session, struct slice user, struct slice password)
{
    (void)session;
    (void)user;
    (void)password;
}

void rps_session_use_tls(struct rps_session *session, enum rps_verify verify, struct slice root_der)
{
    (void)session;
    (void)verify;
    (void)root_der;
}

void rps_session_use_plain(struct rps_session *session)
{
    (void)session;
}

bool rps_session_switch_port(struct rps_session *session, uint16_t port, uint32_t delay_s,
                             struct error *err)
{
    (void)session;
    (void)port;
    (void)delay_s;
    return error_set(err, ERROR_UNSUPPORTED, "agents are not served yet");
}

void rps_session_step(struct rps_session *session, const char *label)
{
    (void)session;
    (void)label;
}

bool rps_session_pause(struct rps_session *session, uint32_t ms, const char *reason,
                       struct error *err)
{
    (void)session;
    (void)ms;
    (void)reason;
    return error_set(err, ERROR_UNSUPPORTED, "agents are not served yet");
}

const char *rps_session_id(const struct rps_session *session)
{
    (void)session;
    return "";
}
