/* The screen as RFB carries it: the recorded session of spec device-protocols 3.1 byte by byte, and
 * what the other rules of section 3 say. */
#include "sim/rfb_server.h"

#include "core/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

struct view {
    struct sim_screen *screen;
    struct sim_rfb rfb;
    struct buffer sent;
    size_t queued;
    uint32_t symbol;
    bool down;
    uint16_t x, y;
    uint8_t buttons;
};

static void on_send(void *owner, struct slice bytes)
{
    struct view *view = owner;
    assert_true(bytes.size > 0);
    buffer_put(&view->sent, bytes);
}

static size_t on_queued(void *owner)
{
    return ((struct view *)owner)->queued;
}

static void on_key(void *owner, bool down, uint32_t symbol)
{
    struct view *view = owner;
    view->down = down;
    view->symbol = symbol;
}

static void on_pointer(void *owner, uint8_t buttons, uint16_t x, uint16_t y)
{
    struct view *view = owner;
    view->buttons = buttons;
    view->x = x;
    view->y = y;
}

static const struct sim_rfb_events events = {on_send, on_queued, on_key, on_pointer};

static int set_up(void **state)
{
    struct view *view = calloc(1, sizeof(*view));
    buffer_init(&view->sent, 16 * 1024 * 1024);
    view->screen = sim_screen_new(800, 600);
    sim_rfb_init(&view->rfb, view->screen, "004.000", &events, view);
    *state = view;
    return 0;
}

static int tear_down(void **state)
{
    struct view *view = *state;
    sim_rfb_fini(&view->rfb);
    sim_screen_free(view->screen);
    buffer_fini(&view->sent);
    free(view);
    return 0;
}

static void send_hex(struct view *view, const char *hex)
{
    uint8_t bytes[256];
    size_t size = 0, at = 0;
    for (; hex[0] != '\0'; hex += 2) {
        char pair[3] = {hex[0], hex[1], 0};
        assert_true(size < sizeof(bytes));
        bytes[size++] = (uint8_t)strtoul(pair, NULL, 16);
    }
    while (at < size && !view->rfb.finished) {
        size_t used = sim_rfb_take(&view->rfb, slice_of(bytes + at, size - at));
        assert_true(used > 0);
        at += used;
    }
    sim_rfb_step(&view->rfb);
}

/* Expects these bytes next, and takes them. */
static void got(struct view *view, const char *hex)
{
    size_t size = strlen(hex) / 2;
    struct slice sent = buffer_slice(&view->sent);
    assert_true(sent.size >= size);
    for (size_t i = 0; i < size; i++) {
        char pair[3] = {hex[2 * i], hex[2 * i + 1], 0};
        if (sent.data[i] != strtoul(pair, NULL, 16))
            fail_msg("byte %zu of %s is %02x", i, hex, sent.data[i]);
    }
    buffer_consume(&view->sent, size);
}

static void got_nothing(const struct view *view)
{
    assert_int_equal(buffer_size(&view->sent), 0);
}

static void shake_hands(struct view *view)
{
    got(view, "524642203030342E3030300A");
    send_hex(view, "524642203030332E3030380A");
    got(view, "020180");
    send_hex(view, "01");
    got(view, "00000000");
    send_hex(view, "01");
    got(view, "0320025810100001001F003F001F0B050000000000000010496E74656C28722920414D54204B564D");
}

#define ENCODINGS              \
    "020000040000001000000000" \
    "00000444"                 \
    "FFFFFF21"
#define RGB332  "0000000008080001000700070003050200000000"
#define ASK     "03010000000003200258"
#define ASK_ALL "03000000000003200258"

static void the_recorded_session_comes_out_byte_by_byte(void **state)
{
    struct view *view = *state;
    shake_hands(view);
    send_hex(view, ENCODINGS);
    send_hex(view, RGB332);
    send_hex(view, "060000000000000D"
                   "004B766D457874436D6400"
                   "0400");
    got_nothing(view);
    send_hex(view, ASK);
    got(view, "02");
    got(view, "0300000000000010"
              "004B766D446174614368616E6E656C00");
    got(view, "00000082");
    got(view, "00000000004000400000001000000009"
              "789C"
              "000200FDFF0100");
    got(view, "00400000004000400000001000000007"
              "000200FDFF0100");
    for (unsigned tile = 2; tile < 12; tile++)
        buffer_consume(&view->sent, 23);
    got(view, "03000000002000400000001000000007"
              "000200FDFF0100"); /* 32 wide at the edge */
    buffer_consume(&view->sent, (size_t)(130 - 13 - 1) * 23);
    got(view, "03000240002000180000001000000007"
              "000200FDFF0100"); /* and 24 high at the end */
    got_nothing(view);
    send_hex(view, "060000000000002C"
                   "004B766D446174614368616E6E656C00"
                   "7B22616374696F6E223A2270726573656E74222C22766572223A317D");
    send_hex(view, ASK);
    got_nothing(view);
    assert_false(view->rfb.finished);
}

