/*
 * Tokens as the toolkit makes them (spec mps 1.6). The signatures below were made with OpenSSL:
 *
 *   h=$(printf '{"alg":"HS256","typ":"JWT"}' | basenc --base64url -w0 | tr -d =)
 *   p=$(printf "$PAYLOAD" | basenc --base64url -w0 | tr -d =)
 *   s=$(printf "$h.$p" | openssl dgst -sha256 -hmac supersecret -binary |
 *       basenc --base64url -w0 | tr -d =)
 */
#include "access/token.h"
#include "core/encoding.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* {"alg":"HS256","typ":"JWT"}
 * {"tenantId":"","iss":"9EmRJTbIiIb4bIeSsmgcWIjrR6HyETqc","deviceId":"*","exp":1795437932} */
#define LOGIN_TOKEN                                                                            \
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0ZW5hbnRJZCI6IiIsImlzcyI6IjlFbVJKVGJJaUliNGJJZVN" \
    "zbWdjV0lqclI2SHlFVHFjIiwiZGV2aWNlSWQiOiIqIiwiZXhwIjoxNzk1NDM3OTMyfQ.sZ1W-8-9wRtVog7xoyFZ" \
    "vGAqU39zMYvo7knlN0C0Ebs"

/* {"alg":"HS256","typ":"JWT"}
 * {"tenantId":"red","iss":"9EmRJTbIiIb4bIeSsmgcWIjrR6HyETqc","deviceId":"143e4567-e89b-12d3-a456-426614174000","exp":1795437932}
 */
#define TENANT_TOKEN                                                                           \
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0ZW5hbnRJZCI6InJlZCIsImlzcyI6IjlFbVJKVGJJaUliNGJ" \
    "JZVNzbWdjV0lqclI2SHlFVHFjIiwiZGV2aWNlSWQiOiIxNDNlNDU2Ny1lODliLTEyZDMtYTQ1Ni00MjY2MTQxNzQ" \
    "wMDAiLCJleHAiOjE3OTU0Mzc5MzJ9.iguMgMql4Jq5US8cTITpVNlkwQitDWnMgpIOtFDk0R4"

/* {"alg":"HS256","typ":"JWT"}
 * {"iss":"9EmRJTbIiIb4bIeSsmgcWIjrR6HyETqc","deviceId":"*","exp":1795437932} */
#define NO_TENANT_TOKEN                                                                        \
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiI5RW1SSlRiSWlJYjRiSWVTc21nY1dJanJSNkh5RVR" \
    "xYyIsImRldmljZUlkIjoiKiIsImV4cCI6MTc5NTQzNzkzMn0.xA7u62tr6zbFOnISz85BmAdN_J5gUiIDjTzxU1b" \
    "2mGE"

/* alg none, without signature */
#define NONE_TOKEN                                                                             \
    "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJ0ZW5hbnRJZCI6IiIsImlzcyI6IjlFbVJKVGJJaUliNGJJZVNz" \
    "bWdjV0lqclI2SHlFVHFjIiwiZGV2aWNlSWQiOiIqIiwiZXhwIjoxNzk1NDM3OTMyfQ."

/* {"alg":"none","typ":"JWT"}
 * {"tenantId":"","iss":"9EmRJTbIiIb4bIeSsmgcWIjrR6HyETqc","deviceId":"*","exp":1795437932} */
#define NONE_SIGNED_TOKEN                                                                      \
    "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJ0ZW5hbnRJZCI6IiIsImlzcyI6IjlFbVJKVGJJaUliNGJJZVNz" \
    "bWdjV0lqclI2SHlFVHFjIiwiZGV2aWNlSWQiOiIqIiwiZXhwIjoxNzk1NDM3OTMyfQ.z5P5LZpA_pkuGzZy-nZs7" \
    "vuCBbQJ7bhy9RUAFLGAxNs"

/* {"alg":"HS512","typ":"JWT"}
 * {"tenantId":"","iss":"9EmRJTbIiIb4bIeSsmgcWIjrR6HyETqc","deviceId":"*","exp":1795437932} */
#define HS512_TOKEN                                                                            \
    "eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9.eyJ0ZW5hbnRJZCI6IiIsImlzcyI6IjlFbVJKVGJJaUliNGJJZVN" \
    "zbWdjV0lqclI2SHlFVHFjIiwiZGV2aWNlSWQiOiIqIiwiZXhwIjoxNzk1NDM3OTMyfQ.OGBHQAToEjdEQUpZ3BOw" \
    "G4jW3f6n1JxwvEK1QlMaZQp3yeo7QLL84KVl8VsXHvkiA7M2qr8Nhl4E_prwV9170Q"

