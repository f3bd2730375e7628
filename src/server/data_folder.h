/* The data folder: made private to its owner, held by one server at a time. */
#ifndef SERVER_DATA_FOLDER_H
#define SERVER_DATA_FOLDER_H

#include "core/error.h"
#include "core/slice.h"

/* Makes the folder (0700) when it is not there and locks it for the life of the process. Returns
 * the lock's descriptor, or -1 with ERROR_CONFLICT when another server has it, ERROR_STORE when
 * the folder cannot be used. */
int data_folder_open(const char *path, struct error *err);

/* Gives the folder back. */
void data_folder_close(int lock);

/* True when a server has already been started with this folder. */
bool data_folder_is_used(const char *path);

/* Replaces the file `name` in the folder by `content`, at once or not at all; readable by all. */
bool data_folder_publish(const char *path, const char *name, struct slice content,
                         struct error *err);

#endif
