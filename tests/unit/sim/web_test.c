/* HTTP and digest on the device's side (spec device-protocols 4.3, 4.4). */
#include "core/arena.h"
#include "core/buffer.h"
#include "core/encoding.h"
#include "request_text.h"
#include "sim/web.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PASSWORD "Am1-secret"

struct bench {
    struct sim_device device;
    struct sim_authenticator authenticator;
    struct sim_web_host host;
    struct sim_web web;
    struct buffer out;
    struct arena arena;
    unsigned count; /* nonce count of the client */
};

static int set_up(void **state)
{
    struct guid guid;
    struct bench *bench = calloc(1, sizeof(*bench));
    assert_true(guid_parse(slice_of_string("4c4c4544-004d-4d10-8050-b2c04f325133"), &guid));
    arena_init(&bench->arena);
    sim_device_init(&bench->device, &sim_personality_16, &guid, 1);
    sim_authenticator_init(&bench->authenticator, "admin", bench->device.realm,
                           slice_of_string(PASSWORD));
    bench->host.device = &bench->device;
    bench->host.authenticator = &bench->authenticator;
    sim_web_init(&bench->web, &bench->host);
    buffer_init(&bench->out, 1024 * 1024);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    sim_web_fini(&bench->web);
    sim_device_fini(&bench->device);
    sim_authenticator_fini(&bench->authenticator);
    buffer_fini(&bench->out);
    arena_fini(&bench->arena);
    free(bench);
    return 0;
}

__attribute__((noinline)) static void has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" is missing in: %s", part, text);
}

/* What was put out since the last call. */
static const char *answered(struct bench *bench)
{
    const char *text = arena_string(&bench->arena, buffer_slice(&bench->out));
    buffer_clear(&bench->out);
    return text;
}

static const char *feed(struct bench *bench, const char *text, uint64_t now_ms)
{
    sim_web_feed(&bench->web, slice_of_string(text), now_ms, &bench->out);
    return answered(bench);
}

static const char *post(struct bench *bench, const char *authorization, const char *body)
{
    return arena_printf(&bench->arena,
                        "POST /wsman HTTP/1.1\r\n%s%s%sHost: x:16992\r\nContent-Length: %zu\r\n"
                        "\r\n%s",
                        authorization[0] == '\0' ? "" : "Authorization: ", authorization,
                        authorization[0] == '\0' ? "" : "\r\n", strlen(body), body);
}

static const char *nonce_of(struct bench *bench, const char *challenge)
{
    const char *at = strstr(challenge, "nonce=\"");
    assert_non_null(at);
    return arena_string(&bench->arena, slice_of(at + 7, 32));
}

/* As MPS writes it: everything quoted. */
static const char *authorization(struct bench *bench, const char *nonce, const char *nc,
                                 const char *password)
{
    char ha1[HTTP_DIGEST_HEX_SIZE];
    char response[HTTP_DIGEST_HEX_SIZE];
    http_digest_ha1(SLICE_LITERAL("admin"), slice_of_string(bench->device.realm),
                    slice_of_string(password), ha1);
    http_digest_response(ha1, slice_of_string(nonce), slice_of_string(nc), SLICE_LITERAL("c1"),
                         SLICE_LITERAL("auth"), "POST", SLICE_LITERAL("/wsman"), response);
    return arena_printf(&bench->arena,
                        "Digest username=\"admin\",realm=\"%s\",nonce=\"%s\",uri=\"/wsman\","
                        "qop=\"auth\",response=\"%s\",nc=\"%s\",cnonce=\"c1\"",
                        bench->device.realm, nonce, response, nc);
}

static const char *signed_post(struct bench *bench, const char *body)
{
    const char *nonce = sim_authenticator_nonce(&bench->authenticator, 0);
    return post(bench, authorization(bench, nonce, "00000001", PASSWORD), body);
}

#define BODY GET(SPACE_AMT "AMT_GeneralSettings")

static void a_request_without_digest_is_challenged_as_firmware_does(void **state)
{
    struct bench *bench = *state;
    const char *text = feed(bench, post(bench, "", BODY), 0);
    char wanted[512];
    snprintf(wanted, sizeof(wanted),
             "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"%s\", nonce=\"%s\","
             "stale=\"false\",qop=\"auth\"\r\nContent-Type: text/html\r\n"
             "Server: Intel(R) Active Management Technology 16.1.25.1917\r\n"
             "Content-Length: 693\r\nConnection: close\r\n\r\n<!DOCTYPE HTML PUBLIC",
             bench->device.realm, nonce_of(bench, text));
    assert_memory_equal(text, wanted, strlen(wanted));
    const char *page = strstr(text, "\r\n\r\n") + 4;
    assert_int_equal(strlen(page), 693);
    assert_string_equal(page + 693 - 8, "</html>\n");
    has(page, "<title>Intel&reg; Active Management Technology</title>");
    has(page, "Log on failed. Incorrect user name or password, or user account temporarily "
              "locked.");
    assert_true(bench->web.finished);
}