/* {"alg":"RS256","typ":"JWT"}
 * {"tenantId":"","iss":"9EmRJTbIiIb4bIeSsmgcWIjrR6HyETqc","deviceId":"*","exp":1795437932} */
#define RS256_TOKEN                                                                            \
    "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0ZW5hbnRJZCI6IiIsImlzcyI6IjlFbVJKVGJJaUliNGJJZVN" \
    "zbWdjV0lqclI2SHlFVHFjIiwiZGV2aWNlSWQiOiIqIiwiZXhwIjoxNzk1NDM3OTMyfQ.6QmJ8FcDvQxTI36Wv2Op" \
    "SVFNwE1OD-vZDIvZ3p7Wxqs"

/* {"alg":"HS256","typ":"JWT","crit":["b64"],"b64":false}
 * {"tenantId":"","iss":"9EmRJTbIiIb4bIeSsmgcWIjrR6HyETqc","deviceId":"*","exp":1795437932} */
#define CRIT_TOKEN                                                                             \
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImNyaXQiOlsiYjY0Il0sImI2NCI6ZmFsc2V9.eyJ0ZW5hbnRJZCI" \
    "6IiIsImlzcyI6IjlFbVJKVGJJaUliNGJJZVNzbWdjV0lqclI2SHlFVHFjIiwiZGV2aWNlSWQiOiIqIiwiZXhwIjo" \
    "xNzk1NDM3OTMyfQ.Q5AnWyYHvsNg8fwdElxxsb0AOd1LmZk-SaLfVFqM9WQ"

/* {"alg":"HS256","typ":"JWT"}
 * {"tenantId":"","iss":"9EmRJTbIiIb4bIeSsmgcWIjrR6HyETqc","deviceId":"*","exp":"1795437932"} */
#define EXP_TEXT_TOKEN                                                                         \
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0ZW5hbnRJZCI6IiIsImlzcyI6IjlFbVJKVGJJaUliNGJJZVN" \
    "zbWdjV0lqclI2SHlFVHFjIiwiZGV2aWNlSWQiOiIqIiwiZXhwIjoiMTc5NTQzNzkzMiJ9.3_8GaInwO3vvyioNEF" \
    "xgKIkxfDwgFbnXCmlIH93HnXU"

/* {"alg":"HS256","typ":"JWT"}
 * {"tenantId":"","iss":"9EmRJTbIiIb4bIeSsmgcWIjrR6HyETqc","deviceId":"*"} */
#define NO_EXP_TOKEN                                                                           \
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0ZW5hbnRJZCI6IiIsImlzcyI6IjlFbVJKVGJJaUliNGJJZVN" \
    "zbWdjV0lqclI2SHlFVHFjIiwiZGV2aWNlSWQiOiIqIn0.Wtiy0UJNOl6Zp7Wx3-ymwkHNHTm1hVcJa58n5AZjbcA"

/* {"alg":"HS256","typ":"JWT"}
 * {"tenantId":7,"iss":"9EmRJTbIiIb4bIeSsmgcWIjrR6HyETqc","deviceId":"*","exp":1795437932} */
#define TENANT_NUMBER_TOKEN                                                                    \
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0ZW5hbnRJZCI6NywiaXNzIjoiOUVtUkpUYklpSWI0YkllU3N" \
    "tZ2NXSWpyUjZIeUVUcWMiLCJkZXZpY2VJZCI6IioiLCJleHAiOjE3OTU0Mzc5MzJ9.3LqfSLgqulL2-2O9LxB1_V" \
    "qSoByqF5u4Fcd5zpnIhBE"

/* {"alg":"HS256","typ":"JWT"}
 * {"tenantId":null,"iss":"9EmRJTbIiIb4bIeSsmgcWIjrR6HyETqc","deviceId":"*","exp":1795437932} */
#define TENANT_NULL_TOKEN                                                                      \
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0ZW5hbnRJZCI6bnVsbCwiaXNzIjoiOUVtUkpUYklpSWI0Ykl" \
    "lU3NtZ2NXSWpyUjZIeUVUcWMiLCJkZXZpY2VJZCI6IioiLCJleHAiOjE3OTU0Mzc5MzJ9.JBXMj-In_hnc46Gr05" \
    "Kcc-DgH4GrHq1454Vul-NFYmw"

