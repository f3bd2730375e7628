/* Arguments, a line each, as a command line of both generations; values then come from an
 * environment that has the same lines for every name. Whatever was read has a command's options
 * only, and values that they take. */
#include "rpc/line/line.h"
#include "rpc/line/option.h"

#include <stdlib.h>

#define ARGUMENTS_MOST 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *lookup(void *arg, const char *name)
{
    (void)name;
    return arg;
}

static void check(const struct rpc_line *line)
{
    struct error err;
    for (const struct rpc_given *at = line->first; at != NULL; at = at->next) {
        if (!at->in_file && rpc_option_check(at->option, at->text, &err) == NULL)
            abort();
        if (rpc_line_find(line, at->option) == NULL)
            abort();
    }
    if (line->command != NULL && line->operand_count > line->command->operands)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct rpc_line line;
    struct error err;
    const char *arguments[ARGUMENTS_MOST];
    size_t count = 0;
    struct slice rest = slice_of(data, size);
    bool v2 = size > 0 && data[0] == '2';
    arena_init(&arena);
    while (rest.size > 0 && count < ARGUMENTS_MOST)
        arguments[count++] = arena_string(&arena, slice_split(&rest, '\n'));
    if (rpc_line_read(&line, &arena, arguments, count, v2, &err)) {
        check(&line);
        (void)rpc_line_add_environment(&line, lookup,
                                       count > 0 ? (void *)(uintptr_t)arguments[0] : NULL, &err);
        check(&line);
    }
    arena_fini(&arena);
    return 0;
}
