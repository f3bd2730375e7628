#include "rps/proof.h"

#include "access/access.h"
#include "core/clock.h"
#include "core/metrics.h"
#include "io/fiber.h"
#include "rps/brake.h"
#include "rps/handover.h"
#include "rps/rps_parts.h"
#include "store/passwords.h"

#include <string.h>

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

/* A password that may open the device, though it proves nothing: no guess. */
static bool says_unproven(const struct rps_session *session, const struct store_passwords *stored)
{
    return store_passwords_find(stored, STORE_PASSWORD_AMT, session->request.password) != NULL;
}

/* What was made up here nobody guesses: whoever doesn't know it may have been cut off before it was
 * told, or resumes a run with a profile that makes passwords up. */
static bool can_be_guessed(const struct rps_session *session, const struct store_passwords *stored)
{
    if (session->is_known_there)
        return true;
    const struct store_password_list *list = &stored->lists[STORE_PASSWORD_AMT];
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].proven && list->items[i].origin != STORE_ORIGIN_MADE)
            return true;
    return false;
}

static bool refuse(const struct rps_session *session, uint64_t later_ms, struct error *err)
{
    char guid[GUID_TEXT_SIZE];
    uint64_t wait_s = (later_ms + 999) / 1000;
    metric_add(&passwords_throttled, 1);
    return error_set(err, ERROR_THROTTLED,
                     "Too many wrong AMT passwords were said for Device %s. Try again in %llu s.",
                     guid_format(&session->request.guid, guid),
                     (unsigned long long)(wait_s == 0 ? 1 : wait_s));
}

/* Until the agent leaves or the server stops. */
static bool await_turn(struct rps_session *session, struct error *err)
{
    struct rps_brake *brake = session->shard->rps->brake;
    struct rps_brake_turn turn = {0};
    uint64_t later = 0, wait;
    while ((wait = rps_brake_ask(brake, &session->request.guid, session->source, now_ms(), &turn,
                                 &later)) != 0) {
        if (wait == UINT64_MAX)
            return refuse(session, later, err);
        (void)io_wait_for(&session->news, wait, NULL);
        if (!session->reader_over && !session->shard->stopping)
            continue;
        rps_brake_leave(brake, &turn);
        return error_set(err, ERROR_CANCELLED,
                         session->reader_over ? "the agent has gone"
                                              : "the server is shutting down");
    }
    return true;
}

bool rps_proof_look_up(struct rps_session *session, struct rps_known *known, struct error *err)
{
    struct rps_handover *handover = session->shard->rps->options.handover;
    const char *tenant = arena_string(&session->arena, session->request.tenant);
    if (!session->looked_up) {
        session->looked_up = true;
        session->known = (struct rps_known){0};
        session->is_known =
            handover == NULL ||
            handover->methods->find(handover, &session->arena, &session->request.guid, tenant,
                                    &session->known, &session->unknown);
    }
    *known = session->known;
    if (!session->is_known)
        *err = session->unknown;
    return session->is_known;
}

/* Successes of invented devices are worth nothing. */
static bool has_record(struct rps_session *session)
{
    struct rps_known known;
    struct error err;
    return rps_proof_look_up(session, &known, &err) && known.found;
}

static bool has_token(struct rps_session *session)
{
    struct rps_known known;
    struct error err;
    return session->token_device != NULL && rps_proof_look_up(session, &known, &err) &&
           !known.other_tenant;
}

/* A presence server elsewhere may have a password to be guessed. */
static bool may_be_known_there(const struct rps_session *session)
{
    const struct rps_handover *handover = session->shard->rps->options.handover;
    return handover != NULL && handover->methods->prove != NULL;
}

/* One that was made for another device lets nobody in for this one. */
static bool check_token(const struct rps_session *session, struct error *err)
{
    char guid[GUID_TEXT_SIZE];
    const char *device = session->token_device;
    guid_format(&session->request.guid, guid);
    return device == NULL || strcmp(device, ACCESS_ALL_DEVICES) == 0 || strcmp(device, guid) == 0 ||
           error_set(err, ERROR_FORBIDDEN, "The agent's token is for device %s, not for device %s",
                     device, guid);
}

