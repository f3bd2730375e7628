/* Streams are full duplex (io/stream.h): a fiber reads while another writes, and neither disturbs
 * the other. */
#include "world.h"

#include "io/conn_uv.h"
#include "io/tls_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MUCH ((size_t)600 * 1000)

static uint8_t pattern(size_t i, unsigned way)
{
    return (uint8_t)(i * 31 + i / 253 + way * 77);
}

/* ---- one end of the conversation: two fibers that send and receive MUCH ---- */

struct end {
    struct io_stream *stream;
    struct io_conn *conn; /* of the server's; to ask for new keys */
    unsigned way;
    unsigned pause_ms; /* of the sender now and then */
    size_t sent;
    size_t received;
    bool failed;
    struct error err;
    struct io_task sender;
    struct io_task receiver;
};

static void note(struct end *end, const struct error *err)
{
    end->failed = true;
    end->err = *err;
}

static void send_all(void *arg)
{
    struct end *end = arg;
    struct error err;
    uint8_t bytes[2100];
    while (end->sent < MUCH) {
        size_t size = 1 + (end->sent * 7) % sizeof bytes;
        size = MUCH - end->sent < size ? MUCH - end->sent : size;
        for (size_t i = 0; i < size; i++)
            bytes[i] = pattern(end->sent + i, end->way);
        if (!io_stream_write(end->stream, slice_of(bytes, size), &err)) {
            note(end, &err);
            return;
        }
        end->sent += size;
        if (end->conn != NULL && end->sent % 5 == 0)
            (void)SSL_key_update(end->conn->ssl, SSL_KEY_UPDATE_REQUESTED);
    }
}

static void receive_all(void *arg)
{
    struct end *end = arg;
    struct error err = {0};
    uint8_t bytes[1777];
    size_t got = 0;
    while (end->received < MUCH) {
        if (!io_stream_read(end->stream, bytes, sizeof bytes, &got, &err) || got == 0) {
            note(end, &err);
            return;
        }
        for (size_t i = 0; i < got; i++)
            if (bytes[i] != pattern(end->received + i, 1 - end->way)) {
                (void)error_set(&err, ERROR_PROTOCOL, "byte %zu is wrong", end->received + i);
                note(end, &err);
                return;
            }
        end->received += got;
    }
}

static void begin(struct end *end)
{
    struct error err;
    assert_true(io_task_start(&end->sender, send_all, end, &err));
    assert_true(io_task_start(&end->receiver, receive_all, end, &err));
}

static void finish(struct end *end)
{
    io_task_join(&end->sender);
    io_task_join(&end->receiver);
    if (end->failed)
        fail_msg("%s", end->err.text);
    assert_int_equal(end->sent, MUCH);
    assert_int_equal(end->received, MUCH);
    io_stream_close(end->stream);
}

/* ---- a stream whose every write waits, and that insists on the rule ---- */

struct narrow {
    struct io_stream stream; /* first */
    struct io_stream *inner;
    bool reading;
    bool writing;
};

static bool narrow_read(struct io_stream *stream, void *to, size_t size, size_t *got,
                        struct error *err)
{
    struct narrow *n = (struct narrow *)(void *)stream;
    assert_false(n->reading);
    n->reading = true;
    bool ok = io_stream_read(n->inner, to, size < 313 ? size : 313, got, err);
    n->reading = false;
    return ok;
}

static bool narrow_write(struct io_stream *stream, struct slice bytes, struct error *err)
{
    struct narrow *n = (struct narrow *)(void *)stream;
    bool ok = true;
    assert_false(n->writing);
    n->writing = true;
    for (size_t at = 0; ok && at < bytes.size; at += 977)
        ok = io_sleep(0, err) &&
             io_stream_write(n->inner, slice_first(slice_from(bytes, at), 977), err);
    n->writing = false;
    return ok;
}

static void narrow_close(struct io_stream *stream)
{
    io_stream_close(((struct narrow *)(void *)stream)->inner);
    free(stream);
}

static struct io_stream *narrow(struct io_stream *inner)
{
    static const struct io_stream_methods methods = {narrow_read, narrow_write, narrow_close};
    struct narrow *n = malloc(sizeof *n);
    *n = (struct narrow){{&methods}, inner, false, false};
    return &n->stream;
}

/* ---- server and client ---- */

static struct io_listener *listener;
static struct io_tls *server_tls;
static struct io_tls *client_tls;
static struct end server;
static bool wants_new_keys;
static bool answers; /* whether the server begins at once */

static void on_accepted(void *owner, struct io_conn *conn)
{
    (void)owner;
    io_conn_limit(conn, 3000);
    server = (struct end){.conn = wants_new_keys ? conn : NULL, .way = 1};
    server.stream = io_conn_stream(conn);
    if (answers)
        begin(&server);
}

