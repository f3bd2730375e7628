/*
 * A management engine that is played on a thread of its own: scripts that take and give one message
 * after the other, for sessions whose two sides wait for each other. Bytes are written as in
 * ../apf/wire.h. The first thing that is not as the script wants it ends the script, and with it
 * the connection; engine_over fails the test with it.
 */
#ifndef TESTS_MEI_ENGINE_H
#define TESTS_MEI_ENGINE_H

#include "../apf/wire.h"

#include "mei/lme.h"

struct engine;

/* What the engine does with one connection; ends with the connection. */
typedef void engine_script(struct engine *engine);

#define ENGINE_SCRIPTS 4

/* An engine that plays these scripts, one per connection; after the last it is gone. `limit` is the
 * longest message of its client. */
struct engine *engine_new(size_t limit, engine_script *const *scripts, size_t count);

/* Options with which mei_lme_open opens it. Alerts are kept (engine_alerts). */
struct mei_lme_options engine_options(struct engine *engine);

/* Waits for the scripts to end, fails the test with what was wrong, and frees. */
void engine_over(struct engine *engine);

/* What alerts the agent has been told of, one line each; NUL-terminated. */
const char *engine_alerts(const struct engine *engine);

/* How often a client was opened. */
unsigned engine_opened(const struct engine *engine);

/* Waits, on a fiber, until the script has said that it got as far (engine_got_far). */
void engine_await(struct engine *engine);

/* Opens LME on the engine; fails the test when that fails. */
struct mei_lme *engine_lme(struct engine *engine);

/* Runs `test` as a fiber of a new loop and frees the loop. */
void engine_run(void (*test)(void));

/* ---- for scripts ---- */

/* The next message of the host, one message of the client, is this. */
void engine_expect(struct engine *engine, const char *wire);

/* One message of the client. */
void engine_say(struct engine *engine, const char *wire);

/* The same bytes in messages of `size` bytes each. */
void engine_say_in_pieces(struct engine *engine, size_t size, const char *wire);

/* The host closes the client, and says nothing before. */
void engine_expect_end(struct engine *engine);

/* The next message of the host; its size. 0 when the script has failed. */
size_t engine_take(struct engine *engine, uint8_t *to, size_t size);

void engine_put(struct engine *engine, struct slice message);

void engine_got_far(struct engine *engine);

/* Sets the script's failure unless `holds`. */
void engine_check(struct engine *engine, bool holds, const char *what);
bool engine_failed(const struct engine *engine);

/* The session's beginning: versions, pfwd, 623 and 16992. */
void engine_begin(struct engine *engine);

/* The host opens a channel to 16992 with this id of its own ("00000004"), confirmed with `answer`:
 * the engine's id and window. */
void engine_open(struct engine *engine, const char *id, const char *answer);

#define ENGINE_HOST_VERSION "c0 00000001 00000000 000000fe 00*16 00*64 "
/* As the log of a machine shows it (spec rpc 3.2). */
#define ENGINE_VERSION       "c0 00000001 00000000 000000fe 12345678 09 00*11 00*64 "
#define ENGINE_FORWARD_623   "50 0000000d 'tcpip-forward' 01 00000003 'pc1' 0000026f "
#define ENGINE_FORWARD_16992 WIRE_FORWARD(WIRE_16992)

#endif
