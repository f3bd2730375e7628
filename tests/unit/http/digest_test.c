#include "http/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* The captured header of spec device-protocols 4.3, AMT 16.1.25. */
#define FIRMWARE_CHALLENGE                                       \
    "Digest realm=\"Digest:2517B2332AFD88353D5F5FD352697901\", " \
    "nonce=\"QYePBLMVAAAAAAAAjfXveceOM5bNfu/K\",stale=\"false\",qop=\"auth\""

static struct slice text(const char *s)
{
    return slice_of_string(s);
}

static void the_example_of_the_rfc_comes_out(void **state)
{
    (void)state;
    /* RFC 2617 3.5 */
    char ha1[HTTP_DIGEST_HEX_SIZE];
    char response[HTTP_DIGEST_HEX_SIZE];
    http_digest_ha1(text("Mufasa"), text("testrealm@host.com"), text("Circle Of Life"), ha1);
    assert_string_equal(ha1, "939e7578ed9e3c518a452acee763bce9");
    http_digest_response(ha1, text("dcd98b7102dd2f0e8b11d0f600bfb0c093"), text("00000001"),
                         text("0a4f113b"), text("auth"), "GET", text("/dir/index.html"), response);
    assert_string_equal(response, "6629fae49393a05397450978507c4ef1");
}

static void without_qop_the_older_formula_holds(void **state)
{
    (void)state;
    /* The same input by RFC 2069: MD5(HA1:nonce:HA2). */
    char ha1[HTTP_DIGEST_HEX_SIZE];
    char response[HTTP_DIGEST_HEX_SIZE];
    http_digest_ha1(text("Mufasa"), text("testrealm@host.com"), text("Circle Of Life"), ha1);
    http_digest_response(ha1, text("dcd98b7102dd2f0e8b11d0f600bfb0c093"), text(""), text(""),
                         text(""), "GET", text("/dir/index.html"), response);
    assert_string_equal(response, "670fd8c2df070c60b045671b8b24ff02");
}

static void a_firmware_challenge_is_read(void **state)
{
    (void)state;
    struct http_digest digest = {.count = 0};
    assert_false(http_digest_ready(&digest));
    assert_true(http_digest_challenge(&digest, text(FIRMWARE_CHALLENGE), NULL));
    assert_true(http_digest_ready(&digest));
    assert_string_equal(digest.realm, "Digest:2517B2332AFD88353D5F5FD352697901");
    assert_string_equal(digest.nonce, "QYePBLMVAAAAAAAAjfXveceOM5bNfu/K");
    assert_true(digest.qop_auth);
    assert_false(digest.stale);
    assert_null(digest.opaque);
    http_digest_fini(&digest);
    assert_false(http_digest_ready(&digest));
}

static void the_answer_has_the_form_that_firmware_needs(void **state)
{
    (void)state;
    struct http_digest digest = {.count = 0};
    struct arena arena;
    struct http_digest_parts parts;
    arena_init(&arena);
    assert_true(http_digest_challenge(&digest, text(FIRMWARE_CHALLENGE), NULL));
    char *value = http_digest_authorization(&digest, &arena, text("admin"), text("P@ssw0rd"),
                                            "POST", "/wsman");
    /* spec mps 4.1: this order, everything quoted, no blank after commas */
    static const char start[] =
        "Digest username=\"admin\",realm=\"Digest:2517B2332AFD88353D5F5FD352697901\","
        "nonce=\"QYePBLMVAAAAAAAAjfXveceOM5bNfu/K\",uri=\"/wsman\",qop=\"auth\",response=\"";
    assert_memory_equal(value, start, sizeof start - 1);
    static const char middle[] = "\",nc=\"00000001\",cnonce=\"";
    assert_memory_equal(value + sizeof start - 1 + 32, middle, sizeof middle - 1);
    assert_null(strchr(value + sizeof "Digest", ' '));

    assert_true(http_digest_parse_authorization(text(value), &parts));
    char ha1[HTTP_DIGEST_HEX_SIZE];
    char response[HTTP_DIGEST_HEX_SIZE];
    http_digest_ha1(text("admin"), parts.realm, text("P@ssw0rd"), ha1);
    http_digest_response(ha1, parts.nonce, parts.nc, parts.cnonce, parts.qop, "POST", parts.uri,
                         response);
    assert_true(slice_equal_string(parts.response, response));
    arena_fini(&arena);
    http_digest_fini(&digest);
}

static void the_count_rises_until_the_nonce_changes(void **state)
{
    (void)state;
    struct http_digest digest = {.count = 0};
    struct arena arena;
    arena_init(&arena);
    assert_true(http_digest_challenge(&digest, text(FIRMWARE_CHALLENGE), NULL));
    for (int i = 0; i < 16; i++)
        http_digest_authorization(&digest, &arena, text("a"), text("b"), "POST", "/wsman");
    assert_non_null(
        strstr(http_digest_authorization(&digest, &arena, text("a"), text("b"), "POST", "/wsman"),
               "nc=\"00000011\""));
    assert_true(http_digest_challenge(&digest, text(FIRMWARE_CHALLENGE), NULL));
    assert_int_equal(digest.count, 17);
    assert_true(
        http_digest_challenge(&digest, text("Digest realm=\"r\",nonce=\"n\",stale=TRUE"), NULL));
    assert_int_equal(digest.count, 0);
    assert_true(digest.stale);
    arena_fini(&arena);
    http_digest_fini(&digest);
}

