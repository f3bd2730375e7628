/*
 * Who may use a device: the password of "admin" (spec rps 3.0, 4.4) and AMT's local accounts
 * (AMT_AuthorizationService; spec device-classes). Over struct amt, on a fiber; what is returned
 * lives in the arena. A refusal is ERROR_DEVICE with the method, the number and its name.
 */
#ifndef AMT_ACCOUNT_H
#define AMT_ACCOUNT_H

#include "amt/amt.h"

#define AMT_ACCOUNTS_LIMIT 64 /* that are listed; firmware keeps 32 and a few of its own */
#define AMT_ACCOUNT_NAME   ((size_t)16)
#define AMT_ACCOUNT_REALMS 25 /* numbers of realms are below */

/* Changes the password of "admin" (SetAdminAclEntryEx). Afterwards the device knows the new one
 * only. One attempt; ERROR_DEVICE: the old one is still the password. Any other error leaves it
 * open. */
bool amt_account_set_admin_password(struct amt *amt, struct arena *arena, struct slice realm,
                                    struct slice password, struct error *err);

enum amt_account_access { AMT_ACCESS_LOCAL, AMT_ACCESS_NETWORK, AMT_ACCESS_ANY };

struct amt_account {
    uint32_t handle;
    struct slice name; /* digest user; empty for a Kerberos account */
    struct slice sid;  /* Kerberos account: the SID as the device has it */
    enum amt_account_access access;
    uint32_t realms; /* bit n: realm n */
    bool enabled;
    bool is_system; /* "$$…": the firmware's own, not to be changed */
};

/* Why firmware would refuse it as the name of a digest user, a sentence; NULL: it takes it. */
const char *amt_account_name_fault(struct slice name);

/* "Redirection" …; NULL for a number that has no name. */
const char *amt_account_realm_name(unsigned realm);

bool amt_account_list(struct amt *amt, struct arena *arena, struct amt_account **accounts,
                      size_t *count, struct error *err);

struct amt_account_change {
    struct slice name;
    struct slice password; /* .data NULL in an update: name and password stay */
    enum amt_account_access access;
    uint32_t realms;
};

/* `realm` is the device's digest realm. ERROR_INVALID when the name, password or realms cannot be
 * right; ERROR_CONFLICT when the name exists already. */
bool amt_account_add(struct amt *amt, struct arena *arena, struct slice realm,
                     const struct amt_account_change *change, uint32_t *handle, struct error *err);
bool amt_account_update(struct amt *amt, struct arena *arena, struct slice realm, uint32_t handle,
                        const struct amt_account_change *change, struct error *err);

/* ERROR_NOT_FOUND: no such handle. */
bool amt_account_remove(struct amt *amt, struct arena *arena, uint32_t handle, struct error *err);
bool amt_account_enable(struct amt *amt, struct arena *arena, uint32_t handle, bool enabled,
                        struct error *err);

#endif
