#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define CROWD 1000

/* The head of a ClientHello record of 512 bytes; a peer that sends no more is half open. */
static const uint8_t half_hello[] = {0x16, 0x03, 0x01, 0x02, 0x00, 0x01};

/* A TLS server that gives back what it gets. */
struct server {
    struct io_tls *tls;
    struct io_listener *listener;
    struct io_address address;
    uint16_t port;
    int open;
};

static void on_data(void *owner, struct slice bytes)
{
    (void)io_conn_write(owner, bytes);
}

static void on_closed(void *owner, const struct error *why)
{
    (void)owner;
    (void)why;
}

static void on_accept(void *owner, struct io_conn *conn)
{
    static const struct io_conn_events events = {on_data, NULL, on_closed};
    ((struct server *)owner)->open++;
    io_conn_own(conn, &events, conn);
}

static void open_server(struct server *s, struct io_listen_options options)
{
    struct error err = {0};
    struct io_address any = world_address(0);
    *s = (struct server){.tls = world_server_tls(IO_TLS_1_2, IO_TLS_1_3)};
    options.tls = s->tls;
    s->listener = io_listen(io_loop_current(), &any, &options, on_accept, s, &err);
    assert_string_equal(err.text, "");
    s->address = io_listener_address(s->listener);
    s->port = io_address_port(&s->address);
}

static void close_server(struct server *s)
{
    struct error err;
    io_listener_close(s->listener);
    assert_true(io_sleep(20, &err));
    io_tls_free(s->tls);
}

static struct io_stream *dial(const struct server *s, struct io_tls *tls, struct error *err)
{
    *err = (struct error){0};
    struct io_conn *conn = io_connect(&s->address, tls, "localhost", err);
    return conn == NULL ? NULL : io_conn_stream(conn);
}

static bool ping(struct io_stream *stream)
{
    uint8_t answer[10];
    size_t got = 0;
    struct error err = {0};
    return io_stream_write(stream, SLICE_LITERAL("ping"), &err) &&
           io_stream_read(stream, answer, sizeof answer, &got, &err) && got == 4 &&
           memcmp(answer, "ping", 4) == 0;
}

static void crowd_of_half_open(void)
{
    struct server s;
    struct error err;
    int crowd[CROWD];
    struct io_listen_options options = {
        .handshakes_limit = 50, .handshake_ms = 5000, .handshake_silence_ms = 2000};
    open_server(&s, options);
    struct io_tls *tls = world_client_tls(IO_TLS_1_3);
    struct io_stream *established = dial(&s, tls, &err);
    assert_non_null(established);
    for (int i = 0; i < CROWD; i++) {
        crowd[i] = world_socket(s.port);
        assert_int_equal(send(crowd[i], half_hello, sizeof half_hello, 0), sizeof half_hello);
        if (i % 20 == 0)
            assert_true(ping(established));
    }
    world_await_metric("outband_io_handshakes_in_progress", 50);
    world_await_metric("outband_io_parked", CROWD - 50);
    uint64_t began = io_now();
    for (int i = 0; i < 100; i++)
        assert_true(ping(established));
    assert_true(io_now() - began < 2500); /* none waited for a time limit */
    /* A newcomer waits for its turn, which the time limit of the others brings; its own is later by
     * the time slept here. */
    assert_true(io_sleep(2000, &err));
    struct io_stream *late = dial(&s, tls, &err);
    assert_non_null(late);
    assert_true(ping(late));
    world_await_metric("outband_io_handshakes_in_progress", 0);
    assert_int_equal(world_metric("outband_io_parked"), 0);
    for (int i = 0; i < CROWD; i++) {
        uint8_t byte;
        assert_true(world_receive(crowd[i], &byte, 1, 1000) <= 0);
        (void)close(crowd[i]);
    }
    assert_true(ping(established));
    io_stream_close(late);
    io_stream_close(established);
    close_server(&s);
    io_tls_free(tls);
}

static void a_crowd_of_half_open_peers_disturbs_nobody(void **state)
{
    (void)state;
    world_run(crowd_of_half_open);
}

