/*
 * A file that is being written, piece by piece. Nobody sees it before it is whole: it has no name,
 * or, where the file system doesn't know of such files, one that nobody can foresee beside its
 * target. Nothing is removed but what the draft has made. Blocking; no state.
 */
#ifndef CORE_FILE_DRAFT_H
#define CORE_FILE_DRAFT_H

#include "core/file.h"

#define FILE_DRAFT_NAME_SIZE 32

struct file_draft {
    int fd;                         /* for file_write_all; -1: it is over */
    int folder;                     /* where it will be; -1: fd is what stands at its path */
    char *name;                     /* what it will be called there */
    char now[FILE_DRAFT_NAME_SIZE]; /* what it is called until then; "": nothing */
    enum file_existing existing;
};

/* Begins one of that mode, for FILE_REPLACE by the rule of core/file_target.h. False with errno;
 * then there is nothing to end, and PATH is as it was. What is in
 * the way is told here, too: something to be kept, or a folder that cannot be read, and so not be
 * synced. */
bool file_draft_begin(struct file_draft *draft, const char *path, mode_t mode,
                      enum file_existing existing);

/* The same for a name in an open folder, where it takes nothing's place. */
bool file_draft_begin_in(struct file_draft *draft, int folder, const char *name, mode_t mode);

/* Gives it its name when it is on the disk. False with errno; PATH is then as it was, but for two
 * things: what was written in place is written; and where the disk fails (EIO) when the new name is
 * to be synced, the file is there, and may be gone with the power. The draft is over. */
bool file_draft_keep(struct file_draft *draft);

/* Removes it; what was written in place stays written. Nothing for one that is over. */
void file_draft_drop(struct file_draft *draft);

/* Removes the drafts that a crash has left in the folder of `path`. For folders that belong to one
 * program which writes one file at a time. */
void file_drafts_sweep(const char *path);

#endif
