/*
 * A profile with all that it refers to, secrets included, as the document that the toolkit's agents
 * read offline (spec rps 1.5, console 5.2): the members of both generations, and what else is
 * needed to make the same profile again (rps/profile_import.h). On a fiber: it reads the store.
 */
#ifndef RPS_PROFILE_EXPORT_H
#define RPS_PROFILE_EXPORT_H

#include "store/configurations.h"

#include <jansson.h>

/* What was missing when profile_export_make gave ERROR_NOT_FOUND. */
struct rps_missing {
    enum store_kind kind;
    const char *name;
};

/* Owned; wipe it (http_json_wipe) before json_decref. `domain` NULL or empty: without a
 * provisioning certificate; it counts for admin control mode only. ERROR_NOT_FOUND with *missing,
 * ERROR_STORE. */
json_t *rps_profile_export(struct store *store, struct arena *arena, const char *tenant,
                           struct slice name, struct slice domain, struct rps_missing *missing,
                           struct error *err);

#endif
