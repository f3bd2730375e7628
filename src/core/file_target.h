/*
 * Where a file that replaces another one goes. A regular file, or none, gives its place away; a
 * device, a pipe, and what a link of /proc leads to (/dev/stdout, /dev/fd/3), are written to in
 * place; a link is followed, and its target's place is what counts. In a folder that everybody may
 * write to, links and devices and pipes that belong neither to us nor to the folder's owner lead
 * nowhere (EACCES), as with the kernel's protected_symlinks, which follows no link of ours and may
 * be off. Blocking; no state.
 */
#ifndef CORE_FILE_TARGET_H
#define CORE_FILE_TARGET_H

#include "core/error.h"

#include <stdbool.h>

struct file_target {
    char *path; /* with no link as its last step; the caller frees it */
    int fd;     /* open for writing in place; -1: the file is to be replaced */
};

/* Never waits for a reader of a pipe: ENXIO. False with errno; then there is nothing to free. */
bool file_target_find(struct file_target *target, const char *path);

/* As file_error, after such a file could not be begun or written; says what of it is another
 * user's, where that is why. Always false. */
bool file_target_error(struct error *err, enum error_code code, const char *path);

#endif
