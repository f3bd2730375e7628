#include "world.h"

#include "core/buffer.h"
#include "core/metrics.h"

#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

static struct arena arena;
static struct io_certificate ca;
static struct io_certificate leaf;

static void run(void *arg)
{
    void (**test)(void) = arg;
    (*test)();
}

void world_run(void (*test)(void))
{
    struct error err;
    struct io_loop *loop = io_loop_new(&err);
    assert_non_null(loop);
    assert_true(io_loop_main(loop, run, &test, &err));
    io_loop_free(loop);
}

struct io_address world_address(uint16_t port)
{
    struct io_address address;
    struct error err;
    assert_true(io_address_parse(SLICE_LITERAL("127.0.0.1:0"), &address, &err));
    struct sockaddr_in in;
    memcpy(&in, address.bytes, sizeof in);
    in.sin_port = htons(port);
    memcpy(address.bytes, &in, sizeof in);
    return address;
}

static void make_certificates(void)
{
    static const char *const names[] = {"127.0.0.1"};
    struct error err;
    if (ca.key_pem.size > 0)
        return;
    arena_init(&arena);
    assert_true(io_certificate_new_ca(&arena, "Test", 2048, &ca, &err));
    assert_true(io_certificate_new_leaf(&arena, &ca, 2048, "localhost", names, 1, 30, &leaf, &err));
}

const struct io_certificate *world_ca(void)
{
    make_certificates();
    return &ca;
}

const struct io_certificate *world_leaf(void)
{
    make_certificates();
    return &leaf;
}

struct io_tls *world_server_tls(enum io_tls_version oldest, enum io_tls_version newest)
{
    struct error err = {0};
    struct io_tls_server_options options = {.certificate_pem = world_leaf()->certificate_pem,
                                            .key_pem = world_leaf()->key_pem,
                                            .oldest = oldest,
                                            .newest = newest};
    struct io_tls *tls = io_tls_server_new(io_loop_current(), &options, &err);
    assert_string_equal(err.text, "");
    return tls;
}

struct io_tls *world_client_tls(enum io_tls_version newest)
{
    struct error err = {0};
    struct io_tls_client_options options = {.ca_pem = world_ca()->certificate_pem,
                                            .newest = newest};
    struct io_tls *tls = io_tls_client_new(io_loop_current(), &options, &err);
    assert_string_equal(err.text, "");
    return tls;
}

int world_socket(uint16_t port)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

long world_metric(const char *name)
{
    struct buffer out;
    long value = -1;
    size_t length = strlen(name);
    buffer_init(&out, 1 << 20);
    metrics_print(&out);
    struct slice rest = buffer_slice(&out);
    while (rest.size > 0) {
        struct slice line = slice_split(&rest, '\n');
        if (line.size > length && slice_equal_string(slice_first(line, length), name) &&
            line.data[length] == ' ') {
            char *text = strndup((const char *)line.data + length, line.size - length);
            value = strtol(text, NULL, 10);
            free(text);
        }
    }
    buffer_fini(&out);
    return value;
}

bool world_await(const bool *flag, uint64_t ms)
{
    struct error err;
    uint64_t end = io_now() + ms;
    while (!*flag && io_now() < end)
        assert_true(io_sleep(1, &err));
    return *flag;
}

void world_await_count(const int *value, int wanted)
{
    struct error err;
    for (uint64_t end = io_now() + 10000; *value != wanted && io_now() < end;)
        assert_true(io_sleep(2, &err));
    assert_int_equal(*value, wanted);
}

void world_await_metric(const char *name, long wanted)
{
    struct error err;
    for (uint64_t end = io_now() + 10000; world_metric(name) != wanted && io_now() < end;)
        assert_true(io_sleep(5, &err));
    assert_int_equal(world_metric(name), wanted);
}

int world_receive(int fd, void *to, size_t size, uint64_t ms)
{
    struct error err;
    uint64_t end = io_now() + ms;
    for (;;) {
        ssize_t got = recv(fd, to, size, MSG_DONTWAIT);
        if (got >= 0)
            return (int)got;
        if (errno != EAGAIN)
            return -1;
        if (io_now() >= end)
            return -2;
        assert_true(io_sleep(1, &err));
    }
}
