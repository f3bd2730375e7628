/*
 * Load on the relay: N serial consoles at once, each to one device after another, as a browser
 * opens them: a token, a WebSocket, a login with empty credentials. At the device's end there has
 * to be `amtsim … --serial source:BYTES | sink | echo`. Every byte is looked at, and every session
 * has to live until the end.
 *
 * usage: relay_load HOST:PORT CA-FILE GUID-FILE MODE SESSIONS SECONDS BYTES [PAUSE-MS [tls]]
 *   receive  reads what a source says
 *   send     writes messages of BYTES for a sink
 *   echo     writes messages of BYTES, waits for each to come back, pauses
 *   stall    reads nothing and, from 3 s on, writes as long as something is taken
 * With CA-FILE "-" it goes straight to a device's port 16994, as admin. "tls": with TLS to the
 * device. Prints "ready" once all sessions are open and one second old, and after SECONDS one JSON
 * object of what happened meanwhile. The environment has OBCTL_TOKEN, or AMTSIM_AMT_PASSWORD.
 */
#include "core/buffer.h"
#include "core/clock.h"
#include "core/json_reader.h"
#include "core/memory.h"
#include "http/client.h"
#include "http/websocket.h"
#include "io/conn.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "io/tls.h"
#include "redir/login.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GUIDS_LIMIT   20000
#define SESSIONS_MOST 20000
#define SAMPLES_LIMIT 1000000
#define OPENING_MOST  32 /* sessions at once that have yet to open */
#define OPEN_MS       60000
#define AGAIN_MS      100
#define CYCLE         251 /* the bytes 0, 1, … 250, over and over (sim/device.h) */
#define SIZE_MOST     32768
#define HEAD          10 /* of messages 28 and 2A */
#define PIECE         65536
#define STALL_MS      3000

enum mode { RECEIVE, SEND, ECHO, STALL };

struct session {
    struct load *load;
    struct io_task task;
    unsigned number;
    struct io_stream *stream;
    uint8_t head[32]; /* of the message that arrives */
    size_t head_size;
    size_t left; /* of its data */
    uint64_t heard, said;
    bool open;
};

struct load {
    struct io_loop *loop;
    struct io_tls *tls;
    struct io_address address;
    const char *host;
    const char *bearer;
    const char *password; /* of the device, when there is no server between */
    bool direct;
    bool device_tls;
    char (*guids)[40];
    size_t guid_count;
    enum mode mode;
    uint64_t size, pause_ms, seconds;
    struct session *sessions;
    uint64_t session_count;
    unsigned opening, opened;
    bool counting, over;
    uint64_t bytes, messages, failures;
    char first_failure[ERROR_TEXT_SIZE];
    uint32_t *samples; /* microseconds */
    size_t sample_count;
    uint8_t cycle[CYCLE + SIZE_MOST];
};

/* ---- opening ---- */

static struct io_stream *dial(struct load *load, struct error *err)
{
    struct io_conn *conn =
        io_connect(&load->address, load->direct ? NULL : load->tls, "localhost", err);
    return conn == NULL ? NULL : io_conn_stream(conn);
}

/* In the arena; NULL with the error. */
static const char *get_token(struct load *load, const char *guid, struct arena *arena,
                             struct error *err)
{
    struct http_response response = {0};
    struct http_header headers[] = {
        {SLICE_LITERAL("Host"), slice_of_string(load->host)},
        {SLICE_LITERAL("Authorization"), slice_of_string(load->bearer)},
    };
    struct http_request request = {
        .method = "GET",
        .target = arena_printf(arena, "/api/v1/authorize/redirection/%s", guid),
        .headers = headers,
        .header_count = 2};
    struct io_stream *stream = dial(load, err);
    const char *token = NULL;
    if (stream == NULL)
        return NULL;
    if (http_client_exchange(stream, &request, 65536, arena, &response, err)) {
        json_t *answer = json_reader_parse(response.body, 4, err);
        const char *text = json_string_value(json_object_get(answer, "token"));
        if (text != NULL)
            token = arena_printf(arena, "%s", text);
        else
            (void)error_set(err, ERROR_PROTOCOL, "no token: status %d", response.status);
        json_decref(answer);
    }
    io_stream_close(stream);
    return token;
}

