#include "amt/session.h"

#include "core/memory.h"
#include "core/metrics.h"
#include "io/loop.h"

#include <stdlib.h>
#include <string.h>

#define BODY_LIMIT      ((size_t)1024 * 1024)
#define IDLE_MS         20000u
#define REFUSED_MS      5000u /* without a request after the device refused the credentials */
#define SEQUENCES_LIMIT 8     /* conversations waiting for another one to end */

METRIC_DEFINE(challenges_total, METRIC_COUNTER, "outband_amt_challenges_total", NULL,
              "Digest challenges taken from devices.")
METRIC_DEFINE(reopened_total, METRIC_COUNTER, "outband_amt_reopened_total", NULL,
              "Requests repeated because the device had closed the kept connection.")

/* A request that waits for the scout; lives on its stack. */
struct waiter {
    struct list link;
    struct io_wait scout_over;
};

static void forget_credentials(struct session *session)
{
    if (session->password != NULL)
        memory_wipe(session->password, strlen(session->password));
    free(session->password);
    free(session->user);
    session->password = NULL;
    session->user = NULL;
}

void session_take_password(struct session *session, struct slice password)
{
    if (session->password != NULL)
        memory_wipe(session->password, strlen(session->password));
    free(session->password);
    session->password = memory_string(password);
}

/* Closes the `count` oldest kept streams. */
static void close_oldest(struct session *session, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        io_stream_close(session->kept[i].stream);
    session->kept_count -= count;
    memmove(session->kept, session->kept + count, session->kept_count * sizeof session->kept[0]);
}

static void close_idle(struct io_timer *timer)
{
    struct session *session = LIST_ENTRY(timer, struct session, idle);
    uint64_t now = io_now();
    uint32_t old = 0;
    while (old < session->kept_count && now - session->kept[old].since >= IDLE_MS)
        old++;
    close_oldest(session, old);
    if (session->kept_count > 0)
        io_timer_start(timer, session->kept[0].since + IDLE_MS - now);
}

struct session *session_of(struct amt *amt)
{
    if (amt->session != NULL)
        return amt->session;
    uint32_t places = amt->options.in_flight_limit;
    struct session *session = memory_new(sizeof *session + places * sizeof session->kept[0]);
    io_gate_init(&session->wire, places, amt->options.queue_limit);
    io_gate_init(&session->sequence, 1, SEQUENCES_LIMIT);
    io_gate_init(&session->search, 1, amt->options.queue_limit);
    list_init(&session->waiting);
    io_timer_init(&session->idle, close_idle);
    amt->session = session;
    return session;
}

void session_forget(struct session *session)
{
    session->epoch++;
    session->boot_is_clear = false; /* it may be another device, or have been elsewhere */
    session->refused_until = 0;
    session->redirection_refused_until = 0;
    http_digest_fini(&session->digest);
    forget_credentials(session);
    close_oldest(session, session->kept_count);
    io_timer_stop(&session->idle);
}

bool session_drop_kept(struct session *session)
{
    if (session->kept_count == 0)
        return false;
    close_oldest(session, 1);
    return true;
}

void session_free(struct session *session)
{
    if (session == NULL)
        return;
    session_forget(session);
    free(session->boot_source);
    free(session);
}

/* Whether an idle stream can carry a request: nothing has come on it, neither its end nor bytes
 * that belong to no request. Does not wait. */
static bool is_alive(struct io_stream *stream)
{
    uint8_t byte;
    size_t got;
    struct error err;
    uint64_t outer = io_deadline_within(0);
    bool ended = io_stream_read(stream, &byte, 1, &got, &err);
    io_deadline_restore(outer);
    return !ended && err.code == ERROR_TIMEOUT;
}

/* The kept stream that was used last, so that the others can age; NULL when there is none. */
static struct io_stream *take_kept(struct session *session)
{
    while (session->kept_count > 0) {
        struct kept_stream *last = &session->kept[session->kept_count - 1];
        if (io_now() - last->since >= IDLE_MS)
            return NULL;
        session->kept_count--;
        struct io_stream *stream = last->stream;
        if (is_alive(stream))
            return stream;
        io_stream_close(stream);
    }
    return NULL;
}

