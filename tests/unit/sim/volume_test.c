/* Boot media as ECMA-119, El Torito and FAT12 have them, whole and broken. Offsets are those of the
 * standards; no writer of ours. */
#include "sim/volume.h"

#include "core/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BLOCK      2048
#define BLOCKS     40
#define SECTOR     512
#define SECTORS    2880
#define READS_MOST 2000

/* Block numbers of the CD. */
enum {
    PRIMARY = 16,
    BOOT_RECORD = 17,
    END = 18,
    CATALOGUE = 20,
    IMAGE = 21,
    ROOT = 24,
    SUB = 26,
    TEXT = 27,
    TEXT_TWO = 28
};

struct medium {
    uint8_t *bytes;
    size_t size;
    size_t reads;
};

static void put_le(uint8_t *at, uint32_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

static uint8_t *block(const struct medium *medium, size_t number)
{
    return medium->bytes + number * BLOCK;
}

/* A directory record; returns what follows it. */
static uint8_t *put_record(uint8_t *at, const char *name, size_t size, uint32_t extent,
                           uint32_t length, uint8_t flags)
{
    at[0] = (uint8_t)(33 + size + (size % 2 == 0));
    put_le(at + 2, extent, 4);
    put_le(at + 10, length, 4);
    at[25] = flags;
    at[32] = (uint8_t)size;
    memcpy(at + 33, name, size);
    return at + at[0];
}

static void put_catalogue(uint8_t *at)
{
    at[0] = 1;
    at[30] = 0x55;
    at[31] = 0xAA;
    put_le(at + 28, 0x10000u - 0xAA55 - 1, 2);
    at[32] = 0x88;
    put_le(at + 32 + 6, 4, 2);
    put_le(at + 32 + 8, IMAGE, 4);
}

static int set_up_cd(void **state)
{
    static const char text[] = "Hello\nworld\n";
    struct medium *cd = memory_new(sizeof(*cd));
    cd->size = (size_t)BLOCKS * BLOCK;
    cd->bytes = memory_new(cd->size);
    memcpy(block(cd, PRIMARY), "\1CD001\1", 7);
    memcpy(block(cd, PRIMARY) + 40, "TEST CD                         ", 32);
    (void)put_record(block(cd, PRIMARY) + 156, "\0", 1, ROOT, 2 * BLOCK, 2);
    memcpy(block(cd, BOOT_RECORD), "\0CD001\1EL TORITO SPECIFICATION", 30);
    put_le(block(cd, BOOT_RECORD) + 0x47, CATALOGUE, 4);
    memcpy(block(cd, END),
           "\xFF"
           "CD001\1",
           7);
    put_catalogue(block(cd, CATALOGUE));
    memcpy(block(cd, IMAGE), "\xEB\xFE\0binary", 9);
    uint8_t *at = put_record(block(cd, ROOT), "\0", 1, ROOT, 2 * BLOCK, 2);
    at = put_record(at, "\1", 1, ROOT, 2 * BLOCK, 2);
    at = put_record(at, "EMPTY.TXT;1", 11, TEXT, 0, 0);
    (void)put_record(at, "SUB", 3, SUB, BLOCK, 2);
    /* in the second block of the directory */
    (void)put_record(block(cd, ROOT + 1), "BOOT.TXT;1", 10, TEXT, sizeof(text) - 1, 0);
    (void)put_record(block(cd, SUB), "INNER.;2", 8, TEXT_TWO, 5, 0);
    memcpy(block(cd, TEXT), text, sizeof(text) - 1);
    memcpy(block(cd, TEXT_TWO), "inner", 5);
    *state = cd;
    return 0;
}

static int tear_down(void **state)
{
    struct medium *medium = *state;
    free(medium->bytes);
    free(medium);
    return 0;
}

/* Gives it what it asks for; past the end of the medium, nothing. */
static void walk(struct medium *medium, struct sim_volume *volume)
{
    struct slice all = slice_of(medium->bytes, medium->size);
    while (volume->state == SIM_VOLUME_READS) {
        assert_true(++medium->reads < READS_MOST);
        assert_in_range(volume->size, 1, SIM_VOLUME_READ_LIMIT);
        size_t at = volume->offset < all.size ? (size_t)volume->offset : all.size;
        sim_volume_take(volume, slice_first(slice_from(all, at), volume->size));
    }
}

static void assert_text(const struct sim_volume *volume, const char *text)
{
    assert_int_equal(volume->state, SIM_VOLUME_FOUND);
    assert_true(slice_equal_string(buffer_slice(&volume->text), text));
}

static void assert_cd_text(struct medium *cd, const char *path, const char *text)
{
    struct sim_volume volume;
    sim_iso_begin(&volume, path);
    walk(cd, &volume);
    assert_text(&volume, text);
    sim_volume_fini(&volume);
}

static void assert_cd_fails(struct medium *cd, const char *why)
{
    struct sim_volume volume;
    sim_iso_begin(&volume, "/BOOT.TXT");
    walk(cd, &volume);
    assert_int_equal(volume.state, SIM_VOLUME_FAILED);
    assert_string_equal(volume.why, why);
    sim_volume_fini(&volume);
}

/* ---- CDs ---- */

static void a_cd_says_what_boots(void **state)
{
    struct sim_volume volume;
    sim_iso_begin(&volume, "/BOOT.TXT");
    walk(*state, &volume);
    assert_text(&volume, "Hello\nworld\n");
    assert_true(volume.has_file);
    assert_int_equal(volume.file_size, 12);
    assert_int_equal(volume.image_at, IMAGE * BLOCK);
    assert_int_equal(volume.image_size, 2048);
    assert_false(volume.emulated);
    assert_string_equal(volume.label, "TEST CD");
    sim_volume_fini(&volume);
}

static void names_have_versions_and_any_case(void **state)
{
    assert_cd_text(*state, "/boot.txt", "Hello\nworld\n");
    assert_cd_text(*state, "/sub/inner", "inner");
    assert_cd_text(*state, "/EMPTY.TXT", "");
}

static void what_is_not_there_is_not_shown(void **state)
{
    assert_cd_text(*state, "/NONE.TXT", "");
    assert_cd_text(*state, "/BOOT.TXT/X", "");
    assert_cd_text(*state, "/SUB", "");
}

static void a_text_as_boot_image_is_shown(void **state)
{
    struct medium *cd = *state;
    memcpy(block(cd, IMAGE), "booting\r\n\0", 10);
    assert_cd_text(cd, "/NONE.TXT", "booting\r\n");
    assert_cd_text(cd, "/BOOT.TXT", "Hello\nworld\n");
}

static void a_section_may_boot(void **state)
{
    struct medium *cd = *state;
    uint8_t *entry = block(cd, CATALOGUE) + 32;
    memcpy(entry + 64, entry, 32);
    entry[64 + 1] = 2; /* a floppy of 1.44 MB */
    memset(entry, 0, 32);
    struct sim_volume volume;
    sim_iso_begin(&volume, "/BOOT.TXT");
    walk(cd, &volume);
    assert_int_equal(volume.state, SIM_VOLUME_FOUND);
    assert_true(volume.emulated);
    sim_volume_fini(&volume);
}

static void a_large_file_is_shown_in_part(void **state)
{
    struct medium *cd = *state;
    struct sim_volume volume;
    (void)put_record(block(cd, ROOT + 1), "BOOT.TXT;1", 10, TEXT, 0x7FFFFFFF, 0);
    memset(block(cd, TEXT), 'x', 13 * BLOCK);
    sim_iso_begin(&volume, "/BOOT.TXT");
    walk(cd, &volume);
    assert_int_equal(volume.state, SIM_VOLUME_FOUND);
    assert_int_equal(buffer_size(&volume.text), SIM_VOLUME_TEXT_LIMIT);
    assert_int_equal(volume.file_size, 0x7FFFFFFF);
    sim_volume_fini(&volume);
}

static void without_a_boot_record_nothing_boots(void **state)
{
    struct medium *cd = *state;
    memset(block(cd, BOOT_RECORD) + 7, 'x', 5);
    assert_cd_fails(cd, "No bootable medium");
    memset(block(cd, PRIMARY), 0, BLOCK);
    assert_cd_fails(cd, "No bootable medium");
}

static void an_entry_that_does_not_boot_is_none(void **state)
{
    struct medium *cd = *state;
    block(cd, CATALOGUE)[32] = 0;
    assert_cd_fails(cd, "No bootable medium");
}

static void a_catalogue_is_checked(void **state)
{
    struct medium *cd = *state;
    block(cd, CATALOGUE)[4] = 'x';
    assert_cd_fails(cd, "Bad boot catalogue");
}

static void descriptors_end(void **state)
{
    struct medium *cd = *state;
    struct sim_volume volume;
    uint8_t descriptor[BLOCK];
    memcpy(descriptor, block(cd, BOOT_RECORD), BLOCK);
    sim_iso_begin(&volume, "/BOOT.TXT");
    for (cd->reads = 0; volume.state == SIM_VOLUME_READS; cd->reads++) /* always the same */
        sim_volume_take(&volume, slice_of(descriptor, BLOCK));
    assert_int_equal(cd->reads, 32);
    sim_volume_fini(&volume);
}

static void places_past_the_end_fail(void **state)
{
    struct medium *cd = *state;
    put_le(block(cd, CATALOGUE) + 32 + 8, 0xFFFFFFFF, 4);
    assert_cd_fails(cd, "Bad medium");
    put_le(block(cd, CATALOGUE) + 32 + 8, IMAGE, 4);
    (void)put_record(block(cd, ROOT + 1), "BOOT.TXT;1", 10, 0xFFFFFFFF, 100, 0);
    assert_cd_fails(cd, "Bad medium");
    put_le(block(cd, PRIMARY) + 156 + 2, 0xFFFFFFFF, 4);
    assert_cd_fails(cd, "Bad medium");
    put_le(block(cd, BOOT_RECORD) + 0x47, 0xFFFFFFFF, 4);
    assert_cd_fails(cd, "Bad medium");
}

static void sizes_of_directories_are_bounded(void **state)
{
    struct medium *cd = *state;
    put_le(block(cd, PRIMARY) + 156 + 10, 0xFFFFFFFF, 4);
    assert_cd_fails(cd, "Bad medium");
    put_le(block(cd, PRIMARY) + 156 + 10, 0, 4);
    assert_cd_fails(cd, "Bad medium");
}

static void broken_records_are_refused(void **state)
{
    struct medium *cd = *state;
    uint8_t *root = block(cd, ROOT);
    root[32] = 200; /* the name is longer than the record */
    assert_cd_fails(cd, "Bad medium");
    root[32] = 1;
    root[0] = 3; /* shorter than any */
    assert_cd_fails(cd, "Bad medium");
    memset(root, 255, BLOCK);
    for (size_t at = 0; at + 254 <= BLOCK; at += 254) { /* the last one leaves the block */
        root[at] = 254;
        root[at + 32] = 1;
        root[at + 1] = 0;
        put_le(root + at + 2, 1, 4);
    }
    assert_cd_fails(cd, "Bad medium");
}

static void a_directory_in_itself_ends_with_the_path(void **state)
{
    struct medium *cd = *state;
    (void)put_record(block(cd, SUB), "SUB", 3, SUB, BLOCK, 2);
    assert_cd_text(cd, "/SUB/SUB/SUB/SUB/X", "");
}

static void a_read_that_comes_short_fails(void **state)
{
    struct medium *cd = *state;
    struct sim_volume volume;
    sim_iso_begin(&volume, "/BOOT.TXT");
    sim_volume_take(&volume, slice_of(block(cd, PRIMARY), BLOCK - 1));
    assert_int_equal(volume.state, SIM_VOLUME_FAILED);
    sim_volume_fini(&volume);
}

/* ---- floppies ---- */

static uint8_t *sector(const struct medium *medium, size_t number)
{
    return medium->bytes + number * SECTOR;
}

static void put_entry(uint8_t *at, const char *name, uint8_t attributes, uint32_t cluster,
                      uint32_t size)
{
    memcpy(at, name, 11);
    at[11] = attributes;
    put_le(at + 26, cluster, 2);
    put_le(at + 28, size, 4);
}

/* 1.44 MB: FATs at 1 and 10, root directory of 224 entries at 19, cluster 2 at 33. BOOT.TXT lies
 * in clusters 2, 5 and 3. */
static int set_up_floppy(void **state)
{
    static const uint8_t table[] = {0xF0, 0xFF, 0xFF, 0x05, 0xF0, 0xFF, 0x00, 0x30, 0x00};
    struct medium *floppy = memory_new(sizeof(*floppy));
    floppy->size = (size_t)SECTORS * SECTOR;
    floppy->bytes = memory_new(floppy->size);
    uint8_t *boot = sector(floppy, 0);
    put_le(boot + 11, SECTOR, 2);
    boot[13] = 1;
    put_le(boot + 14, 1, 2);
    boot[16] = 2;
    put_le(boot + 17, 224, 2);
    put_le(boot + 19, SECTORS, 2);
    put_le(boot + 22, 9, 2);
    memcpy(boot + 510, "\x55\xAA", 2);
    memcpy(sector(floppy, 1), table, sizeof(table));
    put_entry(sector(floppy, 19), "OUTBAND    ", 8, 0, 0);
    put_entry(sector(floppy, 19) + 32, "\xE5OOT    TXT", 0x20, 9, 5);
    put_entry(sector(floppy, 19) + 64, "BOOT    TXT", 0x20, 2, SECTOR * 2 + 3);
    memset(sector(floppy, 33), 'a', SECTOR);
    memset(sector(floppy, 36), 'b', SECTOR);
    memset(sector(floppy, 34), 'c', SECTOR);
    *state = floppy;
    return 0;
}

static void begin_floppy(struct medium *floppy, struct sim_volume *volume)
{
    sim_fat_begin(volume, "boot.txt");
    walk(floppy, volume);
}

static void assert_floppy_fails(struct medium *floppy, const char *why)
{
    struct sim_volume volume;
    begin_floppy(floppy, &volume);
    assert_int_equal(volume.state, SIM_VOLUME_FAILED);
    assert_string_equal(volume.why, why);
    sim_volume_fini(&volume);
}

static void a_floppy_says_what_boots(void **state)
{
    struct sim_volume volume;
    begin_floppy(*state, &volume);
    assert_int_equal(volume.state, SIM_VOLUME_FOUND);
    assert_string_equal(volume.label, "OUTBAND");
    assert_int_equal(volume.file_size, SECTOR * 2 + 3);
    struct slice text = buffer_slice(&volume.text);
    assert_int_equal(text.size, SECTOR * 2 + 3);
    assert_int_equal(text.data[0], 'a');
    assert_int_equal(text.data[SECTOR], 'b');
    assert_int_equal(text.data[SECTOR * 2 + 2], 'c');
    sim_volume_fini(&volume);
}

static void a_boot_sector_alone_boots(void **state)
{
    struct medium *floppy = *state;
    struct sim_volume volume;
    memset(sector(floppy, 0), 0, 510);
    begin_floppy(floppy, &volume);
    assert_text(&volume, "");
    assert_false(volume.has_file);
    sim_volume_fini(&volume);
}

static void a_floppy_without_a_signature_does_not_boot(void **state)
{
    struct medium *floppy = *state;
    sector(floppy, 0)[511] = 0;
    assert_floppy_fails(floppy, "No bootable medium");
}

static void chains_are_checked(void **state)
{
    struct medium *floppy = *state;
    uint8_t *table = sector(floppy, 1);
    table[3] = 0xFF; /* 2 ends before the file does */
    table[4] = 0xFF;
    assert_floppy_fails(floppy, "Bad medium");
    table[3] = 0;
    table[4] = 0xF0; /* 2 leads to a free one */
    assert_floppy_fails(floppy, "Bad medium");
    table[3] = 0x00;
    table[4] = 0xFE; /* past the medium */
    assert_floppy_fails(floppy, "Bad medium");
}

static void a_chain_in_a_circle_ends(void **state)
{
    struct medium *floppy = *state;
    struct sim_volume volume;
    put_entry(sector(floppy, 19) + 64, "BOOT    TXT", 0x20, 2, 0xFFFFFFFF);
    sector(floppy, 1)[3] = 2; /* 2 leads to 2 */
    begin_floppy(floppy, &volume);
    assert_int_equal(volume.state, SIM_VOLUME_FOUND);
    assert_int_equal(buffer_size(&volume.text), SIM_VOLUME_TEXT_LIMIT);
    assert_true(floppy->reads <= 3 + SIM_VOLUME_TEXT_LIMIT / SECTOR);
    sim_volume_fini(&volume);
}

static void text_is_told_from_programs(void **state)
{
    (void)state;
    assert_true(sim_volume_is_text(SLICE_LITERAL("text\r\n\0\1\2")));
    assert_false(sim_volume_is_text(SLICE_LITERAL("\xEB\xFE")));
    assert_false(sim_volume_is_text(SLICE_LITERAL("\0text")));
    assert_false(sim_volume_is_text(SLICE_LITERAL("te\1xt")));
    assert_false(sim_volume_is_text((struct slice){0}));
}

#define CD(test)     cmocka_unit_test_setup_teardown(test, set_up_cd, tear_down)
#define FLOPPY(test) cmocka_unit_test_setup_teardown(test, set_up_floppy, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CD(a_cd_says_what_boots),
        CD(names_have_versions_and_any_case),
        CD(what_is_not_there_is_not_shown),
        CD(a_text_as_boot_image_is_shown),
        CD(a_section_may_boot),
        CD(a_large_file_is_shown_in_part),
        CD(without_a_boot_record_nothing_boots),
        CD(an_entry_that_does_not_boot_is_none),
        CD(a_catalogue_is_checked),
        CD(descriptors_end),
        CD(places_past_the_end_fail),
        CD(sizes_of_directories_are_bounded),
        CD(broken_records_are_refused),
        CD(a_directory_in_itself_ends_with_the_path),
        CD(a_read_that_comes_short_fails),
        FLOPPY(a_floppy_says_what_boots),
        FLOPPY(a_boot_sector_alone_boots),
        FLOPPY(a_floppy_without_a_signature_does_not_boot),
        FLOPPY(chains_are_checked),
        FLOPPY(a_chain_in_a_circle_ends),
        cmocka_unit_test(text_is_told_from_programs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
