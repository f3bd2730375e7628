/*
 * What the store asks of a keeper of secrets: values by path, as in a key-value store. One
 * implementation for one machine (store/sealed.h); Vault's KV v2 fits the same table. Every call
 * blocks, comes from a worker thread, and any number of threads call at once.
 *
 * Paths and values are those of the toolkit (spec mps 6.3): "devices/<guid>" holds a JSON object
 * with MPS_PASSWORD, AMT_PASSWORD and MEBX_PASSWORD, "MPSCerts" the server's certificates,
 * "outband/…" what is ours, "tenants/…" what is other tenants'. Values are at most 1 MB.
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

/* Wipes the texts of a value, however deep. */
void store_secrets_wipe(const json_t *value);

#endif
