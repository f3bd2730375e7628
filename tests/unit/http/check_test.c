/* Checks of addresses, names, JSON booleans and choices in any case; names of secrets. */
#include "http/check.h"

#include "request.h"

#include "http/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

struct sample {
    const char *text;
    bool passes;
};

#define ASSERT_SAMPLES(samples, check)                                        \
    for (size_t i = 0; i < sizeof(samples) / sizeof((samples)[0]); i++) {     \
        if (check(slice_of_string((samples)[i].text)) != (samples)[i].passes) \
            fail_msg("%s: '%s'", #check, (samples)[i].text);                  \
    }

static void addresses_are_four_numbers(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"192.168.1.9", true}, {"0.0.0.0", true},   {"255.255.255.255", true},
        {"256.1.1.1", false},  {"1.2.3", false},    {"1.2.3.4.5", false},
        {"01.2.3.4", false},   {"1.2.3.", false},   {".1.2.3", false},
        {"1..2.3", false},     {"1.2.3.4 ", false}, {"+1.2.3.4", false},
        {"::1", false},        {"", false},         {"a.b.c.d", false},
        {"1.2.3.1e1", false},
    };
    ASSERT_SAMPLES(samples, http_check_ipv4);
}

static void names_are_letters_and_digits(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"corp", true}, {"Corp2", true}, {"0", true},         {"", false},    {"a b", false},
        {"a-b", false}, {"a_b", false},  {"\xc3\xa4", false}, {"<a>", false}, {"a\n", false},
    };
    ASSERT_SAMPLES(samples, http_check_alphanumeric);
}

static void done(struct http_exchange *x)
{
    http_answer_bytes(x, 200, "text/plain", SLICE_LITERAL("ok"));
}

static const char *const states[] = {"WifiDisabled", "WifiEnabledS0", NULL};
static const struct http_rule strict[] = {
    {.field = "on", .optional = HTTP_OPTIONAL_NULL, .check = HTTP_CHECK_STRICT_BOOLEAN},
    {.field = NULL},
};
static const struct http_rule choice[] = {
    {.field = "state", .check = HTTP_CHECK_IN_ANY_CASE, .choices = states},
    {.field = NULL},
};
static const struct http_rule address[] = {
    {.field = "a", .optional = HTTP_OPTIONAL_FALSY, .check = HTTP_CHECK_IPV4},
    {.field = NULL},
};
static const struct http_rule name[] = {
    {.field = "n", .check = HTTP_CHECK_ALPHANUMERIC},
    {.field = NULL},
};
static const struct http_route routes[] = {
    {HTTP_POST, "/strict", "strict", done, true, strict, false, 0, false, 0},
    {HTTP_POST, "/choice", "choice", done, true, choice, false, 0, false, 0},
    {HTTP_POST, "/address", "address", done, true, address, false, 0, false, 0},
    {HTTP_POST, "/name", "name", done, true, name, false, 0, false, 0},
};
static const struct http_router router = {.routes = routes,
                                          .route_count = sizeof routes / sizeof routes[0]};

static void rules_apply_them_to_bodies(void **state)
{
    (void)state;
    static const struct {
        const char *path, *body;
        bool passes;
    } rows[] = {
        {"/strict", "{\"on\":true}", true},
        {"/strict", "{\"on\":false}", true},
        {"/strict", "{\"on\":null}", true},
        {"/strict", "{}", true},
        {"/strict", "{\"on\":\"true\"}", false},
        {"/strict", "{\"on\":1}", false},
        {"/strict", "{\"on\":[true]}", false},
        {"/choice", "{\"state\":\"wifiDISABLED\"}", true},
        {"/choice", "{\"state\":\"WifiEnabledS0\"}", true},
        {"/choice", "{\"state\":\"WifiEnabled\"}", false},
        {"/choice", "{\"state\":3}", false},
        {"/choice", "{}", false},
        {"/address", "{\"a\":\"10.0.0.1\"}", true},
        {"/address", "{\"a\":\"\"}", true},
        {"/address", "{\"a\":\"10.0.0\"}", false},
        {"/address", "{\"a\":10}", false},
        {"/name", "{\"n\":\"a1\"}", true},
        {"/name", "{\"n\":\"a.1\"}", false},
        {"/name", "{}", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[512];
        (void)snprintf(text, sizeof text,
                       "POST %s HTTP/1.1\r\nContent-Type: application/json\r\n"
                       "Content-Length: %zu\r\n\r\n%s",
                       rows[i].path, strlen(rows[i].body), rows[i].body);
        struct request *r = request_serve(&router, text);
        if (r->exchange.status != (rows[i].passes ? 200 : 400))
            fail_msg("%s %s: %s", rows[i].path, rows[i].body, r->body);
        request_free(r);
    }
}

static void secrets_are_known_by_name(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"password", true},   {"privateKey", true},  {"PSKPassPhrase", true}, {"psk", true},
        {"publicKey", false}, {"clientCert", false}, {"signingKey", true},
    };
    ASSERT_SAMPLES(samples, http_json_is_secret);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_four_numbers),
        cmocka_unit_test(names_are_letters_and_digits),
        cmocka_unit_test(rules_apply_them_to_bodies),
        cmocka_unit_test(secrets_are_known_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
