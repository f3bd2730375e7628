/* SCSI as a drive answers it: bytes from MMC-6, SBC-2, SPC-3 and UFI, and what firmware is known to
 * ask (spec device-protocols 2.4, meshcentral 3.2). */
#include "redir/scsi.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct redir_scsi_answer answer;

static struct redir_drive image_of(uint64_t size, bool writable)
{
    return (struct redir_drive){.size = size, .writable = writable};
}

/* A unit whose host knows of its medium. */
static struct redir_scsi_unit unit_of(enum redir_drive_kind kind, uint64_t size, bool writable)
{
    struct redir_drive image = image_of(size, writable);
    struct redir_scsi_unit unit;
    redir_scsi_unit_init(&unit, kind, &image);
    unit.attention = false;
    return unit;
}

static void ask(struct redir_scsi_unit *unit, const char *bytes)
{
    uint8_t command[REDIR_SCSI_COMMAND_SIZE];
    memcpy(command, bytes, sizeof command);
    redir_scsi_command(unit, command, &answer);
}

#define ASK(unit, bytes) ask(unit, bytes "\0\0\0\0\0\0\0\0\0\0\0")

static void assert_check(uint8_t sense, uint8_t asc, uint8_t ascq)
{
    assert_int_equal(answer.outcome, REDIR_SCSI_CHECK);
    assert_int_equal(answer.sense, sense);
    assert_int_equal(answer.asc, asc);
    assert_int_equal(answer.ascq, ascq);
}

static void assert_data_bytes(const void *bytes, size_t size)
{
    assert_int_equal(answer.outcome, REDIR_SCSI_DATA);
    assert_int_equal(answer.size, size);
    assert_memory_equal(answer.data, bytes, size);
}

#define ASSERT_DATA(literal) assert_data_bytes(literal, sizeof(literal) - 1)

static void assert_extent(enum redir_scsi_outcome outcome, uint64_t offset, uint64_t size)
{
    assert_int_equal(answer.outcome, outcome);
    assert_int_equal(answer.offset, offset);
    assert_int_equal(answer.size, size);
}

static void a_new_medium_is_said_to_be_new_once(void **state)
{
    (void)state;
    struct redir_drive image = image_of(1474560, false);
    struct redir_scsi_unit unit;
    redir_scsi_unit_init(&unit, REDIR_DRIVE_FLOPPY, &image);
    ASK(&unit, "\x00");
    assert_check(6, 0x28, 0);
    ASK(&unit, "\x00");
    assert_int_equal(answer.outcome, REDIR_SCSI_GOOD);
}

static void commands_that_only_look_do_not_take_the_attention(void **state)
{
    (void)state;
    struct redir_drive image = image_of(4096, false);
    struct redir_scsi_unit unit;
    redir_scsi_unit_init(&unit, REDIR_DRIVE_CD, &image);
    ASK(&unit, "\x46\x02\0\0\0\0\0\0\x10\0");
    assert_int_equal(answer.outcome, REDIR_SCSI_DATA);
    ASK(&unit, "\x4A\x01\0\0\x10\0\0\0\x08\0");
    assert_int_equal(answer.outcome, REDIR_SCSI_DATA);
    ASK(&unit, "\x28\0\0\0\0\0\0\0\x01\0");
    assert_check(6, 0x28, 0);
    ASK(&unit, "\x28\0\0\0\0\0\0\0\x01\0");
    assert_extent(REDIR_SCSI_READ, 0, 2048);
}

static void a_drive_without_a_medium_is_not_ready(void **state)
{
    (void)state;
    static const char *const commands[] = {"\x00", "\x08", "\x1E", "\x25", "\x28", "\x43", "\xA8"};
    struct redir_scsi_unit unit;
    redir_scsi_unit_init(&unit, REDIR_DRIVE_CD, NULL);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        char bytes[12] = {commands[i][0]};
        ask(&unit, bytes);
        assert_check(2, 0x3A, 0);
    }
}

static void capacity_is_the_last_block_and_the_block_size(void **state)
{
    (void)state;
    struct redir_scsi_unit cd = unit_of(REDIR_DRIVE_CD, 64u << 20, false);
    struct redir_scsi_unit floppy = unit_of(REDIR_DRIVE_FLOPPY, 1474560, false);
    ASK(&cd, "\x25");
    ASSERT_DATA("\x00\x00\x7F\xFF\x00\x00\x08\x00");
    ASK(&floppy, "\x25");
    ASSERT_DATA("\x00\x00\x0B\x3F\x00\x00\x02\x00");
}

