#include "request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void tell(struct http_exchange *x)
{
    struct json_writer json = http_answer_json(x, 200);
    json_open_object(&json);
    json_put_member_string(&json, "route", x->route->operation);
    json_put_key(&json, "guid");
    json_put_string_slice(&json, http_parameter(x, "guid"));
    json_put_key(&json, "name");
    json_put_string_slice(&json, http_parameter(x, "name"));
    json_close_object(&json);
}

static void tell_body(struct http_exchange *x)
{
    http_answer_bytes(x, 200, "text/plain",
                      x->json == NULL ? SLICE_LITERAL("none") : SLICE_LITERAL("json"));
}

static void tell_query(struct http_exchange *x)
{
    struct slice value = SLICE_LITERAL("absent");
    (void)http_query_get(x, "$top", &value);
    http_answer_bytes(x, 200, "text/plain", value);
}

static void tell_queries(struct http_exchange *x)
{
    struct buffer all;
    struct slice rest = x->query;
    struct slice value;
    buffer_init(&all, 1000);
    while (http_query_next(x, "tag", &rest, &value)) {
        buffer_put(&all, value);
        buffer_put_u8(&all, ';');
    }
    http_answer_bytes(x, 200, "text/plain", buffer_slice(&all));
    buffer_fini(&all);
}

static void forget(struct http_exchange *x)
{
    (void)x;
}

static void tell_context(struct http_exchange *x)
{
    http_answer_bytes(x, 200, "text/plain", slice_of_string(x->context));
}

static char first_room[] = "first";
static char second_room[] = "second";
static char door[] = "door";
static void *const contexts[] = {first_room, second_room};

static bool authorize(struct http_exchange *x, void *context)
{
    assert_ptr_equal(context, door);
    if (slice_equal_string(http_header_get(x, "Authorization"), "Bearer t"))
        return true;
    http_answer_error(x, 401, "Unauthorized", NULL);
    return false;
}

static const struct http_rule needs_name[] = {
    {.field = "name", .location = HTTP_IN_BODY, .check = HTTP_CHECK_STRING},
    {.field = NULL},
};

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/devices/{guid}", "device", tell, true, NULL, false, 0, false, 0},
    {HTTP_GET, "/api/v1/devices/stats", "stats", tell, true, NULL, false, 0, false, 0},
    {HTTP_DELETE, "/api/v1/certificates/{guid}/{name}", "certificate", tell, true, NULL, false, 0,
     false, 0},
    {HTTP_GET, "/api/v1/{guid}/last", "last", tell, true, NULL, false, 0, false, 0},
    {HTTP_GET, "/", "root", tell, true, NULL, false, 0, false, 0},
    {HTTP_POST, "/api/v1/body", "body", tell_body, true, NULL, false, 0, false, 0},
    {HTTP_GET, "/api/v1/query", "query", tell_query, true, NULL, false, 0, false, 0},
    {HTTP_GET, "/api/v1/queries", "queries", tell_queries, true, NULL, false, 0, false, 0},
    {HTTP_GET, "/api/v1/forget", "forget", forget, true, NULL, false, 0, false, 0},
    {HTTP_GET, "/first", "first", tell_context, true, NULL, false, 0, false, 0},
    {HTTP_GET, "/second", "second", tell_context, true, NULL, false, 1, false, 0},
    {HTTP_POST, "/api/v1/closed", "closed", tell_body, false, needs_name, false, 0, false, 0},
};

static const char *const prefixes[] = {"/mps/login", "/mps", NULL};
static const char *const origins[] = {"https://console.example", NULL};

static const struct http_router router = {
    .routes = routes,
    .route_count = sizeof routes / sizeof routes[0],
    .contexts = contexts,
    .authorize = authorize,
    .authorize_context = door,
    .prefixes = prefixes,
    .origins = origins,
};

static void assert_answer(const char *request, int status, const char *body)
{
    struct request *r = request_serve(&router, request);
    if (r->exchange.status != status)
        fail_msg("%s gave %d %s", request, r->exchange.status, r->body);
    if (body != NULL)
        assert_string_equal(r->body, body);
    request_free(r);
}

