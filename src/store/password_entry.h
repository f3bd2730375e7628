/*
 * A device's entry in the secret store, as the functions of store/passwords.h read and change it:
 * its texts by name, and changes that are one read and one write on a worker. Private to
 * passwords.c, passwords_unproven.c and passwords_device.c.
 */
#ifndef STORE_PASSWORD_ENTRY_H
#define STORE_PASSWORD_ENTRY_H

#include "store/call.h"
#include "store/passwords.h"

#define ENTRY_CURRENT       "AMT_PASSWORD"
#define ENTRY_PENDING       "AMT_PASSWORD_PENDING"
#define ENTRY_PREVIOUS      "AMT_PASSWORD_PREVIOUS"
#define ENTRY_MEBX          "MEBX_PASSWORD"
#define ENTRY_MEBX_PENDING  "MEBX_PASSWORD_PENDING"
#define ENTRY_MEBX_PREVIOUS "MEBX_PASSWORD_PREVIOUS"
#define ENTRY_UNPROVEN      "AMT_PASSWORD_UNPROVEN"
#define ENTRY_UNPROVEN_2    "AMT_PASSWORD_UNPROVEN_2"
#define ENTRY_MADE          "AMT_PASSWORD_MADE"
#define ENTRY_MPS           "MPS_PASSWORD"
#define ENTRY_MPS_PREVIOUS  "MPS_PASSWORD_PREVIOUS"
#define ENTRY_CERTIFICATE   "TLS_ISSUED_CERTIFICATE"

struct password_call;

/* Changes the entry; *changed when it has to be written, *current when the current password has
 * become another one. On a worker. */
typedef bool password_change(const struct password_call *call, json_t *entry, bool *changed,
                             bool *current, struct error *err);

/* What is to be done with a device's entry. */
struct password_call {
    struct store_call call;
    const struct guid *guid;
    const char *tenant;
    password_change *change;
    bool displaces; /* an unproven one may push out another */
    bool replaces;  /* an entry of nobody's device may be another tenant's: it is dropped */
    const char *amt;
    const char *mebx;
    const char *mps;
    const char *certificate;
    struct arena *arena; /* of a read */
    struct store_passwords *passwords;
};

/* ---- on a worker ---- */

/* The text of an entry that holds what it should; "" is none. */
const char *password_entry_text(const json_t *entry, const char *name);

bool password_entry_has(const json_t *entry, const char *name);

/* Whether that text is this one. In constant time. */
bool password_entry_holds(const json_t *entry, const char *name, const char *text);
bool password_is_same(const char *a, const char *b);

/* `from` becomes `to`; `from` is gone. */
bool password_entry_move(json_t *entry, const char *from, const char *to, struct error *err);

/* A new pending AMT password, or MEBx password; NULL leaves it alone. Two AMT passwords that nobody
 * knows of are the most (ERROR_CONFLICT). */
bool password_entry_propose_amt(json_t *entry, const char *password, bool *changed,
                                struct error *err);
bool password_entry_propose_mebx(json_t *entry, const char *password, bool *changed,
                                 struct error *err);

/* The password is the current one, and there is no other. */
bool password_entry_become_only(json_t *entry, const char *password, struct error *err);

/* Whether the entry is the tenant's; NULL owns all, and anybody what is not there. */
bool password_entry_is_owner(const json_t *entry, const char *tenant);
bool password_entry_not_yours(struct error *err); /* false with ERROR_FORBIDDEN */

/* Nothing is done with an entry that holds something else than texts: it could lose a password. */
bool password_entry_is_sound(const json_t *entry, struct error *err);

/* ---- on a fiber ---- */

/* NULL fits. ERROR_INVALID. */
bool password_fits(const char *password, struct error *err);

/* Runs call->change on the entry, for whoever may do that. */
bool password_change_call(struct store *store, struct password_call *call, struct error *err);

/* … with the password as a text, in `amt`; … without one. */
bool password_change_to(struct store *store, const struct guid *guid, const char *tenant,
                        struct slice password, password_change *change, bool replaces,
                        struct error *err);
bool password_change_without(struct store *store, const struct guid *guid, const char *tenant,
                             password_change *change, struct error *err);

#endif
