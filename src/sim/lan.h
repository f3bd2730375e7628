/*
 * Devices on the local network: each listens on an address of its own on the ports that its
 * personality has of 16992 to 16995, whether TLS is switched on in the model or not. All of them
 * share one loop and thread. A device serves a few HTTP connections at once, as firmware does;
 * later ones are accepted and wait. Redirection connections are closed at once: nothing serves them
 * yet.
 *
 * Life cycle: new → run (on a thread) … stop (from another) → free.
 */
#ifndef SIM_LAN_H
#define SIM_LAN_H

#include "sim/options.h"

struct sim_lan;

/* Reads addresses and certificate. `options` is borrowed. NULL with `err`. */
struct sim_lan *sim_lan_new(const struct sim_options *options, struct error *err);

/* Listens, prints one line per device to standard output, and serves until sim_lan_stop. False with
 * `err` when a port cannot be had. */
bool sim_lan_run(struct sim_lan *lan, struct error *err);

/* Any thread, once. */
void sim_lan_stop(struct sim_lan *lan);

/* NULL is allowed. */
void sim_lan_free(struct sim_lan *lan);

#endif
