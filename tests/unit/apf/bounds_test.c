#include "rig.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Given by the sanitizers' runtime; without them malloc itself is asked. */
extern size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static size_t allocated(void)
{
    if (__sanitizer_get_current_allocated_bytes != NULL)
        return __sanitizer_get_current_allocated_bytes();
    return mallinfo2().uordblks;
}

static void say_nothing(void *owner, struct slice user, struct slice password)
{
    (void)user;
    (void)password;
    apf_session_admit(*(struct apf_session **)owner, true);
}

/* 100,000 of them are held by one process. */
static void an_idle_session_is_one_small_allocation(void **state)
{
    (void)state;
    static const struct apf_session_events events = {.authenticate = say_nothing};
    static const struct apf_session_options options;
    static const struct apf_channel_events channel_events;
    struct apf_session *session = NULL;
    struct buffer out;
    struct buffer login;
    buffer_init(&out, WIRE_LIMIT);
    buffer_init(&login, WIRE_LIMIT);
    assert_non_null(buffer_reserve(&login, 8192)); /* so that it does not grow meanwhile */
    wire_put(&login, WIRE_LOGIN WIRE_FORWARD(WIRE_16992) WIRE_FORWARD(WIRE_5900));
    size_t before = allocated();
    session = apf_session_new(&options, &out, &events, &session);
    for (size_t i = 0; i < buffer_size(&login); i++)
        assert_true(apf_session_feed(session, slice_of(login.bytes + i, 1)));
    struct apf_channel *channel = apf_channel_open(session, 16992, &channel_events, NULL, NULL);
    assert_non_null(channel);
    buffer_clear(&login);
    wire_put(&login, "5b 00000004 00000001 00002000 ffffffff 5e 00000004 00001000 61*4096 "
                     "61 00000004 d0 00000001");
    for (size_t i = 0; i < buffer_size(&login); i++)
        assert_true(apf_session_feed(session, slice_of(login.bytes + i, 1)));
    buffer_clear(&out);
    buffer_release(&out);
    size_t held = allocated() - before;
    assert_true(held > 0 && held <= 300);
    apf_session_free(session);
    buffer_fini(&out);
    buffer_fini(&login);
}

static void a_session_frees_whatever_it_holds(void **state)
{
    (void)state;
    static const char *const before[] = {
        "", "c0 0000", WIRE_VERSION WIRE_SERVICE_AUTH "32 00000005 'admin' 00000800",
        WIRE_LOGIN WIRE_FORWARD(WIRE_16992) "5e 00000004 00000010 'abc'"};
    apf_session_free(NULL);
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        struct rig *rig = rig_new(NULL);
        assert_true(rig_feed(rig, before[i]));
        if (apf_session_forwards(rig->session, 16992)) {
            rig_open(rig, 16992);
            apf_channel_close(rig_open(rig, 16992)->channel);
        }
        buffer_clear(&rig->log);
        rig->line_of_data = -1;
        rig_free(rig); /* the leak checker has the last word */
    }
}

/* MPS waits for ever for the end of an announced string, and copies all of it at each piece. */
static void an_oversized_length_ends_the_session(void **state)
{
    (void)state;
    static const struct {
        const char *before;
        const char *wire;
        const char *part;
    } cases[] = {
        {WIRE_VERSION, "05 00000801", "SERVICE_REQUEST: its service name"},
        {WIRE_VERSION WIRE_SERVICE_AUTH, "32 ffffffff", "USERAUTH_REQUEST: its user name"},
        {WIRE_VERSION WIRE_SERVICE_AUTH, "32 00000001 'a' 80000000",
         "USERAUTH_REQUEST: its service name"},
        {WIRE_VERSION WIRE_SERVICE_AUTH, "32 00000001 'a' 00000001 'b' 00000801",
         "USERAUTH_REQUEST: its method"},
        {WIRE_VERSION WIRE_SERVICE_AUTH,
         "32 00000001 'a' 00000001 'b' 00000008 'password' 00 00000801",
         "USERAUTH_REQUEST: its password"},
        {WIRE_LOGIN, "50 00000801", "GLOBAL_REQUEST: its request name"},
        {WIRE_LOGIN, "50 0000000d 'tcpip-forward' 01 7fffffff", "GLOBAL_REQUEST: its address"},
        {WIRE_LOGIN,
         "50 00000019 'udp-send-to@amt.intel.com' 01 00000000 000000a2 00000000 0000026f 00000801",
         "GLOBAL_REQUEST: its data"},
        {WIRE_LOGIN, "5a 00000801", "CHANNEL_OPEN: its channel type"},
        {WIRE_LOGIN, "5e 00000004 00100001", "CHANNEL_DATA: its data"},
        {WIRE_LOGIN, "5e 00000004 ffffffff", "CHANNEL_DATA: its data"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int bytewise = 0; bytewise < 2; bytewise++) {
            struct rig *rig = rig_new(NULL);
            struct buffer bytes;
            buffer_init(&bytes, WIRE_LIMIT);
            wire_put(&bytes, cases[i].wire);
            assert_true(rig_feed(rig, cases[i].before));
            buffer_clear(&rig->out);
            struct slice all = buffer_slice(&bytes);
            for (size_t at = 0; bytewise != 0 && at + 1 < all.size; at++)
                assert_true(rig_feed_slice(rig, slice_first(slice_from(all, at), 1)));
            assert_false(rig_feed_slice(rig, bytewise != 0 ? slice_from(all, all.size - 1) : all));
            rig_expect(rig, "01 00000002 0000");
            rig_ended(rig, "closed protocol:", cases[i].part);
            buffer_fini(&bytes);
            rig_free(rig);
        }
    }
}

