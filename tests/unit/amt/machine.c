#include "machine.h"

#include "core/memory.h"
#include "io/loop.h"
#include "io/simulated.h"
#include "sim/instance.h"
#include "sim/object.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#define PASSWORD "P@ssw0rd"
#define LIMIT    (8u << 20)
#define LINES    2000

struct machine_stream {
    struct io_stream stream;
    struct machine *machine;
    struct sim_service *service;
    struct buffer request;
    struct buffer answer;
    bool ended;
};

static void on_send(void *owner, struct slice bytes)
{
    struct machine_stream *wire = owner;
    buffer_put(&wire->answer, bytes);
}

static const struct sim_service_events events = {.send = on_send};

static void put_fault(struct machine_stream *wire, const char *request)
{
    static const char fault[] =
        "<a:Fault><a:Code><a:Value>a:Sender</a:Value><a:Subcode><a:Value>e:AccessDenied</a:Value>"
        "</a:Subcode></a:Code><a:Reason><a:Text>The sender was not authorized to access the "
        "resource.</a:Text></a:Reason><a:Detail></a:Detail></a:Fault>";
    const char *id = strstr(request, "<a:MessageID>");
    struct buffer body;
    buffer_init(&body, LIMIT);
    buffer_printf(&body,
                  "<a:Envelope xmlns:a=\"http://www.w3.org/2003/05/soap-envelope\" "
                  "xmlns:b=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\"><a:Header>"
                  "<b:RelatesTo>%lu</b:RelatesTo></a:Header><a:Body>%s</a:Body></a:Envelope>",
                  id == NULL ? 0 : strtoul(id + 13, NULL, 10), fault);
    buffer_printf(&wire->answer, "HTTP/1.1 400 Bad Request\r\nContent-Length: %zu\r\n\r\n",
                  buffer_size(&body));
    buffer_put(&wire->answer, buffer_slice(&body));
    buffer_fini(&body);
}

/* The action of a request that changes something. */
static void note_change(struct machine *machine, const char *request)
{
    const char *action = strstr(request, "<a:Action>");
    const char *end = action == NULL ? NULL : strstr(action, "</a:Action>");
    if (end == NULL || strstr(request, "enumeration/") != NULL ||
        strstr(request, "transfer/Get<") != NULL)
        return;
    free(machine->changing);
    machine->changing = memory_string(slice_of(action + 10, (size_t)(end - action) - 10));
}

static void hand_over(struct machine_stream *wire, const char *request)
{
    struct machine *machine = wire->machine;
    bool counts = strstr(request, "\r\nAuthorization: ") != NULL;
    bool fails = counts && ++machine->exchanges == machine->fail_at;
    machine->failed = machine->failed || fails;
    if (counts)
        note_change(machine, request);
    if (fails && machine->failure == MACHINE_FAULTS) {
        put_fault(wire, request);
        return;
    }
    sim_service_feed(wire->service, slice_of_string(request), io_now());
    if (fails) {
        buffer_clear(&wire->answer);
        wire->ended = true;
    }
}

static size_t content_length(const char *head)
{
    const char *at = strcasestr(head, "\r\nContent-Length: ");
    return at == NULL ? 0 : (size_t)strtoul(at + 18, NULL, 10);
}

static bool wire_write(struct io_stream *stream, struct slice bytes, struct error *err)
{
    struct machine_stream *wire = (struct machine_stream *)(void *)stream;
    if (wire->ended)
        return error_set(err, ERROR_CONNECTION, "the machine's stream has ended");
    buffer_put(&wire->request, bytes);
    struct slice got = buffer_slice(&wire->request);
    const uint8_t *end = memmem(got.data, got.size, "\r\n\r\n", 4);
    char *text = memory_string(got);
    if (end != NULL && got.size >= (size_t)(end - got.data) + 4 + content_length(text)) {
        buffer_clear(&wire->request); /* nobody pipelines */
        hand_over(wire, text);
    }
    free(text);
    return true;
}

