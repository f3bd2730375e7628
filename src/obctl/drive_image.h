/*
 * Whether a file looks like an image that machines boot from. A wrong one (an archive, half a
 * download) is served all the same, since drives may hold anything, but its user is told, who would
 * otherwise look for the fault at the machine. Pure but for the reads; on a fiber.
 */
#ifndef OBCTL_DRIVE_IMAGE_H
#define OBCTL_DRIVE_IMAGE_H

#include "redir/drive.h"

/* What is odd about the image, half a sentence ("has no ISO 9660 file system"); NULL: nothing, or
 * it could not be read. A CD should have a volume descriptor of ECMA-119 or ECMA-167 (UDF) in one
 * of its sectors 16 to 18. A floppy or USB disk should have the size of a floppy, or the signature
 * of a boot sector or a partition table. */
const char *obctl_drive_image_doubt(const struct redir_drive *drive, enum redir_drive_kind kind);

#endif
