#include "device.h"

#include "core/memory.h"
#include "io/loop.h"
#include "io/simulated.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct wire_stream {
    struct io_stream stream;
    struct device *device;
    struct buffer request;
    struct buffer answer;
    const struct step *step; /* being answered */
    bool waited;
    bool ended;
};

static size_t content_length(const char *head)
{
    const char *at = strcasestr(head, "\r\nContent-Length: ");
    return at == NULL ? 0 : (size_t)strtoul(at + 18, NULL, 10);
}

/* A recorded envelope with the id of the request in RelatesTo. */
static void put_recorded(struct buffer *to, const char *recorded, const char *request)
{
    const char *id = strstr(request, "<a:MessageID>");
    const char *begin = strstr(recorded, "<b:RelatesTo>");
    const char *end = strstr(recorded, "</b:RelatesTo>");
    assert_true(id != NULL && begin != NULL && end != NULL);
    buffer_put(to, slice_of(recorded, (size_t)(begin - recorded)));
    buffer_printf(to, "<b:RelatesTo>%lu", strtoul(id + 13, NULL, 10));
    buffer_put_text(to, end);
}

static void put_body(struct buffer *to, const struct step *step, const char *request)
{
    if (step->recorded != NULL) {
        put_recorded(to, step->recorded, request);
        return;
    }
    if (!step->soap) {
        buffer_put_text(to, step->body == NULL ? "" : step->body);
        return;
    }
    const char *id = strstr(request, "<a:MessageID>");
    unsigned long number = id == NULL ? 0 : strtoul(id + 13, NULL, 10);
    buffer_printf(to,
                  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
                  "<a:Envelope xmlns:a=\"http://www.w3.org/2003/05/soap-envelope\""
                  " xmlns:b=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\">"
                  "<a:Header><b:RelatesTo>%lu</b:RelatesTo></a:Header><a:Body>%s</a:Body>"
                  "</a:Envelope>",
                  number, step->body);
}

static void put_answer(struct buffer *to, const struct step *step, const char *request)
{
    if (step->raw != NULL) {
        buffer_put_text(to, step->raw);
        return;
    }
    struct buffer body;
    buffer_init(&body, 4u << 20);
    put_body(&body, step, request);
    buffer_printf(to, "HTTP/1.1 %d X\r\n%s", step->status,
                  step->headers == NULL ? "" : step->headers);
    if (!step->chunked) {
        buffer_printf(to, "Content-Length: %zu\r\n\r\n", buffer_size(&body));
        buffer_put(to, buffer_slice(&body));
    } else {
        buffer_put_text(to, "Transfer-Encoding: chunked\r\n\r\n");
        while (buffer_size(&body) > 0) {
            struct slice chunk = slice_first(buffer_slice(&body), 100);
            buffer_printf(to, "%04zX\r\n", chunk.size);
            buffer_put(to, chunk);
            buffer_put_text(to, "\r\n");
            buffer_consume(&body, chunk.size);
        }
        buffer_put_text(to, "0\r\n\r\n");
    }
    buffer_fini(&body);
}

/* Takes a complete request off the stream, if there is one, and prepares its answer. */
static void take_request(struct wire_stream *wire)
{
    struct device *device = wire->device;
    struct slice got = buffer_slice(&wire->request);
    const uint8_t *end = memmem(got.data, got.size, "\r\n\r\n", 4);
    if (end == NULL)
        return;
    char *text = memory_string(got);
    size_t size = (size_t)(end - got.data) + 4 + content_length(text);
    if (got.size < size || device->taken == device->step_count ||
        device->taken == DEVICE_REQUESTS) {
        if (got.size >= size)
            device->complaint = "a request that the script does not know";
        free(text);
        return;
    }
    buffer_consume(&wire->request, size);
    wire->step = &device->steps[device->taken];
    wire->waited = false;
    if (wire->step->expect != NULL && strstr(text, wire->step->expect) == NULL) {
        print_error("step %zu wants \"%s\" in:\n%s\n", device->taken, wire->step->expect, text);
        device->complaint = "a request out of order";
    }
    put_answer(&wire->answer, wire->step, text);
    device->requests[device->taken++] = text;
    if (++device->in_flight > device->most_in_flight)
        device->most_in_flight = device->in_flight;
}

static bool wire_write(struct io_stream *stream, struct slice bytes, struct error *err)
{
    struct wire_stream *wire = (struct wire_stream *)(void *)stream;
    struct device *device = wire->device;
    if (device->taken < device->step_count && device->steps[device->taken].drops) {
        wire->ended = true;
        device->requests[device->taken++] = memory_string(bytes);
        return true;
    }
    if (wire->ended)
        return error_set(err, ERROR_CONNECTION, "the double's stream has ended");
    buffer_put(&wire->request, bytes);
    take_request(wire);
    return true;
}

static void answer_left(struct wire_stream *wire)
{
    wire->device->in_flight--;
    wire->ended = wire->step->closes || wire->step->tires;
    wire->step = NULL;
}

static bool wire_read(struct io_stream *stream, void *to, size_t size, size_t *got,
                      struct error *err)
{
    struct wire_stream *wire = (struct wire_stream *)(void *)stream;
    *got = 0;
    if (wire->ended)
        return true;
    const struct step *step = wire->step;
    if (step == NULL || (step->status == 0 && step->raw == NULL && !step->closes)) {
        struct io_wait never = {NULL, false};
        return io_wait_for(&never, IO_FOREVER, err);
    }
    if (!wire->waited && step->delay_ms > 0) {
        wire->waited = true;
        if (!io_sleep(step->delay_ms, err))
            return false;
    }
    struct slice part = slice_first(buffer_slice(&wire->answer), size);
    if (step->status == 0 && step->raw == NULL)
        part.size = 0;
    if (step->piece > 0)
        part = slice_first(part, step->piece);
    if (part.size > 0)
        memcpy(to, part.data, part.size);
    *got = part.size;
    buffer_consume(&wire->answer, part.size);
    if (buffer_size(&wire->answer) == 0 || part.size == 0)
        answer_left(wire);
    return true;
}

