#include "request.h"

#include "http/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define DIGITS_30 "0123456789abcdefABCDEF01234567"
#define PAIRS_15  "01:23:45:67:89:ab:cd:ef:AB:CD:EF:01:23:45:67:"

static void done(struct http_exchange *x)
{
    http_answer_bytes(x, 200, "text/plain", SLICE_LITERAL("ok"));
}

static void refuse_action(struct http_exchange *x)
{
    http_answer_invalid(x, "action", "Invalid value");
}

static void refuse(struct http_exchange *x)
{
    http_answer_invalid(x, "password", "password is too long");
}

/* spec mps 1.6 */
static const struct http_rule login[] = {
    {.field = "username", .location = HTTP_IN_BODY, .check = HTTP_CHECK_STRING},
    {.field = "username",
     .location = HTTP_IN_BODY,
     .check = HTTP_CHECK_NOT_EMPTY,
     .message = "User name is required"},
    {.field = "password",
     .location = HTTP_IN_BODY,
     .check = HTTP_CHECK_NOT_EMPTY,
     .message = "Password is required"},
    {.field = NULL},
};

/* spec mps 1.8, POST /devices */
static const struct http_rule device[] = {
    {.field = "guid", .check = HTTP_CHECK_UUID},
    {.field = "guid", .check = HTTP_CHECK_STRING},
    {.field = "hostname", .optional = HTTP_OPTIONAL_NULL, .check = HTTP_CHECK_STRING},
    {.field = "hostname",
     .optional = HTTP_OPTIONAL_NULL,
     .check = HTTP_CHECK_LENGTH,
     .max = 5,
     .message = "too long"},
    {.field = "dnsSuffix", .optional = HTTP_OPTIONAL_NULL, .check = HTTP_CHECK_STRING},
    {.field = "dnsSuffix", .check = HTTP_CHECK_BAIL},
    {.field = "dnsSuffix", .check = HTTP_CHECK_FQDN_OR_EMPTY, .message = "not a suffix"},
    {.field = "tags", .optional = HTTP_OPTIONAL, .check = HTTP_CHECK_ARRAY, .message = "tags"},
    {.field = "tags", .optional = HTTP_OPTIONAL, .check = HTTP_CHECK_EACH_STRING},
    {.field = "deviceInfo", .optional = HTTP_OPTIONAL_NULL, .check = HTTP_CHECK_OBJECT},
    {.field = "mpspassword", .optional = HTTP_OPTIONAL, .check = HTTP_CHECK_STRING},
    {.field = "bootDetails.url", .optional = HTTP_OPTIONAL, .check = HTTP_CHECK_STRING},
    {.field = NULL},
};

static const char *const methods[] = {"AND", "OR", NULL};

/* spec mps 1.8, GET /devices */
static const struct http_rule list[] = {
    {.field = "$top",
     .location = HTTP_IN_QUERY,
     .optional = HTTP_OPTIONAL,
     .check = HTTP_CHECK_INT,
     .message = "positive"},
    {.field = "$count",
     .location = HTTP_IN_QUERY,
     .optional = HTTP_OPTIONAL,
     .check = HTTP_CHECK_BOOLEAN},
    {.field = "method",
     .location = HTTP_IN_QUERY,
     .optional = HTTP_OPTIONAL,
     .check = HTTP_CHECK_IN,
     .choices = methods},
    {.field = "hostname",
     .location = HTTP_IN_QUERY,
     .optional = HTTP_OPTIONAL,
     .check = HTTP_CHECK_STRING},
    {.field = NULL},
};

static const struct http_rule by_guid[] = {
    {.field = "guid", .location = HTTP_IN_PATH, .check = HTTP_CHECK_UUID},
    {.field = NULL},
};

static const struct http_rule falsy[] = {
    {.field = "n", .optional = HTTP_OPTIONAL_FALSY, .check = HTTP_CHECK_NUMERIC},
    {.field = NULL},
};

static const char *both(struct http_exchange *exchange, const json_t *value)
{
    if (value == NULL)
        return "x is missing";
    return json_object_get(exchange->json, "y") == NULL ? NULL : "not with y";
}