static bool wire_read(struct io_stream *stream, void *to, size_t size, size_t *got,
                      struct error *err)
{
    struct machine_stream *wire = (struct machine_stream *)(void *)stream;
    *got = 0;
    while (buffer_size(&wire->answer) == 0) {
        if (wire->ended || wire->service->finished)
            return true;
        if (!io_sleep(1, err))
            return false;
        sim_device_tick(&wire->machine->device, io_now());
        sim_service_tick(wire->service, io_now());
    }
    struct slice part = slice_first(buffer_slice(&wire->answer), size);
    memcpy(to, part.data, part.size);
    *got = part.size;
    buffer_consume(&wire->answer, part.size);
    return true;
}

static void wire_close(struct io_stream *stream)
{
    struct machine_stream *wire = (struct machine_stream *)(void *)stream;
    sim_service_free(wire->service, io_now());
    buffer_fini(&wire->request);
    buffer_fini(&wire->answer);
    free(wire);
}

static const struct io_stream_methods wire_methods = {wire_read, wire_write, wire_close};

static bool open_stream(void *context, uint16_t port, struct io_stream **stream, struct error *err)
{
    struct machine *machine = context;
    if (machine->failed && machine->failure == MACHINE_LOSES_ALL && !io_is_cleaning_up())
        return error_set(err, ERROR_CONNECTION, "the machine is not reached any more");
    struct machine_stream *wire = memory_new(sizeof *wire);
    wire->stream.methods = &wire_methods;
    wire->machine = machine;
    buffer_init(&wire->request, LIMIT);
    buffer_init(&wire->answer, LIMIT);
    wire->service = sim_service_new(&machine->host, port, &events, wire, io_now());
    assert_non_null(wire->service);
    *stream = &wire->stream;
    return true;
}

static bool credentials(void *context, struct arena *arena, struct slice *user,
                        struct slice *password, struct error *err)
{
    (void)context;
    (void)err;
    *user = SLICE_LITERAL("admin");
    *password = arena_copy(arena, SLICE_LITERAL(PASSWORD));
    return true;
}

void machine_start(struct machine *machine, const char *personality)
{
    static const struct amt_options one_by_one = {.in_flight_limit = 1};
    const struct guid guid = {{1}};
    memset(machine, 0, sizeof *machine);
    arena_init(&machine->arena);
    assert_non_null(io_simulated_start());
    sim_device_init(&machine->device, sim_personality_find(slice_of_string(personality)), &guid, 1);
    sim_authenticator_init(&machine->authenticator, "admin", machine->device.realm,
                           SLICE_LITERAL(PASSWORD));
    sim_service_host_init(&machine->host, &machine->device, &machine->authenticator);
    const struct amt_carrier carrier = {.open = open_stream,
                                        .credentials = credentials,
                                        .context = machine,
                                        .host = "machine:16992"};
    machine->amt = amt_new(&carrier, &one_by_one);
}

void machine_stop(struct machine *machine)
{
    amt_free(machine->amt);
    io_simulated_stop();
    sim_tls_identity_fini(&machine->host.tls);
    sim_authenticator_fini(&machine->authenticator);
    sim_device_fini(&machine->device);
    free(machine->changing);
    arena_fini(&machine->arena);
}

void machine_run(struct machine *machine, void (*run)(void *arg), void *arg)
{
    struct io_task task = {.fiber = NULL};
    (void)machine;
    assert_true(io_task_start(&task, run, arg, NULL));
    for (unsigned seconds = 0; io_task_running(&task) && seconds < 3600; seconds++)
        io_simulated_advance(1000);
    assert_false(io_task_running(&task));
}

static void converse(void *arg)
{
    struct machine_call *call = arg;
    call->ok = call->run(call->machine->amt, &call->machine->arena, call->arg, &call->err);
}

bool machine_converse(struct machine *machine,
                      bool (*run)(struct amt *amt, struct arena *arena, void *arg,
                                  struct error *err),
                      void *arg, struct error *err)
{
    struct machine_call call = {.machine = machine, .run = run, .arg = arg};
    machine_run(machine, converse, &call);
    if (!call.ok && call.err.code == ERROR_NONE)
        fail_msg("failed without an error");
    if (err != NULL)
        *err = call.err;
    return call.ok;
}

void machine_must(struct machine *machine,
                  bool (*run)(struct amt *amt, struct arena *arena, void *arg, struct error *err),
                  void *arg)
{
    struct error err;
    if (!machine_converse(machine, run, arg, &err))
        fail_msg("%s", err.text);
}