static void assert_get(const char *path, int status, const char *body)
{
    char text[512];
    (void)snprintf(text, sizeof text, "GET %s HTTP/1.1\r\n\r\n", path);
    assert_answer(text, status, body);
}

static void a_path_finds_its_route(void **state)
{
    (void)state;
    assert_get("/api/v1/devices/abc", 200, "{\"route\":\"device\",\"guid\":\"abc\",\"name\":\"\"}");
    assert_answer("DELETE /api/v1/certificates/g/n HTTP/1.1\r\n\r\n", 200,
                  "{\"route\":\"certificate\",\"guid\":\"g\",\"name\":\"n\"}");
    assert_get("/", 200, "{\"route\":\"root\",\"guid\":\"\",\"name\":\"\"}");
}

static void a_handler_gets_the_context_of_its_group(void **state)
{
    (void)state;
    assert_get("/first", 200, "first");
    assert_get("/second", 200, "second");
}

static void a_literal_wins_over_a_parameter(void **state)
{
    (void)state;
    assert_get("/api/v1/devices/stats", 200, "{\"route\":\"stats\",\"guid\":\"\",\"name\":\"\"}");
    assert_get("/api/v1/devices/last", 200,
               "{\"route\":\"device\",\"guid\":\"last\",\"name\":\"\"}");
}

static void case_and_a_trailing_slash_do_not_matter(void **state)
{
    (void)state;
    assert_get("/API/v1/Devices/AbC/", 200,
               "{\"route\":\"device\",\"guid\":\"AbC\",\"name\":\"\"}");
    assert_get("/api/v1/devices/abc//", 404, NULL);
    assert_get("/api/v1//devices/abc", 404, NULL);
    assert_get("/api/v1/devices/", 404, NULL);
}

static void segments_are_decoded_after_they_are_told_apart(void **state)
{
    (void)state;
    assert_get("/api/v1/devices/a%2Fb%20c%C3%A4", 200,
               "{\"route\":\"device\",\"guid\":\"a/b c\xc3\xa4\",\"name\":\"\"}");
    assert_get("/api/v1/%64evices/x", 200, "{\"route\":\"device\",\"guid\":\"x\",\"name\":\"\"}");
    assert_get("/api/v1/devices/a+b", 200, "{\"route\":\"device\",\"guid\":\"a+b\",\"name\":\"\"}");
    assert_get("/api/v1/devices/__proto__", 200, NULL);
}

