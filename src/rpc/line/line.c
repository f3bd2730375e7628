#include "rpc/line/line.h"

#include "rpc/line/option.h"
#include "rpc/web/url.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define NAME_MOST 24 /* characters of a name that is quoted */

struct reading {
    struct rpc_line *line;
    const char *const *arguments;
    size_t count;
    struct error *err;
};

/* ---- the command's words ---- */

/* The rest of `path` after `words` and a blank ("" when it is the same); NULL: it doesn't begin
 * with them. */
static const char *rest_of(const char *path, const char *words)
{
    size_t size = strlen(words);
    if (size == 0)
        return path;
    if (strncmp(path, words, size) != 0)
        return NULL;
    return path[size] == ' ' ? path + size + 1 : path[size] == '\0' ? path + size : NULL;
}

/* Calls `visit` with every path and alias; stops and returns true when it does. */
static bool each_path(bool (*visit)(const struct rpc_command *command, const char *path, void *arg),
                      void *arg)
{
    for (const struct rpc_command *const *at = rpc_commands; *at != NULL; at++) {
        if (visit(*at, (*at)->path, arg))
            return true;
        for (const char *const *alias = (*at)->aliases; alias != NULL && *alias != NULL; alias++)
            if (visit(*at, *alias, arg))
                return true;
    }
    return false;
}

struct search {
    const char *words;
    const struct rpc_command *found;
    struct slice name; /* for the nearest */
    const char *best;
    size_t distance;
};

static bool is_path(const struct rpc_command *command, const char *path, void *arg)
{
    struct search *search = arg;
    if (strcmp(path, search->words) != 0)
        return false;
    search->found = command;
    return true;
}

static bool begins_path(const struct rpc_command *command, const char *path, void *arg)
{
    (void)command;
    return rest_of(path, ((struct search *)arg)->words) != NULL;
}

static const struct rpc_command *command_of(const char *words)
{
    struct search search = {.words = words};
    return each_path(is_path, &search) ? search.found : NULL;
}

/* Whether some command's path is `words`, or goes on after them. */
static bool is_begun(const char *words)
{
    struct search search = {.words = words};
    return each_path(begins_path, &search);
}

static bool compare_word(const struct rpc_command *command, const char *path, void *arg)
{
    struct search *search = arg;
    const char *rest = rest_of(path, search->words);
    if (rest == NULL || command->hidden)
        return false;
    struct slice tail = slice_of_string(rest);
    struct slice word = slice_split(&tail, ' ');
    size_t distance = rpc_option_distance(search->name, word, search->distance);
    if (distance < search->distance && word.size > 0) {
        search->distance = distance;
        search->best = (const char *)word.data;
    }
    return false;
}

static const char *join(struct arena *arena, const char *words, const char *word)
{
    return words[0] == '\0' ? word : arena_printf(arena, "%s %s", words, word);
}

/* The word may be a password that stands in the wrong place, so it's shown only where it looks like
 * a command. */
static bool refuse_word(struct reading *reading, const char *word)
{
    struct rpc_line *line = reading->line;
    const char *words = line->words;
    struct search search = {.words = words, .name = slice_of_string(word), .distance = 3};
    if (line->command == NULL)
        (void)each_path(compare_word, &search);
    if (search.best != NULL) {
        struct slice rest = slice_of_string(search.best);
        struct slice nearest = slice_split(&rest, ' ');
        return error_set(reading->err, ERROR_INVALID,
                         "unknown command \"%s\"; did you mean \"%.*s\"?",
                         join(line->arena, words, word), SLICE_ARG(nearest));
    }
    if (line->command != NULL)
        return error_set(reading->err, ERROR_INVALID, "unexpected argument after \"rpc %s\"",
                         words);
    return error_set(reading->err, ERROR_INVALID, "unknown command");
}

