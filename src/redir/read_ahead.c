#include "redir/read_ahead.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

/* Read at once where the device jumps about. */
#define LEAST ((size_t)16 * 1024)

void redir_ahead_init(struct redir_ahead *ahead, const struct redir_drive *drive)
{
    memset(ahead, 0, sizeof *ahead);
    ahead->drive = drive;
    ahead->next = UINT64_MAX;
    if (drive == NULL)
        return;
    uint64_t rest = drive->size % drive->block_size;
    ahead->end = drive->size + (rest == 0 ? 0 : drive->block_size - rest);
    ahead->pieces[0].drive = ahead->pieces[1].drive = drive;
}

/* Drives are asked one thing at a time, so whoever loads or writes waits for the others first. */
static void settle(struct redir_ahead *ahead)
{
    for (unsigned i = 0; i < 2; i++)
        io_task_join(&ahead->pieces[i].load);
}

void redir_ahead_fini(struct redir_ahead *ahead)
{
    settle(ahead);
    for (unsigned i = 0; i < 2; i++)
        free(ahead->pieces[i].bytes);
    memset(ahead, 0, sizeof *ahead);
}

void redir_ahead_forget(struct redir_ahead *ahead)
{
    settle(ahead);
    ahead->pieces[0].size = ahead->pieces[1].size = 0;
    ahead->next = UINT64_MAX;
}

static struct redir_ahead_piece *find(struct redir_ahead *ahead, uint64_t offset)
{
    for (unsigned i = 0; i < 2; i++) {
        struct redir_ahead_piece *piece = &ahead->pieces[i];
        if (offset >= piece->offset && offset - piece->offset < piece->size)
            return piece;
    }
    return NULL;
}

static void load_main(void *arg)
{
    struct redir_ahead_piece *piece = arg;
    const struct redir_drive *drive = piece->drive;
    piece->failed =
        !drive->read(drive->owner, piece->offset, piece->bytes, piece->size, &piece->why);
}

/* Starts to fill the piece; nothing else is being loaded. */
static bool load(struct redir_ahead *ahead, struct redir_ahead_piece *piece, uint64_t offset,
                 size_t size, struct error *err)
{
    uint64_t left = ahead->end - offset;
    if (piece->bytes == NULL)
        piece->bytes = memory_new(REDIR_AHEAD_PIECE);
    piece->offset = offset;
    piece->size = left < size ? (size_t)left : size;
    piece->failed = false;
    error_clear(&piece->why);
    if (io_task_start(&piece->load, load_main, piece, err))
        return true;
    piece->size = 0;
    return false;
}

/* The other piece becomes what follows this one, unless it is. */
static void load_next(struct redir_ahead *ahead, const struct redir_ahead_piece *piece)
{
    struct redir_ahead_piece *other = &ahead->pieces[piece == &ahead->pieces[0]];
    uint64_t offset = piece->offset + piece->size;
    if (offset >= ahead->end || io_task_running(&other->load) || find(ahead, offset) != NULL)
        return;
    /* Without a fiber for it the next read fetches it itself. */
    load(ahead, other, offset, REDIR_AHEAD_PIECE, NULL);
}

bool redir_ahead_read(struct redir_ahead *ahead, uint64_t offset, size_t size, struct slice *bytes,
                      struct error *err)
{
    bool sequential = offset == ahead->next;
    struct redir_ahead_piece *piece = find(ahead, offset);
    if (piece == NULL) {
        size_t amount = sequential || size > REDIR_AHEAD_PIECE ? REDIR_AHEAD_PIECE
                        : size < LEAST                         ? LEAST
                                                               : size;
        settle(ahead);
        piece = &ahead->pieces[ahead->pieces[0].size != 0 && ahead->pieces[1].size == 0];
        if (!load(ahead, piece, offset, amount, err))
            return false;
    }
    io_task_join(&piece->load);
    if (piece->failed) {
        piece->size = 0;
        if (err != NULL)
            *err = piece->why;
        return false;
    }
    *bytes = slice_first(
        slice_from(slice_of(piece->bytes, piece->size), (size_t)(offset - piece->offset)), size);
    ahead->next = offset + bytes->size;
    if (sequential)
        load_next(ahead, piece);
    return true;
}
