/*
 * Numbers that tell whether a device's row or secrets have changed since they were read
 * (store_device_version). A table of fixed size, so that it neither grows with the devices nor
 * forgets one that was deleted: devices whose GUIDs fall on the same number share it. Any thread
 * reads; changes come from the one thread that writes.
 */
#ifndef STORE_VERSIONS_H
#define STORE_VERSIONS_H

#include "core/guid.h"

struct versions;

struct versions *versions_new(void);

/* NULL is allowed. */
void versions_free(struct versions *versions);

/* Even, or odd while a change is being written. */
uint64_t versions_read(const struct versions *versions, const struct guid *guid);

/* Bracket the writing of a change. */
void versions_begin(struct versions *versions, const struct guid *guid);
void versions_end(struct versions *versions, const struct guid *guid);

#endif
