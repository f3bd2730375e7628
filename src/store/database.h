/*
 * What the store asks of a database. One implementation for one machine (store/sqlite.h); another
 * one, for several machines over one PostgreSQL, fits the same table. Every call blocks, comes from
 * a worker thread, and any number of threads call at once; an implementation brings its own
 * connections and locks. Results go into the caller's arena.
 */
#ifndef STORE_DATABASE_H
#define STORE_DATABASE_H

#include "store/configurations.h"
#include "store/jobs.h"
#include "store/newcomers.h"
#include "store/provisionings.h"

#include <jansson.h>

struct store_database;

/* What a CIRA login needs of a device's row. */
struct store_login_row {
    struct guid guid; /* asked for */
    bool found;
    bool too_long; /* a column does not fit the fields below; nobody can log in */
    char mps_username[STORE_MPS_USERNAME_LIMIT + 1];
    char tenant_id[STORE_TENANT_LIMIT + 1];
};

/* What happened to one device since presence was last written. */
struct store_presence_change {
    struct guid guid;
    uint64_t epoch;
    enum store_presence_state {
        STORE_PRESENCE_AS_IT_WAS,
        STORE_PRESENCE_CONNECTED,
        STORE_PRESENCE_DISCONNECTED
    } state;
    int64_t last_connected, last_seen, last_disconnected; /* ms, or STORE_NEVER: as it was */
};

/* What was learned about one device since the inventory was last written. */
struct store_inventory_change {
    struct guid guid;
    char tenant_id[STORE_TENANT_LIMIT + 1]; /* of whom it was learned */
    json_t *sections;                       /* object of objects; owned by the store */
};

/* What has to be done for a change of a configuration to count: carried out when everything else of
 * its transaction is, and before that is committed; false rolls it back. `name` is the row's. */
struct store_last_step {
    bool (*run)(void *context, const char *name, struct error *err);
    void *context;
};

struct store_database_methods {
    /* Answers: a query that touches the data succeeds. */
    bool (*check)(struct store_database *database, struct error *err);

    /* Writes something that changes nothing: tells whether writes work again. */
    bool (*check_write)(struct store_database *database, struct error *err);

    /* From now on, writes hardly wait for another program that holds the database. Any thread. */
    void (*hurry)(struct store_database *database);

    /* Marks what `instance` held as disconnected, and more when nobody else can hold anything;
     * starts the epochs again from zero. */
    bool (*clear_instance)(struct store_database *database, const char *instance,
                           struct error *err);

    /* The device calls mean what those of store/store.h mean, without secrets. */
    bool (*device_get)(struct store_database *database, struct arena *arena,
                       const struct guid *guid, const char *tenant, struct store_device *device,
                       struct error *err);
    bool (*device_put)(struct store_database *database, struct arena *arena,
                       struct store_device *device, unsigned fields, bool must_exist, bool *created,
                       struct error *err);
    bool (*device_delete)(struct store_database *database, const struct guid *guid,
                          const char *tenant, struct error *err);
    bool (*device_list)(struct store_database *database, struct arena *arena,
                        const struct store_filter *filter, struct store_device **devices,
                        size_t *count, uint64_t *total, struct error *err);
    bool (*device_stats)(struct store_database *database, const char *tenant, uint64_t *total,
                         uint64_t *connected, struct error *err);
    bool (*device_tags)(struct store_database *database, struct arena *arena, const char *tenant,
                        const char ***tags, size_t *count, struct error *err);

    /* Fills in all rows in one pass. A device that is not there is no failure. */
    bool (*logins)(struct store_database *database, struct store_login_row *rows, size_t count,
                   struct error *err);

    /* Writes all changes in one transaction. A change with an epoch below the row's, or for a
     * device that is not there, is left out without failure. */
    bool (*presence)(struct store_database *database, const char *instance,
                     const struct store_presence_change *changes, size_t count, struct error *err);

    /* Merges all changes (inventory_merge) in one transaction and writes those that say something
     * new. What was learned for a tenant that has no such device is left out without failure. */
    bool (*inventory_write)(struct store_database *database,
                            const struct store_inventory_change *changes, size_t count,
                            struct error *err);
    bool (*inventory_get)(struct store_database *database, struct arena *arena,
                          const struct guid *guid, const char *tenant, const char **document,
                          struct error *err);

    /* The making of a job, in steps that let others write in between: which devices (in the arena;
     * a read), its row with the counts given, rows of devices from place `first` on, and when all
     * are there its state, which is how anybody else finds it. One that is not published is
     * abandoned, at the latest by clear_instance. */
    bool (*job_select)(struct store_database *database, struct arena *arena, const char *tenant,
                       const struct guid *guids, size_t given, const struct store_filter *filter,
                       struct store_job_place **places, size_t *count, struct error *err);
    bool (*job_begin)(struct store_database *database, const struct store_job *job,
                      struct error *err);
    bool (*job_fill)(struct store_database *database, const struct store_job *job, size_t first,
                     const struct store_job_place *places, size_t count, struct error *err);
    bool (*job_publish)(struct store_database *database, const struct store_job *job,
                        struct error *err);
    bool (*job_abandon)(struct store_database *database, const struct guid *id, struct error *err);

