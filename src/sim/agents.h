/*
 * Many machines with an agent each, side by side on one loop of one thread: they run their errand
 * with the server and, once they are set up, call in over CIRA and obey. What happens is told as
 * lines of JSON on standard output.
 *
 * Life cycle: new → run (on a thread) … stop (from another, or by itself) → free.
 */
#ifndef SIM_AGENTS_H
#define SIM_AGENTS_H

#include "sim/options.h"

struct sim_agents;

/* `options` is borrowed. NULL with `err` (address, certificate, files). */
struct sim_agents *sim_agents_new(const struct sim_options *options, struct error *err);

/* Runs until sim_agents_stop, or until nothing is left to do. False with `err` when it could not;
 * machines whose errand failed are no such thing. */
bool sim_agents_run(struct sim_agents *agents, struct error *err);

/* Any thread, any number of times. */
void sim_agents_stop(struct sim_agents *agents);

/* After the run: how many machines did not succeed. */
uint32_t sim_agents_failed(const struct sim_agents *agents);

/* NULL is allowed. */
void sim_agents_free(struct sim_agents *agents);

#endif