static const struct http_rule custom[] = {
    {.field = "x", .check = HTTP_CHECK_NOT_EMPTY, .message = "x is required"},
    {.field = "x", .check = HTTP_CHECK_CUSTOM, .custom = both},
    {.field = "x", .check = HTTP_CHECK_CUSTOM, .custom = both, .message = "of the rule"},
    {.field = "z", .optional = HTTP_OPTIONAL_NULL, .check = HTTP_CHECK_CUSTOM, .custom = both},
    {.field = NULL},
};

static const struct http_route routes[] = {
    {HTTP_POST, "/custom", "custom", done, true, custom, false, 0, false, 0},
    {HTTP_POST, "/login", "login", done, true, login, false, 0, false, 0},
    {HTTP_POST, "/devices", "device", done, true, device, false, 0, false, 0},
    {HTTP_POST, "/devices/{guid}", "device2", done, true, device, false, 0, false, 0},
    {HTTP_GET, "/devices", "list", done, true, list, false, 0, false, 0},
    {HTTP_GET, "/devices/{guid}", "get", done, true, by_guid, false, 0, false, 0},
    {HTTP_POST, "/refuse", "refuse", refuse, true, NULL, false, 0, false, 0},
    {HTTP_POST, "/action", "action", refuse_action, true, NULL, false, 0, false, 0},
    {HTTP_POST, "/falsy", "falsy", done, true, falsy, false, 0, false, 0},
};

static const struct http_router router = {
    .routes = routes,
    .route_count = sizeof routes / sizeof routes[0],
};

static void assert_errors(const char *method, const char *path, const char *json,
                          const char *errors)
{
    static char text[8192];
    static char wanted[4096];
    (void)snprintf(text, sizeof text,
                   "%s %s HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n"
                   "%s",
                   method, path, strlen(json), json);
    (void)snprintf(wanted, sizeof wanted, "{\"errors\":[%s]}", errors);
    struct request *r = request_serve(&router, text);
    assert_string_equal(r->body, *errors == '\0' ? "ok" : wanted);
    assert_int_equal(r->exchange.status, *errors == '\0' ? 200 : 400);
    request_free(r);
}

#define GUID "143e4567-e89b-12d3-a456-426614174000"

static void assert_device(const char *members, const char *errors)
{
    char json[4096];
    (void)snprintf(json, sizeof json, "{\"guid\":\"" GUID "\"%s%s}", *members ? "," : "", members);
    assert_errors("POST", "/devices", json, errors);
}

static void a_missing_user_name_gives_two_entries(void **state)
{
    (void)state;
    assert_errors("POST", "/login", "{\"password\":\"x\"}",
                  "{\"type\":\"field\",\"msg\":\"Invalid value\",\"path\":\"username\","
                  "\"location\":\"body\"},"
                  "{\"type\":\"field\",\"msg\":\"User name is required\",\"path\":\"username\","
                  "\"location\":\"body\"}");
    assert_errors("POST", "/login", "{\"username\":\"a\",\"password\":\"b\"}", "");
    assert_errors("POST", "/login", "{\"username\":\"a\",\"password\":1}", "");
}

static void a_check_of_its_own_sees_the_value_and_the_rest(void **state)
{
    (void)state;
    assert_errors("POST", "/custom", "{\"x\":1}", "");
    assert_errors("POST", "/custom", "{\"x\":1,\"z\":null}", "");
    assert_errors("POST", "/custom", "{\"x\":\"a\",\"y\":2}",
                  "{\"type\":\"field\",\"value\":\"a\",\"msg\":\"not with y\",\"path\":\"x\","
                  "\"location\":\"body\"},"
                  "{\"type\":\"field\",\"value\":\"a\",\"msg\":\"of the rule\",\"path\":\"x\","
                  "\"location\":\"body\"}");
    assert_errors("POST", "/custom", "{}",
                  "{\"type\":\"field\",\"msg\":\"x is required\",\"path\":\"x\","
                  "\"location\":\"body\"},"
                  "{\"type\":\"field\",\"msg\":\"x is missing\",\"path\":\"x\","
                  "\"location\":\"body\"},"
                  "{\"type\":\"field\",\"msg\":\"of the rule\",\"path\":\"x\","
                  "\"location\":\"body\"}");
}