static void crowd_of_one_byte(void)
{
    struct server s;
    struct error err;
    int crowd[10];
    long before = world_metric("outband_io_handshakes_total{result=\"evicted\"}");
    struct io_listen_options options = {.handshakes_limit = 4, .handshake_silence_ms = 300};
    open_server(&s, options);
    struct io_tls *tls = world_client_tls(IO_TLS_1_3);
    for (size_t i = 0; i < 10; i++) {
        crowd[i] = world_socket(s.port);
        assert_int_equal(send(crowd[i], half_hello, 1, 0), 1);
    }
    world_await_metric("outband_io_handshakes_in_progress", 4);
    world_await_metric("outband_io_parked", 6);
    uint64_t began = io_now();
    struct io_stream *honest = dial(&s, tls, &err);
    assert_non_null(honest);
    assert_in_range(io_now() - began, 300, 5000); /* the time limit is 20 s */
    assert_true(ping(honest));
    /* Four lost their places, then as many as still waited; nobody wants those of the rest. */
    assert_int_equal(world_metric("outband_io_handshakes_total{result=\"evicted\"}"), before + 7);
    assert_true(io_sleep(400, &err));
    assert_int_equal(world_metric("outband_io_handshakes_in_progress"), 3);
    for (size_t i = 0; i < 10; i++)
        (void)close(crowd[i]);
    io_stream_close(honest);
    close_server(&s);
    io_tls_free(tls);
}

static void silent_peers_lose_their_places_to_those_that_wait(void **state)
{
    (void)state;
    world_run(crowd_of_one_byte);
}

static void dribble(void)
{
    struct server s;
    struct error err;
    uint8_t byte;
    struct io_listen_options options = {.handshakes_limit = 1, .handshake_silence_ms = 400};
    open_server(&s, options);
    int slow = world_socket(s.port);
    (void)send(slow, half_hello, sizeof half_hello, 0);
    world_await_metric("outband_io_handshakes_in_progress", 1);
    int other = world_socket(s.port);
    (void)send(other, half_hello, sizeof half_hello, 0);
    uint64_t began = io_now();
    int got = -2;
    for (int i = 0; i < 100 && got == -2; i++) {
        (void)send(slow, "\0", 1, MSG_NOSIGNAL);
        got = world_receive(slow, &byte, 1, 50);
    }
    assert_true(got != -2);
    assert_in_range(io_now() - began, 200, 4000);
    assert_int_equal(world_receive(other, &byte, 1, 0), -2);
    (void)close(slow);
    (void)close(other);
    assert_true(io_sleep(20, &err));
    close_server(&s);
}

static void sending_bytes_without_getting_further_keeps_no_place(void **state)
{
    (void)state;
    world_run(dribble);
}

static void wait_for_place(void)
{
    struct server s;
    uint8_t byte;
    struct io_listen_options options = {
        .handshakes_limit = 1, .handshake_ms = 900, .handshake_silence_ms = 600};
    open_server(&s, options);
    int first = world_socket(s.port);
    (void)send(first, half_hello, sizeof half_hello, 0);
    world_await_metric("outband_io_handshakes_in_progress", 1);
    int second = world_socket(s.port);
    (void)send(second, half_hello, sizeof half_hello, 0);
    uint64_t began = io_now();
    assert_true(world_receive(second, &byte, 1, 10000) > -2);
    assert_in_range(io_now() - began, 1300, 9000); /* about 600 ms in the queue, then 900 */
    (void)close(first);
    (void)close(second);
    close_server(&s);
}

static void the_time_limit_starts_again_with_the_place(void **state)
{
    (void)state;
    world_run(wait_for_place);
}

static void cut_silent(void)
{
    struct server s;
    uint8_t byte;
    long before = world_metric("outband_io_handshakes_total{result=\"timeout\"}");
    struct io_listen_options options = {.handshake_ms = 200};
    open_server(&s, options);
    int silent = world_socket(s.port); /* the kernel keeps it to itself for a while */
    int started = world_socket(s.port);
    (void)send(started, half_hello, sizeof half_hello, 0);
    uint64_t began = io_now();
    assert_true(world_receive(started, &byte, 1, 3000) >= -1);
    assert_in_range(io_now() - began, 150, 2500);
    assert_true(world_receive(silent, &byte, 1, 8000) >= -1);
    (void)close(silent);
    (void)close(started);
    world_await_metric("outband_io_handshakes_total{result=\"timeout\"}", before + 2);
    assert_int_equal(s.open, 0);
    close_server(&s);
}

static void a_peer_that_does_not_finish_is_cut_at_the_time_limit(void **state)
{
    (void)state;
    world_run(cut_silent);
}

