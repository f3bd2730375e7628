/*
 * The configurations of provisioning in the SQLite database. What the six kinds have in common, the
 * reading and writing of rows by tenant and name, is done once (sqlite_configurations.c) over a
 * table of what a kind is: its SQL, its columns, what it refers to and who refers to it (a file per
 * kind). Meanings as in store/database.h and store/configurations.h; any worker
 * thread.
 */
#ifndef STORE_SQLITE_CONFIGURATIONS_H
#define STORE_SQLITE_CONFIGURATIONS_H

#include "store/configurations.h"
#include "store/sqlite.h"
#include "store/sqlite_columns.h"

/* Inside a transaction. Functions may be NULL. */
struct sqlite_kind {
    const char *label;  /* "domain", for sentences */
    size_t size;        /* of a row's struct, whose first member is its name */
    size_t version;     /* the offset of its version */
    const char *get;    /* ?1 tenant, ?2 name; gives name, version and the columns */
    const char *list;   /* ?1 tenant, ?2 limit, ?3 offset; the same */
    const char *count;  /* ?1 tenant */
    const char *insert; /* ?1 tenant, ?2 name, ?3 version, from ?4 on the columns */
    const char *update; /* the same */
    const char *remove; /* ?1 tenant, ?2 name */
    const struct sqlite_column *columns; /* those after name and version, in the SQL's order */
    /* Binds what of them is SQLITE_TO_OTHER; it lives in the arena until the statement is over. */
    void (*bind)(sqlite3_stmt *statement, struct arena *arena, const void *row);
    /* Reads those, and what is in other tables. */
    bool (*read)(struct sqlite_file *file, sqlite3_stmt *statement, struct arena *arena,
                 const char *tenant, void *row, struct error *err);
    /* True unless what must be unique is another row's or what is referred to is not there. */
    bool (*check)(struct sqlite_file *file, struct arena *arena, const char *tenant,
                  const void *row, struct store_refusal *refusal, struct error *err);
    /* Replaces what is in other tables; `row` NULL removes it. */
    bool (*write_links)(struct sqlite_file *file, const char *tenant, const char *name,
                        const void *row, struct error *err);
    /* True unless something refers to it. */
    bool (*is_unused)(struct sqlite_file *file, struct arena *arena, const char *tenant,
                      const char *name, struct store_refusal *refusal, struct error *err);
};

/* `columns` are those after name and version, `places` as many of ?4, ?5, … */
#define SQLITE_KIND_SQL(table, name, columns, places)                                            \
    .get = "SELECT " name ", version, " columns " FROM " table " WHERE tenant_id = ?1 AND " name \
           " = ?2",                                                                              \
    .list = "SELECT " name ", version, " columns " FROM " table                                  \
            " WHERE tenant_id = ?1 ORDER BY " name " LIMIT ?2 OFFSET ?3",                        \
    .count = "SELECT count(*) FROM " table " WHERE tenant_id = ?1",                              \
    .insert = "INSERT INTO " table " (tenant_id, " name ", version, " columns                    \
              ") VALUES (?1, ?2, ?3, " places ")",                                               \
    .update = "UPDATE " table " SET (version, " columns ") = (?3, " places                       \
              ") WHERE tenant_id = ?1 AND " name " = ?2",                                        \
    .remove = "DELETE FROM " table " WHERE tenant_id = ?1 AND " name " = ?2"

extern const struct sqlite_kind sqlite_domain_kind;
extern const struct sqlite_kind sqlite_cira_config_kind;
extern const struct sqlite_kind sqlite_profile_kind;
extern const struct sqlite_kind sqlite_wireless_config_kind;
extern const struct sqlite_kind sqlite_ieee8021x_config_kind;
extern const struct sqlite_kind sqlite_proxy_config_kind;

/* The statements that find a name: one slot each, counted from SQLITE_SLOT_CONFIGURATION_NAME. */
enum sqlite_name_slot {
    SQLITE_NAME_OF_SUFFIX,
    SQLITE_NAME_OF_ADDRESS,
    SQLITE_NAME_BY_CIRA,
    SQLITE_NAME_BY_WIRELESS,
    SQLITE_NAME_BY_PROXY,
    SQLITE_NAME_BY_IEEE8021X,
    SQLITE_NAME_BY_IEEE8021X_WIRELESS,
};

/* The row that a statement with the columns of `get` is at. */
bool sqlite_kind_read(const struct sqlite_kind *kind, struct sqlite_file *file,
                      sqlite3_stmt *statement, struct arena *arena, const char *tenant, void *row,
                      struct error *err);

/* Steps a bound statement that gives a name or no row. False when it fails, and when there is a
 * name: then *refusal says `cause`, `kind` and the name, and the error is ERROR_CONFLICT. */
bool sqlite_no_row(struct sqlite_file *file, sqlite3_stmt *statement, struct arena *arena,
                   enum store_cause cause, enum store_kind kind, struct store_refusal *refusal,
                   struct error *err);

/* The same with `sql` (?1 tenant, ?2 text). */
bool sqlite_no_name(struct sqlite_file *file, enum sqlite_name_slot slot, const char *sql,
                    struct arena *arena, const char *tenant, const char *text,
                    enum store_cause cause, enum store_kind kind, struct store_refusal *refusal,
                    struct error *err);

/* False with STORE_CAUSE_ABSENT when there is no such row. `name` NULL: nothing is referred to. */
bool sqlite_refers(struct sqlite_file *file, struct arena *arena, const char *tenant,
                   enum store_kind kind, const char *name, struct store_refusal *refusal,
                   struct error *err);

/* ERROR_CONFLICT with *refusal; returns false. */
bool sqlite_refuse(struct arena *arena, enum store_cause cause, enum store_kind kind,
                   const char *name, struct store_refusal *refusal, struct error *err);

bool sqlite_configuration_get(struct store_database *base, enum store_kind kind,
                              struct arena *arena, const char *tenant, const char *name, void *row,
                              struct error *err);
bool sqlite_configuration_list(struct store_database *base, enum store_kind kind,
                               struct arena *arena, const char *tenant, uint64_t top, uint64_t skip,
                               void **rows, size_t *count, uint64_t *total, struct error *err);
bool sqlite_configuration_put(struct store_database *base, enum store_kind kind,
                              struct arena *arena, const char *tenant, enum store_put how,
                              void *row, const struct store_last_step *last,
                              struct store_refusal *refusal, struct error *err);
bool sqlite_configuration_delete(struct store_database *base, enum store_kind kind,
                                 struct arena *arena, const char *tenant, const char *name,
                                 const struct store_last_step *last, struct store_refusal *refusal,
                                 struct error *err);
bool sqlite_domain_match(struct store_database *base, struct arena *arena, const char *tenant,
                         const char *fqdn, struct store_domain *domain, struct error *err);

#endif
