/* Recordings of real devices, for the tests that compare the simulator with them. */
#ifndef TESTS_INTEGRATION_SIM_GOLDEN_H
#define TESTS_INTEGRATION_SIM_GOLDEN_H

#include "core/arena.h"

#include <stdio.h>
#include <stdlib.h>

#define GOLDEN_LIMIT (256 * 1024)

/* The whole file, without the empty lines that some begin with; empty when it is absent. */
static inline struct slice golden_read(struct arena *arena, const char *name)
{
    const char *folder = getenv("OUTBAND_GOLDEN");
    char path[1024];
    snprintf(path, sizeof(path), "%s/wsman/%s", folder == NULL ? "../shared/golden" : folder, name);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return (struct slice){0};
    uint8_t *bytes = arena_alloc(arena, GOLDEN_LIMIT);
    size_t size = fread(bytes, 1, GOLDEN_LIMIT, file);
    fclose(file);
    return slice_trim(slice_of(bytes, size));
}

/* Without any recordings a test skips; with some it wants all of them. */
#define GOLDEN_COMPARED(count, recordings)                                     \
    do {                                                                       \
        if ((count) == 0) {                                                    \
            print_message("# skipped: there are no recordings here\n");        \
            skip();                                                            \
        }                                                                      \
        assert_int_equal(count, sizeof(recordings) / sizeof((recordings)[0])); \
    } while (false)

#endif
