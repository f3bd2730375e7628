#include "../apf/wire.h"

#include "redir/rfb_decoder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A decoder and what it told. */
struct session {
    struct redir_rfb_decoder *decoder;
    char heard[4096];
    size_t heard_size;
    bool begun; /* an update */
};

static void __attribute__((format(printf, 2, 3))) hear(struct session *s, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int size = vsnprintf(s->heard + s->heard_size, sizeof s->heard - s->heard_size, format, args);
    va_end(args);
    assert_true(size >= 0 && s->heard_size + (size_t)size < sizeof s->heard);
    s->heard_size += (size_t)size;
}

static void sized(void *owner, uint16_t width, uint16_t height)
{
    hear(owner, "sized %u %u\n", width, height);
}

static void began(void *owner)
{
    struct session *s = owner;
    assert_false(s->begun);
    s->begun = true;
}

static void drawn(void *owner, const struct redir_rect *r)
{
    assert_true(((struct session *)owner)->begun);
    hear(owner, "drawn %u %u %u %u\n", r->x, r->y, r->width, r->height);
}

static void updated(void *owner)
{
    struct session *s = owner;
    assert_true(s->begun);
    s->begun = false;
    hear(owner, "updated\n");
}

static void bell(void *owner)
{
    hear(owner, "bell\n");
}

static void channel(void *owner, struct slice payload)
{
    hear(owner, "channel '%.*s'\n", SLICE_ARG(payload));
}

static void extension(void *owner, const struct redir_rfb_extension *e)
{
    hear(owner, "extension %u %u %u\n", e->command, e->value, e->state);
}

static const struct redir_rfb_events events = {sized, drawn,   began,    updated,
                                               bell,  channel, extension};

static struct session *session_new(void)
{
    struct session *s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->decoder = redir_rfb_decoder_new(&events, s);
    return s;
}

static void session_free(struct session *s)
{
    redir_rfb_decoder_free(s->decoder);
    free(s);
}

static bool feed(struct session *s, const char *wire, struct error *err)
{
    struct buffer b;
    buffer_init(&b, WIRE_LIMIT);
    wire_put(&b, wire);
    /* An own copy, so that a read past the end is seen. */
    size_t size = buffer_size(&b);
    uint8_t *copy = malloc(size + 1);
    assert_non_null(copy);
    if (size > 0)
        memcpy(copy, buffer_slice(&b).data, size);
    bool taken = redir_rfb_decoder_feed(s->decoder, slice_of(copy, size), err);
    free(copy);
    buffer_fini(&b);
    return taken;
}

static void device(struct session *s, const char *wire)
{
    struct error err = {0};
    if (!feed(s, wire, &err))
        fail_msg("%s", err.text);
}

static void heard(struct session *s, const char *expected)
{
    assert_string_equal(s->heard, expected);
    s->heard_size = 0;
    s->heard[0] = 0;
}

static void breaks(struct session *s, const char *wire, enum error_code code)
{
    struct error err = {0};
    assert_false(feed(s, wire, &err));
    if (err.code != code)
        fail_msg("%s: %s", wire, err.text);
    assert_int_equal(redir_rfb_decoder_phase(s->decoder), REDIR_RFB_FAILED);
    assert_false(feed(s, "02", &err));
    assert_int_equal(err.code, code);
}

/* Up to ServerInit, as in the recorded session of spec device-protocols 3.1, with another size. */
#define HANDSHAKE  "'RFB 004.000' 0a  02 01 80  00000000 "
#define INIT(size) size " 10 10 00 01 001f 003f 001f 0b 05 00 000000  00000010 'Intel(r) AMT KVM' "

/* A session whose screen is of `size`, in RGB332. */
static struct session *running(const char *size)
{
    char init[160];
    struct session *s = session_new();
    snprintf(init, sizeof init, HANDSHAKE INIT("%s"), size);
    device(s, init);
    redir_rfb_decoder_set_format(s->decoder, REDIR_RFB_RGB332);
    s->heard_size = 0;
    s->heard[0] = 0;
    return s;
}

