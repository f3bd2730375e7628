#include "rpc/line/argument.h"

#include "rpc/line/option.h"

#include <ctype.h>
#include <string.h>

#define NAME_MOST 24 /* characters of a name that is quoted */

bool rpc_argument_is_option(const char *text)
{
    return text != NULL && text[0] == '-' && text[1] != '\0' && !(text[1] >= '0' && text[1] <= '9');
}

struct rpc_argument rpc_argument_of(const char *const *arguments, size_t count, size_t index)
{
    const char *text = arguments[index];
    struct rpc_argument argument = {.text = text, .single = text[1] != '-', .index = index};
    text += argument.single ? 1 : 2;
    const char *equals = strchr(text, '=');
    argument.name =
        equals != NULL ? slice_of(text, (size_t)(equals - text)) : slice_of_string(text);
    argument.value = equals != NULL ? equals + 1 : NULL;
    argument.next = index + 1 < count ? arguments[index + 1] : NULL;
    return argument;
}

/* Whether a value stands there that v2's meaning of a letter could take. */
static bool fits(const struct rpc_option *option, const struct rpc_argument *argument)
{
    struct error err;
    const char *text = argument->value != NULL ? argument->value : argument->next;
    if (option->value == RPC_FLAG || text == NULL || rpc_argument_is_option(text))
        return false;
    return rpc_option_check(option, text, &err) != NULL;
}

static const struct rpc_option *letter_of(const struct rpc_line *line,
                                          const struct rpc_command *command, char letter,
                                          const struct rpc_argument *argument)
{
    const struct rpc_option *option = rpc_option_letter(command, letter);
    const struct rpc_option *old = rpc_option_old_letter(command, letter);
    if (old != NULL && (option == NULL || line->v2 || fits(old, argument)))
        return old;
    return option;
}

const struct rpc_option *rpc_argument_option(const struct rpc_line *line,
                                             const struct rpc_command *command,
                                             const struct rpc_argument *argument, bool *in_file)
{
    *in_file = false;
    if (argument->name.size == 1)
        return letter_of(line, command, (char)argument->name.data[0], argument);
    return rpc_option_find_named(command, argument->name, in_file);
}

bool rpc_argument_is_run(const struct rpc_command *command, const struct rpc_argument *argument)
{
    struct slice name = argument->name;
    if (!argument->single || name.size < 2)
        return false;
    for (size_t i = 0; i < name.size; i++) {
        const struct rpc_option *option = rpc_option_letter(command, (char)name.data[i]);
        if (option == NULL || (i + 1 < name.size && option->value != RPC_FLAG))
            return false;
    }
    return true;
}

const struct rpc_option *rpc_argument_attached(const struct rpc_line *line,
                                               struct rpc_argument *argument)
{
    bool has_more = false;
    for (size_t i = 1; i < argument->name.size; i++)
        has_more = has_more || strchr(":/.,\\", argument->name.data[i]) != NULL;
    if (!argument->single || argument->name.size < 2)
        return NULL;
    struct rpc_argument parted = *argument;
    parted.value = argument->text + 2;
    const struct rpc_option *option =
        letter_of(line, line->command, (char)argument->name.data[0], &parted);
    if (option == NULL || option->value == RPC_FLAG)
        return NULL;
    if (!has_more &&
        (option->value != RPC_SECRET || rpc_option_nearest(line->command, argument->name) != NULL))
        return NULL;
    *argument = parted;
    return option;
}

/* Letters only, and after two dashes, or near to a name: it may be quoted. What isn't may be a
 * value that stands in the wrong place. */
static bool is_name(const struct rpc_argument *argument, const struct rpc_option *letter,
                    const char *nearest)
{
    for (size_t i = 0; i < argument->name.size; i++)
        if (isalpha(argument->name.data[i]) == 0 && argument->name.data[i] != '-')
            return false;
    if (argument->single && (nearest == NULL || (letter != NULL && letter->value == RPC_SECRET)))
        return false;
    return argument->name.size <= NAME_MOST;
}

bool rpc_argument_refuse(const struct rpc_line *line, const struct rpc_argument *argument,
                         struct error *err)
{
    const struct rpc_command *command = line->command;
    const char *nearest = rpc_option_nearest(command, argument->name);
    const struct rpc_option *letter =
        argument->name.size > 0 ? letter_of(line, command, (char)argument->name.data[0], argument)
                                : NULL;
    const char *flag = is_name(argument, letter, nearest)
                           ? arena_printf(line->arena, "--%.*s", SLICE_ARG(argument->name))
                           : arena_printf(line->arena, "in argument %zu", argument->index + 1);
    const char *of = command != NULL ? arena_printf(line->arena, " of \"%s\"", command->path) : "";
    return nearest != NULL ? error_set(err, ERROR_INVALID, "unknown flag %s%s; did you mean --%s?",
                                       flag, of, nearest)
                           : error_set(err, ERROR_INVALID, "unknown flag %s%s", flag, of);
}