static void bad_escapes_are_bad_requests(void **state)
{
    (void)state;
    static const char *const paths[] = {"/%",      "/%4",     "/%zz",   "/a%00b",
                                        "/%ff%fe", "/%c0%80", "/?a=%00"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        assert_get(paths[i], 400, "{\"error\":\"Incorrect URI or Bad Request\"}");
}

static void gateway_prefixes_are_dropped(void **state)
{
    (void)state;
    assert_get("/mps/api/v1/devices/stats", 200, NULL);
    assert_get("/mps/login/api/v1/devices/stats", 200, NULL);
    assert_get("/MPS/api/v1/devices/stats", 200, NULL);
    assert_get("/mpsx/api/v1/devices/stats", 404, NULL);
    assert_get("/mps/mps/api/v1/devices/stats", 404, NULL);
}

static void an_absolute_target_is_understood(void **state)
{
    (void)state;
    assert_get("http://any.host:80/api/v1/devices/stats?x=/y", 200, NULL);
    assert_get("http://any.host", 200, "{\"route\":\"root\",\"guid\":\"\",\"name\":\"\"}");
}

static void an_unknown_path_gets_the_page_of_the_toolkit(void **state)
{
    (void)state;
    struct request *r = request_serve(&router, "PUT /a'&b?secret=1 HTTP/1.1\r\n\r\n");
    assert_int_equal(r->exchange.status, 404);
    assert_string_equal(r->exchange.content_type, "text/html; charset=utf-8");
    assert_non_null(strstr(r->body, "<pre>Cannot PUT /a&#39;&amp;b</pre>"));
    assert_string_equal(request_answer_header(r, "Content-Security-Policy"), "default-src 'none'");
    request_free(r);
    /* A wrong method is not told from an unknown path: never 405. */
    assert_answer("DELETE /api/v1/devices/stats HTTP/1.1\r\n\r\n", 404, NULL);
    assert_answer("CONNECT a:1 HTTP/1.1\r\n\r\n", 404, NULL);
}

static void head_is_served_by_get(void **state)
{
    (void)state;
    assert_answer("HEAD /api/v1/devices/stats HTTP/1.1\r\n\r\n", 200,
                  "{\"route\":\"stats\",\"guid\":\"\",\"name\":\"\"}");
}

static void only_json_bodies_are_parsed(void **state)
{
    (void)state;
    assert_answer("POST /api/v1/body HTTP/1.1\r\nContent-Type: Application/JSON ; charset=utf-8"
                  "\r\nContent-Length: 2\r\n\r\n{}",
                  200, "json");
    assert_answer("POST /api/v1/body HTTP/1.1\r\nContent-Type: text/json\r\nContent-Length: 2"
                  "\r\n\r\n{}",
                  200, "none");
    assert_answer("POST /api/v1/body HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", 200, "none");
    assert_answer("POST /api/v1/body HTTP/1.1\r\nContent-Type: application/json\r\n\r\n", 200,
                  "none");
    assert_answer("POST /api/v1/body HTTP/1.1\r\nContent-Type: application/json\r\n"
                  "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
                  415, NULL);
}

static void only_utf8_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *parameters;
        int status;
    } types[] = {
        {"", 200},
        {";", 200},
        {"; charset=utf-8", 200},
        {";CHARSET=\"UTF-8\"", 200},
        {"; a=b; charset = utf-8 ; c", 200},
        {"; charset=latin1", 415},
        {"; charset=utf-16", 415},
        {"; charset=\"", 415},
        {"; charset=", 415},
        {"; a=b;charset=iso-8859-1", 415},
        {"; charset=utf-8; charset=latin1", 415},
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        char text[256];
        (void)snprintf(text, sizeof text,
                       "POST /api/v1/body HTTP/1.1\r\nContent-Type: application/json%s\r\n"
                       "Content-Length: 2\r\n\r\n{}",
                       types[i].parameters);
        assert_answer(text, types[i].status, NULL);
    }
}

static void bad_json_is_a_bad_request(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "{",
        "1",
        "\"a\"",
        "null",
        " ",
        "{} x",
        "{\"a\":1,\"a\":2}",
        "{\"a\":\"\\u0000\"}",
        "{\"a\":\"\xff\"}",
        "{\"a\":1e999}",
        "{\"a\":'b'}",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        char text[512];
        (void)snprintf(text, sizeof text,
                       "POST /api/v1/body HTTP/1.1\r\nContent-Type: application/json\r\n"
                       "Content-Length: %zu\r\n\r\n%s",
                       strlen(bodies[i]), bodies[i]);
        struct request *r = request_serve(&router, text);
        static const char start[] = "{\"error\":\"Incorrect URI or Bad Request\","
                                    "\"errorDescription\":\"The body cannot be read: ";
        assert_int_equal(r->exchange.status, 400);
        assert_memory_equal(r->body, start, sizeof start - 1);
        request_free(r);
    }
}

static void the_token_comes_before_the_input(void **state)
{
    (void)state;
    assert_answer("POST /api/v1/closed HTTP/1.1\r\nContent-Type: application/json\r\n"
                  "Content-Length: 1\r\n\r\n{",
                  401, "{\"error\":\"Unauthorized\"}");
    assert_answer("POST /api/v1/closed HTTP/1.1\r\nAuthorization: Bearer t\r\n\r\n", 400,
                  "{\"errors\":[{\"type\":\"field\",\"msg\":\"Invalid value\",\"path\":\"name\","
                  "\"location\":\"body\"}]}");
    assert_answer("POST /api/v1/closed HTTP/1.1\r\nAuthorization: Bearer t\r\n"
                  "Content-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"name\":\"a\"}",
                  200, "json");
}

