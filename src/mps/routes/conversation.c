#include "mps/routes/conversation.h"

#include "events/events.h"
#include "io/fiber.h"
#include "mps/mps.h"
#include "mps/routes/error_answer.h"
#include "mps/routes/routes.h"

#define DEVICE_MS 60000

struct entry {
    const struct routes_conversation *what;
    struct events *events;
    struct guid guid;
    bool (*fn)(struct amt *amt, void *arg, struct error *err);
    void *arg;
    bool entered; /* the device was there */
};

/* On the device's shard. */
static bool enter(struct amt *amt, void *arg, struct error *err)
{
    struct entry *entry = arg;
    entry->entered = true;
    if (entry->what->requested != NULL)
        events_publish(entry->events, EVENTS_REQUEST,
                       entry->what->request_event != NULL ? entry->what->request_event
                                                          : entry->what->event,
                       entry->what->requested, &entry->guid);
    return entry->fn(amt, entry->arg, err);
}

/* The toolkit's sentence, then the cause. */
static const char *describe(struct http_exchange *exchange, const char *sentence,
                            const struct error *err)
{
    return arena_printf(exchange->arena, "%s: %s", sentence, err->text);
}

static void answer_fault(struct http_exchange *exchange, const struct routes_conversation *what,
                         const struct entry *entry, const struct error *err)
{
    if (what->refused_event != NULL)
        events_publish(entry->events, EVENTS_FAIL, what->event, what->refused_event, &entry->guid);
    struct slice guid = http_parameter(exchange, "guid");
    const char *sentence =
        arena_printf(exchange->arena, "%s for guid : %.*s.", what->refused, SLICE_ARG(guid));
    routes_answer_error(exchange, 400, describe(exchange, sentence, err));
}

/* The shape of power/bootSources (spec mps 1.11). */
static void answer_details(struct http_exchange *exchange, int status, const char *sentence,
                           const struct error *err)
{
    struct json_writer json = http_answer_json(exchange, status);
    json_open_object(&json);
    json_put_member_string(&json, "error", sentence);
    json_put_member_string(&json, "details", err->text);
    json_close_object(&json);
}

/* The status of a failure that is not the device's own refusal. */
static int status_of(enum error_code code)
{
    switch (code) {
    case ERROR_UNSUPPORTED:
    case ERROR_PROTOCOL:
    case ERROR_CONNECTION:
    case ERROR_TIMEOUT:
        return error_http_status(code);
    case ERROR_TOO_LARGE: /* the device's answer, not the client's request */
        return error_http_status(ERROR_PROTOCOL);
    default:
        return 500;
    }
}

static void answer_failure(struct http_exchange *exchange, const struct routes_conversation *what,
                           const struct entry *entry, const struct error *err)
{
    if (err->code == ERROR_NOT_FOUND && !entry->entered) {
        routes_answer_absent(exchange);
        return;
    }
    if (http_answer_busy(exchange, err))
        return;
    bool refused = err->code == ERROR_DEVICE || err->code == ERROR_LOGIN;
    if (refused && what->refused != NULL) {
        answer_fault(exchange, what, entry, err);
        return;
    }
    if (err->code == ERROR_INVALID &&
        entry->entered) { /* what was asked does not fit this device */
        routes_answer_error(exchange, 400, arena_printf(exchange->arena, "%s", err->text));
        return;
    }
    if (what->exception_event)
        events_publish(entry->events, EVENTS_FAIL, what->event,
                       what->exception_message != NULL ? what->exception_message
                                                       : "Internal Service Error",
                       what->exception_has_guid ? &entry->guid : NULL);
    if (err->code != ERROR_UNSUPPORTED)
        http_log_failure(exchange, err);
    if (what->details)
        answer_details(exchange, status_of(err->code), what->exception, err);
    else
        routes_answer_error(exchange, status_of(err->code),
                            describe(exchange, what->exception, err));
}

bool routes_converse(struct http_exchange *exchange, const struct routes_conversation *what,
                     bool (*fn)(struct amt *amt, void *arg, struct error *err), void *arg)
{
    struct mps_application *application = routes_application(exchange);
    struct entry entry = {
        .what = what,
        .events = application->events,
        .fn = fn,
        .arg = arg,
    };
    if (!routes_guid(exchange, &entry.guid)) {
        routes_answer_absent(exchange);
        return false;
    }
    struct error err;
    error_clear(&err);
    uint64_t outer =
        io_deadline_within(application->device_ms > 0 ? application->device_ms : DEVICE_MS);
    bool ok = mps_device_converse(application->mps, &entry.guid, routes_tenant(exchange), enter,
                                  &entry, &err);
    io_deadline_restore(outer);
    if (ok)
        return true;
    answer_failure(exchange, what, &entry, &err);
    return false;
}

void routes_conversation_succeeded(struct http_exchange *exchange,
                                   const struct routes_conversation *what)
{
    struct guid guid;
    bool named = what->received_has_guid && routes_guid(exchange, &guid);
    if (what->received != NULL)
        events_publish(routes_application(exchange)->events, EVENTS_SUCCESS, what->event,
                       what->received, named ? &guid : NULL);
}

void routes_conversation_failed(struct http_exchange *exchange,
                                const struct routes_conversation *what, const char *message)
{
    struct guid guid;
    bool named = routes_guid(exchange, &guid);
    events_publish(routes_application(exchange)->events, EVENTS_FAIL, what->event, message,
                   named ? &guid : NULL);
}

void routes_conversation_not_found(struct http_exchange *exchange,
                                   const struct routes_conversation *what, const char *message)
{
    struct slice guid = http_parameter(exchange, "guid");
    routes_conversation_failed(exchange, what, message);
    http_answer_error(
        exchange, 404, message,
        arena_printf(exchange->arena, "%s for guid : %.*s.", message, SLICE_ARG(guid)));
}