static struct session *drawing(const char *size)
{
    struct session *s = running(size);
    redir_rfb_decoder_draw(s->decoder, true);
    return s;
}

static void assert_screen(const struct session *s, const char *wire)
{
    const struct redir_screen *screen = redir_rfb_decoder_screen(s->decoder);
    assert_non_null(screen);
    assert_non_null(screen->pixels);
    wire_assert(slice_of(screen->pixels, screen->stride * screen->height), wire);
}

static void each_step_of_the_handshake_is_a_phase(void **state)
{
    (void)state;
    struct session *s = session_new();
    assert_int_equal(redir_rfb_decoder_phase(s->decoder), REDIR_RFB_VERSION);
    device(s, "'RFB 004.000' 0a");
    assert_int_equal(redir_rfb_decoder_phase(s->decoder), REDIR_RFB_SECURITY);
    device(s, "02 01 80");
    assert_int_equal(redir_rfb_decoder_phase(s->decoder), REDIR_RFB_RESULT);
    assert_true(redir_rfb_decoder_open(s->decoder));
    device(s, "00000000");
    assert_int_equal(redir_rfb_decoder_phase(s->decoder), REDIR_RFB_INIT);
    heard(s, "");
    device(s, INIT("0320 0258"));
    assert_int_equal(redir_rfb_decoder_phase(s->decoder), REDIR_RFB_RUNNING);
    heard(s, "sized 800 600\n");
    assert_int_equal(redir_rfb_decoder_width(s->decoder), 800);
    assert_int_equal(redir_rfb_decoder_height(s->decoder), 600);
    assert_int_equal(redir_rfb_decoder_format(s->decoder), REDIR_RFB_RGB565);
    assert_null(redir_rfb_decoder_screen(s->decoder));
    session_free(s);
}

static void version_3_8_is_as_good(void **state)
{
    (void)state;
    struct session *s = session_new();
    device(s, "'RFB 003.008' 0a 01 80");
    assert_false(redir_rfb_decoder_open(s->decoder));
    session_free(s);
}

static void what_is_no_rfb_is_refused(void **state)
{
    (void)state;
    static const char *const versions[] = {"'RFB 003.003' 0a", "'HTTP/1.1 200'",
                                           "'RFB 00x.008' 0a", "'RFB 003.008 '",
                                           "'RFB 003-008' 0a", "00*12"};
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        struct session *s = session_new();
        breaks(s, versions[i], ERROR_PROTOCOL);
        session_free(s);
    }
}

static void refusals_carry_their_reason(void **state)
{
    (void)state;
    static const char *const refusals[] = {
        "'RFB 003.008' 0a 00 00000007 'bu' 0a 'sy!!'",
        "'RFB 003.008' 0a 01 01 00000001 00000007 'bu' 0a 'sy!!'"};
    for (size_t i = 0; i < 2; i++) {
        struct error err = {0};
        struct session *s = session_new();
        assert_false(feed(s, refusals[i], &err));
        assert_int_equal(err.code, ERROR_DEVICE);
        assert_non_null(strstr(err.text, "bu?sy!!"));
        session_free(s);
    }
    struct session *s = session_new();
    breaks(s, "'RFB 003.008' 0a 00 00000000", ERROR_DEVICE);
    session_free(s);
    s = session_new();
    breaks(s, "'RFB 003.008' 0a 00 00010001", ERROR_PROTOCOL);
    session_free(s);
}

