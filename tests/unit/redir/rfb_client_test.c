#include "../apf/wire.h"

#include "io/fiber.h"
#include "io/simulated.h"
#include "redir/rfb_client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A conversation as the specification writes it: what the device sends, and what the client must
 * have said by the time that all of it is read. */
struct line {
    const char *device;
    const char *client;
};

struct script {
    struct io_stream stream;
    const struct line *lines;
    size_t count;
    size_t at;
    size_t piece;
    bool silent; /* after the last line the device says nothing; else it closes */
    struct buffer in;
    struct buffer out;
    struct io_wait never;
};

static bool script_read(struct io_stream *stream, void *to, size_t size, size_t *got,
                        struct error *err)
{
    struct script *s = (struct script *)(void *)stream;
    while (buffer_size(&s->in) == 0 && s->at < s->count) {
        wire_assert(buffer_slice(&s->out), s->lines[s->at].client);
        buffer_clear(&s->out);
        wire_put(&s->in, s->lines[s->at++].device);
    }
    if (buffer_size(&s->in) == 0 && s->silent)
        return io_wait_for(&s->never, IO_FOREVER, err);
    struct slice now = slice_first(slice_first(buffer_slice(&s->in), s->piece), size);
    if (now.size > 0)
        memcpy(to, now.data, now.size);
    *got = now.size;
    buffer_consume(&s->in, now.size);
    return true;
}

static bool script_write(struct io_stream *stream, struct slice bytes, struct error *err)
{
    struct script *s = (struct script *)(void *)stream;
    (void)err;
    buffer_put(&s->out, bytes);
    return true;
}

static void script_close(struct io_stream *stream)
{
    (void)stream;
}

static const struct io_stream_methods methods = {script_read, script_write, script_close};

static struct {
    struct script script;
    struct redir_screen screen;
    struct error err;
    bool ok;
    bool over;
} run;

static void take(void *arg)
{
    (void)arg;
    run.ok = redir_rfb_picture(&run.script.stream, 5000, &run.screen, &run.err);
    run.over = true;
}

static void picture(const struct line *lines, size_t count, size_t piece, bool silent)
{
    struct io_loop *loop = io_simulated_start();
    assert_non_null(loop);
    memset(&run, 0, sizeof run);
    run.script = (struct script){
        .stream = {&methods}, .lines = lines, .count = count, .piece = piece, .silent = silent};
    buffer_init(&run.script.in, WIRE_LIMIT);
    buffer_init(&run.script.out, WIRE_LIMIT);
    assert_true(io_fiber_start(take, NULL, NULL));
    io_simulated_run();
    if (silent)
        io_simulated_advance(5001);
    assert_true(run.over);
    io_simulated_stop();
    buffer_fini(&run.script.in);
    buffer_fini(&run.script.out);
}
#define PICTURE(lines, piece, silent) picture(lines, sizeof lines / sizeof *lines, piece, silent)

static void assert_failed(enum error_code code, const char *why)
{
    assert_false(run.ok);
    assert_null(run.screen.pixels);
    if (run.err.code != code || strstr(run.err.text, why) == NULL)
        fail_msg("%s: %s", error_name(run.err.code), run.err.text);
}

/* The recorded handshake of spec device-protocols 3.1, with a smaller screen. */
#define OPEN                 \
    {                        \
        "41 00*7", "40 00*7" \
    }
#define HELLO                  \
    {                          \
        "'RFB 004.000' 0a", "" \
    }
#define CHOICE                         \
    {                                  \
        "02 01 80", "'RFB 003.008' 0a" \
    }
#define AGREED           \
    {                    \
        "00000000", "01" \
    }
#define SCREEN(size)                                                                          \
    {                                                                                         \
        size " 10 10 00 01 001f 003f 001f 0b 05 00 000000  00000010 'Intel(r) AMT KVM'", "01" \
    }
#define ENCODINGS "02 00 0004 00000010 00000000 00000444 ffffff21 "
#define RGB332    "00 000000 08 08 00 01 0007 0007 0003 05 02 00 000000 "

static const struct line whole[] = {
    OPEN,
    HELLO,
    CHOICE,
    AGREED,
    SCREEN("0042 0002"),
    {"02 03 000000 00000010 00'KvmDataChannel'00", ENCODINGS "03 00 0000 0000 0042 0002"},
    {"00 00 0002 0000 0000 0040 0002 00000010 0000000a 789c 00 0300 fcff 01 00f8 "
     "0040 0000 0002 0002 00000000 0100 0200 0300 0400",
     ""},
};

static void assert_whole(void)
{
    if (!run.ok)
        fail_msg("%s", run.err.text);
    assert_int_equal(run.screen.format, REDIR_RFB_RGB565);
    assert_int_equal(run.screen.width, 66);
    assert_int_equal(run.screen.height, 2);
    assert_int_equal(redir_screen_at(&run.screen, 63, 1)[1], 0xf8);
    assert_int_equal(redir_screen_at(&run.screen, 65, 1)[0], 4);
    redir_screen_fini(&run.screen);
}

static void a_picture_is_one_full_update(void **state)
{
    (void)state;
    PICTURE(whole, 4096, false);
    assert_whole();
}

static void it_may_come_in_any_pieces(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 20; piece++) {
        PICTURE(whole, piece, false);
        assert_whole();
    }
}