static void take_down(struct rps_session *session, const struct store_passwords *stored)
{
    struct rps_brake *brake = session->shard->rps->brake;
    const struct guid *guid = &session->request.guid;
    metric_add(session->says_proven ? &passwords_right : &passwords_wrong, 1);
    if (!session->says_proven && !says_unproven(session, stored) && can_be_guessed(session, stored))
        rps_brake_note(brake, guid, session->source, now_ms());
    if (session->says_proven && !rps_brake_trusts(brake, guid, session->source, now_ms()) &&
        has_record(session))
        rps_brake_trust(brake, guid, session->source, now_ms());
}

/* What a presence server elsewhere says counts where it has one, since passwords are rotated there;
 * but not of one that it could not be told. */
static bool ask_there(struct rps_session *session, const struct store_passwords *stored,
                      bool *proven, struct error *err)
{
    struct error why = {ERROR_NONE, ""};
    char guid[GUID_TEXT_SIZE];
    struct rps_handover *handover = session->shard->rps->options.handover;
    const char *tenant = arena_string(&session->arena, session->request.tenant);
    struct rps_known known;
    struct rps_proof_there there;
    struct slice password =
        session->request.control_mode == 0 ? (struct slice){0} : session->request.password;
    /* What can't be looked up, or is another tenant's, the flow refuses. */
    if (handover == NULL || handover->methods->prove == NULL ||
        !rps_proof_look_up(session, &known, &why) || known.other_tenant)
        return true;
    if (!handover->methods->prove(handover, &session->request.guid, tenant, password, &there,
                                  &why)) {
        return error_set(err, why.code, "Device %s: the presence server cannot be asked: %s",
                         guid_format(&session->request.guid, guid), why.text);
    }
    const struct store_password *ours =
        store_passwords_find(stored, STORE_PASSWORD_AMT, session->request.password);
    session->is_known_there = there.known;
    if (there.known && there.compared && (ours == NULL || ours->told))
        *proven = session->proven_there = there.proven;
    return true;
}

static bool compare(struct rps_session *session, const struct store_passwords *stored,
                    struct error *err)
{
    bool proven = session->request.control_mode != 0 &&
                  store_passwords_prove(stored, session->request.password);
    if (!ask_there(session, stored, &proven, err))
        return false;
    session->says_proven = proven;
    return true;
}

/* Whether there is something to be guessed, so that it must be the agent's turn. */
static bool is_braked(const struct rps_session *session, const struct store_passwords *stored)
{
    return session->token_device == NULL && session->request.control_mode != 0 &&
           (store_passwords_have_proven(stored, STORE_PASSWORD_AMT) || may_be_known_there(session));
}

static bool read_stored(struct rps_session *session, struct store_passwords *stored,
                        struct error *err)
{
    const char *tenant = arena_string(&session->arena, session->request.tenant);
    struct error why = {ERROR_NONE, ""};
    char guid[GUID_TEXT_SIZE];
    *stored = (struct store_passwords){0};
    return store_passwords_get(session->shard->rps->options.store, &session->arena,
                               &session->request.guid, tenant, stored, &why) ||
           why.code == ERROR_NOT_FOUND ||
           error_set(err, why.code, "Device %s: the stored passwords cannot be read: %s",
                     guid_format(&session->request.guid, guid), why.text);
}

bool rps_proof_hear(struct rps_session *session, struct error *err)
{
    struct store_passwords stored;
    if (!check_token(session, err))
        return false;
    if (session->shard->rps->options.store == NULL)
        return true;
    if (!read_stored(session, &stored, err))
        return false;
    bool braked = is_braked(session, &stored);
    /* What is stored may be another password when it is the agent's turn. */
    if (braked && (!await_turn(session, err) || !read_stored(session, &stored, err)))
        return false;
    if (!compare(session, &stored, err))
        return false;
    if (braked)
        take_down(session, &stored);
    return true;
}

bool rps_proof_review(struct rps_session *session, const struct store_passwords *stored)
{
    if (session->says_proven && !session->proven_there)
        session->says_proven = store_passwords_prove(stored, session->request.password);
    return session->says_proven;
}

bool rps_proof_is_given(struct rps_session *session)
{
    return session->says_proven || has_token(session);
}