void machine_plan(struct machine *machine, unsigned fail_at, enum machine_failure failure)
{
    free(machine->changing);
    machine->changing = NULL;
    machine->exchanges = 0;
    machine->failed = false;
    machine->fail_at = fail_at;
    machine->failure = failure;
}

/* ---- looking at it ---- */

static const struct sim_personality_instance *at(const struct machine *machine, const char *class,
                                                 size_t index)
{
    struct sim_walk walk = {.device = &machine->device};
    const struct sim_personality_instance *found = sim_walk_next_of(&walk, class);
    for (; found != NULL && index > 0; index--)
        found = sim_walk_next_of(&walk, class);
    return found;
}

struct slice machine_value(const struct machine *machine, const char *class, size_t index,
                           const char *property)
{
    const struct sim_personality_instance *found = at(machine, class, index);
    return found == NULL ? (struct slice){NULL, 0}
                         : sim_object_get(&machine->device, found, property);
}

size_t machine_count(const struct machine *machine, const char *class)
{
    return sim_object_count(&machine->device, class);
}

void machine_set(struct machine *machine, const char *class, size_t index, const char *property,
                 const char *text)
{
    const struct sim_personality_instance *found = at(machine, class, index);
    assert_non_null(found);
    sim_object_set(&machine->device, found, property, slice_of_string(text));
}

void machine_add(struct machine *machine, const char *class, const char *property, const char *text)
{
    const struct wsman_class *of = wsman_class_find(slice_of_string(class));
    assert_non_null(of);
    const struct sim_personality_instance *added = sim_object_add(&machine->device, of);
    sim_object_set(&machine->device, added, property, slice_of_string(text));
}

void machine_remove(struct machine *machine, const char *class)
{
    while (machine_count(machine, class) > 0)
        sim_object_remove(&machine->device, at(machine, class, 0));
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "Class?A=1&Name=x": the part that tells instances apart. */
static struct slice short_reference(struct slice text)
{
    struct slice rest = text;
    (void)slice_split(&rest, '?');
    while (rest.size > 0) {
        struct slice part = slice_split(&rest, '&');
        if (slice_starts_with(part, SLICE_LITERAL("Name=")) ||
            slice_starts_with(part, SLICE_LITERAL("PolicyRuleName=")) ||
            slice_starts_with(part, SLICE_LITERAL("InstanceID=")))
            return part;
    }
    return text;
}

static size_t snap_class(const struct machine *machine, struct arena *arena, const char *name,
                         char **lines, size_t count)
{
    const struct wsman_class *class = wsman_class_find(slice_of_string(name));
    struct sim_walk walk = {.device = &machine->device};
    const struct sim_personality_instance *found;
    assert_non_null(class);
    while ((found = sim_walk_next_of(&walk, name)) != NULL) {
        char *line = arena_printf(arena, "%s:", name);
        for (const struct wsman_property *p = class->properties; p->name != NULL; p++) {
            struct slice text = sim_object_get(&machine->device, found, p->name);
            if (p->type == WSMAN_REFERENCE)
                text = short_reference(text);
            if (text.size > 0)
                line = arena_printf(arena, "%s %s=%.*s", line, p->name, SLICE_ARG(text));
        }
        assert_true(count < LINES);
        lines[count++] = line;
    }
    return count;
}

const char *machine_snapshot(const struct machine *machine, struct arena *arena,
                             const char *const *classes)
{
    char **lines = arena_array(arena, LINES, sizeof *lines);
    size_t count = 0;
    char *all = arena_printf(arena, "%s", "");
    for (; *classes != NULL; classes++)
        count = snap_class(machine, arena, *classes, lines, count);
    qsort(lines, count, sizeof *lines, compare);
    for (size_t i = 0; i < count; i++)
        all = arena_printf(arena, "%s%s\n", all, lines[i]);
    return all;
}

struct slice machine_certificate(struct arena *arena, const char *name)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
    X509 *certificate = X509_new();
    assert_non_null(key);
    assert_non_null(certificate);
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
    X509_NAME *subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(certificate, subject);
    X509_set_pubkey(certificate, key);
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    unsigned char *der = NULL;
    int size = i2d_X509(certificate, &der);
    assert_true(size > 0);
    struct slice copy = arena_copy(arena, slice_of(der, (size_t)size));
    OPENSSL_free(der);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return copy;
}
