/*
 * A drive's image, read in large pieces and ahead of the device: while it thinks about one extent
 * the next is fetched, so that a sequential reader rarely waits for a file. Two pieces of
 * REDIR_AHEAD_PIECE bytes at most. On the fibers of one session.
 */
#ifndef REDIR_READ_AHEAD_H
#define REDIR_READ_AHEAD_H

#include "io/fiber.h"
#include "redir/drive.h"

#define REDIR_AHEAD_PIECE ((size_t)128 * 1024)

struct redir_ahead_piece {
    const struct redir_drive *drive;
    uint64_t offset;
    size_t size; /* 0: holds nothing */
    uint8_t *bytes;
    struct io_task load; /* running while it is being filled */
    bool failed;
    struct error why;
};

struct redir_ahead {
    const struct redir_drive *drive;
    uint64_t end;  /* bytes of whole blocks */
    uint64_t next; /* where the last read ended */
    struct redir_ahead_piece pieces[2];
};

/* Borrows the drive; NULL for an empty one, which is not read. */
void redir_ahead_init(struct redir_ahead *ahead, const struct redir_drive *drive);

/* Waits for what is being fetched, and frees. */
void redir_ahead_fini(struct redir_ahead *ahead);

/* The image from `offset` on, at least one byte and at most `size`, which end within the image.
 * Borrowed until the next call. False with the drive's error. */
bool redir_ahead_read(struct redir_ahead *ahead, uint64_t offset, size_t size, struct slice *bytes,
                      struct error *err);

/* Waits for what is being fetched, and forgets: before the image is written. */
void redir_ahead_forget(struct redir_ahead *ahead);

#endif
