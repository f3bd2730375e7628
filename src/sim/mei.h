/*
 * `amtsim mei`: one whole simulated machine around a command. The machine's ME answers on the
 * command's device files (mei_trap.h); the clients of the ME, LMS, the doors on the network and the
 * tunnel to a server show one model, which is kept in a file.
 *
 *   /dev/mei0 ── PTHI, watchdog, UPID, HOTHAM ─┐
 *             └─ LME (APF) ── local doors ──── struct sim_device ──── tunnel to the server
 *   127.0.0.1 ── LMS ──────── local doors ─────┘
 *
 * Everything but the device files' thread happens on one loop and thread. Life cycle: new → run (on
 * a thread) … wait → watch … stop (from another) → free.
 */
#ifndef SIM_MEI_H
#define SIM_MEI_H

#include "sim/options.h"

struct sim_mei;

/* `options` is borrowed. NULL with `err`. */
struct sim_mei *sim_mei_new(const struct sim_options *options, struct error *err);

/* Serves until sim_mei_stop. */
void sim_mei_run(struct sim_mei *mei);

/* Any thread: returns once the machine is there and its doors are open. False with `err` when it
 * cannot be: then run returns. */
bool sim_mei_wait(struct sim_mei *mei, struct error *err);

/* After that, any thread: answers the questions that come by `listener`, which it takes. */
bool sim_mei_watch(struct sim_mei *mei, int listener, struct error *err);

/* Any thread, once: keeps the state, hangs up, ends run. */
void sim_mei_stop(struct sim_mei *mei);

/* NULL is allowed. Frees nothing while a process keeps the device files' thread. */
void sim_mei_free(struct sim_mei *mei);

/* Runs options->command with such a machine; `status` is what it exited with. False with `err` when
 * it did not run. Signals are the process's. */
bool sim_mei_command(const struct sim_options *options, int *status, struct error *err);

#endif
