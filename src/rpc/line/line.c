#include "rpc/line/line.h"

#include "rpc/line/argument.h"
#include "rpc/line/option.h"
#include "rpc/line/path.h"

#include <string.h>

struct reading {
    struct rpc_line *line;
    const char *const *arguments;
    size_t count;
    struct error *err;
};

/* ---- the generation ---- */

/* Whether that argument is --compat with a generation, and which: found before the rest of the line
 * is read, as it says how to. A flag that lacks its value doesn't take it for one. */
static bool is_compat(const struct reading *reading, size_t index, bool *v2)
{
    if (index >= reading->count || !rpc_argument_is_option(reading->arguments[index]))
        return false;
    struct rpc_argument argument = rpc_argument_of(reading->arguments, reading->count, index);
    const char *text = argument.value != NULL ? argument.value : argument.next;
    if (!slice_equal_string(argument.name, "compat") || text == NULL)
        return false;
    struct slice value = slice_of_string(text);
    *v2 = slice_equal_ignore_case(value, SLICE_LITERAL("v2"));
    return *v2 || slice_equal_ignore_case(value, SLICE_LITERAL("v3"));
}

static void find_compat(struct reading *reading)
{
    bool v2;
    for (size_t i = 0; i < reading->count && strcmp(reading->arguments[i], "--") != 0; i++)
        if (is_compat(reading, i, &v2))
            reading->line->v2 = v2;
}

/* ---- what is taken ---- */

/* The word may be a password that stands in the wrong place, so it's shown only where it looks like
 * a command. */
static bool refuse_word(struct reading *reading, const char *word)
{
    struct rpc_line *line = reading->line;
    const char *words = line->words;
    struct slice nearest = {0};
    if (line->command == NULL)
        nearest = rpc_path_nearest(words, slice_of_string(word));
    if (nearest.size > 0)
        return error_set(reading->err, ERROR_INVALID,
                         "unknown command \"%s\"; did you mean \"%.*s\"?",
                         rpc_path_join(line->arena, words, word), SLICE_ARG(nearest));
    if (line->command != NULL)
        return error_set(reading->err, ERROR_INVALID, "unexpected argument after \"rpc %s\"",
                         words);
    return error_set(reading->err, ERROR_INVALID, "unknown command");
}

static bool take_word(struct reading *reading, const char *word)
{
    struct rpc_line *line = reading->line;
    const char *words = rpc_path_join(line->arena, line->words, word);
    if (line->operand_count == 0 && rpc_path_is_begun(words)) {
        line->words = words;
        line->command = rpc_path_command(words);
        return true;
    }
    if (line->command == NULL || line->operand_count == line->command->operands)
        return refuse_word(reading, word);
    line->operands[line->operand_count++] = arena_string(line->arena, slice_of_string(word));
    return true;
}

/* A value may begin with a dash, unless it is an option; v2's may be one. */
static bool is_next_option(const struct reading *reading, size_t index)
{
    const struct rpc_line *line = reading->line;
    bool ignored;
    if (is_compat(reading, index, &ignored))
        return true;
    if (!rpc_argument_is_option(reading->arguments[index]) || line->v2)
        return false;
    struct rpc_argument next = rpc_argument_of(reading->arguments, reading->count, index);
    return rpc_argument_option(line, line->command, &next, &ignored) != NULL;
}

/* Adds the option; *used tells whether the next argument was its value. */
static bool take_option(struct reading *reading, const struct rpc_option *option, bool in_file,
                        const struct rpc_argument *argument, bool *used)
{
    struct rpc_line *line = reading->line;
    const char *text = argument->value;
    *used = false;
    if (option->value == RPC_FLAG && text == NULL)
        text = "true";
    if (text == NULL) {
        text = argument->next;
        if (text != NULL && is_next_option(reading, argument->index + 1))
            text = NULL;
        *used = text != NULL;
    }
    if (text == NULL) {
        line->without_value = option;
        return error_set(reading->err, ERROR_INVALID, "--%s%s needs a value", option->name,
                         in_file ? "-file" : "");
    }
    if (!rpc_line_add(line, option, text, RPC_FROM_ARGUMENTS, in_file, reading->err))
        return false;
    line->last->argument = argument->index;
    line->last->is_next = argument->value == NULL && option->value != RPC_FLAG;
    line->last->offset = argument->value != NULL ? (size_t)(argument->value - argument->text) : 0;
    return true;
}

static bool take_run(struct reading *reading, const struct rpc_argument *argument, bool *used)
{
    const struct rpc_command *command = reading->line->command;
    for (size_t i = 0; i < argument->name.size; i++) {
        struct rpc_argument one = *argument;
        bool last = i + 1 == argument->name.size;
        one.value = last ? argument->value : NULL;
        one.next = last ? argument->next : NULL;
        const struct rpc_option *option = rpc_option_letter(command, (char)argument->name.data[i]);
        if (!take_option(reading, option, false, &one, used))
            return false;
    }
    return true;
}

