#include "http/validate.h"

#include "http/check.h"
#include "http/exchange.h"
#include "http/json.h"
#include "http/router.h"

#include <string.h>

/* Entries of one answer; more failures are not listed. */
#define ECHO_LIMIT   512 /* bytes of a text that is shown again */
#define ERRORS_LIMIT 100

/* Occurrences of one query parameter that are looked at. */
#define OCCURRENCES_LIMIT 100

enum { IN_BODY, IN_PARAMS, IN_QUERY, PLACES };

static const char *const place_names[PLACES] = {"body", "params", "query"};

/* The values of one field; NULL where it is absent. */
struct field {
    const char *name;
    json_t *value[PLACES];
    bool looked[PLACES]; /* is to be checked */
};

struct report {
    struct http_exchange *exchange;
    struct json_writer json;
    size_t count;
};

static void open_report(struct report *r)
{
    r->json = http_answer_json(r->exchange, 400);
    json_open_object(&r->json);
    json_put_key(&r->json, "errors");
    json_open_array(&r->json);
}

static void close_report(struct report *r)
{
    json_close_array(&r->json);
    json_close_object(&r->json);
}

static bool is_hidden(const char *path, const json_t *value)
{
    struct slice rest = slice_of_string(path);
    struct slice last = rest;
    while (rest.size > 0)
        last = slice_split(&rest, '.');
    return http_json_is_hidden(slice_first(last, slice_index_of(last, '[')), value);
}

/* `value` NULL leaves it out. */
static void put_entry(struct report *r, const char *path, const char *place, const char *message,
                      const json_t *value)
{
    struct json_writer *json = &r->json;
    json_open_object(json);
    json_put_member_string(json, "type", "field");
    if (value != NULL && !is_hidden(path, value) && json_string_length(value) > ECHO_LIMIT) {
        struct slice text = slice_of(json_string_value(value), json_string_length(value));
        json_put_key(json, "value");
        json_put_string_slice(json, slice_first_text(text, ECHO_LIMIT));
    } else if (value != NULL && !is_hidden(path, value)) {
        json_put_key(json, "value");
        http_json_write_echo(json, value);
    }
    json_put_member_string(json, "msg", message);
    json_put_member_string(json, "path", path);
    json_put_member_string(json, "location", place);
    json_close_object(json);
}

static void add_message(struct report *r, const char *message, const char *path, const char *place,
                        const json_t *value)
{
    if (r->count++ == 0)
        open_report(r);
    if (r->count <= ERRORS_LIMIT)
        put_entry(r, path, place, message, value);
}

static void add(struct report *r, const struct http_rule *rule, const char *path, const char *place,
                const json_t *value)
{
    add_message(r, rule->message == NULL ? "Invalid value" : rule->message, path, place, value);
}

/* Follows "a.b" into objects. Borrowed; NULL when absent. */
static json_t *find_in_body(const struct http_exchange *x, const char *name)
{
    json_t *at = x->json;
    struct slice rest = slice_of_string(name);
    while (at != NULL && rest.size > 0) {
        struct slice key = slice_split(&rest, '.');
        at = json_is_object(at) ? json_object_get(at, arena_string(x->arena, key)) : NULL;
    }
    return at;
}

void http_answer_invalid(struct http_exchange *exchange, const char *field, const char *message)
{
    struct report r = {.exchange = exchange};
    open_report(&r);
    put_entry(&r, field, place_names[IN_BODY], message, find_in_body(exchange, field));
    close_report(&r);
}

/* Owned. An empty slice may have no data, and is still a value: "?status=". */
static json_t *string_of(struct slice text)
{
    return json_stringn_nocheck(text.size == 0 ? "" : (const char *)text.data, text.size);
}

/* Owned string, or array of strings when the parameter comes several times; NULL when absent. */
static json_t *find_in_query(const struct http_exchange *x, const char *name)
{
    json_t *found = NULL;
    struct slice rest = x->query;
    struct slice decoded;
    while (http_query_next(x, name, &rest, &decoded)) {
        json_t *one = string_of(decoded);
        if (found == NULL) {
            found = one;
        } else if (json_is_array(found) && json_array_size(found) < OCCURRENCES_LIMIT) {
            json_array_append_new(found, one);
        } else if (json_is_string(found)) {
            json_t *all = json_array();
            json_array_append_new(all, found);
            json_array_append_new(all, one);
            found = all;
        } else {
            json_decref(one);
        }
    }
    return found;
}

static json_t *find_in_path(const struct http_exchange *x, const char *name)
{
    struct slice value = http_parameter(x, name);
    return value.data == NULL ? NULL : string_of(value);
}

