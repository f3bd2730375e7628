/* Logging in, tokens, and the routes about the server itself (spec mps 1.6, 1.7). */
#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <jansson.h>

#include <string.h>

static void a_login_answers_with_a_token(void **state)
{
    (void)state;
    static const char body[] = "{\"username\":\"admin\",\"password\":\"right\"}";
    assert_int_equal(rig_send_as(NULL, "POST", "/api/v1/authorize", body), 200);
    assert_string_equal(rig_body(), "{\"token\":\"fresh\"}");
    assert_string_equal(rig_header("Cache-Control"), "no-store");
    assert_string_equal(fake.source, "192.0.2.7"); /* without the port: that changes */
    assert_int_equal(rig_send_as(NULL, "POST", "/mps/login/api/v1/authorize", body), 200);
    assert_int_equal(rig_send_as(NULL, "POST", "/mps/api/v1/authorize", body), 200);
}

static void a_refused_login_says_so_in_the_toolkits_words(void **state)
{
    (void)state;
    static const char body[] = "{\"username\":\"admin\",\"password\":\"wrong\"}";
    assert_int_equal(rig_send_as(NULL, "POST", "/api/v1/authorize", body), 401);
    assert_string_equal(rig_body(), "{\"message\":\"Incorrect Username and/or Password!\"}");
    fake.access = ERROR_UNSUPPORTED;
    assert_int_equal(rig_send_as(NULL, "POST", "/api/v1/authorize", body), 405);
    assert_string_equal(rig_body(), "{\"message\":\"Authentication disabled on MPS\"}");
    fake.access = ERROR_THROTTLED;
    assert_int_equal(rig_send_as(NULL, "POST", "/api/v1/authorize", body), 429);
    assert_string_equal(rig_header("Retry-After"), "17");
}

static void a_login_without_a_user_name_fails_two_rules(void **state)
{
    (void)state;
    assert_int_equal(rig_send_as(NULL, "POST", "/api/v1/authorize", "{\"password\":\"x\"}"), 400);
    assert_string_equal(rig_body(),
                        "{\"errors\":[{\"type\":\"field\",\"msg\":\"Invalid value\",\"path\":"
                        "\"username\",\"location\":\"body\"},{\"type\":\"field\",\"msg\":\"User "
                        "name is required\",\"path\":\"username\",\"location\":\"body\"}]}");
}

static void a_password_of_another_type_is_a_wrong_one(void **state)
{
    (void)state;
    assert_int_equal(
        rig_send_as(NULL, "POST", "/api/v1/authorize", "{\"username\":\"admin\",\"password\":7}"),
        401);
}

static void a_logout_gives_the_token_back(void **state)
{
    (void)state;
    assert_int_equal(rig_send("POST", "/api/v1/authorize/logout", NULL), 200);
    assert_string_equal(rig_body(), "{\"message\":\"logged out\"}");
    assert_string_equal(fake.revoked, "good");
    assert_int_equal(rig_send_as(NULL, "POST", "/api/v1/authorize/logout", NULL), 200);
    assert_string_equal(fake.revoked, "");
}

static void consoles_find_version_and_features(void **state)
{
    (void)state;
    assert_int_equal(rig_send("GET", "/version", NULL), 200);
    assert_string_equal(rig_body(), "{\"current\":\"v1.2.3\",\"latest\":{\"tag_name\":\"v1.2.3\","
                                    "\"name\":\"v1.2.3\",\"html_url\":\"\"}}");
    assert_int_equal(rig_send("GET", "/api/v1/server/features", NULL), 200);
    assert_string_equal(rig_body(), "{\"ciraEnabled\":true}");
}

static void every_closed_route_refuses_without_a_token(void **state)
{
    (void)state;
    static const struct {
        const char *method;
        const char *target;
    } rows[] = {
        {"GET", "/api/v1/ciracert"},
        {"GET", "/api/v1/health"},
        {"GET", "/api/v1/version"},
        {"GET", "/metrics"},
        {"GET", "/api/v1/devices"},
        {"POST", "/api/v1/devices"},
        {"PATCH", "/api/v1/devices"},
        {"GET", "/api/v1/devices/stats"},
        {"GET", "/api/v1/devices/tags"},
        {"GET", "/api/v1/devices/" RIG_GUID},
        {"DELETE", "/api/v1/devices/" RIG_GUID},
        {"GET", "/api/v1/devices/redirectstatus/" RIG_GUID},
        {"DELETE", "/api/v1/devices/refresh/" RIG_GUID},
        {"DELETE", "/api/v1/devices/disconnect/" RIG_GUID},
        {"GET", "/api/v1/amt/version/" RIG_GUID},
        {"GET", "/api/v1/amt/generalSettings/" RIG_GUID},
        {"GET", "/api/v1/amt/power/state/" RIG_GUID},
        {"GET", "/api/v1/amt/power/capabilities/" RIG_GUID},
        {"POST", "/api/v1/amt/power/action/" RIG_GUID},
    };
    static const char *const headers[] = {NULL,         "",           "Bearer", "Bearer ",
                                          "Bearer bad", "Basic good", "good"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t j = 0; j < sizeof headers / sizeof headers[0]; j++) {
            if (rig_send_as(headers[j], rows[i].method, rows[i].target, NULL) != 401)
                fail_msg("%s %s is open to \"%s\"", rows[i].method, rows[i].target,
                         headers[j] == NULL ? "" : headers[j]);
            assert_memory_equal(rig_body(), "{\"error\":\"Unauthorized\"", 23);
        }
    }
    assert_string_equal(rig_header("WWW-Authenticate"), "Bearer");
}

