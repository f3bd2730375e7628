/* ISO 9660 (ECMA-119) and the El Torito boot catalogue, as far as a boot needs them. */
#include "sim/volume.h"

#include "core/cursor.h"

#include <ctype.h>
#include <string.h>

#define BLOCK            2048
#define FIRST_DESCRIPTOR 16
#define DESCRIPTORS_MOST 32
#define DIRECTORY_LIMIT  (1024 * 1024)
#define RECORD_SIZE      33 /* of a directory record without its name */
#define ENTRY_SIZE       32 /* of the boot catalogue */
#define VIRTUAL_SECTOR   512
#define DEFAULT_SECTORS  4
#define BOOTABLE         0x88
#define DIRECTORY        0x02
#define MORE_EXTENTS     0x80
#define EMULATIONS       0x0F

enum step { STEP_DESCRIPTORS, STEP_CATALOGUE, STEP_IMAGE, STEP_DIRECTORY, STEP_FILE };
enum descriptor { DESCRIPTOR_BOOT = 0, DESCRIPTOR_PRIMARY = 1, DESCRIPTOR_END = 255 };

/* What a directory record says. */
struct record {
    uint32_t block, size;
    uint8_t flags;
    struct slice name;
};

static void want_blocks(struct sim_volume *volume, uint32_t block, uint32_t size)
{
    sim_volume_want(volume, (uint64_t)block * BLOCK, size);
}

static struct slice part_of(struct slice bytes, size_t at, size_t size)
{
    return slice_first(slice_from(bytes, at), size);
}

/* False when it is none. The number of the extended attributes' blocks precedes the data. */
static bool read_record(struct slice bytes, struct record *record)
{
    struct cursor from = cursor_of(bytes);
    uint8_t size = cursor_u8(&from);
    uint8_t attributes = cursor_u8(&from);
    uint32_t block = cursor_u32_le(&from);
    (void)cursor_u32_le(&from); /* the same, big-endian */
    record->size = cursor_u32_le(&from);
    (void)cursor_bytes(&from, 4 + 7);
    record->flags = cursor_u8(&from);
    (void)cursor_bytes(&from, 6);
    record->name = cursor_bytes(&from, cursor_u8(&from));
    record->block = block + attributes;
    return cursor_ok(&from) && size >= RECORD_SIZE + record->name.size && size <= bytes.size &&
           record->block >= block;
}

static void keep_label(struct sim_volume *volume, struct slice name)
{
    size_t size = 0;
    for (size_t i = 0; i < name.size && i < sizeof(volume->label) - 1; i++) {
        volume->label[i] = isprint(name.data[i]) ? (char)name.data[i] : '?';
        if (name.data[i] != ' ')
            size = i + 1;
    }
    volume->label[size] = '\0';
}

/* ---- descriptors ---- */

static void read_primary(struct sim_volume *volume, struct slice bytes)
{
    struct record root;
    if (volume->part.iso.left != 0)
        return; /* a second one */
    if (!read_record(part_of(bytes, 156, 34), &root) || root.size == 0 ||
        root.size > DIRECTORY_LIMIT) {
        sim_volume_fail(volume, "Bad medium");
        return;
    }
    keep_label(volume, part_of(bytes, 40, 32));
    volume->part.iso.block = root.block;
    volume->part.iso.left = root.size;
}

static void read_boot_record(struct sim_volume *volume, struct slice bytes)
{
    struct cursor from = cursor_of(slice_from(bytes, 0x47));
    if (slice_starts_with(slice_from(bytes, 7), SLICE_LITERAL("EL TORITO SPECIFICATION")) &&
        volume->part.iso.catalogue == 0)
        volume->part.iso.catalogue = cursor_u32_le(&from);
}

static void end_descriptors(struct sim_volume *volume)
{
    if (volume->part.iso.left == 0 || volume->part.iso.catalogue == 0) {
        sim_volume_fail(volume, "No bootable medium");
        return;
    }
    volume->part.iso.step = STEP_CATALOGUE;
    want_blocks(volume, volume->part.iso.catalogue, BLOCK);
}

static void take_descriptor(struct sim_volume *volume, struct slice bytes)
{
    struct sim_iso_part *iso = &volume->part.iso;
    if (!slice_equal_string(part_of(bytes, 1, 5), "CD001")) {
        sim_volume_fail(volume, "No bootable medium");
        return;
    }
    if (bytes.data[0] == DESCRIPTOR_PRIMARY)
        read_primary(volume, bytes);
    else if (bytes.data[0] == DESCRIPTOR_BOOT)
        read_boot_record(volume, bytes);
    if (volume->state == SIM_VOLUME_FAILED)
        return;
    if (bytes.data[0] == DESCRIPTOR_END || ++iso->descriptors == DESCRIPTORS_MOST)
        end_descriptors(volume);
    else
        want_blocks(volume, FIRST_DESCRIPTOR + iso->descriptors, BLOCK);
}

/* ---- boot catalogue ---- */

/* Header 1, key 55 AA, and all words together are zero. */
static bool is_validation(struct slice entry)
{
    struct cursor from = cursor_of(entry);
    uint16_t sum = 0;
    while (from.left > 0)
        sum = (uint16_t)(sum + cursor_u16_le(&from));
    return entry.data[0] == 1 && entry.data[30] == 0x55 && entry.data[31] == 0xAA && sum == 0;
}

