/*
 * What the store asks of a keeper of secrets: values by path, as in a key-value store. One
 * implementation for one machine (store/sealed.h); Vault's KV v2 fits the same table. Every call
 * blocks, comes from a worker thread, and any number of threads call at once.
 *
 * Paths and values are those of the toolkit (spec mps 6.3): "devices/<guid>" holds a JSON object
 * with MPS_PASSWORD, AMT_PASSWORD and MEBX_PASSWORD, "MPSCerts" the server's certificates,
 * "outband/…" what is ours. Values are at most 1 MB.
 */
#ifndef STORE_SECRETS_H
#define STORE_SECRETS_H

#include "store/store.h"

#include <jansson.h>

struct store_secrets;

#define STORE_SECRETS_VALUE_LIMIT ((size_t)1024 * 1024)
#define STORE_SECRETS_PATH_LIMIT  ((size_t)255)

struct store_secrets_methods {
    /* Answers, and with the right key. */
    bool (*check)(struct store_secrets *secrets, struct error *err);

    /* Writes something that changes nothing: tells whether writes work again. */
    bool (*check_write)(struct store_secrets *secrets, struct error *err);

    /* The value in the arena; whoever asked wipes it. ERROR_NOT_FOUND only when nothing is stored
     * there; whatever cannot be read or unsealed is ERROR_STORE. */
    bool (*get)(struct store_secrets *secrets, struct arena *arena, const char *path,
                struct slice *value, struct error *err);

    /* On return the value is on the disk. */
    bool (*put)(struct store_secrets *secrets, const char *path, struct slice value,
                struct error *err);

    /* A path where nothing is stored is a success. */
    bool (*remove)(struct store_secrets *secrets, const char *path, struct error *err);

    void (*close)(struct store_secrets *secrets);
};

/* Embedded as the first field of each kind. */
struct store_secrets {
    const struct store_secrets_methods *methods;
};

/* The JSON object at a path; an empty one when there is none. NULL with `err` on failure. Ended
 * with store_secrets_release, which wipes its texts. */
json_t *store_secrets_read(struct store_secrets *secrets, const char *path, struct error *err);
bool store_secrets_write(struct store_secrets *secrets, const char *path, const json_t *entry,
                         struct error *err);
void store_secrets_release(json_t *entry);

/* A text of an entry, "" where there is none; NULL with ERROR_STORE when it is something else. */
const char *store_secrets_text(const json_t *entry, const char *name, struct error *err);

/* Sets one, wiping the one before; "" removes it. */
bool store_secrets_set(json_t *entry, const char *name, const char *value, struct error *err);

/* Whose a device's entry is: without a record, the default tenant's. */
const char *store_secrets_tenant(const json_t *entry);
bool store_secrets_set_tenant(json_t *entry, const char *tenant, struct error *err);

#define STORE_SECRETS_DEVICE_PATH_SIZE (8 + GUID_TEXT_SIZE)

/* "devices/<guid>". Returns `path`. */
const char *store_secrets_device_path(const struct guid *guid,
                                      char path[STORE_SECRETS_DEVICE_PATH_SIZE]);

/* Writes the given passwords (`changes` may be NULL) of a tenant's device into its entry, records
 * the tenant there, and keeps everything else in it. For a device that `is_new`, an entry of
 * another tenant is dropped first: its passwords are not the new owner's. An entry without a record
 * is the default tenant's. */
bool store_secrets_merge(struct store_secrets *secrets, const struct guid *guid, const char *tenant,
                         const struct store_device_secrets *changes, bool is_new,
                         struct error *err);

/* The two passwords that a device may call in with, likewise (store/passwords.h). */
bool store_secrets_login(struct store_secrets *secrets, const struct guid *guid,
                         struct store_login *login, struct error *err);

/* One password of a device ("MPS_PASSWORD") into `text`, which holds `size` bytes. Empty when the
 * device has none. ERROR_STORE when the entry cannot be read or the password does not fit. */
bool store_secrets_password(struct store_secrets *secrets, const struct guid *guid,
                            const char *name, char *text, size_t size, struct error *err);

#endif