static bool take_word(struct reading *reading, const char *word)
{
    struct rpc_line *line = reading->line;
    const char *words = join(line->arena, line->words, word);
    if (line->operand_count == 0 && is_begun(words)) {
        line->words = words;
        line->command = command_of(words);
        return true;
    }
    if (line->command == NULL || line->operand_count == line->command->operands)
        return refuse_word(reading, word);
    line->operands[line->operand_count++] = arena_string(line->arena, slice_of_string(word));
    return true;
}

/* ---- options ---- */

/* What one argument that begins with a dash says. */
struct argument {
    const char *text;  /* all of it */
    struct slice name; /* without dashes and value */
    const char *value; /* after "="; NULL: none */
    bool single;       /* one dash */
    const char *next;  /* the next argument; NULL: none */
    size_t index;      /* of this argument */
};

/* "-" alone is a value (standard input), and so is a negative number. */
static bool is_option(const char *text)
{
    return text != NULL && text[0] == '-' && text[1] != '\0' && !(text[1] >= '0' && text[1] <= '9');
}

static struct argument argument_of(const struct reading *reading, size_t index)
{
    const char *text = reading->arguments[index];
    struct argument argument = {.text = text, .single = text[1] != '-', .index = index};
    text += argument.single ? 1 : 2;
    const char *equals = strchr(text, '=');
    argument.name =
        equals != NULL ? slice_of(text, (size_t)(equals - text)) : slice_of_string(text);
    argument.value = equals != NULL ? equals + 1 : NULL;
    argument.next = index + 1 < reading->count ? reading->arguments[index + 1] : NULL;
    return argument;
}

/* Whether a value stands there that v2's meaning of a letter could take. */
static bool fits(const struct rpc_option *option, const struct argument *argument)
{
    struct error err;
    const char *text = argument->value != NULL ? argument->value : argument->next;
    if (option->value == RPC_FLAG || text == NULL || is_option(text))
        return false;
    return rpc_option_check(option, text, &err) != NULL;
}

static const struct rpc_option *letter_of(const struct rpc_line *line,
                                          const struct rpc_command *command, char letter,
                                          const struct argument *argument)
{
    const struct rpc_option *option = rpc_option_letter(command, letter);
    const struct rpc_option *old = rpc_option_old_letter(command, letter);
    if (old != NULL && (option == NULL || line->v2 || fits(old, argument)))
        return old;
    return option;
}

static const struct rpc_option *find(const struct rpc_line *line, const struct rpc_command *command,
                                     const struct argument *argument, bool *in_file)
{
    *in_file = false;
    if (argument->name.size == 1)
        return letter_of(line, command, (char)argument->name.data[0], argument);
    return rpc_option_find_named(command, argument->name, in_file);
}

static bool add(struct rpc_line *line, const struct rpc_option *option, const char *text,
                enum rpc_source source, bool in_file, const struct argument *argument,
                struct error *err)
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
    if (argument != NULL) {
        given->argument = argument->index;
        given->is_next = argument->value == NULL && option->value != RPC_FLAG;
        given->offset = argument->value != NULL ? (size_t)(argument->value - argument->text) : 0;
    }
    if (line->last == NULL)
        line->first = given;
    else
        line->last->next = given;
    line->last = given;
    return true;
}

bool rpc_line_add(struct rpc_line *line, const struct rpc_option *option, const char *text,
                  enum rpc_source source, bool in_file, struct error *err)
{
    return add(line, option, text, source, in_file, NULL, err);
}

/* Adds the option; *used tells whether the next argument was its value. */
static bool take_option(struct reading *reading, const struct rpc_option *option, bool in_file,
                        const struct argument *argument, bool *used)
{
    struct rpc_line *line = reading->line;
    const char *text = argument->value;
    *used = false;
    if (option->value == RPC_FLAG && text == NULL)
        text = "true";
    if (text == NULL) {
        bool in_file_too;
        text = argument->next;
        /* A value may begin with a dash, unless it is an option. */
        if (text != NULL && is_option(text) && !line->v2) {
            struct argument next = argument_of(reading, argument->index + 1);
            if (find(line, line->command, &next, &in_file_too) != NULL)
                text = NULL;
        }
        *used = text != NULL;
    }
    if (text == NULL)
        return error_set(reading->err, ERROR_INVALID, "--%s%s needs a value", option->name,
                         in_file ? "-file" : "");
    return add(line, option, text, RPC_FROM_ARGUMENTS, in_file, argument, reading->err);
}

