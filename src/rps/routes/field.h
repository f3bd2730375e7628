/*
 * The members of a row as clients see them: a constant table per kind, from which a row is written
 * as JSON, and what a body says of it is checked and read (spec rps 1.3 to 1.8). The first field of
 * a table is the row's name, the first member of its struct; {NULL} ends it.
 */
#ifndef RPS_ROUTES_FIELD_H
#define RPS_ROUTES_FIELD_H

#include "http/exchange.h"
#include "store/configurations.h"

#include <stddef.h>

enum rps_field_type {
    RPS_TEXT,      /* const char *; NULL is null */
    RPS_NUMBER,    /* unsigned */
    RPS_NUMBER_0,  /* unsigned; 0 is null */
    RPS_NUMBER_1,  /* int; -1 is null */
    RPS_FLAG,      /* bool */
    RPS_CHOICE,    /* enum store_choice */
    RPS_TIME,      /* int64_t, ms since 1970; a date in ISO 8601 */
    RPS_OWN,       /* `write` writes the value; it is not read here */
    RPS_NOTHING,   /* null, whatever the row says */
    RPS_TENANT,    /* whose row it is */
    RPS_REVISION,  /* uint64_t, the row's version: a string of digits */
    RPS_CONCEALED, /* the row's secret: read, never written */
};

/* What rps_fields_read does with the body's member. */
enum rps_field_use {
    RPS_SHOW, /* nothing: it is only written */
    RPS_TAKE, /* what is absent or null leaves the row as it is */
    RPS_FREE, /* what is absent leaves it; a text that is null is taken away */
};

struct rps_field {
    const char *member;
    enum rps_field_type type;
    size_t offset; /* in the row's struct */
    enum rps_field_use use;
    void (*write)(struct json_writer *json, const void *row);
};

#define RPS_FIELD(row_, member_, type_, name_, use_)                                         \
    {                                                                                        \
        .member = (member_), .type = (type_), .offset = offsetof(row_, name_), .use = (use_) \
    }

/* Writes the row as one JSON object, without secrets. */
void rps_fields_write(struct json_writer *json, const struct rps_field *fields, const char *tenant,
                      const void *row);

/* False when a member that is taken as text is an object or an array: answered with rps_has_texts.
 */
bool rps_fields_check(struct http_exchange *exchange, const struct rps_field *fields);

/* What the body says; *secret becomes that of RPS_CONCEALED, NULL when the body has none. */
void rps_fields_read(const struct http_exchange *exchange, const struct rps_field *fields,
                     void *row, const char **secret);

/* The offset of the version; 0, that of the name, when clients are told none. */
size_t rps_fields_version(const struct rps_field *fields);

#endif
