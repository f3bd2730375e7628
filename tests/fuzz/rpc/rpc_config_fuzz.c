/* The words of a command up to the first line end, then any bytes as config.yaml. */
#include "rpc/line/config.h"
#include "rpc/line/option.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ignore(void *arg, const char *key)
{
    (void)arg;
    if (key[0] == '\0')
        return;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct rpc_line line;
    struct error err;
    const char *words[4];
    size_t count = 0;
    struct slice rest = slice_of(data, size);
    struct slice first = slice_split(&rest, '\n');
    arena_init(&arena);
    while (first.size > 0 && count < 4)
        words[count++] = arena_string(&arena, slice_split(&first, ' '));
    if (rpc_line_read(&line, &arena, words, count, false, &err) && line.command != NULL &&
        rpc_config_add(&line, rest, ignore, NULL, &err)) {
        for (const struct rpc_given *at = line.first; at != NULL; at = at->next)
            if (at->source == RPC_FROM_FILE && !at->in_file &&
                rpc_option_check(at->option, at->text, &err) == NULL)
                abort();
    }
    arena_fini(&arena);
    return 0;
}