static void the_longest_credentials_are_taken(void **state)
{
    (void)state;
    struct rig *rig = rig_new(NULL);
    struct buffer bytes;
    buffer_init(&bytes, WIRE_LIMIT);
    wire_put(&bytes, WIRE_VERSION WIRE_SERVICE_AUTH "32 00000800 61*2048 00000012 "
                                                    "'pfwd@amt.intel.com' 00000008 'password' 00 "
                                                    "00000800 62*2048 " WIRE_SERVICE_PFWD);
    struct slice all = buffer_slice(&bytes);
    for (size_t i = 0; i < all.size; i++)
        assert_true(rig_feed_slice(rig, slice_first(slice_from(all, i), 1)));
    rig_expect(rig, WIRE_WELCOME);
    buffer_fini(&bytes);
    rig_free(rig);
}

static void a_flood_while_credentials_are_checked_ends_the_session(void **state)
{
    (void)state;
    static const size_t steps[] = {1, 5, 1000, 8256, 8257, 100000};
    static uint8_t flood[100000];
    memset(flood, APF_KEEPALIVE_REQUEST, sizeof flood);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct rig *rig = rig_new(NULL);
        rig->verdict = RIG_WAIT;
        assert_true(rig_feed(rig, WIRE_VERSION WIRE_SERVICE_AUTH WIRE_USERAUTH));
        buffer_clear(&rig->out);
        size_t before = allocated();
        size_t kept = 0;
        while (rig_feed_slice(rig, slice_of(flood, steps[i]))) {
            kept += steps[i];
            assert_true(allocated() - before <= 2 * 8256);
        }
        assert_true(kept <= 8256 && kept + steps[i] > 8256);
        rig_expect(rig, "01 00000002 0000");
        rig_ended(rig, "closed protocol:", "in the state CHECKING");
        apf_session_admit(rig->session, true);
        rig_expect(rig, "");
        rig_free(rig);
    }
}

/* Only USERAUTH_REQUEST can be long before authentication, and it is bounded. */
static void a_device_that_stalls_holds_little(void **state)
{
    (void)state;
    struct rig *rig = rig_new(NULL);
    assert_true(rig_feed(rig, WIRE_VERSION WIRE_SERVICE_AUTH));
    size_t before = allocated();
    assert_true(rig_feed(rig, "32 00000800 61*2048 00000800 62*2048 00000008 'password' 00 "
                              "00000800 63*2047"));
    assert_true(allocated() - before <= 2 * 8256);
    rig_free(rig);
}

static void nothing_is_heard_after_the_end(void **state)
{
    (void)state;
    struct rig *rig = rig_new(NULL);
    rig_login(rig);
    assert_false(rig_feed(rig, "01 00000001 0000" WIRE_LOGIN));
    buffer_clear(&rig->log);
    assert_false(rig_feed(rig, "d0 00000001"));
    assert_false(rig_feed(rig, WIRE_VERSION));
    apf_session_ping(rig->session, 1);
    apf_session_disconnect(rig->session, APF_BY_APPLICATION);
    rig_expect(rig, "");
    rig_heard(rig, "");
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_idle_session_is_one_small_allocation),
        cmocka_unit_test(a_session_frees_whatever_it_holds),
        cmocka_unit_test(an_oversized_length_ends_the_session),
        cmocka_unit_test(the_longest_credentials_are_taken),
        cmocka_unit_test(a_flood_while_credentials_are_checked_ends_the_session),
        cmocka_unit_test(a_device_that_stalls_holds_little),
        cmocka_unit_test(nothing_is_heard_after_the_end),
    };
    return cmocka_run_group_tests_name("apf bounds", tests, NULL, NULL);
}
