#include "apf/session_internal.h"

#include "core/memory.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define FAILURES_LIMIT     3
#define OPTIONS_PORT       5900
#define OPTIONS_PORT_COUNT 4

#define WINDOW_DEFAULT      81920
#define WINDOW_LEAST        32768
#define LOCAL_WINDOW        4096
#define LOCAL_WINDOW_LEAST  1024
#define LOCAL_MESSAGE_LEAST 64
#define MESSAGE_DEFAULT     4096 /* firmware sends and likes no longer ones, LMS drops them */
#define WINDOW_MOST         APF_DATA_LIMIT
#define CHANNELS_DEFAULT    8
#define KEEPALIVE_DEFAULT_S 30
#define LOCAL_TRIGGER       254

/* 100,000 of these are held by one process. */
_Static_assert(sizeof(struct apf_session) <= 208, "an idle session must stay small");

static const char service_auth[] = "auth@amt.intel.com";
static const char service_forward[] = "pfwd@amt.intel.com";

const char *apf_state_name(enum apf_state state)
{
    static const char *const names[] = {"START",    "VERSION",    "AUTH",  "CHECKING",
                                        "ADMITTED", "FORWARDING", "CLOSED"};
    return (size_t)state < sizeof names / sizeof *names ? names[state] : "unknown";
}

/* The diagram of session.h. */
static void move_to(struct apf_session *session, enum apf_state next)
{
    static const uint8_t followers[] = {
        [APF_START] = IN_VERSION | IN_FORWARDING | IN_CLOSED,
        [APF_VERSION] = IN_AUTH | IN_CLOSED,
        [APF_AUTH] = IN_CHECKING | IN_CLOSED,
        [APF_CHECKING] = IN_AUTH | IN_ADMITTED | IN_CLOSED,
        [APF_ADMITTED] = IN_FORWARDING | IN_CLOSED,
        [APF_FORWARDING] = IN_CLOSED,
        [APF_CLOSED] = 0,
    };
    assert((followers[session->state] & 1 << next) != 0);
    session->state = (uint8_t)next;
}

/* ---- life ---- */

static uint32_t value_or(uint32_t value, uint32_t fallback)
{
    return value != 0 ? value : fallback;
}

static uint16_t message_limit(const struct apf_session_options *options)
{
    uint16_t least = options->local ? LOCAL_MESSAGE_LEAST : MESSAGE_DEFAULT;
    if (options->message_limit == 0)
        return MESSAGE_DEFAULT;
    return options->message_limit < least ? least : options->message_limit;
}

/* As LMS says it: triggered by the host, which has no name of its own. */
static void put_version(struct apf_session *session)
{
    static const struct guid nobody;
    apf_put_protocolversion(session->out, 1, 0, LOCAL_TRIGGER, &nobody);
}

struct apf_session *apf_session_new(const struct apf_session_options *options, struct buffer *out,
                                    const struct apf_session_events *events, void *owner)
{
    struct apf_session *session = memory_new(sizeof *session);
    bool local = options->local;
    uint32_t window = value_or(options->window, local ? LOCAL_WINDOW : WINDOW_DEFAULT);
    uint32_t least = local ? LOCAL_WINDOW_LEAST : WINDOW_LEAST;
    if (window < least)
        window = least;
    if (window > WINDOW_MOST)
        window = WINDOW_MOST;
    session->out = out;
    session->events = events;
    session->owner = owner;
    session->options = (struct apf_session_options){
        .window = window,
        .channels_limit = value_or(options->channels_limit, CHANNELS_DEFAULT),
        .keepalive_s = value_or(options->keepalive_s, KEEPALIVE_DEFAULT_S),
        .keepalive_timeout_s = options->keepalive_timeout_s,
        .message_limit = message_limit(options),
        .local = local,
    };
    session->next_id = APF_FIRST_ID;
    session->state = APF_START;
    list_init(&session->channels);
    if (local)
        put_version(session);
    return session;
}

void apf_session_free(struct apf_session *session)
{
    if (session == NULL)
        return;
    assert(!session->processing);
    apf_channels_free(session);
    apf_intake_drop(session);
    free(session);
}

/* Queues DISCONNECT unless `reason` is 0 and tells the channels. */
static void finish(struct apf_session *session, uint32_t reason, const struct error *why)
{
    if (reason != 0)
        apf_put_disconnect(session->out, reason);
    move_to(session, APF_CLOSED);
    apf_channels_end(session, why);
    if (!session->processing) /* otherwise the intake still reads what it kept */
        apf_intake_drop(session);
}

