/*
 * What the six collections of the admin interface have in common: lists, one row, removal, and the
 * answers when something is refused, with the toolkit's words for each (spec rps 1.1 and 5.6). Each
 * kind is a constant table in its own file; so are creating and changing where they need more than
 * the body and the row. On the exchange's fiber.
 */
#ifndef RPS_ROUTES_KIND_H
#define RPS_ROUTES_KIND_H

#include "rps/routes/field.h"

/* An event's method, and what stands before the name in its message. String constants. */
struct rps_said {
    const char *method;
    const char *message;
};

struct rps_kind {
    const char *label; /* "Domain": <label> profile <name> Not Found */
    const char *base;  /* "/api/v1/admin/domains" */
    size_t row_size;
    const struct rps_field *fields; /* the name's first */
    struct rps_said listed, shown, created, changed, removed;
    /* Sentences of refusals; %s is the name. */
    const char *taken;         /* of "Unique key violation" */
    const char *failed;        /* of a put that failed for no cause that has a sentence */
    const char *failed_remove; /* … of a removal */
    const char *in_use;        /* … that a profile stands against */
    bool (*list)(struct store *store, struct arena *arena, const char *tenant, uint64_t top,
                 uint64_t skip, void **rows, size_t *count, uint64_t *total, struct error *err);
    bool (*get)(struct store *store, struct arena *arena, const char *tenant, struct slice name,
                void *row, struct error *err);
    bool (*remove)(struct store *store, struct arena *arena, const char *tenant, struct slice name,
                   struct store_refusal *refusal, struct error *err);
    /* The same, where it depends on what `refusal->name` is; else NULL. */
    void (*answer_in_use)(struct http_exchange *exchange, const char *name,
                          const struct store_refusal *refusal);
    /* Answers a put that was refused because it refers to what is not there; NULL: never. */
    void (*answer_absent)(struct http_exchange *exchange, const char *name,
                          const struct store_refusal *refusal);
    /* --- for rps_kind_create and rps_kind_change --- */
    enum store_put change; /* how a change is put */
    bool header_wins;      /* as rps_kind_version has it */
    /* What the fields cannot say of the body, after they have been read: the row, and *secret, the
     * row's one secret: NULL keeps it. May be NULL. */
    void (*read)(const struct http_exchange *exchange, void *row, const char **secret);
    bool (*put)(struct store *store, struct arena *arena, const char *tenant, enum store_put how,
                void *row, const char *secret, struct store_refusal *refusal, struct error *err);
    /* What whoever has put the row should know: a member "warning" of the answer, which clients of
     * the toolkit pass over. NULL where there is nothing. May be NULL. */
    const char *(*warn)(const struct http_exchange *exchange, const void *row);
};

extern const struct rps_kind rps_cira_kind;
extern const struct rps_kind rps_domain_kind;
extern const struct rps_kind rps_ieee8021x_kind;
extern const struct rps_kind rps_profile_kind;
extern const struct rps_kind rps_proxy_kind;
extern const struct rps_kind rps_wireless_kind;

/* Makes list_rows, get_row and remove_row of those of the store for struct store_<type>. */
#define RPS_KIND_FUNCTIONS(type_)                                                               \
    static bool list_rows(struct store *store, struct arena *arena, const char *tenant,         \
                          uint64_t top, uint64_t skip, void **rows, size_t *count,              \
                          uint64_t *total, struct error *err)                                   \
    {                                                                                           \
        struct store_##type_ *typed = NULL;                                                     \
        bool ok =                                                                               \
            store_##type_##_list(store, arena, tenant, top, skip, &typed, count, total, err);   \
        *rows = typed;                                                                          \
        return ok;                                                                              \
    }                                                                                           \
    static bool get_row(struct store *store, struct arena *arena, const char *tenant,           \
                        struct slice name, void *row, struct error *err)                        \
    {                                                                                           \
        return store_##type_##_get(store, arena, tenant, name, row, err);                       \
    }                                                                                           \
    static bool remove_row(struct store *store, struct arena *arena, const char *tenant,        \
                           struct slice name, struct store_refusal *refusal, struct error *err) \
    {                                                                                           \
        return store_##type_##_delete(store, arena, tenant, name, refusal, err);                \
    }