static void an_image_that_ends_within_a_block_has_that_block(void **state)
{
    (void)state;
    struct redir_scsi_unit cd = unit_of(REDIR_DRIVE_CD, 2048 * 3 + 512, false);
    ASK(&cd, "\x25");
    ASSERT_DATA("\x00\x00\x00\x03\x00\x00\x08\x00");
    ASK(&cd, "\x28\0\0\0\0\x03\0\0\x01\0");
    assert_extent(REDIR_SCSI_READ, 2048 * 3, 2048);
}

static void a_capacity_past_32_bits_saturates(void **state)
{
    (void)state;
    struct redir_scsi_unit disk = unit_of(REDIR_DRIVE_FLOPPY, (uint64_t)3 << 40, false);
    ASK(&disk, "\x25");
    ASSERT_DATA("\xFF\xFF\xFF\xFF\x00\x00\x02\x00");
    ASK(&disk, "\x28\0\xFF\xFF\xFF\xFF\0\0\x01\0");
    assert_extent(REDIR_SCSI_READ, (uint64_t)0xFFFFFFFF * 512, 512);
}

static void offsets_have_64_bits(void **state)
{
    (void)state;
    struct redir_scsi_unit cd = unit_of(REDIR_DRIVE_CD, (uint64_t)9 << 30, false);
    ASK(&cd, "\x28\0\x00\x40\x00\x00\0\0\x10\0"); /* block 4,194,304: 8 GB */
    assert_extent(REDIR_SCSI_READ, (uint64_t)8 << 30, 32768);
    ASK(&cd, "\xA8\0\x00\x00\x00\x00\x00\x40\x00\x00\0");
    assert_extent(REDIR_SCSI_READ, 0, (uint64_t)8 << 30);
}

static void no_blocks_are_256_of_read_6_and_none_of_read_10(void **state)
{
    (void)state;
    struct redir_scsi_unit floppy = unit_of(REDIR_DRIVE_FLOPPY, 1474560, false);
    ASK(&floppy, "\x08\x00\x00\x01\x00");
    assert_extent(REDIR_SCSI_READ, 512, 256 * 512);
    ASK(&floppy, "\x08\xE0\x00\x01\x02"); /* the upper three bits are no address */
    assert_extent(REDIR_SCSI_READ, 512, 1024);
    ASK(&floppy, "\x28\0\0\0\0\x01\0\0\0\0");
    assert_int_equal(answer.outcome, REDIR_SCSI_GOOD);
}

static void blocks_past_the_end_are_refused(void **state)
{
    (void)state;
    struct redir_scsi_unit floppy = unit_of(REDIR_DRIVE_FLOPPY, 1474560, true);
    ASK(&floppy, "\x28\0\0\0\x0B\x40\0\0\x01\0");
    assert_check(5, 0x21, 0);
    ASK(&floppy, "\x28\0\0\0\x0B\x3F\0\0\x02\0");
    assert_check(5, 0x21, 0);
    ASK(&floppy, "\x28\0\0\0\x0B\x3F\0\0\x01\0");
    assert_extent(REDIR_SCSI_READ, 2879 * 512, 512);
    ASK(&floppy, "\xA8\0\0\0\0\0\xFF\xFF\xFF\xFF\0");
    assert_check(5, 0x21, 0);
    ASK(&floppy, "\x2A\0\xFF\xFF\xFF\xFF\0\xFF\xFF\0");
    assert_check(5, 0x21, 0);
}

static void writes_go_to_a_writable_disk_only(void **state)
{
    (void)state;
    static const char codes[] = {0x0A, 0x2A, 0x2E};
    struct redir_scsi_unit cd = unit_of(REDIR_DRIVE_CD, 1 << 20, true);
    struct redir_scsi_unit locked = unit_of(REDIR_DRIVE_FLOPPY, 1 << 20, false);
    struct redir_scsi_unit floppy = unit_of(REDIR_DRIVE_FLOPPY, 1 << 20, true);
    for (size_t i = 0; i < sizeof codes; i++) {
        char bytes[12] = {codes[i], 0, 0, 0, 1, 1, 0, 0, 1};
        ask(&cd, bytes);
        assert_check(7, 0x27, 0);
        ask(&locked, bytes);
        assert_check(7, 0x27, 0);
    }
    ASK(&floppy, "\x2A\0\0\0\x01\0\0\0\x08\0");
    assert_extent(REDIR_SCSI_WRITE, 256 * 512, 4096);
    ASK(&floppy, "\x2E\0\0\0\x01\0\0\0\x08\0");
    assert_extent(REDIR_SCSI_WRITE, 256 * 512, 4096);
    ASK(&floppy, "\x0A\0\x01\x00\x01\0");
    assert_extent(REDIR_SCSI_WRITE, 256 * 512, 512);
}

