/*
 * The secrets of a configuration: which entries it has in the secret store, and writing them with
 * its row so that both change or neither does. Paths are the toolkit's (spec rps 5.2) with the name
 * as the row has it; another tenant's are below "tenants/<tenant>/", where what is no letter,
 * digit,
 * '-' or '_' of the tenant is written as "%XX". On the worker that writes.
 */
#ifndef STORE_CONFIGURATION_SECRETS_H
#define STORE_CONFIGURATION_SECRETS_H

#include "store/configurations.h"
#include "store/secrets.h"

#define CONFIGURATION_ENTRIES_MOST 2 /* of one row */

/* "certs/<name>". In the arena. */
const char *configuration_secrets_path(struct arena *arena, const char *tenant, const char *folder,
                                       const char *name);

struct configuration_field {
    const char *key;
    const char *value; /* as in struct store_domain_secrets */
};

struct configuration_entry {
    const char *folder; /* "certs"; NULL: there is none */
    struct configuration_field fields[2];
    bool is_whole; /* the first field's value is all of it: a JSON object */
};

/* A change of a row's entries; also keeps what was there. */
struct configuration_change {
    struct store_secrets *secrets;
    const char *tenant;
    bool afresh; /* a new row: what an earlier one has left does not count */
    bool remove;
    struct configuration_entry entries[CONFIGURATION_ENTRIES_MOST];
    struct arena arena; /* of what is below; wiped */
    struct {
        const char *path; /* NULL: not touched */
        bool was_there;
        struct slice before;
    } undo[CONFIGURATION_ENTRIES_MOST];
};

void configuration_change_init(struct configuration_change *change, struct store_secrets *secrets,
                               const char *tenant);
void configuration_change_fini(struct configuration_change *change);

/* Writes or removes the entries (struct store_last_step). After a failure some may be written. */
bool configuration_change_run(void *change, const char *name, struct error *err);

/* Puts back what was there before; logs what cannot be. */
void configuration_change_undo(struct configuration_change *change);

#endif
