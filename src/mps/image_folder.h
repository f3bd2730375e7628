/* The folders of images as files: what mps/images.h does on worker threads. The default tenant's
 * images are in the folder itself, any other's in a folder of its own within. Blocking; any thread.
 * Private to src/mps. */
#ifndef MPS_IMAGE_FOLDER_H
#define MPS_IMAGE_FOLDER_H

#include "mps/images.h"

#define IMAGE_FOLDER_PART_SIZE 32

/* Room for the name of a tenant's folder. */
#define IMAGE_FOLDER_NAME_SIZE 192

/* Opens the folder, made when it is not there, and removes parts of uploads, all tenants'. -1 with
 * `err`. */
int image_folder_open(const char *path, struct error *err);

/* The name of a tenant's folder within: no two tenants have the same, no image has it, and it is no
 * path whatever the tenant is called. "." for "", the default tenant. False when the tenant's name
 * is too long. */
bool image_folder_name(const char *tenant, char name[IMAGE_FOLDER_NAME_SIZE]);

/* Opens the folder of that name within `folder`; `make` when it is not there. -1 with errno. */
int image_folder_enter(int folder, const char *name, bool make);

/* Bytes of the tenant's files but the parts of uploads. False with errno. */
bool image_folder_size(int folder, uint64_t *bytes);

/* Whether the disk has room for so many bytes and then some: the database is on it, too. */
bool image_folder_has_room(int folder, size_t size);

/* All images, sorted by name; `in_use` stays unset. */
bool image_folder_list(int folder, struct arena *arena, struct mps_image **list, size_t *count,
                       struct error *err);

/* The image of that name, borrowed by `image`. False when there is none. */
bool image_folder_look(int folder, const char *name, struct mps_image *image);

/* A new empty file for an upload, and its name. -1 with errno. */
int image_folder_create(int folder, char part[IMAGE_FOLDER_PART_SIZE]);

/* Makes that file the image of that name once it is on the disk. False with errno, and then nothing
 * has changed. */
bool image_folder_take(int folder, int fd, const char *part, const char *name, bool *replaced);

#endif