static void format_capacities_are_the_medium_s(void **state)
{
    (void)state;
    struct redir_scsi_unit floppy = unit_of(REDIR_DRIVE_FLOPPY, 1474560, false);
    struct redir_scsi_unit cd = unit_of(REDIR_DRIVE_CD, 1 << 20, false);
    struct redir_scsi_unit empty;
    redir_scsi_unit_init(&empty, REDIR_DRIVE_FLOPPY, NULL);
    ASK(&floppy, "\x23\0\0\0\0\0\0\0\xFC\0");
    ASSERT_DATA("\x00\x00\x00\x08\x00\x00\x0B\x40\x02\x00\x02\x00");
    ASK(&cd, "\x23\0\0\0\0\0\0\0\xFC\0");
    ASSERT_DATA("\x00\x00\x00\x08\x00\x00\x02\x00\x02\x00\x08\x00");
    ASK(&empty, "\x23\0\0\0\0\0\0\0\xFC\0");
    ASSERT_DATA("\x00\x00\x00\x08\x00\x00\x0B\x40\x03\x00\x02\x00");
}

static void mode_pages_of_a_cd(void **state)
{
    (void)state;
    struct redir_scsi_unit cd = unit_of(REDIR_DRIVE_CD, 1 << 20, false);
    ASK(&cd, "\x5A\0\x01\0\0\0\0\0\xFF\0");
    ASSERT_DATA("\x00\x0E\x01\x80\0\0\0\0\x01\x06\x00\xFF\0\0\0\0");
    ASK(&cd, "\x5A\0\x1A\0\0\0\0\0\xFF\0");
    ASSERT_DATA("\x00\x12\x01\x80\0\0\0\0\x1A\x0A\0\0\0\0\0\0\0\0\0\0");
    ASK(&cd, "\x5A\0\x1D\0\0\0\0\0\xFF\0");
    ASSERT_DATA("\x00\x12\x01\x80\0\0\0\0\x1D\x0A\0\0\0\0\0\0\0\0\0\0");
    ASK(&cd, "\x5A\0\x2A\0\0\0\0\0\xFF\0");
    ASSERT_DATA(
        "\x00\x20\x01\x80\0\0\0\0\x2A\x18\0\0\0\0\x20\0\0\0\0\0\0\x80\0\0\0\0\0\0\0\0\0\0\0\0");
    ASK(&cd, "\x5A\0\x3F\0\0\0\0\0\xFF\0");
    assert_int_equal(answer.size, 8 + 8 + 12 + 12 + 26);
    assert_int_equal(answer.data[1], answer.size - 2);
    ASK(&cd, "\x5A\0\x05\0\0\0\0\0\xFF\0");
    assert_check(5, 0x24, 0);
}

static void mode_pages_of_a_disk(void **state)
{
    (void)state;
    struct redir_scsi_unit floppy = unit_of(REDIR_DRIVE_FLOPPY, 1474560, false);
    ASK(&floppy, "\x5A\0\x05\0\0\0\0\0\xFF\0");
    ASSERT_DATA("\x00\x26\x24\x80\0\0\0\0\x05\x1E\x01\xF4\x02\x12\x02\x00\x00\x50\0\0\0\0\0\0\0\0"
                "\0\0\0\0\0\0\0\0\0\0\x02\xD0\0\0");
    ASK(&floppy, "\x5A\0\x3F\0\0\0\0\0\xFF\0");
    assert_int_equal(answer.size, 96); /* pages 1, 3, 5, 8 and B */
    assert_memory_equal(answer.data, "\x00\x5E\x24\x80", 4);
    struct redir_scsi_unit large = unit_of(REDIR_DRIVE_FLOPPY, (uint64_t)246528 * 512, true);
    ASK(&large, "\x5A\0\x05\0\0\0\0\0\xFF\0");
    assert_memory_equal(answer.data, "\x00\x26\x31\x00", 4);
    assert_memory_equal(answer.data + 8, "\x05\x1E\x1E\x10\x08\x20\x02\x00\x03\xC3", 10);
}

