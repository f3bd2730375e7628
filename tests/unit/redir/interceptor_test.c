#include "redir/interceptor.h"

#include "http/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BYTES(text) SLICE_LITERAL(text)
#define CNONCE      "0123456789abcdef0123456789abcdef"
#define SECRET      "P@ssw0rd-of-the-device"

/* What a browser with empty credentials sends (ui-toolkit; spec webui 2.2), and devices answer. */
static const struct slice start_kvm = {(const uint8_t *)"\x10\x01\x00\x00KVMR", 8};
static const struct slice started = {
    (const uint8_t *)"\x11\x00\x00\x00\x01\x00\x10\x01\x57\x01\x00\x00\x00", 13};
static const struct slice ask = {(const uint8_t *)"\x13\x00\x00\x00\x00\x00\x00\x00\x00", 9};
static const struct slice offer = {(const uint8_t *)"\x14\x00\x00\x00\x00\x01\x00\x00\x00\x04", 10};
static const struct slice empty_login = {
    (const uint8_t *)"\x13\x00\x00\x00\x04\x08\x00\x00\x00\0\0\0\0\0\0\0\0", 17};
static const struct slice challenge = {(const uint8_t *)"\x14\x01\x00\x00\x04\x12\x00\x00\x00\x09"
                                                        "Digest:R1\x02NN\x04"
                                                        "auth",
                                       27};
static const struct slice success = {(const uint8_t *)"\x14\x00\x00\x00\x04\x00\x00\x00\x00", 9};

struct world {
    struct redir_interceptor *interceptor;
    struct buffer to_device, to_browser;
    struct error err;
};

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    w->interceptor = redir_interceptor_new(CNONCE);
    redir_interceptor_insert(w->interceptor, BYTES("operator"), BYTES(SECRET));
    buffer_init(&w->to_device, 1 << 20);
    buffer_init(&w->to_browser, 1 << 20);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    redir_interceptor_free(w->interceptor);
    buffer_fini(&w->to_device);
    buffer_fini(&w->to_browser);
    free(w);
    return 0;
}

static bool browser(struct world *w, struct slice bytes)
{
    return redir_interceptor_browser(w->interceptor, bytes, &w->to_device, &w->err);
}

static bool device(struct world *w, struct slice bytes)
{
    return redir_interceptor_device(w->interceptor, bytes, &w->to_browser, &w->err);
}

static void assert_sent(struct buffer *b, struct slice expected)
{
    struct slice is = buffer_slice(b);
    assert_int_equal(is.size, expected.size);
    assert_memory_equal(is.data, expected.data, expected.size);
    buffer_clear(b);
}

static bool contains(const struct buffer *b, const char *text)
{
    struct slice s = buffer_slice(b);
    return s.size > 0 && memmem(s.data, s.size, text, strlen(text)) != NULL;
}

/* The login with the device's credentials as the device must get it. */
static void put_expected_answer(struct buffer *to)
{
    const struct redir_challenge c = {REDIR_LOGIN_DIGEST, BYTES("Digest:R1"), BYTES("NN"),
                                      BYTES("auth")};
    redir_put_answer(to, &c, BYTES("operator"), BYTES(SECRET), 1, BYTES(CNONCE));
}

static void reach_challenge(struct world *w)
{
    assert_true(browser(w, start_kvm) && device(w, started));
    assert_true(browser(w, ask) && device(w, offer));
    assert_true(browser(w, empty_login) && device(w, challenge));
}

static void test_login_gets_the_devices_credentials(void **state)
{
    struct world *w = *state;
    struct buffer expected;
    buffer_init(&expected, 4096);
    assert_true(browser(w, start_kvm));
    assert_sent(&w->to_device, start_kvm);
    assert_true(device(w, started));
    assert_sent(&w->to_browser, started);
    assert_true(browser(w, ask));
    assert_sent(&w->to_device, ask);
    assert_true(device(w, offer));
    assert_sent(&w->to_browser, offer);
    assert_true(browser(w, empty_login));
    assert_sent(&w->to_device, BYTES("\x13\x00\x00\x00\x04\x23\x00\x00\x00\x08operator\x00\x00\x13"
                                     "/RedirectionService\x00\x00\x00\x00"));
    assert_true(device(w, challenge));
    assert_sent(&w->to_browser, challenge);
    assert_true(browser(w, empty_login));
    put_expected_answer(&expected);
    assert_sent(&w->to_device, buffer_slice(&expected));
    assert_true(device(w, success));
    assert_sent(&w->to_browser, success);
    assert_int_equal(redir_interceptor_state(w->interceptor), REDIR_OPEN);
    buffer_fini(&expected);
}

