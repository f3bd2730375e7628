#include "amt/session.h"

#include "core/clock.h"
#include "core/memory.h"
#include "core/metrics.h"

#include <stdlib.h>
#include <string.h>

#define IN_FLIGHT_DEFAULT  3
#define QUEUE_DEFAULT      64
#define REQUEST_MS_DEFAULT 30000
#define REQUEST_LIMIT      ((size_t)256 * 1024)
#define ITEMS_LIMIT        10000
#define PULLS_LIMIT        2000
#define BEGUN_LEAST        2 /* how often a list is begun whose place was lost */
#define ITEMS_BYTES_LIMIT  ((size_t)32 * 1024 * 1024) /* of arena, for one enumeration */
#define ANSWERS_DEFAULT    ((size_t)64 * 1024 * 1024) /* of arena, for one conversation */
#define RELEASE_MS         5000
#define REASON_LIMIT       180 /* of a fault's reason inside an error */

#define REQUESTS(variable, result)                                                                 \
    METRIC_DEFINE(variable, METRIC_COUNTER, "outband_amt_requests_total", "result=\"" result "\"", \
                  "WSMAN requests to devices, by result.")
REQUESTS(requests_ok, "ok")
REQUESTS(requests_device, "device")
REQUESTS(requests_protocol, "protocol")
REQUESTS(requests_connection, "connection")
REQUESTS(requests_timeout, "timeout")
REQUESTS(requests_busy, "busy")
REQUESTS(requests_cancelled, "cancelled")
REQUESTS(requests_other, "other")
METRIC_DEFINE(repeated_total, METRIC_COUNTER, "outband_amt_repeated_total", NULL,
              "WSMAN requests sent again because the answer was lost.")
METRIC_DEFINE(request_duration, METRIC_HISTOGRAM, "outband_amt_request_seconds", NULL,
              "Time of WSMAN requests to devices that were answered, queueing included.")

struct amt *amt_new(const struct amt_carrier *carrier, const struct amt_options *options)
{
    size_t host = strlen(carrier->host) + 1;
    struct amt *amt = memory_new(sizeof *amt + host);
    amt->carrier = *carrier;
    memcpy(amt->host, carrier->host, host);
    amt->carrier.host = amt->host;
    if (options != NULL)
        amt->options = *options;
    if (amt->options.in_flight_limit == 0)
        amt->options.in_flight_limit = IN_FLIGHT_DEFAULT;
    if (amt->options.queue_limit == 0)
        amt->options.queue_limit = QUEUE_DEFAULT;
    if (amt->options.request_ms == 0)
        amt->options.request_ms = REQUEST_MS_DEFAULT;
    if (amt->options.attempt_ms == 0)
        amt->options.attempt_ms = amt->options.request_ms;
    if (amt->options.answers_limit == 0)
        amt->options.answers_limit = ANSWERS_DEFAULT;
    if (amt->options.elements_limit == 0)
        amt->options.elements_limit = WSMAN_XML_ELEMENTS;
    return amt;
}

void amt_free(struct amt *amt)
{
    session_free(amt->session);
    free(amt);
}

void amt_forget(struct amt *amt)
{
    if (amt->session != NULL)
        session_forget(amt->session);
}

void amt_log_in_with(struct amt *amt, struct slice password)
{
    struct session *session = session_of(amt);
    if (session->user != NULL) /* else both are read with the next request */
        session_take_password(session, password);
}

enum amt_peer amt_peer(const struct amt *amt)
{
    return amt->carrier.peer == NULL ? AMT_PEER_ANYBODY : amt->carrier.peer(amt->carrier.context);
}

bool amt_logged_in_with(const struct amt *amt, struct slice password)
{
    const struct session *session = amt->session;
    return session != NULL && session->password != NULL &&
           slice_equal_secret(slice_of_string(session->password), password);
}

uint32_t amt_denials(const struct amt *amt)
{
    return amt->denials;
}

bool amt_drop_kept(struct amt *amt)
{
    return amt->session != NULL && session_drop_kept(amt->session);
}