static bool use_entry(struct sim_volume *volume, struct slice entry)
{
    struct cursor from = cursor_of(entry);
    bool bootable = cursor_u8(&from) == BOOTABLE;
    volume->emulated = (cursor_u8(&from) & EMULATIONS) != 0;
    (void)cursor_bytes(&from, 4); /* segment, system type, unused */
    uint32_t sectors = cursor_u16_le(&from);
    uint32_t block = cursor_u32_le(&from);
    if (!bootable || block == 0)
        return false;
    uint32_t size = (sectors == 0 ? DEFAULT_SECTORS : sectors) * VIRTUAL_SECTOR;
    volume->image_at = (uint64_t)block * BLOCK;
    volume->image_size = size < SIM_VOLUME_IMAGE_LIMIT ? size : SIM_VOLUME_IMAGE_LIMIT;
    return true;
}

/* The first entry that boots: the default one, or one of a section (of another platform). */
static void take_catalogue(struct sim_volume *volume, struct slice bytes)
{
    if (!is_validation(slice_first(bytes, ENTRY_SIZE))) {
        sim_volume_fail(volume, "Bad boot catalogue");
        return;
    }
    for (size_t at = ENTRY_SIZE; at + ENTRY_SIZE <= bytes.size; at += ENTRY_SIZE) {
        if (!use_entry(volume, part_of(bytes, at, ENTRY_SIZE)))
            continue;
        volume->part.iso.step = STEP_IMAGE;
        sim_volume_want(volume, volume->image_at, volume->image_size);
        return;
    }
    sim_volume_fail(volume, "No bootable medium");
}

static void want_directory(struct sim_volume *volume)
{
    want_blocks(volume, volume->part.iso.block, BLOCK);
}

static void take_image(struct sim_volume *volume, struct slice bytes)
{
    if (sim_volume_is_text(bytes))
        buffer_put(&volume->text, slice_first(slice_first(bytes, slice_index_of(bytes, 0)),
                                              SIM_VOLUME_TEXT_LIMIT));
    volume->part.iso.step = STEP_DIRECTORY;
    want_directory(volume);
}

/* ---- directories ---- */

/* The next name of the path, without its slash. */
static struct slice component(const struct sim_iso_part *iso)
{
    struct slice rest = slice_of_string(iso->path);
    while (rest.size > 0 && rest.data[0] == '/')
        rest = slice_from(rest, 1);
    return slice_first(rest, slice_index_of(rest, '/'));
}

/* "BOOT.TXT;1" and "README.;1" are BOOT.TXT and README. */
static struct slice plain_name(struct slice name)
{
    name = slice_first(name, slice_index_of(name, ';'));
    if (name.size > 1 && name.data[name.size - 1] == '.')
        name.size--;
    return name;
}

static void enter(struct sim_volume *volume, const struct record *record, struct slice name)
{
    struct sim_iso_part *iso = &volume->part.iso;
    iso->path = (const char *)name.data + name.size;
    bool last = component(iso).size == 0;
    bool directory = (record->flags & DIRECTORY) != 0;
    if (last == directory || (record->flags & MORE_EXTENTS) != 0 ||
        (directory && (record->size == 0 || record->size > DIRECTORY_LIMIT))) {
        volume->state = SIM_VOLUME_FOUND; /* not a file that can be shown */
        return;
    }
    if (directory) {
        iso->block = record->block;
        iso->left = record->size;
        want_directory(volume);
        return;
    }
    volume->has_file = true;
    volume->file_size = record->size;
    buffer_clear(&volume->text);
    if (record->size == 0) {
        volume->state = SIM_VOLUME_FOUND;
        return;
    }
    iso->step = STEP_FILE;
    want_blocks(volume, record->block,
                record->size < SIM_VOLUME_TEXT_LIMIT ? record->size : SIM_VOLUME_TEXT_LIMIT);
}

/* Records do not cross blocks; a size of zero means that the rest of the block is empty. */
static void take_directory(struct sim_volume *volume, struct slice bytes)
{
    struct sim_iso_part *iso = &volume->part.iso;
    struct slice name = component(iso);
    while (bytes.size > 0 && bytes.data[0] != 0) {
        struct record record;
        if (!read_record(bytes, &record)) {
            sim_volume_fail(volume, "Bad medium");
            return;
        }
        if (name.size > 0 && slice_equal_ignore_case(plain_name(record.name), name)) {
            enter(volume, &record, name);
            return;
        }
        bytes = slice_from(bytes, bytes.data[0]);
    }
    iso->left = iso->left > BLOCK ? iso->left - BLOCK : 0;
    iso->block++;
    if (iso->left == 0 || iso->block == 0)
        volume->state = SIM_VOLUME_FOUND; /* no such file */
    else
        want_directory(volume);
}

static void take(struct sim_volume *volume, struct slice bytes)
{
    switch ((enum step)volume->part.iso.step) {
    case STEP_DESCRIPTORS:
        take_descriptor(volume, bytes);
        break;
    case STEP_CATALOGUE:
        take_catalogue(volume, bytes);
        break;
    case STEP_IMAGE:
        take_image(volume, bytes);
        break;
    case STEP_DIRECTORY:
        take_directory(volume, bytes);
        break;
    case STEP_FILE:
        buffer_put(&volume->text, bytes);
        volume->state = SIM_VOLUME_FOUND;
        break;
    }
}

void sim_iso_begin(struct sim_volume *volume, const char *path)
{
    memset(volume, 0, sizeof(*volume));
    volume->take = take;
    volume->part.iso.path = path;
    buffer_init(&volume->text, SIM_VOLUME_TEXT_LIMIT);
    buffer_init(&volume->entries, SIM_VOLUME_READ_LIMIT);
    want_blocks(volume, FIRST_DESCRIPTOR, BLOCK);
}