/* {"alg":"HS256","typ":"JWT"}
 * {"tenantId":"1234567890123456789012345678901234567","iss":"9EmRJTbIiIb4bIeSsmgcWIjrR6HyETqc","deviceId":"*","exp":1795437932}
 */
#define TENANT_LONG_TOKEN                                                                      \
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0ZW5hbnRJZCI6IjEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU" \
    "2Nzg5MDEyMzQ1NjciLCJpc3MiOiI5RW1SSlRiSWlJYjRiSWVTc21nY1dJanJSNkh5RVRxYyIsImRldmljZUlkIjo" \
    "iKiIsImV4cCI6MTc5NTQzNzkzMn0.BS8oF24liO7r7dd-b4DQQaRpAqZo4mR6NJwXD7ikw84"

/* {"alg":"HS256","typ":"JWT"}
 * {"tenantId":"","iss":"9EmRJTbIiIb4bIeSsmgcWIjrR6HyETqc","exp":1795437932} */
#define NO_DEVICE_TOKEN                                                                        \
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0ZW5hbnRJZCI6IiIsImlzcyI6IjlFbVJKVGJJaUliNGJJZVN" \
    "zbWdjV0lqclI2SHlFVHFjIiwiZXhwIjoxNzk1NDM3OTMyfQ.Yt0_IypKsuSHipPXpu4J4ycUAnHxCJrGmC_-vWSq" \
    "rNw"

/* {"alg":"HS256","typ":"JWT"}
 * [] */
#define ARRAY_TOKEN \
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.W10.xmk4z0GRpTI-oY-KUHomPZNeLdhq6Rt0aoOc54NEom8"

/* {"alg":"HS256","typ":"JWT"}
 * {"tenantId":"","iss":"9EmRJTbIiIb4bIeSsmgcWIjrR6HyETqc","deviceId":"x","deviceId":"*","exp":1795437932}
 */
#define TWICE_TOKEN                                                                            \
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0ZW5hbnRJZCI6IiIsImlzcyI6IjlFbVJKVGJJaUliNGJJZVN" \
    "zbWdjV0lqclI2SHlFVHFjIiwiZGV2aWNlSWQiOiJ4IiwiZGV2aWNlSWQiOiIqIiwiZXhwIjoxNzk1NDM3OTMyfQ." \
    "qCr_bFRRoCNFMfyUyjtHiJrVqtaNW_MdXENoIh2Azqg"

/* {"alg":"HS256","typ":"JWT"}
 * {"tenantId":"","iss":"9EmRJTbIiIb4bIeSsmgcWIjrR6HyETqc","deviceId":"*\u0000","exp":1795437932} */
#define NUL_TOKEN                                                                              \
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0ZW5hbnRJZCI6IiIsImlzcyI6IjlFbVJKVGJJaUliNGJJZVN" \
    "zbWdjV0lqclI2SHlFVHFjIiwiZGV2aWNlSWQiOiIqXHUwMDAwIiwiZXhwIjoxNzk1NDM3OTMyfQ.zXs79MNfgS6e" \
    "McNmvv0WCVrYY1x4p86FKJixRaLfmaY"

struct fixture {
    struct arena arena;
    struct token_key *key;
};

static int setup(void **state)
{
    static struct fixture fixture;
    struct error err;
    arena_init(&fixture.arena);
    fixture.key = token_key_new(SLICE_LITERAL("supersecret"), &err);
    assert_non_null(fixture.key);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    token_key_free(fixture->key);
    arena_fini(&fixture->arena);
    return 0;
}

static void refused(struct fixture *fixture, const char *token)
{
    struct token_claims claims;
    struct error err = {0};
    assert_false(
        token_verify(fixture->key, &fixture->arena, slice_of_string(token), &claims, &err));
    assert_int_equal(err.code, ERROR_UNAUTHORIZED);
}

static void a_token_is_the_toolkits_to_the_byte(void **state)
{
    struct fixture *fixture = *state;
    struct token_claims claims = {.tenant_id = "",
                                  .issuer = "9EmRJTbIiIb4bIeSsmgcWIjrR6HyETqc",
                                  .device_id = "*",
                                  .expires_s = 1795437932};
    struct slice token;
    struct error err;
    assert_true(token_sign(fixture->key, &fixture->arena, &claims, &token, &err));
    assert_int_equal(token.size, strlen(LOGIN_TOKEN));
    assert_memory_equal(token.data, LOGIN_TOKEN, token.size);
}