static void send_garbage(void)
{
    static const char *const texts[] = {"GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01\x00\x04zzzz",
                                        "\x80\x80\x80\x80\x80\x80"};
    struct server s;
    open_server(&s, (struct io_listen_options){0});
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        long before = world_metric("outband_io_handshakes_total{result=\"failed\"}");
        uint8_t bytes[100];
        int fd = world_socket(s.port);
        (void)send(fd, texts[i], i == 1 ? 9 : strlen(texts[i]), 0);
        int got = world_receive(fd, bytes, sizeof bytes, 2000);
        while (got > 0) /* the alert */
            got = world_receive(fd, bytes, sizeof bytes, 2000);
        assert_true(got == 0 || got == -1);
        (void)close(fd);
        assert_int_equal(world_metric("outband_io_handshakes_total{result=\"failed\"}"),
                         before + 1);
    }
    assert_int_equal(s.open, 0);
    close_server(&s);
}

static void what_is_no_tls_is_hung_up_on(void **state)
{
    (void)state;
    world_run(send_garbage);
}

static void fill_parking(void)
{
    struct server s;
    struct error err;
    int peers[8];
    long before = world_metric("outband_io_accept_paused_total");
    struct io_listen_options options = {
        .handshakes_limit = 1, .parked_limit = 3, .handshake_silence_ms = 200};
    open_server(&s, options);
    for (size_t i = 0; i < 8; i++) {
        peers[i] = world_socket(s.port);
        (void)send(peers[i], half_hello, sizeof half_hello, 0);
    }
    world_await_metric("outband_io_handshakes_in_progress", 1);
    world_await_metric("outband_io_parked", 3);
    assert_true(world_metric("outband_io_accept_paused_total") > before);
    struct io_tls *tls = world_client_tls(IO_TLS_1_2);
    struct io_stream *stream = dial(&s, tls, &err);
    assert_non_null(stream);
    assert_true(ping(stream));
    io_stream_close(stream);
    for (size_t i = 0; i < 8; i++)
        (void)close(peers[i]);
    close_server(&s);
    io_tls_free(tls);
}

static void accepting_pauses_while_too_many_wait(void **state)
{
    (void)state;
    world_run(fill_parking);
}

static void hurry(void)
{
    struct server s;
    struct error err;
    int opened = 0;
    long before = world_metric("outband_io_rate_limited_total");
    struct io_listen_options options = {.source_rate = 1};
    open_server(&s, options);
    struct io_tls *tls = world_client_tls(IO_TLS_1_3);
    uint64_t began = io_now();
    for (int i = 0; i < 20; i++) {
        struct io_stream *stream = dial(&s, tls, &err);
        opened += stream != NULL && ping(stream);
        io_stream_close(stream);
    }
    int gained = (int)((io_now() - began) / 1000) + 1; /* on a slow machine time passes */
    assert_in_range(opened, 4, 4 + gained);
    assert_int_equal(world_metric("outband_io_rate_limited_total"), before + 20 - opened);
    assert_true(io_sleep(1100, &err));
    struct io_stream *stream = dial(&s, tls, &err);
    assert_non_null(stream);
    io_stream_close(stream);
    close_server(&s);
    io_tls_free(tls);
}

static void one_address_cannot_handshake_faster_than_its_rate(void **state)
{
    (void)state;
    world_run(hurry);
}

static void overfill(void)
{
    struct server s;
    struct error err;
    struct io_listen_options options = {.connections_limit = 2};
    open_server(&s, options);
    struct io_tls *tls = world_client_tls(IO_TLS_1_3);
    struct io_stream *first = dial(&s, tls, &err);
    struct io_stream *second = dial(&s, tls, &err);
    assert_true(first != NULL && ping(first));
    assert_true(second != NULL && ping(second));
    assert_null(dial(&s, tls, &err));
    assert_int_equal(err.code, ERROR_CONNECTION);
    io_stream_close(first);
    assert_true(io_sleep(50, &err));
    struct io_stream *third = dial(&s, tls, &err);
    assert_true(third != NULL && ping(third));
    io_stream_close(second);
    io_stream_close(third);
    close_server(&s);
    io_tls_free(tls);
}

static void a_full_listener_closes_newcomers(void **state)
{
    (void)state;
    world_run(overfill);
}