static void screens_that_cannot_be_are_refused(void **state)
{
    (void)state;
    static const char *const inits[] = {
        HANDSHAKE INIT("ffff ffff"), HANDSHAKE INIT("0000 0258"), HANDSHAKE INIT("2001 0010"),
        /* 32-bit pixels */
        HANDSHAKE "0320 0258 20 18 00 01 00ff 00ff 00ff 10 08 00 000000 00000000",
        /* a name of 4 GB */
        HANDSHAKE "0320 0258 10 10 00 01 001f 003f 001f 0b 05 00 000000 ffffffff"};
    for (size_t i = 0; i < sizeof inits / sizeof *inits; i++) {
        struct session *s = session_new();
        breaks(s, inits[i], ERROR_PROTOCOL);
        session_free(s);
    }
    struct session *s = session_new();
    device(s, HANDSHAKE INIT("0000 0000")); /* nothing is connected */
    breaks(s, "00 00 0001 0000 0000 0001 0001 00000000 00", ERROR_PROTOCOL);
    session_free(s);
}

/* The first two tiles of the recorded session, byte by byte. */
#define RECORDED                                                     \
    "02  03 000000 00000010 00'KvmDataChannel'00  00 00 0002 "       \
    "0000 0000 0040 0040 00000010 00000009 789c 00 0200 fdff 01 00 " \
    "0040 0000 0040 0040 00000010 00000007      00 0200 fdff 01 e0 "
#define RECORDED_HEARD "bell\nchannel ''\ndrawn 0 0 64 64\ndrawn 64 0 64 64\nupdated\n"

static void a_recorded_session_is_drawn(void **state)
{
    (void)state;
    struct session *s = drawing("0320 0258");
    device(s, RECORDED);
    heard(s, RECORDED_HEARD);
    const struct redir_screen *screen = redir_rfb_decoder_screen(s->decoder);
    assert_int_equal(screen->width, 800);
    assert_int_equal(screen->stride, 800);
    assert_int_equal(*redir_screen_at(screen, 63, 63), 0x00);
    assert_int_equal(*redir_screen_at(screen, 64, 0), 0xe0);
    assert_int_equal(*redir_screen_at(screen, 127, 63), 0xe0);
    assert_int_equal(*redir_screen_at(screen, 128, 63), 0);
    assert_int_equal(*redir_screen_at(screen, 64, 64), 0);
    assert_false(redir_screen_complete(screen));
    session_free(s);
}

static void any_split_gives_the_same(void **state)
{
    (void)state;
    struct buffer b;
    buffer_init(&b, WIRE_LIMIT);
    wire_put(&b, RECORDED);
    struct slice all = buffer_slice(&b);
    for (size_t piece = 1; piece < all.size; piece++) {
        struct session *s = drawing("0320 0258");
        for (struct slice rest = all; rest.size > 0; rest = slice_from(rest, piece)) {
            struct slice now = slice_first(rest, piece);
            uint8_t *copy = malloc(now.size);
            assert_non_null(copy);
            memcpy(copy, now.data, now.size);
            assert_true(redir_rfb_decoder_feed(s->decoder, slice_of(copy, now.size), NULL));
            free(copy);
        }
        heard(s, RECORDED_HEARD);
        session_free(s);
    }
    buffer_fini(&b);
}

static void the_handshake_comes_in_any_split(void **state)
{
    (void)state;
    struct buffer b;
    buffer_init(&b, WIRE_LIMIT);
    wire_put(&b, HANDSHAKE INIT("0320 0258"));
    struct slice all = buffer_slice(&b);
    for (size_t piece = 1; piece <= all.size; piece++) {
        struct session *s = session_new();
        for (struct slice rest = all; rest.size > 0; rest = slice_from(rest, piece))
            assert_true(redir_rfb_decoder_feed(s->decoder, slice_first(rest, piece), NULL));
        heard(s, "sized 800 600\n");
        session_free(s);
    }
    buffer_fini(&b);
}

/* Compressed by zlib with one flush per tile: a solid tile, a raw one, and that one once more,
 * which is nothing but a reference to the one before. */
