/*
 * What a redirected drive is made of: an image with a size, read (and perhaps written) in any
 * extent through two functions that may wait. A session (redir/ider.h) knows no more of an image
 * than this. The file's kind below reads on worker threads and is used by the server and by the
 * command line alike; tests bring their own.
 *
 * One session uses a drive at a time, from fibers of one loop, one call at a time.
 */
#ifndef REDIR_DRIVE_H
#define REDIR_DRIVE_H

#include "core/error.h"
#include "core/slice.h"

#include <stdint.h>

struct io_pool;

/* Which of the two drives of a session it is; the device has one of each. */
enum redir_drive_kind { REDIR_DRIVE_CD, REDIR_DRIVE_FLOPPY };

#define REDIR_DRIVES 2

/* "cd", "floppy". */
const char *redir_drive_name(enum redir_drive_kind kind);

/* Bytes of a block: 2,048 of a CD, 512 of a floppy or USB disk. */
#define REDIR_CD_BLOCK     2048
#define REDIR_FLOPPY_BLOCK 512

struct redir_drive {
    uint64_t size;       /* bytes; a last block that is not whole is filled up with zeros */
    uint32_t block_size; /* REDIR_CD_BLOCK or REDIR_FLOPPY_BLOCK */
    bool writable;       /* then `write` is there; never true of a CD */
    /* Fills `size` bytes from `offset` on; what is past the end is zeros. Waits, on a fiber. */
    bool (*read)(void *owner, uint64_t offset, void *to, size_t size, struct error *err);
    /* Takes over all bytes, which are within the image. Waits, on a fiber. */
    bool (*write)(void *owner, uint64_t offset, struct slice bytes, struct error *err);
    void *owner;
};

/* A drive made of a file. */
struct redir_drive_file;

/* Opens an image (a regular file, no symbolic link at its end; `directory` is a descriptor that
 * `name` is relative to, or AT_FDCWD). A CD is never writable. Files are read and written by
 * workers of `pool`, which outlives it. On a fiber. Owned by the caller; NULL with ERROR_NOT_FOUND,
 * ERROR_INVALID (empty, no regular file) or ERROR_STORE. */
struct redir_drive_file *redir_drive_file_open(int directory, const char *name,
                                               enum redir_drive_kind kind, bool writable,
                                               struct io_pool *pool, struct error *err);

/* Writes what is left in the system's memory to the disk when it was writable, closes, frees. On a
 * fiber. NULL is allowed. */
void redir_drive_file_close(struct redir_drive_file *file);

/* Borrowed, valid until the file is closed. */
const struct redir_drive *redir_drive_file_drive(const struct redir_drive_file *file);

#endif
