#include "obctl/drive_image.h"

#include <string.h>

#define DESCRIPTORS_AT ((uint64_t)16 * REDIR_CD_BLOCK)
#define DESCRIPTORS    3
#define ID_AT          1 /* behind the descriptor's type */
#define ID_SIZE        5

static bool is_cd(const struct redir_drive *drive)
{
    static const char *const ids[] = {"CD001", "BEA01", "NSR02", "NSR03"};
    uint8_t head[ID_AT + ID_SIZE];
    for (unsigned i = 0; i < DESCRIPTORS; i++) {
        uint64_t at = DESCRIPTORS_AT + (uint64_t)i * REDIR_CD_BLOCK;
        if (!drive->read(drive->owner, at, head, sizeof head, NULL))
            return true;
        for (size_t j = 0; j < sizeof ids / sizeof ids[0]; j++)
            if (memcmp(head + ID_AT, ids[j], ID_SIZE) == 0)
                return true;
    }
    return false;
}

static bool is_disk(const struct redir_drive *drive)
{
    /* 8 to 36 sectors on 40 or 80 tracks, on one side or two */
    static const uint16_t floppies[] = {160, 180, 320, 360, 640, 720, 1200, 1440, 1680, 1720, 2880};
    uint8_t signature[2];
    for (size_t i = 0; i < sizeof floppies / sizeof floppies[0]; i++)
        if (drive->size == (uint64_t)floppies[i] * 1024)
            return true;
    return !drive->read(drive->owner, 510, signature, sizeof signature, NULL) ||
           (signature[0] == 0x55 && signature[1] == 0xAA);
}

const char *obctl_drive_image_doubt(const struct redir_drive *drive, enum redir_drive_kind kind)
{
    if (kind == REDIR_DRIVE_CD)
        return is_cd(drive) ? NULL : "has no ISO 9660 or UDF file system";
    return is_disk(drive) ? NULL : "has neither the size of a floppy nor a boot sector";
}