static void a_token_made_elsewhere_with_the_same_secret_is_read(void **state)
{
    struct fixture *fixture = *state;
    struct token_claims claims;
    struct error err;
    assert_true(
        token_verify(fixture->key, &fixture->arena, slice_of_string(LOGIN_TOKEN), &claims, &err));
    assert_string_equal(claims.tenant_id, "");
    assert_string_equal(claims.issuer, "9EmRJTbIiIb4bIeSsmgcWIjrR6HyETqc");
    assert_string_equal(claims.device_id, "*");
    assert_null(claims.subject);
    assert_true(claims.expires_s == 1795437932);
    assert_true(
        token_verify(fixture->key, &fixture->arena, slice_of_string(TENANT_TOKEN), &claims, &err));
    assert_string_equal(claims.tenant_id, "red");
    assert_string_equal(claims.device_id, "143e4567-e89b-12d3-a456-426614174000");
    assert_true(token_verify(fixture->key, &fixture->arena, slice_of_string(NO_TENANT_TOKEN),
                             &claims, &err));
    assert_string_equal(claims.tenant_id, "");
}

static void another_secret_does_not_open_it(void **state)
{
    struct fixture *fixture = *state;
    struct token_claims claims;
    struct error err = {0};
    struct token_key *other = token_key_new(SLICE_LITERAL("supersecreT"), &err);
    assert_false(token_verify(other, &fixture->arena, slice_of_string(LOGIN_TOKEN), &claims, &err));
    assert_int_equal(err.code, ERROR_UNAUTHORIZED);
    token_key_free(other);
}

static void a_changed_character_anywhere_is_noticed(void **state)
{
    struct fixture *fixture = *state;
    char token[sizeof LOGIN_TOKEN];
    /* The last character of a part holds bits that are not used; the ones before it count. */
    size_t last = strlen(LOGIN_TOKEN) - 1;
    for (size_t i = 0; i < last; i++) {
        memcpy(token, LOGIN_TOKEN, sizeof token);
        if (token[i] == '.')
            continue;
        token[i] = token[i] == 'A' ? 'B' : 'A';
        refused(fixture, token);
    }
}

static void only_hs256_is_accepted(void **state)
{
    refused(*state, NONE_TOKEN);
    refused(*state, NONE_SIGNED_TOKEN);
    refused(*state, HS512_TOKEN);
    refused(*state, RS256_TOKEN);
}

static void a_critical_extension_is_refused(void **state)
{
    refused(*state, CRIT_TOKEN);
}

static void claims_of_the_wrong_kind_are_refused(void **state)
{
    refused(*state, EXP_TEXT_TOKEN);
    refused(*state, NO_EXP_TOKEN);
    refused(*state, TENANT_NUMBER_TOKEN);
    refused(*state, TENANT_NULL_TOKEN);
    refused(*state, TENANT_LONG_TOKEN);
    refused(*state, NO_DEVICE_TOKEN);
    refused(*state, ARRAY_TOKEN);
    refused(*state, TWICE_TOKEN);
    refused(*state, NUL_TOKEN);
}

static void what_is_no_token_is_refused(void **state)
{
    struct fixture *fixture = *state;
    const char *const bad[] = {"",
                               ".",
                               "..",
                               "...",
                               "a",
                               "a.b",
                               "a.b.c",
                               "a.b.c.d",
                               "a..",
                               ".a.",
                               "..a",
                               " . . ",
                               "\"",
                               "a.b.\xff",
                               "null.null.null",
                               "e30.e30.e30",
                               "eyJhbGciOiJIUzI1NiJ9.."};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refused(fixture, bad[i]);
    char token[sizeof LOGIN_TOKEN + 1];
    for (size_t i = 0; i < strlen(LOGIN_TOKEN); i++) { /* cut anywhere */
        memcpy(token, LOGIN_TOKEN, sizeof LOGIN_TOKEN);
        token[i] = '\0';
        refused(fixture, token);
    }
    memcpy(token, LOGIN_TOKEN, sizeof LOGIN_TOKEN - 1);
    token[sizeof LOGIN_TOKEN - 1] = '=';
    token[sizeof LOGIN_TOKEN] = '\0';
    refused(fixture, token);
    char *huge = arena_alloc(&fixture->arena, TOKEN_LIMIT + 2);
    memset(huge, 'a', TOKEN_LIMIT + 1);
    huge[3] = huge[5] = '.';
    refused(fixture, huge);
}

