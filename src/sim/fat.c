/* The boot sector of a floppy and its FAT12 file system, as far as a boot needs them. */
#include "sim/volume.h"

#include "core/cursor.h"

#include <ctype.h>
#include <string.h>

#define SECTOR        512
#define ENTRY_SIZE    32
#define ENTRIES_MOST  1024
#define CLUSTERS_MOST 4084 /* of FAT12 */
#define CHAIN_END     0xFF8
#define FIRST_CLUSTER 2
#define NAME_SIZE     11   /* eight and three, padded with spaces */
#define NOT_A_FILE    0x18 /* attributes: directory, volume label */
#define ENTRY_FREE    0xE5

enum step { STEP_BOOT, STEP_ROOT, STEP_TABLE, STEP_FILE };

/* "BOOT.TXT" as a directory has it. */
static void pad_name(const char *name, uint8_t padded[NAME_SIZE])
{
    size_t at = 0;
    memset(padded, ' ', NAME_SIZE);
    for (; *name != '\0' && at < NAME_SIZE; name++) {
        if (*name == '.')
            at = 8;
        else
            padded[at++] = (uint8_t)toupper((unsigned char)*name);
    }
}

/* Places and sizes of the file system; false when there is none that makes sense. */
static bool read_layout(struct sim_fat_part *fat, struct slice boot)
{
    struct cursor from = cursor_of(slice_from(boot, 11));
    uint32_t sector = cursor_u16_le(&from);
    fat->per_cluster = cursor_u8(&from);
    fat->table = cursor_u16_le(&from);
    uint32_t tables = cursor_u8(&from);
    fat->root_entries = cursor_u16_le(&from);
    uint32_t sectors = cursor_u16_le(&from);
    (void)cursor_u8(&from);
    fat->table_sectors = cursor_u16_le(&from);
    fat->root = fat->table + tables * fat->table_sectors;
    fat->data = fat->root + fat->root_entries * ENTRY_SIZE / SECTOR;
    if (sector != SECTOR || fat->per_cluster == 0 || fat->per_cluster > 64 || fat->table == 0 ||
        tables == 0 || tables > 2 || fat->root_entries == 0 || fat->root_entries > ENTRIES_MOST ||
        fat->root_entries % (SECTOR / ENTRY_SIZE) != 0 || fat->table_sectors == 0 ||
        fat->table_sectors > SIM_VOLUME_READ_LIMIT / SECTOR || sectors <= fat->data)
        return false;
    fat->clusters = (sectors - fat->data) / fat->per_cluster;
    return fat->clusters <= CLUSTERS_MOST;
}

static void take_boot(struct sim_volume *volume, struct slice boot)
{
    struct sim_fat_part *fat = &volume->part.fat;
    if (boot.data[SECTOR - 2] != 0x55 || boot.data[SECTOR - 1] != 0xAA) {
        sim_volume_fail(volume, "No bootable medium");
        return;
    }
    volume->image_size = SECTOR;
    if (!read_layout(fat, boot)) {
        volume->state = SIM_VOLUME_FOUND;
        return;
    }
    fat->step = STEP_ROOT;
    sim_volume_want(volume, (uint64_t)fat->root * SECTOR, fat->root_entries * ENTRY_SIZE);
}

static void keep_label(struct sim_volume *volume, const uint8_t *name)
{
    size_t size = 0;
    for (size_t i = 0; i < NAME_SIZE; i++) {
        volume->label[i] = isprint(name[i]) ? (char)name[i] : '?';
        if (name[i] != ' ')
            size = i + 1;
    }
    volume->label[size] = '\0';
}

static void take_root(struct sim_volume *volume, struct slice bytes)
{
    struct sim_fat_part *fat = &volume->part.fat;
    uint8_t wanted[NAME_SIZE];
    pad_name(fat->name, wanted);
    for (; bytes.size >= ENTRY_SIZE && bytes.data[0] != 0; bytes = slice_from(bytes, ENTRY_SIZE)) {
        uint8_t attributes = bytes.data[11];
        if (attributes == 8 && bytes.data[0] != ENTRY_FREE)
            keep_label(volume, bytes.data);
        if ((attributes & NOT_A_FILE) != 0 || memcmp(bytes.data, wanted, NAME_SIZE) != 0)
            continue;
        struct cursor from = cursor_of(slice_from(bytes, 26));
        fat->cluster = cursor_u16_le(&from);
        volume->has_file = true;
        volume->file_size = cursor_u32_le(&from);
    }
    if (!volume->has_file || volume->file_size == 0) {
        volume->state = SIM_VOLUME_FOUND;
        return;
    }
    fat->step = STEP_TABLE;
    sim_volume_want(volume, (uint64_t)fat->table * SECTOR, fat->table_sectors * SECTOR);
}

/* The entry of a cluster: twelve bits, two entries in three bytes. Past the table: 0, a free one.
 */
static uint32_t entry_of(const struct sim_volume *volume, uint32_t cluster)
{
    struct cursor from =
        cursor_of(slice_from(buffer_slice(&volume->entries), cluster + cluster / 2));
    uint32_t pair = cursor_u16_le(&from);
    return cluster % 2 == 0 ? pair & 0xFFF : pair >> 4;
}

static void want_cluster(struct sim_volume *volume)
{
    struct sim_fat_part *fat = &volume->part.fat;
    if (fat->cluster < FIRST_CLUSTER || fat->cluster - FIRST_CLUSTER >= fat->clusters) {
        sim_volume_fail(volume, "Bad medium");
        return;
    }
    uint64_t sector = fat->data + (uint64_t)(fat->cluster - FIRST_CLUSTER) * fat->per_cluster;
    sim_volume_want(volume, sector * SECTOR, fat->per_cluster * (uint32_t)SECTOR);
}

/* A chain that runs in a circle ends with the file's size or the limit of what is shown. */
static void take_cluster(struct sim_volume *volume, struct slice bytes)
{
    struct sim_fat_part *fat = &volume->part.fat;
    size_t most =
        volume->file_size < SIM_VOLUME_TEXT_LIMIT ? volume->file_size : SIM_VOLUME_TEXT_LIMIT;
    buffer_put(&volume->text, slice_first(bytes, most - buffer_size(&volume->text)));
    if (buffer_size(&volume->text) == most) {
        volume->state = SIM_VOLUME_FOUND;
        return;
    }
    fat->cluster = entry_of(volume, fat->cluster);
    if (fat->cluster >= CHAIN_END)
        sim_volume_fail(volume, "Bad medium"); /* shorter than the directory says */
    else
        want_cluster(volume);
}

static void take(struct sim_volume *volume, struct slice bytes)
{
    switch ((enum step)volume->part.fat.step) {
    case STEP_BOOT:
        take_boot(volume, bytes);
        break;
    case STEP_ROOT:
        take_root(volume, bytes);
        break;
    case STEP_TABLE:
        buffer_put(&volume->entries, bytes);
        volume->part.fat.step = STEP_FILE;
        want_cluster(volume);
        break;
    case STEP_FILE:
        take_cluster(volume, bytes);
        break;
    }
}

void sim_fat_begin(struct sim_volume *volume, const char *name)
{
    memset(volume, 0, sizeof(*volume));
    volume->take = take;
    volume->part.fat.name = name;
    buffer_init(&volume->text, SIM_VOLUME_TEXT_LIMIT);
    buffer_init(&volume->entries, SIM_VOLUME_READ_LIMIT);
    sim_volume_want(volume, 0, SECTOR);
}