bool amt_sequence_begin(struct amt *amt, struct error *err)
{
    struct error why = {ERROR_NONE, ""};
    struct session *session = session_of(amt);
    uint64_t outer = io_deadline_within(amt->options.request_ms);
    bool ok = io_gate_enter(&session->sequence, &why);
    if (ok && amt->carrier.await_earlier != NULL &&
        !amt->carrier.await_earlier(amt->carrier.context, &why)) {
        io_gate_leave(&session->sequence);
        ok = false;
    }
    io_deadline_restore(outer);
    if (ok || err == NULL)
        return ok;
    *err = why;
    if (why.code == ERROR_TIMEOUT) /* of somebody else's conversation, not of the device */
        return error_set(err, ERROR_BUSY, "another change of this device is in progress");
    return why.code == ERROR_BUSY &&
           error_set(err, ERROR_BUSY,
                     "another change of this device is in progress, and %u more wait for their "
                     "turn, the limit",
                     session->sequence.queued);
}

void amt_sequence_end(struct amt *amt)
{
    io_gate_leave(&amt->session->sequence);
}

static struct metric *counter_of(enum error_code code)
{
    switch (code) {
    case ERROR_NONE:
        return &requests_ok;
    case ERROR_DEVICE:
    case ERROR_LOGIN:
        return &requests_device;
    case ERROR_PROTOCOL:
    case ERROR_TOO_LARGE:
        return &requests_protocol;
    case ERROR_CONNECTION:
        return &requests_connection;
    case ERROR_TIMEOUT:
        return &requests_timeout;
    case ERROR_BUSY:
        return &requests_busy;
    case ERROR_CANCELLED:
        return &requests_cancelled;
    default:
        return &requests_other;
    }
}

/* ---- one exchange ---- */

/* A request being made. */
struct request {
    struct wsman_target target; /* with the id that was given to it */
    const char *operation;      /* "Get" …, or the method with `is_method` */
    bool is_method;
    struct buffer text;
    bool repeatable;          /* changes nothing: may reach the device twice */
    struct amt_trace **trace; /* NULL: nobody wants to see it */
};

static struct request request_to(struct amt *amt, const struct wsman_target *target,
                                 const char *operation)
{
    struct request request = {.target = *target, .operation = operation};
    request.target.message_id = session_of(amt)->message_id++;
    buffer_init_secret(&request.text, REQUEST_LIMIT); /* it may hold a password */
    return request;
}

/* The request's entry at the end of its trace. */
static struct amt_trace *note_request(struct arena *arena, const struct request *request)
{
    struct amt_trace **end = request->trace;
    while (*end != NULL)
        end = &(*end)->next;
    *end = arena_alloc(arena, sizeof **end);
    (*end)->request = arena_copy(arena, buffer_slice(&request->text));
    return *end;
}

/* Every error of an exchange says which one it was: callers need not. */
static bool name_request(const struct request *request, struct error *err)
{
    return error_wrap(err, request->is_method ? "%s of %s" : "%s %s", request->operation,
                      request->target.class->name);
}

/* An answer that makes no sense. */
static bool refuse_answer(const struct request *request, struct error *err, const char *text)
{
    error_set(err, ERROR_PROTOCOL, "%s", text);
    return name_request(request, err);
}

static bool fault(const struct wsman_reply *reply, struct error *err)
{
    struct slice reason = slice_first(reply->fault_reason, REASON_LIMIT);
    if (reason.size == 0)
        reason = SLICE_LITERAL("The device refuses the request.");
    return error_set(err, ERROR_DEVICE, "%.*s (%.*s)", SLICE_ARG(reason),
                     SLICE_ARG(slice_first(reply->fault_code, 60)));
}

/* The answer to a request carries its MessageID in RelatesTo; another's is not ours to read. */
static bool is_related(const struct request *request, const struct wsman_reply *reply,
                       struct error *err)
{
    struct slice relates_to = wsman_xml_child_text(reply->header, "RelatesTo");
    uint64_t id = 0;
    if (relates_to.size == 0 ||
        (slice_to_u64(relates_to, UINT32_MAX, &id) && id == request->target.message_id))
        return true;
    return error_set(err, ERROR_PROTOCOL, "the device answered another request");
}

/* Reads the final HTTP answer. */
static bool read_answer(const struct amt *amt, const struct request *request, struct arena *arena,
                        const struct http_response *response, struct wsman_reply *reply,
                        struct error *err)
{
    if (!wsman_reply_parse_within(arena, response->body, amt->options.elements_limit, reply, err)) {
        if (response->status == 200)
            return error_wrap(err, "the device's answer cannot be read");
        return error_set(err, ERROR_PROTOCOL, "the device answered with HTTP status %d",
                         response->status);
    }
    if (!is_related(request, reply, err))
        return false;
    if (reply->is_fault)
        return fault(reply, err);
    if (response->status != 200)
        return error_set(err, ERROR_PROTOCOL, "the device answered with HTTP status %d",
                         response->status);
    return true;
}