/* base64url of {"alg":"HS256","x":[[[ … ]]]}, `depth` arrays, with a payload and signature of
 * anything. */
static const char *nested_header(struct arena *arena, size_t depth)
{
    char json[TOKEN_LIMIT];
    int size = snprintf(json, sizeof json, "{\"alg\":\"HS256\",\"x\":");
    memset(json + size, '[', depth);
    memset(json + (size_t)size + depth, ']', depth);
    size_t end = (size_t)size + 2 * depth;
    json[end++] = '}';
    while (end % 3 != 0)
        json[end++] = ' ';
    struct slice text = encoding_base64(arena, slice_of(json, end));
    return arena_printf(arena, "%.*s.e30.eHh4", SLICE_ARG(text));
}

static void *check_nested_headers(void *arg)
{
    struct fixture *fixture = arg;
    refused(fixture, nested_header(&fixture->arena, 10));
    refused(fixture, nested_header(&fixture->arena, 1400));
    return NULL;
}

/* jansson would need more than the 64 KB of stack that a fiber has. */
static void a_header_nested_deeply_is_refused_on_a_small_stack(void **state)
{
    pthread_attr_t attributes;
    pthread_t thread;
    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstacksize(&attributes, (size_t)64 * 1024), 0);
    assert_int_equal(pthread_create(&thread, &attributes, check_nested_headers, *state), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    pthread_attr_destroy(&attributes);
}

static void an_empty_secret_is_refused(void **state)
{
    (void)state;
    struct error err = {0};
    assert_null(token_key_new(SLICE_LITERAL(""), &err));
    assert_int_equal(err.code, ERROR_INVALID);
}

static void what_is_added_stands_behind_the_toolkits_claims(void **state)
{
    struct fixture *fixture = *state;
    struct token_claims claims = {.tenant_id = "",
                                  .issuer = "i",
                                  .device_id = "*",
                                  .expires_s = 2,
                                  .subject = "bob",
                                  .id = "c0ffee",
                                  .issued_s = 1};
    struct slice token;
    struct slice payload;
    struct error err;
    struct token_claims read;
    assert_true(token_sign(fixture->key, &fixture->arena, &claims, &token, &err));
    assert_true(token_verify(fixture->key, &fixture->arena, token, &read, &err));
    assert_string_equal(read.subject, "bob");
    (void)slice_split(&token, '.');
    assert_true(encoding_base64url_decode(&fixture->arena, slice_split(&token, '.'), &payload));
    assert_true(slice_equal_string(payload, "{\"tenantId\":\"\",\"iss\":\"i\",\"deviceId\":\"*\","
                                            "\"exp\":2,\"sub\":\"bob\",\"iat\":1,"
                                            "\"jti\":\"c0ffee\"}"));
}

static void quotes_in_a_claim_stay_in_it(void **state)
{
    struct fixture *fixture = *state;
    struct token_claims claims = {
        .tenant_id = "\",\"deviceId\":\"*", .issuer = "i", .device_id = "d", .expires_s = 1};
    struct slice token;
    struct error err;
    assert_true(token_sign(fixture->key, &fixture->arena, &claims, &token, &err));
    struct token_claims read;
    assert_true(token_verify(fixture->key, &fixture->arena, token, &read, &err));
    assert_string_equal(read.tenant_id, claims.tenant_id);
    assert_string_equal(read.device_id, "d");
}

#define TOKEN_CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOKEN_CASE(a_token_is_the_toolkits_to_the_byte),
        TOKEN_CASE(a_token_made_elsewhere_with_the_same_secret_is_read),
        TOKEN_CASE(another_secret_does_not_open_it),
        TOKEN_CASE(a_changed_character_anywhere_is_noticed),
        TOKEN_CASE(only_hs256_is_accepted),
        TOKEN_CASE(a_critical_extension_is_refused),
        TOKEN_CASE(claims_of_the_wrong_kind_are_refused),
        TOKEN_CASE(what_is_no_token_is_refused),
        TOKEN_CASE(a_header_nested_deeply_is_refused_on_a_small_stack),
        TOKEN_CASE(an_empty_secret_is_refused),
        TOKEN_CASE(what_is_added_stands_behind_the_toolkits_claims),
        TOKEN_CASE(quotes_in_a_claim_stay_in_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