#define TILE_1 "0000 0000 0004 0004 00000010 0000000a 789c 626405000000ffff "
#define TILE_2                               \
    "0004 0000 0004 0004 00000010 00000017 " \
    "621010141216111513979094929691959307000000ffff "
#define TILE_3 "0000 0004 0004 0004 00000010 00000008 c21000000000ffff "

static void one_zlib_stream_goes_through_all_tiles(void **state)
{
    (void)state;
    struct session *s = drawing("0008 0008");
    device(s, "00 00 0002 " TILE_1 TILE_2);
    device(s, "00 00 0001 " TILE_3);
    assert_screen(s, "05*4 10111213  05*4 14151617  05*4 18191a1b  05*4 1c1d1e1f "
                     "10111213 00*4  14151617 00*4  18191a1b 00*4  1c1d1e1f 00*4");
    session_free(s);
}

static void a_session_that_was_followed_can_be_drawn_from_the_middle(void **state)
{
    (void)state;
    struct session *s = running("0008 0008");
    device(s, "00 00 0002 " TILE_1 TILE_2);
    heard(s, "updated\n");
    assert_null(redir_rfb_decoder_screen(s->decoder));
    redir_rfb_decoder_draw(s->decoder, true);
    assert_null(redir_rfb_decoder_screen(s->decoder)->pixels);
    device(s, "00 00 0001 " TILE_3);
    heard(s, "drawn 0 4 4 4\nupdated\n");
    assert_screen(s, "00*32 10111213 00*4  14151617 00*4  18191a1b 00*4  1c1d1e1f 00*4");
    redir_rfb_decoder_draw(s->decoder, false);
    assert_null(redir_rfb_decoder_screen(s->decoder));
    session_free(s);
}

static void drawing_may_begin_and_end_within_a_tile(void **state)
{
    (void)state;
    struct session *s = running("0008 0008");
    device(s, "00 00 0003 0000 0000 0004 0004 00000010 0000000a 789c 6264");
    redir_rfb_decoder_draw(s->decoder, true);
    device(s, "05000000ffff " TILE_2 "0000 0004 0004 0004 00000010 00000008 c210");
    heard(s, "drawn 4 0 4 4\n");
    redir_rfb_decoder_draw(s->decoder, false);
    redir_rfb_decoder_draw(s->decoder, true);
    device(s, "00000000ffff");
    heard(s, "updated\n");
    session_free(s);
}

static void a_stream_without_a_header_is_read_too(void **state)
{
    (void)state;
    struct session *s = drawing("0004 0004");
    device(s, "00 00 0001 0000 0000 0004 0004 00000010 00000007 00 0200 fdff 01 07");
    assert_screen(s, "07*16");
    session_free(s);
}

static void stored_and_compressed_tiles_may_alternate(void **state)
{
    (void)state;
    struct session *s = drawing("0008 0008");
    device(s, "00 00 0001 0000 0000 0004 0004 00000010 00000009 789c 00 0200 fdff 01 07");
    device(s, "00 00 0001 0004 0000 0004 0004 00000010 00000008 626405000000ffff");
    device(s, "00 00 0001 0004 0004 0004 0004 00000010 00000007 00 0200 fdff 01 09");
    assert_screen(s, "07*4 05*4 07*4 05*4 07*4 05*4 07*4 05*4 "
                     "00*4 09*4 00*4 09*4 00*4 09*4 00*4 09*4");
    session_free(s);
}

static void raw_tiles_are_drawn_in_each_format(void **state)
{
    (void)state;
    struct session *s = drawing("0004 0002");
    device(s, "00 00 0001 0001 0000 0002 0002 00000000 01020304");
    assert_screen(s, "00010200 00030400");
    redir_rfb_decoder_set_format(s->decoder, REDIR_RFB_RGB565);
    device(s, "00 00 0001 0001 0000 0002 0002 00000000 0102030405060708");
    assert_screen(s, "0000010203040000 0000050607080000");
    assert_int_equal(redir_rfb_decoder_screen(s->decoder)->format, REDIR_RFB_RGB565);
    redir_rfb_decoder_set_format(s->decoder, REDIR_RFB_GREY4);
    device(s, "00 00 0001 0001 0000 0002 0002 00000000 0102030f");
    assert_screen(s, "00010200 00030f00");
    session_free(s);
}

