#include "rpc/line/option.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NAME_MOST     48 /* longer names aren't compared for nearness */
#define DURATION_MOST ((uint64_t)1000 * 60 * 60 * 24 * 365)

const struct rpc_option *rpc_option_next(struct rpc_option_walk *walk)
{
    const struct rpc_option *const *groups = walk->command != NULL ? walk->command->options : NULL;
    while (groups != NULL && walk->group != SIZE_MAX && groups[walk->group] != NULL) {
        const struct rpc_option *option = &groups[walk->group][walk->row++];
        if (option->name != NULL)
            return option;
        walk->group++;
        walk->row = 0;
    }
    if (walk->group != SIZE_MAX) {
        walk->group = SIZE_MAX;
        walk->row = 0;
    }
    const struct rpc_option *option = &rpc_options_global[walk->row];
    if (option->name == NULL)
        return NULL;
    walk->row++;
    return option;
}

static bool has_alias(const struct rpc_option *option, struct slice name)
{
    for (const char *const *alias = option->aliases; alias != NULL && *alias != NULL; alias++)
        if (slice_equal_string(name, *alias))
            return true;
    return false;
}

const struct rpc_option *rpc_option_find(const struct rpc_command *command, struct slice name)
{
    struct rpc_option_walk walk = {command, 0, 0};
    const struct rpc_option *option;
    if (name.size < 2)
        return NULL;
    while ((option = rpc_option_next(&walk)) != NULL)
        if (slice_equal_string(name, option->name))
            return option;
    walk = (struct rpc_option_walk){command, 0, 0};
    while ((option = rpc_option_next(&walk)) != NULL)
        if (has_alias(option, name))
            return option;
    return NULL;
}

const struct rpc_option *rpc_option_find_named(const struct rpc_command *command, struct slice name,
                                               bool *in_file)
{
    const struct slice file = SLICE_LITERAL("-file");
    const struct rpc_option *option = rpc_option_find(command, name);
    *in_file = false;
    if (option != NULL || name.size <= file.size ||
        !slice_equal(slice_from(name, name.size - file.size), file))
        return option;
    option = rpc_option_find(command, slice_first(name, name.size - file.size));
    *in_file = option != NULL && option->value == RPC_SECRET;
    return *in_file ? option : NULL;
}

const struct rpc_option *rpc_option_letter(const struct rpc_command *command, char letter)
{
    struct rpc_option_walk walk = {command, 0, 0};
    const struct rpc_option *option;
    while ((option = rpc_option_next(&walk)) != NULL)
        if (option->letter != '\0' && option->letter == letter)
            return option;
    return NULL;
}

const struct rpc_option *rpc_option_old_letter(const struct rpc_command *command, char letter)
{
    struct rpc_option_walk walk = {command, 0, 0};
    const struct rpc_option *option;
    while ((option = rpc_option_next(&walk)) != NULL)
        if (has_alias(option, slice_of(&letter, 1)))
            return option;
    return NULL;
}

/* ---- nearness ---- */

static uint8_t lower(uint8_t c)
{
    return (uint8_t)tolower(c);
}

size_t rpc_option_distance(struct slice a, struct slice b, size_t most)
{
    size_t row[NAME_MOST + 1];
    if (a.size > NAME_MOST || b.size > NAME_MOST)
        return most + 1;
    for (size_t j = 0; j <= b.size; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.size; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.size; j++) {
            size_t change = diagonal + (lower(a.data[i - 1]) == lower(b.data[j - 1]) ? 0 : 1);
            size_t best = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = change < best ? change : best;
        }
    }
    return row[b.size] > most ? most + 1 : row[b.size];
}

static void consider(const char *candidate, struct slice name, const char **best, size_t *distance)
{
    size_t found = rpc_option_distance(name, slice_of_string(candidate), *distance);
    if (strlen(candidate) > 1 && found < *distance) {
        *best = candidate;
        *distance = found;
    }
}

