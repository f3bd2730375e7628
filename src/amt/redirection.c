#include "amt/redirection.h"

#include "amt/feature.h"
#include "amt/reading.h"
#include "amt/session.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "redir/login.h"

#define CONSENT_MS 10000
#define REFUSED_MS 5000 /* without a login after the device has refused one */

/* IPS_OptInService.OptInState (spec device-protocols 6.5) */
enum { REQUESTED = 1, RECEIVED = 3, IN_SESSION = 4 };

static bool is_needed(enum redir_kind kind, uint64_t policy)
{
    if (kind == REDIR_SOL || policy == AMT_CONSENT_NONE)
        return false;
    return kind == REDIR_KVM || policy != AMT_CONSENT_KVM;
}

bool amt_redirection_may_start(struct amt *amt, enum redir_kind kind, struct error *err)
{
    uint64_t policy, state;
    if (kind == REDIR_SOL)
        return true;
    struct amt_reading reading = AMT_READ_GET(IPS_OptInService);
    struct arena arena;
    reading.optional = true;
    arena_init(&arena);
    uint64_t outer = io_deadline_within(CONSENT_MS);
    bool ok = amt_read(amt, &arena, &reading, 1, err);
    io_deadline_restore(outer);
    const struct wsman_xml *service = ok ? amt_reading_instance(&reading) : NULL;
    bool told = service != NULL &&
                slice_to_u64(wsman_xml_child_text(service, "OptInRequired"), UINT32_MAX, &policy) &&
                slice_to_u64(wsman_xml_child_text(service, "OptInState"), UINT32_MAX, &state);
    arena_fini(&arena);
    if (!told) /* older firmware has no such service, and what it demands it enforces itself */
        return ok;
    if (!is_needed(kind, policy) || state == RECEIVED || state == IN_SESSION)
        return true;
    return error_set(err, ERROR_CONSENT, "user consent is required: %s",
                     state >= REQUESTED
                         ? "a code was requested already, send the one that the machine shows"
                         : "request a code first");
}

/* Whether the device says that it does not listen on its redirection ports. */
static bool is_switched_off(struct amt *amt)
{
    struct amt_reading reading = AMT_READ_GET(AMT_RedirectionService);
    struct arena arena;
    reading.optional = true;
    arena_init(&arena);
    const struct wsman_xml *service =
        amt_read(amt, &arena, &reading, 1, NULL) ? amt_reading_instance(&reading) : NULL;
    bool off = service != NULL &&
               slice_equal_string(wsman_xml_child_text(service, "ListenerEnabled"), "false");
    arena_fini(&arena);
    return off;
}

bool amt_redirection_open(struct amt *amt, bool tls, struct io_stream **stream, struct error *err)
{
    struct error why = {ERROR_NONE, ""};
    if (amt->carrier.open(amt->carrier.context, tls ? REDIR_TLS_PORT : REDIR_PORT, stream, &why))
        return true;
    /* refused, by the machine or by its tunnel, or not forwarded at all */
    bool closed = why.code == ERROR_CONNECTION || why.code == ERROR_UNSUPPORTED;
    if (closed && is_switched_off(amt))
        (void)error_set(&why, ERROR_UNSUPPORTED,
                        "redirection is switched off on the device: switch it on with the features "
                        "(KVM, SOL, IDER)");
    if (err != NULL)
        *err = why;
    return false;
}

/* Whether another password than the current one may open the device. */
static bool has_candidates(struct amt *amt, struct arena *arena)
{
    struct slice passwords[AMT_CANDIDATES];
    size_t count = 0;
    return amt->carrier.candidates != NULL &&
           amt->carrier.candidates(amt->carrier.context, arena, passwords, &count, NULL) &&
           count > 0;
}

/* WSMAN finds out which one it is, once and for both: what a redirection port refuses counts
 * towards locking the account like anything else, and costs a connection each time. What else goes
 * wrong there is not the login's business. */
static bool let_wsman_find(struct amt *amt, struct arena *arena, struct error *err)
{
    struct wsman_reply reply;
    struct error why = {ERROR_NONE, ""};
    const struct wsman_target target = {.class = &wsman_AMT_GeneralSettings};
    if (session_of(amt)->password != NULL || !has_candidates(amt, arena) ||
        amt_get(amt, arena, &target, &reply, &why) ||
        (why.code != ERROR_LOGIN && why.code != ERROR_CANCELLED))
        return true;
    if (err != NULL)
        *err = why;
    return false;
}

/* The one that WSMAN comes in with, where it has. */
static bool read_credentials(struct amt *amt, struct arena *arena, struct slice *user,
                             struct slice *password, struct error *err)
{
    const struct session *session = session_of(amt);
    if (session->password == NULL)
        return amt->carrier.credentials(amt->carrier.context, arena, user, password, err);
    *user = arena_copy(arena, slice_of_string(session->user));
    *password = arena_copy(arena, slice_of_string(session->password));
    return true;
}

bool amt_redirection_credentials(struct amt *amt, struct arena *arena, struct slice *user,
                                 struct slice *password, struct error *err)
{
    struct session *session = session_of(amt);
    if (amt->carrier.revise != NULL && !amt->carrier.revise(amt->carrier.context, err))
        return false;
    if (io_now() < session->refused_until || io_now() < session->redirection_refused_until)
        return error_set(err, ERROR_LOGIN,
                         "the device refuses the stored AMT user name or password for redirection");
    if (!let_wsman_find(amt, arena, err) || !read_credentials(amt, arena, user, password, err))
        return false;
    return (user->size <= REDIR_TEXT_LIMIT && password->size <= REDIR_TEXT_LIMIT) ||
           error_set(err, ERROR_INVALID, "the stored AMT user name or password is too long");
}

void amt_redirection_refused(struct amt *amt)
{
    session_of(amt)->redirection_refused_until = io_now() + REFUSED_MS;
}

bool amt_redirection_login(struct amt *amt, struct io_stream *stream, enum redir_kind kind,
                           struct error *err)
{
    struct slice user, password;
    struct error why = {ERROR_NONE, ""};
    struct arena arena;
    arena_init(&arena);
    bool ok = amt_redirection_credentials(amt, &arena, &user, &password, &why);
    if (ok) {
        ok = redir_login(stream, kind, user, password, &why);
        if (!ok && why.code == ERROR_LOGIN)
            amt_redirection_refused(amt);
    }
    arena_fini_wiped(&arena);
    if (!ok && err != NULL)
        *err = why;
    return ok;
}
