/*
 * Input validation with the semantics and messages of the toolkit (express-validator 7, spec mps
 * 1.3): rules run in order; every failed rule is one entry of the answer
 * {"errors":[{"type":"field","value":…,"msg":…,"path":…,"location":…}]} with status 400.
 * The rules are data generated from api/openapi.yaml (x-rules of each operation).
 *
 * HTTP_IN_ANY looks in body, path and query; every occurrence must pass; a field that is nowhere
 * counts as absent from the body. Values are compared as JavaScript would print them; most checks
 * look at the elements of an array one by one (not STRING, ARRAY, OBJECT, CUSTOM). A query
 * parameter that comes several times is an array, too; arrays are refused unless a rule of their
 * chain is about them. What cannot be echoed: fields, at any depth, that http_json_is_secret knows.
 */
#ifndef HTTP_VALIDATE_H
#define HTTP_VALIDATE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct http_exchange;

enum http_location { HTTP_IN_ANY, HTTP_IN_BODY, HTTP_IN_QUERY, HTTP_IN_PATH };

enum http_check {
    HTTP_CHECK_STRING, /* is a JSON string (path and query values are) */
    HTTP_CHECK_NOT_EMPTY,
    HTTP_CHECK_UUID,          /* 8-4-4-4-12 with hyphens, any version */
    HTTP_CHECK_BOOLEAN,       /* true, false, 1, 0 */
    HTTP_CHECK_NUMERIC,       /* sign, digits, decimal part */
    HTTP_CHECK_FLOAT,         /* also with an exponent, min or more */
    HTTP_CHECK_INT,           /* min … max */
    HTTP_CHECK_LENGTH,        /* min … max characters */
    HTTP_CHECK_FQDN,          /* labels as in spec mps 1.3; top-level domain not required */
    HTTP_CHECK_FQDN_OR_EMPTY, /* the same, and "" passes */
    HTTP_CHECK_URL,
    HTTP_CHECK_IPV4,
    HTTP_CHECK_ALPHANUMERIC,
    HTTP_CHECK_ISO8601,
    HTTP_CHECK_SHA256,         /* 64 hexadecimal digits, or 32 pairs with colons */
    HTTP_CHECK_STRICT_BOOLEAN, /* is JSON's true or false */
    HTTP_CHECK_ARRAY,
    HTTP_CHECK_OBJECT,
    HTTP_CHECK_IN,          /* one of `choices` */
    HTTP_CHECK_IN_ANY_CASE, /* the same, without regard to the case of letters */
    HTTP_CHECK_EACH_STRING, /* every element is a string; path in the error: tags[0] */
    HTTP_CHECK_BAIL,        /* stop with this field when it has failed so far */
    HTTP_CHECK_CUSTOM,      /* what `custom` says of the whole value */
};

enum http_optional { HTTP_REQUIRED, HTTP_OPTIONAL, HTTP_OPTIONAL_NULL, HTTP_OPTIONAL_FALSY };

/* A check that no table can say: sees the whole value (NULL: absent) and the rest of the request.
 * NULL when it passes, otherwise the message, which lives as long as the arena; that of the rule,
 * when it has one, is shown instead. May wait. */
typedef const char *http_custom_check(struct http_exchange *exchange, const json_t *value);

/* Rules of one field and location that stand next to each other form a chain. Its first rule that
 * is not HTTP_REQUIRED says what is optional for all of them. */
struct http_rule {
    const char *field; /* dots lead into objects of the body: "bootDetails.url" */
    enum http_location location;
    enum http_optional optional;
    enum http_check check;
    int64_t min;
    int64_t max;
    const char *const *choices; /* ended by NULL */
    http_custom_check *custom;
    const char *message; /* NULL: "Invalid value" */
};

/* Runs rules (ended by .field == NULL). True when all passed; otherwise the 400 has been answered.
 */
bool http_validate(struct http_exchange *exchange, const struct http_rule *rules);

/* The same 400 with one entry, for what a rule cannot say about a field of the body. The value is
 * echoed as there: when it was given and is no secret. */
void http_answer_invalid(struct http_exchange *exchange, const char *field, const char *message);

#endif