static void the_word_bearer_may_be_in_any_case(void **state)
{
    (void)state;
    assert_int_equal(rig_send_as("bearer  good ", "GET", "/api/v1/version", NULL), 200);
}

static void version_and_certificate(void **state)
{
    (void)state;
    assert_int_equal(rig_send("GET", "/api/v1/version", NULL), 200);
    assert_string_equal(rig_body(), "{\"serviceVersion\":\"1.2.3\"}");
    assert_int_equal(rig_send("GET", "/api/v1/ciracert", NULL), 200);
    assert_string_equal(rig_body(), "-----BEGIN CERTIFICATE-----\n");
    mps_application.ca_pem = (struct slice){NULL, 0};
    assert_int_equal(rig_send("GET", "/api/v1/ciracert", NULL), 500);
    assert_string_equal(rig_body(), "{\"error\":\"Internal Server Error\",\"errorDescription\":"
                                    "\"MPS root certificate does not exist\"}");
}

static void health_names_both_stores(void **state)
{
    (void)state;
    assert_int_equal(rig_send("GET", "/api/v1/health", NULL), 200);
    assert_string_equal(rig_body(),
                        "{\"db\":{\"name\":\"SQLITE\",\"status\":\"OK\"},\"secretStore\":{\"name\":"
                        "\"SEALED\",\"status\":{\"initialized\":true,\"sealed\":false,"
                        "\"standby\":false}}}");
    fake.store = ERROR_STORE;
    assert_int_equal(rig_send("GET", "/api/v1/health", NULL), 503);
    assert_string_equal(rig_body(), "{\"db\":{\"name\":\"SQLITE\",\"status\":\"unknown error\"},"
                                    "\"secretStore\":{\"name\":\"SEALED\",\"status\":"
                                    "\"unknown error\"}}");
}

static void ready_needs_listeners_and_the_store(void **state)
{
    (void)state;
    assert_int_equal(rig_send_as(NULL, "GET", "/healthz", NULL), 200);
    assert_int_equal(rig_send_as(NULL, "GET", "/readyz", NULL), 503);
    atomic_store(&application.ready, true);
    assert_int_equal(rig_send_as(NULL, "GET", "/readyz", NULL), 200);
    fake.store = ERROR_STORE;
    assert_int_equal(rig_send_as(NULL, "GET", "/readyz", NULL), 503);
    assert_int_equal(rig_send_as(NULL, "GET", "/healthz", NULL), 200);
}

static void metrics_are_open_when_the_setting_says_so(void **state)
{
    (void)state;
    assert_int_equal(rig_send("GET", "/metrics", NULL), 200);
    assert_non_null(strstr(rig_body(), "\nprocess_resident_memory_bytes "));
    assert_non_null(strstr(rig_body(), "# TYPE process_cpu_seconds_total counter\n"));
    assert_non_null(strstr(rig_body(), "\nprocess_open_fds "));
    application.metrics_open = true;
    assert_int_equal(rig_send_as(NULL, "GET", "/metrics", NULL), 200);
}

static void the_document_is_json_without_our_extensions(void **state)
{
    (void)state;
    assert_int_equal(rig_send_as(NULL, "GET", "/api/openapi.json", NULL), 200);
    assert_null(strstr(rig_body(), "x-handler"));
    assert_null(strstr(rig_body(), "x-rules"));
    json_t *document = json_loads(rig_body(), 0, NULL);
    assert_non_null(document);
    assert_string_equal(json_string_value(json_object_get(document, "openapi")), "3.1.0");
    assert_non_null(json_object_get(json_object_get(document, "paths"), "/api/v1/devices/{guid}"));
    json_decref(document);
}

static void an_unknown_path_is_a_small_page(void **state)
{
    (void)state;
    assert_int_equal(rig_send("GET", "/api/v1/amt/nothing/" RIG_GUID, NULL), 404);
    assert_non_null(strstr(rig_body(), "<pre>Cannot GET /api/v1/amt/nothing/" RIG_GUID "</pre>"));
    assert_int_equal(rig_send("PUT", "/api/v1/devices", "{}"), 404);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_begin, rig_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_logout_gives_the_token_back, rig_begin, rig_end),
        cmocka_unit_test_setup_teardown(consoles_find_version_and_features, rig_begin, rig_end),
        TEST(a_login_answers_with_a_token),
        TEST(a_refused_login_says_so_in_the_toolkits_words),
        TEST(a_login_without_a_user_name_fails_two_rules),
        TEST(a_password_of_another_type_is_a_wrong_one),
        TEST(every_closed_route_refuses_without_a_token),
        TEST(the_word_bearer_may_be_in_any_case),
        TEST(version_and_certificate),
        TEST(health_names_both_stores),
        TEST(ready_needs_listeners_and_the_store),
        TEST(metrics_are_open_when_the_setting_says_so),
        TEST(the_document_is_json_without_our_extensions),
        TEST(an_unknown_path_is_a_small_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
