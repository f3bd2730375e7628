#include "io/conn.h"

#include "core/memory.h"
#include "io/simulated/world.h"

#include <stdlib.h>
#include <string.h>

#define WRITE_LIMIT ((size_t)256 * 1024)
#define READ_MOST   ((size_t)64 * 1024)
#define CLOSING_MS  5000
#define CONNECT_MS  30000

/* The states of conn_uv.h that are left without a handshake. */
enum conn_state { CONN_OPEN, CONN_FLUSHING, CONN_LINGERING, CONN_ENDED };

struct io_conn {
    struct list link; /* in its loop */
    struct io_loop *loop;
    struct io_listener *listener;
    const struct io_conn_events *events;
    void *owner;
    struct wire *wire;
    struct pipe *in;
    struct pipe *to;
    struct buffer out;
    struct io_timer timer;
    struct io_address peer;
    enum conn_state state;
    size_t reads; /* most bytes at a time */
    uint64_t sent;
    bool paused;
    bool blocked;
    bool peer_ended;
    bool outlives;
    bool failed;
    struct error why;
};

static void end(struct io_conn *conn, const struct error *why)
{
    if (conn->state == CONN_ENDED)
        return;
    if (conn->state != CONN_LINGERING && !conn->to->ended)
        conn->to->reset = true;
    conn->state = CONN_ENDED;
    conn->failed = why != NULL;
    if (why != NULL)
        conn->why = *why;
    io_timer_stop(&conn->timer);
}

static void on_timer(struct io_timer *timer)
{
    struct io_conn *conn = LIST_ENTRY(timer, struct io_conn, timer);
    char peer[IO_ADDRESS_TEXT_SIZE];
    struct error why;
    if (conn->state == CONN_LINGERING) {
        end(conn, NULL);
        return;
    }
    (void)error_set(&why, ERROR_TIMEOUT, "%s did not take the last bytes in time",
                    io_address_format(&conn->peer, peer));
    end(conn, &why);
}

struct io_conn *sim_conn_new(struct io_loop *loop, struct wire *wire, unsigned wire_end,
                             const struct io_address *peer, struct io_listener *listener)
{
    struct io_conn *conn = memory_new(sizeof *conn);
    conn->loop = loop;
    conn->listener = listener;
    conn->wire = wire;
    conn->in = &wire->ways[wire_end];
    conn->to = &wire->ways[1 - wire_end];
    conn->in->room = READ_MOST; /* a peer takes any amount, a connection what TCP would buffer */
    conn->reads = READ_MOST;
    conn->peer = *peer;
    buffer_init(&conn->out, WRITE_LIMIT);
    io_timer_init(&conn->timer, on_timer);
    list_append(&loop->conns, &conn->link);
    return conn;
}

/* --- one turn --------------------------------------------------------------------------------- */

/* Passes queued bytes on; true when some went. */
static bool flush(struct io_conn *conn)
{
    size_t room = pipe_room(conn->to, buffer_size(&conn->out));
    if (room > 0) {
        buffer_put(&conn->to->bytes, slice_first(buffer_slice(&conn->out), room));
        conn->sent += room;
        buffer_consume(&conn->out, room);
        buffer_release(&conn->out);
    }
    if (buffer_size(&conn->out) > 0)
        return room > 0;
    if (conn->state == CONN_FLUSHING) {
        conn->to->ended = true;
        conn->state = CONN_LINGERING;
        if (conn->peer_ended)
            end(conn, NULL);
        return true;
    }
    if (!conn->blocked)
        return false;
    conn->blocked = false;
    if (conn->events != NULL && conn->events->drained != NULL)
        conn->events->drained(conn->owner);
    return true;
}