static void a_handler_without_answer_is_our_fault(void **state)
{
    (void)state;
    assert_get("/api/v1/forget", 500, NULL);
}

static void query_parameters_are_decoded(void **state)
{
    (void)state;
    assert_get("/api/v1/query", 200, "absent");
    assert_get("/api/v1/query?$top=5", 200, "5");
    assert_get("/api/v1/query?a=1&%24top=a%20b+c&$top=9", 200, "a b c");
    assert_get("/api/v1/query?$top", 200, "");
    assert_get("/api/v1/query?$top=%zz", 200, "%zz");
    assert_get("/api/v1/query?$topp=1&&=&", 200, "absent");
    assert_get("/api/v1/queries?tag=a&x=1&t%61g=b%20c&tag&tag=%zz", 200, "a;b c;;%zz;");
}

static void options_never_needs_a_route(void **state)
{
    (void)state;
    struct request *r = request_serve(&router, "OPTIONS /nowhere HTTP/1.1\r\n\r\n");
    assert_int_equal(r->exchange.status, 204);
    assert_null(request_answer_header(r, "Access-Control-Allow-Origin"));
    request_free(r);
}

static void only_a_known_origin_may_read_answers(void **state)
{
    (void)state;
    struct request *r = request_serve(
        &router, "OPTIONS /api/v1/closed HTTP/1.1\r\nOrigin: https://console.example\r\n"
                 "Access-Control-Request-Headers: authorization,content-type\r\n\r\n");
    assert_int_equal(r->exchange.status, 204);
    assert_string_equal(request_answer_header(r, "Access-Control-Allow-Origin"),
                        "https://console.example");
    assert_string_equal(request_answer_header(r, "Access-Control-Allow-Methods"),
                        "GET,HEAD,PUT,PATCH,POST,DELETE");
    assert_string_equal(request_answer_header(r, "Access-Control-Allow-Headers"),
                        "authorization,content-type");
    request_free(r);
    r = request_serve(&router, "GET / HTTP/1.1\r\nOrigin: https://evil.example\r\n\r\n");
    assert_null(request_answer_header(r, "Access-Control-Allow-Origin"));
    assert_string_equal(request_answer_header(r, "Vary"), "Origin");
    request_free(r);
    r = request_serve(&router, "GET / HTTP/1.1\r\nOrigin: https://console.example\r\n\r\n");
    assert_string_equal(request_answer_header(r, "Access-Control-Allow-Origin"),
                        "https://console.example");
    request_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_finds_its_route),
        cmocka_unit_test(a_handler_gets_the_context_of_its_group),
        cmocka_unit_test(a_literal_wins_over_a_parameter),
        cmocka_unit_test(case_and_a_trailing_slash_do_not_matter),
        cmocka_unit_test(segments_are_decoded_after_they_are_told_apart),
        cmocka_unit_test(bad_escapes_are_bad_requests),
        cmocka_unit_test(gateway_prefixes_are_dropped),
        cmocka_unit_test(an_absolute_target_is_understood),
        cmocka_unit_test(an_unknown_path_gets_the_page_of_the_toolkit),
        cmocka_unit_test(head_is_served_by_get),
        cmocka_unit_test(only_json_bodies_are_parsed),
        cmocka_unit_test(only_utf8_is_read),
        cmocka_unit_test(bad_json_is_a_bad_request),
        cmocka_unit_test(the_token_comes_before_the_input),
        cmocka_unit_test(a_handler_without_answer_is_our_fault),
        cmocka_unit_test(query_parameters_are_decoded),
        cmocka_unit_test(options_never_needs_a_route),
        cmocka_unit_test(only_a_known_origin_may_read_answers),
    };
    return cmocka_run_group_tests_name("http/router", tests, NULL, NULL);
}
