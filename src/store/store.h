/*
 * The store of one process: devices, secrets, settings that must outlive it. All functions wait
 * (on a fiber) while a worker does the work; any loop. Behind them are two interfaces, one for the
 * database (store/database.h: SQLite, later PostgreSQL) and one for secrets (store/secrets.h: the
 * sealed file, later Vault); callers know neither.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "core/arena.h"
#include "core/error.h"
#include "core/guid.h"

struct store;

struct store_options {
    const char *directory; /* holds outband.db, secrets.db, secret.key, outband.lock (all 0600);
                              made when it is missing */
    const char *instance;  /* name of this server in mpsInstance */
    uint32_t batch_ms;     /* presence writes are gathered this long; default 100 */
    uint32_t batch_rows;   /* … or until there are this many; default 1,000 */
    uint32_t cache_limit;  /* login records kept; default 20,000 */
    bool beside_server;    /* a command-line program: the store must be there, made and migrated
                              by a server that may be serving from it (else ERROR_NOT_FOUND), and
                              presence is left alone */
};

/* Opens or creates, migrates, and marks all devices as disconnected (they were not told goodbye
 * when the process was killed, and no other serves from this directory). Blocking; before the loops
 * start. A secret that cannot be unsealed, a wrong key file or a damaged database is an error,
 * never a reason to start afresh. */
struct store *store_open(const struct store_options *options, struct error *err);

/* Writes what is pending and closes. Blocking; after the loops. */
void store_close(struct store *store);

/* As store_options said: whoever finds something missing then leaves the making to the server. */
bool store_is_beside_server(const struct store *store);

/* True when database and secrets answer and, once a write has failed, can be written; fills `err`
 * otherwise. Asked at most once a second; in between the last result is given again. */
bool store_check(struct store *store, struct error *err);

/* The process ends: from now on, writes of rows hardly wait for another program that holds the
 * database, and fail with ERROR_BUSY. Any thread. */
void store_hurry(struct store *store);

/* ---- devices (spec mps 1.8 and 6.1) ---- */

#define STORE_NEVER INT64_MIN /* a time that is not set */

/* The most of each that is stored, bytes but for tags; more is ERROR_INVALID. */
#define STORE_TENANT_LIMIT       36
#define STORE_MPS_USERNAME_LIMIT 64
#define STORE_PASSWORD_LIMIT     128
#define STORE_PASSWORDS_MOST     8 /* of a device, of one kind (store/passwords.h) */
#define STORE_TAGS_LIMIT         1000
#define STORE_DEVICE_INFO_LIMIT  (64 * 1024)
#define STORE_USERNAME_LIMIT     16 /* what AMT takes */
#define STORE_CERT_HASH_LENGTH   64 /* no less either */

struct store_device {
    struct guid guid;
    const char *hostname;    /* NULL: null */
    const char *const *tags; /* tag_count strings */
    size_t tag_count;
    const char *mps_instance; /* NULL: null */
    bool connected;
    const char *mps_username;                             /* NULL: null */
    const char *tenant_id;                                /* "" default */
    const char *friendly_name;                            /* NULL: null */
    const char *dns_suffix;                               /* NULL: null */
    int64_t last_connected, last_seen, last_disconnected; /* ms, or STORE_NEVER */
    const char *device_info;                              /* JSON text; NULL: null */
    /* How AMT itself is spoken to (spec console 1.5). */
    const char *username;     /* of the AMT account; NULL or "": STORE_USERNAME_DEFAULT */
    bool use_tls;             /* on the LAN: port 16993 instead of 16992 */
    bool allow_self_signed;   /* its certificate needs no chain and no name */
    const char *cert_hash;    /* the only certificate it may show: SHA-256 of the DER, lower-case
                                 hexadecimal; NULL: not pinned */
    const char *learned_info; /* read only: what is known for it without the client (JSON object,
                                 store/inventory.h); NULL: nothing */
    const char *inventory;    /* read only, when a list asks for it: JSON object; NULL: nothing */
};

