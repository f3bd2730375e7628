#include "redir/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Bytes as captured from devices and programs: spec device-protocols 2.1, 2.2 and mps 5.3. */
#define BYTES(text) SLICE_LITERAL(text)

static void assert_bytes(struct buffer *b, struct slice expected)
{
    struct slice is = buffer_slice(b);
    assert_true(buffer_ok(b));
    assert_int_equal(is.size, expected.size);
    assert_memory_equal(is.data, expected.data, expected.size);
    buffer_fini(b);
}

static struct redir_message parsed(struct slice bytes)
{
    struct redir_message message;
    assert_int_equal(redir_message_parse(bytes, &message, NULL), REDIR_WHOLE);
    for (size_t size = 0; size < bytes.size; size++) { /* and none of its beginnings is one */
        struct redir_message part;
        assert_int_equal(redir_message_parse(slice_first(bytes, size), &part, NULL), REDIR_PART);
    }
    return message;
}

static void test_start_is_written_as_captured(void **state)
{
    (void)state;
    struct buffer b;
    buffer_init(&b, 64);
    redir_put_start(&b, REDIR_SOL);
    assert_bytes(&b, BYTES("\x10\x00\x00\x00\x53\x4F\x4C\x20"));
    redir_put_start(&b, REDIR_KVM);
    assert_bytes(&b, BYTES("\x10\x01\x00\x00\x4B\x56\x4D\x52"));
    redir_put_start(&b, REDIR_IDER);
    assert_bytes(&b, BYTES("\x10\x00\x00\x00\x49\x44\x45\x52"));
}

static void test_start_is_read(void **state)
{
    (void)state;
    struct redir_message m = parsed(BYTES("\x10\x01\x00\x00\x4B\x56\x4D\x52"));
    assert_true(m.known && m.kind == REDIR_KVM);
    m = parsed(BYTES("\x10\x00\x00\x00IDER"));
    assert_true(m.known && m.kind == REDIR_IDER);
    m = parsed(BYTES("\x10\x00\x00\x00XXXX"));
    assert_false(m.known);
}

static void test_start_reply_of_real_devices_is_read(void **state)
{
    (void)state;
    struct redir_message m = parsed(BYTES("\x11\x00\x00\x00\x01\x00\x0B\x08\x57\x01\x00\x00\x00"));
    assert_int_equal(m.status, REDIR_STARTED);
    assert_int_equal(m.major, 11);
    assert_int_equal(m.minor, 8);
    assert_int_equal(m.bytes.size, 13);
}

static void test_start_reply_with_oem_data_is_read(void **state)
{
    (void)state;
    struct redir_message m =
        parsed(BYTES("\x11\x00\x00\x00\x01\x00\x10\x01\x57\x01\x00\x00\x03xyz"));
    assert_int_equal(m.bytes.size, 16);
}

static void test_refusal_is_whole_with_four_bytes(void **state)
{
    (void)state;
    struct redir_message m = parsed(BYTES("\x11\x02\x00\x00"));
    assert_int_equal(m.status, REDIR_START_BUSY);
    assert_int_equal(redir_message_parse(
                         BYTES("\x11\x03\x00\x00\x01\x00\x0B\x08\x57\x01\x00\x00\x00zz"), &m, NULL),
                     REDIR_WHOLE);
    assert_int_equal(m.status, REDIR_START_UNSUPPORTED);
    assert_int_equal(m.bytes.size, 13);
}

static void test_query_and_hello_are_written_as_captured(void **state)
{
    (void)state;
    struct buffer b;
    buffer_init(&b, 4096);
    redir_put_query(&b);
    assert_bytes(&b, BYTES("\x13\x00\x00\x00\x00\x00\x00\x00\x00"));
    redir_put_hello(&b, REDIR_LOGIN_DIGEST, BYTES("admin"));
    assert_bytes(&b, BYTES("\x13\x00\x00\x00\x04\x20\x00\x00\x00\x05"
                           "admin\x00\x00\x13/RedirectionService\x00\x00\x00\x00"));
    redir_put_hello(&b, REDIR_LOGIN_DIGEST_2069, BYTES("admin"));
    assert_bytes(&b, BYTES("\x13\x00\x00\x00\x03\x1F\x00\x00\x00\x05"
                           "admin\x00\x00\x13/RedirectionService\x00\x00\x00"));
}

static void test_types_offered_are_read(void **state)
{
    (void)state;
    struct redir_message m = parsed(BYTES("\x14\x00\x00\x00\x00\x01\x00\x00\x00\x04"));
    assert_int_equal(m.login, REDIR_LOGIN_QUERY);
    assert_true(slice_equal(m.data, BYTES("\x04")));
}