static bool take_argument(struct reading *reading, size_t index, bool *used)
{
    struct rpc_line *line = reading->line;
    struct rpc_argument argument = rpc_argument_of(reading->arguments, reading->count, index);
    bool in_file;
    *used = false;
    const struct rpc_option *option = rpc_argument_option(line, line->command, &argument, &in_file);
    if (option == NULL && rpc_argument_is_run(line->command, &argument))
        return take_run(reading, &argument, used);
    if (option == NULL)
        option = rpc_argument_attached(line, &argument);
    if (option == NULL)
        return rpc_argument_refuse(line, &argument, reading->err);
    return take_option(reading, option, in_file, &argument, used);
}

/* ---- which command ---- */

static bool is_first_word(const char *text)
{
    return !rpc_argument_is_option(text) && rpc_path_is_begun(text);
}

/* Whether some command has an option of that name with a value. The command isn't known yet, and
 * so not whether the next argument is a value or a word. */
static bool may_take_value(const struct rpc_line *line, const struct rpc_argument *argument)
{
    bool in_file;
    if (argument->value != NULL)
        return false;
    const struct rpc_option *option = rpc_argument_option(line, line->command, argument, &in_file);
    if (option != NULL)
        return option->value != RPC_FLAG || in_file;
    for (const struct rpc_command *const *at = rpc_commands; *at != NULL; at++) {
        option = rpc_argument_option(line, *at, argument, &in_file);
        if (option != NULL && (option->value != RPC_FLAG || in_file))
            return true;
    }
    return false;
}

/* `rpc help tls`, `rpc tls help`: that is `rpc tls --help`. */
static bool is_help(const struct rpc_line *line, const char *text)
{
    return strcmp(text, "help") == 0 && (line->command == NULL || line->command->operands == 0);
}

/* Finds the command's words among the arguments; marks them, so that they aren't read again. */
static void find_words(struct reading *reading, bool *is_word)
{
    struct rpc_line *line = reading->line;
    for (size_t i = 0; i < reading->count; i++) {
        const char *text = reading->arguments[i];
        if (strcmp(text, "--") == 0)
            return;
        if (rpc_argument_is_option(text)) {
            struct rpc_argument argument = rpc_argument_of(reading->arguments, reading->count, i);
            bool first = line->words[0] == '\0';
            /* `rpc -u amtinfo`: a command's name is hardly ever the value. */
            if (may_take_value(line, &argument) && argument.next != NULL &&
                !rpc_argument_is_option(argument.next) && !(first && is_first_word(argument.next)))
                i++;
            continue;
        }
        const char *words = rpc_path_join(line->arena, line->words, text);
        bool begun = rpc_path_is_begun(words);
        if (!begun && !is_help(line, text))
            return;
        is_word[i] = true;
        if (begun) {
            line->words = words;
            line->command = rpc_path_command(words);
        } else {
            line->help = true;
        }
    }
}

/* `rpc -v` is `rpc amtinfo -v`. */
static void default_command(struct rpc_line *line, const char *const *arguments, size_t count)
{
    bool operand = count > 0 && !rpc_argument_is_option(arguments[0]);
    bool help = false;
    for (size_t i = 0; i < count; i++)
        help = help || strcmp(arguments[i], "--help") == 0 || strcmp(arguments[i], "-h") == 0 ||
               strcmp(arguments[i], "-help") == 0;
    if (line->words[0] == '\0' && !operand && !help && !line->v2) {
        line->words = "amtinfo";
        line->command = rpc_path_command("amtinfo");
    }
}

static bool wants_help(const struct rpc_line *line)
{
    for (const struct rpc_given *given = line->first; given != NULL; given = given->next)
        if (strcmp(given->option->name, "help") == 0)
            return strcmp(given->text, "true") == 0;
    return false;
}

bool rpc_line_read(struct rpc_line *line, struct arena *arena, const char *const *arguments,
                   size_t count, bool v2, struct error *err)
{
    struct reading reading = {line, arguments, count, err};
    bool *is_word = arena_array(arena, count + 1, sizeof *is_word);
    bool only_words = false;
    *line = (struct rpc_line){.arena = arena, .words = "", .v2 = v2};
    line->operands = arena_array(arena, count + 1, sizeof *line->operands);
    find_compat(&reading);
    find_words(&reading, is_word);
    if (!line->help)
        default_command(line, arguments, count);
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++) {
        bool used = false;
        if (is_word[i])
            continue;
        if (!only_words && strcmp(arguments[i], "--") == 0)
            only_words = true;
        else if (!only_words && rpc_argument_is_option(arguments[i]))
            ok = take_argument(&reading, i, &used);
        else
            ok = take_word(&reading, arguments[i]);
        i += used ? 1 : 0;
    }
    /* The flag shows help whatever else is mistyped; the word "help" has to be followed by words.
     */
    bool wanted = wants_help(line);
    line->help = line->help || wanted;
    return ok || wanted;
}