static bool receive(struct io_conn *conn)
{
    struct slice bytes = slice_first(buffer_slice(&conn->in->bytes), conn->reads);
    if (conn->in->piece > 0)
        bytes = slice_first(bytes, conn->in->piece);
    if (bytes.size == 0)
        return false;
    memcpy(conn->loop->scratch, bytes.data, bytes.size);
    buffer_consume(&conn->in->bytes, bytes.size);
    conn->events->data(conn->owner, slice_of(conn->loop->scratch, bytes.size));
    return true;
}

static void broken_off(struct io_conn *conn)
{
    char peer[IO_ADDRESS_TEXT_SIZE];
    struct error why;
    (void)error_set(&why, ERROR_CONNECTION, "connection reset by %s",
                    io_address_format(&conn->peer, peer));
    end(conn, conn->peer_ended ? NULL : &why);
}

static bool turn_open(struct io_conn *conn)
{
    bool listening = conn->events != NULL && !conn->paused && !conn->peer_ended;
    if (listening && receive(conn))
        return true;
    if (listening && conn->state == CONN_OPEN && conn->in->ended) {
        conn->peer_ended = true;
        if (conn->outlives)
            conn->events->data(conn->owner, (struct slice){NULL, 0});
        else
            io_conn_close(conn);
        return true;
    }
    return false;
}

static bool linger(struct io_conn *conn)
{
    bool any = buffer_size(&conn->in->bytes) > 0;
    buffer_clear(&conn->in->bytes);
    if (!conn->in->ended)
        return any;
    end(conn, NULL);
    return true;
}

static bool gone(struct io_conn *conn)
{
    if (conn->events != NULL)
        conn->events->closed(conn->owner, conn->failed ? &conn->why : NULL);
    if (conn->listener != NULL)
        sim_listener_forget(conn->listener);
    list_remove(&conn->link);
    if (conn->wire != NULL) /* it did not move away */
        wire_release(conn->wire);
    buffer_fini(&conn->out);
    free(conn);
    return true;
}

/* Never frees any but `conn` itself, whatever the owner does in between. */
static bool turn(struct io_conn *conn)
{
    bool busy = false;
    if (conn->state != CONN_ENDED && conn->in->reset) {
        broken_off(conn);
        busy = true;
    }
    if (conn->state == CONN_OPEN || conn->state == CONN_FLUSHING)
        busy = flush(conn) || busy;
    if (conn->state == CONN_OPEN)
        busy = turn_open(conn) || busy;
    if (conn->state == CONN_LINGERING)
        busy = linger(conn) || busy;
    if (conn->state == CONN_ENDED)
        busy = gone(conn);
    return busy;
}

bool sim_conns_turn(struct io_loop *loop)
{
    bool busy = false;
    for (struct list *at = loop->conns.next; at != &loop->conns;) {
        struct list *next = at->next;
        struct list *last = loop->conns.previous;
        busy = turn(LIST_ENTRY(at, struct io_conn, link)) || busy;
        if (at == last) /* those made meanwhile have their turn next time */
            break;
        at = next;
    }
    return busy;
}

void sim_conns_abort(struct io_loop *loop)
{
    for (struct list *at = loop->conns.next; at != &loop->conns; at = at->next)
        end(LIST_ENTRY(at, struct io_conn, link), NULL);
}

/* --- the owner's calls ------------------------------------------------------------------------ */

void io_conn_own(struct io_conn *conn, const struct io_conn_events *events, void *owner)
{
    conn->events = events;
    conn->owner = owner;
}

bool io_conn_write(struct io_conn *conn, struct slice bytes)
{
    if (conn->state != CONN_OPEN || conn->in->reset || bytes.size > conn->out.limit ||
        buffer_size(&conn->out) > conn->out.limit - bytes.size)
        return false;
    size_t room = conn->blocked ? 0 : pipe_room(conn->to, bytes.size);
    buffer_put(&conn->to->bytes, slice_first(bytes, room));
    conn->sent += room;
    if (room < bytes.size) {
        buffer_put(&conn->out, slice_from(bytes, room));
        conn->blocked = true;
    }
    return true;
}