void session_release(struct amt *amt, struct session_answer *answer, bool usable)
{
    struct session *session = amt->session;
    struct io_stream *stream = answer->stream;
    answer->stream = NULL;
    if (!usable || !answer->response.keep_alive || answer->epoch != session->epoch ||
        session->kept_count == amt->options.in_flight_limit) {
        io_stream_close(stream);
        return;
    }
    session->kept[session->kept_count++] = (struct kept_stream){stream, io_now()};
    if (!io_timer_running(&session->idle))
        io_timer_start(&session->idle, IDLE_MS);
}

/* Who a request is sent as. */
struct login {
    enum { LOGIN_NOBODY, LOGIN_CACHED, LOGIN_CANDIDATE } as;
    struct slice user, password; /* of a candidate */
};

/* The Authorization of the next request; NULL when challenge or credentials were forgotten
 * meanwhile, which costs one 401. */
static const char *next_authorization(struct session *session, struct arena *arena,
                                      const struct login *login)
{
    struct slice user = login->user, password = login->password;
    if (login->as == LOGIN_NOBODY || !http_digest_ready(&session->digest))
        return NULL;
    if (login->as == LOGIN_CACHED) {
        if (session->password == NULL)
            return NULL;
        user = slice_of_string(session->user);
        password = slice_of_string(session->password);
    }
    return http_digest_authorization(&session->digest, arena, user, password, "POST", "/wsman");
}

/* One request on one stream, kept or fresh. The nonce is counted up once the stream is open, so
 * that counts leave in their order. *stale: the stream was a kept one that the device had closed
 * before this request reached it, so that it may be sent again on a fresh one. */
static bool send_once(struct amt *amt, struct arena *arena, struct slice body,
                      const struct login *login, bool fresh, struct session_answer *answer,
                      bool *stale, struct error *err)
{
    struct session *session = amt->session;
    *stale = false;
    *answer = (struct session_answer){.epoch = session->epoch};
    answer->stream = fresh ? NULL : take_kept(session);
    bool reused = answer->stream != NULL;
    if (!reused && !amt->carrier.open(amt->carrier.context, AMT_PORT, &answer->stream, err))
        return false;
    const char *authorization = next_authorization(session, arena, login);
    answer->challenge = session->challenges;
    const struct http_header headers[] = {
        {SLICE_LITERAL("Host"), slice_of_string(amt->host)},
        {SLICE_LITERAL("Content-Type"), SLICE_LITERAL("application/soap+xml;charset=UTF-8")},
        {SLICE_LITERAL("Authorization"), slice_of_string(authorization)},
    };
    const struct http_request request = {.method = "POST",
                                         .target = "/wsman",
                                         .headers = headers,
                                         .header_count = authorization == NULL ? 2 : 3,
                                         .body = body};
    if (http_client_exchange(answer->stream, &request, BODY_LIMIT, arena, &answer->response, err))
        return true;
    io_stream_close(answer->stream);
    answer->stream = NULL;
    *stale = reused && !answer->response.began && err->code == ERROR_CONNECTION;
    return false;
}

/* The WWW-Authenticate header with the digest challenge; with Kerberos set up, AMT sends one for
 * Negotiate as well. Without a digest the first one, empty when there is none. */
static struct slice digest_header(const struct http_response *response)
{
    const struct slice scheme = SLICE_LITERAL("Digest ");
    for (size_t i = 0; i < response->header_count; i++) {
        const struct http_header *header = &response->headers[i];
        if (slice_equal_ignore_case(header->name, SLICE_LITERAL("WWW-Authenticate")) &&
            slice_equal_ignore_case(slice_first(header->value, scheme.size), scheme))
            return header->value;
    }
    return http_response_header(response, "WWW-Authenticate");
}

/* Takes the challenge of a 401, unless another request has brought a newer one since `known`. */
static bool take_challenge(struct session *session, const struct http_response *response,
                           uint32_t known, struct error *err)
{
    if (session->challenges != known && http_digest_ready(&session->digest))
        return true;
    if (!http_digest_challenge(&session->digest, digest_header(response), err))
        return error_wrap(err, "the device asks for authentication");
    session->challenges++;
    metric_add(&challenges_total, 1);
    return true;
}

