#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* A whole life, with every message a device sends. The owner opens two channels as soon as it may
 * (ids 4 and 5), so what the device says does not depend on when. */
#define PROLOGUE                                                                      \
    "d0 00000001" WIRE_VERSION WIRE_SERVICE_AUTH                                      \
    "32 00000005 'admin' 00000012 'pfwd@amt.intel.com' 00000004 'none'" WIRE_USERAUTH \
    "d0 00000002" WIRE_SERVICE_PFWD                                                   \
    WIRE_FORWARD(WIRE_16992) WIRE_FORWARD(WIRE_5900) "d3 0000001e 00000000"
#define EPILOGUE                                                                                \
    "5b 00000005 00000002 00000100 ffffffff"                                                    \
    "5c 00000006 00000004 00*8 "                                                                \
    "5b 00000004 00000001 00002000 ffffffff"                                                    \
    "5e 00000004 00000005 'HTTP/'"                                                              \
    "5e 00000004 00000000"                                                                      \
    "5e 00000005 0000000a 'RFB 004.00'"                                                         \
    "5e 00000004 00000003 '1.1'"                                                                \
    "5e 00000063 00000004 'lost'"                                                               \
    "5d 00000004 000001f3"                                                                      \
    "5a 0000000c 'direct-tcpip' 00000003 00002000 ffffffff 00000000 00000000 00000000 00000000" \
    "50 00000019 'udp-send-to@amt.intel.com' 00 00000001 'a' 000000a2 00000000 0000026f "       \
    "00000005 'alert'"                                                                          \
    "50 00000005 'hello' 01" WIRE_CANCEL(WIRE_16992) "d0 deadbeef d1 00000000"                  \
                                                     "61 00000004 61 00000063"                  \
                                                     "5e 00000005 00000002 'ok'"                \
                                                     "01 0000000b 0000"

#define HEARD                                                                                    \
    "version 1.0 trigger 1 " WIRE_GUID "\n"                                                      \
    "authenticate admin P@ssw0rd\n"                                                              \
    "keepalive\n"                                                                                \
    "forward pc1 16992\n"                                                                        \
    "forward pc1 5900\n"                                                                         \
    "options 30 0\n"                                                                             \
    "channel 1 opened\n"                                                                         \
    "channel 2 closed connection: the device refused a channel to port 5900: resource shortage " \
    "(4)\n"                                                                                      \
    "channel 0 opened\n"                                                                         \
    "channel 0 data HTTP/\n"                                                                     \
    "channel 1 data RFB 004.00\n"                                                                \
    "channel 0 data 1.1\n"                                                                       \
    "channel 0 credit 8691\n"                                                                    \
    "udp a:162 from :623 alert\n"                                                                \
    "cancel pc1 16992\n"                                                                         \
    "keepalive\n"                                                                                \
    "channel 0 closed\n"                                                                         \
    "channel 1 data ok\n"                                                                        \
    "channel 1 closed connection: the device disconnected: by application (11)\n"                \
    "closed connection: the device disconnected: by application (11)\n"

#define SENT_BEFORE                                                                              \
    "d1 00000001" WIRE_ACCEPT_AUTH "33 00000008 'password' 0000 34 d1 00000002" WIRE_ACCEPT_PFWD \
    "51 00004260 51 0000170c d2 0000001e 00000000"
#define SENT_OPEN(id, port, origin)                                                   \
    "5a 0000000f 'forwarded-tcpip' 000000" id " 00014000 ffffffff 00000000 0000" port \
    " 00000007 '1.2.3.4' 0000" origin " "
#define SENT_AFTER "5c 00000003 00000001 00*8 52 51 d1 deadbeef 61 00000001"

static void open_three(struct rig *rig)
{
    rig_open(rig, 16992);
    rig_open(rig, 5900);
    rig_open(rig, 5900);
}

static void check_life(struct rig *rig)
{
    rig_expect(rig, SENT_BEFORE SENT_OPEN("04", "4260", "0404") SENT_OPEN("05", "170c", "0405")
                        SENT_OPEN("06", "170c", "0406") SENT_AFTER);
    rig_heard(rig, HEARD);
    assert_int_equal(apf_session_ignored(rig->session), 4);
}