static void an_incremental_request_waits_for_a_change(void **state)
{
    struct view *view = *state;
    shake_hands(view);
    send_hex(view, ENCODINGS RGB332 ASK);
    buffer_clear(&view->sent);
    send_hex(view, ASK);
    sim_rfb_step(&view->rfb);
    got_nothing(view);
    sim_screen_set(view->screen, 70, 1, SIM_WHITE);
    sim_screen_set(view->screen, 70, 1, SIM_BLACK);
    assert_true(sim_rfb_ready(&view->rfb));
    sim_rfb_step(&view->rfb);
    got(view, "00000001"
              "00400000004000400000001000000007"
              "000200FDFF0100");
    sim_screen_set(view->screen, 70, 1, SIM_WHITE);
    sim_rfb_step(&view->rfb); /* nobody has asked for it */
    got_nothing(view);
    send_hex(view, ASK);
    got(view, "00000001"
              "0040000000400040");
    buffer_clear(&view->sent);
    send_hex(view, ASK_ALL); /* changed or not */
    got(view, "00000082");
}

static void make_noise(struct view *view)
{
    uint32_t seed = 1;
    for (unsigned i = 0; i < 800 * 600; i++) {
        seed = seed * 1664525u + 1013904223u;
        sim_screen_set(view->screen, i % 800, i / 800, (uint8_t)(seed >> 16));
    }
}

static void a_client_that_does_not_read_costs_nothing(void **state)
{
    struct view *view = *state;
    make_noise(view);
    shake_hands(view);
    view->queued = 1u << 20;
    send_hex(view, ENCODINGS ASK);
    got(view, "02");
    got(view, "0300000000000010"
              "004B766D446174614368616E6E656C00");
    got_nothing(view);
    view->queued = 0;
    struct slice sent;
    do {
        size_t before = buffer_size(&view->sent);
        view->queued = 0;
        assert_true(sim_rfb_ready(&view->rfb));
        view->queued = 32767; /* room for one more piece */
        sim_rfb_step(&view->rfb);
        sent = buffer_slice(&view->sent);
        assert_true(sent.size - before <= 1024 * 32768);
    } while (view->rfb.remaining > 0);
    assert_int_equal(sent.size, 4 + 130 * 12 + 800 * 600 * 2); /* noise: all of it RAW */
}

/* A transport that has room until it has taken `queued` bytes. */
static size_t full_at(void *owner)
{
    const struct view *view = owner;
    return buffer_size(&view->sent) < view->queued ? 0 : SIZE_MAX;
}

/* Asks for the whole picture and sends `wishes` after the first piece of the update; returns its
 * size. */
static size_t update_during(struct view *view, const char *wishes)
{
    buffer_clear(&view->sent);
    view->queued = 1;
    send_hex(view, ASK_ALL);
    send_hex(view, wishes);
    assert_true(view->rfb.remaining > 0);
    view->queued = SIZE_MAX;
    sim_rfb_step(&view->rfb);
    assert_int_equal(view->rfb.remaining, 0);
    return buffer_size(&view->sent);
}

/* Where in the stream a client's wishes arrive, it cannot know. */
static void wishes_hold_from_the_next_update_on(void **state)
{
    static const struct sim_rfb_events slow = {on_send, full_at, on_key, on_pointer};
    struct view *view = *state;
    size_t wide = 4 + 130 * 12 + 800 * 600 * 2, narrow = 4 + 130 * 12 + 800 * 600;
    make_noise(view);
    shake_hands(view);
    send_hex(view, ENCODINGS ASK);
    view->rfb.events = &slow;
    assert_int_equal(update_during(view, RGB332), wide);
    assert_int_equal(update_during(view, "0200000100000000"), narrow);
    sim_screen_fill(view->screen, 0, 0, 800, 600, SIM_BLACK);
    assert_int_equal(update_during(view, ENCODINGS), narrow); /* raw was all that it took */
    buffer_clear(&view->sent);
    send_hex(view, ASK_ALL);
    assert_int_equal(buffer_size(&view->sent), 4 + 130 * 23 + 2); /* ZRLE */
}

