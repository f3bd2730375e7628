#include "../apf/wire.h"

#include "redir/rfb_decoder.h"
#include "redir/rfb_viewer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct redir_rfb_viewer *viewer;
static struct redir_screen screen;
static struct buffer out;

static int begin(void **state)
{
    (void)state;
    viewer = redir_rfb_viewer_new();
    memset(&screen, 0, sizeof screen);
    buffer_init(&out, WIRE_LIMIT);
    return 0;
}

static int end(void **state)
{
    (void)state;
    redir_rfb_viewer_free(viewer);
    redir_screen_fini(&screen);
    buffer_fini(&out);
    return 0;
}

static bool says(const char *wire)
{
    struct buffer b;
    struct error err = {0};
    buffer_init(&b, WIRE_LIMIT);
    wire_put(&b, wire);
    bool ok = redir_rfb_viewer_feed(viewer, buffer_slice(&b), &err);
    assert_true(ok || err.code == ERROR_PROTOCOL);
    buffer_fini(&b);
    return ok;
}

static struct slice heard(void)
{
    buffer_clear(&out);
    redir_rfb_viewer_take(viewer, &screen, &out);
    return buffer_slice(&out);
}

/* What ui-toolkit says (spec webui 2.2): no user, no password, and an empty uri. */
#define START      "10 01 00 00 'KVMR' "
#define QUERY      "13 00 00 00 00 00000000 "
#define FIRST      "13 00 00 00 04 08000000 00 00 00 00 00 00 00 00 "
#define STARTED    "11 00 00 00 01 00 10 01 57 01 00 00 00 "
#define OFFER      "14 00 00 00 00 01000000 04 "
#define LOGGED     "14 00 00 00 04 00000000 "
#define FORMAT     "10 10 00 01 001f 003f 001f 0b 05 00 000000 "
#define INIT(size) size " " FORMAT " 00000010 'Intel(r) AMT KVM' "
#define ENCODINGS  "02 00 0004 00000010 00000000 00000444 ffffff21 "
#define RGB332     "00 000000 08 08 00 01 0007 0007 0003 05 02 00 000000 "

static void log_in(void)
{
    assert_true(says(START));
    wire_assert(heard(), STARTED);
    assert_true(says(QUERY));
    wire_assert(heard(), OFFER);
    assert_true(says(FIRST));
    /* A challenge of the size that devices send: 0x4e bytes. */
    struct slice challenge = heard();
    assert_int_equal(challenge.size, 9 + 0x4e);
    wire_assert(slice_first(challenge, 10), "14 01 00 00 04 4e000000 27");
    wire_assert(slice_from(challenge, challenge.size - 5), "04 'auth'");
    assert_true(says("13 00 00 00 04 0c000000 00 00 00 00 04 'abcd' 00 00 00"));
    wire_assert(heard(), LOGGED);
}

static void open_rfb(void)
{
    log_in();
    assert_true(says("40 00*7"));
    wire_assert(heard(), "41 00*7 'RFB 003.008' 0a");
    assert_true(says("'RFB 003.008' 0a"));
    wire_assert(heard(), "01 01");
    assert_true(says("01"));
    wire_assert(heard(), "00000000");
    assert_true(says("01"));
}

static void show(uint16_t width, uint16_t height, const char *pixels)
{
    struct buffer b;
    buffer_init(&b, WIRE_LIMIT);
    wire_put(&b, pixels);
    assert_true(redir_screen_make(&screen, width, height, REDIR_RFB_RGB565, NULL));
    assert_int_equal(buffer_size(&b), screen.stride * height);
    memcpy(screen.pixels, buffer_slice(&b).data, buffer_size(&b));
    buffer_fini(&b);
    redir_rfb_viewer_sized(viewer, width, height);
}

static void a_viewer_is_let_in_and_told_the_screen(void **state)
{
    (void)state;
    redir_rfb_viewer_sized(viewer, 800, 600);
    open_rfb();
    wire_assert(heard(), INIT("0320 0258"));
}

static void it_waits_until_the_size_is_known(void **state)
{
    (void)state;
    open_rfb();
    wire_assert(heard(), "");
    redir_rfb_viewer_sized(viewer, 800, 600);
    wire_assert(heard(), INIT("0320 0258"));
}

static void everything_may_come_at_once_or_byte_by_byte(void **state)
{
    (void)state;
    static const char all[] = START QUERY FIRST FIRST "40 00*7 'RFB 003.008' 0a 01 01 " ENCODINGS;
    struct buffer b;
    buffer_init(&b, WIRE_LIMIT);
    wire_put(&b, all);
    redir_rfb_viewer_sized(viewer, 800, 600);
    assert_true(says(all));
    size_t whole = heard().size;
    redir_rfb_viewer_free(viewer);
    viewer = redir_rfb_viewer_new();
    redir_rfb_viewer_sized(viewer, 800, 600);
    for (size_t i = 0; i < buffer_size(&b); i++)
        assert_true(redir_rfb_viewer_feed(viewer, slice_of(buffer_slice(&b).data + i, 1), NULL));
    assert_int_equal(heard().size, whole);
    buffer_fini(&b);
}

