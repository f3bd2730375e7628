#include "rps/proof.h"

#include "access/throttle.h"
#include "core/clock.h"
#include "core/metrics.h"
#include "rps/rps_parts.h"

#define PASSWORDS_HELP "Passwords said by agents without a token for devices with stored ones"
METRIC_DEFINE(passwords_right, METRIC_COUNTER, "outband_rps_passwords_total", "result=\"right\"",
              PASSWORDS_HELP)
METRIC_DEFINE(passwords_wrong, METRIC_COUNTER, "outband_rps_passwords_total", "result=\"wrong\"",
              PASSWORDS_HELP)
METRIC_DEFINE(passwords_throttled, METRIC_COUNTER, "outband_rps_passwords_total",
              "result=\"throttled\"", PASSWORDS_HELP)

static uint64_t now_ms(void)
{
    return clock_monotonic_ns() / 1000000;
}

static bool is_same(struct slice stored, struct slice said)
{
    return stored.size > 0 && slice_equal_secret(stored, said);
}

static bool says(const struct rps_session *session, const struct store_passwords *stored)
{
    struct slice said = session->request.password;
    bool current = is_same(stored->current, said);
    bool pending = is_same(stored->pending, said);
    bool previous = is_same(stored->previous, said);
    return session->request.control_mode != 0 && (current | pending | previous);
}

/* A password that may open the device, though it proves nothing: no guess. */
static bool says_unproven(const struct rps_session *session, const struct store_passwords *stored)
{
    bool found = false;
    for (size_t i = 0; i < STORE_UNPROVEN_MOST; i++)
        found |= is_same(stored->unproven[i], session->request.password);
    return found;
}

static bool refuse(struct rps_session *session, struct slice device, const char *source,
                   uint64_t now, struct error *err)
{
    struct throttle *throttle = session->shard->rps->throttle;
    uint64_t wait_s = (throttle_wait_ms(throttle, device, source, now) + 999) / 1000;
    metric_add(&passwords_throttled, 1);
    return error_set(err, ERROR_THROTTLED,
                     "Too many wrong AMT passwords were said for Device %.*s by your address. Try "
                     "again in %llu s.",
                     SLICE_ARG(device), (unsigned long long)(wait_s == 0 ? 1 : wait_s));
}

bool rps_proof_check(struct rps_session *session, const struct store_passwords *stored,
                     struct error *err)
{
    struct throttle *throttle = session->shard->rps->throttle;
    char text[GUID_TEXT_SIZE];
    struct slice device = slice_of_string(guid_format(&session->request.guid, text));
    /* By device: a site behind one address may have many machines whose agents are wrong. */
    const char *source = arena_printf(&session->arena, "%s %s", session->source, text);
    uint64_t now = now_ms();
    struct error why;
    if (session->token_tenant != NULL || session->request.control_mode == 0 ||
        stored->current.size + stored->pending.size + stored->previous.size == 0)
        return true;
    if (!throttle_begin(throttle, device, source, now, &why))
        return refuse(session, device, source, now, err);
    bool right = says(session, stored);
    enum throttle_outcome result = right                            ? THROTTLE_SUCCESS
                                   : says_unproven(session, stored) ? THROTTLE_NEITHER
                                                                    : THROTTLE_FAILURE;
    throttle_end(throttle, device, source, result, now);
    metric_add(right ? &passwords_right : &passwords_wrong, 1);
    if (right)
        rps_live_prove(&session->shard->rps->live, &session->running);
    return true;
}

bool rps_proof_says_stored(struct rps_session *session)
{
    struct store_passwords stored = {0};
    const char *tenant = arena_string(&session->arena, session->request.tenant);
    return session->shard->rps->options.store != NULL &&
           store_passwords_get(session->shard->rps->options.store, &session->arena,
                               &session->request.guid, tenant, &stored, NULL) &&
           rps_proof_check(session, &stored, NULL) && says(session, &stored);
}
