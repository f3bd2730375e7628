#include "../apf/wire.h"

#include "redir/rfb_format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* As in the recorded session of spec device-protocols 3.1, and 3.2 for the grey ones. */
static const char *const wires[REDIR_RFB_FORMATS] = {
    [REDIR_RFB_RGB565] = "10 10 00 01 001f 003f 001f 0b 05 00 000000",
    [REDIR_RFB_RGB332] = "08 08 00 01 0007 0007 0003 05 02 00 000000",
    [REDIR_RFB_GREY8] = "08 08 00 01 00ff 0000 0000 00 00 00 000000",
    [REDIR_RFB_GREY4] = "08 04 00 01 000f 0000 0000 00 00 00 000000",
};

static bool read(const char *wire, enum redir_rfb_format *format)
{
    struct buffer b;
    buffer_init(&b, 64);
    wire_put(&b, wire);
    bool known = redir_rfb_format_read(buffer_slice(&b), format);
    buffer_fini(&b);
    return known;
}

static void the_four_formats_are_known_and_written(void **state)
{
    (void)state;
    for (unsigned i = 0; i < REDIR_RFB_FORMATS; i++) {
        enum redir_rfb_format format = REDIR_RFB_FORMATS;
        struct buffer b;
        assert_true(read(wires[i], &format));
        assert_int_equal(format, i);
        buffer_init(&b, 64);
        redir_rfb_format_put(&b, format);
        wire_assert(buffer_slice(&b), wires[i]);
        buffer_fini(&b);
    }
}

static void other_formats_are_not(void **state)
{
    (void)state;
    static const char *const others[] = {
        "20 18 00 01 00ff 00ff 00ff 10 08 00 000000", /* 32 bits, which firmware hangs up at */
        "10 10 01 01 001f 003f 001f 0b 05 00 000000", /* big-endian */
        "10 10 00 00 001f 003f 001f 0b 05 00 000000", /* a colour map */
        "10 0f 00 01 001f 001f 001f 0a 05 00 000000", /* 5-5-5 */
        "08 08 00 01 0003 0007 0007 00 02 05 000000", /* BGR */
        "08 08 00 01 0007 0007 0003 05 02 00 0000",   /* short */
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        enum redir_rfb_format format;
        assert_false(read(others[i], &format));
    }
}

static void assert_colour(enum redir_rfb_format format, uint8_t low, uint8_t high, unsigned red,
                          unsigned green, unsigned blue)
{
    const uint8_t at[2] = {low, high};
    struct redir_colour c = redir_rfb_colour(format, redir_rfb_pixel(format, at));
    assert_int_equal(c.red, red);
    assert_int_equal(c.green, green);
    assert_int_equal(c.blue, blue);
}

static void colours_are_stretched_to_eight_bits(void **state)
{
    (void)state;
    assert_colour(REDIR_RFB_RGB565, 0xff, 0xff, 255, 255, 255);
    assert_colour(REDIR_RFB_RGB565, 0x00, 0xf8, 255, 0, 0);
    assert_colour(REDIR_RFB_RGB565, 0xe0, 0x07, 0, 255, 0);
    assert_colour(REDIR_RFB_RGB565, 0x1f, 0x00, 0, 0, 255);
    assert_colour(REDIR_RFB_RGB565, 0x10, 0x84, 132, 130, 132);
    assert_colour(REDIR_RFB_RGB332, 0xe0, 0, 255, 0, 0);
    assert_colour(REDIR_RFB_RGB332, 0x1c, 0, 0, 255, 0);
    assert_colour(REDIR_RFB_RGB332, 0x03, 0, 0, 0, 255);
    assert_colour(REDIR_RFB_RGB332, 0x49, 0, 73, 73, 85);
    assert_colour(REDIR_RFB_GREY8, 0x7b, 0, 123, 123, 123);
    assert_colour(REDIR_RFB_GREY4, 0x0f, 0, 255, 255, 255);
    assert_colour(REDIR_RFB_GREY4, 0xf1, 0, 17, 17, 17);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_four_formats_are_known_and_written),
        cmocka_unit_test(other_formats_are_not),
        cmocka_unit_test(colours_are_stretched_to_eight_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
