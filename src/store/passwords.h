/*
 * The passwords of a device: of its account "admin" (AMT), of its screen (MEBx), of its tunnel
 * (MPS). Of each kind there is one list. A password is stored before it is set on the device, so
 * that whatever is cut off when, one of those that are stored opens the device. Each has an origin,
 * is proven or not, has been seen on the device or was only proposed, and at most one is the
 * current one. Proven are those of an administrator, of a rotation, of whoever has proved that he
 * speaks for the device, and of a first run that has ended well. Unproven ones are those of a first
 * run until then. They may be on the device as well, so they are tried, last; they push nothing
 * out, and prove nothing.
 *
 *     (nothing) ─▶ proposed ── taken, or found ─▶ CURRENT ── another one taken ─▶ previous
 *                     │                              ▲                              │
 *                     └─ refused: gone               └──────── found again ─────────┘
 *
 * Both rows exist twice, proven and not; a first run that ends well lifts what it has given to the
 * device from one to the other. A carrier that is not sure with whom it speaks may make any of them
 * the current one, which proves nothing that did not before.
 * Nobody's step drops what may open a device but these: settled (a rotation that has seen the new
 * one over a sure carrier: the other proven ones go), refused, and the fifth proven one of whoever
 * is proven, for which the oldest of its kind gives way that is not current. For a fifth unproven
 * AMT password nothing gives way. For a fifth unproven one of the others the oldest does: a device
 * that lost it is given another by its next run.
 *
 * An MPS password that is given by one who is proven is the current one at once; when the device
 * has called in with it, the other proven ones go.
 *
 * In the device's entry of the secret store (store/secrets.h) AMT_PASSWORD, MEBX_PASSWORD and
 * MPS_PASSWORD are the current ones, as the toolkit has them, and PASSWORDS is what it doesn't
 * know. Entries are per tenant.
 *
 * Part of store/store.h; the same rules: all functions wait (on a fiber), on any loop, unless they
 * say otherwise. On return of a change it is on the disk; every change is one write of the entry.
 * Who changes a device's passwords keeps others from doing so meanwhile (store_provisioning_begin).
 */
#ifndef STORE_PASSWORDS_H
#define STORE_PASSWORDS_H

#include "store/store.h"

#define STORE_PASSWORDS_PROVEN   4
#define STORE_PASSWORDS_UNPROVEN 4

enum store_password_kind { STORE_PASSWORD_AMT, STORE_PASSWORD_MEBX, STORE_PASSWORD_MPS };
#define STORE_PASSWORD_KINDS 3

enum store_password_origin {
    STORE_ORIGIN_ADMINISTRATOR, /* or whoever else may write the secret store */
    STORE_ORIGIN_ROTATION,      /* that was given the password */
    STORE_ORIGIN_AGENT,         /* an agent has said it */
    STORE_ORIGIN_PROFILE,       /* every machine's of that profile */
    STORE_ORIGIN_MADE           /* made up here: no person knows it */
};

struct store_password {
    struct slice text;
    enum store_password_origin origin;
    bool current;
    bool proven;
    bool seen;     /* the device has answered under it, or called in with it */
    bool replaced; /* another one was proved after it: it is tried, and proves nothing any more */
    bool told;     /* to a presence server elsewhere, whose word on it counts from then on */
};

struct store_password_list {
    struct store_password items[STORE_PASSWORDS_MOST]; /* the newest first */
    size_t count;
};

struct store_passwords { /* texts in the arena; wiped by the caller */
    struct store_password_list lists[STORE_PASSWORD_KINDS];
    struct slice tls_certificate; /* TLS_ISSUED_CERTIFICATE, PEM */
};

/* ERROR_NOT_FOUND: nothing is stored for it by this tenant. ERROR_STORE: it cannot be read. */
bool store_passwords_get(struct store *store, struct arena *arena, const struct guid *guid,
                         const char *tenant, struct store_passwords *passwords, struct error *err);

/* ---- looking at them; no waiting ---- */

/* The current one; NULL: none. */
const struct store_password *store_passwords_current(const struct store_passwords *passwords,
                                                     enum store_password_kind kind);

/* NULL: it is not among them. In constant time for a list. */
const struct store_password *store_passwords_find(const struct store_passwords *passwords,
                                                  enum store_password_kind kind, struct slice text);

/* Whether one of that kind is stored that is proven. */
bool store_passwords_have_proven(const struct store_passwords *passwords,
                                 enum store_password_kind kind);

/* Whether the password is one of those, and not replaced. In constant time. */
bool store_passwords_prove(const struct store_passwords *passwords, struct slice text);

void store_passwords_wipe(const struct store_passwords *passwords);

/* ---- changing them ---- */

enum store_password_event {
    STORE_PASSWORD_PROPOSED, /* about to be set on the device. ERROR_CONFLICT: no place is left */
    STORE_PASSWORD_TAKEN,    /* the device has answered under it. ERROR_CONFLICT: not proposed, by
                                one who is not proven */
    STORE_PASSWORD_FOUND,    /* it opens the device, says a carrier; ERROR_CONFLICT: it is not
                                stored (any more). `proven`: the carrier is sure */
    STORE_PASSWORD_REFUSED,  /* the device has not got it, for certain. By one who is not proven:
                                only what is not proven goes */
    STORE_PASSWORD_SETTLED,  /* the device has it, for certain: the other proven ones go */
    STORE_PASSWORD_TOLD,     /* a presence server elsewhere is about to have it; … */
    STORE_PASSWORD_UNTOLD    /* … it has not got it, as far as is known. Of one that is not stored
                                nothing happens */
};

struct store_password_step {
    enum store_password_kind kind;
    enum store_password_event event;
    struct slice text;
    enum store_password_origin origin; /* of one that is proposed */
    bool proven;                       /* whoever speaks for the device */
};

/* One step. Raises the row's version (store_device_version) when another AMT or MPS password
 * becomes the current one. ERROR_FORBIDDEN: the device is another tenant's. */
bool store_passwords_step(struct store *store, const struct guid *guid, const char *tenant,
                          const struct store_password_step *step, struct error *err);

/* A first run has ended well: what it gave to the device (empty: nothing of that kind) is proven
 * and the current one. ERROR_CONFLICT, and nothing is changed: another AMT password of the device
 * is proven by now; of a run that began `anew` although some were, so many that one had to go. */
bool store_passwords_believe(struct store *store, const struct guid *guid, const char *tenant,
                             const struct slice texts[STORE_PASSWORD_KINDS], bool anew,
                             struct error *err);

/* TLS_ISSUED_CERTIFICATE. */
bool store_passwords_put_certificate(struct store *store, const struct guid *guid,
                                     const char *tenant, const char *certificate,
                                     struct error *err);

/* Forgets them, and the certificate; of an administrator, also those that are not proven
 * (`unproven_too`). What is not there is a success; *had (may be NULL) says whether it was. */
bool store_passwords_remove(struct store *store, const struct guid *guid, const char *tenant,
                            bool unproven_too, bool *had, struct error *err);

#endif