/* Worth another attempt: the answer was lost, or a part of it. */
static bool is_lost(const struct error *err)
{
    return err->code == ERROR_TIMEOUT || err->code == ERROR_CONNECTION ||
           err->code == ERROR_PROTOCOL;
}

static bool exchange(struct amt *amt, struct arena *arena, const struct request *request,
                     struct session_answer *answer, struct error *err)
{
    for (uint32_t attempt = 1;; attempt++) {
        uint64_t outer = io_deadline_within(amt->options.attempt_ms);
        bool ok = session_exchange(amt, arena, buffer_slice(&request->text), request->repeatable,
                                   answer, err);
        io_deadline_restore(outer);
        if (ok || !request->repeatable || attempt >= amt->options.attempts || !is_lost(err) ||
            io_deadline_left() == 0)
            return ok;
        metric_add(&repeated_total, 1);
    }
}

/* What came over the wire is not kept beside what was read of it, unless somebody traces. */
static bool run_on_wire(struct amt *amt, struct arena *arena, const struct request *request,
                        struct wsman_reply *reply, struct error *err)
{
    struct session_answer answer;
    struct arena wire;
    struct amt_trace *trace = request->trace == NULL ? NULL : note_request(arena, request);
    arena_init(&wire);
    bool ok = exchange(amt, trace == NULL ? &wire : arena, request, &answer, err);
    if (ok) {
        if (trace != NULL)
            trace->answer = answer.response.body;
        ok = read_answer(amt, request, arena, &answer.response, reply, err);
        if (!ok && reply->is_fault && slice_equal_string(reply->fault_code, "AccessDenied"))
            amt->denials++;
        session_release(amt, &answer, ok || err->code == ERROR_DEVICE);
    }
    arena_fini_wiped(&wire);
    return ok;
}

static bool enter_wire(struct amt *amt, struct error *err)
{
    struct io_gate *wire = &amt->session->wire;
    if (io_gate_enter(wire, err))
        return true;
    if (err->code == ERROR_BUSY)
        return error_set(err, ERROR_BUSY, "%u requests wait for this device already, the limit",
                         wire->queued);
    return error_wrap(err, "waiting for its turn");
}

/* Sends the request, reads the reply and ends the request. */
static bool run(struct amt *amt, struct arena *arena, struct request *request,
                struct wsman_reply *reply, struct error *err)
{
    struct error why = {ERROR_NONE, ""};
    uint64_t began = clock_monotonic_ns();
    uint64_t outer = io_deadline_within(amt->options.request_ms);
    *reply = (struct wsman_reply){0};
    bool ok = buffer_ok(&request->text) ||
              error_set(&why, ERROR_TOO_LARGE, "the request to the device is too large");
    ok = ok && (arena->total <= amt->options.answers_limit ||
                error_set(&why, ERROR_TOO_LARGE, "the device's answers are too large together"));
    if (ok && enter_wire(amt, &why)) {
        ok = run_on_wire(amt, arena, request, reply, &why);
        io_gate_leave(&amt->session->wire);
    } else {
        ok = false;
    }
    io_deadline_restore(outer);
    if (why.code == ERROR_INVALID) /* only capabilities judge what the caller wants */
        why.code = ERROR_INTERNAL;
    buffer_fini(&request->text);
    metric_add(counter_of(why.code), 1);
    if (ok)
        metric_observe(&request_duration, (clock_monotonic_ns() - began) / 1000);
    else
        name_request(request, &why);
    if (!ok && err != NULL)
        *err = why;
    return ok;
}

/* Passes on what a Get or Put brought. */
static void tell(struct amt *amt, const struct wsman_class *class, const struct wsman_reply *reply)
{
    const struct wsman_xml *instance = amt_instance(reply, class);
    if (instance != NULL && amt->carrier.learned != NULL)
        amt->carrier.learned(amt->carrier.context, class, &instance, 1, false);
}

bool amt_get_traced(struct amt *amt, struct arena *arena, const struct wsman_target *target,
                    struct amt_trace **trace, struct wsman_reply *reply, struct error *err)
{
    struct request request = request_to(amt, target, "Get");
    request.repeatable = true;
    request.trace = trace;
    wsman_put_get(&request.text, &request.target);
    if (!run(amt, arena, &request, reply, err))
        return false;
    tell(amt, target->class, reply);
    return true;
}