static void mode_sense_6_has_the_short_header(void **state)
{
    (void)state;
    struct redir_scsi_unit cd = unit_of(REDIR_DRIVE_CD, 1 << 20, false);
    ASK(&cd, "\x1A\0\x01\0\xFF");
    ASSERT_DATA("\x0B\x01\x80\x00\x01\x06\x00\xFF\0\0\0\0");
}

static void nothing_can_be_changed_and_nothing_is_saved(void **state)
{
    (void)state;
    struct redir_scsi_unit cd = unit_of(REDIR_DRIVE_CD, 1 << 20, false);
    ASK(&cd, "\x5A\0\x41\0\0\0\0\0\xFF\0");
    ASSERT_DATA("\x00\x0E\x01\x80\0\0\0\0\x01\x06\0\0\0\0\0\0");
    ASK(&cd, "\x5A\0\xC1\0\0\0\0\0\xFF\0");
    assert_check(5, 0x39, 0);
}

static void allocation_lengths_are_kept_to(void **state)
{
    (void)state;
    struct redir_scsi_unit cd = unit_of(REDIR_DRIVE_CD, 1 << 20, false);
    ASK(&cd, "\x5A\0\x3F\0\0\0\0\0\x04\0");
    assert_int_equal(answer.size, 4);
    ASK(&cd, "\x5A\0\x3F\0\0\0\0\0\x00\0");
    assert_int_equal(answer.outcome, REDIR_SCSI_GOOD);
    ASK(&cd, "\x43\0\0\0\0\0\0\0\x04\0");
    ASSERT_DATA("\x00\x12\x01\x01");
    ASK(&cd, "\x46\0\0\0\0\0\0\0\x02\0");
    assert_int_equal(answer.size, 2);
}

static void the_table_of_contents_is_the_image_s(void **state)
{
    (void)state;
    struct redir_scsi_unit cd = unit_of(REDIR_DRIVE_CD, 64u << 20, false);
    ASK(&cd, "\x43\0\0\0\0\0\0\0\x40\0");
    ASSERT_DATA("\x00\x12\x01\x01\0\x14\x01\0\0\0\0\0\0\x14\xAA\0\x00\x00\x80\x00");
    ASK(&cd, "\x43\x02\0\0\0\0\0\0\x40\0"); /* 32,918 frames: 7:18:68 */
    ASSERT_DATA("\x00\x12\x01\x01\0\x14\x01\0\0\0\x02\0\0\x14\xAA\0\0\x07\x12\x44");
    ASK(&cd, "\x43\0\0\0\0\0\xAA\0\x40\0");
    ASSERT_DATA("\x00\x0A\x01\x01\0\x14\xAA\0\x00\x00\x80\x00");
    ASK(&cd, "\x43\0\x01\0\0\0\0\0\x40\0");
    ASSERT_DATA("\x00\x0A\x01\x01\0\x14\x01\0\0\0\0\0");
    ASK(&cd, "\x43\0\0\0\0\0\0\0\x40\x40"); /* the format where SFF-8020 had it */
    ASSERT_DATA("\x00\x0A\x01\x01\0\x14\x01\0\0\0\0\0");
    ASK(&cd, "\x43\0\0\0\0\0\x02\0\x40\0");
    assert_check(5, 0x24, 0);
    ASK(&cd, "\x43\0\x02\0\0\0\0\0\x40\0");
    assert_check(5, 0x24, 0);
}

static void configuration_is_every_feature_from_the_one_named_on(void **state)
{
    (void)state;
    struct redir_scsi_unit cd = unit_of(REDIR_DRIVE_CD, 1 << 20, false);
    ASK(&cd, "\x46\0\0\0\0\0\0\0\xFF\0");
    ASSERT_DATA("\x00\x00\x00\x3C\x00\x00\x00\x08"
                "\x00\x00\x03\x04\x00\x08\x01\x00"
                "\x00\x01\x03\x04\x00\x00\x00\x02"
                "\x00\x02\x03\x04\x00\x00\x00\x00"
                "\x00\x03\x03\x04\x29\x00\x00\x00"
                "\x00\x10\x01\x08\x00\x00\x08\x00\x00\x01\x00\x00"
                "\x00\x1E\x01\x00"
                "\x01\x00\x03\x00"
                "\x01\x05\x03\x00");
    ASK(&cd, "\x46\0\0\x1E\0\0\0\0\xFF\0");
    ASSERT_DATA("\x00\x00\x00\x10\x00\x00\x00\x08\x00\x1E\x01\x00\x01\x00\x03\x00\x01\x05\x03\x00");
    ASK(&cd, "\x46\x02\0\x01\0\0\0\0\xFF\0");
    ASSERT_DATA("\x00\x00\x00\x0C\x00\x00\x00\x08\x00\x01\x03\x04\x00\x00\x00\x02");
}