static void fill(struct buffer *b, const char *wire)
{
    buffer_init(b, WIRE_LIMIT);
    wire_put(b, wire);
}

/* Feeds pieces of `step` bytes; the first has `first`. */
static void feed_in_pieces(struct rig *rig, struct slice bytes, size_t first, size_t step)
{
    size_t at = 0;
    while (at < bytes.size) {
        struct slice piece =
            slice_first(slice_from(bytes, at), at == 0 && first > 0 ? first : step);
        (void)rig_feed_slice(rig, piece);
        at += piece.size;
    }
}

static void live(size_t first, size_t step)
{
    struct buffer before;
    struct buffer after;
    struct rig *rig = rig_new(NULL);
    fill(&before, PROLOGUE);
    fill(&after, EPILOGUE);
    feed_in_pieces(rig, buffer_slice(&before), first, step);
    open_three(rig);
    feed_in_pieces(rig, buffer_slice(&after), first, step);
    check_life(rig);
    buffer_fini(&before);
    buffer_fini(&after);
    rig_free(rig);
}

static void coalesced_messages_are_understood(void **state)
{
    (void)state;
    live(0, WIRE_LIMIT);
}

static void one_byte_at_a_time_is_understood(void **state)
{
    (void)state;
    live(0, 1);
}

static void pieces_of_any_size_are_understood(void **state)
{
    (void)state;
    for (size_t step = 2; step < 120; step++)
        live(0, step);
}

static void a_cut_at_any_byte_is_understood(void **state)
{
    (void)state;
    for (size_t cut = 1; cut < 700; cut++)
        live(cut, WIRE_LIMIT);
}

static void the_login_can_be_cut_twice_anywhere(void **state)
{
    (void)state;
    struct buffer login;
    fill(&login, WIRE_VERSION WIRE_SERVICE_AUTH WIRE_USERAUTH WIRE_SERVICE_PFWD);
    struct slice all = buffer_slice(&login);
    for (size_t a = 1; a < all.size; a += 3) {
        for (size_t b = a + 1; b < all.size; b += 5) {
            struct rig *rig = rig_new(NULL);
            assert_true(rig_feed_slice(rig, slice_first(all, a)));
            assert_true(rig_feed_slice(rig, slice_first(slice_from(all, a), b - a)));
            assert_true(rig_feed_slice(rig, slice_from(all, b)));
            rig_expect(rig, WIRE_WELCOME);
            rig_free(rig);
        }
    }
    buffer_fini(&login);
}

static void nothing_is_a_piece_too(void **state)
{
    (void)state;
    struct rig *rig = rig_new(NULL);
    assert_true(rig_feed_slice(rig, (struct slice){NULL, 0}));
    assert_true(rig_feed(rig, "c0"));
    assert_true(rig_feed_slice(rig, (struct slice){NULL, 0}));
    assert_int_equal(apf_session_state(rig->session), APF_START);
    rig_free(rig);
}

/* The payload is handed over before it is complete. */
static void data_does_not_wait_for_its_end(void **state)
{
    (void)state;
    struct rig *rig = rig_new(NULL);
    rig_login(rig);
    struct rig_channel *c = rig_opened(rig, "00000001 00002000");
    assert_true(rig_feed(rig, "5e 00000004 00010000 'begin'"));
    rig_heard(rig, "channel 0 data begin\n");
    assert_true(rig_feed(rig, "61*1000"));
    assert_int_equal(buffer_size(&c->received), 1005);
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(coalesced_messages_are_understood),
        cmocka_unit_test(one_byte_at_a_time_is_understood),
        cmocka_unit_test(pieces_of_any_size_are_understood),
        cmocka_unit_test(a_cut_at_any_byte_is_understood),
        cmocka_unit_test(the_login_can_be_cut_twice_anywhere),
        cmocka_unit_test(nothing_is_a_piece_too),
        cmocka_unit_test(data_does_not_wait_for_its_end),
    };
    return cmocka_run_group_tests_name("apf split", tests, NULL, NULL);
}
