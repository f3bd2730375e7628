#include "rps/routes/field.h"

#include "core/clock.h"
#include "http/body_value.h"
#include "rps/routes/kind.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- writing ---- */

static void put_number(struct json_writer *json, int64_t number, int64_t null)
{
    if (number == null)
        json_put_null(json);
    else
        json_put_int(json, number);
}

static void put_choice(struct json_writer *json, enum store_choice choice)
{
    if (choice == STORE_UNSET)
        json_put_null(json);
    else
        json_put_bool(json, choice == STORE_YES);
}

static void put_version(struct json_writer *json, uint64_t version)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRIu64, version);
    json_put_string(json, text);
}

static void put_value(struct json_writer *json, const struct rps_field *field, const char *tenant,
                      const void *row)
{
    const void *at = (const char *)row + field->offset;
    char date[CLOCK_TEXT_SIZE];
    switch (field->type) {
    case RPS_TEXT:
        json_put_string(json, *(const char *const *)at);
        break;
    case RPS_NUMBER:
        json_put_int(json, *(const unsigned *)at);
        break;
    case RPS_NUMBER_0:
        put_number(json, *(const unsigned *)at, 0);
        break;
    case RPS_NUMBER_1:
        put_number(json, *(const int *)at, -1);
        break;
    case RPS_FLAG:
        json_put_bool(json, *(const bool *)at);
        break;
    case RPS_CHOICE:
        put_choice(json, *(const enum store_choice *)at);
        break;
    case RPS_TIME:
        json_put_string(json, clock_format(*(const int64_t *)at, date));
        break;
    case RPS_OWN:
        field->write(json, row);
        break;
    case RPS_TENANT:
        json_put_string(json, tenant);
        break;
    case RPS_REVISION:
        put_version(json, *(const uint64_t *)at);
        break;
    case RPS_NOTHING:
    case RPS_CONCEALED:
        json_put_null(json);
        break;
    }
}

void rps_fields_write(struct json_writer *json, const struct rps_field *fields, const char *tenant,
                      const void *row)
{
    json_open_object(json);
    for (; fields->member != NULL; fields++) {
        if (fields->type == RPS_CONCEALED)
            continue;
        json_put_key(json, fields->member);
        put_value(json, fields, tenant, row);
    }
    json_close_object(json);
}

/* ---- reading ---- */

static bool is_text(const struct rps_field *field)
{
    return field->use != RPS_SHOW && (field->type == RPS_TEXT || field->type == RPS_CONCEALED);
}

bool rps_fields_check(struct http_exchange *exchange, const struct rps_field *fields)
{
    for (const struct rps_field *field = fields; field->member != NULL; field++)
        if ((field == fields || is_text(field)) &&
            !rps_has_texts(exchange, (const char *const[]){field->member, NULL}))
            return false;
    return true;
}

static void take(const struct http_exchange *exchange, const struct rps_field *field, void *row,
                 const char **secret)
{
    const char *member = field->member;
    void *at = (char *)row + field->offset;
    if (field->type == RPS_CONCEALED)
        *secret = rps_body_string(exchange, member);
    else if (field->type == RPS_TEXT)
        *(const char **)at = rps_body_string(exchange, member);
    else if (field->type == RPS_NUMBER)
        *(unsigned *)at = (unsigned)http_body_value_number(exchange->json, member, *(unsigned *)at);
    else if (field->type == RPS_NUMBER_1)
        *(int *)at = (int)http_body_value_number(exchange->json, member, *(int *)at);
    else if (field->type == RPS_FLAG)
        *(bool *)at = http_body_value_is_true(exchange->json, member);
}

void rps_fields_read(const struct http_exchange *exchange, const struct rps_field *fields,
                     void *row, const char **secret)
{
    *secret = NULL;
    for (; fields->member != NULL; fields++)
        if (fields->use == RPS_FREE
                ? json_object_get(exchange->json, fields->member) != NULL
                : fields->use == RPS_TAKE && rps_body_has(exchange, fields->member))
            take(exchange, fields, row, secret);
}

size_t rps_fields_version(const struct rps_field *fields)
{
    while (fields->member != NULL && fields->type != RPS_REVISION)
        fields++;
    return fields->offset;
}