#define STORE_USERNAME_DEFAULT "admin"

/* ERROR_NOT_FOUND when absent. `tenant` NULL: any tenant. */
bool store_device_get(struct store *store, struct arena *arena, const struct guid *guid,
                      const char *tenant, struct store_device *device, struct error *err);

enum store_field { /* which fields of a change are given */
                   STORE_HOSTNAME = 1,
                   STORE_TAGS = 2,
                   STORE_MPS_USERNAME = 4,
                   STORE_FRIENDLY_NAME = 8,
                   STORE_DNS_SUFFIX = 16,
                   STORE_DEVICE_INFO = 32,
                   STORE_USERNAME = 64,
                   STORE_USE_TLS = 128,
                   STORE_ALLOW_SELF_SIGNED = 256,
                   STORE_CERT_HASH = 512,
                   /* No field: a row that is new begins with use_tls and allow_self_signed, which
                      are otherwise false when not given. */
                   STORE_NEW_WITH_TLS = 1024
};

/* Secrets that go with a device; a NULL pointer leaves the stored one as it is. */
struct store_device_secrets {
    const char *mps_password;
    const char *amt_password;
    const char *mebx_password;
};

/* Inserts the device or merges the given fields into it, and stores the secrets first, so that a
 * device is never there without them. Presence columns are never written here. *created tells
 * which (may be NULL). ERROR_CONFLICT when the GUID belongs to another tenant. With `must_exist` an
 * absent device, and one of another tenant, is ERROR_NOT_FOUND. ERROR_INVALID past one of the
 * limits above. `device` becomes the stored row.
 *
 * Secrets that were stored before the device was count as its own when they are recorded as its
 * tenant's; those without a record are the default tenant's. Others are dropped. */
bool store_device_put(struct store *store, struct arena *arena, struct store_device *device,
                      unsigned fields, const struct store_device_secrets *secrets, bool must_exist,
                      bool *created, struct error *err);

/* Fields that decide how a device is reached and as whom. */
#define STORE_ACCESS_FIELDS                                                 \
    (STORE_HOSTNAME | STORE_MPS_USERNAME | STORE_USERNAME | STORE_USE_TLS | \
     STORE_ALLOW_SELF_SIGNED | STORE_CERT_HASH)

/*
 * A number that tells whether what was read of a device is still what is stored: it changes with
 * every put of the fields above, of secrets or of a new device, and with every delete, before the
 * first byte is written and again after the last. It is odd in between. Presence and what is
 * learned do not count. Devices may share a number: a change may be another one's, so read again
 * and compare. Of this process's changes only. Never waits; any thread.
 */
uint64_t store_device_version(const struct store *store, const struct guid *guid);

/* The same once no change is being written (even), waiting for the one that is: row and secrets
 * that are read afterwards belong together if the number is still the same then. ERROR_BUSY. */
bool store_device_settled(struct store *store, const struct guid *guid, uint64_t *version,
                          struct error *err);

/* Without `with_secrets` they stay, for when the same tenant adds the device again.
 * ERROR_NOT_FOUND when absent. */
bool store_device_delete(struct store *store, const struct guid *guid, const char *tenant,
                         bool with_secrets, struct error *err);

struct store_filter {
    const char *tenant;
    const char *hostname;      /* exact; NULL: any */
    const char *friendly_name; /* exact; NULL: any */
    const char *const *tags;   /* tag_count 0: any, unless match_no_tag */
    size_t tag_count;
    bool match_no_tag; /* `tags=` was given and empty: nothing matches */
    bool all_tags;     /* AND; otherwise any of them */
    int connected;     /* 0, 1, or -1: any */
    /* By what was learned (store/inventory.h): */
    const char *fw_version;   /* the beginning of it; NULL: any */
    const char *control_mode; /* "acm", "ccm", "none"; NULL: any */
    const char *manufacturer; /* exact; NULL: any */
    const char *model;        /* exact; NULL: any */
    int power_state;          /* 0: any */
    bool with_inventory;      /* not a condition: give the devices' inventory, too */
    uint32_t top;             /* at most this many */
    uint32_t skip;
};