    /* As store/jobs.h says. */
    bool (*job_get)(struct store_database *database, struct arena *arena, const struct guid *id,
                    const char *tenant, struct store_job *job, struct error *err);
    bool (*job_list)(struct store_database *database, struct arena *arena, const char *tenant,
                     int state, uint32_t top, uint32_t skip, struct store_job **jobs, size_t *count,
                     uint64_t *total, struct error *err);
    bool (*job_devices)(struct store_database *database, struct arena *arena, const struct guid *id,
                        int state, uint32_t top, uint32_t skip, struct store_job_device **devices,
                        size_t *count, uint64_t *total, struct error *err);
    bool (*job_delete)(struct store_database *database, const struct guid *id, const char *tenant,
                       struct error *err);
    bool (*job_unfinished)(struct store_database *database, struct arena *arena,
                           struct store_job **jobs, size_t *count, struct error *err);
    bool (*job_set_state)(struct store_database *database, const struct guid *id,
                          enum store_job_state state, int64_t when_ms, struct error *err);
    bool (*job_write)(struct store_database *database, const struct guid *id,
                      const struct store_job_device *devices, size_t count, bool durable,
                      struct error *err);
    bool (*job_recover)(struct store_database *database, const struct guid *id, bool repeatable,
                        int64_t when_ms, struct error *err);

    /* As store/configurations.h says; `row` is a struct of the kind, *rows an array of them. No
     * texts are checked here. */
    bool (*configuration_get)(struct store_database *database, enum store_kind kind,
                              struct arena *arena, const char *tenant, const char *name, void *row,
                              struct error *err);
    bool (*configuration_list)(struct store_database *database, enum store_kind kind,
                               struct arena *arena, const char *tenant, uint64_t top, uint64_t skip,
                               void **rows, size_t *count, uint64_t *total, struct error *err);
    bool (*configuration_put)(struct store_database *database, enum store_kind kind,
                              struct arena *arena, const char *tenant, enum store_put how,
                              void *row, const struct store_last_step *last,
                              struct store_refusal *refusal, struct error *err);
    bool (*configuration_delete)(struct store_database *database, enum store_kind kind,
                                 struct arena *arena, const char *tenant, const char *name,
                                 const struct store_last_step *last, struct store_refusal *refusal,
                                 struct error *err);
    bool (*domain_match)(struct store_database *database, struct arena *arena, const char *tenant,
                         const char *fqdn, struct store_domain *domain, struct error *err);

    /* As store/provisionings.h says; who runs in this process is not known here. */
    bool (*provisioning_begin)(struct store_database *database, struct arena *arena,
                               struct store_provisioning *provisioning,
                               struct store_provisioning *interrupted, struct error *err);
    bool (*provisioning_step)(struct store_database *database, int64_t number, const char *step,
                              struct error *err);
    bool (*provisioning_finish)(struct store_database *database,
                                const struct store_provisioning *provisioning, struct error *err);
    bool (*provisioning_list)(struct store_database *database, struct arena *arena,
                              const struct guid *guid, const char *tenant, int outcome,
                              uint32_t top, uint32_t skip,
                              struct store_provisioning **provisionings, size_t *count,
                              uint64_t *total, struct error *err);

    /* As store/newcomers.h says, but *reached is told with success. */
    bool (*newcomer_add)(struct store_database *database, const struct store_newcomer *newcomer,
                         const struct store_newcomer_limits *limits,
                         enum store_newcomer_limit *reached, uint64_t *total, struct error *err);
    bool (*newcomer_remove)(struct store_database *database, const struct guid *guid,
                            const char *tenant, uint64_t *total, struct error *err);

    bool (*user_get)(struct store_database *database, struct arena *arena, const char *name,
                     const char **hash, struct error *err);
    bool (*user_put)(struct store_database *database, const char *name, const char *hash,
                     struct error *err);
    bool (*user_keep_only)(struct store_database *database, const char *name, struct error *err);
    bool (*user_count)(struct store_database *database, uint64_t *count, struct error *err);

    void (*close)(struct store_database *database);
};

/* Embedded as the first field of each kind of database. */
struct store_database {
    const struct store_database_methods *methods;
};

/* The ERROR_NOT_FOUND and ERROR_CONFLICT of a device, the same from every database. Both return
 * false. */
bool store_database_no_device(const struct guid *guid, struct error *err);
bool store_database_other_tenant(const struct guid *guid, struct error *err);

#endif