static void with_back_to_back_mode_one_request_is_enough(void **state)
{
    struct view *view = *state;
    view->rfb.pushes = true;
    shake_hands(view);
    sim_screen_set(view->screen, 1, 1, SIM_WHITE);
    sim_rfb_step(&view->rfb); /* but there must be one */
    got_nothing(view);
    send_hex(view, ENCODINGS RGB332 ASK);
    buffer_clear(&view->sent);
    for (unsigned turn = 0; turn < 3; turn++) {
        sim_rfb_step(&view->rfb);
        got_nothing(view); /* never an empty one */
        sim_screen_set(view->screen, 70, 1, turn % 2 == 0 ? SIM_WHITE : SIM_BLACK);
        sim_rfb_step(&view->rfb);
        got(view, "00000001"
                  "0040000000400040");
        buffer_clear(&view->sent);
    }
}

static void other_pixel_formats_end_it(void **state)
{
    static const char *const formats[] = {
        "00000000201800010"
        "0FF00FF00FF100800000000",                  /* 32 bits, as a browser would like them */
        "0000000010100101001F003F001F0B0500000000", /* big-endian */
        "0000000010100000001F003F001F0B0500000000", /* a colour map */
        "0000000010100001001F001F001F0A0500000000", /* 5/5/5 */
        "000000000808000100FF00000000000000000000", /* grey, which this firmware lacks */
    };
    struct view *view = *state;
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        view->rfb.finished = false;
        view->rfb.state = SIM_RFB_RUNNING;
        send_hex(view, formats[i]);
        assert_true(view->rfb.finished);
    }
    view->rfb.finished = false;
    view->rfb.greys = true;
    send_hex(view, formats[4]);
    send_hex(view, "0000000008040001000F00000000000000000000");
    assert_false(view->rfb.finished);
    assert_int_equal(view->rfb.next_pixels, SIM_RFB_GREY4);
}

static void a_picture_too_large_for_16_bits_has_8(void **state)
{
    struct view *view = *state;
    sim_rfb_fini(&view->rfb);
    sim_screen_resize(view->screen, 3840, 2160);
    buffer_clear(&view->sent);
    sim_rfb_init(&view->rfb, view->screen, "003.008", &events, view);
    got(view, "524642203030332E3030380A");
    send_hex(view, "524642203030332E3030380A"
                   "01"
                   "01");
    got(view, "020180"
              "00000000"
              "0F000870"
              "080800010007000700030502000000");
    send_hex(view, "0000000010100001001F003F001F0B0500000000");
    assert_true(view->rfb.finished);
}

static void another_mode_is_told_before_it_is_shown(void **state)
{
    struct view *view = *state;
    shake_hands(view);
    send_hex(view, ENCODINGS RGB332 ASK);
    buffer_clear(&view->sent);
    send_hex(view, ASK);
    sim_screen_resize(view->screen, 1024, 768);
    sim_rfb_step(&view->rfb);
    got(view, "00000001"
              "0000000004000300FFFFFF21");
    got_nothing(view);
    send_hex(view, "03000000000004000300");
    got(view, "000000C0"); /* 16 by 12 tiles */
}

static void a_mode_that_a_client_cannot_follow_ends_it(void **state)
{
    struct view *view = *state;
    shake_hands(view);
    send_hex(view, "0200000100000010" RGB332 ASK);
    sim_screen_resize(view->screen, 1024, 768);
    send_hex(view, ASK);
    assert_true(view->rfb.finished);
}

/* The data of the first rectangle, which must be ZRLE. */
static struct slice first_stream(struct view *view)
{
    const uint8_t *sent = buffer_slice(&view->sent).data;
    assert_int_equal(sent[15], 16);
    return slice_of(sent + 20, (size_t)sent[18] << 8 | sent[19]);
}