static void close_listener_early(void)
{
    struct server s;
    struct error err;
    uint8_t byte;
    open_server(&s, (struct io_listen_options){0});
    struct io_tls *tls = world_client_tls(IO_TLS_1_2);
    struct io_stream *stream = dial(&s, tls, &err);
    assert_non_null(stream);
    int half = world_socket(s.port);
    (void)send(half, half_hello, sizeof half_hello, 0);
    assert_true(io_sleep(50, &err));
    io_listener_close(s.listener);
    assert_true(world_receive(half, &byte, 1, 1000) >= -1);
    assert_true(ping(stream));
    (void)close(half);
    io_stream_close(stream);
    assert_true(io_sleep(50, &err));
    io_tls_free(s.tls);
    io_tls_free(tls);
}

static void connections_outlive_their_listener_but_handshakes_do_not(void **state)
{
    (void)state;
    world_run(close_listener_early);
}

/* --- whom to trust ---------------------------------------------------------------------------- */

static struct error failure;

static void try(const char *name, struct slice ca, bool insecure)
{
    struct server s;
    struct io_tls_client_options options = {
        .ca_pem = ca, .insecure = insecure, .newest = IO_TLS_1_3};
    open_server(&s, (struct io_listen_options){0});
    failure = (struct error){0};
    struct io_tls *tls = io_tls_client_new(io_loop_current(), &options, &failure);
    assert_non_null(tls);
    struct io_conn *conn = io_connect(&s.address, tls, name, &failure);
    assert_true((conn == NULL) == (failure.code != ERROR_NONE));
    if (conn != NULL)
        io_stream_close(io_conn_stream(conn));
    close_server(&s);
    io_tls_free(tls);
}

static void good_names(void)
{
    try("localhost", world_ca()->certificate_pem, false);
    assert_string_equal(failure.text, "");
    try("127.0.0.1", world_ca()->certificate_pem, false);
    assert_string_equal(failure.text, "");
    try("anything.example", slice_of(NULL, 0), true);
    assert_string_equal(failure.text, "");
}

static void a_server_is_known_by_name_or_address(void **state)
{
    (void)state;
    world_run(good_names);
}

static void bad_names(void)
{
    try("wrong.example", world_ca()->certificate_pem, false);
    assert_int_equal(failure.code, ERROR_CONNECTION);
    assert_non_null(strstr(failure.text, "is not trusted: hostname mismatch"));
    try("127.0.0.2", world_ca()->certificate_pem, false);
    assert_non_null(strstr(failure.text, "is not trusted: IP address mismatch"));
}

static void another_name_is_not_trusted(void **state)
{
    (void)state;
    world_run(bad_names);
}

static void foreign_ca(void)
{
    struct arena arena;
    struct io_certificate other;
    struct error err;
    arena_init(&arena);
    assert_true(io_certificate_new_ca(&arena, "Other", 2048, &other, &err));
    try("localhost", other.certificate_pem, false);
    assert_non_null(strstr(failure.text, "is not trusted: unable to get local issuer"));
    try("localhost", slice_of(NULL, 0), false); /* the system's */
    assert_non_null(strstr(failure.text, "is not trusted: "));
    arena_fini(&arena);
}

static void another_ca_is_not_trusted(void **state)
{
    (void)state;
    world_run(foreign_ca);
}

static void old_client(void)
{
    struct server s;
    struct error err;
    open_server(&s, (struct io_listen_options){0});
    struct io_tls *tls = world_client_tls(IO_TLS_1_1);
    assert_null(dial(&s, tls, &err));
    assert_int_equal(err.code, ERROR_PROTOCOL);
    close_server(&s);
    io_tls_free(tls);
}

static void a_version_older_than_allowed_is_refused(void **state)
{
    (void)state;
    world_run(old_client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crowd_of_half_open_peers_disturbs_nobody),
        cmocka_unit_test(silent_peers_lose_their_places_to_those_that_wait),
        cmocka_unit_test(sending_bytes_without_getting_further_keeps_no_place),
        cmocka_unit_test(the_time_limit_starts_again_with_the_place),
        cmocka_unit_test(a_peer_that_does_not_finish_is_cut_at_the_time_limit),
        cmocka_unit_test(what_is_no_tls_is_hung_up_on),
        cmocka_unit_test(accepting_pauses_while_too_many_wait),
        cmocka_unit_test(one_address_cannot_handshake_faster_than_its_rate),
        cmocka_unit_test(a_full_listener_closes_newcomers),
        cmocka_unit_test(connections_outlive_their_listener_but_handshakes_do_not),
        cmocka_unit_test(a_server_is_known_by_name_or_address),
        cmocka_unit_test(another_name_is_not_trusted),
        cmocka_unit_test(another_ca_is_not_trusted),
        cmocka_unit_test(a_version_older_than_allowed_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