static void test_anything_passes_once_it_is_open(void **state)
{
    struct world *w = *state;
    reach_challenge(w);
    assert_true(browser(w, empty_login));
    buffer_clear(&w->to_device);
    buffer_clear(&w->to_browser);
    assert_true(device(w, BYTES("\x14\x00\x00\x00\x04\x00\x00\x00\x00\x41...RFB 004.000\n")));
    assert_sent(&w->to_browser, BYTES("\x14\x00\x00\x00\x04\x00\x00\x00\x00\x41...RFB 004.000\n"));
    assert_int_equal(redir_interceptor_rest(w->interceptor), 16);
    assert_true(browser(w, BYTES("\x99\xFFwhatever")));
    assert_sent(&w->to_device, BYTES("\x99\xFFwhatever"));
    assert_true(device(w, BYTES("\x14\x01")));
    assert_sent(&w->to_browser, BYTES("\x14\x01"));
}

/* Both directions in pieces of every size: the same bytes come out. */
static void test_messages_may_be_split_anywhere(void **state)
{
    (void)state;
    const struct slice from_browser[] = {start_kvm, ask, empty_login, empty_login};
    const struct slice from_device[] = {started, offer, challenge, success};
    struct buffer expected;
    buffer_init(&expected, 4096);
    put_expected_answer(&expected);
    for (size_t piece = 1; piece < 30; piece++) {
        void *made;
        assert_int_equal(set_up(&made), 0);
        struct world *w = made;
        for (size_t i = 0; i < 4; i++) {
            buffer_clear(&w->to_device);
            buffer_clear(&w->to_browser);
            for (size_t at = 0; at < from_browser[i].size; at += piece)
                assert_true(browser(w, slice_first(slice_from(from_browser[i], at), piece)));
            assert_true(browser(w, slice_of(NULL, 0)));
            for (size_t at = 0; at < from_device[i].size; at += piece)
                assert_true(device(w, slice_first(slice_from(from_device[i], at), piece)));
            assert_sent(&w->to_browser, from_device[i]);
        }
        assert_sent(&w->to_device, buffer_slice(&expected));
        assert_int_equal(redir_interceptor_state(w->interceptor), REDIR_OPEN);
        (void)tear_down(&made);
    }
    buffer_fini(&expected);
}

static void test_all_of_the_browsers_part_may_come_at_once(void **state)
{
    struct world *w = *state;
    uint8_t all[64];
    memcpy(all, start_kvm.data, 8);
    memcpy(all + 8, ask.data, 9);
    memcpy(all + 17, empty_login.data, 17);
    assert_true(browser(w, slice_of(all, 34)));
    assert_true(device(w, started) && device(w, offer) && device(w, challenge));
    assert_true(browser(w, empty_login) && device(w, success));
    assert_int_equal(redir_interceptor_state(w->interceptor), REDIR_OPEN);
}

static void test_older_digest_is_answered_without_qop(void **state)
{
    struct world *w = *state;
    assert_true(browser(w, start_kvm) && device(w, started));
    assert_true(browser(w, ask));
    assert_true(device(w, BYTES("\x14\x00\x00\x00\x00\x02\x00\x00\x00\x01\x03")));
    assert_true(browser(w, BYTES("\x13\x00\x00\x00\x03\x07\x00\x00\x00\0\0\0\0\0\0\0")));
    assert_true(device(w, BYTES("\x14\x01\x00\x00\x03\x0d\x00\x00\x00\x09"
                                "Digest:R1\x02NN")));
    buffer_clear(&w->to_device);
    assert_true(browser(w, BYTES("\x13\x00\x00\x00\x03\x07\x00\x00\x00\0\0\0\0\0\0\0")));
    char ha1[HTTP_DIGEST_HEX_SIZE], response[HTTP_DIGEST_HEX_SIZE];
    http_digest_ha1(BYTES("operator"), BYTES("Digest:R1"), BYTES(SECRET), ha1);
    http_digest_response(ha1, BYTES("NN"), BYTES(""), BYTES(""), BYTES(""), "POST",
                         BYTES("/RedirectionService"), response);
    assert_true(contains(&w->to_device, response));
    assert_false(contains(&w->to_device, "auth"));
    assert_true(device(w, BYTES("\x14\x00\x00\x00\x03\x00\x00\x00\x00")));
    assert_int_equal(redir_interceptor_state(w->interceptor), REDIR_OPEN);
}