/* Makes put_row for struct store_<type>, which has no secret. */
#define RPS_KIND_PUT(type_)                                                           \
    static bool put_row(struct store *store, struct arena *arena, const char *tenant, \
                        enum store_put how, void *row, const char *secret,            \
                        struct store_refusal *refusal, struct error *err)             \
    {                                                                                 \
        (void)secret;                                                                 \
        return store_##type_##_put(store, arena, tenant, how, row, refusal, err);     \
    }

/* Makes the handlers rps_<kind>_list, …_show and …_remove; */
#define RPS_KIND_READERS(kind_)                               \
    void rps_##kind_##_list(struct http_exchange *exchange)   \
    {                                                         \
        rps_kind_list(exchange, &rps_##kind_##_kind);         \
    }                                                         \
    void rps_##kind_##_show(struct http_exchange *exchange)   \
    {                                                         \
        rps_kind_show(exchange, &rps_##kind_##_kind);         \
    }                                                         \
    void rps_##kind_##_remove(struct http_exchange *exchange) \
    {                                                         \
        rps_kind_remove(exchange, &rps_##kind_##_kind);       \
    }

/* … and all five. */
#define RPS_KIND_HANDLERS(kind_)                              \
    RPS_KIND_READERS(kind_)                                   \
    void rps_##kind_##_create(struct http_exchange *exchange) \
    {                                                         \
        rps_kind_create(exchange, &rps_##kind_##_kind);       \
    }                                                         \
    void rps_##kind_##_change(struct http_exchange *exchange) \
    {                                                         \
        rps_kind_change(exchange, &rps_##kind_##_kind);       \
    }

/* GET of the collection, of one, and DELETE: whole handlers. The name is the path's {name}. */
void rps_kind_list(struct http_exchange *exchange, const struct rps_kind *kind);
void rps_kind_show(struct http_exchange *exchange, const struct rps_kind *kind);
void rps_kind_remove(struct http_exchange *exchange, const struct rps_kind *kind);

/* POST and PATCH: whole handlers, of a kind that has `put`. The name is the body's. */
void rps_kind_create(struct http_exchange *exchange, const struct rps_kind *kind);
void rps_kind_change(struct http_exchange *exchange, const struct rps_kind *kind);

/* Reads the row of that name. False when it has answered. */
bool rps_kind_get(struct http_exchange *exchange, const struct rps_kind *kind, struct slice name,
                  void *row);

/* The row as clients see it, parsed. Owned (json_decref); NULL with ERROR_INTERNAL. */
json_t *rps_kind_json(const struct rps_kind *kind, const char *tenant, const void *row,
                      struct error *err);

/* 201 or 200 with the row, and the event that goes with it. */
void rps_kind_answer_created(struct http_exchange *exchange, const struct rps_kind *kind,
                             const char *name, const void *row);
void rps_kind_answer_changed(struct http_exchange *exchange, const struct rps_kind *kind,
                             const char *name, const void *row);

/* Answers a put that failed: 400, 404, 409 or 412 with the row as it is now, 500, 503. */
void rps_kind_answer_failure(struct http_exchange *exchange, const struct rps_kind *kind,
                             const char *name, const void *row, const struct store_refusal *refusal,
                             const struct error *err);

/* 400 {"error":…,"message":…} with the event of a failure. */
void rps_kind_refuse(struct http_exchange *exchange, const struct rps_kind *kind, const char *name,
                     const char *error, const char *message);

/* The same without the event: for answer_in_use and answer_absent, behind which it is published. */
void rps_answer_refusal(struct http_exchange *exchange, const char *error, const char *message);

/* True when each of these members (ended by NULL) that is there and not null has a text; otherwise
 * a 400 has been answered: what the rules do not say of objects and arrays. */
bool rps_has_texts(struct http_exchange *exchange, const char *const *members);

/* The version that a change is meant for: the body's, or with `header_wins` that of If-Match. One
 * that is absent or no version of ours matches none (spec rps 1.1.4). */
uint64_t rps_kind_version(const struct http_exchange *exchange, bool header_wins);

/* A member of the body as text, numbers and booleans as JavaScript prints them. .data NULL when it
 * is absent, null, an object or an array. */
struct slice rps_body_text(const struct http_exchange *exchange, const char *member);
struct slice rps_value_text(const struct http_exchange *exchange, const json_t *value);

/* The same as a string; NULL where that has no data. */
const char *rps_body_string(const struct http_exchange *exchange, const char *member);

/* True when the member is there and not null. */
bool rps_body_has(const struct http_exchange *exchange, const char *member);

#endif
