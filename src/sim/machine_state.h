/*
 * What a simulated machine keeps when its power, or the process that plays it, goes: its set-up,
 * the hashes of its passwords, certificates with their keys, what was configured. A JSON text in a
 * file that only its owner reads. Pure but for the file.
 */
#ifndef SIM_MACHINE_STATE_H
#define SIM_MACHINE_STATE_H

#include "sim/machine.h"

/* Replaces the file at once. */
bool sim_machine_state_save(const struct sim_machine *machine, const char *path, struct error *err);

/* Makes the machine, which is as it was initialized, what the file says. ERROR_INVALID when it says
 * nothing of this machine; the machine is un-provisioned then. */
bool sim_machine_state_load(struct sim_machine *machine, const char *path, struct error *err);

/* Takes the file for this process, until the descriptor is closed, by a lock on PATH.lock; PATH
 * itself is another file with each state. -1 with ERROR_CONFLICT when another process has it. */
int sim_machine_state_take(const char *path, struct error *err);

/* As save and load, with the text. */
void sim_machine_state_put(const struct sim_machine *machine, struct buffer *out);
bool sim_machine_state_read(struct sim_machine *machine, struct slice text, struct error *err);

/* Makes a machine that is set up and has nothing configured: what a set-up alone leaves behind. */
void sim_machine_state_plain(struct sim_machine *machine);

#endif
