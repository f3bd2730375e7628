/*
 * Many tunnels on one loop of one thread: dials them at a bounded rate, dials again after losses,
 * counts. A fleet either holds its tunnels up or, as a storm, lets each log in, leave and come
 * back, over and over. Another thread asks it for its counters and tells it to stop.
 */
#ifndef SIM_FLEET_H
#define SIM_FLEET_H

#include "sim/options.h"
#include "sim/stats.h"

struct sim_fleet;

struct sim_fleet_plan {
    const struct sim_options *options; /* borrowed */
    uint32_t first;                    /* number of its first device */
    uint32_t count;
    uint32_t rate;  /* dials per second; 0: no bound */
    bool storm;     /* leave after each login */
    uint32_t probe; /* of its devices, this many send a keep-alive every 2 ms */
};

/* A fleet that is not running yet. NULL with `err` (address, certificate). */
struct sim_fleet *sim_fleet_new(const struct sim_fleet_plan *plan, struct error *err);

/* Runs on the calling thread until sim_fleet_stop; hangs up before it returns. */
bool sim_fleet_run(struct sim_fleet *fleet, struct error *err);

/* Any thread. */
void sim_fleet_stop(struct sim_fleet *fleet);

/* Copies the counters, at most a quarter of a second old. Any thread. */
void sim_fleet_stats(struct sim_fleet *fleet, struct sim_stats *stats);

/* Frees a fleet that has stopped. NULL is allowed. */
void sim_fleet_free(struct sim_fleet *fleet);

#endif