static void test_refused_credentials_are_the_end(void **state)
{
    struct world *w = *state;
    reach_challenge(w);
    assert_true(browser(w, empty_login));
    buffer_clear(&w->to_browser);
    assert_false(device(w, challenge));
    assert_int_equal(w->err.code, ERROR_LOGIN);
    assert_int_equal(buffer_size(&w->to_browser), 0);
}

static void test_nobody_gets_a_second_try(void **state)
{
    struct world *w = *state;
    reach_challenge(w);
    assert_true(browser(w, empty_login));
    assert_false(browser(w, empty_login));
    assert_int_equal(w->err.code, ERROR_INVALID);
}

static void test_browser_never_sees_a_secret(void **state)
{
    struct world *w = *state;
    reach_challenge(w);
    assert_true(browser(w, empty_login) && device(w, success));
    assert_false(contains(&w->to_browser, SECRET));
    assert_false(contains(&w->to_browser, CNONCE));
    assert_false(contains(&w->to_browser, "operator"));
    assert_false(contains(&w->to_device, SECRET));
}

static void test_longest_user_fits(void **state)
{
    struct world *w = *state;
    char user[255];
    memset(user, 'u', sizeof user);
    redir_interceptor_insert(w->interceptor, slice_of(user, sizeof user), BYTES(SECRET));
    reach_challenge(w);
    buffer_clear(&w->to_device);
    assert_true(browser(w, empty_login));
    struct redir_message message;
    assert_int_equal(redir_message_parse(buffer_slice(&w->to_device), &message, NULL), REDIR_WHOLE);
    assert_int_equal(message.data.data[0], 255);
    assert_true(device(w, success));
}

static void test_refusal_of_a_device_passes(void **state)
{
    struct world *w = *state;
    assert_true(browser(w, start_kvm));
    assert_true(device(w, BYTES("\x11\x02\x00\x00")));
    assert_int_equal(redir_interceptor_state(w->interceptor), REDIR_REFUSED);
    assert_int_equal(redir_interceptor_status(w->interceptor), REDIR_START_BUSY);
    assert_true(device(w, BYTES("\x01\x00\x0C\x00\x57\x01\x00\x00\x00")));
    assert_sent(&w->to_browser, BYTES("\x11\x02\x00\x00\x01\x00\x0C\x00\x57\x01\x00\x00\x00"));
    uint8_t flood[5000] = {0};
    assert_true(device(w, slice_of(flood, sizeof flood)));
    assert_true(buffer_size(&w->to_browser) <= 255);
    buffer_clear(&w->to_device);
    assert_true(browser(w, ask));
    assert_int_equal(buffer_size(&w->to_device), 0);
}

static void test_kind_is_known_before_there_is_a_device(void **state)
{
    struct world *w = *state;
    enum redir_kind kind;
    assert_true(
        redir_interceptor_browser(w->interceptor, slice_first(start_kvm, 5), NULL, &w->err));
    assert_false(redir_interceptor_kind(w->interceptor, &kind));
    assert_true(redir_interceptor_browser(w->interceptor, slice_from(start_kvm, 5), NULL, &w->err));
    assert_true(redir_interceptor_kind(w->interceptor, &kind));
    assert_int_equal(kind, REDIR_KVM);
    assert_true(browser(w, slice_of(NULL, 0)));
    assert_sent(&w->to_device, start_kvm);
}