static struct io_stream *open_relay(struct load *load, const char *guid, struct error *err)
{
    struct arena arena;
    struct io_stream *stream = NULL;
    arena_init(&arena);
    const char *token = get_token(load, guid, &arena, err);
    if (token != NULL)
        stream = dial(load, err);
    if (stream != NULL)
        stream = http_websocket_open(
            stream, load->host,
            arena_printf(&arena, "/relay/webrelay.ashx?p=2&host=%s&port=%u&tls=%d&mode=sol", guid,
                         load->device_tls ? REDIR_TLS_PORT : REDIR_PORT, load->device_tls),
            token, NULL, err);
    arena_fini(&arena);
    return stream;
}

/* Opens the session and asks the device for its serial line, with the values of its own. */
static bool open_session(struct session *session, struct error *err)
{
    static const uint8_t settings[24] = {0x20, [8] = 0x10, 0x27, 100, 0, 0, 0, 0, 0, 100};
    struct load *load = session->load;
    const char *guid = load->direct ? "" : load->guids[session->number % load->guid_count];
    struct slice user = slice_of_string(load->direct ? "admin" : "");
    struct slice password = slice_of_string(load->direct ? load->password : "");
    uint64_t outer = io_deadline_within(OPEN_MS);
    session->stream = load->direct ? dial(load, err) : open_relay(load, guid, err);
    /* the device's last session, of an earlier run, may have something left to deliver */
    while (session->stream == NULL && err->code == ERROR_CONFLICT && io_sleep(AGAIN_MS, NULL))
        session->stream = open_relay(load, guid, err);
    bool ok = session->stream != NULL &&
              redir_login(session->stream, REDIR_SOL, user, password, err) &&
              io_stream_write(session->stream, slice_of(settings, sizeof settings), err);
    io_deadline_restore(outer);
    return ok;
}

/* ---- what the device says ---- */

/* Bytes of a message before its data; 0: none of SOL's. */
static size_t head_of(uint8_t type)
{
    switch (type) {
    case 0x21:
        return 23;
    case 0x29:
    case 0x2A:
        return HEAD;
    case 0x23:
    case 0x2B:
        return 8;
    default:
        return 0;
    }
}

static bool hear(struct session *session, struct slice bytes, struct error *err)
{
    const struct load *load = session->load;
    while (bytes.size > 0) {
        size_t whole = session->head_size == 0 ? head_of(bytes.data[0]) : head_of(session->head[0]);
        if (session->left > 0) {
            struct slice part =
                slice_first(bytes, session->left < SIZE_MOST ? session->left : SIZE_MOST);
            if (memcmp(part.data, load->cycle + session->heard % CYCLE, part.size) != 0)
                return error_set(err, ERROR_PROTOCOL, "wrong bytes after %llu",
                                 (unsigned long long)session->heard);
            session->heard += part.size;
            session->left -= part.size;
            bytes = slice_from(bytes, part.size);
            continue;
        }
        if (whole == 0)
            return error_set(err, ERROR_PROTOCOL, "a message of type %02x", bytes.data[0]);
        struct slice part = slice_first(bytes, whole - session->head_size);
        memcpy(session->head + session->head_size, part.data, part.size);
        session->head_size += part.size;
        bytes = slice_from(bytes, part.size);
        if (session->head_size < whole)
            break;
        if (session->head[0] == 0x2A)
            session->left = (size_t)session->head[8] | (size_t)session->head[9] << 8;
        session->open = true;
        session->head_size = 0;
    }
    return true;
}

static bool listen_once(struct session *session, uint8_t *piece, struct error *err)
{
    size_t got = 0;
    if (!io_stream_read(session->stream, piece, PIECE, &got, err))
        return false;
    if (got == 0)
        return error_set(err, ERROR_CONNECTION, "the server closed the session");
    if (session->load->counting && session->load->mode == RECEIVE) {
        session->load->bytes += got;
        session->load->messages++;
    }
    return hear(session, slice_of(piece, got), err);
}

/* ---- modes ---- */

static bool say(struct session *session, uint8_t *message, struct error *err)
{
    struct load *load = session->load;
    size_t size = (size_t)load->size - HEAD;
    memset(message, 0, HEAD);
    message[0] = 0x28;
    message[8] = (uint8_t)size;
    message[9] = (uint8_t)(size >> 8);
    memcpy(message + HEAD, load->cycle + session->said % CYCLE, size);
    session->said += size;
    if (!io_stream_write(session->stream, slice_of(message, (size_t)load->size), err))
        return false;
    if (load->counting) {
        load->bytes += load->size;
        load->messages++;
    }
    return true;
}

