/* Files of the data folder that are not the store's; the store makes the folder and locks it. */
#ifndef SERVER_DATA_FOLDER_H
#define SERVER_DATA_FOLDER_H

#include "core/error.h"
#include "core/slice.h"

/* True when a server has already been started with this folder. */
bool data_folder_is_used(const char *path);

/* True when the file `name` is in the folder, has exactly this content and this mode. */
bool data_folder_has(const char *path, const char *name, unsigned mode, struct slice content);

/* Replaces the file `name` in the folder by `content`, at once or not at all. `mode` says who may
 * read it: 0644 or 0600. */
bool data_folder_write(const char *path, const char *name, unsigned mode, struct slice content,
                       struct error *err);

#endif