static void entries_come_in_the_order_of_the_rules(void **state)
{
    (void)state;
    assert_errors("POST", "/login", "{\"password\":\"\",\"username\":\"\"}",
                  "{\"type\":\"field\",\"value\":\"\",\"msg\":\"User name is required\","
                  "\"path\":\"username\",\"location\":\"body\"},"
                  "{\"type\":\"field\",\"msg\":\"Password is required\",\"path\":\"password\","
                  "\"location\":\"body\"}");
}

static void values_are_echoed_as_they_came(void **state)
{
    (void)state;
    assert_errors("POST", "/login", "{\"username\":8.50,\"password\":\"x\"}",
                  "{\"type\":\"field\",\"value\":8.5,\"msg\":\"Invalid value\","
                  "\"path\":\"username\",\"location\":\"body\"}");
    assert_errors("POST", "/login", "{\"username\":null,\"password\":\"x\"}",
                  "{\"type\":\"field\",\"value\":null,\"msg\":\"Invalid value\","
                  "\"path\":\"username\",\"location\":\"body\"},"
                  "{\"type\":\"field\",\"value\":null,\"msg\":\"User name is required\","
                  "\"path\":\"username\",\"location\":\"body\"}");
    assert_errors("POST", "/login", "{\"username\":{\"a\":[1,true]},\"password\":\"x\"}",
                  "{\"type\":\"field\",\"value\":{\"a\":[1,true]},\"msg\":\"Invalid value\","
                  "\"path\":\"username\",\"location\":\"body\"}");
}

static void secrets_are_never_echoed(void **state)
{
    (void)state;
    assert_device("\"mpspassword\":12345",
                  "{\"type\":\"field\",\"msg\":\"Invalid value\",\"path\":\"mpspassword\","
                  "\"location\":\"body\"}");
    assert_device("\"hostname\":{\"AmtPassword\":\"hush\",\"b\":1}",
                  "{\"type\":\"field\",\"value\":{\"b\":1},\"msg\":\"Invalid value\","
                  "\"path\":\"hostname\",\"location\":\"body\"},"
                  "{\"type\":\"field\",\"value\":{\"b\":1},\"msg\":\"too long\","
                  "\"path\":\"hostname\",\"location\":\"body\"}");
}

static void what_may_be_a_secret_in_the_wrong_place_is_not_echoed(void **state)
{
    (void)state;
    static const char text[] =
        "\"hostname\":{\"bootDetails\":\"hush\",\"ieee8021x\":[\"hush\"],\"parameters\":1,"
        "\"url\":\"https://u:p@h/\",\"other\":\"https://h/@\"}";
    assert_device(text, "{\"type\":\"field\",\"value\":{\"other\":\"https://h/@\"},"
                        "\"msg\":\"Invalid value\",\"path\":\"hostname\",\"location\":\"body\"},"
                        "{\"type\":\"field\",\"value\":{\"other\":\"https://h/@\"},"
                        "\"msg\":\"too long\",\"path\":\"hostname\",\"location\":\"body\"}");
    assert_device(
        "\"hostname\":{\"ieee8021x\":{\"a\":1}}",
        "{\"type\":\"field\",\"value\":{\"ieee8021x\":{\"a\":1}},\"msg\":\"Invalid value\","
        "\"path\":\"hostname\",\"location\":\"body\"},"
        "{\"type\":\"field\",\"value\":{\"ieee8021x\":{\"a\":1}},\"msg\":\"too long\","
        "\"path\":\"hostname\",\"location\":\"body\"}");
}

static void a_missing_guid_gives_two_equal_entries(void **state)
{
    (void)state;
    static const char entry[] = "{\"type\":\"field\",\"msg\":\"Invalid value\",\"path\":\"guid\","
                                "\"location\":\"body\"}";
    char two[512];
    (void)snprintf(two, sizeof two, "%s,%s", entry, entry);
    assert_errors("POST", "/devices", "{}", two);
    assert_errors("POST", "/devices", "[]", two);
}

static void every_occurrence_must_pass(void **state)
{
    (void)state;
    assert_errors("POST", "/devices?guid=" GUID, "{\"guid\":\"" GUID "\"}", "");
    assert_errors("POST", "/devices?guid=" GUID, "{}", "");
    assert_errors("POST", "/devices/nope?guid=no", "{\"guid\":\"" GUID "\"}",
                  "{\"type\":\"field\",\"value\":\"nope\",\"msg\":\"Invalid value\","
                  "\"path\":\"guid\",\"location\":\"params\"},"
                  "{\"type\":\"field\",\"value\":\"no\",\"msg\":\"Invalid value\","
                  "\"path\":\"guid\",\"location\":\"query\"}");
}

