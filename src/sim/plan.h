/*
 * What goes wrong with single machines of many: a file whose lines are "NUMBER RULE", with rules as
 * in mischief.h. Lines that are empty or begin with ';' count for nothing. Pure but for the file.
 */
#ifndef SIM_PLAN_H
#define SIM_PLAN_H

#include "sim/mischief.h"

/* Adds each rule to the list of its machine; `rules` has `count` of them, which the caller frees.
 * False with `err`, which names the line. */
bool sim_plan_read(const char *path, struct sim_mischief **rules, uint32_t count,
                   struct error *err);

#endif
