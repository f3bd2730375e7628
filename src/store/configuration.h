/*
 * What the six kinds of configurations have in common: the calls of store/configurations.h over any
 * kind's row, of which they know that its name comes first. Private to the files of the kinds; on
 * fibers.
 */
#ifndef STORE_CONFIGURATION_H
#define STORE_CONFIGURATION_H

#include "store/configuration_secrets.h"

/* A text of a row is bounded, whoever wrote it. */
bool configuration_text_fits(const char *text);

bool configuration_get(struct store *store, enum store_kind kind, struct arena *arena,
                       const char *tenant, struct slice name, void *row, struct error *err);
bool configuration_list(struct store *store, enum store_kind kind, struct arena *arena,
                        const char *tenant, uint64_t top, uint64_t skip, void **rows, size_t *count,
                        uint64_t *total, struct error *err);

/* `fits`: nothing of the row passes a limit. `entries` NULL: the kind has no secrets. */
bool configuration_put(struct store *store, enum store_kind kind, struct arena *arena,
                       const char *tenant, enum store_put how, void *row, bool fits,
                       const struct configuration_entry *entries, struct store_refusal *refusal,
                       struct error *err);
bool configuration_delete(struct store *store, enum store_kind kind, struct arena *arena,
                          const char *tenant, struct slice name,
                          const struct configuration_entry *entries, struct store_refusal *refusal,
                          struct error *err);

/* The values of the fields of an entry; `second` may be NULL. Of one that is_whole, all of it. */
bool configuration_secret(struct store *store, enum store_kind kind, struct arena *arena,
                          const char *tenant, const char *name,
                          const struct configuration_entry *entry, struct slice *first,
                          struct slice *second, struct error *err);

#endif