static void compression_is_switched_on_and_off_in_the_same_stream(void **state)
{
    struct view *view = *state;
    uint8_t out[16384];
    z_stream inflater = {0};
    assert_int_equal(inflateInit(&inflater), Z_OK);
    shake_hands(view);
    send_hex(view, ENCODINGS RGB332 "03010000000000400040");
    buffer_consume(&view->sent, 1 + 24);
    for (unsigned turn = 0; turn < 6; turn++) {
        struct slice data = first_stream(view);
        inflater.next_in = (uint8_t *)(uintptr_t)data.data;
        inflater.avail_in = (uInt)data.size;
        inflater.next_out = out;
        inflater.avail_out = sizeof(out);
        assert_int_equal(inflate(&inflater, Z_SYNC_FLUSH), Z_OK);
        assert_int_equal(inflater.avail_in, 0);
        assert_int_equal(sizeof(out) - inflater.avail_out, turn == 0 ? 2 : 1 + 2 + 8 * 64);
        buffer_clear(&view->sent);
        send_hex(view, turn % 2 == 0 ? "060000000000000D004B766D457874436D64000401"
                                     : "060000000000000D004B766D457874436D64000400");
        send_hex(view, "060000000000000C004B766D457874436D640003");
        got(view, turn % 2 == 0 ? "030000000000000D004B766D457874436D64000301"
                                : "030000000000000D004B766D457874436D64000300");
        sim_screen_set(view->screen, turn * 2 + 1, turn * 3, SIM_WHITE);
        for (unsigned i = 0; i < 64 * 64; i++) /* too lively for runs */
            sim_screen_set(view->screen, i % 64, i / 64, (i ^ turn) & 1 ? SIM_WHITE : SIM_BLACK);
        send_hex(view, "03010000000000400040");
    }
    (void)inflateEnd(&inflater);
}

static void extensions_answer_what_is_asked(void **state)
{
    struct view *view = *state;
    shake_hands(view);
    send_hex(view, "060000000000000C004B766D457874436D640001");
    got(view, "030000000000000E004B766D457874436D6400010100");
    send_hex(view, "060000000000000D004B766D457874436D64000203");
    got_nothing(view);
    send_hex(view, "060000000000000C004B766D457874436D640001");
    got(view, "030000000000000E004B766D457874436D6400010301");
    send_hex(view, "0600000000000003004B76"
                   "0600000000000000"); /* no extension, and nothing */
    got_nothing(view);
    assert_false(view->rfb.finished);
}

static void keys_and_mouse_reach_the_machine(void **state)
{
    struct view *view = *state;
    shake_hands(view);
    send_hex(view, "040100000000FFBF");
    assert_true(view->down);
    assert_int_equal(view->symbol, 0xFFBF);
    send_hex(view, "0501"
                   "0140"
                   "00F0");
    assert_int_equal(view->buttons, 1);
    assert_int_equal(view->x, 320);
    assert_int_equal(view->y, 240);
}

static void a_machine_without_a_display_closes_after_server_init(void **state)
{
    struct view *view = *state;
    view->rfb.blind = true;
    shake_hands(view);
    assert_true(view->rfb.finished);
}

static void what_is_no_message_ends_it(void **state)
{
    struct view *view = *state;
    send_hex(view, "474554202F20485454502F31");
    assert_true(view->rfb.finished);
    view->rfb.finished = false;
    view->rfb.state = SIM_RFB_SECURITY;
    send_hex(view, "80");
    assert_true(view->rfb.finished);
    view->rfb.finished = false;
    view->rfb.state = SIM_RFB_RUNNING;
    send_hex(view, "07");
    assert_true(view->rfb.finished);
    view->rfb.finished = false;
    send_hex(view, "06000000FFFFFFFF");
    assert_true(view->rfb.finished);
}

#define VIEW_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIEW_TEST(the_recorded_session_comes_out_byte_by_byte),
        VIEW_TEST(an_incremental_request_waits_for_a_change),
        VIEW_TEST(a_client_that_does_not_read_costs_nothing),
        VIEW_TEST(wishes_hold_from_the_next_update_on),
        VIEW_TEST(with_back_to_back_mode_one_request_is_enough),
        VIEW_TEST(other_pixel_formats_end_it),
        VIEW_TEST(a_picture_too_large_for_16_bits_has_8),
        VIEW_TEST(another_mode_is_told_before_it_is_shown),
        VIEW_TEST(a_mode_that_a_client_cannot_follow_ends_it),
        VIEW_TEST(compression_is_switched_on_and_off_in_the_same_stream),
        VIEW_TEST(extensions_answer_what_is_asked),
        VIEW_TEST(keys_and_mouse_reach_the_machine),
        VIEW_TEST(a_machine_without_a_display_closes_after_server_init),
        VIEW_TEST(what_is_no_message_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
