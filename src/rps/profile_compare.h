/*
 * Two profiles side by side, member by member, as the interface shows them: without secrets, of
 * which not even whether they are the same is told. Pure.
 */
#ifndef RPS_PROFILE_COMPARE_H
#define RPS_PROFILE_COMPARE_H

#include "core/json_writer.h"

#include <jansson.h>

/* Writes {"a":<name>,"b":<name>,"same":…,"fields":[{"field":…,"same":…,"a":…,"b":…}]}: all members
 * of `a` in its order but what tells rows apart (profileName, tenantId, version). */
void rps_profile_compare(struct json_writer *json, const json_t *a, const json_t *b);

#endif