/* "-jA": every letter an option without a value; the last may have one. */
static bool is_run(const struct rpc_command *command, const struct argument *argument)
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

static bool take_run(struct reading *reading, const struct argument *argument, bool *used)
{
    const struct rpc_command *command = reading->line->command;
    for (size_t i = 0; i < argument->name.size; i++) {
        struct argument one = *argument;
        bool last = i + 1 == argument->name.size;
        one.value = last ? argument->value : NULL;
        one.next = last ? argument->next : NULL;
        const struct rpc_option *option = rpc_option_letter(command, (char)argument->name.data[i]);
        if (!take_option(reading, option, false, &one, used))
            return false;
    }
    return true;
}

/* "-uwss://server": a letter and its value in one, told from a mistyped name by what no name has;
 * a secret ("-kKEY") by being like no name. */
static const struct rpc_option *attached(const struct rpc_line *line, struct argument *argument)
{
    bool has_more = false;
    for (size_t i = 1; i < argument->name.size; i++)
        has_more = has_more || strchr(":/.,\\", argument->name.data[i]) != NULL;
    if (!argument->single || argument->name.size < 2)
        return NULL;
    struct argument parted = *argument;
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
static bool is_name(const struct argument *argument, const struct rpc_option *letter,
                    const char *nearest)
{
    for (size_t i = 0; i < argument->name.size; i++)
        if (isalpha(argument->name.data[i]) == 0 && argument->name.data[i] != '-')
            return false;
    if (argument->single && (nearest == NULL || (letter != NULL && letter->value == RPC_SECRET)))
        return false;
    return argument->name.size <= NAME_MOST;
}

static bool refuse_option(struct reading *reading, const struct argument *argument)
{
    struct rpc_line *line = reading->line;
    const struct rpc_command *command = line->command;
    const char *nearest = rpc_option_nearest(command, argument->name);
    const struct rpc_option *letter =
        argument->name.size > 0 ? letter_of(line, command, (char)argument->name.data[0], argument)
                                : NULL;
    const char *flag = is_name(argument, letter, nearest)
                           ? arena_printf(line->arena, "--%.*s", SLICE_ARG(argument->name))
                           : arena_printf(line->arena, "in argument %zu", argument->index + 1);
    const char *of = command != NULL ? arena_printf(line->arena, " of \"%s\"", command->path) : "";
    return nearest != NULL ? error_set(reading->err, ERROR_INVALID,
                                       "unknown flag %s%s; did you mean --%s?", flag, of, nearest)
                           : error_set(reading->err, ERROR_INVALID, "unknown flag %s%s", flag, of);
}

static bool take_argument(struct reading *reading, size_t index, bool *used)
{
    struct rpc_line *line = reading->line;
    struct argument argument = argument_of(reading, index);
    bool in_file;
    *used = false;
    const struct rpc_option *option = find(line, line->command, &argument, &in_file);
    if (option == NULL && is_run(line->command, &argument))
        return take_run(reading, &argument, used);
    if (option == NULL)
        option = attached(line, &argument);
    if (option == NULL)
        return refuse_option(reading, &argument);
    return take_option(reading, option, in_file, &argument, used);
}

/* ---- which command ---- */

static bool is_first_word(const char *text)
{
    return !is_option(text) && is_begun(text);
}

/* Whether some command has an option of that name with a value. The command isn't known yet, and
 * so not whether the next argument is a value or a word. */
static bool may_take_value(const struct rpc_line *line, const struct argument *argument)
{
    bool in_file;
    if (argument->value != NULL)
        return false;
    const struct rpc_option *option = find(line, line->command, argument, &in_file);
    if (option != NULL)
        return option->value != RPC_FLAG || in_file;
    for (const struct rpc_command *const *at = rpc_commands; *at != NULL; at++) {
        option = find(line, *at, argument, &in_file);
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
        if (is_option(text)) {
            struct argument argument = argument_of(reading, i);
            bool first = line->words[0] == '\0';
            /* `rpc -u amtinfo`: a command's name is hardly ever the value. */
            if (may_take_value(line, &argument) && argument.next != NULL &&
                !is_option(argument.next) && !(first && is_first_word(argument.next)))
                i++;
            continue;
        }
        const char *words = join(line->arena, line->words, text);
        bool begun = is_begun(words);
        if (!begun && !is_help(line, text))
            return;
        is_word[i] = true;
        if (begun) {
            line->words = words;
            line->command = command_of(words);
        } else {
            line->help = true;
        }
    }
}

static void find_compat(struct reading *reading)
{
    for (size_t i = 0; i < reading->count; i++) {
        const char *text = reading->arguments[i];
        if (!is_option(text))
            continue;
        struct argument argument = argument_of(reading, i);
        const char *value = argument.value != NULL ? argument.value : argument.next;
        if (slice_equal_string(argument.name, "compat") && value != NULL)
            reading->line->v2 = strcmp(value, "v2") == 0;
    }
}

/* `rpc -v` is `rpc amtinfo -v`. */
static void default_command(struct rpc_line *line, const char *const *arguments, size_t count)
{
    bool operand = false;
    bool help = false;
    for (size_t i = 0; i < count; i++) {
        operand = operand || (!is_option(arguments[i]) && i == 0);
        help = help || strcmp(arguments[i], "--help") == 0 || strcmp(arguments[i], "-h") == 0 ||
               strcmp(arguments[i], "-help") == 0;
    }
    if (line->words[0] == '\0' && !operand && !help && !line->v2) {
        line->words = "amtinfo";
        line->command = command_of("amtinfo");
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
        else if (!only_words && is_option(arguments[i]))
            ok = take_argument(&reading, i, &used);
        else
            ok = take_word(&reading, arguments[i]);
        i += used ? 1 : 0;
    }
    line->help = line->help || wants_help(line);
    return ok || line->help;
}

/* ---- the environment ---- */

static bool add_variable(struct rpc_line *line, const struct rpc_option *option, const char *name,
                         const char *(*lookup)(void *arg, const char *name), void *arg,
                         struct error *err)
{
    const char *text = lookup(arg, name);
    bool in_file = false;
    if ((text == NULL || text[0] == '\0') && option->value == RPC_SECRET) {
        text = lookup(arg, arena_printf(line->arena, "%s_FILE", name));
        in_file = true;
    }
    if (text == NULL || text[0] == '\0')
        return true;
    /* Whatever it is set to (no-color.org). */
    if (strcmp(name, "NO_COLOR") == 0)
        text = "true";
    return add(line, option, text, RPC_FROM_ENVIRONMENT, in_file, NULL, err) ||
           error_wrap(err, "the environment's %s", name);
}

bool rpc_line_add_environment(struct rpc_line *line,
                              const char *(*lookup)(void *arg, const char *name), void *arg,
                              struct error *err)
{
    struct rpc_option_walk walk = {line->command, 0, 0};
    const struct rpc_option *option;
    while ((option = rpc_option_next(&walk)) != NULL) {
        char name[RPC_ENVIRONMENT_SIZE];
        if (strcmp(option->name, "help") == 0)
            continue;
        if (line->v2 && option->environment_v2 != NULL &&
            !add_variable(line, option, option->environment_v2, lookup, arg, err))
            return false;
        if (!add_variable(line, option, rpc_option_environment(option, name), lookup, arg, err))
            return false;
    }
    return true;
}

/* ---- what counts ---- */

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
