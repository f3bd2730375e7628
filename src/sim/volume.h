/*
 * A reader of one boot medium: asks for extents, is given their bytes, and finds what a machine
 * boots from it and the text that it shows. Everything it is given is a stranger's: every length
 * and place is checked, and the number of steps is bounded. Pure.
 *
 *   READS --take … --> FOUND, FAILED
 *
 * Life cycle: sim_iso_begin or sim_fat_begin → take … → fini.
 */
#ifndef SIM_VOLUME_H
#define SIM_VOLUME_H

#include "core/buffer.h"

#define SIM_VOLUME_TEXT_LIMIT  16384 /* what is shown of a file */
#define SIM_VOLUME_IMAGE_LIMIT 65536 /* what is loaded of a boot image */
#define SIM_VOLUME_READ_LIMIT  65536 /* of one extent that it asks for */

enum sim_volume_state { SIM_VOLUME_READS, SIM_VOLUME_FOUND, SIM_VOLUME_FAILED };

/* Parts of the walk through an ISO 9660 volume. */
struct sim_iso_part {
    uint8_t step;
    uint32_t descriptors; /* read so far */
    uint32_t catalogue;   /* block of the boot catalogue; 0: none */
    uint32_t block, left; /* of the directory being read: next block, bytes left */
    const char *path;     /* rest of the path */
};

/* Parts of the walk through a FAT12 volume. */
struct sim_fat_part {
    uint8_t step;
    uint8_t per_cluster;           /* sectors */
    uint32_t root, root_entries;   /* first sector of the root directory, and its size */
    uint32_t table, table_sectors; /* the first FAT */
    uint32_t data, clusters,
        cluster;      /* first sector of cluster 2; how many; the next one to read */
    const char *name; /* of the file */
};

struct sim_volume {
    enum sim_volume_state state;
    uint64_t offset;     /* READS: the extent that it wants, in bytes … */
    uint32_t size;       /* … SIM_VOLUME_READ_LIMIT of them at most */
    const char *why;     /* FAILED: a literal without a full stop */
    char label[33];      /* of the volume, printable */
    bool emulated;       /* the boot image is one of a floppy or hard disk */
    uint64_t image_at;   /* the boot image: offset in bytes … */
    uint32_t image_size; /* … and the size that is loaded */
    bool has_file;       /* the text is a file's, else the boot image's, or empty */
    uint32_t file_size;
    struct buffer entries; /* of the FAT */
    struct buffer text;    /* SIM_VOLUME_TEXT_LIMIT bytes of it at most */
    void (*take)(struct sim_volume *volume, struct slice bytes); /* of the format */
    union {
        struct sim_iso_part iso;
        struct sim_fat_part fat;
    } part;
};

/* ISO 9660 with an El Torito boot catalogue. `path` such as "/BOOT.TXT" or "/DIR/BOOT.TXT" is
 * borrowed; letters count without case, versions do not count. */
void sim_iso_begin(struct sim_volume *volume, const char *path);

/* A floppy: boot signature, and the file `name` in the root directory of a FAT12 file system. A
 * boot sector without such a file system boots, too. */
void sim_fat_begin(struct sim_volume *volume, const char *name);

/* The bytes of the extent that it wants; fewer are a failure. */
void sim_volume_take(struct sim_volume *volume, struct slice bytes);

void sim_volume_fini(struct sim_volume *volume);

/* For the formats: asks for an extent; ends the walk. */
void sim_volume_want(struct sim_volume *volume, uint64_t offset, uint32_t size);
void sim_volume_fail(struct sim_volume *volume, const char *why);

/* True when there are bytes, and all of them (up to the first NUL) are ASCII text. */
bool sim_volume_is_text(struct slice bytes);

#endif