/* Waits while a scout is out. */
static bool await_scout(struct session *session, struct error *err)
{
    while (session->scouting && !http_digest_ready(&session->digest)) {
        struct waiter waiter = {.scout_over = {NULL, false}};
        list_append(&session->waiting, &waiter.link);
        bool ok = io_wait_for(&waiter.scout_over, IO_FOREVER, err);
        list_remove(&waiter.link);
        if (!ok)
            return error_wrap(err, "waiting for the device's first answer");
    }
    return true;
}

/* The first request without authorization, whose 401 brings the challenge. */
static bool scout(struct amt *amt, struct arena *arena, struct slice body, bool fresh,
                  struct session_answer *answer, bool *stale, struct error *err)
{
    struct session *session = amt->session;
    static const struct login nobody = {.as = LOGIN_NOBODY};
    session->scouting = true;
    bool ok = send_once(amt, arena, body, &nobody, fresh, answer, stale, err);
    if (ok && answer->response.status == 401 &&
        !take_challenge(session, &answer->response, answer->challenge, err)) {
        session_release(amt, answer, false);
        ok = false;
    }
    session->scouting = false;
    for (struct list *link = session->waiting.next; link != &session->waiting; link = link->next)
        io_signal(&LIST_ENTRY(link, struct waiter, link)->scout_over);
    return ok;
}

/* Reads the credentials from the carrier into the cache. *changed: they differ from those that
 * were cached, or none were. */
static bool read_credentials(struct amt *amt, bool *changed, struct error *err)
{
    struct session *session = amt->session;
    uint32_t epoch = session->epoch;
    struct arena arena;
    struct slice user = {NULL, 0};
    struct slice password = {NULL, 0};
    arena_init(&arena);
    bool ok = amt->carrier.credentials(amt->carrier.context, &arena, &user, &password, err);
    if (ok && epoch == session->epoch) {
        *changed = session->password == NULL ||
                   !slice_equal_secret(slice_of_string(session->password), password) ||
                   !slice_equal(slice_of_string(session->user), user);
        forget_credentials(session);
        session->user = memory_string(user);
        session->password = memory_string(password);
    }
    arena_fini_wiped(&arena);
    return ok;
}

static bool refused(struct error *err)
{
    return error_set(err, ERROR_LOGIN, "the device refuses the AMT user name or password");
}

enum refusal { TRY_AGAIN, TRY_OTHERS, GIVE_UP };

/* How often a device may say of an authorized request that its nonce was stale. */
#define STALE_MOST 3

/* After a 401 to an authorized request. One that says stale="true" (RFC 7616 3.3) has not looked at
 * the password, and isn't counted. */
static enum refusal after_401(struct amt *amt, const struct session_answer *answer,
                              unsigned refusals[2], struct error *err)
{
    struct session *session = amt->session;
    bool changed = false;
    bool first = session->challenges == answer->challenge;
    if (!take_challenge(session, &answer->response, answer->challenge, err))
        return GIVE_UP;
    if (first && session->digest.stale && refusals[1]++ < STALE_MOST)
        return TRY_AGAIN;
    unsigned count = ++refusals[0];
    if (count == 1)
        return TRY_AGAIN; /* the nonce may have expired; firmware says stale="false" even then */
    if (count == 2 && !read_credentials(amt, &changed, err))
        return GIVE_UP;
    return changed ? TRY_AGAIN : TRY_OTHERS;
}

/* ---- other passwords that may open the device ---- */

struct search {
    struct slice user, tried; /* what the device has refused */
    struct slice passwords[AMT_CANDIDATES];
    size_t count;
};

static bool begin_search(struct amt *amt, struct arena *arena, struct search *search,
                         struct error *err)
{
    if (search->tried.data == NULL || amt->carrier.candidates == NULL)
        return true;
    if (!amt->carrier.candidates(amt->carrier.context, arena, search->passwords, &search->count,
                                 err))
        return false;
    if (search->count > AMT_CANDIDATES)
        search->count = AMT_CANDIDATES;
    return true;
}

