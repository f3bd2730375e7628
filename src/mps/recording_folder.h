/* The folder of recordings as files: what mps/recordings.h does on worker threads. Blocking; any
 * thread. Private to src/mps. */
#ifndef MPS_RECORDING_FOLDER_H
#define MPS_RECORDING_FOLDER_H

#include "mps/recordings.h"

/* Whether that can be the name of a recording, and of which kind. */
bool recording_folder_name(struct slice name, enum redir_kind *kind);

struct recording_name {
    char id[MPS_RECORDING_ID_SIZE];
    uint64_t size;
};

/* All files with such names, the newest first by them; the caller frees the list. */
bool recording_folder_names(int folder, struct recording_name **names, size_t *count,
                            struct error *err);

/* How the last line of a serial console's recording begins, a marker: its session was over, or it
 * went on. */
#define RECORDING_END "end"
#define RECORDING_CUT "cut off"

/* Reads what a file says of itself, strings in the arena. False when it is no recording, or another
 * tenant's (NULL: any). */
bool recording_folder_look(int folder, struct arena *arena, const char *tenant, const char *name,
                           struct mps_recording_facts *facts);

/* The newest MPS_RECORDINGS_MOST of a tenant (NULL: any), the newest first. */
bool recording_folder_list(int folder, struct arena *arena, const char *tenant,
                           struct mps_recording_facts **list, size_t *count, struct error *err);

/* For redir_recording_open: `owner` is an int, the descriptor. */
bool recording_folder_read(void *owner, uint64_t offset, void *to, size_t size);

#endif
