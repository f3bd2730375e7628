#include "../apf/wire.h"

#include "redir/recording.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A file made by Python's struct and zlib from the layout of docs/protocol-redirection.md: pictures
 * at 0.1, 2, 10.1 and 10.2 s; the last two are of another size and format. */
static const char whole[] =
    "4f5554424b564d01070000007b2261223a317d010000001f000000640000000000000003000100010001000b"
    "00000078da63606060606660646064620600002f000b020000001b000000d007000000000000030001000100"
    "01000900000078da6364606060044276000021000b0100000020000000742700000000000002000100000001"
    "000c00000078da6360606060626064105432760100017600ae020000001c000000d827000000000000020001"
    "00000001000a00000078da636460606004c2d03400012e00bf0300000020000000e02e000000000000640000"
    "0000000000130000000000000074270000000000006d000000000000000400000010000000e02e0000000000"
    "00c900000000000000e02e000000000000";

#define WHOLE_SIZE 281
#define RECORDS    201 /* where the index begins */

struct file {
    uint8_t bytes[1 << 16];
    size_t size;
};

static struct file file;

static bool read_file(void *owner, uint64_t offset, void *to, size_t size)
{
    struct file *f = owner;
    if (offset > f->size || size > f->size - offset)
        return false;
    if (size > 0)
        memcpy(to, f->bytes + offset, size);
    return true;
}

static void load(const char *hex)
{
    struct buffer b;
    buffer_init(&b, sizeof file.bytes);
    wire_put(&b, hex);
    memcpy(file.bytes, buffer_slice(&b).data, buffer_size(&b));
    file.size = buffer_size(&b);
    buffer_fini(&b);
}

static struct redir_recording *opened(void)
{
    struct error err = {0};
    struct redir_recording *r = redir_recording_open(read_file, &file, file.size, &err);
    if (r == NULL)
        fail_msg("%s", err.text);
    return r;
}

static void shows(struct redir_recording *r, uint64_t time, const char *pixels)
{
    struct redir_screen screen = {0};
    struct error err = {0};
    if (!redir_recording_screen(r, time, &screen, &err))
        fail_msg("at %u: %s", (unsigned)time, err.text);
    wire_assert(slice_of(screen.pixels, screen.stride * screen.height), pixels);
    redir_screen_fini(&screen);
}

static void shows_nothing(struct redir_recording *r, uint64_t time, enum error_code code)
{
    struct redir_screen screen = {0};
    struct error err = {0};
    assert_false(redir_recording_screen(r, time, &screen, &err));
    assert_int_equal(err.code, code);
    assert_null(screen.pixels);
}

static void assert_all(struct redir_recording *r)
{
    shows_nothing(r, 0, ERROR_NOT_FOUND);
    shows_nothing(r, 99, ERROR_NOT_FOUND);
    shows(r, 100, "010203");
    shows(r, 1999, "010203");
    shows(r, 2000, "010703");
    shows(r, 10099, "010703");
    shows(r, 10100, "11223344");
    shows(r, 10200, "11225566");
    shows(r, 99999999, "11225566");
}

static void a_recording_is_sought_by_its_index(void **state)
{
    (void)state;
    load(whole);
    assert_int_equal(file.size, WHOLE_SIZE);
    struct redir_recording *r = opened();
    assert_true(redir_recording_is_whole(r));
    assert_int_equal(redir_recording_duration(r), 12000);
    assert_true(slice_equal_string(redir_recording_about(r), "{\"a\":1}"));
    assert_all(r);
    redir_recording_close(r);
}

static void one_that_was_cut_off_is_read_to_its_last_whole_record(void **state)
{
    (void)state;
    load(whole);
    for (size_t size = RECORDS; size < WHOLE_SIZE; size++) {
        file.size = size;
        struct redir_recording *r = opened();
        assert_false(redir_recording_is_whole(r));
        assert_int_equal(redir_recording_duration(r), 10200);
        assert_all(r);
        redir_recording_close(r);
    }
    for (size_t size = 19; size < RECORDS; size++) {
        struct redir_screen screen = {0};
        file.size = size;
        struct redir_recording *r = opened();
        assert_true(redir_recording_duration(r) < 10200);
        if (redir_recording_screen(r, UINT64_MAX, &screen, NULL))
            redir_screen_fini(&screen);
        redir_recording_close(r);
    }
    for (size_t size = 0; size < 19; size++) {
        struct error err = {0};
        assert_null(redir_recording_open(read_file, &file, size, &err));
        assert_int_equal(err.code, ERROR_INVALID);
    }
}

/* Whatever a single byte of it is, the reader says that it is damaged, or shows something. */
static void damage_is_survived(void **state)
{
    (void)state;
    for (size_t at = 0; at < WHOLE_SIZE; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            load(whole);
            file.bytes[at] = (uint8_t)(file.bytes[at] ^ 1u << bit);
            struct redir_recording *r = redir_recording_open(read_file, &file, file.size, NULL);
            for (uint64_t time = 0; r != NULL && time < 12000; time += 1000) {
                struct redir_screen screen = {0};
                if (redir_recording_screen(r, time, &screen, NULL))
                    redir_screen_fini(&screen);
                assert_null(screen.pixels);
            }
            redir_recording_close(r);
        }
}