static void a_format_counts_from_the_next_update_on(void **state)
{
    (void)state;
    struct session *s = drawing("0002 0001");
    device(s, "00 00 0002 0000 0000 0001 0001 00000000 11");
    redir_rfb_decoder_set_format(s->decoder, REDIR_RFB_RGB565);
    device(s, "0001 0000 0001 0001 00000000 22");
    heard(s, "drawn 0 0 1 1\ndrawn 1 0 1 1\nupdated\n");
    assert_true(redir_screen_complete(redir_rfb_decoder_screen(s->decoder)));
    device(s, "00 00 0001 0001 0000 0001 0001 00000000 3344");
    assert_screen(s, "0000 3344");
    session_free(s);
}

static void the_screen_is_complete_when_all_of_it_came(void **state)
{
    (void)state;
    struct session *s = drawing("0042 0002");
    device(s, "00 00 0001 0000 0000 0040 0002 00000000 01*128");
    assert_false(redir_screen_complete(redir_rfb_decoder_screen(s->decoder)));
    device(s, "00 00 0001 0040 0000 0002 0002 00000000 02*4");
    assert_true(redir_screen_complete(redir_rfb_decoder_screen(s->decoder)));
    redir_rfb_decoder_renew(s->decoder);
    assert_false(redir_screen_complete(redir_rfb_decoder_screen(s->decoder)));
    session_free(s);
}

static void a_new_size_begins_a_new_screen(void **state)
{
    (void)state;
    struct session *s = drawing("0004 0002");
    device(s, "00 00 0001 0000 0000 0002 0002 00000000 01020304");
    device(s, "00 00 0001 0000 0000 0002 0001 ffffff21");
    heard(s, "drawn 0 0 2 2\nupdated\nsized 2 1\nupdated\n");
    assert_int_equal(redir_rfb_decoder_width(s->decoder), 2);
    device(s, "00 00 0001 0000 0000 0001 0001 00000000 07");
    assert_screen(s, "0700");
    breaks(s, "00 00 0001 0000 0000 0002 0002 00000000 01020304", ERROR_PROTOCOL);
    session_free(s);
}

static void a_size_that_changes_without_end_is_refused(void **state)
{
    (void)state;
    struct session *s = drawing("0001 0001");
    /* With a picture in between it may. */
    for (unsigned i = 0; i < 100; i++)
        device(s, "00 00 0002 0000 0000 0001 0001 00000000 05 0000 0000 0001 0001 ffffff21");
    s->heard_size = 0;
    for (unsigned i = 0; i < 31; i++)
        device(s, "00 00 0001 0000 0000 2000 10e0 ffffff21");
    breaks(s, "00 00 0002 0000 0000 2000 10e0 ffffff21 0000 0000 2000 10e0 ffffff21",
           ERROR_PROTOCOL);
    session_free(s);
}

static void rectangles_outside_the_screen_are_refused(void **state)
{
    (void)state;
    static const char *const rects[] = {
        "00c1 0000 0040 0040", "0000 00c1 0040 0040", "ffff ffff 0001 0001",
        "0100 0000 0001 0001", "0000 0000 0041 0001", "0000 0000 0001 0041",
        "0000 0000 0000 0001", "0000 0000 0001 0000", "ffff 0000 ffff 0001",
    };
    for (unsigned encoding = 0; encoding < 2; encoding++)
        for (size_t i = 0; i < sizeof rects / sizeof *rects; i++) {
            char wire[80];
            struct session *s = drawing("0100 0100");
            snprintf(wire, sizeof wire, "00 00 0001 %s 000000%02x", rects[i], encoding * 16);
            breaks(s, wire, ERROR_PROTOCOL);
            session_free(s);
        }
}