static void optional_fields_may_be_absent_or_null(void **state)
{
    (void)state;
    assert_device("", "");
    assert_device("\"hostname\":null,\"dnsSuffix\":null,\"deviceInfo\":null", "");
    assert_device("\"tags\":null", "{\"type\":\"field\",\"value\":null,\"msg\":\"tags\","
                                   "\"path\":\"tags\",\"location\":\"body\"}");
    assert_errors("POST", "/falsy", "{\"n\":0}", "");
    assert_errors("POST", "/falsy", "{\"n\":\"\"}", "");
    assert_errors("POST", "/falsy", "{\"n\":false}", "");
    assert_errors("POST", "/falsy", "{\"n\":0.0}", "");
    assert_errors("POST", "/falsy", "{\"n\":true}",
                  "{\"type\":\"field\",\"value\":true,\"msg\":\"Invalid value\",\"path\":\"n\","
                  "\"location\":\"body\"}");
}

static void bail_keeps_later_rules_of_the_field_quiet(void **state)
{
    (void)state;
    assert_device("\"dnsSuffix\":[\"-\"]",
                  "{\"type\":\"field\",\"value\":[\"-\"],\"msg\":\"Invalid value\","
                  "\"path\":\"dnsSuffix\",\"location\":\"body\"}");
    assert_device("\"dnsSuffix\":\"-\"",
                  "{\"type\":\"field\",\"value\":\"-\",\"msg\":\"not a suffix\","
                  "\"path\":\"dnsSuffix\",\"location\":\"body\"}");
    assert_device("\"dnsSuffix\":\"\"", "");
}

static void elements_of_arrays_are_named(void **state)
{
    (void)state;
    assert_device("\"tags\":[]", "");
    assert_device("\"tags\":[\"a\",\"b\"]", "");
    assert_device("\"tags\":[\"a\",1,null]",
                  "{\"type\":\"field\",\"value\":1,\"msg\":\"Invalid value\","
                  "\"path\":\"tags[1]\",\"location\":\"body\"},"
                  "{\"type\":\"field\",\"value\":null,\"msg\":\"Invalid value\","
                  "\"path\":\"tags[2]\",\"location\":\"body\"}");
    assert_device("\"tags\":\"a\"", "{\"type\":\"field\",\"value\":\"a\",\"msg\":\"tags\","
                                    "\"path\":\"tags\",\"location\":\"body\"}");
}

static void arrays_are_checked_element_by_element(void **state)
{
    (void)state;
    assert_errors("POST", "/devices", "{\"guid\":[\"" GUID "\",\"x\"]}",
                  "{\"type\":\"field\",\"value\":\"x\",\"msg\":\"Invalid value\","
                  "\"path\":\"guid\",\"location\":\"body\"},"
                  "{\"type\":\"field\",\"value\":[\"" GUID "\",\"x\"],\"msg\":\"Invalid value\","
                  "\"path\":\"guid\",\"location\":\"body\"}");
    /* good elements: the array itself is not what a handler expects */
    assert_errors("POST", "/devices", "{\"guid\":[\"" GUID "\"],\"tags\":[\"t\"]}",
                  "{\"type\":\"field\",\"value\":[\"" GUID "\"],\"msg\":\"Invalid value\","
                  "\"path\":\"guid\",\"location\":\"body\"}");
    assert_errors("GET", "/devices?$top=1&$top=x", "{}",
                  "{\"type\":\"field\",\"value\":\"x\",\"msg\":\"positive\",\"path\":\"$top\","
                  "\"location\":\"query\"}");
    assert_errors("GET", "/devices?hostname=a&hostname=b", "{}",
                  "{\"type\":\"field\",\"value\":[\"a\",\"b\"],\"msg\":\"Invalid value\","
                  "\"path\":\"hostname\",\"location\":\"query\"}");
}

static void dots_lead_into_objects(void **state)
{
    (void)state;
    assert_device("\"bootDetails\":{\"url\":\"u\"}", "");
    assert_device("\"bootDetails\":1", "");
    assert_device("\"bootDetails\":{\"url\":1}",
                  "{\"type\":\"field\",\"value\":1,\"msg\":\"Invalid value\","
                  "\"path\":\"bootDetails.url\",\"location\":\"body\"}");
}