static void what_is_written_is_read_again(void **state)
{
    (void)state;
    struct redir_screen screen = {0};
    struct redir_recording_key key = {.time = 5};
    struct buffer out, tiles;
    buffer_init(&out, sizeof file.bytes);
    buffer_init(&tiles, sizeof file.bytes);
    assert_true(redir_screen_make(&screen, 70, 3, REDIR_RFB_RGB565, NULL));
    for (size_t i = 0; i < screen.stride * 3; i++)
        screen.pixels[i] = (uint8_t)(i * 7);
    redir_recording_put_header(&out, SLICE_LITERAL("{}"));
    key.offset = buffer_size(&out);
    for (unsigned column = 0; column < 2; column++) {
        struct redir_rect rect = redir_screen_tile(&screen, column, 0);
        redir_recording_put_tile(&tiles, &screen, &rect);
    }
    struct redir_recording_frame frame = {REDIR_RECORDING_KEY, 5, 70, 3, REDIR_RFB_RGB565, 2,
                                          buffer_slice(&tiles)};
    assert_true(redir_recording_put_frame(&out, &frame, NULL));
    redir_recording_put_end(&out, &key, 1, buffer_size(&out), 77, NULL);
    memcpy(file.bytes, buffer_slice(&out).data, buffer_size(&out));
    file.size = buffer_size(&out);
    struct redir_recording *r = opened();
    struct redir_screen read = {0};
    assert_true(redir_recording_is_whole(r));
    assert_int_equal(redir_recording_duration(r), 77);
    assert_true(redir_recording_screen(r, 5, &read, NULL));
    assert_true(redir_screen_complete(&read));
    assert_memory_equal(read.pixels, screen.pixels, screen.stride * 3);
    redir_recording_close(r);
    redir_screen_fini(&read);
    redir_screen_fini(&screen);
    buffer_fini(&out);
    buffer_fini(&tiles);
}

static void one_that_ended_before_its_session_says_so(void **state)
{
    (void)state;
    load(whole);
    file.bytes[WHOLE_SIZE - 31] = 1;
    struct redir_recording *r = opened();
    assert_true(redir_recording_has_end(r));
    assert_false(redir_recording_is_whole(r));
    assert_int_equal(redir_recording_duration(r), 12000);
    assert_all(r);
    redir_recording_close(r);
    r = redir_recording_open_head(read_file, &file, file.size, NULL);
    assert_non_null(r);
    assert_int_equal(redir_recording_duration(r), 12000);
    assert_true(slice_equal_string(redir_recording_about(r), "{\"a\":1}"));
    shows_nothing(r, 5000, ERROR_NOT_FOUND);
    redir_recording_close(r);
}

/* What stands behind the last picture: INDEX, REASON and END. */
static void it_says_why(void **state)
{
    static const uint8_t foot[] = "\3\0\0\0\0\0\0\0\x4d\0\0\0\0\0\0\0"
                                  "\5\0\0\0\7\0\0\0\x4d\0\0\0\0\0\0\0no room"
                                  "\4\1\7\0\x10\0\0\0\x4d\0\0\0\0\0\0\0"
                                  "\x0e\0\0\0\0\0\0\0\x4d\0\0\0\0\0\0\0";
    struct buffer out;
    (void)state;
    buffer_init(&out, sizeof file.bytes);
    redir_recording_put_header(&out, SLICE_LITERAL("{}"));
    redir_recording_put_end(&out, NULL, 0, buffer_size(&out), 77, "no room");
    assert_memory_equal(buffer_slice(&out).data + 14, foot, sizeof foot - 1);
    memcpy(file.bytes, buffer_slice(&out).data, buffer_size(&out));
    file.size = buffer_size(&out);
    buffer_fini(&out);
    struct redir_recording *r = opened();
    assert_true(redir_recording_has_end(r));
    assert_false(redir_recording_is_whole(r));
    assert_int_equal(redir_recording_duration(r), 77);
    assert_true(slice_equal_string(redir_recording_reason(r), "no room"));
    redir_recording_close(r);
    /* One whose size is another is none. */
    for (unsigned size = 0; size < 0x300; size++) {
        file.bytes[14 + 16 + 16 + 7 + 2] = (uint8_t)size;
        file.bytes[14 + 16 + 16 + 7 + 3] = (uint8_t)(size >> 8);
        r = opened();
        assert_int_equal(redir_recording_has_end(r), size == 7);
        assert_int_equal(redir_recording_reason(r).size, size == 7 ? 7 : 0);
        redir_recording_close(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_recording_is_sought_by_its_index),
        cmocka_unit_test(one_that_was_cut_off_is_read_to_its_last_whole_record),
        cmocka_unit_test(one_that_ended_before_its_session_says_so),
        cmocka_unit_test(it_says_why),
        cmocka_unit_test(damage_is_survived),
        cmocka_unit_test(what_is_written_is_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