bool amt_get(struct amt *amt, struct arena *arena, const struct wsman_target *target,
             struct wsman_reply *reply, struct error *err)
{
    return amt_get_traced(amt, arena, target, NULL, reply, err);
}

bool amt_put(struct amt *amt, struct arena *arena, const struct wsman_target *target,
             const struct wsman_xml *instance, const struct wsman_value *changes, size_t count,
             struct wsman_reply *reply, struct error *err)
{
    struct request request = request_to(amt, target, "Put");
    wsman_put_put(&request.text, &request.target, instance, changes, count);
    if (!run(amt, arena, &request, reply, err))
        return false;
    tell(amt, target->class, reply);
    return true;
}

bool amt_delete(struct amt *amt, struct arena *arena, const struct wsman_target *target,
                struct wsman_reply *reply, struct error *err)
{
    struct request request = request_to(amt, target, "Delete");
    wsman_put_delete(&request.text, &request.target);
    return run(amt, arena, &request, reply, err);
}

bool amt_create(struct amt *amt, struct arena *arena, const struct wsman_target *target,
                const struct wsman_value *values, size_t count, struct wsman_reply *reply,
                struct error *err)
{
    struct request request = request_to(amt, target, "Create");
    wsman_put_create(&request.text, &request.target, values, count);
    return run(amt, arena, &request, reply, err);
}

bool amt_invoke(struct amt *amt, struct arena *arena, const struct wsman_target *target,
                const char *method, const struct wsman_value *values, size_t count,
                struct wsman_reply *reply, int64_t *return_value, struct error *err)
{
    struct request request = request_to(amt, target, method);
    request.is_method = true;
    wsman_put_invoke(&request.text, &request.target, method, values, count);
    if (!run(amt, arena, &request, reply, err))
        return false;
    const struct wsman_xml *output =
        wsman_xml_child(reply->body, arena_printf(arena, "%s_OUTPUT", method));
    if (output == NULL)
        return refuse_answer(&request, err, "the device's answer has no result");
    uint64_t value = 0;
    bool sent = slice_to_u64(wsman_xml_child_text(output, "ReturnValue"), UINT32_MAX, &value);
    *return_value = sent ? (int64_t)value : -1;
    return true;
}

/* ---- enumerations ---- */

struct enumeration {
    struct amt_items *items;
    struct amt_trace **trace;
    size_t capacity;
    struct slice context;
    bool over;
    bool lost; /* the place in the list: it can only be begun again */
};

static bool take_items(struct arena *arena, struct enumeration *e, const struct wsman_xml *items,
                       struct error *err)
{
    const struct wsman_xml *item = items == NULL ? NULL : items->first;
    for (; item != NULL; item = item->next) {
        if (e->items->count == ITEMS_LIMIT)
            return error_set(err, ERROR_TOO_LARGE, "the device has more than %d instances",
                             ITEMS_LIMIT);
        if (e->items->count == e->capacity) {
            e->capacity = e->capacity == 0 ? 8 : 2 * e->capacity;
            const struct wsman_xml **grown = arena_array(arena, e->capacity, sizeof *grown);
            for (size_t i = 0; i < e->items->count; i++)
                grown[i] = e->items->items[i];
            e->items->items = grown;
        }
        e->items->items[e->items->count++] = item;
    }
    return true;
}

/* Whether nobody knows any more how far the list was read. An answer was lost, and whether the
 * device has gone on is its secret: asked with the same context it says that this is invalid, or
 * goes on behind the instances that were lost. Or it has given up the list for another client's. */
static bool has_lost_place(const struct amt *amt, const struct wsman_reply *reply,
                           const struct error *err)
{
    if (err->code == ERROR_DEVICE)
        return slice_equal_string(reply->fault_code, "InvalidEnumerationContext");
    return err->code == ERROR_CONNECTION || err->code == ERROR_PROTOCOL ||
           (err->code == ERROR_TIMEOUT && amt->options.attempts > 1);
}

/* One Pull. A context together with EndOfSequence is the end; firmware that wants to be asked
 * again sends the next context, or the same one, without EndOfSequence (device-protocols 5.3). */
