/* Messages of an IDE redirection session, byte by byte (spec device-protocols 2.4, meshcentral
 * 3.2). */
#include "redir/ider_message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct buffer out;

static int begin(void **state)
{
    (void)state;
    buffer_init(&out, 65536);
    return 0;
}

static int end(void **state)
{
    (void)state;
    buffer_fini(&out);
    return 0;
}

static void assert_sent_bytes(const void *bytes, size_t size)
{
    assert_true(buffer_ok(&out));
    assert_int_equal(buffer_size(&out), size);
    assert_memory_equal(buffer_slice(&out).data, bytes, size);
    buffer_clear(&out);
}

#define ASSERT_SENT(literal) assert_sent_bytes(literal, sizeof(literal) - 1)

#define ZEROS_12 "\0\0\0\0\0\0\0\0\0\0\0\0"

static void the_opening_asks_for_the_times_that_all_clients_ask_for(void **state)
{
    (void)state;
    redir_ider_put_open(&out, 0, 30000, 0, 20000);
    ASSERT_SENT("\x40\0\0\0\0\0\0\0\x30\x75\0\0\x20\x4E\x01\0\0\0");
}

static void features_and_plain_messages(void **state)
{
    (void)state;
    redir_ider_put_features(&out, 1, 0x19);
    ASSERT_SENT("\x48\0\0\0\x01\0\0\0\x03\x19\0\0\0");
    redir_ider_put_plain(&out, 0x01020304, REDIR_IDER_RESET_REPLY);
    ASSERT_SENT("\x47\0\0\0\x04\x03\x02\x01");
}

static void a_command_ends_well_or_with_sense(void **state)
{
    (void)state;
    struct redir_ider_target cd = {REDIR_DRIVE_CD, true};
    struct redir_ider_target floppy = {REDIR_DRIVE_FLOPPY, false};
    redir_ider_put_end(&out, 2, cd, 0, 0, 0);
    ASSERT_SENT("\x51\0\0\x03\x02\0\0\0" ZEROS_12 "\xC5\x00\x03\0\0\0\xB0\x50\0\0\0");
    redir_ider_put_end(&out, 3, floppy, 5, 0x20, 0);
    ASSERT_SENT("\x51\0\0\x02\x03\0\0\0" ZEROS_12 "\x87\x50\x03\0\0\0\xA0\x51\x05\x20\0");
}

static void data_for_the_host_says_when_it_is_the_last(void **state)
{
    (void)state;
    struct redir_ider_target cd = {REDIR_DRIVE_CD, true};
    struct redir_ider_target floppy = {REDIR_DRIVE_FLOPPY, false};
    redir_ider_put_data(&out, 4, cd, SLICE_LITERAL("abc"), true);
    ASSERT_SENT("\x54\0\0\x03\x04\0\0\0\0\x03\0\0\xB4\0\x02\0\0\0\xB0\x58\x85\0\x03\0\0\0\xB0\x50"
                "\0\0\0\0\0\0"
                "abc");
    redir_ider_put_data(&out, 5, floppy, SLICE_LITERAL("abc"), false);
    ASSERT_SENT("\x54\0\0\x00\x05\0\0\0\0\x03\0\0\xB5\0\x02\0\x03\0\xA0\x58\0\0\0\0\0\0\0\0"
                "\0\0\0\0\0\0"
                "abc");
}

static void data_of_the_host_is_asked_for(void **state)
{
    (void)state;
    redir_ider_put_get_data(&out, 6, (struct redir_ider_target){REDIR_DRIVE_FLOPPY, false}, 0x1000);
    ASSERT_SENT("\x52\0\0\0\x06\0\0\0\0\x00\x10\0\xB5\0\0\0\x00\x10\xA0\x58\0\0\0\0\0\0\0\0\0\0\0");
}

static enum redir_parsed parse(const char *bytes, size_t size, struct redir_ider_message *message)
{
    return redir_ider_parse(slice_of(bytes, size), message, NULL);
}

static const char open_reply[] = "\x41\0\0\0\0\0\0\0\x01\x00\x10\x01\0\0\0\0\x00\x10\x00\x20\0\0"
                                 "\0\0\0\x57\x01\0\0\x02zz";

static void the_answer_to_the_opening(void **state)
{
    (void)state;
    struct redir_ider_message m;
    assert_int_equal(parse(open_reply, sizeof open_reply - 1, &m), REDIR_WHOLE);
    assert_int_equal(m.type, REDIR_IDER_OPEN_REPLY);
    assert_int_equal(m.size, 32);
    assert_int_equal(m.read_buffer, 4096);
    assert_int_equal(m.write_buffer, 8192);
    assert_int_equal(m.protocol, 0);
    assert_int_equal(m.firmware_major, 16);
    for (size_t size = 0; size < 32; size++)
        assert_int_equal(parse(open_reply, size, &m), REDIR_PART);
}

static void a_command_names_its_drive(void **state)
{
    (void)state;
    static const char cd[] = "\x50\0\0\0\x07\0\0\0\x00\x01\x00\x00\x00\x08\x10\xA0"
                             "\x28\0\0\0\0\x10\0\0\x10\0\0\0";
    struct redir_ider_message m;
    assert_int_equal(parse(cd, 28, &m), REDIR_WHOLE);
    assert_int_equal(m.drive, REDIR_DRIVE_CD);
    assert_true(m.dma);
    assert_int_equal(m.sequence, 7);
    assert_memory_equal(m.command, cd + 16, 12);
    assert_int_equal(parse(cd, 27, &m), REDIR_PART);
}

static void sizes_and_types_are_checked(void **state)
{
    (void)state;
    struct redir_ider_message m;
    assert_int_equal(parse("\x53\0\0\0\0\0\0\0\0\x01\x20\0\0\0", 14, &m), REDIR_MALFORMED);
    assert_int_equal(parse("\x53\0\0\0\0\0\0\0\0\x02\x00\0\0\0ab", 16, &m), REDIR_WHOLE);
    assert_true(slice_equal_string(m.data, "ab"));
    assert_int_equal(parse("\x40\0\0\0\0\0\0\0", 8, &m), REDIR_MALFORMED); /* is the client's */
    assert_int_equal(parse("\xFF", 1, &m), REDIR_MALFORMED);
    assert_int_equal(parse("\x4A\0\0\0\x01\0\0\0\x05\0\0", 11, &m), REDIR_WHOLE);
    assert_int_equal(m.code, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_opening_asks_for_the_times_that_all_clients_ask_for,
                                        begin, end),
        cmocka_unit_test_setup_teardown(features_and_plain_messages, begin, end),
        cmocka_unit_test_setup_teardown(a_command_ends_well_or_with_sense, begin, end),
        cmocka_unit_test_setup_teardown(data_for_the_host_says_when_it_is_the_last, begin, end),
        cmocka_unit_test_setup_teardown(data_of_the_host_is_asked_for, begin, end),
        cmocka_unit_test(the_answer_to_the_opening),
        cmocka_unit_test(a_command_names_its_drive),
        cmocka_unit_test(sizes_and_types_are_checked),
    };
    return cmocka_run_group_tests_name("redir/ider_message", tests, NULL, NULL);
}
