#include "rpc/line/line.h"

#include "rpc/line/option.h"
#include "rpc/text/url.h"

#include <string.h>

bool rpc_line_add(struct rpc_line *line, const struct rpc_option *option, const char *text,
                  enum rpc_source source, bool in_file, struct error *err)
{
    const char *checked = in_file ? text : rpc_option_check(option, text, err);
    if (checked == NULL)
        return false;
    struct rpc_given *given = arena_alloc(line->arena, sizeof *given);
    /* A choice ends where the table's next begins. */
    size_t size = option->choices != NULL ? strcspn(checked, "|") : strlen(checked);
    *given = (struct rpc_given){.option = option,
                                .text = arena_string(line->arena, slice_of(checked, size)),
                                .source = source,
                                .in_file = in_file};
    if (line->last == NULL)
        line->first = given;
    else
        line->last->next = given;
    line->last = given;
    return true;
}

bool rpc_line_is_shown(const struct rpc_given *given)
{
    if (given->source != RPC_FROM_ARGUMENTS || given->in_file)
        return false;
    if (given->option->value == RPC_SECRET)
        return strcmp(given->text, "-") != 0;
    return (given->option->value == RPC_TEXT || given->option->value == RPC_LIST) &&
           rpc_url_may_hold_secret(slice_of_string(given->text),
                                   strcmp(given->option->name, "proxy") == 0);
}

const struct rpc_given *rpc_line_find(const struct rpc_line *line, const struct rpc_option *option)
{
    const struct rpc_given *best = NULL;
    for (const struct rpc_given *given = line->first; given != NULL; given = given->next)
        if (given->option == option && (best == NULL || given->source <= best->source))
            best = given;
    return best;
}

static void mask(char *text)
{
    memset(text, '*', strlen(text));
}

void rpc_line_wipe(const struct rpc_line *line, bool understood, char **arguments, size_t count)
{
    for (const struct rpc_given *given = line->first; given != NULL; given = given->next) {
        size_t index = given->argument + (given->is_next ? 1 : 0);
        if (rpc_line_is_shown(given) && index < count)
            mask(arguments[index] + given->offset);
    }
    for (size_t i = 0; i < count && !understood; i++)
        mask(arguments[i]);
}