/* Ordered by GUID. *total counts what the filter matches without top and skip (peers count all
 * devices and filter status after paging; ours is right: docs/compatibility.md). */
bool store_device_list(struct store *store, struct arena *arena, const struct store_filter *filter,
                       struct store_device **devices, size_t *count, uint64_t *total,
                       struct error *err);

bool store_device_stats(struct store *store, const char *tenant, uint64_t *total,
                        uint64_t *connected, struct error *err);

/* Distinct tags of the tenant, sorted. */
bool store_device_tags(struct store *store, struct arena *arena, const char *tenant,
                       const char ***tags, size_t *count, struct error *err);

/* ---- what a CIRA login needs, batched and cached ---- */

struct store_login {
    char mps_username[STORE_MPS_USERNAME_LIMIT + 1];
    char tenant_id[STORE_TENANT_LIMIT + 1];
    struct store_login_password {
        char text[STORE_PASSWORD_LIMIT + 1];
        bool proven; /* whoever has it is the device; another may be somebody else */
        bool current;
        bool seen; /* it has called in with it */
    } passwords[STORE_PASSWORDS_MOST];
    size_t count; /* none: nobody can log in */
};

/* ERROR_NOT_FOUND when there is no such device. Lookups that arrive together are answered by one
 * pass over the database. The caller wipes `login`. */
bool store_login_get(struct store *store, const struct guid *guid, struct store_login *login,
                     struct error *err);

/* AMT user (may be NULL when only the password is of interest) and password of a device, which is
 * the likeliest of those that are stored while there is no current one (store/passwords.h);
 * ERROR_NOT_FOUND when no password is stored. The caller wipes the password. */
bool store_amt_password(struct store *store, struct arena *arena, const struct guid *guid,
                        struct slice *user, struct slice *password, struct error *err);

/* ---- presence, written behind ---- */

enum store_presence_kind { STORE_CONNECTED, STORE_SEEN, STORE_DISCONNECTED };

/* Queues a presence change; never waits, any thread. `epoch` rises with every login in this
 * process: a late change of an older connection cannot undo a newer one. Several "seen" of one
 * device in a batch become one write. */
void store_presence(struct store *store, const struct guid *guid, enum store_presence_kind kind,
                    uint64_t epoch, int64_t when_ms);

/* Waits until every presence change queued so far is on disk, at most 10 s (blocking; for shutdown
 * and tests). */
void store_presence_flush(struct store *store);

/* ---- secrets and settings of the server itself ---- */

/* Reads a sealed value by path ("outband/jwt", "MPSCerts"). ERROR_NOT_FOUND only when it was never
 * written; any other failure is ERROR_STORE, so that a caller never replaces what it could not
 * read. */
bool store_secret_get(struct store *store, struct arena *arena, const char *path,
                      struct slice *value, struct error *err);
bool store_secret_put(struct store *store, const char *path, struct slice value, struct error *err);
bool store_secret_remove(struct store *store, const char *path, struct error *err);

/* Users of the console: name (stored in lower case, found in any) and Argon2id hash text. */
bool store_user_get(struct store *store, struct arena *arena, const char *name, const char **hash,
                    struct error *err);
bool store_user_put(struct store *store, const char *name, const char *hash, struct error *err);
bool store_user_count(struct store *store, uint64_t *count, struct error *err);

/* Removes all users but `name`. */
bool store_user_keep_only(struct store *store, const char *name, struct error *err);

/* The same calls before the loops run: carries out `fn` on a fiber of a loop made for it, and
 * returns when it is over (start-up code of the server). When there is no loop to be had, that is
 * logged and fn is not run: let `arg` hold a failure beforehand. */
void store_blocking(struct store *store, void (*fn)(struct store *store, void *arg), void *arg);

#endif
