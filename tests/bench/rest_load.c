/*
 * Load on the REST API: N connections, each with one device after another, as fast as answers come
 * or at RATE pages per second over all. A page is one GET of each PATH (power/state when none is
 * given), one after the other. Prints one JSON object with calls, pages, failures and the latencies
 * of pages. At a given rate a latency counts from when the page was due, so a server that stalls
 * cannot hide it by slowing its clients down.
 *
 * usage: rest_load HOST:PORT CA-FILE GUID-FILE CONNECTIONS SECONDS [RATE [PATH…]]
 * The token comes from the environment, OBCTL_TOKEN.
 */
#include "core/buffer.h"
#include "core/clock.h"
#include "core/memory.h"
#include "http/client.h"
#include "io/conn.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "io/tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GUIDS_LIMIT   100000
#define SAMPLES_LIMIT 4000000

struct load {
    struct io_message start;
    struct io_loop *loop;
    struct io_tls *tls;
    struct io_address address;
    const char *host;
    const char *bearer;
    char (*guids)[40];
    size_t guid_count;
    size_t next_guid;
    uint64_t begin_ns;
    uint64_t end_ns;
    uint32_t *samples; /* microseconds */
    size_t sample_count;
    uint64_t failures;
    char first_failure[ERROR_TEXT_SIZE];
    struct io_task *clients;
    size_t client_count;
    size_t next_client;
    uint64_t rate; /* pages per second; 0: as fast as it goes */
    char **paths;  /* under /api/v1/amt/ */
    size_t path_count;
    uint64_t calls;
};

static void note_failure(struct load *load, const char *text)
{
    if (load->failures++ == 0)
        (void)snprintf(load->first_failure, sizeof load->first_failure, "%s", text);
}

/* One call. Returns whether the connection can be used again. */
static bool get(struct load *load, struct io_stream *stream, struct arena *arena, const char *path,
                const char *guid, bool *good)
{
    struct error err;
    struct http_response response = {0};
    struct http_header headers[] = {
        {SLICE_LITERAL("Host"), slice_of_string(load->host)},
        {SLICE_LITERAL("Authorization"), slice_of_string(load->bearer)},
    };
    struct http_request request = {.method = "GET",
                                   .target = arena_printf(arena, "/api/v1/amt/%s/%s", path, guid),
                                   .headers = headers,
                                   .header_count = 2};
    *good = false;
    if (!http_client_exchange(stream, &request, 1U << 20, arena, &response, &err)) {
        note_failure(load, err.text);
        return false;
    }
    *good = response.status == 200;
    if (*good)
        load->calls++;
    else
        note_failure(load, arena_printf(arena, "%s: status %d", path, response.status));
    return response.keep_alive;
}

/* One page of a device. `due_ns` 0: now. */
static bool ask(struct load *load, struct io_stream *stream, struct arena *arena, uint64_t due_ns)
{
    const char *guid = load->guids[load->next_guid++ % load->guid_count];
    uint64_t before = due_ns != 0 ? due_ns : clock_monotonic_ns();
    bool usable = true;
    bool all_good = true;
    for (size_t i = 0; i < load->path_count && usable; i++) {
        bool good;
        usable = get(load, stream, arena, load->paths[i], guid, &good);
        all_good = all_good && good;
    }
    uint64_t after = clock_monotonic_ns();
    if (all_good && load->sample_count < SAMPLES_LIMIT && before >= load->begin_ns)
        load->samples[load->sample_count++] = (uint32_t)((after - before) / 1000);
    return usable;
}

/* Waits until the call is due. Returns what its latency counts from: the time it was due when that
 * is past already, now when the client had to wait for it. */
static uint64_t wait_until(uint64_t due_ns)
{
    uint64_t now = clock_monotonic_ns();
    if (due_ns <= now)
        return due_ns;
    (void)io_sleep((due_ns - now + 999999) / 1000000, NULL);
    return clock_monotonic_ns();
}

static void client(void *arg)
{
    struct load *load = arg;
    struct io_stream *stream = NULL;
    size_t number = load->next_client++;
    uint64_t due_ns = 0;
    for (uint64_t call = 0; clock_monotonic_ns() < load->end_ns; call++) {
        if (load->rate > 0) {
            due_ns =
                load->begin_ns + (call * load->client_count + number) * 1000000000 / load->rate;
            if (due_ns >= load->end_ns)
                break;
            due_ns = wait_until(due_ns);
        }
        struct error err;
        if (stream == NULL) {
            struct io_conn *conn = io_connect(&load->address, load->tls, "localhost", &err);
            if (conn == NULL) {
                note_failure(load, err.text);
                (void)io_sleep(100, NULL);
                continue;
            }
            stream = io_conn_stream(conn);
        }
        struct arena arena;
        arena_init(&arena);
        if (!ask(load, stream, &arena, due_ns)) {
            io_stream_close(stream);
            stream = NULL;
        }
        arena_fini(&arena);
    }
    io_stream_close(stream);
}

