/*
 * The passwords of a device while they change. A password is stored before it is set on the device
 * and confirmed when the device has been seen to take it, so that whatever is cut off when, one of
 * those that are stored opens the device. In the device's entry of the secret store
 * (store/secrets.h) AMT_PASSWORD is the one that is known to open it, AMT_PASSWORD_PENDING one that
 * may be set on it, AMT_PASSWORD_PREVIOUS an earlier one of those, of which nobody knows either;
 * MEBX_PASSWORD_PENDING and MEBX_PASSWORD_PREVIOUS likewise. These are the proven ones: whoever
 * knows one of them may speak for the device. AMT_PASSWORD_UNPROVEN and AMT_PASSWORD_UNPROVEN_2,
 * the newer one first, came from somebody who knew none of them while there were some: they may
 * open the device, are tried last, push nothing out and prove nothing. MPS_PASSWORD_PREVIOUS is
 * valid beside MPS_PASSWORD until the device has called in with the latter. Part of store/store.h;
 * the same rules: all functions wait (on a fiber), on any loop. On return of a change it is on the
 * disk; every change is one write.
 *
 * Who changes a device's passwords keeps others from doing so meanwhile (store_provisioning_begin).
 */
#ifndef STORE_PASSWORDS_H
#define STORE_PASSWORDS_H

#include "store/store.h"

#define STORE_UNPROVEN_MOST 2

struct store_passwords { /* each in the arena, empty when there is none; wiped by the caller */
    struct slice current, pending, previous;
    struct slice unproven[STORE_UNPROVEN_MOST]; /* the newer one first; no gaps */
    struct slice mebx, mebx_pending, mebx_previous;
    struct slice made; /* the last one that the server has made up: also one of those above, or one
                          that has been replaced since */
    struct slice mps, mps_previous;
    struct slice tls_certificate; /* TLS_ISSUED_CERTIFICATE, PEM */
};

/* ERROR_NOT_FOUND: nothing is stored for it. ERROR_STORE: it cannot be read. ERROR_FORBIDDEN: it is
 * another tenant's, which the sentence does not tell; the same from all functions below. `tenant`
 * NULL: whoever's it is. */
bool store_passwords_get(struct store *store, struct arena *arena, const struct guid *guid,
                         const char *tenant, struct store_passwords *passwords, struct error *err);

/* About to be set on the device. NULL leaves a kind alone. Replaces an earlier pending one, which
 * becomes "previous" when there is none: until one is confirmed, both may open it. An AMT password
 * that would push out a third candidate is ERROR_CONFLICT (first find out which one opens the
 * device); of MEBx passwords, which AMT can set anew and nobody can try, the oldest goes. One that
 * is stored already is not stored again. */
bool store_passwords_propose(struct store *store, const struct guid *guid, const char *tenant,
                             const char *amt, const char *mebx, struct error *err);

/* The device has answered under the password: it becomes the current one, others are dropped.
 * Raises the row's version (store_device_version) when it was not the current one. */
bool store_passwords_confirm(struct store *store, const struct guid *guid, const char *tenant,
                             struct slice amt, struct error *err);
bool store_passwords_confirm_mebx(struct store *store, const struct guid *guid, const char *tenant,
                                  struct error *err);

/* The same two for somebody who need not speak for the device. A device of which nothing is stored
 * gets its first password this way. Otherwise the new one is stored as unproven, beside all that
 * are there, and stays that until it has opened the device for us (store_passwords_found) or
 * somebody who is proven confirms one. When there is no room ERROR_CONFLICT, or the oldest unproven
 * one goes (`displaces`: for whoever is trusted more than that). Of MEBx passwords the pending one
 * changes as in _propose. To be confirmed it must have been proposed, or be the only one. */
bool store_passwords_propose_unproven(struct store *store, const struct guid *guid,
                                      const char *tenant, const char *amt, const char *mebx,
                                      bool displaces, struct error *err);
bool store_passwords_confirm_unproven(struct store *store, const struct guid *guid,
                                      const char *tenant, struct slice amt, struct error *err);

/* The server has made the password up, so that no person knows it (AMT_PASSWORD_MADE). After it was
 * proposed. */
bool store_passwords_made(struct store *store, const struct guid *guid, const char *tenant,
                          struct slice amt, struct error *err);

/* The device that took this password is un-provisioned, so it opens nothing: of those that are
 * stored it goes, and another one becomes the current one where it was that. */
bool store_passwords_take_back(struct store *store, const struct guid *guid, const char *tenant,
                               struct slice amt, struct error *err);

/* From somebody who changes nothing, is sure that he speaks with the device and found one that
 * works: those proposed after it stay, since they may be set on the device this moment. An unproven
 * one becomes the current one, and all others go. ERROR_CONFLICT when it is none of those that are
 * stored. */
bool store_passwords_found(struct store *store, const struct guid *guid, const char *tenant,
                           struct slice amt, struct error *err);

/* The same from somebody who cannot be sure: nothing is dropped. It changes places with the current
 * one; ERROR_FORBIDDEN when it is an unproven one, which stays that. */
bool store_passwords_seen(struct store *store, const struct guid *guid, const char *tenant,
                          struct slice amt, struct error *err);

/* The device has refused to take the pending one, for certain. An earlier one becomes pending. */
bool store_passwords_withdraw(struct store *store, const struct guid *guid, const char *tenant,
                              struct error *err);
bool store_passwords_withdraw_mebx(struct store *store, const struct guid *guid, const char *tenant,
                                   struct error *err);

/* MPS_PASSWORD and TLS_ISSUED_CERTIFICATE of the device; NULL leaves one alone. The MPS password
 * that the device last called in with stays valid beside a new one. */
bool store_passwords_put(struct store *store, const struct guid *guid, const char *tenant,
                         const char *mps, const char *tls_certificate, struct error *err);

/* The device has called in with this MPS password: when it is the newest, the one before goes. */
bool store_passwords_called_in(struct store *store, const struct guid *guid, const char *tenant,
                               struct slice mps, struct error *err);

/* Removes the device's entry (after deactivation). What is not there is a success. */
bool store_passwords_remove(struct store *store, const struct guid *guid, const char *tenant,
                            struct error *err);

#endif
