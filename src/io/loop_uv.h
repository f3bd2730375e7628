/* The libuv loop inside. Private to this room's libuv half; loop thread only unless noted. */
#ifndef IO_LOOP_UV_H
#define IO_LOOP_UV_H

#include "core/list.h"
#include "io/loop.h"
#include "io/scheduler.h"
#include "io/tls_bio.h"

#include <openssl/crypto.h>
#include <openssl/provider.h>
#include <openssl/types.h>
#include <stdatomic.h>
#include <uv.h>

/* Most bytes that one connection reads in one turn, so that a fast peer does not starve others. */
#define READ_BUDGET ((size_t)64 * 1024)

/* OpenSSL of one loop, free of other threads' locks. Lives as long as its loop and as connections
 * that were moved from there to others. */
struct tls_library {
    OSSL_LIB_CTX *context;
    OSSL_PROVIDER *provider;
    atomic_uint holders;
};

/* NULL when OpenSSL cannot be set up. In tls_library.c, like the next two. */
struct tls_library *tls_library_new(void);

/* Any thread. */
void tls_library_hold(struct tls_library *library);

/* The thread that lets go also gives back what OpenSSL keeps for it there. NULL is allowed. */
void tls_library_release(struct tls_library *library);

struct io_loop {
    struct scheduler scheduler; /* first: scheduler_current relies on it */
    uv_loop_t uv;
    uv_prepare_t prepare;
    uv_check_t check;
    uv_idle_t idle;     /* active while work is left, so that the poll does not block */
    uv_timer_t timer;   /* for the head of the scheduler's heap */
    uint64_t timer_due; /* what it is set to; IO_FOREVER when it is not */
    uv_async_t async;
    _Atomic(struct io_message *) inbox; /* newest first; any thread adds */
    atomic_bool stopping;               /* any thread */
    struct list heavy; /* connections whose next handshake step may run (conn_uv.h) */
    struct list turns; /* fibers whose next handshake step may run (handshake.c) */
    bool was_fiber;    /* the last step was a fiber's */
    struct tls_library *library;
    struct tls_bio tls_bio; /* of all its TLS connections */
    uint8_t *scratch;       /* READ_BUDGET bytes that every connection reads into */
};

/* Called by the loop once per turn, for the first connection of `heavy` or the first fiber of
 * `turns`, in turns; does nothing when both are empty. In handshake.c, like the next two. */
void handshake_step(struct io_loop *loop);

bool handshake_waits(const struct io_loop *loop);

/* Waits until the current fiber may do one step of a TLS handshake: until it waits the next time.
 * ERROR_TIMEOUT or ERROR_CANCELLED. */
bool handshake_turn(struct error *err);

/* Ends every connection that is left. In conn.c. */
void conn_abort_all(struct io_loop *loop);

#endif