static void other_encodings_and_messages_are_refused(void **state)
{
    (void)state;
    static const char *const wires[] = {
        "00 00 0001 0000 0000 0001 0001 00000001", /* CopyRect */
        "00 00 0001 0000 0000 0001 0001 00000444", /* the data channel is no rectangle */
        "00 00 0001 0000 0000 0001 0001 ffffff11", /* a cursor */
        "01",                                      /* a colour map */
        "ff",
    };
    for (size_t i = 0; i < sizeof wires / sizeof *wires; i++) {
        struct session *s = running("0100 0100");
        breaks(s, wires[i], ERROR_PROTOCOL);
        session_free(s);
    }
}

static void an_update_draws_no_pixel_three_times(void **state)
{
    (void)state;
    struct session *s = drawing("0002 0001");
    device(s, "00 00 ffff 0000 0000 0002 0001 00000000 0102 0000 0000 0002 0001 00000000 0102");
    breaks(s, "0000 0000 0001 0001 00000000 01", ERROR_PROTOCOL);
    session_free(s);
}

static void tiles_inflate_to_no_more_than_their_pixels(void **state)
{
    (void)state;
    static const char *const tiles[] = {
        /* 12,290 zeros in 35 bytes: one more than a tile of 64 × 64 pixels can take */
        "0000 0000 0040 0040 00000010 00000023 78daecc13101000000c2a0f54f6d0d0fa0000000000000000000"
        "0000807f030000ffff",
        /* 18 bytes for a tile of one pixel take its palette to be believed, 300 do not */
        "0000 0000 0001 0001 00000010 00000133 789c 00 2c01 d3fe 01*300",
        /* 4 GB, 16 KB and nothing are no sizes */
        "0000 0000 0040 0040 00000010 ffffffff",
        "0000 0000 0040 0040 00000010 00004001",
        "0000 0000 0040 0040 00000010 00000000",
    };
    for (unsigned draw = 0; draw < 2; draw++)
        for (size_t i = 0; i < sizeof tiles / sizeof *tiles; i++) {
            char wire[1024];
            struct session *s = running("0100 0100");
            redir_rfb_decoder_draw(s->decoder, draw);
            redir_rfb_decoder_set_format(s->decoder, REDIR_RFB_RGB565);
            snprintf(wire, sizeof wire, "00 00 0001 %s", tiles[i]);
            breaks(s, wire, ERROR_PROTOCOL);
            session_free(s);
        }
}

static void broken_streams_are_refused(void **state)
{
    (void)state;
    static const char *const tiles[] = {
        "00000007 ff 0200 fdff 01 00",       /* no such block */
        "00000007 00 0200 0000 01 00",       /* lengths that do not agree */
        "0000000a 789c 6364 0500 0009 0007", /* the end of the stream (BFINAL) */
        "00000009 7820 00 0200 fdff 01 00",  /* a dictionary, which nobody has */
        "00000008 c21000000000ffff",         /* refers to what was before the beginning */
    };
    for (unsigned draw = 0; draw < 2; draw++)
        for (size_t i = 0; i < sizeof tiles / sizeof *tiles; i++) {
            char wire[160];
            struct session *s = running("0100 0100");
            redir_rfb_decoder_draw(s->decoder, draw);
            snprintf(wire, sizeof wire, "00 00 0001 0000 0000 0004 0004 00000010 %s", tiles[i]);
            breaks(s, wire, ERROR_PROTOCOL);
            session_free(s);
        }
}

