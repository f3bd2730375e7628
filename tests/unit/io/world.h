/* What the tests of this room share: a loop whose first fiber is the test, and certificates made
 * once per executable. */
#ifndef UNIT_IO_WORLD_H
#define UNIT_IO_WORLD_H

#include "io/certificate.h"
#include "io/conn.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "io/tls.h"

/* Runs `test` as a fiber of a new loop and frees the loop. Fails the test when that is not
 * possible. */
void world_run(void (*test)(void));

/* The address 127.0.0.1 with a port (0: any). */
struct io_address world_address(uint16_t port);

/* A CA and a leaf for "localhost" and 127.0.0.1; made on the first call. */
const struct io_certificate *world_ca(void);
const struct io_certificate *world_leaf(void);

/* TLS settings of the current loop from those. */
struct io_tls *world_server_tls(enum io_tls_version oldest, enum io_tls_version newest);
struct io_tls *world_client_tls(enum io_tls_version newest);

/* Value of a metric by its name and labels as printed; -1 when there is none. */
long world_metric(const char *name);

/* Waits until `*flag` is true, at most `ms`. */
bool world_await(const bool *flag, uint64_t ms);

/* Waits until `*value` is `wanted`, at most 10 s, and fails the test otherwise. */
void world_await_count(const int *value, int wanted);

/* Waits until a metric has that value, likewise. */
void world_await_metric(const char *name, long wanted);

/* Connects a blocking socket to a listener on 127.0.0.1; its descriptor. */
int world_socket(uint16_t port);

/* Receives up to `size` bytes from it without stopping the loop: their number, 0 at the end of the
 * stream, -1 after a reset, -2 when nothing came within `ms`. On the test's fiber. */
int world_receive(int fd, void *to, size_t size, uint64_t ms);

#endif