/* The device has answered under it. Whoever keeps passwords is told first: what is forgotten
 * meanwhile is read from there. */
static void keep_found(struct amt *amt, struct slice password)
{
    struct session *session = amt->session;
    uint32_t epoch = session->epoch;
    if (amt->carrier.found != NULL)
        amt->carrier.found(amt->carrier.context, password);
    if (epoch == session->epoch && session->password != NULL)
        session_take_password(session, password);
}

/* One try for each, on a connection of its own, so that none reaches the device twice. */
static bool run_search(struct amt *amt, struct arena *arena, struct slice body,
                       const struct search *search, struct session_answer *answer,
                       struct error *err)
{
    struct session *session = amt->session;
    for (size_t i = 0; i < search->count; i++) {
        const struct login login = {LOGIN_CANDIDATE, search->user, search->passwords[i]};
        bool stale;
        if (slice_equal_secret(login.password, search->tried))
            continue;
        if (!send_once(amt, arena, body, &login, true, answer, &stale, err))
            return false;
        if (answer->response.status != 401) {
            keep_found(amt, login.password);
            return true;
        }
        bool ok = take_challenge(session, &answer->response, answer->challenge, err);
        session_release(amt, answer, true);
        if (!ok)
            return false;
    }
    forget_credentials(session);
    session->refused_until = io_now() + REFUSED_MS;
    return refused(err);
}

/* The device refuses the cached password. *again: another request has found one meanwhile. */
static bool try_others(struct amt *amt, struct arena *arena, struct slice body,
                       struct session_answer *answer, bool *again, struct error *err)
{
    struct session *session = amt->session;
    struct search search = {.count = 0};
    struct arena secrets;
    arena_init(&secrets);
    if (session->password != NULL) {
        search.user = arena_copy(&secrets, slice_of_string(session->user));
        search.tried = arena_copy(&secrets, slice_of_string(session->password));
    }
    bool ok = io_gate_enter(&session->search, err);
    if (ok) {
        *again = session->password != NULL && search.tried.data != NULL &&
                 !slice_equal_secret(slice_of_string(session->password), search.tried);
        if (!*again && io_now() < session->refused_until) /* another has tried them all */
            ok = refused(err);
        else if (!*again)
            ok = begin_search(amt, &secrets, &search, err) &&
                 run_search(amt, arena, body, &search, answer, err);
        io_gate_leave(&session->search);
    }
    arena_fini_wiped(&secrets);
    return ok;
}

bool session_exchange(struct amt *amt, struct arena *arena, struct slice body, bool repeatable,
                      struct session_answer *answer, struct error *err)
{
    struct session *session = amt->session;
    static const struct login cached = {.as = LOGIN_CACHED};
    bool fresh = false, stale = false, ok = false;
    unsigned refusals[2] = {0}; /* of the password, of the nonce */
    for (;;) {
        bool scouts = false;
        if (amt->carrier.revise != NULL && !amt->carrier.revise(amt->carrier.context, err))
            return false;
        if (io_now() < session->refused_until)
            return refused(err);
        if (!http_digest_ready(&session->digest)) {
            if (session->scouting) {
                if (!await_scout(session, err))
                    return false;
                continue;
            }
            scouts = true;
            ok = scout(amt, arena, body, fresh, answer, &stale, err);
        } else if (session->password == NULL) {
            bool changed;
            if (!read_credentials(amt, &changed, err))
                return false;
            continue;
        } else {
            ok = send_once(amt, arena, body, &cached, fresh, answer, &stale, err);
        }
        if (!ok && !(stale && repeatable))
            return false;
        if (stale) {
            fresh = true;
            metric_add(&reopened_total, 1);
            continue;
        }
        if (answer->response.status != 401)
            return true;
        session_release(amt, answer, true);
        enum refusal next = scouts ? TRY_AGAIN : after_401(amt, answer, refusals, err);
        bool again = next == TRY_AGAIN;
        if (next == TRY_OTHERS)
            ok = try_others(amt, arena, body, answer, &again, err);
        if (!again)
            return next == TRY_OTHERS && ok;
    }
}