void apf_session_fail(struct apf_session *session, uint32_t reason, enum error_code code,
                      const char *format, ...)
{
    struct error why = {.code = code};
    va_list args;
    if (session->state == APF_CLOSED)
        return;
    va_start(args, format);
    (void)vsnprintf(why.text, sizeof why.text, format, args);
    va_end(args);
    finish(session, reason, &why);
    if (session->events->closed != NULL)
        session->events->closed(session->owner, &why);
}

void apf_session_disconnect(struct apf_session *session, uint32_t reason)
{
    struct error why;
    if (session->state == APF_CLOSED)
        return;
    error_set(&why, ERROR_CONNECTION, "the session was ended: %s",
              apf_disconnect_reason_name(reason));
    finish(session, reason, &why);
}

/* ---- one function per message ---- */

static void on_disconnect(struct apf_session *session, const struct apf_message *message)
{
    uint32_t reason = message->disconnect.reason;
    apf_session_fail(session, 0, ERROR_CONNECTION, "the device disconnected: %s (%u)",
                     apf_disconnect_reason_name(reason), reason);
}

/* The ME's version: its answer to ours, or a session that it begins. Of what was before, nothing is
 * left there. An answer is given to the latter only, so that two who answer each other come to an
 * end. */
static void begin_anew(struct apf_session *session)
{
    struct error why;
    bool answer = session->begun && session->state != APF_START;
    session->begun = false;
    if (session->state == APF_START)
        move_to(session, APF_FORWARDING);
    if (!answer)
        return;
    put_version(session);
    while (session->port_count > 0) {
        uint16_t port = session->ports[--session->port_count];
        if (session->events->forward != NULL)
            session->events->forward(session->owner, (struct slice){NULL, 0}, port, false);
    }
    error_set(&why, ERROR_CONNECTION, "the device has begun its session anew");
    apf_channels_end(session, &why);
}

static void on_version(struct apf_session *session, const struct apf_message *message)
{
    if (message->version.major != 1) {
        apf_session_fail(session, APF_PROTOCOL_VERSION_NOT_SUPPORTED, ERROR_PROTOCOL,
                         "PROTOCOLVERSION: major version %u is not 1", message->version.major);
        return;
    }
    session->guid = message->version.guid;
    if (session->options.local)
        begin_anew(session);
    else
        move_to(session, APF_VERSION);
    if (session->events->version != NULL)
        session->events->version(session->owner, message);
}

static void on_service(struct apf_session *session, const struct apf_message *message)
{
    bool auth = slice_equal_string(message->service.name, service_auth);
    if (!auth && !slice_equal_string(message->service.name, service_forward)) {
        apf_session_fail(session, APF_SERVICE_NOT_AVAILABLE, ERROR_PROTOCOL,
                         "SERVICE_REQUEST: its service name is unknown");
        return;
    }
    if (!session->options.local && auth != (session->state == APF_VERSION)) {
        apf_session_fail(session, APF_PROTOCOL_ERROR, ERROR_PROTOCOL,
                         "SERVICE_REQUEST: its service name %s does not fit the state %s",
                         auth ? service_auth : service_forward, apf_state_name(session->state));
        return;
    }
    apf_put_service_accept(session->out, message->service.name);
    if (!session->options.local)
        move_to(session, auth ? APF_AUTH : APF_FORWARDING);
}

static void refuse(struct apf_session *session)
{
    apf_put_userauth_failure(session->out);
    session->failures++;
    if (session->failures >= FAILURES_LIMIT)
        apf_session_fail(session, APF_NO_MORE_AUTH_METHODS, ERROR_UNAUTHORIZED,
                         "USERAUTH_REQUEST: refused %u times", session->failures);
}

static void on_userauth(struct apf_session *session, const struct apf_message *message)
{
    if (session->options.local) { /* nobody else can be there */
        apf_put_userauth_success(session->out);
        return;
    }
    if (!slice_equal_string(message->userauth.service, service_forward)) {
        apf_session_fail(session, APF_SERVICE_NOT_AVAILABLE, ERROR_PROTOCOL,
                         "USERAUTH_REQUEST: its service name is unknown");
        return;
    }
    if (!message->userauth.has_password) {
        refuse(session);
        return;
    }
    move_to(session, APF_CHECKING);
    session->events->authenticate(session->owner, message->userauth.user,
                                  message->userauth.password);
}

static size_t find_port(const struct apf_session *session, uint32_t port)
{
    size_t i = 0;
    while (i < session->port_count && session->ports[i] != port)
        i++;
    return i;
}

/* Once per session: MPS waits for 5900, the console for the fourth port, and a device that offers
 * fewer or no 5900 never hears from the one or the other (spec device-protocols 1.2). */
static void ask_options(struct apf_session *session, uint32_t port)
{
    if (session->options_asked || session->options.local ||
        (port != OPTIONS_PORT && session->port_count < OPTIONS_PORT_COUNT))
        return;
    session->options_asked = true;
    apf_put_keepalive_options_request(session->out, session->options.keepalive_s,
                                      session->options.keepalive_timeout_s);
}