static void test_challenge_is_read(void **state)
{
    (void)state;
    struct redir_challenge c;
    struct redir_message m = parsed(BYTES("\x14\x01\x00\x00\x04\x4E\x00\x00\x00\x27"
                                          "Digest:CFA40000000000000000000000000000\x20"
                                          "wlbEK1EtAAAAAAAAWW5aUHFp+mQQ1j63\x04"
                                          "auth"));
    assert_int_equal(m.status, REDIR_LOGIN_FAILED);
    assert_true(redir_challenge_parse(m.login, m.data, &c));
    assert_true(slice_equal_string(c.realm, "Digest:CFA40000000000000000000000000000"));
    assert_true(slice_equal_string(c.nonce, "wlbEK1EtAAAAAAAAWW5aUHFp+mQQ1j63"));
    assert_true(slice_equal_string(c.qop, "auth"));
}

static void test_challenge_that_cannot_be_answered_is_refused(void **state)
{
    (void)state;
    struct redir_challenge c;
    assert_false(redir_challenge_parse(4,
                                       BYTES("\x01R\x01N\x08"
                                             "auth-int"),
                                       &c));
    assert_false(redir_challenge_parse(4, BYTES("\x01R\x01N"), &c));
    assert_false(redir_challenge_parse(4,
                                       BYTES("\xFFR\x01N\x04"
                                             "auth"),
                                       &c));
    assert_false(redir_challenge_parse(3, BYTES("\x01R"), &c));
    assert_false(redir_challenge_parse(3, BYTES("\x00\x01N"), &c));
    assert_false(redir_challenge_parse(1, BYTES("\x01R\x01N"), &c));
    assert_true(redir_challenge_parse(3, BYTES("\x01R\x01N"), &c));
}

/* The total is the one captured for these texts (spec mps 5.3); the response is
 * MD5(MD5(admin:Digest:R1:P@ssw0rd):NN:00000001:0123456789:auth:MD5(POST:/RedirectionService)). */
static void test_answer_has_the_captured_form(void **state)
{
    (void)state;
    struct redir_challenge c = {REDIR_LOGIN_DIGEST, BYTES("Digest:R1"), BYTES("NN"), BYTES("auth")};
    struct buffer b;
    buffer_init(&b, 4096);
    redir_put_answer(&b, &c, BYTES("admin"), BYTES("P@ssw0rd"), 1, BYTES("0123456789"));
    assert_bytes(&b, BYTES("\x13\x00\x00\x00\x04\x61\x00\x00\x00\x05"
                           "admin\x09"
                           "Digest:R1\x02NN\x13/RedirectionService\x0A"
                           "0123456789\x08"
                           "00000001\x20"
                           "4aa66d80b9a8cbea29715eff7d9fe20d\x04"
                           "auth"));
}

static void test_answer_of_the_older_digest_has_no_qop(void **state)
{
    (void)state;
    struct redir_challenge c = {
        REDIR_LOGIN_DIGEST_2069, BYTES("Digest:R1"), BYTES("NN"), {NULL, 0}};
    struct buffer b;
    buffer_init(&b, 4096);
    redir_put_answer(&b, &c, BYTES("admin"), BYTES("P@ssw0rd"), 1, BYTES("0123456789"));
    assert_bytes(&b, BYTES("\x13\x00\x00\x00\x03\x5C\x00\x00\x00\x05"
                           "admin\x09"
                           "Digest:R1\x02NN\x13/RedirectionService\x0A"
                           "0123456789\x08"
                           "00000001\x20"
                           "261d1e2b9da682a86190237cefab0ff7"));
}

static void test_message_beyond_the_limit_is_malformed(void **state)
{
    (void)state;
    struct redir_message m;
    struct error err;
    assert_int_equal(redir_message_parse(BYTES("\x14\x01\x00\x00\x04\x01\x08\x00\x00"), &m, &err),
                     REDIR_MALFORMED);
    assert_int_equal(redir_message_parse(BYTES("\x13\x00\x00\x00\x04\xFF\xFF\xFF\xFF"), &m, &err),
                     REDIR_MALFORMED);
    assert_int_equal(redir_message_parse(BYTES("\x47"), &m, &err), REDIR_MALFORMED);
    assert_int_equal(err.code, ERROR_PROTOCOL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_start_is_written_as_captured),
        cmocka_unit_test(test_start_is_read),
        cmocka_unit_test(test_start_reply_of_real_devices_is_read),
        cmocka_unit_test(test_start_reply_with_oem_data_is_read),
        cmocka_unit_test(test_refusal_is_whole_with_four_bytes),
        cmocka_unit_test(test_query_and_hello_are_written_as_captured),
        cmocka_unit_test(test_types_offered_are_read),
        cmocka_unit_test(test_challenge_is_read),
        cmocka_unit_test(test_challenge_that_cannot_be_answered_is_refused),
        cmocka_unit_test(test_answer_has_the_captured_form),
        cmocka_unit_test(test_answer_of_the_older_digest_has_no_qop),
        cmocka_unit_test(test_message_beyond_the_limit_is_malformed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