static void path_parameters_are_located_in_params(void **state)
{
    (void)state;
    assert_errors("GET", "/devices/" GUID, "{}", "");
    assert_errors("GET", "/devices/toString", "{\"guid\":\"" GUID "\"}",
                  "{\"type\":\"field\",\"value\":\"toString\",\"msg\":\"Invalid value\","
                  "\"path\":\"guid\",\"location\":\"params\"}");
}

static void query_rules_do_not_look_at_the_body(void **state)
{
    (void)state;
    assert_errors("GET", "/devices", "{\"$top\":\"x\"}", "");
    assert_errors("GET", "/devices?$top=-1&method=and", "{}",
                  "{\"type\":\"field\",\"value\":\"-1\",\"msg\":\"positive\",\"path\":\"$top\","
                  "\"location\":\"query\"},"
                  "{\"type\":\"field\",\"value\":\"and\",\"msg\":\"Invalid value\","
                  "\"path\":\"method\",\"location\":\"query\"}");
    assert_errors("GET", "/devices?%24top=25&%24count=true&method=AND", "{}", "");
}

static void an_empty_query_value_is_checked(void **state)
{
    (void)state;
    static const char *const queries[] = {"$top=", "$top", "$top=&x=1", "%24top="};
    for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "/devices?%s", queries[i]);
        assert_errors("GET", path, "{}",
                      "{\"type\":\"field\",\"value\":\"\",\"msg\":\"positive\",\"path\":\"$top\","
                      "\"location\":\"query\"}");
    }
    assert_errors("GET", "/devices?$count=&method=", "{}",
                  "{\"type\":\"field\",\"value\":\"\",\"msg\":\"Invalid value\","
                  "\"path\":\"$count\",\"location\":\"query\"},"
                  "{\"type\":\"field\",\"value\":\"\",\"msg\":\"Invalid value\","
                  "\"path\":\"method\",\"location\":\"query\"}");
    assert_errors("GET", "/devices?hostname=", "{}", "");
}

static void a_repeated_query_parameter_is_refused(void **state)
{
    (void)state;
    assert_errors("GET", "/devices?$top=1&$top=2", "{}",
                  "{\"type\":\"field\",\"value\":[\"1\",\"2\"],\"msg\":\"positive\","
                  "\"path\":\"$top\",\"location\":\"query\"}");
    assert_errors("GET", "/devices?method=AND&$top=1&method=AND", "{}",
                  "{\"type\":\"field\",\"value\":[\"AND\",\"AND\"],\"msg\":\"Invalid value\","
                  "\"path\":\"method\",\"location\":\"query\"}");
    assert_errors("POST", "/devices?tags=a&tags=b", "{\"guid\":\"" GUID "\"}", "");
}

static void the_number_of_entries_is_bounded(void **state)
{
    (void)state;
    static char members[4000];
    size_t size = (size_t)snprintf(members, sizeof members, "\"tags\":[1");
    while (size < 3000)
        size += (size_t)snprintf(members + size, sizeof members - size, ",1");
    (void)snprintf(members + size, sizeof members - size, "]");
    char text[6000];
    (void)snprintf(text, sizeof text,
                   "POST /devices HTTP/1.1\r\nContent-Type: application/json\r\n"
                   "Content-Length: %zu\r\n\r\n{\"guid\":\"" GUID "\",%s}",
                   strlen(members) + 12 + sizeof GUID - 1, members);
    struct request *r = request_serve(&router, text);
    size_t entries = 0;
    for (const char *at = r->body; (at = strstr(at, "\"msg\"")) != NULL; at++)
        entries++;
    assert_int_equal(entries, 100);
    assert_string_equal(r->body + strlen(r->body) - 3, "}]}");
    request_free(r);
}

struct sample {
    const char *text;
    bool passes;
};