static bool echo(struct session *session, uint8_t *piece, struct error *err)
{
    struct load *load = session->load;
    uint64_t before = clock_monotonic_ns();
    if (!say(session, piece, err))
        return false;
    while (session->heard < session->said)
        if (!listen_once(session, piece, err))
            return false;
    if (load->counting && load->sample_count < SAMPLES_LIMIT)
        load->samples[load->sample_count++] = (uint32_t)((clock_monotonic_ns() - before) / 1000);
    return load->pause_ms == 0 || io_sleep(load->pause_ms, err);
}

static bool turn(struct session *session, uint8_t *piece, struct error *err)
{
    switch (session->load->mode) {
    case RECEIVE:
        return listen_once(session, piece, err);
    case ECHO:
        return echo(session, piece, err);
    default:
        return say(session, piece, err);
    }
}

static void note_failure(struct load *load, unsigned number, const struct error *err)
{
    if (!load->over && load->failures++ == 0)
        (void)snprintf(load->first_failure, sizeof load->first_failure, "session %u: %.200s",
                       number, err->text);
}

static void run_session(void *arg)
{
    struct session *session = arg;
    struct load *load = session->load;
    uint8_t *piece = memory_new(PIECE);
    struct error err;
    bool ok = true;
    while (ok && load->opening >= OPENING_MOST)
        ok = io_sleep(5, &err);
    load->opening++;
    ok = ok && open_session(session, &err);
    while (ok && !session->open)
        ok = listen_once(session, piece, &err);
    load->opening--;
    load->opened += ok;
    if (ok && load->mode == STALL)
        ok = io_sleep(STALL_MS, &err);
    while (ok && !load->over)
        ok = turn(session, piece, &err);
    if (!ok)
        note_failure(load, session->number, &err);
    io_stream_close(session->stream);
    free(piece);
}

/* ---- all ---- */

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void report(struct load *load, double seconds)
{
    size_t count = load->sample_count;
    unsigned alive = 0;
    for (size_t i = 0; i < load->session_count; i++)
        alive += io_task_running(&load->sessions[i].task);
    qsort(load->samples, count, sizeof load->samples[0], ascending);
    (void)printf("{\"alive\":%u,\"failures\":%llu,\"seconds\":%.3f,\"bytes\":%llu,"
                 "\"messages\":%llu,\"samples\":%zu,\"p50_us\":%u,\"p99_us\":%u,"
                 "\"first_failure\":\"%s\"}\n",
                 alive, (unsigned long long)load->failures, seconds,
                 (unsigned long long)load->bytes, (unsigned long long)load->messages, count,
                 count == 0 ? 0 : load->samples[(count - 1) / 2],
                 count == 0 ? 0 : load->samples[(count - 1) * 99 / 100], load->first_failure);
    (void)fflush(stdout);
}

static void conduct(void *arg)
{
    struct load *load = arg;
    struct error err;
    uint64_t begun = clock_monotonic_ns();
    for (size_t i = 0; i < load->session_count; i++) {
        struct session *session = &load->sessions[i];
        session->load = load;
        session->number = (unsigned)i;
        if (!io_task_start(&session->task, run_session, session, &err))
            note_failure(load, session->number, &err);
    }
    while (load->opened < load->session_count && load->failures == 0 &&
           clock_monotonic_ns() - begun < OPEN_MS * (uint64_t)1000000)
        (void)io_sleep(20, NULL);
    (void)io_sleep(1000, NULL);
    (void)puts("ready");
    (void)fflush(stdout);
    load->counting = true;
    begun = clock_monotonic_ns();
    (void)io_sleep(load->seconds * 1000, NULL);
    load->counting = false;
    report(load, (double)(clock_monotonic_ns() - begun) / 1e9);
    load->over = true;
    for (size_t i = 0; i < load->session_count; i++)
        io_task_cancel(&load->sessions[i].task);
    for (size_t i = 0; i < load->session_count; i++)
        io_task_join(&load->sessions[i].task);
    (void)io_sleep(50, NULL);
}