static void challenges_of_many_shapes_are_understood(void **state)
{
    (void)state;
    static const char *const good[] = {
        "Digest realm=\"r\", nonce=\"n\", qop=\"auth-int, auth\"", /* 16.1.25 before set-up */
        "Digest realm=\"r\",nonce=\"n\",qop=\"auth,auth-int\"",
        "digest REALM=\"r\" , NONCE=\"n\" , qop=auth",
        "Digest nonce=n,realm=r,algorithm=MD5,qop=\"auth\"",
        "Digest  realm = \"r\",nonce = \"n\",qop = \"auth\",algorithm=\"md5\",domain=\"/a,b\"",
        "Digest realm=\"r\",nonce=\"n\",qop=\"auth\",new-parameter=\"x, nonce=\\\"y\\\"\"",
        "Negotiate, Digest realm=\"r\",nonce=\"n\",qop=\"auth\"",
        "Basic realm=\"b\", Digest realm=\"r\",nonce=\"n\",qop=\"auth\"",
        "Digest realm=\"r\",nonce=\"n\",qop=\"auth\", Basic realm=\"b\"",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct http_digest digest = {.count = 0};
        if (!http_digest_challenge(&digest, text(good[i]), NULL))
            fail_msg("refused: %s", good[i]);
        assert_string_equal(digest.realm, "r");
        assert_string_equal(digest.nonce, "n");
        assert_true(digest.qop_auth);
        http_digest_fini(&digest);
    }
}

static void unusable_challenges_change_nothing(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "Digest",
        "Digest ",
        "Basic realm=\"r\"",
        "Negotiate",
        "realm=\"r\",nonce=\"n\"",
        "Digest realm=\"r\"",
        "Digest nonce=\"n\"",
        "Digest realm=\"r\",nonce=\"\"",
        "Digest realm=\"r\",nonce=\"n",
        "Digest realm=\"r\",nonce=\"n\\",
        "Digest realm=\"r\",nonce=\"n\",nonce=\"m\"",
        "Digest realm=\"r\"nonce=\"n\"",
        "Digest realm=\"r\",nonce=\"n\",algorithm=SHA-256",
        "Digest realm=\"r\",nonce=\"n\",algorithm=MD5-sess",
        "Digest realm=\"r\",nonce=\"n\",qop=\"auth-int\"",
        "Digest realm=\"r\x01\",nonce=\"n\"",
        "Digest =\"r\",nonce=\"n\"",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct http_digest digest = {.count = 0};
        struct error err;
        assert_true(http_digest_challenge(&digest, text(FIRMWARE_CHALLENGE), NULL));
        if (http_digest_challenge(&digest, text(bad[i]), &err))
            fail_msg("accepted: %s", bad[i]);
        assert_int_equal(err.code, ERROR_PROTOCOL);
        assert_string_equal(digest.nonce, "QYePBLMVAAAAAAAAjfXveceOM5bNfu/K");
        http_digest_fini(&digest);
    }
}

static void a_user_name_cannot_break_out_of_its_quotes(void **state)
{
    (void)state;
    struct http_digest digest = {.count = 0};
    struct arena arena;
    arena_init(&arena);
    assert_true(http_digest_challenge(&digest, text("Digest realm=\"r\\\"x\",nonce=\"n\""), NULL));
    assert_string_equal(digest.realm, "r\"x");
    char *value = http_digest_authorization(&digest, &arena, text("a\"b\\c\r\nX: y"), text("p"),
                                            "POST", "/wsman");
    assert_non_null(strstr(value, "username=\"a\\\"b\\\\c??X: y\",realm=\"r\\\"x\","));
    assert_null(strchr(value, '\r'));
    assert_null(strstr(value, "nc="));
    arena_fini(&arena);
    http_digest_fini(&digest);
}

static void a_client_may_leave_quotes_out(void **state)
{
    (void)state;
    /* MeshCentral's form (spec device-protocols 4.2): qop and a decimal nc without quotes. */
    struct http_digest_parts parts;
    assert_true(http_digest_parse_authorization(
        text("Digest username=\"$$OsAdmin\",realm=\"r\",nonce=\"n\",uri=\"/wsman\",qop=auth,"
             "response=\"0123\", nc=6, cnonce=\"c,d\""),
        &parts));
    assert_true(slice_equal_string(parts.username, "$$OsAdmin"));
    assert_true(slice_equal_string(parts.qop, "auth"));
    assert_true(slice_equal_string(parts.nc, "6"));
    assert_true(slice_equal_string(parts.cnonce, "c,d"));
    assert_int_equal(parts.opaque.size, 0);
    assert_false(http_digest_parse_authorization(text("Basic QWxhZGRpbg=="), &parts));
    assert_false(http_digest_parse_authorization(text("Basic a=b, Digest username=\"x\""), &parts));
    assert_false(http_digest_parse_authorization(text("Digest username=\"x"), &parts));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_rfc_comes_out),
        cmocka_unit_test(without_qop_the_older_formula_holds),
        cmocka_unit_test(a_firmware_challenge_is_read),
        cmocka_unit_test(the_answer_has_the_form_that_firmware_needs),
        cmocka_unit_test(the_count_rises_until_the_nonce_changes),
        cmocka_unit_test(challenges_of_many_shapes_are_understood),
        cmocka_unit_test(unusable_challenges_change_nothing),
        cmocka_unit_test(a_user_name_cannot_break_out_of_its_quotes),
        cmocka_unit_test(a_client_may_leave_quotes_out),
    };
    return cmocka_run_group_tests_name("http/digest", tests, NULL, NULL);
}