static void the_first_update_is_all_of_the_screen(void **state)
{
    (void)state;
    show(4, 1, "0100 0200 0100 0100");
    open_rfb();
    (void)heard();
    /* The first request of ui-toolkit is for changes already. */
    assert_true(says(ENCODINGS "03 01 0000 0000 0004 0001"));
    wire_assert(heard(), "00 00 0001 0000 0000 0004 0001 00000010 0000000d 789c 00 0600 f9ff "
                         "02 0100 0200 40");
    wire_assert(heard(), "");
    /* Nothing is sent before it is asked for, nor when nothing changed. */
    screen.pixels[0] = 2;
    redir_rfb_viewer_drawn(viewer, &(struct redir_rect){0, 0, 1, 1});
    wire_assert(heard(), "");
    assert_true(says("03 01 0000 0000 0004 0001"));
    wire_assert(heard(), "00 00 0001 0000 0000 0004 0001 00000010 0000000b 00 0600 f9ff "
                         "02 0200 0100 30");
    assert_true(says("03 01 0000 0000 0004 0001"));
    wire_assert(heard(), "");
    redir_rfb_viewer_drawn(viewer, &(struct redir_rect){0, 0, 1, 1});
    assert_true(heard().size > 0);
    assert_true(says("03 00 0000 0000 0004 0001"));
    assert_true(heard().size > 0);
}

static void it_comes_in_the_format_that_is_asked_for(void **state)
{
    (void)state;
    show(3, 1, "00f8 e007 1f00"); /* red, green, blue */
    open_rfb();
    (void)heard();
    assert_true(says("02 00 0001 00000000 " RGB332 "03 00 0000 0000 0003 0001"));
    wire_assert(heard(), "00 00 0001 0000 0000 0003 0001 00000000 e0 1c 03");
    assert_true(says("00 000000 08 08 00 01 00ff 0000 0000 00 00 00 000000 "
                     "03 00 0000 0000 0003 0001"));
    wire_assert(heard(), "00 00 0001 0000 0000 0003 0001 00000000 4c 96 1d");
    assert_false(says("00 000000 20 18 00 01 00ff 00ff 00ff 10 08 00 000000"));
}

static void a_new_size_is_told_before_anything_else(void **state)
{
    (void)state;
    show(4, 1, "0100 0100 0100 0100");
    open_rfb();
    (void)heard();
    assert_true(says(ENCODINGS "03 01 0000 0000 0004 0001"));
    (void)heard();
    show(2, 1, "0700 0700");
    wire_assert(heard(), "");
    assert_true(says("03 01 0000 0000 0004 0001"));
    wire_assert(heard(), "00 00 0001 0000 0000 0002 0001 ffffff21");
    assert_true(says("03 01 0000 0000 0002 0001"));
    wire_assert(heard(), "00 00 0001 0000 0000 0002 0001 00000010 00000008 00 0300 fcff 01 0700");
}

/* Gives the decoder all that the viewer has to send, a piece at a time, as often as there is some.
 */
static unsigned deliver(struct redir_rfb_decoder *decoder)
{
    unsigned pieces = 0;
    struct error err = {0};
    for (struct slice piece = heard(); piece.size > 0; piece = heard(), pieces++) {
        assert_true(piece.size <= REDIR_RFB_VIEWER_PIECE);
        if (!redir_rfb_decoder_feed(decoder, piece, &err))
            fail_msg("%s", err.text);
    }
    return pieces;
}

static void begin_decoding(struct redir_rfb_decoder **decoder)
{
    static const struct redir_rfb_events none = {0};
    struct buffer b;
    *decoder = redir_rfb_decoder_new(&none, NULL);
    redir_rfb_decoder_draw(*decoder, true);
    buffer_init(&b, WIRE_LIMIT);
    wire_put(&b, "'RFB 003.008' 0a 01 01 00000000");
    assert_true(redir_rfb_decoder_feed(*decoder, buffer_slice(&b), NULL));
    buffer_fini(&b);
}

/* A screen of every kind of tile: flat, a few colours, many, and noise. */
static void make_motley(uint16_t width, uint16_t height)
{
    uint32_t noise = 1;
    assert_true(redir_screen_make(&screen, width, height, REDIR_RFB_RGB565, NULL));
    for (unsigned y = 0; y < height; y++)
        for (unsigned x = 0; x < width; x++) {
            unsigned kind = x / 64 % 7;
            noise = noise * 1664525 + 1013904223;
            unsigned pixel = kind == 0   ? 5
                             : kind == 1 ? x & 1
                             : kind == 2 ? (x ^ y) & 3
                             : kind == 3 ? (x * y) % 13
                             : kind == 4 ? x / 3 % 90
                             : kind == 5 ? (x < 340) * 300u + y / 5
                                         : noise >> 16;
            redir_rfb_pixel_put(REDIR_RFB_RGB565, pixel,
                                redir_screen_at(&screen, (uint16_t)x, (uint16_t)y));
        }
    redir_rfb_viewer_sized(viewer, width, height);
}

