/* The folder of images as files: what mps/images.h does on worker threads. Blocking; any thread.
 * Private to src/mps. */
#ifndef MPS_IMAGE_FOLDER_H
#define MPS_IMAGE_FOLDER_H

#include "mps/images.h"

#define IMAGE_FOLDER_PART_SIZE 32

/* Opens the folder, made when it is not there, and removes parts of uploads. -1 with `err`. */
int image_folder_open(const char *path, struct error *err);

/* All images, sorted by name; `in_use` stays unset. */
bool image_folder_list(int folder, struct arena *arena, struct mps_image **list, size_t *count,
                       struct error *err);

/* The image of that name, borrowed by `image`. False when there is none. */
bool image_folder_look(int folder, const char *name, struct mps_image *image);

/* A new empty file for an upload, and its name. -1 with errno. */
int image_folder_create(int folder, char part[IMAGE_FOLDER_PART_SIZE]);

/* Makes that file the image of that name once it is on the disk. False with errno. */
bool image_folder_take(int folder, int fd, const char *part, const char *name, bool *replaced);

#endif
