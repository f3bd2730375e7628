/*
 * A device's entry in the secret store: where it is, and the passwords in it as lists
 * (store/password_list.h). Private to src/store; on a worker.
 *
 * A tenant's entries are at paths of its own, the default tenant's where the toolkit has them
 * (configuration_secrets_path). There may be entries of other tenants as well, from before that:
 * they are read there, and move with their next change. Whose such an entry is it says (TENANT_ID);
 * else it is whose the device is.
 */
#ifndef STORE_PASSWORD_ENTRY_H
#define STORE_PASSWORD_ENTRY_H

#include "store/call.h"
#include "store/password_list.h"

struct password_entry {
    struct arena arena; /* of the paths */
    const char *path;
    const char *old_path;   /* where it was until now; NULL: at its path, or nowhere */
    const char *other_path; /* where that of another tenant belongs that is at our path; NULL */
    json_t *other;          /* … which is this */
    json_t *object;
};

/* Reads a tenant's; an empty object when there is none. `owner` is the tenant of the device's row,
 * NULL without one. Ended by password_entry_close in any case. */
bool password_entry_open(struct password_entry *entry, struct store_secrets *secrets,
                         const struct guid *guid, const char *tenant, const char *owner,
                         struct error *err);
void password_entry_close(struct password_entry *entry);

/* Writes it as it is now; one that is empty is removed. */
bool password_entry_write(struct password_entry *entry, struct store_secrets *secrets,
                          struct error *err);

/* A row of another tenant than the default one is about to come: what is at the default tenant's
 * place and doesn't say whose it is was the default tenant's, and stays that. */
bool password_entry_keep_default(struct store_secrets *secrets, const struct guid *guid,
                                 struct error *err);

bool password_entry_is_empty(const struct password_entry *entry);

/* Its lists, one per kind; wiped by the caller (password_lists_wipe). ERROR_STORE: it holds
 * something else, which might be a password: nothing is done with it. */
bool password_entry_lists(const struct password_entry *entry,
                          struct password_list lists[STORE_PASSWORD_KINDS], struct error *err);
bool password_entry_set_lists(struct password_entry *entry,
                              const struct password_list lists[STORE_PASSWORD_KINDS],
                              struct error *err);
void password_lists_wipe(struct password_list lists[STORE_PASSWORD_KINDS]);

#define ENTRY_CERTIFICATE "TLS_ISSUED_CERTIFICATE"

#endif
