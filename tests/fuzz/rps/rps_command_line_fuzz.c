/* A known password up to the first line end, then any bytes as a command line. Everything that is
 * read lies inside of the line. */
#include "rps/command_line.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct slice part, struct slice whole)
{
    if (part.data != NULL && (part.data < whole.data || part.size > whole.size ||
                              (size_t)(part.data - whole.data) > whole.size - part.size))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_of(data, size);
    struct rps_command_line line;
    struct slice known = slice_split(&text, '\n');
    rps_command_line_read(text, known, &line);
    check(line.command, text);
    check(line.profile, text);
    check(line.password, text);
    check(line.argument, text);
    if ((int)line.task < RPS_SYNC_CLOCK || (int)line.task > RPS_SYNC_DEVICE_INFO)
        abort();
    return 0;
}