static void wire_close(struct io_stream *stream)
{
    struct wire_stream *wire = (struct wire_stream *)(void *)stream;
    wire->device->closed++;
    if (wire->step != NULL)
        wire->device->in_flight--;
    buffer_fini(&wire->request);
    buffer_fini(&wire->answer);
    free(wire);
}

static const struct io_stream_methods wire_methods = {wire_read, wire_write, wire_close};

static bool open_stream(void *context, uint16_t port, struct io_stream **stream, struct error *err)
{
    struct device *device = context;
    if (device->misnamed)
        return error_set(err, ERROR_INVALID, "the double has no such host");
    if (device->unreachable)
        return error_set(err, ERROR_CONNECTION, "the double is unreachable");
    if (port != 16992)
        device->complaint = "another port than 16992";
    if (!io_sleep(1, err))
        return false;
    struct wire_stream *wire = memory_new(sizeof *wire);
    wire->stream.methods = &wire_methods;
    wire->device = device;
    buffer_init(&wire->request, 1u << 20);
    buffer_init(&wire->answer, 8u << 20);
    device->opened++;
    *stream = &wire->stream;
    return true;
}

static bool credentials(void *context, struct arena *arena, struct slice *user,
                        struct slice *password, struct error *err)
{
    struct device *device = context;
    device->credential_reads++;
    if (!io_sleep(1, err))
        return false;
    *user = SLICE_LITERAL("admin");
    *password = arena_copy(arena, slice_of_string(device->password));
    return true;
}

static bool candidates(void *context, struct arena *arena, struct slice *passwords, size_t *count,
                       struct error *err)
{
    struct device *device = context;
    device->candidate_reads++;
    if (!io_sleep(1, err))
        return false;
    for (*count = 0; *count < AMT_CANDIDATES && device->candidates[*count] != NULL; ++*count)
        passwords[*count] = arena_copy(arena, slice_of_string(device->candidates[*count]));
    return true;
}

static void found(void *context, struct slice password)
{
    struct device *device = context;
    (void)io_sleep(1, NULL);
    (void)snprintf(device->found, sizeof device->found, "%.*s", SLICE_ARG(password));
    device->password = device->found;
    device->candidates[0] = NULL;
}

static bool revise(void *context, struct error *err)
{
    struct device *device = context;
    if (device->elsewhere && !io_is_cleaning_up())
        return error_set(err, ERROR_BUSY, "the double is reached otherwise");
    if (device->outdated)
        amt_forget(device->amt);
    device->outdated = false;
    return true;
}

void device_start(struct device *device, const struct step *steps, size_t count,
                  const struct amt_options *options)
{
    *device = (struct device){.steps = steps, .step_count = count, .password = "P@ssw0rd"};
    struct amt_carrier carrier = {.open = open_stream,
                                  .credentials = credentials,
                                  .candidates = candidates,
                                  .found = found,
                                  .revise = revise,
                                  .context = device,
                                  .host = "guid:16992"};
    assert_non_null(io_simulated_start());
    device->amt = amt_new(&carrier, options);
}

void device_stop(struct device *device)
{
    amt_free(device->amt);
    io_simulated_stop();
    if (device->complaint != NULL)
        fail_msg("%s", device->complaint);
    assert_int_equal(device->taken, device->step_count);
    assert_int_equal(device->opened, device->closed);
    assert_int_equal(device->in_flight, 0);
    for (size_t i = 0; i < device->taken; i++)
        free(device->requests[i]);
}

void device_parameter(const struct device *device, size_t request, const char *name, char *value,
                      size_t size)
{
    char pattern[40];
    assert_true(request < device->taken);
    const char *header = strstr(device->requests[request], "Authorization: Digest ");
    assert_non_null(header);
    (void)snprintf(pattern, sizeof pattern, "%s=\"", name);
    const char *at = strstr(header, pattern);
    while (at != NULL && at[-1] != ',' && at[-1] != ' ')
        at = strstr(at + 1, pattern);
    assert_non_null(at);
    if (at == NULL)
        return;
    at += strlen(pattern);
    size_t length = strcspn(at, "\"\r");
    assert_true(length < size);
    memcpy(value, at, length);
    value[length] = '\0';
}

bool device_request_has(const struct device *device, size_t request, const char *text)
{
    return request < device->taken && strstr(device->requests[request], text) != NULL;
}

static void call_main(void *arg)
{
    struct call *call = arg;
    uint64_t began = io_now();
    call->ok = call->run(call);
    call->took_ms = io_now() - began;
    call->over = true;
}

void call_start(struct call *call, struct device *device, bool (*run)(struct call *call))
{
    *call = (struct call){.device = device, .run = run, .action = call->action};
    arena_init(&call->arena);
    assert_true(io_task_start(&call->task, call_main, call, NULL));
}

void call_for(struct call *call, struct device *device, bool (*run)(struct call *call), uint64_t ms)
{
    call_start(call, device, run);
    io_simulated_advance(ms);
    assert_true(call->over);
}

void call_end(struct call *call)
{
    assert_true(call->over);
    arena_fini(&call->arena);
}

bool call_get(struct call *call)
{
    const struct wsman_target target = {.class = &wsman_AMT_GeneralSettings};
    return amt_get(call->device->amt, &call->arena, &target, &call->reply, &call->err);
}