static void an_empty_drive_has_no_current_profile(void **state)
{
    (void)state;
    struct redir_scsi_unit cd;
    redir_scsi_unit_init(&cd, REDIR_DRIVE_CD, NULL);
    ASK(&cd, "\x46\x02\0\0\0\0\0\0\xFF\0");
    ASSERT_DATA("\x00\x00\x00\x0C\x00\x00\x00\x00\x00\x00\x03\x04\x00\x08\x00\x00");
    ASK(&cd, "\x46\x01\0\x10\0\0\0\0\xFF\0");
    ASSERT_DATA("\x00\x00\x00\x0C\x00\x00\x00\x00\x01\x00\x03\x00\x01\x05\x03\x00");
}

static void events_are_polled(void **state)
{
    (void)state;
    struct redir_scsi_unit cd = unit_of(REDIR_DRIVE_CD, 1 << 20, false);
    ASK(&cd, "\x4A\x01\0\0\x10\0\0\0\x08\0");
    ASSERT_DATA("\x00\x06\x04\x10\x02\x02\x00\x00"); /* new media */
    ASK(&cd, "\x4A\x01\0\0\x10\0\0\0\x08\0");
    ASSERT_DATA("\x00\x06\x04\x10\x00\x02\x00\x00");
    ASK(&cd, "\x4A\x01\0\0\x02\0\0\0\x08\0");
    ASSERT_DATA("\x00\x02\x80\x10");
    ASK(&cd, "\x4A\x00\0\0\x10\0\0\0\x08\0");
    assert_check(5, 0x24, 0);
}

static void anything_else_is_an_illegal_request(void **state)
{
    (void)state;
    static const uint8_t known[] = {0x00, 0x08, 0x0A, 0x1A, 0x1B, 0x1E, 0x23, 0x25, 0x28,
                                    0x2A, 0x2E, 0x43, 0x46, 0x4A, 0x5A, 0xA8, 0xAC};
    struct redir_scsi_unit cd = unit_of(REDIR_DRIVE_CD, 1 << 20, false);
    for (unsigned code = 0; code < 256; code++) {
        char bytes[12] = {(char)code};
        if (memchr(known, (int)code, sizeof known) != NULL)
            continue;
        ask(&cd, bytes);
        assert_check(5, 0x20, 0);
    }
    struct redir_scsi_unit floppy = unit_of(REDIR_DRIVE_FLOPPY, 1 << 20, false);
    ASK(&floppy, "\x43\0\0\0\0\0\0\0\x40\0");
    assert_check(5, 0x20, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_medium_is_said_to_be_new_once),
        cmocka_unit_test(commands_that_only_look_do_not_take_the_attention),
        cmocka_unit_test(a_drive_without_a_medium_is_not_ready),
        cmocka_unit_test(capacity_is_the_last_block_and_the_block_size),
        cmocka_unit_test(an_image_that_ends_within_a_block_has_that_block),
        cmocka_unit_test(a_capacity_past_32_bits_saturates),
        cmocka_unit_test(offsets_have_64_bits),
        cmocka_unit_test(no_blocks_are_256_of_read_6_and_none_of_read_10),
        cmocka_unit_test(blocks_past_the_end_are_refused),
        cmocka_unit_test(writes_go_to_a_writable_disk_only),
        cmocka_unit_test(format_capacities_are_the_medium_s),
        cmocka_unit_test(mode_pages_of_a_cd),
        cmocka_unit_test(mode_pages_of_a_disk),
        cmocka_unit_test(mode_sense_6_has_the_short_header),
        cmocka_unit_test(nothing_can_be_changed_and_nothing_is_saved),
        cmocka_unit_test(allocation_lengths_are_kept_to),
        cmocka_unit_test(the_table_of_contents_is_the_image_s),
        cmocka_unit_test(configuration_is_every_feature_from_the_one_named_on),
        cmocka_unit_test(an_empty_drive_has_no_current_profile),
        cmocka_unit_test(events_are_polled),
        cmocka_unit_test(anything_else_is_an_illegal_request),
    };
    return cmocka_run_group_tests_name("redir/scsi", tests, NULL, NULL);
}