static void what_is_sent_decodes_to_the_same_screen(void **state)
{
    (void)state;
    for (unsigned zrle = 0; zrle < 2; zrle++) {
        struct redir_rfb_decoder *decoder;
        (void)end(NULL);
        (void)begin(NULL);
        begin_decoding(&decoder);
        make_motley(900, 210);
        open_rfb();
        assert_true(says(zrle ? ENCODINGS : "02 00 0001 00000000"));
        assert_true(says("03 01 0000 0000 0384 00d2"));
        assert_true(deliver(decoder) > 1); /* more than one piece has room for */
        const struct redir_screen *drawn = redir_rfb_decoder_screen(decoder);
        assert_true(redir_screen_complete(drawn));
        assert_memory_equal(drawn->pixels, screen.pixels, screen.stride * screen.height);
        redir_rfb_decoder_free(decoder);
    }
}

static void a_screen_that_changes_shape_on_the_way_breaks_nothing(void **state)
{
    (void)state;
    struct redir_rfb_decoder *decoder;
    struct error err = {0};
    begin_decoding(&decoder);
    make_motley(900, 210);
    open_rfb();
    assert_true(says(ENCODINGS "03 01 0000 0000 0384 00d2"));
    struct slice piece = heard();
    assert_true(redir_rfb_decoder_feed(decoder, piece, &err));
    assert_true(redir_rfb_decoder_in_update(decoder));
    make_motley(100, 100);
    (void)deliver(decoder);
    assert_false(redir_rfb_decoder_in_update(decoder));
    assert_int_equal(redir_rfb_decoder_width(decoder), 900);
    assert_true(says("03 01 0000 0000 0384 00d2"));
    (void)deliver(decoder);
    assert_int_equal(redir_rfb_decoder_width(decoder), 100);
    assert_true(says("03 01 0000 0000 0064 0064"));
    (void)deliver(decoder);
    const struct redir_screen *drawn = redir_rfb_decoder_screen(decoder);
    assert_memory_equal(drawn->pixels, screen.pixels, screen.stride * screen.height);
    redir_rfb_decoder_free(decoder);
}

static void what_it_types_is_dropped(void **state)
{
    (void)state;
    show(4, 1, "0100 0100 0100 0100");
    open_rfb();
    (void)heard();
    assert_true(says("04 01 0000 0000ff0d 05 01 0001 0001 06 000000 00000003 'abc' 04 00 0000 "
                     "0000ff0d"));
    wire_assert(heard(), "");
    assert_true(says(ENCODINGS "03 01 0000 0000 0004 0001"));
    assert_true(heard().size > 0);
}

static void other_beginnings_are_refused(void **state)
{
    (void)state;
    static const char *const beginnings[] = {
        "10 00 00 00 'SOL '",
        "00",
        START "13 00 00 00 01 02000000 00 00",
        START "13 00 00 00 04 ffffffff",
        START FIRST FIRST "10",
        START FIRST FIRST "41 00*7",
        START FIRST FIRST "40 00*7 'RFB 003.003' 0a",
        START FIRST FIRST "40 00*7 'RFB 003.008' 0a 01 01 07",
        START FIRST FIRST "40 00*7 'RFB 003.008' 0a 01 01 06 000000 ffffffff",
    };
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++) {
        bool ok = says(beginnings[i]) && says("00*7");
        if (ok)
            fail_msg("%s", beginnings[i]);
        (void)end(NULL);
        (void)begin(NULL);
    }
}

static void answers_that_nobody_takes_are_bounded(void **state)
{
    (void)state;
    bool ok = true;
    for (unsigned i = 0; i < 1000 && ok; i++)
        ok = says(QUERY);
    assert_false(ok);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_viewer_is_let_in_and_told_the_screen, begin, end),
        cmocka_unit_test_setup_teardown(it_waits_until_the_size_is_known, begin, end),
        cmocka_unit_test_setup_teardown(everything_may_come_at_once_or_byte_by_byte, begin, end),
        cmocka_unit_test_setup_teardown(the_first_update_is_all_of_the_screen, begin, end),
        cmocka_unit_test_setup_teardown(it_comes_in_the_format_that_is_asked_for, begin, end),
        cmocka_unit_test_setup_teardown(a_new_size_is_told_before_anything_else, begin, end),
        cmocka_unit_test_setup_teardown(what_is_sent_decodes_to_the_same_screen, begin, end),
        cmocka_unit_test_setup_teardown(a_screen_that_changes_shape_on_the_way_breaks_nothing,
                                        begin, end),
        cmocka_unit_test_setup_teardown(what_it_types_is_dropped, begin, end),
        cmocka_unit_test_setup_teardown(other_beginnings_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(answers_that_nobody_takes_are_bounded, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