#define ASSERT_SAMPLES(samples, check)                                  \
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples)[0]; i++) { \
        struct slice s = slice_of_string((samples)[i].text);            \
        if ((check) != (samples)[i].passes)                             \
            fail_msg("%s: %s", #check, (samples)[i].text);              \
    }

static void identifiers_and_hashes_have_the_grammar_of_the_toolkit(void **state)
{
    (void)state;
    static const struct sample uuid[] = {
        {GUID, true},
        {"143E4567-E89B-12D3-A456-426614174000", true},
        {"00000000-0000-0000-0000-000000000000", true},
        {"143e4567e89b12d3a456426614174000", false},
        {"{143e4567-e89b-12d3-a456-426614174000}", false},
        {"", false},
    };
    static const struct sample hash[] = {
        {DIGITS_30 DIGITS_30 "0aF9", true},  {DIGITS_30 DIGITS_30 "0aFg", false},
        {DIGITS_30 DIGITS_30 "0aF", false},  {DIGITS_30 DIGITS_30 "0aF9c", false},
        {PAIRS_15 PAIRS_15 "0a:F9", true},   {PAIRS_15 PAIRS_15 "0aF9:", false},
        {PAIRS_15 PAIRS_15 "0a-F9", false},  {PAIRS_15 PAIRS_15 "0a:F9:", false},
        {DIGITS_30 DIGITS_30 ":a:9", false}, {"", false},
    };
    ASSERT_SAMPLES(uuid, http_check_uuid(s));
    ASSERT_SAMPLES(hash, http_check_sha256(s));
}

static void numbers_and_booleans_have_the_grammar_of_the_toolkit(void **state)
{
    (void)state;
    static const struct sample boolean[] = {
        {"true", true}, {"0", true}, {"True", false}, {"yes", false}, {"", false}};
    static const struct sample numeric[] = {
        {"1", true},    {"-1.5", true}, {"+.5", true}, {"1.", false}, {"1e3", false},
        {"0x1", false}, {"", false},    {".", false},  {"1 ", false}, {"-", false},
    };
    static const struct sample real[] = {
        {"0", true},   {"-0", true},   {"1.5", true},  {".5", true},        {"1.", true},
        {"1e3", true}, {"-1", false},  {"NaN", false}, {"", false},         {".", false},
        {"1e", false}, {"0x1", false}, {"1 ", false},  {"Infinity", false},
    };
    static const struct sample whole[] = {
        {"0", true},
        {"007", true},
        {"+7", true},
        {"9", true},
        {"10", false},
        {"-1", false},
        {"1.0", false},
        {"", false},
        {"99999999999999999999", false},
        {"-99999999999999999999", false},
    };
    ASSERT_SAMPLES(boolean, http_check_boolean(s));
    ASSERT_SAMPLES(numeric, http_check_numeric(s));
    ASSERT_SAMPLES(real, http_check_float(s, 0));
    ASSERT_SAMPLES(whole, http_check_int(s, 0, 9));
    assert_true(http_check_int(SLICE_LITERAL("-9223372036854775808"), INT64_MIN, 0));
    assert_true(http_check_int(SLICE_LITERAL("9223372036854775807"), 0, INT64_MAX));
}

static void names_of_hosts_have_the_grammar_of_the_toolkit(void **state)
{
    (void)state;
    static const struct sample fqdn[] = {
        {"localdomain", true},
        {"a.b-c.com", true},
        {"x.com.", true},
        {"1.2.3.4", false},
        {"-a.com", false},
        {"a-.com", false},
        {"a_b.com", false},
        {"a..b", false},
        {"", false},
        {".", false},
        {"a b", false},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.com", false},
    };
    ASSERT_SAMPLES(fqdn, http_check_fqdn(s));
}

static void addresses_of_the_web_have_the_grammar_of_the_toolkit(void **state)
{
    (void)state;
    static const struct sample url[] = {
        {"https://192.168.88.216:5443/x.iso", true},
        {"http://a.b/c?d=e#f", true},
        {"HTTPS://server/x", true}, /* the toolkit wants a top-level domain */
        {"https://localhost", true},
        {"foo.com/x", true},
        {"https://u:p@host:1/", true},
        {"https://[2001:db8::1]:443/x", true},
        {"https://1.2.3.4", true},
        {"https://host:65535", true},
        {"https://host:65536", false},
        {"https://host:0", false},
        {"https://host:x/", false},
        {"https://1.2.3.400", false},
        {"https://[2001:db8::g]/", false},
        {"https://[2001:db8::1/", false},
        {"https://:p@host", false},
        {"https:///x", false},
        {"https://", false},
        {"//host/x", false},
        {"mailto:a@b.c", false},
        {"file:///etc/passwd", false},
        {"javascript://host", false},
        {"https://a b/", false},
        {"https://a/<x>", false},
        {"https://a\n.b", false},
        {"", false},
    };
    ASSERT_SAMPLES(url, http_check_url(s));
}

static void dates_and_lengths_have_the_grammar_of_the_toolkit(void **state)
{
    (void)state;
    static const struct sample date[] = {
        {"2024-01-03T00:44:35.000Z", true},
        {"2024-01-03", true},
        {"20240103", true},
        {"2024-W05-1", true},
        {"2024-031", true},
        {"2024", true},
        {"2024-01-03 10:00+01:00", true},
        {"2024-13-01", false},
        {"2024-01-32", false},
        {"2024-01-03T25:00:00Z", false},
        {"2024-01-03T10:61", false},
        {"2024-1-3", false},
        {"yesterday", false},
        {"", false},
        {"2024-01-03T00:44:35.000Zx", false},
    };
    ASSERT_SAMPLES(date, http_check_iso8601(s));
    assert_true(http_check_length(SLICE_LITERAL("\xc3\xa4\xf0\x9f\x98\x80"), 2, 2));
    assert_false(http_check_length(SLICE_LITERAL("abc"), 0, 2));
}

static void a_handler_may_add_what_no_rule_says(void **state)
{
    (void)state;
    assert_errors("POST", "/refuse", "{\"password\":\"x\"}",
                  "{\"type\":\"field\",\"msg\":\"password is too long\",\"path\":\"password\","
                  "\"location\":\"body\"}");
}

static void what_a_handler_refuses_is_echoed_too(void **state)
{
    (void)state;
    static const char *const values[] = {"[8]", "[]", "null", "\"\"", "8"};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        char json[64];
        char entry[256];
        (void)snprintf(json, sizeof json, "{\"action\":%s}", values[i]);
        (void)snprintf(entry, sizeof entry,
                       "{\"type\":\"field\",\"value\":%s,\"msg\":\"Invalid value\","
                       "\"path\":\"action\",\"location\":\"body\"}",
                       values[i]);
        assert_errors("POST", "/action", json, entry);
    }
    assert_errors("POST", "/action", "{}",
                  "{\"type\":\"field\",\"msg\":\"Invalid value\",\"path\":\"action\","
                  "\"location\":\"body\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_user_name_gives_two_entries),
        cmocka_unit_test(a_check_of_its_own_sees_the_value_and_the_rest),
        cmocka_unit_test(entries_come_in_the_order_of_the_rules),
        cmocka_unit_test(values_are_echoed_as_they_came),
        cmocka_unit_test(secrets_are_never_echoed),
        cmocka_unit_test(what_may_be_a_secret_in_the_wrong_place_is_not_echoed),
        cmocka_unit_test(a_missing_guid_gives_two_equal_entries),
        cmocka_unit_test(every_occurrence_must_pass),
        cmocka_unit_test(optional_fields_may_be_absent_or_null),
        cmocka_unit_test(bail_keeps_later_rules_of_the_field_quiet),
        cmocka_unit_test(elements_of_arrays_are_named),
        cmocka_unit_test(arrays_are_checked_element_by_element),
        cmocka_unit_test(dots_lead_into_objects),
        cmocka_unit_test(path_parameters_are_located_in_params),
        cmocka_unit_test(query_rules_do_not_look_at_the_body),
        cmocka_unit_test(an_empty_query_value_is_checked),
        cmocka_unit_test(a_handler_may_add_what_no_rule_says),
        cmocka_unit_test(what_a_handler_refuses_is_echoed_too),
        cmocka_unit_test(a_repeated_query_parameter_is_refused),
        cmocka_unit_test(the_number_of_entries_is_bounded),
        cmocka_unit_test(identifiers_and_hashes_have_the_grammar_of_the_toolkit),
        cmocka_unit_test(numbers_and_booleans_have_the_grammar_of_the_toolkit),
        cmocka_unit_test(names_of_hosts_have_the_grammar_of_the_toolkit),
        cmocka_unit_test(addresses_of_the_web_have_the_grammar_of_the_toolkit),
        cmocka_unit_test(dates_and_lengths_have_the_grammar_of_the_toolkit),
    };
    return cmocka_run_group_tests_name("http/validate", tests, NULL, NULL);
}