static struct io_stream *dial(enum io_tls_version version, bool tls)
{
    static const struct io_tls_policy anybody = {.any = true};
    struct error err = {0};
    struct io_tls_client_options options = {.firmware = true, .newest = version};
    struct io_address any = world_address(0);
    server_tls = tls ? world_server_tls(version, version) : NULL;
    struct io_listen_options listen = {.tls = server_tls};
    listener = io_listen(io_loop_current(), &any, &listen, on_accepted, NULL, &err);
    assert_string_equal(err.text, "");
    struct io_address at = io_listener_address(listener);
    struct io_conn *conn = io_connect(&at, NULL, NULL, &err);
    assert_string_equal(err.text, "");
    io_conn_limit(conn, 3000);
    struct io_stream *stream = io_conn_stream(conn);
    if (!tls)
        return stream;
    client_tls = io_tls_client_new(io_loop_current(), &options, &err);
    assert_non_null(client_tls);
    stream = io_tls_stream_open(narrow(stream), client_tls, &anybody, &err);
    assert_string_equal(err.text, "");
    return stream;
}

static void hang_up(void)
{
    io_listener_close(listener);
    io_tls_free(server_tls);
    io_tls_free(client_tls);
    client_tls = NULL;
}

static void talk(enum io_tls_version version, bool tls)
{
    answers = true;
    wants_new_keys = tls && version == IO_TLS_1_3;
    struct end client = {.stream = dial(version, tls)};
    begin(&client);
    finish(&client);
    finish(&server);
    hang_up();
}

static void talk_plainly(void)
{
    talk(IO_TLS_1_3, false);
}

static void talk_tls12(void)
{
    talk(IO_TLS_1_2, true);
}

static void talk_tls13(void)
{
    talk(IO_TLS_1_3, true);
}

static void connections_carry_both_ways_at_once(void **state)
{
    (void)state;
    world_run(talk_plainly);
}

static void tls12_carries_both_ways_at_once(void **state)
{
    (void)state;
    world_run(talk_tls12);
}

/* The server asks for new keys all the time, so that reading has to write. */
static void tls13_carries_both_ways_at_once_with_new_keys(void **state)
{
    (void)state;
    world_run(talk_tls13);
}

/* ---- one side's end ---- */

static void run_out_of_time(enum io_tls_version version)
{
    struct error err = {0};
    uint8_t bytes[10];
    size_t got = 0;
    answers = false;
    wants_new_keys = false;
    struct end client = {.stream = dial(version, true)};
    assert_true(io_task_start(&client.sender, send_all, &client, &err));
    /* Nothing comes: the reader's time passes again and again, the writer is stopped by the
     * server's not reading, and then goes on. */
    for (int i = 0; i < 5; i++) {
        uint64_t outer = io_deadline_within(5);
        assert_false(io_stream_read(client.stream, bytes, sizeof bytes, &got, &err));
        assert_int_equal(err.code, ERROR_TIMEOUT);
        io_deadline_restore(outer);
    }
    assert_false(client.failed);
    begin(&server);
    assert_true(io_task_start(&client.receiver, receive_all, &client, &err));
    finish(&client);
    finish(&server);
    hang_up();
}

static void run_out_of_time_both(void)
{
    run_out_of_time(IO_TLS_1_2);
    run_out_of_time(IO_TLS_1_3);
}

static void a_readers_deadline_leaves_the_writer_alone(void **state)
{
    (void)state;
    world_run(run_out_of_time_both);
}

static void cancel_reader(void)
{
    struct error err = {0};
    answers = false;
    wants_new_keys = false;
    struct end client = {.stream = dial(IO_TLS_1_3, true)};
    struct io_task first = {0};
    assert_true(io_task_start(&first, receive_all, &client, &err));
    assert_true(io_task_start(&client.sender, send_all, &client, &err));
    assert_true(io_sleep(5, &err));
    io_task_cancel(&first);
    io_task_join(&first);
    assert_true(client.failed);
    assert_int_equal(client.err.code, ERROR_CANCELLED);
    client.failed = false;
    begin(&server);
    assert_true(io_task_start(&client.receiver, receive_all, &client, &err));
    finish(&client);
    finish(&server);
    hang_up();
}

static void a_cancelled_reader_leaves_the_writer_alone(void **state)
{
    (void)state;
    world_run(cancel_reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connections_carry_both_ways_at_once),
        cmocka_unit_test(tls12_carries_both_ways_at_once),
        cmocka_unit_test(tls13_carries_both_ways_at_once_with_new_keys),
        cmocka_unit_test(a_readers_deadline_leaves_the_writer_alone),
        cmocka_unit_test(a_cancelled_reader_leaves_the_writer_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