static bool read_file(const char *path, struct buffer *text)
{
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return false;
    for (;;) {
        uint8_t *to = buffer_reserve(text, 4096);
        size_t got = to != NULL ? fread(to, 1, 4096, file) : 0;
        if (got == 0)
            break;
        buffer_added(text, got);
    }
    return fclose(file) == 0 && buffer_size(text) > 0;
}

static bool read_guids(struct load *load, const char *path)
{
    struct buffer text;
    buffer_init(&text, GUIDS_LIMIT * 40);
    bool ok = read_file(path, &text);
    struct slice rest = buffer_slice(&text);
    load->guids = memory_new(GUIDS_LIMIT * sizeof load->guids[0]);
    while (rest.size > 0 && load->guid_count < GUIDS_LIMIT) {
        struct slice line = slice_trim(slice_split(&rest, '\n'));
        if (line.size == 36)
            memcpy(load->guids[load->guid_count++], line.data, 36);
    }
    buffer_fini(&text);
    return ok && load->guid_count > 0;
}

static bool read_arguments(struct load *load, int argc, char **argv)
{
    static const char *const modes[] = {"receive", "send", "echo", "stall"};
    bool known = false;
    if (argc < 8)
        return false;
    for (unsigned i = 0; i < 4; i++) {
        if (strcmp(argv[4], modes[i]) == 0) {
            load->mode = (enum mode)i;
            known = true;
        }
    }
    load->direct = strcmp(argv[2], "-") == 0;
    load->host = argv[1];
    load->bearer = getenv("OBCTL_TOKEN");
    load->password = getenv("AMTSIM_AMT_PASSWORD");
    load->device_tls = argc > 9 && strcmp(argv[9], "tls") == 0;
    return known && (load->direct ? load->password : load->bearer) != NULL &&
           slice_to_u64(slice_of_string(argv[5]), SESSIONS_MOST, &load->session_count) &&
           slice_to_u64(slice_of_string(argv[6]), 3600, &load->seconds) &&
           slice_to_u64(slice_of_string(argv[7]), SIZE_MOST, &load->size) && load->size > HEAD &&
           (argc < 9 || slice_to_u64(slice_of_string(argv[8]), 3600000, &load->pause_ms));
}

static bool set_up(struct load *load, char **argv, struct buffer *ca, struct error *err)
{
    for (size_t i = 0; i < sizeof load->cycle; i++)
        load->cycle[i] = (uint8_t)(i % CYCLE);
    if (!io_address_parse(slice_of_string(argv[1]), &load->address, err))
        return false;
    load->loop = io_loop_new(err);
    if (load->loop == NULL || load->direct)
        return load->loop != NULL;
    if (!read_file(argv[2], ca))
        return error_set(err, ERROR_INVALID, "cannot read %s", argv[2]);
    if (!read_guids(load, argv[3]))
        return error_set(err, ERROR_INVALID, "no GUID in %s", argv[3]);
    struct io_tls_client_options options = {.ca_pem = buffer_slice(ca), .newest = IO_TLS_1_3};
    load->tls = io_tls_client_new(load->loop, &options, err);
    return load->tls != NULL;
}

int main(int argc, char **argv)
{
    struct load *load = memory_new(sizeof *load);
    struct buffer ca;
    struct error err;
    struct arena arena;
    if (!read_arguments(load, argc, argv)) {
        (void)fprintf(stderr, "usage: relay_load HOST:PORT CA-FILE|- GUID-FILE "
                              "receive|send|echo|stall SESSIONS SECONDS BYTES [PAUSE-MS [tls]]\n");
        return 2;
    }
    arena_init(&arena);
    buffer_init(&ca, 1U << 20);
    if (!load->direct)
        load->bearer = arena_printf(&arena, "Bearer %s", load->bearer);
    load->sessions = memory_new((load->session_count + 1) * sizeof load->sessions[0]);
    load->samples = memory_new(SAMPLES_LIMIT * sizeof load->samples[0]);
    if (!set_up(load, argv, &ca, &err) || !io_loop_main(load->loop, conduct, load, &err)) {
        (void)fprintf(stderr, "relay_load: %s\n", err.text);
        return error_exit_code(err.code);
    }
    bool ok = load->failures == 0;
    io_tls_free(load->tls);
    io_loop_free(load->loop);
    buffer_fini(&ca);
    arena_fini(&arena);
    free(load->guids);
    free(load->samples);
    free(load->sessions);
    free(load);
    return ok ? 0 : 1;
}
