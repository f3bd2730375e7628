/*
 * A recording of a screen, on anything: whatever the file is, opening it and asking for any time
 * ends with a screen or an error, and never reads outside the file.
 */
#include "redir/recording.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool read_slice(void *owner, uint64_t offset, void *to, size_t size)
{
    const struct slice *file = owner;
    if (offset > file->size || size > file->size - offset)
        return false;
    if (size > 0)
        memcpy(to, file->data + offset, size);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice file = slice_of(data, size);
    struct redir_recording *recording = redir_recording_open(read_slice, &file, size, NULL);
    if (recording == NULL)
        return 0;
    const uint64_t times[] = {0, redir_recording_duration(recording) / 2, UINT64_MAX};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        struct redir_screen screen = {0};
        if (redir_recording_screen(recording, times[i], &screen, NULL)) {
            if (screen.pixels == NULL)
                abort();
            redir_screen_fini(&screen);
        }
        if (screen.pixels != NULL)
            abort();
    }
    redir_recording_close(recording);
    return 0;
}