static void test_what_a_browser_must_not_say_is_refused(void **state)
{
    (void)state;
    const struct slice wrong[] = {
        BYTES("\x47"),
        BYTES("\x10\x00\x00\x00XXXX"),
        BYTES("\x11\x00\x00\x00"),
        BYTES("\x10\x01\x00\x00KVMR\x10\x01\x00\x00KVMR"),
        BYTES("\x10\x01\x00\x00KVMR\x40\x00\x00\x00\x00\x00\x00\x00"),
        BYTES("\x10\x01\x00\x00KVMR\x13\x00\x00\x00\x04\x01\x08\x00\x00"),
        BYTES("\x10\x01\x00\x00KVMR\x13\x00\x00\x00\x01\x00\x00\x00\x00"),
        BYTES("\x13\x00\x00\x00\x00\x00\x00\x00\x00"),
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        void *made;
        assert_int_equal(set_up(&made), 0);
        assert_false(browser(made, wrong[i]));
        (void)tear_down(&made);
    }
}

static void test_what_a_device_must_not_say_is_refused(void **state)
{
    (void)state;
    const struct slice wrong[] = {
        BYTES("HTTP/1.1 400"),
        BYTES("\x10\x01\x00\x00KVMR"),
        BYTES("\x14\x00\x00\x00\x04\x00\x00\x00\x00"),
        BYTES("\x11\x00\x00\x00\x01\x00\x10\x01\x57\x01\x00\x00\x00\x14\x00\x00\x00\x04\x00\x00\x00"
              "\x00"),
        BYTES("\x11\x00\x00\x00\x01\x00\x10\x01\x57\x01\x00\x00\x00\x14\x01\x00\x00\x04\xFF\xFF\xFF"
              "\x7F"),
        BYTES("\x11\x00\x00\x00\x01\x00\x10\x01\x57\x01\x00\x00\x00\x14\x00\x00\x00\x00\x01\x00\x00"
              "\x00\x01"),
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        void *made;
        assert_int_equal(set_up(&made), 0);
        assert_true(browser(made, start_kvm));
        assert_false(device(made, wrong[i]));
        (void)tear_down(&made);
    }
}

static void test_device_may_not_speak_first(void **state)
{
    struct world *w = *state;
    assert_false(device(w, started));
    assert_int_equal(w->err.code, ERROR_PROTOCOL);
}

static void test_without_credentials_logins_pass_as_they_are(void **state)
{
    struct world *w = *state;
    struct redir_interceptor *plain = redir_interceptor_new(CNONCE);
    const struct slice own = BYTES("\x13\x00\x00\x00\x01\x04\x00\x00\x00\x01u\x01p");
    assert_true(redir_interceptor_browser(plain, start_kvm, &w->to_device, &w->err));
    assert_true(redir_interceptor_device(plain, started, &w->to_browser, &w->err));
    buffer_clear(&w->to_device);
    assert_true(redir_interceptor_browser(plain, own, &w->to_device, &w->err));
    assert_sent(&w->to_device, own);
    assert_true(redir_interceptor_device(plain, BYTES("\x14\x00\x00\x00\x01\x00\x00\x00\x00"),
                                         &w->to_browser, &w->err));
    assert_int_equal(redir_interceptor_state(plain), REDIR_OPEN);
    redir_interceptor_free(plain);
}

static void test_a_browser_that_gives_up_is_heard(void **state)
{
    struct world *w = *state;
    assert_true(browser(w, start_kvm));
    buffer_clear(&w->to_device);
    assert_true(browser(w, BYTES("\x12\x00\x00\x00trailing")));
    assert_sent(&w->to_device, BYTES("\x12\x00\x00\x00"));
    assert_int_equal(redir_interceptor_state(w->interceptor), REDIR_ENDED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_login_gets_the_devices_credentials),
        TEST(test_anything_passes_once_it_is_open),
        TEST(test_messages_may_be_split_anywhere),
        TEST(test_all_of_the_browsers_part_may_come_at_once),
        TEST(test_older_digest_is_answered_without_qop),
        TEST(test_refused_credentials_are_the_end),
        TEST(test_nobody_gets_a_second_try),
        TEST(test_browser_never_sees_a_secret),
        TEST(test_longest_user_fits),
        TEST(test_refusal_of_a_device_passes),
        TEST(test_kind_is_known_before_there_is_a_device),
        TEST(test_what_a_browser_must_not_say_is_refused),
        TEST(test_what_a_device_must_not_say_is_refused),
        TEST(test_device_may_not_speak_first),
        TEST(test_without_credentials_logins_pass_as_they_are),
        TEST(test_a_browser_that_gives_up_is_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