size_t io_conn_queued(const struct io_conn *conn)
{
    return buffer_size(&conn->out);
}

uint64_t io_conn_acknowledged(const struct io_conn *conn)
{
    return conn->sent;
}

void io_conn_limit(struct io_conn *conn, size_t write_limit)
{
    conn->out.limit = write_limit;
}

void io_conn_read_limit(struct io_conn *conn, size_t read_limit)
{
    conn->reads = read_limit < READ_MOST ? read_limit : READ_MOST;
}

size_t io_conn_reads(const struct io_conn *conn)
{
    return conn->reads;
}

void io_conn_pause(struct io_conn *conn)
{
    conn->paused = true;
}

void io_conn_resume(struct io_conn *conn)
{
    conn->paused = false;
}

void io_conn_outlive_input(struct io_conn *conn)
{
    conn->outlives = true;
}

void io_conn_close(struct io_conn *conn)
{
    if (conn->state != CONN_OPEN)
        return;
    conn->state = CONN_FLUSHING;
    io_timer_start(&conn->timer, CLOSING_MS);
}

void io_conn_abort(struct io_conn *conn)
{
    end(conn, NULL);
}

/* As over libuv the record that moves is a new one: the old one may be having its turn. */
struct io_conn *io_conn_detach(struct io_conn *conn)
{
    if (conn->state != CONN_OPEN)
        return NULL;
    struct io_conn *moved = memory_new(sizeof *moved);
    *moved = *conn;
    moved->loop = NULL;
    moved->listener = NULL;
    moved->events = NULL;
    list_init(&moved->link);
    io_timer_init(&moved->timer, on_timer);
    buffer_init(&conn->out, 0);
    conn->wire = NULL;
    conn->events = NULL;
    conn->state = CONN_ENDED;
    conn->failed = false;
    return moved;
}

void io_conn_attach(struct io_conn *conn)
{
    conn->loop = io_loop_current();
    conn->paused = true;
    list_append(&conn->loop->conns, &conn->link);
}

void io_conn_discard(struct io_conn *conn)
{
    end(conn, NULL);
    (void)gone(conn);
}

struct io_address io_conn_peer(const struct io_conn *conn)
{
    return conn->peer;
}

const char *io_conn_tls_version(const struct io_conn *conn)
{
    (void)conn;
    return NULL;
}

const char *io_conn_tls_cipher(const struct io_conn *conn)
{
    (void)conn;
    return NULL;
}

struct io_conn *io_connect(const struct io_address *address, struct io_tls *tls,
                           const char *server_name, struct error *err)
{
    (void)tls;
    (void)server_name;
    struct io_loop *loop = io_loop_current();
    char text[IO_ADDRESS_TEXT_SIZE];
    (void)io_address_format(address, text);
    if (sim_is_swallowed(loop->world, address)) {
        uint64_t previous = io_deadline_within(CONNECT_MS);
        struct io_wait never = {NULL, false};
        (void)io_wait_for(&never, IO_FOREVER, err);
        io_deadline_restore(previous);
        if (err != NULL && err->code == ERROR_TIMEOUT)
            (void)error_set(err, ERROR_TIMEOUT, "%s did not answer in time", text);
        return NULL;
    }
    struct wire *wire = wire_new();
    struct io_address from = sim_next_caller(loop->world);
    struct io_conn *conn = NULL;
    if (!sim_listener_call(loop->world, address, wire, 1, &from) &&
        !sim_peer_answer(loop->world, address, wire))
        (void)error_set(err, ERROR_CONNECTION, "connection refused by %s", text);
    else
        conn = sim_conn_new(loop, wire, 0, address, NULL);
    if (conn == NULL) {
        wire->ends = 1;
        wire_release(wire);
        return NULL;
    }
    if (io_sleep(0, err)) /* no connection is there within the turn that asked for it */
        return conn;
    end(conn, NULL);
    return NULL;
}
