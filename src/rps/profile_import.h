/*
 * The document of an exported profile (rps/profile_export.h; also those of the toolkit's RPS and
 * Console) as the bodies of the requests that make it: what the profile refers to first, itself
 * last. Pure.
 */
#ifndef RPS_PROFILE_IMPORT_H
#define RPS_PROFILE_IMPORT_H

#include "core/arena.h"
#include "core/error.h"
#include "store/configurations.h"

#include <jansson.h>

/* Two networks and a profile with 802.1X each, and 8 networks, 15 proxies, … at most. */
#define RPS_IMPORT_PARTS 40

struct rps_import_part {
    enum store_kind kind;
    json_t *body; /* owned; has secrets */
};

struct rps_import {
    struct rps_import_part parts[RPS_IMPORT_PARTS];
    size_t count;
    bool without_domain; /* there is a provisioning certificate, but no word of its domain */
};

/* `name` NULL or empty: the document's. What has no name in the toolkit's documents (the CIRA
 * config, proxies, 802.1X) is called after the profile. ERROR_INVALID when it is no such document.
 * rps_import_fini in either case. */
bool rps_import_read(struct arena *arena, const json_t *document, const char *name,
                     struct rps_import *import, struct error *err);
void rps_import_fini(struct rps_import *import);

#endif