static bool is_falsy(const json_t *value)
{
    return value == NULL || json_is_null(value) || json_is_false(value) ||
           (json_is_string(value) && json_string_length(value) == 0) ||
           (json_is_integer(value) && json_integer_value(value) == 0) ||
           (json_is_real(value) && !(json_real_value(value) < 0) && !(json_real_value(value) > 0));
}

static bool may_skip(enum http_optional optional, const json_t *value)
{
    switch (optional) {
    case HTTP_REQUIRED:
        return false;
    case HTTP_OPTIONAL:
        return value == NULL;
    case HTTP_OPTIONAL_NULL:
        return value == NULL || json_is_null(value);
    case HTTP_OPTIONAL_FALSY:
        return is_falsy(value);
    }
    return false;
}

static void find_field(const struct http_exchange *x, const struct http_rule *rule,
                       enum http_optional optional, struct field *field)
{
    *field = (struct field){.name = rule->field};
    bool any = rule->location == HTTP_IN_ANY;
    if (any || rule->location == HTTP_IN_BODY)
        field->value[IN_BODY] = json_incref(find_in_body(x, rule->field));
    if (any || rule->location == HTTP_IN_PATH)
        field->value[IN_PARAMS] = find_in_path(x, rule->field);
    if (any || rule->location == HTTP_IN_QUERY)
        field->value[IN_QUERY] = find_in_query(x, rule->field);
    bool present = false;
    for (int i = 0; i < PLACES; i++) {
        field->looked[i] = field->value[i] != NULL && !may_skip(optional, field->value[i]);
        present = present || field->value[i] != NULL;
    }
    if (!present && !may_skip(optional, NULL)) {
        int place = rule->location == HTTP_IN_QUERY  ? IN_QUERY
                    : rule->location == HTTP_IN_PATH ? IN_PARAMS
                                                     : IN_BODY;
        field->looked[place] = true;
    }
}

static void put_text(struct buffer *to, const json_t *value)
{
    switch (value == NULL ? JSON_NULL : json_typeof(value)) {
    case JSON_STRING:
        buffer_put(to, slice_of(json_string_value(value), json_string_length(value)));
        break;
    case JSON_NULL:
        break;
    case JSON_OBJECT:
        buffer_put_text(to, "[object Object]");
        break;
    case JSON_ARRAY:
        for (size_t i = 0; i < json_array_size(value); i++) {
            if (i > 0)
                buffer_put_u8(to, ',');
            put_text(to, json_array_get(value, i));
        }
        break;
    case JSON_INTEGER:
    case JSON_REAL:
    case JSON_TRUE:
    case JSON_FALSE: {
        struct json_writer json;
        json_writer_init(&json, to);
        http_json_write(&json, value);
        break;
    }
    }
}

static bool is_choice(struct slice text, const char *const *choices, bool any_case)
{
    for (; choices != NULL && *choices != NULL; choices++)
        if (any_case ? slice_equal_ignore_case(text, slice_of_string(*choices))
                     : slice_equal_string(text, *choices))
            return true;
    return false;
}

static bool text_passes(const struct http_rule *rule, struct slice text)
{
    switch (rule->check) {
    case HTTP_CHECK_NOT_EMPTY:
        return text.size > 0;
    case HTTP_CHECK_UUID:
        return http_check_uuid(text);
    case HTTP_CHECK_BOOLEAN:
        return http_check_boolean(text);
    case HTTP_CHECK_NUMERIC:
        return http_check_numeric(text);
    case HTTP_CHECK_FLOAT:
        return http_check_float(text, rule->min);
    case HTTP_CHECK_INT:
        return http_check_int(text, rule->min, rule->max);
    case HTTP_CHECK_LENGTH:
        return http_check_length(text, rule->min, rule->max);
    case HTTP_CHECK_FQDN:
        return http_check_fqdn(text);
    case HTTP_CHECK_FQDN_OR_EMPTY:
        return text.size == 0 || http_check_fqdn(text);
    case HTTP_CHECK_URL:
        return http_check_url(text);
    case HTTP_CHECK_IPV4:
        return http_check_ipv4(text);
    case HTTP_CHECK_ALPHANUMERIC:
        return http_check_alphanumeric(text);
    case HTTP_CHECK_ISO8601:
        return http_check_iso8601(text);
    case HTTP_CHECK_SHA256:
        return http_check_sha256(text);
    case HTTP_CHECK_IN:
        return is_choice(text, rule->choices, false);
    case HTTP_CHECK_IN_ANY_CASE:
        return is_choice(text, rule->choices, true);
    case HTTP_CHECK_STRING:
    case HTTP_CHECK_STRICT_BOOLEAN:
    case HTTP_CHECK_ARRAY:
    case HTTP_CHECK_OBJECT:
    case HTTP_CHECK_EACH_STRING:
    case HTTP_CHECK_BAIL:
    case HTTP_CHECK_CUSTOM:
        break;
    }
    return true;
}