static void the_realm_is_digest_and_32_upper_case_digits(void **state)
{
    struct bench *bench = *state;
    assert_memory_equal(bench->device.realm, "Digest:", 7);
    assert_int_equal(strlen(bench->device.realm), 39);
    assert_int_equal(strspn(bench->device.realm + 7, "0123456789ABCDEF"), 32);
}

static void a_proven_request_is_answered_in_chunks(void **state)
{
    struct bench *bench = *state;
    const char *text = feed(bench, signed_post(bench, BODY), 0);
    has(text, "HTTP/1.1 200 OK\r\nDate: ");
    has(text, " GMT\r\nServer: Intel(R) Active Management Technology 16.1.25.1917\r\n"
              "X-Frame-Options: DENY\r\nContent-Type: application/soap+xml; charset=UTF-8\r\n"
              "Transfer-Encoding: chunked\r\n\r\n0220\r\n<?xml");
    const char *second = strstr(text, "\r\n\r\n0220\r\n") + 10 + 0x220;
    assert_memory_equal(second, "\r\n02FA\r\n", 8);
    assert_string_equal(text + strlen(text) - 5, "0\r\n\r\n");
    assert_false(bench->web.finished);
}

static void a_wrong_password_is_challenged_again(void **state)
{
    struct bench *bench = *state;
    const char *nonce = sim_authenticator_nonce(&bench->authenticator, 0);
    const char *text =
        feed(bench, post(bench, authorization(bench, nonce, "00000001", "Am1-wrong"), BODY), 0);
    has(text, "HTTP/1.1 401 ");
    assert_int_equal(bench->device.requests, 0);
}

/* spec device-classes 3, AMT_AuthorizationService: the hash replaces the password at once */
static void a_new_password_is_asked_for_from_the_next_request_on(void **state)
{
    struct bench *bench = *state;
    char ha1[HTTP_DIGEST_HEX_SIZE];
    uint8_t hash[16];
    http_digest_ha1(SLICE_LITERAL("admin"), slice_of_string(bench->device.realm),
                    SLICE_LITERAL("An0ther!"), ha1);
    assert_true(encoding_hex_decode(slice_of_string(ha1), hash, sizeof(hash)));
    struct slice text = encoding_base64(&bench->arena, slice_of(hash, sizeof(hash)));
    const char *body = arena_printf(
        &bench->arena,
        INVOKE(SPACE_AMT "AMT_AuthorizationService", "SetAdminAclEntryEx",
               "<h:Username>admin</h:Username><h:DigestPassword>%.*s</h:DigestPassword>"),
        SLICE_ARG(text));
    has(feed(bench, signed_post(bench, body), 0), "<g:ReturnValue>0</g:ReturnValue>");
    const char *nonce = sim_authenticator_nonce(&bench->authenticator, 0);
    has(feed(bench, post(bench, authorization(bench, nonce, "00000001", "An0ther!"), BODY), 0),
        " 200 OK");
    has(feed(bench, signed_post(bench, BODY), 0), " 401 Unauthorized");
}

static void a_nonce_count_is_any_text(void **state)
{
    struct bench *bench = *state;
    const char *nonce = sim_authenticator_nonce(&bench->authenticator, 0);
    has(feed(bench, post(bench, authorization(bench, nonce, "6", PASSWORD), BODY), 0), " 200 OK");
}

static void parameters_may_be_unquoted_and_in_any_order(void **state)
{
    struct bench *bench = *state;
    const char *nonce = sim_authenticator_nonce(&bench->authenticator, 0);
    const char *quoted = authorization(bench, nonce, "6", PASSWORD);
    const char *response = strstr(quoted, "response=\"") + 10;
    const char *text = arena_printf(
        &bench->arena,
        "Digest nc=6, qop=auth, cnonce=\"c1\" , uri=\"/wsman\", response=\"%.32s\", nonce=\"%s\", "
        "realm=\"%s\", username=\"admin\"",
        response, nonce, bench->device.realm);
    has(feed(bench, post(bench, text, BODY), 0), " 200 OK");
}

static void ten_nonces_live_at_once(void **state)
{
    struct bench *bench = *state;
    const char *first = arena_string(
        &bench->arena, slice_of_string(sim_authenticator_nonce(&bench->authenticator, 0)));
    for (int i = 0; i < 9; i++)
        (void)sim_authenticator_nonce(&bench->authenticator, 0);
    has(feed(bench, post(bench, authorization(bench, first, "00000001", PASSWORD), BODY), 0),
        " 200 OK");
}

static void a_nonce_expires(void **state)
{
    struct bench *bench = *state;
    const char *nonce = sim_authenticator_nonce(&bench->authenticator, 0);
    const char *signature = authorization(bench, nonce, "00000001", PASSWORD);
    assert_true(
        sim_authenticator_check(&bench->authenticator, slice_of_string(signature), "POST", 300000));
    assert_false(
        sim_authenticator_check(&bench->authenticator, slice_of_string(signature), "POST", 300001));
}

