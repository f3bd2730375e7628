/*
 * The devices whose provisioning or change of password runs in this process, so that no two of them
 * run side by side (store/provisionings.h). Any thread; never waits.
 */
#ifndef STORE_RUNNING_H
#define STORE_RUNNING_H

#include "core/guid.h"

#include <stdbool.h>

struct running;

struct running *running_new(void);

/* NULL is allowed. */
void running_free(struct running *running);

/* False when it is there already. */
bool running_add(struct running *running, const struct guid *guid);

/* Nothing happens when it is not there. */
void running_remove(struct running *running, const struct guid *guid);
bool running_has(struct running *running, const struct guid *guid);

#endif