const char *rpc_option_nearest(const struct rpc_command *command, struct slice name)
{
    struct rpc_option_walk walk = {command, 0, 0};
    const struct rpc_option *option;
    const char *best = NULL;
    /* Of two letters one must be right: any two are near to any other two. */
    size_t distance = (name.size < 3 ? 1 : name.size < 6 ? 2 : name.size / 3) + 1;
    while ((option = rpc_option_next(&walk)) != NULL) {
        if (option->hidden)
            continue;
        consider(option->name, name, &best, &distance);
        for (const char *const *alias = option->aliases; alias != NULL && *alias != NULL; alias++)
            consider(*alias, name, &best, &distance);
    }
    return best;
}

/* ---- values ---- */

static const char *check_flag(const struct rpc_option *option, const char *text, struct error *err)
{
    static const char *const yes[] = {"true", "1", "t", "yes", "on"};
    static const char *const no[] = {"false", "0", "f", "no", "off"};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        if (slice_equal_ignore_case(slice_of_string(text), slice_of_string(yes[i])))
            return "true";
        if (slice_equal_ignore_case(slice_of_string(text), slice_of_string(no[i])))
            return "false";
    }
    (void)error_set(err, ERROR_INVALID, "--%s is true or false", option->name);
    return NULL;
}

/* The choice that is `text`, cut out of the table's; NULL: none. */
static const char *find_choice(const char *choices, struct slice text)
{
    struct slice rest = slice_of_string(choices);
    while (rest.size > 0) {
        struct slice choice = slice_split(&rest, '|');
        if (slice_equal_ignore_case(choice, text))
            return (const char *)choice.data;
    }
    return NULL;
}

static const char *check_choice(const struct rpc_option *option, const char *text,
                                struct error *err)
{
    const char *found = find_choice(option->choices, slice_of_string(text));
    if (found == NULL) {
        (void)error_set(err, ERROR_INVALID, "--%s is one of %s", option->name, option->choices);
        return NULL;
    }
    /* The table's spelling may be in the middle of the choices; where it is the same, and mostly it
     * is, the caller's text will do. */
    return strncmp(found, text, strlen(text)) == 0 ? text : found;
}

/* "250ms", "s", "m", "h" in milliseconds, cut off *text; 0: it is no unit. */
static uint64_t take_unit(struct slice *text)
{
    static const struct {
        const char *name;
        uint64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (!slice_starts_with(*text, slice_of_string(units[i].name)))
            continue;
        *text = slice_from(*text, strlen(units[i].name));
        return units[i].ms;
    }
    return 0;
}

/* One of any length: *ms is DURATION_MOST + 1 where it is longer than that. */
static bool read_duration(struct slice text, uint64_t *ms)
{
    bool any = false;
    for (*ms = 0; text.size > 0; any = true) {
        size_t digits = 0;
        uint64_t number;
        while (digits < text.size && isdigit(text.data[digits]))
            digits++;
        if (digits == 0)
            return false;
        if (!slice_to_u64(slice_first(text, digits), DURATION_MOST, &number))
            number = DURATION_MOST + 1;
        text = slice_from(text, digits);
        uint64_t unit = text.size == 0 && !any ? 1000 : take_unit(&text);
        if (unit == 0)
            return false;
        bool fits = number <= (DURATION_MOST - *ms) / unit;
        *ms = *ms <= DURATION_MOST && fits ? *ms + number * unit : DURATION_MOST + 1;
    }
    return any;
}

bool rpc_option_duration(struct slice text, int64_t *ms)
{
    uint64_t total;
    bool ok = read_duration(text, &total) && total <= DURATION_MOST;
    *ms = ok ? (int64_t)total : 0;
    return ok;
}

/* One of any length, below 0 too. */
static bool is_duration(const char *text)
{
    uint64_t ignored;
    return read_duration(slice_of_string(text + (text[0] == '-' ? 1 : 0)), &ignored);
}