static void a_count_that_does_not_rise_is_refused_only_when_strict(void **state)
{
    struct bench *bench = *state;
    const char *nonce = sim_authenticator_nonce(&bench->authenticator, 0);
    struct slice signature = slice_of_string(authorization(bench, nonce, "00000002", PASSWORD));
    assert_true(sim_authenticator_check(&bench->authenticator, signature, "POST", 0));
    assert_true(sim_authenticator_check(&bench->authenticator, signature, "POST", 0));
    assert_int_equal(bench->authenticator.counts_low, 1);
    bench->authenticator.strict_count = true;
    assert_false(sim_authenticator_check(&bench->authenticator, signature, "POST", 0));
}

static void a_fault_comes_with_400_in_one_chunk_and_closes(void **state)
{
    struct bench *bench = *state;
    const char *text = feed(bench, signed_post(bench, GET(SPACE_CIM "CIM_None")), 0);
    has(text, "HTTP/1.1 400 Bad Request\r\n");
    has(text, "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n0");
    has(text, "</a:Envelope>\r\n0\r\n\r\n");
    assert_true(bench->web.finished);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    struct bench *bench = *state;
    const char *both = arena_printf(&bench->arena, "%s%s", signed_post(bench, BODY),
                                    signed_post(bench, GET(SPACE_CIM "CIM_BootService")));
    const char *text = feed(bench, both, 0);
    const char *first = strstr(text, "AMT_GeneralSettings");
    const char *second = strstr(text, "CIM_BootService");
    assert_non_null(first);
    assert_non_null(second);
    assert_true(first < second);
}

static void a_request_may_come_byte_by_byte_and_chunked(void **state)
{
    struct bench *bench = *state;
    const char *nonce = sim_authenticator_nonce(&bench->authenticator, 0);
    const char *request = arena_printf(
        &bench->arena,
        "POST /wsman HTTP/1.1\r\nauthorization: %s\r\nTransfer-Encoding: chunked\r\n\r\n"
        "%zx\r\n%s\r\n0\r\n\r\n",
        authorization(bench, nonce, "00000001", PASSWORD), strlen(BODY), BODY);
    for (size_t i = 0; request[i] != '\0'; i++)
        sim_web_feed(&bench->web, slice_of(request + i, 1), 0, &bench->out);
    has(answered(bench), "HTTP/1.1 200 OK\r\n");
}

static void answers_wait_for_the_latency(void **state)
{
    struct bench *bench = *state;
    bench->host.latency_ms = 50;
    assert_string_equal(feed(bench, signed_post(bench, BODY), 1000), "");
    sim_web_tick(&bench->web, 1049, &bench->out);
    assert_string_equal(answered(bench), "");
    sim_web_tick(&bench->web, 1050, &bench->out);
    has(answered(bench), " 200 OK");
}

static void the_start_page_tells_the_version(void **state)
{
    struct bench *bench = *state;
    const char *text = feed(bench, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 0);
    has(text, "HTTP/1.1 303 See Other\r\n");
    has(text, "Location: /logon.htm\r\n");
    has(text, "Content-Length: 0\r\n");
    has(text, "Server: Intel(R) Active Management Technology 16.1.25.1917\r\n");
}

static void other_paths_and_methods_are_refused(void **state)
{
    struct bench *bench = *state;
    has(feed(bench, "GET /wsman HTTP/1.1\r\nHost: x\r\n\r\n", 0), "HTTP/1.1 405 ");
    sim_web_fini(&bench->web);
    sim_web_init(&bench->web, &bench->host);
    has(feed(bench, "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n", 0), "HTTP/1.1 404 ");
}

static void what_is_not_http_ends_the_connection(void **state)
{
    struct bench *bench = *state;
    has(feed(bench, "\x16\x03\x01 hello\r\n\r\n", 0), "HTTP/1.1 400 Bad Request\r\n");
    assert_true(bench->web.finished);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_request_without_digest_is_challenged_as_firmware_does),
        TEST(the_realm_is_digest_and_32_upper_case_digits),
        TEST(a_proven_request_is_answered_in_chunks),
        TEST(a_wrong_password_is_challenged_again),
        TEST(a_new_password_is_asked_for_from_the_next_request_on),
        TEST(a_nonce_count_is_any_text),
        TEST(parameters_may_be_unquoted_and_in_any_order),
        TEST(ten_nonces_live_at_once),
        TEST(a_nonce_expires),
        TEST(a_count_that_does_not_rise_is_refused_only_when_strict),
        TEST(a_fault_comes_with_400_in_one_chunk_and_closes),
        TEST(pipelined_requests_are_answered_in_order),
        TEST(a_request_may_come_byte_by_byte_and_chunked),
        TEST(answers_wait_for_the_latency),
        TEST(the_start_page_tells_the_version),
        TEST(other_paths_and_methods_are_refused),
        TEST(what_is_not_http_ends_the_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
