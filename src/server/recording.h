/* Recordings as the settings want them: the library and who writes to it. At start. */
#ifndef SERVER_RECORDING_H
#define SERVER_RECORDING_H

#include "core/arena.h"
#include "mps/recorder.h"
#include "mps/recordings.h"
#include "server/settings.h"

struct recording {
    struct mps_recordings *library;
    struct mps_recorder *recorder;
};

/* Makes both; the arena lives as long. ERROR_INVALID when --record names what cannot be recorded.
 */
bool recording_make(struct recording *recording, struct arena *arena,
                    const struct settings_values *settings, struct mps *mps, struct store *store,
                    struct error *err);

/* When no loop runs any more. */
void recording_fini(struct recording *recording);

#endif
