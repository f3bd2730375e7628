/*
 * The world of a presence scenario: the real store, presence server and device conversations on
 * the simulated loop, with scripted devices around them. One world per scenario; one thread.
 */
#ifndef SCENARIO_WORLD_H
#define SCENARIO_WORLD_H

#include "apf/message.h"
#include "core/guid.h"
#include "io/fiber.h"
#include "io/simulated.h"
#include "mps/mps.h"
#include "store/store.h"

struct question {
    struct io_task task;
    char name[16];
    struct guid guid;
    bool asked;
    size_t push; /* bytes to send instead of a request */
    bool ok;
    struct error err;
};

enum { WORLD_PEERS = 26, WORLD_QUESTIONS = 8 };

struct world {
    struct io_loop *loop;
    struct io_address address;
    struct store *store;
    struct events *events;
    struct mps *mps;
    struct io_simulated_peer *peers[WORLD_PEERS]; /* A … Z */
    struct question questions[WORLD_QUESTIONS];
    char directory[64];
    struct buffer out; /* scratch for what a peer says */
};

void world_start(struct world *world);
void world_stop(struct world *world);

/* The stored device of that name: GUID and CIRA password follow from it, the user name is it. */
struct guid world_guid(const char *name);
void world_password(const char *name, char password[64]);

/* Puts the device into the store; without an AMT password when `amt_password` is NULL. */
void world_store(struct world *world, const char *name, const char *amt_password);

/* Stops the presence server with so much time for it; false when it takes all of it. */
bool world_stop_within(struct world *world, uint64_t ms);

/* Whether the presence server holds a tunnel of the device; whether its row says so. */
bool world_is_connected(struct world *world, const char *name);
bool world_is_stored_connected(struct world *world, const char *name);

/* Whether asking for the device's certificate fails because there is none to see. */
bool world_has_no_certificate(struct world *world, const char *name);

/* The operator's disconnect. */
void world_disconnect(struct world *world, const char *name);

/* Asks the device for its general settings on a fiber; the outcome stays in the question. */
void world_ask(struct world *world, struct question *question, const char *device);

/* The same with that many bytes sent over a channel, within 30 s. */
void world_push(struct world *world, struct question *question, const char *device, size_t size);

#endif
