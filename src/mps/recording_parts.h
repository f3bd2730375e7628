/* What recordings.c and recording_make.c share. Private to them. */
#ifndef MPS_RECORDING_PARTS_H
#define MPS_RECORDING_PARTS_H

#include "mps/recordings.h"

#include <pthread.h>
#include <stdatomic.h>

struct io_pool;

/*
 * Three pools, so that whoever looks at recordings holds up none that is being made, and whoever
 * plays one back holds up no list.
 */
struct mps_recordings {
    int folder;
    uint64_t size_limit;
    uint32_t days;
    struct io_pool *writers;
    struct io_pool *readers;
    struct io_pool *painters;
    atomic_uint pictures;         /* that wait for a painter, or have one */
    _Atomic uint64_t size;        /* of all files, as counted last and written since */
    pthread_mutex_t room;         /* held by the worker that counts and removes */
    pthread_mutex_t lock;         /* of the rest */
    struct mps_recording *making; /* a list */
    unsigned count;
};

struct mps_recording {
    struct mps_recording *next;
    struct mps_recordings *recordings;
    char id[MPS_RECORDING_ID_SIZE];
    enum redir_kind kind;
    int fd;
    uint64_t offset; /* of the end */
    bool torn;       /* something stands behind it, and cannot be taken away */
    struct redir_recording_key *keys;
    size_t key_count;
};

/* Any thread. */
bool recording_is_being_made(struct mps_recordings *recordings, const char *id);

#endif
