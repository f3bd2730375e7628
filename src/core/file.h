/*
 * Whole files: read up to a bound, and written so that a process killed on the way, or a power
 * failure, leaves the old content or the new one. Blocking; start-up code and command-line
 * programs. No state.
 */
#ifndef CORE_FILE_H
#define CORE_FILE_H

#include "core/arena.h"
#include "core/error.h"

#include <sys/types.h>

/* Sets "PATH: reason" from errno. Always returns false. */
bool file_error(struct error *err, enum error_code code, const char *path);

/* Opens /dev/null for whichever of standard input, output and error are closed, so that nothing
 * else gets their numbers: what a program prints would go there, and libuv aborts on closing one.
 * First in main. False with errno. */
bool file_fill_standard(void);

/* Writes all of `bytes`, however often it takes. False with errno. */
bool file_write_all(int fd, struct slice bytes);

/* Reads until the end or until there are `size` bytes; returns how many, or -1 with errno. */
ssize_t file_read_all(int fd, void *to, size_t size);

/* Reads exactly `size` bytes at `offset`. False with errno, which is EIO when they are not there.
 */
bool file_read_at(int fd, uint64_t offset, void *to, size_t size);

/* The folder of what a path names, in the path: "/" of "/a", "." of a name alone. */
struct slice file_folder(const char *path);

/* Has a file on the disk, or the names in a folder. What there is nothing to be synced of, such as
 * a device, counts as synced. False with errno. */
bool file_sync(int fd);

/* Whether the errno of a write says that there is no room: on the disk, by a quota, or by the bound
 * on the size of a file. */
bool file_is_full(int error);

/* The rest of an open file of at most `limit` bytes, in the arena. False with errno, which is EFBIG
 * when there is more. */
bool file_read(struct arena *arena, int fd, size_t limit, struct slice *content);

enum file_existing {
    FILE_REPLACE, /* takes the place of what is there; a device or a pipe is written to */
    FILE_KEEP     /* EEXIST when something is there, whatever it is */
};

/* Writes a file of that content and mode at once, by the rules of core/file_draft.h, which also say
 * what of it is there when this fails (false with errno): as a rule nothing. */
bool file_write(const char *path, struct slice content, mode_t mode, enum file_existing existing);

#endif