static void the_opening_may_come_with_the_first_of_rfb(void **state)
{
    (void)state;
    struct line lines[sizeof whole / sizeof *whole - 1];
    memcpy(lines, whole + 1, sizeof lines);
    lines[0] = (struct line){"41 00*7 'RFB 004.000' 0a", "40 00*7"};
    PICTURE(lines, 4096, false);
    assert_whole();
}

static void a_screen_too_large_for_sixteen_bits_comes_in_eight(void **state)
{
    (void)state;
    static const struct line lines[] = {
        OPEN,
        HELLO,
        CHOICE,
        AGREED,
        SCREEN("0f00 0960"),
        {"00 00 0001 0000 0000 0001 0001 00000000 07",
         ENCODINGS RGB332 "03 00 0000 0000 0f00 0960"},
    };
    PICTURE(lines, 4096, true);
    assert_failed(ERROR_TIMEOUT, "in time");
}

static void a_new_size_is_asked_for_as_a_whole(void **state)
{
    (void)state;
    static const struct line lines[] = {
        OPEN,
        HELLO,
        CHOICE,
        AGREED,
        SCREEN("0f00 0960"),
        {"00 00 0001 0000 0000 0002 0001 ffffff21", ENCODINGS RGB332 "03 00 0000 0000 0f00 0960"},
        {"00 00 0001 0000 0000 0002 0001 00000000 1122 3344",
         "00 000000 10 10 00 01 001f 003f 001f 0b 05 00 000000 03 00 0000 0000 0002 0001"},
    };
    PICTURE(lines, 4096, false);
    assert_true(run.ok);
    wire_assert(slice_of(run.screen.pixels, 4), "11223344");
    redir_screen_fini(&run.screen);
}

static void a_picture_in_parts_is_waited_for(void **state)
{
    (void)state;
    static const struct line lines[] = {
        OPEN,
        HELLO,
        CHOICE,
        AGREED,
        SCREEN("0002 0001"),
        {"00 00 0001 0000 0000 0001 0001 00000000 1122", ENCODINGS "03 00 0000 0000 0002 0001"},
        {"00 00 0001 0001 0000 0001 0001 00000000 3344", "03 01 0000 0000 0002 0001"},
    };
    PICTURE(lines, 4096, false);
    assert_true(run.ok);
    wire_assert(slice_of(run.screen.pixels, 4), "11223344");
    redir_screen_fini(&run.screen);
}

static void a_device_that_hangs_up_says_why_by_when(void **state)
{
    (void)state;
    static const struct line bare[] = {OPEN};
    static const struct line start[] = {OPEN, HELLO};
    static const struct line dark[] = {OPEN, HELLO, CHOICE, AGREED, SCREEN("0042 0002")};
    static const struct line none[] = {OPEN, HELLO, CHOICE, AGREED, SCREEN("0000 0000")};
    PICTURE(bare, 4096, false);
    assert_failed(ERROR_DEVICE, "elsewhere");
    PICTURE(start, 4096, false);
    assert_failed(ERROR_DEVICE, "at its start");
    PICTURE(dark, 4096, false);
    assert_failed(ERROR_DEVICE, "no display");
    PICTURE(none, 4096, false);
    assert_failed(ERROR_DEVICE, "no display");
    PICTURE(whole, 4096, false);
    assert_whole();
    picture(whole, sizeof whole / sizeof *whole - 1, 4096, true);
    assert_failed(ERROR_TIMEOUT, "in time");
}

static void half_a_frame_is_no_picture(void **state)
{
    (void)state;
    struct line lines[sizeof whole / sizeof *whole];
    memcpy(lines, whole, sizeof lines);
    lines[6].device = "00 00 0002 0000 0000 0040 0002 00000010 0000000a 789c 00 0300 fcff 01 00f8 "
                      "0040 0000 0002 0002 00000000 0100 0200";
    PICTURE(lines, 4096, false);
    assert_failed(ERROR_DEVICE, "while it drew");
}

static void other_answers_are_refused(void **state)
{
    (void)state;
    static const struct line unopened[] = {{"14 00*8", "40 00*7"}};
    static const struct line locked[] = {OPEN, HELLO, {"01 02", "'RFB 003.008' 0a"}};
    static const struct line denied[] = {OPEN, HELLO, CHOICE, {"00000001 00000004 'busy'", "01"}};
    PICTURE(unopened, 4096, false);
    assert_failed(ERROR_PROTOCOL, "14");
    PICTURE(locked, 4096, false);
    assert_failed(ERROR_UNSUPPORTED, "login");
    PICTURE(denied, 4096, false);
    assert_failed(ERROR_DEVICE, "busy");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_picture_is_one_full_update),
        cmocka_unit_test(it_may_come_in_any_pieces),
        cmocka_unit_test(the_opening_may_come_with_the_first_of_rfb),
        cmocka_unit_test(a_screen_too_large_for_sixteen_bits_comes_in_eight),
        cmocka_unit_test(a_new_size_is_asked_for_as_a_whole),
        cmocka_unit_test(a_picture_in_parts_is_waited_for),
        cmocka_unit_test(a_device_that_hangs_up_says_why_by_when),
        cmocka_unit_test(half_a_frame_is_no_picture),
        cmocka_unit_test(other_answers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
