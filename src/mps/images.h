/*
 * The library of drive images: the files with a name that ends in .iso (CDs) or .img (floppies and
 * USB disks) in one folder, and for each tenant but the default one, "", in a folder of its own
 * within. A tenant sees its own and no other's. There is no other record of them, so a file that an
 * administrator copies there is an image at once. What is uploaded is written beside under another
 * name and renamed when all of it is on the disk. An image that a session uses is neither replaced
 * nor removed through here.
 *
 * One for the process. Files are touched by worker threads only; calls from fibers of any loop
 * unless noted.
 */
#ifndef MPS_IMAGES_H
#define MPS_IMAGES_H

#include "core/arena.h"
#include "core/error.h"
#include "redir/drive.h"

struct mps_image_upload;
struct mps_image_use;
struct mps_images;

#define MPS_IMAGE_NAME_MOST 255   /* bytes */
#define MPS_IMAGES_MOST     10000 /* of the folder's files that are listed */

/* Makes the folder (0700) when it is not there, and removes what uploads left behind that were cut
 * off. Limits in bytes: of an upload, and of all files of a tenant together, past which it uploads
 * nothing. At start. */
struct mps_images *mps_images_new(const char *folder, uint64_t size_limit, uint64_t total_limit,
                                  struct error *err);

/* When no loop uses it any more. NULL is allowed. */
void mps_images_free(struct mps_images *images);

/* Whether `name` can be an image's: UTF-8 of up to 255 bytes without "/", control characters or a
 * dot in front, with the right ending. `kind` says which drive takes it. */
bool mps_image_name(struct slice name, enum redir_drive_kind *kind);

struct mps_image {
    const char *name;
    uint64_t size;
    enum redir_drive_kind kind;
    bool bootable; /* El Torito with a bootable entry; of an .img the signature of a boot sector */
    bool in_use;
    int64_t modified_ms;
};

/* All of a tenant by name, in the arena. */
bool mps_images_list(struct mps_images *images, const char *tenant, struct arena *arena,
                     struct mps_image **list, size_t *count, struct error *err);

/* One. ERROR_INVALID for a name that cannot be one, ERROR_NOT_FOUND. */
bool mps_images_find(struct mps_images *images, const char *tenant, struct arena *arena,
                     struct slice name, struct mps_image *image, struct error *err);

/* Begins an upload of so many bytes (0: not known yet); owned by the caller, who finishes or
 * abandons it. ERROR_INVALID (name), ERROR_CONFLICT (in use, or being uploaded), ERROR_TOO_LARGE,
 * ERROR_STORE. */
struct mps_image_upload *mps_images_upload(struct mps_images *images, const char *tenant,
                                           struct slice name, uint64_t size, struct error *err);

/* Appends. ERROR_TOO_LARGE past one of the limits; ERROR_STORE, also when the disk would be
 * nearly full. */
bool mps_image_upload_write(struct mps_image_upload *upload, struct slice bytes, struct error *err);

/* Makes it the image of that name; `replaced` says whether there was one. Frees. ERROR_INVALID when
 * it is empty, ERROR_CONFLICT when the image came into use meanwhile: nothing has changed then. */
bool mps_image_upload_finish(struct mps_image_upload *upload, bool *replaced, struct error *err);

/* Removes what there is of it, and frees. Also on a fiber that was cancelled. */
void mps_image_upload_abandon(struct mps_image_upload *upload);

/* ERROR_INVALID, ERROR_NOT_FOUND, ERROR_CONFLICT while in use. */
bool mps_images_remove(struct mps_images *images, const char *tenant, struct slice name,
                       struct error *err);

/* Opens an image as a drive of its kind, which must be `kind`. While it is open it is in use:
 * by many readers, or by one writer. ERROR_CONFLICT otherwise. */
struct mps_image_use *mps_images_open(struct mps_images *images, const char *tenant,
                                      struct slice name, enum redir_drive_kind kind, bool writable,
                                      struct error *err);

/* Borrowed until mps_image_use_end. */
const struct redir_drive *mps_image_use_drive(const struct mps_image_use *use);

/* NULL is allowed. */
void mps_image_use_end(struct mps_image_use *use);

#endif