static void a_tile_that_is_not_whole_is_refused(void **state)
{
    (void)state;
    struct session *s = drawing("0100 0100");
    breaks(s, "00 00 0001 0000 0000 0004 0004 00000010 00000006 00 0100 feff 01", ERROR_PROTOCOL);
    session_free(s);
    s = drawing("0100 0100");
    breaks(s, "00 00 0001 0000 0000 0004 0004 00000010 00000008 00 0300 fcff 010000",
           ERROR_PROTOCOL);
    session_free(s);
}

static void sixteen_bits_are_too_many_for_a_large_screen(void **state)
{
    (void)state;
    struct session *s = drawing("0f00 0960"); /* 3840 × 2400 */
    device(s, "00 00 0001 0000 0000 0001 0001 00000000 01");
    redir_rfb_decoder_set_format(s->decoder, REDIR_RFB_RGB565);
    breaks(s, "00 00 0001 0000 0000 0001 0001 00000000 0101", ERROR_PROTOCOL);
    session_free(s);
}

static void cut_texts_are_told_apart(void **state)
{
    (void)state;
    struct session *s = running("0100 0100");
    device(s, "03 000000 00000013 00'KvmDataChannel'00'abc'");
    device(s, "03 000000 0000000d 00'KvmExtCmd'00 0301");
    device(s, "03 000000 0000000e 00'KvmExtCmd'00 010203");
    device(s, "03 000000 0000000c 00'KvmExtCmd'00 03"); /* too short to say anything */
    device(s, "03 000000 00000000");
    device(s, "03 000000 00000005 'clips'");
    heard(s, "channel 'abc'\nextension 3 1 0\nextension 1 2 3\n");
    session_free(s);
}

static void a_cut_text_is_bounded(void **state)
{
    (void)state;
    struct session *s = running("0100 0100");
    device(s, "03 000000 00010000 00'KvmDataChannel'00 61*65520 02");
    assert_memory_equal(s->heard, "channel 'aaaa", 13);
    assert_int_equal(s->heard_size, strlen("channel ''\n") + 512 - 16 + strlen("bell\n"));
    breaks(s, "03 000000 00010001", ERROR_PROTOCOL);
    session_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_step_of_the_handshake_is_a_phase),
        cmocka_unit_test(version_3_8_is_as_good),
        cmocka_unit_test(what_is_no_rfb_is_refused),
        cmocka_unit_test(refusals_carry_their_reason),
        cmocka_unit_test(screens_that_cannot_be_are_refused),
        cmocka_unit_test(a_recorded_session_is_drawn),
        cmocka_unit_test(any_split_gives_the_same),
        cmocka_unit_test(the_handshake_comes_in_any_split),
        cmocka_unit_test(one_zlib_stream_goes_through_all_tiles),
        cmocka_unit_test(a_session_that_was_followed_can_be_drawn_from_the_middle),
        cmocka_unit_test(drawing_may_begin_and_end_within_a_tile),
        cmocka_unit_test(a_stream_without_a_header_is_read_too),
        cmocka_unit_test(stored_and_compressed_tiles_may_alternate),
        cmocka_unit_test(raw_tiles_are_drawn_in_each_format),
        cmocka_unit_test(a_format_counts_from_the_next_update_on),
        cmocka_unit_test(the_screen_is_complete_when_all_of_it_came),
        cmocka_unit_test(a_new_size_begins_a_new_screen),
        cmocka_unit_test(a_size_that_changes_without_end_is_refused),
        cmocka_unit_test(rectangles_outside_the_screen_are_refused),
        cmocka_unit_test(other_encodings_and_messages_are_refused),
        cmocka_unit_test(an_update_draws_no_pixel_three_times),
        cmocka_unit_test(tiles_inflate_to_no_more_than_their_pixels),
        cmocka_unit_test(broken_streams_are_refused),
        cmocka_unit_test(a_tile_that_is_not_whole_is_refused),
        cmocka_unit_test(sixteen_bits_are_too_many_for_a_large_screen),
        cmocka_unit_test(cut_texts_are_told_apart),
        cmocka_unit_test(a_cut_text_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