static void on_forward(struct apf_session *session, const struct apf_message *message)
{
    uint32_t port = message->global.port;
    bool known = find_port(session, port) < session->port_count;
    if (port == 0 || port > UINT16_MAX || (!known && session->port_count == APF_PORTS_LIMIT)) {
        if (message->global.want_reply)
            apf_put_request_failure(session->out);
        return;
    }
    if (message->global.want_reply)
        apf_put_request_success_port(session->out, port);
    if (known) /* offered again: accepted again, as MPS does */
        return;
    session->ports[session->port_count++] = (uint16_t)port;
    ask_options(session, port);
    if (session->events->forward != NULL)
        session->events->forward(session->owner, message->global.address, port, true);
}

static void on_cancel(struct apf_session *session, const struct apf_message *message)
{
    size_t at = find_port(session, message->global.port);
    bool known = at < session->port_count;
    if (message->global.want_reply) {
        if (known)
            apf_put_request_success(session->out);
        else
            apf_put_request_failure(session->out);
    }
    if (!known)
        return;
    session->ports[at] = session->ports[--session->port_count];
    if (session->events->forward != NULL)
        session->events->forward(session->owner, message->global.address, message->global.port,
                                 false);
}

static void on_global(struct apf_session *session, const struct apf_message *message)
{
    switch (message->global.kind) {
    case APF_TCPIP_FORWARD:
        on_forward(session, message);
        break;
    case APF_CANCEL_TCPIP_FORWARD:
        on_cancel(session, message);
        break;
    case APF_UDP_SEND_TO:
        if (message->global.want_reply && session->options.local)
            apf_put_request_failure(session->out); /* it goes nowhere from here */
        else if (message->global.want_reply)
            apf_put_request_success(session->out);
        if (session->events->udp != NULL)
            session->events->udp(session->owner, message);
        break;
    case APF_OTHER_REQUEST:
        if (message->global.want_reply)
            apf_put_request_failure(session->out);
        break;
    }
}

static bool is_admitted(const struct apf_session *session)
{
    return session->state == APF_ADMITTED || session->state == APF_FORWARDING;
}

/* Answered in every state; heard by the owner, who may keep books on the device, only once the
 * device has proven who it is. */
static void on_keepalive(struct apf_session *session, const struct apf_message *message)
{
    apf_put_keepalive_reply(session->out, message->keepalive.cookie);
    if (is_admitted(session) && session->events->keepalive != NULL)
        session->events->keepalive(session->owner);
}

static void on_options(struct apf_session *session, const struct apf_message *message)
{
    if (session->options_asked && session->events->keepalive_options != NULL)
        session->events->keepalive_options(session->owner, message->options.interval_s,
                                           message->options.timeout_s);
}

void apf_session_message(struct apf_session *session, const struct apf_message *message)
{
    session->begun |= message->type == APF_SERVICE_REQUEST || message->type == APF_GLOBAL_REQUEST;
    switch (message->type) {
    case APF_DISCONNECT:
        on_disconnect(session, message);
        break;
    case APF_PROTOCOLVERSION:
        on_version(session, message);
        break;
    case APF_SERVICE_REQUEST:
        on_service(session, message);
        break;
    case APF_USERAUTH_REQUEST:
        on_userauth(session, message);
        break;
    case APF_GLOBAL_REQUEST:
        on_global(session, message);
        break;
    case APF_KEEPALIVE_REQUEST:
        on_keepalive(session, message);
        break;
    case APF_KEEPALIVE_REPLY: /* that something arrived is all it says */
        break;
    case APF_KEEPALIVE_OPTIONS_REPLY:
        on_options(session, message);
        break;
    default:
        apf_channels_message(session, message);
        break;
    }
}

void apf_session_admit(struct apf_session *session, bool admitted)
{
    if (session->state != APF_CHECKING)
        return;
    if (admitted) {
        move_to(session, APF_ADMITTED);
        apf_put_userauth_success(session->out);
    } else {
        move_to(session, APF_AUTH);
        refuse(session);
    }
    apf_intake_resume(session);
}

void apf_session_ping(struct apf_session *session, uint32_t cookie)
{
    if (is_admitted(session))
        apf_put_keepalive_request(session->out, cookie);
}

enum apf_state apf_session_state(const struct apf_session *session)
{
    return session->state;
}

bool apf_session_forwards(const struct apf_session *session, uint32_t port)
{
    return find_port(session, port) < session->port_count;
}

const struct guid *apf_session_guid(const struct apf_session *session)
{
    return &session->guid;
}

uint64_t apf_session_ignored(const struct apf_session *session)
{
    return session->ignored;
}