static void check_text(struct report *r, const struct http_rule *rule, const char *place,
                       const json_t *value)
{
    struct buffer text;
    buffer_init(&text, HTTP_ANSWER_LIMIT);
    put_text(&text, value);
    if (!text_passes(rule, buffer_slice(&text)))
        add(r, rule, rule->field, place, value);
    buffer_fini(&text);
}

/* The toolkit's "tags.*": elements of an array, or members of an object. */
static void check_each(struct report *r, const struct http_rule *rule, const char *place,
                       json_t *value)
{
    struct arena *arena = r->exchange->arena;
    for (size_t i = 0; r->count < ERRORS_LIMIT && i < json_array_size(value); i++) {
        const json_t *element = json_array_get(value, i);
        if (!json_is_string(element))
            add(r, rule, arena_printf(arena, "%s[%zu]", rule->field, i), place, element);
    }
    if (!json_is_object(value))
        return;
    const char *key;
    json_t *member;
    json_object_foreach(value, key, member)
    {
        if (r->count < ERRORS_LIMIT && !json_is_string(member))
            add(r, rule, arena_printf(arena, "%s.%s", rule->field, key), place, member);
    }
}

static void check_custom(struct report *r, const struct http_rule *rule, const char *place,
                         const json_t *value)
{
    const char *message = rule->custom(r->exchange, value);
    if (message != NULL)
        add_message(r, rule->message == NULL ? message : rule->message, rule->field, place, value);
}

static void check_value(struct report *r, const struct http_rule *rule, const char *place,
                        json_t *value)
{
    bool passes = true;
    switch (rule->check) {
    case HTTP_CHECK_STRING:
        passes = json_is_string(value);
        break;
    case HTTP_CHECK_STRICT_BOOLEAN:
        passes = json_is_boolean(value);
        break;
    case HTTP_CHECK_ARRAY:
        passes = json_is_array(value);
        break;
    case HTTP_CHECK_OBJECT:
        passes = json_is_object(value);
        break;
    case HTTP_CHECK_EACH_STRING:
        check_each(r, rule, place, value);
        break;
    case HTTP_CHECK_CUSTOM:
        check_custom(r, rule, place, value);
        break;
    default:
        if (json_is_array(value)) {
            for (size_t i = 0; r->count < ERRORS_LIMIT && i < json_array_size(value); i++)
                check_text(r, rule, place, json_array_get(value, i));
        } else {
            check_text(r, rule, place, value);
        }
    }
    if (!passes)
        add(r, rule, rule->field, place, value);
}

static bool takes_array(const struct http_rule *first, const struct http_rule *end)
{
    for (const struct http_rule *rule = first; rule < end; rule++)
        if (rule->check == HTTP_CHECK_ARRAY || rule->check == HTTP_CHECK_EACH_STRING)
            return true;
    return false;
}

/* Runs the rules `first` … `end`-1, which are about one field. */
static void check_chain(struct report *r, const struct http_rule *first,
                        const struct http_rule *end)
{
    enum http_optional optional = HTTP_REQUIRED;
    for (const struct http_rule *rule = first; rule < end && optional == HTTP_REQUIRED; rule++)
        optional = rule->optional;
    struct field field;
    find_field(r->exchange, first, optional, &field);
    size_t before = r->count;
    for (const struct http_rule *rule = first; rule < end; rule++) {
        if (rule->check == HTTP_CHECK_BAIL && r->count > before)
            break;
        for (int i = 0; i < PLACES; i++)
            if (field.looked[i])
                check_value(r, rule, place_names[i], field.value[i]);
    }
    /* Handlers read one value: a repeated parameter, or an array whose elements passed one by one,
     * would be obeyed in part. */
    for (int i = 0; r->count == before && i < PLACES; i++)
        if (field.looked[i] && json_is_array(field.value[i]) && !takes_array(first, end))
            add(r, first, first->field, place_names[i], field.value[i]);
    for (int i = 0; i < PLACES; i++)
        json_decref(field.value[i]);
}

bool http_validate(struct http_exchange *exchange, const struct http_rule *rules)
{
    struct report r = {.exchange = exchange};
    while (rules->field != NULL && r.count < ERRORS_LIMIT) {
        const struct http_rule *end = rules;
        while (end->field != NULL && end->location == rules->location &&
               strcmp(end->field, rules->field) == 0)
            end++;
        check_chain(&r, rules, end);
        rules = end;
    }
    if (r.count == 0)
        return true;
    close_report(&r);
    return false;
}
