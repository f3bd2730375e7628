#include "http/send.h"

#include "core/log.h"
#include "core/memory.h"
#include "http/exchange.h"
#include "io/work.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* An answer leaves in pieces of this size, each once the one before is with the kernel. */
#define PIECE ((size_t)64 * 1024)

static bool send_all(struct http_connection *c, struct slice bytes)
{
    while (bytes.size > 0) {
        while (c->conn != NULL && io_conn_queued(c->conn) > 0)
            if (!io_wait_for(&c->drained, IO_FOREVER, NULL))
                return false;
        if (c->conn == NULL || !io_conn_write(c->conn, slice_first(bytes, PIECE)))
            return false;
        bytes = slice_from(bytes, PIECE);
    }
    return true;
}

static bool send_in_time(struct http_connection *c, struct slice bytes)
{
    uint64_t previous = io_deadline_within(c->server->options.send_ms);
    bool ok = send_all(c, bytes);
    io_deadline_restore(previous);
    return ok;
}

bool http_send_answer(struct http_connection *c, struct arena *arena, struct slice head,
                      struct slice body)
{
    if (body.size == 0)
        return send_in_time(c, head);
    if (body.size <= PIECE) { /* a short answer leaves in one piece: one record, one packet */
        uint8_t *whole = arena_alloc(arena, head.size + body.size);
        memcpy(whole, head.data, head.size);
        memcpy(whole + head.size, body.data, body.size);
        return send_in_time(c, slice_of(whole, head.size + body.size));
    }
    uint64_t previous = io_deadline_within(c->server->options.send_ms);
    bool ok = send_all(c, head) && send_all(c, body);
    io_deadline_restore(previous);
    return ok;
}

/* ---- files ---- */

struct reading {
    int fd;
    uint64_t from;
    uint8_t *bytes;
    size_t size;
    size_t got;
    int code; /* errno */
};

/* On a worker. */
static void read_piece(void *arg)
{
    struct reading *r = arg;
    r->got = 0;
    while (r->got < r->size) {
        ssize_t got = pread(r->fd, r->bytes + r->got, r->size - r->got, (off_t)(r->from + r->got));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            r->code = got < 0 ? errno : ENODATA;
            return;
        }
        r->got += (size_t)got;
    }
}

static bool read_from_file(struct http_connection *c, struct reading *r)
{
    struct io_pool *pool = c->server->options.files;
    struct error err;
    r->code = 0;
    if (pool == NULL)
        read_piece(r);
    else if (!io_work(pool, read_piece, r, &err)) {
        log_line(LOG_WARN, "file not sent", "reason", err.text, NULL);
        return false;
    }
    if (r->code != 0)
        log_line(LOG_WARN, "file not sent", "reason", strerror(r->code), NULL);
    return r->code == 0;
}

bool http_send_file(struct http_connection *c, const struct http_exchange *x, struct slice head)
{
    bool ok = send_in_time(c, head);
    if (x->method == HTTP_HEAD || !ok)
        return ok;
    struct reading r = {.fd = x->file, .from = x->file_from};
    uint64_t left = x->file_size;
    r.bytes = memory_resize(NULL, PIECE);
    while (ok && left > 0) {
        r.size = left < PIECE ? (size_t)left : PIECE;
        ok = read_from_file(c, &r) && send_in_time(c, slice_of(r.bytes, r.size));
        r.from += r.size;
        left -= r.size;
    }
    free(r.bytes);
    return ok;
}