static bool is_within(const struct rpc_option *option, uint64_t number)
{
    return option->maximum == 0 || (number >= option->minimum && number <= option->maximum);
}

/* One of any size, below 0 too. */
static bool is_number(const char *text)
{
    text += text[0] == '-' ? 1 : 0;
    return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

static const char *refuse_number(const struct rpc_option *option, enum error_code code,
                                 struct error *err)
{
    if (option->maximum == 0)
        (void)error_set(err, code, "--%s is a whole number", option->name);
    else
        (void)error_set(err, code, "--%s is a whole number from %" PRIu32 " to %" PRIu32,
                        option->name, option->minimum, option->maximum);
    return NULL;
}

/* Bounds of durations are whole minutes. */
static const char *refuse_duration(const struct rpc_option *option, enum error_code code,
                                   struct error *err)
{
    uint32_t most = option->maximum / 60000;
    if (most == 0 && code == ERROR_TOO_LARGE)
        most = DURATION_MOST / 60000;
    if (most == 0)
        (void)error_set(err, code, "--%s is a time as 90s or 2m30s", option->name);
    else
        (void)error_set(err, code, "--%s is a time as 90s or 2m30s, and at most %" PRIu32 "m",
                        option->name, most);
    return NULL;
}

const char *rpc_option_check(const struct rpc_option *option, const char *text, struct error *err)
{
    uint64_t number;
    int64_t ms;
    switch (option->value) {
    case RPC_FLAG:
        return check_flag(option, text, err);
    case RPC_NUMBER:
        if (!slice_to_u64(slice_of_string(text), INT64_MAX, &number) || !is_within(option, number))
            return refuse_number(option, is_number(text) ? ERROR_TOO_LARGE : ERROR_INVALID, err);
        break;
    case RPC_DURATION:
        if (!rpc_option_duration(slice_of_string(text), &ms))
            return refuse_duration(option, is_duration(text) ? ERROR_TOO_LARGE : ERROR_INVALID,
                                   err);
        if (!is_within(option, (uint64_t)ms))
            return refuse_duration(option, ERROR_TOO_LARGE, err);
        break;
    case RPC_TEXT:
    case RPC_LIST:
    case RPC_SECRET:
        break;
    }
    return option->choices != NULL ? check_choice(option, text, err) : text;
}

/* ---- the environment's name ---- */

enum kind { KIND_LOWER, KIND_UPPER, KIND_DIGIT, KIND_OTHER };

static enum kind kind_of(char c)
{
    return islower((unsigned char)c)   ? KIND_LOWER
           : isupper((unsigned char)c) ? KIND_UPPER
           : isdigit((unsigned char)c) ? KIND_DIGIT
                                       : KIND_OTHER;
}

/* Whether a word ends before `at`: "skip|IP|Renew", "ieee|8021|x|Profile". */
static bool word_ends(const char *name, size_t at)
{
    enum kind before = kind_of(name[at - 1]);
    enum kind here = kind_of(name[at]);
    if (before == KIND_OTHER || here == KIND_OTHER)
        return false;
    if (before == KIND_UPPER && here == KIND_UPPER)
        return kind_of(name[at + 1]) == KIND_LOWER;
    return before != here && !(before == KIND_UPPER && here == KIND_LOWER);
}

const char *rpc_option_environment(const struct rpc_option *option, char name[RPC_ENVIRONMENT_SIZE])
{
    if (option->environment != NULL)
        return option->environment;
    size_t used = (size_t)snprintf(name, RPC_ENVIRONMENT_SIZE, "RPC_");
    for (size_t i = 0; option->name[i] != '\0' && used + 2 < RPC_ENVIRONMENT_SIZE; i++) {
        if (i > 0 && word_ends(option->name, i))
            name[used++] = '_';
        name[used++] = kind_of(option->name[i]) == KIND_OTHER
                           ? '_'
                           : (char)toupper((unsigned char)option->name[i]);
    }
    name[used] = '\0';
    return name;
}