static bool pull(struct amt *amt, struct arena *arena, const struct wsman_target *target,
                 struct enumeration *e, struct error *err)
{
    struct request request = request_to(amt, target, "Pull");
    struct error why;
    request.trace = e->trace;
    wsman_put_pull(&request.text, &request.target, e->context);
    if (!run(amt, arena, &request, &e->items->last, &why)) {
        e->lost = has_lost_place(amt, &e->items->last, &why);
        if (err != NULL)
            *err = why;
        return false;
    }
    const struct wsman_xml *response = wsman_xml_child(e->items->last.body, "PullResponse");
    if (response == NULL)
        return refuse_answer(&request, err, "the device's answer has no items");
    size_t before = e->items->count;
    if (!take_items(arena, e, wsman_xml_child(response, "Items"), err))
        return name_request(&request, err);
    e->context = wsman_xml_child_text(response, "EnumerationContext");
    e->over = wsman_xml_child(response, "EndOfSequence") != NULL || e->context.size == 0;
    if (!e->over && e->items->count == before)
        return refuse_answer(&request, err, "the device's list does not end");
    return true;
}

/* Tells the device that a list is not read to its end, so that it can forget its context: only one
 * that has just answered. After a lost connection, a timeout or a cancellation it would be another
 * wait for nothing, and a device that faults has ended the list itself. Its shield is not that of
 * clean-up: the device forgets the context anyway, and no connection is worth it to an address that
 * no longer counts. */
static void release(struct amt *amt, const struct wsman_target *target, const struct enumeration *e)
{
    const struct wsman_reply *last = &e->items->last;
    if (e->over || e->context.size == 0 || last->body == NULL || last->is_fault)
        return;
    struct arena scratch;
    struct wsman_reply reply;
    arena_init(&scratch);
    struct request request = request_to(amt, target, "Release");
    wsman_put_release(&request.text, &request.target, e->context);
    struct io_shield shield = io_shield_begin_for_answer(RELEASE_MS);
    (void)run(amt, &scratch, &request, &reply, NULL);
    io_shield_end(shield);
    arena_fini_wiped(&scratch);
}

static bool pull_all(struct amt *amt, struct arena *arena, const struct wsman_target *target,
                     struct enumeration *e, struct error *err)
{
    size_t before = arena->total;
    for (unsigned pulls = 0; !e->over; pulls++) {
        if (pulls == PULLS_LIMIT || arena->total - before > ITEMS_BYTES_LIMIT)
            return error_set(err, ERROR_TOO_LARGE, "Enumerate %s: the device's list is too long",
                             target->class->name);
        if (!pull(amt, arena, target, e, err))
            return false;
    }
    return true;
}

static bool enumerate(struct amt *amt, struct arena *arena, const struct wsman_target *target,
                      struct enumeration *e, struct error *err)
{
    struct request request = request_to(amt, target, "Enumerate");
    request.repeatable = true;
    request.trace = e->trace;
    *e->items = (struct amt_items){.count = 0};
    wsman_put_enumerate(&request.text, &request.target);
    if (!run(amt, arena, &request, &e->items->last, err))
        return false;
    e->context = wsman_xml_child_text(wsman_xml_child(e->items->last.body, "EnumerateResponse"),
                                      "EnumerationContext");
    if (e->context.size == 0)
        return refuse_answer(&request, err, "the device did not begin its list");
    return pull_all(amt, arena, target, e, err);
}

bool amt_enumerate_traced(struct amt *amt, struct arena *arena, const struct wsman_target *target,
                          struct amt_trace **trace, struct amt_items *items, struct error *err)
{
    unsigned most = amt->options.attempts > BEGUN_LEAST ? amt->options.attempts : BEGUN_LEAST;
    struct enumeration e;
    for (unsigned begun = 1;; begun++) {
        e = (struct enumeration){.items = items, .trace = trace};
        if (enumerate(amt, arena, target, &e, err))
            break;
        if (!e.lost)
            release(amt, target, &e);
        if (!e.lost || begun == most || io_deadline_left() == 0)
            return false;
        metric_add(&repeated_total, 1);
    }
    if (amt->carrier.learned != NULL)
        amt->carrier.learned(amt->carrier.context, target->class, items->items, items->count, true);
    return true;
}

bool amt_enumerate(struct amt *amt, struct arena *arena, const struct wsman_target *target,
                   struct amt_items *items, struct error *err)
{
    return amt_enumerate_traced(amt, arena, target, NULL, items, err);
}

const struct wsman_xml *amt_instance(const struct wsman_reply *reply,
                                     const struct wsman_class *class)
{
    const struct wsman_xml *element = wsman_xml_child(reply->body, class->name);
    return element != NULL && wsman_class_of_uri(element->space) == class ? element : NULL;
}
