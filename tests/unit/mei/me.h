/*
 * A management engine that has learned its lines: the other end of a pair of sockets that keep
 * messages apart. What it says may be said before it is asked. Bytes are written as in
 * ../apf/wire.h.
 */
#ifndef UNIT_MEI_ME_H
#define UNIT_MEI_ME_H

#include "../apf/wire.h"

#include "mei/mei.h"

#define ME_LIMIT 5120

/* Runs `test` as a fiber of a new loop and frees the loop. */
void me_run(void (*test)(void));

/* A client of a new pair. Takes the place of the one before, whose messages are forgotten. */
struct mei *me_open(void);

/* The same for mei_pthi_open_with; counts in *(int *)arg when that is not NULL. */
struct mei *me_open_for(void *arg, struct error *err);

/* A message of the engine's. */
void me_says(const char *wire);

/* The next message to it is this; fails the test when there is none. */
void me_hears(const char *wire);

/* No message has come. */
void me_hears_nothing(void);

/* Ends the connection, as a reset does. */
void me_hangs_up(void);

/* The descriptor of its end. */
int me_fd(void);

#endif
