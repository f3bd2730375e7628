#include "rps/command_line.h"

#include <string.h>

/* Tasks in the order in which they win when several are given. */
static const struct {
    const char *word;
    enum rps_task task;
} tasks[] = {
    {"--synctime", RPS_SYNC_CLOCK},
    {"--syncip", RPS_SYNC_ADDRESS},
    {"--changepassword", RPS_CHANGE_PASSWORD},
    {"--synchostname", RPS_SYNC_HOST_NAME},
    {"--syncdeviceinfo", RPS_SYNC_DEVICE_INFO},
};
#define TASK_COUNT (sizeof tasks / sizeof tasks[0])

static bool is(struct slice word, const char *text)
{
    return slice_equal_string(word, text);
}

static bool is_option(struct slice word)
{
    return word.size > 1 && word.data[0] == '-';
}

static bool is_known_option(struct slice word)
{
    static const char *const others[] = {"--force",    "-f",        "--profile",
                                         "--password", "-password", "-p"};
    for (size_t i = 0; i < TASK_COUNT; i++)
        if (is(word, tasks[i].word))
            return true;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (is(word, others[i]))
            return true;
    return false;
}

/* The next word; blanks before it are dropped. */
static struct slice take_word(struct slice *rest)
{
    while (rest->size > 0 && rest->data[0] == ' ')
        *rest = slice_from(*rest, 1);
    return slice_split(rest, ' ');
}

/* The value of an option: the known password as a whole, or the next word unless that is an
 * option. */
static bool take_value(struct slice *rest, struct slice known, struct slice *value)
{
    struct slice behind = slice_from(*rest, known.size);
    if (known.size > 0 && slice_starts_with(*rest, known) &&
        (behind.size == 0 || behind.data[0] == ' ')) {
        *value = slice_first(*rest, known.size);
        *rest = slice_from(behind, 1);
        return true;
    }
    struct slice after = *rest;
    struct slice word = take_word(&after);
    if (word.size == 0 || is_option(word))
        return false;
    *value = word;
    *rest = after;
    return true;
}

static bool ends_with(struct slice text, struct slice end)
{
    return text.size >= end.size && slice_equal(slice_from(text, text.size - end.size), end);
}

/* The new password: what is left of the line but for a final -f, since it may have blanks in it or
 * look like an option. Cut at a blank it would become another password than the one that was
 * meant. */
static void take_argument(struct slice *rest, struct rps_command_line *line)
{
    static const char *const forces[] = {" -f", " --force"};
    struct slice text = *rest;
    struct slice after = text;
    if (text.size == 0 || is_known_option(take_word(&after)))
        return;
    for (size_t i = 0; i < sizeof forces / sizeof forces[0]; i++) {
        struct slice end = slice_of_string(forces[i]);
        if (!line->force && text.size > end.size && ends_with(text, end)) {
            text.size -= end.size;
            line->force = true;
        }
    }
    line->argument = text;
    *rest = slice_from(*rest, rest->size);
}

/* --profile=NAME: what is behind the sign, and the option without it. */
static bool split_assignment(struct slice *word, struct slice *value)
{
    size_t at = slice_index_of(*word, '=');
    if (at == word->size || !slice_starts_with(*word, SLICE_LITERAL("--")))
        return false;
    *value = slice_from(*word, at + 1);
    *word = slice_first(*word, at);
    return true;
}

static void note_task(struct slice word, bool given[TASK_COUNT])
{
    for (size_t i = 0; i < TASK_COUNT; i++)
        if (is(word, tasks[i].word))
            given[i] = true;
}

static void read_option(struct slice word, struct slice *rest, struct slice known,
                        struct rps_command_line *line, bool given[TASK_COUNT])
{
    struct slice value = {NULL, 0};
    bool assigned = split_assignment(&word, &value);
    if (is(word, "--force") || is(word, "-f")) {
        line->force = true;
    } else if (is(word, "--profile")) {
        if (assigned || take_value(rest, slice_of(NULL, 0), &value))
            line->profile = value;
    } else if (is(word, "--password") || is(word, "-p")) {
        if (assigned || take_value(rest, known, &value))
            line->password = value;
    } else if (is(word, "-password")) { /* as agents send it: the payload's password counts */
        (void)take_value(rest, known, &value);
    } else if (is(word, "-t") || is(word, "--text")) {
        if (assigned || take_value(rest, slice_of(NULL, 0), &value))
            line->command = value;
    } else if (is(word, "--changepassword")) {
        note_task(word, given);
        if (assigned)
            line->argument = value;
        else
            take_argument(rest, line);
    } else {
        note_task(word, given);
    }
}

void rps_command_line_read(struct slice text, struct slice known, struct rps_command_line *line)
{
    struct slice rest = text;
    bool given[TASK_COUNT] = {false};
    *line = (struct rps_command_line){.force = false};
    bool first = true;
    while (rest.size > 0) {
        struct slice word = take_word(&rest);
        if (is_option(word))
            read_option(word, &rest, known, line, given);
        else if (first)
            line->command = word;
        first = false;
    }
    for (size_t i = TASK_COUNT; i-- > 0;)
        if (given[i]) {
            line->task = tasks[i].task;
            line->has_task = true;
        }
}
