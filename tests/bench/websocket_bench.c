/*
 * WebSocket over TLS: what one loop's thread does in a second of its CPU time, receiving from and
 * sending to a client on a thread of its own that speaks OpenSSL and RFC 6455 without our code.
 *
 *     websocket_bench [SECONDS]
 *
 * Prints a line per direction and size of message: bytes of payload per second of CPU time of the
 * loop's thread, and per second.
 */
#include "core/arena.h"
#include "core/clock.h"
#include "http/websocket.h"
#include "io/certificate.h"
#include "io/conn.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "io/tls.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH ((size_t)256 * 1024) /* most bytes that the client reads at a time */
#define PIECE ((size_t)16 * 1024)  /* most bytes of one read, as a relay does it */

struct bench {
    struct io_loop *loop;
    struct io_tls *tls;
    struct io_listener *listener;
    struct io_wait over;
    double seconds;
    size_t message; /* bytes */
    bool to_client;
    uint64_t bytes; /* of payload */
    double cpu;
    double wall;
    uint16_t port;
    atomic_bool stop;
};

static double thread_cpu(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double wall(void)
{
    return (double)clock_monotonic_ns() / 1e9;
}

/* --- the client, a thread ----------------------------------------------------------------------
 */

static size_t put_frame(uint8_t *to, size_t size)
{
    static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    size_t at = 0;
    to[at++] = 0x82;
    if (size < 126) {
        to[at++] = (uint8_t)(0x80 | size);
    } else {
        to[at++] = 0x80 | 126;
        to[at++] = (uint8_t)(size >> 8);
        to[at++] = (uint8_t)size;
    }
    memcpy(to + at, mask, 4);
    at += 4;
    for (size_t i = 0; i < size; i++)
        to[at++] = (uint8_t)(i ^ mask[i % 4]);
    return at;
}

static void *run_client(void *arg)
{
    struct bench *bench = arg;
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(bench->port),
                             .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *ssl = SSL_new(context);
    uint8_t *bytes = malloc(BATCH);
    size_t size = put_frame(bytes, bench->message);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        exit(1);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    (void)SSL_set_fd(ssl, fd);
    if (SSL_connect(ssl) != 1)
        exit(1);
    if (bench->to_client)
        while (SSL_read(ssl, bytes, (int)BATCH) > 0)
            ;
    else
        while (!atomic_load(&bench->stop) && SSL_write(ssl, bytes, (int)size) > 0)
            ;
    SSL_free(ssl);
    SSL_CTX_free(context);
    (void)close(fd);
    free(bytes);
    return NULL;
}

/* --- the server, a fiber -----------------------------------------------------------------------
 */

struct visitor {
    struct bench *bench;
    struct io_stream *stream;
};

static void serve(void *arg)
{
    struct visitor *visitor = arg;
    struct bench *bench = visitor->bench;
    uint8_t *bytes = calloc(1, PIECE);
    size_t got = 1;
    double cpu = thread_cpu();
    double start = wall();
    while (wall() - start < bench->seconds && got > 0) {
        for (int i = 0; i < 64 && got > 0; i++) {
            bool ok = bench->to_client
                          ? io_stream_write(visitor->stream, slice_of(bytes, bench->message), NULL)
                          : io_stream_read(visitor->stream, bytes, PIECE, &got, NULL);
            if (!ok)
                exit(1);
            bench->bytes += bench->to_client ? bench->message : got;
        }
    }
    bench->cpu = thread_cpu() - cpu;
    bench->wall = wall() - start;
    atomic_store(&bench->stop, true);
    free(bytes);
    io_stream_close(visitor->stream);
    free(visitor);
    io_signal(&bench->over);
}

static void on_accepted(void *owner, struct io_conn *conn)
{
    static const struct http_websocket_options options = {.role = HTTP_WEBSOCKET_SERVER};
    struct visitor *visitor = malloc(sizeof *visitor);
    io_conn_limit(conn, 32 * 1024);
    visitor->bench = owner;
    visitor->stream = http_websocket_stream(io_conn_stream(conn), &options, slice_of(NULL, 0));
    if (!io_fiber_start(serve, visitor, NULL))
        exit(1);
}

static void run_one(void *arg)
{
    struct bench *bench = arg;
    struct io_listen_options options = {.tls = bench->tls};
    struct io_address address;
    pthread_t client;
    (void)io_address_parse(SLICE_LITERAL("127.0.0.1:0"), &address, NULL);
    bench->listener = io_listen(io_loop_current(), &address, &options, on_accepted, bench, NULL);
    struct io_address at = io_listener_address(bench->listener);
    bench->port = io_address_port(&at);
    if (pthread_create(&client, NULL, run_client, bench) != 0)
        exit(1);
    (void)io_wait_for(&bench->over, IO_FOREVER, NULL);
    (void)io_sleep(50, NULL);
    io_listener_close(bench->listener);
    (void)pthread_join(client, NULL);
}

int main(int count, char **arguments)
{
    static const char *const names[] = {"127.0.0.1"};
    static const size_t sizes[] = {1024, 4096, 16384};
    struct arena arena;
    struct io_certificate ca;
    struct io_certificate leaf;
    arena_init(&arena);
    if (!io_certificate_new_ca(&arena, "Bench", 2048, &ca, NULL) ||
        !io_certificate_new_leaf(&arena, &ca, 2048, "localhost", names, 1, 30, &leaf, NULL))
        return 1;
    for (int to_client = 0; to_client < 2; to_client++) {
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            struct bench bench = {.loop = io_loop_new(NULL),
                                  .seconds = count > 1 ? strtod(arguments[1], NULL) : 2,
                                  .message = sizes[i],
                                  .to_client = to_client == 1};
            struct io_tls_server_options tls = {.certificate_pem = leaf.certificate_pem,
                                                .key_pem = leaf.key_pem,
                                                .oldest = IO_TLS_1_2,
                                                .newest = IO_TLS_1_3,
                                                .strong_only = true};
            bench.tls = io_tls_server_new(bench.loop, &tls, NULL);
            if (bench.tls == NULL || !io_loop_main(bench.loop, run_one, &bench, NULL))
                return 1;
            printf("%s %5zu bytes: %4.0f MB per CPU-second, %4.0f MB/s\n",
                   bench.to_client ? "server to client" : "client to server", bench.message,
                   (double)bench.bytes / 1e6 / bench.cpu, (double)bench.bytes / 1e6 / bench.wall);
            io_tls_free(bench.tls);
            io_loop_free(bench.loop);
        }
    }
    arena_fini(&arena);
    return 0;
}