static void conduct(void *arg)
{
    struct load *load = arg;
    for (size_t i = 0; i < load->client_count; i++) {
        if (!io_task_start(&load->clients[i], client, load, NULL))
            note_failure(load, "a client could not start");
    }
    for (size_t i = 0; i < load->client_count; i++)
        io_task_join(&load->clients[i]);
    (void)io_sleep(50, NULL);
    io_loop_stop(load->loop);
}

static void begin(struct io_message *message)
{
    struct load *load = (struct load *)((char *)message - offsetof(struct load, start));
    if (!io_fiber_start(conduct, load, NULL))
        io_loop_stop(load->loop);
}

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static uint32_t percentile(const struct load *load, unsigned per_thousand)
{
    if (load->sample_count == 0)
        return 0;
    return load->samples[(load->sample_count - 1) * per_thousand / 1000];
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

static bool set_up(struct load *load, char **argv, struct buffer *ca, struct error *err)
{
    if (!io_address_parse(slice_of_string(argv[1]), &load->address, err))
        return false;
    if (!read_file(argv[2], ca))
        return error_set(err, ERROR_INVALID, "cannot read %s", argv[2]);
    if (!read_guids(load, argv[3]))
        return error_set(err, ERROR_INVALID, "no GUID in %s", argv[3]);
    load->loop = io_loop_new(err);
    if (load->loop == NULL)
        return false;
    struct io_tls_client_options options = {.ca_pem = buffer_slice(ca), .newest = IO_TLS_1_3};
    load->tls = io_tls_client_new(load->loop, &options, err);
    return load->tls != NULL;
}

static void report(struct load *load, double seconds)
{
    qsort(load->samples, load->sample_count, sizeof load->samples[0], ascending);
    (void)printf("{\"calls\":%llu,\"pages\":%zu,\"failures\":%llu,\"seconds\":%.3f,\"p50_us\":%u,"
                 "\"p99_us\":%u,"
                 "\"max_us\":%u,\"first_failure\":\"%s\"}\n",
                 (unsigned long long)load->calls, load->sample_count,
                 (unsigned long long)load->failures, seconds, percentile(load, 500),
                 percentile(load, 990), percentile(load, 1000), load->first_failure);
}

int main(int argc, char **argv)
{
    struct load load = {0};
    struct buffer ca;
    struct error err;
    uint64_t clients = 0;
    uint64_t seconds = 0;
    const char *token = getenv("OBCTL_TOKEN");
    if (argc < 6 || token == NULL || !slice_to_u64(slice_of_string(argv[4]), 10000, &clients) ||
        !slice_to_u64(slice_of_string(argv[5]), 3600, &seconds) ||
        (argc > 6 && !slice_to_u64(slice_of_string(argv[6]), 1000000, &load.rate))) {
        (void)fprintf(stderr, "usage: OBCTL_TOKEN=… rest_load HOST:PORT CA GUIDS CONNECTIONS "
                              "SECONDS [RATE [PATH…]]\n");
        return 2;
    }
    struct arena arena;
    arena_init(&arena);
    buffer_init(&ca, 1U << 20);
    if (!set_up(&load, argv, &ca, &err)) {
        (void)fprintf(stderr, "rest_load: %s\n", err.text);
        return error_exit_code(err.code);
    }
    static char *power_state[] = {"power/state"};
    load.paths = argc > 7 ? argv + 7 : power_state;
    load.path_count = argc > 7 ? (size_t)argc - 7 : 1;
    load.host = argv[1];
    load.bearer = arena_printf(&arena, "Bearer %s", token);
    load.samples = memory_new(SAMPLES_LIMIT * sizeof load.samples[0]);
    load.client_count = clients;
    load.clients = memory_new(clients * sizeof load.clients[0]);
    load.begin_ns = clock_monotonic_ns();
    load.end_ns = load.begin_ns + seconds * 1000000000;

    load.start = (struct io_message){.run = begin};
    io_post(load.loop, &load.start);
    io_loop_run(load.loop);
    report(&load, (double)(clock_monotonic_ns() - load.begin_ns) / 1e9);

    io_tls_free(load.tls);
    io_loop_free(load.loop);
    free(load.samples);
    free(load.clients);
    free(load.guids);
    buffer_fini(&ca);
    arena_fini(&arena);
    return load.sample_count > 0 ? 0 : 1;
}
